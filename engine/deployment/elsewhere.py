"""Trainings on another machine: the job runs there under its own supervisor, and a follower here is the job that people see.

The follower sends what is missing, starts the ordinary worker there, writes its events into the job's own folder and brings
the run home. It can end at any moment (a lost link, a closed laptop, a kill): the next one goes on from the offset that the
last event written here carries.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.deployment import hearsay, parcel
from engine.deployment.errors import TargetUnreachable
from engine.deployment.host import Host, Machine, examine
from engine.deployment.target import Ask, Context
from engine.deployment.targets import TargetRow, context_of, get_target, list_targets, split_password, target_class
from engine.errors import TargetError
from engine.jobs.context import Cancelled, JobFailure
from engine.jobs.guest import digest_of
from engine.jobs.job import THERE, Job
from engine.training.load import WEIGHTS
from engine.training.runner import record
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from engine.jobs import JobContext
    from engine.workspace import Workspace

MARKS = ("cancel", "pause", "gently")
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
FETCH_EVERY_S = 2.0
MOST_LIVE_BYTES = 8 << 20
MOST_TRIES = 2  # a part that was left of an older file of the same size makes the first one fail
LATER = (".ckpt", ".safetensors")  # come home when all is done


def place_of(ws: Workspace, where: str) -> TargetRow:
    """The target of a name, or that an address means; one that is no target yet can be used all the same.

    Raises:
        UsageError: there is no such target, or it is no address.
    """
    if "://" not in where:
        return get_target(ws, where)
    url, password = split_password(where)
    if password:
        from engine.deployment.credentials import keep

        keep(url, password)
    known = next((row for row in list_targets(ws) if row.url == url), None)
    return known or TargetRow(urlsplit(url).hostname or url, url)


def look_at(ws: Workspace, where: str, ask: Ask | None = None) -> tuple[TargetRow, Machine]:
    """What a place has for trainings.

    Raises:
        TargetError: it cannot be reached, or a training cannot run there; says what is missing.
    """
    row = place_of(ws, where)
    with target_class(row.url)(context_of(ws, row, ask)) as target:
        return row, examine(target.host())


def elsewhere(ws: Workspace, where: str, ask: Ask | None = None) -> dict[str, Any]:
    """Where a job shall run, for `engine.jobs.submit`, looked at before.

    Raises:
        TargetError: as `look_at`.
    """
    return spec_of(*look_at(ws, where, ask))


def spec_of(row: TargetRow, machine: Machine) -> dict[str, Any]:
    """The same of a place that was looked at."""
    return {"name": row.name, "url": row.url, "options": dict(row.options), "notes": machine.differences}


def run(context: JobContext) -> dict[str, Any]:
    """The work of a job that runs elsewhere: follow it to its end, through whatever happens to the link."""
    follower, pause = Follower(context), FIRST_PAUSE_S
    while True:
        try:
            with contextlib.closing(follower):
                return follower.attend()
        except TargetUnreachable as error:
            pause = FIRST_PAUSE_S if follower.heard else min(2 * pause, LONGEST_PAUSE_S)
            follower.lost(error, pause)


class Follower:
    """One job that runs elsewhere, seen from here.

    Attributes:
        heard: something came since the link was opened.
    """

    def __init__(self, context: JobContext) -> None:
        self.context, self.job = context, Job(context.folder)
        self.place: Mapping[str, Any] = context.spec["elsewhere"]
        self.run = context.workspace / "runs" / context.arguments["run"]
        self.there = context.folder / THERE
        self.heard = self._told_lost = False
        self._fraction, self._skew = 0.0, 0.0
        self._marks: set[str] = set()
        self._seen: dict[str, tuple[int, int]] = {}
        self._fetched = 0.0
        self._own = self._not_from_there()

    def _not_from_there(self) -> set[str]:
        """Files of the run that were made here, code among them, before anything came home: they are never taken over."""
        path = self.context.folder / "own.json"
        if not path.exists():
            names = [one.relative_to(self.run).as_posix() for one in self.run.rglob("*") if one.is_file()]
            write_atomically(path, json.dumps(names).encode())
        return set(json.loads(path.read_text("utf-8")))

    @cached_property
    def offset(self) -> int:
        """The byte of the events there from which on nothing is written here yet."""
        return max((int(event.get("there", 0)) for event in self.job.events()[0]), default=0)

    @cached_property
    def target(self) -> Any:
        """The target, with the address that it had when the job was given."""
        place, cache = self.place, self.context.workspace / "cache"
        told = Context(place["name"], place["url"], place["options"], self.context.spec["workspace"],
                       cache / "targets" / place["name"], cache)  # fmt: skip
        return target_class(place["url"])(told)

    @cached_property
    def host(self) -> Host:
        """The machine."""
        host: Host = self.target.host()
        return host

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        if "target" in self.__dict__:
            self.target.close()

    def attend(self) -> dict[str, Any]:
        """Start the job there if it does not run, and follow it to its end.

        Raises:
            TargetUnreachable: the link was lost.
            JobFailure: it failed there.
            Cancelled: a person stopped it.
        """
        self.heard = False
        state = self.host.ask("state", self.job.id)
        if state is None:
            self._send()
        if state is None or not (state["active"] or state["ended_well"] or self.there.exists()):
            self.context.should_stop()
            self.there.touch()
            self._marks.clear()
            self.host.ask("start", self.job.id)
        self.there.touch()
        return self._follow()

    def lost(self, error: TargetUnreachable, pause: float) -> None:
        """Wait for the link; a cancel that cannot be told now is told by the next follower."""
        if not self._told_lost:
            self.context.log(f"{error} The training goes on there; its link is tried again and again.")
            self._told_lost = True
        self.context.progress(self._fraction, f"No link to {self.place['name']}; the training goes on there")
        end = time.monotonic() + pause
        while time.monotonic() < end:
            if not self.there.exists():
                self.context.should_stop()
            time.sleep(0.1)

    def _send(self) -> None:
        """What the machine lacks."""
        for note in self.place.get("notes", ()):
            self.context.log(note)
        self._say(f"Looking at what {self.place['name']} has")
        version = int(self.context.arguments["version"])
        program, parts = parcel.program_parts()
        parts += [*parcel.version_parts(self.context.workspace, version), *parcel.run_parts(self.run)]
        parts.append(parcel.of_bytes(f"jobs/{self.job.id}/spec.json", self._spec(parts, program)))
        lacking = set(self.host.ask("lacking", content=parcel.wanted(parts), timeout=600))
        missing = {part.path: part for part in parts if part.path in lacking}
        whole, sent = sum(part.size for part in missing.values()), 0
        for pack, digest, size in parcel.packs(missing.values(), self.context.folder):
            self.host.push(pack, digest, lambda *told, sent=sent, size=size: self._sending(sent, size, whole, told))
            self.host.ask("take", digest, timeout=600)
            pack.unlink()
            sent += size
        self.context.log(f"{whole / 1e6:.1f} MB of {sum(part.size for part in parts) / 1e6:.1f} MB were sent.")

    def _spec(self, parts: list[parcel.Part], program: str) -> bytes:
        """The job as the machine is told of it."""
        manifest = next(
            part for part in parts if part.path.startswith("versions/") and part.path.endswith("manifest.json")
        )
        spec = {name: value for name, value in self.context.spec.items() if name not in ("elsewhere", "within")}
        arguments = {**self.context.arguments, "version": int(manifest.path.split("/")[1])}
        return json.dumps({**spec, "arguments": arguments, "program": program, "attempt": 0}).encode()

    def _sending(self, sent: int, size: int, whole: int, told: tuple[str, int, int, str]) -> None:
        self.context.should_stop()
        _, done, total, _ = told
        here = (sent + size * done / total if total else sent) / 1e6
        self._say(f"Sending {here:.1f} of {whole / 1e6:.1f} MB to {self.place['name']}")

    def _say(self, message: str) -> None:
        self.context.progress(self._fraction, message)

    def _follow(self) -> dict[str, Any]:
        pieces = self.host.stream("follow", self.job.id, str(self.offset))
        with contextlib.closing(pieces):
            for said in hearsay.documents(pieces):
                self._pass_marks()
                if said is None:
                    continue
                self.heard, self._told_lost = True, False
                if "events" in said:
                    self._relay(said)
                elif "status" in said:
                    self._keep_up(said)
                elif "ended" in said:
                    return self._end(said)
        raise TargetUnreachable(f"{self.host.place} ended the conversation.")

    def _relay(self, said: Mapping[str, Any]) -> None:
        """Write events into the job here; the last of them carries how far they go."""
        found = [hearsay.event(str(line), self._skew) for line in said["events"]]
        events = [one for one in found if one is not None]
        at = hearsay.offset(said.get("offset"))
        for number, (name, fields) in enumerate(events, 1):
            self._fraction = fields.get("fraction", self._fraction)
            self.context.emit(name, **fields, **({"there": at} if number == len(events) else {}))
        self.offset = at

    def _keep_up(self, said: Mapping[str, Any]) -> None:
        """How it is now: its place in the queue there, and the small files that pages show while it runs."""
        status = hearsay.checked(hearsay.Ended, said["status"])
        with contextlib.suppress(KeyError, TypeError, ValueError):
            self._skew = float(said["clock"]) - time.time()
        if status.state in ("waiting", "queued"):
            self._say(f"On {self.place['name']}: {status.message or 'starts'}")
        if time.monotonic() - self._fetched < FETCH_EVERY_S:
            return
        for name, (size, changed) in hearsay.files(said.get("files")).items():
            wanted = size <= MOST_LIVE_BYTES and not name.endswith(LATER) and name not in self._own
            if wanted and self._seen.get(name) != (size, changed):
                self._fetch(name, size)
                self._seen[name] = size, changed
        self._fetched = time.monotonic()

    def _pass_marks(self) -> None:
        """Cancel and pause, as they are here."""
        wanted = {name for name in MARKS if (self.context.folder / name).exists()}
        for name in wanted ^ self._marks:
            self.host.ask("mark", self.job.id, name, "yes" if name in wanted else "no")
        self._marks = wanted

    def _end(self, said: Mapping[str, Any]) -> dict[str, Any]:
        status = hearsay.checked(hearsay.Ended, said["ended"])
        about = hearsay.checked(hearsay.About, said.get("run")).model_dump(exclude_none=True)
        self._bring_home()
        record(self.run, **about, elsewhere={"name": self.place["name"], "url": self.place["url"]})
        if status.state == "done":
            result = self._result(said.get("result"))
            record(self.run, state="done", **result)
            self.there.unlink()
            return {**result, **{name: self.context.arguments[name] for name in ("run", "graph", "version")}}
        self.there.unlink()
        record(self.run, state="cancelled" if status.state == "cancelled" else "failed", error=status.error)
        if status.state == "cancelled":
            raise Cancelled
        kind = "out_of_memory" if status.state == "out_of_memory" else "error"
        failure = JobFailure(f"On {self.place['name']}: {status.error}", kind=kind, fix=status.fix)
        failure.add_note(status.details)
        raise failure

    def _result(self, said: Any) -> dict[str, Any]:
        """What the training returns, with a model that can be read.

        Raises:
            TargetError: the model is none.
        """
        from safetensors import SafetensorError, safe_open

        from engine.serving.manifest import ModelManifest

        result: dict[str, Any] = hearsay.checked(hearsay.Result, said).model_dump()
        try:
            ModelManifest.load(self.run)
            with safe_open(self.run / WEIGHTS, framework="np"):
                pass
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise TargetError(f"What {self.place['name']} sent is no model: {error}.") from error
        return result

    def _bring_home(self) -> None:
        """All files of the run, each checked against the digest that the machine tells."""
        self._say(f"Bringing the run home from {self.place['name']}")
        for name, (digest, size) in hearsay.digests(self.host.ask("digests", self.run.name, timeout=600)).items():
            tries = 0
            while name not in self._own and not self._is_here(name, digest, size):
                if tries == MOST_TRIES:
                    raise TargetError(
                        f"{name} of the run does not arrive whole from {self.host.place}; check its disk."
                    )
                self._fetch(name, size)
                tries += 1

    def _is_here(self, name: str, digest: str, size: int) -> bool:
        path = self.run / name
        return path.is_file() and path.stat().st_size == size and digest_of(path) == digest

    def _fetch(self, name: str, size: int) -> None:
        """One file of the run; a part that came before a cut is gone on with."""
        path = self.run / name
        part = path.with_name(f".{path.name}.{size}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            for piece in self.host.stream("read", self.run.name, name, str(file.tell())):
                file.write(piece)
                if file.tell() > size:
                    break  # it has grown since it was told of, or has no end
            file.truncate(min(size, file.tell()))
        part.replace(path)
