"""Who may ask what: finds the key of a request, its scope, its quota, and where it comes from."""

from __future__ import annotations

import ipaddress
import logging
import math
import re
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from engine.serving.audit import AuditLog
from engine.serving.errors import BadRequest, Refused, ServingError
from engine.serving.guessing import Guesses
from engine.serving.keys import Key, KeyFolder, split
from engine.serving.quotas import Quotas

OPEN = ("/v2/health/live", "/v2/health/ready", "/livez", "/readyz")
"""What is answered without a key: whether the server lives is asked by those who have none."""
PAGE = re.compile(r"/try[a-z.-]{0,20}")
"""The page to try the model and its scripts: the same for everybody, without data; what it asks for needs a key."""
MODEL = re.compile(r"/v2/models/(.+?)(/versions/[^/]+)?(/(infer|ready|config|stats|trace/setting|generate))?")
ADMIN = "/v2/admin/"
SUMMED_S = 60.0

log = logging.getLogger("lineside.serving")


@dataclass(frozen=True)
class Principal:
    """Who asks: id of the key ("" without one), where from, for which kind of request."""

    key: str = ""
    address: str = ""
    scope: str = ""
    size: int = 0  # bytes of the body as announced
    keep: bool = True  # whether what is asked may be kept as feedback


class Access:
    """Decides before a request is routed (`check`) and notes afterwards what it took (`done`).

    Without a state folder, or without a folder of keys in it, everybody may ask everything but what administers.

    Attributes:
        model: name of the model that `/predict` asks.
        exposed: whether other machines reach the server.
    """

    def __init__(self, state: Path | None = None, proxies: str = "", exposed: bool = False) -> None:
        self.exposed = exposed
        self.keys = KeyFolder(state / "keys" if state else None)
        self.quotas = Quotas(state / "usage.json" if state else None)
        self.audit = AuditLog(state / "audit" if state else None)
        self.guesses = Guesses()
        self.model = ""
        self._proxies = _networks(proxies)
        self._summed: OrderedDict[tuple[str, str, str, int], tuple[float, int]] = OrderedDict()

    def check(self, scope: MutableMapping[str, Any], headers: Mapping[str, str]) -> Principal:
        """Who asks, if it is allowed.

        Args:
            scope: of ASGI.
            headers: of the request, names in small letters.

        Raises:
            BadRequest: the path is a trick.
            Refused: 401 without a key that is right, 403 for what the key is not for, 429 above its quota.
        """
        path, address = clean_path(scope), self.address(scope, headers)
        self.keys.refresh()
        length = headers.get("content-length", "0")
        size = int(length) if length.isdigit() and len(length) < 16 else 0
        kind = kind_of(path)
        who, keep = "", True
        try:
            if not kind:
                return Principal("", address, "", size)
            if not self.keys.closed:
                if path.startswith(ADMIN):
                    raise Refused(
                        403, "No key was made for this server yet; the first is made by: lineside key create TARGET"
                    )
                return Principal("", address, kind, size)
            key = self._identify(scope, address)
            who, keep = key.id, key.feedback
            self._allow(key, kind, path, scope.get("query_string", b"").decode("latin-1"))
        except Refused as error:
            self._note(who, address, f"{scope['method']} {path}", error.status)
            raise
        return Principal(who, address, kind, size, keep)

    @property
    def open_to_network(self) -> bool:
        """Whether every machine that reaches the server may ask."""
        return self.exposed and not self.keys.closed

    def done(self, principal: Principal, route: str, status: int, milliseconds: float) -> None:
        """Note what a request took, and in the audit log what an administrator asked."""
        if principal.key:
            self.quotas.add(principal.key, principal.size, milliseconds)
        if principal.scope == "admin":
            self.audit.write(route, who=principal.key, address=principal.address, status=status)

    def address(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """Where a request comes from: what a trusted proxy says, else the other end of the connection."""
        client = str((scope.get("client") or ("",))[0])
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        while hops and self._trusted(client):
            client = hops.pop()
        return client[:64]

    def close(self) -> None:
        """Write what is only in memory; the server stopped."""
        self._flush(math.inf)
        self.audit.write("stopped")
        self.quotas.save()

    def _identify(self, scope: Mapping[str, Any], address: str) -> Key:
        given = _given(scope["headers"])
        if given is None:
            raise _unauthorised("This needs a key: send “Authorization: Bearer ls_…” or “X-API-Key: ls_…”.")
        parts = split(given)
        self.guesses.before(address, given)
        key = self.keys.check(*parts) if parts else None
        if key is None:
            wait = self.guesses.wrong(address)
            if wait:
                log.warning("Wrong keys from %s: it has to wait %.0f s.", address, wait)
            raise _unauthorised("This key is not known here.")
        self.guesses.right(address, given)
        return key

    def _allow(self, key: Key, kind: str, path: str, query: str) -> None:
        if (state := key.state()) != "active":
            raise _unauthorised(f"The key {key.id} is {state}; ask for a new one.")
        if not key.may(kind):
            raise Refused(403, f"The key {key.id} is for {', '.join(key.scopes)}, not for {kind}.")
        models = _models_of(path, query) or ([self.model] if self.model else [])
        if kind in ("infer", "feedback") and (other := next((one for one in models if not key.serves(one)), None)):
            raise Refused(403, f"The key {key.id} is not for the model “{other[:80]}”.")
        if kind != "admin":
            self.quotas.take(key)

    def _trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)

    def _note(self, who: str, address: str, what: str, status: int) -> None:
        """Write a refusal to the audit log; the same again within a minute is counted and written as one line."""
        now, key = time.monotonic(), (who, address, what[:200], status)
        self._flush(now)
        if key in self._summed:
            since, times = self._summed[key]
            self._summed[key] = (since, times + 1)
        elif len(self._summed) < 256:
            self._summed[key] = (now, 0)
            self.audit.write(what[:200], who=who, address=address, status=status)
        else:
            rest = ("", "", "further refusals", status)
            since, times = self._summed.get(rest, (now, 0))
            self._summed[rest] = (since, times + 1)

    def _flush(self, now: float) -> None:
        while self._summed:
            key, (since, times) = next(iter(self._summed.items()))
            if now - since < SUMMED_S:
                return
            del self._summed[key]
            if times:
                self.audit.write(key[2], who=key[0], address=key[1], status=key[3], again=times)


