"""Components of models that answer named points: the head, and what points learn by."""

from __future__ import annotations

from engine.modeling.catalogue.base import Component, Text, parameter
from engine.modeling.catalogue.data import TARGETS
from engine.modeling.catalogue.learning import LOSS, DetectionLoss
from engine.modeling.catalogue.networks import POSITIONS, PYRAMID, AnchorFreeHead


class KeypointHead(Component):
    """Scores, boxes and points at each position."""

    type = "head.keypoints"
    section = "network"
    title = Text("Keypoint head", "关键点检测头")
    help = Text(
        "Says at each position what is there, how far its four edges are, where each of its points is and whether it is"
        " seen. How many points a label has follows from its skeleton.",
        "在每个位置给出类别、到四条边的距离、各关键点的位置以及是否可见。每个标签的关键点数由其骨架决定。",
    )
    tasks = ("keypoints",)
    inputs = (PYRAMID,)
    outputs = (POSITIONS,)
    call = "engine.modeling.nets.keypoints:KeypointHead"
    context = ("self.{pyramid}.channels", "self.{pyramid}.strides", "points")

    class Parameters(AnchorFreeHead.Parameters):
        """As of the anchor-free head."""


class KeypointLoss(Component):
    """Detection and smooth L1 of points."""

    type = "loss.keypoints"
    section = "loss"
    title = Text("Keypoint loss", "关键点损失")
    help = Text(
        "As the detection loss, and each point learns its place by how far off it is in sides of its object, and whether"
        " it is seen. Pulls from afar: the usual choice.",
        "在检测损失之外，各关键点按相对目标尺寸的偏差学习位置，并学习是否可见。偏差很大时也能收敛：通常的选择。",
    )
    tasks = ("keypoints",)
    inputs = (POSITIONS, TARGETS)
    outputs = (LOSS,)
    call = "engine.modeling.nets.keypoints:KeypointLoss"

    class Parameters(DetectionLoss.Parameters):
        """Balance of the parts."""

        point_weight: float = parameter(5.0, ("Weight of the points", "关键点权重"), ge=0, le=100)
        visible_weight: float = parameter(0.5, ("Weight of the visibility", "可见性权重"), advanced=True, ge=0, le=50)


class OksLoss(KeypointLoss):
    """Detection and OKS of points."""

    type = "loss.keypoints_oks"
    title = Text("Keypoint loss by OKS", "OKS 关键点损失")
    help = Text(
        "Points learn by the similarity that they are judged by (OKS): what is near already is drawn on to its place, what"
        " is far off hardly. To refine a model that has learnt with the keypoint loss.",
        "关键点按评估所用的相似度 (OKS) 学习：已接近的会更精确，相差很远的几乎不受影响。适合在关键点损失训练之后继续精调。",
    )
    call = "engine.modeling.nets.keypoints:OksLoss"

    class Parameters(KeypointLoss.Parameters):
        """How near is near."""

        sigma: float = parameter(
            0.1,
            ("Reach σ", "范围 σ"),
            (
                "share of the object's side; smaller: more exact, and deaf to what is far off",
                "相对目标边长；越小越精确，但对远处不敏感",
            ),
            gt=0,
            le=1,
        )


COMPONENTS = (KeypointHead, KeypointLoss, OksLoss)
