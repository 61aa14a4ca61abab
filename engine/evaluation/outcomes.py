"""An evaluation as arrays by item, from which its figures are told again for any part or any draw of its items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.errors import BadInput
from engine.evaluation.boxes import Boxes, Floats, Ints, match
from engine.evaluation.classification import good_label
from engine.evaluation.keypoints import by_item, skeletons_of
from engine.evaluation.multilabel import curves_of
from engine.evaluation.precision import curves, draws, mean_average_precision, percentiles
from engine.evaluation.results import Evaluation
from engine.evaluation.scores import NONE
from engine.evaluation.segmentation import mean_iou
from engine.serving.manifest import OBJECTS
from engine.serving.skeleton import Skeleton
from engine.training.keypoints import with_sigmas
from engine.training.ranking import auroc
from engine.training.tables import log_losses

LOWER_IS_BETTER = (
    "missed",
    "false_reject",
    "mislabelled",
    "missed_images",
    "false_reject_images",
    "false_per_image",
    "log_loss",
    "point_error",
)
Draws = Callable[[Ints], Floats]
Value = dict[str, float | None]


@dataclass(frozen=True)
class Outcomes:
    """One evaluation's I items.

    Attributes:
        main: the figure by which models of this task are compared.
        keys: (I,) item keys.
        mistakes: (I,) what is missed, mislabelled or false in each.
        ratios: figures that are sum / sum over items: name → (I,) above, (I,) below.
        others: the other figures: name → function from (R, I) how often each item is drawn to (R,).
    """

    task: str
    main: str
    keys: Ints
    mistakes: Ints
    ratios: Mapping[str, tuple[Floats, Floats]]
    others: Mapping[str, Draws]

    @property
    def names(self) -> list[str]:
        """The figures, the main one first."""
        return sorted([*self.others, *self.ratios], key=lambda name: name != self.main)

    def figures(self, weights: Ints) -> dict[str, Floats]:
        """Each figure of each of R draws, (R, I) how often an item is in it: (R,), NaN where the items cannot tell."""
        told = {name: draw(weights) for name, draw in self.others.items()}
        for name, (above, below) in self.ratios.items():
            told[name] = _divided(weights @ above, weights @ below)
        return {name: told[name] for name in self.names}

    def figures_of(self, rows: Ints, seed: int = 0) -> dict[str, Value]:
        """Each figure of some of the items with its 95 % interval: {"value", "low", "high"}; bootstrap over these items."""
        whole, drawn = np.zeros((1, len(self.keys)), np.int64), draws(len(rows), seed)
        whole[0, rows] = 1
        spread = np.zeros((len(drawn), len(self.keys)), np.int64)
        spread[:, rows] = drawn
        values, samples = self.figures(whole), self.figures(spread)
        return {name: bounded(values[name][0], samples[name]) for name in self.names}


def read_outcomes(evaluation: Evaluation) -> Outcomes:
    """Take an evaluation's folder apart.

    Raises:
        BadInput: its task has no figures by item.
    """
    task = evaluation.summary["task"]
    readers = {
        **dict.fromkeys(OBJECTS, _detection), "classification": _classification, "segmentation": _segmentation, "anomaly": _anomaly,
        "tabular": _tabular, "multilabel": _multilabel,
    }  # fmt: skip
    if task not in readers:
        raise BadInput(
            f"Evaluations of {task} models cannot be taken apart by item; those of {', '.join(readers)} can."
        )
    return readers[task](evaluation)


def boxes_of(evaluation: Evaluation) -> tuple[Boxes, Boxes]:
    """True and found boxes, the found ones best first; what was found inside a crowd is left out."""
    place = {row["item_key"]: at for at, row in enumerate(evaluation.items)}
    number = {label: at for at, label in enumerate(evaluation.labels)}
    true = [row for row in evaluation.matches if row["true_box"]]
    found = [row for row in evaluation.predictions if not row.get("ignored")]
    task, more = evaluation.summary["task"], OBJECTS.get(evaluation.summary["task"], "")
    task = task if more else "detection"
    skeletons = skeletons_of(evaluation.summary)
    return (
        Boxes.of(
            [place[row["item_key"]] for row in true],
            [number[row["truth"]] for row in true],
            [row["true_box"] for row in true],
            more=[_true(row, more, skeletons) for row in true],
            task=task,
        ),
        Boxes.of(
            [place[row["item_key"]] for row in found],
            [number[row["label"]] for row in found],
            [[row["x"], row["y"], row["x"] + row["w"], row["y"] + row["h"]] for row in found],
            [row["score"] for row in found],
            more=[row.get(more) for row in found],
            task=task,
        ).best_first(),
    )


def _true(row: Mapping[str, Any], more: str, skeletons: Mapping[str, Skeleton]) -> Any:
    """What a true object carries, as it is held against found ones."""
    value: Any = row.get(f"true_{more}")
    return with_sigmas(value, skeletons[row["truth"]]) if more == "points" else value


def probabilities_of(evaluation: Evaluation) -> Floats:
    """(I, C) of a classification model, in the order of `evaluation.labels` without "(none)"."""
    place = {row["item_key"]: at for at, row in enumerate(evaluation.items)}
    number = {label: at for at, label in enumerate(evaluation.labels)}
    found = np.zeros((len(place), len(number) - 1))
    for row in evaluation.predictions:
        found[place[row["item_key"]], number[row["label"]]] = row["score"]
    return found


def bounded(value: float, samples: Floats) -> Value:
    """A figure and the middle 95 % of its draws, as plain numbers; None where it cannot be told."""
    low, high = percentiles(samples)
    named = {"value": value, "low": low, "high": high}
    return {name: None if np.isnan(number) else round(float(number), 6) for name, number in named.items()}


def _detection(evaluation: Evaluation) -> Outcomes:
    truth, found = boxes_of(evaluation)
    count, labels = len(evaluation.items), len(evaluation.labels) - 1
    lines = curves(truth, found, match(truth, found), count, labels)
    objects, hit, wrong, false = (_column(evaluation, name) for name in ("objects", "found", "mislabelled", "false"))
    bad, rejected = (objects > 0).astype(float), (hit + false > 0).astype(float)
    return Outcomes(
        evaluation.summary["task"], "map50", _keys(evaluation), (objects - hit + wrong + false).astype(np.int64),
        {
            "precision": (hit - wrong, hit + false), "recall": (hit - wrong, objects), "missed": (objects - hit, objects),
            "false_reject": (false, hit + false), "mislabelled": (wrong, objects),
            "missed_images": (bad * (1 - rejected), bad), "false_reject_images": ((1 - bad) * rejected, 1 - bad),
            **by_item(evaluation),
        },
        {"map50": lambda weights: mean_average_precision(lines, weights)},
    )  # fmt: skip


def _classification(evaluation: Evaluation) -> Outcomes:
    labels = evaluation.labels[:-1]
    number = {label: at for at, label in enumerate(labels)}
    true = np.array([number[row["truth"][0]] if row["truth"] else -1 for row in evaluation.items])
    guess = np.array([number[row["predicted"][0]] for row in evaluation.items])
    known = (true >= 0).astype(float)
    ratios = {"accuracy": ((true == guess) * known, known)}
    good = good_label(labels, evaluation.summary.get("good", ""))
    if good is not None:
        doubt = 1 - probabilities_of(evaluation)[:, good]
        rejected, bad = doubt >= evaluation.summary["threshold"] - 1e-9, (true >= 0) & (true != good)
        sound = true == good
        ratios |= {
            "missed": ((bad & ~rejected).astype(float), bad.astype(float)),
            "false_reject": ((sound & rejected).astype(float), sound.astype(float)),
        }
    marks = [((true == at) & (guess == at), (true == at), (guess == at) & (true >= 0)) for at in range(len(labels))]
    return Outcomes(
        "classification", "accuracy", _keys(evaluation), ((true != guess) * known).astype(np.int64), ratios,
        {"macro_f1": lambda weights: _macro_f1(marks, weights)},
    )  # fmt: skip


def _multilabel(evaluation: Evaluation) -> Outcomes:
    labels = evaluation.labels[:-1]
    has, said = (
        np.array([[label in row[name] for label in labels] for row in evaluation.items], np.bool_)
        for name in ("truth", "predicted")
    )
    lines, ones = curves_of(has, probabilities_of(evaluation)), np.ones(len(has))
    right, missed, false = ((one).sum(axis=1).astype(float) for one in (has & said, has & ~said, said & ~has))
    bad, rejected = has.any(axis=1), said.any(axis=1)
    marks = [(has[:, at] & said[:, at], has[:, at], said[:, at]) for at in range(len(labels))]
    return Outcomes(
        "multilabel", "mean_ap", _keys(evaluation), (missed + false).astype(np.int64),
        {
            "micro_f1": (2 * right, 2 * right + missed + false), "exact": ((missed + false == 0).astype(float), ones),
            "missed": (missed, right + missed), "false_reject": (false, right + false),
            "missed_images": ((bad & ~rejected).astype(float), bad.astype(float)),
            "false_reject_images": ((~bad & rejected).astype(float), (~bad).astype(float)),
        },
        {
            "mean_ap": lambda weights: mean_average_precision(lines, weights),
            "macro_f1": lambda weights: _macro_f1(marks, weights),
        },
    )  # fmt: skip


def _segmentation(evaluation: Evaluation) -> Outcomes:
    if any(row.get("pixels") is None for row in evaluation.items):
        raise BadInput("This evaluation does not say how the pixels of each item are; evaluate the model again.")
    classes = len(evaluation.labels)  # "(none)" takes the place of the background
    matrices = np.array([row["pixels"] for row in evaluation.items], np.int64).reshape(-1, classes, classes)
    objects, hit, wrong, false = (_column(evaluation, name) for name in ("objects", "found", "mislabelled", "false"))
    bad, rejected = (objects > 0).astype(float), (_column(evaluation, "score") > 0).astype(float)
    overlap = mean_iou(matrices)
    there = ~np.isnan(overlap)
    return Outcomes(
        "segmentation", "miou", _keys(evaluation), (objects - hit + wrong + false).astype(np.int64),
        {
            "image_iou": (np.where(there, overlap, 0.0), there.astype(float)),
            "pixel_accuracy": (np.trace(matrices, axis1=1, axis2=2).astype(float), matrices.sum((1, 2)).astype(float)),
            "missed": (objects - hit, objects), "false_reject": (false, hit + false), "mislabelled": (wrong, objects),
            "missed_images": (bad * (1 - rejected), bad), "false_reject_images": ((1 - bad) * rejected, 1 - bad),
        },
        {"miou": lambda weights: mean_iou(np.tensordot(weights, matrices, 1))},
    )  # fmt: skip


def _anomaly(evaluation: Evaluation) -> Outcomes:
    """As of a classification into normal and not, by the threshold, with the AUROC of the images."""
    base, score = _classification(evaluation), probabilities_of(evaluation)[:, 1]
    known = np.array([bool(row["truth"]) for row in evaluation.items])
    bad = np.array([row["truth"] == [evaluation.labels[1]] for row in evaluation.items])
    rejected = score >= evaluation.summary["threshold"] - 1e-9

    def area(weights: Ints) -> Floats:
        return auroc(bad[known], score[known], weights[:, known])

    return replace(
        base,
        task="anomaly",
        main="auroc",
        mistakes=((bad != rejected) & known).astype(np.int64),
        others={"auroc": area},
    )


def _tabular(evaluation: Evaluation) -> Outcomes:
    second = evaluation.labels[1]
    true = np.array([int(row["truth"] == [second]) for row in evaluation.items])
    guess = np.array([int(row["predicted"] == [second]) for row in evaluation.items])
    chance, ones = probabilities_of(evaluation)[:, 1], np.ones(len(true))
    return Outcomes(
        "tabular", "auroc", _keys(evaluation), (true != guess).astype(np.int64),
        {"log_loss": (log_losses(true, chance), ones), "accuracy": ((true == guess).astype(float), ones)},
        {"auroc": lambda weights: auroc(true == 1, chance, weights)},
    )  # fmt: skip


def _macro_f1(marks: Sequence[tuple[Any, Any, Any]], weights: Ints) -> Floats:
    """Mean F1 of the labels that a draw has."""
    columns = []
    for right, real, guessed in marks:
        there = weights @ real
        f1 = _divided(2.0 * (weights @ right), there + weights @ guessed)
        columns.append(np.where(there > 0, f1, np.nan))
    table = np.ma.masked_invalid(np.stack(columns, axis=1))
    result: Floats = table.mean(axis=1).filled(np.nan)
    return result


def _divided(above: Any, below: Any) -> Floats:
    result: Floats = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0, casting="unsafe")
    return result


def _keys(evaluation: Evaluation) -> Ints:
    return np.array([row["item_key"] for row in evaluation.items], np.int64)


def _column(evaluation: Evaluation, name: str) -> Floats:
    return np.array([row[name] for row in evaluation.items], np.float64)


def truth_by_item(evaluation: Evaluation) -> dict[int, list[Any]]:
    """What people said of each item: its labels with their boxes, sorted."""
    said: dict[int, list[Any]] = {row["item_key"]: [] for row in evaluation.items}
    for row in evaluation.matches:
        if row["truth"] != NONE:
            said[row["item_key"]].append((row["truth"], *(round(value, 2) for value in row["true_box"] or ())))
    return {key: sorted(values) for key, values in said.items()}
