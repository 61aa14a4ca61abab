"""What all drawn layers have."""

from __future__ import annotations

from torch import Tensor, nn


class Layer(nn.Module):
    """A layer that tells the next one what it gives.

    Attributes:
        channels: of the tensor that comes out; of a vector its length.
        stride: px of the image that one place of the map stands for.
    """

    def __init__(self, channels: int, stride: float = 1) -> None:
        super().__init__()
        self.channels = channels
        self.stride = whole(stride)


class Around(Layer):
    """One layer of torch.nn, with what it gives."""

    def __init__(self, layer: nn.Module, channels: int, stride: float = 1) -> None:
        super().__init__(channels, stride)
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """What the layer makes of x."""
        y: Tensor = self.layer(x)
        return y


def whole(stride: float) -> float:
    """2.0 as 2: strides are whole nearly always."""
    return int(stride) if stride == int(stride) else stride


def same(kernel: int, dilation: int = 1) -> int:
    """The padding with which a map keeps its size at stride 1."""
    return dilation * (kernel - 1) // 2
