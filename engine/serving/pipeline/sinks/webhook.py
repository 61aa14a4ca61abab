"""Results to a web service: one POST of JSON for each picture, with an id by which the service knows a second try."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import TEXTS, setting
from engine.serving.pipeline.sinks import Image, Undeliverable
from engine.serving.pipeline.sinks.wire import TIMEOUT_S
from engine.serving.pipeline.verdicts import VERDICTS

AGAIN = (401, 403, 404, 405, 408, 425, 429)
"""Refusals that a person, or time, can mend; other ones of 4xx are about this record."""
URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?(/[!-~]*)?")


@dataclass(frozen=True)
class WebhookSettings:
    """Settings of a web service.

    Attributes:
        token: the name of a secret, which is sent as `Authorization: Bearer …`.
        ca: file with the certificates that are trusted; empty: the machine's.
    """

    name: str = setting(kind="name")
    url: str = setting()
    token: str = setting("", kind="name")
    ca: str = setting("", kind="path")
    only: tuple[str, ...] = setting(VERDICTS, kind=TEXTS, one_of=VERDICTS)

    wants_images = False
    secret = property(lambda self: self.token)

    def __post_init__(self) -> None:
        if not URL.fullmatch(self.url):
            raise ValueError("url: it is http://HOST/PATH or https://HOST/PATH, without a user or a password")

    def open(self, secret: str) -> Webhook:
        """Connects with the first record."""
        return Webhook(self, secret)


class Webhook:
    """One connection, kept open; redirections are not followed."""

    batch = 1

    def __init__(self, settings: WebhookSettings, token: str) -> None:
        parts = urlsplit(settings.url)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._where = f"{parts.scheme}://{parts.netloc}"
        self._headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=settings.ca or None)
            self._connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_S, context=context)
        else:
            self._connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)

    def deliver(self, records: Sequence[Record], image: Image) -> int:
        """Post one record."""
        del image
        for record in records:
            self._post(record)
        return 0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _post(self, record: Record) -> None:
        body = json.dumps(record.told(), ensure_ascii=True).encode()
        try:
            self._connection.request("POST", self._path, body, {**self._headers, "Idempotency-Key": record.id})
            answer = self._connection.getresponse()
            said = answer.read(64 << 10)[:200].decode("utf-8", "replace").strip()
        except http.client.HTTPException as error:
            raise ConnectionError(f"{self._where} does not answer as HTTP does ({type(error).__name__})") from error
        if answer.will_close or not answer.isclosed():
            with contextlib.suppress(OSError):
                self._connection.close()
        if 200 <= answer.status < 300:
            return
        shown = "".join(letter if letter.isprintable() else " " for letter in said)
        if 400 <= answer.status < 500 and answer.status not in AGAIN:
            raise Undeliverable(f"{self._where} refuses {record.name!r} with {answer.status}: {shown}")
        raise OSError(f"{self._where} answers {answer.status}: {shown}")
