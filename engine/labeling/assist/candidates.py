"""What a click may mean: outlines of many kinds around it, to be judged afterwards.

Three ways to find them: parts that look odd against their surroundings, or alike to what was clicked, at several
thresholds and with gaps of several widths closed; closed borders around the click, the best of each kind and size by
dynamic programming in polar coordinates; holes of a part count as the part, as a dark ring around a click does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.labeling.assist.outlines import Outlines
from engine.labeling.assist.window import MARGIN, SIDE, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Masks = NDArray[np.uint8]

ANGLES, RADII = 64, SIDE // 2 - 3
BANDS = ((2, 9), (5, 18), (10, 32), (18, RADII))
ALIKE = (17.0, 12.0, 8.0, 5.0, 3.0)  # lightness steps (CIELAB) up to which a colour is alike to what was clicked
BEND, WALL = 0.35, -1e6  # what a path loses by a change of its radius, and where it may not go


def find(window: Window, x: float, y: float) -> Masks:
    """All candidates for a click at a place of the window, (N, SIDE, SIDE) 0 or 1, no two alike."""
    found: list[Any] = []
    for outlines in window.outlines:
        found += outlines.at(x, y)
    found += Outlines(-window.likeness(x, y), [-level for level in ALIKE], (0, 1)).at(x, y)
    found += borders(window, x, y)
    return different(found)


def different(masks: Sequence[Any]) -> Masks:
    """The masks (N, SIDE, SIDE) without what is there twice."""
    import numpy as np

    found = dict(zip(map(np.ndarray.tobytes, masks), masks, strict=True))
    return np.stack(list(found.values())) if found else np.zeros((0, SIDE, SIDE), np.uint8)


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
    found = []
    for path in _closed_paths(kinds):
        r = path + 1.0
        points = np.stack([x + r * cosine[:, 0], y + r * sine[:, 0]], 1)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.fillPoly(mask, [np.round(points * 16 - 8).astype(np.int32)], 1, shift=4)
        if mask.any():
            found.append(mask)
    return found


def _closed_paths(gain: NDArray[np.float32]) -> NDArray[np.int64]:
    """(K, ANGLES, RADII) gains to (K · bands, ANGLES) radii of the best closed path that stays in a band.

    A radius changes by at most 1 px a step.
    """
    import numpy as np

    # all bands of all kinds lie in one row with walls around them, so that a step is one for all
    bands = [(one[:, low:high], low) for one in gain for low, high in BANDS]
    ends = np.cumsum([part.shape[1] + 1 for part, _ in bands])
    spans = [(int(end) - part.shape[1], int(end)) for end, (part, _) in zip(ends, bands, strict=True)]
    row = np.full((ANGLES, int(ends[-1]) + 1), WALL, np.float32)
    for (start, end), (part, _) in zip(spans, bands, strict=True):
        row[:, start:end] = part
    total = np.zeros((2 * ANGLES + 1, row.shape[1]), np.float32)
    total[0, row[0] == WALL] = WALL
    total[:, [0, -1]] = WALL
    # twice around: the second lap begins where the first has ended
    best = np.empty(row.shape[1] - 2, np.float32)
    for before, gained, after in zip(total[:-1], [*row, *row], total[1:], strict=True):
        np.maximum(before[:-2], before[2:], out=best)
        np.subtract(best, BEND, out=best)
        np.maximum(best, before[1:-1], out=best)
        np.add(best, gained[1:-1], out=after[1:-1])
    lap = total[ANGLES:-1]
    left, right = lap[:, :-2] - BEND, lap[:, 2:] - BEND
    turns = np.zeros(lap.shape, np.int8)
    turns[:, 1:-1] = ((right > left) * np.int8(2) - np.int8(1)) * (np.maximum(left, right) > lap[:, 1:-1])
    here = np.array([start + total[-1, start:end].argmax() for start, end in spans])
    path = np.zeros((ANGLES, len(here)), np.int64)
    for step in range(ANGLES - 1, -1, -1):
        path[step] = here
        here = here + turns[step, here]
    return np.asarray((path - [start - low for (start, _), (_, low) in zip(spans, bands, strict=True)]).T)


@cache
def _rays() -> tuple[Any, Any, Any]:
    import numpy as np

    turns = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False, dtype=np.float32)[:, None]
    return np.cos(turns), np.sin(turns), np.arange(1, RADII + 1, dtype=np.float32)[None]


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
