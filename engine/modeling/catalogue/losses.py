"""More losses: for rare labels, for labels with mistakes, for what is hard, and for the scores of detectors."""

from __future__ import annotations

from typing import Literal

from engine.modeling.catalogue.base import Form, Text, parameter
from engine.modeling.catalogue.learning import DetectionLoss, LossOfClasses


class VarifocalLoss(DetectionLoss):
    """Objects count by the fit of their boxes."""

    type = "loss.varifocal"
    title = Text("Varifocal loss", "变焦损失 (Varifocal)")
    help = Text(
        "Objects whose boxes fit well count more: the order of the scores follows the fit.",
        "框贴合好的目标权重更高：使分数的排序反映贴合程度。",
    )
    call = "engine.modeling.nets.detection:VarifocalLoss"


class QualityFocalLoss(DetectionLoss):
    """What is far from its target counts."""

    type = "loss.quality_focal"
    title = Text("Quality focal loss", "质量焦点损失")
    help = Text(
        "Scores that are far from how well their box fits count most; what is right already hardly counts.",
        "分数与框的贴合程度相差越大权重越高；已正确的几乎不计。",
    )
    call = "engine.modeling.nets.detection:QualityFocalLoss"


class RotatedLoss(DetectionLoss):
    """Rotated boxes as Gaussians."""

    type = "loss.rotated"
    title = Text("Rotated detection loss", "旋转框检测损失")
    help = Text(
        "Scores learn how well their rotated box fits; boxes learn as Gaussians, so that no angle is a border.",
        "分数学习旋转框的贴合程度；框按高斯分布学习，角度没有跳变边界。",
    )
    tasks = ("rotated",)
    call = "engine.modeling.nets.rotated:RotatedLoss"

    class Parameters(Form):
        """Balance of the parts."""

        box_weight: float = parameter(5.0, ("Weight of the boxes", "框的权重"), ge=0, le=50)
        fit: Literal["probiou", "gwd"] = parameter(
            "probiou",
            ("Boxes learn by", "框的损失"),
            (
                "probiou: how much two Gaussians overlap; gwd: how far one must be carried to become the other",
                "probiou 为两个高斯分布的重叠；gwd 为把一个变成另一个所需的距离",
            ),
            advanced=True,
        )
        angle_weight: float = parameter(
            0.2,
            ("Weight of the angle", "角度的权重"),
            ("of long objects; squares have no angle to learn", "用于细长目标；方形没有可学的角度"),
            advanced=True,
            ge=0,
            le=5,
        )
        positives: int = parameter(9, ("Positions for each object", "每个目标的正样本数"), advanced=True, ge=1, le=50)


class ClassBalancedLoss(LossOfClasses):
    """Rare labels count more."""

    type = "loss.class_balanced"
    title = Text("Class-balanced loss", "类别均衡损失")
    help = Text(
        "Cross entropy in which rare labels count more, by how many images the training split has of each.",
        "交叉熵，按训练集中各标签的图像数提高少见标签的权重。",
    )
    call = "engine.modeling.nets.losses:ClassBalancedLoss"
    context = ("classes",)

    class Parameters(Form):
        """How much more."""

        beta: float = parameter(
            0.999,
            ("Balance β", "均衡度 β"),
            ("0: all images alike; near 1: by one over the count", "0：各图像相同；接近 1：按数量的倒数"),
            ge=0,
            lt=1,
        )


class LogitAdjustedLoss(LossOfClasses):
    """Rare labels must win by more."""

    type = "loss.logit_adjusted"
    title = Text("Logit-adjusted loss", "分数校正损失")
    help = Text(
        "Scores are corrected by how frequent a label is, so that each label is told equally well.",
        "按标签频率校正分数，使各标签的识别同样好。",
    )
    call = "engine.modeling.nets.losses:LogitAdjustedLoss"
    context = ("classes",)

    class Parameters(Form):
        """How much."""

        tau: float = parameter(1.0, ("Correction τ", "校正强度 τ"), ("0: none", "0 为不校正"), ge=0, le=3)


