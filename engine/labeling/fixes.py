"""Mending suspicious labels: delete, cut to the image, merge doubles, untangle, fill in, confirm; one undo takes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.changes import Changes
from engine.data.records import ANNOTATION_COLUMNS, Annotation, Label, Review, annotation_from_row, read_labels
from engine.errors import UsageError
from engine.labeling import geometry, log
from engine.labeling.findings import RULES, Finding
from engine.labeling.log import Step

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

FIXES = ("delete", "merge", "clip", "repair", "default", "mark")
Mend = Callable[[Annotation, tuple[float, float], Label | None], Annotation | None]


def fix(ws: Workspace, findings: Sequence[Finding], how: str = "") -> tuple[Changes, list[Finding]]:
    """Mend findings in one transaction; shapes that are gone meanwhile are passed over.

    Args:
        how: one of `FIXES` for all; default: what is proposed first for each rule.

    Returns:
        What changed, and the findings that could not be mended so (a mask cannot be cut, …).

    Raises:
        UsageError: that fix does not fit the rule of a finding.
    """
    plan = [(finding, how or RULES[finding.rule][0]) for finding in findings]
    for finding, word in plan:
        if word not in RULES[finding.rule]:
            fitting = ", ".join(RULES[finding.rule])
            raise UsageError(f"“{word}” does not help against “{finding.rule}”; possible: {fitting}.")
    if not plan:
        return Changes(), []
    with ws.transaction("Mend labels") as tx:
        shapes, left = _shape_steps(ws, tx, [(f, word) for f, word in plan if f.annotation_id])
        marks = marked(tx, [finding.item_id for finding, word in plan if word == "mark"])
        return log.put(ws, tx, [*shapes, *marks]), left


def mended(shape: Annotation, how: str, size: tuple[float, float], label: Label | None) -> Annotation | None:
    """A shape after a fix; None: it goes. The same shape where the fix cannot help."""
    return _MENDS[how](shape, size, label)


def _shape_steps(
    ws: Workspace, tx: Transaction, plan: Sequence[tuple[Finding, str]]
) -> tuple[list[Step], list[Finding]]:
    wanted = _wanted(plan)
    labels = {label.id: label for label in read_labels(ws)}
    items = sorted({finding.item_id for finding, _ in plan})
    rows = tx.execute("SELECT id, width, height FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [items]).fetchall()
    sizes = {item: (float(width), float(height)) for item, width, height in rows}
    left, after = list[Finding](), dict[int, Annotation | None]()
    for before in _read(tx, list(wanted)):
        finding, how = wanted[before.id]
        mend = mended(before, how, sizes.get(before.item_id, (0.0, 0.0)), labels.get(before.label_id))
        if mend == before:
            left.append(finding)
        else:
            after[before.id] = mend if mend is None else mend.with_(author=tx.author, origin="person")
    taken = log.take(tx, list(after), items[0] if len(items) == 1 else None)
    steps = [Step(before, after[before.id], parent) for before, parent in taken.values()]
    return steps, left


def _read(tx: Transaction, ids: Sequence[int]) -> list[Annotation]:
    rows = tx.execute(
        f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(ids)]
    ).fetchall()
    return [annotation_from_row(row) for row in rows]


def _wanted(plan: Sequence[tuple[Finding, str]]) -> dict[int, tuple[Finding, str]]:
    """What happens to which annotation: the first finding of each counts, and of things that cover each other one stays."""
    wanted: dict[int, tuple[Finding, str]] = {}
    for finding, how in plan:
        if not finding.other_id:
            wanted.setdefault(finding.annotation_id, (finding, how))
    gone = {ident for ident, (_, how) in wanted.items() if how == "delete"}
    for finding, how in sorted(plan, key=lambda entry: entry[0].annotation_id):
        ident = finding.annotation_id
        if finding.other_id and finding.other_id not in gone and ident not in gone:  # else it covers nothing any more
            wanted[ident] = finding, how
            gone.add(ident)
    return wanted


def marked(tx: Transaction, items: Sequence[int]) -> list[Step]:
    """Steps for items of which somebody says that there is nothing on them: labelled, where they were not yet."""
    rows = tx.execute(
        "SELECT item_id, state, coalesce(assignee, ''), coalesce(author, ''), created FROM review"
        " WHERE item_id IN (SELECT unnest(?::BIGINT[]))",
        [list(items)],
    ).fetchall()
    stored = {
        item: Review(item, state, assignee, author, created.isoformat() if created else "")
        for item, state, assignee, author, created in rows
    }
    steps = []
    for item in dict.fromkeys(items):
        before = stored.get(item)
        if before is None or before.state in ("to label", "rejected"):
            after = replace(before or Review(item, ""), state="labelled", author=tx.author, created=tx.at.isoformat())
            steps.append(Step(before, after))
    return steps


def _clip(shape: Annotation, size: tuple[float, float], _: Label | None) -> Annotation | None:
    width, height = size
    if shape.x is None or shape.y is None or shape.kind in ("mask", "ellipse", "rotated_box", "class"):
        return shape
    if shape.kind == "box":
        x, y, w, h = geometry.clip_box((shape.x, shape.y, shape.w or 0.0, shape.h or 0.0), width, height)
        return shape.with_(x=x, y=y, w=w, h=h) if w > 0 and h > 0 else None
    if shape.kind == "polygon":
        rings = [geometry.clip_polygon(geometry.ring_points(ring), width, height) for ring in shape.points]
        kept = [ring for ring in rings if len(ring) >= 3 and geometry.area(ring) > 0]
        return geometry.with_rings(shape, kept) if kept else None
    step = 3 if shape.kind == "keypoints" else 2
    rings = [np.asarray(ring, np.float64).reshape(-1, step).copy() for ring in shape.points]
    for ring in rings:
        ring[:, 0] = ring[:, 0].clip(0, width)
        ring[:, 1] = ring[:, 1].clip(0, height)
    x, y, w, h = geometry.bounds(np.concatenate([ring[:, :2] for ring in rings]))
    return shape.with_(points=tuple(tuple(ring.ravel().tolist()) for ring in rings), x=x, y=y, w=w, h=h)


def _repair(shape: Annotation, _: tuple[float, float], __: Label | None) -> Annotation | None:
    """A polygon that crosses itself as the same area in rings that do not (even-odd)."""
    import shapely

    if shape.kind != "polygon":
        return shape
    area = shapely.Polygon()
    for ring in shape.points:
        area = area.symmetric_difference(shapely.make_valid(shapely.Polygon(geometry.ring_points(ring))))
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and part.area > 0]
    rings = [
        np.asarray(line.coords)[:-1] for part in parts for line in (part.exterior, *part.interiors) if len(line.coords)
    ]
    return geometry.with_rings(shape, rings) if rings else None


def _default(shape: Annotation, _: tuple[float, float], label: Label | None) -> Annotation | None:
    """The label's default for what is missing or wrong; without a default it stays as it is."""
    from engine.labeling.rules import wrong_attribute

    values = dict(shape.attributes)
    for rule in label.attributes if label else ():
        if wrong_attribute([rule], values) and rule.get("default") not in (None, ""):
            values[str(rule["name"])] = rule["default"]
    return shape.with_(attributes=values)


_MENDS: dict[str, Mend] = {
    "delete": lambda *_: None,
    "merge": lambda *_: None,  # its double stays
    "clip": _clip,
    "repair": _repair,
    "default": _default,
    "mark": lambda shape, *_: shape,
}
