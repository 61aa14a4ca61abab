"""Layers after which a map has the same shape: normalisation, dropout, activation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.modeling.catalogue.layers.base import Form, Given, Layer, Misfit, Text, divides, parameter, share

_MODULE = "engine.modeling.nets.layers.plain:"


class BatchNorm(Layer):
    """nn.BatchNorm2d."""

    type = "layer.batch_norm"
    shelf = "norm"
    title = Text("Batch normalisation", "批归一化")
    help = Text(
        "Brings each channel to mean 0 and deviation 1 over the batch; costs nothing once exported.",
        "在批内将每个通道归一到均值 0、标准差 1；导出后不增加计算。",
    )
    call = _MODULE + "BatchNorm"

    class Parameters(Form):
        """How quickly it follows."""

        momentum: float = parameter(
            0.03, ("Momentum", "动量"), ("of the running mean", "滑动均值的更新比例"), advanced=True, gt=0, le=1
        )


class GroupNorm(Layer):
    """nn.GroupNorm."""

    type = "layer.group_norm"
    shelf = "norm"
    title = Text("Group normalisation", "组归一化")
    help = Text(
        "Normalises groups of channels of one image: for small batches.", "对单幅图像的通道组归一化：适合小批量。"
    )
    call = _MODULE + "GroupNorm"

    class Parameters(Form):
        """Groups."""

        groups: int = parameter(
            8, ("Groups", "分组数"), ("divide the channels that come in", "须整除输入通道数"), ge=1, le=1024
        )

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """Groups divide the channels."""
        return divides("groups", values["groups"], given["in"][0].channels, ("groups", "分组数"))


class LayerNorm(Layer):
    """Over the channels of each place."""

    type = "layer.layer_norm"
    shelf = "norm"
    title = Text("Layer normalisation", "层归一化")
    help = Text(
        "Normalises all channels of each place; the habit of transformers.",
        "对每个位置的全部通道归一化；Transformer 的做法。",
    )
    call = _MODULE + "LayerNorm2d"


class InstanceNorm(Layer):
    """nn.InstanceNorm2d."""

    type = "layer.instance_norm"
    shelf = "norm"
    title = Text("Instance normalisation", "实例归一化")
    help = Text(
        "Normalises each channel of one image: takes contrast and light away.",
        "对单幅图像的每个通道归一化：消除对比度与光照差异。",
    )
    call = _MODULE + "InstanceNorm"


class _Hidden(Form):
    share: float = share(0.2)


class Dropout(Layer):
    """nn.Dropout."""

    type = "layer.dropout"
    shelf = "norm"
    title = Text("Dropout", "随机失活")
    help = Text(
        "Hides single values while training, against learning by heart.", "训练时随机隐藏部分数值，防止死记硬背。"
    )
    call = _MODULE + "Dropout"

    class Parameters(_Hidden):
        """How much."""


class ChannelDropout(Layer):
    """nn.Dropout2d."""

    type = "layer.channel_dropout"
    shelf = "norm"
    title = Text("Channel dropout", "通道失活")
    help = Text(
        "Hides whole channels while training: right for maps, whose places are alike.",
        "训练时隐藏整个通道：适合相邻位置相似的特征图。",
    )
    call = _MODULE + "ChannelDropout"

    class Parameters(Form):
        """How much."""

        share: float = share(0.1)


class StochasticDepth(ChannelDropout):
    """Huang et al. 2016."""

    type = "layer.stochastic_depth"
    title = Text("Stochastic depth", "随机深度")
    help = Text(
        "Leaves a branch out for some images while training; belongs just before an addition.",
        "训练时对部分图像跳过该支路；放在相加之前。",
    )
    call = _MODULE + "StochasticDepth"


def _activation(
    name: str, cls: str, title: tuple[str, str], en: str, zh: str, form: type[Form] | None = None
) -> type[Layer]:
    members = {
        "__doc__": f"nn.{cls}.", "type": f"layer.{name}", "shelf": "activation", "title": Text(*title), "help": Text(en, zh),
        "call": _MODULE + cls,
    }  # fmt: skip
    return type(cls, (Layer,), {**members, **({"Parameters": form} if form else {})})


class _Slope(Form):
    slope: float = parameter(0.01, ("Slope", "斜率"), ("of negative values", "负值部分的斜率"), ge=0, le=1)


class _Alpha(Form):
    alpha: float = parameter(1.0, ("α", "α"), ("negative values go towards −α", "负值趋向 −α"), gt=0, le=10)


COMPONENTS = (
    BatchNorm, GroupNorm, LayerNorm, InstanceNorm, Dropout, ChannelDropout, StochasticDepth,
    _activation("relu", "ReLU", ("ReLU", "ReLU"), "Negative values become 0; loses nothing under INT8.", "负值变为 0；INT8 下无损失。"),
    _activation("leaky_relu", "LeakyReLU", ("Leaky ReLU", "Leaky ReLU"), "Negative values become small instead of 0.", "负值变小而不是变为 0。", _Slope),
    _activation("prelu", "PReLU", ("PReLU", "PReLU"), "As leaky ReLU, but the slope of each channel is learnt.", "同 Leaky ReLU，但每个通道的斜率由学习得到。"),
    _activation("elu", "ELU", ("ELU", "ELU"), "Negative values go smoothly towards −α.", "负值平滑趋向 −α。", _Alpha),
    _activation("silu", "SiLU", ("SiLU", "SiLU"), "x · sigmoid(x): smooth, a little better than ReLU and slower.", "x · sigmoid(x)：平滑，略优于 ReLU 但更慢。"),
    _activation("gelu", "GELU", ("GELU", "GELU"), "The smooth step of transformers.", "Transformer 常用的平滑激活。"),
    _activation("hardswish", "Hardswish", ("Hardswish", "Hardswish"), "SiLU made of straight pieces, quick on a CPU.", "由直线段构成的 SiLU，CPU 上很快。"),
    _activation("sigmoid", "Sigmoid", ("Sigmoid", "Sigmoid"), "Each value between 0 and 1: weights to multiply with.", "每个值映射到 0 与 1 之间：可用作相乘的权重。"),
    _activation("tanh", "Tanh", ("Tanh", "Tanh"), "Each value between −1 and 1.", "每个值映射到 −1 与 1 之间。"),
    _activation("softmax", "Softmax", ("Softmax", "Softmax"), "The channels of each place add up to 1.", "每个位置的各通道之和为 1。"),
)  # fmt: skip
