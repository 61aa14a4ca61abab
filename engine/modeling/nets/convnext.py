"""ConvNeXt (Liu et al. 2022) as a backbone; the names of its weights are those of the published ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

SIZES = {"atto": ((40, 80, 160, 320), (2, 2, 6, 2)), "tiny": ((96, 192, 384, 768), (3, 3, 9, 3))}
START = 1e-6  # of the scale of each block


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each place of a map."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        places = x.permute(0, 2, 3, 1)
        y = functional.layer_norm(places, self.normalized_shape, self.weight, self.bias, self.eps)
        moved: Tensor = y.permute(0, 3, 1, 2)
        return moved


class Block(nn.Module):
    """7 × 7 by depth, then two linear layers at each place (fig. 4)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.pwconv2 = nn.Linear(4 * channels, channels)
        self.gamma = nn.Parameter(torch.full((channels,), START))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.gamma * self.pwconv2(functional.gelu(self.pwconv1(y)))
        answer: Tensor = x + y.permute(0, 3, 1, 2)
        return answer


class ConvNeXt(nn.Module):
    """Features at strides 4, 8, 16 and 32, normalised.

    Args:
        channels: of the image.
        size: "atto" (3.4 million weights) or "tiny" (27.8 million).
    """

    strides = (4, 8, 16, 32)

    def __init__(self, channels: int = 3, size: str = "tiny") -> None:
        super().__init__()
        self.channels, depths = SIZES[size]
        self.downsample_layers = nn.ModuleList()
        self.stages = nn.ModuleList()
        inputs = channels
        for number, (width, depth) in enumerate(zip(self.channels, depths, strict=True)):
            conv = nn.Conv2d(inputs, width, 4 if number == 0 else 2, 4 if number == 0 else 2)
            norm = ChannelNorm(width if number == 0 else inputs, eps=1e-6)
            self.downsample_layers.append(nn.Sequential(conv, norm) if number == 0 else nn.Sequential(norm, conv))
            self.stages.append(nn.Sequential(*(Block(width) for _ in range(depth))))
            self.add_module(f"norm{number}", ChannelNorm(width, eps=1e-6))
            inputs = width
        for part in self.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(part.weight, std=0.02)
                if part.bias is not None:
                    nn.init.zeros_(part.bias)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N, channels, H, W) to one feature map for each stride."""
        x, features = images, []
        for number, (down, stage) in enumerate(zip(self.downsample_layers, self.stages, strict=True)):
            x = stage(down(x))
            features.append(self.get_submodule(f"norm{number}")(x))
        return features
