"""Commands about tables: a sample is made, frozen, checked and trained on; what does not fit is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def clicks(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of 2000 clicks in the folder of a fresh workspace."""
    assert run("init", tmp_path / "ws").code == 0
    monkeypatch.chdir(tmp_path / "ws")
    made = run("table", "sample", tmp_path, "--rows", 2000, "--json").document
    assert json.loads((tmp_path / "clicks.json").read_text())["bayes_auc"] == made["bayes_auc"]
    assert made["main_auc"] < made["pairs_auc"] < made["bayes_auc"]
    return Path(made["file"])


def test_a_table_is_frozen_checked_trained_on_and_evaluated(clicks, run, warm_jobs) -> None:
    version = run("table", "create", "clicks", clicks, "--time", "day", "--json").document
    assert version["items"] == 2000
    assert set(version["splits"]) == {"train", "val", "test"}
    checked = run("table", "check", "clicks", "--ignored", "day", "--json")
    assert checked.code == 0
    kinds = {column["name"]: column["kind"] for column in checked.document["columns"]}
    assert kinds == {"user": "category", "item": "category", "place": "category", "hour": "category", "price": "number"}
    run("model", "new", "fm", "--recipe", "table-fm")
    small = ["--set", "train.steps=20", "--set", "train.checks=1", "--set", "data.ignored=day"]
    trained = run("train", "fm", "--version", "clicks", *small, "--json").document
    assert set(trained["metrics"]) == {"val_auroc", "val_log_loss"}
    measured = run("evaluate", "fm", "--version", "clicks", "--json").document
    assert measured["main"] == "auroc"
    assert {"auroc", "log_loss", "calibration_error"} <= set(measured["intervals"])
    assert "AUC of rows" in run("evaluate", "fm", "--version", "clicks").out
    run("model", "new", "deepfm", "--recipe", "table-deepfm")
    run("train", "deepfm", "--version", "clicks", *small)
    run("evaluate", "deepfm", "--version", "clicks")
    compared = run("compare", "fm", "deepfm", "--json").document["figures"]
    assert [figure["name"] for figure in compared] == ["auroc", "log_loss", "accuracy"]
    assert compared[0]["a"] == pytest.approx(measured["metrics"]["auroc"], abs=1e-5)
    assert run("evaluation", "show", "fm", "--certainty", "--json").document["calibration"]["error"] > 0
    card = run("model", "card", "fm", "--out", "card.html", "--json").document
    assert {"figures", "calibration", "data", "graph"} <= set(card["sections"])
    assert {"robustness", "groups"}.isdisjoint(card["sections"])
    assert "Rows and columns of the table “clicks”" in Path("card.html").read_text("utf-8")
    for refused, said in (
        (("quantize", "fm"), "Models of tables are small"),
        (("robustness", "fm", "--version", "clicks"), "a model of tables has none"),
        (("version", "diff", "clicks", "clicks"), "holds a table"),
        (("evaluation", "costs", "fm"), "means “good”, so no part is bad"),
        (("explain", "fm", "part-1.png"), "fm:1 answers rows of a table; where a model looks"),
        (("evaluation", "show", "fm", "--by", "width > 9"), "Rows of a table are no items of the workspace"),
        (("evaluation", "show", "fm", "--sizes", "coco"), "those of other models have no boxes"),
    ):
        found = run(*refused)
        assert found.code == 3
        assert said in found.err
    for option, said in (("--good", "does not answer “2”; it answers 0, 1"), ("--target", "it foretells click")):
        found = run("evaluate", "fm", "--version", "clicks", option, "2")
        assert found.code == 2
        assert said in found.err
    good = run("evaluate", "fm", "--version", "clicks", "--good", "0", "--json").document
    assert good["metrics"]["missed"] is not None
    assert run("evaluation", "costs", "fm", "--json").document["bad"] > 0
    folds = run("train", "fm", "--version", "clicks", *small, "--folds", "2")
    assert "train rows" in folds.out


def test_what_a_table_cannot_be_is_said(clicks, run, tmp_path: Path) -> None:
    leaky = tmp_path / "leaky.csv"
    leaky.write_text("size;copy;click\n" + "\n".join(f"{n % 7};{['no', 'yes'][n % 2]};{n % 2}" for n in range(200)))
    before = run("table", "check", leaky)  # a file that is not frozen yet
    assert before.code == 3
    assert "“copy” says the same as “click” in every row" in before.out
    run("table", "create", "leaky", leaky)
    found = run("table", "check", "leaky")
    assert found.code == 3
    assert "“copy” says the same as “click” in every row" in found.out
    assert run("table", "create", "x", tmp_path / "none.csv").code == 2
    assert "no column “when”" in run("table", "create", "x", clicks, "--time", "when").err
    assert "Choose one way to split" in run("table", "create", "x", clicks, "--time", "day", "--group", "user").err
    run("table", "create", "clicks", clicks)
    run("model", "new", "boxes", "--recipe", "detection")
    refused = run("train", "boxes", "--version", "clicks")
    assert refused.code != 0
    assert "holds a table, not images" in refused.err + refused.out
    assert run("table", "sample", tmp_path, "--rows", 3).code == 2
