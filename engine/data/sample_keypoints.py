"""Synthetic pictures of clips and cables on a belt, each with named points: what models of keypoints show themselves on.

Everything is drawn from a seed, as in `engine.data.sample`.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.data.sample import SIZE
from engine.workspace import write_atomically

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Canvas = NDArray[np.float32]

HIDDEN, VISIBLE = 1, 2  # COCO's v
MOST = 3  # parts in a picture
TAPE = 0.25  # share of the parts of which a piece of tape hides a point

# As the drawing looks: from its middle, along it and across, in shares of its length.
CLIP = {"tail": (-0.5, 0.0), "neck": (0.26, 0.0), "left tab": (0.42, -0.42), "right tab": (0.42, 0.42)}
CABLE = ("plug", "tip")
CATEGORIES: list[dict[str, Any]] = [
    {"id": 1, "name": "clip", "keypoints": list(CLIP), "skeleton": [[1, 2], [2, 3], [2, 4]]},
    {"id": 2, "name": "cable", "keypoints": list(CABLE), "skeleton": [[1, 2]]},
]


class Drawn(NamedTuple):
    """One part: its place among `CATEGORIES` from 0, (K, 3) x, y, v in px, and its box x, y, w, h."""

    category: int
    points: Points
    box: tuple[float, float, float, float]


def make_keypoint_sample(
    folder: Path, count: int = 120, seed: int = 0, progress: Callable[[float, str], None] | None = None
) -> Path:
    """Draw `count` pictures into `folder`/images and write their points as COCO; returns the path of the JSON file."""
    import numpy as np
    from PIL import Image

    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(count):
        picture, parts = draw_parts(np.random.default_rng([seed, number, 1]))
        name = f"images/parts-{number:04d}.jpg"
        Image.fromarray(picture).save(folder / name, quality=90)
        images.append({"id": number + 1, "file_name": name, "width": SIZE, "height": SIZE})
        annotations += [_annotation(len(annotations) + 1 + place, number + 1, one) for place, one in enumerate(parts)]
        if progress and number % 8 == 0:
            progress(number / count, "Drawing synthetic parts")
    document = {
        "info": {"description": "Lineside synthetic clips and cables", "seed": seed},
        "images": images,
        "annotations": annotations,
        "categories": CATEGORIES,
    }
    path = folder / "annotations.json"
    write_atomically(path, json.dumps(document).encode())
    return path


def _annotation(ident: int, image: int, part: Drawn) -> dict[str, Any]:
    points = [[round(x, 1), round(y, 1), int(v)] for x, y, v in part.points.tolist()]
    return {
        "id": ident, "image_id": image, "category_id": part.category + 1, "iscrowd": 0,
        "bbox": [round(value, 1) for value in part.box], "area": round(part.box[2] * part.box[3], 1),
        "keypoints": [value for point in points for value in point], "num_keypoints": len(points),
    }  # fmt: skip


def draw_parts(random: np.random.Generator) -> tuple[NDArray[np.uint8], list[Drawn]]:
    """One picture (320, 320, 3) uint8 RGB and its one to three parts; some of their points are hidden by tape."""
    import cv2
    import numpy as np

    grain = cv2.GaussianBlur(random.normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 2.0)
    canvas = (58 + 14 * grain)[..., None] * np.array([0.95, 1.0, 1.06], np.float32)
    parts: list[Drawn] = []
    for _ in range(int(random.integers(1, MOST + 1))):
        category, length = int(random.integers(2)), float(random.uniform(84, 132))
        middle = _free(random, length, [part.box for part in parts])
        if middle is not None:
            parts.append((_clip, _cable)[category](random, canvas, middle, length))
    for part in parts:
        if random.random() < TAPE:
            _tape(random, canvas, part)
    light = 1 + random.uniform(-0.25, 0.25) + random.uniform(-0.2, 0.2) * np.linspace(-1, 1, SIZE)[None, :, None]
    noise = random.normal(0, 2.5, canvas.shape[:2])[..., None]
    return np.clip(canvas * light + noise, 0, 255).astype(np.uint8), parts


def _free(random: np.random.Generator, length: float, taken: list[Any]) -> tuple[float, float] | None:
    """A middle where a part of that length touches neither the frame nor another part's box."""
    reach = length * 0.62
    for _ in range(30):
        x, y = random.uniform(reach, SIZE - reach, 2)
        if all(
            x + reach < left or left + width < x - reach or y + reach < top or top + height < y - reach
            for left, top, width, height in taken
        ):
            return float(x), float(y)
    return None


