"""Instance masks: shapes that an image has in common, how much of each an object has, and what the masks learn by.

After Bolya et al. 2019 (YOLACT): no network runs for each object, so many small ones cost no more than a few, and a mask
is put together where its box lies alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.blocks import ConvBlock, initialise
from engine.modeling.nets.detection import AnchorFreeHead, DetectionLoss, Positions, branch

DETAIL = 16  # channels that the prototypes take from the image itself
SLIM = 32  # channels of the maps that the prototypes come from
POINTS = 28  # a side, at which a mask is held against the true one (He et al. 2017, Mask R-CNN §3)
AROUND = 0.15  # of a box, on each side of it, where the mask learns where it ends


class Instances(NamedTuple):
    """What the head says: `Positions`, and of what the mask at each of them is made.

    Attributes:
        logits: (N, P, C) before the sigmoid.
        boxes: (N, P, 4) xyxy in input px.
        centers: (P, 2) xy in input px.
        strides: (P,) px.
        coefficients: (N, P, K) in [−1, 1].
        prototypes: (N, K, h, w) over the input.
    """

    logits: Tensor
    boxes: Tensor
    centers: Tensor
    strides: Tensor
    coefficients: Tensor
    prototypes: Tensor


class InstanceHead(nn.Module):
    """An anchor-free detector with K prototypes and K coefficients a position (Bolya et al. 2019, YOLACT §3.1, §3.2).

    The mask of a position is where Σ coefficient × prototype > 0, within its box.

    Args:
        channels: of the feature maps.
        strides: of the feature maps.
        inputs: channels of the image, of which the prototypes take the detail.
        classes: number of labels.
        depth: 3 × 3 convolutions before each output.
        prototypes: K.
        finest: stride of the prototypes, px.
    """

    def __init__(
        self,
        channels: int,
        strides: Sequence[int],
        inputs: int,
        classes: int,
        depth: int = 1,
        prototypes: int = 16,
        finest: int = 4,
    ) -> None:
        super().__init__()
        self.objects = AnchorFreeHead(channels, strides, classes, depth)
        self.mix = nn.ModuleList(branch(channels, depth, prototypes) for _ in strides)
        halvings = finest.bit_length() - 1
        self.detail = nn.Sequential(
            *(ConvBlock(inputs if number == 0 else DETAIL, DETAIL, stride=2) for number in range(halvings))
        )
        self.context = ConvBlock(channels, SLIM, kernel=1)
        self.shapes = nn.Sequential(
            ConvBlock(SLIM + DETAIL, SLIM), ConvBlock(SLIM, SLIM), nn.Conv2d(SLIM, prototypes, 1)
        )
        for part in (self.mix, self.detail, self.context, self.shapes):
            initialise(part)

    def forward(self, features: Sequence[Tensor], images: Tensor) -> Instances:
        """Positions of all maps, fine to coarse, with coefficients; prototypes at the stride `finest`."""
        found = self.objects(features)
        mixed = [mix(x).flatten(2).transpose(1, 2).float() for x, mix in zip(features, self.mix, strict=True)]
        detail = self.detail(images)
        context = functional.interpolate(self.context(features[0]), size=detail.shape[2:], mode="nearest")
        shapes = self.shapes(torch.cat([context, detail], 1)).float()
        return Instances(found.logits, found.boxes, found.centers, found.strides, torch.cat(mixed, 1).tanh(), shapes)


class InstanceLoss(DetectionLoss):
    """The loss of the detector, and of masks: cross entropy and Dice at points of each object's own grid.

    Each object counts alike, whatever its size (Bolya et al. 2019, §3.3 divides by the area of the box). Dice is that of
    Milletari et al. 2016 (V-Net §3). Points lie a little beyond the box, so that a mask ends there by itself.

    Args:
        mask_weight: of the masks against the class loss.
        masks: positions an image whose masks learn, those that fit best.
    """

    def __init__(
        self,
        mask_weight: float = 2.0,
        box_weight: float = 5.0,
        overlap: str = "giou",
        positives: int = 9,
        masks: int = 32,
    ) -> None:
        super().__init__(box_weight, overlap, positives)
        self.mask_weight, self.masks = mask_weight, masks

    def forward(self, predicted: Instances, boxes: Tensor, labels: Tensor, masks: Tensor) -> dict[str, Tensor]:  # type: ignore[override]  # masks are learnt, too
        """The loss of a batch.

        Args:
            predicted: the head's answer.
            boxes: (N, G, 4) xyxy in input px, padded with zeros.
            labels: (N, G) class indices, padded with −1.
            masks: (N, G, H, W) uint8, 1 on the pixels of each object.
        """
        positions = Positions(*predicted[:4])
        assigned = self.assign(positions, boxes, labels)
        found = self.of(positions, assigned)
        weight, chosen = assigned.weight.topk(min(self.masks, assigned.weight.shape[1]), dim=1)
        points = points_on(_rows(assigned.boxes, chosen))
        logits = torch.einsum(
            "nmk,nkmp->nmp",
            _rows(predicted.coefficients, chosen),
            _sampled(predicted.prototypes, points, masks.shape[-2:]),
        )
        true = _true(masks, assigned.owner.gather(1, chosen), points)
        masked = (mask_losses(logits, true) * weight).sum() / weight.sum().clamp(min=1e-6)
        return {**found, "loss": found["loss"] + self.mask_weight * masked, "mask_loss": masked.detach()}


def mask_losses(logits: Tensor, true: Tensor) -> Tensor:
    """Mean cross entropy + 1 − Dice of masks (…, points) against true ones in {0, 1}: (…)."""
    pixels = functional.binary_cross_entropy_with_logits(logits, true, reduction="none").mean(-1)
    shares = logits.sigmoid()
    dice = (2 * (shares * true).sum(-1) + 1) / ((shares.square() + true).sum(-1) + 1)
    return pixels + 1 - dice


def points_on(boxes: Tensor) -> Tensor:
    """A grid on and a little around each box (N, M, 4): (N, M, POINTS², 2) xy in px."""
    middle, sides = (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
    steps = ((torch.arange(POINTS, device=boxes.device) + 0.5) / POINTS - 0.5) * (1 + 2 * AROUND)
    across, down = torch.meshgrid(steps, steps, indexing="xy")
    return middle[:, :, None] + torch.stack([across, down], -1).reshape(1, 1, -1, 2) * sides[:, :, None]


def _rows(values: Tensor, chosen: Tensor) -> Tensor:
    """Of (N, P, K) the rows (N, M): (N, M, K)."""
    return values.gather(1, chosen[..., None].expand(-1, -1, values.shape[2]))


def _sampled(maps: Tensor, points: Tensor, size: Sequence[int]) -> Tensor:
    """Maps (N, K, h, w) over an input of (H, W) px at points (N, M, S, 2): (N, K, M, S); bilinear."""
    whole = torch.tensor([size[1], size[0]], device=points.device)
    return functional.grid_sample(maps, points / whole * 2 - 1, padding_mode="border", align_corners=False)


def _true(masks: Tensor, owner: Tensor, points: Tensor) -> Tensor:
    """Of the masks (N, G, H, W) those of the owners (N, M), at points (N, M, S, 2): (N, M, S) in {0, 1}."""
    height, width = masks.shape[-2:]
    x, y = points[..., 0].long().clamp(0, width - 1), points[..., 1].long().clamp(0, height - 1)
    batch = torch.arange(len(masks), device=masks.device)[:, None, None]
    return masks[batch, owner[..., None], y, x].float()
