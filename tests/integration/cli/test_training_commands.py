"""Commands that train, with real trainings of a few steps."""

from __future__ import annotations

from pathlib import Path

import pytest

QUICK = ("data.width=64", "data.height=64", "augment.crop=64", "backbone.width=8", "neck.width=16", "train.batch=2",
         "train.steps=2", "train.checks=1")  # fmt: skip
SET = [word for value in QUICK for word in ("--set", value)]


@pytest.fixture
def ready(run, parts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A version “v1” and a graph “g”."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert run("version", "create", "v1", "--split", "70/30/0").code == 0
    assert run("model", "new", "g", "--recipe", "detection").code == 0
    return parts


@pytest.mark.slow
def test_a_rate_is_found_shown_and_makes_no_run(run, ready: Path) -> None:
    done = run("train", "g", "--version", "v1", "--find-rate", *SET, "--set", "train.batch=1", "--json")
    assert done.code == 0, done.err
    assert done.document["node"] == "optimiser"
    assert len(done.document["curve"]) >= 12
    assert not list((ready / "runs").glob("*"))


@pytest.mark.slow
def test_a_model_is_trained_further_and_what_was_taken_is_told(run, ready: Path) -> None:
    assert run("train", "g", "--version", "v1", *SET).code == 0
    again = run("train", "g", "--version", "v1", "--from", "g:1", *SET)
    assert again.code == 0, again.err
    assert "Started from g:1:" in again.out


def test_the_queue_is_shown_and_set(run, ready: Path) -> None:
    assert run("jobs", "queue", "--json").document == {
        "cpu_slots": 1,
        "pause_on_battery": True,
        "nice": 0,
        "give_way": "window",
        "resume_lost": True,
        "waiting": [],
    }
    assert run("jobs", "queue", "--slots", 2, "--battery", "go-on").code == 0
    assert "2 on the CPU" in run("jobs", "queue").out
    assert run("jobs", "queue", "--nice", 40).code == 2


def test_what_cannot_be_started_from_is_named_and_leaves_no_run(run, ready: Path, tmp_path: Path) -> None:
    pickled = tmp_path / "weights.pt"
    pickled.write_bytes(b"\x80\x04")
    for source, code, word in (
        ("g:7", 2, "no model"),
        (pickled, 3, "no safetensors"),
        (tmp_path / "x.pt", 3, "no file"),
    ):
        done = run("train", "g", "--version", "v1", "--from", source, *SET)
        assert (done.code, word in done.err) == (code, True), done.err
    assert not list((ready / "runs").glob("*"))


@pytest.mark.slow
def test_folds_tell_mean_and_spread_and_make_no_model(run, ready: Path) -> None:
    done = run("train", "g", "--version", "v1", "--folds", 2, *SET, "--json")
    assert done.code == 0, done.err
    folds = done.document["folds"]
    assert [fold["items"] for fold in folds] == [{"train": 6, "val": 6}, {"train": 6, "val": 6}]
    assert set(done.document["spread"]) == set(done.document["metrics"]) == {"val_map50", "val_map"}
    assert run("model", "list", "--json").code == 0
    assert run("train", "g", "--version", "v1", "--folds", 13, *SET).code != 0
    assert run("train", "g", "--version", "v1", "--folds", 1, *SET).code == 2
