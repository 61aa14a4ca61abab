"""What a recipe meets in a workspace: data that fits it, and how long it takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.modeling.recipes import RECIPES
from engine.training.expect import Data, data_for, estimated_time, time_of_runs
from engine.workspace import Workspace


@pytest.fixture
def parts(tmp_path: Path):
    with Workspace.create(tmp_path / "parts") as workspace:
        import_data(workspace, make_sample(tmp_path / "sample", 12))
        yield workspace


def trained(ws: Workspace, number: int, recipe: str, seconds: float, steps: int) -> None:
    """A model as a run of a recipe leaves it."""
    run = f"2026010{number}-000000-a-beef"
    (ws.path / "runs" / run).mkdir(parents=True)
    (ws.path / "runs" / run / "run.json").write_text(json.dumps({"recipe": recipe}))
    details = json.dumps({"seconds": seconds, "steps": steps, "batch": 16})
    with ws.transaction("Test") as tx:
        tx.execute(
            "INSERT INTO model VALUES (?, 'a', ?, ?, 'detection', 1, ?, '{}', ?)", [number, number, run, tx.at, details]
        )


def test_annotations_of_the_kinds_that_a_recipe_learns_from_are_counted(parts: Workspace) -> None:
    found = data_for(parts, RECIPES["detection"])
    ((objects,),) = parts.query(
        "SELECT count(*) FROM annotation WHERE kind IN ('box', 'polygon', 'mask', 'rotated_box')"
    )
    assert sum(found.labels.values()) == objects > 0
    assert 0 < found.images <= 12
    assert data_for(parts, RECIPES["classification"]).labels == {}


def test_labels_with_too_few_are_named() -> None:
    data = Data(10, {"scratch": 40, "hole": 3}, 30)
    assert data.short == {"hole": 3}
    assert not data.ready
    assert Data(10, {"scratch": 40}, 30).ready
    assert not Data(0, {}, 30).ready


def test_earlier_runs_of_the_same_recipe_tell_the_time_for_as_many_steps_as_the_template_has(parts: Workspace) -> None:
    recipe = RECIPES["detection"]
    assert time_of_runs(parts, recipe) is None
    trained(parts, 1, "detection", 100, 1000)
    trained(parts, 2, "classification", 9999, 1000)
    one = time_of_runs(parts, recipe)
    assert one is not None
    assert (one.seconds, one.low, one.high) == pytest.approx((300, 225, 375))
    assert (one.runs, one.source) == (1, "runs")
    trained(parts, 3, "detection", 600, 3000)
    two = time_of_runs(parts, recipe)
    assert two is not None
    assert two.low < two.seconds < two.high
    assert two.high == pytest.approx(600)


def test_without_runs_it_is_estimated_with_an_interval_and_twice_the_steps_take_twice_as_long() -> None:
    from dataclasses import replace

    recipe = RECIPES["classification-small"]
    time = estimated_time(recipe)
    assert time.source == "estimate"
    assert 0 < time.low < time.seconds < time.high
    twice = estimated_time(replace(recipe, parameters={**recipe.parameters, "train.steps": 2000}))
    assert twice.seconds == pytest.approx(2 * time.seconds)


def test_what_remembers_good_images_takes_once_the_time_of_each(parts: Workspace) -> None:
    from engine.training.expect import ASSUMED

    recipe = RECIPES["anomaly"]
    assert time_of_runs(parts, recipe) is None
    data = data_for(parts, recipe)
    time, of_none = estimated_time(recipe, data), estimated_time(recipe)
    assert (time.images, of_none.images) == (data.labels["normal"], ASSUMED)
    assert of_none.seconds / time.seconds == pytest.approx(ASSUMED / data.labels["normal"])


def test_good_and_other_images_are_counted_for_an_anomaly_model(parts: Workspace) -> None:
    ((bad,),) = parts.query("SELECT count(DISTINCT item_id) FROM annotation WHERE kind <> 'class'")
    data = data_for(parts, RECIPES["anomaly-padim"])
    assert data.labels == {"normal": 12 - bad, "anomaly": bad}
    assert data.short == {"normal": 12 - bad}
