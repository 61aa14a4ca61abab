"""Layers that make a map smaller or larger."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.layers.base import Around, Layer


class MaxPool(Around):
    """The largest value of each window."""

    def __init__(self, channels: int, stride_before: float, kernel: int = 2, stride: int = 2) -> None:
        pool = nn.MaxPool2d(kernel, stride, (kernel - 1) // 2)
        super().__init__(pool, channels, stride_before * stride)


class AveragePool(Around):
    """The mean of each window."""

    def __init__(self, channels: int, stride_before: float, kernel: int = 2, stride: int = 2) -> None:
        pool = nn.AvgPool2d(kernel, stride, (kernel - 1) // 2, count_include_pad=False)
        super().__init__(pool, channels, stride_before * stride)


class AdaptivePool(Around):
    """A map of `size` × `size` places, whatever came in; its stride depends on the image and is not known."""

    def __init__(self, channels: int, size: int = 4, take: str = "average") -> None:
        pool = nn.AdaptiveAvgPool2d(size) if take == "average" else nn.AdaptiveMaxPool2d(size)
        super().__init__(pool, channels)


class Upsample(Layer):
    """Each place becomes `factor` × `factor` places."""

    def __init__(self, channels: int, stride_before: float, factor: int = 2, mode: str = "nearest") -> None:
        super().__init__(channels, stride_before / factor)
        self.factor, self.mode = float(factor), mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, factor × H, factor × W)."""
        corners = None if self.mode == "nearest" else False
        return functional.interpolate(x, scale_factor=self.factor, mode=self.mode, align_corners=corners)


class PixelShuffle(Around):
    """Channels become places: factor² channels make one (Shi et al. 2016)."""

    def __init__(self, channels: int, stride_before: float, factor: int = 2) -> None:
        super().__init__(nn.PixelShuffle(factor), channels // factor**2, stride_before / factor)


class PixelUnshuffle(Around):
    """Places become channels: nothing is lost where the map gets smaller."""

    def __init__(self, channels: int, stride_before: float, factor: int = 2) -> None:
        super().__init__(nn.PixelUnshuffle(factor), channels * factor**2, stride_before * factor)


class Crop(Layer):
    """Without `margin` places at each side."""

    def __init__(self, channels: int, stride_before: float, margin: int = 1) -> None:
        super().__init__(channels, stride_before)
        self.margin = margin

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, H − 2 margin, W − 2 margin)."""
        at = self.margin
        return x[:, :, at:-at, at:-at]


class Pad(Around):
    """With `margin` more places at each side, which repeat the edge."""

    def __init__(self, channels: int, stride_before: float, margin: int = 1) -> None:
        super().__init__(nn.ReplicationPad2d(margin), channels, stride_before)
