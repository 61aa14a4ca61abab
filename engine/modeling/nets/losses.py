"""More losses of classifiers: for rare labels, for labels with mistakes, for what is hard."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.classification import accuracy, log_right


class LossOfScores(nn.Module, ABC):
    """What all of them have: they answer with the loss and the accuracy of a batch."""

    def forward(self, logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The loss of logits (N, C) against class indices (N,)."""
        return {"loss": self.of(logits.float(), labels).mean(), "accuracy": accuracy(logits, labels)}

    @abstractmethod
    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The loss of each image (N,), or of the batch."""


class LossByCounts(LossOfScores):
    """A loss that weighs labels by how many images the training split has of each; all alike until it is told.

    Args:
        classes: number of labels.
    """

    counts: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.register_buffer("counts", torch.ones(classes))

    def told(self, counts: Tensor) -> None:
        """The images of each label (C,)."""
        self.counts.copy_(counts.clamp(min=1))


class ClassBalancedLoss(LossByCounts):
    """Cross entropy, each label weighed by (1 − β) / (1 − β^n) of its n images (Cui et al. 2019, eq. 2)."""

    def __init__(self, classes: int, beta: float = 0.999) -> None:
        super().__init__(classes)
        self.beta = beta

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The weights are 1 on average over the labels."""
        weights = (1 - self.beta) / (1 - self.beta**self.counts)
        return functional.cross_entropy(logits, labels, reduction="none") * (weights / weights.mean())[labels]


class LogitAdjustedLoss(LossByCounts):
    """Cross entropy of scores raised by τ · log of the label's share (Menon et al. 2021, eq. 10)."""

    def __init__(self, classes: int, tau: float = 1.0) -> None:
        super().__init__(classes)
        self.tau = tau

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Rare labels must win by more."""
        shares = self.counts / self.counts.sum()
        return functional.cross_entropy(logits + self.tau * shares.log(), labels, reduction="none")


class MarginLoss(LossByCounts):
    """Cross entropy in which the right label must lead by a margin ∝ n^(−1/4): LDAM (Cao et al. 2019, eq. 12, 13).

    Args:
        margin: of the rarest label, in logits.
    """

    def __init__(self, classes: int, margin: float = 1.0) -> None:
        super().__init__(classes)
        self.margin = margin

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The right score is lowered before it is compared."""
        margins = self.counts**-0.25
        lowered = functional.one_hot(labels, logits.shape[1]) * (self.margin * margins / margins.max())
        return functional.cross_entropy(logits - lowered, labels, reduction="none")


class SymmetricLoss(LossOfScores):
    """α · cross entropy + β · reverse cross entropy, with log 0 as −4 (Wang et al. 2019, eq. 7 and 8)."""

    NOTHING = -4.0  # stands for log 0

    def __init__(self, alpha: float = 0.1, beta: float = 1.0) -> None:
        super().__init__()
        self.alpha, self.beta = alpha, beta

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The reverse part is bounded, so that a wrong label can pull only so much."""
        right = log_right(logits, labels)
        return -self.alpha * right - self.beta * self.NOTHING * (1 - right.exp())


class TaylorLoss(LossOfScores):
    """The first `terms` of the series of −log p in 1 − p (Feng et al. 2020, eq. 7): between absolute error and CE."""

    def __init__(self, terms: int = 4) -> None:
        super().__init__()
        self.terms = terms

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Σ (1 − p)^i / i."""
        wrong = 1 - log_right(logits, labels).exp()
        return sum((wrong**power / power for power in range(1, self.terms + 1)), torch.zeros_like(wrong))


class PolyLoss(LossOfScores):
    """Cross entropy + ε (1 − p): Poly-1 (Leng et al. 2022, eq. 6)."""

    def __init__(self, epsilon: float = 1.0) -> None:
        super().__init__()
        self.epsilon = epsilon

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The first term of the series counts 1 + ε."""
        right = log_right(logits, labels)
        return -right + self.epsilon * (1 - right.exp())


class RelaxedLoss(LossOfScores):
    """Nothing to learn once p ≥ 1 − α, else the divergence from the nearest such answer (Lienen & Hüllermeier 2021, eq. 5)."""

    def __init__(self, alpha: float = 0.1) -> None:
        super().__init__()
        self.alpha = alpha

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The target keeps the proportions of the wrong labels."""
        logarithms = torch.log_softmax(logits, 1)
        right = functional.one_hot(labels, logits.shape[1]).bool()
        with torch.no_grad():
            others = torch.softmax(logits.masked_fill(right, -torch.inf), 1)
            target = torch.where(right, 1 - self.alpha, self.alpha * others)
            wanted = logarithms.gather(1, labels[:, None])[:, 0].exp() < 1 - self.alpha
        divergence = (torch.xlogy(target, target) - target * logarithms).sum(1)
        return torch.where(wanted, divergence, torch.zeros_like(divergence))


class HingeLoss(LossOfScores):
    """Every wrong score must stay `margin` below the right one; the worst counts (Crammer & Singer 2001, eq. 5)."""

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """max(0, margin + worst wrong − right)."""
        right = functional.one_hot(labels, logits.shape[1]).bool()
        worst = logits.masked_fill(right, -torch.inf).amax(1)
        return functional.relu(self.margin + worst - logits.gather(1, labels[:, None])[:, 0])


class HardestLoss(LossOfScores):
    """Cross entropy of the worst `share` of a batch alone (Shrivastava et al. 2016, §4)."""

    def __init__(self, share: float = 0.5) -> None:
        super().__init__()
        self.share = share

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """At least one image counts."""
        losses = functional.cross_entropy(logits, labels, reduction="none")
        return losses.topk(max(1, round(self.share * len(losses)))).values


class BiTemperedLoss(LossOfScores):
    """Tempered logarithm and heavy-tailed softmax (Amid et al. 2019, eq. 2, 4 and 6).

    Args:
        bound: t₁ < 1 bounds the loss, so that far-off mistakes in the labels count less.
        tail: t₂ > 1 gives a heavy tail, so that mistakes near the border count less; 1, 1 is cross entropy.
    """

    ROUNDS = 8  # of the normalisation; its steps shrink geometrically

    def __init__(self, bound: float = 0.8, tail: float = 1.2) -> None:
        super().__init__()
        self.bound, self.tail = bound, tail

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The Bregman divergence of the answer from the label."""
        shares = self._shares(logits).clamp(min=1e-30)
        right = shares.gather(1, labels[:, None])[:, 0]
        left = 2 - self.bound
        return -self._log(right, self.bound) - (1 - (shares**left).sum(1)) / left

    def _shares(self, logits: Tensor) -> Tensor:
        """exp_t₂(logit − λ) with λ so that they add up to 1, by the fixed point of its appendix A."""
        if self.tail == 1:
            return torch.softmax(logits, 1)
        lead = logits.detach().amax(1, keepdim=True)
        start = logits - lead
        scaled = start
        for _ in range(self.ROUNDS):
            total = self._exp(scaled).sum(1, keepdim=True)
            scaled = start * total ** (1 - self.tail)
        total = self._exp(scaled).sum(1, keepdim=True)
        return self._exp(start + self._log(1 / total, self.tail))

    def _exp(self, x: Tensor) -> Tensor:
        return (1 + (1 - self.tail) * x) ** (1 / (1 - self.tail))  # x ≤ 0

    @staticmethod
    def _log(x: Tensor, t: float) -> Tensor:
        return x.log() if t == 1 else (x ** (1 - t) - 1) / (1 - t)
