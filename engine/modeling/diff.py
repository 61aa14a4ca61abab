"""What differs between two drawings: nodes, parameters and edges. Places, comments and groups are no difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.modeling.catalogue import component
from engine.modeling.graph import Edge, Graph, Node

Values = Mapping[str, tuple[Any, Any]]
ABSENT = "—"


@dataclass(frozen=True)
class NodeChange:
    """A node that both drawings have, otherwise than before.

    Attributes:
        types: its component before and after.
        parameters: (before, after) of those that differ; None where there is no such parameter.
    """

    id: str
    types: tuple[str, str]
    parameters: Values

    def lines(self) -> list[str]:
        """Each difference as "name: before → after"."""
        of_type = [f"component: {self.types[0]} → {self.types[1]}"] if self.types[0] != self.types[1] else []
        return of_type + [f"{name}: {_told(old)} → {_told(new)}" for name, (old, new) in self.parameters.items()]


@dataclass(frozen=True)
class Difference:
    """From one drawing to another; `task` only where it differs."""

    task: tuple[str, str] | None = None
    added: list[Node] = field(default_factory=list)
    removed: list[Node] = field(default_factory=list)
    changed: list[NodeChange] = field(default_factory=list)
    edges_added: list[Edge] = field(default_factory=list)
    edges_removed: list[Edge] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether both say the same model."""
        return self == Difference()

    def to_json(self) -> dict[str, Any]:
        """As `model diff --json` prints it."""
        return {
            "same": self.same,
            "task": list(self.task) if self.task else None,
            "added": [node.to_json() for node in self.added],
            "removed": [node.to_json() for node in self.removed],
            "changed": [
                {
                    "id": change.id,
                    "type": list(change.types),
                    "parameters": {name: list(values) for name, values in change.parameters.items()},
                }
                for change in self.changed
            ],
            "edges_added": [edge.to_json() for edge in self.edges_added],
            "edges_removed": [edge.to_json() for edge in self.edges_removed],
        }

    def lines(self) -> list[str]:
        """One line each, with + for added, - for removed, ~ for changed."""
        told = [f"~ task: {self.task[0]} → {self.task[1]}"] if self.task else []
        told += [f"+ {node.id} ({node.type})" for node in self.added]
        told += [f"- {node.id} ({node.type})" for node in self.removed]
        told += [f"~ {change.id}: {', '.join(change.lines())}" for change in self.changed]
        for sign, edges in (("+", self.edges_added), ("-", self.edges_removed)):
            told += [f"{sign} {edge.source}.{edge.output} → {edge.target}.{edge.input}" for edge in edges]
        return told


def difference(before: Graph, after: Graph) -> Difference:
    """What was done to `before` to get `after`; nodes are the same when their ids are, defaults count as written out."""
    old, new = {node.id: node for node in before.nodes}, {node.id: node for node in after.nodes}
    edges_before, edges_after = set(before.edges), set(after.edges)
    changes = [_change(old[name], node) for name, node in new.items() if name in old]
    return Difference(
        (before.task, after.task) if before.task != after.task else None,
        [node for name, node in new.items() if name not in old],
        [node for name, node in old.items() if name not in new],
        [change for change in changes if change.lines()],
        [edge for edge in after.edges if edge not in edges_before],
        [edge for edge in before.edges if edge not in edges_after],
    )


def _change(old: Node, new: Node) -> NodeChange:
    before, after = _values(old), _values(new)
    names = dict.fromkeys([*before, *after])
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return NodeChange(old.id, (old.type, new.type), {name: both for name, both in pairs.items() if both[0] != both[1]})


def _values(node: Node) -> dict[str, Any]:
    found = component(node.type)
    return {**(found.defaults() if found is not None else {}), **node.parameters}


def _told(value: Any) -> str:
    return ABSENT if value is None else f"{value:g}" if isinstance(value, float) else str(value)
