"""Settings that the compiled code hands to the training: how long, how much at once, what counts as found."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """The loop.

    Attributes:
        steps: changes of the weights.
        batch: images a step.
        average: share of the old weights in their running average; 0: no average.
        clip: limit of the gradient's norm.
        checks: how often the val images are looked at.
    """

    steps: int = 3000
    batch: int = 16
    average: float = 0.998
    clip: float = 5.0
    checks: int = 8


@dataclass(frozen=True)
class Gathering:
    """A training that looks at the images and remembers; nothing is learnt by gradients.

    Attributes:
        batch: images looked at together.
        passes: how often each is looked at; with augmentation each look is another one.
    """

    batch: int = 8
    passes: int = 1

    def over(self, images: int) -> Training:
        """The steps that it takes for so many images."""
        return Training(math.ceil(images * self.passes / self.batch), self.batch, average=0.0, checks=0)


@dataclass(frozen=True)
class Thresholds:
    """What the model reports: from which score on, one object above which IoU, at most how many."""

    score: float = 0.3
    iou: float = 0.5
    most: int = 300
