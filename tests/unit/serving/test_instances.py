"""The mask of an object: its share of each prototype, within its box, on the image's own pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.serving import instances
from engine.serving.instances import instance
from engine.serving.preprocess import Geometry, fit

INPUT = (64, 48)


def disc(height: int, width: int, x: float, y: float, radius: float) -> np.ndarray:
    """Above 0 inside a disc, in cells."""
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    return (radius - np.hypot(columns - x, rows - y)).astype(np.float32)


def found(prototypes, coefficients, box, geometry: Geometry):
    return instance(
        "dent", 0.9, np.array(box, np.float32), np.array(coefficients, np.float32), prototypes, geometry, INPUT
    )


def test_the_mask_is_where_the_mixed_prototypes_are_above_zero_within_the_box() -> None:
    prototypes = np.stack([disc(24, 32, 10, 12, 5), disc(24, 32, 24, 12, 5)])
    whole = Geometry(64, 48, 1, 1, 0, 0)
    first = found(prototypes, [1, 0], [0, 0, 64, 48], whole)
    rows, columns = np.mgrid[0:48, 0:64] + 0.5
    true = np.hypot(columns - 20, rows - 24) < 10
    assert (first.mask() ^ true).sum() <= 0.04 * true.sum()
    assert first.area == first.mask().sum()
    half = found(prototypes, [1, 0], [20, 0, 64, 48], whole)
    assert (half.mask() == (first.mask() & (np.arange(64) >= 20))).all()
    assert half.box[0] == 20
    assert found(prototypes, [0, 1], [0, 0, 30, 48], whole) is None


def test_a_mask_of_a_letterboxed_image_lies_on_the_image(manifest) -> None:
    geometry = fit(200, 100, manifest())  # 64 × 32 px in the middle of 64 × 48
    prototypes = disc(12, 16, 8, 6, 2.5)[None]  # the middle of the input, radius 10 px
    region = found(prototypes, [1], [0, 0, 200, 100], geometry)
    rows, columns = np.mgrid[0:100, 0:200] + 0.5
    true = np.hypot(columns - 100, rows - 50) < 10 * 200 / 64
    assert (region.mask() ^ true).sum() <= 0.06 * true.sum()
    assert region.size == (100, 200)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 400))
def test_strips_give_the_mask_that_the_whole_box_gives(seed: int, strip: int) -> None:
    random = np.random.default_rng(seed)
    prototypes = random.standard_normal((3, 12, 16)).astype(np.float32)
    box = np.sort(random.uniform(0, [[90], [70]], (2, 2)), axis=1).T.ravel()
    geometry, mixed = Geometry(90, 70, 64 / 90, 44 / 70, 0, 2), random.standard_normal(3)
    whole = found(prototypes, mixed, box, geometry)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instances, "STRIP", strip)
        parts = found(prototypes, mixed, box, geometry)
    assert (whole is None) == (parts is None)
    if whole is not None:
        assert (whole.mask() ^ parts.mask()).sum() <= 0.01 * whole.area + 1  # rounding of where a strip begins
        rows, columns = np.nonzero(whole.mask())
        assert whole.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_a_box_without_the_middle_of_a_pixel_has_no_mask() -> None:
    assert found(np.ones((1, 12, 16), np.float32), [1], [5.6, 5, 6.4, 9], Geometry(64, 48, 1, 1, 0, 0)) is None
