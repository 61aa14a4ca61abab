"""Snapping to borders, neighbours and edges of the picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.data.records import Annotation
from engine.labeling import geometry, snap

SIZE = (100.0, 80.0)
SQUARE = geometry.with_rings(Annotation(1, 1, 1, "polygon"), [geometry.box_corners((20, 20, 30, 30))])


def test_a_corner_comes_before_the_border_and_a_vertex_before_an_edge() -> None:
    assert snap.nearest(2, 3, 5, SIZE) == snap.Snap(0, 0, "border")
    assert snap.nearest(40, 3, 5, SIZE) == snap.Snap(40, 0, "border")
    assert snap.nearest(22, 18, 5, SIZE, [SQUARE]) == snap.Snap(20, 20, "vertex")
    assert snap.nearest(35, 22, 5, SIZE, [SQUARE]) == snap.Snap(35, 20, "edge")
    assert snap.nearest(60, 60, 5, SIZE, [SQUARE]) is None


@given(st.floats(0, 100), st.floats(0, 80), st.floats(0.5, 9))
def test_a_point_never_snaps_further_than_it_may(x: float, y: float, reach: float) -> None:
    found = snap.nearest(x, y, reach, SIZE, [SQUARE])
    assert found is None or np.hypot(found.x - x, found.y - y) <= reach + 1e-6


@given(st.integers(-4, 4), st.integers(-6, 6))
def test_a_step_in_the_picture_is_found_to_the_pixel(at: int, dy: int) -> None:
    image = np.zeros((60, 60))
    image[:, 30 + at :] = 200
    x, y = 30.2, 30.0 + dy
    column, row = round(x), round(y)
    found = snap.to_gradient(x, y, 8, image[row - 8 : row + 8, column - 8 : column + 8])
    assert found is not None and found.x == 30 + at and abs(found.y - y) <= 1


def test_a_flat_picture_has_nothing_to_snap_to() -> None:
    assert snap.to_gradient(30, 30, 8, np.full((16, 16), 90.0)) is None
    ramp = np.tile(np.linspace(0, 40, 16), (16, 1))
    assert snap.to_gradient(30, 30, 8, ramp) is None


def test_a_box_in_hand_lies_down_on_the_sides_of_others() -> None:
    dx, dy, x, y = snap.aligned((52, 61, 10, 18), 4, SIZE, [(20, 20, 30, 30)])
    assert (dx, dy, x, y) == (-2, 1, 50, 80)
    assert snap.aligned((60, 30, 10, 15), 4, SIZE, [(20, 20, 30, 30)]) == (0, 0, None, None)
