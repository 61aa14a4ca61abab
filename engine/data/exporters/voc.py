"""Pascal VOC: JPEGImages, an XML file per image in Annotations, ImageSets/Main with the splits."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import escape

from engine.data.exporters.base import (
    Dump,
    ExportItem,
    Files,
    Losses,
    Places,
    box_of,
    number,
    other_attributes,
    split_suffix,
    text_file,
)
from engine.data.records import Annotation

FLAGS = ("pose", "truncated", "difficult", "occluded")


class VocExporter:
    """Boxes, rotated boxes and polygons."""

    name = "voc"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        sets: dict[str, list[str]] = {}
        last_names = Counter(map(_last, dump.items))
        places = Places()
        for item in dump.items:
            flat = item.name.rsplit("/", 1)[-1]
            if last_names[_last(item)] > 1:  # VOC has no folders
                flat = item.name.replace("/", "__")
            flat = places.of(flat)
            files.put(item, f"JPEGImages/{flat}")
            stem, _ = split_suffix(flat)
            if item.split:
                sets.setdefault(item.split, []).append(stem)
            if item.group is not None or item.metadata:
                losses.add("groups and metadata of items cannot be told")
            text_file(out / "Annotations" / f"{stem}.xml", _xml(item, flat, dump, losses))
        for split, stems in sets.items():
            text_file(out / "ImageSets" / "Main" / f"{split}.txt", "\n".join(stems) + "\n")
        unused = set(dump.labels) - {a.label_id for item in dump.items for a in item.annotations}
        if unused:
            losses.add("labels without a shape cannot be told", len(unused))


def _last(item: ExportItem) -> str:
    return item.stem.rsplit("/", 1)[-1].lower()


def _xml(item: ExportItem, name: str, dump: Dump, losses: Losses) -> str:
    objects = "".join(_object(annotation, dump, losses) for annotation in item.annotations)
    return (
        f"<annotation>\n\t<folder>JPEGImages</folder>\n\t<filename>{escape(name)}</filename>\n"
        f"\t<size>\n\t\t<width>{item.width}</width>\n\t\t<height>{item.height}</height>\n\t\t<depth>3</depth>\n\t</size>\n"
        f"\t<segmented>0</segmented>\n{objects}</annotation>\n"
    )


def _object(annotation: Annotation, dump: Dump, losses: Losses) -> str:
    box = box_of(annotation)
    if box is None or annotation.kind in ("polyline", "point"):
        kind = annotation.kind
        losses.add(
            "labels of whole images cannot be told" if kind == "class" else f"shapes of the kind {kind} cannot be told"
        )
        return ""
    losses.details(annotation, "truncated", "occluded")
    lines = [f"<name>{escape(dump.labels[annotation.label_id])}</name>"]
    for flag in FLAGS:
        said = int(flag in annotation.flags)
        value = annotation.attributes.get(flag, "Unspecified" if flag == "pose" else said)
        if flag != "occluded" or said or flag in annotation.attributes:
            lines.append(f"<{flag}>{escape(str(int(value) if isinstance(value, bool) else value))}</{flag}>")
    others = other_attributes(annotation, frozenset(FLAGS))
    if others:
        lines.append("<attributes>" + "".join(
            f"<attribute><name>{escape(str(key))}</name><value>{escape(str(value))}</value></attribute>" for key, value in others.items()
        ) + "</attributes>")  # fmt: skip
        if any(not isinstance(value, str) for value in others.values()):
            losses.add("values of attributes become text")
    if annotation.kind == "rotated_box":
        lines.append(_rotated(annotation.points[0]))
    elif annotation.kind == "polygon" and len(annotation.points) == 1:
        ring = annotation.points[0]
        points = zip(ring[::2], ring[1::2], strict=True)
        coordinates = "".join(f"<x{i}>{number(x)}</x{i}><y{i}>{number(y)}</y{i}>" for i, (x, y) in enumerate(points, 1))
        lines.append(f"<polygon>{coordinates}</polygon>")
    elif annotation.kind in ("polygon", "mask", "keypoints", "ellipse"):
        losses.add(f"shapes of the kind {annotation.kind} are written as boxes" if annotation.kind != "polygon" else
                   "polygons of several rings are written as boxes")  # fmt: skip
    x, y, w, h = box
    corners = zip(("xmin", "ymin", "xmax", "ymax"), (x, y, x + w, y + h), strict=True)
    if annotation.kind != "rotated_box":
        lines.append("<bndbox>" + "".join(f"<{key}>{number(value)}</{key}>" for key, value in corners) + "</bndbox>")
    return "\t<object>\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t</object>\n"


def _rotated(ring: tuple[float, ...]) -> str:
    (x0, y0, x1, y1, x2, y2), (x3, y3) = ring[:6], ring[6:8]
    w, h = math.hypot(x1 - x0, y1 - y0), math.hypot(x3 - x0, y3 - y0)
    values = ((x0 + x2) / 2, (y0 + y2) / 2, w, h, math.atan2(y1 - y0, x1 - x0))
    body = "".join(
        f"<{key}>{value!r}</{key}>" for key, value in zip(("cx", "cy", "w", "h", "angle"), values, strict=True)
    )
    return f"<robndbox>{body}</robndbox>"
