"""Uvicorn's protocol, made strict: what could be read in two ways is refused, what is slow or endless is ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEADER_BYTES = 64 << 10
HEADERS = 128
FRAMING_BYTES = 1 << 20  # of chunk sizes, extensions and trailers in one body
PIPELINED = 16


@dataclass(frozen=True)
class Patience:
    """How long a client may take, and how many may come."""

    header_seconds: float = 10
    answer_seconds: float = 30  # without taking any of its answer
    rest_seconds: float = 5  # to send the rest of a body that nobody needs any more
    connections: int = 512


class _Unfit(Exception):
    """A request that is not even given to the app; ends in `send_400_response`."""


def protocol(patience: Patience, count: Callable[[str], None] = lambda _: None) -> type[HttpToolsProtocol]:
    """The class of connections.

    Args:
        patience: its limits.
        count: told the reason of each connection that is refused or ended, for the metrics.
    """

    class Protocol(HttpToolsProtocol):  # type: ignore[misc]  # uvicorn is followed as Any
        timeout_keep_alive_task: asyncio.TimerHandle | None
        _header_timer: asyncio.TimerHandle | None = None
        _write_timer: asyncio.TimerHandle | None = None
        _header_bytes = 0  # that came while headers were waited for
        _taken = 0  # of the present headers
        _framing = 0  # bytes of the present body's framing
        _in_message = False
        _given_on = False  # the present message to the app
        _idle_since = 0.0
        _refusal = (400, "This is no HTTP request as the standard has it.")

        @property
        def is_expected(self) -> bool:
            """Whether a request is about to come."""
            return self._header_timer is not None

        # What comes in

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._idle_since = self.loop.time()
            self._wait_for_headers()
            if len(self.connections) >= patience.connections:
                self._make_room()

        def data_received(self, data: bytes) -> None:
            if not self._in_message and self._header_timer is None:
                self._wait_for_headers()  # empty lines before a request count as its headers
            if self._header_timer is not None:
                self._header_bytes += len(data)
            self._framing += len(data)
            super().data_received(data)
            if self._header_timer is not None and self._header_bytes > HEADER_BYTES:
                self._refuse(431, f"The headers have more than {HEADER_BYTES >> 10} kB.")
            elif self._in_message and self._header_timer is None and self._framing > FRAMING_BYTES:
                self._refuse(400, "The body is cut into too many or too long chunks.")

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._in_message, self._given_on, self._taken = True, False, 0
            self._wait_for_headers()

        def on_header(self, name: bytes, value: bytes) -> None:
            self._taken += len(name) + len(value)
            if len(self.headers) >= HEADERS or self._taken > HEADER_BYTES:
                self._unfit(
                    431, f"There are more than {HEADERS} headers, or more than {HEADER_BYTES >> 10} kB of them."
                )
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._stop("_header_timer")
            self._framing = 0
            self._check()
            super().on_headers_complete()
            self._given_on = True
            if self.parser.should_upgrade():
                self.cycle.keep_alive = False

        def on_body(self, body: bytes) -> None:
            self._framing -= len(body)
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._in_message = False
            self._idle_since = self.loop.time()
            super().on_message_complete()
            if self.cycle.response_complete and self.timeout_keep_alive_task is None:
                self.timeout_keep_alive_task = self.loop.call_later(
                    self.timeout_keep_alive, self.timeout_keep_alive_handler
                )

        def _check(self) -> None:
            """Refuse what a gateway in front could read otherwise (RFC 9112, 3.2, 6.1, 11.2)."""
            version, names = self.parser.get_http_version(), [name for name, _ in self.headers]
            coding = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
            if version not in ("1.0", "1.1"):
                self._unfit(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
            if names.count(b"host") > 1 or (version == "1.1" and b"host" not in names):
                self._unfit(400, "A request has one Host.")
            if coding and (coding != [b"chunked"] or version == "1.0" or b"content-length" in names):
                self._unfit(400, "The only Transfer-Encoding is chunked, without a Content-Length.")
            if self.parser.get_method() == b"CONNECT" or b"#" in self.url:
                self._unfit(400, "This address is none that is asked for here.")
            if len(self.pipeline) >= PIPELINED:
                self._unfit(400, f"At most {PIPELINED} requests are sent before their answers came.")

        def _unfit(self, status: int, sentence: str) -> None:
            self._refusal = (status, sentence)
            raise _Unfit

        def _unsupported_upgrade_warning(self) -> None:
            """Answered as an ordinary request, after which the connection ends."""

        def send_400_response(self, msg: str) -> None:
            del msg
            self._refuse(*self._refusal)

        def _refuse(self, status: int, sentence: str) -> None:
            """Answer, if nothing else is being answered, and end the connection."""
            count(str(status))
            self._stop("_header_timer")
            if self.transport.is_closing():
                return
            own = self._in_message and self._given_on and not self.pipeline and not self.cycle.response_started
            if not own and not self.cycle_is_done():  # an answer now would be taken for another request's
                self.transport.abort()
                return
            body = json.dumps({"error": sentence}).encode()
            head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + head + body)
            self.transport.close()

        # What goes out

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._idle_since = self.loop.time()
            if self._in_message and not self.transport.is_closing():
                self.loop.call_later(patience.rest_seconds, self._end_if_unfinished, self.cycle)
            if self._write_timer is None and self.transport.get_write_buffer_size():
                self._watch(self.transport.get_write_buffer_size() + 1)

        def pause_writing(self) -> None:
            super().pause_writing()
            if self._write_timer is None:
                self._watch(self.transport.get_write_buffer_size() + 1)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop("_header_timer")
            self._stop("_write_timer")
            super().connection_lost(exc)

        def _watch(self, before: int) -> None:
            """End the connection of a client that took nothing of its answer since the last look."""
            left = self.transport.get_write_buffer_size()
            if left >= before:
                count("slow reader")
                self.transport.abort()
                return
            self._write_timer = self.loop.call_later(patience.answer_seconds, self._watch, left) if left else None

        def _end_if_unfinished(self, cycle: Any) -> None:
            if self.cycle is cycle and self._in_message:
                count("unfinished body")
                self.transport.abort()

        # Time and room

        def _wait_for_headers(self) -> None:
            self._stop("_header_timer")
            self._header_bytes = 0
            self._header_timer = self.loop.call_later(patience.header_seconds, self._headers_too_slow)

        def _headers_too_slow(self) -> None:
            self._header_timer = None
            count("slow headers")
            self.transport.abort()

        def _stop(self, name: str) -> None:
            timer = getattr(self, name)
            if timer is not None:
                timer.cancel()
                setattr(self, name, None)

        def _make_room(self) -> None:
            """End the connection that has been without a whole request for longest; what is being answered stays."""
            idle = [one for one in self.connections if one is not self and one.cycle_is_done()]
            if idle:
                count("made room")
                oldest = min(idle, key=lambda one: one._idle_since)
                self.connections.discard(oldest)
                oldest.transport.abort()

        def cycle_is_done(self) -> bool:
            """Whether no request is being answered."""
            return self.cycle is None or bool(self.cycle.response_complete)

    return Protocol
