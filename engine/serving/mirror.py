"""Sends copies of requests to another release, compares the answers and counts; nobody is ever given the copy's answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import threading
from typing import Any
from urllib.parse import urlsplit

from engine.serving.agreement import agreed
from engine.serving.bodies import first_file
from engine.serving.errors import BadRequest
from engine.serving.feedback import Feedback
from engine.serving.metrics import Metrics

WAITING = 32
MOST_BYTES = 64 << 20  # of copies that wait, together
TIMEOUT_S = 10.0
KEPT = (b"content-type", b"inference-header-content-length", b"authorization", b"x-api-key", b"x-request-id")


class Mirror:
    """An ASGI application around another: it answers as before, and copies go to `to` beside it.

    A queue of at most WAITING copies; what does not fit is dropped. Counts: `lineside_mirrored_total{result}` (compared,
    failed, dropped), `lineside_compared_images_total`, `lineside_disagreement_total` (the sum of 1 − agreement).
    """

    def __init__(self, app: Any, metrics: Metrics, to: str, feedback: Feedback | None = None) -> None:
        """`feedback`: is offered images of which the other release says something else."""
        self.app, self.metrics, self._feedback = app, metrics, feedback
        parts = urlsplit(to)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._waiting: queue.Queue[tuple[str, dict[str, str], bytes, bytes, bool]] = queue.Queue(WAITING)
        self._bytes = 0
        threading.Thread(target=self._send_all, name="mirror", daemon=True).start()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, answered by the application."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "POST" or not (path == "/predict" or path.endswith("/infer")):
            await self.app(scope, receive, send)
            return
        body, answer, status = bytearray(), bytearray(), 0

        async def receiving() -> Any:
            message = await receive()
            if len(body) <= MOST_BYTES:
                body.extend(message.get("body", b""))
            return message

        async def sending(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            answer.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, receiving, sending)
        if status == 200:
            copied = _kept(scope["headers"])
            self.offer(_target(scope), copied, bytes(body), bytes(answer), keep=scope.get("keep", True))

    def offer(self, target: str, headers: dict[str, str], body: bytes, answer: bytes, *, keep: bool = False) -> None:
        """Queue one copy, or drop it; `keep`: whether its image may be kept as feedback."""
        if len(body) + self._bytes > MOST_BYTES:
            self.metrics.count("lineside_mirrored_total", result="dropped")
            return
        try:
            self._waiting.put_nowait((target, headers, body, answer, keep))
            self._bytes += len(body)
        except queue.Full:
            self.metrics.count("lineside_mirrored_total", result="dropped")

    def _send_all(self) -> None:
        connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT_S)
        while True:
            target, headers, body, answer, keep = self._waiting.get()
            self._bytes -= len(body)
            try:
                connection.request("POST", target, body, headers)
                response = connection.getresponse()
                other = response.read()
                agreed = _agreed(answer, other) if response.status == 200 else None
            except (OSError, http.client.HTTPException):
                connection.close()
                agreed = None
            with contextlib.suppress(Exception):
                self._count(agreed)
                if agreed is not None and keep and target.startswith("/predict"):
                    self._differs(body, headers.get("content-type", ""), answer, other, agreed)

    def _differs(self, body: bytes, kind: str, answer: bytes, other: bytes, agreed: float) -> None:
        said, instead = json.loads(answer), json.loads(other)
        if self._feedback is not None and "image" in said:
            with contextlib.suppress(BadRequest):
                self._feedback.differs(first_file(body, kind), said, instead, agreed)

    def _count(self, agreed: float | None) -> None:
        self.metrics.count("lineside_mirrored_total", result="failed" if agreed is None else "compared")
        if agreed is not None:
            self.metrics.count("lineside_compared_images_total")
            self.metrics.count("lineside_disagreement_total", 1 - agreed)


def _agreed(one: bytes, other: bytes) -> float:
    try:
        return agreed(json.loads(one), json.loads(other))
    except ValueError:
        return float(one == other)


def _target(scope: Any) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
    return f"{path}?{query}" if query else path


def _kept(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name in KEPT}