def kind_of(path: str) -> str:
    """The scope that a path needs: infer, metrics, feedback or admin; "" where it needs none."""
    if path in OPEN or PAGE.fullmatch(path):
        return ""
    if path in ("/metrics", "/pipeline"):
        return "metrics"
    if path.startswith((ADMIN, "/v2/repository/models/")) or path == ADMIN.rstrip("/"):
        return "admin"  # loading and unloading models administers, too
    return "feedback" if "feedback" in path.split("/") else "infer"


def clean_path(scope: Mapping[str, Any]) -> str:
    """The path as it is routed, without a slash at its end.

    Raises:
        BadRequest: it could be read in two ways: dots, doubled or hidden slashes, control characters.
    """
    path, raw = str(scope["path"]), scope.get("raw_path", b"").lower()
    tricks = {".", "..", ""} & set(path.strip("/").split("/") if path != "/" else ())
    doubled = path != "/" and (path.startswith("//") or path.endswith("//"))
    if (
        tricks
        or doubled
        or b"%2f" in raw
        or b"%5c" in raw
        or "\\" in path
        or any(ord(c) < 32 or ord(c) == 127 for c in path)
    ):
        raise BadRequest("The path has dots, doubled or hidden slashes, or control characters; write it plainly.")
    return path.rstrip("/") or "/"


def _given(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The text of the one key that a request shows; never from the address, which ends in logs."""
    found = []
    for name, value in headers:
        text = value.decode("latin-1").strip()
        if name.lower() == b"x-api-key":
            found.append(text)
        elif name.lower() == b"authorization":
            kind, _, rest = text.partition(" ")
            if kind.lower() == "bearer":
                found.append(rest.strip())
    if len(set(found)) > 1:
        raise _unauthorised("Send one key, not several.")
    return found[0] if found else None


def _models_of(path: str, query: str) -> list[str]:
    """The models that a request names."""
    if found := MODEL.fullmatch(path):
        return [found[1]]
    return parse_qs(query).get("model", [])


def _unauthorised(sentence: str) -> Refused:
    return Refused(401, sentence, (b"www-authenticate", b'Bearer realm="lineside"'))


def _networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ServingError(f"Trusted proxies are addresses or networks, parted by commas: {error}.") from error
