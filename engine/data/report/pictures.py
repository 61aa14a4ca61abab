"""What the pixels of items say: sharpness, exposure, contrast, and which pictures are nearly the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 1024  # px: larger pictures are measured at this size, so that sharpness can be compared
NEAR = 3  # bits of 64 in which the hashes of nearly equal pictures may differ
BITS = 64
DARK, BRIGHT = 8, 247  # of 255: what counts as lost in shadow or light


@dataclass(frozen=True)
class Measured:
    """One picture.

    Attributes:
        sharpness: variance of the Laplacian (Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, 2000).
        brightness, contrast: mean and standard deviation of grey, 0 … 255.
        dark, bright: share of px lost in shadow or light.
        hash: difference hash of 9 × 8 px.
    """

    item: int
    sharpness: float
    brightness: float
    contrast: float
    dark: float
    bright: float
    hash: int


def measure(
    files: Sequence[tuple[int, str, int]], progress: Callable[[int], None], threads: int = 2
) -> tuple[list[Measured], dict[int, str]]:
    """Measure files (item, path, page); returns what could be read and the reasons of the others."""
    found, failed = list[Measured](), dict[int, str]()

    def one(file: tuple[int, str, int]) -> Measured | str:
        try:
            return measure_one(*file)
        except Exception as error:  # one bad file must not end the report
            return str(error)

    with ThreadPoolExecutor(threads) as pool:
        for number, (file, result) in enumerate(zip(files, pool.map(one, files), strict=True), 1):
            if isinstance(result, Measured):
                found.append(result)
            else:
                failed[file[0]] = result
            progress(number)
    return found, failed


def measure_one(item: int, path: str, page: int) -> Measured:
    """Decode and measure one picture.

    Raises:
        BadImage: it cannot be read.
    """
    import cv2

    from engine.serving.images import decode

    grey: NDArray[Any] = decode(Path(path), page, "gray")
    grey = grey[..., 0] if grey.ndim == 3 else grey
    longer = max(grey.shape)
    if longer > SIDE:
        scale = SIDE / longer
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    bits = np.packbits(small[:, 1:] > small[:, :-1])
    return Measured(
        item,
        float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        float(grey.mean()),
        float(grey.std()),
        float((grey <= DARK).mean()),
        float((grey >= BRIGHT).mean()),
        int.from_bytes(bits.tobytes(), "big"),
    )


def near_equal(measured: Sequence[Measured], most: int = 200) -> list[list[int]]:
    """Groups of items whose pictures are nearly the same, the largest first; at most `most`.

    Two hashes with at most three different bits agree in at least one of four pieces of 16 bits: only those that share a
    piece are compared. Pictures without any structure all have the same hash and say nothing.
    """
    plain = {0, (1 << BITS) - 1}
    usable = [entry for entry in measured if entry.hash not in plain and entry.contrast > 2]
    parent = {entry.item: entry.item for entry in usable}

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for piece in range(4):
        buckets: dict[int, list[Measured]] = {}
        for entry in usable:
            buckets.setdefault(entry.hash >> (16 * piece) & 0xFFFF, []).append(entry)
        for bucket in buckets.values():
            _join(bucket, parent, root)
    groups: dict[int, list[int]] = {}
    for entry in usable:
        groups.setdefault(root(entry.item), []).append(entry.item)
    return sorted((sorted(items) for items in groups.values() if len(items) > 1), key=lambda g: (-len(g), g))[:most]


def _join(bucket: Sequence[Measured], parent: dict[int, int], root: Callable[[int], int]) -> None:
    hashes = np.array([entry.hash for entry in bucket], np.uint64)
    for at, entry in enumerate(bucket[:-1]):
        near = np.flatnonzero(np.bitwise_count(hashes[at + 1 :] ^ hashes[at]) <= NEAR)
        for other in near.tolist():
            parent[root(bucket[at + 1 + other].item)] = root(entry.item)
