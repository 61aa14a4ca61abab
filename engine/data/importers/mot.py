"""MOT Challenge: gt/gt.txt or det/det.txt with one line per box and frame, the frames in img1/."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import math
import re
from pathlib import Path

from engine.data.importers.base import Picture, Reading, Source
from engine.data.importers.folder import split_of_folders
from engine.data.importers.reader import FileReader
from engine.data.importers.text import label_name
from engine.errors import BadInput

CLASSES = ("Pedestrian", "Person on vehicle", "Car", "Bicycle", "Motorbike", "Non motorized vehicle", "Static person",
           "Distractor", "Occluder", "Occluder on the ground", "Occluder full", "Reflection")  # fmt: skip
MAX_REPORTED = 50


class MotImporter:
    """One sequence or a folder of them; classes by gt/labels.txt, else those of MOT16."""

    name = "mot"

    def recognise(self, source: Source) -> float:
        return 0.95 if _tables(source) else 0.0

    def read(self, source: Source) -> Reading:
        if source.path.is_file():
            folder = source.path.parent
            source = source.sibling(folder.parent if folder.name in ("gt", "det") else folder)
        reader = _Reader(source)
        reader.each(_tables(source), reader.add)
        if not reader.pictures:
            raise BadInput(
                f"There are no frames of a MOT sequence in {source.path}; they lie in img1 beside gt/gt.txt."
            )
        return reader.reading()


def _tables(source: Source) -> dict[str, Path]:
    """gt.txt of each sequence, det.txt of those that have no other."""
    texts = source.with_suffix(".txt")
    if source.path.is_file():
        return texts if source.path.name in ("gt.txt", "det.txt") else {}
    found = {name: path for name, path in texts.items() if re.search(r"(^|/)gt/gt\.txt$", name)}
    done = {name.removesuffix("gt/gt.txt") for name in found}
    others = {name: path for name, path in texts.items() if re.search(r"(^|/)det/det\.txt$", name)}
    return found | {name: path for name, path in others.items() if name.removesuffix("det/det.txt") not in done}


class _Reader(FileReader):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._tracks = 0

    def add(self, name: str, path: Path) -> None:
        """Read one sequence."""
        sequence = re.sub(r"/?(gt|det)/(gt|det)\.txt$", "", "/" + name).strip("/")
        prefix = f"{sequence}/" if sequence else ""
        names = self._classes(prefix)
        frames = self._frames(prefix, sequence)
        tracks: dict[int, int] = {}
        missing: set[int] = set()
        bad = 0
        for number, line in enumerate(self.source.read_text(path).splitlines(), 1):
            if not line.strip():
                continue
            try:
                values = [float(part) for part in line.split(",")]
                if len(values) < 6 or not all(map(math.isfinite, values[:2])):
                    raise ValueError("fewer than six numbers")
                frame, track = int(values[0]), int(values[1])
                if frame not in frames:
                    missing.add(frame)
                    continue
                known = tracks.setdefault(track, self._tracks + len(tracks) + 1) if track >= 0 else 0
                self._line(values, frames[frame], known, names, det=name.endswith("det.txt"))
            except (ValueError, OverflowError) as error:
                bad += 1
                if bad <= MAX_REPORTED:
                    self.problem(f"{name}:{number}", f"not a line of MOT: {error}")
        self._tracks += len(tracks)
        if bad > MAX_REPORTED:
            self.problem(name, f"{bad - MAX_REPORTED:,} more lines cannot be read")
        if missing:
            few = ", ".join(map(str, sorted(missing)[:5]))
            self.problem(name, f"there is no image of {len(missing):,} of its frames ({few} …)")

    def _classes(self, prefix: str) -> list[str]:
        for place in (f"{prefix}gt/labels.txt", f"{prefix}labels.txt"):
            if place in self.source.files:
                lines = self.source.read_text(self.source.files[place]).split("\n")
                names = [name for line in lines if (name := label_name(line))]
                for name in names:
                    self.labels.index(name)
                return names
        return list(CLASSES)

    def _frames(self, prefix: str, sequence: str) -> dict[int, int]:
        """The picture of each frame; frames count from 1."""
        found: dict[int, int] = {}
        inside = [name for name in self.source.images if name.startswith(prefix)]
        inside = [name for name in inside if name.startswith(f"{prefix}img1/")] or inside
        for place, name in enumerate(inside, 1):
            match = re.search(r"(\d+)\.\w+$", name)
            frame = int(match[1]) if match else place
            found.setdefault(frame, len(self.pictures))
            self.pictures.append(Picture(self.source.images[name], name, split_of_folders(name), sequence or "frames",
                                         {"frame": frame - 1}))  # fmt: skip
        return found

    def _line(self, values: list[float], picture: int, track: int, names: list[str], det: bool) -> None:
        x, y, w, h = values[2:6]
        confidence = values[6] if len(values) > 6 else 1.0
        number = int(values[7]) if len(values) > 7 and values[7] > 0 else 1
        visibility = values[8] if len(values) > 8 and 0 <= values[8] <= 1 else 1.0
        flags = [*(["ignore"] if confidence == 0 and not det else []), *(["occluded"] if visibility == 0 else [])]
        attributes = {"visibility": visibility} if 0 < visibility < 1 else {}
        label = self.labels.index(names[number - 1] if number <= len(names) else f"class_{number}")
        score = confidence if det and 0 <= confidence <= 1 else None
        self.shapes.add(picture, label, "box", (x, y, w, h), attributes=attributes, score=score,
                        details={"track": track, "flags": sorted(flags)})  # fmt: skip
