"""The journal after power cuts at every byte, on a disk that damages it, and when it is full of what nobody took."""

from __future__ import annotations

import shutil

import pytest

from engine.serving.pipeline import journal as journals
from engine.serving.pipeline.journal import Journal
from tests.unit.serving.pipeline.conftest import png, until


def added(journal, number, image=None):
    return [
        journal.append(image, key=f"key {journal.next}", name="a.png", at=1.0, verdict="ok", reasons=("划痕",))
        for _ in range(number)
    ]


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "pipeline", 64)


def test_cut_at_any_byte_it_has_the_records_before_and_goes_on(journal, tmp_path):
    added(journal, 3)
    journal.close()
    log = tmp_path / "pipeline" / "journal" / "000000000001.log"
    content = log.read_bytes()
    ends = [place + 1 for place, byte in enumerate(content) if byte == ord("\n")]
    for cut in range(0, len(content) + 1, 7):
        copy = tmp_path / f"cut-{cut}"
        shutil.copytree(tmp_path / "pipeline", copy)
        (copy / "journal" / log.name).write_bytes(content[:cut])
        again = Journal(copy, 64)
        whole = sum(end <= cut for end in ends)
        assert [one.n for one in again.read(1)] == list(range(1, whole + 1))
        assert added(again, 1)[0].n == whole + 1
        assert [one.n for one in again.read(1)] == list(range(1, whole + 2))
        assert again.id == journal.id
        again.close()


def test_a_damaged_record_is_left_out_and_those_after_it_are_not(journal, tmp_path):
    added(journal, 3)
    journal.close()
    log = tmp_path / "pipeline" / "journal" / "000000000001.log"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + lines[1].replace(b"a.png", b"b.png") + lines[2])
    again = Journal(tmp_path / "pipeline", 64)
    assert [one.n for one in again.read(1)] == [1, 3]
    assert again.find("key 3").n == 3
    assert again.find("key 2") is None
    assert again.next == 4


def test_a_sink_goes_past_what_the_disk_has_damaged_and_counts_it(places, document, started):
    nobody = {"kind": "mqtt", "name": "away", "broker": "127.0.0.1:1", "topic": "t"}
    for number in range(4):
        (places / "in" / f"{number}.png").write_bytes(png(number))
    assert started(document(sinks=[nobody]), once=True).wait(20)
    log = places / "state" / "pipeline" / "journal" / "000000000001.log"
    log.write_bytes(log.read_bytes().replace(b"2.png", b"x.png").replace(b"3.png", b"x.png"))
    table = {"kind": "csv", "name": "away", "file": str(places / "results.csv")}
    runner = started(document(sinks=[table]))
    until(lambda: runner.status()["sinks"][0]["dropped"] == 2)
    until(lambda: runner.status()["sinks"][0]["sent"] == 2)
    assert runner.status()["sinks"][0]["waiting"] == 0


def test_it_is_bounded_and_still_knows_what_could_come_again(tmp_path, monkeypatch):
    monkeypatch.setattr(journals, "SEGMENT", 500)
    journal = Journal(tmp_path / "pipeline", 0.004)
    added(journal, 100, b"image" * 20)
    journal.trim(1, 1, lambda key: key.endswith("0"))
    assert journal.size < 5000
    assert journal.first > 50
    assert journal.find("key 10").verdict == "ok"
    assert journal.find("key 11") is None
    journal.close()
    again = Journal(tmp_path / "pipeline", 0.004)
    assert again.find("key 10").n == 10
    assert again.next == 101
    left = {int(path.name) for path in (tmp_path / "pipeline" / "images").iterdir()}
    assert min(left) >= again.first
    again.trim(again.next, again.next, lambda _: False)
    assert not list((tmp_path / "pipeline" / "images").iterdir())
