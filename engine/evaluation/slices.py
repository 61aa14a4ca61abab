"""The figures of parts of a split: objects by their size, items by anything that SQL can say of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import BadInput
from engine.evaluation.boxes import NOTHING, Boxes, Floats, match
from engine.evaluation.outcomes import Value, bounded, boxes_of, read_outcomes
from engine.evaluation.precision import Curve, curves, draws, mean_average_precision
from engine.evaluation.results import Evaluation
from engine.serving.manifest import OBJECTS
from engine.training.similarity import areas

if TYPE_CHECKING:
    from engine.workspace import Workspace

COCO_SIZES = (("small", 0.0, 32.0**2), ("medium", 32.0**2, 96.0**2), ("large", 96.0**2, math.inf))
SIZES = ("coco", "thirds")
MOST_GROUPS = 60


@dataclass(frozen=True)
class Group:
    """A part of the split.

    Attributes:
        items: keys of its items; for a group of objects, of the items with a missed one, the most first.
        count: items, or objects, in it.
        figures: by name {"value", "low", "high"}: 95 % intervals by a bootstrap over items; None where it cannot be told.
    """

    name: str
    items: list[int]
    count: int
    figures: dict[str, Value]


def by_expression(ws: Workspace, evaluation: Evaluation, expression: str) -> list[Group]:
    """Group the items by a read-only SQL expression over the view `items`, such as width > 600 or metadata->>'lot'.

    What the workspace says of an item now counts; items that it no longer has are a group "(none)". Largest groups first.

    Raises:
        BadQuery: the expression is wrong, not allowed, or not one value.
        BadInput: it is of a table, or there would be more than `MOST_GROUPS` groups.
    """
    from engine.data.query import select

    if not expression.strip():
        raise BadInput("Write by what the items shall be grouped, such as: width > 600")
    if evaluation.summary["task"] == "tabular":
        raise BadInput(
            "Rows of a table are no items of the workspace, so they cannot be grouped by what it knows of items."
        )
    outcomes = read_outcomes(evaluation)
    found = select(ws, f"SELECT key, CAST(({expression}\n) AS VARCHAR) AS value FROM items", limit=None)
    if found.num_columns != 2:
        raise BadInput("Group by one expression, not by several; join them with ||, such as: format || ' ' || width")
    value = dict(zip(*(column.to_pylist() for column in found.columns), strict=True))
    groups: dict[str, list[int]] = {}
    for at, key in enumerate(outcomes.keys.tolist()):
        groups.setdefault(value.get(key) or "(none)", []).append(at)
    if len(groups) > MOST_GROUPS:
        raise BadInput(
            f"“{expression}” makes {len(groups)} groups; group more coarsely, at most {MOST_GROUPS}, such as by floor(width / 200)."
        )
    answer = [
        Group(name, outcomes.keys[rows].tolist(), len(rows), outcomes.figures_of(np.array(rows)))
        for name, rows in groups.items()
    ]
    return sorted(answer, key=lambda group: (-group.count, group.name))


def by_size(evaluation: Evaluation, sizes: str = "coco") -> list[Group]:
    """Average precision and 漏检 of objects by the area of their boxes, of rotated ones by their own sides.

    Found boxes belong to the size of what they stand for, else to their own.

    Args:
        sizes: "coco": small below 32² px, medium below 96² px, large; "thirds": as many objects of this split in each.

    Raises:
        BadInput: not of a model that finds objects, or no such division.
    """
    if evaluation.summary["task"] not in OBJECTS:
        raise BadInput("Sizes are told of models that find objects; those of other models have no boxes.")
    truth, found = boxes_of(evaluation)
    area = _areas(truth)
    lines = _curves_by_size(evaluation, truth, found, area)
    missed = _missed(evaluation, truth)
    return [_size(evaluation, name, truth, (area >= low) & (area < high), missed, lines(low, high))
            for name, low, high in _bounds(area, sizes)]  # fmt: skip


def _bounds(area: Floats, sizes: str) -> list[tuple[str, float, float]]:
    if sizes == "coco":
        return list(COCO_SIZES)
    if sizes != "thirds":
        raise BadInput(f"There is no division “{sizes}” of sizes; there are: {', '.join(SIZES)}.")
    if not len(area):
        return []
    low, high = (float(bound) for bound in np.quantile(area, [1 / 3, 2 / 3]))
    sides = [round(math.sqrt(bound)) for bound in (low, high)]
    return [(f"below {sides[0]}² px", 0.0, low), (f"{sides[0]}² to {sides[1]}² px", low, high),
            (f"from {sides[1]}² px", high, math.inf)]  # fmt: skip


def _curves_by_size(
    evaluation: Evaluation, truth: Boxes, found: Boxes, area: Floats
) -> Callable[[float, float], list[Curve]]:
    matches, labels = match(truth, found), len(evaluation.labels) - 1
    taken = matches.truth != NOTHING
    size = np.where(taken, area[matches.truth] if len(area) else 0.0, _areas(found))

    def lines(low: float, high: float) -> list[Curve]:
        mine, real = (size >= low) & (size < high), (area >= low) & (area < high)
        place = np.cumsum(real) - 1
        target = np.where(taken, place[matches.truth] if len(place) else NOTHING, NOTHING)
        chosen = type(matches)(target[mine], matches.iou[mine], matches.ignored[mine])
        return curves(truth[real], found[mine], chosen, len(evaluation.items), labels)

    return lines


def _size(evaluation: Evaluation, name: str, truth: Boxes, real: Any, missed: Any, lines: list[Curve]) -> Group:
    count = len(evaluation.items)
    objects = np.bincount(truth.item[real], minlength=count)
    lost = np.bincount(truth.item[real & missed], minlength=count)
    weights = np.concatenate([np.ones((1, count), np.int64), draws(count, 0)])
    precision = mean_average_precision(lines, weights)
    below = weights @ objects
    share = np.divide(weights @ lost, below, out=np.full(len(weights), np.nan), where=below > 0)
    order = np.argsort(-lost, kind="stable")[: int((lost > 0).sum())]
    keys = [evaluation.items[at]["item_key"] for at in order.tolist()]
    figures = {"map50": bounded(precision[0], precision[1:]), "missed": bounded(share[0], share[1:])}
    return Group(name, keys, int(objects.sum()), figures)


def _missed(evaluation: Evaluation, truth: Boxes) -> Any:
    """Of each true box, in the order of `boxes_of`, whether nothing stands for it at the threshold."""
    rows = [row for row in evaluation.matches if row["true_box"]]
    return np.array([row["box"] is None for row in rows], np.bool_).reshape(len(truth))


def _areas(boxes: Boxes) -> Floats:
    return areas(boxes.task, boxes.objects)
