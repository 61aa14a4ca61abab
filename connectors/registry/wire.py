"""HTTP as it is spoken with somebody who may be hostile: bounded in time and in bytes, and never led to where it should not.

Own code over urllib3: oras-py 0.2.43 retries for 80 s where there is no login, and may need its header set by hand before a
large push; requests follows redirects by itself and reads ~/.netrc, which nobody asked for.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.registry.address import name_of
from engine.errors import TargetError

PIECE = 64 << 10


@dataclass(frozen=True)
class Limits:
    """How long and how much a registry may make us wait and read."""

    connect_s: float = 15.0  # to connect, and for each piece that is sent
    answer_s: float = 60.0  # until an answer's headers are whole
    stall_s: float = 30.0  # for each 64 KB of a body
    json_bytes: int = 4 << 20  # as the specification allows a manifest
    error_bytes: int = 64 << 10
    tries: int = 5
    first_pause_s: float = 0.5
    longest_pause_s: float = 60.0  # what Retry-After may ask for
    redirects: int = 5
    chunk_bytes: int = 8 << 20  # of an upload; what is sent at once and may have to be sent again


class Slow(Exception):
    """An answer did not come in time; what was waited for."""


class Forbidden(TargetError):
    """A registry pointed to an address that it has no business with."""


class Cancelled(Exception):
    """The work was given up in another thread."""


class Deadline:
    """Ends a wait by cutting its connection; reads in the standard library only bound the time between two bytes."""

    def __init__(self, seconds: float, cut: Callable[[], object]) -> None:
        self.passed = False
        self._cut = cut
        self._ended = False
        self.extend(seconds)
        self._arm()

    def extend(self, seconds: float) -> None:
        """Wait so long from now on."""
        self._due = time.monotonic() + seconds

    def end(self) -> None:
        """Nobody waits any more."""
        self._ended = True
        self._timer.cancel()

    def _arm(self) -> None:
        self._timer = threading.Timer(max(self._due - time.monotonic(), 0.01), self._look)
        self._timer.daemon = True
        self._timer.start()

    def _look(self) -> None:
        if self._ended:
            return
        if time.monotonic() >= self._due:
            self.passed = True
            with contextlib.suppress(Exception):
                self._cut()
        else:
            self._arm()


@contextlib.contextmanager
def within(seconds: float, cut: Callable[[], object], what: str) -> Iterator[Deadline]:
    """Run a block that reads; whatever it raises once the time is over is `Slow`."""
    deadline = Deadline(seconds, cut)
    try:
        yield deadline
    except Exception as error:
        if deadline.passed:
            raise Slow(what) from error
        raise
    finally:
        deadline.end()
    if deadline.passed:
        raise Slow(what)


class Peers:
    """Who may be spoken with: the registry itself, and whom it names if they are no closer to us than it is.

    A registry on the internet that sends us to 127.0.0.1, to the factory's network or to a cloud's metadata service
    wants something of there. The address that was connected to is looked at, not a name that may lead elsewhere now.
    """

    def __init__(self, host: str, limits: Limits) -> None:
        self.own = name_of(host).lower()
        self.limits = limits
        self.reach: int | None = None
        self.live: weakref.WeakSet[Any] = weakref.WeakSet()

    def check(self, host: str) -> None:
        """Refuse an address that lies too close, before it is connected to; a name is looked at when it was.

        Raises:
            Forbidden: it does.
        """
        with contextlib.suppress(ValueError):
            if host.lower() != self.own and _closeness(host.strip("[]")) > self._reach:
                raise self._forbidden(host)

    def met(self, host: str, connection: Any) -> None:
        """Look at whom a new connection has reached.

        Raises:
            Forbidden: it lies closer to this machine than the registry.
        """
        self.live.add(connection)
        if connection.proxy is not None:
            return
        reach = _closeness(connection.sock.getpeername()[0])
        if host.strip("[]").lower() == self.own:
            self.reach = reach
        elif reach > self._reach:
            connection.close()
            raise self._forbidden(host)

    @property
    def _reach(self) -> int:
        if self.reach is None:
            with contextlib.suppress(ValueError):
                return _closeness(self.own)
        return self.reach or 0

    def _forbidden(self, host: str) -> Forbidden:
        return Forbidden(
            f"The registry {self.own} points to {host}, an address closer to this machine; it was not followed."
        )

    def cut(self) -> None:
        """End all connections; whoever reads from one is told at once."""
        for connection in list(self.live):
            _shut(connection)


def _closeness(address: str) -> int:
    """0 for the internet, 1 for a private network, 2 for this machine, 3 for this link (where clouds keep secrets)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return 3 if ip.is_link_local else 2 if ip.is_loopback or ip.is_unspecified else 1 if ip.is_private else 0


