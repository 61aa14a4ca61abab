"""What a person does to data: import, export, versions; each one function for `shell.run`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.gui.data.table_dialog import TableChoice
    from engine.changes import Changes
    from engine.workspace import Workspace

    Operation = Callable[[Workspace], tuple[Changes, Any]]


class Progress:
    """How far background work is: written by it, read by the window; `cancel` asks it to stop."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self.text = ""
        self._cancelled = threading.Event()

    def tell(self, fraction: float, text: str = "") -> None:
        """Called by the work."""
        self.fraction, self.text = fraction, text or self.text

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Whether it shall stop."""
        return self._cancelled.is_set()


def import_data(
    path: str, format: str, link: bool, split: str | None, progress: Progress, *, sequence: bool = False, every: int = 1
) -> Operation:
    """Import a folder, a file or an archive; gives the report."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.data.imports import import_data as run

        chosen = "folder" if sequence and format == "auto" and Path(path).is_dir() else format
        options = {"sequence": sequence, "every": every}
        report = run(ws, Path(path), chosen, link, split, progress.tell, progress.cancelled, options)
        return report.changes, report

    return operation


def export_data(out: str, format: str, version: str | None, images: bool, progress: Progress) -> Operation:
    """Write a version, or all as it is now, in a format of other programs; gives the report."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.changes import Changes
        from engine.data.exports import export_data as run

        return Changes(), run(ws, Path(out), format, version, progress.tell, images)

    return operation


def create_version(
    name: str, split: str | None, seed: int, group: str | None, where: str | None, progress: Progress
) -> Operation:
    """Freeze items, annotations and splits under a name; gives the version."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.changes import changed
        from engine.data.versions import create_version as run

        version = run(ws, name, split, seed, group, where, progress.tell)
        return changed(versions=version.id), version

    return operation


def create_table(choice: TableChoice, progress: Progress) -> Operation:
    """Freeze a table as a version; gives the version."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.data.imports import ImportCancelled
        from engine.data.tables import create_table as run

        def tell(fraction: float, text: str) -> None:
            del text  # the window has its own words
            if progress.cancelled():
                raise ImportCancelled
            progress.tell(fraction)

        version = run(ws, choice.name, Path(choice.file), progress=tell, roles=choice.roles, **choice.split)
        return version.changes, version

    return operation
