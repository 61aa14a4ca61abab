"""Figures of a check on val, as the compiled code names them: by one the best weights are kept, more are shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Metric:
    """A figure of `engine.training.validate`.

    Attributes:
        figure: its name there, as “val_map50”.
        higher: whether more is better.
    """

    figure: ClassVar[str] = ""
    higher: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """The name of its curve."""
        return self.figure

    def worth(self, figures: Mapping[str, float]) -> float:
        """The figure so that more is better; where it is missing, as bad as can be."""
        value = figures.get(self.name, 0.0 if self.higher else math.inf)
        return value if self.higher else -value


@dataclass(frozen=True)
class Usual(Metric):
    """The figure by which models of a task are usually kept."""

    named: str = ""

    @property
    def name(self) -> str:
        """As it is named."""
        return self.named


@dataclass(frozen=True)
class MeanAveragePrecision(Metric):
    """COCO's mean average precision of objects; `overlap` is "0.5" or "0.5:0.95"."""

    overlap: str = "0.5"

    @property
    def name(self) -> str:
        """By the overlap."""
        return "val_map50" if self.overlap == "0.5" else "val_map"


@dataclass(frozen=True)
class RecallAt(Metric):
    """Share of the bad that is found while at most the share `rejected` of the good is."""

    rejected: float = 0.02

    @property
    def name(self) -> str:
        """With the share."""
        return f"val_recall_at_{self.rejected:g}"


class LabelPrecision(Metric):
    """Mean average precision of labels of images."""

    figure = "val_map"


class F1Score(Metric):
    """2 × right / (said + true)."""

    figure = "val_f1"


class Accuracy(Metric):
    """Share of images with the right label."""

    figure = "val_accuracy"


class MeanIoU(Metric):
    """Mean intersection over union of the labels."""

    figure = "val_miou"


class PixelAccuracy(Metric):
    """Share of right pixels."""

    figure = "val_pixel_accuracy"


class Auroc(Metric):
    """Area under the ROC curve."""

    figure = "val_auroc"


class AveragePrecision(Metric):
    """Area under precision by recall, of bad ones above good ones."""

    figure = "val_ap"


class LogLoss(Metric):
    """Mean −log of the probability that the true answer was given."""

    figure = "val_log_loss"
    higher = False
