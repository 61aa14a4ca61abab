"""A small residual backbone that learns from scratch on a few hundred images."""

from __future__ import annotations

from torch import Tensor, nn

from engine.modeling.nets.blocks import ConvBlock, ResidualBlock, initialise


class SmallBackbone(nn.Module):
    """Features at strides 4, 8, 16 and 32 with `width` × (1, 2, 4, 6) channels.

    Args:
        channels: of the image, 1 or 3.
        width: channels at stride 4.
        depth: residual blocks at each stride.
    """

    strides = (4, 8, 16, 32)

    def __init__(self, channels: int = 3, width: int = 32, depth: int = 1) -> None:
        super().__init__()
        self.channels = (width, 2 * width, 4 * width, 6 * width)
        self.stem = nn.Sequential(ConvBlock(channels, width // 2, stride=2), ConvBlock(width // 2, width, stride=2))
        stages = []
        inputs = width
        for number, outputs in enumerate(self.channels):
            blocks: list[nn.Module] = [ResidualBlock(inputs, outputs, stride=1 if number == 0 else 2)]
            blocks += [ResidualBlock(outputs, outputs) for _ in range(depth - 1)]
            stages.append(nn.Sequential(*blocks))
            inputs = outputs
        self.stages = nn.ModuleList(stages)
        initialise(self)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N, channels, H, W) to one feature map for each stride."""
        x = self.stem(images)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features
