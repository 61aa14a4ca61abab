"""The commands of sweeps, on a sweep as its job leaves it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import main as cli
from engine.modeling.graphs import load_graph, new_graph
from engine.training.sweeps.space import parse_space
from engine.workspace import Workspace

TRIALS: list[dict[str, Any]] = [
    {"number": 1, "state": "done", "values": {"optimiser.rate": 0.008}, "value": 0.5, "checks": [[10, 0.2], [20, 0.5]]},
    {"number": 2, "state": "done", "values": {"optimiser.rate": 0.002}, "value": 0.9, "checks": [[10, 0.4], [20, 0.9]]},
    {"number": 3, "state": "stopped", "values": {"optimiser.rate": 0.08}, "value": 0.1, "checks": [[10, 0.1]], "why": "Stopped at step 10."},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with the graph “pcb” and a sweep of its rate."""
    with Workspace.create(tmp_path / "ws") as ws:
        new_graph(ws, "pcb", "detection")
        graph = load_graph(ws, "pcb")
    sweep = tmp_path / "ws" / "sweeps" / "20261130-100000-pcb-12ab"
    sweep.mkdir(parents=True)
    space = [part.to_json() for part in parse_space(graph, ["optimiser.rate"])]
    details = {
        "name": "pcb",
        "graph": graph.to_json(),
        "space": space,
        "figure": "val_map50",
        "version": {"name": "v1"},
    }
    (sweep / "sweep.json").write_text(json.dumps(details))
    (sweep / "state.json").write_text(json.dumps({"trials": TRIALS, "importance": {"optimiser.rate": 1.0}}))
    return tmp_path / "ws"


def run(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    code = cli.main([*arguments, "-w", str(folder), "--json"])
    shown = capsys.readouterr()
    return code, json.loads(shown.out), shown.err


def test_a_sweep_is_listed_and_shown_with_its_trials_and_what_decides(folder, capsys) -> None:
    _, (line,), _ = run(folder, capsys, "sweep", "list")
    assert (line["trials"], line["stopped"], line["best"]) == (3, 1, 0.9)
    _, shown, _ = run(folder, capsys, "sweep", "show", "pcb")
    assert shown["best"] == 2
    assert shown["importance"] == {"optimiser.rate": 1.0}
    assert [trial["state"] for trial in shown["trials"]] == ["done", "done", "stopped"]
    assert cli.main(["sweep", "show", "2026", "-w", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "Stopped at step 10." in text
    assert "Best: trial 2 of 3 trials" in text


def test_the_best_values_go_into_the_graph_and_those_of_another_trial(folder, capsys) -> None:
    for options, rate in (([], 0.002), (["--trial", "1"], 0.008)):
        code, told, _ = run(folder, capsys, "sweep", "apply", "pcb", *options)
        assert code == 0
        assert told["values"] == {"optimiser.rate": rate}
        with Workspace.open(folder) as ws:
            assert load_graph(ws, "pcb").node("optimiser").parameters["rate"] == rate


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "nothing"], "no sweep “nothing”"),
        (["apply", "pcb", "--trial", "9"], "has no trial 9"),
        (["keep", "pcb", "3"], "did not end"),
        (["start", "pcb", "--version", "v1", "--space", "optimiser.rate=9..1", "--trials", "2"], "less than or equal"),
        (["start", "pcb", "--version", "none", "--space", "optimiser.rate", "--trials", "2"], "no version “none”"),
        (["start", "pcb", "--version", "v1", "--space", "optimiser.rate"], "Say how long"),
        (["start", "gone", "--version", "v1", "--trials", "2"], "no model graph “gone”"),
    ],
)
def test_what_is_wrong_with_a_call_is_one_sentence(folder, capsys, arguments: list[str], told: str) -> None:
    code, document, error = run(folder, capsys, "sweep", *arguments)
    assert code == 2
    assert told in document["error"]
    assert len(error.strip().splitlines()) == 1
