"""ResNet (He et al. 2016) as a backbone; the names of its weights are those of torchvision and timm."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.modeling.nets.blocks import initialise

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}


class BasicBlock(nn.Module):
    """Two 3 × 3 convolutions around a shortcut (fig. 5, left)."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(inputs, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, width, H / stride, W / stride)."""
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """1 × 1, 3 × 3, 1 × 1 around a shortcut (fig. 5, right); the 3 × 3 strides."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = _shortcut(inputs, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, 4 × width, H / stride, W / stride)."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(torch.relu(self.bn2(self.conv2(y)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """Features at strides 4, 8, 16 and 32; 64 to 512 channels, with 50 layers 256 to 2048.

    Args:
        channels: of the image.
        layers: 18, 34 or 50.
    """

    strides = (4, 8, 16, 32)

    def __init__(self, channels: int = 3, layers: int = 18) -> None:
        super().__init__()
        block = Bottleneck if layers == 50 else BasicBlock
        self.channels = tuple(width * block.expansion for width in (64, 128, 256, 512))
        self.conv1 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for number, (width, repeats) in enumerate(zip((64, 128, 256, 512), BLOCKS[layers], strict=True), 1):
            stage: list[nn.Module] = []
            for place in range(repeats):
                stage.append(block(inputs, width, 2 if number > 1 and place == 0 else 1))
                inputs = width * block.expansion
            self.add_module(f"layer{number}", nn.Sequential(*stage))
        initialise(self)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N, channels, H, W) to one feature map for each stride."""
        x = self.maxpool(torch.relu(self.bn1(self.conv1(images))))
        features = []
        for number in range(1, 5):
            x = self.get_submodule(f"layer{number}")(x)
            features.append(x)
        return features


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
