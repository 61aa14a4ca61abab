"""Values in their full range become brightness as the adjustment says; files of every depth are read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from engine.data import pixels
from engine.data.pixels import Adjustment
from engine.serving.errors import BadImage

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)


def test_without_adjustment_eight_bits_are_shown_as_they_are() -> None:
    assert np.array_equal(pixels.shown(RAMP, Adjustment(), (0, 255)), RAMP)


@pytest.mark.parametrize(("dtype", "top"), [(np.uint16, 4000), (np.float32, 1.5)])
def test_a_window_maps_its_ends_to_black_and_white(dtype: type, top: float) -> None:
    values = np.linspace(0, top, 101).astype(dtype).reshape(1, -1, 1)
    found = pixels.shown(values, Adjustment(window=(top * 0.25, top * 0.75)), (0, top)).ravel()
    assert found[:26].max() == 0
    assert found[75:].min() == 255
    assert abs(int(found[50]) - 128) <= 2


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Adjustment,
        window=st.none() | st.tuples(st.floats(0, 100), st.floats(101, 255)),
        gamma=st.floats(0.2, 5),
        brightness=st.integers(-100, 100),
        contrast=st.integers(-100, 100),
        channel=st.integers(-1, 2),
        clahe=st.floats(0, 20),
    )
)
def test_brightness_never_falls_when_the_value_rises_and_settings_survive(adjustment: Adjustment) -> None:
    found = pixels.shown(RAMP, adjustment, (0, 255)).ravel().astype(int)
    assert (np.diff(found) >= 0).all()
    assert Adjustment.from_json(adjustment.to_json()) == adjustment


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"window": [3]}', '{"gamma": "x"}', '{"window": [1, "NaN"]}', '{"gamma": NaN}', '{"clahe": NaN}',
     '{"brightness": 1e999}'],
)  # fmt: skip
def test_damaged_settings_are_the_default(text: str) -> None:
    assert Adjustment.from_json(text).plain


def test_sixteen_bits_of_grey_and_colour_are_read_unchanged(tmp_path: Path) -> None:
    grey = np.arange(60, dtype=np.uint16).reshape(6, 10) * 1000
    colour = np.stack([grey, grey[::-1], grey[:, ::-1]], axis=2)
    cv2.imwrite(str(tmp_path / "grey.png"), grey)
    cv2.imwrite(str(tmp_path / "colour.png"), colour[:, :, ::-1])
    cv2.imwrite(str(tmp_path / "grey.tif"), grey)
    cv2.imwrite(str(tmp_path / "colour.tif"), colour[:, :, ::-1])
    cv2.imwrite(str(tmp_path / "float.tif"), (grey / 7).astype(np.float32))
    assert np.array_equal(pixels.read(tmp_path / "grey.png")[:, :, 0], grey)
    assert np.array_equal(pixels.read(tmp_path / "grey.tif")[:, :, 0], grey)
    assert np.array_equal(pixels.read(tmp_path / "colour.png"), colour)
    assert np.array_equal(pixels.read(tmp_path / "colour.tif"), colour)
    found = pixels.read(tmp_path / "float.tif")
    assert found.dtype == np.float32
    assert np.allclose(found[:, :, 0], grey / 7)


def test_the_second_page_of_a_deep_tiff_is_read(tmp_path: Path) -> None:
    pages = [np.full((4, 5), 300, np.uint16), np.full((4, 5), 60_000, np.uint16)]
    cv2.imwritemulti(str(tmp_path / "stack.tif"), pages)
    assert int(pixels.read(tmp_path / "stack.tif", 1).max()) == 60_000


def test_eight_bits_are_what_the_models_see(tmp_path: Path) -> None:
    Image.fromarray(RAMP[:, :, 0]).save(tmp_path / "ramp.png")
    assert np.array_equal(pixels.read(tmp_path / "ramp.png"), RAMP)


def test_what_is_no_image_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not an image")
    with pytest.raises(BadImage):
        pixels.read(tmp_path / "text.png")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_pillow_turns_them(orientation: int) -> None:
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = Image.fromarray(values)
    image.getexif()[0x0112] = orientation
    assert np.array_equal(
        pixels.upright(values[:, :, None], orientation)[:, :, 0], np.asarray(ImageOps.exif_transpose(image))
    )


def test_the_natural_window_leaves_out_hot_pixels_and_holes() -> None:
    values = np.random.default_rng(0).uniform(100, 200, (200, 200, 1)).astype(np.float32)
    values[0, 0], values[0, 1] = 1e9, np.nan
    low, high = pixels.natural_window(values)
    assert 99 < low < high < 201
    flat = np.full((5, 5, 1), 7, np.uint16)
    assert pixels.natural_window(flat)[1] > pixels.natural_window(flat)[0]


def test_an_image_without_a_single_number_is_black() -> None:
    nothing = np.full((5, 5, 1), np.nan, np.float32)
    low, high = pixels.natural_window(nothing)
    assert low < high
    assert pixels.extent(nothing)[0] < pixels.extent(nothing)[1]
    assert not pixels.shown(nothing, Adjustment(), (low, high)).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_window_without_width_is_a_threshold(dtype: type) -> None:
    values = np.array([0, 99, 100, 101, 200], dtype).reshape(1, -1, 1)
    found = pixels.shown(values, Adjustment(window=(100.0, 100.0)), (0, 255)).ravel()
    assert found.tolist() == [0, 0, 0, 255, 255]


def test_one_channel_is_shown_in_grey_and_the_histogram_counts_all_values() -> None:
    values = np.zeros((4, 4, 3), np.uint8)
    values[:, :, 1] = 200
    assert pixels.shown(values, Adjustment(channel=1), (0, 255)).shape == (4, 4, 1)
    assert (pixels.shown(values, Adjustment(channel=1), (0, 255)) == 200).all()
    assert pixels.histogram(values, (0, 256)).sum() == values.size


def test_halving_keeps_the_mean_of_every_depth() -> None:
    for dtype in (np.uint8, np.uint16, np.float32):
        values = np.random.default_rng(1).integers(0, 255, (64, 32, 3)).astype(dtype)
        small = pixels.halved(values)
        assert small.shape == (32, 16, 3)
        assert small.dtype == dtype
        assert abs(float(small.mean()) - float(values.mean())) < 1
    assert pixels.halved(np.zeros((5, 3, 1), np.uint8)).shape == (3, 2, 1)


def test_clahe_raises_weak_contrast() -> None:
    weak = np.random.default_rng(2).integers(100, 110, (128, 128, 3), np.uint8)
    assert pixels.equalised(weak, 4.0).std() > weak.std()
    assert pixels.equalised(weak[:, :, :1], 4.0).shape == (128, 128, 1)
