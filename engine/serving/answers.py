"""What a model says of an image: objects, regions, a label, a map of what is unusual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Detection:
    """One found object.

    Attributes:
        box: xyxy in px of the image.
        rotated: middle x and y, width, height in px and degrees clockwise of the box around it that is turned with it;
            empty where the model tells none.
        points: x, y in px of each keypoint, and how visible it is, in [0, 1]; empty likewise.
    """

    label: str
    score: float
    box: tuple[float, float, float, float]
    rotated: tuple[float, ...] = field(default=(), kw_only=True)
    points: tuple[tuple[float, float, float], ...] = field(default=(), kw_only=True)

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire; what it does not carry is left out."""
        told: dict[str, Any] = {"label": self.label, "score": round(self.score, 5), "box": _rounded(self.box)}
        if self.rotated:
            told["rotated"] = _rounded(self.rotated)
        if self.points:
            told["points"] = [_rounded(point) for point in self.points]
        return told


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 2) for value in values]


@dataclass(frozen=True)
class Classification:
    """The label with the highest score, and the score of each label in the order of the manifest."""

    label: str
    score: float
    scores: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire."""
        return {
            "label": self.label,
            "score": round(self.score, 5),
            "scores": [round(score, 5) for score in self.scores],
        }


@dataclass(frozen=True)
class Tags(Classification):
    """All labels that an image has, as a model says; `label` and `score` are those of the surest one, said or not.

    Attributes:
        said: labels with their scores, the surest first.
    """

    said: tuple[tuple[str, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire."""
        said = [{"label": label, "score": round(score, 5)} for label, score in self.said]
        return {"labels": said, "scores": [round(score, 5) for score in self.scores]}


@dataclass(frozen=True)
class Region(Detection):
    """One connected region.

    Attributes:
        area: in px of the image.
        size: (height, width) of the image.
        counts: run lengths of the whole image, column by column, background first.
    """

    area: int = 0
    size: tuple[int, int] = (0, 0)
    counts: tuple[int, ...] = ()

    def mask(self) -> Mask:
        """Its pixels (height, width)."""
        inside = np.arange(len(self.counts)) % 2 == 1
        found: Mask = np.repeat(inside, self.counts).reshape(self.size[1], self.size[0]).T
        return found

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire; the mask in COCO's uncompressed form."""
        mask = {"size": list(self.size), "counts": list(self.counts)}
        return {**super().to_json(), "area": self.area, "mask": mask}


class Answer(NamedTuple):
    """What a model says of one image.

    Attributes:
        detections: objects or regions, the surest first.
        classification: of the whole image.
        heat: (h, w) in [0, 1] over the image, how unusual each place is; anomaly models only.
        targets: by name, of a table of which several columns are foretold; `classification` is that of the first.
    """

    detections: tuple[Detection, ...] = ()
    classification: Classification | None = None
    heat: Floats | None = None
    targets: Mapping[str, Classification] = MappingProxyType({})
