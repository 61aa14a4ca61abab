"""Commands about evaluations, on two models whose boxes are known."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.data.sample import LABELS
from engine.evaluation.costs import read_costs
from engine.jobs import job, list_jobs
from engine.serving.manifest import ModelManifest
from engine.training.models import get_model
from engine.workspace import Workspace
from tests.evaluated import make_evaluated, strained


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


def test_a_check_ends_with_1_where_an_expectation_is_not_met(evaluated, run) -> None:
    strained(evaluated, 2)
    good = '[at_least]\nmap50 = 0.5\n[at_most]\nmissed = 0.2\n[holds]\nnoise = 50\n[against]\nmodel = "parts:1"\nworse_by = {map50 = 0.0}\nitems = 0\n'
    Path("good.toml").write_text(good)
    ran = run("check", "parts:2", "--version", "v1", "--expect", "good.toml", "--json")
    assert (ran.code, ran.document["passed"]) == (0, True)
    assert {one["what"] for one in ran.document["verdicts"]} >= {"map50", "noise", "parts:1: map50", "parts:1: items"}
    Path("bad.toml").write_text(
        '[at_least]\nmap50 = 0.5\n[holds]\nblur = 2\n[[slice]]\nby = "width > 0"\nat_most = {missed = 0.0}\n'
    )
    ran = run("check", "parts:2", "--version", "v1", "--expect", "bad.toml")
    assert ran.code == 1
    assert "2 of 3 expectations not met." in ran.out
    assert "breaks at 2" in ran.out
    Path("turned.toml").write_text('[against]\nmodel = "parts:2"\nworse_by = {map50 = 0.0}\nitems = 0\n')
    turned = run("check", "parts:1", "--version", "v1", "--expect", "turned.toml", "--json")
    assert turned.code == 1
    assert [one["passed"] for one in turned.document["verdicts"]] == [False, False]
    assert turned.document["verdicts"][1]["items"]


def test_the_bad_end_of_the_interval_is_judged_where_that_is_asked(evaluated, run) -> None:
    missed = run("evaluation", "show", "parts:2", "--json").document["metrics"]["missed"]
    for certain, code in (("false", 0), ("true", 1)):
        Path("e.toml").write_text(f"certain = {certain}\n[at_most]\nmissed = {missed + 0.001}\n")
        assert run("check", "parts:2", "--version", "v1", "--expect", "e.toml").code == code


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("[at_least]\nmapp = 1", 3, "no figure “mapp”"),
        ("[at_leest]\nmap50 = 1", 3, "at_leest: there is no such key"),
        ("[holds]\nrain = 1", 2, "no disturbance “rain”"),
        ("[[slice]]\nby = \"getenv('HOME')\"\nat_least = {map50 = 0}", 2, "getenv"),
        ("[label.crack.at_least]\nrecall = 1", 3, "no label “crack”"),
    ],
)
def test_a_wrong_expectation_never_passes(evaluated, run, text, code, sentence) -> None:
    Path("wrong.toml").write_text(text)
    ran = run("check", "parts:2", "--version", "v1", "--expect", "wrong.toml")
    assert ran.code == code
    assert sentence in ran.err


def test_wrong_arguments_of_robustness_are_refused_before_any_work(evaluated, run) -> None:
    assert "no disturbance “rain”" in run("robustness", "parts:2", "--version", "v1", "--only", "rain").err
    assert run("robustness", "parts:2", "--version", "v1", "--items", "0").code == 2
    assert run("robustness", "parts:2", "--version", "v9").code == 2


def test_thresholds_have_a_price_that_is_remembered(evaluated, run) -> None:
    line = (
        "--miss",
        "250",
        "--false-reject",
        "3",
        "--currency",
        "EUR",
        "--parts-per-shift",
        "2000",
        "--bad-share",
        "1%",
    )
    found = run("evaluation", "costs", "parts:2", *line, "--label", "scratch=900", "--save", "--json").document
    assert (found["model"], found["saved"], found["bad_share"]) == ("parts:2", True, 0.01)
    assert found["costs"]["labels"] == {"scratch": {"miss": 900, "false_reject": None}}
    assert found["best"]["money"] <= found["now"]["money"]
    assert found["best"]["day"]["money"] == 2 * found["best"]["money"]
    assert len(found["curve"]) == 101
    again = run("evaluation", "costs", "parts:1", "--label", "scratch=", "--json").document
    assert again["costs"] == found["costs"] | {"labels": {}}
    told = run("evaluation", "costs", "parts:2", "--bad-share", "split").out
    assert "Cheapest: of 4,000 parts a day" in told
    assert "as in this split" in told


def test_an_evaluation_takes_the_costs_that_are_remembered_and_those_that_are_given(
    evaluated, run, monkeypatch
) -> None:
    monkeypatch.setattr(job, "_start", lambda folder: None)
    ModelManifest("parts", "detection", LABELS).save(evaluated / "runs/run-2")
    run("evaluation", "costs", "parts:2", "--miss", 70, "--bad-share", "2%", "--save")
    by_cost = ("evaluate", "parts:2", "--version", "v1", "--threshold", "cost", "--detach")
    assert run(*by_cost, "--cost-false", 3, "--parts-per-shift", 500, "--label", "dent=9").code == 0
    with Workspace.open(evaluated) as workspace:
        (begun,) = list_jobs(workspace)
        costs = begun.arguments["choice"]["costs"]
        assert (costs["miss"], costs["false_reject"], costs["bad_share"], costs["parts_per_shift"]) == (
            70,
            3,
            0.02,
            500,
        )
        assert costs["labels"] == {"dent": {"miss": 9, "false_reject": None}}
        assert read_costs(workspace, get_model(workspace, "parts:2")).false_reject == 1
    run(*by_cost, "--cost-false", 3, "--save")
    with Workspace.open(evaluated) as workspace:
        assert read_costs(workspace, get_model(workspace, "parts:2")).false_reject == 3
    assert "false_reject: input should be" in run(*by_cost, "--cost-false", "-1").err


def test_a_model_is_served_with_the_threshold_that_was_found(evaluated, run) -> None:
    folders = [evaluated / "runs/run-2", evaluated / "runs/run-2/export/int8"]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        ModelManifest("parts", "detection", LABELS, extra={"kept": 1}).save(folder)
    assert run("model", "threshold", "parts:2", 0.42, "--json").document == {"model": "parts:2", "threshold": 0.42}
    manifests = [ModelManifest.load(folder) for folder in folders]
    assert [(one.postprocess.score_threshold, one.extra) for one in manifests] == [(0.42, {"kept": 1})] * 2
    for score, sentence in ((1.5, "between 0 and 1"), ("high", "high")):
        ran = run("model", "threshold", "parts:2", score)
        assert (ran.code, sentence in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--miss", "-1"), "miss: input should be greater than or equal to 0"),
        (("--bad-share", "lots"), "bad_share"),
        (("--bad-share", "300%"), "bad_share"),
        (("--label", "crack=5"), "no label “crack” to cost"),
        (("--label", "scratch=x"), "labels.scratch.miss"),
    ],
)
def test_a_price_that_is_none_is_told(evaluated, run, words, sentence) -> None:
    ran = run("evaluation", "costs", "parts:2", *words)
    assert ran.code == 3
    assert sentence in ran.err


def test_a_card_is_written_as_a_page_and_as_paper(evaluated, run) -> None:
    (evaluated / "e.toml").write_text("[at_least]\nmap50 = 0.1\n")
    said = ("--intended", "Line 3", "--expect", "e.toml", "--json")
    found = run("model", "card", "parts:2", "--out", "card.pdf", "--language", "zh", *said).document
    paper = (evaluated / "card.pdf").read_bytes()
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") >= 2
    assert "预期用途" not in found["missing"]
    assert "限制" in found["missing"]
    assert run("model", "card", "parts:2", "--out", "card.html").code == 0
    assert "Line 3" in (evaluated / "card.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("parts:2", "--out", "card.docx"), 3, "a .html or a .pdf, not “card.docx”"),
        (("parts:9", "--out", "card.pdf"), 2, "no model “parts:9”"),
        (("parts:2", "--out", "card.pdf", "--version", "v9"), 2, "v9"),
        (("parts:2", "--out", "card.pdf", "--by", "nothing"), 2, "nothing"),
        (("parts:2", "--out", "card.pdf", "--expect", "none.toml"), 3, "none.toml"),
    ],
)
def test_a_card_that_cannot_be_written_is_told(evaluated, run, words, code, sentence) -> None:
    ran = run("model", "card", *words)
    assert ran.code == code
    assert sentence in ran.err
    assert not list(evaluated.glob("card.*"))
