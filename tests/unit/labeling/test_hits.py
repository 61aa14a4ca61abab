"""What lies under a point or in a frame."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.data.records import Annotation
from engine.labeling import geometry, hits
from engine.labeling.masks import Patch

place = st.floats(0, 100, width=32)


def shape(kind: str, *points: tuple[float, ...]) -> Annotation:
    return geometry.with_points(Annotation(1, 1, 1, kind), points)


def under(shape: Annotation, x: float, y: float, margin: float = 2.0) -> bool:
    return hits.hit(shape, x, y, margin, 100)


@given(place, place, st.floats(5, 30), st.floats(5, 30), st.floats(0, 179))
def test_an_ellipse_is_hit_inside_its_outline_and_not_outside(
    x: float, y: float, rx: float, ry: float, degrees: float
) -> None:
    found = shape("ellipse", (50, 50, rx, ry, degrees))
    inside = geometry.polygon_contains([geometry.ellipse_outline((50, 50, rx, ry, degrees), 720)], x, y)
    away = geometry.nearest_edge(geometry.ellipse_outline((50, 50, rx, ry, degrees), 720), x, y)[1]
    if away > 0.1:
        assert under(found, x, y, 0.0) == inside


def test_points_and_keypoints_are_hit_from_nearby_only() -> None:
    assert under(shape("point", (50, 50)), 54, 50) and not under(shape("point", (50, 50)), 57, 50)
    skeleton = shape("keypoints", (10, 10, 2, 0, 0, 0, 60, 60, 1))
    assert under(skeleton, 12, 12) and under(skeleton, 58, 60)
    assert not under(skeleton, 35, 35) and not under(skeleton, 1, 1), "a keypoint that is not labelled is nowhere"


def test_a_skeleton_is_hit_along_its_bones() -> None:
    skeleton = shape("keypoints", (10, 10, 2, 60, 60, 2))
    bones = np.array([[10.0, 10, 60, 60]])
    assert hits.hit(skeleton, 35, 36, 2.0, 100, bones) and not hits.hit(skeleton, 35, 45, 2.0, 100, bones)
    assert not under(skeleton, 35, 36)


def test_a_damaged_mask_is_hit_nowhere() -> None:
    assert not under(Annotation(1, 1, 1, "mask", 10, 10, 20, 20, rle="~~~"), 15, 15)


def test_a_shape_without_its_points_is_hit_by_its_bounds() -> None:
    for kind in ("ellipse", "polygon", "rotated_box", "polyline"):
        assert under(Annotation(1, 1, 1, kind, 10.0, 10.0, 20.0, 20.0), 15, 15)


def test_a_rotated_box_is_not_hit_in_the_corners_of_its_bounds() -> None:
    found = geometry.with_rings(Annotation(1, 1, 1, "rotated_box"), [geometry.rotated_corners(50, 50, 60, 10, 45)])
    assert under(found, 50, 50) and under(found, 68, 68)
    assert not under(found, 68, 32)


def test_a_mask_is_hit_by_its_pixels_and_a_hole_is_none() -> None:
    patch = Patch((100, 100))
    patch.fill([geometry.box_corners((10, 10, 50, 50)), geometry.box_corners((30, 30, 10, 10))])
    found = patch.placed(Annotation(1, 1, 1, "mask"))
    assert under(found, 20, 20) and not under(found, 35, 35) and not under(found, 80, 80)


def test_a_line_is_hit_along_its_way_only() -> None:
    line = shape("polyline", (10, 10, 60, 10, 60, 60))
    assert under(line, 30, 11) and under(line, 60, 40) and not under(line, 30, 30)


def test_a_frame_takes_what_it_touches_and_not_what_only_its_bounds_touch() -> None:
    line = shape("polyline", (10, 10, 60, 10, 60, 60))
    assert hits.touches(line, (55, 30, 20, 10)), "an edge runs through it"
    assert not hits.touches(line, (20, 20, 20, 20))
    square = shape("polygon", (10, 10, 60, 10, 60, 60, 10, 60))
    assert hits.touches(square, (20, 20, 5, 5)), "the frame lies inside"
    assert hits.touches(shape("point", (5, 5)), (0, 0, 10, 10)) and not hits.touches(
        shape("point", (50, 5)), (0, 0, 9, 9)
    )


@given(st.lists(st.tuples(place, place), min_size=3, max_size=8), place, place)
def test_a_frame_around_a_point_of_a_line_touches_it(points: list, x: float, y: float) -> None:
    line = shape("polyline", tuple(np.array(points).ravel()))
    px, py = points[1]
    assert hits.touches(line, (px - 1, py - 1, 2, 2))
    frame = (x, y, 20.0, 20.0)
    steps = np.linspace(0, 1, 60)[:, None, None]
    array = np.array(points)
    dense = (array[:-1] * (1 - steps) + array[1:] * steps).reshape(-1, 2)
    if geometry.inside(dense, frame).any():
        assert hits.touches(line, frame)


corner = st.tuples(st.integers(0, 12), st.integers(0, 12))


@given(st.lists(st.lists(corner, min_size=1, max_size=8), min_size=1, max_size=2), corner, st.floats(0, 3))
def test_polygons_and_lines_are_hit_where_the_geometry_of_arrays_says(
    rings: list[list[tuple[int, int]]], at: tuple[int, int], margin: float
) -> None:
    arrays = [np.array(ring, np.float64) for ring in rings]
    polygon = geometry.with_rings(Annotation(1, 1, 1, "polygon"), arrays)
    near = [geometry.nearest_edge(ring, *at)[1] for ring in arrays]
    if all(abs(away - margin) > 1e-9 for away in near):
        assert under(polygon, *at, margin) == (geometry.polygon_contains(arrays, *at) or min(near) <= margin)
    open_lines = [ring for ring in arrays if len(ring) > 1]
    along = [geometry.nearest_edge(line, *at, closed=False)[1] for line in open_lines]
    if all(abs(away - margin) > 1e-9 for away in along):
        line = geometry.with_rings(Annotation(1, 1, 1, "polyline"), arrays)
        assert under(line, *at, margin) == any(away <= margin for away in along)
