"""A bare box over SSH: sshd and a POSIX shell suffice; an OCI runtime is used where there is one."""

from __future__ import annotations

import hashlib
import shlex
import socket
import time
from collections.abc import Container, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from connectors.ssh.gateway import SshHome
from connectors.ssh.host import SshHost
from connectors.ssh.link import Link, command_line
from connectors.ssh.ports import reachable
from connectors.ssh.pushing import Pushing
from engine.agent.program import Program
from engine.agent.release import Order, Place, parse_status, release_files, spec_text
from engine.deployment.errors import DiskFull, NotTrustedThere
from engine.deployment.image import Blob, Image
from engine.deployment.launch import shell
from engine.deployment.logs import LogPart, of_file
from engine.deployment.machine import exit_reason
from engine.deployment.probing import Reading, read_probe
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

STALL_S = 15.0
NO_SPACE = "No space left on device"


class SshTarget(Target):
    """Releases on a box that needs nothing installed.

    Options: `root` (folder on the box), `identity` (key file), `jump` (user@host), `port_base`, `listen`, `mode` (one of
    runc, crun, namespaces, user-namespaces, direct), `stall_s` (seconds of silence that count as a cut link),
    `autostart` ("no": nothing is written to systemd or cron), `full` ("yes": layers always go whole), `python` (that trains there), `gateway` (see `engine.deployment.gateways`).
    """

    scheme = "ssh"
    pipelines = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.link = Link(context.url, context.options, context.ask)
        self.stall_s = float(context.options.get("stall_s", STALL_S))
        self.listen = str(context.options.get("listen", "127.0.0.1"))
        self._mode, self._autostart = str(context.options.get("mode", "")), context.options.get("autostart") != "no"
        self._known: Place | None = None
        self._script = shell("box.sh")
        self._enter = shell("enter.sh")
        self._version = hashlib.sha256((self._script + self._enter).encode()).hexdigest()[:12]
        self._installed = False

    def accept_host_key(self, fingerprint: str) -> None:
        """Trust the host's key of this fingerprint."""
        self.link.accept_host_key(fingerprint)

    def probe(self) -> Probe:
        """Look at the box; nothing is written there."""
        text = self._piped("probe")
        seen = read_probe(text, [self._clock() for _ in range(3)], self.port_base)
        direct = () if self.link.address.jump else reachable(self.link.address.host, seen.ports)
        return replace(seen, reachable=direct)

    def _clock(self) -> Reading:
        asked = time.time()
        _, said, _ = self.link.run("date +%s.%N")
        return asked, said, time.time()

    # Pushing

    def push(self, image: Image, progress: Progress) -> PushReport:
        """Send what the box lacks, go on where an earlier push was cut, verify on the box, unpack once."""
        return Pushing(self, progress).push(image)

    def push_file(self, path: Path, blob: Blob, progress: Progress) -> None:
        """Bring one file to the blobs of the box, going on where an earlier push was cut."""
        Pushing(self, progress).bring(path, blob)

    # Releases

    def start(self, spec: ReleaseSpec) -> ReleaseStatus:
        """Write the release's files and start its supervisor; a box that trusts somebody's keys looks first.

        Raises:
            NotTrustedThere: they did not release this image.
        """
        self._verify(spec.image)
        behind = bool(self.gateway().endpoint())
        order = Order(
            spec.key, spec.name, spec.image.digest, spec.image.config.get("config", {}),
            [blob.digest for blob in spec.image.blobs], self.free_port(), "127.0.0.1" if behind else self.listen,
            spec.environment, self._mode, self._autostart and not spec.trial, spec.scheme, behind, spec.trial,
        )  # fmt: skip
        for path, text in release_files(self.where(), order).items():
            self.write(path, text)
        code, _, errors = self.box("start", spec.key, timeout=120)
        if code != 0:
            raise self.failure(f"{spec.name} could not be started", errors)
        return next(one for one in self.status() if one.key == spec.key)

    def _verify(self, image: Image) -> None:
        """By the box's agent, against the keys that it was given by a stick or by hand; harmless where there are none."""
        if self.box("has", "agent/trust/root.json")[0] != 0:
            return
        folder = f"agent/metadata/{self.context.workspace_id[:8]}"
        metadata = sorted((image.layout.parent / "trust" / "metadata").glob("*.json"))
        for path in sorted(metadata, key=lambda path: path.name == "timestamp.json"):
            self.must("write", f"{folder}/{path.name}", content=path.read_bytes())
        code, _, errors = self.box("verify", folder, image.digest, timeout=120)
        if code != 0:
            reason = errors.strip().splitlines()[-1] if errors.strip() else "its agent does not say why"
            raise NotTrustedThere(
                f"{self.place} trusts only what its keys released, and not {image.name or image.digest[:19]}: {reason[:400]}"
                " Nothing was started there."
            )

    def gateway(self) -> SshHome:
        """Beside the releases."""
        return SshHome(self)

    def host(self) -> SshHost:
        """With a Python of the box."""
        return SshHost(self)

    def switch(self, key: str) -> None:
        """Name the release that requests go to, and drop what none of the last releases needs."""
        self.must("switch", key)
        self.tidy()

    def stop(self, key: str, drain_s: float = DRAIN_S) -> None:
        """End a release through its supervisor."""
        self.must("stop", key, str(round(drain_s)), timeout=drain_s + 30)

    def status(self) -> list[ReleaseStatus]:
        """What the box's supervisors say, checked against its processes."""
        return sorted(
            (self._status(values) for values in parse_status(self._piped("status"))),
            key=lambda one: (one.current, one.since),
        )

    def tidy(self) -> None:
        """By the box itself."""
        self.box("prune")

    def log(self, key: str, lines: int = 200, *, after: str = "", before: str = "") -> LogPart:
        """Of the file that the box's supervisor writes."""
        return of_file(partial(self._log_bytes, key), lines, after, before)

    def _log_bytes(self, key: str, begin: int, count: int) -> tuple[int, int, bytes]:
        code, content, errors = self.raw("logs", key, str(begin), str(count))
        head, _, rest = content.partition(b"\n")
        if code != 0 or len(head.split()) != 2 or not head.replace(b" ", b"").isdigit():
            raise self.failure("the log cannot be read", errors)
        size, begin = map(int, head.split())
        return size, begin, rest

    def remove(self, key: str | None = None) -> None:
        """Take a release, or all of Lineside, off the box."""
        if key:
            self.must("remove", key)
        else:
            self.must("purge", timeout=300)
            self._installed = False

    def put_state(self, path: str, content: bytes) -> None:
        """Write a file for the releases of this box."""
        self.must("keep", path, content=content)

    def fetch_state(self, folder: str, known: Container[str] = ()) -> Iterator[tuple[str, bytes]]:
        """One file after another; where the link is cut, those that came are whole."""
        for name in self.must("listed", folder).split():
            if name not in known:
                code, content, errors = self.link.exchange(self.command("fetch", folder, name))
                if code == 0:
                    yield name, content
                elif errors.strip():
                    raise self.failure(f"“{name}” cannot be read", errors)

    def connect(self, endpoint: str, timeout: float) -> socket.socket:
        """A channel through the SSH connection: the port need not be open on the box."""
        parts = urlsplit(endpoint)
        host = "127.0.0.1" if parts.hostname in (None, "0.0.0.0") else parts.hostname  # noqa: S104
        return cast("socket.socket", self.link.tunnel(str(host), parts.port or 80, timeout))

    def close(self) -> None:
        """Close the SSH connection."""
        super().close()
        self.link.close()

    def _status(self, values: dict[str, str]) -> ReleaseStatus:
        alive, supervised, current = (name in values for name in ("alive", "supervised", "current"))
        restarts = int(values.get("restarts") or 0)
        last = values.get("last_exit") or ""
        message = f"{exit_reason(int(last))}, started again ({restarts} ×)" if restarts and last else ""
        if not supervised and current and "told_to_stop" not in values:
            message = "is not supervised: the box was restarted or its supervisor was killed; deploy it again"
        return ReleaseStatus(
            key=values["release"], digest=values.get("digest", ""), name=values.get("name", ""),
            state="running" if alive else "restarting" if supervised else "stopped", current=current,
            endpoint=(values["stable"] if current else "") or values.get("endpoint", ""), own=values.get("endpoint", ""),
            mode=values.get("mode", ""), pid=int(values.get("served") or 0), restarts=restarts, since=float(values.get("since") or 0), message=message,
            autostart=values.get("autostart", ""),
        )  # fmt: skip

    def free_port(self) -> int:
        """The first port from `port_base` on that is neither taken nor the gateway's."""
        base = self.port_base
        taken = {urlsplit(one.own).port for one in self.status() if one.state != "stopped"}
        taken.add(urlsplit(self.gateway().endpoint()).port)
        for port in range(base, min(base + 200, 65536)):
            if port in taken:
                continue
            try:
                self.link.tunnel("127.0.0.1", port, 10).close()
            except ConnectionRefusedError:
                return port
        raise TargetError(f"All ports from {base} are taken on {self.place}; choose another “port_base”.")

    def spec(self, program: Program) -> str:
        """Text that makes a folder of the box a release of a program of its own, without an image."""
        return spec_text("-", program, "-", self._mode, self._autostart)

    # Commands on the box

    def where(self) -> Place:
        """The folder on the box, and as whom."""
        if self._known is None:
            code, output, errors = self.link.run('echo "$(id -u) $(id -g) $HOME"')
            words = output.strip().split(" ", 2)
            if code != 0 or len(words) != 3 or not words[0].isdigit():
                raise TargetError(f"{self.place} has no POSIX shell: {(errors or output).strip()[:200]}")
            uid, gid, home = int(words[0]), int(words[1]), words[2]
            root = str(self.context.options.get("root", ""))
            if not root:
                root = "/var/lib/lineside" if uid == 0 else f"{home}/.local/share/lineside"
            if not root.startswith("/"):
                raise UsageError(
                    f"The option “root” of {self.place} must be an absolute folder on the box, not “{root}”."
                )
            self._known = Place(root.rstrip("/") or "/lineside", uid, gid)
        return self._known

    def _piped(self, command: str) -> str:
        """Run the script from its input; nothing needs to be there."""
        line = command_line("sh", "-s", "--", self.where().root, command)
        code, output, errors = self.link.run(line, self._script.encode())
        if code != 0:
            raise self.failure(f"“{command}” failed", errors)
        return output

    def command(self, command: str, *arguments: str) -> str:
        """The command line for a command of the box's script."""
        root = self.where().root
        return command_line("sh", f"{root}/bin/{self._version}/box.sh", root, command, *arguments)

    def _install(self) -> None:
        folder = f"{self.where().root}/bin/{self._version}"
        code, _, _ = self.link.run(command_line("test", "-f", f"{folder}/box.sh"))
        if code != 0:
            for name, text in (("enter.sh", self._enter), ("box.sh", self._script)):
                path = shlex.quote(f"{folder}/{name}")
                line = f"mkdir -p {shlex.quote(folder)} && cat > {path}.new && mv -f {path}.new {path}"
                code, _, errors = self.link.run(line, text.encode())
                if code != 0:
                    raise self.failure("it cannot be written to", errors)
        self._installed = True

    def box(self, command: str, *arguments: str, content: bytes = b"", timeout: float = 60.0) -> tuple[int, str, str]:
        """A command of the box's script: exit code, output, errors."""
        code, output, errors = self.raw(command, *arguments, content=content, timeout=timeout)
        return code, output.decode("utf-8", "replace"), errors

    def raw(self, command: str, *arguments: str, content: bytes = b"", timeout: float = 60.0) -> tuple[int, bytes, str]:
        """The same with its output as bytes."""
        if not self._installed:
            self._install()
        return self.link.exchange(self.command(command, *arguments), content, timeout)

    def must(self, command: str, *arguments: str, content: bytes = b"", timeout: float = 60.0) -> str:
        """What a command of the box's script writes; an error where it fails."""
        code, output, errors = self.box(command, *arguments, content=content, timeout=timeout)
        if code != 0:
            raise self.failure(f"“{command}” failed", errors)
        return output

    def write(self, path: str, text: str) -> None:
        """A file below the folder on the box, whole or not at all."""
        self.must("write", path, content=text.encode())

    def failure(self, what: str, errors: str) -> TargetError:
        """The error for what failed on the box; a full disk is told as such."""
        reason = errors.strip().splitlines()[-1] if errors.strip() else "no reason was given"
        if NO_SPACE in errors or "Disk quota exceeded" in errors:
            code, output, _ = self.link.run(command_line("df", "-Pk", self.where().root))
            free = (
                f"{int(output.split()[-3]) / 1000:.1f} MB are free"
                if code == 0 and len(output.split()) > 3
                else "no room"
            )
            return DiskFull(
                f"The disk of {self.place} is full in {self.where().root} ({free}): {what}; free some space there or"
                " choose another folder with the option “root”. What ran before still runs."
            )
        return TargetError(f"On {self.place} {what}: {reason[:300]}")
