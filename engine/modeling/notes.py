"""What a drawing has besides the model: comments, and groups that fold. None of it changes the code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

COLORS = ("yellow", "green", "blue", "purple", "red", "grey")
LEAST = (96.0, 48.0)  # px that a comment has at least


@dataclass(frozen=True)
class Comment:
    """A note on the canvas.

    Attributes:
        color: one of COLORS; another is kept and drawn as the first.
        extra: keys of the file that this program does not know; they are kept.
    """

    id: str
    text: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 240.0
    height: float = 96.0
    color: str = COLORS[0]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def sized(self, width: float, height: float) -> Comment:
        """A copy of another size, never smaller than LEAST."""
        return replace(self, width=max(LEAST[0], width), height=max(LEAST[1], height))

    def to_json(self) -> dict[str, Any]:
        """As in the file."""
        place = {"position": [self.x, self.y], "size": [self.width, self.height]}
        return {"id": self.id, "text": self.text, **place, "color": self.color, **self.extra}

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Comment:
        """Read one; raises KeyError, TypeError or ValueError when it is none."""
        rest = dict(document)
        x, y = rest.pop("position", (0.0, 0.0))
        width, height = rest.pop("size", (240.0, 96.0))
        name, text, color = str(rest.pop("id")), str(rest.pop("text", "")), str(rest.pop("color", COLORS[0]))
        return Comment(name, text, float(x), float(y), color=color, extra=rest).sized(float(width), float(height))


@dataclass(frozen=True)
class Group:
    """Nodes that are drawn in one frame, or folded as one box; a node is in one group at most."""

    id: str
    title: str
    nodes: tuple[str, ...] = ()
    folded: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As in the file."""
        return {"id": self.id, "title": self.title, "nodes": list(self.nodes), "folded": self.folded, **self.extra}

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Group:
        """Read one; raises KeyError, TypeError or ValueError when it is none."""
        rest = dict(document)
        name, nodes = str(rest.pop("id")), tuple(dict.fromkeys(str(node) for node in rest.pop("nodes")))
        return Group(name, str(rest.pop("title", name)), nodes, bool(rest.pop("folded", False)), rest)


def kept(groups: Iterable[Group], nodes: Collection[str]) -> list[Group]:
    """The groups with only the nodes that are there; a node that is in two stays in the first, an empty one goes."""
    free, found = set(nodes), []
    for group in groups:
        mine = tuple(node for node in group.nodes if node in free)
        free -= set(mine)
        if mine:
            found.append(group if mine == group.nodes else replace(group, nodes=mine))
    return found


def fresh(base: str, taken: Collection[str]) -> str:
    """An id like "note_3" that is free."""
    number = 1
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"
