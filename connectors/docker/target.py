"""A Docker engine as a target, also one that only speaks its API: podman's socket."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import socket
import tarfile
import tempfile
import time
from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import docker  # noqa: TID253  this module is the one that is imported when a docker target is used
import docker.errors  # noqa: TID253
import docker.types  # noqa: TID253
import requests

from connectors.docker.archives import reference, tar_of, watched
from connectors.docker.gateway import DockerHome
from engine.agent.gateway import CERTIFICATE
from engine.agent.program import folders_of
from engine.deployment.errors import DiskFull, ReleaseFailed, TargetUnreachable
from engine.deployment.image import Image
from engine.deployment.launch import STATE, oci_platform, program_of
from engine.deployment.logs import LogPart, of_stamps
from engine.deployment.machine import exit_reason, parse_cpu, parse_memory
from engine.deployment.probing import clock_of, clock_told
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
from engine.errors import TargetError, UsageError
from engine.serving.state import LIVE
from engine.workspace import write_atomically

LABEL = "lineside."
KEPT_CONTAINERS = 3
EVERYWHERE = "0.0.0.0"  # noqa: S104  inside a container; it is reached through its published port only


class DockerTarget(Target):
    """Releases as containers that restart by themselves.

    Options: `network` ("host" where the engine publishes no ports, and always behind a gateway; else a port is published),
    `port_base`, `listen`, `gateway` (see `engine.deployment.gateways`).
    URL: docker:///var/run/docker.sock, docker:///run/podman/podman.sock, docker+tcp is written docker://host:2375.
    """

    scheme = "docker"
    pipelines = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        parts = urlsplit(context.url)
        self._host = parts.hostname or "127.0.0.1"
        try:
            base = f"tcp://{parts.hostname}:{parts.port or 2375}" if parts.hostname else f"unix://{parts.path}"
        except ValueError as error:
            raise UsageError(f"“{context.url}” has no proper port; write docker://host:2375.") from error
        self._base = base if parts.hostname or parts.path not in ("", "/") else "unix:///var/run/docker.sock"
        self.listen = str(context.options.get("listen", "127.0.0.1"))
        self._opened: docker.DockerClient | None = None

    def probe(self) -> Probe:
        """What the engine tells of its machine."""
        with self.errors("asked"):
            asked = time.time()
            info = self.client.info()
            answered = time.time()
            version = self.client.version()
        names = [part.get("Name", "") for part in version.get("Components") or []]
        engine = next((name for name in names if "odman" in name), "Docker")
        clock = _epoch(info.get("SystemTime", ""))
        skew, within = clock_of([(asked, str(int(clock)), answered)] if clock else [])
        cpu, flags = parse_cpu(_here("/proc/cpuinfo")) if self._is_here(info) else ("", ())
        return Probe(
            platform=oci_platform(info.get("Architecture") or version.get("Arch", "")), cpu=cpu, flags=flags,
            cores=int(info.get("NCPU") or 0), memory=int(info.get("MemTotal") or 0),
            memory_free=parse_memory(_here("/proc/meminfo"), "MemAvailable") if self._is_here(info) else 0,
            disk_free=self._disk_free(info),
            system=str(info.get("OperatingSystem", "")), kernel=str(info.get("KernelVersion", "")),
            runtimes=(f"{engine} {info.get('ServerVersion') or version.get('Version', '')}", *sorted(info.get("Runtimes") or ())),
            isolation=("docker",), user="engine", root="rootless" not in " ".join(info.get("SecurityOptions") or []),
            clock_skew_s=skew, clock_within_s=within, notes=tuple(filter(None, [clock_told(skew)])),
        )  # fmt: skip

    def is_near(self) -> bool:
        """Whether the engine runs on this very machine, and as root."""
        info = self.client.info()
        return self._is_here(info) and "rootless" not in " ".join(info.get("SecurityOptions") or [])

    def _is_here(self, info: Mapping[str, Any]) -> bool:
        """Whether the engine runs on this very machine, and not in a virtual one of it."""
        return self._base.startswith("unix:") and info.get("KernelVersion") == platform.release()

    def _disk_free(self, info: Mapping[str, Any]) -> int:
        folder = Path(str(info.get("DockerRootDir") or ""))
        return shutil.disk_usage(folder).free if self._is_here(info) and folder.is_dir() else 0

    def push(self, image: Image, progress: Progress) -> PushReport:
        """Load the image as one archive; an engine that has it is sent nothing."""
        from engine.packaging.archive import write_archive

        size = sum(blob.size for blob in image.blobs)
        with self.errors("asked"):
            if self._find(image) is not None:
                for layer in image.layers:
                    progress("skip", layer.size, layer.size, layer.digest)
                return PushReport(skipped=size)
        with tempfile.TemporaryDirectory(prefix="lineside-") as folder, self.errors("sent the artifact"):
            archive = write_archive(image.layout, image.digest, Path(folder) / "image.tar", reference(image))
            for answer in self.client.api.load_image(watched(archive, image, progress)) or ():
                if isinstance(answer, dict) and answer.get("error"):
                    raise self._failure(str(answer["error"]))
            if self._find(image) is None:
                raise TargetError(f"{self.place} took the artifact but does not list it; look at the engine's log.")
        return PushReport(sent=size)

    def start(self, spec: ReleaseSpec) -> ReleaseStatus:
        """Start a container beside whatever runs."""
        with self.errors(f"told to start {spec.name}"):
            found = self._find(spec.image)
            if found is None:
                raise TargetError(f"{self.place} lost the artifact {spec.name}; deploy it again.")
            self._discard(spec.key)
            inner = self._exposed(spec.image)
            behind = bool(self._stable())
            listen = "127.0.0.1" if behind else self.listen
            host_network = behind or self.context.options.get("network") == "host"
            port = self.free_port(listen) if host_network else self._published_port()
            address, inside = (listen, port) if host_network else (EVERYWHERE, inner)
            program = program_of(spec.image, address, inside, spec.environment, gateway=behind)
            labels = {"key": spec.key, "name": spec.name, "digest": spec.image.digest, "target": self.context.name,
                      "endpoint": f"{spec.scheme}://{listen}:{port}", "created": str(time.time())}  # fmt: skip
            own = folders_of(program.environment)
            devices = [f"{path}:{path}:rwm" for path in own if path.startswith("/dev/")]
            folders = [docker.types.Mount(path, path, type="bind") for path in own if not path.startswith("/dev/")]
            how: dict[str, Any] = (
                {"network_mode": "host"} if host_network else {"ports": {f"{inner}/tcp": (self.listen, port)}}
            )
            container = self.client.containers.create(
                found.id, name=f"lineside-{spec.key}", environment=program.environment, read_only=True,
                tmpfs={"/tmp": "mode=1777"}, cap_drop=["ALL"], security_opt=["no-new-privileges"],  # noqa: S108
                volumes={self.volume: {"bind": STATE, "mode": "rw"}}, mounts=folders, devices=devices,
                restart_policy={"Name": "no" if spec.trial else "unless-stopped"}, detach=True,
                labels={LABEL + name: value for name, value in labels.items()}, **how,
            )  # fmt: skip
            container.start()
            container.reload()
            return self._status(container, "")

    def gateway(self) -> DockerHome | None:
        """In a container; where the engine is at the other end of a network, there is none."""
        return DockerHome(self) if self._base.startswith("unix:") and os.name == "posix" else None

    def switch(self, key: str) -> None:
        """Name the release that requests go to; kept by this machine, since labels of containers cannot change."""
        self.context.home.mkdir(parents=True, exist_ok=True)
        write_atomically(self.context.home / "current", key.encode())
        with self.errors("told which release is the live one"):
            labels = self.client.containers.get(f"lineside-{key}").labels
            self.put_state(LIVE, labels.get(LABEL + "digest", "").encode())
        with self.errors("told to drop old releases"):
            self._prune()

    def stop(self, key: str, drain_s: float = DRAIN_S) -> None:
        """Stop the container; it stays for its log and to be started again."""
        with self.errors("told to stop a release"), contextlib.suppress(docker.errors.NotFound):
            self.client.containers.get(f"lineside-{key}").stop(timeout=round(drain_s))

    def status(self) -> list[ReleaseStatus]:
        """All containers of this target."""
        with self.errors("asked"):
            current = self._current()
            found = [self._status(container, current) for container in self._containers()]
        return sorted(found, key=lambda one: (one.current, one.since))

    def log(self, key: str, lines: int = 200, *, after: str = "", before: str = "") -> LogPart:
        """What the container wrote; engines tell parts of it by time."""
        window: dict[str, Any] = {"tail": lines + 100}  # some of the same moment may be left out
        if after:
            window = {"since": max(1, int(after) // 10**9)}
        elif before:
            window["until"] = int(before) / 10**9 + 0.001
        with self.errors("asked for a log"):
            try:
                container = self.client.containers.get(f"lineside-{key}")
            except docker.errors.NotFound:
                return LogPart()
            text: bytes = container.logs(timestamps=True, **window)
        return of_stamps(text.decode("utf-8", "replace"), lines, after, before)

    def remove(self, key: str | None = None) -> None:
        """Remove a container, or all and their images."""
        with self.errors("told to remove a release"):
            for container in self._containers():
                if key in (None, container.labels.get(LABEL + "key")):
                    self._discard(container.labels[LABEL + "key"], drain_s=5)
            if key is None:
                if (home := self.gateway()) is not None:
                    home.remove()
                    shutil.rmtree(home.path, ignore_errors=True)
                for image in self.client.images.list(name="lineside"):
                    with contextlib.suppress(docker.errors.APIError):
                        self.client.images.remove(image.id, force=False)
                with contextlib.suppress(docker.errors.APIError):
                    self.client.volumes.get(self.volume).remove()
        if key is None or self._current() == key:
            (self.context.home / "current").unlink(missing_ok=True)

    def put_state(self, path: str, content: bytes) -> None:
        """Write a file into the volume, through a container of this target; the gateway's into its folder."""
        if path == CERTIFICATE and (home := self.gateway()) is not None:
            (home.path / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(home.path / path, content)
            return
        with self.errors(f"given {path}"):
            found = sorted(self._containers(), key=lambda one: one.labels.get(LABEL + "key") == self._current())
            if not found:
                raise TargetError(f"No release was deployed to {self.place} yet; deploy one first.")
            user = str((found[-1].attrs.get("Config") or {}).get("User") or "")
            found[-1].put_archive(
                STATE, tar_of(path, content, int(user.partition(":")[0]) if user[:1].isdigit() else 0)
            )

    def fetch_state(self, folder: str, known: Container[str] = ()) -> Iterator[tuple[str, bytes]]:
        """Out of the volume as one archive, through a container of this target."""
        with self.errors(f"asked for {folder}"):
            found = self._containers()
            try:
                stream, _ = found[-1].get_archive(f"{STATE}/{folder}") if found else ((), None)
            except docker.errors.NotFound:
                return
            with tempfile.TemporaryFile() as file:
                for chunk in stream:
                    file.write(chunk)
                if not file.tell():
                    return
                file.seek(0)
                with tarfile.open(fileobj=file) as archive:
                    for entry in archive:
                        name = PurePosixPath(entry.name).name
                        if entry.isreg() and name not in known and (content := archive.extractfile(entry)):
                            yield name, content.read()

    def connect(self, endpoint: str, timeout: float) -> socket.socket:
        """To the published port: on this machine, or on the engine's host when that is elsewhere."""
        parts = urlsplit(endpoint)
        host = parts.hostname or "127.0.0.1"
        if self._base.startswith("tcp:"):
            host = self._host
        return socket.create_connection(("127.0.0.1" if host == EVERYWHERE else host, parts.port or 80), timeout)

    def close(self) -> None:
        """Close the connection to the engine."""
        super().close()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def volume(self) -> str:
        """The name of what outlives releases."""
        name = re.sub(r"[^A-Za-z0-9_.-]", lambda letter: f"_{ord(letter[0]):x}", self.context.name)
        return f"lineside-{self.context.workspace_id[:8]}-{name}"

    @property
    def client(self) -> docker.DockerClient:
        """The engine."""
        if self._opened is None:
            self._opened = docker.DockerClient(base_url=self._base, version="auto", timeout=120)
        return self._opened

    @contextlib.contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Tell what goes wrong with the engine as an error of this target's."""
        try:
            yield
        except TargetError:
            raise
        except docker.errors.APIError as error:
            raise self._failure(str(error.explanation or error)) from error
        except (docker.errors.DockerException, requests.RequestException, OSError) as error:
            raise TargetUnreachable(
                f"The engine of {self.place} does not answer when it is {what} ({_innermost(error)}); is it running, and may"
                " this user use it?"
            ) from error

    def _failure(self, reason: str) -> TargetError:
        if "no space left on device" in reason.lower():
            return DiskFull(f"The disk of {self.place} is full: {reason[:200]}; run `docker system prune` there.")
        return ReleaseFailed(f"{self.place} refuses: {reason[:300]}", log=reason)

    def _find(self, image: Image) -> Any:
        wanted = image.manifest["config"]["digest"]
        with contextlib.suppress(docker.errors.ImageNotFound):
            found = self.client.images.get(reference(image))
            if found.id.removeprefix("sha256:") in (wanted[7:], image.digest[7:]):
                return found
        return None

    def _containers(self) -> list[Any]:
        wanted = {"label": f"{LABEL}target={self.context.name}"}
        found: list[Any] = self.client.containers.list(all=True, filters=wanted, ignore_removed=True)
        return [one for one in found if one.labels.get(LABEL + "key", "").startswith(self.context.workspace_id[:8])]

    def _discard(self, key: str, drain_s: int = 0) -> None:
        with contextlib.suppress(docker.errors.NotFound):
            container = self.client.containers.get(f"lineside-{key}")
            container.stop(timeout=drain_s)
            container.remove(force=True)

    def _prune(self) -> None:
        current = self._current()
        old = sorted(self._containers(), key=lambda one: float(one.labels.get(LABEL + "created", 0)), reverse=True)
        for container in old[KEPT_CONTAINERS:]:
            if container.labels[LABEL + "key"] != current and container.status != "running":
                container.remove(force=True)

    def _exposed(self, image: Image) -> int:
        ports = image.config.get("config", {}).get("ExposedPorts") or {"8080/tcp": {}}
        return int(next(iter(ports)).partition("/")[0])

    def _taken(self) -> set[int]:
        running = [one for one in self._containers() if one.status == "running"]
        return {urlsplit(one.labels[LABEL + "endpoint"]).port or 0 for one in running}

    def _published_port(self) -> int:
        return self.free_port(self.listen) if self._base.startswith("unix:") else self._next_port()

    def _next_port(self) -> int:
        base, taken = self.port_base, self._taken()
        return next(port for port in range(base, 65536) if port not in taken)

    def free_port(self, listen: str) -> int:
        """The first port from `port_base` on at which nobody listens and no release will."""
        base, taken = self.port_base, self._taken()
        for port in range(base, min(base + 200, 65536)):
            if port in taken:
                continue
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((listen, port))
                return port
        raise TargetError(f"All ports from {base} are taken on {self.place}; choose another “port_base”.")

    def _current(self) -> str:
        path = self.context.home / "current"
        return path.read_text("utf-8").strip() if path.exists() else ""

    def _stable(self) -> str:
        home = self.gateway()
        return home.endpoint() if home is not None else ""

    def _status(self, container: Any, current: str) -> ReleaseStatus:
        labels = {name.removeprefix(LABEL): value for name, value in container.labels.items() if name.startswith(LABEL)}
        state = container.attrs.get("State") or {}
        if not isinstance(state, dict) or "Pid" not in state:
            container.reload()
            state = container.attrs["State"]
        restarts = int(container.attrs.get("RestartCount") or 0)
        now = {"running": "running", "restarting": "restarting", "created": "starting"}.get(state["Status"], "stopped")
        code = int(state.get("ExitCode") or 0)
        message = f"started again ({restarts} ×)" if restarts else ""
        if state.get("OOMKilled"):
            message = f"was ended for using too much memory; {message}"
        elif code and now != "running":
            message = f"{exit_reason(code)}{', ' + message if message else ''}"
        return ReleaseStatus(
            key=labels.get("key", ""), digest=labels.get("digest", ""), name=labels.get("name", ""), state=now,
            current=labels.get("key") == current,
            endpoint=(labels.get("key") == current and self._stable()) or labels.get("endpoint", ""),
            own=labels.get("endpoint", ""), mode="docker",
            pid=int(state.get("Pid") or 0), restarts=restarts, since=_epoch(state.get("StartedAt", "")), message=message,
            autostart="docker",
        )  # fmt: skip


def _here(path: str) -> str:
    return Path(path).read_text("utf-8", "replace") if Path(path).is_file() else ""


def _epoch(moment: str) -> float:
    """Seconds of an RFC 3339 time as engines write it: nanoseconds, Z or an offset; 0 for none."""
    parts = re.fullmatch(r"([\d-]+T[\d:]+)(?:\.\d+)?(Z|[+-][\d:]+)", moment)
    return datetime.fromisoformat(parts[1] + parts[2].replace("Z", "+00:00")).timestamp() if parts else 0.0


def _innermost(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return getattr(error, "strerror", None) or str(error)
