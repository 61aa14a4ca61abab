"""Several labels at once: what is learnt of an image, the losses by hand, and a training that finds its own thresholds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.curation.predicted import Predicted
from engine.curation.prelabel import found_in
from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version, read_version
from engine.errors import BadInput
from engine.labeling.edits import Add, apply
from engine.labeling.schema import add_label
from engine.modeling.compile import compile_graph
from engine.modeling.nets.multilabel import AsymmetricLoss, MultiLabelLoss, present
from engine.modeling.recipes import RECIPES
from engine.serving.manifest import ModelManifest, PostprocessSpec
from engine.training.batches import collate
from engine.training.fit import fit
from engine.training.load import load_network
from engine.training.marks import labels_of, read_marks
from engine.training.ranking import best_threshold
from engine.training.samples import Images
from engine.workspace import Workspace
from tests.unit.training.tiny import Told


@pytest.fixture
def tagged(workspace: Workspace, tmp_path: Path) -> Path:
    """Twelve parts with boxes; every fourth is flawless, and one of those is labelled good. The folder of the version."""
    from engine.data.records import Annotation

    import_data(workspace, make_sample(tmp_path / "sample", count=12, good_every=4))
    (good,) = add_label(workspace, "good").labels
    item = workspace.query("SELECT id FROM item WHERE id NOT IN (SELECT item_id FROM annotation) ORDER BY id")[0][0]
    apply(workspace, item, [Add(Annotation(workspace.new_ids("annotation", 1), item, good, "class"))])
    return workspace.path / "versions" / str(create_version(workspace, "v1", split="60/40/0").id)


def test_an_image_has_the_labels_of_its_shapes_and_none_only_where_a_person_says_good(tagged: Path) -> None:
    data = read_version(tagged.parent.parent, 1)
    labels = labels_of("multilabel", data)
    marks = read_marks("multilabel", data, labels)
    assert "good" not in labels
    assert len(marks) == 9 + 1  # the two flawless ones of which nobody says so are unknown
    assert sorted(len(one.labels) == 0 for one in marks.values()) == [False] * 9 + [True]
    assert all(len(set(one.labels)) == len(one.labels) for one in marks.values())
    images = Images(str(tagged), "multilabel", width=64, height=64)
    views = [images.train.view(index) for index in range(len(images.train))]
    (targets,) = collate(views, images.manifest()).targets
    for row, view in zip(present(targets, len(labels)).numpy(), views, strict=True):
        assert set(np.flatnonzero(row)) == set(view.labels.tolist())


def test_the_losses_are_what_their_papers_say() -> None:
    logits, labels = torch.tensor([[2.0, -1.0, 0.5]]), torch.tensor([[0, 2, -1]])
    p = logits.sigmoid()[0]
    plain = -(p[0].log() + (1 - p[1]).log() + p[2].log())
    assert float(MultiLabelLoss()(logits, labels)["loss"]) == pytest.approx(float(plain), rel=1e-5)
    lowered = p[1] - 0.05
    asymmetric = -((1 - p[0]) * p[0].log() + lowered**4 * (1 - lowered).log() + (1 - p[2]) * p[2].log())
    assert float(AsymmetricLoss()(logits, labels)["loss"]) == pytest.approx(float(asymmetric), rel=1e-5)
    easy = AsymmetricLoss()(torch.full((1, 3), -5.0), torch.tensor([[-1]]))["loss"]
    assert float(easy) == 0  # far below the margin: nothing more to learn of what is absent
    rare = MultiLabelLoss()
    rare.balance([90, 9, 1])
    both = [float(rare(logits, torch.tensor([[number]]))["loss"]) for number in (0, 2)]
    assert both[1] > both[0]


def test_a_threshold_lies_between_what_it_parts() -> None:
    has = np.array([True, True, False, False])
    assert best_threshold(has, np.array([0.9, 0.6, 0.2, 0.1])) == pytest.approx(0.4)
    assert best_threshold(has, np.array([0.3, 0.3, 0.3, 0.3])) == pytest.approx(0.15)  # of equal ones all or none
    assert best_threshold(~np.ones(4, np.bool_), np.zeros(4)) is None


def test_a_training_keeps_a_threshold_for_each_label_and_the_network_answers_chances(
    tagged: Path, tmp_path: Path
) -> None:
    values = {"data.width": 64, "data.height": 64, "backbone.width": 8, "train.steps": 4, "train.batch": 4,
              "train.checks": 2, "train.class_weights": "balanced"}  # fmt: skip
    run = tmp_path / "run"
    run.mkdir()
    (run / "model.py").write_text(compile_graph(RECIPES["multilabel-small"].graph("tags").with_parameters(values)))
    result = fit(run, tagged, 1, told := Told())
    assert set(result["metrics"]) == {"val_map", "val_f1"}
    manifest = ModelManifest.load(run)
    assert len(manifest.postprocess.thresholds) == len(manifest.labels)
    assert any("own score" in line for line in told.lines)
    assert any("Weights of the labels" in line for line in told.lines)
    chances = load_network(run)(torch.randn(2, 3, 64, 64)) if manifest.input.channels == 3 else None
    assert chances is None or (
        chances.shape == (2, len(manifest.labels)) and bool(((chances > 0) & (chances < 1)).all())
    )


def test_a_version_of_good_images_alone_has_no_label_to_learn(workspace: Workspace, tmp_path: Path) -> None:
    make_sample(tmp_path / "sample", count=2, good_every=1)
    (tmp_path / "sorted").mkdir()
    (tmp_path / "sample" / "images").rename(tmp_path / "sorted" / "good")
    import_data(workspace, tmp_path / "sorted", format="folder_per_class")
    create_version(workspace, "v1", split="50/50/0")
    with pytest.raises(BadInput, match="names a defect"):
        labels_of("multilabel", read_version(workspace.path, 1))


def test_all_labels_above_their_thresholds_are_suggested() -> None:
    manifest = ModelManifest(
        "m", "multilabel", ("a", "b", "c"), postprocess=PostprocessSpec(0.5, thresholds=(0.8, 0.2, 0.5))
    )
    answer = Predicted(probabilities=np.array([0.7, 0.25, 0.1]))
    assert [label for label, *_ in found_in(answer, manifest, 0.5)] == ["b"]
    assert [label for label, *_ in found_in(answer, manifest, 0.25)] == ["a", "b"]
