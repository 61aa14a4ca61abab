"""The network as it is exported: one tensor in, the outputs that the serving runtime expects out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.modeling.nets.anomaly import head_of
from engine.modeling.nets.classification import probabilities


class DeployedDetector(nn.Module):
    """Boxes (N, P, 4) xyxy in input px and scores (N, P, C) in [0, 1]."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """From prepared images (N, channels, H, W)."""
        positions = self.network(images)
        return positions.boxes, positions.logits.sigmoid()


class DeployedRotated(DeployedDetector):
    """Also the rotated boxes (N, P, 6): middle, width, height, cosine and sine of the doubled angle."""

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """From prepared images (N, channels, H, W)."""
        positions = self.network(images)
        return positions.boxes, positions.logits.sigmoid(), positions.more


class DeployedPoser(DeployedDetector):
    """As of a detector, and points (N, P, K, 3): x, y in input px, and how visible in [0, 1]."""

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """From prepared images (N, channels, H, W)."""
        positions = self.network(images)
        points = torch.cat([positions.more[..., :2], positions.more[..., 2:].sigmoid()], -1)
        return positions.boxes, positions.logits.sigmoid(), points


class DeployedClassifier(nn.Module):
    """Probabilities (N, C) that add up to one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """From prepared images (N, channels, H, W)."""
        return probabilities(self.network(images))


class DeployedTagger(nn.Module):
    """Probabilities (N, C), each of its own."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """From prepared images (N, channels, H, W)."""
        chances: Tensor = self.network(images).float().sigmoid()
        return chances


class DeployedTable(nn.Module):
    """Probabilities of the two values of a target (N, 2), or of several ones (N, T, 2)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, rows: Tensor) -> Tensor:
        """From rows of a table (N, 1, 2, F)."""
        answers: Tensor = self.network(rows).float().softmax(-1)
        return answers


class DeployedSegmenter(nn.Module):
    """Probabilities (N, 1 + C, h, w) of each class at each place, background first."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """From prepared images (N, channels, H, W)."""
        return probabilities(self.network(images))


class DeployedInstances(nn.Module):
    """As `DeployedDetector`, with coefficients (N, P, K) and prototypes (N, K, h, w), of which masks are put together."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """From prepared images (N, channels, H, W)."""
        found = self.network(images)
        return found.boxes, found.logits.sigmoid(), found.coefficients, found.prototypes


class DeployedJudge(nn.Module):
    """Scores (N,) and maps (N, h, w) in [0, 1], in which 0.5 is the limit of what is normal."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.head = network, head_of(network)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """From prepared images (N, channels, H, W)."""
        scores, maps = self.network(images)
        scale = 2 * self.head.limit
        return (scores / scale).clamp(0, 1), (maps / scale).clamp(0, 1)


DEPLOYED: dict[str, type[nn.Module]] = {
    "detection": DeployedDetector,
    "rotated": DeployedRotated,
    "keypoints": DeployedPoser,
    "instances": DeployedInstances,
    "classification": DeployedClassifier,
    "multilabel": DeployedTagger,
    "segmentation": DeployedSegmenter,
    "anomaly": DeployedJudge,
    "tabular": DeployedTable,
}


def deployed(network: nn.Module, task: str) -> nn.Module:
    """The network with the outputs of its task."""
    return DEPLOYED[task](network)
