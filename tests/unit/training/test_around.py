"""What is drawn around a training does what it says: real trainings of a few steps, checks of real images, an export."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as sklearn

from engine.jobs.context import Cancelled
from engine.modeling.catalogue import catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Node, chain
from engine.modeling.recipes import RECIPES
from engine.packaging.export import export_as_drawn, settings_of
from engine.serving.manifest import ModelManifest
from engine.training.callbacks import WeightAverage, waited
from engine.training.fit import fit
from engine.training.metrics import AveragePrecision, F1Score, LogLoss, RecallAt
from engine.training.ranking import ranked
from engine.training.settings import CHOICE, EqualAverage, ExportSettings, MovingAverage
from tests.unit.training.tiny import TINY, Told, Train, losses

Run = Callable[..., tuple[Path, dict[str, Any], Told]]
WEIGHTS = "weights.safetensors"


@pytest.fixture
def drawn(version_folder: Path, tmp_path: Path) -> Run:
    """Train the detection recipe with more components; gives folder, result and what was told."""
    numbers = iter(range(100))

    def run(
        *parts: tuple[str, dict[str, Any]], edges: tuple[str, ...] = (), told: Told | None = None,
        folder: Path | None = None, **changes: Any,
    ) -> tuple[Path, dict[str, Any], Told]:  # fmt: skip
        told = told or Told()
        if folder is None:
            folder = tmp_path / "runs" / f"drawn{next(numbers)}"
            folder.mkdir(parents=True)
            graph = (
                RECIPES["detection"]
                .graph("m")
                .with_parameters(TINY | {f"train.{name}": value for name, value in changes.items()})
            )
            for type_, values in parts:
                name = type_.partition(".")[2]
                graph.nodes.append(Node(name, type_, 1, catalogue()[type_].defaults() | values))
                if type_.startswith("callback"):
                    graph.edges += chain([f"{name}.callbacks -> train.callbacks"])
            graph.edges += chain(list(edges))
            (folder / "model.py").write_text(compile_graph(graph), "utf-8")
        try:
            return folder, fit(folder, version_folder, 1, told), told
        except Cancelled:
            return folder, {}, told

    return run


def test_the_nodes_end_and_average_as_the_parameters_of_the_training_do(drawn: Run, train: Train) -> None:
    node, ended, told = drawn(("callback.early_stop", {"patience": 2}), ("callback.average", {"share": 0.9}),
                              steps=40, checks=10)  # fmt: skip
    assert ended["steps"] == 12  # untrained weights find nothing, so that every figure is 0
    assert any("Ended at step 12: the last 2 checks were no better." in line for line in told.lines)
    parameter, _, _ = train(steps=40, checks=10, patience=2, average=0.9)
    assert (node / WEIGHTS).read_bytes() == (parameter / WEIGHTS).read_bytes()
    other, _, _ = drawn(("callback.early_stop", {"patience": 2}), steps=40, checks=10, patience=5, average=0.9)
    assert (other / WEIGHTS).read_bytes() == (node / WEIGHTS).read_bytes()  # where both are set, the node counts


def test_what_is_better_by_less_than_the_margin_is_waited_for_until_it_adds_up() -> None:
    assert [waited(values, 0.1) for values in ([], [0.5], [0.5, 0.55, 0.58], [0.5, 0.55, 0.58, 0.61])] == [0, 0, 2, 0]
    assert waited([0.3, 0.5, 0.5, 0.4], 0) == 2


def test_an_average_is_the_weights_themselves_before_its_start_and_all_steps_alike_behind_it() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    equal = WeightAverage(network, EqualAverage(start=0.5), steps=8)
    moving = WeightAverage(network, MovingAverage(0.998, start=0.5), steps=8)
    seen = []
    for step in range(1, 9):
        network.weight.data.fill_(float(step))
        for average in (equal, moving):
            average.on_train_batch_end(SimpleNamespace(global_step=step), SimpleNamespace(network=network))
        seen.append((float(equal.network.weight), float(moving.network.weight)))
    assert seen[:4] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert [value for value, _ in seen[4:]] == pytest.approx([4.5, 5, 5.5, 6])
    assert seen[4][1] == pytest.approx(4 + 10 / 11)


def test_a_training_ends_with_its_time_or_when_its_loss_stands_still_and_keeps_what_it_has(drawn: Run) -> None:
    folder, result, told = drawn(("callback.time_limit", {"minutes": 1e-6}), steps=40, checks=1)
    assert (result["steps"], result["kept_step"], set(result["metrics"])) == (1, 1, {"val_map50", "val_map"})
    assert any("Ended at step 1: the 1e-06 minutes are over." in line for line in told.lines)
    _, again, _ = drawn(folder=folder)
    assert (again["steps"], len(losses(folder))) == (1, 1)  # resumed, it is over
    still, result, told = drawn(("callback.settled", {"steps": 10, "margin": 0.5}), steps=40)
    assert result["steps"] == len(losses(still)) == 20  # half the loss in ten steps is asked too much
    assert any("Ended at step 20: the loss of the last 10 steps" in line for line in told.lines)
    assert (still / WEIGHTS).exists()


def test_noise_changes_the_course_and_a_resumed_run_has_the_same(drawn: Run, train: Train) -> None:
    part = ("callback.gradient_noise", {"strength": 0.1})
    whole, _, _ = drawn(part)
    plain, _, _ = train()
    assert losses(whole)[0] == losses(plain)[0]
    assert losses(whole)[-1] != losses(plain)[-1]
    broken, _, _ = drawn(part, told=Told(stop_at=3))
    assert len(losses(broken)) == 3
    drawn(folder=broken)
    assert losses(broken) == losses(whole)


def test_weights_are_kept_by_the_figure_that_is_wired_and_other_figures_are_told(drawn: Run) -> None:
    folder, result, told = drawn(
        ("metric.map", {"overlap": "0.5:0.95"}), ("metric.f1", {}), ("callback.keep", {"which": "last"}),
        edges=("map.metric -> train.best", "f1.metric -> train.metrics"), checks=3,
    )  # fmt: skip
    checks = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines() if "val_" in line]
    assert all({"val_map50", "val_map", "val_f1"} < set(line) for line in checks)
    assert result["kept_step"] == 6
    assert {"event": "judge", "figure": "val_map", "higher": True} in told.events


def test_figures_of_a_ranking_are_those_of_scikit_learn_and_a_recall_is_bought_with_no_more_than_its_price() -> None:
    random = np.random.default_rng(5)
    bad = random.random(400) < 0.2
    scores = np.round(random.normal(size=400) + bad, 1)  # with ties
    found = ranked(bad, scores, [F1Score(), AveragePrecision(), RecallAt(0.02), RecallAt(0.2)])
    precision, recall, _ = sklearn.precision_recall_curve(bad, scores)
    assert found["val_f1"] == pytest.approx((2 * precision * recall / (precision + recall)).max())
    assert found["val_ap"] == pytest.approx(sklearn.average_precision_score(bad, scores), abs=0.02)  # COCO's area
    rejected, caught, _ = sklearn.roc_curve(bad, scores, drop_intermediate=False)
    for price in (0.02, 0.2):
        assert found[f"val_recall_at_{price:g}"] == pytest.approx(caught[rejected <= price].max())
    assert ranked(np.zeros(3, np.bool_), np.ones(3), [F1Score()]) == {}


def test_less_is_better_for_a_loss_and_a_figure_that_is_missing_is_the_worst() -> None:
    loss, f1 = LogLoss(), F1Score()
    assert max([{"val_log_loss": 0.7}, {"val_log_loss": 0.2}, {}], key=loss.worth) == {"val_log_loss": 0.2}
    assert max([{"val_f1": 0.2}, {"val_f1": 0.7}, {}], key=f1.worth) == {"val_f1": 0.7}
    assert CHOICE["detection"] == "val_map50"


def test_what_the_drawing_says_of_the_export_is_what_is_made_and_no_part_of_the_artifact(
    drawn: Run, version_folder: Path
) -> None:
    wanted = {"int8": True, "bf16": False, "calibration": 8, "max_drop": 100.0, "batch": "one"}
    folder, _, _ = drawn(("export.model", wanted), edges=("train.model -> model.model",))
    assert settings_of(ModelManifest.load(folder)) == ExportSettings(**wanted)
    (folder / "run.json").write_text(json.dumps({"version": int(version_folder.name), "version_digest": ""}), "utf-8")
    export = export_as_drawn(folder, version_folder.parent.parent, lambda *_: None)
    assert set(export.precisions) == {"fp32", "int8"}
    assert (export.dynamic_batch, export.max_drop) == (False, 100.0)
    for precision in export.precisions:
        assert "export" not in ModelManifest.load(folder / "export" / precision).extra


@pytest.mark.slow
def test_int8_that_cannot_be_made_is_told_and_the_rest_is_exported(drawn: Run) -> None:
    folder, _, _ = drawn(("export.model", {"int8": True}), edges=("train.model -> model.model",))
    (folder / "run.json").write_text(json.dumps({"version": 99}), "utf-8")
    export = export_as_drawn(folder, folder.parent.parent, lambda *_: None)
    assert "is gone" in export.rejected["int8"]
    assert "fp32" in export.precisions
    assert "is gone" in json.loads((folder / "export" / "export.json").read_text())["rejected"]["int8"]
