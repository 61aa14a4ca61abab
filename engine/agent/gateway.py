"""The gateway before a target's releases: HAProxy on one stable endpoint, made from a plain model and changed as it runs.

The configuration always says what the running process does: it is written first and the process is then told the
difference through its socket, so that one that was killed comes up as it was. Only a change of the frame (timeouts, the
port) needs a reload, which keeps the listening socket and the requests in it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.errors import UsageError

SLOTS = ("blue", "green")
HEADER = "X-Lineside-Release"
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
    limits: Mapping[str, int] = field(
        default_factory=dict
    )  # id of an API key, its SHA-256, or "*": requests in 10 s of each caller
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
    http-request set-var(txn.name) var(txn.who)
    http-request set-var(txn.name) var(txn.key),field(2,_) if {{ var(txn.key) -m beg ls_ }}
    http-request set-var(txn.limit) str(*),map_str_int(limits.map,0)
    http-request set-var(txn.limit) var(txn.name),map_str_int(limits.map) if {{ var(txn.name),map_str_int(limits.map) -m found }}
    http-request track-sc0 var(txn.who) table quota
    http-request deny deny_status 429 hdr Retry-After 1 if {{ var(txn.limit) -m int gt 0 }} {{ sc_http_req_rate(0),sub(txn.limit) gt 0 }}
    http-request set-var(txn.slot) req.hdrs,map_reg(headers.map)
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
    return {
        name: "".join(f"{key} {value}\n" for key, value in pairs.items()) for name, pairs in entries(gateway).items()
    }


def entries(gateway: Gateway) -> dict[str, dict[str, str]]:
    """What is in each map."""
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
