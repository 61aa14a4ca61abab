"""Settings that the compiled code hands to the training: how long, how much at once, what counts as found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from engine.serving.manifest import OBJECTS

# the figure by which the best weights are kept
CHOICE = {
    **dict.fromkeys(OBJECTS, "val_map50"),
    "classification": "val_accuracy",
    "multilabel": "val_map",
    "segmentation": "val_miou",
    "anomaly": "val_auroc",
    "tabular": "val_auroc",
}


@dataclass(frozen=True)
class Training:
    """The loop.

    Attributes:
        steps: changes of the weights.
        batch: images a step.
        average: share of the old weights in their running average; 0: no average.
        clip: limit of the gradient's norm.
        checks: how often the val images are looked at.
        accumulate: batches whose gradients are added up for one step.
        precision: "auto" (what the device does best), "32", "bf16" or "16"; see `engine.training.devices`.
        patience: checks without a better val figure after which the training ends; 0: it never ends early.
        class_weights: "balanced": each label counts as if all were equally frequent; "none".
        freeze: stages of the backbone that do not learn, counted from the image.
        freeze_steps: after how many steps they learn too; 0: never.
        deterministic: only operations that give the same numbers each time, and the batch as drawn on every device.
    """

    steps: int = 3000
    batch: int = 16
    average: float = 0.998
    clip: float = 5.0
    checks: int = 8
    accumulate: int = 1
    precision: str = "auto"
    patience: int = 0
    class_weights: str = "none"
    freeze: int = 0
    freeze_steps: int = 0
    deterministic: bool = False


@dataclass(frozen=True)
class Gathering:
    """A training that looks at the images and remembers; nothing is learnt by gradients.

    Attributes:
        batch: images looked at together.
        passes: how often each is looked at; with augmentation each look is another one.
    """

    batch: int = 8
    passes: int = 1
    precision: ClassVar[str] = "32"  # distances are differences of large numbers

    def over(self, images: int) -> Training:
        """The steps that it takes for so many images."""
        return Training(math.ceil(images * self.passes / self.batch), self.batch, average=0.0, checks=0)


@dataclass(frozen=True)
class Boosting:
    """A training that grows trees one after the other, each on what those before it left.

    Attributes:
        rounds: trees at most.
        rate: share of each tree's answer that is taken.
        patience: trees that may pass without val getting better; 0: all are grown.
        checks: how often figures on val are told.
    """

    rounds: int = 1000
    rate: float = 0.05
    patience: int = 50
    checks: int = 20
    precision: ClassVar[str] = "32"

    def over(self, rows: int) -> Training:
        """All rows are looked at together."""
        return Training(1, rows, average=0.0, checks=0)


@dataclass(frozen=True)
class Thresholds:
    """What the model reports: from which score on, one object above which IoU, at most how many.

    Attributes:
        labels: "same": that score counts for each label; "f1": of several labels at once, each from the score on that gives it
            the best F1 on val.
    """

    score: float = 0.3
    iou: float = 0.5
    most: int = 300
    labels: str = "same"
