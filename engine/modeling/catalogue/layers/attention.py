"""Layers that weigh channels and places against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.modeling.catalogue.layers.base import Form, Given, Layer, Misfit, Text, divides, parameter

_MODULE = "engine.modeling.nets.layers.attention:"


def _reduction() -> Any:
    return parameter(
        4, ("Reduction", "压缩比"), ("channels inside are so many times fewer", "内部通道数缩小的倍数"), ge=1, le=64
    )


def _heads() -> Any:
    return parameter(4, ("Heads", "注意力头数"), ("divide the channels that come in", "须整除输入通道数"), ge=1, le=64)


class SqueezeExcite(Layer):
    """Hu et al. 2018."""

    type = "layer.squeeze_excite"
    shelf = "attention"
    title = Text("Squeeze and excitation", "通道注意力 (SE)")
    help = Text("Weighs each channel by what all of the map shows.", "根据整幅特征图为每个通道加权。")
    call = _MODULE + "SqueezeExcite"

    class Parameters(Form):
        """How narrow."""

        reduction: int = _reduction()


class ChannelPlaceAttention(Layer):
    """CBAM."""

    type = "layer.cbam"
    shelf = "attention"
    title = Text("Channel and place attention (CBAM)", "通道与空间注意力 (CBAM)")
    help = Text(
        "Weighs channels, then places: a look at where something is.", "先对通道加权，再对位置加权：关注目标所在之处。"
    )
    call = _MODULE + "ChannelPlaceAttention"

    class Parameters(Form):
        """How narrow, how wide."""

        reduction: int = _reduction()
        kernel: Literal[3, 5, 7] = parameter(7, ("Kernel", "核大小"))


class SelfAttention(Layer):
    """Vaswani et al. 2017."""

    type = "layer.self_attention"
    shelf = "attention"
    title = Text("Self-attention", "自注意力")
    help = Text(
        "Every place looks at every other one; work grows with the square of the places, so use it on coarse maps.",
        "每个位置都能看到其他所有位置；计算量随位置数平方增长，宜用于粗特征图。",
    )
    call = _MODULE + "SelfAttention"

    class Parameters(Form):
        """Heads."""

        heads: int = _heads()

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """Heads divide the channels."""
        return divides("heads", values["heads"], given["in"][0].channels, ("heads", "注意力头数"))


class TransformerBlocks(SelfAttention):
    """Dosovitskiy et al. 2021."""

    type = "layer.transformer"
    title = Text("Transformer block", "Transformer 块")
    help = Text(
        "Self-attention and a two-layer network, each beside a shortcut. Put positions before the first one.",
        "自注意力与两层网络，各带捷径连接。请在第一个之前加入位置编码。",
    )
    call = _MODULE + "TransformerBlocks"

    class Parameters(SelfAttention.Parameters):
        """Heads and depth."""

        depth: int = parameter(1, ("Depth", "深度"), ("blocks behind each other", "串联的块数"), ge=1, le=24)


class Positions(Layer):
    """Sines and cosines."""

    type = "layer.positions"
    shelf = "attention"
    title = Text("Positional embedding", "位置编码")
    help = Text(
        "Adds row and column to each place, so that attention knows where it is.",
        "为每个位置加上行列信息，使注意力知道其所在。",
    )
    call = _MODULE + "Positions2d"


COMPONENTS = (SqueezeExcite, ChannelPlaceAttention, SelfAttention, TransformerBlocks, Positions)
