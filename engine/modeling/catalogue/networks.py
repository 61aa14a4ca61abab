"""Components that a network is made of: backbones, necks, heads."""

from __future__ import annotations

from typing import Literal

from engine.modeling.catalogue.base import Component, Form, Port, Text, parameter
from engine.modeling.catalogue.data import IMAGES

FEATURES = Port("features", "features", Text("Feature maps at strides 4 to 32", "步长 4 至 32 的特征图"))
PYRAMID = Port("pyramid", "pyramid", Text("Feature maps of one width", "等宽特征图"))
POSITIONS = Port("positions", "positions", Text("Scores and boxes at each position", "各位置的分数与框"))
LOGITS = Port("logits", "logits", Text("One score for each label", "各标签的分数"))


class SmallBackbone(Component):
    """A small residual network, learnt from scratch."""

    type = "backbone.small"
    section = "network"
    title = Text("Small backbone", "小型主干网络")
    help = Text(
        "A small residual network that learns from scratch; right for grey images and defects unlike everyday photographs.",
        "从零训练的小型残差网络；适合灰度图像以及与日常照片差异较大的缺陷。",
    )
    inputs = (IMAGES,)
    outputs = (FEATURES,)
    call = "engine.modeling.nets.small:SmallBackbone"
    context = ("channels",)

    class Parameters(Form):
        """How large the network is."""

        width: int = parameter(
            32,
            ("Width", "宽度"),
            ("channels of the finest map; twice costs four times", "最细特征图的通道数；翻倍则计算量约为四倍"),
            ge=8,
            le=128,
            multiple_of=8,
        )
        depth: int = parameter(
            1, ("Depth", "深度"), ("residual blocks at each stride", "每个步长的残差块数"), ge=1, le=6
        )


class EfficientNetLite0(Component):
    """EfficientNet-Lite0 with weights learnt on ImageNet."""

    type = "backbone.efficientnet_lite0"
    section = "network"
    title = Text("EfficientNet-Lite0", "EfficientNet-Lite0")
    help = Text(
        "Has learnt to see from a million photographs, so that a few dozen images of yours are enough.",
        "已在百万张照片上预训练，只需几十张自己的图像即可微调。",
    )
    inputs = (IMAGES,)
    outputs = (FEATURES,)
    call = "engine.modeling.nets.efficientnet:EfficientNetLite0"
    context = ("channels",)

    class Parameters(Form):
        """Where the weights start."""

        weights: Literal["imagenet", "none"] = parameter("imagenet", ("Weights at the start", "初始权重"))


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


COMPONENTS = (SmallBackbone, EfficientNetLite0, FPN, AnchorFreeHead, ClassificationHead)
