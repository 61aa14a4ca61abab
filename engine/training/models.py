"""The models that runs have produced."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError

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


def _row(ws: Workspace, columns: Sequence[Any]) -> ModelRow:
    model_id, name, number, run_id, task, version_id, created, metrics, details = columns
    folder = ws.path / "runs" / run_id
    return ModelRow(
        model_id, name, number, run_id, task, version_id, created, json.loads(metrics), json.loads(details), folder
    )
