"""How well a model of tables foretells: how it ranks the rows, and whether its probabilities are true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.data.tables import TableData
from engine.errors import BadInput
from engine.evaluation import classification
from engine.evaluation.boxes import Boxes, Floats, Ints
from engine.evaluation.precision import draws, percentiles
from engine.evaluation.scores import Choice, Scores, tidy, tidy_intervals
from engine.evaluation.truth import Item, Truth
from engine.serving.predictor import Predictor
from engine.training.ranking import auroc
from engine.training.tables import TOGETHER, Rows, log_losses, rows_of

BINS = 10


def evaluate_rows(
    predictor: Predictor, version: TableData, split: str, choice: Choice, limit: int | None = None
) -> Scores:
    """Answer each row of a split whose target is known, and measure the answers.

    Args:
        limit: only so many rows, spread over the split.

    Raises:
        BadInput: the split has no such rows, the table lacks a column, or the model answers images.
    """
    manifest = predictor.manifest
    if manifest.table is None:
        raise BadInput(f"“{manifest.name}” answers images; this version holds a table.")
    rows = rows_of(version, manifest.table, manifest.labels, split)
    if not len(rows):
        raise BadInput(
            f"No row of the split {split} has “{manifest.table.target}” = {manifest.labels[0]} or {manifest.labels[1]}."
        )
    if limit is not None and limit < len(rows):
        rows = _spread(rows, limit)
    parts = [rows.tensor[start : start + TOGETHER] for start in range(0, len(rows), TOGETHER)]
    chances = np.concatenate([predictor.infer(part)["probabilities"] for part in parts])
    return measure(rows, chances, manifest.labels, choice)


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
    losses = log_losses(rows.labels, second)
    drawn = draws(len(rows), 0)
    told = {
        "auroc": (auroc(rows.labels == 1, second), auroc(rows.labels == 1, second, drawn)),
        "log_loss": (losses.mean(keepdims=True), drawn @ losses / drawn.sum(1)),
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
    return Rows(rows.numbers[places], rows.tensor[places], rows.labels[places])
