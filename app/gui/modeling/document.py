"""The drawn document: nodes and edges as plain records. Only undo commands change it; the scene follows its signals."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.gui.modeling.views import EdgeView
from engine.modeling.notes import Comment, Group


@dataclass(frozen=True)
class NodeRecord:
    """One node of the document, as it is saved; `extra` is what a later version of the program wrote."""

    id: str
    type: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    x: float = 0.0
    y: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """All of a document at one moment."""

    nodes: tuple[NodeRecord, ...] = ()
    edges: tuple[EdgeView, ...] = ()
    comments: tuple[Comment, ...] = ()
    groups: tuple[Group, ...] = ()
    task: str = ""


class GraphDocument(QObject):
    """One model graph while it is being drawn."""

    reset = Signal()
    node_added = Signal(str)
    node_removed = Signal(str)
    node_changed = Signal(str)
    node_moved = Signal(str)
    edge_added = Signal(object)
    edge_removed = Signal(object)
    comment_changed = Signal(str)  # or added, or removed
    group_changed = Signal(str)
    content_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self.head: dict[str, Any] = {}
        self._nodes: dict[str, NodeRecord] = {}
        self._edges: list[EdgeView] = []
        self._comments: dict[str, Comment] = {}
        self._groups: dict[str, Group] = {}

    @property
    def nodes(self) -> Mapping[str, NodeRecord]:
        """All nodes by id."""
        return self._nodes

    @property
    def edges(self) -> tuple[EdgeView, ...]:
        """All connections."""
        return tuple(self._edges)

    @property
    def comments(self) -> Mapping[str, Comment]:
        """All comments by id."""
        return self._comments

    @property
    def groups(self) -> Mapping[str, Group]:
        """All groups by id."""
        return self._groups

    def group_of(self, node_id: str) -> Group | None:
        """The group that a node is in."""
        return next((group for group in self._groups.values() if node_id in group.nodes), None)

    @property
    def state(self) -> State:
        """All of it, as it is now."""
        parts = (self._nodes.values(), self._edges, self._comments.values(), self._groups.values())
        nodes, edges, comments, groups = map(tuple, parts)
        return State(nodes, edges, comments, groups, str(self.head.get("task", "")))

    def load(
        self,
        name: str,
        nodes: Iterable[NodeRecord],
        edges: Iterable[EdgeView],
        head: Mapping[str, Any] | None = None,
        comments: Iterable[Comment] = (),
        groups: Iterable[Group] = (),
    ) -> None:
        """Show another graph; `head` is what the file says besides what is drawn, and is kept as it is."""
        self.name = name
        self.head = dict(head or {})
        self._nodes = {node.id: node for node in nodes}
        self._edges = list(edges)
        self._comments = {comment.id: comment for comment in comments}
        self._groups = {group.id: group for group in groups}
        self.reset.emit()
        self.content_changed.emit()

    def fresh_id(self, type_name: str, taken: Collection[str] = (), wish: str = "") -> str:
        """An id for a new node, made from its type or from a wish: "neck", "neck_2"."""
        base = re.sub(r"_\d+$", "", wish) or type_name.removeprefix("layer.").split(".", 1)[0] or "node"
        base = base if base.isidentifier() and not keyword.iskeyword(base) else "node"
        number = 2
        name = base
        while name in self._nodes or name in taken:
            name = f"{base}_{number}"
            number += 1
        return name

    def edges_of(self, node_ids: Iterable[str]) -> list[EdgeView]:
        """The connections that touch any of the nodes."""
        ids = set(node_ids)
        return [edge for edge in self._edges if edge.source in ids or edge.target in ids]

    def edges_into(self, node_id: str, port: str) -> list[EdgeView]:
        """What is connected to one input."""
        return [edge for edge in self._edges if edge.target == node_id and edge.target_port == port]

    def add_node(self, node: NodeRecord) -> None:
        """For commands."""
        self._nodes[node.id] = node
        self.node_added.emit(node.id)
        self.content_changed.emit()

    def remove_node(self, node_id: str) -> None:
        """For commands; its edges have to be gone already."""
        del self._nodes[node_id]
        self.node_removed.emit(node_id)
        self.content_changed.emit()

    def move_node(self, node_id: str, x: float, y: float) -> None:
        """For commands."""
        self._nodes[node_id] = replace(self._nodes[node_id], x=x, y=y)
        self.node_moved.emit(node_id)

    def set_parameters(self, node_id: str, parameters: Mapping[str, Any]) -> None:
        """For commands."""
        self._nodes[node_id] = replace(self._nodes[node_id], parameters=dict(parameters))
        self.node_changed.emit(node_id)
        self.content_changed.emit()

    def replace_node(self, node: NodeRecord) -> None:
        """For commands: another component under the same id; edges that do not fit it have to be gone already."""
        self._nodes[node.id] = node
        self.node_changed.emit(node.id)
        self.content_changed.emit()

    def add_edge(self, edge: EdgeView) -> None:
        """For commands."""
        self._edges.append(edge)
        self.edge_added.emit(edge)
        self.content_changed.emit()

    def remove_edge(self, edge: EdgeView) -> None:
        """For commands."""
        self._edges.remove(edge)
        self.edge_removed.emit(edge)
        self.content_changed.emit()

    def become(self, state: State) -> None:
        """For commands: change to another state, telling only what differs."""
        old_nodes, old_edges = self._nodes, self._edges
        old_comments, old_groups, old_task = self._comments, self._groups, self.head.get("task", "")
        nodes = {node.id: node for node in state.nodes}
        before, after = set(old_edges), set(state.edges)
        self.head = {**self.head, "task": state.task}
        self._edges = [edge for edge in old_edges if edge in after]
        for edge in old_edges:
            if edge not in after:
                self.edge_removed.emit(edge)
        self._nodes = dict(old_nodes)
        for name in old_nodes.keys() - nodes.keys():
            del self._nodes[name]  # each with its word: whoever hears of one may still ask for the others
            self.node_removed.emit(name)
        self._nodes = nodes
        for name in nodes:
            if name not in old_nodes:
                self.node_added.emit(name)
        differing = [name for name, node in nodes.items() if name in old_nodes and node != old_nodes[name]]
        moved = {name for name in differing if _same_content(nodes[name], old_nodes[name])}
        for name in differing:
            (self.node_moved if name in moved else self.node_changed).emit(name)
        self._edges = list(state.edges)
        for edge in self._edges:
            if edge not in before:
                self.edge_added.emit(edge)
        self._comments = {comment.id: comment for comment in state.comments}
        self._groups = {group.id: group for group in state.groups}
        for name in _unlike(old_groups, self._groups):
            self.group_changed.emit(name)
        for name in _unlike(old_comments, self._comments):
            self.comment_changed.emit(name)
        content = old_nodes.keys() != nodes.keys() or set(differing) != moved or before != after
        if content or old_task != state.task:
            self.content_changed.emit()

    def move_comment(self, comment_id: str, x: float, y: float) -> None:
        """For commands."""
        self._comments[comment_id] = replace(self._comments[comment_id], x=x, y=y)
        self.comment_changed.emit(comment_id)


def _same_content(one: NodeRecord, other: NodeRecord) -> bool:
    return replace(one, x=other.x, y=other.y) == other


def _unlike(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The names of what was added, removed or changed."""
    return [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
