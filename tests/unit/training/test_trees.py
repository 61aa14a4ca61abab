"""Boosted trees: LightGBM grows them, and what is served answers as LightGBM does, without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from engine.data.tables import create_table, read_table
from engine.errors import UsageError
from engine.evaluation.evaluate import load_predictor
from engine.evaluation.predictor import evaluate_predictor
from engine.jobs.context import Cancelled
from engine.modeling.check import check
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph, Node, chain
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from engine.packaging.export import export_run
from engine.training import boosting
from engine.training.fit import fit
from engine.training.load import build_network, load_network
from engine.training.reporting import Terminal
from engine.training.runs import find_rate
from engine.training.tables import rows_of
from engine.workspace import Workspace

ROWS = 3000
QUICK = {"data.ignored": "part", "head.leaves": 15, "train.rounds": 150, "train.rate": 0.15, "train.patience": 10}


def drawn(**changes: Any) -> Graph:
    return RECIPES["table-lightgbm"].graph("parts").with_parameters(QUICK | changes)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A table whose answer lies in numbers (one with gaps, one without any in train) and in a category of 40 names."""
    random = np.random.default_rng(3)
    heat, force, age = random.normal(200, 15, ROWS), random.normal(size=ROWS), random.integers(0, 400, ROWS) * 1.0
    machine = random.integers(0, 40, ROWS)
    odds = (heat - 200) / 10 * np.sign(force) + np.sin(machine * 7.0) * 2 + (age > 300)
    part = random.choice(["train", "val", "test"], ROWS, p=[0.6, 0.2, 0.2])
    columns = {
        "heat": pa.array(heat, mask=random.random(ROWS) < 0.1),
        "force": pa.array(force, mask=(part == "test") & (random.random(ROWS) < 0.3)), "age": age,
        "machine": [f"m{one}" for one in machine], "part": part,
        "scrap": np.where(random.random(ROWS) < 1 / (1 + np.exp(-odds)), "bad", "ok"),
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("trees")
    pq.write_table(pa.table(columns), folder / "parts.parquet")
    with Workspace.create(folder / "ws") as workspace:
        create_table(workspace, "parts", folder / "parts.parquet", by="part")
        yield workspace


def new_run(ws: Workspace, name: str, graph: Graph) -> Path:
    run = ws.path / "runs" / name
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"version": 1, "graph": graph.name}), "utf-8")
    (run / "model.py").write_text(compile_graph(graph), "utf-8")
    return run


@pytest.fixture(scope="module")
def grown(ws: Workspace) -> tuple[Path, dict[str, Any]]:
    """A finished run, and its result."""
    run = new_run(ws, "grown", drawn())
    return run, fit(run, ws.path / "versions" / "1", 0, Terminal())


def test_trees_find_what_numbers_do_together_and_end_when_val_gains_no_more(ws: Workspace, grown: Any) -> None:
    run, result = grown
    assert result["steps"] < 150
    assert result["kept_step"] == result["steps"] - 10
    assert result["metrics"]["val_auroc"] > 0.8
    scores = evaluate_predictor(load_predictor(run, "torch"), read_table(ws.path, 1), "test")
    assert scores.metrics["auroc"] > 0.75  # a third of its forces are not known
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    losses = [line["val_log_loss"] for line in lines if "val_log_loss" in line]
    assert losses.index(min(losses)) + 1 == result["kept_step"]
    assert result["metrics"]["val_log_loss"] == pytest.approx(min(losses), abs=1e-5)


def test_figures_that_are_wired_to_the_growing_are_told_of_val(ws: Workspace) -> None:
    graph = drawn(**{"train.rounds": 5})
    for name in ("f1", "ap", "recall_at"):
        graph.nodes.append(Node(name, f"metric.{name}", 1, {}))
        graph.edges += chain([f"{name}.metric -> train.metrics"])
    assert from_code(compile_graph(graph), graph).lost == []
    figures = fit(new_run(ws, "figures", graph), ws.path / "versions" / "1", 0, Terminal())["metrics"]
    assert set(figures) == {"val_auroc", "val_log_loss", "val_f1", "val_ap", "val_recall_at_0.02"}
    assert figures["val_ap"] > 0.5
    assert 0 < figures["val_recall_at_0.02"] < figures["val_f1"] < 1


