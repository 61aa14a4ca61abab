"""What tests of the window share: settings of their own, a window on a fresh workspace, a watchdog of the UI thread."""

from __future__ import annotations

import faulthandler
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from app.gui.main import make_application
from app.gui.shell.shell import Shell
from app.gui.shell.window import MainWindow
from engine.workspace import Workspace

try:
    import resource
except ImportError:  # not on Windows
    resource = None

LIMIT_MS = 50
YARDSTICK_MS = 4.0  # of processor time that `slowness` takes on a quiet core


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application with the theme in place; light and English unless a test says otherwise."""
    return make_application()


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the settings of the person who runs it."""
    monkeypatch.setenv("LINESIDE_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def window(qtbot, qapp: QApplication) -> Iterator[MainWindow]:
    """The main window, shown, without a workspace."""
    from app.gui.shell.languages import use_language

    use_language("en")
    made = MainWindow()
    made.shell.theme.use("light")
    made.resize(1280, 720)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    made.show_page("start")
    yield made
    made.close()
    use_language("en")


@pytest.fixture
def shell(window: MainWindow, tmp_path: Path) -> Shell:
    """What the window offers to pages, with a fresh workspace open; the window closes it."""
    window.shell.use(Workspace.create(tmp_path / "gui-workspace"))
    return window.shell


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    """The program speaks Chinese, without a window."""
    translator = QTranslator()
    texts = Path(__file__).resolve().parents[2] / "assets" / "translations" / "lineside_zh_CN.qm"
    assert translator.load(str(texts))
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


@dataclass
class Watchdog:
    """What the heartbeat found: the longest time the UI thread did not answer, and where it was then."""

    limit_ms: float = LIMIT_MS
    worst_ms: float = 0.0
    stacks: list[tuple[float, str]] = field(default_factory=list)
    intervals_ms: list[float] = field(default_factory=list)

    def reset(self) -> None:
        """Forget what was before, as after building a test's data."""
        self.worst_ms = 0.0
        self.stacks.clear()
        self.intervals_ms.clear()


class Heart:
    """Beats in the event loop; a thread watches the beat, and notes the main thread's stack when it is late."""

    def __init__(self, found: Watchdog) -> None:
        self.found = found
        self._main = threading.get_ident()
        self._begin()
        self._stop = threading.Event()
        self._noted, self._stolen = "", stolen_s()
        self._timer = QTimer()
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._tick)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._begin()
        self._timer.start()
        self._thread.start()

    def stop(self) -> None:
        self._timer.stop()
        self._stop.set()
        self._thread.join()

    def _tick(self) -> None:
        now, waited, (used, lost) = time.perf_counter(), waited_for_a_core_s(), _of_the_process()
        late = (now - self._beat - (waited - self._waited)) * 1000
        if late > self.found.limit_ms:
            late -= (stolen_s() - self._stolen) * 1000
        if lost != self._lost:  # a thread that held the interpreter may have been put aside: count what was computed
            late = min(late, (used - self._used) * 1000)
        self.found.intervals_ms.append(late)
        if (
            self._noted
            and late > self.found.limit_ms
            and late > self.found.limit_ms * max(slowness() for _ in range(3))
        ):
            self.found.stacks.append((late, self._noted))
        self._noted = ""
        self.found.worst_ms = max(self.found.worst_ms, late)
        self._begin()

    def _begin(self) -> None:
        self._beat, self._waited, (self._used, self._lost) = (
            time.perf_counter(),
            waited_for_a_core_s(),
            _of_the_process(),
        )

    def _watch(self) -> None:
        limit = self.found.limit_ms / 1000
        while not self._stop.wait(0.01):
            late = time.perf_counter() - self._beat
            if late < limit / 5:
                self._stolen = stolen_s()
            if late > limit * 0.7:
                main, others = _stacks(self._main)
                if "/app/" in main:
                    self._noted = main + others


def slowness() -> float:
    """How many times slower a core counts just now than when the limits were set: others share its caches and clock."""
    begun, total = time.thread_time(), 0
    for number in range(60_000):
        total += number * number
    return max(1.0, (time.thread_time() - begun) * 1000 / YARDSTICK_MS)


def waited_for_a_core_s() -> float:
    """How long this thread was ready to run and other processes had the cores, in s (Linux; elsewhere 0)."""
    try:
        with open(f"/proc/self/task/{threading.get_native_id()}/schedstat", "rb") as file:  # noqa: PTH123  # each 2 ms
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def stolen_s() -> float:
    """How long the host of a virtual machine kept its cores from it since it started, in s of all cores (Linux; elsewhere 0)."""
    try:
        with open("/proc/stat", "rb") as file:  # noqa: PTH123  # each 10 ms
            return int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def _of_the_process() -> tuple[float, int]:
    """Processor time of all threads of this process, in s, and how often others took a core from one of them."""
    if resource is None:
        return time.process_time(), 0
    found = resource.getrusage(resource.RUSAGE_SELF)
    return found.ru_utime + found.ru_stime, found.ru_nivcsw


def _stacks(thread: int) -> tuple[str, str]:
    """Where a thread is, innermost first, and where the others are: one of them may have held the interpreter.

    faulthandler walks the frames in one go. Walking them with sys._current_frames lets the threads run meanwhile, and
    their frames vanish under the walk: on Python 3.11 that ends in a segmentation fault now and then.
    """
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        blocks = file.read().strip().split("\n\n")
    main, others = "", ""
    for block in blocks:
        lines = block.splitlines()
        if f"0x{thread:016x}" in lines[0]:
            main = "\n".join(lines[1:12]) + "\n"
        elif not any(
            word in line for line in lines[1:2] for word in ("threading.py", "queue.py", "thread.py", "conftest.py")
        ):
            others += "another thread:\n" + "\n".join(lines[1:4]) + "\n"
    return main, others


@pytest.fixture
def ui_watchdog(qtbot) -> Iterator[Watchdog]:
    """Fails the test when code of the program blocks the UI thread for more than 50 ms (LINESIDE_STALL_MS: another limit).

    Only stalls within the program's own code count: a test that itself sleeps, or a machine that is busy elsewhere, does
    not. More processes than cores share the time of the threads that hold the interpreter, and slow each other down: the
    limit grows by as much.
    """
    crowd = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)) if hasattr(os, "getloadavg") else 1.0
    found = Watchdog(limit_ms=float(os.environ.get("LINESIDE_STALL_MS", LIMIT_MS)) * crowd)
    heart = Heart(found)
    heart.start()
    yield found
    heart.stop()
    if found.stacks:
        worst = max(found.stacks)
        pytest.fail(f"The UI thread was blocked for {worst[0]:.0f} ms:\n{worst[1]}")
