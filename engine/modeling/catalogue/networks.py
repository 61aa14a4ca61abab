"""Components that a network is made of behind its backbone: necks and heads."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from engine.modeling.catalogue.backbones import FEATURES
from engine.modeling.catalogue.base import OF_OBJECTS, Component, Form, Port, Text, parameter
from engine.modeling.catalogue.data import IMAGES

PYRAMID = Port("pyramid", "pyramid", Text("Feature maps of one width", "等宽特征图"))
POSITIONS = Port("positions", "positions", Text("Scores and boxes at each position", "各位置的分数与框"))
CLASSES = Port("classes", "classes", Text("Scores of each class at each place", "各位置的类别分数"))
ANOMALY = Port(
    "anomaly", "anomaly", Text("How far each image and place is from what is normal", "各图像与各位置偏离正常的程度")
)
ANSWERS = Port("answers", "answers", Text("Two scores for each column to foretell", "每个目标列两个分数"))
TREES = Port("trees", "trees", Text("Scores of trees that are grown", "所生长的树的分数"))
LOGITS = Port("logits", "logits", Text("One score for each label", "各标签的分数"))


def hidden_share(default: float) -> Any:
    """How much dropout hides."""
    help = ("share of features hidden while training", "训练时隐藏的特征比例")
    return parameter(default, ("Dropout", "Dropout"), help, ge=0, le=0.9)


class FPN(Component):
    """Feature pyramid."""

    type = "neck.fpn"
    section = "network"
    title = Text("Feature pyramid (FPN)", "特征金字塔 (FPN)")
    help = Text("Adds the context of coarse maps to the detail of fine ones.", "将粗特征图的上下文融合到细特征图中。")
    tasks = OF_OBJECTS
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
    tasks = OF_OBJECTS
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


class RotatedHead(AnchorFreeHead):
    """Scores and rotated boxes at each position."""

    type = "head.rotated"
    title = Text("Rotated head", "旋转框检测头")
    help = Text(
        "Says at each position what is there, and the box that lies as the object lies: for long things at any angle.",
        "在每个位置给出类别以及随目标方向旋转的框：适合任意角度的细长目标。",
    )
    tasks = ("rotated",)
    call = "engine.modeling.nets.rotated:RotatedHead"


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

        dropout: float = hidden_share(0.2)


class MultiLabelHead(Component):
    """One score for each label, each by itself."""

    type = "head.multilabel"
    section = "network"
    title = Text("Multi-label head", "多标签头")
    help = Text(
        "One score for each label, each by itself: an image may have several labels, or none.",
        "各标签独立给出分数：一幅图像可有多个标签，也可没有。",
    )
    tasks = ("multilabel",)
    inputs = (FEATURES,)
    outputs = (LOGITS,)
    call = "engine.modeling.nets.multilabel:MultiLabelHead"
    context = ("self.{features}.channels", "classes")

    class Parameters(Form):
        """What of the map counts, and how much is hidden."""

        pooling: Literal["both", "mean", "max"] = parameter(
            "both",
            ("Pooling", "汇聚方式"),
            ("max for small defects, mean for what fills the image", "小缺陷用 max，占满图像的用 mean"),
        )
        dropout: float = hidden_share(0.2)


class UNetHead(Component):
    """What each pixel is, with the detail of the image."""

    type = "head.unet"
    section = "network"
    title = Text("U-Net head", "U-Net 分割头")
    help = Text(
        "Says of each pixel what it is: coarse maps know what, fine ones and the image itself know where. For thin and small defects.",
        "给出每个像素的类别：粗特征图判断是什么，细特征图与图像本身判断在哪里。适合细小缺陷。",
    )
    tasks = ("segmentation",)
    inputs = (FEATURES, IMAGES)
    outputs = (CLASSES,)
    call = "engine.modeling.nets.segmentation:UNetHead"
    context = ("self.{features}.channels", "self.{features}.strides", "channels", "classes")

    class Parameters(Form):
        """Width and finest stride."""

        width: int = parameter(
            32, ("Width", "宽度"), ("channels at the finest stride", "最细步长的通道数"), ge=8, le=256, multiple_of=8
        )
        finest: Literal[1, 2, 4] = parameter(
            2,
            ("Finest stride", "最细步长"),
            ("1 for lines one pixel wide, four times the work of 2", "1 像素宽的细线用 1，计算量为 2 的四倍"),
            unit="px",
        )


class DeepLabHead(Component):
    """What each pixel is, with much context."""

    type = "head.deeplab"
    section = "network"
    title = Text("DeepLab head", "DeepLab 分割头")
    help = Text(
        "Looks at the surroundings of each place in several widths; for large regions whose meaning depends on what is around.",
        "以多种范围观察每个位置的周围；适合含义取决于周围环境的大区域。",
    )
    tasks = ("segmentation",)
    inputs = (FEATURES,)
    outputs = (CLASSES,)
    call = "engine.modeling.nets.segmentation:DeepLabHead"
    context = ("self.{features}.channels", "self.{features}.strides", "classes")

    class Parameters(Form):
        """Width of each branch."""

        width: int = parameter(64, ("Width", "宽度"), ge=16, le=256, multiple_of=8)


class AnomalyHead(Component):
    """What all heads have that know good images only."""

    section = "network"
    tasks = ("anomaly",)
    inputs: ClassVar[tuple[Port, ...]] = (FEATURES,)
    outputs = (ANOMALY,)
    context: ClassVar[tuple[str, ...]] = ("self.{features}.channels", "self.{features}.strides")

    class Parameters(Form):
        """Which maps are compared."""

        taps: Literal["4", "8", "16", "4+8", "8+16", "4+8+16"] = parameter(
            "8+16",
            ("Maps at strides", "特征图步长"),
            ("finer ones for smaller defects, more work", "缺陷越小取越细的图，计算量越大"),
            unit="px",
        )


class PatchCore(AnomalyHead):
    """The distance to the nearest remembered patch."""

    type = "head.patchcore"
    title = Text("PatchCore", "PatchCore")
    help = Text(
        "Remembers patches of good images; what is like none of them is abnormal. Parts may lie anywhere in the image.",
        "记住良品图像的局部特征；与任何一个都不相似即为异常。零件可处于图像中任意位置。",
    )
    call = "engine.modeling.nets.anomaly:PatchCore"

    class Parameters(AnomalyHead.Parameters):
        """How much is remembered."""

        memory: int = parameter(
            1000, ("Patches remembered", "记忆的局部数"), ("more is slower", "越多越慢"), ge=50, le=20_000
        )


class PaDiM(AnomalyHead):
    """The distance to what the same place looks like on good images."""

    type = "head.padim"
    title = Text("PaDiM", "PaDiM")
    help = Text(
        "Knows how each place of a good image looks and varies. Only for parts that always lie in the same place; fast.",
        "掌握良品图像每个位置的外观及其变化。仅适合位置固定的零件；速度快。",
    )
    call = "engine.modeling.nets.anomaly:PaDiM"

    class Parameters(AnomalyHead.Parameters):
        """How much of each place is compared."""

        dimensions: int = parameter(64, ("Channels kept", "保留的通道数"), ("drawn by lot", "随机抽取"), ge=8, le=512)


class StudentTeacher(AnomalyHead):
    """How far a student is from its teacher."""

    type = "head.student"
    title = Text("Student and teacher", "学生–教师网络")
    help = Text(
        "A small network learns on good images to say what a learnt one says; where it fails is abnormal. Fast once trained.",
        "小网络在良品图像上学习模仿预训练网络；模仿失败之处即为异常。训练后速度快。",
    )
    inputs = (FEATURES, IMAGES)
    call = "engine.modeling.nets.anomaly:StudentTeacher"
    context = ("self.{features}.channels", "self.{features}.strides", "channels")

    class Parameters(AnomalyHead.Parameters):
        """Size of the student."""

        width: int = parameter(64, ("Width", "宽度"), ge=16, le=256, multiple_of=8)


COMPONENTS = (
    FPN,
    PAN,
    AnchorFreeHead,
    RotatedHead,
    ClassificationHead,
    MultiLabelHead,
    UNetHead,
    DeepLabHead,
    PatchCore,
    PaDiM,
    StudentTeacher,
)
