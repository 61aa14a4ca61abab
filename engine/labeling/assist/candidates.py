"""What a click may mean: outlines of many kinds around it, to be judged afterwards.

Three ways to find them: parts that look odd against their surroundings, or alike to what was clicked, at several
thresholds and with gaps of several widths closed; closed borders around the click, the best of each kind and size by
dynamic programming in polar coordinates; holes of a part count as the part, as a dark ring around a click does.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.labeling.assist.window import MARGIN, SIDE, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Masks = NDArray[np.uint8]

ANGLES, RADII = 64, SIDE // 2 - 3
BANDS = ((2, 9), (5, 18), (10, 32), (18, RADII))
ODD, EDGES, ALIKE = (2.0, 3.0, 4.5, 6.5, 9.0), (2.0, 3.0, 4.5), (3.0, 5.0, 8.0, 12.0, 17.0)
CLOSINGS = (0, 1, 2, 4)


def find(window: Window, x: float, y: float) -> Masks:
    """All candidates for a click at a place of the window, (N, SIDE, SIDE) 0 or 1, no two alike."""
    found: list[Any] = []
    for values, levels in ((window.oddness, ODD), (window.gradient[0], EDGES)):
        for level in levels:
            for gap in CLOSINGS:
                found += parts(values > level, gap, x, y)
    alike = window.likeness(x, y)
    for level in ALIKE:
        for gap in (0, 1):
            found += parts(alike < level, gap, x, y)
    found += borders(window, x, y)
    return different(found)


def different(masks: Iterable[Any]) -> Masks:
    """The masks (N, SIDE, SIDE) without what is there twice."""
    import numpy as np

    found = {np.packbits(mask).tobytes(): mask for mask in masks}
    return np.stack(list(found.values())) if found else np.zeros((0, SIDE, SIDE), np.uint8)


def parts(chosen: NDArray[np.bool_], gap: int, x: float, y: float) -> list[Masks]:
    """The part with the place in or near it, filled; once more without what is thin on it."""
    import cv2
    import numpy as np

    image = chosen.astype(np.uint8)
    if gap:
        padded = cv2.copyMakeBorder(image, gap, gap, gap, gap, cv2.BORDER_CONSTANT)
        image = np.ascontiguousarray(
            cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc(gap))[gap : SIDE + gap, gap : SIDE + gap]
        )
    outlines, _ = cv2.findContours(image, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    best, nearest = None, -2.5
    for outline in outlines:
        if len(outline) < 3:
            continue
        left, top, width, height = cv2.boundingRect(outline)
        if not (left - 3 <= x <= left + width + 3 and top - 3 <= y <= top + height + 3):
            continue
        distance = cv2.pointPolygonTest(outline, (float(x), float(y)), True)
        if distance > nearest:
            best, nearest = outline, distance
    if best is None:
        return []
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.drawContours(mask, [best], -1, 1, cv2.FILLED)
    smooth = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc(2))
    return [mask, smooth] if smooth.any() else [mask]


def borders(window: Window, x: float, y: float) -> list[Masks]:
    """For each kind of border and each band of sizes the closed line around the place that follows it best."""
    import cv2
    import numpy as np

    strength, dx, dy = window.gradient
    cosine, sine, radii = _rays()
    columns, rows = (x + radii * cosine).astype(np.float32), (y + radii * sine).astype(np.float32)
    maps = [cv2.remap(values, columns, rows, cv2.INTER_LINEAR) for values in (strength, dx, dy, window.lab[..., 0])]
    out = np.clip(maps[1] * cosine + maps[2] * sine, -8, 8)
    smooth = cv2.GaussianBlur(maps[3], (5, 1), 0)
    wide = cv2.GaussianBlur(maps[3], (21, 1), 0)
    line = np.clip((wide - smooth) / max(float(np.std(wide - smooth)), 0.3), -4, 4) * 2
    kinds = np.stack([np.clip(maps[0], 0, 8), out, -out, line])
    outside = (columns < 1) | (rows < 1) | (columns > SIDE - 2) | (rows > SIDE - 2)
    kinds = np.where(outside, -4, kinds)
    banded = np.full((len(kinds), len(BANDS), ANGLES, RADII), -40.0, np.float32)
    for number, (low, high) in enumerate(BANDS):
        banded[:, number, :, low:high] = kinds[:, :, low:high]
    best = _closed_paths(banded.reshape(-1, ANGLES, RADII))
    found = []
    for path in best:
        r = path + 1.0
        points = np.stack([x + r * cosine[:, 0], y + r * sine[:, 0]], 1)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.fillPoly(mask, [np.round(points * 16 - 8).astype(np.int32)], 1, shift=4)
        if mask.any():
            found.append(mask)
    return found


def _closed_paths(gain: NDArray[np.float32]) -> NDArray[np.int64]:
    """(B, ANGLES, RADII) gains to (B, ANGLES) radii of the best closed path whose radius changes by 1 px a step."""
    import numpy as np

    count = len(gain)
    total = np.zeros((count, RADII), np.float32)
    came = np.zeros((2 * ANGLES, count, RADII), np.int8)
    padded = np.full((count, RADII + 2), -1e6, np.float32)
    for step in range(2 * ANGLES):  # twice around: the second lap begins where the first has ended
        padded[:, 1:-1] = total
        left, middle, right = padded[:, :-2] - 0.35, padded[:, 1:-1], padded[:, 2:] - 0.35
        best = np.maximum(np.maximum(left, right), middle)
        came[step] = (right > left) * 2 - 1
        came[step][best == middle] = 0
        total = best + gain[:, step % ANGLES]
    here = total.argmax(1)
    rows = np.arange(count)
    path = np.zeros((count, ANGLES), np.int64)
    for step in range(2 * ANGLES - 1, ANGLES - 1, -1):
        path[:, step % ANGLES] = here
        here = np.clip(here + came[step, rows, here], 0, RADII - 1)
    return path


@cache
def _rays() -> tuple[Any, Any, Any]:
    import numpy as np

    turns = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False, dtype=np.float32)[:, None]
    return np.cos(turns), np.sin(turns), np.arange(1, RADII + 1, dtype=np.float32)[None]


@cache
def disc(radius: int) -> NDArray[np.uint8]:
    """A disc for morphology, (2 r + 1) px across."""
    import cv2
    import numpy as np

    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


def runs_out(masks: Masks, window: Window) -> NDArray[np.bool_]:
    """Which candidates go on outside the window while the image does too."""
    import numpy as np

    rows, columns = window.inside
    out = np.zeros(len(masks), bool)
    if rows.start == 0 and window.top > 0:
        out |= masks[:, :MARGIN].any((1, 2))
    if rows.stop == SIDE and window.top + SIDE * window.scale < window.pixels.shape[0]:
        out |= masks[:, -MARGIN:].any((1, 2))
    if columns.start == 0 and window.left > 0:
        out |= masks[:, :, :MARGIN].any((1, 2))
    if columns.stop == SIDE and window.left + SIDE * window.scale < window.pixels.shape[1]:
        out |= masks[:, :, -MARGIN:].any((1, 2))
    return out
