"""The HTTP face of one model, as an ASGI application: Open Inference Protocol v2, `/predict`, health and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from engine.serving import admin, protocol
from engine.serving.access import ADMIN, Access, Principal, clean_path
from engine.serving.errors import BadRequest, Refused, ServingError
from engine.serving.feedback import FeedbackBuffer
from engine.serving.intake import Intake
from engine.serving.metrics import Metrics
from engine.serving.predictor import Prediction, Predictor
from engine.serving.tables import columns_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json"
VERSION = "0.1.0"


@dataclass(frozen=True)
class Limits:
    """What one request may cost, and how many may wait."""

    body_bytes: int = 64 << 20
    all_bodies: int = 512 << 20
    pixels: int = 128_000_000
    rows: int = 4096
    body_seconds: float = 30
    waiting: int = 64
    workers: int = 2


@dataclass(frozen=True)
class Answer:
    """A response before it goes out."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class App:
    """Answers requests once `ready` was given a predictor; before that, and while draining, it says so."""

    def __init__(
        self, limits: Limits | None = None, feedback: FeedbackBuffer | None = None, access: Access | None = None
    ) -> None:
        self.limits = limits or Limits()
        self.access = access or Access()
        self.intake = Intake(self.limits.all_bodies)
        self.metrics = Metrics()
        self.draining = False
        self.busy = 0
        self._predictor: Predictor | None = None
        self._feedback = feedback
        self._pool = ThreadPoolExecutor(self.limits.workers, "predict")

    def ready(self, predictor: Predictor) -> None:
        """From now on requests are answered."""
        self._predictor = predictor
        self.metrics.gauge("lineside_ready", 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        path, principal = scope["path"], Principal()
        try:
            path = clean_path(scope)
            principal = self.access.check(scope, _headers(scope))
            with self.intake.watch(receive) as counted:
                if principal.scope == "admin" and path.startswith(ADMIN):
                    answer = await self._administer(principal, path, scope, counted)
                else:
                    answer = await self._route(scope["method"], path, scope, counted)
        except Refused as error:
            answer = _error(error, error.headers)
        except ServingError as error:
            answer = _error(error)
        except Exception as error:
            answer = Answer(
                json.dumps({"error": f"The server failed ({type(error).__name__}: {error})."}).encode(), 500
            )
        headers = [(b"content-type", answer.content_type.encode()), (b"content-length", b"%d" % len(answer.body))]
        headers += answer.headers
        if self.draining or answer.status in (408, 413):
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
        kind, seconds = _kind(path), time.perf_counter() - started
        self.access.done(principal, f"{scope['method']} {path}", answer.status, seconds * 1e3)
        self.metrics.count("lineside_requests_total", path=kind, status=str(answer.status))
        self.metrics.observe("lineside_request_seconds", seconds, path=kind)

    async def _route(self, method: str, path: str, scope: Scope, receive: Receive) -> Answer:
        if path == "/predict" or path.endswith("/infer"):
            if method != "POST":
                raise Refused(405, f"{path} takes POST.", (b"allow", b"POST"))
            predictor = self._loaded()
            if path == "/predict":
                return await self._predict(predictor, scope, receive)
            _check_model(path.removesuffix("/infer"), predictor)
            return await self._infer(predictor, scope, receive)
        if method not in ("GET", "HEAD"):
            raise Refused(405, f"{path} takes GET.", (b"allow", b"GET, HEAD"))
        return self._describe(path)

    async def _administer(self, principal: Principal, path: str, scope: Scope, receive: Receive) -> Answer:
        body = await self._body(_headers(scope), receive, admin.MOST_BODY) if scope["method"] == "POST" else b""
        status, document = admin.answer(
            self.access, principal, scope["method"], path, scope.get("query_string", b""), body
        )
        return Answer(_json(document).body, status)

    def _describe(self, path: str) -> Answer:
        if path in ("/v2/health/live", "/livez"):
            return _json({"live": True})
        if path in ("/v2/health/ready", "/readyz"):
            self._loaded(draining=True)
            return _json({"ready": True})
        if path == "/metrics":
            self.metrics.gauge("lineside_requests_in_flight", self.busy)
            self.metrics.gauge("lineside_open_to_network", self.access.open_to_network)
            return Answer(self.metrics.text().encode(), 200, "text/plain; version=0.0.4; charset=utf-8")
        if path == "/v2":
            return _json(protocol.server_metadata(VERSION))
        if path == "/":
            manifest = self._loaded().manifest
            what = "an image" if manifest.table is None else "rows as JSON"
            return _json({"model": manifest.to_json(), "predict": f"POST {what} to /predict", "protocol": "/v2"})
        if path.startswith("/v2/models/"):
            predictor = self._loaded()
            if path.endswith("/ready"):
                _check_model(path.removesuffix("/ready"), predictor)
                self._loaded(draining=True)
                return _json({"name": predictor.manifest.name, "ready": True})
            _check_model(path, predictor)
            return _json(protocol.model_metadata(predictor.manifest))
        raise Refused(404, f"There is nothing at {path}; see /v2, /predict, /metrics.")

    async def _predict(self, predictor: Predictor, scope: Scope, receive: Receive) -> Answer:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        threshold = _threshold(query)
        headers = _headers(scope)
        content_type = headers.get("content-type", "")
        body = await self._body(headers, receive)

        def work() -> Answer:
            if predictor.manifest.table is not None:
                return self._rows(predictor, body)
            image = _first_file(body, content_type) if content_type.startswith("multipart/form-data") else body
            prediction = predictor.predict(image, score_threshold=threshold, max_pixels=self.limits.pixels)
            self._observe(prediction.milliseconds)
            if self._feedback is not None:
                self._feedback.keep(image, prediction)
            return _json(prediction.to_json())

        return await self._run(work)

    async def _infer(self, predictor: Predictor, scope: Scope, receive: Receive) -> Answer:
        headers = _headers(scope)
        body = await self._body(headers, receive)

        def work() -> Answer:
            request = protocol.parse(body, headers.get("inference-header-content-length"), predictor.manifest)
            if request.tensor is not None:
                outputs: Mapping[str, protocol.Array] = predictor.infer(request.tensor)
            elif request.columns:
                outputs = protocol.finished_outputs(self._told(predictor, request.columns))
            else:
                images = request.files or request.pixels
                predictions = [predictor.predict(image, max_pixels=self.limits.pixels) for image in images]
                for prediction in predictions:
                    self._observe(prediction.milliseconds)
                outputs = protocol.finished_outputs(predictions)
            content, json_length = protocol.answer(request, predictor.manifest, outputs)
            if json_length is None:
                return Answer(content)
            extra = ((b"inference-header-content-length", b"%d" % json_length),)
            return Answer(content, 200, "application/octet-stream", extra)

        return await self._run(work)

    def _rows(self, predictor: Predictor, body: bytes) -> Answer:
        """One answer for one row, a list of them for several."""
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"The body is not valid JSON ({error}); send the rows of a table.") from error
        told = [prediction.to_json() for prediction in self._told(predictor, columns_of(document))]
        alone = isinstance(document, dict) and not any(isinstance(value, list) for value in document.values())
        return _json(told[0] if alone else {"predictions": told})

    def _told(self, predictor: Predictor, columns: Mapping[str, Sequence[Any]]) -> list[Prediction]:
        most = self.limits.rows
        if any(len(values) > most for values in columns.values()):
            raise BadRequest(f"At most {most} rows are answered at once.")
        predictions = predictor.predict_rows(columns)
        for prediction in predictions[:1]:
            self._observe(prediction.milliseconds)
        return predictions

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        """Do the work in a thread; where too much waits already, say so at once instead of letting it pile up."""
        if self.busy >= self.limits.workers + self.limits.waiting:
            self.metrics.count("lineside_rejected_total")
            raise Refused(429, "The server is busy; try again in a second.", (b"retry-after", b"1"))
        self.busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self.busy -= 1

    async def _body(self, headers: Mapping[str, str], receive: Receive, most: int | None = None) -> bytes:
        limit = most or self.limits.body_bytes
        if headers.get("content-encoding", "identity") != "identity":
            raise Refused(415, "Compressed bodies are not accepted; send the body as it is.")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > limit:
            await _discard(receive)
            raise Refused(413, f"The body has {int(length)} bytes; at most {limit} are accepted.")
        first = await receive()
        if not first.get("more_body"):
            body: bytes = first.get("body", b"")
        else:
            try:
                async with asyncio.timeout(self.limits.body_seconds):
                    body = await _rest(first.get("body", b""), receive, limit)
            except TimeoutError as error:
                raise Refused(408, f"The body did not arrive within {self.limits.body_seconds:g} seconds.") from error
        if not body:
            raise BadRequest(
                "The body is empty; send what the model answers, or tensors as the Open Inference Protocol says."
            )
        return body

    def _loaded(self, *, draining: bool = False) -> Predictor:
        if self._predictor is None:
            raise Refused(503, "The model is being loaded; try again in a second.", (b"retry-after", b"1"))
        if draining and self.draining:
            raise Refused(503, "The server is about to stop.")
        return self._predictor

    def _observe(self, milliseconds: Mapping[str, float]) -> None:
        for step, value in milliseconds.items():
            self.metrics.observe("lineside_step_seconds", value / 1e3, step=step)


