"""Label Studio's results (regions in percent of the picture, relations, per-region answers) to and from our shapes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.data import brush, raster, rle
from engine.data.exporters.base import Losses, angle_of, box_of
from engine.data.importers.base import bounds, ellipse_bounds, turned
from engine.data.records import FLAGS, Annotation
from engine.data.studio.config import JOINT, Config

GEOMETRY = ("rectangle", "polygon", "ellipse", "keypoint", "brush", "vector")
MOST_JOINTS = 1000
ANSWERS = ("choices", "number", "textarea", "rating")


@dataclass(frozen=True)
class Region:
    """One shape as Label Studio has it, in px. `ref` is its id there; groups and relations name other refs."""

    ref: str
    label: str
    kind: str
    box: tuple[float, float, float, float] | None = None
    points: tuple[tuple[float, ...], ...] = ()
    rle: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    z: int = 0
    group: str = ""
    track: int = 0
    flags: tuple[str, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()
    score: float | None = None

    def content(self) -> tuple[Any, ...]:
        """All but its id, to compare."""
        points = tuple(tuple(round(value, 3) for value in ring) for ring in self.points)
        box = None if self.points or self.rle or self.box is None else tuple(round(value, 3) for value in self.box)
        attributes = json.dumps(dict(self.attributes), sort_keys=True, ensure_ascii=False)
        return (
            self.label,
            self.kind,
            box,
            points,
            self.rle,
            attributes,
            self.z,
            self.group,
            self.track,
            self.flags,
            self.relations,
        )


def digest(regions: Iterable[Region]) -> str:
    """What a picture's regions say, as one short text; "" without any."""
    said = sorted(repr(region.content()) for region in regions)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32] if said else ""


