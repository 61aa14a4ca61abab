"""Images alone, or sorted into a folder per class (also what YOLO's classification reads)."""

from __future__ import annotations

import re
from pathlib import Path

from engine.data.exporters.base import Dump, ExportItem, Files, Losses

MOST = 60  # characters of a folder's name


class FolderExporter:
    """The images under their names."""

    name = "folder"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        out.mkdir(parents=True, exist_ok=True)
        for item in dump.items:
            files.put(item, item.name)
            if item.annotations:
                losses.add("annotations cannot be told", len(item.annotations))


class FolderPerClassExporter:
    """`<split>/<label>/<image>`; what has no label of the whole image is sorted by its most frequent one."""

    name = "folder_per_class"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        out.mkdir(parents=True, exist_ok=True)
        used: set[str] = set()
        for item in dump.items:
            label = _label(item, dump, losses)
            last = item.name.rsplit("/", 1)[-1]
            place = "/".join(part for part in (item.split, label, last) if part)
            number = 1
            while place.lower() in used:
                number += 1
                place = "/".join(part for part in (item.split, label, f"{number}-{last}") if part)
            used.add(place.lower())
            files.put(item, place)
            if item.group is not None or item.metadata:
                losses.add("groups and metadata of items cannot be told")


def _label(item: ExportItem, dump: Dump, losses: Losses) -> str:
    whole = [annotation.label_id for annotation in item.annotations if annotation.kind == "class"]
    if len(whole) > 1:
        losses.add("a second label of the same image cannot be told")
    if any(annotation.attributes for annotation in item.annotations):
        losses.add("attributes cannot be told")
    if len(item.annotations) > len(whole):
        losses.add("shapes cannot be told", len(item.annotations) - len(whole))
    found = whole or [annotation.label_id for annotation in item.annotations]
    if not found:
        return "unlabelled" if item.split is None else ""
    name = dump.labels[max(set(found), key=lambda ident: (found.count(ident), -ident))]
    return re.sub(r'[\x00-\x1f<>:"|?*/\\]', "_", name).strip(". ")[:MOST] or "_"
