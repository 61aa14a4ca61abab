"""What an object carries beside its box, as the files of an evaluation keep it."""

from __future__ import annotations

from typing import Any

from engine.data import rle
from engine.evaluation.boxes import Boxes
from engine.evaluation.scores import Row
from engine.serving.answers import Detection, Region
from engine.serving.manifest import OBJECTS


def carried(one: Detection) -> dict[str, Any]:
    """Of a model's answer by column: five numbers "rotated", x, y, v of each of "points", run lengths "mask"; or nothing."""
    if isinstance(one, Region):
        return {"mask": rle.compress(one.counts)}
    if one.rotated:
        return {"rotated": list(one.rotated)}
    return {"points": [value for point in one.points for value in point]} if one.points else {}


def told(boxes: Boxes, row: int, prefix: str = "") -> Row:
    """The column of one object's row; nothing where the task has boxes alone."""
    return {} if boxes.more is None else {f"{prefix}{OBJECTS[boxes.task]}": boxes.more[row]}
