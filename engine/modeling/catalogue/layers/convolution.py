"""Convolutions and the blocks made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.modeling.catalogue.layers.base import (
    Form,
    Given,
    Layer,
    Misfit,
    Text,
    divides,
    kernel,
    outputs,
    parameter,
    stride,
)

Activation = Literal["none", "relu", "silu", "gelu", "hardswish"]
_MODULE = "engine.modeling.nets.layers.convolution:"


def _activation(default: str = "relu") -> Any:
    return parameter(default, ("Activation", "激活函数"))


def _depth() -> Any:
    return parameter(1, ("Depth", "深度"), ("blocks behind each other", "串联的块数"), ge=1, le=24)


class Convolution(Layer):
    """nn.Conv2d."""

    type = "layer.conv2d"
    shelf = "convolution"
    title = Text("Convolution", "卷积")
    help = Text(
        "Weighted sums of a window of the map; with padding “same” the map keeps its size at stride 1.",
        "对特征图的窗口做加权求和；padding 为 same 且步长为 1 时大小不变。",
    )
    call = _MODULE + "Conv2d"

    class Parameters(Form):
        """Its shape."""

        outputs: int = outputs()
        kernel: int = kernel()
        stride: int = stride()
        dilation: int = parameter(
            1, ("Dilation", "空洞率"), ("distance of the window's places", "窗口内取样间隔"), advanced=True, ge=1, le=64
        )
        groups: int = parameter(
            1,
            ("Groups", "分组数"),
            ("divides the channels that come in and out", "须整除输入与输出通道数"),
            advanced=True,
            ge=1,
            le=4096,
        )
        padding: Literal["same", "valid"] = parameter(
            "same",
            ("Padding", "填充"),
            ("valid: only whole windows, the map loses its edge", "valid：只取完整窗口，特征图失去边缘"),
            advanced=True,
        )
        bias: bool = parameter(
            True, ("Bias", "偏置"), ("not needed before a normalisation", "后接归一化时不需要"), advanced=True
        )

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """Groups divide both channels."""
        found = divides("groups", values["groups"], given["in"][0].channels, ("groups", "分组数"))
        return found or divides("groups", values["groups"], values["outputs"], ("groups", "分组数"))


class ConvNormAct(Layer):
    """Convolution, batch normalisation, activation."""

    type = "layer.conv_block"
    shelf = "convolution"
    title = Text("Convolution block", "卷积块")
    help = Text(
        "Convolution, batch normalisation and activation in one: what most networks are made of.",
        "卷积、批归一化与激活三合一：多数网络的基本单元。",
    )
    call = _MODULE + "ConvNormAct"

    class Parameters(Form):
        """Its shape."""

        outputs: int = outputs()
        kernel: int = kernel()
        stride: int = stride()
        activation: Activation = _activation()


class SeparableConvolution(ConvNormAct):
    """By depth, then by point."""

    type = "layer.separable_conv"
    title = Text("Separable convolution", "深度可分离卷积")
    help = Text(
        "One filter for each channel, then a mix of the channels: a fraction of the work of a convolution.",
        "先逐通道滤波，再混合通道：计算量仅为普通卷积的几分之一。",
    )
    call = _MODULE + "SeparableConv"


class TransposedConvolution(Layer):
    """nn.ConvTranspose2d."""

    type = "layer.transposed_conv"
    shelf = "convolution"
    title = Text("Transposed convolution", "转置卷积")
    help = Text(
        "A convolution backwards: the map grows, and how is learnt.", "反向的卷积：放大特征图，方式由学习得到。"
    )
    call = _MODULE + "TransposedConv"
    grows = "factor"

    class Parameters(Form):
        """Its shape."""

        outputs: int = outputs()
        factor: int = parameter(2, ("Factor", "倍数"), ("of the sides", "边长放大倍数"), ge=2, le=8)


class ResidualBlocks(Layer):
    """He et al. 2016."""

    type = "layer.residual"
    shelf = "blocks"
    title = Text("Residual block", "残差块")
    help = Text(
        "Two 3 × 3 convolutions around a shortcut, so that deep networks learn.",
        "两层 3 × 3 卷积加捷径连接，使深层网络易于训练。",
    )
    call = _MODULE + "Residual"

    class Parameters(Form):
        """Its shape."""

        outputs: int = outputs()
        stride: int = stride()
        depth: int = _depth()


class InvertedResidual(Layer):
    """Sandler et al. 2018."""

    type = "layer.inverted_residual"
    shelf = "blocks"
    title = Text("Inverted residual block", "倒残差块")
    help = Text(
        "Widens, filters each channel, narrows: little work, for boxes without a graphics card.",
        "先扩展、逐通道滤波、再压缩：计算量小，适合没有显卡的工控机。",
    )
    call = _MODULE + "InvertedResidual"

    class Parameters(Form):
        """Its shape."""

        outputs: int = outputs()
        expansion: int = parameter(4, ("Expansion", "扩展倍数"), ("channels inside", "内部通道数的倍数"), ge=1, le=8)
        kernel: int = kernel()
        stride: int = stride()


class CrossStage(Layer):
    """C2f."""

    type = "layer.cross_stage"
    shelf = "blocks"
    title = Text("Cross-stage block (C2f)", "跨阶段块 (C2f)")
    help = Text(
        "Half of the channels pass through residual steps, and every step is joined at the end.",
        "一半通道经过残差步骤，最后汇合每一步的结果。",
    )
    call = _MODULE + "CrossStage"

    class Parameters(Form):
        """Its shape."""

        outputs: int = parameter(
            32, ("Channels", "通道数"), ("that come out", "输出的通道数"), ge=2, le=4096, multiple_of=2
        )
        depth: int = _depth()


class SpatialPyramid(Layer):
    """ASPP."""

    type = "layer.aspp"
    shelf = "blocks"
    title = Text("Spatial pyramid (ASPP)", "空洞空间金字塔 (ASPP)")
    help = Text(
        "Convolutions that look near and far side by side: for defects of very different sizes.",
        "并联近距与远距的空洞卷积：适合大小差异很大的缺陷。",
    )
    call = _MODULE + "ASPP"

    class Parameters(Form):
        """Its shape."""

        outputs: int = outputs()
        reach: int = parameter(
            6, ("Reach", "空洞率"), ("dilation of the nearest of three", "三条支路中最小的空洞率"), ge=1, le=24
        )


COMPONENTS = (
    Convolution, ConvNormAct, SeparableConvolution, TransposedConvolution, ResidualBlocks, InvertedResidual, CrossStage,
    SpatialPyramid,
)  # fmt: skip
