"""Order on the canvas: layout by itself, alignment; and the drawing as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QMarginsF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPaintDevice, QPainter
from PySide6.QtWidgets import QGraphicsItem

from app.gui.modeling.commands import MoveNodes
from app.gui.modeling.library import graph_of
from app.gui.modeling.views import on_grid

if TYPE_CHECKING:
    from app.gui.modeling.editor import GraphEditor
    from app.gui.modeling.scene import GraphScene

MARGIN = 32.0
SCALE = 2.0  # px of a PNG for each of the drawing
LARGEST = 16_000  # px that a side of a PNG may have

Places = dict[str, tuple[float, float]]


def arrange(editor: GraphEditor) -> None:
    """Lay all components along the flow; one step of undo."""
    from engine.modeling.layout import arrange as lay

    nodes = editor.document.nodes
    if not nodes:
        return
    rects = {node_id: editor.scene.node_item(node_id).rect for node_id in nodes}
    rects |= {f"group:{name}": box.rect for name, box in editor.scene.marks.folded.items()}
    sizes = {name: (rect.width(), rect.height()) for name, rect in rects.items()}
    view = editor.canvas.viewport().rect()
    places = lay(graph_of(editor.document), sizes, view.width() / max(1, view.height()))
    _move(editor, places)
    editor.canvas.fit()


def align(editor: GraphEditor, how: str) -> None:
    """Bring the chosen components to one line: "left", "middle" (of their widths), "top", "centre" (of their heights)."""
    chosen = editor.scene.selected_nodes()
    if len(chosen) < 2:
        editor.say(QCoreApplication.translate("Arranging", "Choose two or more components to align."))
        return
    boxes = {name: editor.scene.node_item(name).sceneBoundingRect() for name in chosen}
    nodes = editor.document.nodes
    left = min(nodes[name].x for name in chosen)
    top = min(nodes[name].y for name in chosen)
    middle = sum(box.center().x() for box in boxes.values()) / len(boxes)
    centre = sum(box.center().y() for box in boxes.values()) / len(boxes)
    to: dict[str, Callable[[str], tuple[float, float]]] = {
        "left": lambda name: (left, nodes[name].y),
        "top": lambda name: (nodes[name].x, top),
        "middle": lambda name: (on_grid(nodes[name].x + middle - boxes[name].center().x()), nodes[name].y),
        "centre": lambda name: (nodes[name].x, on_grid(nodes[name].y + centre - boxes[name].center().y())),
    }
    _move(editor, {name: to[how](name) for name in chosen})


def save_picture(scene: GraphScene, path: Path, ground: QColor) -> None:
    """Write the whole drawing as SVG or PNG, by the ending of the name.

    Raises:
        OSError: the file cannot be written.
    """
    for item in scene.selectedItems():
        item.setSelected(False)
    rect = scene.itemsBoundingRect().marginsAdded(QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN))
    if path.suffix.lower() == ".svg":
        from PySide6.QtSvg import QSvgGenerator

        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setSize(rect.size().toSize())
        generator.setViewBox(QRectF(0, 0, rect.width(), rect.height()))
        generator.setTitle(scene.document.name)
        _paint(scene, rect, generator, QRectF(0, 0, rect.width(), rect.height()), ground)
        if not path.is_file():
            raise OSError(f"{path} could not be written.")
        return
    scale = min(SCALE, LARGEST / max(rect.width(), rect.height()))
    image = QImage(QSize(round(rect.width() * scale), round(rect.height() * scale)), QImage.Format.Format_RGB32)
    _paint(scene, rect, image, QRectF(image.rect()), ground)
    if not image.save(str(path)):
        raise OSError(f"{path} could not be written.")


def _paint(scene: GraphScene, rect: QRectF, device: QPaintDevice, target: QRectF, ground: QColor) -> None:
    painter = QPainter()
    if not painter.begin(device):
        return
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(target, ground)
    cached = [item for item in scene.items() if item.cacheMode() != QGraphicsItem.CacheMode.NoCache]
    for item in cached:  # else they are drawn as pictures of what was on the screen
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    scene.render(painter, target, rect)
    for item in cached:
        item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    painter.end()


def _move(editor: GraphEditor, places: Mapping[str, tuple[float, float]]) -> None:
    nodes = editor.document.nodes
    moved: Places = {name: place for name, place in places.items() if place != (nodes[name].x, nodes[name].y)}
    if moved:
        editor.stack.push(MoveNodes(editor.document, moved))
