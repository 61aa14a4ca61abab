"""COCO JSON: boxes, polygons, masks, keypoints; one file per split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from engine.data import rle
from engine.data.exporters.base import Dump, ExportItem, Files, Losses, box_of, number
from engine.data.records import Annotation

NAMELESS = "annotations.json"


class CocoExporter:
    """Images under their names, and beside them `annotations.json` or one `instances_<split>.json` per split."""

    name = "coco"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        place = {ident: index + 1 for index, ident in enumerate(dump.labels)}
        categories = [
            {"id": place[ident], "name": name} | dump.details.get(ident, {}) for ident, name in dump.labels.items()
        ]
        numbers = {id(item): index + 1 for index, item in enumerate(dump.items)}
        first = 1
        for split in dump.splits:
            images, annotations = [], list[dict[str, Any]]()
            for item in dump.items:
                if item.split != split:
                    continue
                files.put(item, item.name)
                image = numbers[id(item)]
                images.append(
                    item.metadata | {"id": image, "file_name": item.name, "width": item.width, "height": item.height}
                )
                if item.group is not None:
                    losses.add("groups of items cannot be told")
                for annotation in item.annotations:
                    entry = _entry(annotation, item, place, losses)
                    if entry is not None:
                        entry["id"] = first
                        entry["image_id"] = image
                        first += 1
                        annotations.append(entry)
            document = {"info": {"description": "Written by Lineside"}, "images": images, "annotations": annotations,
                        "categories": categories}  # fmt: skip
            name = NAMELESS if split is None else f"instances_{split}.json"
            (out / name).write_bytes(msgspec.json.encode(document))


def _entry(annotation: Annotation, item: ExportItem, place: dict[int, int], losses: Losses) -> dict[str, Any] | None:
    box = box_of(annotation)
    kind = annotation.kind
    if box is None or kind in ("class", "polyline", "point"):
        losses.add(
            {"class": "labels of whole images cannot be told"}.get(kind, f"shapes of the kind {kind} cannot be told")
        )
        return None
    attributes = dict(annotation.attributes)
    crowd = 1 if attributes.pop("iscrowd", 0) else 0
    segmentation: Any = []
    area = box[2] * box[3]
    extra: dict[str, Any] = {}
    if kind == "mask" and annotation.rle is not None:
        segmentation = {"size": [item.height, item.width], "counts": annotation.rle}
        area = sum(rle.expand(annotation.rle)[1::2])
    elif kind in ("polygon", "rotated_box"):
        segmentation = [list(ring) for ring in annotation.points]
        area = sum(abs(_area(ring)) for ring in annotation.points)
        if kind == "rotated_box":
            losses.add("rotated boxes are written as polygons")
    elif kind == "keypoints":
        points = [number(value) for ring in annotation.points for value in ring]
        extra = {"keypoints": points, "num_keypoints": sum(1 for v in points[2::3] if v)}
        segmentation = attributes.pop("segmentation", [])
    if attributes:
        extra["attributes"] = attributes
    return {
        "category_id": place[annotation.label_id],
        "bbox": [box[0], box[1], box[2], box[3]],
        "area": area,
        "segmentation": segmentation,
        "iscrowd": crowd,
        **extra,
    }


def _area(ring: tuple[float, ...]) -> float:
    """Signed area of a polygon (x0, y0, x1, y1, …): the shoelace formula."""
    xs, ys = ring[::2], ring[1::2]
    pairs = zip(xs, ys, (*xs[1:], xs[0]), (*ys[1:], ys[0]), strict=True)
    return sum(x0 * y1 - x1 * y0 for x0, y0, x1, y1 in pairs) / 2
