"""Branches of labels: a second opinion, or an experiment with the schema, beside the work that goes on.

A branch is a workspace of its own below branches/NAME, with a copy of the store and the same image files (hard links). It has
a writer's number of its own, so it is compared and merged like any other workspace.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.records import ANNOTATION_COLUMNS, Annotation, annotation_from_row
from engine.errors import UsageError, WorkspaceError
from engine.labeling.merging import label_keys
from engine.labeling.merging.merge import MergeReport, merge
from engine.labeling.merging.resolve import fields_of
from engine.labeling.merging.snapshot import reading
from engine.workspace import SETTINGS, Workspace, write_atomically

if TYPE_CHECKING:
    import duckdb

FOLDER = "branches"
_HERE_ONLY = ("dataset_version", "model", "evaluation", "artifact", "release", "job", "queue")  # their files stay here


@dataclass(frozen=True)
class Branch:
    """A branch: a workspace of its own."""

    name: str
    path: Path
    created: datetime


@dataclass(frozen=True)
class ItemDifference:
    """How the annotations of one item differ.

    Attributes:
        changed: pairs (here, there) of the same shape, or of two that cover each other.
    """

    item_id: int
    item: str
    only_here: tuple[Annotation, ...]
    only_there: tuple[Annotation, ...]
    changed: tuple[tuple[Annotation, Annotation], ...]


@dataclass
class Comparison:
    """Two workspaces side by side; label ids are those of here."""

    same: int = 0
    items: list[ItemDifference] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Annotations by what became of them, and the items that differ."""
        return {
            "same": self.same,
            "changed": sum(len(item.changed) for item in self.items),
            "only_here": sum(len(item.only_here) for item in self.items),
            "only_there": sum(len(item.only_there) for item in self.items),
            "items": len(self.items),
        }


