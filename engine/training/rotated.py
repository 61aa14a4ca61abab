"""Rotated boxes of annotations, and on the canvas that a network sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.data.records import Annotation
from engine.serving import rotated

if TYPE_CHECKING:
    from engine.training.samples import Sample

Floats = npt.NDArray[np.float32]
THINNEST = 1.0  # px: what has no width still has a place


def rotated_of(row: dict[str, Any]) -> list[float]:
    """Middle, width, height and degrees of the smallest rotated box around the shape of an annotation's row.

    A rotated box is taken as it is, a box is one of 0°; the row has the width and height of its item too.
    """
    if row["kind"] == "box":
        box = [row["x"] + row["w"] / 2, row["y"] + row["h"] / 2, row["w"], row["h"], 0.0]
    else:
        from engine.labeling import geometry
        from engine.labeling.convert import CannotConvert, convert

        points = tuple(tuple(ring) for ring in row["points"] or ())
        shape = Annotation(0, 0, 0, row["kind"], row["x"], row["y"], row["w"], row["h"], points, row["rle"] or None)
        try:
            made = (
                shape if shape.kind == "rotated_box" else convert(shape, "rotated_box", (row["width"], row["height"]))
            )
            box = list(geometry.rotated_box(made.points[0]))
        except (CannotConvert, IndexError):  # without pixels or points: what is left is its box
            return rotated_of({**row, "kind": "box"})
    found: list[float] = rotated.tidy(box).tolist()
    return [*found[:2], max(found[2], THINNEST), max(found[3], THINNEST), found[4]]


def carried(sample: Sample, width: int, height: int) -> dict[str, Any]:
    """The corners of an item's rotated boxes on the canvas."""
    del width, height
    corners = rotated.corners(np.array(sample.more, np.float64).reshape(-1, 5)).astype(np.float32)
    if sample.place is not None:  # x, y, x, y of two corners each go as a box does
        corners = sample.place.to_input(corners.reshape(-1, 4)).reshape(corners.shape)
    return {"corners": corners}


def targets(corners: Floats) -> Floats:
    """What is learnt of boxes with these corners (G, 4, 2): (G, 6) as `engine.serving.rotated.decoded` reads it."""
    boxes = rotated.enclosing(corners) if len(corners) else np.empty((0, 5))
    double = np.deg2rad(2 * boxes[:, 4:])
    sides = np.maximum(boxes[:, 2:4], THINNEST)
    return np.concatenate([boxes[:, :2], sides, np.cos(double), np.sin(double)], 1).astype(np.float32)
