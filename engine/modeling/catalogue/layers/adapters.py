"""Between drawn layers and the parts that are whole: backbones, necks, heads."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal

from engine.modeling.catalogue.backbones import FEATURES
from engine.modeling.catalogue.data import IMAGES
from engine.modeling.catalogue.layers.base import (
    MAP_IN,
    MAPS_IN,
    VECTOR_IN,
    Flow,
    Form,
    Given,
    Layer,
    Misfit,
    Text,
    parameter,
)
from engine.modeling.catalogue.networks import LOGITS

_MODULE = "engine.modeling.nets.layers.adapters:"


class ImagesToTensor(Layer):
    """The first map."""

    type = "layer.from_images"
    shelf = "adapters"
    title = Text("Images as a map", "图像转特征图")
    help = Text(
        "The images as the first map; layers also take images as they are.",
        "将图像作为第一张特征图；各层也可直接接收图像。",
    )
    inputs = (IMAGES,)
    call = _MODULE + "ImagesToTensor"
    context = ("{images.channels}", "{images.stride}")

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """As the images."""
        del values
        return (given["images"][0],)


class TensorsToFeatures(Layer):
    """A drawn backbone."""

    type = "layer.features"
    shelf = "adapters"
    title = Text("Maps as features", "特征图组")
    help = Text(
        "One to four maps as the features of a drawn backbone, for necks and heads; each twice as coarse as the one before.",
        "将一至四张特征图作为自绘主干网络的特征，供颈部与检测头使用；每张比前一张粗一倍。",
    )
    inputs = (MAPS_IN,)
    outputs = (FEATURES,)
    call = _MODULE + "TensorsToFeatures"

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """Sorted by stride."""
        del values
        maps = given["in"]
        if any(one.stride is None for one in maps):
            return (Flow(),)
        maps = sorted(maps, key=lambda one: one.stride)
        return (Flow(tuple(one.channels for one in maps), tuple(one.stride for one in maps)),)

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """At most four maps of known strides, each twice the one before."""
        del values
        maps = given["in"]
        unknown = next((one for one in maps if one.stride is None and one.channels is not None), None)
        if unknown is not None:
            said = Text(
                f"The stride of {unknown.source} depends on the image.", f"{unknown.source} 的步长取决于图像大小。"
            )
            return [
                Misfit(
                    "in", said, Text("Take a map from before the adaptive pooling.", "请使用自适应池化之前的特征图。")
                )
            ]
        strides = sorted(one.stride for one in maps if one.stride is not None)
        if len(strides) == len(maps) and any(b != 2 * a for a, b in pairwise(strides)):
            listed = ", ".join(f"{stride:g}" for stride in strides)
            said = Text(
                f"The strides are {listed}; each must be twice the one before.",
                f"步长为 {listed}；每个须为前一个的两倍。",
            )
            return [
                Misfit(
                    "in", said, Text("Take maps of strides such as 8, 16 and 32.", "请使用步长如 8、16、32 的特征图。")
                )
            ]
        return []


class FeatureMap(Layer):
    """One map of a backbone."""

    type = "layer.feature_map"
    shelf = "adapters"
    title = Text("One map of the features", "取一张特征图")
    help = Text("One map of a backbone, to go on with single layers.", "从主干网络取一张特征图，继续接单个层。")
    inputs = (FEATURES,)
    call = _MODULE + "FeatureMap"
    context = ("self.{features}.channels", "self.{features}.strides")

    class Parameters(Form):
        """Which."""

        of_stride: Literal[4, 8, 16, 32] = parameter(
            32, ("Stride", "步长"), ("32 is the coarsest", "32 为最粗"), unit="px"
        )

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """Of a drawn backbone it is known."""
        channels, strides, _ = given["features"][0]
        if not channels or not strides:
            return (Flow(None, values["of_stride"]),)
        at = next((at for at, one in enumerate(strides) if one >= values["of_stride"]), len(strides) - 1)
        return (Flow(channels[at], strides[at]),)


class _Head(Layer):
    shelf = "adapters"
    tasks = ("classification", "multilabel")
    outputs = (LOGITS,)
    context = ("{in.channels}", "classes")

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """As many as there are labels."""
        del values, given
        return (Flow(),)


def _dropout(default: float) -> Any:
    return parameter(
        default,
        ("Dropout", "Dropout"),
        ("share of features hidden while training", "训练时隐藏的特征比例"),
        ge=0,
        le=0.9,
    )


class TensorHead(_Head):
    """Mean, linear."""

    type = "head.tensor"
    title = Text("Classification of a map", "特征图分类头")
    help = Text("One score for each label, from the mean of a drawn map.", "由自绘特征图的平均值给出各标签的分数。")
    inputs = (MAP_IN,)
    call = _MODULE + "TensorHead"

    class Parameters(Form):
        """Against learning by heart."""

        dropout: float = _dropout(0.2)


class VectorHead(_Head):
    """Linear."""

    type = "head.vector"
    title = Text("Classification of a vector", "向量分类头")
    help = Text("One score for each label, from a drawn vector.", "由自绘向量给出各标签的分数。")
    inputs = (VECTOR_IN,)
    call = _MODULE + "VectorHead"

    class Parameters(Form):
        """Against learning by heart."""

        dropout: float = _dropout(0.0)


COMPONENTS = (ImagesToTensor, TensorsToFeatures, FeatureMap, TensorHead, VectorHead)
