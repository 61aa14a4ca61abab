"""Components that look at images first: backbones. All give feature maps at strides 4, 8, 16 and 32."""

from __future__ import annotations

from typing import Literal

from engine.modeling.catalogue.base import Component, Form, Port, Text, parameter
from engine.modeling.catalogue.data import IMAGES

FEATURES = Port("features", "features", Text("Feature maps at strides 4 to 32", "步长 4 至 32 的特征图"))


class Backbone(Component):
    """What all of them have."""

    section = "network"
    inputs = (IMAGES,)
    outputs = (FEATURES,)
    context = ("channels",)


class SmallBackbone(Backbone):
    """A small residual network, learnt from scratch."""

    type = "backbone.small"
    title = Text("Small backbone", "小型主干网络")
    help = Text(
        "A small residual network that learns from scratch; right for grey images and defects unlike everyday photographs.",
        "从零训练的小型残差网络；适合灰度图像以及与日常照片差异较大的缺陷。",
    )
    call = "engine.modeling.nets.small:SmallBackbone"

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


class EfficientNetLite0(Backbone):
    """EfficientNet-Lite0 with weights learnt on ImageNet."""

    type = "backbone.efficientnet_lite0"
    title = Text("EfficientNet-Lite0", "EfficientNet-Lite0")
    help = Text(
        "Has learnt to see from a million photographs, so that a few dozen images of yours are enough.",
        "已在百万张照片上预训练，只需几十张自己的图像即可微调。",
    )
    call = "engine.modeling.nets.efficientnet:EfficientNetLite0"

    class Parameters(Form):
        """Where the weights start."""

        weights: Literal["imagenet", "none"] = parameter("imagenet", ("Weights at the start", "初始权重"))


class ResNet(Backbone):
    """Residual networks of 18, 34 and 50 layers."""

    type = "backbone.resnet"
    title = Text("ResNet", "ResNet")
    help = Text(
        "The classic residual network: a sound comparison for everything else; learns from scratch on thousands of images.",
        "经典的残差网络：适合作为其他网络的对比基准；从零训练需要数千张图像。",
    )
    call = "engine.modeling.nets.resnet:ResNet"

    class Parameters(Form):
        """How deep."""

        layers: Literal[18, 34, 50] = parameter(
            18, ("Layers", "层数"), ("50 gives four times the channels", "50 层的通道数为四倍")
        )


class MobileNetV3(Backbone):
    """MobileNetV3, large and small."""

    type = "backbone.mobilenet_v3"
    title = Text("MobileNetV3", "MobileNetV3")
    help = Text(
        "Little work for each image, for boxes without a graphics card; its swish and weighing lose more under INT8 than Lite0.",
        "每张图像计算量小，适合没有显卡的工控机；其激活与加权在 INT8 下的损失大于 Lite0。",
    )
    call = "engine.modeling.nets.mobilenet:MobileNetV3"

    class Parameters(Form):
        """How large."""

        size: Literal["large", "small"] = parameter("large", ("Size", "规模"))


class ConvNeXt(Backbone):
    """ConvNeXt, tiny and atto."""

    type = "backbone.convnext"
    title = Text("ConvNeXt", "ConvNeXt")
    help = Text(
        "Convolutions with the habits of transformers: large kernels, few activations. Accurate with much data, slow on a CPU.",
        "吸收 Transformer 做法的卷积网络：大卷积核、少激活。数据多时精度高，CPU 上较慢。",
    )
    call = "engine.modeling.nets.convnext:ConvNeXt"

    class Parameters(Form):
        """How large."""

        size: Literal["atto", "tiny"] = parameter("tiny", ("Size", "规模"))


class ViT(Backbone):
    """A small vision transformer."""

    type = "backbone.vit"
    title = Text("Vision transformer", "视觉 Transformer")
    help = Text(
        "Every place of the image looks at every other one. Needs much data or learnt weights; sides are multiples of 32 px.",
        "图像的每个位置都能看到其他所有位置。需要大量数据或预训练权重；边长须为 32 px 的倍数。",
    )
    call = "engine.modeling.nets.vit:ViT"

    class Parameters(Form):
        """How large."""

        width: int = parameter(
            192,
            ("Width", "宽度"),
            ("numbers for each 16 × 16 patch", "每个 16 × 16 图块的数值个数"),
            ge=48,
            le=768,
            multiple_of=48,
        )
        depth: int = parameter(12, ("Depth", "深度"), ("blocks of attention", "注意力块数"), ge=1, le=24)
        heads: Literal[1, 2, 3, 4, 6, 12] = parameter(3, ("Heads", "注意力头数"), advanced=True)


COMPONENTS = (SmallBackbone, EfficientNetLite0, ResNet, MobileNetV3, ConvNeXt, ViT)
