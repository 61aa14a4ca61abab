"""HTTP to a release over streams of any kind (a socket, a channel of SSH), which stay open between requests."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

KEPT_S = 30.0
"""So long an idle stream is kept; releases and gateways end theirs after 75 s."""


@dataclass(frozen=True)
class Request:
    """One request; `repeatable`: asking twice changes nothing, so that an idle stream may be tried that ends just now."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def repeatable(self) -> bool:
        """Whether it asks only."""
        return self.method == "GET" or self.path == "/predict"


class Stream:
    """One stream to an endpoint, with HTTP on it."""

    def __init__(self, raw: Any, secured: Any) -> None:
        self._raw = raw
        self._http = http.client.HTTPConnection("release")
        self._http.auto_open = 0
        self._http.sock = self._out = _KeptOpen(secured)
        self.used = time.monotonic()

    def ask(self, request: Request, timeout: float) -> tuple[int, bytes, bool]:
        """One exchange: status, body, and whether the stream takes another request."""
        self._raw.settimeout(timeout)
        self._http.request(request.method, request.path, request.body or None, dict(request.headers))
        self._out.flush()
        answer = self._http.getresponse()
        status, body, stays = answer.status, answer.read(), not answer.will_close
        self.used = time.monotonic()
        return status, body, stays

    def is_idle(self) -> bool:
        """Whether the other side still has it open and says nothing."""
        if time.monotonic() - self.used > KEPT_S:
            return False
        try:
            self._raw.settimeout(0.0)
            self._raw.recv(1)
        except (BlockingIOError, TimeoutError):
            return True
        except (OSError, EOFError):
            return False
        return False

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError, EOFError):
            self._raw.close()


class Streams:
    """The idle streams of a target by endpoint; several threads may ask at once."""

    def __init__(self) -> None:
        self._idle: list[tuple[str, Stream]] = []
        self._lock = threading.Lock()

    def exchange(
        self, endpoint: str, request: Request, timeout: float, opened: Callable[[], Stream]
    ) -> tuple[int, bytes]:
        """Status and body, over an idle stream or one that `opened` makes.

        Raises:
            OSError, EOFError, http.client.HTTPException: no whole answer came.
        """
        if request.repeatable and (stream := self._take(endpoint)) is not None:
            try:
                return self._ask(endpoint, stream, request, timeout)
            except TimeoutError:
                raise
            except (OSError, EOFError):
                pass  # it ended just now, as at a restart of what is behind it
        return self._ask(endpoint, opened(), request, timeout)

    def close(self) -> None:
        """End all that are idle."""
        with self._lock:
            ended, self._idle = self._idle, []
        for _, stream in ended:
            stream.close()

    def _ask(self, endpoint: str, stream: Stream, request: Request, timeout: float) -> tuple[int, bytes]:
        try:
            status, body, stays = stream.ask(request, timeout)
        except BaseException:
            stream.close()
            raise
        if stays:
            with self._lock:
                self._idle.append((endpoint, stream))
        else:
            stream.close()
        return status, body

    def _take(self, endpoint: str) -> Stream | None:
        while True:
            with self._lock:
                place = next((at for at, one in enumerate(self._idle) if one[0] == endpoint), None)
                stream = self._idle.pop(place)[1] if place is not None else None
            if stream is None or stream.is_idle():
                return stream
            stream.close()


class _KeptOpen:
    """A stream as http.client uses one, but for two habits: it closes sockets before the answer's body is read, which ends an
    SSH channel, and sends headers and body one by one, which on a stream that is kept costs a delayed acknowledgement."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._parts: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self._parts.append(data)

    def flush(self) -> None:
        """Send what was gathered."""
        parts, self._parts = self._parts, []
        self._stream.sendall(b"".join(parts))

    def makefile(self, mode: str) -> Any:
        return self._stream.makefile(mode)

    def close(self) -> None:
        """Left to `Stream`."""
