"""What flows along the edges, in words for a person."""

from __future__ import annotations

from engine.modeling.catalogue.base import Text

KINDS: dict[str, Text] = {
    "samples": Text("labelled images", "已标注的图像"),
    "images": Text("image tensors", "图像张量"),
    "rows": Text("rows of a table", "表格的行"),
    "targets": Text("what is to be learnt of them", "学习目标"),
    "tensor": Text("one feature map", "单张特征图"),
    "vector": Text("one vector for each image", "每幅图像一个向量"),
    "features": Text("feature maps of several strides", "多尺度特征图"),
    "pyramid": Text("feature maps of one width", "等宽特征金字塔"),
    "positions": Text("boxes and scores at each position", "各位置的框与分数"),
    "instances": Text("boxes, scores and masks at each position", "各位置的框、分数与掩码"),
    "logits": Text("one score for each label", "各标签的分数"),
    "answers": Text("two scores for each target", "每个目标两个分数"),
    "trees": Text("scores of trees that are grown", "所生长的树的分数"),
    "classes": Text("scores of each class at each pixel", "每个像素的类别分数"),
    "anomaly": Text("how far images are from what is normal", "图像偏离正常的程度"),
    "loss": Text("the loss", "损失"),
    "optimiser": Text("an optimiser", "优化器"),
    "callbacks": Text("something that acts beside the steps of a training", "训练步骤之外的动作"),
    "metric": Text("a figure on val", "一项验证指标"),
    "model": Text("a trained model", "训练好的模型"),
}

ALSO = {"images": ("tensor",)}  # images are a feature map of stride 1


def fits(given: str, taken: str) -> bool:
    """Whether an output of one kind can go to an input of another."""
    return given == taken or taken in ALSO.get(given, ())
