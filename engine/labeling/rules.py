"""Suspicious labels by rules: what is tiny, outside, there twice, out of proportion, crossed, or not as the schema says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.labeling.findings import RULES, Finding, ignored_keys

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from engine.data.records import Label
    from engine.workspace import Workspace

    Bools = NDArray[np.bool_]
    Whole = NDArray[np.int64]

AREAS = ("box", "rotated_box", "polygon", "ellipse", "mask")
LEAST_POINTS = {"polygon": 3, "rotated_box": 4, "polyline": 2, "point": 1, "keypoints": 1, "ellipse": 1}


@dataclass(frozen=True)
class Limits:
    """From when on a label is suspicious.

    Attributes:
        tiny: px of the shorter side.
        slack: px by which a shape may stand over the edge of the image.
        duplicate, overlap: IoU of two shapes with the same label.
        conflict: IoU of two shapes with different labels.
        spread: robust standard deviations of log(width / height) and log(area) among the shapes of the label.
        at_least: shapes that a label needs for that, and items of which a neighbourhood consists.
    """

    tiny: float = 3.0
    slack: float = 1.0
    duplicate: float = 0.9
    overlap: float = 0.5
    conflict: float = 0.9
    spread: float = 4.0
    at_least: int = 20


@dataclass
class Shapes:
    """All annotations of people as columns, in the order of items and left edges."""

    table: pa.Table
    id: Whole = field(init=False)
    item: Whole = field(init=False)
    label: Whole = field(init=False)
    kind: NDArray[np.str_] = field(init=False)
    box: NDArray[np.float64] = field(init=False)
    size: NDArray[np.float64] = field(init=False)
    ignored: Bools = field(init=False)

    def __post_init__(self) -> None:
        def column(name: str) -> Any:
            return self.table[name].to_numpy(zero_copy_only=False)

        self.id, self.item, self.label = (column(name).astype(np.int64) for name in ("id", "item_id", "label_id"))
        self.kind = column("kind").astype(str)
        self.box = np.stack([column(axis).astype(np.float64) for axis in "xywh"], 1)
        self.size = np.stack([column(axis).astype(np.float64) for axis in ("width", "height")], 1)
        self.ignored = column("ignored").astype(bool)

    def is_kind(self, *kinds: str) -> Bools:
        """Which are of these kinds."""
        return np.isin(self.kind, kinds)

    @property
    def areas(self) -> Bools:
        """Which cover something."""
        return self.is_kind(*AREAS) & (self.box[:, 2] > 0) & (self.box[:, 3] > 0)


def check(
    ws: Workspace,
    rules: Sequence[str] = (),
    limits: Limits | None = None,
    *,
    items: Sequence[int] | None = None,
    ignored: bool = False,
) -> list[Finding]:
    """All suspicious labels, those of one rule together, the worst first.

    Args:
        rules: only these; default: all.
        items: only labels of these items (they are still compared with all).
        ignored: also what somebody has looked at and let be.
    """
    from engine.data.records import read_labels

    limits, schema = limits or Limits(), read_labels(ws)
    shapes = read_shapes(ws)
    wanted = set(rules or RULES)
    found = [*_shape_findings(shapes, schema, limits, wanted)]
    if wanted & {"duplicate", "conflict", "overlap"}:
        found += [f for f in _pairs(ws, shapes, limits) if f.rule in wanted]
    if "unlabelled" in wanted:
        found += _unlabelled(ws, limits)
    if not ignored:
        known = ignored_keys(ws)
        found = [finding for finding in found if finding.key not in known]
    if items is not None:
        chosen = set(items)
        found = [finding for finding in found if finding.item_id in chosen]
    order = {rule: place for place, rule in enumerate(RULES)}
    return sorted(found, key=lambda f: (order[f.rule], -abs(f.value), f.item_id, f.annotation_id))


def read_shapes(ws: Workspace) -> Shapes:
    """What people and imports say, without models' suggestions."""
    return Shapes(
        ws.arrow(
            """
            SELECT a.id, a.item_id, a.label_id, a.kind, a.x, a.y, a.w, a.h, a.points, a.attributes, i.width, i.height,
                   coalesce(contains(a.details, '"ignore"'), false) AS ignored
            FROM annotation a JOIN item i ON i.id = a.item_id
            WHERE a.origin <> 'model' ORDER BY a.item_id, a.x, a.id
            """
        )
    )


