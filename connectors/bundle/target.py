"""A stick as a target: to push is to write, and what became of it is read from the receipts that boxes leave there."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.agent.errors import Refused
from engine.agent.feedback import FOLDER as FEEDBACK
from engine.agent.feedback import MOST_ITEM, MOST_TAKEN, NAME, RULES, TAKEN
from engine.agent.index import CHUNKS, INDEX, RECEIPTS, TRUST, read_index, read_small
from engine.deployment.agent_kit import FOLDER, write_agent
from engine.deployment.bundles import Known, Written, bundle_of, known_of, stick_error, write_chunks, write_index
from engine.deployment.errors import TargetUnreachable
from engine.deployment.image import Image
from engine.deployment.logs import LogPart
from engine.deployment.receipts import Receipt, read_receipts
from engine.deployment.target import (
    DRAIN_S,
    READY_TIMEOUT_S,
    Context,
    Probe,
    Progress,
    PushReport,
    ReleaseSpec,
    ReleaseStatus,
    Target,
)
from engine.errors import TargetError, UsageError
from engine.workspace import write_atomically

MOST_NAMES = 200_000  # of what was taken that a stick remembers for boxes it has not met since


class BundleTarget(Target):
    """Releases that somebody carries to a box: bundle:///mnt/stick, or a folder on it.

    Options: `platform` (of the box, until a receipt tells it), `full` ("yes": never only the changes), `agent` ("no": the
    stick brings no agent for a bare box).
    """

    scheme = "bundle"
    carried = True
    pipelines = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        path = unquote(urlsplit(context.url).path)
        if len(path) > 2 and path[2] == ":":  # bundle:///E:/lineside
            path = path[1:]
        if not path or path == "/":
            raise UsageError(f"“{context.url}” names no folder; write bundle:///mnt/stick/lineside.")
        self.folder = Path(path)
        self._written: Written | None = None

    def probe(self) -> Probe:
        """What the last box that left a receipt here is, and how much room the stick has."""
        self._must_be_in()
        last = next(iter(reversed(self.receipts())), None)
        body: dict[str, Any] = dict(last.body) if last else {}
        notes = [f"A stick; {body.get('host')} ({last.box}) left the last receipt."] if last else [
            "A stick that no box has answered yet: what it will meet there is not known."
        ]  # fmt: skip
        return Probe(
            platform=str(self.context.options.get("platform") or body.get("platform") or "linux/amd64"),
            cores=_number(body.get("cores")), memory=_number(body.get("memory")), kernel=str(body.get("kernel", "")),
            disk_free=shutil.disk_usage(self._existing()).free, system="box behind a stick", notes=tuple(notes),
        )  # fmt: skip

    def check_platform(self, image: Image, probe: Probe) -> None:
        """Only a known box can be the wrong one; the agent on it looks again."""
        if self.context.options.get("platform") or self.receipts():
            super().check_platform(image, probe)

    def push(self, image: Image, progress: Progress) -> PushReport:
        """Write chunks: whole blobs, or only the changes where the boxes' receipts say what they have."""
        self._must_be_in()
        self._written = write_chunks(self.folder, image, self._known(image), progress)
        return self._written.report

    def start(self, spec: ReleaseSpec) -> ReleaseStatus:
        """Let the stick say that this release is to be applied; the box does the rest."""
        known = self._known(spec.image)
        if self._written is None:
            self._written = write_chunks(self.folder, spec.image, known, lambda *_: None)
        trust = spec.image.layout.parent / "trust" / "metadata"
        if not known.has and self.context.options.get("agent") != "no":
            write_agent(self.folder, spec.image, trust)
        write_index(self.folder, bundle_of(spec.key, spec.image, self._written, known), trust)
        return ReleaseStatus(spec.key, spec.image.digest, spec.name, "sent")

    def apply(
        self, spec: ReleaseSpec, progress: Progress, ready_timeout: float = READY_TIMEOUT_S,
        route: Callable[[ReleaseStatus], None] | None = None,
    ) -> ReleaseStatus:  # fmt: skip
        """Write the index; to wait for the box is not for this machine."""
        del ready_timeout, route
        progress("done", 0, 0, "")
        return self.start(spec)

    def switch(self, key: str) -> None:
        """Left to the box."""

    def stop(self, key: str, drain_s: float = DRAIN_S) -> None:
        """Left to the box."""

    def status(self) -> list[ReleaseStatus]:
        """What the stick waits to bring, and what boxes say in their receipts."""
        self._must_be_in()
        receipts = self.receipts()
        running = next((one.key for one in reversed(receipts) if one.result == "running"), "")
        found = {one.key: _status(one, running) for one in receipts}
        if (self.folder / INDEX).is_file():
            waiting = read_index(self.folder)
            found.setdefault(waiting.key, ReleaseStatus(waiting.key, waiting.digest, waiting.name, "sent"))
        return list(found.values())

    def fetch_state(self, folder: str, known: Container[str] = ()) -> Iterator[tuple[str, bytes]]:
        """What boxes put onto the stick (`lineside-agent collect`); what is no plain file comes empty, and is named by who reads it."""
        self._must_be_in()
        place = self.folder / folder
        if folder != FEEDBACK or place.is_symlink() or not place.is_dir():
            return
        for path in sorted(place.glob("*.item")):
            if path.name not in known:
                yield path.name, _content(path)

    def put_state(self, path: str, content: bytes) -> None:
        """For boxes to find: what a workspace has of theirs, and what they may keep; what it has leaves the stick at once."""
        self._must_be_in()
        place = self.folder / FEEDBACK
        if path not in (f"{FEEDBACK}/{TAKEN}", f"{FEEDBACK}/{RULES}") or place.is_symlink():
            super().put_state(path, content)
        try:
            place.mkdir(exist_ok=True, parents=True)
            if path.endswith(TAKEN):
                names = [name for name in json.loads(content) if NAME.fullmatch(name)]
                content = json.dumps(list(dict.fromkeys([*_names(place / TAKEN), *names]))[-MOST_NAMES:]).encode()
                write_atomically(place / TAKEN, content)
                for name in names:
                    (place / name).unlink(missing_ok=True)
            else:
                write_atomically(place / RULES, content)
        except OSError as error:
            raise stick_error(self.folder, error) from error

    def receipts(self) -> list[Receipt]:
        """Those that lie on the stick."""
        return read_receipts(self.folder)[0]

    def log(self, key: str, lines: int = 200, *, after: str = "", before: str = "") -> LogPart:
        """What the box's receipt has of the release's log: the end of it, where it did not start."""
        log = next((str(one.body.get("log", "")) for one in reversed(self.receipts()) if one.key == key), "")
        return LogPart(tuple(log.splitlines()[-lines:]) if not (after or before) else (), end="0")

    def remove(self, key: str | None = None) -> None:
        """Take a release, or all that is Lineside's, off the stick; receipts of other releases stay with a key."""
        if key is None:
            for name in (CHUNKS, RECEIPTS, TRUST, FOLDER, FEEDBACK):
                shutil.rmtree(self.folder / name, ignore_errors=True)
            for name in (INDEX, "install.sh"):
                (self.folder / name).unlink(missing_ok=True)
        elif (self.folder / INDEX).is_file() and read_index(self.folder).key == key:
            (self.folder / INDEX).unlink()

    def connect(self, endpoint: str, timeout: float) -> socket.socket:  # noqa: ARG002
        """No stream leads to a box behind a stick."""
        raise TargetError(f"{self.place} is a stick: nothing runs there that answers; ask the box itself.")

    def _known(self, image: Image) -> Known:
        """What all boxes that answered have; each keeps the last images that it ran."""
        latest = {receipt.box: receipt for receipt in self.receipts()}
        if not latest or self.context.options.get("full") == "yes":
            return Known()
        return known_of([one.body for one in latest.values()], image.layout)

    def _must_be_in(self) -> None:
        if not self.folder.is_dir() and not self.folder.parent.is_dir():
            raise TargetUnreachable(f"{self.folder} is not there; is the stick in?")

    def _existing(self) -> Path:
        return self.folder if self.folder.is_dir() else self.folder.parent


def _content(path: Path) -> bytes:
    try:
        return read_small(path, MOST_ITEM)
    except Refused:
        return b""


def _names(path: Path) -> list[str]:
    """Those that the workspace said it has before; a damaged list is begun anew."""
    try:
        return [name for name in json.loads(read_small(path, MOST_TAKEN)) if NAME.fullmatch(name)]
    except (Refused, ValueError, TypeError, RecursionError):
        return []


def _status(receipt: Receipt, running: str) -> ReleaseStatus:
    return ReleaseStatus(
        receipt.key, receipt.digest, str(receipt.body.get("name", "")),
        "running" if receipt.key == running else "stopped", receipt.key == running, receipt.endpoint, receipt.mode,
        since=float(receipt.at), message=receipt.message,
    )  # fmt: skip


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
