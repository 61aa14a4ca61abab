"""How far two sets of values differ: population stability index and the test of Kolmogorov and Smirnov."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

SLIGHT, STRONG = (
    0.1,
    0.25,
)  # PSI below: no drift; between: slight; above: strong (Siddiqi, Credit Risk Scorecards, 2006)
FLOOR = 0.0005  # share that an empty bin counts as, so that its logarithm exists


@dataclass(frozen=True)
class Drift:
    """One measured thing in two imports.

    Attributes:
        psi: population stability index over ten bins with equal shares of the first set.
        ks: largest distance of the two distribution functions; NaN for categories.
        p: how likely such a distance is by chance; NaN for categories.
    """

    name: str
    psi: float
    ks: float = math.nan
    p: float = math.nan
    before: float = math.nan
    after: float = math.nan

    @property
    def verdict(self) -> str:
        """none, slight or strong; a difference that may be chance is none."""
        if self.psi < SLIGHT or (not math.isnan(self.p) and self.p > 0.01):
            return "none"
        return "slight" if self.psi < STRONG else "strong"

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        values = {"psi": self.psi, "ks": self.ks, "p": self.p, "before": self.before, "after": self.after}
        return {"name": self.name, "verdict": self.verdict} | {
            name: None if math.isnan(value) else round(value, 6) for name, value in values.items()
        }


def of_numbers(name: str, before: ArrayLike, after: ArrayLike) -> Drift:
    """Compare two samples of a number."""
    from scipy.stats import ks_2samp

    first, second = np.asarray(before, np.float64), np.asarray(after, np.float64)
    first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    if not len(first) or not len(second):
        return Drift(name, 0.0)
    edges = np.unique(np.quantile(first, np.linspace(0, 1, 11)))
    if len(edges) < 3:  # nearly all values are the same: that one, what lies below it, what lies above it
        edges = np.array([-math.inf, edges[0], np.nextafter(edges[-1], math.inf), math.inf])
    else:
        edges = np.concatenate([[-math.inf], edges[1:-1], [math.inf]])
    value = psi(np.histogram(first, edges)[0], np.histogram(second, edges)[0])
    test = ks_2samp(first, second, method="asymp")
    return Drift(
        name, value, float(test.statistic), float(test.pvalue), float(np.median(first)), float(np.median(second))
    )


def of_categories(name: str, before: Mapping[str, int], after: Mapping[str, int]) -> Drift:
    """Compare how often categories occur."""
    names = sorted({*before, *after})
    return Drift(name, psi([before.get(n, 0) for n in names], [after.get(n, 0) for n in names]))


def psi(before: ArrayLike | Sequence[int], after: ArrayLike | Sequence[int]) -> float:
    """Σ (q − p) ln(q / p) over the shares p before and q after."""
    p, q = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if not p.sum() or not q.sum():
        return 0.0
    p, q = np.maximum(p / p.sum(), FLOOR), np.maximum(q / q.sum(), FLOOR)
    return float(((q - p) * np.log(q / p)).sum())
