"""The scene: keeps an item for every node and edge of the document and turns gestures into undo commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainterPath, QPen, QUndoStack
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsScene, QGraphicsSceneMouseEvent

from app.gui.modeling.commands import Connect, MoveNodes, Remove
from app.gui.modeling.document import GraphDocument, NodeRecord
from app.gui.modeling.items import CardItem, EdgeItem, NodeItem, NoteItem, wire
from app.gui.modeling.marked import Marked
from app.gui.modeling.marks import CommentItem, FoldedItem
from app.gui.modeling.views import STEP, EdgeView, NodeView, PortView, ProblemView, on_grid, type_color

LANE = 24.0  # px above a card at which wires that come back to it run
FAR = 40.0  # px that a wire is pulled before letting it go means something


class Library(Protocol):
    """What the scene asks of the catalogue."""

    def view(self, node: NodeRecord) -> NodeView:
        """A node as a card."""

    def why_not(self, source: PortView, target: PortView) -> str:
        """Why an output does not fit an input, in plain words; empty when it fits."""


class GraphScene(QGraphicsScene):
    """Draws one document."""

    refused = Signal(str)
    picked = Signal(object)
    fix_wanted = Signal(object)  # a FixView
    left_loose = Signal(str, str, object, QPointF)  # node, side, port, and where the wire was let go

    def __init__(
        self, document: GraphDocument, library: Library, stack: QUndoStack, colors: Callable[[str], QColor]
    ) -> None:
        super().__init__()
        self.document, self.library, self.stack = document, library, stack
        self._colors = colors
        self._nodes: dict[str, NodeItem] = {}
        self._edges: dict[EdgeView, EdgeItem] = {}
        self._wires: dict[str, set[EdgeView]] = {}
        self._notes: list[NoteItem] = []
        self._problems: tuple[ProblemView, ...] = ()
        self._shapes: dict[tuple[str, str], str] = {}
        self._bare: dict[str, NodeView] = {}  # what was drawn of each node, without its shapes
        self._drag: _Drag | None = None
        self._pressed: dict[QGraphicsItem, QPointF] = {}
        self.marks = Marked(self)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)
        self.selectionChanged.connect(self._tell_selection)
        document.reset.connect(self._rebuild)
        document.node_added.connect(self._add_node)
        document.node_removed.connect(self._remove_node)
        document.node_changed.connect(self._show_node)
        document.node_moved.connect(self._show_node)
        document.edge_added.connect(self._add_edge)
        document.edge_removed.connect(self._remove_edge)
        self._rebuild()

    def node_item(self, node_id: str) -> NodeItem:
        """The card of a node."""
        return self._nodes[node_id]

    @property
    def cards(self) -> dict[str, NodeItem]:
        """All cards by node id, those hidden in folded groups too."""
        return self._nodes

    @property
    def wires(self) -> Iterable[EdgeItem]:
        """All wires."""
        return self._edges.values()

    @property
    def colors(self) -> Callable[[str], QColor]:
        """The colours of the theme by name."""
        return self._colors

    def shown_item(self, node_id: str) -> CardItem:
        """What stands for a node: its card, or the folded box that hides it."""
        return self.marks.box_of(node_id) or self._nodes[node_id]

    def port_point(self, node_id: str, side: str, name: str) -> QPointF:
        """The middle of a port's dot, on the card or on the folded box that hides it."""
        box = self.marks.box_of(node_id)
        return box.port_point(side, f"{node_id}.{name}") if box else self._nodes[node_id].port_point(side, name)

    def edge_item(self, edge: EdgeView) -> EdgeItem:
        """The wire of an edge."""
        return self._edges[edge]

    def selected_nodes(self) -> list[str]:
        """Ids of the selected nodes, those in selected folded groups too."""
        found: list[str] = []
        for item in self.selectedItems():
            if isinstance(item, NodeItem):
                found.append(item.view.id)
            elif isinstance(item, FoldedItem):
                found += [card.view.id for card in self.marks.members(item.group_id)]
        return found

    def selected_edges(self) -> list[EdgeView]:
        """The selected connections."""
        return [item.edge for item in self.selectedItems() if isinstance(item, EdgeItem)]

    def content_rect(self) -> QRectF:
        """Around everything drawn."""
        marks = self.marks
        others = (*marks.frames.values(), *marks.folded.values(), *marks.comments.values())
        rect = QRectF()
        for item in (*self._nodes.values(), *others):
            if item.isVisible():
                rect = rect.united(item.sceneBoundingRect())
        return rect

    def show_analysis(self, problems: Iterable[ProblemView], shapes: dict[tuple[str, str], str]) -> None:
        """Show what the check found: notes at cards, red ports, shapes beside outputs as (node, port) → text."""
        before, self._problems, self._shapes = self._shapes, tuple(problems), dict(shapes)
        others = {node_id for (node_id, _), _ in before.items() ^ self._shapes.items()}
        for node_id, item in self._nodes.items():
            bare = self.library.view(self.document.nodes[node_id])
            if node_id not in others and self._bare.get(node_id) is bare:
                continue
            self._bare[node_id] = bare
            view = self.view_of(node_id)
            if view != item.view:
                item.show_view(view)
                self.follow(item)
        self._show_problems()

    def recolor(self) -> None:
        """Draw again in the colours of another theme."""
        for item in self.items():
            item.update()
        self.update()

    def view_of(self, node_id: str) -> NodeView:
        """A node as drawn, with the shapes of the last check."""
        view = self.library.view(self.document.nodes[node_id])
        outputs = tuple(
            PortView(port.name, port.kind, port.label, self._shapes.get((node_id, port.name), port.shape))
            for port in view.outputs
        )
        return NodeView(
            view.id, view.title, view.category, view.subtitle, view.inputs, outputs, view.x, view.y, view.known
        )

    def connect_ports(self, source: str, source_port: str, target: str, target_port: str) -> bool:
        """Lay a wire if it fits, else say why not."""
        edge = EdgeView(source, source_port, target, target_port)
        reason = self.why_not(edge)
        if reason:
            self.refused.emit(reason)
            return False
        before = self.document.edges_into(target, target_port)
        if edge not in before:
            self.stack.push(Connect(self.document, edge, [] if self.takes_many(target, target_port) else before))
        return True

    def takes_many(self, node_id: str, port: str) -> bool:
        """Whether several wires may end at an input."""
        found = _port(self._nodes[node_id].view.inputs, port)
        return found is not None and found.many

    def why_not(self, edge: EdgeView) -> str:
        """Why an edge cannot be laid; empty when it can."""
        if edge.source == edge.target:
            return self.tr("A component cannot be connected to itself.")
        if self._reaches(edge.target, edge.source):
            return self.tr("This would close a circle; data can flow in one direction only.")
        source = _port(self._nodes[edge.source].view.outputs, edge.source_port)
        target = _port(self._nodes[edge.target].view.inputs, edge.target_port)
        if source is None or target is None:
            return self.tr("This port is not there any more.")
        return self.library.why_not(source, target)

    def fitting_inputs(self, source: str, port: PortView) -> list[tuple[str, PortView]]:
        """Every input of other nodes that an output could go to."""
        return [
            (node_id, candidate)
            for node_id, item in self._nodes.items()
            for candidate in item.view.inputs
            if not self.why_not(EdgeView(source, port.name, node_id, candidate.name))
        ]

    def remove_selected(self) -> None:
        """Take the selection away, as one undo step."""
        nodes, edges, comments = self.selected_nodes(), self.selected_edges(), self.marks.selected_comments()
        if nodes or edges or comments:
            self.stack.push(Remove(self.document, nodes, edges, comments))

    def follow(self, item: CardItem) -> None:
        """Let the wires, and the group that it is in, follow a card that moves."""
        if isinstance(item, FoldedItem):
            group = self.document.groups.get(item.group_id)
            self.lay_all(self.document.edges_of(group.nodes) if group is not None else ())
            return
        for edge in self._wires.get(item.view.id, ()):
            self._lay(edge)
        self.marks.follow(item)

    def lay_all(self, edges: Iterable[EdgeView]) -> None:
        """Lay wires again that are drawn."""
        for edge in edges:
            if edge in self._edges:
                self._lay(edge)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        found = self._port_under(event.scenePos()) if event.button() == Qt.MouseButton.LeftButton else None
        if found is not None:
            self._drag = _Drag(self, found[0], *found[1])
            event.accept()
            return
        super().mousePressEvent(event)
        self.marks.select_members()
        self._pressed = {item: item.pos() for item in self.selectedItems()}

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._drag is not None:
            self._drag.move(event.scenePos())
            event.accept()
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._drag is not None:
            drag, self._drag = self._drag, None
            drag.drop(event.scenePos())
            event.accept()
            return
        super().mouseReleaseEvent(event)
        self.marks.select_members()
        self._take_moves()

    def _take_moves(self) -> None:
        """What was dragged lies on the grid then; one step of undo."""
        pressed, self._pressed = self._pressed, {}
        nodes: dict[str, tuple[float, float]] = {}
        comments: dict[str, tuple[float, float]] = {}
        for item, before in pressed.items():
            if item.pos() == before:
                continue
            place = (on_grid(item.x()), on_grid(item.y()))
            if isinstance(item, NodeItem):
                nodes[item.view.id] = place
            elif isinstance(item, CommentItem):
                comments[item.comment.id] = place
            elif isinstance(item, FoldedItem):
                by = QPointF(*place) - before
                nodes |= {card.view.id: (card.pos() + by).toTuple() for card in self.marks.members(item.group_id)}
        if nodes or comments:
            self.stack.push(MoveNodes(self.document, nodes, comments))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-STEP, 0),
            Qt.Key.Key_Right: (STEP, 0),
            Qt.Key.Key_Up: (0, -STEP),
            Qt.Key.Key_Down: (0, STEP),
        }
        if self.focusItem() is not None:  # something is being typed
            super().keyPressEvent(event)
            return
        selected, notes = self.selected_nodes(), self.marks.selected_comments()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_selected()
        elif event.key() in steps and (selected or notes):
            dx, dy = steps[Qt.Key(event.key())]
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and len(notes) == 1 and not selected:
                size = self.document.comments[notes[0]]
                self.marks.resize_comment(notes[0], size.width + dx, size.height + dy)
            else:
                self._step(selected, notes, dx, dy)
        elif event.key() == Qt.Key.Key_Escape:
            if self._drag is not None:
                self._drag.end()
                self._drag = None
            self.clearSelection()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _step(self, nodes: list[str], comments: list[str], dx: float, dy: float) -> None:
        drawn, notes = self.document.nodes, self.document.comments
        places = {name: (drawn[name].x + dx, drawn[name].y + dy) for name in nodes}
        others = {name: (notes[name].x + dx, notes[name].y + dy) for name in comments}
        self.stack.push(MoveNodes(self.document, places, others, merge=True))

    def in_reading_order(self) -> list[QGraphicsItem]:
        """The cards, folded boxes and comments that are seen, row by row."""
        marks = self.marks
        items = [*self._nodes.values(), *marks.folded.values(), *marks.comments.values()]
        return sorted((item for item in items if item.isVisible()), key=lambda item: (item.y(), item.x()))

    def select_next(self, step: int) -> None:
        """Select the next card in reading order."""
        order = self.in_reading_order()
        if not order:
            return
        chosen = next((at for at, item in enumerate(order) if item.isSelected()), None)
        index = (chosen + step) % len(order) if chosen is not None else 0 if step > 0 else len(order) - 1
        self.clearSelection()
        order[index].setSelected(True)

    def _tell_selection(self) -> None:
        self.picked.emit(self.selected_nodes())

    def _port_under(self, point: QPointF) -> tuple[str, tuple[str, PortView]] | None:
        reach = QRectF(point.x() - 12, point.y() - 12, 24, 24)
        for item in self.items(reach):
            if isinstance(item, FoldedItem) and (found := item.port_at(point)):
                node_id, _, name = found[1].name.partition(".")
                return node_id, (found[0], replace(found[1], name=name))
            if isinstance(item, NodeItem) and (found := item.port_at(point)):
                return item.view.id, found
        return None

    def _reaches(self, start: str, end: str) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            if here == end:
                return True
            for edge in self._wires.get(here, ()):
                if edge.source == here and edge.target not in seen:
                    seen.add(edge.target)
                    waiting.append(edge.target)
        return False

    def _rebuild(self) -> None:
        self._drag = None
        self.clear()
        self._nodes, self._edges, self._wires, self._notes = {}, {}, {}, []
        self._problems, self._shapes, self._bare = (), {}, {}
        for node_id in self.document.nodes:
            self._add_node(node_id)
        self.marks.rebuild()
        for edge in self.document.edges:
            self._add_edge(edge)

    def _add_node(self, node_id: str) -> None:
        item = NodeItem(self.view_of(node_id), self._colors)
        self._nodes[node_id] = item
        self.addItem(item)

    def _remove_node(self, node_id: str) -> None:
        item = self._nodes.pop(node_id)
        self._notes = [note for note in self._notes if note.parentItem() is not item]
        self.removeItem(item)

    def _show_node(self, node_id: str) -> None:
        item = self._nodes[node_id]
        item.show_view(self.view_of(node_id))
        self.follow(item)

    def _add_edge(self, edge: EdgeView) -> None:
        if edge.source not in self._nodes or edge.target not in self._nodes:
            return
        port = _port(self._nodes[edge.source].view.outputs, edge.source_port)
        item = EdgeItem(edge, port.kind if port else "", self._colors)
        self._edges[edge] = item
        for end in (edge.source, edge.target):
            self._wires.setdefault(end, set()).add(edge)
        self.addItem(item)
        self._lay(edge)
        self.marks.edges_changed(edge.source, edge.target)

    def _remove_edge(self, edge: EdgeView) -> None:
        item = self._edges.pop(edge, None)
        if item is None:
            return
        for end in (edge.source, edge.target):
            self._wires[end].discard(edge)
        self.removeItem(item)
        self.marks.edges_changed(edge.source, edge.target)

    def _lay(self, edge: EdgeView) -> None:
        source, target = self.shown_item(edge.source), self.shown_item(edge.target)
        self._edges[edge].setVisible(source is not target)
        if source is target:
            return
        start = self.port_point(edge.source, "out", edge.source_port)
        end = self.port_point(edge.target, "in", edge.target_port)
        lane = None
        if source.sceneBoundingRect().bottom() + LANE < target.y():  # goes back just above the card that it goes to
            number = next((n for n, port in enumerate(target.view.inputs) if port.name.endswith(edge.target_port)), 0)
            lane = target.y() - LANE - 10.0 * number
        self._edges[edge].run(start, end, lane)

    def _show_problems(self) -> None:
        before, self._notes = {note.owner: note for note in self._notes}, []
        at: dict[str, list[ProblemView]] = {}
        for problem in self._problems:
            at.setdefault(problem.node, []).append(problem)
        for node_id, item in self._nodes.items():
            found = tuple(at.get(node_id, ()))
            item.set_problems(found)
            note = before.get(item)
            if note is not None and note.problems == found:
                self._notes.append(before.pop(item))
            elif found:
                self._notes.append(NoteItem(item, found, self._colors))
        for note in before.values():
            self.removeItem(note)
        self.marks.show_problems(self._problems)
        wrong = {(problem.node, problem.port) for problem in self._problems if problem.severity == "error"}
        for edge, item in self._edges.items():
            bad = (edge.target, edge.target_port) in wrong
            if bad != item.wrong:
                item.wrong = bad
                item.update()


