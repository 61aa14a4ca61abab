"""Open Images CSV: a table of boxes, of labels of whole images and of masks per split, with the names of the labels."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from engine.data import raster
from engine.data.exporters.base import Dump, ExportItem, Files, Losses, box_of, text_file
from engine.data.records import Annotation

CORNERS = ("XMin", "XMax", "YMin", "YMax")
BOXES = ("ImageID", "Source", "LabelName", "Confidence", *CORNERS, "IsOccluded", "IsTruncated", "IsGroupOf",
         "IsDepiction", "IsInside")  # fmt: skip
CLASSES = ("ImageID", "Source", "LabelName", "Confidence")
MASKS = ("MaskPath", "ImageID", "LabelName", "BoxID", *(f"Box{key}" for key in CORNERS), "PredictedIoU", "Clicks")
Tables = dict[str, list[list[Any]]]


class OpenImagesExporter:
    """Images by split under their id, which is their name without folders."""

    name = "open_images"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        idents = {ident: f"/m/{place:05d}" for place, ident in enumerate(dump.labels)}
        _table(out / "class-descriptions-boxable.csv", [], [[idents[i], name] for i, name in dump.labels.items()])
        used: set[str] = set()
        for split in dump.splits:
            word = {"val": "validation", None: "images"}.get(split, str(split))
            tables: Tables = {"bbox": [], "human-imagelabels": [], "object-segmentation": []}
            for item in (item for item in dump.items if item.split == split):
                ident = _ident(item, used)
                suffix = item.name.rsplit(".", 1)[-1] if "." in item.name else "png"
                files.put(item, f"{word}/{ident}.{suffix}")
                if item.group is not None or item.metadata:
                    losses.add("groups and metadata of items cannot be told")
                for annotation in item.annotations:
                    _add(annotation, item, ident, idents, tables, out, losses)
            for name, columns in (("bbox", BOXES), ("human-imagelabels", CLASSES), ("object-segmentation", MASKS)):
                if tables[name] or name == "bbox":
                    _table(out / f"{word}-annotations-{name}.csv", columns, tables[name])


def _ident(item: ExportItem, used: set[str]) -> str:
    """The id of an image: letters, digits and the like, of which nothing is a path."""
    plain = re.sub(r"\.\.+", "_", re.sub(r"[/\\]+", "__", item.stem))
    ident, number = plain, 1
    while ident.lower() in used:
        number += 1
        ident = f"{plain}-{number}"
    used.add(ident.lower())
    return ident


def _add(
    annotation: Annotation,
    item: ExportItem,
    ident: str,
    idents: dict[int, str],
    tables: Tables,
    out: Path,
    losses: Losses,
) -> None:
    box, kind, label = box_of(annotation), annotation.kind, idents[annotation.label_id]
    losses.details(annotation, "occluded", "truncated", "ignore")
    others = {key: value for key, value in annotation.attributes.items() if key in ("IsDepiction", "IsInside")}
    if set(annotation.attributes) - set(others):
        losses.add("attributes cannot be told")
    if kind == "class" or box is None:
        tables["human-imagelabels"].append([ident, "verification", label, 1])
        return
    x, y, w, h = box
    corners = [repr(v) for v in (x / item.width, (x + w) / item.width, y / item.height, (y + h) / item.height)]
    if kind in ("mask", "polygon", "ellipse"):
        if kind != "mask":
            losses.add(f"shapes of the kind {kind} become masks")
        if annotation.flags:
            losses.add("flags of masks cannot be told")
        name = f"{ident}_{label[3:]}_{len(tables['object-segmentation']):06d}.png"
        _mask(annotation, item, out / "masks" / name)
        tables["object-segmentation"].append([name, ident, label, f"{annotation.id:x}", *corners, 0, ""])
        return
    if kind != "box":
        losses.add(f"shapes of the kind {kind} are written as boxes")
    flags = [int(flag in annotation.flags) for flag in ("occluded", "truncated", "ignore")]
    flags += [int(bool(others.get(key))) for key in ("IsDepiction", "IsInside")]
    tables["bbox"].append([ident, "xclick", label, 1, *corners, *flags])


def _mask(annotation: Annotation, item: ExportItem, path: Path) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(raster.pixels(annotation, item.width, item.height)).save(path, "PNG")


def _table(path: Path, header: Any, rows: list[list[Any]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows] if header else rows)
    text_file(path, text.getvalue())
