"""Commands about evaluations, on two models whose boxes are known."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.evaluated import make_evaluated


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_evaluated(tmp_path_factory.mktemp("evaluated"))


@pytest.fixture
def evaluated(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = shutil.copytree(prepared, tmp_path / "evaluated")
    monkeypatch.chdir(folder)
    return folder


def test_evaluations_are_listed_and_compared_by_number_or_by_model(evaluated, run) -> None:
    assert [row["model"] for row in run("evaluation", "list", "--json").document] == ["parts:2", "parts:1"]
    assert [row["id"] for row in run("evaluation", "list", "--model", "parts:1", "--json").document] == [1]
    found = run("compare", "parts:1", "parts:2", "--json").document
    assert (found["a"]["evaluation"], found["b"]["evaluation"]) == (1, 2)
    assert found["figures"][0]["name"] == "map50"
    assert found["figures"][0]["change"] > 0
    assert found["test"]["name"] == "McNemar, exact"
    assert len(found["better"]) > len(found["worse"])
    turned = run("compare", 2, 1, "--json").document
    assert turned["figures"][0]["change"] == -found["figures"][0]["change"]
    assert turned["worse"] == [{**row, "a": row["b"], "b": row["a"]} for row in found["better"]]
    told = run("compare", "parts:1", "parts:2").out
    assert "McNemar" in told
    assert f"Better: {len(found['better'])} items" in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("compare", "1", "7"), "no evaluation 7"),
        (("compare", "parts:1", "parts:9"), "no model “parts:9”"),
        (("evaluation", "list", "--model", "nothing"), "no model “nothing”"),
    ],
)
def test_what_is_not_there_is_named(evaluated, run, words, sentence) -> None:
    ran = run(*words)
    assert ran.code == 2
    assert sentence in ran.err


def test_what_lies_behind_an_evaluation_is_shown(evaluated, run) -> None:
    plain = run("evaluation", "show", "parts:2", "--json").document
    assert (plain["id"], plain["task"]) == (2, "detection")
    assert "errors" not in plain
    options = ("--errors", "--sizes", "coco", "--certainty", "--by", "width > 100")
    found = run("evaluation", "show", 2, *options, "--json").document
    assert {kind["name"]: kind["count"] for kind in found["errors"]}["background"] == 1
    assert sum(group["count"] for group in found["sizes"]) == found["metrics"]["objects"]
    assert sum(group["count"] for group in found["slices"]) == found["metrics"]["items"]
    assert found["calibration"]["error"] > 0
    assert 0 < found["roc"]["auc"]["value"] <= 1
    told = run("evaluation", "show", 2, *options).out
    for words in ("if mended", "medium", "calibration error", "ROC", "true"):
        assert words in told


def test_a_hostile_expression_is_refused_and_changes_nothing(evaluated, run) -> None:
    ran = run("evaluation", "show", 2, "--by", "1) FROM items; DROP TABLE item; SELECT (1")
    assert ran.code == 2
    assert run("evaluation", "show", 2, "--by", "(SELECT content FROM read_text('/etc/passwd'))").code == 2
    assert run("evaluation", "show", 2, "--by", "").code == 3
    assert run("data", "query", "SELECT count(*) AS n FROM items", "--json").code == 0
