"""CVAT 1.1 XML: a task of images with their shapes, or a task of a video with tracks over its frames."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine.data import raster, rle
from engine.data.exporters.base import Dump, ExportItem, Files, Losses, angle_of, box_of, number, text_file
from engine.data.records import Annotation

INPUTS = {"choice": "select", "number": "number", "flag": "checkbox", "text": "text"}
Shape = tuple[str, dict[str, Any], list[str]]  # tag, XML attributes, elements within


class CvatExporter:
    """`annotations.xml` and `images/`. `mode` is "" for images, "video" for tracks over frames, one folder a sequence."""

    name = "cvat"

    def __init__(self, mode: str = "") -> None:
        self.mode = mode

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        self.dump, self.losses = dump, losses
        self.used: dict[int, dict[str, str]] = {}
        if self.mode == "video":
            for folder, items in sequences(dump.items).items():
                self._video(items, f"{folder}/" if folder else "", out, files)
        else:
            self._images(out, files)

    def _images(self, out: Path, files: Files) -> None:
        lines: list[str] = []
        for place, item in enumerate(self.dump.items):
            files.put(item, f"images/{item.name}")
            if item.group is not None or item.metadata:
                self.losses.add("groups and metadata of items cannot be told")
            subset = f" subset={quoteattr(item.split)}" if item.split else ""
            lines.append(
                f'  <image id="{place}" name={_quoted(item.name)}{subset} width="{item.width}" height="{item.height}">'
            )
            for annotation in item.annotations:
                if annotation.track or set(annotation.flags) & {"interpolated", "ends"}:
                    self.losses.add("tracks are split into shapes; cvat-video keeps them")
                tag, values, inner = self._shape(annotation, item)
                group = {"group_id": annotation.group} if annotation.group else {}
                lines += _element(
                    tag, {"label": self.dump.labels[annotation.label_id], "source": "manual"} | group | values, inner, 4
                )
            lines.append("  </image>")
        text_file(out / "annotations.xml", self._document(lines, len(self.dump.items), "annotation", None))

    def _video(self, items: list[ExportItem], folder: str, out: Path, files: Files) -> None:
        tracks: dict[tuple[int, int], list[tuple[int, Annotation]]] = {}
        for frame, item in enumerate(items):
            suffix = item.name.rsplit(".", 1)[-1] if "." in item.name else "png"
            files.put(item, f"{folder}images/frame_{frame:06d}.{suffix}")
            self.losses.add("names of images become numbers of frames")
            if item.split:
                self.losses.add("splits cannot be told")
            for annotation in item.annotations:
                if annotation.kind == "class":
                    self.losses.add("labels of whole images cannot be told")
                    continue
                if not annotation.track:
                    self.losses.add("shapes outside of tracks become tracks of one frame")
                key = (annotation.track, annotation.label_id) if annotation.track else (-annotation.id, 0)
                tracks.setdefault(key, []).append((frame, annotation))
        lines: list[str] = []
        for place, shapes in enumerate(tracks.values()):
            first = shapes[0][1]
            group = f' group_id="{first.group}"' if first.group else ""
            label = _quoted(self.dump.labels[first.label_id])
            lines.append(f'  <track id="{place}" label={label} source="manual"{group}>')
            for place_of, (frame, annotation) in enumerate(shapes):
                following = shapes[place_of + 1][0] if place_of + 1 < len(shapes) else len(items)
                tag, values, inner = self._shape(annotation, items[frame])
                keyframe = int("interpolated" not in annotation.flags)
                values = {"frame": frame, "keyframe": keyframe, "outside": 0} | values
                lines += _element(tag, values, inner, 4)
                over = following == len(items) or "ends" in annotation.flags
                if over and frame + 1 < following:
                    gone = values | {"frame": frame + 1, "keyframe": 1, "outside": 1}
                    lines += _element(tag, gone, inner, 4)
            lines.append("  </track>")
        size = (items[0].width, items[0].height)
        text_file(out / folder / "annotations.xml", self._document(lines, len(items), "interpolation", size))

    def _shape(self, annotation: Annotation, item: ExportItem) -> Shape:
        """Tag, attributes and inner elements of a shape, without its label."""
        losses, kind = self.losses, annotation.kind
        if set(annotation.flags) - {"occluded", "interpolated", "ends"}:
            losses.add("flags of shapes other than occluded cannot be told")
        if annotation.relations:
            losses.add("relations cannot be told")
        common: dict[str, Any] = {"occluded": int("occluded" in annotation.flags), "z_order": annotation.z}
        inner = self._attributes(annotation)
        box = box_of(annotation)
        if kind == "class" or box is None:
            return "tag", {}, inner
        if kind == "box":
            x, y, w, h = box
            corners = zip(("xtl", "ytl", "xbr", "ybr"), (x, y, x + w, y + h), strict=True)
            return "box", {key: number(value) for key, value in corners} | common, inner
        if kind == "rotated_box":
            cx, cy, w, h, degrees = angle_of(annotation.points[0])
            sides = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
            corners = zip(("xtl", "ytl", "xbr", "ybr"), sides, strict=True)
            return "box", {key: repr(value) for key, value in corners} | {"rotation": repr(degrees)} | common, inner
        if kind == "ellipse":
            values = dict(zip(("cx", "cy", "rx", "ry", "rotation"), annotation.points[0], strict=True))
            return "ellipse", {key: repr(value) for key, value in values.items()} | common, inner
        if kind == "keypoints":
            return "skeleton", common, [*self._joints(annotation), *inner]
        if kind == "mask" or (kind == "polygon" and len(annotation.points) > 1):
            if kind == "polygon":
                losses.add("polygons of several rings become masks")
            return "mask", _mask(annotation, item) | common, inner
        tag = {"polygon": "polygon", "polyline": "polyline", "point": "points"}[kind]
        if len(annotation.points) > 1:
            losses.add("lines of several parts keep the first one")
        ring = annotation.points[0]
        pairs = zip(ring[::2], ring[1::2], strict=True)
        return tag, {"points": ";".join(f"{number(x)},{number(y)}" for x, y in pairs)} | common, inner

    def _attributes(self, annotation: Annotation) -> list[str]:
        found = []
        for key, value in annotation.attributes.items():
            kind = "flag" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"
            known = self.used.setdefault(annotation.label_id, {})
            known[key] = kind if known.get(key, kind) == kind else "text"
            if not isinstance(value, str | bool | int | float):
                self.losses.add("values of attributes become text")
                value = json.dumps(value, ensure_ascii=False)
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found.append(f"<attribute name={_quoted(key)}>{_escaped(text)}</attribute>")
        return found

    def _joints(self, annotation: Annotation) -> Iterator[str]:
        flat = [value for ring in annotation.points for value in ring]
        names = self._names(annotation.label_id, len(flat) // 3)
        for place in range(0, len(flat), 3):
            x, y, visible = flat[place : place + 3]
            yield (
                f'<points label={_quoted(names[place // 3])} keyframe="1" outside="{int(not visible)}"'
                f' occluded="{int(visible == 1)}" points="{number(x)},{number(y)}"/>'
            )

    def _names(self, label: int, count: int) -> list[str]:
        names = [str(name) for name in self.dump.details.get(label, {}).get("keypoints") or ()]
        return names + [str(place + 1) for place in range(len(names), count)]

    def _document(self, body: list[str], size: int, mode: str, frame: tuple[int, int] | None) -> str:
        lines = ['<?xml version="1.0" encoding="utf-8"?>', "<annotations>", "  <version>1.1</version>", "  <meta>",
                 f"    <task><name>Lineside</name><size>{size}</size><mode>{mode}</mode>", "      <labels>"]  # fmt: skip
        for ident, name in self.dump.labels.items():
            lines += [f"        {line}" for line in self._label(ident, name)]
        original = (
            f"<original_size><width>{frame[0]}</width><height>{frame[1]}</height></original_size>" if frame else ""
        )
        return "\n".join(
            [*lines, f"      </labels>{original}", "    </task>", "  </meta>", *body, "</annotations>", ""]
        )

    def _label(self, ident: int, name: str) -> Iterator[str]:
        specs: dict[str, dict[str, Any]] = {
            str(each["name"]): dict(each) for each in self.dump.attributes.get(ident, ())
        }
        for key, kind in self.used.get(ident, {}).items():
            if specs.setdefault(key, {"type": kind}).get("type", "text") != kind and kind != "text":
                specs[key] = {"type": kind}
        details = self.dump.details.get(ident, {})
        joints = [str(joint) for joint in details.get("keypoints") or ()]
        yield "<label>"
        yield f"  <name>{_escaped(name)}</name><color>{escape(self.dump.colors.get(ident, '#888888'))}</color>"
        if joints:
            svg = _svg(joints, details.get("skeleton") or ())
            yield f"  <type>skeleton</type><svg>{_escaped(svg)}</svg>"
        else:
            yield "  <type>any</type>"
        yield "  <attributes>"
        for key, spec in specs.items():
            kind = str(spec.get("type", "text"))
            values = spec.get("values") if kind == "choice" else spec.get("range")
            default = spec.get("default", "")
            default = str(default).lower() if isinstance(default, bool) else str(default)
            yield (
                f"    <attribute><name>{_escaped(key)}</name><mutable>False</mutable>"
                f"<input_type>{INPUTS.get(kind, 'text')}</input_type><default_value>{_escaped(default)}</default_value>"
                f"<values>{_escaped(chr(10).join(map(str, values or ())))}</values></attribute>"
            )
        yield "  </attributes>"
        yield "</label>"
        for joint in joints:
            yield f"<label><name>{_escaped(joint)}</name><type>points</type><parent>{_escaped(name)}</parent></label>"


def sequences(items: Iterable[ExportItem]) -> dict[str, list[ExportItem]]:
    """Items by the sequence they are frames of (their group), in the order of frames; one sequence has no name."""
    groups: dict[str, list[ExportItem]] = {}
    for item in items:
        groups.setdefault(item.group or "", []).append(item)
    found: dict[str, list[ExportItem]] = {}
    for group, frames in groups.items():
        plain = name = re.sub(r"[^\w.-]+", "_", group).strip(".") or "frames"
        while name.lower() in map(str.lower, found):  # “a/b” and “a b” are two sequences
            name += "_" if len(name) > len(plain) else "-2"
        found[name] = frames
    for frames in found.values():
        frames.sort(key=lambda item: (_frame_of(item), _natural(item.name)))
    return {"": next(iter(found.values()))} if len(found) == 1 and not next(iter(found.values()))[0].group else found


def _frame_of(item: ExportItem) -> float:
    frame = item.metadata.get("frame")
    return float(frame) if isinstance(frame, int | float) else 0.0


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def _mask(annotation: Annotation, item: ExportItem) -> dict[str, Any]:
    """The run lengths of the part of the image that the mask takes, row by row."""
    import numpy as np

    mask = raster.pixels(annotation, item.width, item.height)
    x, y, w, h = (int(value) for value in rle.bounds(rle.encode(mask), item.height))
    w, h = max(w, 1), max(h, 1)
    flat = mask[y : y + h, x : x + w].ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = np.diff(np.concatenate([[0], edges, [len(flat)]])).tolist()
    counts = [0, *counts] if len(flat) and flat[0] else counts
    return {"rle": ", ".join(map(str, counts)), "left": x, "top": y, "width": w, "height": h}


def _svg(joints: Sequence[str], edges: Sequence[Sequence[int]]) -> str:
    """The drawing that CVAT keeps of a skeleton: joints on a circle."""
    import math

    parts = []
    places = [
        (50 + 40 * math.cos(k * math.tau / len(joints)), 50 + 40 * math.sin(k * math.tau / len(joints)))
        for k in range(len(joints))
    ]
    for start, end in edges:
        (x1, y1), (x2, y2) = places[start], places[end]
        parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" data-type="edge"'
            f' data-node-from="{start + 1}" data-node-to="{end + 1}"></line>'
        )
    for place, ((x, y), joint) in enumerate(zip(places, joints, strict=True), 1):
        name = escape(joint, {'"': "&quot;"})
        parts.append(
            f'<circle r="1.5" cx="{x:.1f}" cy="{y:.1f}" data-type="element node" data-element-id="{place}"'
            f' data-node-id="{place}" data-label-name="{name}"></circle>'
        )
    return "".join(parts)


def _element(tag: str, values: dict[str, Any], inner: list[str], indent: int) -> list[str]:
    said = "".join(f" {key}={_quoted(str(value))}" for key, value in values.items())
    space = " " * indent
    if not inner:
        return [f"{space}<{tag}{said}/>"]
    return [f"{space}<{tag}{said}>", *(f"{space}  {line}" for line in inner), f"{space}</{tag}>"]


def _clean(text: str) -> str:
    """Without the characters that no XML text can hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _escaped(text: str) -> str:
    return escape(_clean(text), {"\r": "&#13;"})


def _quoted(text: str) -> str:
    return quoteattr(_clean(text))
