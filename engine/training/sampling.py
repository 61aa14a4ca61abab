"""Which images an epoch holds, and in which order: as many as there are, a pure function of the generator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.training.samples import Sample

Weights = npt.NDArray[np.float64]


class Sampler(ABC):
    """What chooses the images of an epoch."""

    @abstractmethod
    def order(self, items: Sequence[Sample], random: np.random.Generator) -> list[int]:
        """Indices of items, as many as there are items."""


@dataclass(frozen=True)
class AsTheyCome(Sampler):
    """Each image once, shuffled."""

    def order(self, items: Sequence[Sample], random: np.random.Generator) -> list[int]:
        """A permutation."""
        order: list[int] = random.permutation(len(items)).tolist()
        return order


@dataclass(frozen=True)
class Balanced(Sampler):
    """Images of rare labels more often, after the repeat factors of Gupta et al. 2019 (LVIS), §4.2.

    Attributes:
        balance: power of the rarity: 0 each image once, 1 all labels alike as far as images hold one label.
        with_objects: share of images that hold an object; 0: as they come. Only where some do and some do not.
    """

    balance: float = 0.5
    with_objects: float = 0.0

    def order(self, items: Sequence[Sample], random: np.random.Generator) -> list[int]:
        """Each image as often as its weight says, up to one more or less; shuffled."""
        return _drawn(self.weights(items), random)

    def weights(self, items: Sequence[Sample]) -> Weights:
        """How often each image is wanted, (N,); the sum is N."""
        weights: Weights = _rarity(items) ** self.balance
        holds = np.array([len(item.labels) > 0 for item in items])
        if self.with_objects and holds.any() and not holds.all():
            weights[holds] *= self.with_objects / weights[holds].sum()
            weights[~holds] *= (1 - self.with_objects) / weights[~holds].sum()
        weights *= len(items) / weights.sum()
        return weights


def _rarity(items: Sequence[Sample]) -> Weights:
    """1 / share of images with that label, for the rarest label of each image; 1 for an image without labels."""
    held = [set(item.labels.tolist()) for item in items]
    counts: dict[int, int] = {}
    for labels in held:
        for label in labels:
            counts[label] = counts.get(label, 0) + 1
    return np.array([len(items) / min((counts[label] for label in labels), default=len(items)) for labels in held])


def _drawn(weights: Weights, random: np.random.Generator) -> list[int]:
    """Systematic sampling: marks at equal distances over the weights laid end to end in a random order."""
    shuffled = random.permutation(len(weights))
    ends = np.cumsum(weights[shuffled])
    marks = (np.arange(len(weights)) + random.random()) * (ends[-1] / len(weights))
    chosen = shuffled[np.searchsorted(ends, marks, side="right").clip(max=len(weights) - 1)]
    order: list[int] = random.permutation(chosen).tolist()
    return order
