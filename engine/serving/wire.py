"""One call as it came in, and the answer before it goes out."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from engine.serving.errors import BadRequest, ServingError

Scope = MutableMapping[str, Any]
JSON = "application/json"
_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_KNOWN = {
    "/predict": "predict", "/metrics": "metrics", "/v2/health/ready": "v2_health_ready", "/feedback": "feedback",
    "/pipeline": "pipeline",
    "/pipeline/images": "pipeline_images",
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """A response before it goes out."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass
class Call:
    """A request without its body; `path` is set once it was found clean, `model` and `version` are filled in once it is known who answers."""

    method: str
    path: str
    headers: Mapping[str, str]
    query_string: str
    id: str
    started: float = field(default_factory=time.perf_counter)
    received: int = 0  # bytes
    arrived: float = 0.0  # when all of it was there, on the clock of `started`
    model: str = ""
    version: str = ""
    key: str = ""  # id of the key that asks
    keep: bool = True  # whether what is asked may be kept as feedback

    @staticmethod
    def of(scope: Scope) -> Call:
        """Of an ASGI scope; its id is the caller's where that is well-formed, else a new one."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        return Call(
            scope["method"],
            scope["path"],
            headers,
            scope.get("query_string", b"").decode("utf-8", "replace"),
            given if _ID.fullmatch(given) else os.urandom(8).hex(),
        )

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The first value of each."""
        return {name: values[0] for name, values in parse_qs(self.query_string).items()}

    @property
    def kind(self) -> str:
        """The path for metrics and logs: few values, whatever is asked for."""
        if self.path.startswith("/v2/models/"):
            return "infer" if self.path.endswith("/infer") else "model"
        if self.path.startswith("/v2/repository/"):
            return "repository"
        return _KNOWN.get(self.path, "other")

    def number(self, name: str, most: float = 1) -> float | None:
        """A number of the query, from 0 to `most`; None where it is not given.

        Raises:
            BadRequest: it is none.
        """
        text = self.query.get(name)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = -1
        if not 0 <= value <= most:
            raise BadRequest(f"{name} is a number from 0 to {most:g}, not “{text}”.")
        return value

    @property
    def deadline(self) -> float | None:
        """By when the work is to be begun, on the clock of `started`; None: whenever.

        Raises:
            BadRequest: the header X-Request-Timeout-Ms is no number above 0.
        """
        text = self.headers.get("x-request-timeout-ms")
        if text is None:
            return None
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text) or not float(text):
            raise BadRequest(f"X-Request-Timeout-Ms is a number of milliseconds above 0, not “{text}”.")
        return self.started + float(text) / 1e3


def told(document: Mapping[str, Any] | Sequence[Any]) -> Answer:
    """As JSON."""
    return Answer(json.dumps(document, ensure_ascii=False).encode())


def refusal(error: ServingError, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    """The sentence of an error, with its status."""
    return Answer(json.dumps({"error": str(error)}, ensure_ascii=False).encode(), error.status, JSON, headers)
