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
