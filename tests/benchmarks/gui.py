"""Figures of the window: how soon it can be used, its memory, how long the UI thread ever waits."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

RUNS = 7
START = """
import os, sys, time
began = float(sys.argv[1])
from app.gui.main import make_application, make_window
application = make_application()
window = make_window()
application.processEvents()
window.repaint()
application.processEvents()
print(time.time() - began)
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    application.processEvents()
    time.sleep(0.02)
print(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
window.close()
"""
PEER = """
import sys, time
began = float(sys.argv[1])
sys.argv = ["labelme"]
from qtpy import QtWidgets
application = QtWidgets.QApplication(sys.argv)
from labelme.app import MainWindow
window = MainWindow()
window.show()
application.processEvents()
print(time.time() - began)
"""


def start() -> dict[str, float]:
    """Seconds from starting the process to a painted window that takes input; warm, median."""
    times = [_start(0)[0] for _ in range(RUNS + 1)][1:]
    figures = {"gui.start_usable_s": statistics.median(times)}
    peer = _peer()
    if peer is not None:
        figures["gui.start_vs_labelme_ratio"] = figures["gui.start_usable_s"] / peer
    return figures


def memory() -> dict[str, float]:
    """Resident memory of the idle window, some seconds after its start, in MB."""
    return {"gui.rss_idle_mb": _start(4)[1] / 2**20}


def memory_of_pages() -> dict[str, float]:
    """Resident memory with a workspace of 150 images open and all pages made, some seconds after, in MB."""
    return {"gui.rss_workspace_mb": _apart("_memory_of_pages")}


def slices() -> dict[str, float]:
    """The longest turn of the event loop while pages are made ahead, in ms of the UI thread's processor time."""
    return {"gui.page_slice_max_ms": _apart("_slices")}


def stalls() -> dict[str, float]:
    """The 99th percentile of the time between two turns of the event loop while 150 items are imported and looked at."""
    return {"gui.ui_stall_p99_ms": _apart("_stalls")}


def _apart(function: str) -> float:
    """What a function here prints last, in a process of its own with a folder for its data."""
    with tempfile.TemporaryDirectory() as scratch:
        code = f"from tests.benchmarks.gui import {function}; {function}()"
        done = subprocess.run(
            [sys.executable, "-c", code, scratch],
            capture_output=True, text=True, check=True, env=_environment(scratch),
        )  # fmt: skip
    return float(done.stdout.split()[-1])


def _make_pages() -> Iterator[None]:
    """Open a workspace of 150 images and wait until all pages are made and nothing is under way: a turn at a time."""
    import time

    from app.gui.main import make_application, make_window
    from app.gui.shell.registry import PAGES

    scratch = Path(sys.argv[1])
    code = "from tests.benchmarks.gui import _fill; _fill()"  # importing takes memory that the window does not
    subprocess.run([sys.executable, "-c", code, str(scratch)], check=True, stdout=subprocess.DEVNULL)
    application = make_application()
    window = make_window()
    for _ in range(40):  # the workspace is opened by a person, not with the window
        application.processEvents()
        time.sleep(0.02)
    window.shell.open_workspace(scratch / "workspace")
    end = time.monotonic() + 120
    while time.monotonic() < end and (set(window.pages) != set(PAGES) or window.shell.work.busy):
        yield
        time.sleep(0.001)
        application.processEvents()
    for _ in range(200):
        application.processEvents()
        time.sleep(0.02)
    yield
    window.close()


def _fill() -> None:
    from engine.data.imports import import_data
    from engine.data.sample import make_sample
    from engine.workspace import Workspace

    scratch = Path(sys.argv[1])
    workspace = Workspace.create(scratch / "workspace")
    import_data(workspace, make_sample(scratch / "sample", count=150))
    workspace.close()


def _memory_of_pages() -> None:
    resident = 0
    for _ in _make_pages():
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    print(resident / 2**20)


def _slices() -> None:
    """Each turn of `_make_pages` is one of the event loop; the first ones make the application."""
    import time

    turns, last = [], 0.0
    for _ in _make_pages():
        now = time.thread_time()
        turns.append(now - last)
        last = now
    print(max(turns[1:-1]) * 1000)


def _stalls() -> None:
    import time

    from PySide6.QtCore import QTimer

    from app.gui.data.dialogs import ImportChoice
    from app.gui.main import make_application, make_window
    from engine.data.sample import make_sample

    scratch = Path(sys.argv[1])
    sample = make_sample(scratch / "sample", count=150)
    application = make_application()
    window = make_window()
    window.shell.open_workspace(scratch / "workspace", create=True)
    while window.shell.workspace is None or window.page_name != "data":
        application.processEvents()
        time.sleep(0.002)
    beats: list[float] = []
    last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        beats.append((now - last) * 1000)
        last = now

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(2)
    page = window.pages["data"]
    page.start_import(ImportChoice(str(sample), "auto", False, None))  # type: ignore[attr-defined]
    end = time.monotonic() + 90
    while len(page.grid.ids()) < 150 and time.monotonic() < end:  # type: ignore[attr-defined]
        application.processEvents()
        time.sleep(0.0005)
    for step in range(200):
        bar = page.grid.verticalScrollBar()  # type: ignore[attr-defined]
        bar.setValue(step * bar.maximum() // 200)
        for _ in range(5):
            application.processEvents()
            time.sleep(0.0005)
    beats.sort()
    print(beats[int(len(beats) * 0.99)])
    window.close()


def _start(idle_s: float) -> tuple[float, float]:
    import time

    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [sys.executable, "-c", START, str(time.time()), str(idle_s)],
            capture_output=True, text=True, check=True, env=_environment(scratch),
        )  # fmt: skip
    seconds, resident = done.stdout.split()
    return float(seconds), float(resident)


def _peer() -> float | None:
    """labelme's time to the same point, where LINESIDE_LABELME names a Python that has it."""
    import time

    python = os.environ.get("LINESIDE_LABELME") or shutil.which("labelme-python")
    if not python:
        return None
    times = []
    for _ in range(4):
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(
            [python, "-c", PEER, str(time.time())], capture_output=True, text=True, check=False, env=environment
        )
        if done.returncode:
            return None
        times.append(float(done.stdout.split()[-1]))
    return statistics.median(times[1:])


def _environment(scratch: str) -> dict[str, str]:
    return os.environ | {"QT_QPA_PLATFORM": "offscreen", "LINESIDE_CONFIG": str(Path(scratch) / "config")}


MEASURES = [start, memory, memory_of_pages, slices, stalls]
