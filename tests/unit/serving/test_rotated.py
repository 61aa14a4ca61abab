"""Rotated boxes: overlaps against exact geometry, one form for each box, and answers without a jump at any angle."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from engine.serving import rotated
from engine.serving.manifest import PreprocessSpec
from engine.serving.postprocess import finish
from engine.serving.preprocess import fit

side = st.floats(0.5, 60)
box = st.tuples(st.floats(-40, 40), st.floats(-40, 40), side, side, st.floats(-400, 400))


@given(st.lists(box, min_size=1, max_size=4), st.lists(box, min_size=1, max_size=4))
def test_the_overlap_is_that_of_the_polygons(one: list, other: list) -> None:
    polygons = [shapely.polygons(rotated.corners(boxes)) for boxes in (one, other)]
    shared = shapely.area(shapely.intersection(polygons[0][:, None], polygons[1][None]))
    union = shapely.area(polygons[0])[:, None] + shapely.area(polygons[1])[None] - shared
    assert rotated.overlaps(one, other) == pytest.approx(shared / union, abs=1e-6)


@given(st.lists(box, min_size=2, max_size=6), st.sampled_from([0.0, 0.3, 0.5]))
def test_asked_of_many_it_is_the_same_from_the_least_that_matters_on(boxes: list, least: float) -> None:
    known = rotated.overlaps(boxes[:1], boxes)[0]
    told = rotated.among(boxes, least)(0, np.arange(len(boxes)))
    assert told == pytest.approx(np.where(told > 0, known, 0.0), abs=1e-9)
    assert (told[known > least + 1e-9] > 0).all()


@given(box)
def test_a_box_turned_by_half_a_turn_or_by_a_quarter_with_its_sides_exchanged_is_the_same(values: tuple) -> None:
    x, y, width, height, degrees = values
    others = [values, (x, y, width, height, degrees + 180), (x, y, height, width, degrees - 90)]
    assert rotated.overlaps([values], others) == pytest.approx(np.ones((1, 3)), abs=1e-6)
    tidy = rotated.tidy(others)
    assert (tidy[:, 2] >= tidy[:, 3]).all() and (tidy[:, 4] >= -90).all() and (tidy[:, 4] < 90).all()
    assert rotated.overlaps(tidy, tidy[:1]) == pytest.approx(np.ones((3, 1)), abs=1e-6)
    assert rotated.overlaps(rotated.enclosing(rotated.corners(tidy)), tidy[:1]) == pytest.approx(
        np.ones((3, 1)), abs=1e-5
    )


@given(box)
def test_what_the_network_tells_is_read_back_at_every_angle(values: tuple) -> None:
    double = np.deg2rad(2 * values[4])
    (read,) = rotated.decoded([[*values[:4], 3 * np.cos(double), 3 * np.sin(double)]])
    assert rotated.overlaps([read], [values])[0, 0] == pytest.approx(1, abs=1e-6)


def test_boxes_that_touch_or_lie_apart_share_nothing() -> None:
    assert rotated.overlaps([[0, 0, 2, 2, 0]], [[2, 0, 2, 2, 0], [9, 9, 2, 2, 45], [1, 0, 2, 2, 0]]) == pytest.approx(
        np.array([[0, 0, 1 / 3]])
    )
    assert rotated.overlaps(np.empty((0, 5)), [[0, 0, 1, 1, 0]]).shape == (0, 1)


def test_an_answer_of_rotated_boxes_is_suppressed_by_their_own_overlap_and_lies_on_the_image(manifest) -> None:
    """Two crossing bars have the same upright box and are both kept; one that is turned by half a turn is the other one."""
    model = manifest(task="rotated", labels=["bar", "nut"], preprocess={"resize": "letterbox"})
    geometry = fit(128, 64, model)  # half as large in 64 × 48, with 8 px above
    bars = [[32, 24, 30, 4, 45], [32, 24, 30, 4, -45], [32, 24, 30, 4, 225 - 180 + 3], [32, 24, 4, 30, 135.0]]
    told = [[*bar[:4], np.cos(np.deg2rad(2 * bar[4])), np.sin(np.deg2rad(2 * bar[4]))] for bar in bars]
    scores = np.array([[0.9, 0.1], [0.8, 0.1], [0.7, 0.1], [0.1, 0.6]])
    outputs = {"boxes": np.zeros((1, 4, 4)), "scores": scores[None], "rotated": np.array([told])}
    found = finish(outputs, model, geometry, score_threshold=0.3).detections
    assert [(one.label, round(one.score, 2)) for one in found] == [("bar", 0.9), ("bar", 0.8), ("nut", 0.6)]
    assert found[0].rotated == pytest.approx((64, 32, 60, 8, 45))
    assert found[1].rotated == pytest.approx((64, 32, 60, 8, -45))
    assert found[0].box == pytest.approx(rotated.hulls([64, 32, 60, 8, 45]).tolist())
    assert found[0].to_json()["rotated"] == [64, 32, 60, 8, 45]


def test_boxes_of_a_stretched_image_enclose_what_the_stretching_slants(manifest) -> None:
    model = manifest(preprocess={"resize": "stretch"})
    geometry = fit(640, 48, model)  # ten times as wide as the input, and as high
    assert isinstance(model.preprocess, PreprocessSpec)
    (placed,) = geometry.rotated_to_image(np.array([[32.0, 24.0, 20.0, 4.0, 30.0]]))
    wanted = shapely.polygons(rotated.corners([32, 24, 20, 4, 30]) * np.array([10, 1]))
    assert shapely.polygons(rotated.corners(placed)).buffer(1e-6).contains(wanted)
    assert placed[2] * placed[3] == pytest.approx(shapely.oriented_envelope(wanted).area)