@dataclass(frozen=True)
class Writer:
    """Makes results from annotations.

    Attributes:
        names: name of each label by its id.
        joints: names of the key points of each label.
        config: controls to use; a shape for which there is none is counted in `losses` and left out.
        ref: the id of an annotation's region.
    """

    names: Mapping[int, str]
    joints: Mapping[int, Sequence[str]]
    config: Config
    losses: Losses
    ref: Callable[[Annotation], str] = lambda annotation: f"a{annotation.id:x}"

    def results(self, annotations: Sequence[Annotation], width: int, height: int) -> list[dict[str, Any]]:
        """The results of one picture."""
        refs = {annotation.id: self.ref(annotation) for annotation in annotations}
        found: list[dict[str, Any]] = []
        written: set[int] = set()
        for annotation in annotations:
            if annotation.kind == "class":
                continue
            mine = list(self._shape(annotation, width, height, refs))
            if mine:
                written.add(annotation.id)
                found += mine
        found += self._classes([a for a in annotations if a.kind == "class"])
        for annotation in annotations:
            for other, word in annotation.relations:
                if annotation.id in written and other in written:
                    found.append({"type": "relation", "from_id": refs[annotation.id], "to_id": refs[other],
                                  "direction": "right", "labels": [word] if word else []})  # fmt: skip
        return found

    def _classes(self, annotations: Sequence[Annotation]) -> Iterator[dict[str, Any]]:
        by_control: dict[tuple[str, str], list[str]] = {}
        for annotation in annotations:
            name = self.names[annotation.label_id]
            control = self.config.control("class", name)
            if control is None:
                self.losses.add(f"the configuration has no choice “{name}”")
                continue
            self.losses.details(annotation)
            if annotation.attributes:
                self.losses.add("attributes of labels of whole images cannot be told")
            by_control.setdefault((control.name, control.to_name), []).append(name)
        for (name, to_name), chosen in by_control.items():
            yield {"id": f"c-{name}", "type": "choices", "from_name": name, "to_name": to_name,
                   "value": {"choices": list(dict.fromkeys(chosen))}}  # fmt: skip

    def _shape(
        self, annotation: Annotation, width: int, height: int, refs: Mapping[int, str]
    ) -> Iterator[dict[str, Any]]:
        kind, name = annotation.kind, self.names[annotation.label_id]
        if kind == "polygon" and len(annotation.points) > 1:
            self.losses.add("polygons of several rings become brushes")
            text = rle.encode(raster.pixels(annotation, width, height))
            annotation, kind = annotation.with_(kind="mask", rle=text, points=()), "mask"
        meta: dict[str, Any] = {}
        said = {"z": annotation.z, "track": annotation.track, "flags": list(annotation.flags)}
        said["group"] = refs.get(annotation.group, f"a{annotation.group:x}") if annotation.group else ""
        said["kind"] = "rotated_box" if kind == "rotated_box" else ""
        meta["lineside"] = {key: value for key, value in said.items() if value}
        answers: list[dict[str, Any]] = []
        others: dict[str, Any] = {}
        for key, value in annotation.attributes.items():
            control = self.config.attribute(key, name)
            answer = _answer(control.type, value) if control else None
            if control is not None and answer is not None:
                answers.append(
                    {"type": control.type, "from_name": control.name, "to_name": control.to_name, "value": answer}
                )
            else:
                others[key] = value
        meta["attributes"] = others
        meta = {key: value for key, value in meta.items() if value}
        common: dict[str, Any] = {"id": refs[annotation.id], "original_width": width, "original_height": height,
                                  "image_rotation": 0} | ({"meta": meta} if meta else {})  # fmt: skip
        if annotation.score is not None:
            common["score"] = annotation.score
        if kind == "keypoints":
            yield from self._joints(annotation, width, height, common)
            return
        control = self.config.control(kind, name)
        if control is None:
            self.losses.add(f"the configuration has no {kind} “{name}”")
            return
        value = _value(annotation, width, height) | {control.type: [name]}
        head = common | {"type": control.type, "from_name": control.name, "to_name": control.to_name}
        yield head | {"value": value}
        plain = {key: common[key] for key in ("id", "original_width", "original_height", "image_rotation")}
        geometry = {key: part for key, part in value.items() if key != control.type}
        for answer in answers:
            given: dict[str, Any] = answer["value"]
            yield plain | answer | {"value": geometry | given}

    def _joints(
        self, annotation: Annotation, width: int, height: int, common: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """A key point for each joint that is labelled; together they are found again by what their meta says."""
        flat = [value for ring in annotation.points for value in ring]
        name, joints = self.names[annotation.label_id], self.joints.get(annotation.label_id, ())
        for place in range(len(flat) // 3):
            x, y, v = flat[3 * place : 3 * place + 3]
            if not v:
                continue
            joint = joints[place] if place < len(joints) else str(place + 1)
            control = self.config.control("point", f"{name}{JOINT}{joint}")
            if control is None:
                self.losses.add(f"the configuration has no point “{name}{JOINT}{joint}”")
                continue
            part = {"of": common["id"], "joint": place, "count": len(flat) // 3, "v": int(v)}
            meta = dict(common.get("meta", {}))
            meta["lineside"] = meta.get("lineside", {}) | part
            value = {"x": 100 * x / width, "y": 100 * y / height, "width": 0.5, control.type: [f"{name}{JOINT}{joint}"]}
            yield dict(common) | {"id": f"{common['id']}.{place}", "meta": meta, "type": control.type,
                                  "from_name": control.name, "to_name": control.to_name, "value": value}  # fmt: skip


def _value(annotation: Annotation, width: int, height: int) -> dict[str, Any]:
    """Where a shape is, in percent."""
    kind = annotation.kind

    def percent(ring: Sequence[float]) -> list[list[float]]:
        return [[100 * x / width, 100 * y / height] for x, y in zip(ring[::2], ring[1::2], strict=True)]

    if kind == "box":
        x, y, w, h = box_of(annotation) or (0.0, 0.0, 0.0, 0.0)
        (left, top), (wide, high) = percent((x, y, w, h))
        return {"x": left, "y": top, "width": wide, "height": high, "rotation": 0}
    if kind == "rotated_box":
        cx, cy, w, h, degrees = angle_of(annotation.points[0])
        corner = turned(cx, cy, w, h, degrees)[:2]  # the first one, unless they go against the clock
        (left, top), (wide, high) = percent((*corner, w, h))
        return {"x": left, "y": top, "width": wide, "height": high, "rotation": degrees}
    if kind == "ellipse":
        cx, cy, rx, ry, degrees = annotation.points[0]
        (x, y), (wide, high) = percent((cx, cy, rx, ry))
        return {"x": x, "y": y, "radiusX": wide, "radiusY": high, "rotation": degrees}
    if kind == "point":
        ((x, y),) = percent(annotation.points[0][:2])
        return {"x": x, "y": y, "width": 0.5}
    if kind == "polygon":
        return {"points": percent(annotation.points[0]), "closed": True}
    if kind == "polyline":
        names = [f"v{place}" for place in range(len(annotation.points[0]) // 2)]
        before = [None, *names[:-1]]
        corners = zip(percent(annotation.points[0]), names, before, strict=True)
        vertices = [
            {"x": x, "y": y, "id": own, "prevPointId": last, "isBezier": False} for (x, y), own, last in corners
        ]
        return {"vertices": vertices, "closed": False}
    return {"format": "rle", "rle": brush.encode(rle.decode(annotation.rle or "", height, width))}


def _answer(kind: str, value: Any) -> dict[str, Any] | None:
    if kind == "choices":
        text = str(value).lower() if isinstance(value, bool) else value
        return {"choices": [text]} if isinstance(text, str) else None
    if kind in ("number", "rating"):
        return {kind: value} if isinstance(value, int | float) and not isinstance(value, bool) else None
    return {"text": [value]} if isinstance(value, str) and kind == "textarea" else None


def read(results: Sequence[Any], problem: Callable[[str], object], flags: frozenset[str] = frozenset()) -> list[Region]:
    """The regions of one annotation or prediction; what cannot be read is told to `problem`.

    Args:
        flags: names of answers that are yes or no.
    """
    found: dict[str, Region] = {}
    parts: dict[str, list[tuple[Mapping[str, Any], Region]]] = {}
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    relations: list[Mapping[str, Any]] = []
    for number, result in enumerate(results):
        if not isinstance(result, Mapping):
            problem("a region is no object")
        elif result.get("type") == "relation":
            relations.append(result)
        else:
            by_id.setdefault(str(result.get("id") or f"n{number}"), []).append(result)
    for ref, same in by_id.items():
        try:
            for region, said in _regions(ref, same, flags):
                if "of" in said:
                    parts.setdefault(str(said["of"]), []).append((said, region))
                else:
                    found[region.ref] = region
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
            problem(f"a region cannot be read: {error}")
    for ref, joints in parts.items():
        try:
            found[ref] = _skeleton(ref, joints)
        except (ValueError, TypeError, OverflowError) as error:
            problem(f"a skeleton cannot be read: {error}")
    for result in relations:
        start, end = str(result.get("from_id")), str(result.get("to_id"))
        if result.get("direction") == "left":
            start, end = end, start
        if start in found and end in found:
            words = result.get("labels") or [""]
            words = [str(word) for word in words] if isinstance(words, list) else [str(words)]
            found[start] = replace(found[start], relations=(*found[start].relations, *((end, word) for word in words)))
    return list(found.values())


def _regions(
    ref: str, same: Sequence[Mapping[str, Any]], flags: frozenset[str]
) -> Iterator[tuple[Region, Mapping[str, Any]]]:
    shapes = [result for result in same if str(result.get("type") or "").removesuffix("labels") in GEOMETRY]
    if not shapes:
        for result in same:
            kind = result.get("type")
            if kind != "choices":
                raise ValueError(f"a result of the type “{kind}” is not read")
            for choice in result["value"]["choices"]:
                yield Region(f"{ref}:{choice}", str(choice), "class"), {}
        return
    shape = shapes[0]
    meta = shape.get("meta") or {}
    said = meta.get("lineside") if isinstance(meta, Mapping) else {}
    said = said if isinstance(said, Mapping) else {}
    attributes = dict(meta.get("attributes") or {}) if isinstance(meta, Mapping) else {}
    names: list[str] = []
    for result in same:
        value, kind = result["value"], str(result["type"])
        if kind in ANSWERS:
            attributes[str(result["from_name"])] = _answered(kind, value, str(result["from_name"]) in flags)
        else:
            names += [str(name) for name in value.get(kind) or value.get("labels") or ()]
    region = _region(ref, shape, said)
    region = replace(region, attributes=attributes)
    for place, name in enumerate(dict.fromkeys(names or ["(no name)"])):
        yield replace(region, label=name, ref=ref if not place else f"{ref}:{name}"), said


def _answered(kind: str, value: Mapping[str, Any], flag: bool) -> Any:
    if kind == "choices":
        choices = [choice if isinstance(choice, str) else "/".join(choice) for choice in value["choices"]]
        if flag:
            return choices[0] == "true"
        return choices[0] if len(choices) == 1 else choices
    if kind == "textarea":
        text = value["text"]
        return text if isinstance(text, str) else "\n".join(map(str, text))
    return value[kind]


def _region(ref: str, result: Mapping[str, Any], said: Mapping[str, Any]) -> Region:
    value = result["value"]
    width, height = int(result["original_width"]), int(result["original_height"])
    if width < 1 or height < 1:
        raise ValueError("the size of its image is missing")

    def px(x: Any, y: Any) -> tuple[float, float]:
        pair = round(float(x) * width / 100, 6), round(float(y) * height / 100, 6)
        if not all(map(math.isfinite, pair)):
            raise ValueError("a coordinate is no number")
        return pair

    kind = str(result["type"]).removesuffix("labels")
    box: tuple[float, float, float, float] | None = None
    points: tuple[tuple[float, ...], ...] = ()
    text: str | None = None
    turn = float(value.get("rotation") or 0) % 360
    if not math.isfinite(turn):
        raise ValueError("its rotation is no number")
    if kind == "rectangle":
        (x, y), (w, h) = px(value["x"], value["y"]), px(value["width"], value["height"])
        if turn or said.get("kind") == "rotated_box":
            kind, points = "rotated_box", (_corners(x, y, w, h, turn),)
        else:
            kind, box = "box", (x, y, w, h)
    elif kind == "ellipse":
        points = ((*px(value["x"], value["y"]), *px(value["radiusX"], value["radiusY"]), turn),)
        box = ellipse_bounds(points[0])
    elif kind == "keypoint":
        kind, points = "point", (px(value["x"], value["y"]),)
    elif kind == "polygon":
        points = (tuple(v for x, y in value["points"] for v in px(x, y)),)
        if len(points[0]) < 6:
            raise ValueError("fewer than three points")
    elif kind == "vector":
        points = (tuple(v for corner in value["vertices"] for v in px(corner["x"], corner["y"])),)
        kind = "polygon" if value.get("closed") and len(points[0]) >= 6 else "polyline"
    else:
        mask = brush.decode(value["rle"], height, width)
        kind, text = "mask", rle.encode(mask)
        box = rle.bounds(text, height)
    score = result.get("score")
    return Region(
        ref, "", kind, box or bounds(points), points, text, {}, int(said.get("z") or 0), str(said.get("group") or ""),
        int(said.get("track") or 0), tuple(sorted(flag for flag in said.get("flags") or () if flag in FLAGS)),
        score=float(score) if isinstance(score, int | float) else None,
    )  # fmt: skip


def _corners(x: float, y: float, w: float, h: float, degrees: float) -> tuple[float, ...]:
    """The corners of a box that is turned about its left top one."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = ((0.0, 0.0), (w, 0.0), (w, h), (0.0, h))
    return tuple(round(v, 6) for dx, dy in corners for v in (x + dx * c - dy * s, y + dx * s + dy * c))


def _skeleton(ref: str, joints: Sequence[tuple[Mapping[str, Any], Region]]) -> Region:
    first = joints[0][1]
    if any(region.kind != "point" for _, region in joints):
        raise ValueError("a joint is no point")
    if any(not 0 <= int(said.get("joint") or 0) < MOST_JOINTS for said, _ in joints):
        raise ValueError("the number of a joint is out of range")
    count = max(int(said.get("count") or 0) for said, _ in joints)
    count = max(count, *(int(said.get("joint") or 0) + 1 for said, _ in joints))
    flat = [0.0] * (3 * min(count, MOST_JOINTS))
    for said, region in joints:
        place = int(said.get("joint") or 0)
        flat[3 * place : 3 * place + 3] = [*region.points[0], float(said.get("v") or 2)]
    label = first.label.split(JOINT)[0]
    return replace(first, ref=ref, label=label, kind="keypoints", points=(tuple(flat),), box=bounds([flat], 3))
