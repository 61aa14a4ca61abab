"""Requests to one registry: login, redirects, retries with back-off, and what went wrong in a sentence."""

from __future__ import annotations

import contextlib
import email.utils
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, SSLError

from connectors.registry.address import is_loopback
from connectors.registry.login import Credentials, Login
from connectors.registry.wire import Cancelled, Limits, Slow, Wire
from engine.deployment.errors import DiskFull, TargetUnreachable
from engine.errors import TargetError, UsageError

AGAIN = (429, 500, 502, 503, 504)
REDIRECTS = (301, 302, 303, 307, 308)
AGENT = "lineside"
SENT_AT_ONCE = 32 << 10


class NotThere(TargetError):
    """The registry has no such repository, tag or blob."""


class Refused(TargetError):
    """The registry refuses, with its status and codes."""

    def __init__(self, message: str, status: int, said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.said = said


class Part:
    """A part of a file as a request's body; can be sent again."""

    def __init__(self, path: Path, start: int, length: int, sent: Callable[[int], None]) -> None:
        self.path, self.start, self.length, self._sent = path, start, length, sent

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.length
            while left and (piece := file.read(min(SENT_AT_ONCE, left))):
                yield piece
                left -= len(piece)
                self._sent(len(piece))


class Session:
    """One registry as one client speaks with it; used by several threads."""

    def __init__(
        self, host: str, place: str, credentials: Credentials, *, insecure: bool = False, ca: str = "",
        limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self.host, self.place, self.insecure = host, place, insecure
        self.limits = limits or Limits()
        self.credentials = credentials
        self.cancelled = threading.Event()
        self.retries = 0
        self.prefix = ""  # of a mirror, before each repository
        self._ca = ca
        self._wire = Wire(host, self.limits, ca)
        self._base = ""
        self._login: Login | None = None
        self._lock = threading.Lock()

    @property
    def base(self) -> str:
        """Scheme and host; found out at the first use."""
        with self._lock:
            if not self._base:
                self._base = self._look()
                self._login = Login(self.credentials, self.place, self._base, self._fetch_token)
            return self._base

    @property
    def logged_in(self) -> bool:
        """Whether a login was asked for and taken."""
        return self._login is not None and self._login.used

    @contextlib.contextmanager
    def request(
        self, method: str, path: str, ok: tuple[int, ...], *, scope: str = "", headers: Mapping[str, str] | None = None,
        body: bytes | Part | None = None, again: bool = True,
    ) -> Iterator[urllib3.BaseHTTPResponse]:  # fmt: skip
        """One exchange, tried again where that may help; the answer's body is still to be read.

        Args:
            path: below the registry's base, or a whole URL that it named.
            again: whether a lost connection is tried again; answers of 429 and 5xx always are.

        Raises:
            NotThere, Refused, LoginRefused, DiskFull, TargetUnreachable, Cancelled.
        """
        url = urljoin(self.base + "/", path)
        response = self._answer(method, url, ok, scope, headers or {}, body, again)
        try:
            yield response
            if response.length_remaining == 0:
                response.drain_conn()
        finally:
            response.close()

    def json(
        self, path: str, *, scope: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        """A JSON document and the headers it came with."""
        with self.request("GET", path, (200,), scope=scope, headers=headers) as response:
            content = self.read(response, self.limits.json_bytes, "an answer")
            return self.parse(content), response.headers

    def read(self, response: urllib3.BaseHTTPResponse, most: int, what: str) -> bytes:
        """A whole body that must not be large.

        Raises:
            TargetError: it is larger than `most`, shorter than said, or does not end in time.
        """
        try:
            content = b"".join(self._wire.pieces(response, most))
        except (HTTPError, OSError, Slow) as error:
            raise self.broken(error, what) from error
        if len(content) > most:
            raise TargetError(f"{self.place} sends {what} larger than {most >> 10} KB; it was not read.")
        return content

    def pieces(self, response: urllib3.BaseHTTPResponse, most: int) -> Iterator[bytes]:
        """The body in pieces as it comes; see `Wire.pieces`."""
        for piece in self._wire.pieces(response, most):
            if self.cancelled.is_set():
                raise Cancelled
            yield piece

    def parse(self, content: bytes) -> Any:
        """JSON from a registry."""
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise TargetError(f"{self.place} answered with what is no JSON; is it a registry?") from error

    def cancel(self) -> None:
        """Give up, in whatever thread something is waited for."""
        self.cancelled.set()
        self._wire.peers.cut()

    def close(self) -> None:
        """Close idle connections."""
        self._wire.close()

    def broken(self, error: BaseException, what: str) -> TargetError:
        """The sentence for a connection that failed."""
        if isinstance(error, Slow):
            return TargetUnreachable(f"{self.place} did not send {error} in time; the transfer was given up.")
        reason = _reason(error)
        return TargetUnreachable(f"{self.place} broke off while it was asked for {what} ({reason}).")

    def _look(self) -> str:
        """https, except for this very machine where it does not speak it, and where plain http was asked for."""
        if self.insecure:
            return f"http://{self.host}"
        if not is_loopback(self.host) or self._ca:
            return f"https://{self.host}"
        try:
            self._wire.send("GET", f"https://{self.host}/v2/", {"User-Agent": AGENT}).close()
        except (HTTPError, OSError, Slow) as error:
            return f"http{'s' if 'CERTIFICATE_VERIFY' in str(error) else ''}://{self.host}"
        return f"https://{self.host}"

    def _answer(
        self, method: str, url: str, ok: tuple[int, ...], scope: str, headers: Mapping[str, str],
        body: bytes | Part | None, again: bool,
    ) -> urllib3.BaseHTTPResponse:  # fmt: skip
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self.limits.tries
            try:
                response = self._authorised(method, url, scope, headers, body)
            except (HTTPError, OSError, Slow) as error:
                if self.cancelled.is_set():
                    raise Cancelled from error
                if last or not again or not _passing(error):
                    raise self._unreachable(error) from error
                self.pause(attempt, "")
                continue
            if response.status in ok:
                return response
            said, wait = self._said(response), response.headers.get("Retry-After", "")
            full = '"err":28' in said.lower().replace(" ", "") or "no space left" in said.lower()
            if response.status not in AGAIN or full or last:
                raise self._failure(response.status, said, full)
            self.pause(attempt, wait)

    def _authorised(
        self, method: str, url: str, scope: str, headers: Mapping[str, str], body: bytes | Part | None
    ) -> urllib3.BaseHTTPResponse:
        assert self._login is not None
        response = self._followed(method, url, scope, headers, body)
        if response.status != 401 or not self._same_origin(url):
            return response
        challenge, said = response.headers.get("WWW-Authenticate", ""), self._said(response)
        if not challenge:
            raise self._login.refused(_short(said))
        with self._lock:
            self._login.answer(challenge, scope)
        response = self._followed(method, url, scope, headers, body)
        if response.status == 401:
            refused = self._login.refused(_short(self._said(response)))
            self.credentials.refused()
            raise refused
        self.credentials.accepted()
        return response

    def _followed(
        self, method: str, url: str, scope: str, headers: Mapping[str, str], body: bytes | Part | None
    ) -> urllib3.BaseHTTPResponse:
        """Send, and go where a GET or HEAD is sent on to; the login stays behind when that is another host."""
        for _ in range(self.limits.redirects + 1):
            response = self._wire.send(method, url, self._headers(url, scope, headers, body), body and _sendable(body))
            if response.status not in REDIRECTS or method not in ("GET", "HEAD"):
                return response
            target = response.headers.get("Location", "")
            response.close()
            url = self.allowed(urljoin(url, target))
        raise TargetError(f"{self.place} sends us on more than {self.limits.redirects} times; it was not followed.")

    def allowed(self, url: str) -> str:
        """An address that the registry named, if it is one to go to.

        Raises:
            TargetError: not http(s), or no encryption where there was.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise TargetError(
                f"{self.place} points to “{_short(url)}”, which is no address on the web; it was not followed."
            )
        if parts.scheme == "http" and self._base.startswith("https:"):
            raise TargetError(f"{self.place} points to {_short(parts.netloc)} without encryption; it was not followed.")
        self._wire.may(url)
        return url

    def _headers(self, url: str, scope: str, headers: Mapping[str, str], body: bytes | Part | None) -> dict[str, str]:
        assert self._login is not None
        made = {"User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
        if body is not None:
            made["Content-Length"] = str(body.length if isinstance(body, Part) else len(body))
        if self._same_origin(url) and (login := self._login.header(scope)):
            made["Authorization"] = login
        return made

    def _same_origin(self, url: str) -> bool:
        return urlsplit(url)[:2] == urlsplit(self._base)[:2]

    def _fetch_token(self, url: str, headers: dict[str, str]) -> dict[str, object]:
        self._wire.may(url)
        try:
            response = self._wire.send("GET", url, {"User-Agent": AGENT, **headers})
            content = self.read(response, self.limits.error_bytes, "a token")
        except (HTTPError, OSError, Slow) as error:
            raise self._unreachable(error, f" to log in at {urlsplit(url).netloc}") from error
        response.close()
        assert self._login is not None
        if response.status in (400, 401, 403):
            raise self._login.refused()
        document = self.parse(content) if response.status == 200 else None
        if not isinstance(document, dict):
            raise TargetError(f"{_short(urlsplit(url).netloc)} gives no token for {self.place} ({response.status}).")
        return document

    def pause(self, attempt: int, asked: str = "") -> None:
        """Wait before another try, longer each time, and as long as the registry asks for."""
        self.retries += 1
        seconds = _seconds(asked)
        if seconds > self.limits.longest_pause_s:
            raise TargetUnreachable(f"{self.place} is busy and wants us back in {seconds:.0f} s; try again then.")
        own = self.limits.first_pause_s * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)
        if self.cancelled.wait(max(seconds, own)):
            raise Cancelled

    def _said(self, response: urllib3.BaseHTTPResponse) -> str:
        """What the body of a refusal says."""
        with contextlib.suppress(HTTPError, OSError, Slow):
            content = b"".join(self._wire.pieces(response, self.limits.error_bytes))[: self.limits.error_bytes]
            response.close()
            return content.decode("utf-8", "replace")
        response.close()
        return ""

    def _failure(self, status: int, said: str, full: bool) -> TargetError:
        if full:
            return DiskFull(
                f"The disk of {self.place} is full; make room there, then push again: it goes on from there."
            )
        told = _short(said)
        if status == 404:
            return NotThere(f"{self.place} has no such thing ({told or 404}).")
        if status == 403:
            assert self._login is not None
            return self._login.refused(told)
        if status == 429:
            return TargetUnreachable(f"{self.place} is asked too often and says so again and again; try again later.")
        return Refused(f"{self.place} refuses ({status}{', ' + told if told else ''}).", status, said)

    def _unreachable(self, error: BaseException, what: str = "") -> TargetError:
        if isinstance(error, Slow):
            return TargetUnreachable(f"{self.place} did not send {error} in time; the transfer was given up.")
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return TargetError(
                f"The certificate of {self.place} is not trusted here ({_reason(error)}); give the certificate of who signed"
                " it: --option ca=FILE.pem"
            )
        return TargetUnreachable(
            f"{self.place} does not answer{what} ({_reason(error)}); is its address right, and is it up?"
        )


def yes(value: Any, option: str) -> bool:
    """An option that is yes or no."""
    text = str(value).lower()
    if text not in ("yes", "true", "1", "no", "false", "0", ""):
        raise UsageError(f"The option “{option}” is yes or no, not “{text[:40]}”.")
    return text in ("yes", "true", "1")


def _sendable(body: bytes | Part) -> Any:
    return body if isinstance(body, bytes) else iter(body)


def _passing(error: BaseException) -> bool:
    """Whether a second try may go better: not where a certificate is wrong, a name unknown or a registry too slow."""
    return not isinstance(error, (SSLError, Slow)) and "Name or service" not in str(error)


def _seconds(asked: str) -> float:
    if asked.isdigit():
        return float(asked[:9])
    with contextlib.suppress(TypeError, ValueError):
        return max(email.utils.parsedate_to_datetime(asked).timestamp() - time.time(), 0.0)
    return 0.0


def _reason(error: BaseException) -> str:
    inner: BaseException = error
    while isinstance(inner, HTTPError) and inner.args and isinstance(inner.args[-1], BaseException):
        inner = inner.args[-1]
    if isinstance(inner, ProtocolError) or not str(inner):
        return type(inner).__name__ if not str(inner) else _short(str(inner))
    told = str(getattr(inner, "strerror", None) or inner).rpartition(">: ")[2]
    return _short(re.sub(r"^\w+\(.*?\): ", "", told))  # urllib3 begins with the connection's own name


def _short(text: str) -> str:
    """What a registry says, for a sentence: its own message where it follows the specification."""
    with contextlib.suppress(ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        first = json.loads(text)["errors"][0]
        text = " ".join(str(first[key]) for key in ("code", "message") if first.get(key))
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:200]
