"""Where the server runs, and what it writes down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest

from engine.serving import cpus
from engine.serving.errors import ServingError
from tests.unit.serving.conftest import Server
from tests.unit.serving.test_server import png


def test_lists_of_cpus_are_read_and_written() -> None:
    assert cpus.parse("0-3,8, 10-11") == {0, 1, 2, 3, 8, 10, 11}
    assert cpus.ranges({8, 0, 1, 2, 3, 10, 11}) == "0-3,8,10-11"
    for bad in ("", "a", "3-1", "1,,2", "-1", "0x3"):
        with pytest.raises(ServingError, match="no such list"):
            cpus.parse(bad)


def test_a_node_gives_those_of_its_cpus_that_may_be_used(tmp_path: Path) -> None:
    for number, listed in enumerate(("0-3", "4-7")):
        (tmp_path / f"node{number}").mkdir()
        (tmp_path / f"node{number}" / "cpulist").write_text(listed + "\n")
    assert cpus.chosen("", "1", set(range(6)), tmp_path) == {4, 5}
    assert cpus.chosen("3-4", "1", set(range(8)), tmp_path) == {4}
    with pytest.raises(ServingError, match="there are: 0, 1"):
        cpus.chosen("", "2", {0}, tmp_path)
    with pytest.raises(ServingError, match="none of them may be used"):
        cpus.chosen("", "1", {0, 1}, tmp_path)
    with pytest.raises(ServingError, match="no CPU 9"):
        cpus.chosen("0,9", "", {0, 1}, tmp_path)


def test_every_thread_keeps_to_the_named_cpus(detector: Path) -> None:
    first = str(min(os.sched_getaffinity(0)))
    server = Server(detector, "--cpus", first).wait_until_ready()
    try:
        assert server.post("/predict", png())[0] == 200
        tasks = list(Path(f"/proc/{server.process.pid}/task").iterdir())
        allowed = {
            line for task in tasks for line in (task / "status").read_text().splitlines() if "allowed_list" in line
        }
        assert f"Cpus_allowed_list:\t{first}" in allowed
        assert len([line for line in allowed if line.startswith("Cpus")]) == 1
        assert len(tasks) > 2
    finally:
        server.stop()


def test_a_cpu_that_there_is_not_ends_the_server_with_a_sentence(detector: Path) -> None:
    command = [sys.executable, "-m", "engine.serving", "--model", str(detector), "--port", "0", "--cpus", "4095"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "no CPU 4095" in json.loads(done.stderr)["message"]


def test_each_request_is_one_line_of_json_without_anything_that_it_carried(detector: Path) -> None:
    server = Server(detector, "--log-requests", "all").wait_until_ready()
    secret = "hush-8741"
    server.post(f"/predict?model=parts&key={secret}", png(), x_request_id="w-1", authorization=f"Bearer {secret}")
    server.post("/predict", secret.encode(), x_request_id="w-2")
    server.get(f"/{secret}")
    server.stop()
    assert server.process.stderr is not None
    text = server.process.stderr.read()
    lines = [json.loads(line) for line in text.splitlines()]
    assert secret not in text
    assert all(datetime.fromisoformat(line["time"]).tzinfo is not None for line in lines)
    first, second = (next(line for line in lines if line.get("id") == name) for name in ("w-1", "w-2"))
    assert (first["status"], first["route"], first["model"], first["version"]) == (200, "predict", "parts", "3")
    assert first["received"] == len(png())
    assert first["ms"] > 0
    assert (second["status"], second["level"]) == (400, "info")
    assert [line["status"] for line in lines if line.get("route") == "other"] == [404]


def test_no_request_is_lost_when_the_server_stops_under_load(detector: Path) -> None:
    server = Server(detector, "--drain-seconds", "0.3").wait_until_ready()
    done, lost = [], []

    def load() -> None:
        while True:
            try:
                done.append(server.post("/predict", png())[0])
            except ConnectionRefusedError:
                return
            except OSError as error:
                lost.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(done) < 40:
        threads[0].join(0.005)
    assert server.stop() == 0
    for thread in threads:
        thread.join(30)
    assert (set(done), lost) == ({200}, [])


def test_batched_answers_of_a_real_server_are_those_of_single_images(detector: Path) -> None:
    values = list(range(0, 250, 10))
    single = Server(detector).wait_until_ready()
    alone = [single.post("/predict", png(value=value))[1]["detections"] for value in values]
    single.stop()
    server = Server(detector, "--batch-window-ms", "50", "--batch-max", "4").wait_until_ready()
    found: dict[int, object] = {}

    def call(value: int) -> None:
        found[value] = server.post("/predict", png(value=value))[1]["detections"]

    threads = [threading.Thread(target=call, args=(value,)) for value in values]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = server.get("/v2/models/parts/stats")[1]["model_stats"][0]
    assert server.stop() == 0
    assert stats["execution_count"] < stats["inference_count"] == len(values)
    for value, expected in zip(values, alone, strict=True):
        for one, other in zip(found[value], expected, strict=True):  # type: ignore[call-overload]
            assert (one["label"], one["box"]) == (other["label"], pytest.approx(other["box"], abs=0.01))
            assert one["score"] == pytest.approx(other["score"], abs=1e-4)
