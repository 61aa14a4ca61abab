"""Run lengths of masks as COCO writes them: column by column, counts as text (compressed) or as a list of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORT = 400  # characters or runs below which plain Python is quicker


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


def runs(text: str) -> NDArray[np.int64]:
    """`expand` for long texts, as an array: all digits at once.

    Raises:
        ValueError: the text is not one.
    """
    import numpy as np

    if len(text) < SHORT:
        return np.array(expand(text), np.int64)
    digits = np.frombuffer(text.encode("ascii", "replace"), np.uint8).astype(np.int64) - 48
    if digits.min() < 0 or digits.max() >= 64 or digits[-1] & 0x20:
        return np.array(expand(text), np.int64)  # says what is wrong
    last = np.flatnonzero((digits & 0x20) == 0)
    first = np.concatenate([[0], last[:-1] + 1])
    place = np.arange(len(digits)) - np.repeat(first, last - first + 1)
    if place.max() > 11:
        raise ValueError("its mask has a run length without end")
    values = np.add.reduceat((digits & 0x1F) << (5 * place), first)
    values -= np.where(digits[last] & 0x10, np.int64(1) << (5 * (last - first + 1)), 0)
    values[1::2] = np.cumsum(values[1::2])  # each is the difference to the one before last, from the fourth on
    values[2::2] = np.cumsum(values[2::2])
    if values.min() < 0:
        raise ValueError("its mask has a negative run length")
    return values


def text_of(counts: NDArray[np.int64]) -> str:
    """`compress` for many run lengths."""
    import numpy as np

    if len(counts) < SHORT:
        return compress(counts.tolist())
    values = counts.astype(np.int64)
    values[3:] -= counts[1:-2]
    digits = np.zeros((len(values), 13), np.uint8)
    used = np.zeros(len(values), np.int64)
    open_ = np.ones(len(values), bool)
    for place in range(13):
        low = values & 0x1F
        values = values >> 5
        more = np.where(low & 0x10, values != -1, values != 0)
        digits[:, place] = np.where(more, low | 0x20, low) + 48
        used[open_] += 1
        open_ &= more
        if not open_.any():
            break
    return digits[np.arange(13) < used[:, None]].tobytes().decode("ascii")


def pixels(text: str) -> int:
    """How many pixels, background and mask together, the text describes."""
    return sum(expand(text))


def bounds(text: str, height: int) -> tuple[float, float, float, float]:
    """The bounding box (x, y, w, h) in px of a mask of the given height."""
    import numpy as np

    ends = np.cumsum(runs(text))
    start, end = ends[0:-1:2], ends[1::2]
    start, end = start[end > start], end[end > start]
    if not len(start):
        return 0.0, 0.0, 0.0, 0.0
    left, right = int(start[0]) // height, int(end[-1] - 1) // height + 1
    if (start // height != (end - 1) // height).any():
        return float(left), 0.0, float(right - left), float(height)
    top, bottom = int((start % height).min()), int(((end - 1) % height).max()) + 1
    return float(left), float(top), float(right - left), float(bottom - top)


def encode(mask: NDArray[np.bool_]) -> str:
    """The compressed text of a mask (H, W)."""
    import numpy as np

    flat = np.asarray(mask, bool).ravel(order="F")
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [not flat[-1] if len(flat) else True]])))
    counts = np.diff(np.concatenate([[0], edges, [len(flat)]]))
    return text_of(counts[:-1] if len(counts) and counts[-1] == 0 else counts)


def decode(text: str, height: int, width: int) -> NDArray[np.bool_]:
    """The mask (height, width) of a compressed text.

    Raises:
        ValueError: the text describes another number of pixels.
    """
    import numpy as np

    counts = runs(text)
    if counts.sum() != height * width:
        raise ValueError("its mask does not have as many pixels as the image")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape((width, height)).T
