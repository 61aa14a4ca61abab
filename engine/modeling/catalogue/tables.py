"""Components for rows of tables: where they come from, and networks that foretell one of two values from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from engine.modeling.catalogue.base import Component, Flow, Form, Given, Misfit, Port, Text, parameter
from engine.modeling.catalogue.data import TARGETS
from engine.modeling.catalogue.networks import ANSWERS, LOGITS, TREES, hidden_share

ROWS = Port("rows", "rows", Text("(N, 1, 2, fields), slots and amounts", "(N, 1, 2, 字段)，槽位与取值"))
_NAMES = ("names with commas between; empty: by their type", "列名，用逗号分隔；留空则按类型判断")


class DatasetTable(Component):
    """The rows of a dataset version that holds a table."""

    type = "data.table"
    section = "data"
    title = Text("Table", "表格")
    help = Text(
        "The rows of the table version that is chosen at training. Text is a category, numbers are amounts; how they are"
        " encoded is learnt from train rows alone and goes with the model.",
        "训练时所选表格版本中的行。文本为类别，数字为数值；编码方式只从训练行学习，并随模型保存。",
    )
    tasks = ("tabular",)
    outputs = (ROWS, TARGETS)
    call = "engine.training.tables:Table"
    context = ("version",)

    class Parameters(Form):
        """Columns, and how they are encoded."""

        target: str = parameter(
            "",
            ("Column to foretell", "目标列"),
            (
                "it has two values, such as 0 and 1; several with commas between, for MMoE or PLE; empty: the last column",
                "取两个值，如 0 与 1；用逗号分隔多列（用于 MMoE 或 PLE）；留空则为最后一列",
            ),
        )
        categories: str = parameter("", ("Categories", "类别列"), _NAMES)
        numbers: str = parameter("", ("Numbers", "数值列"), _NAMES)
        ignored: str = parameter(
            "",
            ("Left out", "忽略列"),
            (
                "names with commas between: what is not known yet when the model is asked",
                "列名，用逗号分隔：预测时尚不知道的内容",
            ),
        )
        rare: int = parameter(
            3,
            ("Rows of a category", "类别最少行数"),
            ("one with fewer train rows counts as unknown", "训练行少于此数的类别视为未知"),
            ge=1,
            le=1000,
        )
        buckets: int = parameter(
            0,
            ("Hash buckets", "哈希桶数"),
            (
                "0: each category has its own place; more: for millions of names",
                "0：每个类别单独编码；大于 0：用于海量取值",
            ),
            advanced=True,
            ge=0,
            le=1_000_000,
        )
        encoding: Literal["own", "target"] = parameter(
            "own",
            ("Encoding of categories", "类别编码"),
            (
                "own: each has a place of its own; target: how often the target occurs with it, learnt on other rows than"
                " the row's own: for trees and many names",
                "own：每个类别有自己的位置；target：该类别下目标出现的比例，只用其他行学习，适合树模型与取值很多的列",
            ),
            advanced=True,
            quiet=True,
        )
        bins: int = parameter(
            0,
            ("Bins of numbers", "数值分箱数"),
            ("0: as they are, standardised", "0：标准化后直接使用"),
            advanced=True,
            ge=0,
            le=100,
        )
        clip: float = parameter(
            0.005,
            ("Outliers", "离群值比例"),
            ("share at either end that is brought to the edge", "两端各有此比例的数值被收到边界"),
            advanced=True,
            ge=0,
            le=0.2,
        )

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """How many columns are to be foretold, where the drawing says it."""
        del given
        return Flow(channels=len(_listed(values["target"])) or None), Flow()


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part.strip()]


class _Network(Component):
    section = "network"
    tasks = ("tabular",)
    inputs: ClassVar[tuple[Port, ...]] = (ROWS,)
    outputs: ClassVar[tuple[Port, ...]] = (LOGITS,)
    context: ClassVar[tuple[str, ...]] = ("fields",)

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """More columns to foretell than one."""
        del values
        count = next((flow.channels for flow in given["rows"]), None) or 1
        if count == 1:
            return []
        return [Misfit(
            "rows",
            Text(f"{count} columns are to be foretold; this network foretells one.", f"有 {count} 个目标列；此网络只能预测一个。"),
            Text(
                "Name one in data.target, or take MMoE, PLE or a shared bottom with the loss of several targets.",
                "请在 data.target 中只保留一列，或换用 MMoE、PLE 或共享底层网络及多目标损失。",
            ),
        )]  # fmt: skip


class _Width(Form):
    width: int = parameter(
        16, ("Width", "向量宽度"), ("of the vector that each category has", "每个类别对应向量的维数"), ge=1, le=256
    )


class _Deep(_Width):
    hidden: int = parameter(128, ("Hidden units", "隐藏单元数"), ge=8, le=2048, multiple_of=8)
    depth: int = parameter(2, ("Depth", "深度"), ("layers", "层数"), ge=1, le=8)
    dropout: float = hidden_share(0.1)


class LogisticRegression(_Network):
    """Logistic regression."""

    type = "table.linear"
    title = Text("Linear (logistic regression)", "线性（逻辑回归）")
    help = Text(
        "A weight for each category and number: what every other model has to beat.",
        "每个类别与数值一个权重：其他模型都应超过它。",
    )
    call = "engine.modeling.nets.tables:LogisticRegression"


class FM(_Network):
    """Factorization machine."""

    type = "table.fm"
    title = Text("Factorization machine (FM)", "因子分解机 (FM)")
    help = Text(
        "Adds what pairs of columns do together, such as this user with this item, even for pairs that were rarely seen.",
        "加入两列之间的相互作用（如某用户与某商品），对很少出现的组合也有效。",
    )
    call = "engine.modeling.nets.tables:FM"

    class Parameters(_Width):
        """Width of the vectors."""


class DeepFM(_Network):
    """Factorization machine with a network beside it."""

    type = "table.deepfm"
    title = Text("DeepFM", "DeepFM")
    help = Text(
        "A factorization machine and a small network on the same vectors: also finds what three or more columns do together.",
        "因子分解机与小型网络共用向量：还能发现三列及以上的共同作用。",
    )
    call = "engine.modeling.nets.tables:DeepFM"

    class Parameters(_Deep):
        """Vectors and layers."""


class DCNv2(_Network):
    """Deep and cross network."""

    type = "table.dcn"
    title = Text("Deep & cross (DCNv2)", "深度交叉网络 (DCNv2)")
    help = Text(
        "Multiplies the columns step by step, each step one order higher, beside a small network.",
        "逐层相乘各列，每层提高一阶交互，并与小型网络并行。",
    )
    call = "engine.modeling.nets.tables:DCNv2"

    class Parameters(_Deep):
        """Crosses and layers."""

        crosses: int = parameter(
            2, ("Crosses", "交叉层数"), ("2: up to three columns together", "2：最多三列共同作用"), ge=1, le=6
        )


class TableMLP(_Network):
    """Layers on vectors."""

    type = "table.mlp"
    title = Text("Wide & deep (MLP)", "宽深网络 (MLP)")
    help = Text(
        "A network of layers on the vectors of all columns, beside a weight for each category.",
        "在所有列的向量上叠加全连接层，并为每个类别保留一个权重。",
    )
    call = "engine.modeling.nets.tables:TableMLP"

    class Parameters(_Deep):
        """Vectors and layers."""


class FinalMLP(_Network):
    """Two networks joined by products."""

    type = "table.finalmlp"
    title = Text("FinalMLP", "FinalMLP")
    help = Text(
        "Two networks that look at the columns each in its own way, joined by products.",
        "两个网络以各自方式观察各列，再以乘积融合。",
    )
    call = "engine.modeling.nets.tables:FinalMLP"

    class Parameters(_Deep):
        """Vectors and layers."""


class _Several(_Network):
    outputs = (ANSWERS,)

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """As many answers as there are columns to foretell."""
        del values
        return (Flow(channels=next((flow.channels for flow in given["rows"]), None)),)

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """Any number is right."""
        del values, given
        return []


class _Towers(_Width):
    hidden: int = parameter(
        64, ("Hidden units", "隐藏单元数"), ("of an expert", "每个专家"), ge=8, le=2048, multiple_of=8
    )
    tower: int = parameter(
        32, ("Units of a tower", "塔单元数"), ("the own layer of each target", "每个目标自己的一层"), ge=4, le=512
    )
    dropout: float = hidden_share(0.1)


class SharedBottom(_Several):
    """Layers that all targets share."""

    type = "table.shared"
    title = Text("Shared bottom, several targets", "共享底层（多目标）")
    help = Text(
        "Foretells several columns from the same layers: what MMoE and PLE have to beat.",
        "用同一组层预测多个目标列：MMoE 与 PLE 都应超过它。",
    )
    call = "engine.modeling.nets.targets:SharedBottom"

    class Parameters(_Towers):
        """Layers and towers."""

        hidden: int = parameter(128, ("Hidden units", "隐藏单元数"), ge=8, le=2048, multiple_of=8)
        depth: int = parameter(2, ("Depth", "深度"), ("layers", "层数"), ge=1, le=8)


class MMoE(_Several):
    """Experts with a gate for each target."""

    type = "table.mmoe"
    title = Text("Experts with gates (MMoE)", "多门专家网络 (MMoE)")
    help = Text(
        "Foretells several columns: all share some experts, and each column learns whom it listens to.",
        "同时预测多个目标列：共享若干专家，每个目标学习听从哪些专家。",
    )
    call = "engine.modeling.nets.targets:MMoE"

    class Parameters(_Towers):
        """Experts and towers."""

        experts: int = parameter(4, ("Experts", "专家数"), ge=1, le=32)
        depth: int = parameter(2, ("Depth", "深度"), ("layers of an expert", "每个专家的层数"), ge=1, le=8)


class PLE(_Several):
    """Shared and own experts, level by level."""

    type = "table.ple"
    title = Text("Shared and own experts (PLE)", "共享与专属专家 (PLE)")
    help = Text(
        "As MMoE, and each column has experts of its own, so that columns that contradict each other do not disturb.",
        "在 MMoE 基础上每个目标另有专属专家，避免相互矛盾的目标彼此干扰。",
    )
    call = "engine.modeling.nets.targets:PLE"

    class Parameters(_Towers):
        """Experts, levels and towers."""

        shared: int = parameter(2, ("Shared experts", "共享专家数"), ("on each level", "每一层级"), ge=1, le=16)
        own: int = parameter(
            2, ("Own experts", "专属专家数"), ("of each target on each level", "每个目标、每一层级"), ge=1, le=16
        )
        levels: int = parameter(2, ("Levels", "层级数"), ge=1, le=4)


class LightGBM(_Network):
    """Boosted trees."""

    type = "table.lightgbm"
    title = Text("Boosted trees (LightGBM)", "提升树 (LightGBM)")
    help = Text(
        "Hundreds of small trees, each of which mends what those before it got wrong: the first choice for measurements and"
        " settings of machines. Grown by LightGBM in seconds; the served model needs no LightGBM.",
        "数百棵小树，每棵修正前面各棵的错误：测量值与设备参数的首选。由 LightGBM 在数秒内生长；部署的模型不需要 LightGBM。",
    )
    outputs = (TREES,)
    call = "engine.modeling.nets.trees:Trees"

    class Parameters(Form):
        """The size of a tree."""

        leaves: int = parameter(
            31,
            ("Leaves of a tree", "每棵树的叶子数"),
            ("more: finer, and sooner by heart", "越多越细，也越易过拟合"),
            ge=2,
            le=1024,
        )
        rows: int = parameter(
            20,
            ("Rows of a leaf", "叶子最少行数"),
            ("train rows that a leaf has at least", "每片叶子至少包含的训练行数"),
            ge=1,
            le=10_000,
        )
        depth: int = parameter(
            10, ("Depth", "深度"), ("levels of a tree at most; 0: any", "每棵树的最大层数；0 为不限"), ge=0, le=64
        )
        l2: float = parameter(
            0.0,
            ("Restraint", "正则强度"),
            ("draws leaves of few rows to zero", "使行数少的叶子趋近于零"),
            advanced=True,
            ge=0,
            le=1000,
        )


COMPONENTS = (
    DatasetTable,
    LogisticRegression,
    FM,
    DeepFM,
    DCNv2,
    TableMLP,
    FinalMLP,
    SharedBottom,
    MMoE,
    PLE,
    LightGBM,
)
