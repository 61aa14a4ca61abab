"""How likely a candidate outline is an object: its border against what lies beside it, its inside against its ring.

A regression of the IoU with the true mask on some twenty figures (two small layers, `judging.json`), fitted on the sample
generator's parts of seed 900 and on DeepPCB's training images (true masks: the difference from the template);
`tests/benchmarks/assist.py` reports on other seeds.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from engine.labeling.assist.window import SIDE, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


NEAR = 26  # px from the border of a window: what keeps clear of them is small

ALONE = 1 << 18  # multiplications that OpenBLAS does in one thread: several wait for each other on a busy machine


def grown(masks: NDArray[np.bool_], by: int = 1) -> NDArray[np.bool_]:
    """Masks (N, H, W) made larger by px to all four sides."""
    for _ in range(by):
        more = masks.copy()
        more[:, 1:] |= masks[:, :-1]
        more[:, :-1] |= masks[:, 1:]
        more[:, :, 1:] |= masks[:, :, :-1]
        more[:, :, :-1] |= masks[:, :, 1:]
        masks = more
    return masks


def features(masks: NDArray[np.uint8], window: Window) -> NDArray[np.float32]:
    """What judges candidates (N, SIDE, SIDE): (N, K), each about in [-3, 3]."""
    import numpy as np

    maps = window.figures
    found = np.zeros((len(masks), 19), np.float32)
    across, down = np.asarray(masks.any(1)), np.asarray(masks.any(2))
    # what is small and in the middle is looked at there alone, which is most of the work saved
    sides = np.concatenate([across[:, :NEAR], across[:, -NEAR:], down[:, :NEAR], down[:, -NEAR:]], 1)
    wide = np.asarray(sides.any(axis=1))
    for rows, part in ((np.flatnonzero(wide), slice(None)), (np.flatnonzero(~wide), slice(NEAR - 6, SIDE - NEAR + 6))):
        if len(rows):
            found[rows] = _features(masks[rows][:, part, part], maps[:, part, part])
    return found


def _features(masks: NDArray[np.uint8], maps: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    chosen = masks.astype(bool)
    inner = chosen & ~grown(~chosen)
    core = inner & ~grown(~inner)
    wide = grown(chosen)
    ring = grown(wide, 3) & ~wide
    columns = np.ascontiguousarray(maps.reshape(len(maps), -1).T)
    step = max(1, ALONE // columns.size)

    def sums(zone: NDArray[np.bool_]) -> Any:
        flat = zone.reshape(len(zone), -1).astype(np.float32)
        return np.concatenate([flat[row : row + step] @ columns for row in range(0, len(flat), step)])

    def mean(total: Any) -> Any:
        return total / np.maximum(total[:, :1], 1)

    heart, shell, rim, outer = sums(core), sums(inner ^ core), sums(chosen ^ inner), sums(wide ^ chosen)
    whole, edge = heart + shell + rim, rim + outer
    inside, along, beside, deep = mean(whole), mean(edge), mean(sums(ring)), mean(heart)
    within, without = mean(rim), mean(outer)
    far = np.sqrt(((inside[:, 5:8] - beside[:, 5:8]) ** 2).sum(1))
    spread = np.sqrt(np.maximum(beside[:, 8] - beside[:, 5] ** 2, 0))
    area, length = whole[:, 0], edge[:, 0]
    size = np.log(np.maximum(area, 1)) / 4
    compact = 4 * np.pi * area / np.maximum((length / 2) ** 2, 1)
    return np.stack(
        [
            along[:, 1] / 4, along[:, 2] * 2, along[:, 1] / 4 - beside[:, 1] / 4, along[:, 2] - beside[:, 2],
            along[:, 1] / 4 - deep[:, 1] / 4, inside[:, 3] / 5, inside[:, 4] * 2, beside[:, 3] / 5, beside[:, 4] * 2,
            np.minimum(far * 3, 4), np.minimum(far / (spread + 0.05), 6) / 2, spread * 3, size, np.minimum(compact, 1.5),
            np.minimum(along[:, 5] - beside[:, 5], 1) * 3, within[:, 1] / 4, without[:, 1] / 4, within[:, 3] / 5,
            without[:, 3] / 5,
        ],
        1,
    ).astype(np.float32)  # fmt: skip


def scores(masks: NDArray[np.uint8], window: Window) -> NDArray[np.float32]:
    """The IoU (N,) that each candidate is expected to have with what is meant."""
    import numpy as np

    if not len(masks):
        return np.zeros(0, np.float32)
    values = features(masks, window)
    for weights, bias in _layers()[:-1]:
        values = np.maximum(values @ weights + bias, 0)
    weights, bias = _layers()[-1]
    return np.asarray((values @ weights + bias)[:, 0], np.float32)


@cache
def _layers() -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    import json
    from pathlib import Path

    import numpy as np

    layers = json.loads(Path(__file__).with_name("judging.json").read_text("ascii"))
    return [(np.array(layer["weights"], np.float32), np.array(layer["bias"], np.float32)) for layer in layers]
