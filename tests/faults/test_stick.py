"""Faults of a release that comes on a stick, made for real: power cut, stick pulled, disk full."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys

import pytest

from engine.agent.errors import Refused
from engine.agent.index import read_index
from engine.deployment.bundles import check_bundle
from engine.deployment.orders import bundle_artifact
from tests.faults.cuts import NAMES, CutBox, cuts, mounted, roomy
from tests.integration.deployment.program import add_artifact

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="boxes are Linux")


@pytest.fixture
def cut_box():
    folder = roomy()
    box = CutBox(folder)
    yield box
    box.close()
    subprocess.run(["umount", "-q", "-l", box.stick, box.root], capture_output=True, check=False)
    shutil.rmtree(folder)


def test_a_box_whose_power_is_cut_at_any_step_comes_up_with_a_whole_release(cut_box):
    """A few of the cuts of tests/benchmarks/cuts.py."""
    done, survived = cuts(6, cut_box, seed=random.randrange(1 << 30), tell=print)
    assert done == survived >= 6


def test_a_first_apply_that_is_cut_leaves_a_box_that_runs_nothing_and_the_next_one_finishes(cut_box):
    cut_box.write("alpha", full=True)
    for at in (3, 30, 60):
        cut_box.apply_cut(at)
        cut_box.power_off()
        assert cut_box.power_on() in ("", "alpha")
    cut_box.apply()
    assert cut_box.answers() == "alpha"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs mounts")
def test_a_stick_that_is_pulled_at_any_step_leaves_the_old_or_the_new_release(cut_box):
    cut_box.write("alpha", full=True)
    cut_box.apply()
    kept = cut_box.folder / "kept"
    for turn, at in enumerate((2, 9, 14, 25, 60)):
        new, old = NAMES[1 - turn % 2], NAMES[turn % 2]
        mounted(cut_box.stick, "8m")
        cut_box.write(new)
        shutil.copytree(cut_box.stick, kept, dirs_exist_ok=True)
        cut_box.apply_cut(at, lambda: subprocess.run(["umount", "-l", cut_box.stick], check=True))
        assert cut_box.answers() in (old, new)
        shutil.rmtree(cut_box.stick)
        shutil.move(kept, cut_box.stick)
        cut_box.apply()
        assert cut_box.answers() == new
        shutil.rmtree(cut_box.stick)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs mounts")
def test_a_box_whose_disk_is_full_says_so_and_runs_on(cut_box):
    mounted(cut_box.root, "4m")
    cut_box.write("alpha", full=True)
    cut_box.apply()
    cut_box.write("beta")
    filler = cut_box.root / "filler"
    free = shutil.disk_usage(cut_box.root).free
    for left in (0, 200_000, 340_000, 500_000, 650_000):  # before it begins, as blobs come, as it unpacks
        filler.write_bytes(bytes(free - left))
        with pytest.raises(Refused, match=r"free some space"):
            cut_box.apply()
        filler.unlink()
        assert cut_box.answers() == "alpha"
        assert not list(cut_box.box.blobs.glob("*.part"))
    cut_box.apply()
    assert cut_box.answers() == "beta"


WRITE = """
import sys
from pathlib import Path
from engine.deployment.orders import bundle_artifact
from engine.workspace import Workspace
with Workspace.open(sys.argv[1]) as workspace:
    print("opened", flush=True)
    bundle_artifact(workspace, sys.argv[3], Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_a_workbench_killed_while_it_writes_leaves_the_bundle_that_was_there(tmp_path):
    from engine.workspace import Workspace

    path, stick = tmp_path / "workspace", tmp_path / "stick"
    with Workspace.create(path) as workspace:
        for name in NAMES:
            add_artifact(workspace, name, padding=8_000_000)
        bundle_artifact(workspace, "alpha", stick)
    before = read_index(stick)
    for turn in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE, path, stick, "beta"], stdout=subprocess.PIPE, text=True
        )
        process.stdout.readline()
        chunks = len(list((stick / "chunks").iterdir()))
        while process.poll() is None and len(list((stick / "chunks").iterdir())) <= chunks + turn:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = read_index(stick)
        assert now.name == before.name or now.name == "beta"
        assert check_bundle(stick, now) == []
    with Workspace.open(path) as workspace:
        assert bundle_artifact(workspace, "beta", stick).sent < 16_000_000
    assert read_index(stick).name == "beta"
    assert check_bundle(stick, read_index(stick)) == []
