"""Good images are remembered; what counts as good, where the limit lies, and what a bad image looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version, read_version
from engine.modeling.compile import compile_graph
from engine.modeling.nets.anomaly import PaDiM, PatchCore, coreset, head_of
from engine.modeling.recipes import RECIPES
from engine.serving.manifest import ModelManifest
from engine.training.batches import collate
from engine.training.fit import fit, judging
from engine.training.load import load_network
from engine.training.marks import read_marks
from engine.training.reporting import Terminal
from engine.training.samples import Images
from engine.workspace import Workspace
from tests.unit.training.tiny import Told


def features(count: int, seed: int, odd: bool = False) -> list[torch.Tensor]:
    """Two maps that are alike from image to image; one place is odd where asked for."""
    base = [torch.randn(8, 16, 16, generator=torch.Generator().manual_seed(1)), torch.zeros(4, 8, 8)]
    noise = torch.Generator().manual_seed(seed)
    maps = [one + 0.05 * torch.randn(count, *one.shape, generator=noise) for one in base]
    if odd:
        maps[0][:, :, 4:7, 10:13] += 4
    return maps


@pytest.mark.parametrize("kind", [PatchCore, PaDiM])
def test_the_odd_place_is_the_farthest_and_weights_come_back(kind: Any, tmp_path: Path) -> None:
    head = kind((8, 4), (8, 16))
    head.begin()
    for seed in range(6):
        head(features(4, seed))
    head.settle()
    good, bad = head(features(4, 99)), head(features(4, 98, odd=True))
    assert (bad.scores > 2 * good.scores.max()).all()
    places = [divmod(int(one.flatten().argmax()), 16) for one in bad.maps]
    assert all(4 <= row <= 6 and 10 <= column <= 12 for row, column in places)
    again = kind((8, 4), (8, 16))
    again.load_state_dict(head.state_dict())
    torch.testing.assert_close(again(features(4, 98, odd=True)).maps, bad.maps)


def test_a_check_leaves_each_part_learning_or_not_as_it_was() -> None:
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(2), torch.nn.Dropout())
    network[0].eval()
    with judging(network) as judged:
        assert not any(part.training for part in judged.modules())
    assert [part.training for part in network.modules()] == [True, False, True]


def test_a_coreset_leaves_no_patch_far_from_a_remembered_one() -> None:
    corners = torch.eye(40).repeat_interleave(50, 0) * 10
    rows = corners + 0.1 * torch.randn(len(corners), 40, generator=torch.Generator().manual_seed(0))
    kept = coreset(rows, 40)
    assert kept.shape == (40, 40)
    assert torch.cdist(rows, kept).amin(1).max() < 3
    drawn = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))[:40]]
    assert torch.cdist(rows, drawn).amin(1).max() > 9


def test_images_without_marks_are_good_unless_some_are_labelled_so(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=16))
    data = read_version(workspace.path, create_version(workspace, "v1").id)
    marked = set(data.annotations["item_key"].to_pylist())
    marks = read_marks("anomaly", data, ())
    assert {key for key, found in marks.items() if found.labels == [1]} == marked
    assert len(marks) == 16
    first = next(key for key in data.items["key"].to_pylist() if key not in marked)
    (label,) = [entry for entry in data.manifest["labels"] if entry["name"] == "dent"]
    rows = data.annotations.to_pylist()
    rows.append({**dict.fromkeys(rows[0]), "item_key": first, "label": "OK", "kind": "class", "label_id": label["id"]})
    labelled = type(data)(data.manifest, data.items, type(data.annotations).from_pylist(rows, data.annotations.schema))
    marks = read_marks("anomaly", labelled, ())
    assert [key for key, found in marks.items() if found.labels == [0]] == [first]
    assert len(marks) == 1 + len(marked)


def test_only_good_images_are_learnt_and_some_of_them_set_the_limit(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=40, good_every=2))
    version = create_version(workspace, "v1", split="100/0/0")
    images = Images(str(workspace.path / "versions" / str(version.id)), "anomaly", width=64, height=64)
    assert (len(images.train), len(images.val)) == (16, 4)
    assert not any(sample.labels[0] for sample in [*images.train.items, *images.val.items])
    assert images.manifest().labels == ("normal", "anomaly")


class Working(Told):
    """A person who works beside it: each look is told, and a minute is rested after it."""

    def __init__(self) -> None:
        super().__init__()
        self.worked: list[float] = []

    def give_way(self, worked_s: float) -> float:
        self.worked.append(worked_s)
        return 60.0


@pytest.mark.parametrize("recipe", ["anomaly", "anomaly-padim"])
def test_looking_at_good_images_rests_while_a_person_works_and_rests_are_no_time_of_work(
    workspace: Workspace, tmp_path: Path, recipe: str
) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=24, good_every=2))
    version = create_version(workspace, "v1", split="100/0/0")
    small = {"data.width": 64, "data.height": 64, "backbone.weights": "none", "train.batch": 4}
    (tmp_path / "model.py").write_text(compile_graph(RECIPES[recipe].graph("parts").with_parameters(small)), "utf-8")
    told = Working()
    result = fit(tmp_path, workspace.path / "versions" / str(version.id), 0, told)
    assert len(told.worked) == result["steps"] == 3
    assert all(seconds > 0 for seconds in told.worked)
    assert result["seconds"] < -60  # three minutes of rest were pretended, and are taken off


def test_a_fit_leaves_a_model_for_which_good_images_are_below_one_half(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=24, good_every=2))
    version = create_version(workspace, "v1", split="60/40/0")
    graph = (
        RECIPES["anomaly"]
        .graph("parts")
        .with_parameters({"data.width": 96, "data.height": 96, "backbone.weights": "none", "head.memory": 200})
    )
    (tmp_path / "model.py").write_text(compile_graph(graph), "utf-8")
    result = fit(tmp_path, workspace.path / "versions" / str(version.id), 0, Terminal())
    assert set(result["metrics"]) == {"val_auroc"}
    network = load_network(tmp_path)
    assert head_of(network).bank.shape == (200, 152)
    images = Images(str(workspace.path / "versions" / str(version.id)), "anomaly", width=96, height=96)
    images.load(lambda *_: None)
    batch = collate([images.val.view(index) for index in range(len(images.val))], ModelManifest.load(tmp_path))
    scores, maps = network(batch.images)
    good = np.array([not sample.labels[0] for sample in images.val.items])
    assert good.any()
    assert (scores.numpy()[good] < 0.5).all()
    assert maps.amax() <= 1