def _shape_findings(shapes: Shapes, schema: Sequence[Label], limits: Limits, wanted: set[str]) -> Iterator[Finding]:
    placed = ~shapes.is_kind("class")
    x, y, w, h = shapes.box.T
    empty = placed & _empty(shapes)
    if "empty" in wanted:
        yield from _told("empty", shapes, empty, np.ones(len(shapes.id)))
    placed &= ~empty
    if "outside" in wanted:
        over = np.maximum.reduce([-x, -y, x + w - shapes.size[:, 0], y + h - shapes.size[:, 1]])
        yield from _told("outside", shapes, placed & (over > limits.slack), over)
    if "tiny" in wanted:
        short = np.minimum(w, h)
        yield from _told("tiny", shapes, placed & shapes.areas & (short < limits.tiny), -1 / np.maximum(short, 1e-3))
    if "crossing" in wanted:
        yield from _told("crossing", shapes, placed & _crossing(shapes), np.ones(len(shapes.id)))
    if wanted & {"aspect", "size"}:
        yield from _proportions(shapes, limits, wanted)
    if "kind" in wanted:
        yield from _kinds(shapes, schema)
    if "attribute" in wanted:
        yield from _attributes(shapes, schema)


def _told(
    rule: str, shapes: Shapes, rows: Bools, values: NDArray[np.float64], what: Mapping[int, str] | None = None
) -> Iterator[Finding]:
    for row in np.flatnonzero(rows).tolist():
        yield Finding(rule, int(shapes.item[row]), int(shapes.id[row]), 0, float(values[row]), int(shapes.label[row]),
                      (what or {}).get(row, str(shapes.kind[row])))  # fmt: skip


def _empty(shapes: Shapes) -> Bools:
    """No extent, or too few points to be what they are."""
    import pyarrow.compute as pc

    flat = shapes.is_kind(*AREAS) & ~((shapes.box[:, 2] > 0) & (shapes.box[:, 3] > 0))
    broken = ~np.isfinite(shapes.box).all(1)
    points = shapes.table["points"].combine_chunks()
    numbers = np.zeros(len(shapes.id), np.int64)
    rings = pc.list_parent_indices(points).to_numpy(zero_copy_only=False)
    lengths = pc.list_value_length(pc.list_flatten(points)).to_numpy(zero_copy_only=False)
    np.maximum.at(numbers, rings, np.nan_to_num(lengths).astype(np.int64))
    step = np.where(shapes.kind == "keypoints", 3, np.where(shapes.kind == "ellipse", 5, 2))
    least = np.array([LEAST_POINTS.get(kind, 0) for kind in shapes.kind], np.int64)
    result: Bools = flat | broken | (numbers // step < least)
    return result


def _crossing(shapes: Shapes) -> Bools:
    """Polygons of which a ring crosses itself."""
    import pyarrow.compute as pc
    import shapely

    rows = np.flatnonzero(shapes.is_kind("polygon"))
    found = np.zeros(len(shapes.id), bool)
    if not len(rows):
        return found
    points = shapes.table["points"].combine_chunks().take(rows)
    owner = pc.list_parent_indices(points).to_numpy(zero_copy_only=False)
    rings = pc.list_flatten(points)
    numbers = pc.list_flatten(rings).to_numpy(zero_copy_only=False)
    lengths = pc.list_value_length(rings).to_numpy(zero_copy_only=False)
    usable = np.repeat((lengths >= 8) & (lengths % 2 == 0), lengths)  # a triangle cannot cross itself
    ring_of = np.repeat(np.arange(len(lengths)), lengths)
    if not usable.any():
        return found
    kept, dense = np.unique(ring_of[usable], return_inverse=True)
    lines = shapely.linearrings(numbers[usable].reshape(-1, 2), indices=dense[::2])
    crossed = kept[~shapely.is_simple(lines)]
    found[rows[owner[crossed]]] = True
    return found


def _proportions(shapes: Shapes, limits: Limits, wanted: set[str]) -> Iterator[Finding]:
    """Aspect and size far from what the label's shapes have: robust z of the logarithm, from median and MAD."""
    rows = np.flatnonzero(shapes.areas & ~shapes.ignored)
    if not len(rows):
        return
    w, h = shapes.box[rows, 2], shapes.box[rows, 3]
    for rule, values in (("aspect", np.log(w / h)), ("size", np.log(w * h))):
        if rule not in wanted:
            continue
        z = np.zeros(len(shapes.id))
        for label in np.unique(shapes.label[rows]):
            own = shapes.label[rows] == label
            if own.sum() >= limits.at_least:
                z[rows[own]] = _robust_z(values[own])
        yield from _told(rule, shapes, np.abs(z) > limits.spread, z)


def _robust_z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - middle))
    # a label whose shapes are all alike has no spread: a fifth more or less is still the same
    z: NDArray[np.float64] = (values - middle) / max(float(spread), 0.18)
    return z


