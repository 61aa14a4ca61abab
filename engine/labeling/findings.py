"""Things that look wrong with labels: what a finding is, how many there are, and which ones a person lets be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed

if TYPE_CHECKING:
    from engine.workspace import Workspace

RULES: dict[str, tuple[str, ...]] = {  # rule → what can be done about it besides ignoring it; the first is proposed
    "empty": ("delete",),
    "outside": ("clip", "delete"),
    "tiny": ("delete",),
    "duplicate": ("merge", "delete"),
    "conflict": ("delete",),
    "overlap": ("delete",),
    "crossing": ("repair", "delete"),
    "kind": ("delete",),
    "attribute": ("default",),
    "aspect": ("delete",),
    "size": ("delete",),
    "unlabelled": ("mark",),
    "learning": ("delete",),  # by training dynamics, see engine/training/dynamics.py
}


@dataclass(frozen=True)
class Finding:
    """One thing to look at.

    Attributes:
        annotation_id: 0 when it is about the item.
        other_id: the other shape of a pair, the one that would stay; else 0.
        value: how bad, in the rule's own measure (px, IoU, deviations).
        what: words of the data that explain it: the attribute's name, the kind.
    """

    rule: str
    item_id: int
    annotation_id: int = 0
    other_id: int = 0
    value: float = 0.0
    label_id: int = 0
    what: str = ""

    @property
    def key(self) -> tuple[str, int, int, int]:
        """By which a finding that was ignored is known again."""
        return self.rule, self.item_id, self.annotation_id, self.other_id

    def to_json(self) -> dict[str, Any]:
        """For the command line."""
        return {"rule": self.rule, "item": self.item_id, "annotation": self.annotation_id or None,
                "other": self.other_id or None, "value": round(self.value, 4), "what": self.what}  # fmt: skip


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many there are of each rule, in the order of the rules."""
    found = dict.fromkeys(RULES, 0)
    for finding in findings:
        found[finding.rule] += 1
    return {rule: count for rule, count in found.items() if count}


def ignore(ws: Workspace, findings: Sequence[Finding]) -> Changes:
    """Remember that somebody has looked at these and lets them be."""
    import pyarrow as pa

    known = ignored_keys(ws)
    new = [finding for finding in findings if finding.key not in known]
    if not new:
        return Changes()
    with ws.transaction("Ignore findings") as tx:
        columns = {
            "rule": [f.rule for f in new], "item_id": [f.item_id for f in new],
            "annotation_id": [f.annotation_id for f in new], "other_id": [f.other_id for f in new],
            "author": [tx.author] * len(new), "created": [tx.at] * len(new), "tx": [tx.id] * len(new),
        }  # fmt: skip
        tx.insert("ignored_finding", pa.table(columns))
    return changed(items=[finding.item_id for finding in new])


def heed(ws: Workspace, findings: Sequence[Finding]) -> Changes:
    """List these again, although somebody had let them be."""
    with ws.transaction("Heed findings") as tx:
        for finding in findings:
            tx.execute(
                "DELETE FROM ignored_finding WHERE rule = ? AND item_id = ? AND annotation_id = ? AND other_id = ?",
                list(finding.key),
            )
    return changed(items=[finding.item_id for finding in findings])


def ignored_keys(ws: Workspace) -> set[tuple[str, int, int, int]]:
    """What was ignored."""
    return {tuple(row) for row in ws.query("SELECT rule, item_id, annotation_id, other_id FROM ignored_finding")}
