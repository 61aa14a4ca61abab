"""Runs a pipeline: takes pictures, has them looked at and judged, writes that down, and lets each sink have it.

Only one process at a time runs the pipelines of a state folder: whoever holds its lock. A picture is written down before its
source is told that it is done, and a record counts as delivered when its sink says so. So whatever is killed when, nothing
is lost, and what comes twice to a sink has the same id.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from engine.serving.errors import BadRequest
from engine.serving.images import Pixels
from engine.serving.logs import log
from engine.serving.pipeline.delivery import Delivery, idle, in_words
from engine.serving.pipeline.document import Pipeline
from engine.serving.pipeline.journal import Journal, Record
from engine.serving.pipeline.sources import Picture, Source, as_file
from engine.serving.pipeline.verdicts import BROKEN, VERDICTS, Verdict
from engine.serving.predictor import Prediction
from engine.serving.state import SECRETS

try:
    import fcntl
except ImportError:  # Windows: one release at a time
    fcntl = None  # type: ignore[assignment]  # where it is not there

Predict = Callable[[bytes | Pixels], Prediction]
TICK_S = 0.2
TRIM_S = 1.0
LONGEST_PAUSE_S = 5.0
FOLDER = "pipeline"


class Runner:
    """A pipeline in a thread of its own, and one for each sink, while `live` says that this is the release that may."""

    def __init__(
        self,
        pipeline: Pipeline,
        predict: Predict,
        state: Path,
        *,
        live: Callable[[], bool] = lambda: True,
        release: str = "",
        once: bool = False,
        secret: Callable[[str], str] | None = None,
    ) -> None:
        """What it needs beside the pipeline.

        Args:
            predict: looks at an image file's bytes, or at pixels, or raises BadRequest.
            state: folder that outlives this process.
            release: digest, for the records.
            once: end when the source has nothing more and all sinks have it.
            secret: of a name, for sinks; raises OSError where there is none. Default: a file in `secrets` of the state.
        """
        self.pipeline, self._predict, self._live, self._release, self._once = pipeline, predict, live, release, once
        self._secret = secret or partial(_secret_of, state)
        self.folder = state / FOLDER
        self.counts = dict.fromkeys(("taken", *VERDICTS), 0)
        self.dropped = 0
        self.source: Source | None = None  # while it is this release's turn
        self.state = "waiting"  # for its turn; running, stopped
        self.trouble = ""
        self._deliveries: list[Delivery] = []
        self._stopping = threading.Event()
        self._drain_s = 0.0
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def start(self) -> Runner:
        """Begin; returns at once."""
        self._thread.start()
        return self

    def end(self, drain_s: float) -> None:
        """Take no more pictures; what was taken goes to its sinks for so many seconds, and then waits on disk."""
        self._drain_s = drain_s
        self._stopping.set()

    def stop(self, drain_s: float = 3.0) -> None:
        """Likewise, and wait for that."""
        self.end(drain_s)
        self._thread.join(drain_s + 10)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def status(self) -> dict[str, Any]:
        """How it does, as plain values."""
        return {
            **self.pipeline.summary(), "state": self.state, "counts": dict(self.counts), "dropped": self.dropped,
            "trouble": self.trouble, "sinks": [one.status() for one in self._deliveries] or [idle(one) for one in self.pipeline.sinks],
        }  # fmt: skip

    def _run(self) -> None:
        pause = TICK_S
        while not self._stopping.is_set():
            try:
                with self._turn() as mine:
                    if mine:
                        self._work()
                        pause = TICK_S
                        if self._once:
                            break
            except Exception as error:  # a disk that is full, a folder that is not there: told, and tried again
                self._say(in_words(error))
                pause = min(2 * pause, LONGEST_PAUSE_S)
                if self._once:
                    break
            self._stopping.wait(pause)
        self.state = "stopped"

    @contextlib.contextmanager
    def _turn(self) -> Iterator[bool]:
        """Whether this process may run it now; no other one may within the block."""
        if not self._live():
            yield False
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("ab") as file:
            if fcntl is not None:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield False
                    return
            yield self._live()

    def _work(self) -> None:
        """While it is this release's turn."""
        journal = Journal(self.folder, self.pipeline.megabytes)
        source = None
        try:
            self._deliveries = [
                Delivery(sink, journal, self.folder, self._secret).start() for sink in self.pipeline.sinks
            ]
            self.source = source = self.pipeline.source.open()
            self._say("")
            self.state = "running"
            self._take_all(source, journal)
        finally:
            self.state, self.source = "waiting", None
            if source is not None:
                source.close()
            drain = self._drain_s if self._stopping.is_set() else 3600.0 if self._once else 0.0
            for one in self._deliveries:
                one.end(drain)
            for one in self._deliveries:
                one.join()
            journal.close()

    def _take_all(self, source: Source, journal: Journal) -> None:
        trimmed = time.monotonic()
        while not self._stopping.is_set() and self._live():
            picture = source.take(TICK_S)
            self.dropped = source.dropped
            if picture is not None:
                self._handle(source, journal, picture)
            elif self._once and source.exhausted:
                return
            if time.monotonic() - trimmed > TRIM_S:
                self._trim(source, journal)
                trimmed = time.monotonic()

    def _handle(self, source: Source, journal: Journal, picture: Picture) -> None:
        record = journal.find(picture.key) or self._record(journal, picture)
        try:
            source.done(picture, record)
            if not source.owns(picture.key):
                journal.forget(picture.key)
            self._say("")
        except OSError as error:
            self._say(f"{picture.name!r} could not be put away: {in_words(error)}")

    def _record(self, journal: Journal, picture: Picture) -> Record:
        answer, decided = self._judge(picture)
        wanted = any(one.wants_images and decided.verdict in one.only for one in self.pipeline.sinks)
        record = journal.append(
            as_file(picture.content) if wanted else None, key=picture.key, name=picture.name, at=picture.at,
            verdict=decided.verdict, reasons=decided.reasons, answer=answer, release=self._release,
        )  # fmt: skip
        self.counts["taken"] += 1
        self.counts[decided.verdict] += 1
        return record

    def _judge(self, picture: Picture) -> tuple[dict[str, Any], Verdict]:
        if picture.problem:
            return {}, Verdict(BROKEN, (picture.problem,))
        try:
            prediction = self._predict(picture.content)
        except BadRequest as error:
            return {}, Verdict(BROKEN, (str(error),))
        answer = prediction.to_json()
        for one in answer.get("detections", ()):
            one.pop("mask", None)  # of hundreds of kilobytes each
        return answer, self.pipeline.rule.decide(prediction)

    def _trim(self, source: Source, journal: Journal) -> None:
        places = [one.next for one in self._deliveries]
        images = [one.next for one in self._deliveries if one.settings.wants_images]
        journal.trim(min(places), min(images, default=journal.next), source.owns)

    def _say(self, sentence: str) -> None:
        """Once, not for each picture."""
        if sentence and sentence != self.trouble:
            log.warning("Pipeline %s: %s", self.pipeline.name, sentence)
        self.trouble = sentence


def _secret_of(state: Path, name: str) -> str:
    try:
        return (state / SECRETS / name).read_text("utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError) as error:
        told = (
            f"The secret “{name}” is not on this machine; give it with: lineside pipeline secret {name} --target TARGET"
        )
        raise FileNotFoundError(told) from error
