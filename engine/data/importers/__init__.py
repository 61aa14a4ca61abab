"""One module per format; each turns files into pictures, labels and shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import BadInput, UsageError

if TYPE_CHECKING:
    from engine.data.importers.base import Importer, Source

_WHERE = {
    "coco_panoptic": ("panoptic", "PanopticImporter"),
    "coco": ("coco", "CocoImporter"),
    "cvat": ("cvat", "CvatImporter"),
    "datumaro": ("datumaro", "DatumaroImporter"),
    "mot": ("mot", "MotImporter"),
    "open_images": ("open_images", "OpenImagesImporter"),
    "voc": ("voc", "VocImporter"),
    "yolo": ("yolo", "YoloImporter"),
    "labelme": ("labelme", "LabelMeImporter"),
    "label_studio": ("label_studio", "LabelStudioImporter"),
    "csv": ("table", "CsvImporter"),
    "masks": ("masks", "MasksImporter"),
    "video": ("video", "VideoImporter"),
    "folder_per_class": ("folder", "FolderPerClassImporter"),
    "folder": ("folder", "FolderImporter"),
}
FORMATS = tuple(_WHERE)
_CERTAIN = 0.95


def importer(name: str) -> Importer:
    """The importer of a format.

    Raises:
        UsageError: there is no such format.
    """
    from importlib import import_module

    if name not in _WHERE:
        raise UsageError(f"There is no format “{name}”; choose one of: auto, {', '.join(FORMATS)}.")
    module, kind = _WHERE[name]
    found: Importer = getattr(import_module(f"engine.data.importers.{module}"), kind)()
    return found


def recognised(source: Source) -> Importer:
    """The importer that is surest of a source.

    Raises:
        BadInput: none knows it.
    """
    score, best = 0.0, importer(FORMATS[0])
    for name in FORMATS:
        sure = importer(name).recognise(source)
        if sure > score:
            score, best = sure, importer(name)
        if score >= _CERTAIN:
            break
    if score <= 0:
        raise BadInput(
            f"{source.path} is in no format that Lineside knows; name it with --format ({', '.join(FORMATS)})."
        )
    return best
