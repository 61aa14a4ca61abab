"""A person's strokes on images, kept in the workspace: from them a pixel classifier is learnt anew whenever it is needed.

What is kept is the strokes (JSON), never the classifier: nothing that is read back can execute anything.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import BadInput, UsageError
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from numpy.typing import NDArray

BACKGROUND = 0
MOST_POINTS = 4000  # of one stroke


@dataclass(frozen=True)
class Stroke:
    """One stroke: label id (0: background), width in px, places (x0, y0, x1, y1, …) in px of the image."""

    label: int
    width: float
    points: tuple[float, ...]


@dataclass
class Scribbles:
    """All strokes of one classifier, by item id."""

    name: str
    strokes: dict[int, list[Stroke]] = field(default_factory=dict)

    @property
    def labels(self) -> list[int]:
        """The label ids that were used, without the background."""
        return sorted({stroke.label for strokes in self.strokes.values() for stroke in strokes} - {BACKGROUND})

    @property
    def ready(self) -> bool:
        """Whether there is something to tell apart."""
        return len({stroke.label for strokes in self.strokes.values() for stroke in strokes}) >= 2

    def save(self, folder: Path) -> None:
        """Write them into a workspace folder."""
        strokes = {
            str(item): [{"label": one.label, "width": one.width, "points": list(one.points)} for one in strokes]
            for item, strokes in self.strokes.items()
            if strokes
        }
        path = _path(folder, self.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"strokes": strokes}).encode())


def load(folder: Path, name: str) -> Scribbles:
    """The scribbles of that name; none yet: empty.

    Raises:
        BadInput: the file is damaged.
    """
    path = _path(folder, name)
    if not path.exists():
        return Scribbles(name)
    try:
        content = json.loads(path.read_text("utf-8"))
        strokes = {int(item): [_stroke(one) for one in found] for item, found in content["strokes"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{path} holds no scribbles ({error}); remove it to begin anew.") from error
    return Scribbles(name, strokes)


def names(folder: Path) -> list[str]:
    """The classifiers of a workspace folder."""
    return sorted(path.stem for path in (folder / "assist" / "scribbles").glob("*.json"))


def remove(folder: Path, name: str) -> None:
    """Drop the scribbles of that name."""
    _path(folder, name).unlink(missing_ok=True)


def painted(strokes: list[Stroke], height: int, width: int) -> NDArray[np.int32]:
    """(H, W): label id where there is a stroke, the last one on top; −1 elsewhere."""
    import cv2

    canvas = np.full((height, width), -1, np.int32)
    for stroke in strokes:
        points = np.array(stroke.points, np.float64).reshape(-1, 2) - 0.5
        fixed = np.round(np.clip(points, -8, [width + 8, height + 8]) * 16).astype(np.int32)
        thick = max(1, round(stroke.width))
        if len(fixed) == 1:
            cv2.circle(canvas, fixed[0].tolist(), round(thick * 8), stroke.label, -1, shift=4)
        else:
            cv2.polylines(canvas, [fixed], False, stroke.label, thick, shift=4)
    return canvas


def _stroke(values: dict[str, Any]) -> Stroke:
    points = tuple(float(value) for value in values["points"])
    label, width = int(values["label"]), float(values["width"])
    if not 2 <= len(points) <= 2 * MOST_POINTS or len(points) % 2 or not np.isfinite(points).all():
        raise ValueError("a stroke without places")
    if not 0 < width <= 500 or not 0 <= label < 2**31:
        raise ValueError("a stroke without a width or label")
    return Stroke(label, width, points)


def _path(folder: Path, name: str) -> Path:
    if not re.fullmatch(r"[\w][\w .+-]{0,62}", name):
        raise UsageError(f"“{name}” cannot be the name of a classifier: letters, digits, spaces, dots and dashes.")
    return folder / "assist" / "scribbles" / f"{name}.json"
