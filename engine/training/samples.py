"""The images of a dataset version as a training sees them: on the model's canvas, cached in memory where they fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.data.versions import read_version
from engine.errors import BadInput
from engine.serving.errors import BadImage
from engine.serving.images import Pixels, decode
from engine.serving.manifest import InputSpec, ModelManifest, PostprocessSpec, PreprocessSpec, Resize, Task
from engine.serving.preprocess import fit, resize

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.training.settings import Thresholds

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

KINDS = {"detection": ("box", "rotated_box", "polygon", "mask", "keypoints"), "classification": ("class",)}
WHAT = {"detection": "box or other shape", "classification": "label for the whole image"}
IGNORED = 255  # pixels that are neither learnt nor measured
LOOKED_AT = 24  # images that decide whether a version is grey
SHARE_OF_MEMORY = 0.4  # that cached images may take of what is free


@dataclass
class Sample:
    """One item.

    Attributes:
        boxes: (G, 4) xyxy in px of the canvas; empty for classification.
        labels: (G,) class indices; for classification one.
    """

    key: int
    name: str
    path: str
    page: int
    boxes: Floats
    labels: Integers


@dataclass(frozen=True)
class View:
    """What training sees of an item; each step of augmentation makes another view of it.

    Attributes:
        pixels: (H, W, C) uint8.
        boxes: (G, 4) xyxy in px of `pixels`.
        labels: (G,) class indices.
        classes: (H, W) uint8, what each pixel is: 0 background, label + 1, or IGNORED; None where the task does not ask.
    """

    pixels: Pixels
    boxes: Floats
    labels: Integers
    classes: Pixels | None = None


class Samples:
    """The items of one split; `canvas` gives the pixels."""

    def __init__(self, items: list[Sample], manifest: Callable[[], ModelManifest], skipped: dict[str, str]) -> None:
        self.items = items
        self.skipped = skipped
        self._manifest = manifest
        self._cache: dict[int, Pixels] = {}

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
        return View(self.canvas(index), sample.boxes, sample.labels)

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

    def _read(self, index: int) -> Pixels:
        sample = self.items[index]
        manifest = self._manifest()
        pixels, _ = resize(
            decode(Path(sample.path), sample.page, "gray" if manifest.input.channels == 1 else "rgb"), manifest
        )
        return np.ascontiguousarray(pixels)


@dataclass
class Images:
    """A dataset version for one task: what the node “data.images” becomes.

    Attributes:
        version: the folder WORKSPACE/versions/<number>.
        skipped: name and reason of each image that cannot be read.
    """

    version: str
    task: Task
    width: int = 640
    height: int = 640
    channels: str = "auto"
    resize: Resize = "letterbox"
    mean: float = 0.5
    std: float = 0.25
    skipped: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        folder = Path(self.version).absolute()
        data = read_version(folder.parent.parent, int(folder.name))
        self.digest = str(data.manifest["digest"])
        annotations = _of_kinds(data.annotations, KINDS[self.task])
        used = set(annotations["label"].unique().to_pylist())
        self.labels = tuple(entry["name"] for entry in _in_order(data.manifest["labels"]) if entry["name"] in used)
        if not self.labels:
            raise BadInput(f"No item of this version has a {WHAT[self.task]}; label some, and make a new version.")
        if self.task == "classification" and len(self.labels) < 2:
            raise BadInput(f"All items have the same label, “{self.labels[0]}”; sorting needs two or more.")
        self._channels = int(self.channels) if self.channels != "auto" else 0
        by_split = self._samples(data.items, annotations)
        self.train = Samples(by_split.get("train", []), self.manifest, self.skipped)
        self.val = Samples(by_split.get("val", []), self.manifest, self.skipped)
        if not len(self.train):
            raise BadInput("No item of the split “train” can be learnt from; make a version with another split.")

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
            preprocess=PreprocessSpec(self.resize, (self.mean,), (self.std,)),
            postprocess=post,
            version_digest=self.digest,
        )

    def load(self, progress: Callable[[float, str], None]) -> bool:
        """Look at the images: grey or colour, into memory when they fit; returns whether they are in memory.

        Raises:
            BadInput: more than half of the training images cannot be read.
        """
        self.look()
        before, count = len(self.train), len(self.train) + len(self.val)
        fits = count * self.width * self.height * self._channels < SHARE_OF_MEMORY * _free_memory()
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

    def _samples(self, items: pa.Table, annotations: pa.Table) -> dict[str, list[Sample]]:
        index = {name: number for number, name in enumerate(self.labels)}
        found: dict[int, list[tuple[Any, ...]]] = {}
        columns = [annotations[name].to_pylist() for name in ("item_key", "label", "x", "y", "w", "h")]
        for key, label, *box in zip(*columns, strict=True):
            if label in index:
                found.setdefault(key, []).append((index[label], *box))
        by_split: dict[str, list[Sample]] = {}
        manifest = self.manifest()
        for row in items.sort_by("key").to_pylist():
            shapes = found.get(row["key"], [])
            if self.task == "classification" and not shapes:
                continue
            boxes = np.empty((0, 4), np.float32)
            if self.task == "detection" and shapes:
                x, y, w, h = np.array([shape[1:] for shape in shapes], np.float32).T
                boxes = np.stack([x, y, x + w, y + h], 1)
                if self.resize != "none":
                    boxes = fit(row["width"], row["height"], manifest).to_input(boxes)
            labels = np.array([shape[0] for shape in (shapes if self.task == "detection" else shapes[:1])], np.int64)
            sample = Sample(row["key"], row["name"], row["path"], row["page"] or 0, boxes, labels)
            by_split.setdefault(row["split"], []).append(sample)
        return by_split


def _of_kinds(annotations: pa.Table, kinds: Sequence[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pc.is_in(annotations["kind"], value_set=pa.array(kinds))
    ignored = pc.fill_null(pc.match_substring(annotations["flags"], '"ignore"'), False)
    return annotations.filter(pc.and_(wanted, pc.invert(ignored)))


def _in_order(labels: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(labels, key=lambda entry: (entry.get("position") or 0, entry["id"]))


def _free_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().available)
