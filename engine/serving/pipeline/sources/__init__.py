"""Where pictures come from. A kind of source is a dataclass of its settings whose `open` gives what `take` is asked of."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image

from engine.serving.images import Pixels
from engine.serving.pipeline.journal import Record


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        name: for people; may be anything.
        key: by which the source's picture is known again after a kill; empty where it can never come twice.
        content: bytes of an image file, or pixels (H, W, 3) uint8 RGB.
        problem: why there is no content.
        at: when it was taken (epoch seconds).
    """

    name: str
    key: str
    content: bytes | Pixels
    problem: str = ""
    at: float = field(default_factory=time.time)


class Source(Protocol):
    """Used by one thread. What fails raises OSError; it is told, and tried again."""

    dropped: int
    """Pictures that came too fast and were left out."""

    def take(self, timeout: float) -> Picture | None:
        """The next picture; None where none came in so many seconds."""

    def done(self, picture: Picture, record: Record) -> None:
        """It is written down and need not be given again."""

    def owns(self, key: str) -> bool:
        """Whether the picture of a key, though done, could be given again."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing more is there now, nor about to be."""

    def close(self) -> None:
        """Let go of it."""


def as_file(content: bytes | Pixels) -> bytes:
    """Bytes of an image file; pixels as a PNG."""
    if isinstance(content, bytes):
        return content
    file = io.BytesIO()
    Image.fromarray(content).save(file, "PNG", compress_level=1)
    return file.getvalue()
