"""Components that a network is made of behind its backbone: necks and heads."""

from __future__ import annotations

from typing import Literal

from engine.modeling.catalogue.backbones import FEATURES
from engine.modeling.catalogue.base import Component, Form, Port, Text, parameter

PYRAMID = Port("pyramid", "pyramid", Text("Feature maps of one width", "等宽特征图"))
POSITIONS = Port("positions", "positions", Text("Scores and boxes at each position", "各位置的分数与框"))
LOGITS = Port("logits", "logits", Text("One score for each label", "各标签的分数"))


class FPN(Component):
    """Feature pyramid."""

    type = "neck.fpn"
    section = "network"
    title = Text("Feature pyramid (FPN)", "特征金字塔 (FPN)")
    help = Text("Adds the context of coarse maps to the detail of fine ones.", "将粗特征图的上下文融合到细特征图中。")
    tasks = ("detection",)
    inputs = (FEATURES,)
    outputs = (PYRAMID,)
    call = "engine.modeling.nets.necks:FPN"
    context = ("self.{features}.channels", "self.{features}.strides")

    class Parameters(Form):
        """Width and finest stride."""

        width: int = parameter(
            64, ("Width", "宽度"), ("channels of every map", "每张特征图的通道数"), ge=16, le=256, multiple_of=8
        )
        finest: Literal[4, 8, 16] = parameter(
            8,
            ("Finest stride", "最细步长"),
            ("4 for objects under 16 px, 16 for large ones only", "小于 16 px 的目标用 4；只有大目标时用 16"),
            unit="px",
        )


class PAN(Component):
    """Path aggregation network."""

    type = "neck.pan"
    section = "network"
    title = Text("Two-way pyramid (PAN)", "双向金字塔 (PAN)")
    help = Text(
        "A feature pyramid with a second way back: coarse maps learn where things are. Better for large objects, more work.",
        "在特征金字塔上增加一条自细到粗的通路，使粗特征图获得位置信息。更适合大目标，计算更多。",
    )
    tasks = ("detection",)
    inputs = (FEATURES,)
    outputs = (PYRAMID,)
    call = "engine.modeling.nets.necks:PAN"
    context = FPN.context

    class Parameters(FPN.Parameters):
        """As those of the feature pyramid."""


class AnchorFreeHead(Component):
    """Scores and boxes at each position."""

    type = "head.anchor_free"
    section = "network"
    title = Text("Anchor-free head", "无锚框检测头")
    help = Text(
        "Says at each position what is there and how far its four edges are.", "在每个位置给出类别以及到四条边的距离。"
    )
    tasks = ("detection",)
    inputs = (PYRAMID,)
    outputs = (POSITIONS,)
    call = "engine.modeling.nets.detection:AnchorFreeHead"
    context = ("self.{pyramid}.channels", "self.{pyramid}.strides", "classes")

    class Parameters(Form):
        """How deep the head is."""

        depth: int = parameter(
            1, ("Depth", "深度"), ("convolutions before each output", "每个输出之前的卷积层数"), ge=1, le=4
        )


class ClassificationHead(Component):
    """One score for each label from the mean of the last map."""

    type = "head.classification"
    section = "network"
    title = Text("Classification head", "分类头")
    help = Text(
        "One score for each label, from the average of the coarsest feature map.",
        "由最粗特征图的平均值给出各标签的分数。",
    )
    tasks = ("classification",)
    inputs = (FEATURES,)
    outputs = (LOGITS,)
    call = "engine.modeling.nets.classification:ClassificationHead"
    context = ("self.{features}.channels", "classes")

    class Parameters(Form):
        """Against learning by heart."""

        dropout: float = parameter(
            0.2,
            ("Dropout", "Dropout"),
            ("share of features hidden while training", "训练时隐藏的特征比例"),
            ge=0,
            le=0.9,
        )


COMPONENTS = (FPN, PAN, AnchorFreeHead, ClassificationHead)