class MarginLoss(LossOfClasses):
    """A lead for rare labels."""

    type = "loss.margin"
    title = Text("Margin loss (LDAM)", "间隔损失 (LDAM)")
    help = Text(
        "The right label must lead, the rarer the more: for few images of some labels.",
        "正确标签须领先，越少见领先越多：适合部分标签图像很少时。",
    )
    call = "engine.modeling.nets.losses:MarginLoss"
    context = ("classes",)

    class Parameters(Form):
        """How much."""

        margin: float = parameter(1.0, ("Lead of the rarest label", "最少见标签的领先量"), ge=0, le=20)


class SymmetricLoss(LossOfClasses):
    """Cross entropy both ways."""

    type = "loss.symmetric"
    title = Text("Symmetric cross entropy", "对称交叉熵")
    help = Text(
        "Adds the reverse cross entropy, which a wrong label can pull only so far. For labels with mistakes in them.",
        "加入有界的反向交叉熵，限制错误标签的影响。适合含有错误的标注。",
    )
    call = "engine.modeling.nets.losses:SymmetricLoss"

    class Parameters(Form):
        """The two parts."""

        alpha: float = parameter(0.1, ("Weight of cross entropy", "交叉熵权重"), ge=0, le=10)
        beta: float = parameter(1.0, ("Weight of the reverse", "反向交叉熵权重"), ge=0, le=10)


class TaylorLoss(LossOfClasses):
    """The first terms of cross entropy."""

    type = "loss.taylor"
    title = Text("Taylor cross entropy", "泰勒交叉熵")
    help = Text(
        "The first terms of cross entropy: bounded, so that labels with mistakes in them do less harm.",
        "交叉熵的前几项：有界，使错误标注的危害更小。",
    )
    call = "engine.modeling.nets.losses:TaylorLoss"

    class Parameters(Form):
        """How many."""

        terms: int = parameter(
            4,
            ("Terms", "项数"),
            ("1: the absolute error; many: cross entropy", "1 为绝对误差；越多越接近交叉熵"),
            ge=1,
            le=50,
        )


class BiTemperedLoss(LossOfClasses):
    """Bounded, with a heavy tail."""

    type = "loss.bi_tempered"
    title = Text("Bi-tempered loss", "双温损失")
    help = Text(
        "Bounds what a wrong label can do, both far from the border and near it. For labels with mistakes in them.",
        "限制错误标签在远离与靠近分界处的影响。适合含有错误的标注。",
    )
    call = "engine.modeling.nets.losses:BiTemperedLoss"

    class Parameters(Form):
        """The two temperatures; 1 and 1 is cross entropy."""

        bound: float = parameter(0.8, ("Bound t₁", "界 t₁"), ("lower: more robust", "越小越稳健"), ge=0, le=1)
        tail: float = parameter(1.2, ("Tail t₂", "尾 t₂"), ("higher: heavier", "越大尾越重"), ge=1, le=2)


class PolyLoss(LossOfClasses):
    """Cross entropy with another first term."""

    type = "loss.poly"
    title = Text("Poly loss", "Poly 损失")
    help = Text(
        "Cross entropy whose first term counts more: often a little better at no cost.",
        "提高交叉熵首项的权重：往往略有提升而无额外代价。",
    )
    call = "engine.modeling.nets.losses:PolyLoss"

    class Parameters(Form):
        """How much."""

        epsilon: float = parameter(1.0, ("First term ε", "首项 ε"), ("0: as cross entropy", "0 即交叉熵"), ge=-1, le=10)


