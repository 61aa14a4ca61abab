"""Help that needs no trained model: how many clicks a mask takes, against plain GrabCut, and how long a click takes.

The protocol is the standard one (`engine.labeling.assist.protocol`), on defects of the sample generator with their true
masks. What the methods were tuned on are parts of seed 900; here it is seed 1000. A mask that is not reached counts as 20
clicks.

The peer is what people mean by GrabCut with clicks: `cv2.grabCut` of OpenCV with a mask, 5 iterations, on the whole picture
(320 × 320 px); at first all is probably background; around each click on the object a disc of 8 px is probably object and
of 1 px surely so, a disc of 1 px around a click beside it is surely background; computed anew after each click. The two
sizes of the discs were tried on seed 900 (8, 16, 24, 32 px; 1, 3 px, discs and squares) as far as there was time, and the
best was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.data.sample import LABELS, draw_part_with_masks
from engine.labeling.assist.clicks import Click, Segmenter
from engine.labeling.assist.protocol import Trial, trial

SEED, EACH = 1000, 5  # defects of each of the four labels
LARGE = 1000  # px: a picture of 1 MP


def clicks_to_mask() -> dict[str, float]:
    """Clicks to IoU 0.85 and 0.90, and how many fewer than with plain GrabCut on the same defects."""
    found = defects()
    ours = [trial(mask, Segmenter(picture).mask) for _, picture, mask in found]
    peer = [trial(mask, grabcut(picture)) for _, picture, mask in found]
    return {
        "label.clicks_to_iou85": mean_clicks(ours, 0.85),
        "label.clicks_to_iou90": mean_clicks(ours, 0.90),
        "label.grabcut_clicks_to_iou85": mean_clicks(peer, 0.85),
        "label.grabcut_clicks_to_iou90": mean_clicks(peer, 0.90),
        "label.clicks_saved_vs_grabcut": mean_clicks(peer, 0.85) - mean_clicks(ours, 0.85),
        **{
            f"label.clicks_to_iou85.{label}": mean_clicks([t for t, (name, *_) in zip(ours, found, strict=True) if name == label], 0.85)
            for label in LABELS
        },
        **{
            f"label.grabcut_clicks_to_iou85.{label}": mean_clicks([t for t, (name, *_) in zip(peer, found, strict=True) if name == label], 0.85)
            for label in LABELS
        },
    }  # fmt: skip


def click_to_mask() -> dict[str, float]:
    """From a click to its mask on pictures of 1 MP: all clicks of the protocol, at most 10 a defect."""
    import cv2

    cv2.setNumThreads(1)
    times: list[float] = []
    for _, picture, mask in defects()[::2]:
        large = cv2.resize(picture, (LARGE, LARGE), interpolation=cv2.INTER_CUBIC)
        truth = cv2.resize(mask.astype(np.float32), (LARGE, LARGE)) > 0.5
        times += trial(truth, Segmenter(large).mask, most=10).ms
    return {
        "label.click_to_mask_p95_ms": float(np.percentile(times, 95)),
        "label.click_to_mask_p50_ms": float(np.median(times)),
    }


def defects() -> list[tuple[str, np.ndarray, np.ndarray]]:
    """The first defects of each label: (label, picture, mask)."""
    found: dict[str, list[tuple[str, np.ndarray, np.ndarray]]] = {label: [] for label in LABELS}
    number = 0
    while any(len(those) < EACH for those in found.values()):
        picture, there = draw_part_with_masks(np.random.default_rng([SEED, number]))
        for label, _, mask in there:
            if len(found[label]) < EACH:
                found[label].append((label, picture, mask))
        number += 1
    return [one for those in found.values() for one in those]


def grabcut(picture: np.ndarray, probable: int = 8, sure: int = 1) -> Callable[[Sequence[Click]], np.ndarray]:
    """Plain GrabCut answering clicks."""
    import cv2

    image = np.ascontiguousarray(picture[:, :, ::-1])

    def answer(clicks: Sequence[Click]) -> np.ndarray:
        mask = np.full(image.shape[:2], cv2.GC_PR_BGD, np.uint8)
        for click in clicks:
            if click.positive:
                cv2.circle(mask, (int(click.x), int(click.y)), probable, cv2.GC_PR_FGD, -1)
        for click in clicks:
            cv2.circle(mask, (int(click.x), int(click.y)), sure, cv2.GC_FGD if click.positive else cv2.GC_BGD, -1)
        cv2.setRNGSeed(0)
        cv2.grabCut(image, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
        return (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)

    return answer


def mean_clicks(trials: Sequence[Trial], iou: float) -> float:
    """The mean number of clicks to an IoU."""
    return float(np.mean([one.clicks_to(iou) for one in trials]))


MEASURES = [clicks_to_mask, click_to_mask]
