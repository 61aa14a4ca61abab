"""Components of learning: losses, training, evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from engine.modeling.catalogue.base import ALL_TASKS, Component, Form, Given, Misfit, Port, Text, parameter
from engine.modeling.catalogue.data import TARGETS
from engine.modeling.catalogue.networks import ANOMALY, ANSWERS, CLASSES, LOGITS, POSITIONS, TREES
from engine.modeling.catalogue.optimisers import OPTIMISER

LOSS = Port("loss", "loss", Text("What training makes small", "训练要减小的量"))
MODEL = Port("model", "model", Text("The trained model", "训练好的模型"))
CALLBACKS = Port(
    "callbacks",
    "callbacks",
    Text(
        "What acts beside the steps: an early stop, an average of the weights …", "训练步骤之外的动作：早停、权重平均等"
    ),
    many=True,
    optional=True,
)
BEST = Port(
    "best",
    "metric",
    Text(
        "By which figure on val the best weights are kept; open: the usual one of the task",
        "按哪项验证指标保留最佳权重；未连接时用任务的常用指标",
    ),
    optional=True,
)
METRICS = Port(
    "metrics",
    "metric",
    Text("More figures on val to show while it trains", "训练时另外显示的验证指标"),
    many=True,
    optional=True,
)


class DetectionLoss(Component):
    """Task-aligned class loss and overlap of boxes."""

    type = "loss.detection"
    section = "loss"
    title = Text("Detection loss", "检测损失")
    help = Text(
        "Scores learn how well their box fits; boxes learn by their overlap.", "分数学习框的贴合程度；框以重叠度学习。"
    )
    tasks = ("detection",)
    inputs = (POSITIONS, TARGETS)
    outputs = (LOSS,)
    call = "engine.modeling.nets.detection:DetectionLoss"

    class Parameters(Form):
        """Balance of the two parts."""

        box_weight: float = parameter(5.0, ("Weight of the boxes", "框的权重"), ge=0, le=50)
        overlap: Literal["giou", "diou", "ciou", "siou", "alpha", "wise", "edges"] = parameter(
            "giou",
            ("Boxes learn by", "框的损失"),
            (
                "diou also draws the middles together, ciou and siou the proportions too; alpha and wise make good boxes"
                " better; edges: the four distances",
                "diou 还拉近中心，ciou 与 siou 还拉近宽高比；alpha 与 wise 使好的框更精确；edges 为四条边的距离",
            ),
            advanced=True,
        )
        positives: int = parameter(9, ("Positions for each object", "每个目标的正样本数"), advanced=True, ge=1, le=50)


class LossOfClasses(Component):
    """What all losses of classifiers have."""

    section = "loss"
    tasks: ClassVar[tuple[str, ...]] = ("classification", "tabular")
    inputs = (LOGITS, TARGETS)
    outputs = (LOSS,)


class ClassificationLoss(LossOfClasses):
    """Cross entropy."""

    type = "loss.classification"
    title = Text("Classification loss", "分类损失")
    help = Text("Cross entropy: the usual choice.", "交叉熵：通常的选择。")
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


class FocalLoss(LossOfClasses):
    """Cross entropy that looks at what is hard."""

    type = "loss.focal"
    title = Text("Focal loss", "焦点损失")
    help = Text(
        "Images that are sorted well already count less: for rare defects among many good parts.",
        "已分对的图像权重降低：适合大量良品中的少见缺陷。",
    )
    call = "engine.modeling.nets.classification:FocalLoss"

    class Parameters(Form):
        """How much the hard ones count."""

        gamma: float = parameter(
            2.0,
            ("Focus γ", "聚焦 γ"),
            ("0: as cross entropy; more: only what is hard counts", "0 即交叉熵；越大越只看难例"),
            ge=0,
            le=10,
        )


class RobustLoss(LossOfClasses):
    """Generalised cross entropy."""

    type = "loss.robust"
    title = Text("Robust loss", "抗噪损失")
    help = Text(
        "Generalised cross entropy: labels that contradict everything learnt so far count less. For labels with mistakes in them.",
        "广义交叉熵：与已学内容相矛盾的标签权重降低。适合含有错误的标注。",
    )
    call = "engine.modeling.nets.classification:RobustLoss"

    class Parameters(Form):
        """Between cross entropy and mean absolute error."""

        q: float = parameter(
            0.7,
            ("Robustness q", "抗噪度 q"),
            (
                "near 0: as cross entropy; 1: wrong labels count least, learning is slow",
                "接近 0 同交叉熵；1 时错误标签影响最小，但学得慢",
            ),
            gt=0,
            le=1,
        )


class LossOfTargets(Component):
    """Cross entropy of several targets."""

    type = "loss.targets"
    section = "loss"
    title = Text("Loss of several targets", "多目标损失")
    help = Text(
        "Cross entropy of each column to foretell, added up; rows of which one is not known teach the others only.",
        "各目标列的交叉熵之和；某目标未知的行只用于学习其他目标。",
    )
    tasks = ("tabular",)
    inputs = (ANSWERS, TARGETS)
    outputs = (LOSS,)
    call = "engine.modeling.nets.targets:LossOfTargets"

    class Parameters(Form):
        """Who counts how much."""

        weights: str = parameter(
            "",
            ("Weights", "权重"),
            (
                "of the targets in their order, with commas between; empty: all alike",
                "按目标顺序用逗号分隔；留空则相同",
            ),
            pattern=r"^\s*(\d+(\.\d+)?\s*(,\s*\d+(\.\d+)?\s*)*)?$",
        )

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """Another number of weights than of targets."""
        weights = [part for part in values["weights"].split(",") if part.strip()]
        count = next((flow.channels for flow in given["answers"]), None)
        if not weights or count in (None, len(weights)):
            return []
        return [Misfit(
            "weights",
            Text(f"There are {len(weights)} weights and {count} columns to foretell.", f"有 {len(weights)} 个权重，而目标列有 {count} 个。"),
            Text("Give one weight for each, or none.", "请为每个目标给出一个权重，或留空。"),
        )]  # fmt: skip


class SegmentationLoss(Component):
    """Cross entropy of pixels and Dice of labels."""

    type = "loss.segmentation"
    section = "loss"
    title = Text("Segmentation loss", "分割损失")
    help = Text(
        "Each pixel learns what it is (cross entropy), each label learns its overlap (Dice), so that small defects count.",
        "每个像素学习其类别（交叉熵），每个标签学习其重叠（Dice），使小缺陷同样受重视。",
    )
    tasks = ("segmentation",)
    inputs = (CLASSES, TARGETS)
    outputs = (LOSS,)
    call = "engine.modeling.nets.segmentation:SegmentationLoss"

    class Parameters(Form):
        """Balance of the two parts."""

        overlap: float = parameter(1.0, ("Weight of the overlap", "重叠项权重"), ge=0, le=20)
        background: float = parameter(
            0.5,
            ("Weight of the background", "背景权重"),
            ("below 1: rather too many pixels than too few", "小于 1：宁多勿少"),
            ge=0.01,
            le=2,
        )


class StudentLoss(Component):
    """The hardest places of good images."""

    type = "loss.student"
    section = "loss"
    title = Text("Imitation loss", "模仿损失")
    help = Text(
        "The student learns where it is farthest from its teacher, on good images alone.",
        "学生网络只在良品图像上学习与教师网络差距最大的位置。",
    )
    tasks = ("anomaly",)
    inputs = (ANOMALY, TARGETS)
    outputs = (LOSS,)
    call = "engine.modeling.nets.anomaly:StudentLoss"

    class Parameters(Form):
        """What counts."""

        hardest: float = parameter(
            0.1,
            ("Share of the places", "位置比例"),
            ("that are learnt, the hardest ones", "参与学习的最难位置"),
            gt=0,
            le=1,
        )


class Teacher(Component):
    """Learning from a trained model."""

    type = "loss.teacher"
    section = "loss"
    title = Text("Teacher (distillation)", "教师（蒸馏）")
    help = Text(
        "Put between loss and training: the network also learns to answer as a trained model of the workspace does, which is"
        " larger and surer. For small, fast models.",
        "置于损失与训练之间：网络同时学习模仿工作区中一个更大、更准的已训练模型。适合小而快的模型。",
    )
    tasks = ("classification", "multilabel", "segmentation", "detection")
    inputs = (LOSS,)
    outputs = (LOSS,)
    call = "engine.modeling.nets.teacher:Teacher"

    class Parameters(Form):
        """Who teaches, and how much it counts."""

        model: str = parameter(
            "",
            ("Model", "模型"),
            (
                "NAME or NAME:NUMBER of a model of this workspace, with the same task and labels",
                "本工作区中任务与标签相同的模型：名称或 名称:编号",
            ),
        )
        weight: float = parameter(
            0.5,
            ("Weight of the teacher", "教师权重"),
            ("0: only the labels count; 1: only what the teacher says", "0 只看标注；1 只看教师的回答"),
            ge=0,
            le=1,
        )
        temperature: float = parameter(
            4.0,
            ("Temperature", "温度"),
            (
                "higher: also what the teacher thinks of the labels that it does not choose; not for detection",
                "越高越重视教师对未选标签的看法；检测任务不使用",
            ),
            ge=1,
            le=20,
        )
        features: float = parameter(
            0.0,
            ("Weight of the maps", "特征权重"),
            (
                "how much the maps that the head reads shall be like the teacher's; 0: not compared",
                "头部所读特征图与教师相似的重要程度；0 为不比较",
            ),
            advanced=True,
            ge=0,
            le=20,
        )


class Gathering(Component):
    """Looking instead of learning."""

    type = "train.gather"
    section = "train"
    title = Text("Look at good images", "记忆良品")
    help = Text(
        "Looks at every good image and remembers it: some seconds instead of a training.",
        "查看每幅良品图像并记住：只需几秒，无需训练。",
    )
    tasks = ("anomaly",)
    inputs = (ANOMALY, METRICS)
    outputs = (MODEL,)
    call = "engine.training.settings:Gathering"

    class Parameters(Form):
        """How much at once, how often."""

        batch: int = parameter(8, ("Images at once", "每批图像数"), advanced=True, ge=1, le=256)
        passes: int = parameter(
            1,
            ("Looks at each image", "每幅图像查看次数"),
            ("more than 1 only with augmentation", "仅在使用增强时大于 1"),
            ge=1,
            le=100,
        )


class Boosting(Component):
    """Growing instead of steps."""

    type = "train.boost"
    section = "train"
    title = Text("Grow trees", "生长树")
    help = Text(
        "Grows one tree after the other on all train rows, and ends when val no longer gets better.",
        "在全部训练行上逐棵生长树，验证集不再变好时结束。",
    )
    tasks = ("tabular",)
    inputs = (TREES, TARGETS, METRICS)
    outputs = (MODEL,)
    call = "engine.training.settings:Boosting"

    class Parameters(Form):
        """How many, how fast."""

        rounds: int = parameter(1000, ("Trees at most", "最多树数"), ge=1, le=20_000)
        rate: float = parameter(
            0.05,
            ("Learning rate", "学习率"),
            ("smaller: more trees, often a little better", "越小需要的树越多，通常略好"),
            gt=0,
            le=1,
        )
        patience: int = parameter(
            50,
            ("End early after", "提前结束"),
            (
                "so many trees without a better result on val; 0: never",
                "连续多少棵树没有使验证集变好就结束；0 为不提前结束",
            ),
            ge=0,
            le=1000,
        )
        checks: int = parameter(20, ("Checks on val", "验证次数"), advanced=True, quiet=True, ge=0, le=100)


class Training(Component):
    """The loop."""

    type = "train.fit"
    section = "train"
    tasks = ALL_TASKS
    title = Text("Training", "训练")
    help = Text("How long is learnt, on how many images at once.", "训练多久、每步多少图像。")
    inputs = (LOSS, OPTIMISER, CALLBACKS, BEST, METRICS)
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
        patience: int = parameter(
            0,
            ("End early after", "提前结束"),
            ("so many checks without a better result; 0: never", "连续多少次验证没有变好就结束；0 为不提前结束"),
            ge=0,
            le=100,
            quiet=True,
        )
        class_weights: Literal["none", "balanced"] = parameter(
            "none",
            ("Weights of the labels", "类别权重"),
            (
                "balanced: rare labels count more, by the train split; for models that sort images",
                "balanced：按训练集提高少见标签的权重；用于图像分类",
            ),
            quiet=True,
        )
        freeze: int = parameter(
            0,
            ("Frozen stages", "冻结阶段数"),
            (
                "stages of the backbone, from the image on, that keep their weights; 4: all of it",
                "主干网络从输入端起保持权重不变的阶段数；4 为整个主干",
            ),
            advanced=True,
            ge=0,
            le=4,
            quiet=True,
        )
        freeze_steps: int = parameter(
            0,
            ("Frozen for", "冻结时长"),
            ("so many steps, then they learn too; 0: to the end", "多少步之后也参与学习；0 为始终冻结"),
            advanced=True,
            ge=0,
            le=1_000_000,
            quiet=True,
        )
        accumulate: int = parameter(
            1,
            ("Batches for one step", "梯度累积"),
            (
                "their gradients are added up: a large batch where the memory holds a small one only",
                "累加多个批次的梯度再更新一次：内存只放得下小批量时等效于大批量",
            ),
            advanced=True,
            ge=1,
            le=256,
            quiet=True,
        )
        precision: Literal["auto", "32", "bf16", "16"] = parameter(
            "auto",
            ("Precision", "计算精度"),
            (
                "auto: the quickest that the device computes in hardware; what it cannot do is said when the run starts",
                "auto：设备硬件支持的最快精度；设备做不到的会在训练开始时说明",
            ),
            advanced=True,
            quiet=True,
        )
        deterministic: bool = parameter(
            False,
            ("Same numbers each time", "结果可复现"),
            (
                "on a graphics card slower; on a CPU training always repeats itself",
                "在显卡上较慢；在 CPU 上训练本来就可复现",
            ),
            advanced=True,
            quiet=True,
        )
        processes: int = parameter(
            1,
            ("Processes", "进程数"),
            (
                "that share each batch, on a CPU with several sockets; the batch must divide by them",
                "在多路 CPU 上分担每个批次的进程数；批大小须能被其整除",
            ),
            advanced=True,
            ge=1,
            le=64,
            quiet=True,
        )


class Evaluation(Component):
    """What counts as found."""

    type = "evaluate.thresholds"
    section = "evaluate"
    tasks = ALL_TASKS
    title = Text("Evaluation", "评估")
    help = Text("From which score on an answer is reported.", "分数达到多少才报告结果。")
    inputs = (MODEL,)
    call = "engine.training.settings:Thresholds"

    class Parameters(Form):
        """Thresholds."""

        score: float = parameter(0.3, ("Score from", "分数阈值"), ge=0, le=1)
        iou: float = parameter(0.5, ("One object above IoU", "合并 IoU 阈值"), ge=0, le=1)
        most: int = parameter(300, ("Most objects in an image", "每幅图最多目标数"), ge=1, le=10_000)
        labels: Literal["same", "f1"] = parameter(
            "same",
            ("Score of each label", "各标签阈值"),
            (
                "same: the one above; f1: of several labels at once, each its own, by the best F1 on val",
                "same：同上；f1：多标签任务中各标签分别取验证集上 F1 最高的阈值",
            ),
            quiet=True,
        )


COMPONENTS = (
    DetectionLoss,
    ClassificationLoss,
    FocalLoss,
    RobustLoss,
    LossOfTargets,
    SegmentationLoss,
    StudentLoss,
    Teacher,
    Training,
    Gathering,
    Boosting,
    Evaluation,
)
