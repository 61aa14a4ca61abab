"""Objects with named points: a detection head with points, and what the points learn by."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.blocks import initialise
from engine.modeling.nets.detection import AnchorFreeHead, DetectionLoss, Positions, branch

REACH = 4.0  # strides that a point lies from its position where the network says 1
VISIBLE = 2  # COCO's v; 1 is hidden, 0 not labelled


class KeypointHead(nn.Module):
    """An anchor-free detector that also says where K points are (Maji et al. 2022, YOLO-Pose §3.2).

    Args:
        channels: of the feature maps.
        strides: of the feature maps.
        points: how many each label has.
        depth: 3 × 3 convolutions before each of the three outputs.
    """

    def __init__(self, channels: int, strides: Sequence[int], points: Sequence[int], depth: int = 1) -> None:
        super().__init__()
        self.most = max(points)
        self.place = nn.ModuleList(branch(channels, depth, 3 * self.most) for _ in strides)
        initialise(self)
        for one in self.place:
            last = one.get_submodule(str(depth))
            assert isinstance(last, nn.Conv2d)
            nn.init.normal_(last.weight, std=0.01)
        self.detect = AnchorFreeHead(channels, strides, len(points), depth)

    def forward(self, features: Sequence[Tensor]) -> Positions:
        """As of the detector; `more` are points (N, P, K, 3): x, y in input px, and how visible before the sigmoid."""
        found: Positions = self.detect(features)
        said = [one(x).flatten(2).transpose(1, 2).float() for x, one in zip(features, self.place, strict=True)]
        whole = torch.cat(said, 1)
        raw = whole.view(*whole.shape[:2], self.most, 3)
        reach = REACH * found.strides[:, None, None]
        at = found.centers[:, None] + raw[..., :2] * reach
        return found._replace(more=torch.cat([at, raw[..., 2:]], -1))


class KeypointLoss(nn.Module):
    """The loss of a detector, how far points are in shares of their object, and whether they are seen.

    Args:
        point_weight: of the points against the class loss.
        visible_weight: of the visibility.
        box_weight, overlap, positives: see `DetectionLoss`.
    """

    def __init__(
        self,
        point_weight: float = 5.0,
        visible_weight: float = 0.5,
        box_weight: float = 5.0,
        overlap: str = "giou",
        positives: int = 9,
    ) -> None:
        super().__init__()
        self.detection = DetectionLoss(box_weight, overlap, positives)
        self.point_weight, self.visible_weight = point_weight, visible_weight

    def forward(self, predicted: Positions, boxes: Tensor, labels: Tensor, points: Tensor) -> dict[str, Tensor]:
        """The loss of a batch.

        Args:
            predicted: the head's answer.
            boxes: (N, G, 4) xyxy in input px, padded with zeros.
            labels: (N, G) class indices, padded with −1.
            points: (N, G, K, 3) x, y, v in input px; what has v = 0 counts for nothing.
        """
        assigned = self.detection.assign(predicted, boxes, labels)
        losses = self.detection.of(predicted, assigned)
        chosen = assigned.weight > 0
        assert predicted.more is not None
        given, true = predicted.more[chosen], points[torch.nonzero(chosen)[:, 0], assigned.owner[chosen]]
        weight = assigned.weight[chosen][:, None] * (true[..., 2] > 0)
        total = weight.sum().clamp(min=1e-6)
        box = assigned.boxes[chosen]
        side = (box[:, 2:] - box[:, :2]).clamp(min=1).prod(-1).sqrt()[:, None]
        placed = (self.distance(given[..., :2], true[..., :2], side) * weight).sum() / total
        seen = functional.binary_cross_entropy_with_logits(
            given[..., 2], (true[..., 2] >= VISIBLE).float(), reduction="none"
        )
        visible = (seen * weight).sum() / total
        return losses | {
            "loss": losses["loss"] + self.point_weight * placed + self.visible_weight * visible,
            "point_loss": placed.detach(),
            "visible_loss": visible.detach(),
        }

    def distance(self, given: Tensor, true: Tensor, side: Tensor) -> Tensor:
        """Smooth L1 of both coordinates in sides of the object, (K, …, 2) and (K, 1): it pulls from afar (Girshick 2015)."""
        scaled = (given / side[..., None], true / side[..., None])
        return functional.smooth_l1_loss(*scaled, reduction="none", beta=0.05).sum(-1)


class OksLoss(KeypointLoss):
    """Points learn by 1 − OKS, the similarity that they are judged by (Maji et al. 2022, YOLO-Pose eq. 5).

    Args:
        sigma: how far off counts as near, share of the object's side; wider than that of the measure, or points that are
            far off would hardly be pulled.
    """

    def __init__(
        self,
        sigma: float = 0.1,
        point_weight: float = 5.0,
        visible_weight: float = 0.5,
        box_weight: float = 5.0,
        overlap: str = "giou",
        positives: int = 9,
    ) -> None:
        super().__init__(point_weight, visible_weight, box_weight, overlap, positives)
        self.sigma = sigma

    def distance(self, given: Tensor, true: Tensor, side: Tensor) -> Tensor:
        """1 − exp(−d² / 2 s² (2σ)²)."""
        squares = ((given - true) / side[..., None]).square().sum(-1)
        return 1 - (-squares / (8 * self.sigma**2)).exp()
