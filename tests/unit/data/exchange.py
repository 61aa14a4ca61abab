"""Drawn-up workspaces for the round trips of formats, and what is said in a workspace without its ids."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from engine.data import rle
from engine.data.exporters.base import Losses, load
from engine.data.imports import import_data
from engine.data.records import Annotation, annotation_table
from engine.workspace import Workspace

WIDTH, HEIGHT = 64, 48
DETAILS = ("z", "group", "track", "relations")
HOSTILE = (
    "划痕",
    "<b>&\"'",
    "]]>",
    "../../etc",
    "a,b;c",
    "{0} %s",
    "null",
    "-1",
    "🔩 loch",
    "x" * 60,
    "=1+1",
    "a\u202eb",
)


@dataclass(frozen=True)
class Able:
    """What a format can say."""

    kinds: Sequence[str]
    details: Sequence[str] = ()
    flags: Sequence[str] = ()
    attributes: bool = False
    bare: Sequence[str] = ()  # kinds that have no flags, order or attributes there
    options: dict[str, Any] = field(default_factory=dict)


letters = st.characters(
    blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co", "Cf"), blacklist_characters="\ufeff\xad"
)
names = (st.sampled_from(HOSTILE) | st.text(letters, min_size=1, max_size=12).map(str.strip).filter(bool)).map(
    lambda text: " ".join(text.split())
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "深度": st.integers(-5, 5) | st.sampled_from([0.5, 1.25]),
    "a b": st.booleans(),
    "n&": st.sampled_from(["a", "b c", "<&>", "厚", "7"]),
}


def quarter(low: float, high: float) -> st.SearchStrategy[float]:
    """A multiple of a quarter."""
    return st.integers(int(low * 4), int(high * 4)).map(lambda value: value / 4)


boxes = st.tuples(quarter(0, 40), quarter(0, 30), quarter(1, 20), quarter(1, 15))
pairs = st.tuples(quarter(1, 62), quarter(1, 46))


@st.composite
def rotated(draw: st.DrawFn) -> list[float]:
    """Corners at whole pixels: sides in the directions of Pythagoras."""
    a, b = draw(st.sampled_from([(3, 4), (4, 3), (-3, 4), (-4, -3), (4, -3)]))
    first, second = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    x, y = draw(st.integers(20, 40)), draw(st.integers(20, 27))
    ux, uy, vx, vy = a * first, b * first, -b * second, a * second
    return [float(v) for v in (x, y, x + ux, y + uy, x + ux + vx, y + uy + vy, x + vx, y + vy)]


@st.composite
def shape(draw: st.DrawFn, kind: str, joints: int) -> dict[str, Any]:
    """Fields of an annotation of a kind."""
    if kind == "class":
        return {}
    if kind == "box":
        x, y, w, h = draw(boxes)
        return {"x": x, "y": y, "w": w, "h": h}
    if kind == "mask":
        x, y, w, h = draw(st.tuples(st.integers(0, 40), st.integers(0, 30), st.integers(2, 15), st.integers(2, 12)))
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[y : y + h, x : x + w] = True
        mask[y, x + draw(st.integers(0, w - 1))] = False
        text = rle.encode(mask)
        return dict(zip("xywh", rle.bounds(text, HEIGHT), strict=True)) | {"rle": text}
    if kind == "rotated_box":
        points = draw(rotated())
    elif kind == "ellipse":
        points = [*draw(st.tuples(quarter(20, 40), quarter(18, 28), quarter(1, 12), quarter(1, 12))), 0.0]
        points[4] = float(draw(st.sampled_from([0, 15, 30, 90])))
    elif kind == "point":
        points = list(draw(pairs))
    elif kind == "keypoints":
        found = draw(st.lists(st.tuples(pairs, st.sampled_from([0, 1, 2])), min_size=joints, max_size=joints))
        found[0] = (found[0][0], 2)
        points = [float(value) for (x, y), v in found for value in ((x, y, v) if v else (0, 0, 0))]
    else:
        some = draw(st.lists(pairs, min_size=3, max_size=6, unique=True))
        points = [value for pair in some for value in pair]
    from engine.data.importers.base import bounds, ellipse_bounds

    step = 3 if kind == "keypoints" else 2
    box = ellipse_bounds(points) if kind == "ellipse" else bounds([points], step)
    return dict(zip("xywh", box, strict=True)) | {"points": (tuple(points),)}


@st.composite
def drawn(draw: st.DrawFn, able: Able) -> dict[str, Any]:
    """A schema and the shapes of three pictures: {labels, details, shapes}; ids of shapes are 1, 2, …."""
    labels = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    joints = draw(st.integers(2, 4))
    shapes: list[Annotation] = []
    for item in (1, 2, 3):
        for _ in range(draw(st.integers(0, 4))):
            kind = draw(st.sampled_from(able.kinds))
            fields = draw(shape(kind, joints))
            bare = kind in able.bare
            if able.flags and not bare:
                fields["flags"] = tuple(sorted(draw(st.sets(st.sampled_from(able.flags)))))
            if "z" in able.details and not bare:
                fields["z"] = draw(st.integers(0, 3))
            if able.attributes and not bare:
                fields["attributes"] = draw(st.fixed_dictionaries({}, optional=VALUES))
            label = 1 if kind == "keypoints" else draw(st.integers(1, len(labels)))
            shapes.append(Annotation(len(shapes) + 1, item, label, kind, **fields))
    alone = able.options.get("alone", ())
    if alone:  # a picture has a label of the whole once
        seen: set[tuple[Any, ...]] = set()
        shapes = [
            s for s in shapes if s.kind not in alone or ((k := (s.item_id, s.label_id)) not in seen and not seen.add(k))
        ]
        shapes = [shape.with_(id=place) for place, shape in enumerate(shapes, 1)]
    for name in ("group", "track"):
        if name in able.details:
            shapes = _joined(draw, shapes, name, able.options.get("always") == name, alone)
    if "relations" in able.details:
        for place, one in enumerate(shapes):
            same = [other for other in shapes if other.item_id == one.item_id and other.id != one.id]
            others = [other.id for other in same if other.kind not in alone and one.kind not in alone]
            if others and draw(st.booleans()):
                shapes[place] = one.with_(relations=((draw(st.sampled_from(others)), draw(names)),))
    details = (
        {"keypoints": [f"k{i} <&" for i in range(joints)], "skeleton": [[0, 1]]} if "keypoints" in able.kinds else {}
    )
    return {"labels": labels, "details": details, "shapes": shapes}


def _joined(
    draw: st.DrawFn, shapes: list[Annotation], name: str, always: bool, alone: Sequence[str]
) -> list[Annotation]:
    """Some shapes of one item put into a group, or shapes of several items into a track (one an item, one label)."""
    seen: dict[tuple[int, ...], int] = {}
    taken: set[tuple[int, int]] = set()
    for place, one in enumerate(shapes):
        if one.kind in alone or (not always and not draw(st.booleans())):
            continue
        if name == "group":
            shapes[place] = one.with_(group=seen.setdefault((one.item_id,), one.id))
            continue
        track = seen.get((one.label_id,), one.id)
        if (track, one.item_id) in taken or (track != one.id and shapes[track - 1].kind != one.kind):
            track = one.id
        seen.setdefault((one.label_id,), track)
        taken.add((track, one.item_id))
        shapes[place] = one.with_(track=track)
    return shapes


def build(folder: Path, content: dict[str, Any]) -> Workspace:
    """A workspace of three pictures that says what was drawn up."""
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (WIDTH, HEIGHT), (number * 40, 80, 120)).save(folder / f"零件 {number}.png")
    ws = Workspace.create(folder / "workspace")
    import_data(ws, folder)
    say(ws, content)
    return ws


def say(ws: Workspace, content: dict[str, Any]) -> None:
    """Have a workspace of three pictures say what was drawn up, and nothing else."""
    floor = ws.new_ids("annotation", len(content["shapes"])) - 1
    with ws.transaction("Label") as tx:
        for table in ("annotation", "label"):
            tx.execute(f"DELETE FROM {table}")
        for ident, name in enumerate(content["labels"], 1):
            details = json.dumps(content["details"]) if ident == 1 and content["details"] else None
            tx.execute(
                "INSERT INTO label (id, name, color, position, tx, details) VALUES (?, ?, '#e69f00', ?, ?, ?)",
                [ident, name, ident, tx.id, details],
            )
        rows = [
            one.with_(
                id=one.id + floor, group=one.group and one.group + floor, track=one.track and one.track + floor,
                relations=tuple((other + floor, word) for other, word in one.relations),
            )
            for one in content["shapes"]
        ]  # fmt: skip
        if rows:
            tx.insert("annotation", annotation_table(rows, tx.id))


def emptied(ws: Workspace) -> Workspace:
    """A workspace as if nothing had ever been imported: a new one for each example costs more than all else."""
    with ws.transaction("Empty") as tx:
        for table in ("annotation", "label", "item", "source", "edit"):
            tx.execute(f"DELETE FROM {table}")
    return ws


def said(ws: Workspace, *, without: Sequence[str] = ()) -> Counter[str]:
    """All shapes of a workspace with what belongs together spelled out; ids and names of files do not count."""
    dump = load(ws, None, Losses())
    digests = dict(ws.query("SELECT id, digest FROM item"))
    own = {one.id: _own(one, dump.labels, digests, without) for item in dump.items for one in item.annotations}
    groups: dict[tuple[str, int, int], list[str]] = {}
    every = [one for item in dump.items for one in item.annotations]
    for one in every:
        groups.setdefault(("group", one.group, one.item_id), []).append(own[one.id])
        groups.setdefault(("track", one.track, 0), []).append(own[one.id])
    found: Counter[str] = Counter()
    for one in every:
        text = own[one.id]
        if one.group and "group" not in without:
            text += f" group {sorted(groups['group', one.group, one.item_id])}"
        if one.track and "track" not in without:
            text += f" track {sorted(groups['track', one.track, 0])}"
        if one.relations and "relations" not in without:
            text += f" relations {sorted((own[other], word) for other, word in one.relations)}"
        found[text] += 1
    return found


def _own(one: Annotation, labels: dict[int, str], digests: dict[int, str], without: Sequence[str]) -> str:
    box = [None if value is None else round(value, 3) for value in (one.x, one.y, one.w, one.h)]
    points = [[round(value, 3) + 0.0 for value in ring] for ring in one.points]
    flags = [flag for flag in one.flags if flag not in without]
    z = 0 if "z" in without else one.z
    attributes = json.dumps(dict(one.attributes), sort_keys=True)
    return f"{digests[one.item_id][:6]} {labels[one.label_id]!r} {one.kind} {box} {points} {one.rle} {z} {flags} {attributes}"
