"""The machine itself as a target: the artifact's own root file system in namespaces, else run by the program's interpreter."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from connectors.process import supervisor
from connectors.process.gateway import ProcessHome, endpoint_of
from connectors.process.machine import look
from engine.agent.program import folders_of
from engine.deployment.errors import DiskFull, ReleaseFailed
from engine.deployment.home import Home
from engine.deployment.image import Image
from engine.deployment.launch import Program, enter_arguments, namespace_arguments, program_of, translated
from engine.deployment.logs import LogPart, of_file
from engine.deployment.machine import exit_reason
from engine.deployment.target import (
    DRAIN_S,
    Context,
    Probe,
    Progress,
    PushReport,
    ReleaseSpec,
    ReleaseStatus,
    Target,
)
from engine.errors import TargetError
from engine.packaging import rootfs
from engine.packaging.oci import Layout
from engine.serving.state import LIVE, replace_file
from engine.workspace import write_atomically

NAMESPACES, INTERPRETER = "namespaces", "interpreter"
PORT_BASE = 18080
KEPT_RELEASES = 3
YOUNG_S = 3600
GIVEN_S = 60.0

_unpacking = threading.Lock()  # one image may be for several targets
_giving = threading.Lock()
_given: dict[int, tuple[Path, float]] = {}  # ports that are about to be listened at: by which target, until when


class ProcessTarget(Target):
    """Releases as supervised processes of this machine; they outlive the window.

    Options: `mode` (namespaces, interpreter; else the first that works), `port_base`, `listen` (an address other than
    127.0.0.1 lets the line's other machines ask), `gateway` (see `engine.deployment.gateways`).
    """

    scheme = "process"
    pipelines = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.releases = context.home / "releases"
        self.roots = context.cache / "rootfs"
        self.state = context.home / "state"
        self.listen = str(context.options.get("listen", "127.0.0.1"))

    def probe(self) -> Probe:
        """Look at this machine."""
        isolation = (NAMESPACES, INTERPRETER) if _namespaces_work() else (INTERPRETER,)
        return look(self.context.home, self.port_base, isolation)

    def push(self, image: Image, progress: Progress) -> PushReport:
        """Unpack the image once; it is kept by its digest."""
        with _unpacking:
            return self._push(image, progress)

    def _push(self, image: Image, progress: Progress) -> PushReport:
        size = sum(layer.size for layer in image.layers)
        if self.root_of(image.digest).exists():
            for layer in image.layers:
                progress("skip", layer.size, layer.size, layer.digest)
            return PushReport(skipped=size)
        self.roots.mkdir(parents=True, exist_ok=True)
        progress("unpack", 0, size, "")
        try:
            rootfs.unpack(
                Layout(image.layout), image.digest, self.root_of(image.digest), lambda f: _tell(progress, image, f)
            )
        except OSError as error:
            free = shutil.disk_usage(self.roots).free >> 20
            if free < 64:
                raise DiskFull(f"{self.roots} has only {free} MB free; the artifact could not be unpacked.") from error
            raise TargetError(f"The artifact could not be unpacked to {self.roots}: {error}.") from error
        return PushReport(sent=size)

    def start(self, spec: ReleaseSpec) -> ReleaseStatus:
        """Start a supervisor with the program."""
        folder = self._folder(spec.key)
        if folder.exists():
            self.stop(spec.key, drain_s=0)
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        behind = bool(endpoint_of(self.context.home))
        listen = "127.0.0.1" if behind else self.listen
        port = self.free_port(listen)
        program = program_of(spec.image, listen, port, spec.environment, gateway=behind)
        if missing := next((path for path in folders_of(program.environment) if not Path(path).exists()), None):
            raise TargetError(
                f"There is no {missing} on this machine, which the pipeline of {spec.name} needs; make it."
            )
        mode, started = self._choose(spec.image, program)
        self._make_state(spec.image.config.get("config", {}).get("User", "") if mode == NAMESPACES else "")
        release = {
            "key": spec.key, "name": spec.name, "digest": spec.image.digest, "mode": mode, "port": port,
            "endpoint": f"{spec.scheme}://{listen}:{port}", "arguments": started.arguments,
            "environment": started.environment, "folder": started.folder, "created": time.time(), "trial": spec.trial,
        }  # fmt: skip
        write_atomically(folder / "release.json", json.dumps(release).encode())
        self.supervise(folder)
        return self._status(folder, "")

    def supervise(self, folder: Path) -> None:
        """Start the supervisor of a folder with a `release.json`, and wait until it does its work."""
        with (folder / "supervisor.log").open("ab") as log:
            detached: dict[str, Any] = (
                {"creationflags": 0x00000208} if os.name == "nt" else {"start_new_session": True}
            )  # fmt: skip  DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
            subprocess.Popen(
                [sys.executable, "-P", "-m", "connectors.process.supervisor", str(folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=Path(folder.anchor), **detached,
            )  # fmt: skip
        self._wait_for_supervisor(folder)

    def gateway(self) -> Home:
        """Beside the releases."""
        return ProcessHome(self)

    def switch(self, key: str) -> None:
        """Name the release that requests go to."""
        write_atomically(self.context.home / "current", key.encode())
        self.put_state(LIVE, _json(self._folder(key) / "release.json").get("digest", "").encode())
        self._prune()

    def stop(self, key: str, drain_s: float = DRAIN_S) -> None:
        """Ask the supervisor to end the program; what does not listen is killed."""
        self.end(self._folder(key), drain_s)

    def end(self, folder: Path, drain_s: float = 0) -> None:
        """End what is supervised in a folder."""
        if not folder.is_dir():
            return
        write_atomically(folder / "stop", str(drain_s).encode())
        state = _json(folder / "state.json")
        processes = [
            process
            for name in ("supervisor", "pid")
            if (process := _alive(state.get(name, 0), state.get(f"{name}_started", 0.0)))
        ]
        if processes:
            _, left = psutil.wait_procs(processes, timeout=drain_s + 3)
            for process in left:
                with contextlib.suppress(psutil.Error):  # it may end by itself meanwhile
                    for one in [*process.children(recursive=True), process]:
                        with contextlib.suppress(psutil.Error):
                            one.kill()
            psutil.wait_procs(left, timeout=3)

    def status(self) -> list[ReleaseStatus]:
        """From what the supervisors wrote, checked against what lives."""
        current = _text(self.context.home / "current")
        folders = sorted(self.releases.glob("*/release.json"), key=lambda path: path.stat().st_mtime)
        return [self._status(path.parent, current) for path in folders]

    def log(self, key: str, lines: int = 200, *, after: str = "", before: str = "") -> LogPart:
        """Of the file that the supervisor writes."""
        path = self._folder(key) / "log"

        def read(begin: int, count: int) -> tuple[int, int, bytes]:
            if not path.exists():
                return 0, 0, b""
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                begin = file.seek(max(0, size + begin) if begin < 0 else begin if begin <= size else 0)
                return size, begin, file.read(count)

        return of_file(read, lines, after, before)

    def remove(self, key: str | None = None) -> None:
        """End a release, or all and what was unpacked for them."""
        for folder in [self._folder(key)] if key else [path for path in self.releases.glob("*") if path.is_dir()]:
            self.stop(folder.name)
            shutil.rmtree(folder, ignore_errors=True)
        if key is None:
            self.end(self.context.home / Home.folder)
            shutil.rmtree(self.context.home, ignore_errors=True)
            self._prune()
        elif _text(self.context.home / "current") == key:
            (self.context.home / "current").unlink(missing_ok=True)

    def put_state(self, path: str, content: bytes) -> None:
        """Write a file for the releases of this target."""
        self._make_state()
        file = self.state / path
        if self.state.resolve() not in (self.state.resolve() / path).resolve().parents:
            raise TargetError(f"{file.parent} of {self.place} is a link that leads elsewhere; remove it.")
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(file, content)
        self._give(file.parent, file)

    def fetch_state(self, folder: str, known: Container[str] = ()) -> Iterator[tuple[str, bytes]]:
        """Read files that a release wrote; it may not lead this program elsewhere by links."""
        place = self.state / folder
        for path in sorted(place.iterdir()) if place.is_dir() and not place.is_symlink() else ():
            if path.name not in known and path.is_file() and not path.is_symlink():
                with contextlib.suppress(FileNotFoundError):  # the release removed it meanwhile
                    yield path.name, path.read_bytes()

    def connect(self, endpoint: str, timeout: float) -> socket.socket:
        """A loopback connection."""
        parts = urlsplit(endpoint)
        host = parts.hostname or "127.0.0.1"
        return socket.create_connection(("127.0.0.1" if host == "0.0.0.0" else host, parts.port or 80), timeout)  # noqa: S104

    def _make_state(self, user: str = "") -> None:
        """The state folder, of the user that the program runs as."""
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        uid, _, gid = user.partition(":")
        if uid.isdigit() and os.geteuid() == 0:
            os.chown(self.state, int(uid), int(gid or uid))
            self._give(*self.state.rglob("*"))

    def _give(self, *paths: Path) -> None:
        """Let files belong to whom the state folder belongs to."""
        if hasattr(os, "chown") and os.geteuid() == 0:
            owner = self.state.stat()
            for path in paths:
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

    def _prune(self) -> None:
        """Keep the newest releases for going back; drop what is unpacked for none of any target of the workspace."""
        folders = sorted(self.releases.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
        current = _text(self.context.home / "current")
        for folder in folders[KEPT_RELEASES:]:
            if folder.name != current and not self.is_supervised(folder):
                shutil.rmtree(folder, ignore_errors=True)
        targets = self.context.home.parent
        known = [*targets.glob("*/releases/*/release.json"), *targets.glob(f"*/{Home.folder}/release.json")]
        needed = {_json(path).get("digest", "") for path in known}
        for root in self.roots.glob("*"):
            young = time.time() - root.stat().st_mtime < YOUNG_S  # another deploy may be about to use it
            if f"sha256:{root.name}" not in needed and not young:
                rootfs.remove(root)

    def root_of(self, digest: str) -> Path:
        """Where an image is unpacked."""
        return self.roots / digest.removeprefix("sha256:")

    def _folder(self, key: str) -> Path:
        return self.releases / key

    def _choose(self, image: Image, program: Program) -> tuple[str, Program]:
        root = self.root_of(image.digest)
        wanted = str(self.context.options.get("mode", ""))
        if wanted != INTERPRETER and _namespaces_work():
            inside = _in_namespaces(root, program, self.state, image.config.get("config", {}).get("User", ""))
            if wanted == NAMESPACES or _starts(_in_namespaces(root, _version_of(program), None, "")):
                return NAMESPACES, inside
        if wanted == NAMESPACES:
            raise TargetError(f"{self.context.name}: this kernel gives no namespaces; leave the option “mode” out.")
        return INTERPRETER, _by_interpreter(root, program, self.state)

    def free_port(self, listen: str) -> int:
        """The first port from `port_base` on that is neither taken, nor the gateway's, nor about to be another target's."""
        with _giving:
            port = self._free_port(listen)
            _given[port] = (self.context.home, time.monotonic() + GIVEN_S)
            return port

    def _free_port(self, listen: str) -> int:
        base = self.port_base
        taken = {
            _json(path).get("port") for path in self.releases.glob("*/release.json") if self.is_supervised(path.parent)
        }
        taken.add(urlsplit(endpoint_of(self.context.home)).port)
        taken |= {
            port for port, (home, until) in _given.items() if home != self.context.home and until > time.monotonic()
        }
        for port in range(base, min(base + 200, 65536)):
            if port in taken:
                continue
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((listen, port))
                return port
        raise TargetError(f"All ports from {base} are taken on this machine; choose another “port_base”.")

    def is_supervised(self, folder: Path) -> bool:
        """Whether the supervisor of a folder lives."""
        state = _json(folder / "state.json")
        return _alive(state.get("supervisor", 0), state.get("supervisor_started", 0.0)) is not None

    def _wait_for_supervisor(self, folder: Path) -> None:
        end = time.monotonic() + 30
        while not (folder / "state.json").exists():
            if time.monotonic() > end:
                log = _text(folder / "supervisor.log")
                raise ReleaseFailed(f"The supervisor on {self.place} did not start: {log[-400:]}", log=log)
            time.sleep(0.02)

    def _status(self, folder: Path, current: str) -> ReleaseStatus:
        release, state = _json(folder / "release.json"), _json(folder / "state.json")
        supervised = self.is_supervised(folder)
        child = _alive(state.get("pid", 0), state.get("pid_started", 0.0))
        served = supervisor.served(child.pid) if child else []
        last = exit_reason(state["last_exit"]) if state.get("last_exit") is not None else ""
        restarts = int(state.get("restarts", 0))
        message = f"{last}, started again ({restarts} ×)" if restarts else ""
        now = "running" if child else "restarting" if supervised else "stopped"
        if child is not None and not supervised:
            message = "runs, but its supervisor ended: it is not started again when it ends; deploy it anew"
        if child is None and not supervised and current == folder.name and not (folder / "stop").exists():
            message = "ended with the machine or was killed together with its supervisor; deploy it again"
        own = release.get("endpoint", "")
        stable = endpoint_of(self.context.home) if current == folder.name else ""
        status = ReleaseStatus(
            key=folder.name, digest=release.get("digest", ""), name=release.get("name", ""), state=now,
            current=current == folder.name, endpoint=stable or own, own=own, mode=release.get("mode", ""),
            pid=served[0].pid if served else 0, restarts=restarts, since=float(state.get("since", 0.0)), message=message,
        )  # fmt: skip
        if now == "running" and status.current and not self.is_ready(status.endpoint):
            return replace(status, state="unhealthy", message=message or "does not answer that it is ready")
        return status


def _in_namespaces(root: Path, program: Program, state: Path | None, user: str) -> Program:
    inside = enter_arguments(str(root), program, user if os.geteuid() == 0 else "")
    environment = program.environment | ({"STATE_FOLDER": str(state)} if state else {})
    return Program([*namespace_arguments(os.geteuid() == 0), *inside], environment, "/")


def _by_interpreter(root: Path, program: Program, state: Path) -> Program:
    """The image's own serving code and model, but this program's Python and its libraries."""
    outside = translated(program, str(root), lambda path: (root / path.lstrip("/")).exists())
    own = {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}  # secrets among them
    environment = {
        **own,
        **outside.environment,
        "PATH": os.environ.get("PATH", ""),
        "LINESIDE_STATE": str(state),
    }
    for name in ("PYTHONHOME", "LD_LIBRARY_PATH", "SSL_CERT_FILE"):
        environment.pop(name, None)
    environment["PYTHONPATH"] = os.pathsep.join(_libraries(program, outside.environment.get("PYTHONPATH", "")))
    return Program([sys.executable, *outside.arguments[1:]], environment, outside.folder)


def _libraries(program: Program, path: str) -> list[str]:
    """The image's PYTHONPATH; where its compiled libraries do not fit this Python, this program's instead of them."""
    folders = [folder for folder in path.split(":") if folder]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if sys.platform == "linux" and program.arguments[0].endswith(version):
        return folders
    own = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return [*(folder for folder in folders if not (Path(folder) / "numpy").exists()), *own]


def _version_of(program: Program) -> Program:
    return Program([program.arguments[0], "--version"], program.environment, "/")


def _starts(program: Program) -> bool:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(program.arguments, env=program.environment, capture_output=True, timeout=20, check=False)
        return done.returncode == 0
    return False


def _namespaces_work() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    done = subprocess.run([*namespace_arguments(os.geteuid() == 0), "true"], capture_output=True, check=False)
    return done.returncode == 0


def _tell(progress: Progress, image: Image, fraction: float) -> None:
    whole = sum(layer.size for layer in image.layers)
    done, below = fraction * whole, 0
    for layer in image.layers:
        if below < done <= below + layer.size + 0.5:
            progress("unpack", layer.size, layer.size, layer.digest)
        below += layer.size


def _alive(pid: int, started: float) -> psutil.Process | None:
    """The process, if it lives and is the one that was started then (numbers are used again)."""
    with contextlib.suppress(psutil.Error):
        if pid:
            process = psutil.Process(pid)
            if abs(process.create_time() - started) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                return process
    return None


def _json(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""
