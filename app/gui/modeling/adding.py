"""How parts come onto the canvas: by typing, at the end of a loose wire, from the clipboard, in the place of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, QPointF
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from app.gui.modeling.commands import AddNodes, Connect, Replace
from app.gui.modeling.document import NodeRecord
from app.gui.modeling.library import graph_of, records_of
from app.gui.modeling.palette import PaletteEntry
from app.gui.modeling.quick_add import QuickAdd
from app.gui.modeling.views import EdgeView, PortView, on_grid
from engine.modeling.notes import Comment, Group, fresh

if TYPE_CHECKING:
    from app.gui.modeling.document import GraphDocument
    from app.gui.modeling.editor import GraphEditor
    from engine.modeling.graph import Graph

APART = 32.0  # px that a pasted copy lies beside its original


class Adding:
    """Belongs to an editor; everything here is one step of undo."""

    def __init__(self, editor: GraphEditor) -> None:
        self.editor = editor
        self._pasted = 0

    @cached_property
    def popup(self) -> QuickAdd:
        """The list that comes up."""
        return QuickAdd(self.editor)

    # by typing, and at the end of a wire

    def ask(self, place: QPointF, text: str = "") -> None:
        """Offer all components at a place of the scene."""
        editor = self.editor
        self._offer(editor.library.entries(self._task), place, lambda name: editor.add_component(name, place), text)

    def ask_for_end(self, node_id: str, side: str, port: PortView, place: QPointF) -> None:
        """Offer what fits the loose end of a wire; what is chosen is connected at once."""
        entries, names = self.editor.library.fitting(self._task, side, port)
        if not entries:
            words = QCoreApplication.translate("Adding", "No component fits “{0}”.")
            self.editor.say(words.format(port.label or port.name))
            return

        def add(type_name: str) -> None:
            self._add_connected(type_name, place, node_id, side, port, names[type_name])

        self._offer(entries, place, add)

    def _add_connected(
        self, type_name: str, place: QPointF, node_id: str, side: str, port: PortView, name: str
    ) -> None:
        editor, document = self.editor, self.editor.document
        node = editor.library.new_node(document, type_name, on_grid(place.x()), on_grid(place.y() - 40))
        if side == "out":
            edge = EdgeView(node_id, port.name, node.id, name)
        else:
            edge = EdgeView(node.id, name, node_id, port.name)
        editor.stack.beginMacro(QCoreApplication.translate("ModelCommands", "Add component"))
        editor.stack.push(AddNodes(document, [node]))
        before = document.edges_into(edge.target, edge.target_port)
        many = editor.scene.takes_many(edge.target, edge.target_port)
        editor.stack.push(Connect(document, edge, [] if many else before))
        editor.stack.endMacro()
        self._select([node.id])

    def _offer(
        self, entries: Iterable[PaletteEntry], place: QPointF, take: Callable[[str], object], text: str = ""
    ) -> None:
        view = self.editor.canvas
        at = view.viewport().mapToGlobal(view.mapFromScene(place))
        self.popup.offer(entries, QPoint(at.x() + 4, at.y() - 12), take, text)

    # by the clipboard

    def copy(self) -> bool:
        """What is chosen and the wires between them as JSON text; whether there was any."""
        scene = self.editor.scene
        chosen, notes = set(scene.selected_nodes()), set(scene.marks.selected_comments())
        if not chosen and not notes:
            return False
        graph = graph_of(self.editor.document)
        graph.nodes = [node for node in graph.nodes if node.id in chosen]
        graph.edges = [edge for edge in graph.edges if edge.source in chosen and edge.target in chosen]
        graph.comments = [comment for comment in graph.comments if comment.id in notes]
        graph.groups = [group for group in graph.groups if chosen.issuperset(group.nodes)]
        QGuiApplication.clipboard().setText(graph.dumps())
        self._pasted = 0
        return True

    def cut(self) -> None:
        """Copy, then remove."""
        if self.copy():
            self.editor.scene.remove_selected()

    def paste(self) -> None:
        """Put what the clipboard has beside where it came from, under names of its own."""
        self._put(QGuiApplication.clipboard().text())

    def duplicate(self) -> None:
        """A copy of what is chosen; the clipboard of the machine has it too."""
        if self.copy():
            self.paste()

    def _put(self, text: str) -> None:
        from engine.errors import LinesideError
        from engine.modeling.graph import Graph

        try:
            graph = Graph.loads(text)
        except LinesideError:
            words = QCoreApplication.translate(
                "Adding", "The clipboard has no components; copy some with Ctrl+C first."
            )
            self.editor.say(words)
            return
        self._pasted += 1
        nodes, wires, comments, groups = _copies(self.editor.document, graph, self._pasted * APART)
        if nodes or comments:
            self.editor.stack.push(AddNodes(self.editor.document, nodes, wires, comments, groups))
            self._select([node.id for node in nodes], [comment.id for comment in comments])

    # in the place of another

    def replace_menu(self, parent: QMenu) -> QMenu | None:
        """What could stand in the place of the one chosen component; None when nothing can."""
        chosen = self.editor.scene.selected_nodes()
        if len(chosen) != 1:
            return None
        node = self.editor.document.nodes[chosen[0]]
        entries = self.editor.library.alternatives(self._task, node)
        if not entries:
            return None
        menu = QMenu(QCoreApplication.translate("Adding", "Replace by"), parent)
        for entry in entries:
            action = menu.addAction(entry.title)
            action.setToolTip(entry.help)
            action.triggered.connect(lambda _=False, name=entry.type: self.replace(node.id, name))
        return menu

    def replace(self, node_id: str, type_name: str) -> None:
        """Put another component in a node's place: it keeps name, wires, and the values that mean the same."""
        document = self.editor.document
        self.editor.stack.push(Replace(document, self.editor.library.in_place_of(document.nodes[node_id], type_name)))
        self._select([node_id])

    @property
    def _task(self) -> str:
        return str(self.editor.document.head.get("task", ""))

    def _select(self, node_ids: Iterable[str], comments: Iterable[str] = ()) -> None:
        scene = self.editor.scene
        scene.clearSelection()
        for node_id in node_ids:
            scene.shown_item(node_id).setSelected(True)
        for comment_id in comments:
            scene.marks.comments[comment_id].setSelected(True)
        self.editor.canvas.setFocus()


def _copies(
    document: GraphDocument, graph: Graph, by: float
) -> tuple[list[NodeRecord], list[EdgeView], list[Comment], list[Group]]:
    """All of a graph under names that the document does not have yet, beside where it came from."""
    nodes, edges = records_of(graph)
    names: dict[str, str] = {}
    copies: list[NodeRecord] = []
    for node in nodes:
        names[node.id] = document.fresh_id(node.type, {*names.values()}, wish=node.id)
        copies.append(replace(node, id=names[node.id], x=on_grid(node.x + by), y=on_grid(node.y + by)))
    wires = [
        EdgeView(names[edge.source], edge.source_port, names[edge.target], edge.target_port)
        for edge in edges
        if edge.source in names and edge.target in names
    ]
    comments: dict[str, Comment] = {}
    for comment in graph.comments:
        name = fresh("note", {*document.comments, *comments})
        comments[name] = replace(comment, id=name, x=on_grid(comment.x + by), y=on_grid(comment.y + by))
    groups: dict[str, Group] = {}
    for group in graph.groups:
        name = fresh("group", {*document.groups, *groups})
        groups[name] = replace(group, id=name, nodes=tuple(names[node] for node in group.nodes if node in names))
    return copies, wires, list(comments.values()), list(groups.values())
