"""Pictures of what flows through a network: sheets of channels, heat, boxes and masks. For workers only: loads OpenCV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float32]
Tone = tuple[int, int, int]

SIDE = 320  # px of the longer side of a picture
CHANNELS = 16  # on a sheet
GAP = 2
BROKEN = (255, 0, 255)  # where a number is not finite
ROBUST = (1.0, 99.0)  # percentiles between which colours run
OVERLAY = 0.45


def fitted(pixels: Bytes, side: int = SIDE) -> Bytes:
    """An image (H, W, 1 | 3) as RGB whose longer side is `side`: shrunk by areas, enlarged with square pixels."""
    rows, columns = pixels.shape[:2]
    factor = side / max(rows, columns)
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    made = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=way)
    colored = cv2.cvtColor(made, cv2.COLOR_GRAY2RGB) if made.ndim == 2 or made.shape[2] == 1 else made
    return np.asarray(colored, np.uint8)


def painted(values: Numbers, low: float, high: float, palette: int = cv2.COLORMAP_VIRIDIS) -> Bytes:
    """Numbers (H, W) as colours (H, W, 3) from `low` to `high`; what is not finite is magenta."""
    scaled = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / max(high - low, 1e-12)
    made = cv2.applyColorMap((scaled.clip(0, 1) * 255).astype(np.uint8), palette)
    colored = np.asarray(cv2.cvtColor(made, cv2.COLOR_BGR2RGB), np.uint8)
    colored[~np.isfinite(values)] = BROKEN
    return colored


def limits(values: Numbers) -> tuple[float, float]:
    """Between which values colours run, so that a few extreme numbers do not make the rest one colour."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.percentile(finite, ROBUST)
    return float(low), float(high) if high > low else float(low) + 1.0


def strongest(maps: Numbers) -> npt.NDArray[np.intp]:
    """Which channels of maps (C, H, W) vary most over the image, the first one most; at most `CHANNELS`."""
    varied = np.nan_to_num(maps, nan=0.0, posinf=0.0, neginf=0.0).reshape(len(maps), -1).std(1)
    varied[~np.isfinite(maps.reshape(len(maps), -1)).all(1)] = np.inf  # a broken channel is what one wants to see
    return np.argsort(-varied, kind="stable")[:CHANNELS]


def sheet(maps: Numbers, chosen: Sequence[int]) -> Bytes:
    """Some channels of maps (C, H, W) side by side in one scale, in rows from left to right."""
    across = math.ceil(math.sqrt(len(chosen)))
    cell = (SIDE - GAP * (across - 1)) // across
    low, high = limits(maps[list(chosen)])
    cells = [fitted(painted(maps[channel], low, high), cell) for channel in chosen]
    rows, columns = cells[0].shape[:2]
    down = math.ceil(len(cells) / across)
    made = np.full((down * (rows + GAP) - GAP, across * (columns + GAP) - GAP, 3), 255, np.uint8)
    for place, one in enumerate(cells):
        top, left = place // across * (rows + GAP), place % across * (columns + GAP)
        made[top : top + rows, left : left + columns] = one
    return made


def overview(maps: Numbers) -> Bytes:
    """How strong all channels of maps (C, H, W) are together at each place: their root mean square."""
    values = np.sqrt(np.square(maps).mean(0))
    return fitted(painted(values, *limits(values)), SIDE // 2)


def matrix(values: Numbers) -> Bytes:
    """Numbers (rows, columns) as a picture, a long side shrunk."""
    if max(values.shape) > SIDE:
        values = cv2.resize(
            values, (min(values.shape[1], SIDE), min(values.shape[0], SIDE)), interpolation=cv2.INTER_AREA
        )
    return fitted(painted(values, *limits(values)))


def with_boxes(
    pixels: Bytes, boxes: Numbers, tones: Sequence[Tone], truth: Numbers | None = None, most: int = 200
) -> Bytes:
    """An image with boxes (G, 4) xyxy px, or corners (G, 4, 2), each in its colour; those of `truth` thin and white below."""
    made = fitted(pixels)
    factor = made.shape[1] / pixels.shape[1]
    for box in () if truth is None else truth:
        _box(made, box * factor, (255, 255, 255), 1)
    for box, tone in list(zip(boxes, tones, strict=True))[:most]:
        _box(made, box * factor, tone, 2)
    return made


def with_classes(pixels: Bytes, classes: Bytes, tones: Sequence[Tone]) -> Bytes:
    """An image under the colours of what each pixel is (H, W): 0 nothing, label + 1; what is no label is grey."""
    made = fitted(pixels)
    what = cv2.resize(classes, made.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    for value in np.unique(what).tolist():
        if value:
            tone = np.array(tones[value - 1] if value <= len(tones) else (128, 128, 128), np.float32)
            made[what == value] = ((1 - OVERLAY) * made[what == value] + OVERLAY * tone).astype(np.uint8)
    return made


def warm(pixels: Bytes, heat: Numbers, most: float) -> Bytes:
    """An image, grey and dark, that glows where `heat` (any height and width) comes near `most`."""
    grey = fitted(pixels).mean(2, keepdims=True) * 0.55
    size = (grey.shape[1], grey.shape[0])
    grown = cv2.resize(heat.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    colored = painted(grown, 0.0, most, cv2.COLORMAP_INFERNO)
    share = (np.nan_to_num(grown, nan=most) / max(most, 1e-12)).clip(0, 1)[..., None] ** 0.7
    return np.asarray(grey * (1 - share) + colored * share, np.uint8)


def rgb(color: str) -> Tone:
    """Of "#rrggbb"."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _box(pixels: Bytes, box: Any, tone: Tone, width: int) -> None:
    if np.ndim(box) == 2:
        ring = np.round(box).astype(np.int32)
        cv2.polylines(pixels, [ring], True, (0, 0, 0), width + 1, cv2.LINE_AA)
        cv2.polylines(pixels, [ring], True, tone, width, cv2.LINE_AA)
        return
    left, top, right, bottom = (round(float(edge)) for edge in box)
    cv2.rectangle(pixels, (left, top), (right, bottom), (0, 0, 0), width + 1, cv2.LINE_AA)
    cv2.rectangle(pixels, (left, top), (right, bottom), tone, width, cv2.LINE_AA)
