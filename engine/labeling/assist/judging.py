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

    Bits = NDArray[np.uint8]


def grown(masks: Bits, by: int = 1) -> Bits:
    """Masks (…, H, W), one in each bit, made larger by px to all four sides."""
    for _ in range(by):
        more = masks.copy()
        more[..., 1:, :] |= masks[..., :-1, :]
        more[..., :-1, :] |= masks[..., 1:, :]
        more[..., 1:] |= masks[..., :-1]
        more[..., :-1] |= masks[..., 1:]
        masks = more
    return masks


def features(masks: NDArray[np.uint8], window: Window) -> NDArray[np.float32]:
    """What judges candidates (N, SIDE, SIDE): (N, K), each about in [-3, 3]."""
    import numpy as np

    core, inner, chosen, wide, far = _sums(_zones(masks), window)[:, : len(masks)]
    rim, outer = chosen - inner, wide - chosen
    edge = rim + outer

    def mean(total: Any) -> Any:
        return total / np.maximum(total[:, :1], 1)

    inside, along, beside, deep = mean(chosen), mean(edge), mean(far - wide), mean(core)
    within, without = mean(rim), mean(outer)
    apart = np.sqrt(((inside[:, 5:8] - beside[:, 5:8]) ** 2).sum(1))
    spread = np.sqrt(np.maximum(beside[:, 8] - beside[:, 5] ** 2, 0))
    area, length = chosen[:, 0], edge[:, 0]
    size = np.log(np.maximum(area, 1)) / 4
    compact = 4 * np.pi * area / np.maximum((length / 2) ** 2, 1)
    return np.stack(
        [
            along[:, 1] / 4, along[:, 2] * 2, along[:, 1] / 4 - beside[:, 1] / 4, along[:, 2] - beside[:, 2],
            along[:, 1] / 4 - deep[:, 1] / 4, inside[:, 3] / 5, inside[:, 4] * 2, beside[:, 3] / 5, beside[:, 4] * 2,
            np.minimum(apart * 3, 4), np.minimum(apart / (spread + 0.05), 6) / 2, spread * 3, size, np.minimum(compact, 1.5),
            np.minimum(along[:, 5] - beside[:, 5], 1) * 3, within[:, 1] / 4, without[:, 1] / 4, within[:, 3] / 5,
            without[:, 3] / 5,
        ],
        1,
    ).astype(np.float32)  # fmt: skip


def _zones(masks: NDArray[np.uint8]) -> Bits:
    """(5, B, SIDE, SIDE), each in the next: the insides 2 px and 1 px from the border, the masks, 1 px and 4 px more."""
    import numpy as np

    chosen = _packed(masks)
    inner = chosen & ~grown(~chosen)
    core = inner & ~grown(~inner)
    wide = grown(chosen)
    return np.stack([core, inner, chosen, wide, grown(wide, 3)])


def _packed(masks: NDArray[np.uint8]) -> Bits:
    """Masks (N, H, W) 0 or 1 with eight of them in a byte: (N / 8, H, W), the first in the lowest bit."""
    import numpy as np

    words = np.ascontiguousarray(masks).reshape(len(masks), -1).view(np.uint64)  # eight px at once
    packed = np.zeros((-(-len(masks) // 8), words.shape[1]), np.uint64)
    for bit in range(min(8, len(masks))):
        those = words[bit::8]
        packed[: len(those)] |= those << np.uint64(bit)
    return packed.view(np.uint8).reshape(-1, *masks.shape[1:])


def _sums(zones: Bits, window: Window) -> NDArray[np.float64]:
    """The sums of the window's figures in zones (Z, B, SIDE, SIDE) of eight masks a byte: (Z, 8 B, 9).

    A zone is made of runs, and the sum of a run is the difference of two running sums: only the ends of runs are looked at.
    """
    import numpy as np

    flat = np.zeros((zones.shape[0] * zones.shape[1], SIDE * SIDE + 2), np.uint8)
    flat[:, 1:-1] = zones.reshape(len(flat), -1)
    running = window.running
    found = np.empty((len(flat), 8, running.shape[1]))
    for total, row in zip(found, flat, strict=True):  # one after another: so all that is needed stays in the cache
        before, here = row[:-1], row[1:]
        at = np.flatnonzero(before != here)
        left, begun = (np.unpackbits(side[at], bitorder="little").view(np.int8) for side in (before, here))
        np.matmul((left - begun).reshape(-1, 8).T.astype(np.float64), running.take(at, 0), out=total)
    return found.reshape(len(zones), -1, running.shape[1])


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
