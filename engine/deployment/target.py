"""What a place where artifacts run can do, and the one blue/green switch that all such places share."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from engine.deployment.errors import ReleaseFailed, WrongPlatform
from engine.deployment.image import Image
from engine.deployment.logs import LogPart
from engine.deployment.streams import Request, Stream, Streams
from engine.errors import TargetError, UsageError

if TYPE_CHECKING:
    from engine.agent.control import Control
    from engine.deployment.home import Home
    from engine.deployment.host import Host

Progress = Callable[[str, int, int, str], None]
"""`progress(stage, done_bytes, total_bytes, digest)`.

Stages: `push` and `pull` (one call or more a layer), `skip` (the target has this layer already), `wait` (the link
is cut, and the push goes on when it is back), `verify`, `unpack`, `start`, `ready`, `gateway` (as push, of what a gateway needs), `switch`, `drain`, `done`; `note` has a sentence that a person should read in the place of the
digest. Bytes and digest are 0 and "" where a stage has none. Whatever it raises ends the
work: that is how a person cancels; what was pushed stays and the next push goes on from there.
"""

Ask = Callable[[str], str | None]
"""Asks the person for a secret, by a sentence that says which; None: no answer."""

READY_TIMEOUT_S = 60.0
DRAIN_S = 10.0
PORT_BASE = 18080


@dataclass(frozen=True)
class Context:
    """What a target is opened with."""

    name: str
    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    workspace_id: str = ""
    home: Path = Path()  # a folder of this target's own for state on this machine; may not exist yet
    cache: Path = Path()  # a folder shared by all targets of the workspace for what can be made again
    ask: Ask | None = None
    others: Callable[[str], Target] | None = None  # opens another target of the workspace, by its name


@dataclass(frozen=True)
class Probe:
    """What a machine is."""

    platform: str  # of OCI: linux/amd64, linux/arm64
    cpu: str = ""
    flags: tuple[str, ...] = ()  # those that matter for inference, as in FLAGS
    cores: int = 0  # that programs may run on at once: with hyper-threading, twice the physical ones
    physical_cores: int = 0  # 0: not told
    memory: int = 0  # bytes
    memory_free: int = 0  # bytes that a new program can have
    disk_free: int = 0  # bytes, where artifacts are kept
    gpus: tuple[str, ...] = ()  # "NVIDIA H200, 141 GB", "VGA: Intel UHD Graphics 630", "/dev/dri/renderD128"
    system: str = ""  # "Debian GNU/Linux 12 (bookworm)"
    kernel: str = ""
    runtimes: tuple[str, ...] = ()  # "runc 1.1.5", "systemd 252", …
    isolation: tuple[str, ...] = ()  # ways of running that were tried and work here, best first
    user: str = ""
    root: bool = False
    clock_skew_s: float = 0.0  # its clock minus this machine's, half of the round trip taken off
    clock_within_s: float = 0.0  # how exactly that is known, plus or minus
    ports: tuple[int, ...] = ()  # TCP ports at which something on it listens
    reachable: tuple[int, ...] = ()  # those of them that answer this machine without a tunnel
    free_port: int = 0  # where the next release would listen; 0: not told
    notes: tuple[str, ...] = ()  # sentences a person should read

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Probe:
        """Read what `to_json` gave; unknown keys are left out."""
        known = {item.name for item in fields(Probe)}
        read: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known}
        return Probe(**read)


@dataclass(frozen=True)
class PushReport:
    """What a push moved."""

    sent: int = 0  # bytes
    skipped: int = 0  # bytes of blobs that the target had
    resumed: int = 0  # bytes that an earlier, broken push had left there
    retries: int = 0
    saved: int = 0  # bytes that were not sent because the target made them of what it had


@dataclass(frozen=True)
class ReleaseSpec:
    """A release as a target is told of it."""

    key: str  # unique over all workspaces: workspace id, release id
    name: str  # of the artifact, for people
    image: Image
    environment: Mapping[str, str] = field(default_factory=dict)
    trial: bool = False  # ended by itself, it is not started again, nor by the machine; what it left is taken away

    @property
    def scheme(self) -> str:
        """Of its endpoint: https where it is given a certificate."""
        return "https" if "LINESIDE_TLS_CERT" in self.environment else "http"


@dataclass(frozen=True)
class ReleaseStatus:
    """How a release does on its target."""

    key: str
    digest: str  # of the image manifest
    name: str = ""
    state: str = (
        "stopped"  # starting, running, unhealthy, restarting, stopped; published or sent (a stick waits for its box)
    )
    current: bool = False  # requests go here
    endpoint: str = (
        ""  # where clients ask, as seen on the target: http://127.0.0.1:18080; the gateway's where there is one
    )
    own: str = ""  # its own address, without a gateway between; "": as endpoint
    mode: str = ""  # how it runs: "namespaces", "interpreter", "runc", "docker" …
    pid: int = 0
    restarts: int = 0
    since: float = 0.0  # epoch seconds of the last start
    message: str = ""  # "killed by signal 9, started again"
    autostart: str = ""  # what starts it after a reboot; "" where nothing does

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


class Target(ABC):
    """A place where artifacts run. A connector is a subclass registered by the hook `lineside_targets`."""

    scheme: ClassVar[str]
    runs: ClassVar[bool] = True
    """Whether releases run there. Where none does (a registry, a stick), whole artifacts of any platform are pushed, and
    `apply` says with its state what became of them."""
    carried: ClassVar[bool] = False
    """Whether somebody carries releases from here to the box, so that what it does is known from its receipts alone."""
    pipelines: ClassVar[bool] = False
    """Whether the pipeline that a release carries runs there: whether `switch` leaves the digest of the release at LIVE below
    the state folder."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._key: str | None = None
        self._streams = Streams()

    @property
    def place(self) -> str:
        """The target in a sentence: its name and address."""
        return f"{self.context.name} ({self.context.url})"

    @property
    def port_base(self) -> int:
        """From which port on releases look for a free one: the option of this name.

        Raises:
            UsageError: it is no port.
        """
        said = str(self.context.options.get("port_base", PORT_BASE))
        if not (said.isascii() and said.isdigit() and 0 < int(said[:6]) < 65536):
            raise UsageError(f"The option “port_base” of {self.place} is “{said}”; give a port of 1 to 65535.")
        return int(said)

    @abstractmethod
    def probe(self) -> Probe:
        """Look at the machine."""

    @abstractmethod
    def push(self, image: Image, progress: Progress) -> PushReport:
        """Bring missing blobs, verified by digest; a push that was cut goes on where it was."""

    @abstractmethod
    def start(self, spec: ReleaseSpec) -> ReleaseStatus:
        """Start a release beside whatever runs; no request goes to it yet."""

    @abstractmethod
    def switch(self, key: str) -> None:
        """Send requests to this release from now on; atomic."""

    @abstractmethod
    def stop(self, key: str, drain_s: float = DRAIN_S) -> None:
        """End a release, letting it finish its requests; what is needed to start it again stays."""

    @abstractmethod
    def status(self) -> list[ReleaseStatus]:
        """All releases that the target knows, as they are now."""

    @abstractmethod
    def log(self, key: str, lines: int = 200, *, after: str = "", before: str = "") -> LogPart:
        """The last lines that a release wrote; all that came since a mark, or so many lines above one.

        Marks are those of parts read before. They hold over connections; where a log was begun anew, it is read from
        its beginning.
        """

    @abstractmethod
    def remove(self, key: str | None = None) -> None:
        """Take a release away, or with None everything of Lineside on the target."""

    @abstractmethod
    def connect(self, endpoint: str, timeout: float) -> socket.socket:
        """A stream to a release's endpoint, through whatever leads to the target."""

    def gateway(self) -> Home | None:
        """Where a gateway before the releases is kept; None where a target can have none."""
        return None

    def route(self) -> Control | None:
        """What splits requests between releases where the place itself does that (a cluster); None elsewhere."""
        return None

    def host(self) -> Host:
        """The machine as a place where jobs run.

        Raises:
            TargetError: none can run on this kind of target.
        """
        raise TargetError(f"Nothing can be trained on {self.place}; trainings run on targets of kind ssh.")

    def put_state(self, path: str, content: bytes) -> None:
        """Write a file below the state folder, which every release finds at STATE and which outlives them.

        Raises:
            TargetError: this kind of target has none.
        """
        del content
        raise TargetError(f"{self.place} has no folder that outlives releases; {path} cannot be kept there.")

    def fetch_state(self, folder: str, known: Container[str] = ()) -> Iterator[tuple[str, bytes]]:
        """Name and content of the files right below a folder of the state, but for those known; none where there is none."""
        del folder, known
        return iter(())

    def tidy(self) -> None:  # noqa: B027  a target that keeps nothing has nothing to do
        """Drop what was pushed and no release needs."""

    def receipts(self) -> list[Any]:
        """What boxes that cannot be reached have left here; none where a target is the box itself."""
        return []

    def close(self) -> None:
        """Let go of connections; what runs keeps running."""
        self._streams.close()

    def __enter__(self) -> Target:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What all targets share

    def logs(self, key: str, lines: int = 200) -> str:
        """The last lines that a release wrote, as text."""
        return "\n".join(self.log(key, lines).lines)

    def check_platform(self, image: Image, probe: Probe) -> None:
        """Refuse an image of another architecture before a byte of it is sent.

        Raises:
            WrongPlatform: it names both.
        """
        if image.platform != probe.platform:
            raise WrongPlatform(
                f"The artifact {image.name or image.digest[:19]} is for {image.platform}, but {self.place} is "
                f"{probe.platform}; package the model for it: lineside package MODEL --platform {probe.platform}"
            )

    def apply(
        self, spec: ReleaseSpec, progress: Progress, ready_timeout: float = READY_TIMEOUT_S,
        route: Callable[[ReleaseStatus], None] | None = None,
    ) -> ReleaseStatus:  # fmt: skip
        """Blue/green: start the new release, wait until it is ready, switch, drain the old.

        `route` leads a gateway's requests to the new release; it returns when the old has none left. Applying what already runs changes nothing.

        Raises:
            ReleaseFailed: it did not become ready; the old release was never touched. Carries its last log lines.
        """
        before = self.status()
        same = next((old for old in before if old.key == spec.key), None)
        if same and same.current and same.state == "running":
            return same
        started = self.prepare(spec, progress, ready_timeout)
        progress("switch", 0, 0, "")
        self.switch(spec.key)
        if route is not None:
            route(started)
        for old in before:
            if old.key != spec.key and old.state != "stopped":
                progress("drain", 0, 0, "")
                self.stop(old.key)
        progress("done", 0, 0, "")
        return next(now for now in self.status() if now.key == spec.key)

    def prepare(self, spec: ReleaseSpec, progress: Progress, ready_timeout: float = READY_TIMEOUT_S) -> ReleaseStatus:
        """Start a release beside what runs and wait until it is ready; no request goes to it yet.

        Raises:
            ReleaseFailed: as `apply`.
        """
        same = next((old for old in self.status() if old.key == spec.key), None)
        if same:
            self.stop(spec.key, drain_s=0)
        progress("start", 0, 0, "")
        try:
            started = self.start(spec)
            progress("ready", 0, 0, "")
            self._wait_ready(spec, started, ready_timeout, progress)
        except BaseException:
            with contextlib.suppress(Exception):
                self.stop(spec.key, drain_s=0)
            raise
        return started

    def request(
        self, endpoint: str, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> tuple[int, bytes]:  # fmt: skip
        """One HTTP exchange with a release: status and body. Streams stay open between exchanges."""
        asked = Request(method, path, body, {**self._authorization(path), **(headers or {})})
        return self._streams.exchange(endpoint, asked, timeout, lambda: self._stream(endpoint, timeout))

    def _stream(self, endpoint: str, timeout: float) -> Stream:
        raw = self.connect(endpoint, timeout)
        try:
            return Stream(raw, self._secured(raw, endpoint))
        except BaseException:
            raw.close()
            raise

    def _authorization(self, path: str) -> dict[str, str]:
        """The workbench's own key, where the target has keys and the path needs one."""
        if not self.context.options.get("keys") or path.startswith("/v2/health/"):
            return {}
        if self._key is None:
            from engine.deployment.credentials import key_of

            self._key = key_of(self.context)
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def _secured(self, stream: socket.socket, endpoint: str) -> Any:
        """The stream itself, or TLS with the target's own certificate within it."""
        if not endpoint.startswith("https:"):
            return stream
        from engine.deployment.certificates import secured

        return secured(stream, self.context.options.get("tls") or {}, self.place)

    def is_ready(self, endpoint: str, timeout: float = 2.0) -> bool:
        """Whether the release at an endpoint says that it takes requests."""
        try:
            return self.request(endpoint, "GET", "/v2/health/ready", timeout=timeout)[0] == 200
        except (OSError, EOFError, http.client.HTTPException, TargetError):
            return False

    def _wait_ready(self, spec: ReleaseSpec, started: ReleaseStatus, timeout: float, progress: Progress) -> None:
        end, pause, looked = time.monotonic() + timeout, 0.03, time.monotonic()
        while not self.is_ready(started.endpoint):
            progress("ready", 0, 0, "")
            reason = "" if time.monotonic() < end else f"was not ready within {timeout:.0f} s"
            if not reason and time.monotonic() - looked > 0.5:
                looked = time.monotonic()
                now = next((one for one in self.status() if one.key == spec.key), None)
                if now is None or now.restarts or now.state in ("stopped", "restarting"):
                    reason = f"ended as it started{': ' + now.message if now and now.message else ''}"
            if reason:
                with contextlib.suppress(Exception):
                    self.stop(spec.key, drain_s=0)
                log = self.logs(spec.key, 20).strip()
                raise ReleaseFailed(
                    f"{spec.name} on {self.place} {reason}; what ran before still runs."
                    + (f" Its last lines:\n{log}" if log else ""),
                    log=log,
                )
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)
