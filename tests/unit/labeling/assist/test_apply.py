"""Scribbles applied to other images by a job."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import rle
from engine.data.browse import item_ids
from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.errors import BadInput
from engine.jobs.collecting import wait
from engine.labeling import schema
from engine.labeling.assist import apply
from engine.labeling.assist.scribbles import Scribbles, Stroke
from engine.labeling.edits import Add, accept, annotations_of
from engine.labeling.edits import apply as edit
from engine.workspace import Workspace
from tests.unit.labeling.assist.parts import defects


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run in the test's own process; tests/gui/labeling/test_assist.py has one run in a process of its own."""
    from engine.jobs import job, worker

    monkeypatch.setattr(job, "_start", worker.work)


@pytest.fixture
def scribbled(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Four parts with stains; strokes on the first."""
    folder = tmp_path / "parts"
    folder.mkdir()
    found = defects("stain", 4)
    for number, (picture, _) in enumerate(found):
        Image.fromarray(picture).save(folder / f"part-{number}.png")
    import_data(workspace, folder)
    schema.add_label(workspace, "stain")
    (label,) = schema.labels(workspace)
    rows, columns = np.nonzero(found[0][1])
    x, y = float(np.median(columns)), float(np.median(rows))
    frame = (columns.min() - 8.0, rows.min() - 8.0, columns.max() + 8.0, rows.min() - 8.0)
    strokes = [
        Stroke(label.id, 4, (x - 3, y, x + 3, y + 2)),
        Stroke(0, 3, tuple(map(float, frame))),
        Stroke(0, 3, (40.0, 40.0, 280.0, 280.0)),
        Stroke(0, 3, (280.0, 40.0, 40.0, 280.0)),
    ]
    Scribbles("pixels", {item_ids(workspace)[0]: strokes}).save(workspace.path)
    return workspace


def test_the_job_suggests_regions_on_unlabelled_images_only_and_replaces_them_later(scribbled: Workspace):
    items = item_ids(scribbled)
    (label,) = schema.labels(scribbled)
    edit(scribbled, items[1], [Add(Annotation(0, items[1], label.id, "box", 5.0, 5.0, 20.0, 20.0))])
    assert wait(scribbled, apply.apply(scribbled, "pixels", output="polygon", least=60)).state == "done"
    found = {item: annotations_of(scribbled, item) for item in items}
    assert not found[items[0]]
    assert [shape.origin for shape in found[items[1]]] == ["person"]
    suggested = [shape for item in items[2:] for shape in found[item]]
    assert suggested
    for shape in suggested:
        assert (shape.origin, shape.kind, shape.author) == ("model", "polygon", "pixels (scribbles)")
        assert shape.score is not None
        assert 0 < shape.score <= 1
        assert shape.label_id == label.id
    accept(scribbled, suggested[0].item_id, [suggested[0].id])
    wait(scribbled, apply.apply(scribbled, "pixels", items[2:], least=60))
    again = [shape for item in items[2:] for shape in annotations_of(scribbled, item)]
    assert sum(shape.origin == "person" for shape in again) == 1
    assert {shape.kind for shape in again if shape.origin == "model"} <= {"mask"}


def test_without_two_kinds_of_scribbles_there_is_nothing_to_apply(workspace: Workspace):
    with pytest.raises(BadInput, match="Scribble at least one label and background"):
        apply.apply(workspace, "pixels")


def test_when_everything_is_labelled_it_says_so(scribbled: Workspace):
    (label,) = schema.labels(scribbled)
    for item in item_ids(scribbled):
        edit(scribbled, item, [Add(Annotation(0, item, label.id, "class"))])
    with pytest.raises(BadInput, match="labelled already"):
        apply.apply(scribbled, "pixels")


def test_the_job_finds_what_was_shown_while_scribbling_also_on_images_that_are_looked_at_coarsely(
    workspace: Workspace, tmp_path: Path
):
    """Filters count px of what is looked at: learnt on a small picture, they mean nothing on one in full."""
    import cv2

    from engine.labeling.assist.pixels import Looked, PixelClassifier, regions

    folder = tmp_path / "parts"
    folder.mkdir()
    large = [
        (cv2.resize(picture, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC), np.kron(mask, np.ones((4, 4), bool)))
        for picture, mask in defects("stain", 2)
    ]
    for number, (picture, _) in enumerate(large):
        Image.fromarray(picture).save(folder / f"part-{number}.png")
    import_data(workspace, folder)
    schema.add_label(workspace, "stain")
    (label,) = schema.labels(workspace)
    rows, columns = np.nonzero(large[0][1])
    x, y, low, high = float(np.median(columns)), float(np.median(rows)), columns.min() - 32.0, columns.max() + 32.0
    strokes = [
        Stroke(label.id, 16, (x - 12, y, x + 12, y + 8)),
        Stroke(0, 12, (low, rows.min() - 32.0, high, rows.min() - 32.0)),
        Stroke(0, 12, (160.0, 160.0, 1120.0, 1120.0)),
    ]
    first, second = item_ids(workspace)
    Scribbles("pixels", {first: strokes}).save(workspace.path)
    shown = PixelClassifier.learn([Looked(large[0][0]).samples(strokes)]).masks(Looked(large[1][0]))[0][label.id]
    wait(workspace, apply.apply(workspace, "pixels", [second], "mask", 60))
    found = np.zeros(shown.shape, bool)
    for shape in annotations_of(workspace, second):
        found |= rle.decode(shape.rle, *shown.shape).astype(bool)
    kept = np.zeros(shown.shape, bool)
    for part, left, top in regions(shown, 60):
        kept[top : top + part.shape[0], left : left + part.shape[1]] |= part > 0
    assert np.array_equal(found, kept)
