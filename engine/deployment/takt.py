"""Takt time: on the target itself, the most exact precision and the fewest threads that answer in time.

Each is started beside what runs there and asked with real image files over HTTP, one after another. The runtime's own log
says how long each took from its last byte to the answer, so that the way from this machine to the target is not in it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.deployment.advice import thread_counts
from engine.deployment.candidates import Candidate, Finish, candidates
from engine.deployment.errors import ReleaseFailed, TargetUnreachable
from engine.deployment.predict import TYPES
from engine.deployment.quantile import allowed, p99
from engine.deployment.reasons import Reason
from engine.deployment.rehearsal import RECORDED, find_images, sampled
from engine.deployment.releases import artifacts_called, choose, current_release, nothing
from engine.deployment.target import Ask, Progress, ReleaseStatus, Target
from engine.deployment.targets import open_target
from engine.deployment.trial import trial
from engine.errors import BadInput, TargetError, UsageError
from engine.packaging.artifacts import Artifact, get_artifact
from engine.workspace import Workspace

REQUESTS = 500  # of them one may be too slow; below 299 nothing can be said of a 99th percentile
FEW = 100  # after so many, one that can no longer be in time is given up
CHUNK = 50  # requests between two looks at the log
IMAGES = 64
LONGEST_MS = 3_600_000.0
UNITS = {"us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "min": 6e4}
_LOST = (OSError, EOFError, http.client.HTTPException, TargetError)


@dataclass(frozen=True)
class Row:
    """One precision on some threads: milliseconds on the target.

    Attributes:
        digest: of the artifact.
        accuracy: of the export, in points; None where it was not measured.
        least_ms, most_ms: the limits of p99_ms, each with 95 % certainty; most_ms is None after too few requests.
        seen_ms: 99th percentile as seen from here, the way included.
        meets: whether most_ms is within the takt.
        error: why it was not measured to the end.
    """

    precision: str
    threads: int
    digest: str
    accuracy: float | None
    requests: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    least_ms: float | None = None
    most_ms: float | None = None
    seen_ms: float | None = None
    meets: bool = False
    error: str = ""


@dataclass(frozen=True)
class Takt:
    """What was measured, and what came of it.

    Attributes:
        machine: the target's processor.
        at: when, ISO 8601.
        beside: the release that ran there meanwhile; "" for none.
        rows: in the order in which they are preferred.
        left_out: precisions that were not measured, and why.
        unreadable: sentences on images that were left out.
        chosen: what answers in time; None: nothing does.
    """

    name: str
    target: str
    takt_ms: float
    machine: str
    at: str
    beside: str
    rows: tuple[Row, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    chosen: Row | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @property
    def notes(self) -> dict[str, Any]:
        """What a deploy of the chosen one is told, and its history keeps."""
        assert self.chosen is not None
        return {"environment": {"LINESIDE_THREADS": str(self.chosen.threads)}, "takt": self.to_json()}


def takt_ms(text: str) -> float:
    """“120ms”, “0.5 s” in milliseconds.

    Raises:
        UsageError: it is no time above 0.
    """
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([a-zµ]+)", text.strip())
    value = float(found[1]) * UNITS.get(found[2], 0) if found else 0.0
    if not 0 < value <= LONGEST_MS:
        raise UsageError(f"“{text}” is no takt; give the time of one part as 120ms, 0.5s or 1min.")
    return value


def told(takt: Mapping[str, Any]) -> Reason:
    """What was chosen and why, in a sentence, from what a release's history keeps."""
    row = takt["chosen"]
    return Reason(
        "takt", f"{takt['takt_ms']:g}", row["precision"].upper(), row["threads"], f"{row['p99_ms']:.1f}", row["requests"],
        f"{row['most_ms']:.1f}", takt["target"], takt["at"][:16].replace("T", " "),
    )  # fmt: skip


