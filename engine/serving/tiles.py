"""Large images in tiles of the network's input, without loss of detail: where tiles lie, and how their answers become one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.answers import Answer, Detection
from engine.serving.images import Pixels
from engine.serving.manifest import ModelManifest
from engine.serving.postprocess import finish
from engine.serving.preprocess import Floats, Geometry, normalise, resize
from engine.serving.regions import on_image

TILES = "tiles"  # the value of preprocess.resize
TOUCHES = 2.0  # px within which a box reaches the edge of its tile: what it is of goes on in the next one
SAME = (
    0.5  # share of the smaller of two boxes of different tiles that lies in the other, from which they are one object
)


def are_used(manifest: ModelManifest) -> bool:
    """Whether the model looks at tiles instead of at the whole image made smaller."""
    return manifest.preprocess.resize == TILES


def corners(length: int, side: int, overlap: int) -> list[int]:
    """Where tiles of `side` px begin along `length` px: the fewest that overlap by so much or more, evenly spread."""
    if length <= side:
        return [0]
    count = -(-(length - overlap) // max(1, side - overlap))
    return [round(at * (length - side) / (count - 1)) for at in range(count)]


def places(width: int, height: int, manifest: ModelManifest) -> list[Geometry]:
    """How an image of width × height px lies in each tile, row by row; px stay px."""
    spec, overlap = manifest.input, manifest.preprocess.overlap
    return [
        Geometry(width, height, 1, 1, -left, -top)
        for top in corners(height, spec.height, overlap)
        for left in corners(width, spec.width, overlap)
    ]


def look(
    pixels: Pixels, manifest: ModelManifest, infer: Callable[[Floats], Mapping[str, npt.NDArray[Any]]],
    score_threshold: float | None = None,
) -> Answer:  # fmt: skip
    """What the network says of all tiles of an image (H, W, 1 | 3), as one answer.

    Boxes of one object that a seam cuts become one; probabilities of pixels are averaged where tiles overlap, weighed by how
    far the pixel is from each tile's edge, so that regions go on across seams.
    """
    seen = _tiles(pixels, manifest, infer)
    if manifest.task == "segmentation":
        whole = _blended(seen, manifest)
        at = Geometry(pixels.shape[1], pixels.shape[0], 1, 1, 0, 0)
        large = replace(manifest, input=replace(manifest.input, width=at.width, height=at.height))
        return finish({"probabilities": whole[None]}, large, at, score_threshold=score_threshold)
    found = [
        Cut.of(one, place, manifest)
        for place, outputs in seen
        for one in finish(outputs, manifest, place, score_threshold=score_threshold).detections
    ]
    return Answer(tuple(merged(found)[: manifest.postprocess.max_detections]))


def _tiles(pixels: Pixels, manifest: ModelManifest, infer: Any) -> Iterator[tuple[Geometry, Mapping[str, Any]]]:
    for place in places(pixels.shape[1], pixels.shape[0], manifest):
        canvas, place = resize(pixels, manifest, place)
        yield place, infer(normalise(canvas, manifest))


@dataclass(frozen=True)
class Cut:
    """One object found in a tile, its box in px of the image, and whether the box reaches an edge at which the image goes on."""

    found: Detection
    tile: tuple[float, float]
    is_cut: bool

    @staticmethod
    def of(found: Detection, place: Geometry, manifest: ModelManifest) -> Cut:
        """Of a tile that lies at `place`."""
        left, top = -place.pad_x, -place.pad_y
        right, bottom = left + manifest.input.width, top + manifest.input.height
        x0, y0, x1, y1 = found.box
        cut = (
            (left > 0 and x0 < left + TOUCHES) or (top > 0 and y0 < top + TOUCHES)
            or (right < place.width and x1 > right - TOUCHES) or (bottom < place.height and y1 > bottom - TOUCHES)
        )  # fmt: skip
        return Cut(found, (left, top), cut)


def merged(found: Sequence[Cut]) -> list[Detection]:
    """Objects of all tiles, each once, the surest first.

    Whole boxes come before cut ones. What lies mostly inside a box of the same label from another tile is that object: a cut
    box is left out beside a whole one, and two cut ones become the box around both.
    """
    kept, before = _joined(found), len(found) + 1
    while len(kept) < before:  # what was joined may reach the next piece now
        before, kept = len(kept), _joined(kept)
    return sorted((one.found for one in kept), key=lambda one: -one.score)


def _joined(found: Sequence[Cut]) -> list[Cut]:
    kept: list[Cut] = []
    for one in sorted(found, key=lambda one: (one.is_cut, -one.found.score)):
        at = next((at for at, other in enumerate(kept) if _is_one(one, other)), None)
        if at is None:
            kept.append(one)
        elif kept[at].is_cut and one.is_cut:
            kept[at] = replace(kept[at], found=_around(kept[at].found, one.found))
    return kept


def _is_one(one: Cut, other: Cut) -> bool:
    if one.tile == other.tile or one.found.label != other.found.label:
        return False
    a, b = one.found.box, other.found.box
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    if wide <= 0 or high <= 0:
        return False
    if one.is_cut and other.is_cut:  # two halves of a long object share the overlap alone: so they fit across it
        across = max(wide / min(a[2] - a[0], b[2] - b[0]), high / min(a[3] - a[1], b[3] - b[1]))
        return across >= SAME
    return wide * high >= SAME * smaller


def _around(one: Detection, other: Detection) -> Detection:
    a, b = one.box, other.box
    box = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    return replace(one, box=box, score=max(one.score, other.score))


def _blended(seen: Iterator[tuple[Geometry, Mapping[str, Any]]], manifest: ModelManifest) -> Floats:
    """Probabilities (1 + C, H, W) over the whole image."""
    size = (manifest.input.width, manifest.input.height)
    ramp = np.minimum.outer(_ramp(size[1]), _ramp(size[0]))
    total: Any = None
    for place, outputs in seen:
        coarse = np.asarray(outputs["probabilities"], np.float32)[0]
        if total is None:
            total = np.zeros((len(coarse), place.height, place.width), np.float32)
            weight = np.zeros((place.height, place.width), np.float32)
        left, top = int(-place.pad_x), int(-place.pad_y)
        rows, columns = min(size[1], place.height - top), min(size[0], place.width - left)
        part = ramp[:rows, :columns]
        tile = Geometry(size[0], size[1], 1, 1, 0, 0)
        for number, values in enumerate(coarse):
            total[number, top : top + rows, left : left + columns] += (
                on_image(values, tile, size)[:rows, :columns] * part
            )
        weight[top : top + rows, left : left + columns] += part
    total /= weight
    result: Floats = total
    return result


def _ramp(length: int) -> Floats:
    """1 at the edges of a tile, growing to its middle."""
    steps = np.arange(1, length + 1, dtype=np.float32)
    return np.minimum(steps, steps[::-1])
