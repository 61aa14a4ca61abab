"""A classifier of pixels learnt from a few scribbles: multi-scale filters and a random forest, as ilastik has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.labeling.assist.filters import Stopped, features
from engine.labeling.assist.scribbles import BACKGROUND, Stroke, painted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = tuple[NDArray[np.float32], NDArray[np.int32]]
    Region = tuple[NDArray[np.uint8], int, int]

MOST = 3000  # pixels of one label that are learnt from
TREES, DEPTH = 40, 14
LIVE = 300_000  # pixels that are looked at live; a larger image is looked at more coarsely
STRIPE = 200_000  # pixels that are classified at once
REGIONS = 2000  # of one label on one image; more is noise, not defects


class Looked:
    """An image with its filters, and the scale at which it was looked at."""

    def __init__(
        self, image: NDArray[np.uint8], most: int | None = LIVE, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        import cv2

        self.height, self.width = image.shape[:2]
        self.scale = 1.0
        if most is not None and self.height * self.width > most:
            self.scale = (most / (self.height * self.width)) ** 0.5
            size = max(1, round(self.width * self.scale)), max(1, round(self.height * self.scale))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
        self.features = features(image, stopped)

    def samples(self, strokes: Sequence[Stroke]) -> Samples:
        """The filters (N, F) and labels (N,) of the scribbled pixels."""
        height, width = self.features.shape[:2]
        small = [
            Stroke(one.label, one.width * self.scale, tuple(value * self.scale for value in one.points))
            for one in strokes
        ]
        labels = painted(small, height, width)
        rows, columns = np.nonzero(labels >= 0)
        return self.features[rows, columns], labels[rows, columns]


class PixelClassifier:
    """Tells labels apart by their pixels; label ids as in the scribbles, 0 is the background."""

    def __init__(self, forest: Any) -> None:
        self._forest = forest
        self.labels: list[int] = [int(label) for label in forest.classes_]

    @classmethod
    def learn(cls, samples: Sequence[Samples], seed: int = 0) -> PixelClassifier:
        """Learn from the scribbled pixels of some images; at least two labels.

        A label with many pixels counts as much as one with few.
        """
        from sklearn.ensemble import RandomForestClassifier

        values, labels = (np.concatenate(parts) for parts in zip(*samples, strict=True))
        random = np.random.default_rng(seed)
        kept = [
            rows if len(rows) <= MOST else random.choice(rows, MOST, replace=False)
            for rows in (np.flatnonzero(labels == label) for label in np.unique(labels))
        ]
        chosen = np.concatenate(kept)
        forest = RandomForestClassifier(
            TREES, max_depth=DEPTH, min_samples_leaf=2, max_features="sqrt", class_weight="balanced", random_state=seed
        )
        forest.fit(values[chosen], labels[chosen])
        return cls(forest)

    def probabilities(self, looked: Looked, stopped: Callable[[], bool] = lambda: False) -> NDArray[np.float32]:
        """(H, W, labels) at the scale that was looked at.

        Raises:
            Stopped: `stopped` said so between two stripes.
        """
        height, width, figures = looked.features.shape
        rows = max(1, STRIPE // width)
        found = np.empty((height, width, len(self.labels)), np.float32)
        for top in range(0, height, rows):
            if stopped():
                raise Stopped
            part = looked.features[top : top + rows]
            found[top : top + rows] = self._forest.predict_proba(part.reshape(-1, figures)).reshape(*part.shape[:2], -1)
        return found

    def masks(
        self, looked: Looked, smoothing: float = 1.0, stopped: Callable[[], bool] = lambda: False
    ) -> tuple[dict[int, NDArray[np.bool_]], NDArray[np.float32]]:
        """For each label but the background its mask (H, W) of the image, and how sure (H, W) the winner is."""
        import cv2

        found = self.probabilities(looked, stopped)
        if smoothing > 0:
            found = cv2.GaussianBlur(found, (0, 0), max(smoothing * looked.scale, 0.3)).reshape(found.shape)
        if found.shape[:2] != (looked.height, looked.width):
            size = looked.width, looked.height
            found = cv2.resize(found, size, interpolation=cv2.INTER_LINEAR).reshape(size[1], size[0], -1)
        winner = np.array(self.labels)[found.argmax(2)]
        return {label: winner == label for label in self.labels if label != BACKGROUND}, found.max(2)


def regions(mask: NDArray[np.bool_], least: int = 16) -> list[Region]:
    """The connected parts of a mask (H, W) with at least so many pixels, largest first, at most `REGIONS`.

    Each is cut to its bounds (h, w), 0 or 1, with its left and top: thousands of specks stay as small as they are.
    """
    import cv2

    number, parts, figures, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    sizes = figures[:, cv2.CC_STAT_AREA]
    wanted = [part for part in np.argsort(-sizes[1:], kind="stable") + 1 if sizes[part] >= least] if number > 1 else []
    found = []
    for part in wanted[:REGIONS]:
        x, y, width, height = (int(value) for value in figures[part][:4])
        found.append(((parts[y : y + height, x : x + width] == part).astype(np.uint8), x, y))
    return found
