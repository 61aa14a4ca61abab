"""What is told of a table that says good and bad: money, separation and a card as of images; what needs pictures is refused."""

from __future__ import annotations

import numpy as np
import pytest

from engine.curation.explain import explain
from engine.errors import BadInput
from engine.evaluation.certainty import calibration, roc
from engine.evaluation.costs import Costs
from engine.evaluation.money import money
from engine.evaluation.parts import bad_items
from engine.evaluation.results import load_evaluation
from engine.evaluation.scores import Choice
from engine.evaluation.slices import by_expression
from engine.evaluation.tables import measure
from engine.packaging.card.card import make_card
from engine.training.tables import Rows
from engine.workspace import Workspace
from tests.evaluated import evaluate_table, make_evaluated


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    with Workspace.open(make_evaluated(folder)) as workspace:
        evaluate_table(workspace, 3, folder)
        yield workspace


def test_rows_have_a_price_and_stand_apart_as_parts_do(ws) -> None:
    evaluation = load_evaluation(ws, 3)
    assert bad_items(evaluation) == frozenset(range(0, 40, 4))
    found = money(evaluation, Costs(miss=10, false_reject=1))
    assert (found.bad, found.good) == (10, 30)
    assert found.near(0.5).missed == pytest.approx(0.1, abs=1e-6)
    assert found.near(0.5).false_reject == pytest.approx(2 / 30, abs=1e-6)
    assert found.best.missed == 0
    assert roc(evaluation).auc["value"] == pytest.approx(evaluation.summary["metrics"]["auroc"], abs=1e-6)
    assert sum(one.count for one in calibration(evaluation).bins) == 40
    wrong = {key for one in calibration(evaluation).bins for key in one.wrong_items}
    assert wrong == {1, 2, 4}
    assert evaluation.ids_of(wrong) == []
    assert evaluation.worst_items() == []


def test_a_person_says_which_label_is_good() -> None:
    rows = Rows(np.arange(4), np.zeros((4, 1, 2, 1), np.float32), np.array([[0], [0], [1], [1]]))
    chances = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.8, 0.2]])
    assert measure(rows, chances, ("0", "1"), Choice()).metrics.get("missed") is None
    named = measure(rows, chances, ("0", "1"), Choice(good="1"))
    assert named.summary()["good"] == "1"
    assert (named.metrics["missed"], named.metrics["false_reject"]) == (0.5, 0.5)


def test_a_card_of_a_table_tells_rows_and_columns_and_asks_for_no_pictures(ws) -> None:
    card = make_card(ws, "rows:1", language="zh")
    found = {section.id: section for section in card.sections}
    assert {"figures", "money", "confusion", "calibration", "worst", "data"} <= set(found)
    assert {"robustness", "groups"}.isdisjoint(found)
    assert found["data"].tables[0].rows == [("行", 40, 40)]
    assert [row[0] for row in found["data"].tables[1].rows] == ["size", "judged"]
    assert found["worst"].tables[0].rows[0][:3] == ("row 3", "ok", "bad")
    missing = " ".join(" ".join(row) for row in found["missing"].tables[0].rows)
    assert "robustness" not in missing
    assert "quantize" not in missing


def test_where_a_model_of_tables_looks_and_how_its_rows_are_grouped_is_refused_in_a_sentence(ws) -> None:
    with pytest.raises(BadInput, match="rows:1 answers rows of a table"):
        explain(ws, "rows:1", [1])
    with pytest.raises(BadInput, match="no items of the workspace"):
        by_expression(ws, load_evaluation(ws, 3), "width > 9")
    with pytest.raises(BadInput, match="no items of the workspace"):
        make_card(ws, "rows:1", by=["width > 9"])
