"""Graph templates for the tasks that one meets: where a new model begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import UsageError
from engine.modeling.catalogue import Text, component
from engine.modeling.graph import Graph, Node, chain

COLUMN_PX = 272.0
ROW_PX = 168.0


@dataclass(frozen=True)
class Recipe:
    """A template.

    Attributes:
        needs: which data it can learn from, in words.
        kinds: of annotation that it learns from.
        components: type by node id.
        edges: lines like "data.samples -> augment.samples".
        parameters: what differs from the components' defaults, by "node.parameter".
        places: column and row of each node in the drawing.
    """

    name: str
    task: str
    title: Text
    description: Text
    needs: Text
    kinds: tuple[str, ...]
    components: dict[str, str]
    edges: tuple[str, ...]
    places: Mapping[str, tuple[float, float]]
    parameters: dict[str, Any] = field(default_factory=dict)

    def graph(self, name: str) -> Graph:
        """A new graph from the template."""
        nodes = []
        for node_id, type_ in self.components.items():
            found = component(type_)
            assert found is not None
            column, row = self.places[node_id]
            place = (column * COLUMN_PX, row * ROW_PX)
            nodes.append(Node(node_id, type_, found.version, found.defaults(), place))
        graph = Graph(name, self.task, nodes, chain(self.edges), recipe=self.name)
        return graph.with_parameters(self.parameters)


_DETECTION_EDGES = (
    "data.samples -> augment.samples",
    "augment.images -> backbone.images",
    "backbone.features -> neck.features",
    "neck.pyramid -> head.pyramid",
    "head.positions -> loss.positions",
    "augment.targets -> loss.targets",
    "loss.loss -> train.loss",
    "optimiser.optimiser -> train.optimiser",
    "train.model -> evaluate.model",
)
_ROTATED_EDGES = ("data.samples -> turn.samples", "turn.samples -> augment.samples", *_DETECTION_EDGES[1:])
_INSTANCE_EDGES = (
    "data.samples -> augment.samples",
    "augment.images -> backbone.images",
    "backbone.features -> neck.features",
    "neck.pyramid -> head.pyramid",
    "augment.images -> head.images",
    "head.instances -> loss.instances",
    "augment.targets -> loss.targets",
    "loss.loss -> train.loss",
    "optimiser.optimiser -> train.optimiser",
    "train.model -> evaluate.model",
)
_CLASSIFICATION_EDGES = (
    "data.samples -> augment.samples",
    "augment.images -> backbone.images",
    "backbone.features -> head.features",
    "head.logits -> loss.logits",
    "augment.targets -> loss.targets",
    "loss.loss -> train.loss",
    "optimiser.optimiser -> train.optimiser",
    "train.model -> evaluate.model",
)
_SEGMENTATION_EDGES = (
    "data.samples -> augment.samples",
    "augment.images -> backbone.images",
    "backbone.features -> head.features",
    "augment.images -> head.images",
    "head.classes -> loss.classes",
    "augment.targets -> loss.targets",
    "loss.loss -> train.loss",
    "optimiser.optimiser -> train.optimiser",
    "train.model -> evaluate.model",
)
_MEMORY_EDGES = (
    "data.samples -> augment.samples",
    "augment.images -> backbone.images",
    "backbone.features -> head.features",
    "head.anomaly -> train.anomaly",
    "train.model -> evaluate.model",
)
_STUDENT_EDGES = (
    "data.samples -> augment.samples",
    "augment.images -> backbone.images",
    "backbone.features -> head.features",
    "augment.images -> head.images",
    "head.anomaly -> loss.anomaly",
    "augment.targets -> loss.targets",
    "loss.loss -> train.loss",
    "optimiser.optimiser -> train.optimiser",
    "train.model -> evaluate.model",
)
_MEMORY_PLACES = {
    "data": (0, 0),
    "augment": (1, 0),
    "backbone": (2, 0),
    "head": (0, 1),
    "train": (1, 1),
    "evaluate": (2, 1),
}
_DETECTION_PLACES = {
    "data": (0, 0), "augment": (1, 0), "backbone": (2, 0), "neck": (0, 1), "head": (1, 1), "loss": (2, 1),
    "optimiser": (0, 2), "train": (1, 2), "evaluate": (2, 2),
}  # fmt: skip
_ROTATED_PLACES = {**_DETECTION_PLACES, "turn": (1, 0), "augment": (2, 0), "backbone": (3, 0)}
_CLASSIFICATION_PLACES = {
    "data": (0, 0), "augment": (1, 0), "backbone": (2, 0), "head": (0, 1), "loss": (1, 1), "optimiser": (0, 2),
    "train": (1, 2), "evaluate": (2, 2),
}  # fmt: skip
_LAYERS = {
    "data": "data.images", "augment": "augment.images", "stem": "layer.conv_block", "block": "layer.conv_block",
    "conv": "layer.conv2d", "norm": "layer.batch_norm", "shortcut": "layer.add", "relu": "layer.relu",
    "coarse": "layer.residual", "pool": "layer.global_pool", "head": "head.vector", "loss": "loss.classification",
    "optimiser": "optimiser.adamw", "train": "train.fit", "evaluate": "evaluate.thresholds",
}  # fmt: skip
_LAYERS_EDGES = (
    "data.samples -> augment.samples", "augment.images -> stem.in", "stem.out -> block.in", "block.out -> conv.in",
    "conv.out -> norm.in", "block.out -> shortcut.in", "norm.out -> shortcut.in", "shortcut.out -> relu.in",
    "relu.out -> coarse.in", "coarse.out -> pool.in", "pool.out -> head.in", "head.logits -> loss.logits",
    "augment.targets -> loss.targets", "loss.loss -> train.loss", "optimiser.optimiser -> train.optimiser",
    "train.model -> evaluate.model",
)  # fmt: skip
_LAYERS_PLACES = {
    "data": (0, 0), "augment": (1, 0), "stem": (2, 0), "block": (3, 0), "conv": (4, 0), "norm": (5, 0),
    "shortcut": (0, 1), "relu": (1, 1), "coarse": (2, 1), "pool": (3, 1), "head": (4, 1),
    "loss": (5, 1), "optimiser": (0, 2), "train": (1, 2), "evaluate": (2, 2),
}  # fmt: skip
_TABLE_EDGES = (
    "data.rows -> head.rows",
    "head.logits -> loss.logits",
    "data.targets -> loss.targets",
    "loss.loss -> train.loss",
    "optimiser.optimiser -> train.optimiser",
    "train.model -> evaluate.model",
)
_TABLE_PLACES = {
    "data": (0, 0),
    "head": (1, 0),
    "loss": (2, 0),
    "optimiser": (0, 1),
    "train": (1, 1),
    "evaluate": (2, 1),
}
_TARGETS_EDGES = (
    "data.rows -> head.rows",
    "head.answers -> loss.answers",
    *_TABLE_EDGES[2:],
)
_TREES_EDGES = (
    "data.rows -> head.rows",
    "head.trees -> train.trees",
    "data.targets -> train.targets",
    "train.model -> evaluate.model",
)
_TREES_PLACES = {"data": (0, 0), "head": (1, 0), "train": (1, 1), "evaluate": (2, 1)}
_TABLE_SETTINGS = {
    "loss.smoothing": 0.0, "optimiser.rate": 0.01, "optimiser.weight_decay": 0.1, "train.steps": 1000, "train.batch": 512,
    "train.average": 0.99, "evaluate.score": 0.5,
}  # fmt: skip
_TABLE = Text(
    "A table version (lineside table create) with one column of two values; a thousand rows or more.",
    "表格版本（lineside table create），其中一列取两个值；一千行以上。",
)
_TARGETS = Text(
    "A table version with two or more columns to foretell, each of two values; name them in data.target.",
    "含有两个或更多目标列（各取两个值）的表格版本；在 data.target 中给出列名。",
)
_TARGETS_SETTINGS = {name: value for name, value in _TABLE_SETTINGS.items() if name != "loss.smoothing"}
_BOXES = Text(
    "Images with boxes (or shapes that have one); 30 or more objects of each label.",
    "带有框（或其他形状）标注的图像；每个标签 30 个以上目标。",
)
_TURNED = Text(
    "Images with rotated boxes (boxes, polygons and masks count too); 30 or more objects of each label.",
    "带有旋转框标注的图像（框、多边形与掩码也可）；每个标签 30 个以上目标。",
)
_CLASSES = Text("Images with one label each; 20 or more of each label.", "每幅图像一个标签；每个标签 20 幅以上。")
_TAGS = Text(
    "Images with all labels that apply, on the whole or on shapes; 20 or more of each label. Good images count once they are"
    " labelled good.",
    "标注了全部适用标签（整图或形状）的图像；每个标签 20 幅以上。良品图像须标为良品才作为样本。",
)
_SHAPES = ("box", "rotated_box", "polygon", "mask", "keypoints")
_POINTS = Text(
    "Images with skeletons of keypoints; 50 or more objects of each label, turned as they come on the line.",
    "带有关键点骨架标注的图像；每个标签 50 个以上目标，包含产线上出现的各种姿态。",
)


def _detection(backbone: str) -> dict[str, str]:
    return {
        "data": "data.images", "augment": "augment.boxes", "backbone": backbone, "neck": "neck.fpn",
        "head": "head.anchor_free", "loss": "loss.detection", "optimiser": "optimiser.adamw", "train": "train.fit",
        "evaluate": "evaluate.thresholds",
    }  # fmt: skip


def _rotated(backbone: str) -> dict[str, str]:
    return {**_detection(backbone), "turn": "augment.rotation", "head": "head.rotated", "loss": "loss.rotated"}


def _classification(backbone: str) -> dict[str, str]:
    return {
        "data": "data.images", "augment": "augment.images", "backbone": backbone, "head": "head.classification",
        "loss": "loss.classification", "optimiser": "optimiser.adamw", "train": "train.fit",
        "evaluate": "evaluate.thresholds",
    }  # fmt: skip


def _multilabel(backbone: str) -> dict[str, str]:
    return {**_classification(backbone), "head": "head.multilabel", "loss": "loss.multilabel"}


def _segmentation(backbone: str) -> dict[str, str]:
    return {
        "data": "data.images", "augment": "augment.boxes", "backbone": backbone, "head": "head.unet",
        "loss": "loss.segmentation", "optimiser": "optimiser.adamw", "train": "train.fit",
        "evaluate": "evaluate.thresholds",
    }  # fmt: skip


def _memory(head: str) -> dict[str, str]:
    return {
        "data": "data.images", "augment": "augment.none", "backbone": "backbone.efficientnet_lite0", "head": head,
        "train": "train.gather", "evaluate": "evaluate.thresholds",
    }  # fmt: skip


def _table(head: str, loss: str = "loss.classification") -> dict[str, str]:
    return {
        "data": "data.table", "head": head, "loss": loss, "optimiser": "optimiser.adamw",
        "train": "train.fit", "evaluate": "evaluate.thresholds",
    }  # fmt: skip


_AREAS = Text(
    "Images with masks, polygons or other areas; 30 or more of each label.",
    "带有掩码、多边形或其他区域标注的图像；每个标签 30 个以上。",
)
_GOOD = Text(
    "20 or more images of good parts (without marks, or labelled good); some bad ones to check with.",
    "20 幅以上良品图像（无标注或标为良品）；另有少量不良图像用于检验。",
)
_AREA_KINDS = ("mask", "polygon", "box", "rotated_box", "ellipse")
_IMAGENET = {"data.channels": "3", "data.mean": 0.498, "data.std": 0.502, "backbone.weights": "imagenet"}

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "detection",
            "detection",
            Text("Find defects", "缺陷检测"),
            Text(
                "Boxes around defects or parts; a small network that learns from scratch, quick on a CPU.",
                "在缺陷或零件周围给出框；从零训练的小网络，CPU 上也很快。",
            ),
            _BOXES,
            _SHAPES,
            _detection("backbone.small"),
            _DETECTION_EDGES,
            _DETECTION_PLACES,
            # Against 0.003 / 0.02 these gained ten points on boards of a design that training had not seen.
            {"optimiser.rate": 0.008, "optimiser.weight_decay": 0.05},
        ),
        Recipe(
            "classification",
            "classification",
            Text("Sort images", "图像分类"),
            Text(
                "One label for each image; starts from weights learnt on a million photographs.",
                "每幅图像一个标签；以百万张照片的预训练权重开始。",
            ),
            _CLASSES,
            ("class",),
            _classification("backbone.efficientnet_lite0"),
            _CLASSIFICATION_EDGES,
            _CLASSIFICATION_PLACES,
            {
                **_IMAGENET, "data.width": 224, "data.height": 224, "optimiser.rate": 0.001, "train.steps": 400,
                "optimiser.backbone_factor": 0.3, "train.average": 0.99, "augment.quarter_turns": False,
                "augment.flip_vertical": False, "evaluate.score": 0.5,
            },
        ),
        Recipe(
            "classification-small",
            "classification",
            Text("Sort images, from scratch", "图像分类（从零训练）"),
            Text("One label for each image; a small network without earlier knowledge.", "每幅图像一个标签；不使用预训练权重的小网络。"),
            _CLASSES,
            ("class",),
            _classification("backbone.small"),
            _CLASSIFICATION_EDGES,
            _CLASSIFICATION_PLACES,
            {"data.width": 128, "data.height": 128, "train.steps": 1000, "train.average": 0.99, "evaluate.score": 0.5},
        ),
        Recipe(
            "classification-layers",
            "classification",
            Text("Sort images, drawn layer by layer", "图像分类（逐层绘制）"),
            Text(
                "A small network whose every layer is on the canvas, with a shortcut: to learn from, and to change.",
                "每一层都在画布上的小型网络，带捷径连接：适合学习与修改。",
            ),
            _CLASSES,
            ("class",),
            _LAYERS,
            _LAYERS_EDGES,
            _LAYERS_PLACES,
            {
                "data.width": 128, "data.height": 128, "train.steps": 1000, "train.average": 0.99, "evaluate.score": 0.5,
                "stem.outputs": 16, "stem.stride": 2, "block.outputs": 32, "block.stride": 2, "conv.bias": False,
                "coarse.outputs": 64, "coarse.stride": 2, "head.dropout": 0.2,
            },
        ),
        Recipe(
            "multilabel",
            "multilabel",
            Text("Name all defects of an image", "多标签分类"),
            Text(
                "Several labels for each image, or none; starts from weights learnt on a million photographs.",
                "每幅图像可有多个标签，也可没有；以百万张照片的预训练权重开始。",
            ),
            _TAGS,
            ("class", *_SHAPES),
            _multilabel("backbone.efficientnet_lite0"),
            _CLASSIFICATION_EDGES,
            _CLASSIFICATION_PLACES,
            {
                **_IMAGENET, "data.width": 320, "data.height": 320, "optimiser.rate": 0.001, "train.steps": 600,
                "optimiser.backbone_factor": 0.3, "train.average": 0.99, "evaluate.score": 0.5, "evaluate.labels": "f1",
            },
        ),
        Recipe(
            "multilabel-small",
            "multilabel",
            Text("Name all defects, from scratch", "多标签分类（从零训练）"),
            Text(
                "Several labels for each image, or none; a small network without earlier knowledge.",
                "每幅图像可有多个标签，也可没有；不使用预训练权重的小网络。",
            ),
            _TAGS,
            ("class", *_SHAPES),
            _multilabel("backbone.small"),
            _CLASSIFICATION_EDGES,
            _CLASSIFICATION_PLACES,
            {
                "data.width": 160, "data.height": 160, "optimiser.rate": 0.004, "train.steps": 1500, "train.average": 0.99,
                "evaluate.score": 0.5, "evaluate.labels": "f1",
            },
        ),
        Recipe(
            "detection-lite0",
            "detection",
            Text("Find objects in photographs", "照片目标检测"),
            Text(
                "Boxes on colour photographs; starts from weights learnt on a million photographs, slower.",
                "彩色照片上的目标框；以预训练权重开始，速度较慢。",
            ),
            _BOXES,
            _SHAPES,
            _detection("backbone.efficientnet_lite0"),
            _DETECTION_EDGES,
            _DETECTION_PLACES,
            {**_IMAGENET, "optimiser.rate": 0.002, "optimiser.backbone_factor": 0.5},
        ),
        Recipe(
            "rotated",
            "rotated",
            Text("Find things that lie at any angle", "旋转目标检测"),
            Text(
                "Boxes that are turned as the thing lies: scratches, cables, screws, components; tells the angle too.",
                "随目标方向旋转的框：划痕、线缆、螺钉、元件；同时给出角度。",
            ),
            _TURNED,
            ("rotated_box", "box", "polygon", "mask", "ellipse"),
            _rotated("backbone.small"),
            _ROTATED_EDGES,
            _ROTATED_PLACES,
            {"optimiser.rate": 0.008, "optimiser.weight_decay": 0.05, "turn.degrees": 45.0},
        ),
        Recipe(
            "keypoints",
            "keypoints",
            Text("Find named points of parts", "关键点检测"),
            Text(
                "Corners of a part, pins of a connector, ends of a cable: where each point is, and whether it is seen.",
                "零件的角点、连接器的针脚、线缆的两端：每个关键点的位置以及是否可见。",
            ),
            _POINTS,
            ("keypoints",),
            _detection("backbone.small") | {"head": "head.keypoints", "loss": "loss.keypoints"},
            _DETECTION_EDGES,
            _DETECTION_PLACES,
            {
                "data.width": 416, "data.height": 416, "augment.crop": 0, "train.batch": 8, "train.steps": 2500,
                "optimiser.rate": 0.004, "optimiser.weight_decay": 0.05,
            },
        ),
        Recipe(
            "segmentation",
            "segmentation",
            Text("Outline defects", "缺陷分割"),
            Text(
                "Says of each pixel what it is: the exact outline and area of defects; learns from scratch.",
                "给出每个像素的类别：缺陷的精确轮廓与面积；从零训练。",
            ),
            _AREAS,
            _AREA_KINDS,
            _segmentation("backbone.small"),
            _SEGMENTATION_EDGES,
            _CLASSIFICATION_PLACES,
            {"optimiser.rate": 0.004, "train.steps": 2000, "train.batch": 8, "train.average": 0.99},
        ),
        Recipe(
            "segmentation-lite0",
            "segmentation",
            Text("Outline things in photographs", "照片分割"),
            Text(
                "The same on colour photographs, from weights learnt on a million of them; fewer images are enough.",
                "用于彩色照片，以百万张照片的预训练权重开始；所需图像更少。",
            ),
            _AREAS,
            _AREA_KINDS,
            _segmentation("backbone.efficientnet_lite0"),
            _SEGMENTATION_EDGES,
            _CLASSIFICATION_PLACES,
            {
                **_IMAGENET, "optimiser.rate": 0.002, "optimiser.backbone_factor": 0.5, "train.steps": 1500,
                "train.batch": 8, "train.average": 0.99,
            },
        ),
        Recipe(
            "instances",
            "instances",
            Text("Find defects with their pixels", "实例分割"),
            Text(
                "A box and the pixels of each defect: counts touching ones apart and tells the area of each; learns from scratch.",
                "给出每个缺陷的框与像素：相互接触的也能分开计数，并得到各自面积；从零训练。",
            ),
            _AREAS,
            _AREA_KINDS,
            {**_detection("backbone.small"), "head": "head.instances", "loss": "loss.instances"},
            _INSTANCE_EDGES,
            _DETECTION_PLACES,
            {
                "optimiser.rate": 0.008, "optimiser.weight_decay": 0.05, "train.steps": 2000, "train.batch": 8,
                "train.average": 0.99,
            },
        ),
        Recipe(
            "anomaly",
            "anomaly",
            Text("Find what is not normal", "异常检测"),
            Text(
                "Remembers good parts in seconds and marks what is unlike them; needs no defect to learn from.",
                "几秒内记住良品并标出与之不同之处；无需缺陷样本。",
            ),
            _GOOD,
            ("class", *_AREA_KINDS),
            _memory("head.patchcore"),
            _MEMORY_EDGES,
            _MEMORY_PLACES,
            {**_IMAGENET, "data.width": 320, "data.height": 320, "evaluate.score": 0.5},
        ),
        Recipe(
            "anomaly-padim",
            "anomaly",
            Text("Find what is not normal, fixed place", "异常检测（固定位置）"),
            Text(
                "For parts that always lie in the same place: knows what each place of a good image looks like.",
                "适合位置固定的零件：掌握良品图像每个位置的外观。",
            ),
            _GOOD,
            ("class", *_AREA_KINDS),
            _memory("head.padim"),
            _MEMORY_EDGES,
            _MEMORY_PLACES,
            {**_IMAGENET, "data.width": 320, "data.height": 320, "evaluate.score": 0.5},
        ),
        Recipe(
            "anomaly-student",
            "anomaly",
            Text("Find what is not normal, by training", "异常检测（学生–教师）"),
            Text(
                "A small network learns to imitate a large one on good parts; minutes of training for hundreds of good images.",
                "小网络在良品上学习模仿大网络；适合数百幅良品图像，训练需几分钟。",
            ),
            _GOOD,
            ("class", *_AREA_KINDS),
            {
                **_classification("backbone.efficientnet_lite0"), "augment": "augment.none", "head": "head.student",
                "loss": "loss.student",
            },
            _STUDENT_EDGES,
            _CLASSIFICATION_PLACES,
            {
                **_IMAGENET, "data.width": 320, "data.height": 320, "optimiser.rate": 0.002, "train.steps": 600,
                "train.batch": 4, "train.average": 0.99, "train.checks": 4, "evaluate.score": 0.5,
            },
        ),
        Recipe(
            "table-fm",
            "tabular",
            Text("Foretell from a table", "表格预测"),
            Text(
                "Yes or no for each row, from columns and what pairs of them do together; few rows are enough.",
                "对每一行给出是或否，依据各列及两列之间的相互作用；所需行数较少。",
            ),
            _TABLE,
            (),
            _table("table.fm"),
            _TABLE_EDGES,
            _TABLE_PLACES,
            _TABLE_SETTINGS,
        ),
        Recipe(
            "table-lightgbm",
            "tabular",
            Text("Foretell from measurements", "由测量值预测"),
            Text(
                "Boosted trees, grown in seconds: settings and measurements of machines, with few names among them.",
                "提升树，几秒内完成：适合设备参数与测量值，类别列较少的表格。",
            ),
            _TABLE,
            (),
            {
                "data": "data.table", "head": "table.lightgbm", "train": "train.boost",
                "evaluate": "evaluate.thresholds",
            },
            _TREES_EDGES,
            _TREES_PLACES,
            {"evaluate.score": 0.5},
        ),
        Recipe(
            "table-deepfm",
            "tabular",
            Text("Foretell from a large table", "大表格预测"),
            Text(
                "The same with a network beside it, which also finds what three or more columns do together.",
                "在此基础上加入神经网络，还能发现三列及以上的共同作用。",
            ),
            _TABLE,
            (),
            _table("table.deepfm"),
            _TABLE_EDGES,
            _TABLE_PLACES,
            _TABLE_SETTINGS,
        ),
        Recipe(
            "table-mmoe",
            "tabular",
            Text("Foretell several columns", "多目标预测"),
            Text(
                "Two or more answers for each row, such as scrap and rework: columns that go together help each other.",
                "对每一行给出两个或更多答案（如报废与返工）：相关的目标互相促进。",
            ),
            _TARGETS,
            (),
            _table("table.mmoe", "loss.targets"),
            _TARGETS_EDGES,
            _TABLE_PLACES,
            _TARGETS_SETTINGS,
        ),
        Recipe(
            "table-ple",
            "tabular",
            Text("Foretell columns that contradict", "相互矛盾的多目标预测"),
            Text(
                "The same with experts of each column's own, for answers that pull in different directions.",
                "每个目标另有专属专家，适合方向不一致的目标。",
            ),
            _TARGETS,
            (),
            _table("table.ple", "loss.targets"),
            _TARGETS_EDGES,
            _TABLE_PLACES,
            _TARGETS_SETTINGS,
        ),
    )
}  # fmt: skip


def recipe(name: str) -> Recipe:
    """The recipe with that name.

    Raises:
        UsageError: there is none.
    """
    if name not in RECIPES:
        raise UsageError(f"There is no recipe “{name}”; there are {', '.join(RECIPES)}.")
    return RECIPES[name]
