"""Datumaro JSON: annotations/<subset>.json and images/<subset>/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.data import raster, rle
from engine.data.exporters.base import (
    Dump,
    ExportItem,
    Files,
    Losses,
    Places,
    angle_of,
    box_of,
    json_file,
    split_suffix,
)
from engine.data.records import Annotation

ATTRIBUTES = {"ignore": "is_crowd"}


class DatumaroExporter:
    """All kinds but polygons with holes, which become masks."""

    name = "datumaro"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        place = {ident: index for index, ident in enumerate(dump.labels)}
        categories = _categories(dump, place)
        if any(dump.attributes.values()):
            losses.add("rules of attributes cannot be told")
        for split in dump.splits:
            subset = split or "default"
            items = []
            places = Places()
            for item in dump.items:
                if item.split != split:
                    continue
                place_of = places.of(item.name)
                files.put(item, f"images/{subset}/{place_of}")
                attr = item.metadata | ({"group_key": item.group} if item.group is not None else {})
                annotations = [_entry(a, number, item, place, losses) for number, a in enumerate(item.annotations, 1)]
                items.append(
                    {"id": split_suffix(place_of)[0], "annotations": annotations, "attr": attr,
                     "image": {"path": place_of, "size": [item.height, item.width]}}
                )  # fmt: skip
            content = {"info": {"description": "Written by Lineside"}, "categories": categories, "items": items}
            json_file(out / "annotations" / f"{subset}.json", content)


def _categories(dump: Dump, place: dict[int, int]) -> dict[str, Any]:
    labels = [
        {"name": name, "parent": dump.labels.get(dump.parents.get(ident, 0), ""), "attributes": []}
        for ident, name in dump.labels.items()
    ]
    joints = [
        {"label_id": place[ident], "labels": list(details.get("keypoints") or ()),
         "joints": [[start + 1, end + 1] for start, end in details.get("skeleton") or ()]}
        for ident, details in dump.details.items() if details.get("keypoints")
    ]  # fmt: skip
    colors = [
        {"label_id": place[ident], "r": int(color[1:3], 16), "g": int(color[3:5], 16), "b": int(color[5:7], 16)}
        for ident, color in dump.colors.items()
    ]
    return {
        "label": {"labels": labels, "label_groups": [], "attributes": []},
        "mask": {"colormap": colors},
        **({"points": {"items": joints}} if joints else {}),
    }


def _entry(
    annotation: Annotation, number: int, item: ExportItem, place: dict[int, int], losses: Losses
) -> dict[str, Any]:
    attributes = dict(annotation.attributes)
    attributes |= {ATTRIBUTES.get(flag, flag): True for flag in annotation.flags if flag != "interpolated"}
    if annotation.track:
        attributes |= {"track_id": annotation.track, "keyframe": "interpolated" not in annotation.flags}
    elif "interpolated" in annotation.flags:
        attributes["keyframe"] = False
    if annotation.score is not None:
        attributes["score"] = annotation.score
    losses.details(annotation, "z", "group", "track", *annotation.flags)
    common = {"id": number, "label_id": place[annotation.label_id], "group": annotation.group,
              "z_order": annotation.z, "attributes": attributes}  # fmt: skip
    return common | _shape(annotation, item, losses)


def _shape(annotation: Annotation, item: ExportItem, losses: Losses) -> dict[str, Any]:
    box, kind = box_of(annotation), annotation.kind
    if kind == "class" or box is None:
        return {"type": "label"}
    if kind == "box":
        return {"type": "bbox", "bbox": list(box)}
    if kind == "rotated_box":
        return {"type": "rotated_bbox"} | dict(
            zip(("cx", "cy", "w", "h", "r"), angle_of(annotation.points[0]), strict=True)
        )
    if kind == "ellipse":
        cx, cy, rx, ry, degrees = annotation.points[0]
        if degrees:
            losses.add("the turn of ellipses is lost in other programs")
        return {"type": "ellipse", "points": [cx - rx, cy - ry, cx + rx, cy + ry]} | ({"r": degrees} if degrees else {})
    if kind == "mask" or (kind == "polygon" and len(annotation.points) > 1):
        if kind == "polygon":
            losses.add("polygons of several rings become masks")
        text = annotation.rle or rle.encode(raster.pixels(annotation, item.width, item.height))
        return {"type": "mask", "rle": {"counts": text, "size": [item.height, item.width]}}
    if kind == "keypoints":
        flat = [value for ring in annotation.points for value in ring]
        points = [value for i in range(0, len(flat), 3) for value in flat[i : i + 2]]
        return {"type": "points", "points": points, "visibility": [int(v) for v in flat[2::3]], "bbox": list(box)}
    if kind == "point":
        return {"type": "points", "points": list(annotation.points[0]), "visibility": [2]}
    if len(annotation.points) > 1:
        losses.add("lines of several parts keep the first one")
    return {"type": kind, "points": list(annotation.points[0])}
