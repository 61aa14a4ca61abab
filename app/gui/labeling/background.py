"""Threads for pictures: what is urgent overtakes what is for later, and what is not wanted any more is left out."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Collection, Hashable
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal


class Background(QObject):
    """Runs small functions in threads of its own; `done` comes in the UI thread.

    Signals:
        done: (key, result), once for each key that was asked for and not dropped; never when its work failed, which may
            be asked for again.
    """

    done = Signal(object, object)
    _finished = Signal(object, object)

    def __init__(self, threads: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._count = threads
        self._threads: list[threading.Thread] = []
        self._change = threading.Condition()
        self._waiting: dict[Hashable, tuple[int, Callable[[], Any]]] = {}
        self._running: set[Hashable] = set()
        self._stopped = False
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def ask(self, key: Hashable, work: Callable[[], Any], priority: int = 0) -> None:
        """Have something done; the lowest priority comes first. What is asked for again is done once."""
        with self._change:
            if self._stopped or key in self._running:
                return
            self._waiting[key] = (priority, work)
            if len(self._threads) < self._count:
                self._threads.append(threading.Thread(target=self._run, name="pictures", daemon=True))
                self._threads[-1].start()
            self._change.notify()

    def keep_only(self, keys: Collection[Hashable]) -> None:
        """Drop everything else that has not begun."""
        with self._change:
            for key in [key for key in self._waiting if key not in keys]:
                del self._waiting[key]

    def finish(self) -> None:
        """Drop what waits, and wait for what runs."""
        with self._change:
            self._waiting.clear()
            self._stopped = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._stopped:
                    self._change.wait()
                if self._stopped:
                    return
                key = min(self._waiting, key=lambda one: self._waiting[one][0])
                _, work = self._waiting.pop(key)
                self._running.add(key)
            result, failed = None, False
            try:
                result = work()
            except Exception:  # one picture that fails must not take the thread from all others
                failed = True
                traceback.print_exc(file=sys.stderr)
            with self._change:
                self._running.discard(key)
                if self._stopped or not shiboken6.isValid(self):
                    return
            if not failed:
                self._finished.emit(key, result)

    def _deliver(self, key: Hashable, result: Any) -> None:
        if not self._stopped:
            self.done.emit(key, result)
