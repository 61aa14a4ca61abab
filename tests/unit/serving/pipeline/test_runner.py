from __future__ import annotations

import csv
import json
import os
import time

from tests.unit.serving.pipeline.conftest import png, until


def rows(places):
    with (places / "results.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_pictures_of_a_folder_are_judged_told_sorted_and_put_away(places, document, started):
    for name, blue in (("a.png", 0), ("b.png", 255), ("c.png", 128)):
        (places / "in" / name).write_bytes(png(blue))
    (places / "in" / "torn.png").write_bytes(png(3)[:40])
    (places / "in" / "note.part").write_bytes(b"half")
    runner = started(document(), once=True)
    assert runner.wait(20)
    found = {row["image"]: row for row in rows(places)}
    assert {row["verdict"] for row in found.values()} == {"broken", "reject", "ok"} | {found["c.png"]["verdict"]}
    assert "not an image" in found["torn.png"]["reasons"]
    assert sorted(path.name for path in (places / "in" / "done").iterdir()) == ["a.png", "b.png", "c.png"]
    assert [path.name for path in (places / "in" / "broken").iterdir()] == ["torn.png"]
    assert (places / "in" / "note.part").exists()
    rejected = [name for name, row in found.items() if row["verdict"] == "reject"]
    told = list((places / "out" / "reject").glob("*.json"))
    assert len(told) == len(rejected) == len(list((places / "out" / "reject").glob("*.png")))
    assert json.loads(told[0].read_text())["reasons"][0].startswith('count(label="scratch", score>=0.6) > 0 (it is 1')
    assert runner.status()["counts"]["taken"] == 4


def test_a_second_run_goes_on_with_the_same_table_and_doubles_nothing(places, document, started):
    for turn in range(3):
        for number in range(5):
            (places / "in" / f"{turn}-{number}.png").write_bytes(png(number))
        assert started(document(), once=True).wait(20)
    found = rows(places)
    assert len({row["id"] for row in found}) == len({row["image"] for row in found}) == len(found) == 15


def test_hostile_names_stay_names(places, document, started):
    names = ["=cmd|'C calc'!A0.png", 'a\nb,c".png', "%2e%2e%2fetc.png", "$(reboot).png", "零件 1.png"]
    for name in names:
        (places / "in" / name).write_bytes(png(255))
    (places / "in" / os.fsdecode(b"\xff\xfe.png")).write_bytes(png(255))
    (places / "in" / "link.png").symlink_to("/etc/hostname")
    os.mkfifo(places / "in" / "pipe.png")
    assert started(document(), once=True).wait(20)
    found = rows(places)
    assert len(found) == 6
    assert not any(row["image"][0] in "=+-@" or "\n" in row["image"] for row in found)
    sorted_files = list((places / "out" / "reject").iterdir())
    assert len(sorted_files) == 12
    assert (places / "in" / "link.png").is_symlink()


def test_a_file_that_comes_again_under_its_name_is_another_picture(places, document, started):
    for _ in range(2):
        (places / "in" / "part.png").write_bytes(png(0))
        assert started(document(), once=True).wait(20)
    assert [row["image"] for row in rows(places)] == ["part.png", "part.png"]
    assert len(list((places / "in" / "done").iterdir())) == 2


def test_nothing_is_put_away_through_a_link_that_leads_elsewhere(places, document, started):
    (places / "elsewhere").mkdir()
    (places / "in" / "done").symlink_to(places / "elsewhere")
    (places / "in" / "a.png").write_bytes(png(0))
    runner = started(document())
    until(lambda: "a link that leads elsewhere" in runner.status()["trouble"])
    assert not list((places / "elsewhere").iterdir())
    (places / "in" / "done").unlink()
    until(lambda: (places / "in" / "done" / "a.png").exists())
    until(lambda: len(rows(places)) == 1)


def test_files_that_are_left_are_remembered(places, document, started):
    source = {"kind": "folder", "folder": str(places / "in"), "settle": 0, "after": "leave"}
    for number in range(4):
        (places / "in" / f"{number}.png").write_bytes(png(number))
    runner = started(document(source=source))
    until(lambda: len(rows(places)) == 4 if (places / "results.csv").exists() else False)
    runner.stop()
    (places / "in" / "new.png").write_bytes(png(9))
    runner = started(document(source=source))
    until(lambda: len(rows(places)) == 5)
    time.sleep(0.3)
    runner.stop()
    assert [row["image"] for row in rows(places)].count("0.png") == 1


def test_a_simulated_camera_plays_its_folder_once(places, document, started):
    for number in range(6):
        (places / "in" / f"{number}.png").write_bytes(png(number))
    source = {"kind": "simulator", "folder": str(places / "in"), "rate": 0, "loop": False}
    assert started(document(source=source), once=True).wait(20)
    assert [row["image"] for row in rows(places)] == [f"{number}.png" for number in range(6)]


def test_only_one_process_has_the_turn_and_the_next_goes_on(places, document, started):
    first = started(document())
    until(lambda: first.state == "running")
    second = started(document())
    for number in range(10):
        (places / "in" / f"{number}.png").write_bytes(png(number))
    until(lambda: first.counts["taken"] > 2)
    assert second.state == "waiting"
    first.stop()
    until(lambda: second.state == "running" and first.counts["taken"] + second.counts["taken"] == 10)
    until(lambda: len(rows(places)) == 10)
    assert len({row["id"] for row in rows(places)}) == 10


def test_a_table_that_cannot_be_written_waits_and_says_so(places, document, started):
    (places / "results.csv").mkdir()
    (places / "in" / "a.png").write_bytes(png(0))
    runner = started(document())
    until(lambda: any(sink["trouble"] for sink in runner.status()["sinks"]))
    assert runner.status()["sinks"][0]["waiting"] == 1
    (places / "results.csv").rmdir()
    until(lambda: runner.status()["sinks"][0]["sent"] == 1)
    assert len(rows(places)) == 1
