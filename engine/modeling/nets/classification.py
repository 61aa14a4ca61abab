"""Classification: head and loss."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class ClassificationHead(nn.Module):
    """Mean of the coarsest map, dropout, one linear layer.

    Args:
        channels: of each feature map, fine to coarse.
        classes: number of labels.
        dropout: share of features hidden while training.
    """

    def __init__(self, channels: Sequence[int], classes: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(channels[-1], classes)
        nn.init.normal_(self.linear.weight, std=0.01)
        nn.init.zeros_(self.linear.bias)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """One score for each label (N, classes), before the softmax."""
        scores: Tensor = self.linear(self.dropout(features[-1].mean((2, 3))))
        return scores


class LossOfClasses(nn.Module):
    """What all losses of classifiers have: each label may count more or less."""

    weights: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weights", None, persistent=False)

    def balance(self, counts: Sequence[int]) -> None:
        """Let each label count by the inverse of its frequency: N / (C × count), as scikit-learn's “balanced” does."""
        found = torch.tensor(counts, dtype=torch.float32)
        self.register_buffer("weights", found.sum() / (len(found) * found.clamp(min=1)), persistent=False)

    def mean(self, losses: Tensor, labels: Tensor) -> Tensor:
        """Mean of losses (N,), weighed by their labels (N,)."""
        if self.weights is None:
            return losses.mean()
        weights = self.weights[labels]
        return (weights * losses).sum() / weights.sum()


class ClassificationLoss(LossOfClasses):
    """Cross entropy with label smoothing."""

    def __init__(self, smoothing: float = 0.0) -> None:
        super().__init__()
        self.smoothing = smoothing

    def forward(self, logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The loss of logits (N, C) against class indices (N,)."""
        losses = functional.cross_entropy(logits.float(), labels, label_smoothing=self.smoothing, reduction="none")
        return {"loss": self.mean(losses, labels), "accuracy": accuracy(logits, labels)}


class FocalLoss(LossOfClasses):
    """Cross entropy weighed by (1 − p)^γ of the right label (Lin et al. 2017, eq. 4)."""

    def __init__(self, gamma: float = 2.0) -> None:
        super().__init__()
        self.gamma = gamma

    def forward(self, logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The loss of logits (N, C) against class indices (N,)."""
        logarithm = log_right(logits, labels)
        losses = -((1 - logarithm.exp()) ** self.gamma * logarithm)
        return {"loss": self.mean(losses, labels), "accuracy": accuracy(logits, labels)}


class RobustLoss(LossOfClasses):
    """(1 − p^q) / q of the right label: generalised cross entropy (Zhang & Sabuncu 2018, eq. 6)."""

    def __init__(self, q: float = 0.7) -> None:
        super().__init__()
        self.q = q

    def forward(self, logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The loss of logits (N, C) against class indices (N,)."""
        losses = (1 - (self.q * log_right(logits, labels)).exp()) / self.q
        return {"loss": self.mean(losses, labels), "accuracy": accuracy(logits, labels)}


def log_right(logits: Tensor, labels: Tensor) -> Tensor:
    """Logarithm of the probability of the right label, (N,)."""
    return torch.log_softmax(logits.float(), 1).gather(1, labels[:, None])[:, 0]


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of a batch whose highest score is that of the right label."""
    return (logits.detach().argmax(1) == labels).float().mean()


def probabilities(logits: Tensor) -> Tensor:
    """Softmax over the labels, (N, C)."""
    return torch.softmax(logits.float(), 1)
