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

if TYPE_CHECKING:
    from app.gui.modeling.editor import GraphEditor

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
        """The chosen components and the wires between them as JSON text; whether there were any."""
        chosen = set(self.editor.scene.selected_nodes())
        if not chosen:
            return False
        graph = graph_of(self.editor.document)
        graph.nodes = [node for node in graph.nodes if node.id in chosen]
        graph.edges = [edge for edge in graph.edges if edge.source in chosen and edge.target in chosen]
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
        document = self.editor.document
        nodes, edges = records_of(graph)
        self._pasted += 1
        by = self._pasted * APART
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
        if not copies:
            return
        self.editor.stack.push(AddNodes(document, copies, wires))
        self._select([node.id for node in copies])

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

    def _select(self, node_ids: Iterable[str]) -> None:
        scene = self.editor.scene
        scene.clearSelection()
        for node_id in node_ids:
            scene.node_item(node_id).setSelected(True)
        self.editor.canvas.setFocus()