class _Drag:
    """A wire while it is being pulled from a port."""

    def __init__(self, scene: GraphScene, node_id: str, side: str, port: PortView) -> None:
        self._scene, self._node, self._side, self._port = scene, node_id, side, port
        self._start = scene.port_point(node_id, side, port.name)
        self._over: NodeItem | None = None
        self._moved = False
        self._item = QGraphicsPathItem(QPainterPath(self._start))
        self._item.setPen(QPen(QColor(type_color(port.kind)), 2, Qt.PenStyle.DashLine))
        self._item.setZValue(2)
        scene.addItem(self._item)

    def move(self, point: QPointF) -> None:
        """Follow the pointer and show whether the port under it fits."""
        self._moved = self._moved or (point - self._start).manhattanLength() > FAR
        ends = (self._start, point) if self._side == "out" else (point, self._start)
        self._item.setPath(wire(*ends))
        if self._over is not None:
            self._over.highlight(None)
            self._over = None
        edge = self._edge_to(point)
        fits = edge is None or not self._scene.why_not(edge)
        self._item.setPen(QPen(QColor(type_color(self._port.kind) if fits else "#d92d20"), 2, Qt.PenStyle.DashLine))
        found = self._scene._port_under(point)
        if edge is not None and fits and found is not None:
            self._over = self._scene.node_item(found[0])
            self._over.highlight((found[1][0], found[1][1].name))

    def drop(self, point: QPointF) -> None:
        """Connect what lies under the pointer, or say why not."""
        edge = self._edge_to(point)
        found = self._scene._port_under(point)
        self.end()
        if edge is not None:
            self._scene.connect_ports(edge.source, edge.source_port, edge.target, edge.target_port)
        elif found is not None and found[0] != self._node:
            words = QCoreApplication.translate(
                "GraphScene", "Connect an output (right side) with an input (left side)."
            )
            self._scene.refused.emit(words)
        elif found is None and self._moved:
            self._scene.left_loose.emit(self._node, self._side, self._port, point)

    def end(self) -> None:
        """Take the loose wire away."""
        if self._over is not None:
            self._over.highlight(None)
        self._scene.removeItem(self._item)

    def _edge_to(self, point: QPointF) -> EdgeView | None:
        found = self._scene._port_under(point)
        if found is None or found[1][0] == self._side or found[0] == self._node:
            return None
        other_node, (_, other) = found
        if self._side == "out":
            return EdgeView(self._node, self._port.name, other_node, other.name)
        return EdgeView(other_node, other.name, self._node, self._port.name)


def _port(ports: Iterable[PortView], name: str) -> PortView | None:
    return next((port for port in ports if port.name == name), None)
