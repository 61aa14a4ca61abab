"""From what a node gives (a tensor of any rank, a list, a dataclass of them) to pictures and figures. For workers only."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from engine.data import rle
from engine.modeling.nets.segmentation import at_pixels
from engine.serving import rotated
from engine.serving.images import Pixels
from engine.serving.manifest import ModelManifest
from engine.training import flow_pictures as pictures
from engine.training.flow_pictures import Bytes, Tone
from engine.training.objects import found_in
from engine.training.samples import View

LARGEST = 160  # px of a map before it goes on a sheet
BARS = 24  # values of a row that are shown
LISTED = 12  # found objects


@dataclass(frozen=True)
class Labels:
    """The labels of the model, their colours, and which one the item has (−1: none, or not asked).

    Attributes:
        several: which ones it has where it may have several; None: it has one, or boxes.
    """

    names: tuple[str, ...]
    tones: tuple[Tone, ...]
    truth: int = -1
    several: frozenset[int] | None = None

    @staticmethod
    def of(colors: Mapping[str, str]) -> Labels:
        """From names with colours."""
        return Labels(tuple(colors), tuple(pictures.rgb(color) for color in colors.values()))

    def with_truth(self, view: View, one: bool, several: bool = False) -> Labels:
        """With the label of an item that has one for the whole image, or with its several labels."""
        if several:
            return dataclasses.replace(self, several=frozenset(view.labels.tolist()))
        return dataclasses.replace(self, truth=int(view.labels[0]) if one and len(view.labels) else -1)


@dataclass(frozen=True)
class Said:
    """What an answer of the network is held against.

    Attributes:
        limit: the distance from which an image is abnormal; None where that is not known.
    """

    view: View
    labels: Labels
    manifest: ModelManifest
    limit: float | None = None


@dataclass(frozen=True)
class Seen:
    """As `engine.training.flow.Shown`, on the side that makes it."""

    what: str
    picture: Bytes | None = None
    overview: Bytes | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    bars: Sequence[tuple[str, float, float | None, bool]] = ()

    def document(self, key: str, arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
        """As JSON; pictures go into `arrays` and are named in it."""
        document: dict[str, Any] = {"what": self.what, "bars": [list(bar) for bar in self.bars], **self.figures}
        for name, picture in (("picture", self.picture), ("overview", self.overview)):
            if picture is not None:
                arrays[f"{key}.{name}"] = picture
                document[name] = f"{key}.{name}"
        return document


def decoded(pixels: Pixels) -> Seen:
    """The image as its file holds it."""
    return Seen("decoded", pictures.fitted(pixels), figures={"shape": list(pixels.shape)})


def seen(what: str, view: View, labels: Labels) -> Seen:
    """A view of the item: its pixels, and unless only those are meant, what is to be learnt of them."""
    figures: dict[str, Any] = {"shape": list(view.pixels.shape)}
    if what == "pixels":
        return Seen(what, pictures.fitted(view.pixels), figures=figures)
    if view.classes is not None:
        picture = pictures.with_classes(view.pixels, view.classes, labels.tones)
        return Seen(what, picture, figures=figures, bars=_shares(view.classes, labels))
    if labels.truth >= 0:
        figures["text"] = labels.names[labels.truth]
        return Seen(what, pictures.fitted(view.pixels), figures=figures)
    if labels.several is not None:
        figures["text"] = ", ".join(labels.names[label] for label in sorted(labels.several)) or "–"
        return Seen(what, pictures.fitted(view.pixels), figures=figures)
    tones = [labels.tones[label] for label in view.labels] if len(view.boxes) else []
    counts = [
        (labels.names[n], float(c), None, False)
        for n, c in zip(*np.unique(view.labels, return_counts=True), strict=True)
    ]
    bars = counts if len(view.boxes) else []
    if view.masks is not None:
        classes = stacked(view.masks, view.labels, view.pixels.shape)
        return Seen(what, pictures.with_classes(view.pixels, classes, labels.tones), figures=figures, bars=bars)
    picture = pictures.with_boxes(view.pixels, _outlines(view), tones)
    if view.points is not None:
        picture = pictures.with_points(view.pixels, picture, list(view.points[..., :3]), tones)
    return Seen(what, picture, figures=figures, bars=bars)


def _outlines(view: View) -> Any:
    """The boxes (G, 4) xyxy, or the corners (G, 4, 2) of rotated ones."""
    return view.boxes if view.corners is None else view.corners


def stacked(masks: Any, labels: Any, shape: tuple[int, ...]) -> Bytes:
    """Masks of objects as one map (H, W) of label + 1; later ones lie on top."""
    classes = np.zeros(shape[:2], np.uint8)
    for mask, label in zip(masks, labels, strict=True):
        classes[np.asarray(mask, np.bool_)] = label + 1
    return classes


def _shares(classes: Bytes, labels: Labels) -> list[tuple[str, float, float | None, bool]]:
    """Which share of the pixels each label has that is there."""
    counts = np.bincount(classes.ravel(), minlength=256)[1 : len(labels.names) + 1]
    rows = zip(labels.names, counts.tolist(), strict=True)
    return [(name, float(count), count / classes.size, False) for name, count in rows if count]


def describe(value: Any, kind: str, said: Said) -> list[Seen]:
    """All that a port gives; `kind` is that of the port."""
    if kind == "positions":
        return _positions(value, said)
    if kind == "instances":
        return [
            *_positions(value, said),
            _masks(value, said),
            _tensor(value.prototypes, "prototypes", kind, said.labels),
        ]
    if kind == "anomaly":
        return [_heat_of(value, said)]
    tensors = [_tensor(one, name, kind, said.labels) for name, one in _tensors(value)]
    return [_regions(value, said), *tensors] if kind == "classes" else tensors


def loss(parts: Mapping[str, float]) -> Seen:
    """The loss and what it is made of."""
    return Seen("loss", bars=[(name, value, None, False) for name, value in parts.items()])


def gradients(norms: Mapping[str, float]) -> Seen:
    """How strongly one step back pulls at each part of the network."""
    return Seen("gradients", bars=[(name, value, None, False) for name, value in norms.items()])


def _tensors(value: Any, name: str = "") -> list[tuple[str, Tensor]]:
    """Each tensor with its name: a field's, a key, or a place counted from 1."""
    if isinstance(value, Tensor):
        return [(name, value)]
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif hasattr(value, "_fields"):
        parts = list(zip(value._fields, value, strict=True))
    elif dataclasses.is_dataclass(value):
        parts = [(one.name, getattr(value, one.name)) for one in dataclasses.fields(value)]
    elif isinstance(value, list | tuple):
        parts = list(enumerate(value, 1))
    else:
        return []
    return [found for key, part in parts for found in _tensors(part, f"{name}.{key}".strip("."))]


