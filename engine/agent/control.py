"""Steers a gateway: writes what it should be into its folder, and tells the running HAProxy what differs."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from engine.agent.gateway import SLOTS, Gateway, Slot, config, entries, frame, maps
from engine.errors import TargetError, UsageError

DRAIN_S = 10.0
MOST_ANSWER = 4 << 20


class Running(Protocol):
    """A release as a gateway has to know it."""

    @property
    def key(self) -> str:
        """Its name on the machine."""

    @property
    def endpoint(self) -> str:
        """Where clients ask."""

    @property
    def own(self) -> str:
        """Its own address; "": as endpoint."""


class Home(Protocol):
    """A gateway's folder, its process and its sockets; see `engine.deployment.home`."""

    @property
    def place(self) -> str:
        """The machine in a sentence."""

    @property
    def root(self) -> bool:
        """Whether it is started by root."""

    @property
    def state(self) -> str:
        """The state folder."""

    def read(self, name: str) -> str:
        """A file; "" where there is none."""

    def write(self, files: Mapping[str, str]) -> None:
        """Write files."""

    def announce(self, endpoint: str) -> None:
        """Note what clients ask."""

    def start(self, endpoint: str) -> None:
        """Start it under a supervisor."""

    def running(self) -> bool:
        """Whether it is supervised and runs."""

    def connect(self, name: str, timeout: float) -> socket.socket:
        """A stream to one of its unix sockets."""

    def log(self) -> str:
        """The last lines it wrote."""


