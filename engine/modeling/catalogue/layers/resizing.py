"""Layers that make a map smaller or larger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.modeling.catalogue.layers.base import (
    Flow,
    Form,
    Given,
    Layer,
    Misfit,
    Text,
    divides,
    kernel,
    parameter,
    stride,
)

_MODULE = "engine.modeling.nets.layers.resizing:"


def _factor(most: int = 8) -> Any:
    return parameter(2, ("Factor", "倍数"), ("of the sides", "边长倍数"), ge=2, le=most)


class MaxPool(Layer):
    """nn.MaxPool2d."""

    type = "layer.max_pool"
    shelf = "resizing"
    title = Text("Max pooling", "最大池化")
    help = Text("The largest value of each window; the map gets smaller.", "取每个窗口的最大值；特征图变小。")
    call = _MODULE + "MaxPool"

    class Parameters(Form):
        """The window."""

        kernel: int = kernel(2, 15)
        stride: int = stride(2)


class AveragePool(MaxPool):
    """nn.AvgPool2d."""

    type = "layer.average_pool"
    title = Text("Average pooling", "平均池化")
    help = Text("The mean of each window; the map gets smaller.", "取每个窗口的平均值；特征图变小。")
    call = _MODULE + "AveragePool"


class AdaptivePool(Layer):
    """nn.AdaptiveAvgPool2d."""

    type = "layer.adaptive_pool"
    shelf = "resizing"
    title = Text("Adaptive pooling", "自适应池化")
    help = Text("A map of the same size, whatever the size of the image.", "无论图像大小，输出固定大小的特征图。")
    call = _MODULE + "AdaptivePool"
    context = ("{in.channels}",)

    class Parameters(Form):
        """The size."""

        size: int = parameter(4, ("Size", "边长"), ("places at each side", "每边的位置数"), ge=1, le=64)
        take: Literal["average", "largest"] = parameter("average", ("Takes", "取值"))

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """The stride depends on the image."""
        del values
        return (Flow(given["in"][0].channels, None),)


class Upsample(Layer):
    """functional.interpolate."""

    type = "layer.upsample"
    shelf = "resizing"
    title = Text("Upsample", "上采样")
    help = Text("The map grows, without anything to learn.", "放大特征图，无需学习。")
    call = _MODULE + "Upsample"
    grows = "factor"

    class Parameters(Form):
        """How."""

        factor: int = _factor(32)
        mode: Literal["nearest", "bilinear"] = parameter("nearest", ("Between", "插值方式"))


class PixelShuffle(Layer):
    """nn.PixelShuffle."""

    type = "layer.pixel_shuffle"
    shelf = "resizing"
    title = Text("Pixel shuffle", "像素重排（放大）")
    help = Text(
        "Channels become places: factor² channels make one, and the map grows.",
        "通道变为位置：factor² 个通道合为一个，特征图放大。",
    )
    call = _MODULE + "PixelShuffle"
    grows = "factor"

    class Parameters(Form):
        """How much."""

        factor: int = _factor()

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """Channels are divided by factor²."""
        channels = given["in"][0].channels
        return (
            Flow(
                None if channels is None else channels // values["factor"] ** 2, super().flow(values, given)[0].stride
            ),
        )

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """Factor² divides the channels."""
        return _whole(given["in"][0].channels, values["factor"] ** 2)


class PixelUnshuffle(Layer):
    """nn.PixelUnshuffle."""

    type = "layer.pixel_unshuffle"
    shelf = "resizing"
    title = Text("Pixel unshuffle", "像素重排（缩小）")
    help = Text(
        "Places become channels: the map gets smaller and nothing is lost.", "位置变为通道：特征图变小而不丢失信息。"
    )
    call = _MODULE + "PixelUnshuffle"
    shrinks = "factor"

    class Parameters(Form):
        """How much."""

        factor: int = _factor()

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """Channels are multiplied by factor²."""
        channels = given["in"][0].channels
        return (
            Flow(None if channels is None else channels * values["factor"] ** 2, super().flow(values, given)[0].stride),
        )


class Crop(Layer):
    """Without the edge."""

    type = "layer.crop"
    shelf = "resizing"
    title = Text("Crop", "裁边")
    help = Text("Takes the edge of the map away.", "去掉特征图的边缘。")
    call = _MODULE + "Crop"

    class Parameters(Form):
        """How much."""

        margin: int = parameter(1, ("Margin", "边宽"), ("places at each side", "每边的位置数"), ge=1, le=64)


class Pad(Crop):
    """nn.ReplicationPad2d."""

    type = "layer.pad"
    title = Text("Pad", "补边")
    help = Text("Repeats the edge of the map outwards.", "向外重复特征图的边缘。")
    call = _MODULE + "Pad"


def _whole(channels: int | None, square: int) -> list[Misfit]:
    found = divides("in", square, channels, ("places", "位置数"))
    if not found or channels is None:
        return []
    wanted = -(-channels // square) * square
    fix = Text(f"Put “Convolution” with {wanted} channels before it.", f"请在其前加入“卷积”，通道数设为 {wanted}。")
    return [found[0]._replace(suggestion=fix)]


COMPONENTS = (MaxPool, AveragePool, AdaptivePool, Upsample, PixelShuffle, PixelUnshuffle, Crop, Pad)