def create(ws: Workspace, name: str) -> Branch:
    """Make a branch of what is here now.

    Raises:
        UsageError: the name is taken or cannot be a folder's.
        WorkspaceError: it could not be written.
    """
    if not re.fullmatch(r"[\w][\w .-]{0,60}", name) or name.endswith((".", " ")):
        raise UsageError(f"“{name}” cannot be the name of a branch; use letters, digits, spaces, - and _.")
    target = ws.path / FOLDER / name
    if target.exists():
        raise UsageError(f"There is a branch “{name}” already; choose another name.")
    partial = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        partial.mkdir(parents=True)
        _link_files(ws.path / "media", partial / "media")
        _copy_store(ws, partial / "store.duckdb")
        label = f"{ws.name} · {name}"
        settings = {"id": uuid.uuid4().hex, "name": label, "branch_of": ws.id}
        lines = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items())
        write_atomically(partial / SETTINGS, lines.encode())
        partial.rename(target)
    except OSError as error:
        raise WorkspaceError(f"The branch {target} could not be made: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return _branch(target)


def branches(ws: Workspace) -> list[Branch]:
    """The branches of a workspace by name."""
    folder = ws.path / FOLDER
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [_branch(path) for path in found if not path.name.startswith(".") and (path / SETTINGS).is_file()]


def branch(ws: Workspace, name: str) -> Branch:
    """One branch by its name.

    Raises:
        UsageError: there is none.
    """
    known = branches(ws)
    found = next((entry for entry in known if entry.name == name), None)
    if found is None:
        names = ", ".join(entry.name for entry in known) or "there are none yet"
        raise UsageError(f"There is no branch “{name}”; branches: {names}.")
    return found


def trunk(path: Path) -> Path | None:
    """The workspace that a branch belongs to; None when `path` is no branch."""
    if path.parent.name != FOLDER or not (path.parent.parent / SETTINGS).is_file():
        return None
    settings = tomllib.loads((path / SETTINGS).read_text("utf-8"))
    return path.parent.parent if settings.get("branch_of") else None


def merge_branch(ws: Workspace, name: str, progress: Callable[[float, str], None] = lambda *_: None) -> MergeReport:
    """Take what was done in a branch into this workspace; the branch stays."""
    return merge(ws, branch(ws, name).path, progress)


def remove(ws: Workspace, name: str, *, unmerged: bool = False) -> int:
    """Remove a branch; returns how many of its edits go with it.

    Raises:
        UsageError: it has edits that were not merged, and `unmerged` does not say that they may go.
        WorkspaceBusy: a running program has it open.
    """
    chosen = branch(ws, name)
    with reading(chosen.path) as connection:
        known = {edit for (edit,) in ws.query("SELECT id FROM edit")}
        own = sum(edit not in known for (edit,) in connection.execute("SELECT id FROM edit").fetchall())
    if own and not unmerged:
        raise UsageError(
            f"The branch “{name}” has {own:,} edits that were not merged; merge it first, or remove it with what is in it."
        )
    gone = chosen.path.with_name(f".{uuid.uuid4().hex}.gone")
    chosen.path.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
    return own


def compare(ws: Workspace, other: Path, iou: float = 0.5) -> Comparison:
    """How the annotations of another workspace differ from those here, item by item.

    The same shape is known by its number; others are matched where they cover each other at least by `iou`. Items that only one
    side has are left out.
    """
    with reading(other) as connection:
        ours = {entry["key"]: entry["id"] for entry in label_keys.described(ws.cursor())}
        theirs = label_keys.described(connection)
        fresh = {e["key"]: -place for place, e in enumerate(theirs, 1) if e["key"] not in ours}
        labels = {entry["id"]: ours.get(entry["key"]) or fresh[entry["key"]] for entry in theirs}
        here, there = _by_item(ws.cursor(), None), _by_item(connection, labels)
    found = Comparison()
    for key in sorted(here.keys() & there.keys(), key=lambda key: here[key][0]):
        ident, name, height, shapes = here[key]
        same, difference = _difference((ident, name), shapes, there[key][3], height, iou)
        found.same += same
        if difference is not None:
            found.items.append(difference)
    return found


def _difference(
    item: tuple[int, str], a: dict[int, Annotation], b: dict[int, Annotation], height: int, iou: float
) -> tuple[int, ItemDifference | None]:
    both = a.keys() & b.keys()
    changed = [(a[i], b[i]) for i in sorted(both) if fields_of(a[i]) != fields_of(b[i])]
    rest_a, rest_b = [a[i] for i in sorted(a.keys() - both)], [b[i] for i in sorted(b.keys() - both)]
    same = len(both) - len(changed)
    if rest_a and rest_b:
        from engine.labeling.overlap import iou_matrix, match

        pairs = match(iou_matrix(rest_a, rest_b, height), iou)
        for row, column in pairs:
            if fields_of(rest_a[row]) == fields_of(rest_b[column]):
                same += 1
            else:
                changed.append((rest_a[row], rest_b[column]))
        rest_a = [shape for row, shape in enumerate(rest_a) if row not in {r for r, _ in pairs}]
        rest_b = [shape for column, shape in enumerate(rest_b) if column not in {c for _, c in pairs}]
    if not (changed or rest_a or rest_b):
        return same, None
    return same, ItemDifference(*item, tuple(rest_a), tuple(rest_b), tuple(changed))


def _by_item(
    connection: duckdb.DuckDBPyConnection, labels: dict[int, int] | None
) -> dict[Any, tuple[int, str, int, dict[int, Annotation]]]:
    """Items by their key: id, name, height in px, and annotations by id."""
    items = connection.execute("SELECT id, key, digest, page, name, height FROM item").fetchall()
    found: dict[Any, tuple[int, str, int, dict[int, Annotation]]] = {
        (key, digest, page): (ident, name, height or 0, {}) for ident, key, digest, page, name, height in items
    }
    by_id: dict[int, dict[int, Annotation]] = {entry[0]: entry[3] for entry in found.values()}
    rows = connection.execute(f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE origin <> 'model'").fetchall()
    for row in rows:
        shape = annotation_from_row(row)
        if shape.item_id in by_id:
            known = labels.get(shape.label_id, 0) if labels is not None else shape.label_id
            by_id[shape.item_id][shape.id] = shape.with_(label_id=known)
    return found


def _branch(path: Path) -> Branch:
    return Branch(path.name, path, datetime.fromtimestamp((path / SETTINGS).stat().st_mtime).astimezone())


def _copy_store(ws: Workspace, target: Path) -> None:
    import duckdb

    with ws._write:
        ws.cursor().execute("FORCE CHECKPOINT")
        shutil.copyfile(ws.path / "store.duckdb", target)
    with duckdb.connect(str(target)) as copied:
        for table in _HERE_ONLY:
            copied.execute(f"DELETE FROM {table}")


def _link_files(source: Path, target: Path) -> None:
    """The same files at another place: content-addressed files never change, so links are as good as copies."""
    target.mkdir(parents=True, exist_ok=True)
    for folder in source.iterdir():
        if folder.is_dir() and len(folder.name) == 2:
            (target / folder.name).mkdir()
            for file in folder.iterdir():
                if file.name.startswith("."):
                    continue
                try:
                    os.link(file, target / folder.name / file.name)
                except OSError:  # another file system, or one without links
                    shutil.copyfile(file, target / folder.name / file.name)