def _tensor(tensor: Tensor, name: str, kind: str, labels: Labels) -> Seen:
    values = tensor.detach().float()
    figures = {"name": name, **_figures(tensor)}
    if values.ndim >= 1 and values.shape[0] == 1:
        values = values[0]  # the one image of the batch
    if values.ndim == 3 and values.numel():
        maps = _shrunk(values)
        chosen = pictures.strongest(maps)
        figures["channels"] = chosen.tolist()
        return Seen("maps", pictures.sheet(maps, chosen.tolist()), pictures.overview(maps), figures)
    if values.ndim == 2 and values.numel():
        return Seen("matrix", pictures.matrix(values.numpy()), figures=figures)
    if values.ndim == 1 and values.numel():
        return Seen("values", figures=figures, bars=_bars(values, kind, labels))
    return Seen("number", figures=figures)


def _figures(tensor: Tensor) -> dict[str, Any]:
    values = tensor.detach().float()
    finite = values[torch.isfinite(values)]
    figures: dict[str, Any] = {"shape": list(tensor.shape), "wrong": values.numel() - finite.numel()}
    if finite.numel():
        figures |= {"minimum": float(finite.min()), "mean": float(finite.mean()), "maximum": float(finite.max())}
    return figures


def _shrunk(maps: Tensor) -> npt.NDArray[np.float32]:
    side = max(maps.shape[-2:])
    if side > LARGEST:
        size = [max(1, round(length * LARGEST / side)) for length in maps.shape[-2:]]
        maps = functional.interpolate(maps[None], size=size, mode="area")[0]
    found: npt.NDArray[np.float32] = maps.contiguous().numpy()
    return found


