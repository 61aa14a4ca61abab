"""Parts with defects of the sample generator, as the tests of this folder use them."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.data.sample import draw_part_with_masks


@cache
def defects(label: str, count: int = 3, seed: int = 77) -> list[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
    """Pictures and true masks of some defects of a label."""
    found: list[tuple[NDArray[np.uint8], NDArray[np.bool_]]] = []
    number = 0
    while len(found) < count:
        picture, there = draw_part_with_masks(np.random.default_rng([seed, number]))
        found += [(picture, mask) for name, _, mask in there if name == label]
        number += 1
    return found[:count]
