"""Work off the UI thread: one writer for changes, a pool for reading; results come back in the UI thread."""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

READERS = 3
SWITCH_INTERVAL_S = 0.001  # a reader gives the interpreter back to the UI thread this often
TURN_MS = 1  # until the next turn of the event loop; at 0 Qt may do it in this one already


@dataclass
class Task:
    """A function to run elsewhere and what to do with its result here."""

    work: Callable[[], Any]
    on_done: Callable[[Any], object] | None
    on_error: Callable[[Exception], object] | None
    wanted: Callable[[], bool] = lambda: True


class Work(QObject):
    """Runs tasks in background threads and delivers what they give in the thread that owns this object."""

    _finished = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        restore_import()
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._newest: dict[str, int] = {}
        self._count = 0
        self._pending = 0
        self._idle = threading.Condition()
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return self._pending > 0

    def write(self, task: Task) -> None:
        """Run a task after all earlier ones that write."""
        self._pending += 1
        self._writer.submit(self._run, task)

    def read(self, task: Task, key: str | None = None) -> None:
        """Run a task beside others; with a key, a newer one makes an older one void."""
        if key is not None:
            self._count += 1
            number = self._newest[key] = self._count
            before = task.wanted
            task.wanted = lambda: self._newest.get(key) == number and before()
        self._pending += 1
        self._readers.submit(self._run, task)

    def stop(self) -> None:
        """Let what is under way end, drop the rest."""
        self._newest.clear()
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True)

    def _run(self, task: Task) -> None:
        result, failure = None, None
        try:
            if task.wanted():
                result = task.work()
        except Exception as error:
            failure = error
        if shiboken6.isValid(self):
            self._finished.emit(task, result, failure)

    def _deliver(self, task: Task, result: Any, failure: Exception | None) -> None:
        self._pending -= 1
        if not task.wanted():
            return
        if failure is not None:
            if task.on_error is not None and alive(task.on_error):
                task.on_error(failure)
        elif task.on_done is not None and alive(task.on_done):
            task.on_done(result)


def restore_import() -> None:
    """Take PySide's wrapper off `import`.

    For `from __feature__ import …`, which this program does not use, the wrapper reads the source of every module that
    is imported, and changes Qt's types meanwhile: an import in a background thread then stalls the UI thread, or ends
    the program with a segmentation fault (PySide6 6.11).
    """
    plain = getattr(builtins, "__orig_import__", None)
    if plain is not None:
        builtins.__import__ = plain


def alive(call: Callable[..., Any]) -> bool:
    """Whether every Qt object that a function is bound to, or has closed over, still exists."""
    bound = [getattr(call, "__self__", None)]
    for cell in getattr(call, "__closure__", None) or ():
        try:
            bound.append(cell.cell_contents)
        except ValueError:  # not yet filled
            continue
    return all(shiboken6.isValid(thing) for thing in bound if isinstance(thing, QObject))