def _kinds(shapes: Shapes, schema: Sequence[Label]) -> Iterator[Finding]:
    for label in schema:
        if label.shapes:
            rows = (shapes.label == label.id) & ~np.isin(shapes.kind, label.shapes)
            yield from _told("kind", shapes, rows, np.ones(len(rows)))
    gone = ~np.isin(shapes.label, [label.id for label in schema])
    yield from _told("kind", shapes, gone, np.ones(len(gone)), dict.fromkeys(np.flatnonzero(gone).tolist(), "no label"))


def _attributes(shapes: Shapes, schema: Sequence[Label]) -> Iterator[Finding]:
    """Required attributes that are missing, and values that are none of the choices."""
    ruled = {label.id: label.attributes for label in schema if label.attributes}
    rows = np.flatnonzero(np.isin(shapes.label, list(ruled)))
    if not len(rows):
        return
    texts = shapes.table["attributes"].take(rows).to_pylist()
    known: dict[tuple[int, str | None], str] = {}
    for row, text in zip(rows.tolist(), texts, strict=True):
        key = int(shapes.label[row]), text
        if key not in known:
            known[key] = wrong_attribute(ruled[key[0]], json.loads(text) if text else {})
        if known[key]:
            yield Finding("attribute", int(shapes.item[row]), int(shapes.id[row]), 0, 1.0, key[0], known[key])


