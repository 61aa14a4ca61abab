"""Which workspaces a person knows on this machine: made here, or allowed to run what they bring without being told to.

A workspace holds code (of drawings, components and runs) and jobs that wait. Of one that comes from somebody else none of
that starts by being opened or looked at; what a person orders runs as everywhere. That a workspace is known stands outside
of it, by its id and its folder, so that no copy can say it of itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.errors import LinesideError, WorkspaceError


class Known(Protocol):
    """What is asked of a workspace."""

    @property
    def path(self) -> Path:
        """Its folder."""
        ...

    @property
    def id(self) -> str:
        """What its workspace.toml calls it."""
        ...


@dataclass(frozen=True)
class Folder:
    """A workspace that is not open."""

    path: Path
    id: str

    @staticmethod
    def of(path: Path) -> Folder:
        """Read its id.

        Raises:
            WorkspaceError: its workspace.toml cannot be read.
        """
        try:
            return Folder(path, str(tomllib.loads((path / "workspace.toml").read_text("utf-8"))["id"]))
        except (OSError, ValueError, KeyError) as error:
            raise WorkspaceError(f"The file {path / 'workspace.toml'} cannot be read ({error}).") from error


class NotAllowed(LinesideError):
    """A workspace from elsewhere would run code of its own without having been told to."""


def is_familiar(workspace: Known) -> bool:
    """Whether it was made or allowed here by this person."""
    return _mark(workspace).is_file()


def make_familiar(workspace: Known) -> None:
    """Allow it, until it lies elsewhere; harmless where it is allowed already."""
    mark = _mark(workspace)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps({"id": workspace.id, "path": str(workspace.path.resolve())}), "utf-8")


def note_made(workspace: Known) -> None:
    """One that was made here is known; where nothing can be kept, it is asked about later."""
    with contextlib.suppress(OSError):
        make_familiar(workspace)


def need_familiar(workspace: Known, what: str) -> None:
    """Let nothing of a workspace from elsewhere run by itself.

    Args:
        what: would run, as the beginning of a sentence.

    Raises:
        NotAllowed: the workspace is not known here.
    """
    if not is_familiar(workspace):
        raise NotAllowed(
            f"{what} runs only once you allow it: the workspace {workspace.path} was made elsewhere, and what it runs"
            " can do what you can. Allow it if you know who it comes from.",
            fix="lineside allow",
        )


def _mark(workspace: Known) -> Path:
    called = f"{workspace.id}\n{workspace.path.resolve()}"
    return _folder() / hashlib.sha256(called.encode("utf-8", "surrogateescape")).hexdigest()


def _folder() -> Path:
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "lineside" / "workspaces"