def _clip(random: np.random.Generator, canvas: Canvas, middle: tuple[float, float], length: float) -> Drawn:
    """A stamped clip: a stem that ends in two bent tabs."""
    import numpy as np

    turn = random.uniform(0, math.tau)
    along = np.array([math.cos(turn), math.sin(turn)])
    across = np.array([-along[1], along[0]])
    places = np.array([middle + length * (u * along + v * across) for u, v in CLIP.values()])
    thickness, grey = max(3, round(length * 0.085)), float(random.uniform(150, 205))
    tail, neck, left, right = places
    for shift, ink in (((2.5, 3.0), 26.0), ((0, 0), grey)):  # its shadow first
        for a, b in ((tail, neck), (neck, left), (neck, right)):
            _line(canvas, a + shift, b + shift, thickness, (ink,) * 3)
    _dot(canvas, tail + 0.1 * length * along, thickness * 0.3, (30.0,) * 3)
    return Drawn(0, _seen(places), _around(places, thickness / 2 + 1))


def _cable(random: np.random.Generator, canvas: Canvas, middle: tuple[float, float], length: float) -> Drawn:
    """A bent cable between a dark plug and a bare tip."""
    import numpy as np

    turn, bend = random.uniform(0, math.tau), random.uniform(-0.22, 0.22) * length
    along = np.array([math.cos(turn), math.sin(turn)])
    across = np.array([-along[1], along[0]])
    t = np.linspace(-0.5, 0.5, 25)
    path = np.array(middle) + length * t[:, None] * along + (bend * (1 - 4 * t**2))[:, None] * across
    thickness = max(3, round(length * 0.06))
    color = ((190.0, 60.0, 50.0), (60.0, 90.0, 190.0), (196.0, 170.0, 60.0))[int(random.integers(3))]
    for a, b in itertools.pairwise(path[3:-3]):
        _line(canvas, a, b, thickness, color)
    _line(canvas, path[-4], path[-1], max(2, thickness // 2), (214.0, 160.0, 110.0))
    _line(canvas, path[0], path[3], thickness * 2, (22.0, 22.0, 24.0))
    places = path[[0, -1]]
    return Drawn(1, _seen(places), _around(path, thickness + 1))


def _tape(random: np.random.Generator, canvas: Canvas, part: Drawn) -> None:
    """A light patch over one point, which is hidden from then on."""
    chosen = int(random.integers(len(part.points)))
    x, y = part.points[chosen, :2]
    _dot(canvas, part.points[chosen, :2], float(random.uniform(9, 13)), (205.0, 202.0, 186.0))
    near = ((part.points[:, 0] - x) ** 2 + (part.points[:, 1] - y) ** 2) < 81
    part.points[near, 2] = HIDDEN


def _seen(places: Points) -> Points:
    import numpy as np

    return np.column_stack([places, np.full(len(places), float(VISIBLE))])


def _around(places: Points, margin: float) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = places.min(0) - margin, places.max(0) + margin
    return float(left), float(top), float(right - left), float(bottom - top)


def _line(canvas: Canvas, a: Points, b: Points, thickness: int, color: tuple[float, ...]) -> None:
    import cv2

    start, end = (tuple(round(float(value - 0.5) * 16) for value in place) for place in (a, b))  # to pixel centres
    cv2.line(canvas, start, end, color, thickness, cv2.LINE_AA, 4)


def _dot(canvas: Canvas, center: Points, radius: float, color: tuple[float, ...]) -> None:
    import cv2

    at = tuple(round(float(value - 0.5) * 16) for value in center)
    cv2.circle(canvas, at, round(radius * 16), color, -1, cv2.LINE_AA, 4)
