"""What the annotations of a version mean for a task: objects, a label, what each pixel is, good or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.data import raster, rle
from engine.data.records import Annotation
from engine.errors import BadInput
from engine.modeling.nets import IGNORED
from engine.serving.preprocess import Geometry
from engine.training import keypoints
from engine.training.rotated import rotated_of

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.data.versions import VersionData

Classes = npt.NDArray[np.uint8]

OBJECTS = ("box", "rotated_box", "polygon", "mask", "keypoints")
AREAS = tuple(sorted(raster.AREAS))
KINDS = {
    "detection": OBJECTS,
    "rotated": AREAS,
    "keypoints": ("keypoints",),
    "instances": AREAS,
    "classification": ("class",),
    "multilabel": ("class", *OBJECTS),
    "segmentation": AREAS,
    "anomaly": ("class", *AREAS),
}
WHAT = {
    "detection": "box or other shape",
    "rotated": "rotated box or other area",
    "keypoints": "skeleton of keypoints",
    "instances": "mask, polygon or other area",
    "classification": "label for the whole image",
    "multilabel": "label that names a defect, for the whole image or on a shape",
    "segmentation": "mask, polygon or other area",
}
NORMAL = ("good", "ok", "pass", "normal", "良品", "合格", "正常", "好")  # names that factories give to what is sound
VERDICTS = ("normal", "anomaly")  # the labels of an anomaly model


@dataclass(frozen=True)
class Area:
    """Pixels of one class: the inside of rings, or a mask."""

    value: int
    rings: tuple[Sequence[float], ...]
    rle: str = ""
    size: float = 0.0  # px², of its box

    def paint(self, classes: Classes, place: Geometry) -> None:
        """Set its pixels on the canvas (H, W) on which the image lies at `place`."""
        classes[self._pixels(place, classes.shape)] = self.value

    def _pixels(self, place: Geometry, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        height, width = shape
        if not self.rle:
            scale, shift = np.array([place.scale_x, place.scale_y]), np.array([place.pad_x, place.pad_y])
            rings = [(np.reshape(ring, (-1, 2)) * scale + shift).ravel() for ring in self.rings]
            return raster.fill([ring.tolist() for ring in rings], width, height)
        from PIL import Image

        mask = Image.fromarray(rle.decode(self.rle, place.height, place.width))
        inner = (round(place.width * place.scale_x), round(place.height * place.scale_y))
        found = np.zeros(shape, np.bool_)
        left, top = int(place.pad_x), int(place.pad_y)
        shown = np.asarray(mask.convert("L").resize(inner, Image.Resampling.BILINEAR)) > 127
        shown = shown[max(0, -top) : height - top, max(0, -left) : width - left]  # of a tile: what lies in it
        top, left = max(0, top), max(0, left)
        found[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
        return found


@dataclass
class Marks:
    """What is known of one item.

    Attributes:
        boxes: xyxy in px of the item, one for each label.
        labels: class indices.
        areas: the largest first, so that what lies on it stays.
        more: one for each label, what an object of the task carries beside its box; see `MORE`. Empty for other tasks.
    """

    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    more: list[Any] = field(default_factory=list)


# What an annotation says of an object beside its box, by task, from its row in a version; as an evaluation keeps it
# (with the width and height of the item in it)
MORE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "rotated": rotated_of,
    "keypoints": keypoints.points_of,
    "instances": lambda row: raster.run_lengths(shape_of(row), row["width"], row["height"]),
}


def labels_of(task: str, data: VersionData) -> tuple[str, ...]:
    """The labels that a model of the task tells apart, in their order.

    Raises:
        BadInput: there is nothing to learn.
    """
    if task == "anomaly":
        return VERDICTS
    used = set(rows_of(data.annotations, KINDS[task])["label"].unique().to_pylist())
    if task == "multilabel":
        used = {label for label in used if not is_normal(label)}
    labels = tuple(entry["name"] for entry in _in_order(data.manifest["labels"]) if entry["name"] in used)
    if not labels:
        raise BadInput(f"No item of this version has a {WHAT[task]}; label some, and make a new version.")
    if task == "classification" and len(labels) < 2:
        raise BadInput(f"All items have the same label, “{labels[0]}”; sorting needs two or more.")
    return labels


def read_marks(task: str, data: VersionData, labels: Sequence[str]) -> dict[int, Marks]:
    """By item key; an item of which nothing is said is absent, except for anomaly (see `_verdicts`)."""
    if task == "anomaly":
        return _verdicts(data)
    index = {name: number for number, name in enumerate(labels)}
    if task == "multilabel":
        return _tags(data, index)
    found: dict[int, Marks] = {}
    rows = rows_of(data.annotations, KINDS[task], ignored=task == "segmentation")
    sizes = sizes_of(data)
    for row in rows.to_pylist():
        if row["label"] not in index:
            continue
        marks = found.setdefault(row["item_key"], Marks())
        if task == "segmentation":
            marks.areas.append(_area(row, IGNORED if _ignored(row) else index[row["label"]] + 1))
            if _ignored(row):
                continue
        marks.labels.append(index[row["label"]])
        if row["kind"] != "class":
            marks.boxes.append(box_of(row, task))
        if task in MORE:
            marks.more.append(MORE[task](row | sizes[row["item_key"]]))
    for marks in found.values():
        marks.areas.sort(key=lambda area: -area.size)
    return found


def sizes_of(data: VersionData) -> dict[int, dict[str, Any]]:
    """Width and height of each item in px, by its key."""
    rows = data.items.select(["key", "width", "height"]).to_pylist()
    return {row.pop("key"): row for row in rows}


def box_of(row: dict[str, Any], task: str) -> tuple[float, float, float, float]:
    """The box xyxy of a shape's row as the task has it."""
    if task == "keypoints":
        return keypoints.box_of(row)
    return row["x"], row["y"], row["x"] + row["w"], row["y"] + row["h"]


