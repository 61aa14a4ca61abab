"""What a model with masks answers is remembered with its pixels, and becomes masks that a person takes over."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.curation import suggestions
from engine.curation.looking import predicted, read, write
from engine.curation.prelabel import found_in
from engine.data import rle
from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.serving.answers import Region
from engine.serving.manifest import ModelManifest
from engine.serving.predictor import Prediction
from engine.workspace import Workspace


def test_an_answer_with_masks_becomes_mask_annotations(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=1, good_every=1))  # nothing is labelled on it
    mask = np.zeros((320, 320), bool)
    mask[40:60, 30:80] = np.arange(50) % 7 > 0
    text = rle.encode(mask)
    region = Region("dent", 0.9, (31.0, 40.0, 80.0, 60.0), int(mask.sum()), (320, 320), tuple(rle.runs(text).tolist()))
    manifest = ModelManifest("parts", "instances", ("scratch", "dent"))
    answer = predicted(Prediction("parts", 1, "instances", 320, 320, (region,)), manifest)
    write(tmp_path / "cache", {("a" * 64, 0): answer})
    (kept,) = read(tmp_path / "cache").values()
    found = found_in(kept, manifest, 0.5)
    ((item,),) = workspace.query("SELECT id FROM item")
    labels = dict(workspace.query("SELECT name, id FROM label"))
    with workspace.transaction("Predict") as tx:
        (made,) = suggestions.make(workspace, tx, {item: found}, {"author": "parts v1", "labels": labels})
    assert (made.kind, made.rle, made.origin, made.label_id) == ("mask", text, "model", labels["dent"])
    assert (made.x, made.y, made.w, made.h) == (31, 40, 49, 20)
