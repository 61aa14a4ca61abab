"""The models that runs have produced."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import UsageError
from engine.serving.manifest import OBJECTS, ModelManifest

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass(frozen=True)
class ModelRow:
    """A model: the `number`-th of its name.

    Attributes:
        metrics: on the val images, at the end of training.
        details: steps, seconds, labels, device …
        folder: of the run: model.json, weights.safetensors, model.py, export/, evaluations/.
    """

    id: int
    name: str
    number: int
    run_id: str
    task: str
    version_id: int
    created: datetime
    metrics: Mapping[str, float]
    details: Mapping[str, Any]
    folder: Path

    @property
    def title(self) -> str:
        """As a person names it: "pcb:3"."""
        return f"{self.name}:{self.number}"


def list_models(ws: Workspace) -> list[ModelRow]:
    """All models, the newest first."""
    rows = ws.query(
        "SELECT id, name, number, run_id, task, version_id, created, metrics, details FROM model ORDER BY id DESC"
    )
    return [_row(ws, columns) for columns in rows]


def get_model(ws: Workspace, which: str | int) -> ModelRow:
    """The model of an id, "name:3", "name" (its newest), or a run's id.

    Raises:
        UsageError: there is none.
    """
    models = list_models(ws)
    text = str(which)
    for model in models:
        if text in (model.title, model.run_id) or which == model.id:
            return model
    for model in models:
        if text == model.name or text == str(model.id):
            return model
    known = ", ".join(model.title for model in models[:8]) or "none yet"
    raise UsageError(f"There is no model “{which}”; there are: {known}.")


def has_threshold(task: str) -> bool:
    """Whether models of the task report what is sure enough; others answer what is likeliest, or have one for each label."""
    return task in (*OBJECTS, "segmentation", "anomaly")


def serve_with(model: ModelRow, threshold: float) -> Changes:
    """Let a model report what it is at least so sure of: in evaluations, exports and artifacts that are made from now on.

    Raises:
        UsageError: no score between 0 and 1, or a model that always answers its likeliest label.
    """
    if not has_threshold(model.task):
        raise UsageError(f"{model.title} has no threshold of its own; {model.task} models answer what is likeliest.")
    if not 0 < threshold < 1:
        raise UsageError(f"The threshold is a score between 0 and 1, not {threshold:g}.")
    for folder in (*(file.parent for file in model.folder.glob("export/*/model.json")), model.folder):
        manifest = ModelManifest.load(folder)
        replace(manifest, postprocess=replace(manifest.postprocess, score_threshold=round(threshold, 4))).save(folder)
    return changed(models=model.id)


def _row(ws: Workspace, columns: Sequence[Any]) -> ModelRow:
    model_id, name, number, run_id, task, version_id, created, metrics, details = columns
    folder = ws.path / "runs" / run_id
    return ModelRow(
        model_id, name, number, run_id, task, version_id, created, json.loads(metrics), json.loads(details), folder
    )