def _tags(data: VersionData, index: dict[str, int]) -> dict[int, Marks]:
    """The labels that each image has, on the whole or on a shape, each once.

    An image without any is an example of nothing only where a person says so, by a name of `NORMAL`; one of which nothing is
    said is absent.
    """
    found: dict[int, Marks] = {}
    for row in rows_of(data.annotations, KINDS["multilabel"]).to_pylist():
        number = index.get(row["label"], -1)
        if number < 0 and not (row["kind"] == "class" and is_normal(row["label"] or "")):
            continue
        marks = found.setdefault(row["item_key"], Marks())
        if number >= 0 and number not in marks.labels:
            marks.labels.append(number)
    return found


def _verdicts(data: VersionData) -> dict[int, Marks]:
    """Each item normal (0) or not (1).

    Where images are labelled as good by a name of `NORMAL`, those are the normal ones and images without any mark are
    unknown; where none is, an image without any mark is normal. A shape, or any other label, makes an image abnormal.
    """
    rows = rows_of(data.annotations, KINDS["anomaly"]).to_pylist()
    good = {row["item_key"] for row in rows if row["kind"] == "class" and is_normal(row["label"])}
    found: dict[int, Marks] = {}
    for row in rows:
        if row["kind"] == "class" and is_normal(row["label"]):
            continue
        marks = found.setdefault(row["item_key"], Marks(labels=[1]))
        if row["kind"] != "class":
            marks.areas.append(_area(row, 1))
            marks.boxes.append((row["x"], row["y"], row["x"] + row["w"], row["y"] + row["h"]))
    normal = good or set(data.items["key"].to_pylist())
    return {**{key: Marks(labels=[0]) for key in normal}, **found}


def is_normal(label: str) -> bool:
    """Whether a label's name means "sound"."""
    return label.strip().lower() in NORMAL


def painted(areas: Sequence[Area], place: Geometry, width: int, height: int) -> Classes:
    """What each pixel of a canvas of width × height px is, 0 where nothing is."""
    classes = np.zeros((height, width), np.uint8)
    for area in areas:
        area.paint(classes, place)
    return classes


def _area(row: dict[str, Any], value: int) -> Area:
    size = float((row["w"] or 0) * (row["h"] or 0))
    if row["kind"] == "mask" and row["rle"]:
        return Area(value, (), row["rle"], size)
    return Area(value, tuple(raster.outline(shape_of(row))), "", size)


def shape_of(row: dict[str, Any]) -> Annotation:
    """The shape of a version's row, without what else is known of it."""
    points = tuple(tuple(ring) for ring in row["points"] or ())
    return Annotation(0, 0, 0, row["kind"], row["x"], row["y"], row["w"], row["h"], points, row["rle"])


def rows_of(annotations: pa.Table, kinds: Sequence[str], ignored: bool = False) -> pa.Table:
    """The annotations of some kinds; without regions to ignore unless they are asked for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pc.is_in(annotations["kind"], value_set=pa.array(kinds))
    if not ignored:
        wanted = pc.and_(wanted, pc.invert(pc.fill_null(pc.match_substring(annotations["flags"], '"ignore"'), False)))
    return annotations.filter(wanted)


def _ignored(row: dict[str, Any]) -> bool:
    return '"ignore"' in (row["flags"] or "")


def _in_order(labels: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(labels, key=lambda entry: (entry.get("position") or 0, entry["id"]))
