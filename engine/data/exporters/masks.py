"""Mask images: `images/` and `masks/` with a palette PNG per image, and classes.txt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data import rle
from engine.data.exporters.base import Dump, ExportItem, Files, Losses, Places, box_of, split_suffix, text_file
from engine.data.raster import pixels
from engine.data.records import Annotation
from engine.errors import BadInput

if TYPE_CHECKING:
    import numpy as np


class MasksExporter:
    """The value of a pixel is its class; where shapes lie over each other the later one counts."""

    name = "masks"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        import numpy as np
        from PIL import Image

        if len(dump.labels) > 254:
            raise BadInput(f"A mask has room for 254 labels, there are {len(dump.labels)}; choose another format.")
        value = {ident: index + 1 for index, ident in enumerate(dump.labels)}
        palette = [0, 0, 0]
        for ident in dump.labels:
            color = dump.colors.get(ident, "#888888").lstrip("#")
            palette += [int(color[i : i + 2], 16) for i in (0, 2, 4)]
        places = Places()
        for item in dump.items:
            name = item.name.removeprefix("images/")
            folder = f"{item.split}/" if item.split and not name.startswith(f"{item.split}/") else ""
            place = places.of(folder + name)
            files.put(item, f"images/{place}")
            if item.group is not None or item.metadata:
                losses.add("groups and metadata of items cannot be told")
            classes = np.zeros((item.height, item.width), np.uint8)
            seen: set[int] = set()
            for annotation in sorted(item.annotations, key=lambda one: (one.z, one.id)):
                mask = _mask(annotation, item, losses)
                if mask is None:
                    continue
                if annotation.label_id in seen:
                    losses.add("shapes of one label in one image become one")
                if (classes[mask] != 0).any():
                    losses.add("where shapes overlap only the later one is told")
                seen.add(annotation.label_id)
                classes[mask] = value[annotation.label_id]
            if seen:
                image = Image.fromarray(classes)
                image.putpalette(palette)
                target = out / "masks" / f"{split_suffix(place)[0]}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                image.save(target)
        text_file(
            out / "classes.txt", "0 background\n" + "".join(f"{value[i]} {name}\n" for i, name in dump.labels.items())
        )


def _mask(annotation: Annotation, item: ExportItem, losses: Losses) -> np.ndarray[Any, Any] | None:
    box, kind = box_of(annotation), annotation.kind
    if box is None or kind in ("polyline", "point", "keypoints"):
        losses.add(
            "labels of whole images cannot be told" if kind == "class" else f"shapes of the kind {kind} cannot be told"
        )
        return None
    if annotation.attributes:
        losses.add("attributes cannot be told")
    losses.details(annotation, "z")
    if kind == "mask" and annotation.rle is not None:
        return rle.decode(annotation.rle, item.height, item.width)
    losses.add("boxes and polygons become their pixels")
    return pixels(annotation, item.width, item.height)