def _bars(values: Tensor, kind: str, labels: Labels) -> list[tuple[str, float, float | None, bool]]:
    """A row of values: the labels' where there is one for each, else the strongest ones by their place."""
    if kind == "logits" and len(values) == len(labels.names):
        there = labels.several if labels.several is not None else {labels.truth}
        shares = (torch.softmax(values, 0) if labels.several is None else values.sigmoid()).tolist()
        rows = zip(labels.names, values.tolist(), shares, strict=True)
        return [(name, value, share, number in there) for number, (name, value, share) in enumerate(rows)]
    chosen = torch.nan_to_num(values.abs(), nan=math.inf).topk(min(BARS, len(values))).indices.tolist()
    return [(str(place), float(values[place]), None, False) for place in chosen]


def _regions(scores: Tensor, said: Said) -> Seen:
    """What a segmentation says: the likeliest class of each pixel, on the image."""
    pixels = said.view.pixels
    classes = at_pixels(scores.detach(), pixels.shape[:2])[0].argmax(0).numpy().astype(np.uint8)
    picture = pictures.with_classes(pixels, classes, said.labels.tones)
    return Seen("regions", picture, figures={"shape": list(classes.shape)}, bars=_shares(classes, said.labels))


def _heat_of(answer: Any, said: Said) -> Seen:
    """What judges by good images says: how far each place is from them, in service's scale where its limit is known."""
    heat: npt.NDArray[np.float32] = answer.maps.detach().float()[0].numpy()
    most = float(np.nanmax(heat, initial=0.0)) if said.limit is None else 2 * said.limit
    figures = {"name": "maps", **_figures(answer.maps)}
    if said.limit is not None:
        score = min(float(answer.scores[0]) / most, 1.0)
        figures["text"] = f"{score:.2f} {said.manifest.postprocess.score_threshold:g}"
    return Seen("heat", pictures.warm(said.view.pixels, heat, most), figures=figures)


def _positions(value: Any, said: Said) -> list[Seen]:
    """What a detector says: where something is, and which boxes would be reported."""
    view, labels, manifest = said.view, said.labels, said.manifest
    scores, spec = value.logits.detach()[0].sigmoid(), manifest.postprocess
    boxes, sure, what, more = found_in(manifest, value, 0)
    found: Any = rotated.corners(more) if len(more) and manifest.task == "rotated" else boxes
    heat = _heat(scores.amax(-1), value.centers, value.strides, view.pixels.shape)
    most = max(float(np.nanmax(heat, initial=0.0)), spec.score_threshold)
    tones = [labels.tones[label] for label in what]
    truth = _outlines(view) if len(view.boxes) else None
    picture = pictures.with_boxes(view.pixels, found, tones, truth)
    if manifest.task == "keypoints":
        picture = pictures.with_points(view.pixels, picture, more, tones)
    listed = [(labels.names[n], float(score), None, False) for n, score in list(zip(what, sure, strict=True))[:LISTED]]
    return [
        Seen("scores", pictures.warm(view.pixels, heat, most), figures=_figures(scores) | {"name": "scores"}),
        Seen(
            "found",
            picture,
            figures={
                "name": "boxes",
                "shape": list(value.boxes.shape),
                "text": f"{len(found)} {spec.score_threshold:g}",
            },
            bars=listed,
        ),
    ]


def _masks(value: Any, said: Said) -> Seen:
    """The masks of the objects that would be reported, the surest on top."""
    pixels = said.view.pixels
    found = found_in(said.manifest, value, 0)
    masks = [rle.decode(text, *pixels.shape[:2]) for text in found.more[::-1]]
    classes = stacked(masks, found.labels[::-1], pixels.shape)
    picture = pictures.with_classes(pixels, classes, said.labels.tones)
    return Seen("regions", picture, figures={"shape": list(classes.shape)}, bars=_shares(classes, said.labels))


def _heat(best: Tensor, centers: Tensor, strides: Tensor, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """The best score of the positions of all strides at each place, on a grid of the finest stride."""
    finest = float(strides.min())
    size = [math.ceil(length / finest) for length in shape[:2]]
    heat = torch.zeros(size)
    for stride in sorted(set(strides.tolist())):
        chosen = strides == stride
        rows, columns = (math.ceil(length / stride) for length in shape[:2])
        level = torch.zeros(rows, columns)
        place = (centers[chosen] / stride).long()
        level[place[:, 1].clamp(max=rows - 1), place[:, 0].clamp(max=columns - 1)] = best[chosen]
        heat = torch.maximum(heat, functional.interpolate(level[None, None], size=size, mode="nearest")[0, 0])
    found: npt.NDArray[np.float32] = heat.numpy()
    return found
