"""How well boxes fit: what the boxes of a detector learn by. 1 is a perfect fit."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def pairwise_iou(one: Tensor, other: Tensor) -> Tensor:
    """IoU of boxes (N, G, 4) with boxes (N, P, 4), xyxy: (N, G, P)."""
    low = torch.maximum(one[:, :, None, :2], other[:, None, :, :2])
    high = torch.minimum(one[:, :, None, 2:], other[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area_one = (one[..., 2:] - one[..., :2]).prod(-1)[:, :, None]
    area_other = (other[..., 2:] - other[..., :2]).prod(-1)[:, None]
    return shared / (area_one + area_other - shared).clamp(min=1e-6)


def generalised_iou(one: Tensor, other: Tensor) -> Tensor:
    """GIoU of boxes (K, 4) with boxes (K, 4), xyxy (Rezatofighi et al. 2019)."""
    low, high = torch.maximum(one[:, :2], other[:, :2]), torch.minimum(one[:, 2:], other[:, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    union = (one[:, 2:] - one[:, :2]).prod(-1) + (other[:, 2:] - other[:, :2]).prod(-1) - shared
    hull = (torch.maximum(one[:, 2:], other[:, 2:]) - torch.minimum(one[:, :2], other[:, :2])).prod(-1)
    return shared / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)


def distance_iou(one: Tensor, other: Tensor) -> Tensor:
    """DIoU of boxes (K, 4) with boxes (K, 4), xyxy: less by how far the middles are apart (Zheng et al. 2020, eq. 7)."""
    overlap = pairwise_iou(one[:, None], other[:, None])[:, 0, 0]
    apart = ((one[:, :2] + one[:, 2:] - other[:, :2] - other[:, 2:]) / 2).square().sum(-1)
    hull = torch.maximum(one[:, 2:], other[:, 2:]) - torch.minimum(one[:, :2], other[:, :2])
    return overlap - apart / hull.square().sum(-1).clamp(min=1e-6)


def complete_iou(one: Tensor, other: Tensor) -> Tensor:
    """CIoU: DIoU, and less by how far the proportions are apart (Zheng et al. 2020, eq. 8 to 11)."""
    overlap = pairwise_iou(one[:, None], other[:, None])[:, 0, 0]
    angles = [torch.atan2(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) for box in (one, other)]
    apart = 4 / math.pi**2 * (angles[0] - angles[1]).square()
    with torch.no_grad():
        weight = apart / (1 - overlap + apart).clamp(min=1e-6)
    return distance_iou(one, other) - weight * apart


def _iou(one: Tensor, other: Tensor) -> Tensor:
    return pairwise_iou(one[:, None], other[:, None])[:, 0, 0]


def _apart(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """From middle to middle, and the sides of the hull, both (K, 2)."""
    middles = (one[:, :2] + one[:, 2:] - other[:, :2] - other[:, 2:]) / 2
    return middles, torch.maximum(one[:, 2:], other[:, 2:]) - torch.minimum(one[:, :2], other[:, :2])


def alpha_iou(one: Tensor, other: Tensor, alpha: float = 3.0) -> Tensor:
    """α-DIoU: both terms of DIoU to the power α, so that good boxes become better (He et al. 2021, eq. 5)."""
    middles, hull = _apart(one, other)
    apart = middles.square().sum(-1) / hull.square().sum(-1).clamp(min=1e-6)
    return _iou(one, other) ** alpha - apart**alpha


def wise_iou(one: Tensor, other: Tensor) -> Tensor:
    """1 − R (1 − IoU), where R grows with how far the middles are apart: Wise-IoU v1 (Tong et al. 2023, eq. 7)."""
    middles, hull = _apart(one, other)
    factor = (middles.square().sum(-1) / hull.square().sum(-1).clamp(min=1e-6).detach()).exp()
    return 1 - factor * (1 - _iou(one, other))


def scylla_iou(one: Tensor, other: Tensor) -> Tensor:
    """SIoU: IoU less by half of a distance, shorter along an axis, and of a shape cost (Gevorgyan 2022, eq. 1 to 7)."""
    middles, hull = _apart(one, other)
    squares = middles.square()
    angle = 2 * middles.abs().prod(-1) / squares.sum(-1).clamp(min=1e-6)
    distance = (1 - (-(2 - angle)[:, None] * squares / hull.square().clamp(min=1e-6)).exp()).sum(-1)
    sides = [box[:, 2:] - box[:, :2] for box in (one, other)]
    unlike = (sides[0] - sides[1]).abs() / torch.maximum(*sides).clamp(min=1e-6)
    return _iou(one, other) - (distance + ((1 - (-unlike).exp()) ** 4).sum(-1)) / 2


def edge_fit(one: Tensor, other: Tensor) -> Tensor:
    """1 − smooth L1 of the four edges, in sides of the box `other` (after Girshick 2015, Fast R-CNN eq. 3)."""
    side = (other[:, 2:] - other[:, :2]).clamp(min=1).mean(-1, keepdim=True)
    return 1 - functional.smooth_l1_loss(one / side, other / side, reduction="none", beta=0.1).mean(-1)


OVERLAPS = {
    "giou": generalised_iou,
    "diou": distance_iou,
    "ciou": complete_iou,
    "siou": scylla_iou,
    "alpha": alpha_iou,
    "wise": wise_iou,
    "edges": edge_fit,
}
