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

    chosen = masks.astype(bool)
    inner = chosen & ~grown(~chosen)
    wide = grown(chosen)
    ring = grown(wide, 3) & ~wide
    edge = wide & ~inner
    core = ~grown(~inner)
    strength = np.minimum(window.gradient[0], 8.0)
    odd = np.minimum(window.oddness, 10.0)
    lab = window.lab / 20
    shown = np.zeros((SIDE, SIDE), np.float32)
    shown[window.inside] = 1
    maps = np.stack([np.ones_like(odd), strength, (strength > 2.5) * 1.0, odd, (odd > 3) * 1.0, *np.moveaxis(lab, 2, 0),
                     lab[..., 0] ** 2]).reshape(9, -1) * shown.ravel()  # fmt: skip

    def means(zone: NDArray[np.bool_]) -> tuple[Any, Any]:
        sums = zone.reshape(len(zone), -1).astype(np.float32) @ maps.T.astype(np.float32)
        return sums[:, 0], sums / np.maximum(sums[:, :1], 1)

    area, inside = means(chosen)
    length, along = means(edge)
    _, beside = means(ring)
    _, deep = means(core)
    _, within = means(chosen & ~inner)
    _, without = means(wide & ~chosen)
    far = np.sqrt(((inside[:, 5:8] - beside[:, 5:8]) ** 2).sum(1))
    spread = np.sqrt(np.maximum(beside[:, 8] - beside[:, 5] ** 2, 0))
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
