"""Components of models that answer a mask for each object."""

from __future__ import annotations

from typing import Literal

from engine.modeling.catalogue.base import Component, Port, Text, parameter
from engine.modeling.catalogue.data import IMAGES, TARGETS
from engine.modeling.catalogue.learning import LOSS, DetectionLoss
from engine.modeling.catalogue.networks import PYRAMID, AnchorFreeHead

INSTANCES = Port("instances", "instances", Text("Scores, boxes and masks at each position", "各位置的分数、框与掩码"))


class InstanceHead(Component):
    """Boxes, and the pixels of each object."""

    type = "head.instances"
    section = "network"
    title = Text("Instance mask head", "实例掩码头")
    help = Text(
        "An anchor-free detector that also tells the pixels of each object: all share some shapes, and each says how much"
        " of which. For touching or counted defects whose area matters.",
        "无锚框检测头，并给出每个目标的像素：所有目标共用若干基础形状，各自给出组合系数。适合相互接触、需计数且关心面积的缺陷。",
    )
    tasks = ("instances",)
    inputs = (PYRAMID, IMAGES)
    outputs = (INSTANCES,)
    call = "engine.modeling.nets.instances:InstanceHead"
    context = ("self.{pyramid}.channels", "self.{pyramid}.strides", "channels", "classes")

    class Parameters(AnchorFreeHead.Parameters):
        """How many shapes, how fine."""

        prototypes: int = parameter(
            16,
            ("Shapes", "基础形状数"),
            ("more for objects of intricate form that overlap", "形状复杂且相互重叠时取更大值"),
            ge=2,
            le=64,
        )
        finest: Literal[2, 4, 8] = parameter(
            4,
            ("Stride of the masks", "掩码步长"),
            ("2 for thin or small defects, four times the work of 4", "细小缺陷用 2，计算量为 4 的四倍"),
            unit="px",
        )


class InstanceLoss(Component):
    """The detection loss, and masks."""

    type = "loss.instances"
    section = "loss"
    title = Text("Instance mask loss", "实例掩码损失")
    help = Text(
        "The detection loss, and the pixels of each object: all objects count alike, so that small defects are learnt too.",
        "检测损失加上各目标的像素：每个目标权重相同，小缺陷同样得到学习。",
    )
    tasks = ("instances",)
    inputs = (INSTANCES, TARGETS)
    outputs = (LOSS,)
    call = "engine.modeling.nets.instances:InstanceLoss"

    class Parameters(DetectionLoss.Parameters):
        """Balance of the parts."""

        mask_weight: float = parameter(2.0, ("Weight of the masks", "掩码的权重"), ge=0, le=50)
        masks: int = parameter(
            32,
            ("Masks an image", "每幅图学习的掩码数"),
            ("of the positions that fit best", "取最贴合的位置"),
            advanced=True,
            ge=1,
            le=500,
        )


COMPONENTS = (InstanceHead, InstanceLoss)
