"""Components for rows of tables: where they come from, and networks that foretell one of two values from them."""

from __future__ import annotations

from typing import ClassVar

from engine.modeling.catalogue.base import Component, Form, Port, Text, parameter
from engine.modeling.catalogue.data import TARGETS
from engine.modeling.catalogue.networks import LOGITS, TREES

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
            ("it has two values, such as 0 and 1; empty: the last column", "取两个值，如 0 与 1；留空则为最后一列"),
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


class _Network(Component):
    section = "network"
    tasks = ("tabular",)
    inputs: ClassVar[tuple[Port, ...]] = (ROWS,)
    outputs: ClassVar[tuple[Port, ...]] = (LOGITS,)
    context: ClassVar[tuple[str, ...]] = ("fields",)


class _Width(Form):
    width: int = parameter(
        16, ("Width", "向量宽度"), ("of the vector that each category has", "每个类别对应向量的维数"), ge=1, le=256
    )


class _Deep(_Width):
    hidden: int = parameter(128, ("Hidden units", "隐藏单元数"), ge=8, le=2048, multiple_of=8)
    depth: int = parameter(2, ("Depth", "深度"), ("layers", "层数"), ge=1, le=8)
    dropout: float = parameter(
        0.1, ("Dropout", "Dropout"), ("share hidden while training", "训练时隐藏的比例"), ge=0, le=0.9
    )


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


class LightGBM(Component):
    """Boosted trees."""

    type = "table.lightgbm"
    section = "network"
    title = Text("Boosted trees (LightGBM)", "提升树 (LightGBM)")
    help = Text(
        "Hundreds of small trees, each of which mends what those before it got wrong: the first choice for measurements and"
        " settings of machines. Grown by LightGBM in seconds; the served model needs no LightGBM.",
        "数百棵小树，每棵修正前面各棵的错误：测量值与设备参数的首选。由 LightGBM 在数秒内生长；部署的模型不需要 LightGBM。",
    )
    tasks = ("tabular",)
    inputs = (ROWS,)
    outputs = (TREES,)
    call = "engine.modeling.nets.trees:Trees"
    context = ("fields",)

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


COMPONENTS = (DatasetTable, LogisticRegression, FM, DeepFM, DCNv2, TableMLP, FinalMLP, LightGBM)
