"""The names of what a model can do, as a person reads them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def task_name(task: str) -> str:
    """A task in the language of the window; one that this program does not know as it is."""
    translate = QCoreApplication.translate
    return {
        "detection": translate("Tasks", "Detection"), "rotated": translate("Tasks", "Rotated detection"),
        "keypoints": translate("Tasks", "Keypoints"), "instances": translate("Tasks", "Instances"),
        "classification": translate("Tasks", "Classification"), "multilabel": translate("Tasks", "Several labels"),
        "segmentation": translate("Tasks", "Segmentation"), "anomaly": translate("Tasks", "Anomaly detection"),
        "tabular": translate("Tasks", "Table"),
    }.get(task, task)  # fmt: skip
