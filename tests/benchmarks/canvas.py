"""Figures of the canvas at 1920 × 1080, offscreen raster: moving among many shapes, dragging, hits, opening, large images.

A frame is what one turn of the event loop takes after a move or a turn of the wheel; the drawing that is left for when
the view rests counts as frames of its own. The peer is a QGraphicsView with one item a shape, as labelling tools have it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.gui.labeling.canvas import Canvas
    from engine.data.records import Annotation

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
DATA = Path(os.environ.get("LINESIDE_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
WIDTH, HEIGHT = 2400, 1600  # px of the image
SCREEN = (1920, 1080)
LABELS = 6
STEPS = 120


def boxes_20k() -> dict[str, float]:
    """Pan and zoom among 20,000 boxes, ours and the peer's; the drag of one of them; hits."""
    shapes = _boxes(20_000)
    pan, zoom = _moves(shapes)
    peer_pan, peer_zoom = _peer(shapes)
    return {
        "canvas.pan_20k_p95_ms": _p95(pan),
        "canvas.zoom_20k_p95_ms": _p95(zoom),
        "canvas.worst_frame_20k_ms": max(*pan, *zoom),
        "canvas.pan_20k_vs_scene_ratio": _p95(pan) / _p95(peer_pan),
        "canvas.zoom_20k_vs_scene_ratio": _p95(zoom) / _p95(peer_zoom),
        "canvas.drag_ms": _p95(_drags(shapes)),
        "canvas.hit_test_ms": _p95(_hits(shapes)),
    }


def polygons_5k() -> dict[str, float]:
    """The same among 5,000 polygons of 20 points."""
    shapes = _polygons(5_000)
    pan, zoom = _moves(shapes)
    peer_pan, peer_zoom = _peer(shapes)
    return {
        "canvas.pan_5k_polygons_p95_ms": _p95(pan),
        "canvas.zoom_5k_polygons_p95_ms": _p95(zoom),
        "canvas.worst_frame_5k_polygons_ms": max(*pan, *zoom),
        "canvas.pan_5k_polygons_vs_scene_ratio": _p95(pan) / _p95(peer_pan),
        "canvas.zoom_5k_polygons_vs_scene_ratio": _p95(zoom) / _p95(peer_zoom),
        "canvas.drag_polygon_ms": _p95(_drags(shapes)),
        "canvas.hit_test_polygons_ms": _p95(_hits(shapes)),
    }


def opening() -> dict[str, float]:
    """From the annotations to the whole picture on the canvas: 5,000 polygons of 20 points (and boxes), the median of 9."""
    canvas = _canvas([])
    return {
        "canvas.open_5k_ms": float(np.median([_open(canvas, _polygons(5_000)) for _ in range(9)])),
        "canvas.open_5k_boxes_ms": float(np.median([_open(canvas, _boxes(5_000)) for _ in range(9)])),
    }


def _open(canvas: Canvas, shapes: list[Annotation]) -> float:
    from app.gui.labeling.document import Document

    start = time.perf_counter()
    canvas.show_item(Document(1, WIDTH, HEIGHT, shapes), canvas.picture)
    canvas.repaint()
    while not canvas._layer.todo(visible=True).isEmpty():
        _application().processEvents()
    return (time.perf_counter() - start) * 1000


def _moves(shapes: list[Annotation]) -> tuple[list[float], list[float]]:
    """Times of all frames while panning and while zooming, with those that make the resting view sharp."""
    from PySide6.QtCore import QPointF

    canvas = _canvas(shapes)
    canvas.fit()
    canvas.zoom(1.1)
    _until_sharp(canvas)
    pans: list[float] = []
    for step in range(STEPS):
        sideways, down = (37, 23) if step // 20 % 2 else (-37, -23)
        _frame(lambda sideways=sideways, down=down: canvas.pan(sideways, down), pans)
    pans += _until_sharp(canvas)
    zooms: list[float] = []
    for step in range(STEPS):
        factor = 1.2 if step // 8 % 2 else 1 / 1.2
        _frame(lambda factor=factor: canvas.zoom(factor, QPointF(900, 500)), zooms)
        if step % 8 == 7:
            zooms += _until_sharp(canvas)
    return pans, zooms


