"""Anomaly detection: what good images look like is remembered or imitated; what is far from it is abnormal."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.blocks import ConvBlock, SizedByData, initialise

MOST_PATCHES = 40_000  # that the memory is chosen from; more only make the choice slower
PROJECTED = 64  # dimensions in which the choice is made (Roth et al. 2022, §3.2)


class Anomaly(NamedTuple):
    """How far images are from what is normal.

    Attributes:
        scores: (N,) of whole images, the largest value of the map.
        maps: (N, h, w) of each place, as a distance.
    """

    scores: Tensor
    maps: Tensor


class AnomalyHead(nn.Module):
    """What all of them have.

    Attributes:
        limit: the distance from which an image is abnormal; found on good images that were not learnt from.
    """

    limit: Tensor

    def __init__(self, channels: Sequence[int], strides: Sequence[int], taps: str) -> None:
        super().__init__()
        wanted = [int(stride) for stride in taps.split("+")]
        self.levels = [list(strides).index(stride) for stride in wanted]
        self.width = sum(channels[level] for level in self.levels)
        self.register_buffer("limit", torch.ones(()))

    def patches(self, features: Sequence[Tensor]) -> Tensor:
        """The chosen maps side by side at the finest one's resolution, each place with its neighbours: (N, D, h, w)."""
        maps = [functional.avg_pool2d(features[level], 3, 1, 1, count_include_pad=False) for level in self.levels]
        size = maps[0].shape[2:]
        return torch.cat(
            [
                maps[0],
                *(functional.interpolate(one, size=size, mode="bilinear", align_corners=False) for one in maps[1:]),
            ],
            1,
        )

    @staticmethod
    def answer(maps: Tensor) -> Anomaly:
        """From distances (N, h, w): a lone odd place is smoothed with its neighbours."""
        smooth = functional.avg_pool2d(maps[:, None], 3, 1, 1, count_include_pad=False)[:, 0]
        return Anomaly(smooth.amax((1, 2)), smooth)


class Remembering(SizedByData, AnomalyHead, ABC):
    """Heads that learn nothing by gradients: they look at the good images once (`begin` … `settle`)."""

    def __init__(self, channels: Sequence[int], strides: Sequence[int], taps: str) -> None:
        super().__init__(channels, strides, taps)
        self.gathering = False

    def begin(self) -> None:
        """From now on images are remembered instead of judged."""
        self.gathering = True

    def settle(self) -> None:
        """Make of what was seen what is judged by."""
        self.gathering = False

    @abstractmethod
    def remember(self, patches: Tensor) -> None:
        """Take in the patches (N, D, h, w) of some good images."""

    @abstractmethod
    def distances(self, patches: Tensor) -> Tensor:
        """How far each place of (N, D, h, w) is from what was seen: (N, h, w)."""

    def forward(self, features: Sequence[Tensor]) -> Anomaly:
        """The verdict on images by their feature maps."""
        patches = self.patches(features)
        if self.gathering:
            self.remember(patches.detach())
            return self.answer(patches.new_zeros(patches[:, 0].shape))
        return self.answer(self.distances(patches))


class PatchCore(Remembering):
    """The distance to the nearest of some remembered patches (Roth et al. 2022, §3).

    Args:
        channels: of each feature map, fine to coarse.
        strides: of the same maps.
        taps: strides of the maps that are compared, "8+16".
        memory: patches that are remembered at most.
    """

    bank: Tensor

    def __init__(self, channels: Sequence[int], strides: Sequence[int], taps: str = "8+16", memory: int = 1000) -> None:
        super().__init__(channels, strides, taps)
        self.memory = memory
        self.register_buffer("bank", torch.zeros(memory, self.width))
        self._seen: list[Tensor] = []

    def remember(self, patches: Tensor) -> None:
        """Take in the patches (N, D, h, w) of some good images."""
        self._seen.append(patches.permute(0, 2, 3, 1).reshape(-1, self.width).float().cpu())

    def settle(self) -> None:
        """Keep the patches that stand best for all."""
        super().settle()
        seen = torch.cat(self._seen)
        self._seen.clear()
        self.bank = coreset(seen, self.memory).to(self.limit.device)

    def distances(self, patches: Tensor) -> Tensor:
        """To the nearest remembered patch: (N, h, w)."""
        count, _, height, width = patches.shape
        rows = patches.permute(0, 2, 3, 1).reshape(-1, self.width)
        squared = rows.square().sum(1, keepdim=True) + self.bank.square().sum(1) - 2 * rows @ self.bank.T
        return squared.amin(1).clamp(min=0).sqrt().reshape(count, height, width)


