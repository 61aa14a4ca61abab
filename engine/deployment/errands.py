"""Errands that one program leaves for the one that has the workspace open: what a person wants it to do next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.workspace import write_atomically


def leave(path: Path, **errand: Any) -> None:
    """Leave an errand; one that was not taken yet is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(errand).encode())


def take(path: Path) -> dict[str, Any] | None:
    """The errand that lies there, which is gone then; None where there is none, or none that can be read."""
    try:
        errand = json.loads(path.read_text("utf-8"))
        path.unlink()
    except (OSError, ValueError):
        return None
    return errand if isinstance(errand, dict) else None
