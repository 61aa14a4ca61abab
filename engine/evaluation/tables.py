"""How well a model of tables foretells: how it ranks the rows, and whether its probabilities are true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.data.tables import TableData
from engine.errors import BadInput, UsageError
from engine.evaluation import classification
from engine.evaluation.boxes import Boxes, Floats, Ints
from engine.evaluation.money import decided
from engine.evaluation.precision import draws, percentiles
from engine.evaluation.scores import Choice, Scores, tidy, tidy_intervals
from engine.evaluation.truth import Item, Truth
from engine.serving.predictor import Predictor
from engine.serving.tables import Target
from engine.training.ranking import auroc
from engine.training.tables import TOGETHER, Rows, log_losses, rows_of

BINS = 10


def evaluate_rows(
    predictor: Predictor, version: TableData, split: str, choice: Choice, limit: int | None = None, target: str = ""
) -> Scores:
    """Answer each row of a split of which a target is known, and measure the answers.

    Args:
        limit: only so many rows, spread over the split.
        target: of several, the one that is taken apart; empty: the first. AUC and log loss of the others are told too.

    Raises:
        BadInput: the split has no such rows, the table lacks a column, or the model answers images.
    """
    manifest = predictor.manifest
    if manifest.table is None:
        raise BadInput(f"“{manifest.name}” answers images; this version holds a table.")
    targets = manifest.table.targets(manifest.labels)
    choice = replace(choice, good=choice.good or manifest.table.good)
    chosen = _place(targets, target)
    rows = rows_of(version, manifest.table, manifest.labels, split)
    if not len(rows.of(chosen)):
        name, (first, second) = targets[chosen].name, targets[chosen].labels
        raise BadInput(f"No row of the split {split} has “{name}” = {first} or {second}.")
    if limit is not None and limit < len(rows):
        rows = _spread(rows, limit)
    parts = [rows.tensor[start : start + TOGETHER] for start in range(0, len(rows), TOGETHER)]
    chances = np.concatenate([predictor.infer(part)["probabilities"] for part in parts])
    chances = chances.reshape(len(rows), len(targets), -1)
    known = rows.answers[:, chosen] >= 0
    found = decided(lambda one: measure(rows.of(chosen), chances[known, chosen], targets[chosen].labels, one), choice)
    return found if len(targets) == 1 else _with_all(found, rows, chances, targets)


def _place(targets: Sequence[Target], name: str) -> int:
    found = [one.name for one in targets]
    if name and name not in found:
        raise UsageError(f"The model does not foretell “{name}”; it foretells {', '.join(found)}.")
    return found.index(name) if name else 0


def _with_all(scores: Scores, rows: Rows, chances: Floats, targets: Sequence[Target]) -> Scores:
    """With AUC and log loss of every target beside the figures of the chosen one."""
    metrics, intervals = dict(scores.metrics), dict(scores.intervals)
    for place, target in enumerate(targets):
        known = rows.answers[:, place] >= 0
        told = _ranked(rows.answers[known, place], chances[known, place, 1].astype(np.float64))
        for name in ("auroc", "log_loss"):
            metrics |= tidy({f"{name} {target.name}": float(told[name][0][0])})
            intervals |= tidy_intervals({f"{name} {target.name}": percentiles(told[name][1])})
    return replace(scores, metrics=metrics, intervals=intervals)


def _ranked(labels: Ints, second: Floats) -> dict[str, tuple[Floats, Floats]]:
    """AUC and log loss, each with its values over draws of the rows."""
    losses, drawn = log_losses(labels, second), draws(len(labels), 0)
    return {
        "auroc": (auroc(labels == 1, second), auroc(labels == 1, second, drawn)),
        "log_loss": (losses.mean(keepdims=True), drawn @ losses / drawn.sum(1)),
    }


def measure(rows: Rows, chances: Floats, labels: tuple[str, ...], choice: Choice) -> Scores:
    """All figures: those of a classifier, and AUC, log loss and calibration with 95 % intervals (bootstrap over rows).

    Args:
        chances: (N, 2) of each label.
    """
    keys = rows.numbers.tolist()
    items = [Item(key, f"row {key + 1}", "", "", 0, 0, 0) for key in keys]
    nothing = Boxes.of([], [], [])
    base = classification.measure(Truth(items, labels, nothing, rows.labels), chances, choice)
    second = chances[:, 1].astype(np.float64)
    drawn = draws(len(rows), 0)
    told = {
        **_ranked(rows.labels, second),
        "calibration_error": (
            calibration_error(rows.labels, second, np.ones((1, len(rows)), np.int64)),
            calibration_error(rows.labels, second, drawn),
        ),
    }
    metrics = tidy({name: float(value[0]) for name, (value, _) in told.items()})
    intervals = tidy_intervals({name: percentiles(samples) for name, (_, samples) in told.items()})
    main = "auroc" if metrics["auroc"] is not None else "accuracy"
    return replace(
        base, task="tabular", main=main, metrics=metrics | base.metrics, intervals=intervals | dict(base.intervals)
    )


def calibration_error(labels: Ints, chance: Floats, weights: Ints) -> Floats:
    """How far what is said is from what is, over bins of equal width: expected calibration error (Guo et al. 2017, §2).

    Args:
        chance: (N,) of the second label.
        weights: (R, N) how often each row is in each of R draws.

    Returns:
        (R,).
    """
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    place = np.eye(BINS)[bins]  # (N, BINS)
    gaps = np.abs(weights @ (place * (labels - chance)[:, None]))
    result: Floats = gaps.sum(1) / weights.sum(1)
    return result


def _spread(rows: Rows, count: int) -> Rows:
    places = np.unique(np.linspace(0, len(rows) - 1, count).round().astype(int))
    return Rows(rows.numbers[places], rows.tensor[places], rows.answers[places])
