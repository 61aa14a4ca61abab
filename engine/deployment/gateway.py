"""The gateway before a target's releases: HAProxy on one stable endpoint, made from a plain model and changed as it runs.

The configuration always says what the running process does: it is written first and the process is then told the
difference through its socket, so that one that was killed comes up as it was. Only a change of the frame (timeouts, the
port) needs a reload, which keeps the listening socket and the requests in it.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from engine.deployment.home import Home
from engine.deployment.target import DRAIN_S, ReleaseStatus
from engine.errors import TargetError, UsageError

SLOTS = ("blue", "green")
HEADER = "X-Lineside-Release"
MOST_ANSWER = 4 << 20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")  # of a header; a part of RFC 9110's token
VALUE = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")
HASH = re.compile(r"[0-9a-f]{64}")
KEY_ID = re.compile(r"[a-z0-9]{4,32}")  # the middle of an API key of the runtime: ls_ID_SECRET
ADDRESS = re.compile(r"(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]{2,39}\]|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*):\d{1,5}")
KEY = re.compile(r"[A-Za-z0-9._-]{1,80}")
CERTIFICATE = "tls/gateway.pem"
"""Below the state folder: chain and key in one file."""


@dataclass(frozen=True)
class Slot:
    """One of the two places behind the gateway."""

    release: str = ""  # its key; "": empty
    address: str = ""  # 127.0.0.1:18081
    weight: int = 0  # 0 to 100, absolute


@dataclass(frozen=True)
class Gateway:
    """All that a gateway does."""

    port: int
    listen: str = "127.0.0.1"
    slots: Mapping[str, Slot] = field(default_factory=lambda: {slot: Slot() for slot in SLOTS})
    headers: Mapping[str, str] = field(default_factory=dict)  # "NAME=VALUE" -> slot
    keys: Mapping[str, str] = field(default_factory=dict)  # id of an API key, or its SHA-256 -> slot
    limits: Mapping[str, int] = field(default_factory=dict)  # SHA-256 of an API key, or "*": requests in 10 s
    tls: str = ""  # SHA-256 of the certificate that it shows; "": it speaks plain HTTP

    @property
    def endpoint(self) -> str:
        """What clients ask, whatever is behind it."""
        return f"{'https' if self.tls else 'http'}://{self.listen}:{self.port}"

    def slot_of(self, release: str) -> str:
        """The slot that a release is in; "" for none."""
        return next((name for name, slot in self.slots.items() if slot.release == release), "")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Gateway:
        """Read what `to_json` gave."""
        slots = {name: Slot(**values["slots"].get(name, {})) for name in SLOTS}
        more = {name: dict(values.get(name, {})) for name in ("headers", "keys", "limits")}
        return Gateway(int(values["port"]), str(values["listen"]), slots, tls=str(values.get("tls", "")), **more)


def key_name(key: str) -> str:
    """An API key as the gateway knows it: the id that it carries, else its SHA-256; an id or a hash stays as it is.

    Whether the key is genuine is for the release to say; here it only chooses which release is asked.
    """
    start, _, rest = key.partition("_")
    identity = rest.partition("_")[0] if start == "ls" else key
    if KEY_ID.fullmatch(identity) or HASH.fullmatch(key):
        return identity
    return hashlib.sha256(key.encode()).hexdigest()


def header_rule(text: str) -> tuple[str, str]:
    """NAME and VALUE of “NAME=VALUE”, fit for HAProxy's maps.

    Raises:
        UsageError: it is none, or holds what a header or a map must not.
    """
    name, found, value = text.partition("=")
    if not found or not NAME.fullmatch(name) or not VALUE.fullmatch(value):
        raise UsageError(
            f"“{text[:80]!r}” is no header rule; write NAME=VALUE with letters, digits and - in the name and without"
            " spaces in the value, for example X-Line=3."
        )
    return name, value


def check(gateway: Gateway) -> Gateway:
    """Refuse what would be read as another line, word or file of the configuration.

    Raises:
        UsageError: it says what.
    """
    for slot in gateway.slots.values():
        if slot.release and not (KEY.fullmatch(slot.release) and ADDRESS.fullmatch(slot.address)):
            raise UsageError(f"A release “{slot.release!r}” at “{slot.address!r}” cannot stand behind a gateway.")
        if not 0 <= slot.weight <= 100:
            raise UsageError(f"A weight is 0 to 100, not {slot.weight}.")
    for rule in gateway.headers:
        header_rule(rule)
    for key in (*gateway.keys, *(limited for limited in gateway.limits if limited != "*")):
        if not (HASH.fullmatch(key) or KEY_ID.fullmatch(key)):
            raise UsageError(f"“{key[:80]!r}” is no id and no hash of an API key.")
    if gateway.tls and not HASH.fullmatch(gateway.tls):
        raise UsageError(f"“{gateway.tls[:80]!r}” is no SHA-256 of a certificate.")
    if not ADDRESS.fullmatch(f"{gateway.listen}:{gateway.port}") or not 0 < gateway.port < 65536:
        raise UsageError(f"A gateway cannot listen at “{gateway.listen!r}”, port {gateway.port}.")
    if not {*gateway.headers.values(), *gateway.keys.values()} <= {*SLOTS}:
        raise UsageError(f"The slots of a gateway are {' and '.join(SLOTS)}.")
    return gateway


def frame(gateway: Gateway, *, root: bool, state: str = "") -> str:
    """The part of the configuration that only a reload changes; `state` is the folder with the certificate."""
    bind = f"{gateway.listen}:{gateway.port}"
    if gateway.tls:
        if not state.isprintable():
            raise UsageError(f"The folder {state!r} cannot stand in the configuration of a gateway.")
        path = re.sub(r"""([\\"'#$ ])""", r"\\\1", f"{state}/{CERTIFICATE}")
        bind += f" ssl crt {path} ssl-min-ver TLSv1.2 alpn http/1.1  # {gateway.tls}"
    user = "    uid 65532\n    gid 65532\n" if root else ""
    return f"""\
# Written by Lineside; changed as it runs through admin.sock.
global
    stats socket unix@admin.sock mode 600 level admin expose-fd listeners
    no strict-limits
    fd-hard-limit 8192
    nbthread 1
    hard-stop-after 120s
{user}
defaults
    mode http
    timeout connect 2s
    timeout client 75s
    timeout http-request 10s
    timeout http-keep-alive 75s
    timeout queue 10s
    timeout server 120s
    timeout check 5s
    retries 3
    option redispatch 1
    retry-on conn-failure empty-response
    option idle-close-on-response
    option http-keep-alive
    http-reuse safe

backend quota
    stick-table type string len 64 size 100k expire 10s store http_req_rate(10s)

frontend line
    bind {bind}
    option forwardfor
    http-request set-var(txn.id) req.fhdr(X-Request-ID)
    http-request set-var(txn.id) uuid() unless {{ var(txn.id) -m reg ^[A-Za-z0-9._-]{{1,64}}$ }}
    http-request set-header X-Request-ID %[var(txn.id)]
    http-response set-header X-Request-ID %[var(txn.id)]
    http-request set-var(txn.key) http_auth_bearer
    http-request set-var(txn.key) req.fhdr(X-API-Key) if {{ req.fhdr(X-API-Key) -m found }}
    http-request set-var(txn.who) src
    http-request set-var(txn.who) var(txn.key),sha2(256),hex,lower if {{ var(txn.key) -m len gt 0 }}
    http-request set-var(txn.limit) str(*),map_str_int(limits.map,0)
    http-request set-var(txn.limit) var(txn.who),map_str_int(limits.map) if {{ var(txn.who),map_str_int(limits.map) -m found }}
    http-request track-sc0 var(txn.who) table quota
    http-request deny deny_status 429 hdr Retry-After 1 if {{ var(txn.limit) -m int gt 0 }} {{ sc_http_req_rate(0),sub(txn.limit) gt 0 }}
    http-request set-var(txn.slot) req.hdrs,map_reg(headers.map)
    http-request set-var(txn.name) var(txn.who)
    http-request set-var(txn.name) var(txn.key),field(2,_) if {{ var(txn.key) -m beg ls_ }}
    http-request set-var(txn.slot) var(txn.name),map_str(keys.map) if {{ var(txn.name),map_str(keys.map) -m found }}
    http-request disable-l7-retry unless METH_GET || {{ method HEAD }} || {{ path /predict }} || {{ path_end /infer }}
    default_backend release
"""


def config(gateway: Gateway, *, root: bool = False, state: str = "") -> str:
    """The whole configuration of HAProxy 2.6, with relative names of its files."""
    rules = "\n".join(f"    use-server {slot} if {{ var(txn.slot) -m str {slot} }}" for slot in SLOTS)
    servers = "\n".join(_server(name, slot) for name, slot in check(gateway).slots.items())
    return f"""{frame(gateway, root=root, state=state)}
backend release
    balance roundrobin
    option httpchk
    http-check send meth GET uri /v2/health/ready ver HTTP/1.1 hdr Host lineside
    http-check expect status 200
    default-server check inter 1s fastinter 200ms downinter 200ms rise 1 fall 3
{rules}
{servers}
"""


def maps(gateway: Gateway) -> dict[str, str]:
    """The map files by name."""
    return {name: "".join(f"{key} {value}\n" for key, value in pairs.items()) for name, pairs in _maps(gateway).items()}


def _maps(gateway: Gateway) -> dict[str, dict[str, str]]:
    headers = {}
    for rule, slot in gateway.headers.items():
        name, value = header_rule(rule)
        headers[rf"(^|\n){re.escape(name.lower())}:\x20{re.escape(value)}\r"] = slot
    return {
        "headers.map": headers,
        "keys.map": dict(gateway.keys),
        "limits.map": {key: str(most) for key, most in gateway.limits.items()},
    }


def _server(name: str, slot: Slot) -> str:
    if not slot.release:
        return f"    server {name} 127.0.0.1:1 weight 0 disabled"
    return f"    server {name} {slot.address} weight {slot.weight}"


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

    def put(self, release: ReleaseStatus, weight: int = 0) -> str:
        """Put a release into a slot that gets no requests; the slot's name. One that has a slot keeps it.

        Raises:
            UsageError: both slots get requests.
        """
        now = self.model()
        name = now.slot_of(release.key)
        if not name:
            routed = {*now.headers.values(), *now.keys.values()}
            free = [one for one, slot in now.slots.items() if slot.weight == 0 and one not in routed]
            if not free:
                raise UsageError(
                    f"Both releases on {self.home.place} get requests; promote one or take one back first."
                )
            name = min(free, key=lambda one: bool(now.slots[one].release))
        slot = Slot(
            release.key, address_of(release), weight or (now.slots[name].weight if now.slot_of(release.key) else 0)
        )
        self.set(replace(now, slots={**now.slots, name: slot}))
        return name

    def take_over(self, release: ReleaseStatus, drain_s: float = DRAIN_S, tls: str | None = None) -> None:
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
        for file, pairs in _maps(gateway).items():
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


def address_of(release: ReleaseStatus) -> str:
    """Where the gateway reaches a release: on its own machine."""
    parts = urlsplit(release.own or release.endpoint)
    host = parts.hostname or "127.0.0.1"
    return f"{'127.0.0.1' if host == '0.0.0.0' else host}:{parts.port or 80}"  # noqa: S104


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
