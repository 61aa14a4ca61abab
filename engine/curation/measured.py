"""What was measured so far: models that have learned from growing numbers of labelled images, on the same images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.serving.manifest import OBJECTS

if TYPE_CHECKING:
    from engine.data.versions import DatasetVersion
    from engine.workspace import Workspace

MAIN = {
    **dict.fromkeys(OBJECTS, "map50"),
    "classification": "accuracy",
    "multilabel": "mean_ap",
    "segmentation": "miou",
    "anomaly": "auroc",
    "tabular": "auroc",
}


@dataclass(frozen=True)
class Point:
    """A model on the learning curve: training images with labels, and its figure in [0, 1].

    Attributes:
        evaluation: the id of the one that measured it.
    """

    model: str
    images: int
    figure: float
    evaluation: int = 0


def learning_points(ws: Workspace) -> tuple[str, str, list[Point]]:
    """The metric, on what it was measured, and the models of growing size measured on it.

    Only figures of the same images can be compared: of all splits of versions that models were evaluated on, the one with
    the most different sizes counts.
    """
    return next(iter(measured(ws)), ("", "", []))


def measured(ws: Workspace) -> list[tuple[str, str, list[Point]]]:
    """For each split of a version that models were evaluated on the metric, its name and the points; the best first."""
    from engine.data.versions import list_versions
    from engine.evaluation.results import list_evaluations
    from engine.training.models import list_models

    models = {model.id: model for model in list_models(ws)}
    versions = {version.id: version for version in list_versions(ws)}
    groups: dict[tuple[int, str, str], dict[int, Point]] = {}
    for row in reversed(list_evaluations(ws)):
        model = models.get(row.model_id)
        if model is None or row.split == "train" or model.version_id not in versions:
            continue
        figure = row.metrics.get(MAIN.get(model.task, "map50"))
        images, _ = _labelled(ws, versions[model.version_id])
        if figure is not None and math.isfinite(figure) and images:
            point = Point(model.title, images, float(figure), row.id)
            groups.setdefault((row.version_id, row.split, model.task), {})[row.model_id] = point
    order = sorted(groups, key=lambda key: (-len({point.images for point in groups[key].values()}), -key[0]))
    names = {ident: version.name for ident, version in versions.items()}
    return [
        (MAIN.get(task, "map50"), f"{names.get(version, version)} ({split})",
         sorted(groups[version, split, task].values(), key=lambda point: point.images))
        for version, split, task in order
    ]  # fmt: skip


def _labelled(ws: Workspace, version: DatasetVersion) -> tuple[int, int]:
    """How many images with labels a version has for training, and in all: the others teach nothing of a curve."""
    found = _labelled_in(ws.path, version.id, version.digest)
    return found or (version.splits.get("train", 0), sum(version.splits.values()))


@lru_cache(maxsize=256)
def _labelled_in(workspace: Path, version: int, _digest: str) -> tuple[int, int] | None:
    """None: the files of the version are gone."""
    import pyarrow.compute as pc

    from engine.data.versions import read_version
    from engine.errors import WorkspaceError

    try:
        data = read_version(workspace, version)
    except WorkspaceError:
        return None
    there = pc.is_in(data.items["key"], value_set=pc.unique(data.annotations["item_key"]))
    return pc.sum(pc.and_(there, pc.equal(data.items["split"], "train"))).as_py() or 0, pc.sum(there).as_py() or 0


def training_share(ws: Workspace) -> float:
    """Which share of what is labelled a model learns from, as in the newest version; the rest measures it."""
    from engine.data.versions import list_versions

    train, whole = next((_labelled(ws, version) for version in list_versions(ws)), (0, 0))
    return train / whole if train else 1.0
