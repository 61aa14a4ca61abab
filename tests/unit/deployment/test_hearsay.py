"""What another machine says is believed only in the form that a training's words have."""

from __future__ import annotations

import json

import pytest

from engine.deployment import hearsay
from engine.errors import TargetError


def line(**fields: object) -> str:
    return json.dumps({"at": 100.0, **fields})


def test_events_have_their_form_and_the_time_of_the_clock_here() -> None:
    assert hearsay.event(line(event="metric", step=3, values={"loss": 0.5}), 60.0) == (
        "metric", {"step": 3, "values": {"loss": 0.5}, "at": 40.0}
    )  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "no json", "[1]", "null", '{"event": "log"}', '{"event": ["log"], "at": 1}', "[" * 100_000,
        line(event="progress", fraction="half"), line(event="progress", fraction=7), line(event="metric", step="1", values={}),
        line(event="metric", step=1, values={"loss": "x"}), line(event="log", text=5), line(event="done"),
        line(event="artifact", path="/etc/passwd", kind="weights"), '{"event": "log", "text": "x", "at": NaN}',
    ],
)  # fmt: skip
def test_what_has_another_form_is_left_out(said: str) -> None:
    assert hearsay.event(said, 0.0) is None


def test_text_cannot_command_a_terminal_and_has_an_end() -> None:
    found = hearsay.event(line(event="log", text="\x1b]0;owned\x07" + "a" * 100_000), 0.0)
    assert found is not None
    assert "\x1b" not in found[1]["text"]
    assert len(found[1]["text"]) == hearsay.MOST_TEXT


@pytest.mark.parametrize(
    "name",
    [
        "../model.json",
        "/etc/passwd.json",
        "a/../../b.json",
        "model.py",
        ".hidden.json",
        "a\n.json",
        "x" * 300 + ".json",
    ],
)
def test_files_have_names_that_a_run_has(name: str) -> None:
    assert hearsay.digests({name: ["0" * 64, 5], "checkpoints/last.ckpt": ["1" * 64, 6]}) == {
        "checkpoints/last.ckpt": ("1" * 64, 6)
    }


def test_what_has_no_end_is_not_followed() -> None:
    with pytest.raises(TargetError, match="has no end"):
        list(hearsay.documents(b"x" * 1_000_000 for _ in range(10)))
    with pytest.raises(TargetError, match="more bytes than a run can have"):
        hearsay.digests({"weights.safetensors": ["0" * 64, 1 << 60]})


def test_a_result_of_another_form_is_refused_with_the_place() -> None:
    with pytest.raises(TargetError, match="metrics"):
        hearsay.checked(hearsay.Result, {"metrics": "good"})