def test_the_network_its_export_and_lightgbm_itself_say_the_same(ws: Workspace, grown: Any) -> None:
    run, result = grown
    export = export_run(run, ws.path, lambda *_: None)
    assert list(export.precisions) == ["fp32"]
    network, predictor = load_network(run), load_predictor(run, "fp32")
    rows = rows_of(read_table(ws.path, 1), predictor.manifest.table, predictor.manifest.labels, "test")
    odd = rows.tensor[:4].copy()
    odd[:, 0, 0], odd[:, 0, 1] = [[1] * 4, [0] * 4, [1, 1, 1, 0], [0, 0, 0, 1]], 1.0  # nothing known, unknown names
    tensor = np.concatenate([rows.tensor, odd])
    columns = build_network(run).head.columns(torch.from_numpy(tensor)).numpy().astype(np.float64)
    assert np.isnan(columns[:, 1]).sum() > 50
    own = lightgbm.Booster(model_file=run / "trees.txt")
    assert own.current_iteration() == result["kept_step"]
    wanted = own.predict(columns)
    for answers in (network(torch.from_numpy(tensor)).numpy(), predictor.infer(tensor)["probabilities"]):
        assert np.abs(answers[:, 1] - wanted).max() < 1e-6
    assert predictor.predict_rows({"heat": [None], "force": ["0.5"], "age": [9], "machine": ["new"]})[0].classification


class Stopping(Terminal):
    """A person who stops after so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def should_stop(self) -> None:
        self.looks -= 1
        if self.looks < 0:
            raise Cancelled


def test_a_stopped_training_goes_on_from_its_text_of_trees_as_if_it_had_not_been_stopped(
    ws: Workspace, grown: Any
) -> None:
    run = new_run(ws, "stopped", drawn())
    version = ws.path / "versions" / "1"
    with pytest.raises(Cancelled):
        fit(run, version, 0, Stopping(7))
    text = run / boosting.TREES
    assert text.read_text("utf-8").startswith("tree\n")
    assert lightgbm.Booster(model_file=text).current_iteration() == 8
    result = fit(run, version, 0, Terminal())
    assert result["kept_step"] == grown[1]["kept_step"]
    assert result["metrics"] == pytest.approx(grown[1]["metrics"], abs=1e-6)
    assert fit(run, version, 0, Terminal())["metrics"] == result["metrics"]  # it was done already
    text.write_text("tree\nbroken")
    assert fit(run, version, 0, Terminal())["kept_step"] == result["kept_step"]


def test_without_rows_to_measure_on_all_trees_are_grown(ws: Workspace, tmp_path: Path) -> None:
    size = np.arange(60.0)
    pq.write_table(pa.table({"size": size, "late": (size > 30).astype(int)}), tmp_path / "t.parquet")
    version = create_table(ws, "no val", tmp_path / "t.parquet", split="100/0/0")
    run = new_run(ws, "blind", drawn(**{"data.ignored": "", "train.rounds": 12}))
    result = fit(run, ws.path / "versions" / str(version.id), 0, Terminal())
    assert (result["kept_step"], result["steps"], result["metrics"]) == (12, 12, {})


def test_trees_are_told_from_what_learns_in_steps(ws: Workspace) -> None:
    graph = drawn()
    code = compile_graph(graph)
    assert from_code(code, graph).graph == graph
    assert compile_graph(from_code(code).graph) == code
    steps = RECIPES["table-fm"].graph("parts")
    node = steps.node("head")
    node.type, node.parameters = "table.lightgbm", {}
    assert any("gives scores of trees" in issue.message.en or "no output" in issue.message.en for issue in check(steps))
    with pytest.raises(UsageError, match="learns nothing by gradients"):
        find_rate(ws, graph, "parts")
