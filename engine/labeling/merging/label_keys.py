"""What a label is called in all workspaces: its name, below its parent's, as it was when the label was made.

Renaming keeps the key, so that both sides still mean the same label; two laptops that each made a label “dent” mean the same one
too. A second label that is made under a name that was given away has the key “dent#2”.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.data.records import LABEL_COLUMNS, Label, label_from_row
from engine.labeling.log import label_from_json, label_to_json

if TYPE_CHECKING:
    import duckdb


def described(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every label that there is or was: {id, key, record}; `record` is the label as JSON, as it is or last was."""
    now = {label.id: label for label in map(label_from_row, _rows(connection))}
    births, last = _log(connection)
    births = {**now, **births}
    keys = _keys(connection, births)
    return [
        {"id": ident, "key": keys[ident], "record": label_to_json(now.get(ident) or last[ident])}
        for ident in sorted(births)
    ]


def _rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT {LABEL_COLUMNS} FROM label ORDER BY id").fetchall()


def _log(connection: duckdb.DuckDBPyConnection) -> tuple[dict[int, Label], dict[int, Label]]:
    """The first and the last state of each label in the log."""
    births: dict[int, Label] = {}
    last: dict[int, Label] = {}
    rows = connection.execute(
        "SELECT e.before, e.after FROM edit e LEFT JOIN tx t ON t.id = e.tx WHERE e.op = 'label' ORDER BY t.created, e.id"
    ).fetchall()
    for before, after in rows:
        first = label_from_json(before or after)
        births.setdefault(first.id, first)
        last[first.id] = label_from_json(after or before)
    return births, last


def _keys(connection: duckdb.DuckDBPyConnection, births: Mapping[int, Label]) -> dict[int, str]:
    known: dict[int, str] = dict(connection.execute("SELECT label_id, key FROM label_key").fetchall())
    taken = set(known.values())

    def key_of(ident: int, below: frozenset[int] = frozenset()) -> str:
        if ident in known:
            return known[ident]
        label = births[ident]
        parent = label.parent
        path = [] if parent is None or parent not in births or parent in below else [key_of(parent, below | {ident})]
        stem = json.dumps([*path, label.name], ensure_ascii=False)
        key, number = stem, 2
        while key in taken:
            key, number = f"{stem}#{number}", number + 1
        taken.add(key)
        known[ident] = key
        return key

    return {ident: key_of(ident) for ident in sorted(births)}
