"""One module per format; each writes items and annotations as files that other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.data.exporters.base import Exporter

_WHERE = {
    "coco": ("coco", "CocoExporter"),
    "voc": ("voc", "VocExporter"),
    "yolo": ("yolo", "YoloExporter"),
    "labelme": ("labelme", "LabelMeExporter"),
    "label_studio": ("label_studio", "LabelStudioExporter"),
    "csv": ("table", "CsvExporter"),
    "masks": ("masks", "MasksExporter"),
    "folder": ("folder", "FolderExporter"),
    "folder_per_class": ("folder", "FolderPerClassExporter"),
}
FORMATS = tuple(_WHERE)
YOLO_TASKS = ("detect", "segment", "obb", "pose", "classify")


def exporter(name: str) -> Exporter:
    """The exporter of a format; `yolo-obb` and the like name the task of YOLO.

    Raises:
        UsageError: there is no such format.
    """
    from importlib import import_module

    base, _, task = name.partition("-")
    if base == "yolo" and task == "classify":
        base, task = "folder_per_class", ""
    if base not in _WHERE or (task and (base != "yolo" or task not in YOLO_TASKS)):
        tasks = ", ".join(f"yolo-{each}" for each in YOLO_TASKS)
        raise UsageError(f"There is no format “{name}”; choose one of: {', '.join(FORMATS)}, {tasks}.")
    module, kind = _WHERE[base]
    make = getattr(import_module(f"engine.data.exporters.{module}"), kind)
    found: Exporter = make(task) if task else make()
    return found