async def _rest(first: bytes, receive: Receive, limit: int) -> bytes:
    parts, size = [first], len(first)
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


def _json(document: Mapping[str, Any]) -> Answer:
    return Answer(json.dumps(document, ensure_ascii=False).encode())


def _error(error: ServingError, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    return Answer(json.dumps({"error": str(error)}, ensure_ascii=False).encode(), error.status, JSON, headers)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _check_model(path: str, predictor: Predictor) -> None:
    """`path` is /v2/models/NAME or /v2/models/NAME/versions/NUMBER of the model that is served."""
    manifest = predictor.manifest
    name, _, version = path.removeprefix("/v2/models/").partition("/versions/")
    if name != manifest.name:
        raise Refused(404, f"There is no model “{name}” here; it is “{manifest.name}”.")
    if version and version != str(manifest.number):
        raise Refused(404, f"There is no version {version} of “{name}” here; it is {manifest.number}.")


def _threshold(query: Mapping[str, list[str]]) -> float | None:
    given = query.get("score_threshold")
    if given is None:
        return None
    try:
        value = float(given[0])
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise BadRequest(f"score_threshold is a number from 0 to 1, not “{given[0]}”.")
    return value


def _first_file(body: bytes, content_type: str) -> bytes:
    """The content of the first file (else the first part) of a multipart/form-data body."""
    _, found, boundary = content_type.partition("boundary=")
    boundary = boundary.partition(";")[0].strip().strip('"')
    if not found or not 1 <= len(boundary) <= 70:
        raise BadRequest("The multipart body has no boundary.")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"), 100)[1:]
    candidates = [part.partition(b"\r\n\r\n") for part in parts if part.startswith(b"\r\n")]
    for head, _, content in candidates:
        if b"filename=" in head.lower():
            return content
    if candidates:
        return candidates[0][2]
    raise BadRequest("The multipart body holds no file.")


def _kind(path: str) -> str:
    """A path for the metrics: few values, whatever is asked for."""
    if path.startswith("/v2/models/"):
        return "infer" if path.endswith("/infer") else "model"
    return path.strip("/").replace("/", "_") if path in ("/predict", "/metrics", "/v2/health/ready") else "other"
