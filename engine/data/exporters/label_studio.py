"""Label Studio JSON: tasks with annotations in percent, as its own export writes them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine.data import brush, rle
from engine.data.exporters.base import Dump, ExportItem, Files, Losses, box_of, json_file, text_file
from engine.data.records import Annotation


class LabelStudioExporter:
    """`tasks.json` and the labelling configuration beside the images."""

    name = "label_studio"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        tasks = []
        for number, item in enumerate(dump.items, 1):
            files.put(item, item.name)
            data = item.metadata | {"image": f"/data/local-files/?d={quote(item.name)}"}
            data |= {"split": item.split} if item.split else {}
            data |= {"group": item.group} if item.group is not None else {}
            results = [
                result
                for place, annotation in enumerate(item.annotations)
                if (result := _result(annotation, item, dump, f"{number}-{place}", losses))
            ]
            tasks.append(
                {"id": number, "data": data, "annotations": [{"id": number, "result": results}] if results else []}
            )
        json_file(out / "tasks.json", tasks)
        text_file(out / "labeling_config.xml", _config(dump))


def _result(annotation: Annotation, item: ExportItem, dump: Dump, ident: str, losses: Losses) -> dict[str, Any] | None:
    box, kind, name = box_of(annotation), annotation.kind, dump.labels[annotation.label_id]
    width, height = item.width, item.height
    result: dict[str, Any] = {"id": ident, "to_name": "image", "original_width": width, "original_height": height,
                              "image_rotation": 0}  # fmt: skip
    if annotation.attributes:
        result["meta"] = {"attributes": dict(annotation.attributes)}

    def of(kind: str, **value: Any) -> dict[str, Any]:
        return result | {"type": kind, "from_name": kind.removesuffix("labels"), "value": value | {kind: [name]}}

    def percent(x: float, y: float) -> tuple[float, float]:
        return 100 * x / width, 100 * y / height

    if kind == "class" or box is None:
        return of("choices")
    if kind == "box":
        (x, y), (w, h) = percent(*box[:2]), percent(*box[2:])
        return of("rectanglelabels", x=x, y=y, width=w, height=h, rotation=0)
    if kind == "rotated_box":
        x0, y0, x1, y1, _, _, x3, y3 = annotation.points[0]
        (x, y), (w, h) = percent(x0, y0), percent(math.hypot(x1 - x0, y1 - y0), math.hypot(x3 - x0, y3 - y0))
        if y1 == y0:
            losses.add("rotated boxes that are not turned become boxes")
        turn = math.degrees(math.atan2(y1 - y0, x1 - x0)) % 360
        return of("rectanglelabels", x=x, y=y, width=w, height=h, rotation=turn)
    if kind == "polygon":
        if len(annotation.points) > 1:
            losses.add("polygons of several rings keep their largest one")
        ring = max(annotation.points, key=len)
        pairs = zip(ring[::2], ring[1::2], strict=True)
        return of("polygonlabels", points=[list(percent(x, y)) for x, y in pairs], closed=True)
    if kind == "mask" and annotation.rle is not None:
        return of("brushlabels", format="rle", rle=brush.encode(rle.decode(annotation.rle, height, width)))
    if kind == "point" and len(annotation.points[0]) == 2:
        x, y = percent(*annotation.points[0])
        return of("keypointlabels", x=x, y=y, width=0.5)
    losses.add(f"shapes of the kind {kind} cannot be told")
    return None


def _config(dump: Dump) -> str:
    from xml.sax.saxutils import quoteattr

    kinds = {annotation.kind for item in dump.items for annotation in item.annotations}
    tags = {"box": "Rectangle", "rotated_box": "Rectangle", "polygon": "Polygon", "mask": "Brush", "point": "KeyPoint"}
    names = list(dump.labels.items())
    lines = ["<View>", '  <Image name="image" value="$image"/>']
    for tag in sorted({tags[kind] for kind in kinds if kind in tags} or {"Rectangle"}):
        lines.append(f'  <{tag}Labels name="{tag.lower()}" toName="image">')
        lines += [f"    <Label value={quoteattr(name)} background={quoteattr(dump.colors[i])}/>" for i, name in names]
        lines.append(f"  </{tag}Labels>")
    if "class" in kinds:
        lines += ['  <Choices name="choices" toName="image" choice="multiple">']
        lines += [f"    <Choice value={quoteattr(name)}/>" for _, name in names]
        lines.append("  </Choices>")
    return "\n".join([*lines, "</View>", ""])