def measure_takt(
    workspace: Workspace, artifact: str, target: str, takt: float, progress: Progress = nothing, *,
    source: str = "", requests: int = REQUESTS, finish: Finish | None = None, ask: Ask | None = None,
) -> Takt:  # fmt: skip
    """Measure each precision of a model on some numbers of threads where it will run, beside what runs there.

    Args:
        artifact: as for `deploy`; a digest or a reference (parts:3-int8) leaves one precision.
        takt: milliseconds that a part has.
        progress: as for `deploy`, with the stage `takt`: requests done, of how many, and what is measured in the place of
            the digest; what it raises ends the work, and nothing of it stays on the target.
        source: images, as for `rehearse`; "": those of the model's version.
        requests: of each, at most.
        finish: waits for a job that packages what is exported only; None: only what is packaged is measured.

    Raises:
        UsageError: no such artifact or target, or nothing runs on it, or the model takes no images.
        BadInput: there are no images.
        TargetError: the target refuses, or was lost; what ran there still runs.
    """
    from engine.packaging.trust.signing import vouch

    digests, name = artifacts_called(workspace, artifact)
    with open_target(workspace, target, ask) as opened, tempfile.TemporaryDirectory(prefix="lineside-") as scratch:
        if not opened.runs:
            raise UsageError(f"Nothing runs on {opened.place}; takt is measured where a release will run.")
        _, _, probe = choose(workspace, opened, digests, name, progress)
        found, left_out = candidates(workspace, artifact, probe, finish)
        for one in found:
            vouch(workspace, one.digest)
        files, unreadable = _files(workspace, opened, get_artifact(workspace, artifact), source, Path(scratch))
        plan = [(one, threads) for one in found for threads in thread_counts(probe)]
        rows, refused = list[Row](), list[str]()
        try:
            for place, (one, threads) in enumerate(plan):
                shown = _part(progress, f"{one.precision.upper()}, {_threads(threads)}", place, len(plan), requests)
                run = _Run(workspace, opened, one, threads, takt, requests, shown)
                rows.append(run.row(name, files))
                refused = refused or run.refused
        finally:
            with contextlib.suppress(TargetError):  # of a target that was lost
                opened.tidy()
    current, now = current_release(workspace, target), datetime.now(UTC).isoformat(timespec="seconds")
    machine = f"{probe.cpu or probe.platform}, {probe.cores} cores"
    return Takt(
        name, target, takt, machine, now, current.name if current else "", tuple(rows), left_out,
        (*unreadable, *refused), next((row for row in rows if row.meets), None),
    )  # fmt: skip


def _part(progress: Progress, what: str, place: int, count: int, requests: int) -> Progress:
    def show(stage: str, done: int, total: int, digest: str) -> None:
        if stage == "takt":
            progress("takt", place * requests + done, count * requests, what)
        else:
            progress(stage, done, total, digest)

    return show


# With what


def _files(
    workspace: Workspace, target: Target, artifact: Artifact, source: str, scratch: Path
) -> tuple[list[tuple[str, str, bytes]], list[str]]:
    """Names, kinds and contents of the images that are sent as they lie there; and what could not be read."""
    from engine.training.models import get_model

    if not source:
        source = RECORDED  # of an artifact from elsewhere
        with contextlib.suppress(UsageError):
            source = str(get_model(workspace, artifact.model_id).version_id)
    found, unreadable = list[tuple[str, str, bytes]](), list[str]()
    for name, path in sampled(find_images(workspace, target, source, scratch), IMAGES):
        try:
            found.append((name, TYPES.get(path.suffix.lower(), "application/octet-stream"), path.read_bytes()))
        except OSError as error:
            unreadable.append(f"{name} cannot be read ({error.strerror}).")
    if not found:
        raise BadInput(f"None of the images could be read: {unreadable[0]}", fix="--from FOLDER")
    return found, unreadable


# The measurement


class _Failed(Exception):
    """A release did not answer as it should; the sentence says what it did."""


