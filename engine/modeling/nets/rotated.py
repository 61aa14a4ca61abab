"""Rotated boxes: a head that tells them, and how well they fit, without a jump at any angle.

A rotated box is (…, 6): middle x and y, width, height in px, cosine and sine of the doubled angle. Turned by half a turn it is
the same box, and so are these numbers; as a Gaussian with the same moments it is also the same when width and height change
places and it is turned by a quarter, so nothing ever learns from a border between two angles.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from engine.modeling.nets.detection import START_SIDE, AnchorFreeHead, DetectionLoss, Positions, near

TINY = 1e-6


class RotatedHead(AnchorFreeHead):
    """Class scores and a rotated box at each position: shift of the middle, sides, and the doubled angle as a direction.

    As FCOS (Tian et al. 2019) without centerness; the angle is coded as its doubled cosine and sine, which has no border
    (Yang et al. 2022, On the arbitrary-oriented object detection, on why one hurts).
    """

    START: ClassVar[tuple[float, ...]] = (0.0, 0.0, math.log(START_SIDE), math.log(START_SIDE), 1.0, 0.0)

    def placed(self, told: Tensor, center: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """The upright hulls (N, p, 4), and the rotated boxes (N, p, 6)."""
        middle, sides = center + told[..., :2] * stride, told[..., 2:4].clamp(-6, 6).exp() * stride
        double = told[..., 4:] / told[..., 4:].square().sum(-1, keepdim=True).clamp(min=TINY).sqrt()
        along, across = (((1 + sign * double[..., :1]) / 2).clamp(min=TINY).sqrt() for sign in (1, -1))
        half = (sides * along + sides.flip(-1) * across) / 2
        return torch.cat([middle - half, middle + half], -1), torch.cat([middle, sides, double], -1)


def moments(boxes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Variances along x and y, covariance, and their determinant, of boxes (…, 6) as even sheets (w² / 12)."""
    a, b = boxes[..., 2].square() / 12, boxes[..., 3].square() / 12
    mean, half = (a + b) / 2, (a - b) / 2
    return mean + half * boxes[..., 4], mean - half * boxes[..., 4], half * boxes[..., 5], a * b


def probabilistic_iou(one: Tensor, other: Tensor) -> Tensor:
    """ProbIoU: one less the Hellinger distance of two Gaussians (Murrugarra-Llerena et al. 2021, eq. 5 to 9)."""
    (xx, yy, xy, det), (xx_, yy_, xy_, det_) = moments(one), moments(other)
    xx, yy, xy = (xx + xx_) / 2, (yy + yy_) / 2, (xy + xy_) / 2
    x, y = one[..., 0] - other[..., 0], one[..., 1] - other[..., 1]
    whole = (xx * yy - xy.square()).clamp(min=TINY)
    apart = (yy * x.square() + xx * y.square() - 2 * xy * x * y) / whole / 8
    unlike = (whole.square() / (det * det_).clamp(min=TINY**2)).clamp(min=1.0).log() / 4
    return 1 - (1 - (-(apart + unlike)).exp() + TINY).sqrt()


def wasserstein_fit(one: Tensor, other: Tensor) -> Tensor:
    """1 / (1 + ln(1 + d²)) of the Gaussian Wasserstein distance, in mean sides of `other` (Yang et al. 2021, GWD eq. 4, 7)."""
    (xx, yy, xy, det), (xx_, yy_, xy_, det_) = moments(one), moments(other)
    product = xx * xx_ + yy * yy_ + 2 * xy * xy_
    root = (product + 2 * (det * det_).clamp(min=TINY).sqrt()).clamp(min=TINY).sqrt()
    squares = (one[..., :2] - other[..., :2]).square().sum(-1) + (xx + yy + xx_ + yy_ - 2 * root).clamp(min=0)
    return 1 / (1 + (squares / other[..., 2:4].prod(-1).clamp(min=1.0)).log1p())


FITS = {"probiou": probabilistic_iou, "gwd": wasserstein_fit}


class RotatedLoss(DetectionLoss):
    """The loss of a detector with rotated boxes as Gaussians, and the doubled angle where they are longer than wide.

    Args:
        box_weight: of the box loss against the class loss.
        fit: that the boxes learn by, one of `FITS`.
        angle_weight: of 1 − cos 2(difference) against the fit; a square has no angle to learn and weighs nothing.
        positives: positions that learn each object.
    """

    def __init__(
        self, box_weight: float = 5.0, fit: str = "probiou", angle_weight: float = 0.2, positives: int = 9
    ) -> None:
        super().__init__(box_weight, positives=positives)
        self.fit, self.angle_weight = FITS[fit], angle_weight

    def told(self, predicted: Positions) -> Tensor:
        """The rotated boxes (N, P, 6)."""
        assert predicted.more is not None
        return predicted.more

    def misfit(self, told: Tensor, boxes: Tensor) -> Tensor:
        """How far rotated boxes (K, 6) are from those to learn: (K,)."""
        squares = boxes[:, 2:4].square()
        length = (squares[:, 0] - squares[:, 1]).abs() / squares.sum(-1).clamp(min=TINY)
        turned = 1 - (told[:, 4:] * boxes[:, 4:]).sum(-1)
        return 1 - self.fit(told, boxes) + self.angle_weight * length * turned

    def fits(self, boxes: Tensor, told: Tensor) -> Tensor:
        """ProbIoU (N, G, P) of boxes (N, G, 6) with those told (N, P, 6)."""
        return probabilistic_iou(told[:, None], boxes[:, :, None])

    def candidates(self, boxes: Tensor, predicted: Positions) -> Tensor:
        """Which positions lie in a rotated box to learn, or near its middle: (N, G, P)."""
        angle = torch.atan2(boxes[..., 5], boxes[..., 4])[..., None] / 2
        away = predicted.centers - boxes[:, :, None, :2]
        along = away[..., 0] * angle.cos() + away[..., 1] * angle.sin()
        across = away[..., 1] * angle.cos() - away[..., 0] * angle.sin()
        half = boxes[:, :, None, 2:4] / 2
        inside = (along.abs() < half[..., 0]) & (across.abs() < half[..., 1])
        return inside | near(boxes[:, :, None, :2], predicted)
