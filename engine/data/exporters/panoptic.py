"""COCO panoptic: each pixel belongs to one segment; `panoptic_<split>.json`, `panoptic_<split>/*.png`, and the images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data import raster, rle
from engine.data.exporters.base import Dump, ExportItem, Files, Losses, json_file
from engine.data.records import Annotation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PanopticExporter:
    """Shapes with an area, the higher over the lower; `isthing` is 1 for all labels."""

    name = "coco_panoptic"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        from PIL import Image

        place = {ident: index + 1 for index, ident in enumerate(dump.labels)}
        categories = [
            {"id": place[ident], "name": name, "isthing": 1, "color": _rgb(dump.colors.get(ident, "#888888")),
             "supercategory": str(dump.details.get(ident, {}).get("supercategory") or "")}
            for ident, name in dump.labels.items()
        ]  # fmt: skip
        for split in dump.splits:
            stem = f"panoptic_{split}" if split else "panoptic"
            images, annotations = [], []
            for number, item in enumerate((item for item in dump.items if item.split == split), 1):
                files.put(item, f"images/{item.name}")
                if item.group is not None or item.metadata:
                    losses.add("groups and metadata of items cannot be told")
                images.append({"id": number, "file_name": item.name, "width": item.width, "height": item.height})
                segments, colors = _segments(item, place, losses)
                name = f"{item.name.replace('/', '__').rsplit('.', 1)[0]}-{number}.png"
                annotations.append({"image_id": number, "file_name": name, "segments_info": segments})
                (out / stem).mkdir(parents=True, exist_ok=True)
                Image.fromarray(colors).save(out / stem / name)
            content = {"info": {"description": "Written by Lineside"}, "images": images,
                       "annotations": annotations, "categories": categories}  # fmt: skip
            json_file(out / f"{stem}.json", content)


def _segments(
    item: ExportItem, place: dict[int, int], losses: Losses
) -> tuple[list[dict[str, Any]], NDArray[np.uint8]]:
    """What the picture of the segments holds, and it (height, width, 3)."""
    import numpy as np

    numbers = np.zeros((item.height, item.width), np.int32)
    drawn: list[Annotation] = []
    for annotation in sorted(item.annotations, key=lambda a: (a.z, a.id)):
        if annotation.kind not in raster.AREAS:
            what = annotation.kind
            losses.add("labels of whole images cannot be told" if what == "class" else f"shapes of the kind {what} cannot be told")  # fmt: skip
            continue
        if annotation.kind != "mask":
            losses.add("boxes and polygons become their pixels")
        if annotation.attributes:
            losses.add("attributes cannot be told")
        losses.details(annotation, "z", "ignore")
        mask = raster.pixels(annotation, item.width, item.height)
        if numbers[mask].any():
            losses.add("where shapes overlap only the upper one is told")
        drawn.append(annotation)
        numbers[mask] = len(drawn)
    segments = []
    for number, annotation in enumerate(drawn, 1):
        mask = numbers == number
        area = int(mask.sum())
        if not area:
            losses.add("shapes that others cover cannot be told")
            continue
        box = [int(value) for value in rle.bounds(rle.encode(mask), item.height)]
        segments.append({"id": number, "category_id": place[annotation.label_id], "area": area, "bbox": box,
                         "iscrowd": int("ignore" in annotation.flags)})  # fmt: skip
    colors = np.stack([numbers & 255, numbers >> 8 & 255, numbers >> 16 & 255], -1).astype(np.uint8)
    return segments, colors


def _rgb(color: str) -> list[int]:
    return [int(color[start : start + 2], 16) for start in (1, 3, 5)]
