"""The files of an evaluation: whole or not there, and the way from a figure to its items."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import UsageError, WorkspaceError
from engine.evaluation import Evaluation, load_evaluation
from engine.evaluation.files import write
from engine.evaluation.predictor import evaluate_predictor
from engine.workspace import Workspace

from .conftest import make_version

A, B = (10, 10, 30, 30), (50, 50, 70, 70)


@pytest.fixture
def evaluation(detector, tmp_path: Path) -> Evaluation:
    version = make_version({"a.png": [("scratch", A), ("dent", B)], "b.png": [("scratch", A)], "c.png": []})
    model = detector({"a.png": [("scratch", 0.9, A)], "c.png": [("dent", 0.6, B), ("dent", 0.1, A)]})
    write(tmp_path / "evaluation", evaluate_predictor(model, version), {"model": "m:1", "split": "test"})
    return Evaluation(tmp_path / "evaluation")


def test_a_cell_of_the_confusion_matrix_leads_to_its_items(evaluation: Evaluation) -> None:
    assert evaluation.labels == ["scratch", "dent", "(none)"]
    assert evaluation.matrix == [[1, 0, 1], [0, 0, 1], [0, 1, 0]]
    for row, true in enumerate(evaluation.labels):
        for column, predicted in enumerate(evaluation.labels):
            assert len(evaluation.items_of_cell(true, predicted)) == evaluation.matrix[row][column]
    assert evaluation.items_of_cell("(none)", "dent") == [3]


def test_the_worst_items_come_first_and_flawless_ones_not_at_all(evaluation: Evaluation) -> None:
    assert evaluation.worst_items() == [1, 2, 3]
    assert evaluation.worst_items(1) == [1]
    assert {row["predicted"] for row in evaluation.matches_of(1)} == {"scratch", "(none)"}


def test_local_ids_stand_for_keys(evaluation: Evaluation) -> None:
    local = Evaluation(evaluation.folder, {1: 101, 2: 102})
    assert local.worst_items() == [101, 102]
    assert local.items_of_cell("(none)", "dent") == []
    assert len(local.matches_of(102)) == 1


def test_curves_and_predictions_are_kept(evaluation: Evaluation) -> None:
    assert evaluation.curve("scratch")["recall"] == [0.5]
    assert evaluation.curve("crack") == {"recall": [], "precision": [], "score": []}
    assert len(evaluation.curves["sweep"]["threshold"]) == len(evaluation.curves["sweep"]["cost"])
    assert sorted(row["score"] for row in evaluation.predictions) == [0.1, 0.6, 0.9]


def test_every_json_file_is_plain_json(evaluation: Evaluation) -> None:
    for name in ("summary.json", "curves.json"):
        json.loads((evaluation.folder / name).read_text(), parse_constant=lambda text: pytest.fail(text))


def test_a_failed_write_leaves_nothing(evaluation: Evaluation, detector, tmp_path: Path) -> None:
    version = make_version({"a.png": [("scratch", A)]})
    scores = evaluate_predictor(detector({}), version)
    with pytest.raises(TypeError):
        write(tmp_path / "broken", scores, {"bad": object()})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evaluation"]


def test_a_damaged_summary_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("{")
    with pytest.raises(WorkspaceError, match="evaluate the model again"):
        _ = Evaluation(tmp_path).summary


def test_an_unknown_evaluation_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no evaluation 7"):
        load_evaluation(workspace, 7)


def test_importing_the_results_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = "import engine.evaluation, sys; print([m for m in ('torch','numpy','pyarrow','duckdb','openvino') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
