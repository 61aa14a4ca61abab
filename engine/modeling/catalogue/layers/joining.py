"""Layers that join several maps, and that part one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.modeling.catalogue.base import Port
from engine.modeling.catalogue.layers.base import MAPS_IN, Flow, Form, Given, Layer, Misfit, Text, parameter

_MODULE = "engine.modeling.nets.layers.joining:"


class Join(Layer):
    """Several maps of one stride."""

    shelf = "joining"
    inputs = (MAPS_IN,)

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """All maps have one stride."""
        del values
        known = [one for one in given["in"] if one.stride]
        for one in known[1:]:
            if one.stride != known[0].stride:
                return [_strides(*sorted((known[0], one), key=lambda flow: flow.stride))]
        return []


class Sum(Join):
    """Of maps of one shape."""

    type = "layer.add"
    title = Text("Add", "相加")
    help = Text("The sum of maps of one shape: a shortcut around layers.", "同形特征图相加：跨层的捷径连接。")
    call = _MODULE + "Add"

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """All maps have as many channels."""
        return super().misfits(values, given) or _channels(given, alone=False)


class Product(Join):
    """Of maps, one of which may have a single channel."""

    type = "layer.multiply"
    title = Text("Multiply", "相乘")
    help = Text(
        "The product of maps; one of a single channel weighs all channels of the others.",
        "特征图逐点相乘；单通道的图对其他图的全部通道加权。",
    )
    call = _MODULE + "Multiply"

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """As many channels as the widest."""
        del values
        channels = [one.channels for one in given["in"]]
        return (Flow(None if None in channels else max(channels), given["in"][0].stride),)

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """As many channels, or one."""
        return super().misfits(values, given) or _channels(given, alone=True)


class Concat(Join):
    """Channels behind each other."""

    type = "layer.concat"
    title = Text("Concatenate", "拼接")
    help = Text(
        "The channels of all maps behind each other; the next layer chooses.",
        "将各特征图的通道依次拼接，由后续层取舍。",
    )
    call = _MODULE + "Concat"

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """The sum of the channels."""
        del values
        channels = [one.channels for one in given["in"]]
        return (Flow(None if None in channels else sum(channels), given["in"][0].stride),)


class Split(Layer):
    """Into two groups of channels."""

    type = "layer.split"
    shelf = "joining"
    title = Text("Split", "拆分")
    help = Text("Parts the channels: the first share, and the rest.", "拆分通道：前一部分与其余部分。")
    outputs = (
        Port("first", "tensor", Text("The first channels", "前一部分通道")),
        Port("rest", "tensor", Text("The other channels", "其余通道")),
    )
    call = _MODULE + "Split"

    class Parameters(Form):
        """Where."""

        share: float = parameter(
            0.5, ("Share", "比例"), ("of the channels in the first", "前一部分所占比例"), gt=0, lt=1
        )

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """Both have at least one channel."""
        channels, stride, _ = given["in"][0]
        if channels is None:
            return Flow(None, stride), Flow(None, stride)
        first = min(channels - 1, max(1, round(channels * values["share"])))
        return Flow(first, stride), Flow(channels - first, stride)

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """One channel cannot be parted."""
        del values
        if given["in"][0].channels != 1:
            return []
        said = Text("There is only one channel, which cannot be split.", "只有一个通道，无法拆分。")
        return [
            Misfit(
                "in", said, Text("Put “Convolution” with 2 channels before it.", "请在其前加入“卷积”，通道数设为 2。")
            )
        ]


class Identity(Layer):
    """nn.Identity."""

    type = "layer.identity"
    shelf = "joining"
    title = Text("Identity", "直通")
    help = Text("Gives on what comes in: a place to branch from.", "原样输出：用于分支。")
    call = "engine.modeling.nets.layers.plain:Identity"


def _strides(fine: Flow, coarse: Flow) -> Misfit:
    factor = coarse.stride / fine.stride
    said = Text(
        f"The maps have different sizes: {fine.source} has stride {fine.stride:g}, {coarse.source} {coarse.stride:g}.",
        f"特征图大小不同：{fine.source} 步长为 {fine.stride:g}，{coarse.source} 为 {coarse.stride:g}。",
    )
    fix = Text(
        f"Put “Upsample” with factor {factor:g} between {coarse.source} and it.",
        f"请在 {coarse.source} 与它之间加入“上采样”，倍数设为 {factor:g}。",
    )
    return Misfit("in", said, fix)


def _channels(given: Given, alone: bool) -> list[Misfit]:
    known = [one for one in given["in"] if one.channels is not None and not (alone and one.channels == 1)]
    other = next((one for one in known[1:] if one.channels != known[0].channels), None)
    if other is None:
        return []
    first = known[0]
    said = Text(
        f"The maps have different channels: {first.source} has {first.channels}, {other.source} {other.channels}.",
        f"特征图通道数不同：{first.source} 有 {first.channels} 个，{other.source} 有 {other.channels} 个。",
    )
    fix = Text(
        f"Put “Convolution” with {first.channels} channels between {other.source} and it.",
        f"请在 {other.source} 与它之间加入“卷积”，通道数设为 {first.channels}。",
    )
    return [Misfit("in", said, fix)]


COMPONENTS = (Sum, Product, Concat, Split, Identity)
