"""The images of a dataset version as a training sees them: on the model's canvas, cached in memory where they fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.data.versions import VersionData, read_version
from engine.errors import BadInput
from engine.serving import tiles
from engine.serving.errors import BadImage, BadManifest
from engine.serving.images import Colours, Pixels, decode
from engine.serving.manifest import InputSpec, ModelManifest, PostprocessSpec, PreprocessSpec, Resize, Task
from engine.serving.preprocess import Geometry, fit, resize
from engine.training import rotated
from engine.training.keypoints import on_canvas, posed, skeletons_of
from engine.training.marks import Area, Marks, labels_of, painted, read_marks
from engine.training.masks import Cut, cut_of, planes_of

if TYPE_CHECKING:
    from engine.training.settings import Thresholds

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

HELD_OUT = 5  # every so manieth good image sets the limit of an anomaly model where no other split does
VISIBLE = 0.5  # share of a box that a crop or tile must hold for it to be learnt
LOOKED_AT = 24  # images that decide whether a version is grey
SHARE_OF_MEMORY = 0.4  # that cached images may take of what is free


@dataclass
class Sample:
    """One item.

    Attributes:
        boxes: (G, 4) xyxy in px of the canvas; empty for classification.
        labels: (G,) class indices; for classification and anomaly one, for multilabel each that the image has.
        areas: what its pixels are, in px of the image; for segmentation.
        place: how the image lies on the canvas; None for images of the canvas' own size. Of a tile it is the tile's.
        more: as in `Marks`, in px of the image; of keypoints (G, K, 4), see `engine.training.keypoints.posed`.
        cuts: the pixels of each object on the canvas, once they were asked for; for instances.
    """

    key: int
    name: str
    path: str
    page: int
    boxes: Floats
    labels: Integers
    areas: Sequence[Area] = ()
    place: Geometry | None = None
    more: Any = ()
    cuts: Sequence[Cut] = ()


@dataclass(frozen=True)
class View:
    """What training sees of an item; each step of augmentation makes another view of it.

    Attributes:
        pixels: (H, W, C) uint8.
        boxes: (G, 4) xyxy in px of `pixels`.
        labels: (G,) class indices.
        classes: (H, W) uint8, what each pixel is: 0 background, label + 1, or IGNORED; None where the task does not ask.
        corners: (G, 4, 2) xy in px of the corners of rotated boxes, around which `boxes` lie; None likewise.
        points: (G, K, 4) xy in px of keypoints, 0 not labelled, 1 hidden, 2 visible, and the place among the K of the point
            that it becomes in a mirror; None likewise.
        masks: (G, H, W) uint8, 1 on the pixels of each object; None likewise.
    """

    pixels: Pixels
    boxes: Floats
    labels: Integers
    classes: Pixels | None = None
    corners: Floats | None = None
    points: Floats | None = None
    masks: Pixels | None = None

    def only(self, rows: Any) -> View:
        """With these objects alone: a mask (G,), or indices."""
        return replace(
            self, **{name: values[rows] for name in OF_OBJECTS if (values := getattr(self, name)) is not None}
        )


OF_OBJECTS = ("boxes", "labels", "corners", "points", "masks")  # fields of a view with a row for each object
Carried = dict[str, Any]  # fields of a view
# What the views of a task hold of an item's objects beside their boxes, from the item and the canvas (width, height) in px
CARRIED: dict[str, Callable[[Sample, int, int], Carried]] = {
    "rotated": rotated.carried,
    "keypoints": lambda sample, _width, _height: {"points": on_canvas(sample)},
    "instances": lambda *given: {"masks": _masks(*given)},
}


def _masks(sample: Sample, width: int, height: int) -> Pixels:
    if len(sample.cuts) != len(sample.more):
        place = sample.place or Geometry(width, height, 1, 1, 0, 0)
        sample.cuts = [cut_of(text, place, width, height) for text in sample.more]
    return planes_of(sample.cuts, width, height)


class Samples:
    """The items of one split; `canvas` gives the pixels."""

    def __init__(self, items: list[Sample], manifest: Callable[[], ModelManifest], skipped: dict[str, str]) -> None:
        self.items = items
        self.skipped = skipped
        self._manifest = manifest
        self._cache: dict[int, Pixels] = {}
        self._painted: dict[int, Pixels] = {}

    def __len__(self) -> int:
        return len(self.items)

    def canvas(self, index: int) -> Pixels:
        """The image (H, W, C) uint8 as it lies in the model's input, before normalisation.

        Raises:
            BadImage: the file cannot be read.
        """
        found = self._cache.get(index)
        return self._read(index) if found is None else found

    def view(self, index: int) -> View:
        """The item as serving would see it, with what is to be learnt of it.

        Raises:
            BadImage: the file cannot be read.
        """
        sample = self.items[index]
        manifest = self._manifest()
        carried = CARRIED.get(manifest.task)
        more = carried(sample, manifest.input.width, manifest.input.height) if carried else {}
        return View(self.canvas(index), sample.boxes, sample.labels, self._classes(index), **more)

    def counts(self, classes: int) -> Integers:
        """How many labels there are of each class, (classes,)."""
        labels = [sample.labels for sample in self.items]
        return np.bincount(np.concatenate(labels) if labels else [], minlength=classes).astype(np.int64)

    def load(self, progress: Callable[[int], None], threads: int = 2) -> None:
        """Decode all into memory; what cannot be read is named in `skipped` and left out."""

        def one(index: int) -> Pixels | None:
            try:
                return self._read(index)
            except BadImage as problem:
                self.skipped[self.items[index].name] = str(problem)
                return None

        kept: list[Sample] = []
        with ThreadPoolExecutor(threads) as pool:
            for index, pixels in enumerate(pool.map(one, range(len(self.items)))):
                if pixels is not None:
                    self._cache[len(kept)] = pixels
                    kept.append(self.items[index])
                progress(index + 1)
        self.items = kept

    def _classes(self, index: int) -> Pixels | None:
        sample, manifest = self.items[index], self._manifest()
        if manifest.task != "segmentation":
            return None
        found = self._painted.get(index)
        if found is None:
            spec = manifest.input
            place = sample.place or Geometry(spec.width, spec.height, 1, 1, 0, 0)
            found = painted(sample.areas, place, spec.width, spec.height)
            if index in self._cache:  # in memory as long as the image is
                self._painted[index] = found
        return found

    def _read(self, index: int) -> Pixels:
        sample = self.items[index]
        manifest = self._manifest()
        colours: Colours = "gray" if manifest.input.channels == 1 else "rgb"
        if tiles.are_used(manifest):
            pixels, _ = resize(_whole(sample.path, sample.page, colours), manifest, sample.place)
        else:
            pixels, _ = resize(decode(Path(sample.path), sample.page, colours), manifest)
        return np.ascontiguousarray(pixels)


@dataclass
class Images:
    """A dataset version for one task: what the node “data.images” becomes.

    Attributes:
        version: the folder WORKSPACE/versions/<number>.
        skipped: name and reason of each image that cannot be read.
        bad: images of the train split that an anomaly model does not learn from.
    """

    version: str
    task: Task
    width: int = 640
    height: int = 640
    channels: str = "auto"
    resize: Resize = "letterbox"
    mean: float = 0.5
    std: float = 0.25
    overlap: int = 64
    skipped: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        folder = Path(self.version).absolute()
        data = read_version(folder.parent.parent, int(folder.name))
        self.digest = str(data.manifest["digest"])
        if "table" in data.manifest:
            raise BadInput(
                f"The version “{data.manifest['name']}” holds a table, not images; see the recipes table-fm and table-deepfm."
            )
        self.labels = labels_of(self.task, data)
        self.skeletons = skeletons_of(data, self.labels) if self.task == "keypoints" else ()
        self._channels = int(self.channels) if self.channels != "auto" else 0
        try:
            by_split = self._samples(data)
        except BadManifest as error:
            raise BadInput(f"data: {str(error).removeprefix('model.json: ')}") from error
        self.train = Samples(by_split.get("train", []), self.manifest, self.skipped)
        self.val = Samples(by_split.get("val", []), self.manifest, self.skipped)
        self.bad: list[Sample] = []
        self.keep_normal()
        if not len(self.train):
            what = "is a good image" if self.task == "anomaly" else "can be learnt from"
            raise BadInput(f"No item of the split “train” {what}; make a version with another split.")

    def manifest(self, name: str = "model", thresholds: Thresholds | None = None) -> ModelManifest:
        """How images go into the model and answers come out, for serving and for this training alike."""
        post = PostprocessSpec()
        if thresholds is not None:
            post = PostprocessSpec(thresholds.score, thresholds.iou, thresholds.most)
        return ModelManifest(
            name=name,
            task=self.task,
            labels=self.labels,
            input=InputSpec(width=self.width, height=self.height, channels=self._channels or 3),
            preprocess=PreprocessSpec(
                self.resize, (self.mean,), (self.std,), overlap=self.overlap if self.resize == tiles.TILES else 0
            ),
            postprocess=post,
            version_digest=self.digest,
            skeletons=self.skeletons,
        )

    def load(self, progress: Callable[[float, str], None]) -> bool:
        """Look at the images: grey or colour, into memory when they fit; returns whether they are in memory.

        Raises:
            BadInput: more than half of the training images cannot be read.
        """
        self.look()
        before, count = len(self.train), len(self.train) + len(self.val)
        planes = self._channels + (self.task in ("segmentation", "instances"))
        fits = count * self.width * self.height * planes < SHARE_OF_MEMORY * _free_memory()
        if fits:
            self.train.load(lambda done: progress(done / count, f"Reading image {done} of {count}"))
            self.val.load(lambda done: progress((before + done) / count, f"Reading image {before + done} of {count}"))
        if len(self.train) * 2 <= before:
            first, reason = next(iter(self.skipped.items()))
            raise BadInput(
                f"{before - len(self.train)} of {before} training images cannot be read, the first is {first}: {reason}"
            )
        return fits

    def look(self) -> None:
        """Decide whether the model sees grey or colour, where the form leaves that to the images."""
        self._channels = self._channels or (1 if self._all_grey() else 3)

    def _all_grey(self) -> bool:
        for sample in self.train.items[:LOOKED_AT]:
            try:
                pixels = decode(Path(sample.path), sample.page)
            except BadImage:
                continue
            if pixels.shape[2] == 3 and not (pixels[..., :1] == pixels).all():
                return False
        return True

    def keep_normal(self) -> None:
        """Let an anomaly model learn from good images alone; some set its limit, of the val split or else held out."""
        if self.task != "anomaly":
            return
        self.bad = [sample for sample in self.train.items if sample.labels[0]]
        good = [sample for sample in self.train.items if not sample.labels[0]]
        if all(sample.labels[0] for sample in self.val.items) and len(good) > 1:
            self.val.items += good[::HELD_OUT]
            good = [sample for number, sample in enumerate(good) if number % HELD_OUT]
        self.train.items = good

    def _samples(self, data: VersionData) -> dict[str, list[Sample]]:
        found = read_marks(self.task, data, self.labels)
        by_split: dict[str, list[Sample]] = {}
        manifest = self.manifest()
        for row in data.items.sort_by("key").to_pylist():
            marks = found.get(row["key"], Marks())
            if self.task == "multilabel" and row["key"] not in found:
                continue
            if self.task in ("classification", "anomaly") and not marks.labels:
                continue
            more = posed(marks.labels, marks.more, self.skeletons) if self.skeletons else marks.more
            for place in self._places(row, manifest):
                boxes = np.array(marks.boxes, np.float32).reshape(-1, 4)
                labels = np.array(marks.labels[:1] if self.task == "classification" else marks.labels, np.int64)
                if self.task == "anomaly":
                    boxes = boxes[:0]
                elif place is not None:
                    boxes = place.to_input(boxes)
                if self.resize == tiles.TILES and len(boxes):
                    boxes, kept = inside(boxes, self.width, self.height)
                    boxes, labels = boxes[kept], labels[kept]
                file = (row["key"], row["name"], row["path"], row["page"] or 0)
                sample = Sample(*file, boxes, labels, marks.areas, place, more)
                by_split.setdefault(row["split"], []).append(sample)
        return by_split

    def _places(self, row: dict[str, Any], manifest: ModelManifest) -> Sequence[Geometry | None]:
        """How an image lies on the canvas: once, or of a large one in each of its tiles."""
        if self.resize == "none":
            return [None]
        if self.resize == tiles.TILES:
            return tiles.places(row["width"], row["height"], manifest)
        return [fit(row["width"], row["height"], manifest)]


def inside(boxes: Floats, width: int, height: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Boxes (G, 4) cut to the frame, and of which of them enough is left, (G,)."""
    cut = boxes.clip(0, np.array([width, height, width, height], np.float32))
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    kept = (cut[:, 2:] - cut[:, :2]).prod(1) > VISIBLE * area
    return cut, kept


@lru_cache(maxsize=2)
def _whole(path: str, page: int, colours: Colours) -> Pixels:
    """An image whose tiles are cut out one after the other."""
    return decode(Path(path), page, colours)


def _free_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().available)
