"""Convolutions and the blocks made of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.modeling.nets import blocks
from engine.modeling.nets.layers.base import Around, Layer, same

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "none": nn.Identity, "relu": nn.ReLU, "silu": nn.SiLU, "gelu": nn.GELU, "hardswish": nn.Hardswish,
}  # fmt: skip


class Conv2d(Around):
    """A convolution; with padding “same” the map keeps its size at stride 1."""

    def __init__(
        self,
        channels: int,
        stride_before: float,
        outputs: int = 32,
        kernel: int = 3,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        padding: str = "same",
        bias: bool = True,
    ) -> None:
        pad = same(kernel, dilation) if padding == "same" else 0
        conv = nn.Conv2d(channels, outputs, kernel, stride, pad, dilation, groups, bias)
        super().__init__(conv, outputs, stride_before * stride)


class ConvNormAct(Around):
    """Convolution, batch normalisation, activation."""

    def __init__(
        self,
        channels: int,
        stride_before: float,
        outputs: int = 32,
        kernel: int = 3,
        stride: int = 1,
        activation: str = "relu",
    ) -> None:
        super().__init__(_block(channels, outputs, kernel, stride, 1, activation), outputs, stride_before * stride)


class SeparableConv(Around):
    """One filter for each channel, then a 1 × 1 convolution (Howard et al. 2017, §3.1)."""

    def __init__(
        self,
        channels: int,
        stride_before: float,
        outputs: int = 32,
        kernel: int = 3,
        stride: int = 1,
        activation: str = "relu",
    ) -> None:
        parts = nn.Sequential(
            _block(channels, channels, kernel, stride, channels, activation),
            _block(channels, outputs, 1, 1, 1, activation),
        )
        super().__init__(parts, outputs, stride_before * stride)


class TransposedConv(Around):
    """A convolution backwards: the map grows by `factor`."""

    def __init__(self, channels: int, stride_before: float, outputs: int = 32, factor: int = 2) -> None:
        super().__init__(nn.ConvTranspose2d(channels, outputs, factor, factor), outputs, stride_before / factor)


class Residual(Around):
    """Residual blocks of two 3 × 3 convolutions (He et al. 2016); the first one strides."""

    def __init__(self, channels: int, stride_before: float, outputs: int = 32, stride: int = 1, depth: int = 1) -> None:
        parts = [
            blocks.ResidualBlock(channels if at == 0 else outputs, outputs, stride if at == 0 else 1)
            for at in range(depth)
        ]
        super().__init__(nn.Sequential(*parts), outputs, stride_before * stride)


class InvertedResidual(Layer):
    """Widen, filter each channel, narrow; a shortcut where the shape stays (Sandler et al. 2018, fig. 3)."""

    def __init__(
        self,
        channels: int,
        stride_before: float,
        outputs: int = 32,
        expansion: int = 4,
        kernel: int = 3,
        stride: int = 1,
    ) -> None:
        super().__init__(outputs, stride_before * stride)
        inner = channels * expansion
        self.shortcut = stride == 1 and channels == outputs
        self.parts = nn.Sequential(
            _block(channels, inner, 1, 1, 1, "relu"),
            _block(inner, inner, kernel, stride, inner, "relu"),
            _block(inner, outputs, 1, 1, 1, "none"),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to (N, outputs, H / stride, W / stride)."""
        y: Tensor = self.parts(x)
        return x + y if self.shortcut else y


class CrossStage(Layer):
    """Half of the channels pass through blocks, every step of which is joined at the end (C2f; Wang et al. 2020, CSPNet)."""

    def __init__(self, channels: int, stride_before: float, outputs: int = 32, depth: int = 1) -> None:
        super().__init__(outputs, stride_before)
        half = outputs // 2
        self.split = _block(channels, 2 * half, 1, 1, 1, "silu")
        self.steps = nn.ModuleList(
            nn.Sequential(_block(half, half, 3, 1, 1, "silu"), _block(half, half, 3, 1, 1, "silu"))
            for _ in range(depth)
        )
        self.join = _block((2 + depth) * half, outputs, 1, 1, 1, "silu")

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to (N, outputs, H, W)."""
        parts = list(self.split(x).chunk(2, 1))
        for step in self.steps:
            parts.append(parts[-1] + step(parts[-1]))
        y: Tensor = self.join(torch.cat(parts, 1))
        return y


class ASPP(Layer):
    """Convolutions of several dilations side by side, with the mean of the map (Chen et al. 2017, DeepLabv3 §3.3)."""

    def __init__(self, channels: int, stride_before: float, outputs: int = 32, reach: int = 6) -> None:
        super().__init__(outputs, stride_before)
        rates = (reach, 2 * reach, 3 * reach)
        self.near = _block(channels, outputs, 1, 1, 1, "relu")
        self.far = nn.ModuleList(_block(channels, outputs, 3, 1, 1, "relu", rate) for rate in rates)
        self.mean = nn.Sequential(nn.Conv2d(channels, outputs, 1), nn.ReLU())
        self.join = _block(5 * outputs, outputs, 1, 1, 1, "relu")

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to (N, outputs, H, W)."""
        mean = self.mean(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[-2:])
        y: Tensor = self.join(torch.cat([self.near(x), *(part(x) for part in self.far), mean], 1))
        return y


def _block(
    channels: int, outputs: int, kernel: int, stride: int, groups: int, activation: str, dilation: int = 1
) -> nn.Sequential:
    pad = same(kernel, dilation)
    conv = nn.Conv2d(channels, outputs, kernel, stride, pad, dilation, groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs, momentum=0.03), ACTIVATIONS[activation]())
