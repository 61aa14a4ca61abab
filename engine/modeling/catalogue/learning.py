"""Components of learning: losses, optimiser, training, evaluation."""

from __future__ import annotations

from engine.modeling.catalogue.base import Component, Form, Port, Text, parameter
from engine.modeling.catalogue.data import TARGETS
from engine.modeling.catalogue.networks import LOGITS, POSITIONS

LOSS = Port("loss", "loss", Text("What training makes small", "训练要减小的量"))
OPTIMISER = Port("optimiser", "optimiser", Text("How the weights are changed", "如何更新权重"))
MODEL = Port("model", "model", Text("The trained model", "训练好的模型"))


class DetectionLoss(Component):
    """Task-aligned class loss and GIoU."""

    type = "loss.detection"
    section = "loss"
    title = Text("Detection loss", "检测损失")
    help = Text("Scores learn how well their box fits; boxes learn by GIoU.", "分数学习框的贴合程度；框以 GIoU 学习。")
    tasks = ("detection",)
    inputs = (POSITIONS, TARGETS)
    outputs = (LOSS,)
    call = "engine.modeling.nets.detection:DetectionLoss"

    class Parameters(Form):
        """Balance of the two parts."""

        box_weight: float = parameter(5.0, ("Weight of the boxes", "框的权重"), ge=0, le=50)
        positives: int = parameter(9, ("Positions for each object", "每个目标的正样本数"), advanced=True, ge=1, le=50)


class ClassificationLoss(Component):
    """Cross entropy."""

    type = "loss.classification"
    section = "loss"
    title = Text("Classification loss", "分类损失")
    help = Text("Cross entropy; rare labels may count more.", "交叉熵；可以提高少见标签的权重。")
    tasks = ("classification",)
    inputs = (LOGITS, TARGETS)
    outputs = (LOSS,)
    call = "engine.modeling.nets.classification:ClassificationLoss"

    class Parameters(Form):
        """How sure the model shall become."""

        smoothing: float = parameter(
            0.05,
            ("Label smoothing", "标签平滑"),
            ("against wrong labels and overconfidence", "减轻错误标签与过度自信"),
            ge=0,
            le=0.5,
        )


class AdamW(Component):
    """AdamW with a warm-up and a cosine decay."""

    type = "optimiser.adamw"
    section = "optimiser"
    title = Text("AdamW", "AdamW")
    help = Text(
        "Adam with decoupled weight decay; the rate warms up, then falls along a cosine.",
        "解耦权重衰减的 Adam；学习率先预热，再按余弦下降。",
    )
    outputs = (OPTIMISER,)
    call = "engine.training.optimisers:AdamW"

    class Parameters(Form):
        """Rates."""

        rate: float = parameter(0.003, ("Learning rate", "学习率"), gt=0, le=1)
        weight_decay: float = parameter(0.02, ("Weight decay", "权重衰减"), ge=0, le=1)
        warmup: float = parameter(
            0.05, ("Warm-up", "预热"), ("share of the steps", "占总步数的比例"), advanced=True, ge=0, le=0.5
        )
        backbone_factor: float = parameter(
            1.0,
            ("Rate of the backbone ×", "主干学习率 ×"),
            ("below 1 for weights that are learnt already", "预训练权重宜小于 1"),
            advanced=True,
            ge=0,
            le=1,
        )


class Training(Component):
    """The loop."""

    type = "train.fit"
    section = "train"
    title = Text("Training", "训练")
    help = Text("How long is learnt, on how many images at once.", "训练多久、每步多少图像。")
    inputs = (LOSS, OPTIMISER)
    outputs = (MODEL,)
    call = "engine.training.settings:Training"

    class Parameters(Form):
        """Length and batch."""

        steps: int = parameter(3000, ("Steps", "步数"), ge=1, le=1_000_000)
        batch: int = parameter(16, ("Images a step", "每步图像数"), ge=1, le=1024)
        average: float = parameter(
            0.998,
            ("Weight averaging", "权重平均"),
            ("share of the old average kept at each step; 0: none", "每步保留的旧平均比例；0 为不平均"),
            advanced=True,
            ge=0,
            lt=1,
        )
        clip: float = parameter(5.0, ("Gradient limit", "梯度上限"), advanced=True, gt=0)
        checks: int = parameter(
            8,
            ("Checks on val", "验证次数"),
            ("how often the val images are looked at", "训练过程中查看验证集的次数"),
            ge=0,
            le=100,
        )


class Evaluation(Component):
    """What counts as found."""

    type = "evaluate.thresholds"
    section = "evaluate"
    title = Text("Evaluation", "评估")
    help = Text("From which score on an answer is reported.", "分数达到多少才报告结果。")
    inputs = (MODEL,)
    call = "engine.training.settings:Thresholds"

    class Parameters(Form):
        """Thresholds."""

        score: float = parameter(0.3, ("Score from", "分数阈值"), ge=0, le=1)
        iou: float = parameter(0.5, ("One object above IoU", "合并 IoU 阈值"), ge=0, le=1)
        most: int = parameter(300, ("Most objects in an image", "每幅图最多目标数"), ge=1, le=10_000)


COMPONENTS = (DetectionLoss, ClassificationLoss, AdamW, Training, Evaluation)
