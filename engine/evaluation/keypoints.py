"""How well points are placed: mean error and PCK of each point of each label, and the items behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import BadInput
from engine.evaluation.boxes import NOTHING, Boxes, Floats, match
from engine.evaluation.scores import Row, Scores, ratio, tidy
from engine.serving.skeleton import Skeleton

if TYPE_CHECKING:
    from engine.evaluation.results import Evaluation

PCK = 0.05  # share of the longer side of the object's box within which a point counts as placed right


@dataclass(frozen=True)
class PointFigures:
    """One point of one label.

    Attributes:
        count: true ones that are labelled.
        missed: of these, how many belong to objects that were not found.
        error: mean distance in px over the found ones; None without any.
        pck: share of all that lies within `PCK`; points of objects that were missed do not.
        seen: share of the found ones of which it was told rightly whether they are visible.
        items: keys of the items in which it lies farther off, the farthest first, then those in which it was missed.
    """

    label: str
    point: str
    count: int
    missed: int
    error: float | None
    pck: float | None
    seen: float | None
    items: list[int]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Placed:
    """The labelled true points of a split, N of them.

    Attributes:
        label, point: (N,) names.
        key: (N,) item keys.
        error: (N,) distance in px; NaN where the object was not found.
        right: (N,) whether it lies within `PCK`.
        seen: (N,) whether its visibility was told rightly; NaN where the object was not found.
    """

    label: Any
    point: Any
    key: Any
    error: Floats
    right: Any
    seen: Floats

    def only(self, rows: Any) -> Placed:
        """Some of them."""
        return Placed(*(values[rows] for values in vars(self).values()))


def point_figures(evaluation: Evaluation) -> list[PointFigures]:
    """Of each point of each label, in the order of the skeletons.

    Raises:
        BadInput: not of a model of keypoints.
    """
    skeletons = skeletons_of(evaluation.summary)
    if not skeletons:
        task = evaluation.summary["task"]
        raise BadInput(f"Points are told of models of keypoints; this is a {task} model.")
    placed = _placed(evaluation, skeletons)
    return [
        _figures(label, point, placed.only((placed.label == label) & (placed.point == point)))
        for label, skeleton in skeletons.items()
        for point in skeleton.points
    ]


def _placed(evaluation: Evaluation, skeletons: Mapping[str, Skeleton]) -> Placed:
    return place(evaluation.matches, evaluation.predictions, evaluation.summary["threshold"], skeletons)


def skeletons_of(summary: Mapping[str, Any]) -> dict[str, Skeleton]:
    """By label, as an evaluation keeps them."""
    return {label: Skeleton.from_json(document) for label, document in summary.get("skeletons", {}).items()}


def place(
    matches: Sequence[Row], predictions: Sequence[Row], threshold: float, skeletons: Mapping[str, Skeleton]
) -> Placed:
    """Hold true points against those of the object that was found there.

    Objects are paired by their boxes (IoU ≥ 0.5), not by their points: a skeleton in the wrong place counts with its
    distances. A point of which the model says a half or more is called visible.
    """
    true = [row for row in matches if row["true_box"] and row.get("true_points")]
    found = [row for row in predictions if not row.get("ignored") and row["score"] >= threshold - 1e-9]
    partner = _paired(true, found, list(skeletons))
    columns: list[tuple[Any, ...]] = []
    for row, other in zip(true, partner, strict=True):
        names = skeletons[row["truth"]].points if row["truth"] in skeletons else ()
        points = np.reshape(row["true_points"], (-1, 3))
        given = None if other is None else np.reshape(other["points"], (-1, 3))
        box = row["true_box"]
        limit = PCK * max(box[2] - box[0], box[3] - box[1])
        for number, (name, (x, y, v)) in enumerate(zip(names, points, strict=False)):
            if not v:
                continue
            error, seen = np.nan, np.nan
            if given is not None and number < len(given):
                error = float(np.hypot(given[number, 0] - x, given[number, 1] - y))
                seen = float((given[number, 2] >= 0.5) == (v == 2))
            columns.append((row["truth"], name, row["item_key"], error, error <= limit, seen))
    label, point, key, errors, right, visible = zip(*columns, strict=True) if columns else [()] * 6
    return Placed(
        np.array(label, object), np.array(point, object), np.array(key, np.int64), np.array(errors, np.float64),
        np.array(right, np.bool_), np.array(visible, np.float64),
    )  # fmt: skip


def extended(scores: Scores, skeletons: Mapping[str, Skeleton]) -> Scores:
    """The scores of a model of keypoints with what is told of its points; those of other models as they are."""
    if not skeletons:
        return scores
    placed = place(scores.matches, scores.predictions, scores.threshold, skeletons)
    rows = [placed.only(placed.label == label) for label in scores.per_class]
    per_class = {
        label: figures | tidy(overall(mine))
        for (label, figures), mine in zip(scores.per_class.items(), rows, strict=True)
    }
    told = {label: asdict(one) for label, one in skeletons.items()}
    return replace(scores, metrics=scores.metrics | tidy(overall(placed)), per_class=per_class, skeletons=told)


def by_item(evaluation: Evaluation) -> dict[str, tuple[Floats, Floats]]:
    """PCK and mean error as sums by item, (I,) above and (I,) below; nothing of other tasks."""
    skeletons = skeletons_of(evaluation.summary)
    if not skeletons:
        return {}
    placed = _placed(evaluation, skeletons)
    at = {row["item_key"]: number for number, row in enumerate(evaluation.items)}
    item = np.array([at[key] for key in placed.key.tolist()], np.int64)
    there = np.isfinite(placed.error)

    def summed(rows: Any, values: Any) -> Floats:
        result: Floats = np.bincount(item[rows], np.asarray(values, np.float64)[rows], len(at)).astype(np.float64)
        return result

    every = np.ones(len(item), np.bool_)
    return {
        "pck": (summed(every, placed.right), summed(every, every)),
        "point_error": (summed(there, placed.error), summed(there, every)),
    }


def overall(placed: Placed) -> dict[str, float]:
    """PCK and mean error over all points; NaN where there are none."""
    return {
        "pck": ratio(placed.right.sum(), len(placed.right)),
        "point_error": ratio(np.nansum(placed.error), np.isfinite(placed.error).sum()),
    }


def _paired(true: Sequence[Row], found: Sequence[Row], labels: Sequence[str]) -> list[Row | None]:
    """For each true object the found one that stands for it by its box."""
    items = {key: at for at, key in enumerate(dict.fromkeys(row["item_key"] for row in [*true, *found]))}
    number = {label: at for at, label in enumerate(dict.fromkeys([*labels, *(row["truth"] for row in true)]))}
    found = sorted((row for row in found if row["label"] in number), key=lambda row: -row["score"])
    truth = Boxes.of(
        [items[row["item_key"]] for row in true],
        [number[row["truth"]] for row in true],
        [row["true_box"] for row in true],
    )
    said = Boxes.of(
        [items[row["item_key"]] for row in found],
        [number[row["label"]] for row in found],
        [[row["x"], row["y"], row["x"] + row["w"], row["y"] + row["h"]] for row in found],
        [row["score"] for row in found],
    )
    partner: list[Row | None] = [None] * len(true)
    for place, mine in enumerate(match(truth, said).truth.tolist()):
        if mine != NOTHING:
            partner[mine] = found[place]
    return partner


def _figures(label: str, point: str, placed: Placed) -> PointFigures:
    told = overall(placed)
    there = np.isfinite(placed.error)
    order = np.argsort(-np.where(there, placed.error, -1.0), kind="stable")
    wrong = [int(placed.key[at]) for at in order if not placed.right[at]]
    return PointFigures(
        label, point, len(placed.key), int((~there).sum()), _plain(told["point_error"]), _plain(told["pck"]),
        _plain(ratio(np.nansum(placed.seen), there.sum())), list(dict.fromkeys(wrong)),
    )  # fmt: skip


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
