"""The process beside the window: it answers, survives its own death, and ends with whoever started it."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from engine.errors import UsageError
from engine.labeling.assist import frames
from engine.labeling.assist.companion import Companion, CompanionFailed, Superseded

HELPERS = """
import os, sys, time
from engine.errors import BadInput

def die(arguments, arrays):
    print("the roof fell in", file=sys.stderr, flush=True)
    os.abort()

def die_once(arguments, arrays):
    if not os.path.exists(arguments["mark"]):
        open(arguments["mark"], "w").close()
        os._exit(3)
    return {"alive": True}, {}

def refuse(arguments, arrays):
    raise BadInput("The file is no network.")

def slow(arguments, arrays):
    time.sleep(arguments["s"])
    return {}, {}

def chatty(arguments, arrays):
    print("a library talks on stdout")
    return {"sum": float(arrays["image"].sum())}, {"twice": arrays["image"] * 2}
"""


@pytest.fixture
def companion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Companion]:
    (tmp_path / "helpers_of_test.py").write_text(HELPERS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names = ("die", "die_once", "refuse", "slow", "chatty")
    made = Companion(
        {name: f"helpers_of_test:{name}" for name in names} | {"echo": "engine.labeling.assist.companion:echo"}
    )
    yield made
    made.close()


def test_arguments_and_arrays_go_there_and_back(companion: Companion):
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    found, arrays_ = companion.call("chatty", {}, {"image": image})
    assert found == {"sum": 66.0}
    assert np.array_equal(arrays_["twice"], image * 2)


def test_it_starts_with_the_first_call_and_stays(companion: Companion):
    assert companion.pid is None
    first = companion.call("echo", {"a": "中"})[0]
    assert first["a"] == "中"
    assert companion.call("echo")[0]["pid"] == first["pid"] == companion.pid


def test_a_killed_one_is_started_again_unseen(companion: Companion):
    companion.call("echo")
    before = companion.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert companion.call("echo")[0]["pid"] != before


def test_a_call_that_kills_it_by_chance_is_tried_again(companion: Companion, tmp_path: Path):
    assert companion.call("die_once", {"mark": str(tmp_path / "mark")})[0] == {"alive": True}


def test_a_call_that_always_kills_it_is_an_error_in_words_and_the_next_call_works(companion: Companion):
    with pytest.raises(CompanionFailed, match=r"roof fell in|signal"):
        companion.call("die")
    assert companion.call("echo")[0]["pid"]


def test_what_a_function_refuses_is_raised_with_its_words(companion: Companion):
    with pytest.raises(CompanionFailed, match="The file is no network") as caught:
        companion.call("refuse")
    assert caught.value.exit_code == 3


def test_a_call_that_takes_too_long_is_ended(companion: Companion):
    with pytest.raises(CompanionFailed, match="No answer within"):
        companion.call("slow", {"s": 60}, timeout_s=0.3)
    assert companion.call("echo")[0]["pid"]


def test_of_waiting_calls_of_one_kind_only_the_newest_is_answered(companion: Companion):
    companion.call("echo")
    ended: list[str] = []

    def ask(number: int) -> None:
        try:
            companion.call("echo", {"n": number}, replaces="live")
            ended.append(f"{number} answered")
        except Superseded:
            ended.append(f"{number} dropped")

    busy = threading.Thread(target=lambda: companion.call("slow", {"s": 0.5}))
    busy.start()
    while not companion._busy:
        time.sleep(0.01)
    waiting = []
    for number in range(3):
        waiting.append(threading.Thread(target=ask, args=(number,)))
        waiting[-1].start()
        while companion._newest["live"] <= number:
            time.sleep(0.01)
    for thread in waiting[:2]:
        thread.join(20)
    assert (sorted(ended), busy.is_alive()) == (["0 dropped", "1 dropped"], True), "they do not wait for their turn"
    for thread in (busy, *waiting):
        thread.join(20)
    assert ended[2:] == ["2 answered"]


def test_a_window_that_closes_while_it_waits_is_told_so(companion: Companion):
    companion.call("echo")
    told: list[Exception] = []

    def ask() -> None:
        try:
            companion.call("slow", {"s": 60})
        except Exception as error:
            told.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    while not companion._busy:
        time.sleep(0.01)
    companion.close()
    waiting.join(20)
    assert "closing" in str(told[0])
    assert isinstance(told[0], CompanionFailed)
    assert companion.pid is None


def test_one_that_hangs_is_ended_and_the_next_call_is_answered(companion: Companion):
    companion.call("echo")
    assert companion.pid is not None
    os.kill(companion.pid, signal.SIGSTOP)
    with pytest.raises(CompanionFailed, match="No answer within"):
        companion.call("echo", timeout_s=0.5)
    assert companion.call("echo")[0]["pid"]


def test_an_unknown_function_is_not_looked_for(companion: Companion):
    with pytest.raises(UsageError, match="no function"):
        companion.call("os:system")


def test_it_ends_when_its_window_is_killed(tmp_path: Path):
    code = (
        "import time\nfrom engine.labeling.assist.companion import shared\n"
        "shared().call('echo'); print(shared().pid, flush=True); time.sleep(60)"
    )
    window = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert window.stdout is not None
    pid = int(window.stdout.readline())
    window.kill()
    window.wait()
    window.stdout.close()
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        time.sleep(0.02)
    raise AssertionError("the process beside the window is still there")


@given(
    arrays(np.float32, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)),
    st.dictionaries(st.text(), st.text()),
)
def test_a_frame_read_is_the_frame_written(array: np.ndarray, body: dict[str, str]):
    file = io.BytesIO()
    frames.write(file, body, {"a": array})
    file.seek(0)
    found = frames.read(file)
    assert found is not None
    assert found[0] == body
    assert found[1]["a"].shape == array.shape
    assert np.array_equal(found[1]["a"], array, equal_nan=True)
    assert frames.read(file) is None


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_as_a_broken_frame(data: bytes):
    try:
        frames.read(io.BytesIO(data))
    except frames.BrokenFrame:
        return


@pytest.mark.parametrize(
    "header",
    [
        b'{"body": {}, "arrays": [["a", "object", [1]]]}',
        b'{"body": {}, "arrays": [["a", "float64", [1000000, 1000000]]]}',
        b'{"body": {}, "arrays": [["a", "uint8", [-1]]]}',
        b'{"body": 3, "arrays": []}',
        b'{"arrays": []}',
    ],
)
def test_arrays_of_objects_or_of_no_size_are_refused(header: bytes):
    with pytest.raises(frames.BrokenFrame):
        frames.read(io.BytesIO(struct.pack(">I", len(header)) + header + b"\0" * 64))
