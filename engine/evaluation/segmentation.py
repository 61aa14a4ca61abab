"""How well a segmentation fits the true one: overlap by label, defects found and missed, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.data import rle
from engine.evaluation.boxes import NOTHING, Floats, Ints
from engine.evaluation.precision import draws, interval_of_ratio, percentiles
from engine.evaluation.scores import NONE, Choice, Row, Scores, ratio, tidy, tidy_intervals
from engine.evaluation.thresholds import chosen_threshold, sweep_of
from engine.evaluation.truth import Item, Truth
from engine.modeling.nets import IGNORED
from engine.serving.answers import Detection, Region
from engine.serving.preprocess import Geometry
from engine.training.marks import Area, Marks, painted

COVERED = 0.5  # share of a defect's pixels that must be marked for it to be found
TOUCHED = 0.1  # share of a region's pixels that must lie on a defect for it to be no false one


@dataclass
class _Looked:
    """One item.

    Attributes:
        matrix: (1 + C, 1 + C) pixels by true and given class, background first.
        highest: score of the surest region; 0 without.
        pairs: (true label or NOTHING, given label or NOTHING, score, true box, box) of each defect and false region.
    """

    matrix: Ints
    highest: float
    bad: bool
    pairs: list[tuple[int, int, float | None, Any, Any]] = field(default_factory=list)


def measure(
    truth: Truth, marks: Mapping[int, Marks], answers: Sequence[Sequence[Detection]], choice: Choice, served: float
) -> Scores:
    """All figures of a segmentation model.

    A defect is found when half of its pixels are marked; a region is false when less than a tenth of it lies on defects.

    Args:
        marks: by item key, what people drew.
        answers: the regions of each item, down to low scores.
        served: the score above which the model reports a region where it is served.
    """
    highest = np.array([max((one.score for one in found), default=-1.0) for found in answers])  # −1: nothing to reject
    bad = np.array([any(area.value != IGNORED for area in _areas(marks, item)) for item in truth.items])
    thresholds, sweep = sweep_of(bad, highest)
    threshold = chosen_threshold(choice, {"model": served, **thresholds})
    number = {label: index for index, label in enumerate(truth.labels)}
    looked = [
        _look(item, _areas(marks, item), [one for one in found if one.score >= threshold], number)
        for item, found in zip(truth.items, answers, strict=True)
    ]
    matrices = np.stack([one.matrix for one in looked])
    total = matrices.sum(axis=0)
    confusion = _confusion(looked, len(truth.labels))
    return Scores(
        task="segmentation",
        main="miou",
        metrics=tidy(_metrics(total, confusion, looked)),
        per_class={name: tidy(_label_metrics(total, confusion, label)) for label, name in enumerate(truth.labels)},
        confusion={"labels": [*truth.labels, NONE], "matrix": confusion.tolist()},
        threshold=round(threshold, 6),
        thresholds=thresholds,
        intervals=tidy_intervals(_intervals(matrices, looked)),
        curves={"labels": {}, "sweep": sweep},
        items=[_item_row(item, one, truth.labels) for item, one in zip(truth.items, looked, strict=True)],
        predictions=_prediction_rows(truth, answers),
        matches=_match_rows(truth, looked),
    )


def _areas(marks: Mapping[int, Marks], item: Item) -> Sequence[Area]:
    return marks[item.key].areas if item.key in marks else ()


def _look(item: Item, areas: Sequence[Area], found: Sequence[Detection], number: Mapping[str, int]) -> _Looked:
    place = Geometry(item.width, item.height, 1, 1, 0, 0)
    true = painted(areas, place, item.width, item.height)
    region = np.zeros(true.shape, np.int64)  # of each pixel the place in `found`, from 1; 0 none
    for at, one in enumerate(found, 1):
        if isinstance(one, Region):
            region[one.mask()] = at
    classes = np.array([0, *(number[one.label] + 1 for one in found)])
    count, known = len(number) + 1, true != IGNORED
    pairs = np.bincount(true[known].astype(np.int64) * count + classes[region[known]], minlength=count * count)
    real = [area for area in areas if area.value != IGNORED]
    looked = _Looked(pairs.reshape(count, count), max((one.score for one in found), default=0.0), bool(real))
    looked.pairs += [_defect(area, place, region, classes, found) for area in real]
    size = np.bincount(region.ravel(), minlength=len(found) + 1)
    touched = np.bincount(region[true > 0], minlength=len(found) + 1)  # what is to be ignored counts as touched
    looked.pairs += [
        (NOTHING, number[one.label], one.score, None, list(one.box))
        for at, one in enumerate(found, 1)
        if touched[at] < TOUCHED * max(1, size[at])
    ]
    return looked


def _defect(
    area: Area, place: Geometry, region: Ints, classes: Ints, found: Sequence[Detection]
) -> tuple[int, int, float | None, Any, Any]:
    """What stands for one true defect: the label that most of its marked pixels have, and the region that covers it most."""
    mine = painted([area], place, region.shape[1], region.shape[0]) > 0
    box = _box(mine)
    marked = region[mine & (region > 0)]
    if len(marked) < COVERED * max(1, mine.sum()):
        return area.value - 1, NOTHING, None, box, None
    label = int(np.bincount(classes[marked]).argmax()) - 1
    best = found[int(np.bincount(marked).argmax()) - 1]
    return area.value - 1, label, best.score, box, list(best.box)


def _box(mask: npt.NDArray[np.bool_]) -> list[float]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return [0.0, 0.0, 0.0, 0.0]
    return [float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)]


def _ious(matrix: Any) -> Floats:
    """(…, C) of each label; NaN where it is neither there nor given. The background is not one of them."""
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    union = matrix.sum(-1) + matrix.sum(-2) - right
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats = (right / union)[..., 1:]
    return result


def mean_iou(matrix: Any) -> Any:
    """Over the labels that are there; NaN without any."""
    there = matrix.sum(-1)[..., 1:] > 0
    ious = np.where(there, np.nan_to_num(_ious(matrix)), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ious.sum(-1) / there.sum(-1)


def _metrics(total: Ints, confusion: Ints, looked: Sequence[_Looked]) -> dict[str, float]:
    bad, rejected = np.array([one.bad for one in looked]), np.array([one.highest > 0 for one in looked])
    objects, found = int(confusion[:-1].sum()), int(confusion[:-1, :-1].sum())
    given = int(confusion[:, :-1].sum())
    ious = np.nan_to_num(_ious(total))
    dice = 2 * ious / (1 + ious)
    there = total.sum(1)[1:] > 0
    return {
        "miou": float(mean_iou(total)),
        "dice": float(dice[there].mean()) if there.any() else float("nan"),
        "pixel_accuracy": ratio(np.trace(total), total.sum()),
        "missed": ratio(objects - found, objects),
        "mislabelled": ratio(found - np.trace(confusion[:-1, :-1]), objects),
        "false_reject": ratio(confusion[-1].sum(), given),
        "missed_images": ratio((bad & ~rejected).sum(), bad.sum()),
        "false_reject_images": ratio((~bad & rejected).sum(), (~bad).sum()),
        "items": len(looked),
        "objects": objects,
    }


def _label_metrics(total: Ints, confusion: Ints, label: int) -> dict[str, float]:
    right, true, given = total[label + 1, label + 1], total[label + 1].sum(), total[:, label + 1].sum()
    iou = float(_ious(total)[label])
    return {
        "iou": iou,
        "dice": 2 * iou / (1 + iou),
        "precision": ratio(right, given),
        "recall": ratio(right, true),
        "objects": int(confusion[label].sum()),
    }


def _intervals(matrices: Ints, looked: Sequence[_Looked]) -> dict[str, tuple[float, float]]:
    replicates = np.tensordot(draws(len(matrices), 0), matrices, 1)
    means = mean_iou(replicates)
    defects = np.array([sum(true != NOTHING for true, *_ in one.pairs) for one in looked])
    missed = np.array([sum(true != NOTHING and given == NOTHING for true, given, *_ in one.pairs) for one in looked])
    return {"miou": percentiles(means[~np.isnan(means)]), "missed": interval_of_ratio(missed, defects)}


def _confusion(looked: Sequence[_Looked], labels: int) -> Ints:
    """Defects and regions by true and given label, the last of each for none."""
    matrix = np.zeros((labels + 1, labels + 1), np.int64)
    for one in looked:
        for true, given, *_ in one.pairs:
            matrix[true, given] += 1  # NOTHING is −1, the last
    return matrix


def _item_row(item: Item, one: _Looked, labels: Sequence[str]) -> Row:
    """`error` sorts the worst first: mistakes, then how little the pixels overlap."""
    true = [pair[0] for pair in one.pairs if pair[0] != NOTHING]
    given = [pair[1] for pair in one.pairs if pair[1] != NOTHING]
    missed = sum(pair[0] != NOTHING and pair[1] == NOTHING for pair in one.pairs)
    false = sum(pair[0] == NOTHING for pair in one.pairs)
    wrong = sum(NOTHING not in pair[:2] and pair[0] != pair[1] for pair in one.pairs)
    overlap = mean_iou(one.matrix)
    return {
        "item_key": item.key, "name": item.name, "page": item.page, "digest": item.digest, "width": item.width,
        "height": item.height, "truth": [labels[label] for label in true], "predicted": [labels[label] for label in given],
        "score": one.highest, "error": missed + false + wrong + (0.0 if np.isnan(overlap) else float(1 - overlap)),
        "objects": len(true), "found": len(true) - missed, "missed": missed, "mislabelled": wrong, "false": false,
        "pixels": one.matrix.ravel().tolist(),
    }  # fmt: skip


def _prediction_rows(truth: Truth, answers: Sequence[Sequence[Detection]]) -> list[Row]:
    return [
        {"item_key": item.key, "label": one.label, "score": one.score, "x": one.box[0], "y": one.box[1],
         "w": one.box[2] - one.box[0], "h": one.box[3] - one.box[1], "iou": None,
         "mask": rle.compress(one.counts) if isinstance(one, Region) else None}
        for item, found in zip(truth.items, answers, strict=True)
        for one in found
    ]  # fmt: skip


def _match_rows(truth: Truth, looked: Sequence[_Looked]) -> list[Row]:
    names = [*truth.labels, NONE]
    return [
        {"item_key": item.key, "truth": names[true], "predicted": names[given], "score": score, "iou": None,
         "true_box": true_box, "box": box}
        for item, one in zip(truth.items, looked, strict=True)
        for true, given, score, true_box, box in one.pairs
    ]  # fmt: skip
