"""Between drawn layers and the parts that are whole: backbones, necks, heads."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from engine.modeling.nets.layers.base import Around, Layer


class ImagesToTensor(Around):
    """The images as the first map."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.Identity(), channels, stride)


class TensorsToFeatures(nn.Module):
    """Maps as the features of a backbone, fine to coarse."""

    def __init__(self, channels: Sequence[int], strides: Sequence[float]) -> None:
        super().__init__()
        self.order = sorted(range(len(strides)), key=lambda number: strides[number])
        self.channels = tuple(channels[number] for number in self.order)
        self.strides = tuple(strides[number] for number in self.order)

    def forward(self, *maps: Tensor) -> list[Tensor]:
        """The same maps in the order of `strides`."""
        return [maps[number] for number in self.order]


class FeatureMap(Layer):
    """One map of a backbone: the one of that stride, else the next coarser one."""

    def __init__(self, channels: Sequence[int], strides: Sequence[float], of_stride: int = 32) -> None:
        at = next((at for at, one in enumerate(strides) if one >= of_stride), len(strides) - 1)
        super().__init__(channels[at], strides[at])
        self.at = at

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """(N, C, H, W)."""
        return features[self.at]


class TensorHead(nn.Module):
    """One score for each label from the mean of a map."""

    def __init__(self, channels: int, classes: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.dropout, self.linear = nn.Dropout(dropout), nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, classes), before the softmax."""
        scores: Tensor = self.linear(self.dropout(x.mean((2, 3))))
        return scores


class VectorHead(nn.Module):
    """One score for each label from a vector."""

    def __init__(self, channels: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout, self.linear = nn.Dropout(dropout), nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, D) to (N, classes), before the softmax."""
        scores: Tensor = self.linear(self.dropout(x))
        return scores
