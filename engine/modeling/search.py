"""Finding in a drawing: by id, title, parameter, value, comment or group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from engine.modeling.catalogue import component
from engine.modeling.graph import Graph, Node


@dataclass(frozen=True)
class Hit:
    """One place where it was found; `text` is what has it."""

    kind: Literal["node", "comment", "group"]
    id: str
    text: str


def find(graph: Graph, text: str, language: str = "en") -> list[Hit]:
    """Each node, group and comment that has all words of `text`, whatever their case; none for no words.

    `name=value` finds a parameter with exactly this value.
    """
    words = text.casefold().split()
    if not words:
        return []
    found = [Hit("node", node.id, line) for node in graph.nodes if (line := _first(_lines(node, language), words))]
    found += [Hit("group", group.id, group.title) for group in graph.groups if _has(group.title, words)]
    return found + [Hit("comment", note.id, note.text) for note in graph.comments if _has(note.text, words)]


def _first(lines: Iterator[str], words: list[str]) -> str:
    return next((line for line in lines if _has(line, words)), "")


def _has(line: str, words: list[str]) -> bool:
    text = line.casefold()
    parts = set(text.replace(" = ", "=").split())
    return all(word in parts if "=" in word else word in text for word in words)


def _lines(node: Node, language: str) -> Iterator[str]:
    """What can be found of a node: its names, then each parameter with its value."""
    found = component(node.type)
    yield node.id
    if found is None:
        yield node.type
    else:
        yield found.title.of(language)
        yield f"{node.type} {found.title.en}"
    fields = found.Parameters.model_fields if found is not None else {}
    for name, value in {**(found.defaults() if found is not None else {}), **node.parameters}.items():
        title = _title(fields.get(name), language)
        yield f"{name} = {value}" + (f" ({title})" if title else "")


def _title(field: Any, language: str) -> str:
    if field is None:
        return ""
    chinese = (field.json_schema_extra or {}).get("title_zh", "") if language.startswith("zh") else ""
    return str(chinese or field.title or "")
