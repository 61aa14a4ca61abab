"""The best model within some minutes: what the plan makes of measured step times, and a real one of some seconds."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.sample_keypoints import make_keypoint_sample
from engine.data.tables import Roles, create_table
from engine.data.versions import create_version
from engine.errors import UsageError
from engine.jobs import JobContext, list_jobs, submit, wait
from engine.modeling.check import check
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph
from engine.modeling.graphs import load_graph
from engine.training.fit import fit
from engine.training.models import list_models
from engine.training.sweeps import measure
from engine.training.sweeps.budget import BudgetSweep, _too_short, start_budget
from engine.training.sweeps.candidates import Candidate, Facts, candidates, look
from engine.training.sweeps.measure import STEPS, write_probe
from engine.training.sweeps.plan import (
    ROUNDS,
    SAFETY,
    Speed,
    better_half,
    budget_seconds,
    plan_last,
    plan_round,
)
from engine.training.sweeps.sweeps import Trial, get_sweep
from engine.training.sweeps.trials import WorkerPlace
from engine.workspace import Workspace
from tests.unit.training.tiny import Told

QUICK, SLOW, HOPELESS = Speed(0.01, 0.5, 2), Speed(0.1, 1, 4), Speed(3, 10, 4)


def test_each_candidate_of_a_round_has_the_same_time_and_its_own_number_of_steps() -> None:
    plan = plan_round({"quick": QUICK, "slow": SLOW}, 60)
    assert plan.seconds == 30
    assert plan.steps == {"quick": 2750, "slow": 250}
    for name, speed in (("quick", QUICK), ("slow", SLOW)):
        assert speed.start_s + speed.check_s + plan.steps[name] * speed.step_s <= plan.seconds + 1e-9


def test_what_is_too_slow_to_be_judged_is_left_out_and_its_time_goes_to_the_others() -> None:
    plan = plan_round({"quick": QUICK, "slow": SLOW, "hopeless": HOPELESS}, 60)
    assert plan.left_out == {"hopeless": 3}
    assert plan.seconds == 30
    assert set(plan.steps) == {"quick", "slow"}
    assert plan_round({"hopeless": HOPELESS}, 60).steps == {}


def test_a_recipe_that_alone_was_measured_is_not_told_as_slower_than_others() -> None:
    plan = plan_round({"one": HOPELESS}, 60)
    assert _too_short("one", plan).en == "The time was too short to measure another recipe, so one is trained."
    plan = plan_round({"one": HOPELESS, "two": Speed(4, 10, 4)}, 60)
    assert "a step of the others takes 4000 ms" in _too_short("one", plan).en


def test_the_better_half_goes_on_and_of_equals_the_quicker() -> None:
    speeds = {"a": SLOW, "b": QUICK, "c": HOPELESS}
    assert better_half({"a": 0.9, "b": 0.2, "c": 0.5}, speeds, 0.005) == ["a", "c"]
    assert better_half({"a": 0.0, "b": 0.001, "c": 0.0}, speeds, 0.005) == ["b", "a"]


def test_the_last_training_fits_into_the_time_that_is_left() -> None:
    for speed, left in ((QUICK, 600), (SLOW, 600), (HOPELESS, 600), (SLOW, 20)):
        steps, checks = plan_last(speed, left)
        assert 1 <= checks <= 8
        assert speed.start_s + checks * speed.check_s + steps * speed.step_s <= left * SAFETY + speed.step_s
    assert plan_last(replace(SLOW, check_s=200), 600)[1] == 1  # a costly look is taken once


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800), ("90s", 90), ("1.5h", 5400), ("2", 120), ("5 min", 300)])
def test_a_time_is_read(text: str, seconds: float) -> None:
    assert budget_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "3s", "-5m", "10d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"length of time|too short"):
        budget_seconds(text)


@pytest.mark.parametrize(
    "facts",
    [Facts("detection", 100, 20, 640, 30), Facts("detection", 9, 3, 4000, 20), Facts("detection", 9, 3, 64, 0),
     Facts("segmentation", 100, 20, 640, 30), Facts("segmentation", 9, 3, 64, 5),
     Facts("classification", 90, 9, 3000, 0), Facts("classification", 9, 3, 20, 0),
     *(Facts(task, 100, 20, side, 30) for task in ("rotated", "keypoints", "instances") for side in (64, 1600)),
     Facts("multilabel", 90, 9, 640, 0), Facts("tabular", 900, 90, targets=1), Facts("tabular", 900, 90, targets=3)],
)  # fmt: skip
def test_every_candidate_is_sound_and_none_comes_twice(facts: Facts) -> None:
    found = candidates(facts)
    assert len({candidate.name for candidate in found}) == len(found) >= (2 if facts.targets > 1 else 3)
    for candidate in found:
        assert [issue for issue in check(candidate.graph("x", steps=5, checks=1)) if issue.severity == "error"] == []
        assert candidate.why.en
        assert candidate.why.zh


def test_the_size_of_the_objects_decides_about_the_resolution() -> None:
    sides = {
        small: {c.values["data.width"] for c in candidates(Facts("detection", 9, 3, 1280, small))} for small in (16, 60)
    }
    assert max(sides[16]) == 1280  # 8 px at 640 would be missed
    assert min(sides[60]) == 320


def test_a_budget_of_some_seconds_measures_plans_and_leaves_graph_model_and_reasons(
    workspace: Workspace, graph: Graph, warm_jobs: None
) -> None:
    job = start_budget(workspace, "12s", "v1")
    status = wait(workspace, job)
    assert status.state == "done", status
    sweep = get_sweep(workspace, job.arguments["sweep"])
    speeds = {name: Speed(**found) for name, found in sweep.state["speeds"].items()}
    assert speeds
    first = {trial.values["train.steps"] for trial in sweep.trials if trial.stage == 1}
    plan = plan_round(speeds, 12 * ROUNDS[0])
    assert first == (set(plan.steps.values()) if len(plan.steps) > 1 else set())
    last = sweep.trials[-1]
    assert last.stage == len(ROUNDS) + 2
    assert last.state == "done"
    assert last.value is not None
    assert sweep.best is not None
    told = " ".join(paragraph.en for paragraph in sweep.stages)
    assert "12 images to learn from, 8 to compare by" in told
    assert "A step takes on this machine" in told
    assert f"whole: {last.values['train.steps']} steps" in told
    assert all(paragraph.zh != paragraph.en for paragraph in sweep.stages)
    (model,) = list_models(workspace)
    assert (model.name, model.run_id) == (sweep.name, last.run)
    assert load_graph(workspace, sweep.name).node("train").parameters["steps"] == last.values["train.steps"]
    assert not (sweep.folder / "probes").exists()


@pytest.mark.parametrize("task", ["rotated", "keypoints", "instances"])
def test_a_network_of_photographs_takes_its_place_in_a_recipe_that_has_none_and_makes_steps(
    workspace: Workspace, tmp_path: Path, task: str
) -> None:
    make_keypoint_sample(tmp_path / "parts", count=4) if task == "keypoints" else make_sample(
        tmp_path / "parts", count=4
    )
    import_data(workspace, tmp_path / "parts")
    version = create_version(workspace, "v1", split="50/50/0")
    facts = look(workspace.path, version.id, task)
    assert facts.small > 0
    found = candidates(replace(facts, side=64))[-1]
    assert found.values["backbone"] == "backbone.efficientnet_lite0"
    write_probe(
        tmp_path / "probe", compile_graph(found.graph("probe", steps=2, checks=1).with_parameters({"train.batch": 2}))
    )
    result = fit(tmp_path / "probe", workspace.path / "versions" / str(version.id), 0, Told(), dynamics=False)
    assert result["steps"] == 2
    assert np.isfinite(result["metrics"]["val_map50"])


@pytest.fixture
def unstarted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that are made, and that nobody starts."""
    from engine.jobs import job

    monkeypatch.setattr(job, "_start", lambda folder: None)


