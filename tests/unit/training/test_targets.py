"""Several columns of a table foretold at once: what is learnt together, measured and served for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from engine.data.tables import create_table, read_table
from engine.errors import BadInput, UsageError
from engine.evaluation.evaluate import load_predictor
from engine.evaluation.predictor import evaluate_predictor
from engine.modeling.catalogue import catalogue
from engine.modeling.check import check
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph
from engine.modeling.measure import measure
from engine.modeling.nets.targets import LossOfTargets
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from engine.packaging.export import export_run
from engine.serving.manifest import ModelManifest
from engine.serving.postprocess import finish
from engine.serving.preprocess import Geometry
from engine.serving.protocol import finished_outputs, model_metadata
from engine.serving.tables import Fields
from engine.training.fit import fit
from engine.training.load import load_module
from engine.training.reporting import Terminal
from engine.training.settings import Training
from engine.training.tables import RowBatches, Table
from engine.workspace import Workspace

SEVERAL = [name for name, found in catalogue().items() if found.outputs and found.outputs[0].kind == "answers"]
BOTH = {"data.target": "scrap, rework", "data.ignored": "part"}


def drawn(network: str = "table.mmoe", **changes: Any) -> Graph:
    graph = RECIPES["table-mmoe"].graph("parts")
    node = graph.node("head")
    node.type, node.parameters = network, catalogue()[network].defaults()
    return graph.with_parameters(BOTH | changes)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Heat and force: hot parts are scrap, hot or pressed ones need rework, of which every fifth row tells nothing."""
    random = np.random.default_rng(0)
    heat, force = random.normal(size=(2, 1000))
    rework = np.where(heat + force > 0, "yes", "no").tolist()
    columns = {
        "heat": heat, "force": force, "part": random.choice(["train", "val", "test"], 1000, p=[0.6, 0.2, 0.2]),
        "scrap": np.where(heat > 0.7, "bad", "ok"),
        "rework": pa.array([None if number % 5 == 0 else said for number, said in enumerate(rework)]),
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("targets")
    pq.write_table(pa.table(columns), folder / "parts.parquet")
    with Workspace.create(folder / "ws") as workspace:
        create_table(workspace, "parts", folder / "parts.parquet", by="part")
        yield workspace


@pytest.fixture(scope="module")
def run(ws: Workspace) -> Path:
    """A short training of MMoE."""
    place = ws.path / "runs" / "both"
    place.mkdir(parents=True)
    (place / "run.json").write_text(json.dumps({"version": 1, "graph": "parts"}), "utf-8")
    small = {"head.width": 4, "head.hidden": 16, "head.experts": 2, "head.tower": 8, "head.dropout": 0.0}
    graph = drawn(**small, **{"train.steps": 60, "train.batch": 128, "train.checks": 1, "train.average": 0.5})
    (place / "model.py").write_text(compile_graph(graph), "utf-8")
    result = fit(place, ws.path / "versions" / "1", 0, Terminal())
    assert {"val_auroc", "val_auroc scrap", "val_auroc rework"} <= set(result["metrics"])
    return place


def test_both_columns_are_learnt_and_each_is_measured(ws: Workspace, run: Path) -> None:
    predictor, table = load_predictor(run, "torch"), read_table(ws.path, 1)
    scrap = evaluate_predictor(predictor, table, "test")
    rework = evaluate_predictor(predictor, table, "test", target="rework")
    assert scrap.metrics["auroc"] == scrap.metrics["auroc scrap"] == rework.metrics["auroc scrap"]
    assert rework.metrics["auroc"] == scrap.metrics["auroc rework"]
    assert min(scrap.accuracy, rework.accuracy) > 0.9
    low, high = scrap.intervals["auroc rework"]
    assert low <= rework.accuracy <= high
    assert rework.confusion["labels"][:2] == ["no", "yes"]
    assert "missed" in scrap.metrics  # “ok” is a good part
    assert rework.metrics["items"] < scrap.metrics["items"]  # rows of which rework is not known are left out
    with pytest.raises(UsageError, match="foretells scrap, rework"):
        evaluate_predictor(predictor, table, "test", target="heat")


def test_the_served_model_answers_for_each_column(ws: Workspace, run: Path) -> None:
    assert export_run(run, ws.path, lambda *_: None).parity["probabilities"] < 1e-4
    predictor = load_predictor(run, "fp32")
    hot, cold = predictor.predict_rows({"heat": [2.0, -2.0], "force": [1.0, -1.0]})
    assert (hot.classification.label, cold.classification.label) == ("bad", "ok")
    told = hot.to_json()
    assert told["label"] == told["targets"]["scrap"]["label"] == "bad"
    assert told["targets"]["rework"]["label"] == "yes"
    outputs = finished_outputs([hot, cold])
    assert outputs["labels.rework"].tolist() == [b"yes", b"no"]
    assert outputs["scores.scrap"].tolist() == outputs["scores"].tolist()
    described = model_metadata(predictor.manifest)
    assert {"labels.scrap", "scores.rework"} <= {one["name"] for one in described["outputs"]}
    assert described["parameters"]["raw_outputs"][0]["shape"] == [-1, 2, 2]
    again = ModelManifest.from_json(json.loads(json.dumps(predictor.manifest.to_json())))
    assert again.table == predictor.manifest.table
    whole = Geometry(1, 1, 1, 1, 0, 0)
    assert finish({"probabilities": np.array([[[0.2, 0.8], [0.9, 0.1]]])}, again, whole).targets["rework"].label == "no"


@pytest.mark.parametrize("network", SEVERAL)
def test_each_network_of_several_targets_compiles_is_read_back_and_learns(
    network: str, ws: Workspace, tmp_path: Path
) -> None:
    graph = drawn(network)
    code = compile_graph(graph)
    assert from_code(code, graph).graph == graph
    assert compile_graph(from_code(code).graph) == code
    (tmp_path / "model.py").write_text(code, "utf-8")
    module = load_module(tmp_path / "model.py")
    table = module.Data(str(ws.path / "versions" / "1"), seed=1).data
    model = module.Model(table.manifest().made_for, 2)
    batch = RowBatches(table.train, Training(batch=32), 1).batch(0)
    assert (batch.targets[0] == -1).any()
    losses = model.training_step(batch, 0)
    losses["loss"].backward()
    assert losses["loss"].item() == pytest.approx(losses["loss_1"].item() + losses["loss_2"].item(), abs=1e-5)
    assert [name for name, value in model.named_parameters() if value.grad is None] == []
    assert measure(graph, 2, code).nodes["head"].shapes == [[1, 2, 2]]


def test_weights_say_who_counts_and_what_is_not_known_teaches_nothing() -> None:
    answers = torch.tensor([[[0.0, 2.0], [0.0, 1.0]], [[0.0, -1.0], [0.0, 3.0]]])
    labels = torch.tensor([[1, -1], [0, 1]])
    alone = torch.nn.functional.cross_entropy
    first, second = alone(answers[:, 0], labels[:, 0]), alone(answers[1:, 1], labels[1:, 1])
    assert LossOfTargets("3, 0.5")(answers, labels)["loss"] == pytest.approx(3 * first + second / 2)
    nothing = LossOfTargets()(answers, torch.tensor([[1, -1], [0, -1]]))
    assert nothing["loss"] == pytest.approx(first)


def test_a_network_for_one_column_is_refused_for_two_where_it_is_drawn_and_where_it_is_trained(
    ws: Workspace, tmp_path: Path
) -> None:
    graph = RECIPES["table-deepfm"].graph("parts").with_parameters(BOTH)
    (issue,) = [one for one in check(graph) if one.severity == "error"]
    assert (issue.node, issue.place) == ("head", "rows")
    assert "2 columns are to be foretold; this network foretells one" in issue.message.en
    (wrong,) = check(drawn(**{"loss.weights": "1, 1, 1"}))
    assert "3 weights and 2 columns" in wrong.message.en
    table = Table(str(ws.path / "versions" / "1"), target="scrap, rework", ignored="part")
    assert table.manifest().made_for == Fields((2, 2), 2)
    assert table.manifest().made_for.targets == 2
    code = compile_graph(graph.with_parameters({"data.target": "scrap"})).replace(
        "target='scrap'", "target='scrap, rework'"
    )
    (tmp_path / "model.py").write_text(code, "utf-8")
    with pytest.raises(BadInput, match="this network foretells one column"):
        fit(tmp_path, ws.path / "versions" / "1", 0, Terminal())
