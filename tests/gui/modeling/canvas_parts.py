"""A small catalogue and palette of colours for tests of the canvas alone."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from app.gui.modeling.document import NodeRecord
from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.views import EdgeView, NodeView, PortView

KEY, CTRL, NONE = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier

COLORS = {
    "ground": "#f6f7f8",
    "panel": "#ffffff",
    "line": "#dfe3e8",
    "text": "#1d2430",
    "quiet": "#667085",
    "accent": "#0b7a75",
    "good": "#067647",
    "warning": "#b54708",
    "bad": "#b42318",
}
PORTS = {
    "source": ((), (("image", "images", "N×3×320×320"), ("boxes", "targets", "N×K×4"))),
    "light": ((("image", "images", ""),), (("image", "images", "N×3×320×320"),)),
    "backbone": ((("image", "images", ""),), (("p3", "features", "N×40×40×40"), ("p4", "features", "N×112×20×20"))),
    "head": ((("p3", "features", ""), ("p4", "features", "")), (("score", "positions", "N×6×40×40"),)),
    "loss": ((("score", "positions", ""), ("boxes", "targets", "")), (("loss", "loss", "scalar"),)),
}
CATEGORIES = {"source": "data", "light": "augment", "backbone": "backbone", "head": "head", "loss": "loss"}


def color(name: str) -> QColor:
    return QColor(COLORS[name])


class SmallLibrary:
    """Five components; equal kinds fit."""

    def view(self, node: NodeRecord) -> NodeView:
        inputs, outputs = PORTS.get(node.type, ((), ()))
        return NodeView(
            node.id,
            node.type.capitalize(),
            CATEGORIES.get(node.type, "code"),
            ", ".join(f"{name} {value}" for name, value in node.parameters.items()),
            tuple(PortView(name, kind, "", shape) for name, kind, shape in inputs),
            tuple(PortView(name, kind, "", shape) for name, kind, shape in outputs),
            node.x,
            node.y,
            node.type in PORTS,
        )

    def why_not(self, source: PortView, target: PortView) -> str:
        if source.kind == target.kind:
            return ""
        return f"{source.name} gives {source.kind}, but {target.name} takes {target.kind}."


NODES = [
    NodeRecord("source", "source", {"version": 7}, x=0, y=0),
    NodeRecord("light", "light", {"by": 0.2}, x=264, y=0),
    NodeRecord("backbone", "backbone", {}, x=528, y=0),
    NodeRecord("head", "head", {"labels": 6}, x=264, y=168),
    NodeRecord("loss", "loss", {}, x=528, y=168),
]
EDGES = [
    EdgeView("source", "image", "light", "image"),
    EdgeView("light", "image", "backbone", "image"),
    EdgeView("backbone", "p3", "head", "p3"),
    EdgeView("backbone", "p4", "head", "p4"),
    EdgeView("head", "score", "loss", "score"),
]


def free_place(editor: GraphEditor) -> QPoint:
    """A place of the viewport with nothing at it."""
    port = editor.canvas.viewport().rect()
    places = (QPoint(x, y) for y in range(port.height() - 30, 30, -20) for x in range(30, port.width() - 30, 20))
    return next(at for at in places if not editor.canvas.items(at.x() - 24, at.y() - 24, 48, 48))
