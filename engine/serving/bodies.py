"""The body of a request: read within limits of size and time, decompressed where that is allowed, taken apart."""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from engine.serving.errors import BadRequest, Refused
from engine.serving.wire import Call

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
MOST_PARTS = 100  # of a multipart body
_CODINGS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


@dataclass(frozen=True)
class Limits:
    """What one request may cost, and how many may wait."""

    body_bytes: int = 64 << 20
    all_bodies: int = 512 << 20  # of all requests together
    pixels: int = 128_000_000
    rows: int = 4096
    body_seconds: float = 30
    waiting: int = 64
    workers: int = 2


async def read_body(
    call: Call,
    receive: Receive,
    limits: Limits,
    *,
    compressed: bool = False,
    empty: bool = False,
    most: int | None = None,
) -> bytes:
    """The whole body.

    Args:
        compressed: whether gzip and deflate are taken, too.
        empty: whether there need not be any.
        most: bytes, instead of the limit.

    Raises:
        Refused: it is too large, too slow, or compressed where it must not be.
        BadRequest: it is empty, cut off or damaged.
    """
    limit, coding = most or limits.body_bytes, call.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity" and not (compressed and coding in _CODINGS):
        raise Refused(415, "Compressed bodies are not accepted; send the body as it is.")
    length = call.headers.get("content-length", "0")
    if length.isdigit() and int(length) > limit:
        await _discard(receive)
        raise Refused(413, f"The body has {int(length)} bytes; at most {limit} are accepted.")
    try:
        async with asyncio.timeout(limits.body_seconds):  # from the first byte on: it may never come either
            body = await _whole(receive, limit)
    except TimeoutError as error:
        raise Refused(408, f"The body did not arrive within {limits.body_seconds:g} seconds.") from error
    call.received, call.arrived = len(body), time.perf_counter()
    if not body and not empty:
        raise BadRequest(
            "The body is empty; send what the model answers, or tensors as the Open Inference Protocol says."
        )
    return body if coding == "identity" else _inflated(body, coding, limit)


def first_file(body: bytes, content_type: str) -> bytes:
    """The content of the first file (else the first part) of a multipart/form-data body; another body as it is.

    Raises:
        BadRequest: there is none.
    """
    if not content_type.startswith("multipart/form-data"):
        return body
    _, found, boundary = content_type.partition("boundary=")
    boundary = boundary.partition(";")[0].strip().strip('"')
    if not found or not 1 <= len(boundary) <= 70:
        raise BadRequest("The multipart body has no boundary.")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"), MOST_PARTS)[1:]
    candidates = [part.partition(b"\r\n\r\n") for part in parts if part.startswith(b"\r\n")]
    for head, _, content in candidates:
        if b"filename=" in head.lower():
            return content
    if candidates:
        return candidates[0][2]
    raise BadRequest("The multipart body holds no file.")


def _inflated(body: bytes, coding: str, limit: int) -> bytes:
    """Never more than the limit, however small it was sent."""
    stream = zlib.decompressobj(_CODINGS[coding])
    try:
        whole = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadRequest(f"The body is not {coding} ({error}).") from error
    if len(whole) > limit:
        raise Refused(413, f"The body has more than {limit} bytes when it is unpacked, which are not accepted.")
    if not stream.eof or stream.unused_data:
        raise BadRequest(f"The body is cut off, or more than {coding}.")
    return whole


async def _whole(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection was closed before the body was complete.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            await _discard(receive)
            raise Refused(413, f"The body has more than {limit} bytes, which are not accepted.")
        if not message.get("more_body"):
            return b"".join(parts)


async def _discard(receive: Receive, seconds: float = 2) -> None:
    """Let the client finish sending for a while: most read the answer only then, and see a cut connection otherwise."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive()).get("more_body"):
                pass
