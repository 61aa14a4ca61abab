"""Agreement beyond chance: Cohen's and Fleiss' κ with their errors, and exact confidence intervals of shares."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Kappa:
    """A κ with its 95 % interval.

    Attributes:
        value: 1 perfect, 0 as by chance; NaN where all answers are the same and chance alone explains them.
        se: standard error of the estimate, of which the interval is made.
        null: standard error if κ were 0, which statistics programs print; only for the test that it is not.
    """

    value: float
    se: float = math.nan
    null: float = math.nan

    @property
    def z(self) -> float:
        """How many standard errors of chance the value lies from 0; NaN without one."""
        return self.value / self.null if self.null > 0 else math.nan

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return max(-1.0, self.value - Z95 * self.se)

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return min(1.0, self.value + Z95 * self.se)

    def to_json(self) -> dict[str, float | None]:
        """For reports; what is no number is null."""
        values = {
            "value": self.value,
            "se": self.se,
            "null": self.null,
            "z": self.z,
            "low": self.low,
            "high": self.high,
        }
        return {name: None if math.isnan(value) else round(value, 6) for name, value in values.items()}


@dataclass(frozen=True)
class Share:
    """`matched` of `of`, with the exact 95 % interval of Clopper and Pearson (Biometrika 26, 1934)."""

    matched: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; NaN of none."""
        return self.matched / self.of if self.of else math.nan

    def to_json(self) -> dict[str, float | int | None]:
        """For reports."""
        value = None if not self.of else round(self.value, 6)
        return {"matched": self.matched, "of": self.of, "value": value, "low": self.low, "high": self.high}


def share(matched: int, of: int, level: float = 0.95) -> Share:
    """A share with its exact interval; one-sided at 0 % and 100 %, as the manuals do."""
    from scipy.special import betaincinv

    if not of:
        return Share(0, 0, 0.0, 1.0)
    tail = (1 - level) / 2
    if matched in (0, of):
        tail = 1 - level
    low = 0.0 if matched == 0 else float(betaincinv(matched, of - matched + 1, tail))
    high = 1.0 if matched == of else float(betaincinv(matched + 1, of - matched, 1 - tail))
    return Share(matched, of, low, high)


def crosstab(first: Sequence[Hashable], second: Sequence[Hashable], categories: Sequence[Hashable]) -> np.ndarray:
    """How often the first said row and the second said column: (C, C) whole numbers."""
    place = {category: index for index, category in enumerate(categories)}
    table = np.zeros((len(categories), len(categories)), np.int64)
    np.add.at(table, ([place[value] for value in first], [place[value] for value in second]), 1)
    return table


def cohen(table: ArrayLike) -> Kappa:
    """Cohen's κ of a table of two raters (Cohen 1960), its error after Fleiss, Cohen and Everitt (1969)."""
    counts = np.asarray(table, np.float64)
    total = counts.sum()
    if not total:
        return Kappa(math.nan)
    shares = counts / total
    rows, columns = shares.sum(1), shares.sum(0)
    seen, chance = float(np.trace(shares)), float(rows @ columns)
    if chance >= 1:
        return Kappa(math.nan)
    value = (seen - chance) / (1 - chance)
    both = rows[None, :] + columns[:, None]  # both[i, j] = row total of j + column total of i
    diagonal = np.diag(shares) * (1 - (rows + columns) * (1 - value)) ** 2
    off = (1 - value) ** 2 * (shares * both**2 * (1 - np.eye(len(shares)))).sum()
    spread = diagonal.sum() + off - (value - chance * (1 - value)) ** 2
    se = math.sqrt(max(0.0, float(spread)) / total) / (1 - chance)
    null = chance + chance**2 - float((rows * columns * (rows + columns)).sum())
    return Kappa(value, se, math.sqrt(max(0.0, null) / total) / (1 - chance))


def fleiss(counts: ArrayLike) -> Kappa:
    """Fleiss' κ (Fleiss 1971) of one table; see `mean_fleiss`.

    Args:
        counts: (N, C): how many raters put item n into category c; the same number of raters (≥ 2) for each item.
    """
    return mean_fleiss([np.asarray(counts, np.float64)])


def mean_fleiss(tables: Sequence[ArrayLike]) -> Kappa:
    """The mean of Fleiss' κ over tables of the same items, one table a look.

    The error is that of large samples of items (Gwet, Large-sample variance of Fleiss generalized kappa, 2021), with what
    the looks at an item have in common; the error under κ = 0 is that of Fleiss, Nee and Landis (1979).
    """
    parts = [_influence(np.asarray(table, np.float64)) for table in tables]
    found = [part for part in parts if part is not None]
    if not found or len(found) < len(parts):
        return Kappa(math.nan)
    looks, items = len(found), len(found[0][1])
    value = float(np.mean([part[0] for part in found]))
    spread = np.mean([part[1] for part in found], 0) - value
    se = math.sqrt(float((spread**2).sum()) / (items * (items - 1))) if items > 1 else math.nan
    return Kappa(value, se, math.sqrt(sum(part[2] ** 2 for part in found)) / looks)


def _influence(table: Floats) -> tuple[float, Floats, float] | None:
    """Fleiss' κ, what each item makes of it (their mean is κ), and the error under κ = 0; None where there is no κ."""
    if not len(table) or (raters := table[0].sum()) < 2:
        return None
    items = len(table)
    shares = table.sum(0) / (items * raters)
    chance = float((shares**2).sum())
    if chance >= 1:
        return None
    within = ((table**2).sum(1) - raters) / (raters * (raters - 1))
    value = (float(within.mean()) - chance) / (1 - chance)
    each = ((within - chance) - 2 * (1 - value) * (table @ shares / raters - chance)) / (1 - chance)
    spread = float((shares * (1 - shares)).sum())
    under = spread**2 - float((shares * (1 - shares) * (1 - 2 * shares)).sum())
    return value, each, math.sqrt(2 * max(0.0, under) / (items * raters * (raters - 1))) / spread


def counts_of(ratings: Sequence[Sequence[Hashable]], categories: Sequence[Hashable]) -> np.ndarray:
    """Ratings, one row an item, as the table that `fleiss` takes."""
    place = {category: index for index, category in enumerate(categories)}
    table = np.zeros((len(ratings), len(categories)), np.int64)
    for row, values in enumerate(ratings):
        for value in values:
            table[row, place[value]] += 1
    return table


def strength(value: float) -> str:
    """What the AIAG manual says of a κ: "good" above 0.75, "poor" below 0.40, else "fair"; "" for no number."""
    if math.isnan(value):
        return ""
    return "good" if value > 0.75 else "poor" if value < 0.40 else "fair"
