"""The standard protocol for comparing segmentation by clicks: the next click is at the centre of the largest mistake.

Xu et al., Deep Interactive Object Selection, CVPR 2016; the clicker as in Sofiiuk et al., Reviving Iterative Training
with Mask Guidance (RITM), ICIP 2022: of the missed and the wrongly taken pixels, the one farthest from the border of
its region; at most 20 clicks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from engine.labeling.assist.clicks import Click

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 20

Answer = Callable[[Sequence[Click]], "NDArray[np.bool_]"]


@dataclass
class Trial:
    """One object: the IoU after each click, and how long each took (ms)."""

    ious: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    def clicks_to(self, iou: float) -> int:
        """How many clicks it took to reach an IoU; `MOST` when it was not reached."""
        return next((number for number, found in enumerate(self.ious, 1) if found >= iou), MOST)


def next_click(truth: NDArray[np.bool_], shown: NDArray[np.bool_], clicked: NDArray[np.bool_]) -> Click:
    """Where the protocol clicks next; masks (H, W), `clicked` marks the places already used."""
    import cv2
    import numpy as np

    missed, wrong = truth & ~shown, ~truth & shown
    depths = []
    for mistake in (missed, wrong):
        padded = np.pad(mistake, 1).astype(np.uint8)
        depths.append(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1] * ~clicked)
    positive = bool(depths[0].max() >= depths[1].max())
    depth = depths[0] if positive else depths[1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return Click(float(x) + 0.5, float(y) + 0.5, positive)


def trial(truth: NDArray[np.bool_], answer: Answer, until: float = 0.9, most: int = MOST) -> Trial:
    """Click until the IoU is reached or there were `most` clicks."""
    import numpy as np

    done, shown, clicked = Trial(), np.zeros_like(truth), np.zeros_like(truth)
    clicks: list[Click] = []
    while len(clicks) < most and (not done.ious or done.ious[-1] < until):
        click = next_click(truth, shown, clicked)
        clicked[int(click.y), int(click.x)] = True
        clicks.append(click)
        start = perf_counter()
        shown = answer(clicks)
        done.ms.append((perf_counter() - start) * 1000)
        done.ious.append(iou(truth, shown))
    return done


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks."""
    union = (a | b).sum()
    return float((a & b).sum() / union) if union else 1.0