class _Run:
    """One precision on one number of threads."""

    def __init__(
        self, workspace: Workspace, target: Target, candidate: Candidate, threads: int, takt: float, requests: int,
        progress: Progress,
    ) -> None:  # fmt: skip
        self.workspace, self.target, self.candidate, self.threads = workspace, target, candidate, threads
        self.takt, self.requests, self.progress = takt, requests, progress
        self.times: dict[str, float] = {}
        self.seen: list[float] = []
        self.refused: list[str] = []
        self.count = 0

    def row(self, name: str, files: Sequence[tuple[str, str, bytes]]) -> Row:
        """Start it, ask it, end it.

        Raises:
            TargetUnreachable: the target was lost.
            BadInput: it takes none of the images.
        """
        environment = {"LINESIDE_THREADS": str(self.threads), "LINESIDE_LOG_REQUESTS": "all"}
        row = Row(self.candidate.precision, self.threads, self.candidate.digest, self.candidate.accuracy)
        try:
            with trial(self.workspace, self.target, self.candidate.image, name, self.progress, environment) as tried:
                self._measure(tried, files)
        except (ReleaseFailed, _Failed) as error:
            return replace(row, error=str(error))
        if not self.times:
            return row
        found, least, most = p99(list(self.times.values()))
        return replace(
            row, requests=len(self.times), p50_ms=sorted(self.times.values())[len(self.times) // 2], p99_ms=found,
            least_ms=least, most_ms=most, seen_ms=p99(self.seen)[0], meets=most is not None and most <= self.takt,
        )  # fmt: skip

    def _measure(self, tried: ReleaseStatus, files: Sequence[tuple[str, str, bytes]]) -> None:
        """Each image once to warm up, which also finds those that the model does not take; then in turn."""
        taken = [file for file in files if self._warm(tried, file)]
        if not taken:
            raise BadInput(f"{self.target.place} takes none of the images: {self.refused[0]}", fix="--from FOLDER")
        while len(self.seen) < self.requests and not self._is_hopeless():
            asked = [self._ask(tried, taken) for _ in range(min(CHUNK, self.requests - len(self.seen)))]
            self.times |= dict(zip(asked, self._told(tried.key, asked), strict=True))

    def _is_hopeless(self) -> bool:
        slow = sum(time_ > self.takt for time_ in self.times.values())
        return len(self.times) >= FEW and slow > (allowed(self.requests) or 0)

    def _warm(self, tried: ReleaseStatus, file: tuple[str, str, bytes]) -> bool:
        status, body = self._post(tried, file, "warm")
        if status >= 500 or status in (401, 403):
            raise _Failed(f"It answers {status}: {_reason(body)}")
        if status >= 400:
            self.refused.append(f"{file[0]} is not taken: {_reason(body)}")
        return status < 400

    def _ask(self, tried: ReleaseStatus, files: Sequence[tuple[str, str, bytes]]) -> str:
        """One request; its id."""
        self.progress("takt", len(self.seen), self.requests, "")
        number = f"takt-{len(self.seen)}"
        began = time.perf_counter()
        status, body = self._post(tried, files[len(self.seen) % len(files)], number)
        self.seen.append(1e3 * (time.perf_counter() - began))
        if status >= 400:
            raise _Failed(f"Request {len(self.seen)} was answered {status}: {_reason(body)}")
        return number

    def _post(self, tried: ReleaseStatus, file: tuple[str, str, bytes], number: str) -> tuple[int, bytes]:
        _, kind, content = file
        try:
            headers = {"Content-Type": kind, "X-Request-ID": number}
            return self.target.request(tried.endpoint, "POST", "/predict", content, headers, 10 + 20e-3 * self.takt)
        except _LOST as error:
            raise self._lost(tried, error) from error

    def _lost(self, tried: ReleaseStatus, error: BaseException) -> Exception:
        """Whether the release ended, or nobody can tell."""
        self.target.close()  # a cut link is found out by connecting anew, not by waiting on the old one
        with contextlib.suppress(*_LOST):
            running = any(one.key == tried.key and one.state == "running" for one in self.target.status())
            return _Failed(
                f"It did not answer: {error or type(error).__name__}" if running else "It ended while it was measured."
            )
        return TargetUnreachable(
            f"{self.target.place} was lost while {self.candidate.precision.upper()} on {_threads(self.threads)} was measured"
            f" ({len(self.seen)} of {self.requests} requests); what ran there was not touched, and what was started to be"
            " measured ends by itself within a minute or two. Try again when it can be reached."
        )

    def _told(self, key: str, asked: Sequence[str]) -> list[float]:
        """Milliseconds of the requests from the log; the last line may come a little after its answer."""
        for _ in range(40):
            try:
                text = self.target.logs(key, 2 * len(asked) + 20)
            except _LOST as error:
                raise self._lost(ReleaseStatus(key, ""), error) from error
            found = dict(_lines(text))
            if all(number in found for number in asked):
                return [found[number] for number in asked]
            time.sleep(0.05)
        raise _Failed("Its runtime does not log how long it takes; package the model again.")


def _lines(log: str) -> Iterator[tuple[str, float]]:
    """Of each request its id, and its milliseconds without the time in which its body arrived."""
    for line in log.splitlines():
        try:
            told_ = json.loads(line)
            yield str(told_["id"]), float(told_["ms"]) - float(told_["read_ms"])
        except (ValueError, TypeError, KeyError):  # other lines
            continue


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])[:300]
    except (ValueError, TypeError, KeyError):
        return body[:100].decode("utf-8", "replace")


def _threads(count: int) -> str:
    return f"{count} thread{'s' if count != 1 else ''}"
