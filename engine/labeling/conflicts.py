"""Annotations that two sides changed differently: both versions wait here until a person chooses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.changes import Changes
from engine.data.records import Annotation, annotation_from_json
from engine.errors import UsageError
from engine.labeling import log, tracks
from engine.labeling.log import Step
from engine.labeling.merging import resolve

if TYPE_CHECKING:
    from engine.workspace import Workspace

BOTH, MINE, THEIRS = "both", "mine", "theirs"


@dataclass(frozen=True)
class Version:
    """One side of a conflict.

    Attributes:
        state: None: this side removed the shape.
        at: in the local time zone.
        mine: made in this workspace.
    """

    edit: int
    state: Annotation | None
    author: str
    at: datetime
    action: str
    mine: bool


@dataclass(frozen=True)
class Conflict:
    """A shape with several newest versions; the one that is shown for now comes first."""

    annotation_id: int
    item_id: int
    item: str
    versions: tuple[Version, ...]

    def version(self, side: str) -> Version | None:
        """The version of one side, "mine" or "theirs"; None when that side has none of its own."""
        return next((version for version in self.versions if version.mine == (side == MINE)), None)


def conflicts(ws: Workspace, item_id: int | None = None) -> list[Conflict]:
    """What waits for a choice, by item; of one item or of all."""
    where, values = ("AND c.item_id = ?", [item_id]) if item_id is not None else ("", [])
    rows = ws.query(
        "SELECT c.subject, c.item_id, i.name, c.heads FROM conflict c JOIN item i ON i.id = c.item_id"
        f" WHERE c.open AND c.op = 'annotation' {where} ORDER BY c.item_id, c.subject",
        values,
    )
    versions = _versions(ws, [edit for *_, heads in rows for edit in heads])
    return [
        Conflict(subject, item, name, tuple(versions[edit] for edit in heads if edit in versions))
        for subject, item, name, heads in rows
    ]


def counts(ws: Workspace) -> dict[int, int]:
    """How many conflicts each item has; items without any are left out."""
    return dict(
        ws.query(
            "SELECT item_id, count(*) FROM conflict WHERE open AND op = 'annotation' AND item_id IN (SELECT id FROM item)"
            " GROUP BY 1 ORDER BY 1"
        )
    )


def settle(ws: Workspace, annotation_id: int, choice: int | str) -> Changes:
    """Choose a version by the number of its edit, or "mine", "theirs", "both" (side by side, as shapes of their own).

    The choice is one step to undo, and an edit that follows all versions: it settles the conflict in every workspace that
    merges it.

    Raises:
        UsageError: there is no such conflict or version.
    """
    found = next((entry for entry in conflicts(ws) if entry.annotation_id == annotation_id), None)
    if found is None:
        raise UsageError(f"Annotation {annotation_id} has no conflict; list them with: lineside label conflicts")
    return _settle(ws, [found], choice)


def settle_all(ws: Workspace, choice: str, item_id: int | None = None) -> Changes:
    """Choose the same side for all conflicts of an item, or of the workspace, in one step."""
    return _settle(ws, conflicts(ws, item_id), choice)


def _settle(ws: Workspace, chosen: Sequence[Conflict], choice: int | str) -> Changes:
    plans = [(conflict, _picked(conflict, choice)) for conflict in chosen]
    if not plans:
        return Changes()
    with ws.transaction("Settle conflict") as tx:
        taken = log.take(tx, [conflict.annotation_id for conflict in chosen], None)
        steps = [step for conflict, picked in plans for step in _steps(ws, conflict, picked, taken)]
        changes = log.put(ws, tx, steps)
        return changes | tracks.follow_steps(ws, tx, steps, gaps=False)


def _picked(conflict: Conflict, choice: int | str) -> list[Version]:
    if choice == BOTH:  # of several that are the same one is enough
        return list({resolve.content(version.state): version for version in reversed(conflict.versions)}.values())[::-1]
    if choice in (MINE, THEIRS):
        # of two sides that are both others' (or both ours) the shown one counts as mine
        version = conflict.version(str(choice)) or conflict.versions[0 if choice == MINE else -1]
        return [version]
    version_ = next((version for version in conflict.versions if version.edit == choice), None)
    if version_ is None:
        known = ", ".join(str(version.edit) for version in conflict.versions)
        raise UsageError(
            f"Annotation {conflict.annotation_id} has no version {choice}; choose mine, theirs, both or one of: {known}."
        )
    return [version_]


def _steps(
    ws: Workspace, conflict: Conflict, picked: Sequence[Version], taken: dict[int, tuple[Annotation, int | None]]
) -> list[Step]:  # fmt: skip
    now, parent = taken.get(conflict.annotation_id, (None, None))
    heads = [version.edit for version in conflict.versions]
    parent = parent if parent in heads else heads[0]
    states = [version.state for version in picked if version.state is not None]
    own = states[0].with_(id=conflict.annotation_id) if states else None
    settled = Step(now, own, parent, tuple(head for head in heads if head != parent))
    others = [Step(None, state.with_(id=ws.new_ids("annotation", 1))) for state in states[1:]]
    return [settled, *others]


def _versions(ws: Workspace, edits: Iterable[int]) -> dict[int, Version]:
    rows = ws.query(
        "SELECT e.id, e.after, t.author, t.created, t.action FROM edit e JOIN tx t ON t.id = e.tx"
        " WHERE e.id IN (SELECT unnest(?::BIGINT[]))",
        [list(edits)],
    )
    return {
        edit: Version(
            edit,
            annotation_from_json(after) if after else None,
            author,
            at.replace(tzinfo=UTC).astimezone(),
            action,
            ws.writer.wrote(edit),
        )
        for edit, after, author, at, action in rows
    }
