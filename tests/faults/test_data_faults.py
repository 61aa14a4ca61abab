"""Kills, full disks, damaged files and a second program: the workspace opens afterwards, old or new, never between."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from engine.data.imports import import_data, remove_items
from engine.data.journal import collect_garbage
from engine.data.media import digest_of
from engine.errors import LinesideError, WorkspaceBusy
from engine.labeling import edits
from engine.workspace import Workspace
from tests.faults import data_work

TIMES = 20
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.faults.data_work", "duckdb", "pyarrow", "pyarrow.compute", "PIL.Image"])


def start(work: Any, *arguments: Any) -> tuple[Any, Connection]:
    """Run a function of data_work in a process of its own; (process, our end of its pipe)."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=work, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def check_whole(ws: Workspace) -> None:
    """Every item's file is there and is what its digest says; every annotation has its item; the log fits."""
    for digest, size in ws.query("SELECT digest, bytes FROM item"):
        path = ws.media.path(digest)
        assert path.stat().st_size == size
        assert digest_of(path) == digest
    assert ws.query("SELECT count(*) FROM annotation a ANTI JOIN item i ON i.id = a.item_id") == [(0,)]
    assert ws.query("SELECT count(*) FROM annotation a ANTI JOIN tx ON tx.id = a.tx") == [(0,)]
    assert ws.query("SELECT count(*) FROM edit e ANTI JOIN tx ON tx.id = e.tx") == [(0,)]


