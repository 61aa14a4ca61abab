"""Where results go. A kind of sink is a dataclass of its settings whose `open` gives what records are delivered to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.serving.pipeline.journal import Record

Image = Callable[[Record], bytes]


class Undeliverable(Exception):
    """The receiver will never take this record; the others may still be delivered."""


class Sink(Protocol):
    """Used by one thread. What fails raises OSError: it is told, and the same records come again, after `open`."""

    batch: int
    """Records that are delivered at once, at most."""

    def deliver(self, records: Sequence[Record], image: Image) -> int:
        """They are where they should be when this returns, but for as many as it says, which came too late.

        Raises:
            OSError: not all are; those that were may come again.
            Undeliverable: of a sink that takes one at a time.
        """

    def close(self) -> None:
        """Let go of it."""
