"""Sweeps: many trainings of one graph with other values, to find the best ones."""

PRUNERS = ("median", "halving", "none")  # what stops a hopeless trial early
TASKS = (  # for which recipes compete within a budget
    "detection", "rotated", "keypoints", "instances", "segmentation", "classification", "multilabel", "tabular",
)  # fmt: skip
