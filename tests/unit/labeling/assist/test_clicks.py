"""Segmentation by clicks on real defects of the sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.data.sample import draw_part, draw_part_with_masks
from engine.labeling.assist.clicks import Click, Segmenter
from engine.labeling.assist.protocol import MOST, Trial, iou, next_click, trial
from tests.unit.labeling.assist.parts import defects


@pytest.mark.parametrize("label", ["stain", "missing_hole"])
def test_one_click_finds_a_stain_and_a_missing_hole(label: str):
    found = [trial(mask, Segmenter(picture).mask, until=2.0, most=1).ious[0] for picture, mask in defects(label)]
    assert np.mean(found) > 0.8


@pytest.mark.parametrize("label", ["dent", "scratch"])
def test_more_clicks_make_it_better(label: str):
    for picture, mask in defects(label, 2):
        ious = trial(mask, Segmenter(picture).mask, until=0.85, most=8).ious
        assert max(ious) >= ious[0]
        assert max(ious) > 0.3


def test_a_click_taken_back_gives_the_mask_before_at_once():
    picture, mask = defects("stain", 1)[0]
    segmenter = Segmenter(picture)
    first = next_click(mask, np.zeros_like(mask), np.zeros_like(mask))
    one = segmenter.mask([first])
    segmenter.mask([first, Click(first.x + 30, first.y, False)])
    assert np.array_equal(segmenter.mask([first]), one)


def test_the_same_clicks_give_the_same_mask_whatever_was_clicked_between():
    picture, mask = defects("dent", 1)[0]
    first = next_click(mask, np.zeros_like(mask), np.zeros_like(mask))
    clicks = [first, Click(first.x + 14, first.y - 9, False), Click(first.x - 5, first.y + 3)]
    segmenter = Segmenter(picture)
    once = segmenter.mask(clicks)
    segmenter.mask([Click(20, 20), Click(200, 100)])
    assert np.array_equal(segmenter.mask(clicks), once)
    assert np.array_equal(Segmenter(picture).mask(clicks), once)


def test_without_a_click_on_the_object_there_is_no_mask():
    picture, _ = defects("stain", 1)[0]
    assert not Segmenter(picture).mask([]).any()
    assert not Segmenter(picture).mask([Click(100, 100, False)]).any()


def test_grey_images_and_images_smaller_than_the_window_do():
    picture, mask = defects("stain", 1)[0]
    rows, columns = np.nonzero(mask)
    x, y = float(np.median(columns)), float(np.median(rows))
    assert Segmenter(picture[:, :, :1]).mask([Click(x, y)]).any()
    left, top = max(0, int(x) - 20), max(0, int(y) - 20)
    small = picture[top : top + 40, left : left + 37]
    assert Segmenter(small).mask([Click(x - left, y - top)]).shape == small.shape[:2]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 59.9), st.floats(0, 46.9), st.booleans()), max_size=5),
    st.integers(0, 3),
)
@example([(12.0, 0.0, True), (0.0, 0.0, False)], 0)  # what was found fills the picture
def test_any_clicks_on_any_picture_give_a_mask_of_its_size(places: list[tuple[float, float, bool]], kind: int):
    random = np.random.default_rng(kind)
    images = [np.zeros((47, 60, 3), np.uint8), random.integers(0, 256, (47, 60, 3), dtype=np.uint8)]
    images += [np.full((47, 60, 1), 255, np.uint8), draw_part(random)[0][100:147, 90:150]]
    clicks = [Click(*place) for place in places]
    mask = Segmenter(images[kind]).mask(clicks)
    assert mask.shape == (47, 60)
    assert mask.any() or not any(click.positive for click in clicks) or len(clicks) > 1


def test_the_protocol_clicks_in_the_middle_of_the_largest_mistake():
    truth, shown, clicked = (np.zeros((40, 60), bool) for _ in range(3))
    truth[5:26, 10:31] = True
    assert next_click(truth, shown, clicked) == Click(20.5, 15.5, True)
    shown[5:26, 10:31] = True
    shown[0:9, 40:49] = True
    assert next_click(truth, shown, clicked) == Click(44.5, 4.5, False)


def test_clicks_that_never_suffice_count_as_twenty():
    assert Trial([0.1, 0.86, 0.84], []).clicks_to(0.85) == 2
    assert Trial([0.1, 0.2], []).clicks_to(0.9) == MOST
    assert iou(np.zeros((2, 2), bool), np.zeros((2, 2), bool)) == 1.0


def test_the_generator_draws_the_same_parts_with_and_without_masks():
    for number in range(4):
        picture, found = draw_part(np.random.default_rng([3, number]))
        again, masked = draw_part_with_masks(np.random.default_rng([3, number]))
        assert np.array_equal(picture, again)
        assert found == [(label, box) for label, box, _ in masked]
        for label, (x, y, w, h), mask in masked:
            rows, columns = np.nonzero(mask)
            assert mask.any(), label
            assert columns.min() >= x - 3
            assert rows.min() >= y - 3
            assert columns.max() <= x + w + 3
            assert rows.max() <= y + h + 3
