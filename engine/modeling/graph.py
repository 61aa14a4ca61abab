"""The model graph: the document a person draws, and the JSON it is kept as (DESIGN.md §6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import BadInput, UsageError
from engine.modeling.notes import Comment, Group, kept

SCHEMA = 1


@dataclass
class Node:
    """One component of the graph.

    Attributes:
        id: its name in the graph and in the code, a Python identifier.
        type: of the catalogue, "backbone.small"; may be unknown to this program.
        position: of the box in the drawing, px.
        extra: keys of the file that this program does not know; they are kept.
    """

    id: str
    type: str
    version: int = 1
    parameters: dict[str, Any] = field(default_factory=dict)
    position: tuple[float, float] = (0.0, 0.0)
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As in the file."""
        document = {"id": self.id, "type": self.type, "version": self.version, "parameters": self.parameters}
        return {**document, "position": list(self.position), **self.extra}


@dataclass(frozen=True)
class Edge:
    """A connection from an output port of one node to an input port of another."""

    source: str
    output: str
    target: str
    input: str

    def to_json(self) -> dict[str, str]:
        """As in the file."""
        return {"from": f"{self.source}.{self.output}", "to": f"{self.target}.{self.input}"}


@dataclass
class Graph:
    """A named graph of one task ("detection", "classification")."""

    name: str
    task: str
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    recipe: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    _ends: tuple[list[Edge], dict[tuple[str, str], list[Edge]]] = field(
        default_factory=lambda: ([], {}), init=False, repr=False, compare=False
    )  # the edges by what they end at, with the edges that this was made of
    _order: tuple[list[str], list[Edge], list[int]] = field(
        default_factory=lambda: ([], [], []), init=False, repr=False, compare=False
    )  # places of the nodes in order, with the ids and the edges that this was made of

    def node(self, node_id: str) -> Node:
        """The node with that id.

        Raises:
            UsageError: there is none.
        """
        for node in self.nodes:
            if node.id == node_id:
                return node
        known = ", ".join(node.id for node in self.nodes)
        raise UsageError(f"The graph “{self.name}” has no node “{node_id}”; it has {known}.")

    @property
    def ends(self) -> Mapping[tuple[str, str], Sequence[Edge]]:
        """The edges by (node, input port) at which they end, as they are now."""
        if self._ends[0] != self.edges:
            by: dict[tuple[str, str], list[Edge]] = {}
            for edge in self.edges:
                by.setdefault((edge.target, edge.input), []).append(edge)
            self._ends = (list(self.edges), by)
        return self._ends[1]

    def sources(self, node_id: str, port: str) -> list[Edge]:
        """The edges that end at an input port."""
        return list(self.ends.get((node_id, port), ()))

    def in_order(self) -> list[Node]:
        """The nodes, each after all that it takes from; nodes of a cycle come last in their drawn order."""
        ids = [node.id for node in self.nodes]
        if self._order[0] != ids or self._order[1] != self.edges:
            self._order = (ids, list(self.edges), self._places_in_order())
        return [self.nodes[place] for place in self._order[2]]

    def _places_in_order(self) -> list[int]:
        place = {node.id: number for number, node in enumerate(self.nodes)}
        waiting: dict[str, set[str]] = {node: set() for node in place}
        takers: dict[str, set[str]] = {}
        for edge in self.edges:
            if edge.source != edge.target and edge.target in waiting:
                waiting[edge.target].add(edge.source)
                takers.setdefault(edge.source, set()).add(edge.target)
        ordered: list[str] = []
        ready = [node for node in place if not waiting[node]]
        while ready:
            ordered += ready
            behind = set()
            for node in ready:
                for taker in takers.get(node, ()):
                    waiting[taker].discard(node)
                    if not waiting[taker]:
                        behind.add(taker)
            ready = sorted(behind, key=place.__getitem__)
        done = set(ordered)
        return [place[node] for node in ordered] + [at for at, node in enumerate(self.nodes) if node.id not in done]

    def behind(self, node_id: str) -> set[str]:
        """The node and all that take from it, also by way of others."""
        takers: dict[str, list[str]] = {}
        for edge in self.edges:
            takers.setdefault(edge.source, []).append(edge.target)
        seen, waiting = {node_id}, [node_id]
        while waiting:
            new = set(takers.get(waiting.pop(), ())) - seen
            seen |= new
            waiting += new
        return seen

    def with_parameters(self, values: Mapping[str, Any]) -> Graph:
        """A copy in which `{"node.parameter": value}` are set.

        Raises:
            UsageError: a key names no node.
        """
        copy = deepcopy(self)
        for key, value in values.items():
            node, dot, parameter = key.partition(".")
            if not dot:
                raise UsageError(
                    f"“{key}” does not name a parameter; write node.parameter=value, as in train.steps=500."
                )
            copy.node(node).parameters[parameter] = value
        return copy

    def renamed(self, name: str) -> Graph:
        """A copy with another name."""
        return replace(deepcopy(self), name=name)

    def to_json(self) -> dict[str, Any]:
        """The document as it is written to graphs/<name>.json."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "task": self.task,
            "recipe": self.recipe,
            "nodes": [node.to_json() for node in self.nodes],
            "edges": [edge.to_json() for edge in self.edges],
            **({"comments": [comment.to_json() for comment in self.comments]} if self.comments else {}),
            **({"groups": [group.to_json() for group in self.groups]} if self.groups else {}),
            **self.extra,
        }

    def dumps(self) -> str:
        """The document as text."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n"

    @staticmethod
    def from_json(document: Any) -> Graph:
        """Read the document; unknown keys and components are kept.

        Raises:
            BadInput: it is not a graph, or of a later schema.
        """
        if not isinstance(document, dict) or "nodes" not in document:
            raise BadInput("This is not a model graph: it has no list “nodes”.")
        rest = dict(document)
        schema = rest.pop("schema", SCHEMA)
        if schema != SCHEMA:
            raise BadInput(f"The graph has schema {schema}; this program reads schema {SCHEMA}. Update the program.")
        try:
            nodes = [_node(node) for node in rest.pop("nodes")]
            groups = [Group.from_json(group) for group in rest.pop("groups", [])]
            return Graph(
                name=str(rest.pop("name", "graph")),
                task=str(rest.pop("task", "detection")),
                recipe=str(rest.pop("recipe", "")),
                nodes=nodes,
                edges=[_edge(edge) for edge in rest.pop("edges", [])],
                comments=[Comment.from_json(comment) for comment in rest.pop("comments", [])],
                groups=kept(groups, {node.id for node in nodes}),
                extra=rest,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadInput(f"The model graph cannot be read: {error!r}.") from error

    @staticmethod
    def loads(text: str) -> Graph:
        """Read the document from text.

        Raises:
            BadInput: it is not JSON, or not a graph.
        """
        try:
            return Graph.from_json(json.loads(text))
        except ValueError as error:
            raise BadInput(f"The model graph is not valid JSON: {error}.") from error


def chain(steps: Sequence[str]) -> list[Edge]:
    """Edges from lines like "data.samples -> augment.samples"."""
    return [_edge(dict(zip(("from", "to"), (end.strip() for end in step.split("->")), strict=True))) for step in steps]


def _node(document: dict[str, Any]) -> Node:
    rest = dict(document)
    x, y = rest.pop("position", (0.0, 0.0))
    return Node(
        id=str(rest.pop("id")),
        type=str(rest.pop("type")),
        version=int(rest.pop("version", 1)),
        parameters=dict(rest.pop("parameters", {})),
        position=(float(x), float(y)),
        extra=rest,
    )


def _edge(document: dict[str, str]) -> Edge:
    source, output = document["from"].split(".")
    target, port = document["to"].split(".")
    return Edge(source, output, target, port)
