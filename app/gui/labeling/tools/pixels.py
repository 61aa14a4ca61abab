"""Parts of the picture as arrays, for tools that look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.gui.labeling.picture import Picture


def region(picture: Picture, x: int, y: int, w: int, h: int) -> NDArray[np.uint8] | None:
    """(h, w, 3) uint8 of a part that lies inside the picture; None when there is none."""
    if not picture.levels or w <= 0 or h <= 0:
        return None
    found: NDArray[np.uint8] = picture.part(x, y, w, h)
    return found


def grey_around(picture: Picture, x: int, y: int, half: int) -> NDArray[np.float64] | None:
    """The grey levels (2 half, 2 half) around the px corner (x, y); beyond the border its px are repeated."""
    left, top = max(x - half, 0), max(y - half, 0)
    right, bottom = min(x + half, picture.width), min(y + half, picture.height)
    part = region(picture, left, top, right - left, bottom - top)
    if part is None:
        return None
    grey = part.mean(axis=2)
    before, after = (top - (y - half), left - (x - half)), (y + half - bottom, x + half - right)
    return np.pad(grey, ((before[0], after[0]), (before[1], after[1])), mode="edge")