class Control:
    """A gateway on its target: the model that is kept there, and the process that follows it."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def read(self) -> Gateway | None:
        """The gateway as it should be; None where there is none."""
        text = self.home.read("gateway.json")
        return Gateway.from_json(json.loads(text)) if text else None

    def model(self) -> Gateway:
        """Likewise, where there must be one."""
        found = self.read()
        if found is None:
            raise TargetError(f"There is no gateway on {self.home.place}.")
        return found

    def set(self, gateway: Gateway) -> None:
        """Make it so: write it down, then tell the running process what differs."""
        root, state = self.home.root, self.home.state if gateway.tls else ""
        text, new = config(gateway, root=root, state=state), frame(gateway, root=root, state=state)
        reload = not self.home.read("haproxy.cfg").startswith(new)
        self.home.write({"gateway.json": json.dumps(gateway.to_json()), **maps(gateway), "haproxy.cfg": text})
        if not self.home.running():
            self.home.start(gateway.endpoint)
            self._wait()
        elif reload:
            self._reload()
            self.home.announce(gateway.endpoint)
        self._follow(gateway)

    def mend(self) -> Gateway:
        """Start the process where it ended, and bring it to what is written."""
        gateway = self.model()
        self.set(gateway)
        return gateway

    def split(self, weights: Mapping[str, int]) -> None:
        """Give releases, by key, their share of the requests; one that is not named gets none."""
        now = self.model()
        slots = {name: replace(slot, weight=weights.get(slot.release, 0)) for name, slot in now.slots.items()}
        self.set(replace(now, slots=slots))

    def put(self, release: Running, weight: int = 0) -> str:
        """Put a release into a slot that gets no requests; the slot's name. One that has a slot keeps it.

        Raises:
            UsageError: both slots get requests.
        """
        now = self.model()
        name = now.slot_of(release.key) or self.free_slot()
        slot = Slot(
            release.key, address_of(release), weight or (now.slots[name].weight if now.slot_of(release.key) else 0)
        )
        self.set(replace(now, slots={**now.slots, name: slot}))
        return name

    def free_slot(self) -> str:
        """The slot for another release.

        Raises:
            UsageError: both get requests.
        """
        now = self.model()
        routed = {*now.headers.values(), *now.keys.values()}
        free = [one for one, slot in now.slots.items() if slot.weight == 0 and one not in routed]
        if not free:
            raise UsageError(f"Both releases on {self.home.place} get requests; promote one or take one back first.")
        return min(free, key=lambda one: bool(now.slots[one].release))

    def take_over(self, release: Running, drain_s: float = DRAIN_S, tls: str | None = None) -> None:
        """All requests to one release from now on, and none of the rules of before; the other slot is emptied.

        Args:
            tls: SHA-256 of the certificate to show from now on, "" for plain HTTP; None: as it is.
        """
        self.put(release)
        now = self.model()
        slots = {name: replace(slot, weight=100 * (slot.release == release.key)) for name, slot in now.slots.items()}
        self.set(replace(now, slots=slots, headers={}, keys={}, tls=now.tls if tls is None else tls))
        for slot in slots.values():
            if slot.release not in ("", release.key):
                self.take_out(slot.release, drain_s)

    def take_out(self, release: str, drain_s: float = DRAIN_S) -> None:
        """Empty a release's slot; the requests in it are finished."""
        now = self.model()
        name = now.slot_of(release)
        if name:
            headers = {rule: slot for rule, slot in now.headers.items() if slot != name}
            keys = {key: slot for key, slot in now.keys.items() if slot != name}
            idle = replace(now.slots[name], weight=0)
            self.set(replace(now, slots={**now.slots, name: idle}, headers=headers, keys=keys))
            self.drained(release, drain_s)
            now = self.model()
            self.set(replace(now, slots={**now.slots, name: Slot()}))

    def drained(self, release: str, seconds: float) -> bool:
        """Wait until a release has no request of the gateway any more; whether that came true."""
        name, end = self.model().slot_of(release), time.monotonic() + seconds
        while name and self.statistics()[name]["scur"]:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def statistics(self) -> dict[str, dict[str, int]]:
        """HAProxy's counters of each slot by their names: scur (requests now), hrsp_2xx, hrsp_5xx, econ, rtime (ms)."""
        rows = csv.DictReader(io.StringIO(self.ask("show stat").lstrip("# ")))
        numbers = {
            row["svname"]: {name: int(value) for name, value in row.items() if name and value and value.isdigit()}
            for row in rows
            if row["pxname"] == "release"
        }
        return {slot: numbers.get(slot, {}) for slot in SLOTS}

    def refused(self) -> int:
        """Requests that were more than a limit lets through, since the process was started or reloaded."""
        rows = csv.DictReader(io.StringIO(self.ask("show stat").lstrip("# ")))
        return sum(int(row["dreq"] or 0) for row in rows if (row["pxname"], row["svname"]) == ("line", "FRONTEND"))

    def ask(self, *commands: str, to: str = "admin.sock") -> str:
        """Tell the process something, and what it answers.

        Raises:
            TargetError: it does not answer.
        """
        try:
            with self.home.connect(to, 5.0) as stream:
                stream.sendall("; ".join(commands).encode() + b"\n")
                return _all(stream).decode("utf-8", "replace")
        except OSError as error:
            raise TargetError(f"The gateway on {self.home.place} does not answer ({error}).") from error

    def _follow(self, gateway: Gateway) -> None:
        """Send what differs; a weight is raised before another is lowered, so that some release always takes requests."""
        there = _servers(self.ask("show servers state release"))
        for name, slot in gateway.slots.items():
            self._place(name, slot, there[name])
        for name, slot in sorted(gateway.slots.items(), key=lambda pair: -pair[1].weight):
            if slot.release and there[name]["weight"] != slot.weight:
                self._do(f"set server release/{name} weight {slot.weight}")
        for file, pairs in entries(gateway).items():
            self._follow_map(file, pairs)
        for name, slot in gateway.slots.items():
            if not slot.release and not there[name]["off"]:
                self._do(f"set server release/{name} state maint")

    def _place(self, name: str, slot: Slot, there: Mapping[str, Any]) -> None:
        if not slot.release:
            return
        host, _, port = slot.address.rpartition(":")
        if there["address"] != f"{host}:{port}":
            self._do(f"set server release/{name} state maint", f"set server release/{name} weight 0")
            self._do(f"set server release/{name} addr {host.strip('[]')} port {port}")
        if there["off"] or there["address"] != f"{host}:{port}":
            self._do(f"set server release/{name} state ready", f"set server release/{name} health up")

    def _follow_map(self, file: str, pairs: Mapping[str, str]) -> None:
        """One map in one step: a new version is filled and then takes the place of the old."""
        lines = (line.split(" ", 2) for line in self.ask(f"show map {file}").splitlines() if line.startswith("0x"))
        if {words[1]: words[2] for words in lines} == dict(pairs):
            return
        version = re.search(r"\d+", self.ask(f"prepare map {file}"))
        if version is None:
            raise TargetError(f"The gateway on {self.home.place} has no map {file}.")
        for key, value in pairs.items():
            self._do(f"add map @{version[0]} {file} {_escaped(key)} {value}")
        self._do(f"commit map @{version[0]} {file}")

    def _do(self, *commands: str) -> None:
        for command in commands:
            answer = self.ask(command).strip()
            if answer and not answer.startswith(("IP changed", "port changed", "no need to change", "nothing changed")):
                raise TargetError(f"The gateway on {self.home.place} refused “{command}”: {answer[:200]}")

    def _reload(self) -> None:
        """A new worker takes the listening socket over; the old one finishes its requests."""
        before = self._worker()
        self.ask("reload", to="master.sock")
        self._wait(before)

    def _worker(self) -> str:
        found = re.search(r"^Pid: (\d+)", self.ask("show info"), re.MULTILINE)
        return found[1] if found else ""

    def _wait(self, before: str = "", seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(TargetError):
                if self._worker() not in ("", before):
                    return
            if time.monotonic() > end:
                raise TargetError(f"The gateway on {self.home.place} did not start: {self.home.log()[-400:]}")
            time.sleep(0.05)


def address_of(release: Running) -> str:
    """Where the gateway reaches a release: on its own machine."""
    parts = urlsplit(release.own or release.endpoint)
    host = parts.hostname or "127.0.0.1"
    return f"{'127.0.0.1' if host == '0.0.0.0' else host}:{parts.port or 80}"  # noqa: S104  compared, not listened at


def _servers(text: str) -> dict[str, dict[str, Any]]:
    lines = [line for line in text.splitlines() if line and line != "1"]
    names = lines[0].lstrip("# ").split()
    rows = [dict(zip(names, line.split(), strict=False)) for line in lines[1:]]
    return {
        row["srv_name"]: {
            "address": f"{row['srv_addr']}:{row['srv_port']}",
            "weight": int(row["srv_uweight"]),
            "off": int(row["srv_admin_state"]) & 0x21 != 0,
        }
        for row in rows
    }


def _escaped(word: str) -> str:
    return "".join(f"\\{char}" if char in '\\ ;"#' else char for char in word)


def _all(stream: socket.socket) -> bytes:
    parts, size = [], 0
    while size < MOST_ANSWER and (data := stream.recv(1 << 16)):
        parts.append(data)
        size += len(data)
    return b"".join(parts)


def unix_stream(folder: Path, name: str, timeout: float) -> socket.socket:
    """A stream to a unix socket, through its folder's descriptor: such a path may have 107 bytes only."""
    stream = socket.socket(socket.AF_UNIX)
    stream.settimeout(timeout)
    opened = os.open(folder, os.O_RDONLY)
    try:
        stream.connect(f"/proc/self/fd/{opened}/{name}")
    except OSError:
        stream.close()
        raise
    finally:
        os.close(opened)
    return stream
