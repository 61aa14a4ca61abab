"""Batches of augmented samples; batch number n of a seed is the same whoever asks for it, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.serving.errors import BadImage
from engine.serving.manifest import ModelManifest
from engine.training import rotated
from engine.training.masks import hulls
from engine.training.samples import Samples, View
from engine.training.sampling import AsTheyCome, Sampler
from engine.training.settings import Training
from engine.training.together import share

Augment = Callable[[View, np.random.Generator], View]
AHEAD = 3  # batches made ahead where an accelerator would wait for them


class Batch(NamedTuple):
    """What one step learns from.

    Attributes:
        images: (N, C, H, W) float32, normalised as in serving.
        targets: detection: boxes (N, G, 4) xyxy px padded with zeros and labels (N, G) padded with −1;
            rotated: (N, G, 6) middle, width, height in px, cosine and sine of the doubled angle, and labels likewise;
            keypoints: as detection, and points (N, G, K, 3) x, y px, v;
            instances: as detection, and masks (N, G, H, W) uint8;
            classification: labels (N,); multilabel: labels (N, G) padded with −1; segmentation: the class of each pixel (N, H, W),
            background 0, open 255;
            anomaly: 0 normal, 1 not (N,).
    """

    images: Tensor
    targets: tuple[Tensor, ...]

    @property
    def rows(self) -> Tensor:
        """What a batch of a table has in the place of images: (N, 1, 2, F), see `engine.serving.tables`."""
        return self.images


class Batches:
    """The batches of a training from step `start` on; each step takes `training.accumulate` of them."""

    def __init__(
        self,
        samples: Samples,
        augment: Augment,
        training: Training,
        seed: int,
        start: int = 0,
        sampler: Sampler | None = None,
    ) -> None:
        self.samples, self.augment, self.training, self.seed, self.start = samples, augment, training, seed, start
        self.sampler = sampler or AsTheyCome()
        self.manifest = samples._manifest()
        self._order: tuple[int, list[int]] = (-1, [])

    def __len__(self) -> int:
        return self.training.steps * self.training.accumulate

    def __iter__(self) -> Iterator[Batch]:
        numbers = range(self.start * self.training.accumulate, len(self))
        if not torch.cuda.is_available():
            # With few cores a second thread only takes them from the network.
            yield from map(self.batch, numbers)
            return
        with ThreadPoolExecutor(1) as pool:
            waiting: list[Future[Batch]] = []
            for number in numbers:
                waiting.append(pool.submit(self._pinned, number))
                if len(waiting) > AHEAD:
                    yield waiting.pop(0).result()
            for future in waiting:
                yield future.result()

    def batch(self, number: int) -> Batch:
        """Batch `number`, counted from 0 at the beginning of the training; of several processes each makes its share."""
        size = self.training.batch
        return collate([self._sample(number * size + place) for place in share(size)], self.manifest)

    def _pinned(self, number: int) -> Batch:
        batch = self.batch(number)
        return Batch(batch.images.pin_memory(), tuple(target.pin_memory() for target in batch.targets))

    def _sample(self, number: int) -> View:
        epoch, place = divmod(number, len(self.samples))
        if self._order[0] != epoch:
            self._order = (epoch, self.sampler.order(self.samples.items, np.random.default_rng([self.seed, epoch])))
        index = self._order[1][place]
        for attempt in range(len(self.samples)):
            try:
                return self.augment(self.samples.view(index), np.random.default_rng([self.seed, number, attempt]))
            except BadImage as problem:
                # Images that did not fit into memory are read here; the next one takes the place of a bad one.
                self.samples.skipped[self.samples.items[index].name] = str(problem)
                index = (index + 1) % len(self.samples)
        raise BadImage("None of the training images can be read.")


def collate(views: list[View], manifest: ModelManifest) -> Batch:
    """Stack views; images are normalised and lie channels-last in memory."""
    pixels = torch.from_numpy(np.stack([view.pixels for view in views]))
    return Batch(normalise(pixels.permute(0, 3, 1, 2), manifest), _TARGETS[manifest.task](views))


def _boxes(views: list[View]) -> tuple[Tensor, ...]:
    most = max(1, *(len(view.labels) for view in views)) if views else 1
    boxes = torch.zeros(len(views), most, 4)
    for row, view in enumerate(views):
        boxes[row, : len(view.labels)] = torch.from_numpy(np.ascontiguousarray(view.boxes))
    return boxes, *_padded(views)


def _padded(views: list[View]) -> tuple[Tensor, ...]:
    """The labels of each view, behind them −1."""
    most = max(1, *(len(view.labels) for view in views)) if views else 1
    labels = torch.full((len(views), most), -1)
    for row, view in enumerate(views):
        labels[row, : len(view.labels)] = torch.from_numpy(view.labels)
    return (labels,)


def _points(views: list[View]) -> tuple[Tensor, ...]:
    boxes, labels = _boxes(views)
    given = [view.points for view in views if view.points is not None]
    points = torch.zeros(*labels.shape, given[0].shape[1], 3)
    for row, one in enumerate(given):
        points[row, : len(one)] = torch.from_numpy(np.ascontiguousarray(one[..., :3]))
    return boxes, labels, points


def _instances(views: list[View]) -> tuple[Tensor, ...]:
    """Boxes lie closely around what is seen of each object; one of which nothing is seen is not to be learnt."""
    tight = []
    for view in views:
        assert view.masks is not None
        tight.append(replace(view, boxes=hulls(view.masks)).only(view.masks.any((1, 2))))
    boxes, labels = _boxes(tight)
    masks = torch.zeros(*labels.shape, *views[0].pixels.shape[:2], dtype=torch.uint8)
    for row, view in enumerate(tight):
        masks[row, : len(view.labels)] = torch.from_numpy(view.masks)
    return boxes, labels, masks


def _labels(views: list[View]) -> tuple[Tensor, ...]:
    return (torch.tensor([int(view.labels[0]) for view in views]),)


def _classes(views: list[View]) -> tuple[Tensor, ...]:
    classes = [view.classes for view in views if view.classes is not None]
    return (torch.from_numpy(np.stack(classes).astype(np.int64)),)


def _turned(views: list[View]) -> tuple[Tensor, ...]:
    """As boxes, with what the corners tell in their place."""
    boxes, labels = _boxes(views)
    turned = torch.zeros(*boxes.shape[:2], 6)
    for row, view in enumerate(views):
        if view.corners is not None:
            turned[row, : len(view.labels)] = torch.from_numpy(rotated.targets(view.corners))
    return turned, labels


_TARGETS = {
    "detection": _boxes,
    "rotated": _turned,
    "keypoints": _points,
    "instances": _instances,
    "classification": _labels,
    "multilabel": _padded,
    "segmentation": _classes,
    "anomaly": _labels,
}


def normalise(pixels: Tensor, manifest: ModelManifest) -> Tensor:
    """(N, C, H, W) uint8 to float32 as `engine.serving.preprocess.normalise` does."""
    spec = manifest.preprocess
    mean = torch.tensor(spec.mean, dtype=torch.float32).view(1, -1, 1, 1)
    std = torch.tensor(spec.std, dtype=torch.float32).view(1, -1, 1, 1)
    return pixels.float().mul_(spec.scale / std).sub_(mean / std)
