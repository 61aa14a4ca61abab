"""Which images an epoch holds, and in which order: as many as there are, a pure function of the generator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.training.samples import Sample

Weights = npt.NDArray[np.float64]
MOST_TIMES = 8.0  # that an image is wanted more, or less, than the usual one


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


@dataclass(frozen=True)
class SmallObjects(Sampler):
    """Images with small objects more often: what is hard to see needs to be seen more.

    Attributes:
        power: 0 each image once; 1 an image whose smallest object has half the usual side is wanted twice as often.
    """

    power: float = 1.0

    def order(self, items: Sequence[Sample], random: np.random.Generator) -> list[int]:
        """Each image as often as its weight says, up to one more or less; shuffled."""
        sides = np.array([_smallest(item) for item in items])
        there = np.isfinite(sides)
        if not there.any():
            return AsTheyCome().order(items, random)
        usual = np.where(there, np.median(sides[there]) / np.where(there, sides, 1.0), 1.0)
        return _drawn(usual.clip(1 / MOST_TIMES, MOST_TIMES) ** self.power, random)


class Hard(Sampler):
    """Images that an earlier model got wrong more often (after Shrivastava et al. 2016, over the split instead of a batch).

    Args:
        model: the one whose mistakes count; the training tells them.
        times: how often an image with a mistake is wanted against one without.
    """

    def __init__(self, model: str, times: float = 3.0) -> None:
        self.model, self.times = model, times
        self.errors: dict[int, float] = {}

    def told(self, errors: dict[int, float]) -> None:
        """How wrong the model was, by item key: 0 not at all, 1 or more a mistake."""
        self.errors = errors

    def order(self, items: Sequence[Sample], random: np.random.Generator) -> list[int]:
        """Each image as often as its weight says, up to one more or less; shuffled."""
        errors = np.array([self.errors.get(item.key, 0.0) for item in items])
        return _drawn(1 + (self.times - 1) * errors.clip(0, 1), random)


@dataclass(frozen=True)
class FewImages(Sampler):
    """The first `count` images of each label alone, the same ones in each epoch, to learn how much so few teach."""

    count: int = 20

    def order(self, items: Sequence[Sample], random: np.random.Generator) -> list[int]:
        """As many as there are items, each of the chosen ones as often as the others."""
        left: dict[int, int] = {}
        chosen = []
        for index in sorted(range(len(items)), key=lambda at: items[at].key):
            labels = set(items[index].labels.tolist()) or {-1}
            if any(left.get(label, self.count) > 0 for label in labels):
                chosen.append(index)
                left |= {label: left.get(label, self.count) - 1 for label in labels}
        rounds = [random.permutation(chosen) for _ in range(-(-len(items) // len(chosen)))]
        order: list[int] = np.concatenate(rounds)[: len(items)].tolist()
        return order


def _smallest(item: Sample) -> float:
    """Side in px of the smallest object, √(width · height); infinite without any."""
    sides = np.sqrt((item.boxes[:, 2:] - item.boxes[:, :2]).clip(min=1.0).prod(1))
    return float(sides.min(initial=np.inf))


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
