"""Sweeps with real trials of a tiny network."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.gui.training.reading import RunReader
from engine.data.tables import Roles, create_table
from engine.errors import BadInput, UsageError
from engine.jobs import Job, get_job, list_jobs, wait
from engine.modeling.graph import Graph
from engine.modeling.graphs import load_graph, save_graph
from engine.modeling.recipes import RECIPES
from engine.training.models import list_models
from engine.training.runs import start_run
from engine.training.sweeps.study import Study, mend
from engine.training.sweeps.sweeps import Sweep, apply_best, get_sweep, job_of, keep_trial, list_sweeps, start_sweep
from engine.workspace import Workspace
from tests.unit.training.sweeps.conftest import TINY
from tests.unit.training.test_teacher import taught

SPACE = ["optimiser.rate=0.003,0.00000001", "backbone.width=8,16"]


def sweep_of(ws: Workspace, job: Job) -> Sweep:
    return get_sweep(ws, job.arguments["sweep"])


def test_of_four_trials_the_hopeless_is_stopped_and_the_best_becomes_the_model(
    workspace: Workspace, graph: Graph, warm_jobs: None
) -> None:
    job = start_sweep(workspace, "shades", "v1", SPACE, trials=4, seed=5)
    status = wait(workspace, job)
    assert status.state == "done", status
    sweep = sweep_of(workspace, job)
    drawn = {"optimiser.rate": 0.003, "backbone.width": 8}
    assert [trial.number for trial in sweep.trials] == [1, 2, 3, 4]
    assert sweep.trials[0].values == drawn  # the graph as it is, to compare with
    stopped = [trial for trial in sweep.trials if trial.state == "stopped"]
    assert stopped, sweep.trials
    assert all(trial.values["optimiser.rate"] == 0.00000001 for trial in stopped)
    assert any("half of the other trials had" in trial.why and "中位数" in trial.why_zh for trial in stopped)
    assert all(len(trial.checks) < 4 for trial in stopped)
    best = sweep.best
    assert best is not None
    assert best.state == "done"
    assert best.value == 1.0
    (model,) = list_models(workspace)
    assert model.run_id == best.run
    for trial in sweep.trials:
        details = json.loads((workspace.path / "runs" / trial.run / "run.json").read_text())
        assert details["sweep"] == sweep.id
    assert job_of(workspace, sweep.id) is not None
    other = next(trial for trial in sweep.trials if trial.state == "done" and trial.run != best.run)
    keep_trial(workspace, sweep.id, other.number)
    assert {model.run_id for model in list_models(workspace)} == {best.run, other.run}
    with pytest.raises(UsageError, match="did not end"):
        keep_trial(workspace, sweep.id, stopped[0].number)


def test_a_killed_sweep_goes_on_with_what_its_trials_have_found(
    workspace: Workspace, graph: Graph, warm_jobs: None
) -> None:
    job = start_sweep(
        workspace, "shades", "v1", ["optimiser.rate=0.001..0.01 log"], trials=3, pruner="none", parallel=2
    )
    while len([trial for trial in sweep_of(workspace, job).trials if trial.state == "done"]) < 1:
        assert job.status().active
        time.sleep(0.02)
    pids = [event["pid"] for event in job.events()[0] if event["event"] == "started"]
    os.kill(pids[-1], signal.SIGKILL)
    assert wait(workspace, job).state == "killed"
    before = [trial for trial in sweep_of(workspace, job).trials if trial.state == "done"]
    with (workspace.path / "sweeps" / job.arguments["sweep"] / "study.jsonl").open("ab") as file:
        file.write(b'{"op_code": 5, "half')  # as a power cut leaves it
    job = get_job(workspace, job.id)
    job.resume()
    assert wait(workspace, job).state == "done"
    trials = sweep_of(workspace, job).trials
    assert len(trials) == 3
    assert [trial for trial in trials if trial.number in {ended.number for ended in before}] == before
    runs = [found.arguments["run"] for found in list_jobs(workspace) if found.kind == "train"]
    assert sorted(runs) == sorted({trial.run for trial in trials})  # none was trained twice


def test_a_cancelled_sweep_stops_its_trials_and_takes_them_up_again(
    workspace: Workspace, graph: Graph, warm_jobs: None
) -> None:
    long = graph.with_parameters({"train.steps": 100_000, "train.checks": 0})
    job = start_sweep(workspace, long, "v1", ["optimiser.rate"], trials=1)
    while not any(found.kind == "train" and found.status().state == "running" for found in list_jobs(workspace)):
        assert job.status().active
        time.sleep(0.02)
    job.cancel()
    assert wait(workspace, job).state == "cancelled"
    (trial,) = [found for found in list_jobs(workspace) if found.kind == "train"]
    assert wait(workspace, trial).state == "cancelled"
    assert sweep_of(workspace, job).trials[0].state == "running"  # it is, as soon as the sweep goes on
    job = get_job(workspace, job.id)
    job.resume()
    while not trial.status().active:
        assert job.status().active
        time.sleep(0.02)
    job.pause()
    while trial.status().state != "paused":
        assert job.status().active
        time.sleep(0.02)
    job.cancel()
    assert wait(workspace, job).state == "cancelled"
    assert wait(workspace, trial).state == "cancelled"


def test_a_sweep_has_one_slot_for_all_its_trials_and_a_training_given_later_waits_for_the_whole_of_it(
    workspace: Workspace, graph: Graph, warm_jobs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINESIDE_DEVICE", "cpu")  # one slot
    earlier = start_run(workspace, graph.with_parameters({"train.steps": 100_000, "train.checks": 0}), "v1")
    until(earlier, "running")
    sweep = start_sweep(workspace, "shades", "v1", SPACE, trials=3, parallel=2, pruner="none")
    later = start_run(workspace, "shades", "v1")
    until(sweep, "waiting")
    until(later, "waiting")
    assert later.status().message == "Waits for its turn, 1 before it"
    assert not any(found.spec.get("within") for found in list_jobs(workspace))
    earlier.cancel()
    until(sweep, "done")
    until(later, "done")
    trials = [found for found in list_jobs(workspace) if found.spec.get("within") == sweep.id]
    assert [found.status().state for found in trials] == ["done"] * 3
    assert {RunReader().line(found, {}).graph for found in trials} == {"shades #1", "shades #2", "shades #3"}
    began = later.events()[0][0]["at"]
    assert all(found.events()[0][-1]["at"] < began for found in (sweep, *trials))
    wait(workspace, earlier)


def test_trials_learn_from_the_teachers_that_the_space_names(
    workspace: Workspace, graph: Graph, warm_jobs: None
) -> None:
    until(start_run(workspace, "shades", "v1"), "done")
    until(start_run(workspace, "shades", "v1", {"train.steps": 2}), "done")
    wait(workspace, list_jobs(workspace)[0])
    drawn, unnamed = (taught("classification-small", TINY, model=name) for name in ("shades:1", ""))
    with pytest.raises(BadInput, match="no model is named"):
        start_sweep(workspace, unnamed, "v1", ["teacher.weight=0.3,0.7"], trials=2)
    with pytest.raises(UsageError, match="no model “shades:9”"):
        start_sweep(workspace, drawn, "v1", ["teacher.model=shades:1,shades:9"], trials=2)
    job = start_sweep(workspace, drawn, "v1", ["teacher.model=shades:1,shades:2"], trials=4, pruner="none", seed=5)
    status = wait(workspace, job)
    assert status.state == "done", status
    models = {model.title: model.folder for model in list_models(workspace)}
    trials = sweep_of(workspace, job).trials
    assert {trial.values["teacher.model"] for trial in trials} == {"shades:1", "shades:2"}
    for trial in trials:
        theirs = models[trial.values["teacher.model"]] / "weights.safetensors"
        taken = workspace.path / "runs" / trial.run / "teacher" / "weights.safetensors"
        assert taken.read_bytes() == theirs.read_bytes()


def test_trees_are_tried_too_and_a_trial_is_judged_by_the_trees_that_it_keeps(
    workspace: Workspace, tmp_path: Path, warm_jobs: None
) -> None:
    chance = np.random.default_rng(0)
    heat, force = chance.normal(size=(2, 400))
    rows = {
        "heat": heat,
        "force": force,
        "scrap": np.where(heat * force > 0, "yes", "no"),
        "part": ["train", "val"] * 200,
    }
    pq.write_table(pa.table(rows), tmp_path / "parts.parquet")
    create_table(workspace, "parts", tmp_path / "parts.parquet", by="part", roles=Roles(target="scrap"))
    drawn = RECIPES["table-lightgbm"].graph("parts").with_parameters({"train.patience": 5, "train.checks": 1})
    job = start_sweep(workspace, drawn, "parts", ["train.rate=0.05,0.5"], trials=3, seed=1)
    status = wait(workspace, job)
    assert status.state == "done", status
    trials = sweep_of(workspace, job).trials
    for trial in trials:
        details = json.loads((workspace.path / "runs" / trial.run / "run.json").read_text())
        assert trial.value == details["metrics"]["val_auroc"] > 0.8
    (model,) = list_models(workspace)
    assert model.name == "parts"


def until(job: Job, state: str) -> None:
    deadline = time.monotonic() + 120
    while job.status().state != state:
        assert time.monotonic() < deadline, job.status()
        time.sleep(0.02)


def test_values_of_a_trial_are_written_into_the_graph_as_it_is_now(workspace: Workspace, graph: Graph) -> None:
    space = ["backbone=backbone.small,backbone.resnet", "optimiser.rate=0.001..0.01 log"]
    sweep = written(workspace, graph, space, {"backbone": "backbone.resnet", "optimiser.rate": 0.005}, 0.9)
    save_graph(workspace, load_graph(workspace, "shades").with_parameters({"train.batch": 3}))
    apply_best(workspace, sweep)
    found = load_graph(workspace, "shades")
    assert found.node("backbone").type == "backbone.resnet"
    assert found.node("optimiser").parameters["rate"] == 0.005
    assert found.node("train").parameters["batch"] == 3
    with pytest.raises(UsageError, match="has no trial 7"):
        apply_best(workspace, sweep, 7)
    without = Graph("shades", found.task, [node for node in found.nodes if node.id != "backbone"], [])
    save_graph(workspace, without)
    with pytest.raises(UsageError, match="no node “backbone”"):
        apply_best(workspace, sweep)


def written(ws: Workspace, graph: Graph, space: list[str], values: dict, value: float) -> str:
    """A sweep as its job has left it."""
    from engine.training.sweeps.space import parse_space

    folder = ws.path / "sweeps" / "20260101-000000-shades-0000"
    folder.mkdir(parents=True)
    parts = [part.to_json() for part in parse_space(graph, space)]
    details = {
        "name": "shades",
        "graph": graph.to_json(),
        "space": parts,
        "figure": "val_accuracy",
        "version": {"name": "v1"},
    }
    (folder / "sweep.json").write_text(json.dumps(details))
    trial = {"number": 1, "state": "done", "values": values, "value": value, "checks": [[6, value]]}
    (folder / "state.json").write_text(json.dumps({"trials": [trial]}))
    return folder.name


def test_bad_wishes_are_refused_before_anything_starts(workspace: Workspace, graph: Graph) -> None:
    for wish, told in (
        ({}, "Say how long"),
        ({"trials": 0}, "from 1 to"),
        ({"trials": 2, "parallel": 0}, "trials at a time"),
        ({"trials": 2, "pruner": "luck"}, "median, halving, none"),
        ({"minutes": -1.0}, "minutes"),
    ):
        with pytest.raises(UsageError, match=told):
            start_sweep(workspace, "shades", "v1", SPACE, **wish)
    with pytest.raises(UsageError, match="no sweep “x”"):
        get_sweep(workspace, "x")
    assert list_sweeps(workspace) == []
    assert list_jobs(workspace) == []


def test_a_version_without_val_images_cannot_be_swept(workspace: Workspace, graph: Graph) -> None:
    from engine.data.versions import create_version

    create_version(workspace, "all", split="100/0/0")
    with pytest.raises(UsageError, match="no val images to compare the trials by"):
        start_sweep(workspace, "shades", "all", SPACE, trials=2)


def test_a_journal_is_cut_where_a_power_cut_left_it(tmp_path: Path) -> None:
    path = tmp_path / "study.jsonl"
    for rest in (b"", b'{"b": 2', b"\0\0\0\0", b'\0\0\n{"c": 3}\n'):
        path.write_bytes(b'{"a": 1}\n' + rest)
        mend(path)
        assert path.read_bytes() == b'{"a": 1}\n'


def test_the_importance_of_a_parameter_is_how_much_it_decides(workspace: Workspace, graph: Graph) -> None:
    space = ["optimiser.rate=0.0001..0.1 log", "loss.smoothing=0..0.3"]
    sweep_id = written(workspace, graph, space, {}, 0.5)
    sweep = get_sweep(workspace, sweep_id)
    sweep = Sweep(sweep.id, sweep.folder, {**sweep.details, "trials": 12, "pruner": "none", "seed": 1})
    study = Study(sweep)
    for _ in range(12):
        number, values = study.begin()
        study.end(number, "done", values["optimiser.rate"] * 5 + values["loss.smoothing"] * 0.001)
    found = study.importance()
    assert found["optimiser.rate"] > 0.8 > found["loss.smoothing"]
    again = Study(sweep)  # from its journal
    assert [trial.value for trial in again.rows()] == [trial.value for trial in study.rows()]
