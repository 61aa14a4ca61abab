"""Threads that each do one thing for one target: never more than so many at once, and none is waited for without end."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any


class Crew:
    """At most `parallel` threads; one that takes longer than `timeout` seconds is given up and its place is free again."""

    def __init__(self, parallel: int, timeout: float = float("inf")) -> None:
        self.parallel = parallel
        self.timeout = timeout
        self._busy: dict[str, tuple[float, object]] = {}
        self._ended: queue.Queue[tuple[str, object, Any]] = queue.Queue()

    @property
    def busy(self) -> int:
        """How many are at work."""
        return len(self._busy)

    @property
    def free(self) -> int:
        """How many more can begin."""
        return self.parallel - self.busy

    def begin(self, name: str, work: Callable[[], Any]) -> None:
        """Do something for the target of this name in a thread of its own."""
        mark = object()
        self._busy[name] = (time.monotonic(), mark)
        threading.Thread(target=self._do, args=(name, mark, work), name=f"fleet-{name}", daemon=True).start()

    def ended(self, wait: float) -> list[tuple[str, Any]]:
        """What came of those that ended, or the exception that ended them; waits up to so many seconds for the first."""
        found: list[tuple[str, Any]] = []
        try:
            while self._busy:
                name, mark, result = self._ended.get(block=not found, timeout=wait)
                if self._busy.get(name, (0.0, None))[1] is mark:  # else it was given up before
                    del self._busy[name]
                    found.append((name, result))
        except queue.Empty:
            pass
        late = [name for name, (began, _) in self._busy.items() if time.monotonic() - began > self.timeout]
        for name in late:
            del self._busy[name]
            found.append((name, TimeoutError(f"There was no answer within {self.timeout:g} s.")))
        return found

    def _do(self, name: str, mark: object, work: Callable[[], Any]) -> None:
        result: Any
        try:
            result = work()
        except BaseException as error:
            result = error
        self._ended.put((name, mark, result))
