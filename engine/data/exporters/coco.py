"""COCO JSON: boxes, polygons, masks, keypoints; one file per split."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.data import rle
from engine.data.exporters.base import Dump, ExportItem, Files, Losses, area_of, box_of, number
from engine.data.exporters.rows import Some
from engine.data.raster import outline, pixels
from engine.data.records import Annotation

NAMELESS = "annotations.json"


class CocoExporter:
    """Images under their names, and beside them `annotations.json` or one `instances_<split>.json` per split."""

    name = "coco"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        collecting = gc.isenabled()
        gc.disable()  # half a million small objects that hold no cycles: the collector would walk them again and again
        try:
            self._write(dump, out, files, losses)
        finally:
            if collecting:
                gc.enable()

    def _write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        place = {ident: index + 1 for index, ident in enumerate(dump.labels)}
        categories = [
            {"id": place[ident], "name": name} | _category(dump.details.get(ident, {}))
            for ident, name in dump.labels.items()
        ]
        numbers = {id(item): index + 1 for index, item in enumerate(dump.items)}
        first = 1
        for split in dump.splits:
            images, annotations = [], list[Any]()
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
                annotations += _entries(item, image, first + len(annotations), place, losses)
            first += len(annotations)
            document = {"info": {"description": "Written by Lineside"}, "images": images, "annotations": annotations,
                        "categories": categories}  # fmt: skip
            name = NAMELESS if split is None else f"instances_{split}.json"
            (out / name).write_bytes(msgspec.json.encode(document))


class Box(msgspec.Struct, gc=False):
    """The entry of an annotation that is a box and nothing else: of half a million most are."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float
    segmentation: tuple[()] = ()
    iscrowd: int = 0


class Polygon(msgspec.Struct, gc=False):
    """The same of a polygon."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float
    segmentation: list[list[float]]
    iscrowd: int = 0


def _entries(item: ExportItem, image: int, first: int, place: dict[int, int], losses: Losses) -> Iterator[Any]:
    """The entries of one item, numbered from `first`."""
    annotations = item.annotations
    if isinstance(annotations, Some) and all(annotations.rows.plain[annotations.start : annotations.stop]):
        rows = annotations.rows
        columns = rows.heads
        labels, kinds, *box = (column[annotations.start : annotations.stop] for column in columns)
        entries_of = zip(range(first, first + len(labels)), labels, kinds, *box, strict=True)
        for row, (number, label, kind, x, y, w, h) in enumerate(entries_of, annotations.start):
            if kind == "box":
                yield Box(number, image, place[label], (x, y, w, h), w * h)
            else:
                rings, area = rows.polygons.of(row)
                yield Polygon(number, image, place[label], (x, y, w, h), area, rings)
        return
    entries = [(a, entry) for a in annotations if (entry := _entry(a, item, place, losses)) is not None]
    numbers = {annotation.id: number for number, (annotation, _) in enumerate(entries, first)}
    for annotation, entry in entries:
        said = _details(annotation, numbers)
        yield {"id": numbers[annotation.id], "image_id": image} | entry | ({"details": said} if said else {})


def _details(annotation: Annotation, numbers: dict[int, int]) -> dict[str, Any]:
    """What COCO has no field for, in one of our own that other programs pass over: groups, tracks, order, flags."""
    flags = [flag for flag in annotation.flags if flag != "ignore"]
    said = {"z": annotation.z, "group": annotation.group, "track": annotation.track, "flags": flags}
    said["relations"] = [[numbers[other], name] for other, name in annotation.relations if other in numbers]
    if annotation.kind in ("rotated_box", "ellipse") or _has_hole(annotation):
        said |= {"kind": annotation.kind, "points": annotation.points}
    return {key: value for key, value in said.items() if value}


def _has_hole(annotation: Annotation) -> bool:
    """Whether a ring of a polygon lies within another; to COCO several rings are parts, of which each is filled."""
    rings = annotation.points if annotation.kind == "polygon" and len(annotation.points) > 1 else ()
    return any(one is not other and _within(one[0], one[1], other) for one in rings for other in rings)


def _within(x: float, y: float, ring: Sequence[float]) -> bool:
    xs, ys = ring[::2], ring[1::2]
    edges = zip(xs, ys, (*xs[1:], xs[0]), (*ys[1:], ys[0]), strict=True)
    crossed = [(y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0) for x0, y0, x1, y1 in edges]
    return sum(crossed) % 2 == 1


def _category(details: dict[str, Any]) -> dict[str, Any]:
    """Names of key points and the supercategory; COCO counts the joints of a skeleton from 1."""
    known = {key: value for key, value in details.items() if key in ("supercategory", "keypoints")}
    skeleton = [[start + 1, end + 1] for start, end in details.get("skeleton") or ()]
    return known | ({"skeleton": skeleton} if skeleton else {})


def _entry(annotation: Annotation, item: ExportItem, place: dict[int, int], losses: Losses) -> dict[str, Any] | None:
    box = box_of(annotation)
    kind = annotation.kind
    if box is None or kind in ("class", "polyline", "point"):
        losses.add(
            {"class": "labels of whole images cannot be told"}.get(kind, f"shapes of the kind {kind} cannot be told")
        )
        return None
    attributes = dict(annotation.attributes)
    crowd = 1 if attributes.pop("iscrowd", 0) or "ignore" in annotation.flags else 0
    segmentation: Any = []
    area = box[2] * box[3]
    extra: dict[str, Any] = {}
    if kind == "mask" and annotation.rle is not None:
        segmentation = {"size": [item.height, item.width], "counts": annotation.rle}
        area = sum(rle.expand(annotation.rle)[1::2])
    elif _has_hole(annotation):
        losses.add("polygons with holes are masks to other programs")
        mask = pixels(annotation, item.width, item.height)
        segmentation = {"size": [item.height, item.width], "counts": rle.encode(mask)}
        area = int(mask.sum())
    elif kind in ("polygon", "rotated_box", "ellipse"):
        segmentation = outline(annotation)
        area = sum(abs(area_of(ring)) for ring in segmentation)
        if kind != "polygon":
            losses.add(f"{'ellipses' if kind == 'ellipse' else 'rotated boxes'} are polygons to other programs")
    elif kind == "keypoints":
        points = [number(value) for ring in annotation.points for value in ring]
        extra = {"keypoints": points, "num_keypoints": sum(1 for v in points[2::3] if v)}
        segmentation = attributes.pop("segmentation", [])
    if attributes:
        extra["attributes"] = attributes
    if annotation.score is not None:
        extra["score"] = annotation.score
    return {
        "category_id": place[annotation.label_id],
        "bbox": [box[0], box[1], box[2], box[3]],
        "area": area,
        "segmentation": segmentation,
        "iscrowd": crowd,
        **extra,
    }
