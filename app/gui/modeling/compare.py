"""Two drawings compared, drawn on the canvas: added green, changed amber, removed as red ghosts; the values in a list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QIcon, QPainterPath, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QGraphicsPathItem,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
)
from shiboken6 import isValid

from app.gui.modeling.items import CardItem, Halo, wire
from app.gui.modeling.library import graph_of, language, records_of

if TYPE_CHECKING:
    from app.gui.modeling.editor import GraphEditor
    from engine.modeling.diff import Difference
    from engine.modeling.graph import Edge, Graph

GHOST_OPACITY = 0.5
LOOK_AFTER_MS = 120
ID_ROLE = Qt.ItemDataRole.UserRole


class Comparison(QFrame):
    """Stands above the inspector while two drawings are compared; the document itself is not touched."""

    def __init__(self, editor: GraphEditor) -> None:
        super().__init__()
        self._editor = editor
        self.other: Graph | None = None
        self.difference: Difference | None = None
        self._name = ""
        self._drawn: list[QGraphicsItem] = []
        self.ghosts: dict[str, CardItem] = {}
        self.title, self.summary, self.list = QLabel(), QLabel(), QListWidget()
        self.title.setProperty("kind", "heading")
        self.title.setWordWrap(True)
        self.summary.setProperty("kind", "quiet")
        self.summary.setWordWrap(True)
        self.list.setWordWrap(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.leave = QToolButton()
        self.leave.clicked.connect(self.end)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 6)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.summary)
        column.addWidget(self.list, 1)
        self.list.currentItemChanged.connect(lambda item, _: item is not None and self._go(item.data(ID_ROLE)))
        self.list.itemClicked.connect(lambda item: self._go(item.data(ID_ROLE)))
        self._later = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._later.timeout.connect(self.look_again)
        document = editor.document
        for changed in (document.content_changed, document.node_moved, document.group_changed):
            changed.connect(self._look_soon)
        document.reset.connect(self.end)
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.leave.setToolTip(self.tr("End the comparison"))
        self.leave.setAccessibleName(self.tr("End the comparison"))
        self.list.setAccessibleName(self.tr("Differences"))
        self.look_again()

    def set_icons(self, icon: Callable[[str], QIcon]) -> None:
        """Take the icons of the theme."""
        self.leave.setIcon(icon("close"))

    def begin(self, other: Graph, name: str) -> None:
        """Compare what is drawn with another drawing, or with what a run was trained with."""
        self.other, self._name = other, name
        self.show()
        self.look_again()

    def end(self) -> None:
        """Show the drawing alone again."""
        self.other = self.difference = None
        self._clear()
        self.hide()

    def look_again(self) -> None:
        """Compare anew and draw it."""
        if self.other is None:
            return
        from engine.modeling.diff import difference

        self._clear()
        self.difference = difference(self.other, graph_of(self._editor.document))
        self._draw(self.difference, self.other)
        self._tell(self.difference)

    def _look_soon(self) -> None:
        if self.other is not None:
            self._later.start()

    def _draw(self, found: Difference, other: Graph) -> None:
        scene, color = self._editor.scene, self._editor.color
        for node in found.added:
            self._drawn.append(Halo(scene.shown_item(node.id), color("good"), 3))
        for change in found.changed:
            self._drawn.append(Halo(scene.shown_item(change.id), color("warning"), 3))
        gone = {node.id for node in found.removed}
        for record in records_of(other)[0]:
            if record.id in gone:
                self._ghost(record.id, CardItem(scene.library.view(record), color))
        for edge in found.edges_added:
            self._line(edge, color("good"), Qt.PenStyle.SolidLine)
        for edge in found.edges_removed:
            self._line(edge, color("bad"), Qt.PenStyle.DashLine)

    def _ghost(self, node_id: str, ghost: CardItem) -> None:
        ghost.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsMovable, False)
        ghost.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable, False)
        ghost.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        ghost.setOpacity(GHOST_OPACITY)
        ghost.setToolTip(self.tr("Only in “{}”").format(self._name))
        self._editor.scene.addItem(ghost)
        others = [item for item in self._editor.scene.in_reading_order() if isinstance(item, CardItem)]
        while any(ghost.sceneBoundingRect().intersects(item.sceneBoundingRect()) for item in others):
            ghost.moveBy(0, ghost.rect.height() + 24)
        self.ghosts[node_id] = ghost
        self._drawn += [ghost, Halo(ghost, self._editor.color("bad"), 3)]

    def _line(self, edge: Edge, color: QColor, style: Qt.PenStyle) -> None:
        start = self._end(edge.source, "out", edge.output)
        end = self._end(edge.target, "in", edge.input)
        if start is None or end is None or self._in_one_box(edge):
            return
        item = QGraphicsPathItem(QPainterPath(wire(start, end)))
        item.setPen(QPen(color, 3, style))
        item.setOpacity(0.8)
        item.setZValue(0.5)
        item.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._editor.scene.addItem(item)
        self._drawn.append(item)

    def _end(self, node_id: str, side: str, port: str) -> QPointF | None:
        if node_id in self.ghosts:
            return self.ghosts[node_id].port_point(side, port)
        scene = self._editor.scene
        return scene.port_point(node_id, side, port) if node_id in scene.cards else None

    def _in_one_box(self, edge: Edge) -> bool:
        box = self._editor.scene.marks.box_of(edge.source)
        return box is not None and box is self._editor.scene.marks.box_of(edge.target)

    def _clear(self) -> None:
        for item in reversed(self._drawn):
            if isValid(item) and item.scene() is not None:
                item.scene().removeItem(item)
        self._drawn, self.ghosts = [], {}

    def _tell(self, found: Difference) -> None:
        self.title.setText(self.tr("Compared with “{}”").format(self._name))
        counts = (
            (len(found.added), self.tr("{} only here")),
            (len(found.removed), self.tr("{} only there")),
            (len(found.changed), self.tr("{} changed")),
            (len(found.edges_added) + len(found.edges_removed), self.tr("{} connections differ")),
        )
        told = " · ".join(text.format(count) for count, text in counts if count)
        self.summary.setText(told or self.tr("Both say the same model."))
        self.list.clear()
        line = partial(self._line_of_list)
        if found.task:
            line("", "~", "warning", self.tr("Task: {0} → {1}").format(*found.task))
        for node in found.added:
            line(node.id, "+", "good", f"{node.id} ({self._title(node.type)})")
        for node in found.removed:
            line(node.id, "−", "bad", f"{node.id} ({self._title(node.type)})")
        for change in found.changed:
            line(change.id, "~", "warning", f"{change.id}\n" + "\n".join(f"    {text}" for text in change.lines()))
        for sign, color, edges in (("+", "good", found.edges_added), ("−", "bad", found.edges_removed)):
            for edge in edges:
                line(edge.target, sign, color, f"{edge.source}.{edge.output} → {edge.target}.{edge.input}")
        self.list.setFixedHeight(min(300, 8 + sum(self.list.sizeHintForRow(row) for row in range(self.list.count()))))

    def _line_of_list(self, node_id: str, sign: str, color: str, text: str) -> None:
        item = QListWidgetItem(f"{sign} {text}", self.list)
        item.setForeground(self._editor.color(color))
        item.setToolTip(text)
        item.setData(ID_ROLE, node_id)

    def _title(self, type_name: str) -> str:
        found = self._editor.library.component(type_name)
        return found.title.of(language()) if found is not None else type_name

    def _go(self, node_id: str) -> None:
        if node_id in self.ghosts:
            self._editor.canvas.bring(self.ghosts[node_id])
        elif node_id in self._editor.document.nodes:
            item = self._editor.scene.shown_item(node_id)
            self._editor.scene.clearSelection()
            item.setSelected(True)
            self._editor.canvas.bring(item)
