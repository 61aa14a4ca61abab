"""What each pixel is: painted from people's shapes, learnt, and measured while a model trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import rle
from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version, read_version
from engine.modeling.nets import IGNORED
from engine.modeling.nets.segmentation import SegmentationLoss
from engine.serving.preprocess import Geometry
from engine.training.marks import Area, labels_of, painted, read_marks
from engine.training.samples import Images
from engine.training.validate import validate
from engine.workspace import Workspace

WHOLE = Geometry(96, 96, 1, 1, 0, 0)


def scores_for(classes: torch.Tensor, count: int) -> torch.Tensor:
    """Class scores that are sure of the given classes."""
    return torch.nn.functional.one_hot(classes, count).permute(0, 3, 1, 2).float() * 20


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_mask_on_a_smaller_canvas_keeps_its_place_and_share(seed: int) -> None:
    random = np.random.default_rng(seed)
    x0, y0 = random.integers(0, 40, 2)
    mask = np.zeros((96, 96), bool)
    mask[y0 : y0 + 40, x0 : x0 + 50] = True
    small = Geometry(96, 96, 0.5, 0.5, 8, 0)
    found = painted([Area(3, (), rle.encode(mask))], small, 64, 48) == 3
    assert abs(found.sum() - mask.sum() / 4) <= 46
    rows, columns = np.nonzero(found)
    assert abs(rows.min() - y0 / 2) <= 1
    assert abs(columns.min() - (x0 / 2 + 8)) <= 1


def test_a_small_shape_on_a_large_one_stays_visible(workspace: Workspace) -> None:
    large, small = (
        Area(1, ((0, 0, 90, 0, 90, 90, 0, 90),), size=8100),
        Area(2, ((10, 10, 20, 10, 20, 20, 10, 20),), size=100),
    )
    classes = painted(sorted([small, large], key=lambda area: -area.size), WHOLE, 96, 96)
    assert np.unique(classes[10:20, 10:20]).tolist() == [2]
    assert (classes == 1).sum() == 8100 - 100


def test_a_version_with_outlines_gives_each_defects_own_pixels(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=8, outlines=True))
    version = create_version(workspace, "v1", split="100/0/0")
    images = Images(str(workspace.path / "versions" / str(version.id)), "segmentation", width=320, height=320)
    images.load(lambda *_: None)
    data = read_version(workspace.path, version.id)
    labels = labels_of("segmentation", data)
    drawn = {row["item_key"]: [] for row in data.annotations.to_pylist()}
    for row in data.annotations.to_pylist():
        drawn[row["item_key"]].append((labels.index(row["label"]) + 1, rle.decode(row["rle"], 320, 320)))
    assert len(images.train) == 8
    for index, sample in enumerate(images.train.items):
        classes = images.train.view(index).classes
        for value, mask in drawn.get(sample.key, []):
            assert (classes[mask] == value).mean() > 0.8  # the rest lies under another defect
        assert ((classes > 0) == np.any([mask for _, mask in drawn.get(sample.key, [])] or [classes < 0], axis=0)).all()


def test_regions_to_ignore_are_neither_learnt_nor_measured(workspace: Workspace) -> None:
    loss = SegmentationLoss()
    classes = torch.zeros(1, 16, 16, dtype=torch.long)
    classes[:, 4:8, 4:8] = 1
    right = loss(scores_for(classes, 3), classes)["loss"]
    wrong_there = scores_for(torch.where(torch.arange(16) > 11, 2, classes), 3)
    assert loss(wrong_there, classes)["loss"] > 10 * right
    hidden = torch.where(torch.arange(16) > 11, IGNORED, classes)
    assert loss(wrong_there, hidden)["loss"] == pytest.approx(float(right), abs=1e-3)
    assert float(loss(wrong_there, torch.full_like(classes, IGNORED))["loss"]) == pytest.approx(0)


def test_val_figures_are_one_for_a_network_that_knows(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=8, outlines=True))
    version = create_version(workspace, "v1", split="50/50/0")
    images = Images(str(workspace.path / "versions" / str(version.id)), "segmentation", width=320, height=320)
    images.load(lambda *_: None)
    truth = torch.stack([torch.from_numpy(images.val.view(n).classes.astype(np.int64)) for n in range(len(images.val))])
    count = len(images.labels) + 1
    knows = validate(torch.nn.Identity(), images.val, images.manifest(), lambda *_: scores_for(truth, count))
    assert knows == {"val_miou": 1.0, "val_pixel_accuracy": 1.0}
    nothing = validate(
        torch.nn.Identity(), images.val, images.manifest(), lambda *_: scores_for(torch.zeros_like(truth), count)
    )
    assert nothing["val_miou"] == 0
    assert nothing["val_pixel_accuracy"] == pytest.approx(float((truth == 0).float().mean()))


def test_an_item_without_marks_of_the_task_is_background(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=8, outlines=True))
    version = create_version(workspace, "v1", split="100/0/0")
    data = read_version(workspace.path, version.id)
    marks = read_marks("segmentation", data, labels_of("segmentation", data))
    (good,) = set(data.items["key"].to_pylist()) - set(marks)
    images = Images(str(workspace.path / "versions" / str(version.id)), "segmentation", width=64, height=64)
    index = [sample.key for sample in images.train.items].index(good)
    assert images.train.view(index).classes.max() == 0
