"""Shapes out of shapes: unite, intersect, subtract, join, cut, take apart, simplify.

Each function answers with the shapes that shall be there instead: with its id where one lives on, with id 0 where it is
new. What is not named any more shall go; `as_edits` says so to the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import fields
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.records import Annotation
from engine.labeling import geometry, regions
from engine.labeling.edits import Add, Change, Edit, Remove
from engine.labeling.regions import CannotCombine, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.labeling.regions import Pixels

    Points = NDArray[np.float64]

KEPT = ("id", "item_id", "origin", "author")  # fields that a change never sets


def unite(shapes: Sequence[Annotation], size: Size) -> list[Annotation]:
    """One shape that covers what any of them covers; it lives on as the first one. Lines are joined end to end.

    Raises:
        CannotCombine: fewer than two, or not all of them cover an area.
    """
    _need_two(shapes, "unite")
    if all(shape.kind == "polyline" for shape in shapes):
        return [_joined(shapes)]
    return [_merged(shapes, size, "union", np.bitwise_or)]


def intersect(shapes: Sequence[Annotation], size: Size) -> list[Annotation]:
    """One shape that covers what all of them cover; it lives on as the first one.

    Raises:
        CannotCombine: fewer than two, no area, or they have nothing in common.
    """
    _need_two(shapes, "intersect")
    return [_merged(shapes, size, "intersection", np.bitwise_and)]


def subtract(shapes: Sequence[Annotation], size: Size) -> list[Annotation]:
    """The first one without what the others cover, and the others as they are.

    Raises:
        CannotCombine: fewer than two, no area, or nothing of the first one is left.
    """
    _need_two(shapes, "subtract")
    return [_merged(shapes, size, "difference", _without), *shapes[1:]]


def cut(shape: Annotation, line: Sequence[tuple[float, float]], size: Size) -> list[Annotation]:
    """The parts into which a drawn line cuts a shape, the largest first; that one lives on as the shape.

    Raises:
        CannotCombine: the line does not cross it from side to side.
    """
    import shapely

    if len(line) < 2:
        raise CannotCombine("Draw the cut as a line of at least two points.")
    if shape.kind == "polyline":
        return _cut_line(shape, line)
    whole = regions.region(shape, size)
    lines = shapely.union_all([shapely.boundary(whole), shapely.LineString(line)])
    cells = shapely.get_parts(shapely.polygonize([lines]))
    parts = [
        cell for cell in cells if shapely.contains_xy(whole, *shapely.get_coordinates(cell.representative_point())[0])
    ]
    if len(parts) <= len(shapely.get_parts(whole)):
        raise CannotCombine("The line does not cross the shape from side to side; draw it right across.")
    return _as_parts(shape, sorted(parts, key=lambda part: -part.area), size)


def take_apart(shape: Annotation, size: Size) -> list[Annotation]:
    """The parts of a shape that hang together, the largest first; that one lives on as the shape.

    Raises:
        CannotCombine: it has one part only.
    """
    import shapely

    whole = regions.region(shape, size)
    parts = sorted(shapely.get_parts(whole), key=lambda part: -part.area)
    if len(parts) < 2:
        raise CannotCombine("This shape is in one piece already; draw a line across it to cut it.")
    return _as_parts(shape, parts, size)


def simplify(shape: Annotation, tolerance: float, size: Size) -> Annotation:
    """A polygon or line with fewer points; its outline moves by at most `tolerance` px.

    Raises:
        CannotCombine: the shape has no points that could be left out.
    """
    import shapely

    if shape.kind == "polyline":
        lines = [shapely.LineString(geometry.ring_points(ring)) for ring in shape.points if len(ring) >= 4]
        return geometry.with_rings(shape, [shapely.get_coordinates(line.simplify(tolerance)) for line in lines])
    if shape.kind != "polygon":
        raise CannotCombine("Only polygons and lines have points to leave out; convert the shape to a polygon first.")
    return regions.as_polygon(shape, regions.smoothed(regions.region(shape, size), tolerance)) or shape


def points_of(shape: Annotation) -> int:
    """How many points a polygon or line has."""
    return sum(len(ring) // 2 for ring in shape.points)


def as_edits(
    before: Sequence[Annotation],
    after: Sequence[Annotation],
    next_id: Callable[[], int],
    others: Iterable[Annotation] = (),
) -> list[Edit]:
    """What to write so that `after` stands where `before` stood.

    Args:
        others: shapes of the item that may point to ones that go; these relations pass to the first of `after`.
    """
    old = {shape.id: shape for shape in before}
    kept = {shape.id for shape in after}
    gone = old.keys() - kept
    edits: list[Edit] = [Remove(shape_id) for shape_id in old if shape_id in gone]
    edits += [
        _passed_on(shape, gone, after[0].id) for shape in others if shape.id not in old and _points_to(shape, gone)
    ]
    for shape in after:
        if shape.id not in old:
            edits.append(Add(shape.with_(id=shape.id or next_id(), origin="person", score=None, author="")))
        elif values := differences(old[shape.id], shape):
            edits.append(Change(shape.id, values))
    return edits


def _points_to(shape: Annotation, ends: Set[int]) -> bool:
    return any(end in ends for end, _ in shape.relations)


def _passed_on(shape: Annotation, gone: Set[int], to: int) -> Change:
    relations = {(to if end in gone else end, name) for end, name in shape.relations}
    return Change(shape.id, {"relations": tuple(sorted(relations))})


def differences(before: Annotation, after: Annotation) -> dict[str, Any]:
    """The fields in which two states of a shape differ, with the later values."""
    names = [entry.name for entry in fields(Annotation) if entry.name not in KEPT]
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def _need_two(shapes: Sequence[Annotation], what: str) -> None:
    if len(shapes) < 2:
        raise CannotCombine(f"Choose two or more shapes to {what} them: Ctrl+click adds one.")


def _merged(
    shapes: Sequence[Annotation], size: Size, name: str, by_pixel: Callable[[Pixels, Pixels], Pixels]
) -> Annotation:
    """The first shape with the area that the operation leaves: pixels when there is a mask among them."""
    import shapely

    regions.need_area(shapes)
    if any(shape.kind == "mask" for shape in shapes):
        made = _merged_pixels(shapes, size, by_pixel)
    else:
        covered = [regions.region(shape, size) for shape in shapes]
        found = shapely.union_all(covered) if name == "union" else reduce(getattr(shapely, name), covered)
        made = regions.as_polygon(shapes[0], regions.areas_only(found))
        if made is not None and all(shape.kind == "box" for shape in shapes) and _is_box(made):
            made = made.with_(kind="box", points=())
    if made is None:
        nothing = "They have no area in common" if name == "intersection" else "Nothing would be left of the first one"
        raise CannotCombine(f"{nothing}; the shapes stay as they are.")
    return _with_all_relations(made, shapes if name != "difference" else shapes[:1])


def _without(pixels: Pixels, others: Pixels) -> Pixels:
    return np.where(others > 0, np.uint8(0), pixels)


def _merged_pixels(
    shapes: Sequence[Annotation], size: Size, by_pixel: Callable[[Pixels, Pixels], Pixels]
) -> Annotation | None:
    found = [regions.pixels_of(shape, size) for shape in shapes]
    left, top = min(x for _, x, _ in found), min(y for _, _, y in found)
    right = max(x + pixels.shape[1] for pixels, x, _ in found)
    bottom = max(y + pixels.shape[0] for pixels, _, y in found)

    def placed(pixels: Pixels, x: int, y: int) -> Pixels:
        whole = np.zeros((bottom - top, right - left), np.uint8)
        whole[y - top : y - top + pixels.shape[0], x - left : x - left + pixels.shape[1]] = pixels
        return whole

    merged = reduce(by_pixel, [placed(*entry) for entry in found])
    return regions.as_mask(shapes[0], merged, left, top, size)


def _is_box(shape: Annotation) -> bool:
    return len(shape.points) == 1 and abs(
        geometry.area(shape.points[0]) - (shape.w or 0) * (shape.h or 0)
    ) < regions.SLIVER and len(shape.points[0]) <= 2 * 12  # fmt: skip


def _with_all_relations(made: Annotation, shapes: Sequence[Annotation]) -> Annotation:
    """Relations of all of them, but those among them."""
    inside = {shape.id for shape in shapes}
    relations = {entry for shape in shapes for entry in shape.relations if entry[0] not in inside}
    return made.with_(relations=tuple(sorted(relations)))


def _as_parts(shape: Annotation, parts: Sequence[Any], size: Size) -> list[Annotation]:
    if shape.kind == "mask":
        made = _mask_parts(shape, parts, size)
    else:
        made = [part for part in (regions.as_polygon(shape, part) for part in parts) if part is not None]
    if len(made) < 2:
        raise CannotCombine("One of the parts would be smaller than a pixel; draw the cut further inside.")
    return [made[0], *(_new(part) for part in made[1:])]


def _mask_parts(shape: Annotation, parts: Sequence[Any], size: Size) -> list[Annotation]:
    """Each pixel goes to the part that its middle lies in."""
    whole, x, y = regions.pixels_of(shape, size)
    left = whole.copy()
    made = []
    for part in parts:
        pixels, px, py = regions.filled(regions.rings_of(part), size)
        mine = np.zeros_like(left)
        mine[py - y : py - y + pixels.shape[0], px - x : px - x + pixels.shape[1]] = pixels
        mine &= left
        left *= 1 - mine
        made.append(mine)
    made[0] |= left
    masks = [regions.as_mask(shape, pixels, x, y, size) for pixels in made]
    return [mask for mask in masks if mask is not None]


def _new(part: Annotation) -> Annotation:
    """A part that becomes a shape of its own: it begins no track and takes no relations along."""
    return part.with_(id=0, relations=(), track=0)


def _cut_line(shape: Annotation, line: Sequence[tuple[float, float]]) -> list[Annotation]:
    import shapely
    from shapely.ops import split

    parts = []
    rings = [geometry.ring_points(ring) for ring in shape.points if len(ring) >= 4]
    for ring in rings:
        parts += shapely.get_parts(split(shapely.LineString(ring), shapely.LineString(line))).tolist()
    if len(parts) <= len(rings):
        raise CannotCombine("The line does not cross the shape; draw it right across.")
    made = [geometry.with_rings(shape, [np.round(shapely.get_coordinates(part), regions.DIGITS)]) for part in parts]
    return [made[0], *(_new(part) for part in made[1:])]


def _joined(shapes: Sequence[Annotation]) -> Annotation:
    """Lines end to end: each next one begins at whichever end is nearest."""
    rest = [geometry.ring_points(ring) for shape in shapes for ring in shape.points if len(ring)]
    if not rest:
        raise CannotCombine("The lines have no points; delete them, or draw them anew.")
    line = rest.pop(0)
    while rest:
        gaps = [(_gap(a, b), turn_a, turn_b, index) for index, other in enumerate(rest)
                for turn_a, a in ((False, line[-1]), (True, line[0]))
                for turn_b, b in ((False, other[0]), (True, other[-1]))]  # fmt: skip
        gap, turn_line, turn_other, index = min(gaps)
        other = rest.pop(index)
        line = line[::-1] if turn_line else line
        other = other[::-1] if turn_other else other
        line = np.concatenate([line, other[1:] if gap < SAME_PLACE else other])
    return _with_all_relations(geometry.with_rings(shapes[0], [line]), shapes)


SAME_PLACE = 0.5  # px: ends as near as this are one point


def _gap(a: Points, b: Points) -> float:
    return float(np.hypot(*(a - b)))
