"""Geometry of shapes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.data.records import Annotation
from engine.labeling import geometry

coordinate = st.floats(-50, 150, allow_nan=False, width=32)
ring = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=12).map(np.array)
square = np.array([[10.0, 10.0], [30.0, 10.0], [30.0, 30.0], [10.0, 30.0]])


def test_a_square_has_its_area_and_bounds() -> None:
    assert geometry.area(square) == 400
    assert geometry.bounds(square) == (10, 10, 20, 20)


def test_a_hole_is_outside() -> None:
    hole = np.array([[15.0, 15.0], [25.0, 15.0], [25.0, 25.0], [15.0, 25.0]])
    assert geometry.polygon_contains([square, hole], 12, 12)
    assert not geometry.polygon_contains([square, hole], 20, 20)


def test_the_nearest_vertex_and_edge_are_found() -> None:
    assert geometry.nearest_vertex(square, 31, 9)[0] == 1
    index, distance = geometry.nearest_edge(square, 8, 20)
    assert (index, distance) == (3, 2.0)
    assert geometry.nearest_edge(square, 8, 20, closed=False)[0] != 3


def test_boxes_are_found_by_point_and_by_region() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [5, 5, 10, 10], [50, 50, 1, 1]])
    assert geometry.boxes_at(boxes, 7, 7).tolist() == [0, 1]
    assert geometry.boxes_at(boxes, 49, 50, margin=2).tolist() == [2]
    assert geometry.boxes_in(boxes, (12, 12, 100, 100)).tolist() == [1, 2]


@given(ring)
def test_a_clipped_polygon_is_inside_the_image_and_not_larger(points: np.ndarray) -> None:
    clipped = geometry.clip_polygon(points, 100, 80)
    if len(clipped):
        assert clipped.min() >= -1e-6 and clipped[:, 0].max() <= 100 + 1e-6 and clipped[:, 1].max() <= 80 + 1e-6


@given(st.tuples(coordinate, coordinate, st.floats(0, 60), st.floats(0, 60)), coordinate, coordinate)
def test_a_move_never_takes_a_box_further_out(box: tuple, dx: float, dy: float) -> None:
    x, y, w, h = box
    mx, my = geometry.moved_within(box, dx, dy, 100, 80)
    assert x + mx >= min(x, 0) - 1e-9 and x + w + mx <= max(x + w, 100) + 1e-9
    assert y + my >= min(y, 0) - 1e-9 and y + h + my <= max(y + h, 80) + 1e-9


@given(ring, coordinate, coordinate)
def test_moving_there_and_back_is_where_it_was(points: np.ndarray, dx: float, dy: float) -> None:
    shape = geometry.with_rings(Annotation(1, 1, 1, "polygon"), [points])
    back = geometry.moved(geometry.moved(shape, dx, dy), -dx, -dy)
    np.testing.assert_allclose(back.points[0], shape.points[0], atol=1e-6)


def test_stretching_scales_the_points_with_the_box() -> None:
    shape = geometry.with_rings(Annotation(1, 1, 1, "polygon"), [square])
    wide = geometry.stretched(shape, (0, 0, 40, 20))
    assert wide.points[0] == (0, 0, 40, 0, 40, 20, 0, 20)
    assert (wide.x, wide.y, wide.w, wide.h) == (0, 0, 40, 20)


@given(st.tuples(coordinate, coordinate, st.floats(1, 60), st.floats(1, 60)))
def test_the_iou_of_a_box_with_itself_is_one(box: tuple) -> None:
    assert abs(geometry.iou(box, box) - 1) < 1e-6
    assert geometry.iou(box, (500, 500, 1, 1)) == 0


angle = st.floats(-180, 179, allow_nan=False, width=32)
KINDS = ("box", "rotated_box", "polygon", "polyline", "point", "keypoints", "ellipse")
SIZE = (200.0, 160.0)


@st.composite
def shapes(draw: st.DrawFn) -> Annotation:
    """A shape of any kind that has no pixels."""
    kind = draw(st.sampled_from(KINDS))
    empty = Annotation(1, 1, 1, kind)
    x, y = draw(coordinate), draw(coordinate)
    w, h = draw(st.floats(2, 60)), draw(st.floats(2, 60))
    if kind == "box":
        return empty.with_(x=x, y=y, w=w, h=h)
    if kind == "ellipse":
        return geometry.with_points(empty, [(x, y, w, h, draw(angle) % 180)])
    if kind == "rotated_box":
        return geometry.with_rings(empty, [geometry.rotated_corners(x, y, w, h, draw(angle))])
    if kind == "point":
        return geometry.with_points(empty, [(x, y)])
    points = draw(ring)
    if kind == "keypoints":
        seen = draw(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=len(points), max_size=len(points)))
        values = [(px, py, v) if v else (0.0, 0.0, 0.0) for (px, py), v in zip(points, [2.0, *seen[1:]], strict=True)]
        return geometry.with_points(empty, [np.array(values).ravel()])
    return geometry.with_rings(empty, [points])


def assert_bounds_fit(shape: Annotation) -> None:
    lines = geometry.outlines(shape) or [geometry.vertices(shape)]
    np.testing.assert_allclose(geometry.bounds(np.concatenate(lines)), geometry.box_of(shape), atol=0.2)


@given(shapes(), coordinate, coordinate)
def test_a_moved_shape_of_any_kind_keeps_its_form_and_its_bounds_fit(shape: Annotation, dx: float, dy: float) -> None:
    there = geometry.moved(shape, dx, dy)
    assert_bounds_fit(there)
    assert (there.w, there.h) == (shape.w, shape.h)
    np.testing.assert_allclose(geometry.vertices(there), geometry.vertices(shape) + np.array([dx, dy]), atol=1e-6)


@given(shapes(), angle)
def test_a_shape_turned_there_and_back_is_where_it_was(shape: Annotation, degrees: float) -> None:
    around = (30.0, 40.0)
    there = geometry.rotated(shape, degrees, around)
    assert_bounds_fit(there)
    back = geometry.rotated(there, -degrees, around)
    np.testing.assert_allclose(geometry.box_of(back), geometry.box_of(shape), atol=1e-3)
    np.testing.assert_allclose(geometry.vertices(back), geometry.vertices(shape), atol=1e-3)


@given(shapes(), coordinate, coordinate, st.floats(2, 90), st.floats(2, 90))
def test_a_stretched_shape_gets_the_bounds_it_was_given(
    shape: Annotation, x: float, y: float, w: float, h: float
) -> None:
    there = geometry.stretched(shape, (x, y, w, h))
    if shape.kind == "rotated_box":  # stays a rectangle of the same angle
        a, b = geometry.rotated_box(shape.points[0]), geometry.rotated_box(there.points[0])
        assert abs((a[4] - b[4] + 180) % 360 - 180) < 1e-3
    elif shape.w and shape.h and min(shape.w, shape.h) > 1e-3:
        np.testing.assert_allclose(geometry.box_of(there), (x, y, w, h), atol=1e-3)


@given(coordinate, coordinate, st.floats(1, 80), st.floats(1, 80), angle)
def test_a_rotated_box_has_the_numbers_it_was_made_of(cx: float, cy: float, w: float, h: float, degrees: float) -> None:
    numbers = geometry.rotated_box(geometry.rotated_corners(cx, cy, w, h, degrees))
    np.testing.assert_allclose(numbers[:4], (cx, cy, w, h), atol=1e-3)
    assert abs((numbers[4] - degrees + 180) % 360 - 180) < 1e-3


@given(coordinate, coordinate, st.floats(1, 80), st.floats(1, 80), angle)
def test_the_bounds_of_an_ellipse_hold_its_outline_and_touch_it(
    cx: float, cy: float, rx: float, ry: float, degrees: float
) -> None:
    values = (cx, cy, rx, ry, degrees)
    np.testing.assert_allclose(
        geometry.bounds(geometry.ellipse_outline(values, 720)), geometry.ellipse_bounds(values), atol=0.01 * max(rx, ry)
    )


@given(coordinate, coordinate, coordinate, coordinate)
def test_a_constrained_point_keeps_its_distance_and_lies_on_a_multiple_of_15_degrees(
    x: float, y: float, fx: float, fy: float
) -> None:
    cx, cy = geometry.constrained(x, y, fx, fy)
    assert abs(np.hypot(cx - fx, cy - fy) - np.hypot(x - fx, y - fy)) < 1e-3
    if np.hypot(x - fx, y - fy) > 1:
        turn = np.rad2deg(np.arctan2(cy - fy, cx - fx)) / 15
        assert abs(turn - round(turn)) < 1e-3


@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=40).map(np.array), st.floats(0.1, 10))
def test_a_simplified_line_keeps_its_ends_and_stays_within_the_tolerance(points: np.ndarray, tolerance: float) -> None:
    line = geometry.simplified(points, tolerance)
    assert (line[0] == points[0]).all() and (line[-1] == points[-1]).all()
    for x, y in points:
        assert geometry.nearest_edge(line, x, y, closed=False)[1] <= tolerance + 1e-6
    assert len(geometry.simplified(points, tolerance, closed=True)) >= 3


def test_a_turned_box_becomes_a_rotated_one_and_a_quarter_turn_leaves_it_a_box() -> None:
    box = Annotation(1, 1, 1, "box", 10, 20, 40, 20)
    assert geometry.rotated(box, 30).kind == "rotated_box"
    quarter = geometry.rotated(box, 90)
    assert quarter.kind == "box"
    np.testing.assert_allclose(geometry.box_of(quarter), (20, 10, 20, 40))


def test_keypoints_that_are_not_labelled_stay_without_a_place() -> None:
    shape = geometry.with_points(Annotation(1, 1, 1, "keypoints"), [(10, 10, 2, 0, 0, 0, 30, 20, 1)])
    assert geometry.box_of(shape) == (10, 10, 20, 10)
    assert geometry.moved(shape, 5, 5).points[0] == (15, 15, 2, 0, 0, 0, 35, 25, 1)


def test_what_has_no_width_keeps_none_when_it_is_stretched() -> None:
    for kind, points in (
        ("keypoints", (10.0, 20.0, 2.0)),
        ("point", (10.0, 20.0)),
        ("polyline", (10.0, 20.0, 10.0, 60.0)),
    ):
        shape = geometry.with_points(Annotation(1, 1, 1, kind), [points])
        there = geometry.stretched(shape, (10, 20, 5, 50))
        assert_bounds_fit(there)
        assert there.w == 0
