"""Layers for vectors, and the ways from maps to vectors and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.modeling.catalogue.layers.base import (
    MAP_IN,
    MAP_OUT,
    VECTOR_IN,
    VECTOR_OUT,
    VECTORS_IN,
    Flow,
    Form,
    Given,
    Layer,
    Misfit,
    Text,
    divides,
    parameter,
    share,
)

_MODULE = "engine.modeling.nets.layers.vectors:"
Function = Literal["none", "relu", "gelu", "silu", "tanh", "sigmoid"]


class VectorLayer(Layer):
    """From a vector to a vector."""

    shelf = "vectors"
    inputs = (VECTOR_IN,)
    outputs = (VECTOR_OUT,)
    context = ("{in.channels}",)

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """As long as “outputs” says, or as what comes in."""
        return (Flow(values.get("outputs", given["in"][0].channels)),)


class GlobalPool(VectorLayer):
    """One number a channel."""

    type = "layer.global_pool"
    title = Text("Global pooling", "全局池化")
    help = Text(
        "One number for each channel: the mean or the largest of all places.",
        "每个通道一个数：所有位置的平均或最大值。",
    )
    inputs = (MAP_IN,)
    call = _MODULE + "GlobalPool"

    class Parameters(Form):
        """What it takes."""

        take: Literal["average", "largest"] = parameter("average", ("Takes", "取值"))


class Flatten(VectorLayer):
    """All places."""

    type = "layer.flatten"
    title = Text("Flatten", "展平")
    help = Text(
        "A map as one vector that still knows places: it is averaged to grid × grid places first, so any image size fits.",
        "将特征图展平为仍保留位置的向量：先平均为 grid × grid 个位置，因此适应任意图像大小。",
    )
    inputs = (MAP_IN,)
    call = _MODULE + "Flatten"

    class Parameters(Form):
        """How fine."""

        grid: int = parameter(4, ("Grid", "网格"), ("places at each side", "每边的位置数"), ge=1, le=32)

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """Channels × grid²."""
        channels = given["in"][0].channels
        return (Flow(None if channels is None else channels * values["grid"] ** 2),)


class Linear(VectorLayer):
    """nn.Linear."""

    type = "layer.linear"
    title = Text("Linear", "全连接")
    help = Text("Weighted sums of all numbers, and an activation.", "对全部数值加权求和，再经激活函数。")
    call = _MODULE + "Linear"

    class Parameters(Form):
        """Its length."""

        outputs: int = parameter(64, ("Length", "长度"), ("numbers that come out", "输出的数值个数"), ge=1, le=65536)
        activation: Function = parameter("relu", ("Activation", "激活函数"))
        bias: bool = parameter(True, ("Bias", "偏置"), advanced=True)


class VectorActivation(VectorLayer):
    """Of each number."""

    type = "layer.vector_activation"
    title = Text("Activation of a vector", "向量激活")
    help = Text("An activation of each number.", "对每个数值应用激活函数。")
    call = _MODULE + "VectorActivation"

    class Parameters(Form):
        """Which."""

        function: Function = parameter("relu", ("Function", "函数"))


class VectorNorm(VectorLayer):
    """nn.LayerNorm, nn.BatchNorm1d."""

    type = "layer.vector_norm"
    title = Text("Normalisation of a vector", "向量归一化")
    help = Text(
        "Brings the numbers to mean 0 and deviation 1, over one image or over the batch.",
        "将数值归一到均值 0、标准差 1，按单幅图像或按批。",
    )
    call = _MODULE + "VectorNorm"

    class Parameters(Form):
        """Over what."""

        over: Literal["image", "batch"] = parameter("image", ("Over", "范围"))


class VectorDropout(VectorLayer):
    """nn.Dropout."""

    type = "layer.vector_dropout"
    title = Text("Dropout of a vector", "向量失活")
    help = Text("Hides numbers while training, against learning by heart.", "训练时随机隐藏部分数值，防止死记硬背。")
    call = _MODULE + "VectorDropout"

    class Parameters(Form):
        """How much."""

        share: float = share(0.2)


class VectorConcat(VectorLayer):
    """Behind each other."""

    type = "layer.vector_concat"
    title = Text("Concatenate vectors", "向量拼接")
    help = Text("Vectors behind each other.", "将各向量依次拼接。")
    inputs = (VECTORS_IN,)
    call = "engine.modeling.nets.layers.joining:VectorConcat"

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """The sum of the lengths."""
        del values
        lengths = [one.channels for one in given["in"]]
        return (Flow(None if None in lengths else sum(lengths)),)


class ToMap(VectorLayer):
    """Reshape."""

    type = "layer.to_map"
    title = Text("Vector to map", "向量转特征图")
    help = Text("A vector as a map of size × size places.", "将向量重排为 size × size 个位置的特征图。")
    outputs = (MAP_OUT,)
    call = _MODULE + "ToMap"

    class Parameters(Form):
        """How large."""

        size: int = parameter(
            4,
            ("Size", "边长"),
            ("places at each side; size² divides the length", "每边的位置数；size² 须整除长度"),
            ge=1,
            le=64,
        )

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """Length / size² channels; the stride is not known."""
        length = given["in"][0].channels
        return (Flow(None if length is None else length // values["size"] ** 2, None),)

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """Size² divides the length."""
        found = divides("size", values["size"] ** 2, given["in"][0].channels, ("places", "位置数"))
        sides = [side for side in range(1, values["size"] + 1) if (given["in"][0].channels or 0) % side**2 == 0]
        return [
            one._replace(suggestion=Text(f"Set size to {sides[-1]}.", f"请将 size 设为 {sides[-1]}。")) for one in found
        ]


COMPONENTS = (
    GlobalPool, Flatten, Linear, VectorActivation, VectorNorm, VectorDropout, VectorConcat, ToMap,
)  # fmt: skip