class RelaxedLoss(LossOfClasses):
    """Sure enough is enough."""

    type = "loss.relaxed"
    title = Text("Label relaxation", "标签松弛")
    help = Text(
        "An answer that is sure enough is not pushed further: scores that can be believed.",
        "足够确定的结果不再继续推高：分数更可信。",
    )
    call = "engine.modeling.nets.losses:RelaxedLoss"

    class Parameters(Form):
        """How sure."""

        alpha: float = parameter(
            0.1, ("Doubt α", "余量 α"), ("0.1: 90 % is sure enough", "0.1：90 % 即足够确定"), gt=0, le=0.5
        )


class HingeLoss(LossOfClasses):
    """A lead in scores."""

    type = "loss.hinge"
    title = Text("Hinge loss", "合页损失")
    help = Text(
        "The right score must lead the best wrong one; what leads does not count. Its scores are no probabilities.",
        "正确分数须领先最高的错误分数；已领先的不计。其分数不是概率。",
    )
    call = "engine.modeling.nets.losses:HingeLoss"

    class Parameters(Form):
        """How much."""

        margin: float = parameter(1.0, ("Lead", "领先量"), gt=0, le=20)


class HardestLoss(LossOfClasses):
    """The worst of each batch."""

    type = "loss.hardest"
    title = Text("Hardest images", "难例损失 (OHEM)")
    help = Text(
        "Cross entropy of the images of each step that are worst: not where labels have mistakes in them.",
        "只计每步中最差图像的交叉熵；标注有错误时不要使用。",
    )
    call = "engine.modeling.nets.losses:HardestLoss"

    class Parameters(Form):
        """How many."""

        share: float = parameter(0.5, ("Share that counts", "计入比例"), gt=0, le=1)


class LossOfTags(LossOfClasses):
    """What all losses of several labels at once have."""

    tasks = ("multilabel",)


class MultiLabelLoss(LossOfTags):
    """Binary cross entropy."""

    type = "loss.multilabel"
    title = Text("Multi-label loss", "多标签损失")
    help = Text(
        "Binary cross entropy of each label: the usual choice where an image may have several.",
        "各标签的二元交叉熵：一幅图像可有多个标签时的通常选择。",
    )
    call = "engine.modeling.nets.multilabel:MultiLabelLoss"

    class Parameters(Form):
        """How sure the model shall become."""

        smoothing: float = parameter(
            0.0,
            ("Label smoothing", "标签平滑"),
            ("against wrong labels and overconfidence", "减轻错误标签与过度自信"),
            ge=0,
            le=0.5,
        )


class AsymmetricLoss(LossOfTags):
    """What is absent counts less."""

    type = "loss.asymmetric"
    title = Text("Asymmetric loss (ASL)", "非对称损失 (ASL)")
    help = Text(
        "Labels that an image clearly does not have hardly count: for many labels of which each image has few.",
        "明显不存在的标签几乎不计：适合标签很多而每幅图像只有少数的情形。",
    )
    call = "engine.modeling.nets.multilabel:AsymmetricLoss"

    class Parameters(Form):
        """How much less."""

        absent: float = parameter(
            4.0,
            ("Focus on absent γ−", "缺失标签聚焦 γ−"),
            ("0: as binary cross entropy", "0 即二元交叉熵"),
            ge=0,
            le=10,
        )
        present: float = parameter(1.0, ("Focus on present γ+", "存在标签聚焦 γ+"), ge=0, le=10)
        margin: float = parameter(
            0.05,
            ("Left out below", "忽略界"),
            ("absent labels with a smaller probability do not count", "概率低于此值的缺失标签不计"),
            ge=0,
            le=0.5,
        )


COMPONENTS = (
    MultiLabelLoss, AsymmetricLoss,
    VarifocalLoss, QualityFocalLoss, RotatedLoss, ClassBalancedLoss, LogitAdjustedLoss, MarginLoss, SymmetricLoss, TaylorLoss,
    BiTemperedLoss, PolyLoss, RelaxedLoss, HingeLoss, HardestLoss,
)  # fmt: skip
