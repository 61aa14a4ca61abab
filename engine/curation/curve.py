"""Learning curves: how the error of a model falls with the number of labelled images, and how sure one can be of that.

error(n) = a · n^(−b) + c, the power law that holds over many tasks (Hestness et al., Deep learning scaling is predictable,
empirically, 2017). With a handful of points its parameters cannot be told exactly, so nothing is fitted to one answer: all
curves of a grid are kept, each with its probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
FEWEST = 3  # points of different size
NOISE = (0.01, 0.02, 0.04)  # standard deviations of a measured error that are thought possible
EXPONENTS = np.linspace(0.05, 1.5, 30)
DRAWN = 400
INTERVAL = (10, 90)  # percent


@dataclass(frozen=True)
class Estimate:
    """A value with the interval that holds it with 80 % probability."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """Probable curves: (S, 3) rows a, b, c, drawn by their probability."""

    drawn: Floats

    def error(self, count: float) -> Floats:
        """(S,) the error at a number of images."""
        a, b, c = self.drawn.T
        result: Floats = a * max(count, 1.0) ** -b + c
        return result

    def gain(self, count: float, more: float) -> Estimate:
        """By how much the error falls when `more` images come to `count`."""
        return estimate(self.error(count) - self.error(count + more))


def fit(counts: Sequence[float], errors: Sequence[float], seed: int = 0) -> Curve | None:
    """Curves through measured errors in [0, 1]; None with fewer than three different sizes.

    Args:
        counts: labelled images that each model has learned from.
        errors: of each model, such as 1 − mAP.
    """
    sizes, measured = np.asarray(counts, np.float64), np.asarray(errors, np.float64)
    if len(np.unique(sizes)) < FEWEST:
        return None
    floors = np.linspace(0, max(float(measured.min()), 0.0) * 0.95, 12)
    middle = float(np.median(sizes))
    heights = np.geomspace(0.005, 1.2, 60)  # the error above the floor at the middle size: a is that × middle^b
    height, b, c = (grid.ravel() for grid in np.meshgrid(heights, EXPONENTS, floors, indexing="ij"))
    squares = np.zeros(len(b))
    for size, error in zip(sizes, measured, strict=True):
        squares += (height * (size / middle) ** -b + c - error) ** 2
    # Exponents of real tasks lie around 0.35 (Hestness et al.); the prior is broad.
    # A floor that nothing gets below is the less likely the closer it is to what was reached already.
    prior = -0.5 * (np.log(b / 0.35) / 0.8) ** 2 + np.log(1 - c / max(float(floors.max()), 1e-9) * 0.95)
    logs = [prior - squares / (2 * noise**2) - len(sizes) * np.log(noise) for noise in NOISE]
    weights = np.exp(np.stack(logs) - np.max(logs)).sum(axis=0)
    rows = np.random.default_rng(seed).choice(len(b), DRAWN, p=weights / weights.sum())
    return Curve(np.stack([height[rows] * middle ** b[rows], b[rows], c[rows]], axis=1))


def estimate(values: Floats) -> Estimate:
    """The mean of drawn values and their 80 % interval."""
    low, high = np.percentile(values, INTERVAL)
    return Estimate(float(values.mean()), float(low), float(high))
