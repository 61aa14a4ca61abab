"""Commands for drawings: find, diff and what mends them."""

from __future__ import annotations

import pytest

from engine.modeling.graph import Graph
from engine.modeling.graphs import load_graph, save_graph
from engine.workspace import Workspace


@pytest.fixture
def drawn(parts, run):
    """A workspace with the drawings “a” and “b”, of which the second learns faster and has no evaluation."""
    assert run("model", "new", "a", "--recipe", "detection").code == 0
    with Workspace.open(parts) as workspace:
        other = load_graph(workspace, "a").with_parameters({"optimiser.rate": 0.01}).renamed("b")
        other.nodes = [node for node in other.nodes if node.id != "evaluate"]
        other.edges = [edge for edge in other.edges if edge.target != "evaluate"]
        save_graph(workspace, other)
    return parts


def change(parts, graph: str, values: dict[str, object]) -> Graph:
    with Workspace.open(parts) as workspace:
        changed = load_graph(workspace, graph).with_parameters(values)
        save_graph(workspace, changed)
    return changed


def test_what_is_found_is_told_with_where(drawn, run) -> None:
    assert run("--json", "model", "find", "a", "rate=0.008").document["hits"][0]["id"] == "optimiser"
    assert "Nothing" in run("model", "find", "a", "no such thing").out


def test_two_drawings_are_compared(drawn, run) -> None:
    told = run("model", "diff", "a", "b")
    assert told.code == 0
    assert "~ optimiser: rate: 0.008 → 0.01" in told.out
    assert "- evaluate" in told.out
    assert run("--json", "model", "diff", "a", "a").document["same"]


def test_a_drawing_is_compared_with_what_a_run_was_trained_with(drawn, run) -> None:
    folder = drawn / "runs" / "20260101-000000-a-beef"
    folder.mkdir(parents=True)
    trained = change(drawn, "a", {"train.steps": 7})
    (folder / "graph.json").write_text(trained.dumps(), "utf-8")
    (folder / "run.json").write_text(
        '{"run": "20260101-000000-a-beef", "graph": "a", "task": "detection", "version": 1, "seed": 0, "created": "2026-01-01T00:00:00+00:00"}'
    )
    change(drawn, "a", {"train.steps": 9})
    found = run("--json", "model", "diff", "20260101", "a").document
    assert found["changed"] == [{"id": "train", "type": ["train.fit", "train.fit"], "parameters": {"steps": [7, 9]}}]


def test_what_cannot_be_compared_is_said(drawn, run) -> None:
    told = run("model", "diff", "a", "nothing")
    assert told.code == 2
    assert "neither a model graph, nor a run, nor a model" in told.err
    assert run("model", "diff", "a", "").code == 2
    (drawn / "graphs" / "bad.json").write_text("{")
    assert run("model", "diff", "a", "bad").code in (2, 3)


def test_what_is_wrong_offers_its_fixes_and_fix_mends_what_can_be_mended_in_one_way(drawn, run) -> None:
    change(drawn, "a", {"neck.width": 13, "train.stepps": 40})
    told = run("model", "check", "a")
    assert told.code == 3
    assert "fix: Take 16." in told.out
    mended = run("--json", "model", "check", "a", "--fix")
    assert mended.code == 0
    assert [one["fix"] for one in mended.document["mended"]] == ["Take 16.", "Write it as “steps”."]
    assert run("model", "check", "a").code == 0
    with Workspace.open(drawn) as workspace:
        assert load_graph(workspace, "a").node("train").parameters["steps"] == 40


def test_a_choice_is_left_to_a_person(drawn, run) -> None:
    with Workspace.open(drawn) as workspace:
        graph = load_graph(workspace, "a")
        graph.nodes = [node for node in graph.nodes if node.id != "optimiser"]
        graph.edges = [edge for edge in graph.edges if edge.source != "optimiser"]
        save_graph(workspace, graph)
    told = run("model", "check", "a", "--fix")
    assert told.code == 3
    assert "mended" not in told.out
    assert told.out.count("fix: Add") >= 2


def test_recipes_tell_what_the_workspace_has_for_them(parts, run) -> None:
    found = {one["name"]: one for one in run("--json", "model", "recipes").document["recipes"]}
    assert found["detection"]["data"]["images"] > 0
    assert not found["classification"]["data"]["ready"]
    assert "too few of" in run("model", "recipes").out
