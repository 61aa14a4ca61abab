"""Masks that a further click may mean: the one shown with parts added or cut off, and as a whole in a plainer shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.labeling.assist.outlines import disc
from engine.labeling.assist.window import SIDE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Masks = NDArray[np.uint8]


def added(shown: Masks, around_click: Masks, x: float, y: float) -> Masks:
    """The mask with what is around a click beside it: parts found there, discs, and bridges to it."""
    import cv2
    import numpy as np

    gap = cv2.distanceTransform(1 - shown, cv2.DIST_L2, 3) if shown.any() else np.full(shown.shape, 9.0, np.float32)
    reach = float(gap[pixel(x, y)])
    more = [spot(x, y, max(reach * share, 1)) for share in (0.35, 0.55, 0.8, 1.0, 1.3)]
    more += _bridges(shown, x, y)
    joined = shown[None] | np.stack([*more, *around_click])
    closed = [cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc(2)) for mask in joined[: len(more)]]
    whole = [cv2.dilate(shown, disc(by)) for by in (1, 2)]
    plain = [shape for mask in (joined[2], joined[3], *joined[5:8]) for shape in shapes(mask)]
    return np.stack([*joined, *closed, *whole, *plain])


def cut(shown: Masks, around_click: Masks, x: float, y: float) -> Masks:
    """The mask without what is around a click on it: parts found there, discs."""
    import cv2
    import numpy as np

    reach = min(float(cv2.distanceTransform(shown, cv2.DIST_L2, 3)[pixel(x, y)]), SIDE)  # all may be shown
    less = [spot(x, y, max(reach * share, 1)) for share in (0.35, 0.55, 0.8, 1.0, 1.3, 1.8)]
    rest = shown[None] & (1 - np.stack([*less, *around_click]))
    opened = [cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc(1)) for mask in rest[: len(less)]]
    whole = [cv2.erode(shown, disc(by)) for by in (1, 2)]
    whole += [cv2.morphologyEx(shown, cv2.MORPH_OPEN, disc(by)) for by in (1, 2, 3)]
    plain = [shape for mask in (rest[2], rest[4]) for shape in shapes(mask)]
    return np.stack([*rest, *opened, *whole, *plain])


def finer(mask: Masks) -> list[Masks]:
    """The mask a little larger, smaller, smoother, and moved by 1 px."""
    import cv2
    import numpy as np

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    smooth = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5) > 0.5).astype(np.uint8)
    moved = [np.roll(mask, by, axis) for axis in (0, 1) for by in (-1, 1)]
    return [cv2.erode(mask, cross), cv2.dilate(mask, cross), smooth, *moved]


def shapes(mask: Masks) -> list[Masks]:
    """Plain shapes like a mask: its hull, an ellipse, and bent strips when it is long."""
    import cv2
    import numpy as np

    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines or (points := np.concatenate(outlines)).shape[0] < 5:
        return []
    hull, ellipse = np.zeros_like(mask), np.zeros_like(mask)
    corners = cv2.convexHull(points)
    cv2.fillConvexPoly(hull, corners, 1)
    found = [hull]
    (cx, cy), axes, angle = cv2.fitEllipse(points)
    if np.isfinite([cx, cy, *axes]).all() and 0 <= cx < SIDE and 0 <= cy < SIDE and max(axes) < SIDE:
        cv2.ellipse(ellipse, ((cx, cy), axes, angle), 1, -1)
        found.append(ellipse)
    return found + _strips(mask)


def _strips(mask: Masks) -> list[Masks]:
    """Strips of several widths along the parabola through a long mask."""
    import cv2
    import numpy as np

    points = cv2.findNonZero(mask)
    if points is None or len(points) < 8:
        return []
    placed = points.reshape(-1, 2).astype(np.float64)
    middle = placed.mean(0)
    placed -= middle
    spread, axes = np.linalg.eigh(placed.T @ placed / len(placed))
    if spread[1] < 8 * max(spread[0], 0.2):
        return []
    along, across = placed @ axes[:, 1], placed @ axes[:, 0]
    start, end = float(along.min()), float(along.max())
    powers = np.stack([np.ones_like(along), along, along**2])
    curve = np.linalg.lstsq(powers @ powers.T, powers @ across)[0]
    steps = np.linspace(start, end, 24)
    bent, slope = curve[0] + (curve[1] + curve[2] * steps) * steps, curve[1] + 2 * curve[2] * steps
    line = np.stack([steps, bent], 1)
    normal = np.stack([-slope, np.ones_like(slope)], 1) / np.hypot(slope, 1)[:, None]
    width = len(placed) / max(end - start, 1)
    found = []
    for wide in (width - 1, width, width + 1, width + 2):
        inner = (steps > start + wide / 4) & (steps < end - wide / 4)
        if wide < 1 or inner.sum() < 3:
            continue
        middles, half = line[inner], normal[inner] * (wide / 2)
        outline = np.concatenate([middles + half, (middles - half)[::-1]]) @ axes[:, ::-1].T + middle
        strip = np.zeros_like(mask)
        cv2.fillPoly(strip, [np.round(outline * 16).astype(np.int32)], 1, shift=4)
        found.append(strip)
    return found


def _bridges(shown: Masks, x: float, y: float) -> list[Masks]:
    """Lines of several widths from the mask to a click, and as far again beyond it."""
    import cv2
    import numpy as np

    rows, columns = np.nonzero(shown)
    if not len(rows):
        return []
    near = int(np.argmin((rows - y) ** 2 + (columns - x) ** 2))
    start, here = (int(columns[near]), int(rows[near])), (round(x), round(y))
    beyond = (2 * here[0] - start[0], 2 * here[1] - start[1])
    found = []
    for width in (1, 3, 5, 7):
        line = np.zeros_like(shown)
        cv2.line(line, start, here, 1, width)
        found += [line, cv2.line(line.copy(), here, beyond, 1, width)]
    return found


def spot(x: float, y: float, radius: float) -> Any:
    """A disc around a place of the window."""
    import cv2
    import numpy as np

    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(mask, (round(x * 16), round(y * 16)), round(radius * 16), 1, -1, shift=4)
    return mask


def pixel(x: float, y: float) -> tuple[int, int]:
    """Row and column of a place, within the window."""
    return min(max(round(y), 0), SIDE - 1), min(max(round(x), 0), SIDE - 1)
