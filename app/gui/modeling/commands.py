"""The undo commands of the canvas: the only code that changes a graph document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from app.gui.modeling.document import GraphDocument, NodeRecord, State
from app.gui.modeling.views import EdgeView
from engine.modeling.notes import Comment, Group, kept

MERGE_MOVES, MERGE_PARAMETERS = 1, 2


class Change(QUndoCommand):
    """Any edit as one step: the document becomes another state."""

    def __init__(self, document: GraphDocument, after: State, text: str) -> None:
        super().__init__(text)
        self._document, self._before, self._after = document, document.state, after

    def redo(self) -> None:
        self._document.become(self._after)

    def undo(self) -> None:
        self._document.become(self._before)


class AddNodes(Change):
    """Put nodes on the canvas, with the edges between them, and the comments and groups that come with them."""

    def __init__(
        self,
        document: GraphDocument,
        nodes: Iterable[NodeRecord],
        edges: Iterable[EdgeView] = (),
        comments: Iterable[Comment] = (),
        groups: Iterable[Group] = (),
    ) -> None:
        now = document.state
        after = State(
            (*now.nodes, *nodes), (*now.edges, *edges), (*now.comments, *comments), (*now.groups, *groups), now.task
        )
        super().__init__(document, after, QCoreApplication.translate("ModelCommands", "Add component"))


class Remove(Change):
    """Take nodes, edges and comments away; the edges of removed nodes go with them, and groups that are empty then."""

    def __init__(
        self,
        document: GraphDocument,
        node_ids: Iterable[str],
        edges: Iterable[EdgeView] = (),
        comments: Iterable[str] = (),
    ) -> None:
        now, gone, notes = document.state, set(node_ids), set(comments)
        lost = {*edges, *document.edges_of(gone)}
        nodes = tuple(node for node in now.nodes if node.id not in gone)
        after = State(
            nodes,
            tuple(edge for edge in now.edges if edge not in lost),
            tuple(comment for comment in now.comments if comment.id not in notes),
            tuple(kept(now.groups, {node.id for node in nodes})),
            now.task,
        )
        super().__init__(document, after, QCoreApplication.translate("ModelCommands", "Remove"))


class MoveNodes(QUndoCommand):
    """Move nodes and comments; moves of the same ones by arrow keys become one step."""

    def __init__(
        self,
        document: GraphDocument,
        places: Mapping[str, tuple[float, float]],
        comments: Mapping[str, tuple[float, float]] | None = None,
        *,
        merge: bool = False,
    ) -> None:
        super().__init__(QCoreApplication.translate("ModelCommands", "Move"))
        self._document = document
        notes = dict(comments or {})
        self._after = (dict(places), notes)
        self._before = (
            {node_id: (document.nodes[node_id].x, document.nodes[node_id].y) for node_id in places},
            {note: (document.comments[note].x, document.comments[note].y) for note in notes},
        )
        self._merge = merge

    def id(self) -> int:
        return MERGE_MOVES if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, MoveNodes) or [set(part) for part in other._after] != [set(p) for p in self._after]:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        self._move(*self._after)

    def undo(self) -> None:
        self._move(*self._before)

    def _move(self, nodes: Mapping[str, tuple[float, float]], comments: Mapping[str, tuple[float, float]]) -> None:
        for node_id, (x, y) in nodes.items():
            self._document.move_node(node_id, x, y)
        for comment_id, (x, y) in comments.items():
            self._document.move_comment(comment_id, x, y)


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
