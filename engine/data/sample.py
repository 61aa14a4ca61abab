"""Synthetic pictures of machined parts with scratches, dents, stains and missing holes: what the program shows itself on.

Everything is drawn from a seed, so the same call gives the same pictures on every machine of one numpy version.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.workspace import write_atomically

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.float32]
    Box = tuple[float, float, float, float]

LABELS = ("scratch", "dent", "stain", "missing_hole")
SIZE = 320


def make_sample(
    folder: Path,
    count: int = 120,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
    outlines: bool = False,
    good_every: int = 8,
    rotated: bool = False,
) -> Path:
    """Draw `count` pictures into `folder`/images and write their boxes as COCO; returns the path of the JSON file.

    Args:
        outlines: write each defect's pixels as well.
        good_every: the last of so many pictures is of a flawless part.
        rotated: say each defect's place as the smallest rotated box around its pixels.
    """
    import numpy as np
    from PIL import Image

    from engine.data import rle

    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(count):
        random = np.random.default_rng([seed, number])
        picture, found = draw_part_with_masks(random, flawless=number % good_every == good_every - 1)
        name = f"images/part-{number:04d}.jpg"
        Image.fromarray(picture).save(folder / name, quality=90)
        images.append({"id": number + 1, "file_name": name, "width": SIZE, "height": SIZE})
        annotations += [
            {
                "id": len(annotations) + 1 + offset,
                "image_id": number + 1,
                "category_id": LABELS.index(label) + 1,
                "bbox": [round(value, 1) for value in box],
                "area": round(box[2] * box[3], 1),
                "iscrowd": 0,
                "segmentation": {"size": [SIZE, SIZE], "counts": rle.encode(mask)} if outlines else [],
                **({"details": {"kind": "rotated_box", "points": [_turned(mask)]}} if rotated else {}),
            }
            for offset, (label, box, mask) in enumerate(found)
        ]
        if progress and number % 8 == 0:
            progress(number / count, "Drawing synthetic parts")
    document = {
        "info": {"description": "Lineside synthetic machined parts", "seed": seed},
        "images": images,
        "annotations": annotations,
        "categories": [{"id": index + 1, "name": name} for index, name in enumerate(LABELS)],
    }
    path = folder / "annotations.json"
    write_atomically(path, json.dumps(document).encode())
    return path


def draw_part(random: np.random.Generator, flawless: bool = False) -> tuple[NDArray[np.uint8], list[tuple[str, Box]]]:
    """One picture (320, 320, 3) uint8 RGB and its defects as (label, (x, y, w, h)) in px."""
    picture, found = draw_part_with_masks(random, flawless)
    return picture, [(label, box) for label, box, _ in found]


def draw_part_with_masks(
    random: np.random.Generator, flawless: bool = False
) -> tuple[NDArray[np.uint8], list[tuple[str, Box, NDArray[np.bool_]]]]:
    """The same picture, each defect with the pixels (320, 320) that it was drawn on."""
    import cv2
    import numpy as np

    part = _Part(random)
    found: list[tuple[str, Box, NDArray[np.bool_]]] = []
    if not flawless:
        draws = {"scratch": part.scratch, "dent": part.dent, "stain": part.stain, "missing_hole": part.missing_hole}
        for label in random.choice(LABELS, size=int(random.integers(1, 4))):
            box = draws[str(label)]()
            if box is not None:
                found.append((str(label), box, part.mask))
    shaded = part.finish()
    noise = random.normal(0, 2.2, shaded.shape[:2]).astype(np.float32)[..., None]
    picture = cv2.GaussianBlur(shaded, (0, 0), float(random.uniform(0.3, 0.8))) + noise
    return np.clip(picture, 0, 255).astype(np.uint8), found


def _turned(mask: NDArray[np.bool_]) -> list[float]:
    """The corners of the smallest rotated box around some pixels, x0, y0, x1, y1, … clockwise."""
    import cv2
    import numpy as np

    rows, columns = np.nonzero(mask)
    ends = np.stack([np.concatenate([columns, columns + 1] * 2), np.concatenate([rows, rows, rows + 1, rows + 1])], 1)
    corners = cv2.boxPoints(cv2.minAreaRect(ends.astype(np.float32)))
    return [round(float(value), 2) for value in corners.ravel()]


class _Part:
    """A turned flange or a milled plate on a dark table, lit from one side."""

    def __init__(self, random: np.random.Generator) -> None:
        import numpy as np

        self.random = random
        self.y, self.x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
        self.center = (SIZE / 2 + random.uniform(-9, 9), SIZE / 2 + random.uniform(-9, 9))
        self.radius = float(random.uniform(122, 140))
        self.angle = float(random.uniform(0, math.tau))
        self.taken: list[tuple[float, float, float]] = []
        self.round = bool(random.random() < 0.6)
        self.holes = self._hole_centers()
        self.missing: set[int] = set()
        self.metal = self._metal()
        self.tint = np.zeros((SIZE, SIZE, 3), np.float32)
        self.mask = np.zeros((SIZE, SIZE), bool)  # of the defect drawn last

    def _hole_centers(self) -> list[tuple[float, float]]:
        (cx, cy), ring = self.center, self.radius * 0.72
        if self.round:
            turns = [self.angle + index * math.tau / 6 for index in range(6)]
        else:
            turns = [self.angle + math.pi / 4 + index * math.tau / 4 for index in range(4)]
            ring = self.radius * 0.88
        return [(cx + ring * math.cos(turn), cy + ring * math.sin(turn)) for turn in turns]

    def _metal(self) -> Picture:
        """Brushed steel: fine lines along the direction of the tool."""
        import cv2
        import numpy as np

        raw = self.random.normal(0, 1, (SIZE, SIZE)).astype(np.float32)
        if self.round:
            around = np.concatenate([raw[-64:], raw, raw[:64]])  # the lines close on themselves
            polar = np.ascontiguousarray(cv2.GaussianBlur(around, (0, 0), sigmaX=0.7, sigmaY=14)[64:-64])
            dx, dy = self.x - self.center[0], self.y - self.center[1]
            distance = np.hypot(dx, dy)
            turn = (np.arctan2(dy, dx) / math.tau + 0.5) * SIZE
            lines = cv2.remap(polar, distance, turn.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        else:
            lines = cv2.GaussianBlur(raw, (0, 0), sigmaX=16, sigmaY=0.7)
            turn = cv2.getRotationMatrix2D(self.center, -math.degrees(self.angle), 1.0)
            lines = cv2.warpAffine(lines, turn, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)
        return np.asarray(148 + 4.5 * lines / max(float(lines.std()), 1e-3), np.float32)

    def _shape(self) -> Picture:
        """Signed distance in px to the part's outline, positive inside."""
        import numpy as np

        dx, dy = self.x - self.center[0], self.y - self.center[1]
        if self.round:
            return np.asarray(self.radius - np.hypot(dx, dy), np.float32)
        c, s, half, corner = math.cos(self.angle), math.sin(self.angle), self.radius * 0.82, 18.0
        u, v = np.abs(c * dx + s * dy) - half + corner, np.abs(-s * dx + c * dy) - half + corner
        outside = np.hypot(np.maximum(u, 0), np.maximum(v, 0)) + np.minimum(np.maximum(u, v), 0)
        return np.asarray(corner - outside, np.float32)

    def _spot(self, reach: float) -> tuple[float, float] | None:
        """A free place on the flat of the part with `reach` px around it."""
        for _ in range(40):
            turn, distance = self.random.uniform(0, math.tau), self.radius * math.sqrt(self.random.uniform(0.1, 0.5))
            x, y = self.center[0] + distance * math.cos(turn), self.center[1] + distance * math.sin(turn)
            clear = [(hx, hy, 17.0) for hx, hy in self.holes] + [(*self.center, self.radius * 0.24), *self.taken]
            if all(math.hypot(x - ox, y - oy) > reach + other for ox, oy, other in clear):
                self.taken.append((x, y, reach))
                return x, y
        return None

    def scratch(self) -> Box | None:
        import cv2
        import numpy as np

        length = float(self.random.uniform(30, 66))
        spot = self._spot(length / 2 * 0.75)
        if spot is None:
            return None
        turn, bend = self.random.uniform(0, math.pi), self.random.uniform(-5, 5)
        along = np.linspace(-length / 2, length / 2, 24)
        across = bend * (1 - (2 * along / length) ** 2)
        xs = spot[0] + along * math.cos(turn) - across * math.sin(turn)
        ys = spot[1] + along * math.sin(turn) + across * math.cos(turn)
        points = (np.stack([xs, ys], 1) * 16).astype(np.int32)
        groove = np.zeros((SIZE, SIZE), np.float32)
        thickness = int(self.random.integers(2, 4))
        cv2.polylines(groove, [points], False, 1.0, thickness, cv2.LINE_AA, 4)
        bright = np.roll(groove, (1, 1), (0, 1))
        depth = float(self.random.uniform(64, 96))
        self.metal += bright * depth * 0.8 - groove * depth
        self.mask = np.maximum(groove, bright) > 0.5
        return _box(xs.min(), ys.min(), xs.max(), ys.max(), 2.5)

    def dent(self) -> Box | None:
        import numpy as np

        size = float(self.random.uniform(9, 16))
        spot = self._spot(size + 3)
        if spot is None:
            return None
        stretch = float(self.random.uniform(0.8, 1.25))
        dx, dy = (self.x - spot[0]) / stretch, (self.y - spot[1]) * stretch
        reach = np.hypot(dx, dy) / size
        slope = np.where(reach < 1, np.sin(np.clip(reach, 0, 1) * math.pi), 0)
        facing = (dx * 0.7 + dy * 0.7) / np.maximum(np.hypot(dx, dy), 1e-3)
        depth = float(self.random.uniform(38, 60))
        self.metal += (slope * facing * depth - np.exp(-((reach * 1.6) ** 2)) * depth * 0.35).astype(np.float32)
        self.mask = reach < 1
        w, h = size * stretch, size / stretch
        return _box(spot[0] - w, spot[1] - h, spot[0] + w, spot[1] + h, 0.0)

    def stain(self) -> Box | None:
        import cv2
        import numpy as np

        size = float(self.random.uniform(13, 23))
        spot = self._spot(size + 2)
        if spot is None:
            return None
        dx, dy = self.x - spot[0], self.y - spot[1]
        turn = np.arctan2(dy, dx)
        waves = sum(
            self.random.uniform(0.05, 0.16) * np.cos(k * turn + self.random.uniform(0, math.tau)) for k in (2, 3, 5)
        )
        edge = size * (0.8 + waves)
        inside = np.clip((edge - np.hypot(dx, dy)) / 3.0 + 0.5, 0, 1).astype(np.float32)
        cloud = cv2.GaussianBlur(self.random.normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 4)
        strength = inside * (0.75 + 0.8 * cloud)
        color = np.array([[-34, -52, -78], [-62, -56, -44], [-26, -50, -66]], np.float32)[self.random.integers(3)]
        self.tint += strength[..., None] * color * float(self.random.uniform(0.75, 1.1))
        self.mask = inside > 0.5
        rows, columns = np.nonzero(self.mask)
        return _box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, 0.0)

    def missing_hole(self) -> Box | None:
        import numpy as np

        free = [index for index in range(len(self.holes)) if index not in self.missing]
        if len(self.missing) >= 2 or not free:
            return None
        index = int(self.random.choice(free))
        self.missing.add(index)
        x, y = self.holes[index]
        self.mask = np.hypot(self.x - x, self.y - y) < 12
        return _box(x - 13, y - 13, x + 13, y + 13, 0.0)

    def finish(self) -> Picture:
        """Put the part on the table, drill its holes and light it; (320, 320, 3) float32."""
        import cv2
        import numpy as np

        shape = self._shape()
        metal = self.metal + 34 * np.exp(-(((shape - 4) / 3) ** 2)) - 30 * np.exp(-((shape / 2.2) ** 2))
        for index, (x, y) in enumerate([*self.holes, self.center]):
            radius = 11.0 if index < len(self.holes) else self.radius * 0.2
            distance = np.hypot(self.x - x, self.y - y) - radius
            if index in self.missing:  # scribed and punched, never drilled
                metal -= 46 * np.exp(-((np.hypot(self.x - x, self.y - y) / 2.4) ** 2))
                metal -= 24 * np.exp(-((distance / 1.1) ** 2))
                continue
            metal += 40 * np.exp(-(((distance - 2.5) / 2) ** 2))
            metal = np.where(distance < 0, 20 + 12 * np.clip(-distance / radius, 0, 1), metal)
        table = 46 + 5 * cv2.GaussianBlur(self.random.normal(0, 1, shape.shape).astype(np.float32), (0, 0), 3)
        shadow = cv2.GaussianBlur(np.clip(np.roll(shape, (7, 9), (0, 1)) / 2, 0, 1), (0, 0), 6)
        table *= 1 - 0.55 * shadow
        cover = np.clip(shape + 0.5, 0, 1)[..., None]
        steel = metal[..., None] * np.array([0.985, 1.0, 1.02], np.float32) + self.tint
        picture = steel * cover + (table[..., None] * np.array([0.95, 1.0, 1.06], np.float32)) * (1 - cover)
        return np.asarray(picture * self._light()[..., None], np.float32)

    def _light(self) -> Picture:
        import numpy as np

        turn, slope = self.random.uniform(0, math.tau), self.random.uniform(0.05, 0.32)
        across = ((self.x - SIZE / 2) * math.cos(turn) + (self.y - SIZE / 2) * math.sin(turn)) / SIZE
        gx, gy = self.center[0] + self.random.uniform(-70, 70), self.center[1] + self.random.uniform(-70, 70)
        glow = np.exp(-((self.x - gx) ** 2 + (self.y - gy) ** 2) / (2 * 75.0**2))
        level = self.random.uniform(0.8, 1.28)
        return np.asarray(level * (1 + slope * across) + self.random.uniform(0.0, 0.22) * glow, np.float32)


def _box(left: float, top: float, right: float, bottom: float, margin: float) -> Box:
    left, top = max(0.0, float(left) - margin), max(0.0, float(top) - margin)
    right, bottom = min(float(SIZE), float(right) + margin), min(float(SIZE), float(bottom) + margin)
    return left, top, right - left, bottom - top
