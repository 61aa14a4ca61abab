"""MOT Challenge: a folder per sequence with img1/, gt/gt.txt and gt/labels.txt."""

from __future__ import annotations

from pathlib import Path

from engine.data.exporters.base import Dump, ExportItem, Files, Losses, box_of, number, text_file
from engine.data.exporters.cvat import sequences
from engine.data.records import Annotation


class MotExporter:
    """Boxes with their tracks; a sequence is a group of items in the order of their frames."""

    name = "mot"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        place = {ident: index + 1 for index, ident in enumerate(dump.labels)}
        for name, items in sequences(dump.items).items():
            folder = f"{name}/" if name else ""
            tracks: dict[tuple[int, int], int] = {}
            lines: list[str] = []
            for frame, item in enumerate(items, 1):
                suffix = item.name.rsplit(".", 1)[-1] if "." in item.name else "png"
                files.put(item, f"{folder}img1/{frame:06d}.{suffix}")
                losses.add("names of images become numbers of frames")
                if item.split:
                    losses.add("splits cannot be told")
                for annotation in item.annotations:
                    key = (annotation.track, 0) if annotation.track else (0, annotation.id)
                    line = _line(annotation, place, losses)
                    if line:
                        track = tracks.setdefault(key, len(tracks) + 1)
                        lines.append(f"{frame},{track},{line}\n")
            text_file(out / f"{folder}gt" / "gt.txt", "".join(lines))
            text_file(out / f"{folder}gt" / "labels.txt", "".join(f"{name}\n" for name in dump.labels.values()))
            text_file(out / f"{folder}seqinfo.ini", _info(name or "frames", items))


def _line(annotation: Annotation, place: dict[int, int], losses: Losses) -> str:
    """Box, whether it counts, class and visibility."""
    box, kind = box_of(annotation), annotation.kind
    if box is None:
        losses.add("labels of whole images cannot be told")
        return ""
    if kind != "box":
        losses.add(f"shapes of the kind {kind} are written as boxes")
    if not annotation.track:
        losses.add("shapes outside of tracks become tracks of one frame")
    if set(annotation.attributes) - {"visibility"}:
        losses.add("attributes cannot be told")
    losses.details(annotation, "track", "ignore", "occluded")
    hidden = "occluded" in annotation.flags
    visibility = annotation.attributes.get("visibility", 1)
    shown = 0 if hidden else visibility if isinstance(visibility, int | float) else 1
    values = [number(value) for value in box]
    return ",".join(map(str, [*values, int("ignore" not in annotation.flags), place[annotation.label_id], shown]))


def _info(name: str, items: list[ExportItem]) -> str:
    first = items[0]
    return (
        f"[Sequence]\nname={name}\nimDir=img1\nframeRate=25\nseqLength={len(items)}\nimWidth={first.width}\n"
        f"imHeight={first.height}\nimExt=.{first.name.rsplit('.', 1)[-1]}\n"
    )
