"""The drawn document: nodes and edges as plain records. Only undo commands change it; the scene follows its signals."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.gui.modeling.views import EdgeView


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


class GraphDocument(QObject):
    """One model graph while it is being drawn."""

    reset = Signal()
    node_added = Signal(str)
    node_removed = Signal(str)
    node_changed = Signal(str)
    node_moved = Signal(str)
    edge_added = Signal(object)
    edge_removed = Signal(object)
    content_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self.head: dict[str, Any] = {}
        self._nodes: dict[str, NodeRecord] = {}
        self._edges: list[EdgeView] = []

    @property
    def nodes(self) -> Mapping[str, NodeRecord]:
        """All nodes by id."""
        return self._nodes

    @property
    def edges(self) -> tuple[EdgeView, ...]:
        """All connections."""
        return tuple(self._edges)

    def load(
        self, name: str, nodes: Iterable[NodeRecord], edges: Iterable[EdgeView], head: Mapping[str, Any] | None = None
    ) -> None:
        """Show another graph; `head` is what the file says besides nodes and edges, and is kept as it is."""
        self.name = name
        self.head = dict(head or {})
        self._nodes = {node.id: node for node in nodes}
        self._edges = list(edges)
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
