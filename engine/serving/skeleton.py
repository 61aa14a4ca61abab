"""The named points of a label: how they are joined, which change places in a mirror, how exactly people place them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Of points whose skeleton gives no σ: the smallest that COCO measured, of eyes. Corners and pins are placed as exactly.
SIGMA = 0.025
# Where a name says "left", its twin says "right": whole words, one letter between separators, and Chinese.
SIDES = (("left", "right"), ("l", "r"), ("左", "右"))


@dataclass(frozen=True)
class Skeleton:
    """The K points of one label.

    Attributes:
        points: their names.
        edges: which are joined, pairs of places from 0.
        sigmas: K standard deviations of how people place them, shares of the root of the object's area (COCO's σ).
        twins: K places; the point that each one becomes in a mirror, itself for most.
    """

    points: tuple[str, ...]
    edges: tuple[tuple[int, int], ...] = ()
    sigmas: tuple[float, ...] = ()
    twins: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.sigmas:
            object.__setattr__(self, "sigmas", (SIGMA,) * len(self.points))
        if not self.twins:
            object.__setattr__(self, "twins", tuple(range(len(self.points))))
        count = len(self.points)
        if len(self.sigmas) != count or any(not value > 0 for value in self.sigmas):
            raise ValueError(f"the {count} points have the sigmas {list(self.sigmas)}; each needs one above 0")
        if sorted(self.twins) != list(range(count)) or any(not 0 <= end < count for edge in self.edges for end in edge):
            raise ValueError(f"lines or twins name other points than the {count} that are there")

    @staticmethod
    def of(details: Mapping[str, Any], count: int = 0) -> Skeleton:
        """From a label's details: "keypoints", "skeleton", and by the points' names "sigmas" and "mirrored" (pairs).

        Where nothing says which points are mirrored, their names do: “left pin” and “right pin”.

        Args:
            count: of points that have no name yet; they are numbered from 1.
        """
        names = [str(name) for name in details.get("keypoints") or ()]
        names += [str(number) for number in range(len(names) + 1, count + 1)]
        edges = [(int(a), int(b)) for a, b in details.get("skeleton") or () if max(a, b) < len(names)]
        sigmas = {name: float(value) for name, value in (details.get("sigmas") or {}).items()}
        pairs = {a: b for one in details.get("mirrored") or () for a, b in (one, one[::-1])}
        twins = [names.index(twin) if (twin := _twin(name, pairs)) in names else at for at, name in enumerate(names)]
        mutual = tuple(twin if twins[twin] == at else at for at, twin in enumerate(twins))
        return Skeleton(tuple(names), tuple(edges), tuple(sigmas.get(name, SIGMA) for name in names), mutual)

    @staticmethod
    def from_json(document: Any) -> Skeleton:
        """As `dataclasses.asdict` gave it.

        Raises:
            ValueError, TypeError, KeyError: it is none.
        """
        return Skeleton(
            tuple(str(name) for name in document["points"]),
            tuple((int(a), int(b)) for a, b in document.get("edges", ())),
            tuple(float(value) for value in document.get("sigmas", ())),
            tuple(int(value) for value in document.get("twins", ())),
        )


def named(labels: Sequence[str], skeletons: Sequence[Skeleton]) -> dict[str, dict[str, Any]]:
    """By label the names of its points and which are joined, as it goes over the wire."""
    pairs = zip(labels, skeletons, strict=True)
    return {label: {"points": list(one.points), "edges": [list(edge) for edge in one.edges]} for label, one in pairs}


def mirrors(skeletons: Sequence[Skeleton]) -> list[list[int]]:
    """The twins of each skeleton's points, filled up to the most points that one has."""
    most = max((len(one.points) for one in skeletons), default=0)
    return [[*one.twins, *range(len(one.twins), most)] for one in skeletons]


def _twin(name: str, pairs: Mapping[str, str]) -> str:
    if pairs:
        return pairs.get(name, name)
    for left, right in SIDES:
        word = f"{left}|{right}" if not left.isascii() else rf"(?<![^\W_])(?:{left}|{right})(?![^\W_])"
        other = {left: right, right: left}
        parts = re.split(f"({word})", name, flags=re.IGNORECASE)
        found = "".join(_cased(other[part.lower()], part) if at % 2 else part for at, part in enumerate(parts))
        if found != name:
            return found
    return name


def _cased(word: str, like: str) -> str:
    return word.upper() if like.isupper() else word.capitalize() if like[:1].isupper() else word
