"""An image that is too large for memory is cut into tiles by a job and shown as they come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.gui.labeling.tiled import Large, Store, TiledPicture
from engine.data import tiles
from engine.data.imports import import_data
from engine.data.pixels import Adjustment


@pytest.fixture
def large(hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A page with a sixth image that counts as large."""
    monkeypatch.setattr(tiles, "LARGE", 3_000_000)
    folder = tmp_path / "large"
    folder.mkdir()
    values = np.add.outer(np.arange(1500) // 6, np.arange(2500) // 20).astype(np.uint8)
    Image.fromarray(values).save(folder / "scan.tif", tiffinfo={278: 256})
    hand.page.shell.run(lambda ws: import_data(ws, folder).changes, "import")
    hand.bot.waitUntil(lambda: len(hand.page.ids) == 6, timeout=20_000)
    hand.page.go_to(5)
    hand.bot.waitUntil(lambda: isinstance(hand.canvas.picture, TiledPicture), timeout=20_000)
    hand.values = values
    return hand


def test_a_job_makes_the_tiles_and_the_canvas_shows_them_sharp(large, ui_watchdog) -> None:
    canvas = large.canvas
    assert (canvas.document.width, canvas.document.height) == (2500, 1500)
    large.bot.waitUntil(lambda: canvas.picture.store.complete, timeout=60_000)
    assert "tiles" not in canvas.chips or large.bot.waitUntil(lambda: "tiles" not in canvas.chips) is None
    ui_watchdog.reset()
    for factor in (2.0, 2.0, 2.0, 0.25):
        canvas.zoom(factor)
        large.bot.waitUntil(lambda: canvas.sharp and not canvas._zooming.isActive())
        canvas.pan(-150, -90)
    large.bot.wait(200)
    x, y = (int(value) for value in canvas.view.to_image(canvas.rect().center().toPointF()))
    seen = canvas.grab().toImage().pixelColor(canvas.rect().center()).red()
    assert abs(seen - int(large.values[y, x])) <= 8
    assert canvas.picture.value(x, y) == (large.values[y, x],)
    assert np.array_equal(canvas.picture.part(x, y, 5, 4)[:, :, 0], large.values[y : y + 4, x : x + 5])


def test_shapes_are_drawn_on_it_and_the_view_is_adjusted(large) -> None:
    canvas = large.canvas
    large.bot.waitUntil(lambda: canvas.picture.store.complete, timeout=60_000)
    large.key(Qt.Key.Key_B)
    large.drag((200, 200), (900, 700))
    large.settled()
    (shape,) = large.stored()
    assert abs(shape.x - 200) < 4
    assert abs(shape.w - 700) < 6
    view = next(part for part in large.page.parts if type(part).__name__ == "View")
    view.adjust(Adjustment(brightness=100))
    large.bot.waitUntil(
        lambda: canvas.sharp and canvas.grab().toImage().pixelColor(large.at(1500, 1200)).red() > 250, timeout=20_000
    )


def test_a_second_look_needs_no_job(large) -> None:
    large.bot.waitUntil(lambda: large.canvas.picture.store.complete, timeout=60_000)
    before = sorted(path.name for path in (large.page.shell.workspace.path / "jobs").iterdir())
    large.page.go_to(0)
    large.bot.waitUntil(lambda: large.canvas.document.item_id == large.page.ids[0], timeout=20_000)
    large.page.loader.clear()
    large.page.go_to(5)
    large.bot.waitUntil(lambda: isinstance(large.canvas.picture, TiledPicture), timeout=20_000)
    assert large.canvas.picture.store.complete
    assert sorted(path.name for path in (large.page.shell.workspace.path / "jobs").iterdir()) == before


@pytest.mark.parametrize("scale", [0.11, 0.37, 0.5, 0.73, 1.0, 1.31, 2.7])
def test_no_seam_shows_between_tiles(qtbot, tmp_path: Path, scale: float) -> None:
    Image.fromarray(np.full((1400, 1700), 255, np.uint8)).save(tmp_path / "white.png")
    tiles.build(tmp_path / "white.png", 0, tmp_path / "p")
    store = Store(Large(folder=tmp_path / "p", size=(1700, 1400)))
    picture = TiledPicture(store)
    view = QImage(900, 700, QImage.Format.Format_RGB32)
    place = (view.width() / 2 - 512 * scale, view.height() / 2 - 512 * scale)

    def paint() -> np.ndarray:
        view.fill(0)
        painter = QPainter(view)
        for area in (QRectF(0, 0, 450, 700), QRectF(450, 0, 450, 700)):
            painter.setClipRect(area)
            picture.draw(painter, area, scale, *place)
        painter.end()
        return np.frombuffer(view.constBits(), np.uint8).reshape(700, 900, 4)[:, :, 0]

    paint()
    qtbot.waitUntil(lambda: not store._background._waiting and not store._background._running)
    qtbot.wait(50)
    left, top = max(round(place[0]) + 2, 0), max(round(place[1]) + 2, 0)
    right, bottom = round(place[0] + 1700 * scale) - 2, round(place[1] + 1400 * scale) - 2
    assert (paint()[top:bottom, left:right] == 255).all()
    store.finish()


def test_a_damaged_image_is_told_with_a_way_to_try_again(hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "LARGE", 1_000_000)
    folder = tmp_path / "large"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (1200, 1200), np.uint8)
    Image.fromarray(noise).save(folder / "bad.tif", compression="tiff_adobe_deflate", tiffinfo={278: 100})
    data = bytearray((folder / "bad.tif").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4000] = bytes(4000)
    (folder / "bad.tif").write_bytes(data)
    said: list[str] = []
    hand.page.shell.noticed.connect(lambda text, action, *_: said.append(f"{text} [{action}]"))
    hand.page.shell.run(lambda ws: import_data(ws, folder).changes, "import")
    hand.bot.waitUntil(lambda: len(hand.page.ids) == 6, timeout=20_000)
    hand.page.go_to(5)
    hand.bot.waitUntil(lambda: bool(said), timeout=60_000)
    assert "damaged" in said[0]
    assert "Try again" in said[0]
    jobs = hand.page.shell.workspace.path / "jobs"
    before = len(list(jobs.iterdir()))
    hand.key(Qt.Key.Key_B)
    hand.drag((200, 200), (900, 700))
    hand.settled()
    assert len(hand.stored()) == 1
    assert len(list(jobs.iterdir())) == before, "what failed is not tried again at each edit"
