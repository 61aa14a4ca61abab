"""What a step of augmentation is, and how steps follow each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.serving.images import Pixels
from engine.training.samples import View

Random = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Step(ABC):
    """What all steps have.

    Attributes:
        probability: share of the images that it changes.
    """

    probability: float = 0.5

    def __call__(self, view: View, random: Random) -> View:
        """The view, changed or as it is; the pixels that came are never written to."""
        return self.change(view, random) if random.random() < self.probability else view

    @abstractmethod
    def change(self, view: View, random: Random) -> View:
        """The view changed."""


class PixelStep(Step):
    """A step that leaves everything where it is."""

    def change(self, view: View, random: Random) -> View:
        """The view with other pixels."""
        return replace(view, pixels=self.pixels(view.pixels, random))

    @abstractmethod
    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Other pixels (H, W, C) uint8 of the same shape; grey images have one channel, colours are RGB."""


class Chain:
    """Steps one after another; each draws from a generator of its own, so that what one draws moves no other."""

    def __init__(self, *steps: Callable[[View, Random], View]) -> None:
        self.steps = steps

    def __call__(self, view: View, random: Random) -> View:
        """The view after all steps."""
        for step, own in zip(self.steps, random.spawn(len(self.steps)), strict=True):
            view = step(view, own)
        return view


def shaped(result: Any, like: Pixels) -> Pixels:
    """What OpenCV gave, as uint8 in the shape of `like`: it drops the axis of a single channel."""
    found: Pixels = np.asarray(result, np.uint8).reshape(like.shape)
    return found


def about(random: Random, amount: float) -> float:
    """A number between −amount and amount."""
    return float(random.uniform(-amount, amount))