def media_files(ws: Workspace) -> set[str]:
    """Names of all files below media, hidden ones too."""
    return {path.name for path in (ws.path / "media").rglob("*") if path.is_file()}


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A closed workspace with ten items and their boxes."""
    with Workspace.create(tmp_path / "workspace") as ws:
        import_data(ws, data_work.make_images(tmp_path / "first", 10))
    return tmp_path / "workspace"


@pytest.mark.slow
def test_a_killed_import_leaves_the_old_items_or_all_new_ones(prepared: Path, tmp_path: Path) -> None:
    source = data_work.make_images(tmp_path / "second", 120, first=100)
    duration, outcomes = 0.5, set()
    for number in range(TIMES + 1):
        process, pipe = start(data_work.import_and_tell, prepared, source)
        assert pipe.recv() == "begins"
        begun = time.monotonic()
        said = pipe.poll(60 if number == 0 else random.uniform(0, 1.1 * duration)) and pipe.recv()
        if number == 0:
            duration = time.monotonic() - begun
        process.kill()
        process.join()
        with Workspace.open(prepared) as ws:
            assert ws.recovery == ""
            check_whole(ws)
            counts = ws.query("SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM annotation)")[0]
            outcomes.add(counts)
            assert counts in ((10, 10), (130, 130))
            if said == "saved":
                assert counts == (130, 130)
            remove_items(ws, [row[0] for row in ws.query("SELECT id FROM item WHERE name >= 'images/00100'")])
            if counts == (130, 130):
                collect_garbage(ws)
            import_data(ws, tmp_path / "first")  # the next import clears what the killed one left
            assert media_files(ws) == {row[0] for row in ws.query("SELECT digest FROM item")}
    assert len(outcomes) == 2


@pytest.mark.slow
def test_a_killed_edit_is_kept_once_it_was_acknowledged(prepared: Path) -> None:
    for _ in range(TIMES):
        process, pipe = start(data_work.edit_for_ever, prepared)
        last = pipe.recv()
        until = time.monotonic() + random.uniform(0.0, 0.4)
        while (left := until - time.monotonic()) > 0:
            if pipe.poll(left):
                last = pipe.recv()
        process.kill()
        process.join()
        while pipe.poll():
            try:
                last = pipe.recv()
            except EOFError:
                break
        with Workspace.open(prepared) as ws:
            check_whole(ws)
            item = ws.query("SELECT min(item_id) FROM annotation")[0][0]
            place = edits.annotations_of(ws, item)[0].x
            assert place in (last, last + 1)
            logged = ws.query("SELECT after FROM edit WHERE op = 'change' ORDER BY id DESC LIMIT 1")
            assert not logged or json.loads(logged[0][0])["x"] == place


@pytest.mark.slow
def test_a_damaged_log_loses_at_most_what_was_not_checkpointed(prepared: Path, tmp_path: Path) -> None:
    process = PROCESSES.Process(target=data_work.edit_and_vanish, args=(prepared, 8))
    process.start()
    process.join()
    log = prepared / "store.duckdb.wal"
    assert log.stat().st_size > 0
    places = set()
    for number in range(TIMES):
        copy = tmp_path / f"copy{number}"
        shutil.copytree(prepared, copy)
        damaged = copy / log.name
        data = bytearray(damaged.read_bytes())
        if number % 5 == 4:
            data = data[: random.randrange(len(data))]  # cut off instead
        else:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        damaged.write_bytes(data)
        with Workspace.open(copy) as ws:
            check_whole(ws)
            item = ws.query("SELECT min(item_id) FROM annotation")[0][0]
            place = edits.annotations_of(ws, item)[0].x
            assert place in range(9)
            places.add(place)
            if place != 8:
                assert "damaged" in ws.recovery, (number, place)
            assert ws.query("SELECT count(*) FROM item") == [(10,)]
            edits.apply(ws, item, [edits.Change(edits.annotations_of(ws, item)[0].id, {"x": 30.0})])
        with Workspace.open(copy) as ws:
            assert edits.annotations_of(ws, item)[0].x == 30.0
        shutil.rmtree(copy)
    assert len(places) >= 1


@pytest.mark.slow
def test_a_second_program_is_told_who_has_the_workspace(prepared: Path) -> None:
    for number in range(TIMES):
        process, pipe = start(data_work.hold, prepared)
        holder = pipe.recv()
        with pytest.raises(WorkspaceBusy, match=f"process {holder}"):
            Workspace.open(prepared)
        if number % 2:
            process.kill()
        else:
            pipe.send("go")
        process.join()
        with Workspace.open(prepared) as ws:
            assert ws.query("SELECT count(*) FROM item") == [(10,)]
            with pytest.raises(WorkspaceBusy, match=f"process {os.getpid()}"):
                Workspace.open(prepared)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 24 MB; needs root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, leave: int) -> None:
    """Fill the disk up to `leave` bytes."""
    with (disk / "ballast").open("wb") as file:
        while (free := shutil.disk_usage(disk).free - leave) > 4096:
            file.write(b"\1" * min(1 << 20, free))
            file.flush()


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_items_and_says_so(small_disk: Path, tmp_path: Path) -> None:
    with Workspace.create(small_disk / "workspace") as ws:
        import_data(ws, data_work.make_images(tmp_path / "first", 10))
    failures = 0
    for number in range(TIMES):
        source = data_work.make_images(tmp_path / f"more{number}", 40, first=1000 * number, size=50_000)
        before = Workspace.open(small_disk / "workspace")
        said = ""
        old = before.query("SELECT count(*) FROM item")[0][0]
        fill(small_disk, random.randrange(0, 3 << 20))
        try:
            import_data(before, source)
            new = old + 40
        except LinesideError as error:
            failures += 1
            new = old
            said = str(error).lower()
        finally:
            before.close()
            (small_disk / "ballast").unlink()
        with Workspace.open(small_disk / "workspace") as ws:
            check_whole(ws)
            assert ws.query("SELECT count(*) FROM item") == [(new,)]
            remove_items(ws, [row[0] for row in ws.query("SELECT id FROM item ORDER BY id LIMIT 100000 OFFSET 10")])
            import_data(ws, tmp_path / "first")
            if new == old:
                assert media_files(ws) == {row[0] for row in ws.query("SELECT digest FROM item")}
            collect_garbage(ws)
            assert new > old or "disk" in said or "space" in said
        shutil.rmtree(source.parent)
    assert failures >= TIMES // 2


@pytest.mark.slow
def test_an_edit_on_a_full_disk_is_kept_or_not_as_it_was_told(small_disk: Path, tmp_path: Path) -> None:
    with Workspace.create(small_disk / "workspace") as ws:
        import_data(ws, data_work.make_images(tmp_path / "first", 10))
    failures = 0
    for _ in range(TIMES):
        ws = Workspace.open(small_disk / "workspace")
        item = ws.query("SELECT min(item_id) FROM annotation")[0][0]
        box = edits.annotations_of(ws, item)[0]
        place = box.x or 0.0
        fill(small_disk, random.randrange(0, 40_000))
        for _ in range(60):
            try:
                edits.apply(ws, item, [edits.Change(box.id, {"x": place + 1})])
                place += 1
            except LinesideError as error:
                failures += 1
                if "was saved" in str(error):
                    place += 1
                elif "could not be reopened" in str(error):
                    place = -1.0  # the program does not know, and says so
                break
        ws.close()
        (small_disk / "ballast").unlink()
        with Workspace.open(small_disk / "workspace") as ws:
            check_whole(ws)
            now = edits.annotations_of(ws, item)[0].x
            assert place in (-1.0, now)
    assert failures >= 1
