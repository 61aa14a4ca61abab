"""Settings that the compiled code hands to the training: how long, how much at once, what counts as found."""

from __future__ import annotations

from dataclasses import dataclass

CHOICE = {"detection": "val_map50", "classification": "val_accuracy"}  # the figure by which the best weights are kept


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
class Thresholds:
    """What the model reports: from which score on, one object above which IoU, at most how many."""

    score: float = 0.3
    iou: float = 0.5
    most: int = 300
