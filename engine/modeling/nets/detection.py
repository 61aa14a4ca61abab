"""Anchor-free detection: head, assignment of boxes to positions, loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.blocks import ConvBlock, initialise
from engine.modeling.nets.overlaps import OVERLAPS, pairwise_iou

START_SIDE = 4.0  # of a box before any learning, in strides
PRIOR = 0.01  # score before any learning


class Positions(NamedTuple):
    """What the head says at each of P positions of the pyramid.

    Attributes:
        logits: (N, P, C) before the sigmoid.
        boxes: (N, P, 4) xyxy in input px.
        centers: (P, 2) xy in input px.
        strides: (P,) px.
        more: (N, P, …) what the task's objects carry beside their boxes; None for detection.
    """

    logits: Tensor
    boxes: Tensor
    centers: Tensor
    strides: Tensor
    more: Tensor | None = None


class Assigned(NamedTuple):
    """What each of P positions is to learn.

    Attributes:
        targets: (N, P, C) in [0, 1], how sure it shall be of each label.
        owner: (N, P) which of the image's objects, 0 … G − 1.
        boxes: (N, P, 4) the box of that object.
        weight: (N, P) how much it counts; 0: it learns no object.
    """

    targets: Tensor
    owner: Tensor
    boxes: Tensor
    weight: Tensor


class AnchorFreeHead(nn.Module):
    """Class scores and the distances to the four edges of a box at each position (Tian et al. 2019, FCOS §3.1).

    Args:
        channels: of the feature maps.
        strides: of the feature maps.
        classes: number of labels.
        depth: 3 × 3 convolutions before each of the two outputs.
    """

    START: ClassVar[tuple[float, ...]] = (math.log(START_SIDE / 2),) * 4  # what a place is told by before any learning

    def __init__(self, channels: int, strides: Sequence[int], classes: int, depth: int = 1) -> None:
        super().__init__()
        self.strides = tuple(strides)
        self.classify = nn.ModuleList(output_branch(channels, depth, classes) for _ in self.strides)
        self.locate = nn.ModuleList(output_branch(channels, depth, len(self.START)) for _ in self.strides)
        initialise(self)
        for branches, bias in (
            (self.classify, torch.full((classes,), -math.log((1 - PRIOR) / PRIOR))),
            (self.locate, torch.tensor(self.START)),
        ):
            for branch in branches:
                last = branch.get_submodule(str(depth))
                assert isinstance(last, nn.Conv2d)
                assert last.bias is not None
                nn.init.normal_(last.weight, std=0.01)
                with torch.no_grad():
                    last.bias.copy_(bias)

    def forward(self, features: Sequence[Tensor]) -> Positions:
        """Logits and boxes at the positions of all maps, fine to coarse."""
        logits, boxes, centers, strides, more = [], [], [], [], []
        for x, stride, classify, locate in zip(features, self.strides, self.classify, self.locate, strict=True):
            rows, columns = x.shape[-2:]
            ys = (torch.arange(rows, device=x.device, dtype=torch.float32) + 0.5) * stride
            xs = (torch.arange(columns, device=x.device, dtype=torch.float32) + 0.5) * stride
            grid_y, grid_x = torch.meshgrid(ys, xs, indexing="ij")
            center = torch.stack([grid_x, grid_y], -1).reshape(-1, 2)
            box, carried = self.placed(locate(x).flatten(2).transpose(1, 2).float(), center, stride)
            boxes.append(box)
            more += [] if carried is None else [carried]
            logits.append(classify(x).flatten(2).transpose(1, 2).float())
            centers.append(center)
            strides.append(torch.full((rows * columns,), float(stride), device=x.device))
        places = torch.cat(logits, 1), torch.cat(boxes, 1), torch.cat(centers), torch.cat(strides)
        return Positions(*places, torch.cat(more, 1) if more else None)

    def placed(self, told: Tensor, center: Tensor, stride: int) -> tuple[Tensor, Tensor | None]:
        """Boxes (N, p, 4), and what they carry, of p positions (p, 2) from what the branch tells of them, (N, p, START)."""
        edges = told.clamp(-6, 6).exp() * stride
        return torch.cat([center - edges[..., :2], center + edges[..., 2:]], -1), None


def output_branch(channels: int, depth: int, outputs: int) -> nn.Sequential:
    """Convolutions over one map of a pyramid, the last one to the outputs at each position."""
    return nn.Sequential(*(ConvBlock(channels, channels) for _ in range(depth)), nn.Conv2d(channels, outputs, 1))


class DetectionLoss(nn.Module):
    """Task-aligned assignment with soft targets, and overlap for the boxes (Feng et al. 2021, TOOD §3.2).

    Args:
        box_weight: of the box loss against the class loss.
        overlap: that the boxes learn by, one of `OVERLAPS`.
        positives: positions that learn each object.
        alpha: exponent of the score, and `beta` of the IoU, in choosing them.
    """

    def __init__(
        self,
        box_weight: float = 5.0,
        overlap: str = "giou",
        positives: int = 9,
        alpha: float = 0.5,
        beta: float = 4.0,
    ) -> None:
        super().__init__()
        self.overlap = OVERLAPS[overlap]
        self.box_weight, self.positives, self.alpha, self.beta = box_weight, positives, alpha, beta

    def forward(self, predicted: Positions, boxes: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The loss of a batch.

        Args:
            predicted: the head's answer.
            boxes: (N, G, 4) xyxy in input px, padded with zeros.
            labels: (N, G) class indices, padded with −1.
        """
        return self._of(predicted, self._assign(predicted, boxes, labels))

    def _of(self, predicted: Positions, assigned: Assigned) -> dict[str, Tensor]:
        targets, _, chosen, weight = assigned
        total = weight.sum().clamp(min=1.0)
        focus = self.focus(predicted.logits.sigmoid(), targets)
        classes = (
            focus * functional.binary_cross_entropy_with_logits(predicted.logits, targets, reduction="none")
        ).sum() / total
        positive, told = weight > 0, self.told(predicted)
        if positive.any():
            loss = self.misfit(told[positive], chosen[positive])
            located = (loss * weight[positive]).sum() / total
        else:
            located = told.sum() * 0
        return {
            "loss": classes + self.box_weight * located,
            "class_loss": classes.detach(),
            "box_loss": located.detach(),
        }

    def told(self, predicted: Positions) -> Tensor:
        """What of the answer is held against the boxes to learn, (N, P, 4)."""
        return predicted.boxes

    def misfit(self, told: Tensor, boxes: Tensor) -> Tensor:
        """How far boxes (K, 4) are from those to learn: (K,)."""
        return 1 - self.overlap(told, boxes)

    def fits(self, boxes: Tensor, told: Tensor) -> Tensor:
        """How well what is told (N, P, 4) fits the boxes to learn (N, G, 4): (N, G, P) in [0, 1]."""
        return pairwise_iou(boxes, told)

    def candidates(self, boxes: Tensor, predicted: Positions) -> Tensor:
        """Which positions lie in a box to learn, or near its middle: (N, G, P)."""
        center = predicted.centers[None, None]
        middle = (boxes[..., :2] + boxes[..., 2:])[:, :, None] / 2
        inside = ((center > boxes[:, :, None, :2]) & (center < boxes[:, :, None, 2:])).all(-1)
        return inside | near(middle, predicted)

    def focus(self, scores: Tensor, targets: Tensor) -> Tensor:
        """How much each score (N, P, C) counts; easy background must not drown the few objects (focal, γ = 2)."""
        return torch.where(targets > 0, torch.ones_like(scores), 0.75 * scores.detach().square())

    @torch.no_grad()
    def _assign(self, predicted: Positions, boxes: Tensor, labels: Tensor) -> Assigned:
        count, places = predicted.logits.shape[:2]
        targets = torch.zeros_like(predicted.logits)
        if boxes.shape[1] == 0:
            nobody = torch.zeros(count, places, dtype=torch.int64, device=boxes.device)
            return Assigned(targets, nobody, boxes.new_zeros(count, places, boxes.shape[-1]), nobody.float())
        candidate = self.candidates(boxes, predicted) & (labels >= 0)[..., None]  # (N, G, P)
        overlap = self.fits(boxes, self.told(predicted)) * candidate
        index = labels.clamp(min=0)[:, :, None].expand(-1, -1, places)
        score = predicted.logits.sigmoid().transpose(1, 2).gather(1, index)
        metric = (score**self.alpha * overlap**self.beta + 1e-9) * candidate
        best = metric.topk(min(self.positives, places), dim=-1)
        selected = torch.zeros_like(metric, dtype=torch.bool).scatter_(2, best.indices, best.values > 0)
        # A position wanted by two objects learns the one that it overlaps most.
        owner = torch.where(selected, overlap + 1e-6, torch.zeros_like(overlap)).argmax(1)  # (N, P)
        owned = selected.any(1)
        mine = selected & (torch.arange(boxes.shape[1], device=boxes.device)[None, :, None] == owner[:, None])
        metric, overlap = metric * mine, overlap * mine
        scaled = metric / metric.amax(-1, keepdim=True).clamp(min=1e-9) * overlap.amax(-1, keepdim=True).clamp(min=0.05)
        quality = scaled.amax(1) * owned  # (N, P)
        batch = torch.arange(count, device=boxes.device)[:, None]
        label = labels.clamp(min=0)[batch, owner]
        targets.scatter_(2, label[..., None], quality[..., None])
        return Assigned(targets, owner, boxes[batch, owner], quality)


def near(middle: Tensor, predicted: Positions) -> Tensor:
    """Which positions lie within three quarters of their stride of middles (N, G, 1, 2): (N, G, P)."""
    return ((predicted.centers[None, None] - middle).abs() < 0.75 * predicted.strides[None, None, :, None]).all(-1)


class VarifocalLoss(DetectionLoss):
    """Objects count as much as their box fits, background by the square of its score (Zhang et al. 2021, eq. 2)."""

    def focus(self, scores: Tensor, targets: Tensor) -> Tensor:
        """The target where there is an object, 0.75 p² elsewhere."""
        return torch.where(targets > 0, targets, 0.75 * scores.square())


class QualityFocalLoss(DetectionLoss):
    """Scores count by how far they are from how well the box fits: |y − p|² (Li et al. 2020, GFL eq. 4)."""

    def focus(self, scores: Tensor, targets: Tensor) -> Tensor:
        """The squared distance."""
        return (targets - scores).square()
