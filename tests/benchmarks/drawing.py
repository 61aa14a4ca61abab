"""Figures of drawing masks on a 4 MP image at 1920 × 1080, offscreen raster.

The peer paints as labelling tools do that keep a mask as a coloured picture: each move of the brush colours the whole
mask anew and paints the whole widget.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.tools import Pointer

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
SIDE = 2000  # px of the image
SCREEN = (1920, 1080)
MOVES = 200
BRUSH = 60.0  # px of the image


def brush() -> dict[str, float]:
    """A stroke: the press, each move to the painted widget, the edit at the end."""
    canvas = _canvas()
    tool = _take(canvas, "brush")
    _stroke(canvas, 300)  # the mask is there, large
    press = _timed(lambda: tool.press(_pointer(canvas, 400, 200)))
    moves = [_timed(lambda at=at: tool.move(_pointer(canvas, *at), True)) for at in _path(500)]
    release = _timed(lambda: tool.release(_pointer(canvas, 1400, 500)))
    return {
        "drawing.brush_press_ms": press,
        "drawing.brush_move_p95_ms": float(np.percentile(moves, 95)),
        "drawing.brush_move_vs_whole_mask_ratio": float(np.median(moves) / np.median(_peer(canvas))),
        "drawing.brush_commit_ms": release,
    }


def wand() -> dict[str, float]:
    """The region of like colour while the tolerance is dragged."""
    canvas = _canvas()
    tool = _take(canvas, "wand")
    first = _timed(lambda: tool.press(_pointer(canvas, 900, 500)))
    moves = [_timed(lambda x=x: tool.move(_pointer(canvas, 900 + 4 * x, 500), True)) for x in range(60)]
    release = _timed(lambda: tool.release(_pointer(canvas, 1140, 500)))
    return {
        "drawing.wand_first_ms": first,
        "drawing.wand_move_p95_ms": float(np.percentile(moves, 95)),
        "drawing.wand_commit_ms": release,
    }


def snapping() -> dict[str, float]:
    """Finding what a point snaps to, among 20,000 boxes and in the picture."""
    canvas = _canvas(20_000)
    canvas.kit.snapper.on = True
    rng = np.random.default_rng(1)
    times = []
    for x, y in rng.uniform(0, SIDE, (300, 2)).tolist():
        start = time.perf_counter()
        canvas.kit.snapper.at(x, y)
        times.append((time.perf_counter() - start) * 1000)
    return {"drawing.snap_p95_ms": float(np.percentile(times, 95))}


def _canvas(count: int = 300) -> Canvas:
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    QApplication.instance() or QApplication([])
    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.document import Document
    from app.gui.labeling.picture import from_pixels
    from engine.data.records import Annotation

    rng = np.random.default_rng(0)
    across = np.linspace(0, 200, SIDE)
    image = np.clip(across[None, :, None] + rng.normal(20, 4, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
    places = rng.uniform(0, SIDE - 40, (count, 2)).tolist()
    shapes = [Annotation(i + 1, 1, 1, "box", x, y, 30.0, 30.0) for i, (x, y) in enumerate(places)]
    canvas = Canvas()
    canvas.resize(*SCREEN)
    canvas.label_id = 1
    ids = iter(range(10**6, 10**7))
    canvas.next_id = lambda: next(ids)
    canvas.edited.connect(lambda edits, _action: (canvas.document.apply(edits), canvas.refresh()))
    canvas.show()
    canvas.show_item(Document(1, SIDE, SIDE, shapes), from_pixels(image))
    QTest.qWait(500)
    return canvas


def _take(canvas: Canvas, name: str):
    canvas.set_tool(name)
    canvas.kit.options["brush"] = BRUSH
    return canvas.tool


def _pointer(canvas: Canvas, x: float, y: float) -> Pointer:
    from PySide6.QtCore import QPointF

    from app.gui.labeling.tools import Pointer

    return Pointer(QPointF(x, y), *canvas.view.to_image(QPointF(x, y)))


def _path(top: float) -> list[tuple[float, float]]:
    steps = np.arange(MOVES)
    return list(zip((400 + 5 * steps).tolist(), (top + 150 * np.sin(steps / 15)).tolist(), strict=True))


def _stroke(canvas: Canvas, top: float) -> None:
    from PySide6.QtTest import QTest

    path = _path(top)
    canvas.tool.press(_pointer(canvas, *path[0]))
    for at in path:
        canvas.tool.move(_pointer(canvas, *at), True)
    canvas.tool.release(_pointer(canvas, *path[-1]))
    QTest.qWait(300)


def _timed(act: Callable[[], object]) -> float:
    """Milliseconds of an act with the painting that follows."""
    from PySide6.QtWidgets import QApplication

    start = time.perf_counter()
    act()
    QApplication.processEvents()
    return (time.perf_counter() - start) * 1000


def _peer(canvas: Canvas) -> list[float]:
    from PySide6.QtGui import QImage, QPainter

    from app.gui.labeling.tools.mask import MaskTool
    from engine.labeling.masks import Patch

    patch = Patch((SIDE, SIDE), 0, 0, np.zeros((SIDE, SIDE), np.uint8))
    colours = np.array([0, 0x600000C8], np.uint32)
    shown: list[QImage] = []

    def paint(painter: QPainter) -> None:
        if shown:
            painter.drawImage(canvas.view.rect((0, 0, SIDE, SIDE)), shown[-1])

    def move(at: tuple[float, float]) -> None:
        x, y = canvas.view.to_image(_pointer(canvas, *at).view)
        patch.stroke((x, y), (x + 4, y), BRUSH / 2, 1)
        whole = colours[patch.pixels]
        shown[:] = [QImage(whole.data, SIDE, SIDE, SIDE * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()]
        canvas.update()

    assert isinstance(canvas.tool, MaskTool)
    canvas.overlays.append(paint)
    times = [_timed(lambda at=at: move(at)) for at in _path(700)[:40]]
    canvas.overlays.remove(paint)
    return times


MEASURES = [brush, wand, snapping]
