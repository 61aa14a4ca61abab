"""Merging another workspace, or a bundle of its edits, into this one: media first, then everything in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.journal import Journal
from engine.data.media import digest_of
from engine.errors import BadInput
from engine.labeling import heads
from engine.labeling.log import KEPT
from engine.labeling.merging import deriving, incoming
from engine.labeling.merging.snapshot import Snapshot, of_workspace

if TYPE_CHECKING:
    from engine.workspace import Workspace

Progress = Callable[[float, str], None]


@dataclass
class MergeReport:
    """What came, and what has to be chosen.

    Attributes:
        annotations: imported or predicted ones that were not here; drawn ones come as edits.
        together: annotations that both sides changed without contradiction.
        conflicts: annotations of which both versions wait for a choice.
        notes: what else a person should know, in words.
        backup: the copy of the store as it was before; None when nothing came.
    """

    name: str
    items: int = 0
    labels: int = 0
    edits: int = 0
    annotations: int = 0
    media: int = 0
    together: int = 0
    conflicts: int = 0
    notes: list[str] = field(default_factory=list)
    backup: Path | None = None
    changes: Changes = field(default_factory=Changes)

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        names = ("name", "items", "labels", "edits", "annotations", "media", "together", "conflicts", "notes")
        return {name: getattr(self, name) for name in names} | {"backup": str(self.backup) if self.backup else None}


def merge(ws: Workspace, other: Path | str, progress: Progress = lambda *_: None) -> MergeReport:
    """Take in all that another workspace's folder, or a bundle file, knows. Doing it again changes nothing.

    What is here is never lost: the edits of both sides are kept, and contradicting ones wait for a choice (see `conflicts`).
    The store is backed up before, and the merge is one transaction: all of it, or nothing.

    Raises:
        BadInput: the bundle is damaged or forged; nothing was merged.
        WorkspaceBusy: the other workspace is open in a running program.
        NotAWorkspace: there is neither.
    """
    path = Path(other).expanduser().absolute()
    if path.resolve() == ws.path.resolve():
        raise BadInput(f"{path} is the open workspace itself; name another one.")
    progress(0.0, "Reading")
    if path.is_file():
        from engine.labeling.merging.bundle import opened

        with Journal(ws) as journal, opened(path, journal.scratch()) as snapshot:
            return merge_snapshot(ws, snapshot, progress, journal)
    with Journal(ws) as journal, of_workspace(path) as snapshot:
        return merge_snapshot(ws, snapshot, progress, journal)


def merge_snapshot(ws: Workspace, other: Snapshot, progress: Progress, journal: Journal) -> MergeReport:
    """Merge what was read."""
    from engine import store

    report = MergeReport(other.name)
    missing = _take_media(ws, other, journal, report, progress)
    progress(0.5, "Backing up")
    with ws._write:
        if _brings_something(ws, other):  # else the backups that are kept would soon all be of today
            report.backup = store.back_up(ws.cursor(), ws.path / "store.duckdb", ws.path / "backups")
        progress(0.6, "Putting together")
        try:
            with ws.transaction(f"Merge {other.name}") as tx:
                brought = incoming.bring(ws, tx, other, missing)
                report.together, report.conflicts = deriving.shapes(tx, brought.shapes)
                deriving.records(tx, KEPT["review"], "review", brought.reviews)
                deriving.records(tx, KEPT["comment"], "comment", brought.comments)
                report.notes += deriving.labels(tx)
        finally:  # also where the disk complained after it was kept
            heads.forget(ws)
    journal.keep()
    report.items, report.labels, report.edits = brought.items, brought.labels, brought.edits
    report.annotations = brought.annotations
    report.notes += _notes(brought, missing)
    report.changes = Changes(everything=True)
    progress(1.0, "Done")
    return report


def _brings_something(ws: Workspace, other: Snapshot) -> bool:
    cursor = ws.cursor()
    known = {
        "edit": "SELECT id FROM edit",
        "annotation": "SELECT id FROM annotation UNION ALL SELECT id FROM alias UNION ALL SELECT annotation_id FROM edit",
        "item": "SELECT key AS id FROM item",
    }
    for name, query in known.items():
        cursor.register("theirs", other.tables[name])
        try:
            column = "key" if name == "item" else "id"
            if cursor.execute(f"SELECT 1 FROM theirs t ANTI JOIN ({query}) o ON o.id = t.{column} LIMIT 1").fetchall():
                return True
        finally:
            cursor.unregister("theirs")
    return False


def _take_media(ws: Workspace, other: Snapshot, journal: Journal, report: MergeReport, progress: Progress) -> set[str]:
    """Copy and check the image files that are not here; returns the digests of those that did not come along."""
    ours = {digest for (digest,) in ws.query("SELECT DISTINCT digest FROM item WHERE link IS NOT NULL")}
    items = other.tables["item"].select(["digest"]).to_pylist()
    wanted = [d for d in dict.fromkeys(item["digest"] for item in items) if d and d not in ours and not ws.media.has(d)]
    missing: set[str] = set()
    for number, digest in enumerate(wanted):
        source = other.media(digest)
        if source is None:
            missing.add(digest)
        elif digest_of(source) != digest:
            missing.add(digest)
            report.notes.append(f"The image file {digest[:12]}… is damaged there and was not taken.")
        else:
            journal.adds(digest)
            ws.media.add_file(source, digest)
            report.media += 1
        if number % 16 == 0:
            progress(0.05 + 0.45 * number / len(wanted), f"{number:,} of {len(wanted):,} images")
    ws.media.sync()
    return missing


def _notes(brought: incoming.Brought, missing: set[str]) -> list[str]:
    notes = []
    if missing:
        notes.append(
            f"{len(missing):,} image files did not come along; their items are here without a picture until a workspace or a"
            " bundle with media is merged."
        )
    if brought.left_out:
        notes.append(
            f"{brought.left_out:,} edits are of images that were removed on both sides; they are kept, and count when the"
            " image comes back."
        )
    return notes