class PaDiM(Remembering):
    """The Mahalanobis distance to the patches that good images have at the same place (Defard et al. 2021, §3).

    Args:
        channels: of each feature map, fine to coarse.
        strides: of the same maps.
        taps: strides of the maps that are compared, "8+16".
        dimensions: channels that are drawn by lot and kept.
    """

    mean: Tensor
    whitening: Tensor
    chosen: Tensor

    def __init__(
        self, channels: Sequence[int], strides: Sequence[int], taps: str = "8+16", dimensions: int = 64
    ) -> None:
        super().__init__(channels, strides, taps)
        kept = min(dimensions, self.width)
        drawn = torch.randperm(self.width, generator=torch.Generator().manual_seed(0), device="cpu")[:kept]
        self.register_buffer("chosen", drawn.sort().values)
        self.register_buffer("mean", torch.zeros(1, kept))
        self.register_buffer("whitening", torch.zeros(1, kept, kept))
        self._sums: list[Tensor] = []

    def remember(self, patches: Tensor) -> None:
        """Add up the patches of some good images, place by place, and their products."""
        rows = patches[:, self.chosen].flatten(2).permute(2, 0, 1).double()  # (P, N, D)
        sums = [torch.tensor(float(rows.shape[1])), rows.sum(1), rows.transpose(1, 2) @ rows]
        self._sums = [old + new for old, new in zip(self._sums, sums, strict=True)] if self._sums else sums

    def settle(self) -> None:
        """Mean and covariance of each place; the latter is kept as what makes it the unit matrix."""
        super().settle()
        count, total, products = self._sums
        self._sums = []
        mean = total / count
        spread = products / count - mean[:, :, None] * mean[:, None, :]
        spread += 0.01 * torch.eye(spread.shape[-1], device=spread.device)  # the paper's ε
        self.mean = mean.float()
        self.whitening = torch.linalg.inv(torch.linalg.cholesky(spread)).float()

    def distances(self, patches: Tensor) -> Tensor:
        """To what the same place of good images looks like: (N, h, w)."""
        height, width = patches.shape[2:]
        apart = patches[:, self.chosen].flatten(2).permute(2, 1, 0) - self.mean[:, :, None]  # (P, D, N)
        return (self.whitening @ apart).square().sum(1).sqrt().T.reshape(-1, height, width)


class StudentTeacher(AnomalyHead):
    """A small network learns on good images to say what a learnt one says, and fails on what it never saw.

    After Batzner et al. 2024, EfficientAD §3.1 and 3.2, without its autoencoder: the student learns the hardest part of
    each image, so that it does not learn to generalise.

    Args:
        channels: of each feature map of the teacher, fine to coarse.
        strides: of the same maps.
        inputs: channels of the image.
        taps: strides of the maps that are imitated, "8+16".
        width: channels of the student.
    """

    def __init__(
        self, channels: Sequence[int], strides: Sequence[int], inputs: int, taps: str = "8+16", width: int = 64
    ) -> None:
        super().__init__(channels, strides, taps)
        halvings = round(math.log2(strides[self.levels[0]]))
        steps = [ConvBlock(inputs if step == 0 else width, width, stride=2) for step in range(halvings)]
        self.student = nn.Sequential(
            *steps, ConvBlock(width, width), ConvBlock(width, width), nn.Conv2d(width, self.width, 1)
        )
        self.teacher_scale = nn.BatchNorm2d(self.width, affine=False, momentum=None)
        initialise(self)

    def forward(self, features: Sequence[Tensor], images: Tensor) -> Anomaly:
        """The verdict on images, by how far the student's answer is from the teacher's."""
        teacher = self.teacher_scale(self.patches(features).detach())
        return self.answer((self.student(images) - teacher).square().mean(1))


class StudentLoss(nn.Module):
    """Mean of the hardest places (Batzner et al. 2024, eq. 1).

    Args:
        hardest: share of the places that are learnt.
    """

    def __init__(self, hardest: float = 0.1) -> None:
        super().__init__()
        self.hardest = hardest

    def forward(self, answer: Anomaly, *_: Tensor) -> dict[str, Tensor]:
        """The loss of a batch of good images."""
        places = answer.maps.flatten()
        return {"loss": places.topk(max(1, int(self.hardest * len(places)))).values.mean()}


def coreset(rows: Tensor, count: int) -> Tensor:
    """Rows (N, D) that leave no other one far away: the farthest from those chosen comes next (Sener & Savarese 2018).

    Distances are taken in a random projection; of more than `MOST_PATCHES` rows as many are drawn by lot first.
    """
    lot = torch.Generator().manual_seed(0)
    if len(rows) > MOST_PATCHES:
        rows = rows[torch.randperm(len(rows), generator=lot)[:MOST_PATCHES]]
    if len(rows) <= count:
        return rows
    small = rows @ torch.randn(rows.shape[1], PROJECTED, generator=lot) / math.sqrt(PROJECTED)
    lengths = small.square().sum(1)
    nearest = torch.full((len(rows),), math.inf)
    chosen = [0]
    while len(chosen) < count:
        last = chosen[-1]
        nearest = torch.minimum(nearest, lengths + lengths[last] - 2 * small @ small[last])
        chosen.append(int(nearest.argmax()))
    return rows[chosen]


def head_of(network: nn.Module) -> AnomalyHead:
    """The part of a network that judges."""
    return next(part for part in network.modules() if isinstance(part, AnomalyHead))
