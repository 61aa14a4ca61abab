"""The network as it is exported: one tensor in, the outputs that the serving runtime expects out."""

from __future__ import annotations

from torch import Tensor, nn

from engine.modeling.nets.classification import probabilities


class DeployedDetector(nn.Module):
    """Boxes (N, P, 4) xyxy in input px and scores (N, P, C) in [0, 1]."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """From prepared images (N, channels, H, W)."""
        positions = self.network(images)
        return positions.boxes, positions.logits.sigmoid()


class DeployedClassifier(nn.Module):
    """Probabilities (N, C) that add up to one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """From prepared images (N, channels, H, W)."""
        return probabilities(self.network(images))


def deployed(network: nn.Module, task: str) -> nn.Module:
    """The network with the outputs of its task."""
    return DeployedDetector(network) if task == "detection" else DeployedClassifier(network)
