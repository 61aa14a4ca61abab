"""What all layers have: from one map to one map, sizes taken from the layer before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from engine.modeling.catalogue.base import Component, Flow, Form, Given, Misfit, Port, Text, parameter

TASKS = ("classification", "multilabel", "detection", "segmentation", "anomaly")
MAP_IN = Port("in", "tensor", Text("Feature map (N, C, H, W)", "特征图 (N, C, H, W)"))
MAP_OUT = Port("out", "tensor", Text("Feature map (N, C, H, W)", "特征图 (N, C, H, W)"))
MAPS_IN = Port("in", "tensor", Text("Two or more feature maps", "两张或多张特征图"), many=True)
VECTOR_IN = Port("in", "vector", Text("Vector (N, D)", "向量 (N, D)"))
VECTOR_OUT = Port("out", "vector", Text("Vector (N, D)", "向量 (N, D)"))
VECTORS_IN = Port("in", "vector", Text("Two or more vectors", "两个或多个向量"), many=True)


class Layer(Component):
    """From a map to a map."""

    section = "network"
    tasks: ClassVar[tuple[str, ...]] = TASKS
    inputs: ClassVar[tuple[Port, ...]] = (MAP_IN,)
    outputs: ClassVar[tuple[Port, ...]] = (MAP_OUT,)
    context: ClassVar[tuple[str, ...]] = ("{in.channels}", "{in.stride}")
    grows: ClassVar[str] = ""  # the parameter by which the map grows
    shrinks: ClassVar[str] = "stride"  # the parameter by which it shrinks

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """Channels are the parameter “outputs” or those that come in; the stride follows what shrinks or grows."""
        before = given["in"][0]
        stride = before.stride
        if stride is not None:
            stride = stride * values.get(cls.shrinks, 1) / values.get(cls.grows, 1)
        return (Flow(values.get("outputs", before.channels), stride),)


def outputs(default: int = 32) -> Any:
    """The parameter that says how many channels come out."""
    return parameter(default, ("Channels", "通道数"), ("that come out", "输出的通道数"), ge=1, le=4096)


def kernel(default: int = 3, most: int = 31) -> Any:
    """The side of the window."""
    return parameter(default, ("Kernel", "核大小"), ("side of the window", "窗口边长"), ge=1, le=most)


def stride(default: int = 1) -> Any:
    """How many places one step is."""
    return parameter(default, ("Stride", "步长"), ("2 halves the sides of the map", "2 使特征图边长减半"), ge=1, le=16)


def share(default: float, title: tuple[str, str] = ("Share", "比例")) -> Any:
    """How much is hidden while training."""
    return parameter(default, title, ("hidden while training", "训练时隐藏的比例"), ge=0, le=0.9)


def divides(place: str, number: int, channels: int | None, what: tuple[str, str]) -> list[Misfit]:
    """A misfit when `number` does not divide the channels that come in."""
    if channels is None or channels % number == 0:
        return []
    fit = max(one for one in range(1, min(number, channels) + 1) if channels % one == 0)
    return [
        Misfit(
            place,
            Text(
                f"{number} {what[0]} do not divide {channels} channels.",
                f"{channels} 个通道不能被{what[1]} {number} 整除。",
            ),
            Text(f"Set {place} to {fit}.", f"请将 {place} 设为 {fit}。"),
        )
    ]


__all__ = ["Flow", "Form", "Given", "Layer", "Misfit", "Text", "parameter"]