def _drags(shapes: list[Annotation]) -> list[float]:
    """Times of a mouse move to the painted canvas, with one shape in hand."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent

    canvas = _canvas(shapes)
    _until_sharp(canvas)
    middle = shapes[len(shapes) // 2]
    assert middle.x is not None
    assert middle.y is not None
    canvas.select([middle.id])
    at = canvas.view.point(middle.x + (middle.w or 0) / 2, middle.y + (middle.h or 0) / 2)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

    def send(kind: QEvent.Type, where: QPointF, button: Qt.MouseButton) -> None:
        _application().sendEvent(canvas, QMouseEvent(kind, where, canvas.mapToGlobal(where), button, left, none))

    send(QEvent.Type.MouseButtonPress, at, left)
    times: list[float] = []
    for step in range(1, STEPS):
        where = at + QPointF(step % 60, step % 40)
        _frame(lambda where=where: send(QEvent.Type.MouseMove, where, Qt.MouseButton.NoButton), times)
    assert canvas.live, "nothing was dragged"
    return times[5:]


def _hits(shapes: list[Annotation]) -> list[float]:
    from app.gui.labeling.document import Document

    document = Document(1, WIDTH, HEIGHT, shapes)
    times = []
    for x, y in np.random.default_rng(3).random((400, 2)).tolist():
        start = time.perf_counter()
        document.at(x * WIDTH, y * HEIGHT, 3.0)
        times.append((time.perf_counter() - start) * 1000)
    return times


def _frame(change: Callable[[], object], times: list[float]) -> None:
    start = time.perf_counter()
    change()
    _application().processEvents()
    times.append((time.perf_counter() - start) * 1000)


def _until_sharp(canvas: Canvas) -> list[float]:
    """Turns of the event loop until nothing is left to draw."""
    times: list[float] = []
    end = time.monotonic() + 20
    while time.monotonic() < end:
        _frame(lambda: None, times)
        if canvas._layer.todo().isEmpty() and not canvas._zooming.isActive():
            return [one for one in times if one > 0.05]
        time.sleep(0.001)
    raise AssertionError("the canvas did not come to rest")


def _canvas(shapes: list[Annotation]) -> Canvas:
    from PySide6.QtGui import QColor

    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.document import Document
    from app.gui.labeling.painting import Style
    from app.gui.labeling.picture import from_pixels

    _application()
    canvas = Canvas()
    canvas.resize(*SCREEN)
    colors = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
    canvas.set_look(
        Style(
            names={i + 1: f"label {i}" for i in range(LABELS)}, colors={i + 1: QColor(c) for i, c in enumerate(colors)}
        )
    )
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT // 8, WIDTH // 8, 1), np.uint8).repeat(8, 0).repeat(8, 1)
    canvas.show_item(Document(1, WIDTH, HEIGHT, shapes), from_pixels(noise))
    canvas.show()
    _application().processEvents()
    return canvas


def _peer(shapes: list[Annotation]) -> tuple[list[float], list[float]]:
    """Pan and zoom of a QGraphicsView that has an item for each shape."""
    from PySide6.QtCore import QPointF, QRectF
    from PySide6.QtGui import QColor, QPen, QPolygonF
    from PySide6.QtWidgets import QGraphicsScene, QGraphicsView

    _application()
    scene = QGraphicsScene()
    pen = QPen(QColor("#0072B2"), 1)
    pen.setCosmetic(True)
    for shape in shapes:
        if shape.points:
            ring = shape.points[0]
            scene.addPolygon(QPolygonF([QPointF(*ring[i : i + 2]) for i in range(0, len(ring), 2)]), pen)
        else:
            scene.addRect(QRectF(shape.x or 0, shape.y or 0, shape.w or 0, shape.h or 0), pen)
    view = QGraphicsView(scene)
    view.resize(*SCREEN)
    view.show()
    view.fitInView(QRectF(0, 0, WIDTH, HEIGHT))
    view.scale(3, 3)
    _application().processEvents()
    pans: list[float] = []
    zooms: list[float] = []
    for step in range(STEPS // 3):
        bar = view.horizontalScrollBar()
        move = 37 if step // 7 % 2 else -37
        _frame(lambda bar=bar, move=move: bar.setValue(bar.value() + move), pans)
    view.fitInView(QRectF(0, 0, WIDTH, HEIGHT))
    for step in range(STEPS // 3):
        factor = 1.2 if step // 8 % 2 else 1 / 1.2
        _frame(lambda factor=factor: view.scale(factor, factor), zooms)
    _close(view)
    return pans, zooms


def _close(widget: QWidget) -> None:
    widget.close()
    widget.deleteLater()


def _boxes(count: int) -> list[Annotation]:
    from engine.data.records import Annotation

    choose = np.random.default_rng(1)
    place = choose.random((count, 2)) * [WIDTH - 40, HEIGHT - 40]
    size = choose.random((count, 2)) * 30 + 6
    return [
        Annotation(number + 1, 1, number % LABELS + 1, "box", x, y, w, h)
        for number, (x, y, w, h) in enumerate(np.hstack([place, size]).round(1).tolist())
    ]


def _polygons(count: int) -> list[Annotation]:
    from engine.data.records import Annotation

    choose = np.random.default_rng(2)
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    middle = choose.random((count, 1, 2)) * [WIDTH - 80, HEIGHT - 80] + 40
    radius = choose.uniform(8, 36, (count, 20, 1)) * choose.uniform(0.5, 1, (count, 1, 1))
    rings = (middle + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)).round(1)
    low, high = rings.min(axis=1), rings.max(axis=1)
    boxes = np.hstack([low, high - low]).tolist()
    return [
        Annotation(
            number + 1, 1, number % LABELS + 1, "polygon", *boxes[number], points=(tuple(ring.ravel().tolist()),)
        )
        for number, ring in enumerate(rings)
    ]


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


def _application():
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication([])


def next_image() -> dict[str, float]:
    """From the key to the next DeepPCB image with its shapes on the canvas, through the real page; p50 and p95 of 60."""
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        page = _page(Path(scratch), sorted((DATA / "deeppcb" / "images").rglob("*.jpg"))[:64])
        times: list[float] = []
        for _ in range(60):
            _rest(0.3)  # a person looks at an image before the next
            start = time.perf_counter()
            page.step(1)
            _wait(lambda: page.canvas.document.item_id == page.item_id and page.canvas.sharp)
            page.canvas.repaint()
            times.append((time.perf_counter() - start) * 1000)
        _leave(page)
    return {"canvas.next_image_ms": _p95(times), "canvas.next_image_p50_ms": float(np.median(times))}


def large_image() -> dict[str, float]:
    """A TIFF of 30,000 × 20,000 px in grey: cut into tiles by the job, opened, walked through; needs 3 GB of disk."""
    import resource
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = folder / "scan.tif"
        _scan(path, 30_000, 20_000)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        page = _page(folder, [path])
        imported = time.perf_counter() - start
        start = time.perf_counter()
        _wait(lambda: page.canvas.picture.levels and page.canvas.picture.store.pyramid is not None, 300)
        seen = time.perf_counter() - start
        _wait(lambda: page.canvas.picture.store.complete, 600)
        made = time.perf_counter() - start
        page.loader.clear()
        page.index, page._open = -1, None
        start = time.perf_counter()
        page.go_to(0)
        _wait(
            lambda: (
                page.canvas.document.item_id == page.item_id
                and page.canvas.picture.store.complete
                and page.canvas.sharp
            )
        )
        page.canvas.repaint()
        opened = time.perf_counter() - start
        frames: list[float] = []
        for factor in (4.0, 4.0, 4.0):
            _frame(lambda factor=factor: page.canvas.zoom(factor), frames)
            _until_sharp(page.canvas)
        sharp: list[float] = []
        for step in range(STEPS):
            _frame(lambda step=step: page.canvas.pan(-47 if step % 40 < 20 else 47, -31), frames)
            if step % 20 == 19:
                begin = time.perf_counter()
                frames += _until_sharp(page.canvas)
                sharp.append((time.perf_counter() - begin) * 1000)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        _leave(page)
    return {
        "canvas.tile_import_s": imported,
        "canvas.tile_first_s": seen,
        "canvas.tile_build_s": made,
        "canvas.tile_open_s": opened,
        "canvas.tile_pan_p95_ms": _p95(frames),
        "canvas.tile_sharp_ms": float(np.median(sharp)),
        "canvas.tile_window_mb": grown,
    }


def _scan(path: Path, width: int, height: int) -> None:
    """An uncompressed TIFF in strips of 512 rows: tracks, pads and noise."""
    import struct

    rows = 512
    count = -(-height // rows)
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (277, 1), (278, rows)]
    lists = 8 + 2 + 12 * (len(tags) + 2) + 4
    begin = lists + 8 * count
    choose = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(b"II*\0" + struct.pack("<IH", 8, len(tags) + 2))
        for tag, value in [*tags[:5], (273, lists), *tags[5:], (279, lists + 4 * count)]:
            file.write(struct.pack("<HHII", tag, 4, count if tag in (273, 279) else 1, value))
        sizes = [min(rows, height - top) * width for top in range(0, height, rows)]
        file.write(struct.pack("<I", 0) + struct.pack(f"<{count}I", *np.cumsum([begin, *sizes[:-1]]).tolist()))
        file.write(struct.pack(f"<{count}I", *sizes))
        for top in range(0, height, rows):
            y, x = np.mgrid[top : min(top + rows, height), 0:width].astype(np.int32)
            band = np.where(((x // 90) % 5 == 0) | ((y // 130) % 7 == 0), 210, 40).astype(np.uint8)
            file.write((band + choose.integers(0, 30, band.shape, np.uint8)).tobytes())


def _page(scratch: Path, files: list[Path]):
    """The labelling page on a new workspace with these files, as the window has it."""
    from app.gui.labeling.page import LabelingPage
    from app.gui.main import make_application
    from app.gui.shell.shell import Shell
    from engine.data.imports import import_data
    from engine.labeling import schema
    from engine.workspace import Workspace

    os.environ["LINESIDE_CONFIG"] = str(scratch / "config")
    make_application()
    folder = scratch / "in"
    folder.mkdir()
    for file in files:
        (folder / file.name).symlink_to(file)
    workspace = Workspace.create(scratch / "workspace")
    import_data(workspace, folder)
    schema.add_label(workspace, "open")
    shell = Shell()
    shell.workspace = workspace
    page = LabelingPage(shell)
    for _ in page.make():
        pass
    shell.changed.connect(lambda changes, _by: page.refresh(changes))
    page.resize(*SCREEN)
    page.show()
    page.opened(workspace)
    page.shown()
    _wait(lambda: page.canvas.document.item_id != 0, 300)
    return page


def _leave(page) -> None:
    workspace = page.shell.workspace
    page.closed()
    page.loader.finish()
    page.strip.finish()
    page.shell.work.stop()
    workspace.close()


def _wait(ready: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not ready():
        _application().processEvents()
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.0005)


def _rest(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        _application().processEvents()
        time.sleep(0.002)


MEASURES = [boxes_20k, polygons_5k, opening, next_image, large_image]
