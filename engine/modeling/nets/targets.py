"""Networks that foretell several columns of a table at once: what they learn of rows is shared in three ways.

All take rows (N, 1, 2, F) and give scores (N, T, 2), of which the first of each two is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.tables import Vectors, layers

UNKNOWN = -1  # label of a row of which a target is not known


class SeveralTargets(nn.Module):
    """What all of them have: vectors of the fields, and for each target a weight of each slot and a tower.

    Args:
        fields: slots of each field (`engine.serving.tables.Fields`, which tells how many targets there are).
        width: of the vectors.
        hidden: units of an expert.
        tower: units of each target's own last layer.
        dropout: share hidden while training.
    """

    def __init__(self, fields: Sequence[int], width: int, hidden: int, tower: int, dropout: float) -> None:
        super().__init__()
        self.targets: int = getattr(fields, "targets", 1)
        self.size = len(fields) * width
        self.vectors = Vectors(fields, width)
        self.weights = Vectors(fields, self.targets, std=0.0)
        self.towers = nn.ModuleList(
            nn.Sequential(layers(hidden, tower, 1, dropout), nn.Linear(tower, 1)) for _ in range(self.targets)
        )

    def told(self, seen: Sequence[Tensor], rows: Tensor) -> Tensor:
        """From what each target sees, (N, hidden) each: scores (N, T, 2)."""
        scores = torch.cat([tower(one) for tower, one in zip(self.towers, seen, strict=True)], 1)
        scores = scores + self.weights(rows).sum(1)
        return torch.stack([torch.zeros_like(scores), scores], 2)


class SharedBottom(SeveralTargets):
    """All targets see the same layers (Caruana 1997)."""

    def __init__(
        self,
        fields: Sequence[int],
        width: int = 16,
        hidden: int = 128,
        depth: int = 2,
        tower: int = 32,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(fields, width, hidden, tower, dropout)
        self.bottom = layers(self.size, hidden, depth, dropout)

    def forward(self, rows: Tensor) -> Tensor:
        """(N, T, 2)."""
        seen = self.bottom(self.vectors(rows).flatten(1))
        return self.told([seen] * self.targets, rows)


class MMoE(SeveralTargets):
    """Several experts, which each target weighs by a gate of its own (Ma et al. 2018, eq. 5–7).

    Args:
        experts: how many there are.
        depth: layers of an expert.
    """

    def __init__(
        self,
        fields: Sequence[int],
        width: int = 16,
        experts: int = 4,
        hidden: int = 64,
        depth: int = 2,
        tower: int = 32,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(fields, width, hidden, tower, dropout)
        self.experts = nn.ModuleList(layers(self.size, hidden, depth, dropout) for _ in range(experts))
        self.gates = nn.ModuleList(nn.Linear(self.size, experts) for _ in range(self.targets))

    def forward(self, rows: Tensor) -> Tensor:
        """(N, T, 2)."""
        row = self.vectors(rows).flatten(1)
        found = [expert(row) for expert in self.experts]
        return self.told([mixed(gate(row), found) for gate in self.gates], rows)


class PLE(SeveralTargets):
    """Experts that all targets share and experts of each alone, level by level (Tang et al. 2020, §4.2–4.3).

    Args:
        shared: experts of all targets on each level.
        own: experts of each target on each level.
        levels: of extraction, one above the other.
    """

    def __init__(
        self,
        fields: Sequence[int],
        width: int = 16,
        shared: int = 2,
        own: int = 2,
        levels: int = 2,
        hidden: int = 64,
        tower: int = 32,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(fields, width, hidden, tower, dropout)
        sizes = [self.size, *[hidden] * (levels - 1)]
        self.levels = nn.ModuleList(
            Extraction(size, hidden, self.targets, shared, own, dropout, last=level == levels)
            for level, size in enumerate(sizes, 1)
        )

    def forward(self, rows: Tensor) -> Tensor:
        """(N, T, 2)."""
        seen = [self.vectors(rows).flatten(1)] * (self.targets + 1)
        for level in self.levels:
            seen = level(seen)
        return self.told(seen[: self.targets], rows)


class Extraction(nn.Module):
    """One level: a gate for each target over its own and the shared experts, and, but on the last, one over all experts."""

    def __init__(self, size: int, hidden: int, targets: int, shared: int, own: int, dropout: float, last: bool) -> None:
        super().__init__()
        self.own = nn.ModuleList(_experts(own, size, hidden, dropout) for _ in range(targets))
        self.shared = _experts(shared, size, hidden, dropout)
        self.gates = nn.ModuleList(nn.Linear(size, own + shared) for _ in range(targets))
        self.gate = None if last else nn.Linear(size, own * targets + shared)

    def forward(self, seen: Sequence[Tensor]) -> list[Tensor]:
        """From what each target and, last, all together see, (N, size) each, to the same of the next level."""
        common = _each(self.shared, seen[-1])
        owned = [_each(experts, one) for experts, one in zip(self.own, seen[:-1], strict=True)]
        told = [mixed(gate(one), [*mine, *common]) for gate, one, mine in zip(self.gates, seen, owned, strict=False)]
        if self.gate is not None:
            told.append(mixed(self.gate(seen[-1]), [*(one for mine in owned for one in mine), *common]))
        return told


class LossOfTargets(nn.Module):
    """Cross entropy of each target over the rows of which it is known, added up by weights.

    Args:
        weights: of the targets in their order, with commas between; empty: all alike.
    """

    def __init__(self, weights: str = "") -> None:
        super().__init__()
        self.weights = [float(weight) for weight in weights.split(",") if weight.strip()]

    def forward(self, answers: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The loss of scores (N, T, 2) against labels (N, T), −1 where a target is not known; that of each target too."""
        labels = labels.view(len(answers), -1)
        parts = [_known(answers[:, target], labels[:, target]) for target in range(answers.shape[1])]
        weights = self.weights or [1.0] * len(parts)
        total = torch.stack([weight * part for weight, part in zip(weights, parts, strict=True)]).sum()
        return {"loss": total, **{f"loss_{number}": part.detach() for number, part in enumerate(parts, 1)}}


def mixed(scores: Tensor, experts: Sequence[Tensor]) -> Tensor:
    """What experts say, (N, hidden) each, weighed by the softmax of scores (N, experts)."""
    return torch.einsum("ne,neh->nh", scores.softmax(1), torch.stack(list(experts), 1))


def _experts(count: int, size: int, hidden: int, dropout: float) -> nn.ModuleList:
    return nn.ModuleList(layers(size, hidden, 1, dropout) for _ in range(count))


def _each(experts: Any, row: Tensor) -> list[Tensor]:
    return [expert(row) for expert in experts]


def _known(scores: Tensor, labels: Tensor) -> Tensor:
    losses = functional.cross_entropy(scores.float(), labels, ignore_index=UNKNOWN, reduction="sum")
    return losses / (labels != UNKNOWN).sum().clamp(min=1)
