"""Looks for what must lie nowhere: in files, in what is packed in them, in the tables of a store, in what was written on a box."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.workspace import Workspace


def holding(folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """Files below a folder that hold a secret, and which; what gzip has packed is unpacked first."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            contents = [content, _unpacked(content)] if content[:2] == b"\x1f\x8b" else [content]
            for name, secret in secrets.items():
                if any(secret.encode() in one for one in contents):
                    found[path.relative_to(folder).as_posix()] = name
    return found


def told_in_store(workspace: Workspace, secrets: Mapping[str, str]) -> dict[str, str]:
    """Tables of a workspace's store that hold a secret, which the file itself may hold packed."""
    tables = [str(row[0]) for row in workspace.query("SELECT table_name FROM duckdb_tables()")]
    texts = {table: repr(workspace.query(f"SELECT * FROM {duckdb_name(table)}")) for table in tables}
    return {table: name for table, text in texts.items() for name, secret in secrets.items() if secret in text}


def told(texts: Iterable[Any], secrets: Mapping[str, str]) -> list[str]:
    """Which secrets were told in what was printed or logged."""
    whole = "\n".join(map(str, texts))
    return [name for name, secret in secrets.items() if secret in whole]


def on_box(box: Any, secrets: Mapping[str, str]) -> dict[str, str]:
    """Files of a running box that hold a secret, wherever they are but in what the kernel shows."""
    found = {}
    for name, secret in secrets.items():
        lines = box.run(
            f"find / -xdev \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o -type f -exec grep -lF -- '{secret}' {{}} + ;"
            f" find /data -type f -exec grep -lF -- '{secret}' {{}} + || true"
        )
        found |= dict.fromkeys(lines.split(), name)
    return found


def duckdb_name(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'


def _unpacked(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError):
        return b""
