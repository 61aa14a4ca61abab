"""A model's answer for the open image, from the process beside the window, which keeps the network loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.curation import prelabel
from engine.curation.suggestions import Found
from engine.labeling.assist.companion import Answer, shared
from engine.labeling.assist.frames import Arrays

if TYPE_CHECKING:
    from engine.training.models import ModelRow
    from engine.workspace import Workspace


def predict_item(ws: Workspace, model: ModelRow, item_id: int, threshold: float | None = None) -> Changes:
    """Have a model suggest annotations on one item now. Blocks: the first call of a model loads it (seconds).

    Raises:
        UsageError: there is no such item.
        CompanionFailed: the process beside the window could not answer.
        BadInput: the image cannot be read.
    """
    return prelabel.suggest(ws, model, item_id, ask(ws, model, item_id, threshold))


def ask(ws: Workspace, model: ModelRow, item_id: int, threshold: float | None = None) -> Found:
    """What a model says of one item, without changing anything."""
    from engine.data.items import item_image

    image = item_image(ws, item_id)
    request = {"run": str(model.folder), "path": str(image.path), "page": image.page, "threshold": threshold}
    answer, _ = shared().call("predict", request, replaces="predict")
    return [(label, score, list(box), more) for label, score, box, more in answer["found"]]


def answer(arguments: dict[str, Any], arrays: Arrays) -> Answer:
    """The companion's part: {run, path, page, threshold} → {found: [[label, score, box xyxy in px, more], …]}."""
    from engine.curation.looking import loaded, look_at
    from engine.errors import BadInput

    del arrays
    predictor = loaded(Path(arguments["run"]))
    manifest = predictor.manifest
    found = look_at(predictor, Path(arguments["path"]), int(arguments["page"]), manifest)
    if isinstance(found, str):
        raise BadInput(f"The image cannot be looked at: {found}")
    threshold = arguments["threshold"]
    least = manifest.postprocess.score_threshold / 2 if threshold is None else float(threshold)
    return {"found": prelabel.found_in(found, manifest, least)}, {}
