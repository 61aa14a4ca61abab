"""Run lengths of masks as COCO writes them: column by column, counts as text (compressed) or as a list of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def compress(counts: Iterable[int]) -> str:
    """COCO's compressed text of run lengths that begin with the background (maskApi.c, rleToString)."""
    out, runs = bytearray(), list(counts)
    for index, run in enumerate(runs):
        value = int(run) - (int(runs[index - 2]) if index > 2 else 0)
        more = True
        while more:
            low = value & 0x1F
            value >>= 5
            more = value != -1 if low & 0x10 else value != 0
            out.append((low | 0x20 if more else low) + 48)
    return out.decode("ascii")


def expand(text: str) -> list[int]:
    """The run lengths of a compressed text.

    Raises:
        ValueError: the text is not one.
    """
    counts: list[int] = []
    value = shift = 0
    for byte in text.encode("ascii", "replace"):
        digit = byte - 48
        if not 0 <= digit < 64:
            raise ValueError("its mask holds characters that no run length has")
        value |= (digit & 0x1F) << shift
        shift += 5
        if not digit & 0x20:
            if digit & 0x10:
                value -= 1 << shift
            if len(counts) > 2:
                value += counts[-2]
            if value < 0:
                raise ValueError("its mask has a negative run length")
            counts.append(value)
            value = shift = 0
    if shift:
        raise ValueError("its mask ends in the middle of a number")
    return counts


def pixels(text: str) -> int:
    """How many pixels, background and mask together, the text describes."""
    return sum(expand(text))


def bounds(text: str, height: int) -> tuple[float, float, float, float]:
    """The bounding box (x, y, w, h) in px of a mask of the given height."""
    left, top, right, bottom, position = None, height, 0, 0, 0
    for index, run in enumerate(expand(text)):
        if index % 2 and run:
            first, last = position // height, (position + run - 1) // height
            left = first if left is None else left
            right = last + 1
            if first != last:
                top, bottom = 0, height
            else:
                top, bottom = min(top, position % height), max(bottom, (position + run - 1) % height + 1)
        position += run
    return (0.0, 0.0, 0.0, 0.0) if left is None else (float(left), float(top), float(right - left), float(bottom - top))


def encode(mask: NDArray[np.bool_]) -> str:
    """The compressed text of a mask (H, W)."""
    import numpy as np

    flat = np.asarray(mask, bool).ravel(order="F")
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [not flat[-1] if len(flat) else True]])))
    counts: list[Any] = np.diff(np.concatenate([[0], edges, [len(flat)]])).tolist()
    if counts and counts[-1] == 0:
        counts.pop()
    return compress(counts)


def decode(text: str, height: int, width: int) -> NDArray[np.bool_]:
    """The mask (height, width) of a compressed text.

    Raises:
        ValueError: the text describes another number of pixels.
    """
    import numpy as np

    counts = np.array(expand(text), np.int64)
    if counts.sum() != height * width:
        raise ValueError("its mask does not have as many pixels as the image")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape((width, height)).T