@pytest.fixture
def parts(workspace: Workspace, tmp_path: Path) -> int:
    """A table of 800 rows whose scrap comes of two measurements together; its version's id."""
    heat, force = np.random.default_rng(0).normal(size=(2, 800))
    rows = {"heat": heat, "force": force, "part": ["train", "train", "train", "val"] * 200}
    pq.write_table(pa.table(rows | {"scrap": np.where(heat * force > 0, "yes", "no")}), tmp_path / "parts.parquet")
    return create_table(workspace, "parts", tmp_path / "parts.parquet", by="part", roles=Roles(target="scrap")).id


def test_a_tree_of_a_table_is_measured_as_a_step_of_a_network_is(
    workspace: Workspace, parts: int, unstarted: None
) -> None:
    facts = look(workspace.path, parts, "")
    assert facts == Facts("tabular", 600, 200, targets=1)
    assert facts.told().en == "600 rows to learn from, 200 to compare by; columns to foretell: 1."
    folders = [f"probes/{number}" for number in range(3)]
    for folder, candidate in zip(folders, candidates(facts), strict=True):
        write_probe(workspace.path / folder, compile_graph(candidate.graph("probe", steps=STEPS, checks=1)))
    job = submit(workspace, "measure", {"folders": folders, "version": parts, "limit_s": 60.0}, "Measure")
    found = measure.run(JobContext(job.folder))
    assert found["failed"] == {}
    assert all(0 < Speed(**found["speeds"][str(number)]).step_s < 10 for number in range(3))


