"""Layers for vectors (N, D), and the ways from maps to vectors and back."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.layers.base import Around, Layer

FUNCTIONS: dict[str, type[nn.Module]] = {
    "none": nn.Identity, "relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid,
}  # fmt: skip


class Flatten(Layer):
    """A map as one vector of channels × grid²; it is averaged to grid × grid places first, so any image size fits."""

    def __init__(self, channels: int, grid: int = 4) -> None:
        super().__init__(channels * grid**2)
        self.grid = grid

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C × grid²)."""
        return functional.adaptive_avg_pool2d(x, self.grid).flatten(1)


class GlobalPool(Layer):
    """One number for each channel: the mean or the largest of all places."""

    def __init__(self, channels: int, take: str = "average") -> None:
        super().__init__(channels)
        self.take = take

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C)."""
        return x.mean((2, 3)) if self.take == "average" else x.amax((2, 3))


class Linear(Layer):
    """Weighted sums of all numbers, and an activation."""

    def __init__(self, channels: int, outputs: int = 64, activation: str = "relu", bias: bool = True) -> None:
        super().__init__(outputs)
        self.layer, self.activation = nn.Linear(channels, outputs, bias), FUNCTIONS[activation]()

    def forward(self, x: Tensor) -> Tensor:
        """(N, D) to (N, outputs)."""
        y: Tensor = self.activation(self.layer(x))
        return y


class VectorActivation(Around):
    """An activation of each number."""

    def __init__(self, channels: int, function: str = "relu") -> None:
        super().__init__(FUNCTIONS[function](), channels)


class VectorNorm(Around):
    """Each number over the batch, or all numbers of one image."""

    def __init__(self, channels: int, over: str = "image") -> None:
        super().__init__(nn.LayerNorm(channels) if over == "image" else nn.BatchNorm1d(channels), channels)


class VectorDropout(Around):
    """Numbers are hidden while training."""

    def __init__(self, channels: int, share: float = 0.2) -> None:
        super().__init__(nn.Dropout(share), channels)


class ToMap(Layer):
    """A vector as a map of `size` × `size` places; each place has length / size² channels."""

    def __init__(self, channels: int, size: int = 4) -> None:
        super().__init__(channels // size**2)
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """(N, C × size²) to (N, C, size, size)."""
        return x.reshape(len(x), self.channels, self.size, self.size)
