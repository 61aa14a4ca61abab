"""What is kept on a box: the least valuable goes first, a file is whole or absent, a full disk harms nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.serving.kept import REASONS, Kept, NotKept
from engine.serving.ring import DAY_S, TAKEN, Ring
from engine.serving.rules import Rules

FEW = Rules(count=3)
ENDLESS = """
import sys, time
from pathlib import Path
from engine.serving.kept import Kept
from engine.serving.ring import Ring
from engine.serving.rules import Rules
ring, number = Ring(Path(sys.argv[1])), 0
while True:
    number += 1
    ring.add(Kept("unsure", time.time(), bytes(200_000), {"n": number}), b"%d" % number, Rules(count=40))
    print(number, flush=True)
"""


def kept(reason: str, at: float = 0.0, image: bytes = b"image") -> Kept:
    return Kept(reason, at or time.time(), image, {"task": "detection", "detections": []})


def lying(folder: Path) -> list[str]:
    """Reasons of what is there, from the least valuable on."""
    return [REASONS[int(path.name[0])] for path in sorted(folder.glob("*.item"))]


def test_the_least_valuable_and_of_it_the_oldest_goes_first(tmp_path):
    ring, now = Ring(tmp_path), time.time()
    for number, reason in enumerate(("sampled", "corrected", "unsure")):
        assert ring.add(kept(reason, now + number), b"%d" % number, FEW)
    assert ring.add(kept("disagreement", now + 3), b"3", FEW)
    assert lying(tmp_path) == ["unsure", "disagreement", "corrected"]
    assert not ring.add(kept("sampled", now + 4), b"4", FEW), "what is worth less moves nothing"
    assert ring.add(kept("unsure", now + 5), b"5", FEW)
    assert [path.name[2:17] for path in sorted(tmp_path.glob("0-*")) + sorted(tmp_path.glob("1-*"))] == [
        f"{round(1e3 * (now + 5)):015d}"
    ]


def test_one_image_is_kept_once_for_the_best_reason(tmp_path):
    ring = Ring(tmp_path)
    assert ring.add(kept("unsure"), b"same", FEW)
    assert not ring.add(kept("sampled"), b"same", FEW)
    assert ring.add(kept("corrected"), b"same", FEW)
    assert ring.add(kept("corrected", time.time() + 1), b"same", FEW), "the newest word holds"
    assert lying(tmp_path) == ["corrected"]


def test_bytes_are_bounded_and_what_is_larger_than_all_is_not_kept(tmp_path):
    ring, small = Ring(tmp_path), Rules(megabytes=0.5)
    for number in range(9):
        assert ring.add(kept("unsure", image=bytes(100_000)), b"%d" % number, small)
    assert sum(path.stat().st_size for path in tmp_path.glob("*.item")) <= 500_000
    assert not ring.add(kept("corrected", image=bytes(600_000)), b"large", small)
    assert len(lying(tmp_path)) == 4


def test_what_is_too_old_or_taken_home_goes_and_a_hostile_list_removes_nothing_else(tmp_path):
    ring, now = Ring(tmp_path / "ring"), time.time()
    (tmp_path / "secret").write_text("stays")
    ring.add(kept("corrected", now - 2 * DAY_S), b"old", FEW)
    ring.add(kept("unsure", now), b"new", FEW)
    ring.tend(Rules(days=1))
    (left,) = (tmp_path / "ring").glob("*.item")
    for hostile in (b"[[[", b"7", b'{"a": 1}', json.dumps(["../secret", "/etc/hostname", 3, None]).encode()):
        (tmp_path / "ring" / TAKEN).write_bytes(hostile)
        ring.tend(FEW)
        assert left.exists() and not (tmp_path / "ring" / TAKEN).exists()
    (tmp_path / "ring" / TAKEN).write_text(json.dumps([left.name]))
    Ring(tmp_path / "ring").tend(FEW)
    assert not left.exists() and (tmp_path / "secret").read_text() == "stays"


def test_a_program_that_is_killed_while_it_writes_leaves_whole_files(tmp_path):
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", ENDLESS, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        for _ in range(15):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        files = list(tmp_path.glob("*.item"))
        assert files and all(Kept.read(path.read_bytes()).image == bytes(200_000) for path in files)
    ring = Ring(tmp_path)
    assert ring.add(kept("unsure"), b"after", Rules(count=40))
    assert not list(tmp_path.glob(".?-*.item.*")), "what was half written is gone"


def test_a_torn_file_is_known_as_such():
    whole = kept("unsure").content()
    for torn in (whole[:-1], whole[:20], b"", b"\n", whole.replace(b'"unsure"', b'"unsere"')):
        with pytest.raises(NotKept):
            Kept.read(torn)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="a small disk needs root")
def test_a_full_disk_keeps_what_was_there_and_is_told(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=True)
    try:
        ring = Ring(disk / "ring")
        assert ring.add(kept("unsure", image=bytes(600_000)), b"1", Rules())
        with pytest.raises(OSError, match="No space"):
            ring.add(kept("corrected", image=bytes(600_000)), b"2", Rules())
        assert lying(disk / "ring") == ["unsure"]
        assert Kept.read(next((disk / "ring").glob("*.item")).read_bytes()).image == bytes(600_000)
        assert ring.add(kept("unsure", image=b"small"), b"3", Rules())
    finally:
        subprocess.run(["umount", disk], check=True)
