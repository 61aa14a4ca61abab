"""Keys that a person has changed: kept in the settings, put over the built-in ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from app.gui.labeling.actions import Entry

if TYPE_CHECKING:
    from app.gui.shell.settings import Settings
    from engine.data.records import Label

SETTING = "labeling/keys"
WINDOW = "window"  # stands for the window, which has keys of its own on every page
WINDOW_KEYS = (*(f"Ctrl+{number}" for number in range(1, 8)), "Ctrl+K", "Ctrl+B", "Ctrl+J", "Ctrl+,", "Ctrl+O", "F1")


def own_keys(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The keys that differ from the built-in ones, by action."""
    try:
        found = json.loads(str(settings.value(SETTING, "{}")))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): tuple(map(str, keys)) for name, keys in found.items() if isinstance(keys, list)}


def keep(settings: Settings, keys: dict[str, tuple[str, ...]]) -> None:
    """Remember them."""
    settings.set_value(SETTING, json.dumps({name: list(own) for name, own in sorted(keys.items())}))


def customised(settings: Settings, entries: Iterable[Entry]) -> list[Entry]:
    """The actions with the person's keys."""
    own = own_keys(settings)
    return [replace(entry, keys=own[entry.name]) if entry.name in own else entry for entry in entries]


def conflicts(
    entries: Sequence[Entry], labels: Sequence[Label] = (), label_keys: dict[int, str] | None = None
) -> dict[str, list[str]]:
    """For each action that shares a key the others that have it; labels are named “label:ID”, the
    window is `WINDOW`."""
    holders: dict[str, list[str]] = {normal(key): [WINDOW] for key in WINDOW_KEYS}
    for entry in entries:
        for key in entry.keys:
            holders.setdefault(normal(key), []).append(entry.name)
    for one in labels:
        key = (label_keys or {}).get(one.id, one.shortcut)
        if key:
            holders.setdefault(normal(key), []).append(f"label:{one.id}")
    found: dict[str, list[str]] = {}
    for key, names in holders.items():
        longer = [other for text, mates in holders.items() if text.startswith(f"{key}, ") for other in mates]
        for name in names:
            others = [other for other in (*names, *longer) if other != name]
            if others:
                found.setdefault(name, []).extend(others)
        for name in longer:
            found.setdefault(name, []).extend(names)
    return {name: list(dict.fromkeys(others)) for name, others in found.items() if name != WINDOW}


def normal(key: str) -> str:
    """A key as Qt writes it, so that equal keys are equal text."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def shown(key: str) -> str:
    """A key as people read it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
