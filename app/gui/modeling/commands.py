"""The undo commands of the canvas: the only code that changes a graph document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from app.gui.modeling.document import GraphDocument, NodeRecord
from app.gui.modeling.views import EdgeView

MERGE_MOVES, MERGE_PARAMETERS = 1, 2


class AddNodes(QUndoCommand):
    """Put nodes on the canvas, with the edges between them."""

    def __init__(self, document: GraphDocument, nodes: Iterable[NodeRecord], edges: Iterable[EdgeView] = ()) -> None:
        super().__init__(QCoreApplication.translate("ModelCommands", "Add component"))
        self._document = document
        self._nodes, self._edges = list(nodes), list(edges)

    def redo(self) -> None:
        for node in self._nodes:
            self._document.add_node(node)
        for edge in self._edges:
            self._document.add_edge(edge)

    def undo(self) -> None:
        for edge in reversed(self._edges):
            self._document.remove_edge(edge)
        for node in reversed(self._nodes):
            self._document.remove_node(node.id)


class Remove(QUndoCommand):
    """Take nodes and edges away; the edges of removed nodes go with them."""

    def __init__(self, document: GraphDocument, node_ids: Iterable[str], edges: Iterable[EdgeView] = ()) -> None:
        super().__init__(QCoreApplication.translate("ModelCommands", "Remove"))
        self._document = document
        self._nodes = [document.nodes[node_id] for node_id in node_ids]
        touching = document.edges_of(node.id for node in self._nodes)
        self._edges = list(dict.fromkeys([*touching, *edges]))

    def redo(self) -> None:
        for edge in self._edges:
            self._document.remove_edge(edge)
        for node in self._nodes:
            self._document.remove_node(node.id)

    def undo(self) -> None:
        for node in self._nodes:
            self._document.add_node(node)
        for edge in self._edges:
            self._document.add_edge(edge)


class MoveNodes(QUndoCommand):
    """Move nodes; moves of the same nodes by arrow keys become one step."""

    def __init__(
        self, document: GraphDocument, places: Mapping[str, tuple[float, float]], *, merge: bool = False
    ) -> None:
        super().__init__(QCoreApplication.translate("ModelCommands", "Move"))
        self._document = document
        self._after = dict(places)
        self._before = {node_id: (document.nodes[node_id].x, document.nodes[node_id].y) for node_id in places}
        self._merge = merge

    def id(self) -> int:
        return MERGE_MOVES if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, MoveNodes) or other._after.keys() != self._after.keys():
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        for node_id, (x, y) in self._after.items():
            self._document.move_node(node_id, x, y)

    def undo(self) -> None:
        for node_id, (x, y) in self._before.items():
            self._document.move_node(node_id, x, y)


class Connect(QUndoCommand):
    """Lay a wire; what was at a single input before is replaced."""

    def __init__(self, document: GraphDocument, edge: EdgeView, replaces: Iterable[EdgeView] = ()) -> None:
        super().__init__(QCoreApplication.translate("ModelCommands", "Connect"))
        self._document, self._edge, self._replaces = document, edge, list(replaces)

    def redo(self) -> None:
        for edge in self._replaces:
            self._document.remove_edge(edge)
        self._document.add_edge(self._edge)

    def undo(self) -> None:
        self._document.remove_edge(self._edge)
        for edge in self._replaces:
            self._document.add_edge(edge)


class Replace(QUndoCommand):
    """Put another component in a node's place; its wires stay."""

    def __init__(self, document: GraphDocument, node: NodeRecord) -> None:
        super().__init__(QCoreApplication.translate("ModelCommands", "Replace component"))
        self._document, self._before, self._after = document, document.nodes[node.id], node

    def redo(self) -> None:
        self._document.replace_node(self._after)

    def undo(self) -> None:
        self._document.replace_node(self._before)


class TakeCode(QUndoCommand):
    """Put what code says in the place of the whole drawing."""

    def __init__(
        self, document: GraphDocument, nodes: Iterable[NodeRecord], edges: Iterable[EdgeView], task: str
    ) -> None:
        super().__init__(QCoreApplication.translate("ModelCommands", "Edit code"))
        self._document = document
        self._before = (list(document.nodes.values()), list(document.edges), dict(document.head))
        self._after = (list(nodes), list(edges), {**document.head, "task": task})

    def redo(self) -> None:
        self._document.load(self._document.name, *self._after)

    def undo(self) -> None:
        self._document.load(self._document.name, *self._before)


class SetParameters(QUndoCommand):
    """Give a node other parameters; typing into one field becomes one step."""

    def __init__(self, document: GraphDocument, node_id: str, parameters: Mapping[str, Any]) -> None:
        super().__init__(QCoreApplication.translate("ModelCommands", "Change parameter"))
        self._document, self._node = document, node_id
        self._before, self._after = dict(document.nodes[node_id].parameters), dict(parameters)

    @property
    def touched(self) -> frozenset[str]:
        """The names of the parameters that differ."""
        names = self._before.keys() | self._after.keys()
        return frozenset(name for name in names if self._before.get(name) != self._after.get(name))

    def id(self) -> int:
        return MERGE_PARAMETERS

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetParameters) or other._node != self._node or other.touched != self.touched:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        self._document.set_parameters(self._node, self._after)

    def undo(self) -> None:
        self._document.set_parameters(self._node, self._before)
