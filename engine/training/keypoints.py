"""What a training of keypoints learns of an item: the places of its skeletons' points on the canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.serving.skeleton import Skeleton, mirrors

if TYPE_CHECKING:
    from engine.data.versions import VersionData
    from engine.serving.manifest import ModelManifest
    from engine.serving.preprocess import Geometry
    from engine.training.samples import Sample, View

LEAST, LEAST_PX = 0.25, 4.0  # sides of a box at least: share of the longer one, px
HIDDEN, VISIBLE = 1, 2  # COCO's v; 0: not labelled
Floats = npt.NDArray[np.float32]


def skeletons_of(data: VersionData, labels: Sequence[str]) -> tuple[Skeleton, ...]:
    """The skeleton of each label of a version; points that annotations have and the schema does not are numbered."""
    details = {entry["name"]: entry.get("details") or {} for entry in data.manifest["labels"]}
    used: dict[str, int] = {}
    for label, points in zip(*(data.annotations[name].to_pylist() for name in ("label", "points")), strict=True):
        if label in labels and points:
            used[label] = max(used.get(label, 0), len(points[0]) // 3)
    return tuple(Skeleton.of(details.get(label, {}), used.get(label, 0)) for label in labels)


def points_of(row: Mapping[str, Any]) -> list[float]:
    """x, y, v of each point after each other, of an annotation's row in a version."""
    return [float(value) for value in row["points"][0]] if row["points"] else []


def box_of(row: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """The box xyxy of an annotation: one drawn tightly around points that lie in a row is widened to `LEAST` of its length."""
    x, y, w, h = (float(row[name]) for name in "xywh")
    least = max(LEAST * max(w, h), LEAST_PX)
    more_x, more_y = max(0.0, least - w) / 2, max(0.0, least - h) / 2
    return x - more_x, y - more_y, x + w + more_x, y + h + more_y


def posed(labels: Sequence[int], more: Sequence[Sequence[float]], skeletons: Sequence[Skeleton]) -> Floats:
    """The points of an item's objects, (G, K, 4): x, y in px, v, and the place of the point's twin in a mirror.

    Args:
        more: of each object x, y, v after each other; what is missing is not labelled.
    """
    twins = mirrors(skeletons)
    found = np.zeros((len(labels), len(twins[0]), 4), np.float32)
    for place, (label, flat) in enumerate(zip(labels, more, strict=True)):
        points = np.reshape(np.asarray(flat, np.float32), (-1, 3))[: found.shape[1]]
        found[place, : len(points), :3] = points
        found[place, :, 3] = twins[label]
    return found


def on_canvas(sample: Sample) -> Floats:
    """The points of an item as they lie in the model's input."""
    found: Floats = np.array(sample.more, np.float32)
    if sample.place is not None:
        where = sample.place
        found[..., :2] *= (where.scale_x, where.scale_y)
        found[..., :2] += (where.pad_x, where.pad_y)
    return found


def with_sigmas(flat: Sequence[float], skeleton: Skeleton) -> npt.NDArray[np.float64]:
    """A true skeleton as the measure takes it, (K, 4): x, y, v and σ of each point."""
    found = np.zeros((len(skeleton.points), 4))
    points = np.reshape(flat, (-1, 3))[: len(found)]
    found[: len(points), :3] = points
    found[:, 3] = skeleton.sigmas
    return found


def on_image(flat: Sequence[float], geometry: Geometry) -> list[float]:
    """x, y, v of each point after each other, from px of the canvas to px of the image."""
    points = np.reshape(flat, (-1, 3))
    placed = geometry.points_to_image(points[:, :2].astype(np.float32))
    return [float(value) for value in np.concatenate([placed, points[:, 2:]], 1).ravel()]


def true_of(manifest: ModelManifest, view: View) -> list[Any]:
    """The skeletons of a view, each (K, 4) with its σ."""
    assert view.points is not None
    found = []
    for label, points in zip(view.labels.tolist(), view.points, strict=True):
        skeleton = manifest.skeletons[label]
        found.append(with_sigmas(points[: len(skeleton.points), :3].ravel().tolist(), skeleton))
    return found


def said(points: Floats, labels: npt.NDArray[np.intp], manifest: ModelManifest) -> list[list[float]]:
    """x, y, how visible in [0, 1] of as many points as the label of each object (D, K, 3) has, after each other."""
    seen = 1 / (1 + np.exp(-points[..., 2:]))
    told = np.concatenate([points[..., :2], seen], -1)
    pairs = zip(told, labels.tolist(), strict=True)
    return [one[: len(manifest.skeletons[label].points)].ravel().tolist() for one, label in pairs]
