"""Bounds what the bodies of all requests together hold in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from engine.serving.errors import Refused

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Intake:
    """Counts bodies from their first byte until they are answered; one alone may always be as large as it may be."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0

    @contextlib.contextmanager
    def watch(self, receive: Receive) -> Iterator[Receive]:
        """A `receive` of ASGI that counts; it raises Refused where too much is held already."""
        mine = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal mine
            message = await receive()
            size = len(message.get("body", b""))
            if mine < self.held and self.held + size > self.most:
                raise Refused(503, "The server holds as much as it can; try again in a second.", (b"retry-after", b"1"))
            mine += size
            self.held += size
            return message

        try:
            yield counted
        finally:
            self.held -= mine