def test_recipes_of_tables_compete_and_trees_are_tried_at_rates_of_their_own(
    workspace: Workspace, parts: int, unstarted: None
) -> None:
    with pytest.raises(UsageError, match="holds rows of a table, nothing for “detection”"):
        start_budget(workspace, "20m", "parts", task="detection")
    made = compete(JobContext(start_budget(workspace, "20m", "parts").folder))
    trials = list(made.trials.values())
    assert [trial.values["recipe"] for trial in trials[:2]] == ["table-lightgbm", "table-fm"]
    assert {trial.values["recipe"] for trial in trials[2:]} == {"table-lightgbm"}
    assert {trial.values["train.rate"] for trial in trials[2:4]} == {0.017, 0.15}
    drawn = Graph.loads((workspace.path / "runs" / trials[-1].run / "graph.json").read_text())
    assert drawn.node("train").parameters["rounds"] == trials[-1].values["train.rounds"] > 1000
    assert drawn.node("train").parameters["rate"] == 0.05


class Pretended(BudgetSweep):
    """A competition whose measuring and trainings are made up; everything else is real.

    Attributes:
        trained: stage, candidate's values and steps of each training, in order.
        killed_at: number of the training before which the job is killed.
    """

    killed_at = 99

    def _measured(self, known: dict[str, Candidate]) -> dict[str, Any]:
        speeds = {str(place): vars(Speed(0.1 * (place + 1), 1.0, 3.0)) for place in range(len(known) - 1)}
        return {"speeds": speeds, "failed": {str(len(known) - 1): "no weights"}}

    def _follow(self, trial: Trial, seconds: float | None) -> Trial:
        self._keep(trial)
        if trial.number == self.killed_at:
            raise KeyboardInterrupt
        rate = trial.values.get("optimiser.rate", 0.003)
        value = trial.values.get("backbone.width", 8) / 64 + (0.2 if rate == 0.001 else 0.0)
        length = trial.values.get("train.steps", trial.values.get("train.rounds"))
        ended = replace(trial, state="done", value=value, seconds=4 + length * 0.1)
        self._keep(ended)
        return ended


@pytest.fixture
def context(workspace: Workspace, graph: Graph, unstarted: None) -> JobContext:
    """The job of a budget of 20 minutes, which nobody has started."""
    return JobContext(start_budget(workspace, "20m", "v1").folder)


def compete(context: JobContext, killed_at: int = 99) -> Pretended:
    sweep = get_sweep(WorkerPlace(context.workspace, ""), context.arguments["sweep"])
    made = Pretended(context, sweep)
    made.killed_at = killed_at
    with pytest.raises(KeyboardInterrupt) if killed_at < 99 else contextlib.nullcontext():
        made.run()
    return made


def test_recipes_are_halved_then_rates_are_tried_then_the_winner_is_trained_whole(context: JobContext) -> None:
    made = compete(context)
    trials = list(made.trials.values())
    assert [trial.stage for trial in trials] == [1, 1, 1, 2, 2, 3, 3, 4]
    first = plan_round(made.speeds, 1200 * ROUNDS[0])
    assert [trial.values["train.steps"] for trial in trials[:3]] == list(first.steps.values())
    narrow, wide = list(made.speeds)[:2]
    second = plan_round({name: made.speeds[name] for name in (wide, narrow)}, 1200 * ROUNDS[1])
    assert [trial.values["train.steps"] for trial in trials[3:5]] == list(second.steps.values())
    assert trials[3].values["backbone.width"] == trials[7].values["backbone.width"] == 32
    assert {trial.values["optimiser.rate"] for trial in trials[5:7]} == {0.001, 0.009}
    assert trials[7].values["optimiser.rate"] == 0.001
    assert trials[7].values["train.steps"] > trials[5].values["train.steps"]
    told = [paragraph.en for paragraph in made.stages]
    assert any("cannot be trained here: no weights" in text for text in told)
    assert any("The better half goes on" in text for text in told)
    assert any("The best is 0.001." in text for text in told)


def test_a_killed_competition_goes_on_with_what_its_trials_have_found(context: JobContext) -> None:
    killed = compete(context, killed_at=5)
    assert [trial.state for trial in killed.trials.values()] == ["done"] * 4 + ["running"]
    made = compete(context)
    before, after = list(killed.trials.values()), list(made.trials.values())
    assert after[:4] == before[:4]
    assert after[4].run == before[4].run
    assert [trial.stage for trial in after] == [1, 1, 1, 2, 2, 3, 3, 4]
    assert len({trial.run for trial in after}) == 8


def test_a_budget_that_cannot_be_spent_is_refused(workspace: Workspace, graph: Graph) -> None:
    for wish, told in (
        ({"task": "poetry"}, "There are no recipes to compare for “poetry”"),
        ({"task": "tabular"}, "holds images, nothing for “tabular”"),
        ({"task": "anomaly"}, "train anomaly, anomaly-padim, anomaly-student and compare"),
        ({"name": "shades"}, "There is a model graph “shades” already"),
        ({"budget": "now"}, "no length of time"),
        ({"version": "none"}, "no version “none”"),
    ):
        with pytest.raises(UsageError, match=told):
            start_budget(workspace, **({"budget": "30s", "version": "v1"} | wish))
    assert list_jobs(workspace) == []
