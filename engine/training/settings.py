"""Settings that the compiled code hands to the training: how long, how much at once, what counts as found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from engine.serving.manifest import OBJECTS
from engine.training.metrics import Metric, Usual

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
class EarlyStop:
    """End when so many checks in a row were not better than the best before by more than the margin.

    Attributes:
        metric: by which they are judged; None: the one by which the best weights are kept.
    """

    patience: int = 3
    margin: float = 0.0
    metric: Metric | None = None


@dataclass(frozen=True)
class Settled:
    """End when the mean loss of so many steps is below that of as many before by less than the share `margin` of it."""

    steps: int = 500
    margin: float = 0.01


@dataclass(frozen=True)
class TimeLimit:
    """End after so many minutes of training, pauses not counted."""

    minutes: float = 60.0


@dataclass(frozen=True)
class MovingAverage:
    """A running average of the weights (Polyak & Juditsky 1992).

    Attributes:
        share: of the old average that is kept at each step; 0: no average.
        start: share of the steps before which the weights are taken as they are.
    """

    share: float = 0.998
    start: float = 0.0

    def keeps(self, step: int) -> float:
        """The share of the old average at a step since the start; early on less, so that the first weights are forgotten."""
        return min(self.share, step / (10 + step))


@dataclass(frozen=True)
class EqualAverage:
    """All steps from the start on count alike (stochastic weight averaging, Izmailov et al. 2018)."""

    start: float = 0.75
    share: ClassVar[float] = 1.0

    def keeps(self, step: int) -> float:
        """The share of the old average at a step since the start."""
        return step / (1 + step)


@dataclass(frozen=True)
class Keep:
    """Which check becomes the model: the "best", where a later one wins unless it is worse by the margin, or the "last"."""

    which: str = "best"
    margin: float = 0.005  # differences below it are noise on a small val split


@dataclass(frozen=True)
class GradientNoise:
    """Normal noise of the variance strength / step ** fading in the gradients (Neelakantan et al. 2015)."""

    strength: float = 0.01
    fading: float = 0.55


Around = EarlyStop | Settled | TimeLimit | MovingAverage | EqualAverage | Keep | GradientNoise


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
        processes: that share each batch, on a CPU; see `engine.training.together`.
        callbacks: what acts beside the steps; `patience` and `average` do not count where one of them says the same.
        best: the figure by which the best weights are kept; None: the usual one of the task.
        metrics: more figures that are shown.
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
    processes: int = 1
    callbacks: tuple[Around, ...] = ()
    best: Metric | None = None
    metrics: tuple[Metric, ...] = ()

    @property
    def averaging(self) -> MovingAverage | EqualAverage:
        """How the weights are averaged."""
        found = (one for one in self.callbacks if isinstance(one, MovingAverage | EqualAverage))
        return next(found, MovingAverage(self.average))

    @property
    def stops(self) -> tuple[EarlyStop, ...]:
        """When checks end the training early."""
        found = tuple(one for one in self.callbacks if isinstance(one, EarlyStop))
        return found or ((EarlyStop(self.patience),) if self.patience else ())

    @property
    def asked(self) -> tuple[Metric, ...]:
        """All figures that a check must give beside the usual ones."""
        judges = (self.best, *(stop.metric for stop in self.stops))
        return (*(metric for metric in judges if metric is not None), *self.metrics)

    def judge(self, task: str) -> Metric:
        """By what the best weights are kept."""
        return self.best or Usual(CHOICE[task])


@dataclass(frozen=True)
class Gathering:
    """A training that looks at the images and remembers; nothing is learnt by gradients.

    Attributes:
        batch: images looked at together.
        passes: how often each is looked at; with augmentation each look is another one.
        metrics: more figures that are shown.
    """

    batch: int = 8
    passes: int = 1
    metrics: tuple[Metric, ...] = ()
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
        metrics: more figures that are shown.
    """

    rounds: int = 1000
    rate: float = 0.05
    patience: int = 50
    checks: int = 20
    metrics: tuple[Metric, ...] = ()
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


@dataclass(frozen=True)
class ExportSettings:
    """What export and package make of the model where nothing else is said; FP32 is always made.

    Attributes:
        max_drop: points of the main figure that a faster precision may lose.
        bf16: make it where the processor computes in it.
        int8: quantise, and keep it if it loses little enough.
        calibration: train images to measure ranges with.
        batch: "open", or "one" image at a time.
    """

    max_drop: float = 0.5
    bf16: bool = True
    int8: bool = False
    calibration: int = 200
    batch: str = "open"
