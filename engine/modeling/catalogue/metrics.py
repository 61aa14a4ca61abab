"""Components that are figures of a check on val: the best weights are kept by one, more are shown."""

from __future__ import annotations

from typing import Literal

from engine.modeling.catalogue.base import ALL_TASKS, OF_OBJECTS, Component, Form, Port, Text, parameter

METRIC = Port("metric", "metric", Text("To “best” or “metrics” of the training", "连接到训练的“最佳”或“指标”"))


class Metric(Component):
    """What all of them have."""

    section = "metric"
    outputs = (METRIC,)


class MeanAveragePrecision(Metric):
    """Objects at all thresholds."""

    type = "metric.map"
    title = Text("mAP of objects", "目标 mAP")
    help = Text(
        "Mean average precision as COCO counts it: how well objects are found and placed, over all thresholds. Of keypoints by"
        " how near they are (OKS).",
        "按 COCO 计算的平均精度均值：在所有阈值下目标找得全、框得准的程度。关键点按接近程度（OKS）计算。",
    )
    tasks = OF_OBJECTS
    call = "engine.training.metrics:MeanAveragePrecision"

    class Parameters(Form):
        """How exactly the place must fit."""

        overlap: Literal["0.5", "0.5:0.95"] = parameter(
            "0.5",
            ("Overlap (IoU)", "重叠度（IoU）"),
            (
                "0.5: found at about the place; 0.5:0.95: also how exactly",
                "0.5：大致位置正确即可；0.5:0.95：还看位置精确程度",
            ),
        )


class LabelPrecision(Metric):
    """Labels at all thresholds."""

    type = "metric.label_map"
    title = Text("mAP of labels", "标签 mAP")
    help = Text(
        "Mean over the labels of how well their scores rank the images.", "各标签按分数给图像排序的平均精度的均值。"
    )
    tasks = ("multilabel",)
    call = "engine.training.metrics:LabelPrecision"


class F1(Metric):
    """Precision and recall in one."""

    type = "metric.f1"
    title = Text("F1", "F1")
    help = Text(
        "Balance of what is missed and what is found wrongly. Objects, good or bad and tables: at their best threshold; several"
        " labels: at 0.5; sorted images and pixels (Dice): mean of the labels.",
        "漏检与误检的平衡。目标、良品判别与表格取最佳阈值；多标签取 0.5；图像分类与像素（即 Dice）取各标签的平均。",
    )
    tasks = ALL_TASKS
    call = "engine.training.metrics:F1Score"


class RecallAt(Metric):
    """What is caught at a price."""

    type = "metric.recall_at"
    title = Text("Found at a false-reject rate", "限定过杀率下的检出率")
    help = Text(
        "Share of the bad that is found while at most so many of the good are rejected. Of sorted images it needs a label that"
        " means good, such as ok.",
        "在良品过杀不超过限定比例时，检出的不良品比例。图像分类需要有表示良品的标签（如 ok）。",
    )
    tasks = ("classification", "anomaly", "tabular")
    call = "engine.training.metrics:RecallAt"

    class Parameters(Form):
        """The price."""

        rejected: float = parameter(
            0.02,
            ("Rejected at most", "过杀率上限"),
            ("share of the good (过杀)", "良品被判为不良的比例"),
            ge=0,
            le=0.5,
        )


class Accuracy(Metric):
    """How many are right."""

    type = "metric.accuracy"
    title = Text("Accuracy", "准确率")
    help = Text("Share of the images that get their label.", "标签判断正确的图像比例。")
    tasks = ("classification",)
    call = "engine.training.metrics:Accuracy"


class MeanIoU(Metric):
    """Pixels by label."""

    type = "metric.miou"
    title = Text("Mean IoU", "平均 IoU")
    help = Text(
        "How well the areas of each label overlap the true ones, mean of the labels without the background.",
        "各标签区域与真实区域的重叠程度，取各标签（不含背景）的平均。",
    )
    tasks = ("segmentation",)
    call = "engine.training.metrics:MeanIoU"


class PixelAccuracy(Metric):
    """Pixels alike."""

    type = "metric.pixels"
    title = Text("Pixels right", "像素准确率")
    help = Text(
        "Share of all pixels that are right; small defects hardly count in it.",
        "判断正确的像素比例；小缺陷几乎不影响它。",
    )
    tasks = ("segmentation",)
    call = "engine.training.metrics:PixelAccuracy"


class Auroc(Metric):
    """Ranking of bad above good."""

    type = "metric.auroc"
    title = Text("AUROC", "AUROC")
    help = Text(
        "The chance that a bad one scores higher than a good one; 0.5 is guessing.",
        "不良品得分高于良品的概率；0.5 即随机猜测。",
    )
    tasks = ("anomaly", "tabular")
    call = "engine.training.metrics:Auroc"


class AveragePrecision(Metric):
    """Ranking when bad is rare."""

    type = "metric.ap"
    title = Text("Average precision (AP)", "平均精度（AP）")
    help = Text(
        "How well the bad ones come first when all are ranked; tells more than AUROC where few are bad.",
        "按分数排序时不良品排在前面的程度；不良品很少时比 AUROC 更有区分力。",
    )
    tasks = ("anomaly", "tabular")
    call = "engine.training.metrics:AveragePrecision"


class LogLoss(Metric):
    """How far from certain."""

    type = "metric.log_loss"
    title = Text("Log loss", "对数损失")
    help = Text(
        "How much probability the true answer gets; smaller is better. For models whose probabilities are used.",
        "真实答案得到的概率的对数；越小越好。适合要使用其概率的模型。",
    )
    tasks = ("classification", "tabular")
    call = "engine.training.metrics:LogLoss"


COMPONENTS = (
    MeanAveragePrecision,
    LabelPrecision,
    F1,
    RecallAt,
    Accuracy,
    MeanIoU,
    PixelAccuracy,
    Auroc,
    AveragePrecision,
    LogLoss,
)
