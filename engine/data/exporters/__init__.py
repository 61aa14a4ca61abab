"""One module per format; each writes items and annotations as files that other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.data.exporters.base import Exporter

_WHERE = {
    "coco": ("coco", "CocoExporter"),
    "coco_panoptic": ("panoptic", "PanopticExporter"),
    "cvat": ("cvat", "CvatExporter"),
    "datumaro": ("datumaro", "DatumaroExporter"),
    "mot": ("mot", "MotExporter"),
    "open_images": ("open_images", "OpenImagesExporter"),
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
VARIANTS = {"yolo": YOLO_TASKS, "cvat": ("video",)}
NAMES = tuple(name for each in FORMATS for name in (each, *(f"{each}-{task}" for task in VARIANTS.get(each, ()))))


def exporter(name: str) -> Exporter:
    """The exporter of a format; `yolo-obb` and the like name the task of YOLO, `cvat-video` a task of CVAT with tracks.

    Raises:
        UsageError: there is no such format.
    """
    from importlib import import_module

    base, _, task = name.partition("-")
    if base == "yolo" and task == "classify":
        base, task = "folder_per_class", ""
    if base not in _WHERE or (task and task not in VARIANTS.get(base, ())):
        more = ", ".join(f"{each}-{task}" for each, tasks in VARIANTS.items() for task in tasks)
        raise UsageError(f"There is no format “{name}”; choose one of: {', '.join(FORMATS)}, {more}.")
    module, kind = _WHERE[base]
    make = getattr(import_module(f"engine.data.exporters.{module}"), kind)
    found: Exporter = make(task) if task else make()
    return found