def wrong_attribute(rules: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> str:
    """The name of the first attribute that is missing although required, or has a value it may not have; else ""."""
    for rule in rules:
        name, value = str(rule.get("name", "")), given.get(str(rule.get("name", "")))
        if value in (None, ""):
            if rule.get("required"):
                return name
            continue
        if rule.get("type") == "choice" and rule.get("values") and value not in rule["values"]:
            return name
        low, high = (rule.get("range") or (None, None))[:2]
        beyond = isinstance(value, int | float) and (
            (low is not None and value < low) or (high is not None and value > high)
        )
        if rule.get("type") == "number" and beyond:
            return name
    return ""


def _pairs(ws: Workspace, shapes: Shapes, limits: Limits) -> Iterator[Finding]:
    """Pairs of shapes of an item that cover nearly the same."""
    rows = np.flatnonzero(shapes.areas & ~shapes.ignored)
    first, second, iou = _overlapping(shapes, rows, min(limits.duplicate, limits.overlap, limits.conflict))
    same = shapes.label[first] == shapes.label[second]
    drawn = (shapes.kind[first] != "box") | (shapes.kind[second] != "box")
    if drawn.any():
        iou[drawn] = _exact(ws, shapes, first[drawn], second[drawn])
    rule = np.where(
        same,
        np.where(iou >= limits.duplicate, "duplicate", np.where(iou >= limits.overlap, "overlap", "")),
        np.where(iou >= limits.conflict, "conflict", ""),
    )
    for at in np.flatnonzero(rule != "").tolist():
        # the later one is the one to go
        keep, go = sorted((int(first[at]), int(second[at])), key=lambda row: int(shapes.id[row]))
        yield Finding(str(rule[at]), int(shapes.item[go]), int(shapes.id[go]), int(shapes.id[keep]), float(iou[at]),
                      int(shapes.label[go]), str(shapes.kind[go]))  # fmt: skip


def _overlapping(shapes: Shapes, rows: Whole, threshold: float) -> tuple[Whole, Whole, NDArray[np.float64]]:
    """Rows of the same item whose bounding boxes have at least this IoU.

    The rows lie in the order of item and left edge: each is compared with the next, the one after, … as long as that
    begins before it ends. IoU ≥ t needs the left edges closer than (1 − t) of the width, so few steps are enough.
    """
    x, y, w, h = shapes.box[rows].T
    item = shapes.item[rows]
    found: list[tuple[Whole, Whole, NDArray[np.float64]]] = []
    alive = np.arange(len(rows))
    step = 0
    while len(alive):
        step += 1
        alive = alive[alive + step < len(rows)]
        other = alive + step
        near = (item[alive] == item[other]) & (x[other] <= x[alive] + w[alive] * (1 - threshold) + 1e-6)
        alive, other = alive[near], other[near]
        across = np.minimum(x[alive] + w[alive], x[other] + w[other]) - x[other]
        down = np.minimum(y[alive] + h[alive], y[other] + h[other]) - np.maximum(y[alive], y[other])
        shared = np.clip(across, 0, None) * np.clip(down, 0, None)
        iou = shared / (w[alive] * h[alive] + w[other] * h[other] - shared)
        hit = iou >= threshold
        found.append((rows[alive[hit]], rows[other[hit]], iou[hit]))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    first, second, values = (np.concatenate(column) for column in zip(*found, strict=True))
    return first, second, values


def _exact(ws: Workspace, shapes: Shapes, first: Whole, second: Whole) -> NDArray[np.float64]:
    """IoU of shapes that are no boxes, by drawing them."""
    from engine.data.records import ANNOTATION_COLUMNS, annotation_from_row
    from engine.labeling.overlap import iou_matrix

    ids = np.unique(shapes.id[np.concatenate([first, second])]).tolist()
    rows = ws.query(f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE id IN (SELECT unnest(?::BIGINT[]))", [ids])
    known = {row[0]: annotation_from_row(row) for row in rows}
    return np.array(
        [
            iou_matrix([known[int(shapes.id[a])]], [known[int(shapes.id[b])]], int(shapes.size[a, 1]))[0, 0]
            if int(shapes.id[a]) in known and int(shapes.id[b]) in known
            else 0.0
            for a, b in zip(first, second, strict=True)
        ]
    )


def _unlabelled(ws: Workspace, limits: Limits) -> Iterator[Finding]:
    """Items without labels among neighbours that nearly all have some: of the same group, else before and after it."""
    rows = ws.query(
        """
        WITH said AS (
            SELECT i.id, coalesce(i.group_key, '') AS part,
                   (i.id IN (SELECT item_id FROM annotation WHERE origin <> 'model'))::INTEGER AS has,
                   i.id IN (SELECT item_id FROM review WHERE state IN ('labelled', 'in review', 'accepted')) AS seen
            FROM item i
        ), near AS (
            SELECT id, has, seen, part,
                   avg(has) OVER (PARTITION BY part ORDER BY id ROWS BETWEEN $n PRECEDING AND $n FOLLOWING) AS share,
                   count(*) OVER (PARTITION BY part ORDER BY id ROWS BETWEEN $n PRECEDING AND $n FOLLOWING) AS number
            FROM said
        )
        SELECT id, share FROM near WHERE has = 0 AND NOT seen AND number >= $n AND share >= 0.8
        """,
        {"n": max(2, limits.at_least // 2)},  # type: ignore[arg-type]  # named parameters
    )
    for item, share in rows:
        yield Finding("unlabelled", int(item), value=float(share))