def _shut(connection: Any) -> None:
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


class _Watched:
    """A connection that knows whom it may reach and until when headers must be there."""

    peers: Peers

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.peers.met(self.host, self)  # type: ignore[attr-defined]

    def getresponse(self) -> Any:
        cut = partial(self.sock.shutdown, socket.SHUT_RDWR)  # type: ignore[attr-defined]
        with within(self.peers.limits.answer_s, cut, "the head of an answer"):
            answer = super().getresponse()  # type: ignore[misc]
        answer.cut = cut  # both ways: what is only shut for reading goes on to receive on Linux
        return answer


class Wire:
    """Connections to one registry and to whom it points; no cookies, no netrc, no redirect by itself."""

    def __init__(self, host: str, limits: Limits, ca: str = "") -> None:
        self.limits = limits
        self.peers = Peers(host, limits)
        self._context = ssl.create_default_context()
        if ca:
            try:
                self._context.load_verify_locations(cafile=ca)
            except (OSError, ssl.SSLError) as error:
                raise TargetError(
                    f"The certificates in {ca} cannot be read ({error}); give a PEM file as ca=…."
                ) from error
        self._managers: dict[str, urllib3.PoolManager] = {}

    def may(self, url: str) -> None:
        """Refuse an address that the registry has no business with; see `Peers`."""
        self.peers.check(urlsplit(url).hostname or "")

    def send(self, method: str, url: str, headers: Mapping[str, str], body: Any = None) -> urllib3.BaseHTTPResponse:
        """One request; the answer's body is not read yet.

        Raises:
            Slow, urllib3.exceptions.HTTPError: no answer.
            Forbidden: the address is none that the registry may point to.
        """
        timeout = urllib3.Timeout(connect=self.limits.connect_s, read=self.limits.answer_s)
        return self._manager(url).urlopen(
            method, url, body=body, headers=dict(headers), redirect=False, retries=False, timeout=timeout,
            preload_content=False, decode_content=False,
        )  # fmt: skip

    def pieces(self, response: urllib3.BaseHTTPResponse, most: int) -> Iterator[bytes]:
        """The body of an answer in pieces; one byte more than `most` may come, so that its reader can tell.

        Raises:
            Slow: less than 64 KB came in the time for them.
        """
        got, mark = 0, PIECE
        with within(self.limits.stall_s, response.cut, "the body of an answer") as deadline:  # type: ignore[attr-defined]
            while got <= most and (piece := response.read1(min(PIECE, most + 1 - got))):
                got += len(piece)
                if got >= mark:
                    deadline.extend(self.limits.stall_s)
                    mark = got + PIECE
                yield piece

    def close(self) -> None:
        """Close idle connections."""
        for manager in self._managers.values():
            manager.clear()

    def _manager(self, url: str) -> urllib3.PoolManager:
        proxy = _proxy_for(url)
        if proxy not in self._managers:
            made = urllib3.ProxyManager(proxy, ssl_context=self._context) if proxy else urllib3.PoolManager(
                ssl_context=self._context, maxsize=8)  # fmt: skip
            made.pool_classes_by_scheme = _pools(self.peers)
            self._managers[proxy] = made
        return self._managers[proxy]


def _pools(peers: Peers) -> dict[str, Any]:
    plain = type("Plain", (_Watched, HTTPConnection), {"peers": peers})
    secure = type("Secure", (_Watched, HTTPSConnection), {"peers": peers})
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }


def _proxy_for(url: str) -> str:
    parts = urlsplit(url)
    proxies = getproxies()
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    return proxies.get(parts.scheme) or proxies.get("all") or ""
