"""Cross-validation: folds that part no group and share the labels, and trainings that are not made twice."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version, read_version
from engine.errors import BadInput, UsageError
from engine.training.folds import rotate, run_folds, summary
from engine.training.runs import start_run
from engine.training.samples import Images, Sample, Samples
from engine.workspace import Workspace
from tests.unit.training.tiny import Told


def images(count: int) -> Any:
    """Every third item has the label 1; a third of them were val."""
    items = [
        Sample(key, f"{key}.png", "", 0, np.empty((0, 4), np.float32), np.array([int(key % 3 == 0)]))
        for key in range(count)
    ]
    manifest = None
    made = SimpleNamespace(manifest=lambda: manifest, skipped={}, bad=[], keep_normal=lambda: None)
    made.train, made.val = (Samples(part, made.manifest, {}) for part in (items[count // 3 :], items[: count // 3]))
    return made


def test_each_item_is_val_once_and_labels_are_shared_out() -> None:
    seen: list[int] = []
    for fold in range(3):
        made = images(30)
        rotate(made, {}, fold, 3)
        val, train = ([sample.key for sample in part.items] for part in (made.val, made.train))
        assert len(train) == 20
        assert not set(val) & set(train)
        assert 3 <= sum(key % 3 == 0 for key in val) <= 4
        seen += val
    assert sorted(seen) == list(range(30))


def test_items_of_a_group_stay_together_and_too_few_of_them_are_said() -> None:
    groups = {key: f"lot {key // 6}" for key in range(30)}
    for fold in range(2):
        made = images(30)
        rotate(made, groups, fold, 2)
        assert not {groups[s.key] for s in made.val.items} & {groups[s.key] for s in made.train.items}
    with pytest.raises(BadInput, match="there are 5"):
        rotate(images(30), groups, 0, 6)


def test_an_item_with_several_labels_counts_as_its_rarest_and_one_without_any_as_itself() -> None:
    for fold in range(3):
        made = images(30)
        for sample in made.train.items + made.val.items:  # 10 without a label, 17 with one, 3 with a second one
            sample.labels = np.array([] if sample.key % 3 == 1 else [0, 1] if sample.key in (2, 3, 5) else [0])
        rotate(made, {}, fold, 3)
        val = [sample.labels.tolist() for sample in made.val.items]
        assert val.count([0, 1]) == 1
        assert 3 <= val.count([]) <= 4


def test_an_anomaly_model_learns_from_good_images_alone_in_every_fold(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=24))
    version = create_version(workspace, "v1", split="70/30/0")
    folder = str(workspace.path / "versions" / str(version.id))
    marked = set(read_version(workspace.path, version.id).annotations["item_key"].to_pylist())
    judged: list[int] = []
    for fold in range(3):
        found = Images(folder, "anomaly")
        rotate(found, {}, fold, 3)
        learnt, val = ({sample.key for sample in part.items} for part in (found.train, found.val))
        assert not learnt & (marked | val)
        assert abs(len(val & marked) - len(marked) / 3) < 1
        judged += val
    assert len(judged) == len(set(judged)) == 24


def test_a_fold_that_is_done_is_not_trained_again(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("x = 1")
    made: list[int] = []

    def fit(folder: Path, reporter: Any, fold: tuple[int, int]) -> dict[str, Any]:
        if len(made) == 1 and made[-1] == 0 and fold[0] == 1 and not (tmp_path / "again").exists():
            (tmp_path / "again").touch()
            raise KeyboardInterrupt
        assert (folder / "model.py").read_text() == "x = 1"
        reporter.metric(1, loss=2.0)
        made.append(fold[0])
        return {"metrics": {"val_map50": 0.5 + 0.1 * fold[0]}}

    with pytest.raises(KeyboardInterrupt):
        run_folds(tmp_path, 3, Told(), fit)
    result = run_folds(tmp_path, 3, Told(), fit)
    assert made == [0, 1, 2]
    assert result["metrics"]["val_map50"] == pytest.approx(0.6)
    assert result["spread"]["val_map50"] == pytest.approx(0.1)
    assert summary([{"a": 1.0, "b": 2.0}, {"a": 3.0}])["metrics"] == {"a": 2.0}


def test_a_number_of_folds_that_cannot_be_is_refused(workspace: Workspace) -> None:
    for count in (1, 21, -3):
        with pytest.raises(UsageError, match="choose 2 to 20"):
            start_run(workspace, "g", "v1", folds=count)
