"""Pictures that a camera gives by HTTP: its snapshot, fetched at an interval."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO, Any

from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import setting
from engine.serving.pipeline.sources import Picture

URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?(/[!-~]*)?")
MOST_BYTES = 64 << 20
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class FetchedSettings:
    """Settings of a camera's snapshots.

    Attributes:
        interval: seconds from one picture to the next.
    """

    url: str = setting()
    interval: float = setting(1.0, least=0.02, most=86_400)

    def __post_init__(self) -> None:
        if not URL.fullmatch(self.url):
            raise ValueError("url: it is http://HOST/PATH or https://HOST/PATH, without a user or a password")

    def open(self) -> Fetched:
        """Asks with the first picture."""
        return Fetched(self)


class Fetched:
    """Fetches where it is asked; what was missed meanwhile is counted."""

    def __init__(self, settings: FetchedSettings) -> None:
        self.settings, self.dropped = settings, 0
        self._due, self._number = time.monotonic(), 0
        self._opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))

    def take(self, timeout: float) -> Picture | None:
        """The picture of now, once it is time."""
        left = self._due - time.monotonic()
        if left > timeout:
            time.sleep(timeout)
            return None
        time.sleep(max(0.0, left))
        late = int(max(0.0, -left) / self.settings.interval)
        self.dropped += late
        self._due += (late + 1) * self.settings.interval
        at = time.time()
        try:
            with self._opener.open(self.settings.url, timeout=TIMEOUT_S) as answer:
                content: bytes = answer.read(MOST_BYTES + 1)
        except (urllib.error.URLError, HTTPException, ValueError) as error:
            raise OSError(f"{self.settings.url} gives no picture: {getattr(error, 'reason', error)}") from error
        if len(content) > MOST_BYTES:
            raise OSError(f"{self.settings.url} gives more than {MOST_BYTES >> 20} MB.")
        self._number += 1
        return Picture(f"snapshot {self._number}", "", content, at=at)

    def done(self, picture: Picture, record: Record) -> None:
        """Nothing is put away."""

    def owns(self, key: str) -> bool:
        """None comes twice."""
        del key
        return False

    @property
    def exhausted(self) -> bool:
        """A camera never is."""
        return False

    def close(self) -> None:
        """Nothing is held."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A camera does not lead elsewhere."""

    def redirect_request(self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> None:
        """Then the answer is an error."""
