"""Networks for rows of tables: each field has a vector, and the networks differ in how they bring vectors together.

All take rows (N, 1, 2, F) as `engine.serving.tables` tells, and give scores (N, 2) of which the first is 0: the softmax of
them is the logistic function of the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor, nn


class Vectors(nn.Module):
    """A vector of `width` for each slot of each field, times how much the row has of it."""

    starts: Tensor  # of each field, (F,)

    def __init__(self, fields: Sequence[int], width: int, std: float = 0.01) -> None:
        super().__init__()
        self.register_buffer("starts", torch.tensor([0, *accumulate(fields)][:-1]))
        self.table = nn.Embedding(sum(fields), width)
        nn.init.normal_(self.table.weight, std=std)

    def forward(self, rows: Tensor) -> Tensor:
        """(N, F, width)."""
        slots = rows[:, 0, 0].long() + self.starts
        found: Tensor = self.table(slots) * rows[:, 0, 1].unsqueeze(-1)
        return found


class LogisticRegression(nn.Module):
    """A weight for each slot, and nothing of pairs."""

    def __init__(self, fields: Sequence[int]) -> None:
        super().__init__()
        self.weights = Vectors(fields, 1, std=0.0)
        self.bias = nn.Parameter(torch.zeros(1))

    def score(self, rows: Tensor) -> Tensor:
        """(N,)."""
        score: Tensor = self.weights(rows).sum((1, 2)) + self.bias
        return score

    def forward(self, rows: Tensor) -> Tensor:
        """(N, 2)."""
        return two(self.score(rows))


class FM(nn.Module):
    """Factorization machine of second order (Rendle 2010, eq. 1 and lemma 3.1).

    Args:
        fields: slots of each field.
        width: of the vectors whose products are the effects of pairs.
    """

    def __init__(self, fields: Sequence[int], width: int = 16) -> None:
        super().__init__()
        self.linear = LogisticRegression(fields)
        self.vectors = Vectors(fields, width)

    def forward(self, rows: Tensor) -> Tensor:
        """(N, 2)."""
        return two(self.linear.score(rows) + pairs(self.vectors(rows)))


class DeepFM(nn.Module):
    """A factorization machine and a network of layers on the same vectors, added up (Guo et al. 2017, §3)."""

    def __init__(
        self, fields: Sequence[int], width: int = 16, hidden: int = 128, depth: int = 2, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.linear = LogisticRegression(fields)
        self.vectors = Vectors(fields, width)
        self.deep = layers(len(fields) * width, hidden, depth, dropout)
        self.last = nn.Linear(hidden, 1)

    def forward(self, rows: Tensor) -> Tensor:
        """(N, 2)."""
        vectors = self.vectors(rows)
        deep = self.last(self.deep(vectors.flatten(1)))[:, 0]
        return two(self.linear.score(rows) + pairs(vectors) + deep)


class DCNv2(nn.Module):
    """Layers that multiply the row's vectors by themselves, beside a network of layers (Wang et al. 2021, eq. 1, parallel)."""

    def __init__(
        self,
        fields: Sequence[int],
        width: int = 16,
        crosses: int = 2,
        hidden: int = 128,
        depth: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        size = len(fields) * width
        self.vectors = Vectors(fields, width)
        self.crosses = nn.ModuleList(nn.Linear(size, size) for _ in range(crosses))
        self.deep = layers(size, hidden, depth, dropout)
        self.last = nn.Linear(size + hidden, 1)

    def forward(self, rows: Tensor) -> Tensor:
        """(N, 2)."""
        first = self.vectors(rows).flatten(1)
        crossed = first
        for cross in self.crosses:
            crossed = first * cross(crossed) + crossed
        return two(self.last(torch.cat([crossed, self.deep(first)], 1))[:, 0])


class TableMLP(nn.Module):
    """A network of layers on the vectors, beside a weight for each slot (Cheng et al. 2016, “Wide & Deep”)."""

    def __init__(
        self, fields: Sequence[int], width: int = 16, hidden: int = 128, depth: int = 2, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.linear = LogisticRegression(fields)
        self.vectors = Vectors(fields, width)
        self.deep = layers(len(fields) * width, hidden, depth, dropout)
        self.last = nn.Linear(hidden, 1)

    def forward(self, rows: Tensor) -> Tensor:
        """(N, 2)."""
        return two(self.linear.score(rows) + self.last(self.deep(self.vectors(rows).flatten(1)))[:, 0])


class FinalMLP(nn.Module):
    """Two networks of layers that see the vectors through gates of their own, joined by products (Mao et al. 2023, §3).

    Args:
        heads: parts in which the products of the two are taken (eq. 10).
    """

    def __init__(
        self,
        fields: Sequence[int],
        width: int = 16,
        hidden: int = 128,
        depth: int = 2,
        dropout: float = 0.1,
        heads: int = 4,
    ) -> None:
        super().__init__()
        size = len(fields) * width
        self.heads = heads
        self.vectors = Vectors(fields, width)
        self.gates = nn.Parameter(torch.zeros(2, size))  # what each sees: 2σ(0) = 1, all alike at first
        self.left, self.right = (layers(size, hidden, depth, dropout) for _ in range(2))
        self.alone = nn.Linear(2 * hidden, 1)
        self.joined = nn.Parameter(torch.empty(heads, hidden // heads, hidden // heads))
        nn.init.normal_(self.joined, std=hidden**-0.5)

    def forward(self, rows: Tensor) -> Tensor:
        """(N, 2)."""
        seen = self.vectors(rows).flatten(1)
        gates = 2 * self.gates.sigmoid()
        left, right = self.left(seen * gates[0]), self.right(seen * gates[1])
        apart = [side.unflatten(1, (self.heads, -1)) for side in (left, right)]
        products = torch.einsum("nhi,hij,nhj->n", apart[0], self.joined, apart[1])
        return two(self.alone(torch.cat([left, right], 1))[:, 0] + products)


def pairs(vectors: Tensor) -> Tensor:
    """The sum of the products of all pairs of vectors (N, F, D), in linear time: (N,)."""
    return 0.5 * (vectors.sum(1) ** 2 - (vectors**2).sum(1)).sum(1)


def layers(size: int, hidden: int, depth: int, dropout: float) -> nn.Sequential:
    """So many layers of the same width."""
    sizes = [size, *[hidden] * depth]
    steps = [[nn.Linear(a, b), nn.ReLU(), nn.Dropout(dropout)] for a, b in pairwise(sizes)]
    return nn.Sequential(*[one for step in steps for one in step])


def two(score: Tensor) -> Tensor:
    """A score (N,) as those of two classes (N, 2)."""
    return torch.stack([torch.zeros_like(score), score], 1)
