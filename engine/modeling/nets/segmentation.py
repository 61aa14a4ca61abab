"""Segmentation: heads that say what each pixel is, and the loss that they learn by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets import IGNORED
from engine.modeling.nets.blocks import ConvBlock, initialise

RATES = (
    2,
    4,
    6,
)  # dilations at stride 16; those of the paper (6, 12, 18) are for maps twice as large as factory images give
DETAIL = 48  # channels that DeepLab takes from the fine map (Chen et al. 2018, §4.1)


class UNetHead(nn.Module):
    """From the coarsest map up, each finer one is joined on the way (Ronneberger et al. 2015, fig. 1).

    Args:
        channels: of each feature map, fine to coarse.
        strides: of the same maps.
        inputs: channels of the image, which is joined last where `finest` is below the finest stride.
        classes: number of labels; the background comes to them as class 0.
        width: channels at the finest stride of the backbone; each coarser one has half as many more.
        finest: stride of the answer, px.
    """

    def __init__(
        self,
        channels: Sequence[int],
        strides: Sequence[int],
        inputs: int,
        classes: int,
        width: int = 32,
        finest: int = 2,
    ) -> None:
        super().__init__()
        self.stride = min(finest, strides[0])
        widths = [width + level * width // 2 for level in range(len(channels))]
        self.lateral = nn.ModuleList(
            ConvBlock(given, wide, kernel=1) for given, wide in zip(channels, widths, strict=True)
        )
        self.join = nn.ModuleList(ConvBlock(fine + coarse, fine) for fine, coarse in pairwise(widths))
        self.detail: nn.Module | None = None
        if self.stride < strides[0]:
            slim = max(8, width // 2)
            self.detail = ConvBlock(inputs, slim, stride=self.stride)
            self.refine = nn.Sequential(ConvBlock(width + slim, width), ConvBlock(width, width))
        self.classify = nn.Conv2d(width, classes + 1, 1)
        initialise(self)

    def forward(self, features: Sequence[Tensor], images: Tensor) -> Tensor:
        """Class scores (N, 1 + classes, H / stride, W / stride), before the softmax."""
        maps = [lateral(one) for lateral, one in zip(self.lateral, features, strict=True)]
        x = maps[-1]
        for level in range(len(maps) - 2, -1, -1):
            x = self.join[level](torch.cat([maps[level], _like(x, maps[level])], 1))
        if self.detail is not None:
            detail = self.detail(images)
            x = self.refine(torch.cat([_like(x, detail), detail], 1))
        scores: Tensor = self.classify(x)
        return scores


class DeepLabHead(nn.Module):
    """Several dilations side by side look at the context of each place (Chen et al. 2018, DeepLabV3+ §3).

    Args:
        channels: of each feature map, fine to coarse.
        strides: of the same maps; context is taken at stride 16, detail from the finest one.
        classes: number of labels; the background comes to them as class 0.
        width: channels of each branch.
    """

    def __init__(self, channels: Sequence[int], strides: Sequence[int], classes: int, width: int = 64) -> None:
        super().__init__()
        self.level = list(strides).index(16)
        deep = channels[self.level]
        self.branches = nn.ModuleList(
            [ConvBlock(deep, width, kernel=1), *(_Dilated(deep, width, rate) for rate in RATES)]
        )
        self.whole = ConvBlock(deep, width, kernel=1)
        self.project = ConvBlock(width * (2 + len(RATES)), width, kernel=1)
        self.detail = ConvBlock(channels[0], DETAIL, kernel=1)
        self.refine = nn.Sequential(ConvBlock(width + DETAIL, width), ConvBlock(width, width))
        self.classify = nn.Conv2d(width, classes + 1, 1)
        initialise(self)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Class scores (N, 1 + classes, H / 4, W / 4), before the softmax."""
        deep, fine = features[self.level], self.detail(features[0])
        # The mean alone would be one value in a training step of one image, which has no spread to normalise by.
        whole = self.whole(deep).mean((2, 3), keepdim=True).expand(-1, -1, *deep.shape[2:])
        x = self.project(torch.cat([*(branch(deep) for branch in self.branches), whole], 1))
        scores: Tensor = self.classify(self.refine(torch.cat([_like(x, fine), fine], 1)))
        return scores


class _Dilated(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, rate: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, 1, rate, rate, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.03),
            nn.ReLU(inplace=True),
        )


class SegmentationLoss(nn.Module):
    """Cross entropy of the pixels and the Dice loss of each label (Milletari et al. 2016, V-Net §3), added up.

    Args:
        overlap: weight of the Dice loss; it counts small labels as much as large ones.
        background: weight of background pixels in the cross entropy.
    """

    def __init__(self, overlap: float = 1.0, background: float = 0.5) -> None:
        super().__init__()
        self.overlap, self.background = overlap, background

    def forward(self, scores: Tensor, classes: Tensor) -> dict[str, Tensor]:
        """The loss of scores (N, 1 + C, h, w) against the class of each pixel (N, H, W), `IGNORED` where it is open."""
        scores = at_pixels(scores, classes.shape[-2:])
        weight = torch.ones(scores.shape[1], device=scores.device)
        weight[0] = self.background
        pixels = functional.cross_entropy(scores, classes, weight, ignore_index=IGNORED)
        if not torch.isfinite(pixels):  # all of them are open
            pixels = scores.sum() * 0
        dice = dice_loss(scores.softmax(1), classes)
        return {
            "loss": pixels + self.overlap * dice,
            "pixel_loss": pixels.detach(),
            "dice_loss": dice.detach(),
        }


def dice_loss(chances: Tensor, classes: Tensor) -> Tensor:
    """1 − Dice over the batch, the mean of the labels that are there; 0 where none is.

    Args:
        chances: (N, 1 + C, H, W) in [0, 1].
        classes: (N, H, W).
    """
    known = (classes != IGNORED)[:, None]
    true = functional.one_hot(classes.where(classes != IGNORED, 0), chances.shape[1]).permute(0, 3, 1, 2) * known
    chances = chances * known
    shared = (chances * true).sum((0, 2, 3))[1:]
    both = (chances.square() + true).sum((0, 2, 3))[1:]
    there = true.sum((0, 2, 3))[1:] > 0
    losses = 1 - (2 * shared + 1) / (both + 1)
    return losses[there].mean() if there.any() else chances.sum() * 0


def at_pixels(scores: Tensor, size: Sequence[int]) -> Tensor:
    """Scores (N, C, h, w) at H × W px, as serving does it: bilinear, float32."""
    return functional.interpolate(scores.float(), size=tuple(size), mode="bilinear", align_corners=False)


def _like(x: Tensor, other: Tensor) -> Tensor:
    return functional.interpolate(x, size=other.shape[2:], mode="nearest")
