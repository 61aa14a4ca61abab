"""A pyramid has every px of its image, at every level, whatever the size; one that was stopped leaves nothing."""

from __future__ import annotations

import io
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data import images, tiles
from engine.data.tiles import TILE, Pyramid, build, folder_of
from engine.jobs.context import Cancelled


def _noise(height: int, width: int, channels: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(height).integers(0, 250, (height, width, channels)).astype(dtype)


@pytest.mark.parametrize(("name", "dtype"), [("a.png", np.uint8), ("a.tif", np.uint16), ("b.tif", np.float32)])
def test_level_0_is_the_image_and_the_last_level_one_tile(tmp_path: Path, name: str, dtype: type) -> None:
    values = _noise(700, 1300, 3, dtype)
    cv2.imwrite(str(tmp_path / name), values[:, :, ::-1])
    build(tmp_path / name, 0, tmp_path / "p")
    pyramid = Pyramid(tmp_path / "p")
    assert pyramid.complete
    assert np.array_equal(pyramid.region(0, 0, 0, 1300, 700), values)
    assert max(pyramid.shapes[-1]) <= TILE
    top = pyramid.region(len(pyramid.shapes) - 1, 0, 0, *reversed(pyramid.shapes[-1]))
    assert abs(float(top.mean()) - float(values.mean())) < 2


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 1200), st.integers(1, 1200), st.sampled_from([7, 64, 512, 700]))
def test_bands_of_any_height_give_the_same_tiles(tmp_path_factory, height: int, width: int, rows: int) -> None:
    folder = tmp_path_factory.mktemp("p")
    values = _noise(height, width, 1)
    Image.fromarray(values[:, :, 0]).save(folder / "a.tif", tiffinfo={278: rows})
    build(folder / "a.tif", 0, folder / "p")
    pyramid = Pyramid(folder / "p")
    assert np.array_equal(pyramid.region(0, 0, 0, width, height), values)
    assert pyramid.shapes[0] == (height, width)


def test_what_is_made_so_far_can_be_read_meanwhile(tmp_path: Path) -> None:
    values = _noise(1600, 600, 1)
    Image.fromarray(values[:, :, 0]).save(tmp_path / "a.tif", tiffinfo={278: 512})
    seen: list[tuple[float, bool]] = []

    def look(share: float) -> None:
        pyramid = Pyramid(tmp_path / "p")
        seen.append((pyramid.progress, pyramid.tile(0, 0, 0) is not None))
        assert np.array_equal(pyramid.region(0, 0, 0, 600, 512), values[:512])

    build(tmp_path / "a.tif", 0, tmp_path / "p", progress=look)
    assert seen == [(0.25, True), (0.5, True), (0.75, True), (1.0, True)]


def test_one_that_a_kill_left_half_made_is_made_anew_under_the_eyes_of_a_reader(tmp_path: Path) -> None:
    values = _noise(1600, 600, 1)
    Image.fromarray(values[:, :, 0]).save(tmp_path / "a.tif", tiffinfo={278: 512})
    build(tmp_path / "a.tif", 0, tmp_path / "p")
    (tmp_path / "p" / "complete").unlink()
    (tmp_path / "p" / "done.json").write_text("[1, 0, 0]")
    reader = Pyramid(tmp_path / "p")
    assert np.array_equal(reader.region(0, 0, 0, 600, 512), values[:512])
    build(tmp_path / "a.tif", 0, tmp_path / "p")
    assert reader.look()
    assert np.array_equal(reader.region(0, 0, 0, 600, 1600), values)


def test_a_stopped_or_failed_one_leaves_nothing(tmp_path: Path) -> None:
    Image.fromarray(_noise(600, 600, 1)[:, :, 0]).save(tmp_path / "a.png")

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        build(tmp_path / "a.png", 0, tmp_path / "p", should_stop=stop)
    assert not (tmp_path / "p").exists()


def test_a_full_disk_is_told_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(_noise(600, 600, 1)[:, :, 0]).save(tmp_path / "a.png")
    monkeypatch.setattr(tiles, "ROOM", 1 << 60)
    with pytest.raises(tiles.WorkspaceError, match="free some space"):
        build(tmp_path / "a.png", 0, tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_a_file_that_changes_gets_another_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    before = folder_of(tmp_path, path, 0)
    path.write_bytes(b"longer")
    assert folder_of(tmp_path, path, 0) != before
    assert folder_of(tmp_path, Path("x") / ("a" * 64), 2) == tmp_path / "aa" / ("a" * 64 + "-2")


def test_a_long_name_is_no_digest(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 60 + ".png")
    path.write_bytes(b"one")
    before = folder_of(tmp_path, path, 0)
    path.write_bytes(b"longer")
    assert folder_of(tmp_path, path, 0) != before


def test_an_emptied_cache_is_nothing_to_show_and_no_failure(tmp_path: Path) -> None:
    Image.fromarray(_noise(600, 600, 1)[:, :, 0]).save(tmp_path / "a.png")
    build(tmp_path / "a.png", 0, tmp_path / "p")
    reader = Pyramid(tmp_path / "p")
    for file in (tmp_path / "p").iterdir():
        file.unlink()
    assert reader.tile(0, 0, 0) is None
    assert not reader.region(0, 0, 0, 600, 600).any()


def test_a_turned_photograph_is_upright(tmp_path: Path) -> None:
    image = Image.fromarray(_noise(40, 60, 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    build(tmp_path / "a.jpg", 0, tmp_path / "p")
    assert Pyramid(tmp_path / "p").shapes[0] == (60, 40)


def test_the_small_picture_of_a_very_large_image_is_made_of_its_tiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_WHOLE", 100_000)
    path = tmp_path / "a.png"
    Image.fromarray(np.tile(np.arange(250, dtype=np.uint8), (900, 4))).save(path)
    with pytest.raises(images.BadImage, match="opened once"):
        images.thumbnail(path, 0, 100, tmp_path / "thumbs", "d" * 64)
    build(path, 0, folder_of(tmp_path / "tiles", path, 0))
    small = Image.open(io.BytesIO(images.thumbnail(path, 0, 100, tmp_path / "thumbs", "d" * 64)))
    assert max(small.size) == 100


def test_the_small_picture_of_a_large_tiff_is_made_by_bands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_LARGE_FILE", 1000)
    values = np.add.outer(np.arange(900) // 6, np.arange(1200) // 20).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "a.tif", tiffinfo={278: 1})
    small = np.asarray(Image.open(io.BytesIO(images.thumbnail(tmp_path / "a.tif", 0, 120))))
    assert small.shape == (90, 120)
    assert abs(float(small.mean()) - float(values.mean())) < 3


def test_the_pyramids_longest_not_looked_at_make_room(tmp_path: Path) -> None:
    for place, name in enumerate("abc"):
        Image.fromarray(_noise(600, 600, 1)[:, :, 0]).save(tmp_path / f"{name}.png")
        folder = tmp_path / "tiles" / name / name
        build(tmp_path / f"{name}.png", 0, folder)
        os.utime(folder / "complete", (place, place))
    each = sum(file.stat().st_size for file in folder.iterdir())
    tiles.trim(tmp_path / "tiles", keep=2 * each)
    assert sorted(folder.name for folder in (tmp_path / "tiles").glob("*/*")) == ["b", "c"]
