"""Several labels at once: head and losses."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.classification import LossOfClasses

RARE = 0.1  # the share of images that has a label, as the head begins


class MultiLabelHead(nn.Module):
    """Mean and maximum of the coarsest map, dropout, one linear layer; begins with every label rare (Lin et al. 2017, §3.3).

    Args:
        channels: of each feature map, fine to coarse.
        classes: number of labels.
        pooling: "both", "mean" or "max".
        dropout: share of features hidden while training.
    """

    def __init__(self, channels: Sequence[int], classes: int, pooling: str = "both", dropout: float = 0.2) -> None:
        super().__init__()
        self.pooling, self.dropout = pooling, nn.Dropout(dropout)
        self.linear = nn.Linear(channels[-1] * (2 if pooling == "both" else 1), classes)
        nn.init.normal_(self.linear.weight, std=0.01)
        nn.init.constant_(self.linear.bias, math.log(RARE / (1 - RARE)))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """One score for each label (N, classes), before the sigmoid."""
        last = features[-1]
        parts = {"mean": [last.mean((2, 3))], "max": [last.amax((2, 3))]}
        pooled = torch.cat([*parts["mean"], *parts["max"]], 1) if self.pooling == "both" else parts[self.pooling][0]
        scores: Tensor = self.linear(self.dropout(pooled))
        return scores


def present(labels: Tensor, classes: int) -> Tensor:
    """Labels (N, G) padded with −1 as 1 where an image has a label, else 0: (N, classes) float32."""
    spread = functional.one_hot(labels.clamp(min=0), classes) * (labels >= 0)[..., None]
    return spread.amax(1).float()


class LossOfTags(LossOfClasses):
    """What all of them have: the mean over images of the sum over labels; rare labels may count more where they are present."""

    def forward(self, logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The loss of logits (N, C) against labels (N, G) padded with −1."""
        truth = present(labels, logits.shape[1])
        losses = self.of(logits.float(), truth)
        if self.weights is not None:
            losses = losses * torch.where(truth > 0, self.weights, 1.0)
        right = ((logits.detach() > 0) == (truth > 0)).float().mean()
        return {"loss": losses.sum(1).mean(), "accuracy": right}

    @abstractmethod
    def of(self, logits: Tensor, truth: Tensor) -> Tensor:
        """The loss of each image and label (N, C); truth is 0 or 1."""


class MultiLabelLoss(LossOfTags):
    """Binary cross entropy; a smoothed truth is that much away from 0 and 1."""

    def __init__(self, smoothing: float = 0.0) -> None:
        super().__init__()
        self.smoothing = smoothing

    def of(self, logits: Tensor, truth: Tensor) -> Tensor:
        """−log of the probability of what is so."""
        wanted = truth * (1 - self.smoothing) + self.smoothing / 2
        return functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")


class AsymmetricLoss(LossOfTags):
    """Focal loss with another focus where a label is absent, whose probability is lowered first (Ridnik et al. 2021, eq. 7).

    Args:
        absent: γ− of absent labels.
        present: γ+ of present ones.
        margin: m, by which the probability of an absent label is lowered, to no less than 0.
    """

    def __init__(self, absent: float = 4.0, present: float = 1.0, margin: float = 0.05) -> None:
        super().__init__()
        self.absent, self.present, self.margin = absent, present, margin

    def of(self, logits: Tensor, truth: Tensor) -> Tensor:
        """−(1 − p)^γ+ · log p where present, −p_m^γ− · log(1 − p_m) where absent."""
        chance = logits.sigmoid()
        there = (1 - chance) ** self.present * functional.logsigmoid(logits)
        lowered = (chance - self.margin).clamp(min=0)
        not_there = lowered**self.absent * (1 - lowered).clamp(min=1e-8).log()
        return -torch.where(truth > 0, there, not_there)
