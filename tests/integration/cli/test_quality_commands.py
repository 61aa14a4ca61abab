"""Review, rounds, gauge study, suspicious labels and the dataset report from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from engine.labeling import rounds
from engine.labeling.edits import Add, apply
from engine.workspace import Workspace
from tests.unit.labeling import aiag
from tests.unit.labeling.quality_data import box


def test_items_are_reviewed_assigned_and_counted(run, parts):
    assert run("label", "review", "set", "in review", "1", "2").code == 0
    assert run("label", "review", "set", "accepted", "--in-state", "in review", "--json").document["items"] == [1, 2]
    refused = run("label", "review", "set", "rejected", "1")
    assert refused.code == 2 and "Say why" in refused.err
    assert run("label", "review", "set", "rejected", "1", "--reason", "blurred").code == 0
    assert run("label", "review", "assign", "li,wang", "--all", "--json").document["assigned"] == 12
    listed = run("label", "review", "list", "--person", "li", "--json").document
    assert listed["count"] == 6 and {entry["assignee"] for entry in listed["items"]} == {"li"}
    stats = run("label", "review", "stats", "--json").document
    assert stats["states"]["accepted"] == 1 and stats["states"]["rejected"] == 1
    assert stats["assigned"]["wang"]["accepted"] == 1
    assert "rejected" in run("label", "review", "stats").out


def test_the_rule_of_own_work_is_shown_and_changed(run, parts):
    assert run("label", "review", "rule", "--json").document == {"own_work": "everyone"}
    assert run("label", "review", "rule", "nobody").code == 0
    with Workspace.open(parts) as ws:
        apply(ws, 1, [Add(box(item_id=1))], "Draw box")
    refused = run("label", "review", "set", "accepted", "1")
    assert refused.code == 2 and "nobody accepts own work" in refused.err


def test_items_must_be_named_and_known(run, parts):
    assert "Say which items" in run("label", "review", "set", "accepted").err
    assert run("label", "review", "set", "accepted", "nothing.png").code == 3
    assert "There is no state “done”" in run("label", "review", "list", "--state", "done").err
    assert "There is no state “done”" in run("label", "review", "set", "accepted", "--in-state", "done").err


def test_contradicting_wishes_and_folders_as_files_are_refused(run, parts, tmp_path):
    for wishes in (("--fix", "tiny", "--ignore", "tiny"), ("--how", "delete")):
        assert "Give --fix" in run("label", "check", *wishes).err
    assert run("label", "round", "create", "first", "1", "--persons", "li,wang").code == 0
    for command in (
        ("data", "report"),
        ("label", "agreement", "first", "--html"),
        ("label", "round", "export", "first"),
    ):
        refused = run(*command, tmp_path)
        assert refused.code == 3 and "is a folder" in refused.err


def test_a_round_goes_from_its_beginning_to_the_consensus(run, parts, tmp_path):
    assert run("label", "round", "create", "first", "1", "2", "3", "--persons", "li,wang").code == 0
    assert run("label", "round", "create", "first", "--all", "--persons", "li,wang").code == 2
    with Workspace.open(parts) as ws:
        made = rounds.round_of(ws, "first")
        for who in made.persons:
            for item in made.items:
                rounds.save_answer(ws, rounds.sheet(ws, made, who), item, [box(30, 30, item_id=item)], done=True)
    assert run("label", "round", "list", "--json").document[0]["done"] == {"li": [3], "wang": [3]}
    page = tmp_path / "agreement.html"
    found = run("label", "agreement", "first", "--html", page, "--json").document
    assert found["pairs"][0]["f1"] == {"0.5": 1.0, "0.75": 1.0} and "<svg" in page.read_text("utf-8")
    assert run("label", "consensus", "first", "--rule", "all", "--json").document["added"] == 3
    assert run("label", "round", "close", "first", "--json").document["state"] == "closed"
    assert run("label", "round", "export", "first", tmp_path / "round.json", "--json").document["answers"] == 6
    assert run("label", "round", "remove", "first").code == 0
    assert run("label", "round", "import", tmp_path / "round.json", "--json").document["new"] == 6
    assert run("label", "round", "remove", "first").code == 0
    assert run("label", "agreement", "first").code == 2


def test_a_study_in_a_file_needs_no_workspace(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ratings, truth = aiag.ratings()
    lines = ["part,appraiser,trial,rating,reference"]
    lines += [f"{r.part},{r.appraiser},{r.trial},{r.value},{truth[r.part]}" for r in ratings]
    Path("study.csv").write_text("\n".join(lines), "utf-8")
    found = run("label", "gauge", "study.csv", "--html", "study.html", "--language", "zh", "--json").document
    assert [round(pair["kappa"]["value"], 2) for pair in found["pairs"]] == [0.86, 0.78, 0.79]
    assert "漏检率" in Path("study.html").read_text("utf-8")
    assert "6.3 %" in run("label", "gauge", "study.csv").out


def test_suspicious_labels_are_listed_mended_and_let_be(run, parts):
    with Workspace.open(parts) as ws:
        apply(ws, 1, [Add(box(5, 5, 1.5, 20, item_id=1)), Add(box(310, 50, 30, 20, item_id=1))], "Draw box")
    found = run("label", "check", "--rule", "tiny", "--rule", "outside", "--json").document
    assert found["counts"] == {"outside": 1, "tiny": 1}
    assert run("label", "check", "--fix", "outside", "--json").document == {"mended": 1, "left": []}
    assert run("label", "check", "--ignore", "tiny", "--json").document == {"ignored": 1}
    assert run("label", "check", "--rule", "tiny").out.startswith("Nothing suspicious.")
    assert run("label", "check", "--rule", "tiny", "--ignored", "--json").document["counts"] == {"tiny": 1}
    assert run("label", "check", "--rule", "ugly").code == 2


def test_the_dataset_report_is_written(run, parts, tmp_path):
    out = tmp_path / "report.html"
    found = run("data", "report", out, "--pictures", "4", "--json").document
    assert found["items"] == 12 and found["quality"]["measured"] == 4 and out.is_file()
    assert json.dumps(found)
