"""YOLO: images/ and labels/ by split with data.yaml, for boxes, segments, oriented boxes or poses."""

from __future__ import annotations

import json
import re
from pathlib import Path

from engine.data.exporters.base import Dump, ExportItem, Files, Losses, Places, area_of, box_of, split_suffix, text_file
from engine.data.raster import outline, pixels, rings_of
from engine.data.records import Annotation


class YoloExporter:
    """`task` is detect, segment, obb or pose; "auto" chooses by what there is most of."""

    name = "yolo"

    def __init__(self, task: str = "auto") -> None:
        self.task = task

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        task = self.task if self.task != "auto" else _most(dump)
        index = {ident: place for place, ident in enumerate(dump.labels)}
        keypoints = max(
            (len(a.points[0]) // 3 for i in dump.items for a in i.annotations if a.kind == "keypoints"), default=0
        )
        places = Places()
        for item in dump.items:
            name = item.name.removeprefix("images/")
            for split in ("train/", "val/", "test/"):
                name = name.removeprefix(split)
            place = places.of((f"{item.split}/" if item.split else "") + name)
            files.put(item, f"images/{place}")
            if item.group is not None or item.metadata:
                losses.add("groups and metadata of items cannot be told")
            lines = [line for a in item.annotations if (line := _line(a, item, index, task, keypoints, losses))]
            text_file(out / "labels" / f"{split_suffix(place)[0]}.txt", "".join(f"{line}\n" for line in lines))
        if None in dump.splits and "train" not in dump.splits:
            losses.add("items without a split are written as train", sum(item.split is None for item in dump.items))
        text_file(out / "data.yaml", _settings(dump, task, keypoints))


def _most(dump: Dump) -> str:
    kinds = [annotation.kind for item in dump.items for annotation in item.annotations]
    if kinds.count("keypoints") and kinds.count("keypoints") >= len(kinds) / 2:
        return "pose"
    if kinds.count("polygon") + kinds.count("mask"):
        return "segment"
    return "obb" if kinds.count("rotated_box") else "detect"


def _settings(dump: Dump, task: str, keypoints: int) -> str:
    lines = ["path: .", *(f"{split}: images/{split}" for split in ("train", "val", "test") if split in dump.splits)]
    if None in dump.splits:
        lines += ["train: images"] if "train" not in dump.splits else []
    lines += [f"nc: {len(dump.labels)}", f"task: {task}"]
    if task == "pose":
        names = {place: dump.details.get(ident, {}).get("keypoints") for place, ident in enumerate(dump.labels)}
        lines.append(f"kpt_shape: [{keypoints}, 3]")
        if any(names.values()):
            lines += ["kpt_names:", *(f"  {place}: {_quoted(each)}" for place, each in names.items() if each)]  # fmt: skip
    lines += ["names:", *(f"  {place}: {_quoted(name)}" for place, name in enumerate(dump.labels.values()))]
    return "\n".join(lines) + "\n"


def _quoted(value: object) -> str:
    """As YAML; what it takes for the end of a line, or refuses, as its number."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _line(
    annotation: Annotation, item: ExportItem, index: dict[int, int], task: str, keypoints: int, losses: Losses
) -> str:
    box, kind = box_of(annotation), annotation.kind
    if box is None or kind in ("polyline", "point"):
        losses.add(
            "labels of whole images cannot be told" if kind == "class" else f"shapes of the kind {kind} cannot be told"
        )
        return ""
    if annotation.attributes:
        losses.add("attributes cannot be told")
    losses.details(annotation)
    number = str(index[annotation.label_id])
    width, height = float(item.width), float(item.height)

    def share(values: tuple[float, ...]) -> list[str]:
        return [repr(value / (height if place % 2 else width)) for place, value in enumerate(values)]

    x, y, w, h = box
    around = share((x + w / 2, y + h / 2, w, h))
    if task == "pose" and kind == "keypoints":
        ring = (*annotation.points[0], *[0.0] * (keypoints * 3 - len(annotation.points[0])))
        points = [part for i in range(0, len(ring), 3) for part in (*share(ring[i : i + 2]), f"{ring[i + 2]:g}")]
        return " ".join([number, *around, *points])
    corners = share((x, y, x + w, y, x + w, y + h, x, y + h))
    if task == "segment" and kind in ("mask", "ellipse"):
        rings = outline(annotation) if kind == "ellipse" else rings_of(pixels(annotation, item.width, item.height))
        if rings:
            losses.add(f"shapes of the kind {kind} are written as polygons")
            if len(rings) > 1:
                losses.add("masks of several parts keep their largest one")
            return " ".join([number, *share(tuple(rings[0]))])
    if (task == "segment" and kind in ("polygon", "rotated_box")) or (task == "obb" and kind == "rotated_box"):
        if len(annotation.points) > 1:
            losses.add("polygons of several rings keep their largest one")
        if kind == "rotated_box" and task == "segment":
            losses.add("rotated boxes are written as polygons")
        ring = max(annotation.points, key=lambda ring: abs(area_of(ring)))
        return " ".join([number, *share(ring)])
    if kind != "box":
        losses.add(f"shapes of the kind {kind} are written as boxes")
    if task in ("segment", "obb"):  # a line of another length spoils the whole file there
        losses.add("boxes are written as rotated boxes" if task == "obb" else "boxes are written as polygons")
        return " ".join([number, *corners])
    if task == "pose":
        losses.add("boxes are written with key points that are not labelled")
        return " ".join([number, *around, *["0"] * (keypoints * 3)])
    return " ".join([number, *around])
