"""Masks that are painted, filled, moved and kept as run lengths."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.data import rle
from engine.data.records import Annotation
from engine.labeling import masks
from engine.labeling.masks import Patch

EMPTY = Annotation(1, 1, 1, "mask")
pixels = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.integers(0, 1))


def whole(shape: Annotation, size: tuple[int, int]) -> np.ndarray:
    return rle.decode(shape.rle, size[1], size[0])


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=1200))
def test_run_lengths_are_the_same_whether_done_one_by_one_or_all_at_once(counts: list[int]) -> None:
    text = rle.compress(counts)
    assert rle.text_of(np.array(counts, np.int64)) == text
    assert rle.runs(text).tolist() == counts


@given(pixels)
def test_bounds_cut_and_join_agree_with_the_whole_mask(mask: np.ndarray) -> None:
    height, width = mask.shape
    text = rle.encode(mask)
    part, x, y = masks.cut(text, height)
    rows, columns = np.nonzero(mask)
    if not len(rows):
        assert rle.bounds(text, height) == (0, 0, 0, 0) and not part.size
        return
    assert (x, y) == (columns.min(), rows.min())
    assert (part == mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]).all()
    assert masks.join(part, x, y, (width, height)) == text
    assert masks.join(mask, 0, 0, (width, height)) == text
    assert masks.area(text) == mask.sum()


@given(pixels, st.integers(0, 30), st.integers(0, 30))
def test_a_mask_is_hit_exactly_where_its_pixels_are(mask: np.ndarray, x: int, y: int) -> None:
    height, width = mask.shape
    inside = x < width and y < height and bool(mask[y, x])
    assert masks.contains(rle.encode(mask), height, x + 0.5, y + 0.5) == inside


@given(pixels, st.integers(-8, 8), st.integers(-8, 8))
def test_a_moved_mask_has_its_pixels_elsewhere(mask: np.ndarray, dx: int, dy: int) -> None:
    size = (64, 48)
    shape = Patch(size, 16, 12, mask).placed(EMPTY)
    if shape is None:
        return
    there = masks.moved(shape, dx, dy, size)
    assert (whole(there, size) == np.roll(whole(shape, size), (dy, dx), (0, 1))).all()
    assert masks.moved(there, -dx, -dy, size) == shape


@given(pixels, st.sampled_from([90.0, 180.0, -90.0]))
def test_a_quarter_turn_loses_no_pixel(mask: np.ndarray, degrees: float) -> None:
    size = (80, 80)
    shape = Patch(size, 30, 28, mask).placed(EMPTY)
    if shape is None:
        return
    turned = masks.rotated(shape, degrees, 40, 40, size)
    assert (whole(turned, size) == np.rot90(whole(shape, size), -round(degrees / 90))).all()


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.floats(0.5, 9))
def test_a_stroke_covers_the_brush_at_both_ends_and_stays_in_its_region(
    ax: int, ay: int, bx: int, by: int, radius: float
) -> None:
    patch = Patch((64, 64))
    a, b = (ax + 0.5, ay + 0.5), (bx + 0.5, by + 0.5)
    left, top, width, height = patch.stroke(a, b, radius, 1)
    shape = patch.placed(EMPTY)
    mask = whole(shape, (64, 64))
    middle = mask[max(0, (ay + by) // 2 - 1) : (ay + by) // 2 + 2, max(0, (ax + bx) // 2 - 1) : (ax + bx) // 2 + 2]
    assert mask[ay, ax] and mask[by, bx] and middle.any()
    rows, columns = np.nonzero(mask)
    assert columns.min() >= left and rows.min() >= top
    assert columns.max() < left + width and rows.max() < top + height
    along = np.array([bx - ax, by - ay], float)
    place = np.stack([columns - ax, rows - ay], 1)
    share = np.clip(place @ along / max(along @ along, 1e-9), 0, 1)
    assert (np.hypot(*(place - share[:, None] * along).T) <= radius + 1).all()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), st.booleans()), min_size=1, max_size=12))
def test_a_patch_that_grows_paints_what_a_whole_mask_would(strokes: list[tuple[int, int, bool]]) -> None:
    grown, full = Patch((900, 900)), Patch((900, 900), 0, 0, np.zeros((900, 900), np.uint8))
    for x, y, painted in strokes:
        for patch in (grown, full):
            patch.stroke((x, y), (x + 9, y + 4), 7, int(painted))
    assert grown.placed(EMPTY) == full.placed(EMPTY)


def test_what_is_erased_completely_is_no_mask_any_more() -> None:
    patch = Patch((100, 100))
    patch.stroke((50, 50), (60, 50), 5, 1)
    patch.stroke((40, 50), (70, 50), 12, 0)
    assert patch.placed(EMPTY) is None


def test_a_ring_inside_a_ring_is_a_hole_and_the_hole_can_be_filled() -> None:
    patch = Patch((100, 100))
    outer = np.array([[10.0, 10], [60, 10], [60, 60], [10, 60]])
    inner = np.array([[30.0, 30], [40, 30], [40, 40], [30, 40]])
    patch.fill([outer, inner])
    assert patch.has(20, 20) and not patch.has(35, 35)
    assert masks.hole_at(patch, 20, 20) is None and masks.hole_at(patch, 80, 80) is None
    patch.put(*masks.hole_at(patch, 35, 35))
    assert patch.has(35, 35) and not patch.has(65, 65)


def test_the_wand_takes_like_pixels_that_are_connected() -> None:
    image = np.full((20, 30, 3), 100, np.uint8)
    image[:, 10:12] = 180
    image[5:8, 3:6] = 106
    assert masks.wand(image, 2, 2, 10).sum() == 200
    assert masks.wand(image, 2, 2, 3).sum() == 200 - 9
    assert masks.wand(image, 2, 2, 90).sum() == 600
    assert masks.like(image, 2, 2, 3).sum() == 600 - 40 - 9


def test_a_stretched_mask_has_the_new_bounds() -> None:
    shape = Patch((100, 100), 10, 10, np.ones((8, 6), np.uint8)).placed(EMPTY)
    wide = masks.stretched(shape, (20, 30, 24, 16), (100, 100))
    assert (wide.x, wide.y, wide.w, wide.h) == (20, 30, 24, 16)
    assert masks.area(wide.rle) == 24 * 16
