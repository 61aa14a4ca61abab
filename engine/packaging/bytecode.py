"""Compile Python sources for an image so that it starts fast and comes out the same every time."""

from __future__ import annotations

import importlib.util
import marshal
import sys
from pathlib import PurePosixPath

from engine.packaging.layers import Entry

VERSION = (3, 11)  # of the Python in the image
_TAG = "cpython-311"
_UNCHECKED = (1).to_bytes(4, "little")  # the cache belongs to its source by hash, and nobody checks at start (PEP 552)


def with_bytecode(entries: list[Entry]) -> list[Entry]:
    """The entries, and beside each .py its __pycache__; without it when this program runs on another Python."""
    if sys.version_info[:2] != VERSION:
        return entries
    compiled = []
    for entry in entries:
        if entry.path.endswith(".py") and entry.content is not None:
            source = entry.content if isinstance(entry.content, bytes) else entry.content.read_bytes()
            content = _compiled(source, "/" + entry.path)
            if content is not None:
                path = PurePosixPath(entry.path)
                compiled.append(Entry(str(path.parent / "__pycache__" / f"{path.stem}.{_TAG}.pyc"), content))
    return [*entries, *compiled]


def _compiled(source: bytes, path: str) -> bytes | None:
    try:
        code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError):
        return None  # templates and files for other Pythons
    # Later marshal formats write references by how often an object happens to be in use, which differs between runs;
    # format 2 depends on the values only.
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED + importlib.util.source_hash(source)
    return header + marshal.dumps(code, 2)
