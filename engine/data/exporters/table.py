"""CSV: one row per box or class, one without label for an image that has none."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from engine.data.exporters.base import Dump, Files, Losses, box_of, number, text_file

HEADER = ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax", "split", "group", "attributes")


class CsvExporter:
    """`annotations.csv` beside the images, in UTF-8 with a mark so that spreadsheet programs read Chinese right."""

    name = "csv"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADER)
        for item in dump.items:
            files.put(item, item.name)
            head: list[Any] = [item.name, item.width, item.height]
            tail = [item.split or "", item.group or ""]
            if item.metadata:
                losses.add("metadata of items cannot be told")
            rows = 0
            for annotation in item.annotations:
                box, kind = box_of(annotation), annotation.kind
                if kind in ("polyline", "point"):
                    losses.add(f"shapes of the kind {kind} cannot be told")
                    continue
                if kind not in ("box", "class"):
                    losses.add(f"shapes of the kind {kind} are written as boxes")
                losses.details(annotation)
                corners: list[Any] = ["", "", "", ""]
                if box is not None:
                    x, y, w, h = box
                    corners = [number(value) for value in (x, y, x + w, y + h)]
                attributes = (
                    json.dumps(dict(annotation.attributes), ensure_ascii=False) if annotation.attributes else ""
                )
                writer.writerow([*head, dump.labels[annotation.label_id], *corners, *tail, attributes])
                rows += 1
            if not rows:
                writer.writerow([*head, "", "", "", "", "", *tail, ""])
        used = {annotation.label_id for item in dump.items for annotation in item.annotations}
        if set(dump.labels) - used:
            losses.add("labels without a shape cannot be told", len(set(dump.labels) - used))
        text_file(out / "annotations.csv", "\ufeff" + text.getvalue())
