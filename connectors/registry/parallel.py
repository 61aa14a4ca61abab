"""Several layers at once: at most four, one person told of it in one thread, and one failure or wish ends them all."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from connectors.registry.wire import Cancelled
from engine.deployment.target import Progress

AT_ONCE = 4
_EVERY_S = 0.1

Told = Callable[[str, int, int, str], None]


def run_all(tasks: Sequence[Callable[[Told], None]], progress: Progress, cancel: Callable[[], None]) -> None:
    """Run tasks; what they tell reaches `progress` in this thread, and what that raises ends them.

    Raises:
        BaseException: of `progress`, or of the first task that failed.
    """
    said: queue.SimpleQueue[tuple[str, int, int, str]] = queue.SimpleQueue()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="registry") as pool:
        futures = [pool.submit(task, lambda *event: said.put(event)) for task in tasks]
        try:
            pending = set(futures)
            while pending:
                done, pending = wait(pending, _EVERY_S, FIRST_EXCEPTION)
                _tell(said, progress)
                for future in done:
                    future.result()
            _tell(said, progress)
        except BaseException as error:
            cancel()
            pool.shutdown(wait=True, cancel_futures=True)
            first = next((one.exception() for one in futures if not one.cancelled() and _real(one.exception())), None)
            raise (first or error) if isinstance(error, Cancelled) else error


def _real(error: BaseException | None) -> bool:
    return error is not None and not isinstance(error, Cancelled)


def _tell(said: queue.SimpleQueue[tuple[str, int, int, str]], progress: Progress) -> None:
    """Pass on what waits, of each layer's advance only the latest."""
    latest: dict[tuple[str, str], tuple[str, int, int, str]] = {}
    while not said.empty():
        event = said.get()
        latest[event[0], event[3]] = event
    for event in latest.values():
        progress(*event)
