"""LabelMe: a JSON file beside each image."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from engine.data import rle
from engine.data.exporters.base import Dump, ExportItem, Files, Losses, Places, box_of, json_file, split_suffix
from engine.data.raster import ellipse_ring
from engine.data.records import Annotation

FIELDS = ("description", "flags")


class LabelMeExporter:
    """Polygons, rectangles, rotated rectangles, circles, lines, points, masks, and flags of the image."""

    name = "labelme"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        places = Places()
        for item in dump.items:
            folder = f"{item.split}/" if item.split and not item.name.startswith(f"{item.split}/") else ""
            place = places.of(folder + item.name)
            files.put(item, place)
            if item.group is not None or item.metadata:
                losses.add("groups and metadata of items cannot be told")
            ordered = sorted(item.annotations, key=lambda annotation: (annotation.z, annotation.id))
            shapes = [shape for annotation in ordered for shape in _shapes(annotation, item, dump, losses)]
            content = {
                "version": "5.5.0",
                "flags": {dump.labels[a.label_id]: True for a in item.annotations if a.kind == "class"},
                "shapes": shapes,
                "imagePath": place.rsplit("/", 1)[-1],
                "imageData": None,
                "imageHeight": item.height,
                "imageWidth": item.width,
            }
            json_file(out / f"{split_suffix(place)[0]}.json", content, indent=1)
        used = {annotation.label_id for item in dump.items for annotation in item.annotations}
        if set(dump.labels) - used:
            losses.add("labels without a shape cannot be told", len(set(dump.labels) - used))


def _shapes(annotation: Annotation, item: ExportItem, dump: Dump, losses: Losses) -> list[dict[str, Any]]:
    box, kind = box_of(annotation), annotation.kind
    if kind == "class" or box is None:
        return []
    extra = {key: value for key, value in annotation.attributes.items() if key in FIELDS}
    if set(annotation.attributes) - {*FIELDS}:
        losses.add("attributes other than description and flags cannot be told")
    losses.details(annotation, "z", "group", *annotation.flags)  # the order is that of the list
    flags = dict(extra.get("flags") or {}) | dict.fromkeys(annotation.flags, True)
    common = {
        "label": dump.labels[annotation.label_id],
        "group_id": annotation.group or None,
        "description": "",
    } | extra
    common |= {"flags": flags}
    if kind == "box":
        x, y, w, h = box
        return [common | {"shape_type": "rectangle", "points": [[x, y], [x + w, y + h]]}]
    if kind == "mask" and annotation.rle is not None:
        return [common | _mask(annotation.rle, box, item)]
    if kind == "ellipse":
        cx, cy, rx, ry, _ = annotation.points[0]
        if rx == ry:
            return [common | {"shape_type": "circle", "points": [[cx, cy], [cx + rx, cy]]}]
        losses.add("ellipses that are no circles become polygons")
        return [common | {"shape_type": "polygon", "points": _pairs(ellipse_ring(annotation.points[0]))}]
    if kind == "keypoints":
        losses.add("key points become single points without order or visibility")
        flat = [value for ring in annotation.points for value in ring]
        visible = [[flat[i], flat[i + 1]] for i in range(0, len(flat), 3) if flat[i + 2]]
        return [common | {"shape_type": "point", "points": [point]} for point in visible]
    rings = [_pairs(ring) for ring in annotation.points]
    if len(rings) > 1:
        losses.add("polygons of several rings become several polygons")
    names = {"polygon": "polygon", "rotated_box": "oriented_rectangle", "point": "point", "polyline": "linestrip"}
    return [
        common | {"shape_type": "line" if kind == "polyline" and len(ring) == 2 else names[kind], "points": ring}
        for ring in rings
    ]


def _pairs(ring: Any) -> list[list[float]]:
    return [[x, y] for x, y in zip(ring[::2], ring[1::2], strict=True)]


def _mask(text: str, box: tuple[float, float, float, float], item: ExportItem) -> dict[str, Any]:
    from PIL import Image

    left, top, width, height = (int(value) for value in box)
    part = rle.decode(text, item.height, item.width)[top : top + height, left : left + width]
    out = io.BytesIO()
    Image.fromarray(part.astype("uint8") * 255).convert("1").save(out, "PNG")
    corners = [[left, top], [left + width - 1, top + height - 1]]
    return {"shape_type": "mask", "points": corners, "mask": base64.b64encode(out.getvalue()).decode()}
