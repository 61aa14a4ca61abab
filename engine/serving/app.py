"""The HTTP face of the models, as an ASGI application: Open Inference Protocol v2, `/predict`, `/try`, health and metrics."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from engine.serving import admin, pages, protocol
from engine.serving.access import ADMIN, Access, Principal, clean_path
from engine.serving.bodies import Limits, Receive, first_file, read_body
from engine.serving.errors import BadRequest, Refused, ServingError, expect
from engine.serving.feedback import Feedback, said_of
from engine.serving.images import Pixels
from engine.serving.intake import Intake
from engine.serving.logs import log
from engine.serving.metrics import Metrics
from engine.serving.models import Models, Served
from engine.serving.openapi import described
from engine.serving.pipeline.line import Line
from engine.serving.predictor import Prediction
from engine.serving.tables import columns_of
from engine.serving.tensors import Array
from engine.serving.told import listener
from engine.serving.wire import Answer, Call, Scope, refusal, told

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Work = Callable[[float], tuple[Answer, int, Mapping[str, float]]]  # seconds in the queue → answer, images, milliseconds

VERSION = "0.1.0"
POSTED = re.compile(
    r"/predict|/feedback|/pipeline/images|/v2/models/.+/infer|/v2/repository/(index|models/.+/(load|unload))"
)
MODEL = re.compile(
    r"/v2/models/(?P<name>.+?)(?:/versions/(?P<version>[^/]+))?(?:/(?P<what>infer|ready|config|stats|trace/setting))?"
)
REPOSITORY = re.compile(r"/v2/repository/models/(?P<name>.+)/(?P<what>load|unload)")
NOT_OFFERED = {
    "/v2/systemsharedmemory": "Shared memory is", "/v2/cudasharedmemory": "Shared memory is",
    "/v2/trace": "Tracing is", "/v2/logging": "Changing the log is",
}  # fmt: skip
QUIET = ("metrics", "v2_health_ready", "other")  # what is asked for again and again; logged where it fails only


class App:
    """Answers requests once `models` has some; before that, and while draining, it says so."""

    def __init__(
        self,
        models: Models,
        limits: Limits | None = None,
        logged: str = "errors",
        access: Access | None = None,
    ) -> None:
        """`logged`: which requests are: all, errors or none."""
        self.models = models
        self.limits = limits or Limits()
        self.access = access or Access()
        self.intake = Intake(self.limits.all_bodies)
        self.metrics = Metrics()
        self.draining = False
        self.busy = 0
        self.line: Line | None = None  # the pipeline that runs beside the requests, where there is one
        self.feedback: Feedback | None = None  # which keeps images and what is said of them, where one is set
        self.asked = time.monotonic()  # when the last request came
        self._pace = 0.0  # seconds that one request keeps a worker
        self._logged = logged
        self._pool = ThreadPoolExecutor(self.limits.workers, "predict")
        models.watch(self._listen)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        call, principal = Call.of(scope), Principal()
        self.asked = time.monotonic()
        try:
            call.path = clean_path(scope)
            self.access.model = self.models.answering
            principal = self.access.check(scope, call.headers)
            call.key, call.keep = principal.key, principal.keep
            scope["keep"] = principal.keep
            with self.intake.watch(receive) as counted:
                administers = principal.scope == "admin" and call.path.startswith(ADMIN)
                answer = await (
                    self._administer(call, principal, counted) if administers else self._route(call, counted)
                )
        except Refused as error:
            answer = refusal(error, error.headers)
        except ServingError as error:
            answer = refusal(error)
        except Exception as error:
            log.exception("%s failed", call.kind, extra={"fields": {"id": call.id}})
            message = f"The server failed ({type(error).__name__}: {error})."
            answer = Answer(json.dumps({"error": message}).encode(), 500)
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", b"%d" % len(answer.body)),
            (b"x-request-id", call.id.encode()),
            *answer.headers,
        ]
        if self.draining or answer.status in (408, 413):
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else answer.body})
        self._count(call, answer)
        spent = 1e3 * (time.perf_counter() - call.started)
        self.access.done(principal, f"{call.method} {call.path}", answer.status, spent)

    async def _route(self, call: Call, receive: Receive) -> Answer:
        path, method = call.path, call.method
        for start, what in NOT_OFFERED.items():
            if path.startswith(start) or (start == "/v2/trace" and path.endswith("/trace/setting")):
                raise Refused(501, f"{what} not offered by this server.")
        if POSTED.fullmatch(path):
            if method != "POST":
                raise Refused(405, f"{path} takes POST.", (b"allow", b"POST"))
            return await self._posted(call, receive)
        if method not in ("GET", "HEAD"):
            raise Refused(405, f"{path} takes GET.", (b"allow", b"GET, HEAD"))
        return self._describe(call)

    async def _administer(self, call: Call, principal: Principal, receive: Receive) -> Answer:
        posted = call.method == "POST"
        body = await read_body(call, receive, self.limits, empty=True, most=admin.MOST_BODY) if posted else b""
        query = call.query_string.encode()
        status, document = admin.answer(self.access, principal, call.method, call.path, query, body)
        return Answer(told(document).body, status)

    async def _posted(self, call: Call, receive: Receive) -> Answer:
        if call.path.startswith("/v2/repository/"):
            return await self._repository(call, receive)
        if call.path == "/predict":
            return await self._predict(call, receive)
        if call.path == "/feedback":
            return await self._judged(call, receive)
        if call.path == "/pipeline/images":
            return await self._taken(call, receive)
        return await self._infer(call, receive)

    def _describe(self, call: Call) -> Answer:
        path = call.path
        if path in ("/v2/health/live", "/livez"):
            return told({"live": True})
        if path in ("/v2/health/ready", "/readyz"):
            self._ready()
            return told({"ready": True})
        if path == "/metrics":
            return self._measured()
        if path == "/v2":
            return told(protocol.server_metadata(VERSION))
        if path == "/":
            return self._front(call)
        if path == "/pipeline":
            return told(self._line().status())
        if path == "/openapi.json":
            return told(self._openapi())
        if path == "/docs":
            return pages.documented(self._openapi())
        if (page := pages.STATIC.get(path)) is not None:
            return page.answer()
        if path == "/v2/models/stats":
            return told({"model_stats": [_statistics(one) for one in self.models]})
        if match := MODEL.fullmatch(path):
            return self._model(call, match["name"], match["version"] or "", match["what"] or "")
        raise Refused(404, f"There is nothing at {path}; see /v2, /predict, /metrics, /docs, /try.")

    def _model(self, call: Call, name: str, version: str, what: str) -> Answer:
        served = self._found(call, name, version)
        if what == "ready":
            self._ready()
            return told({"name": served.name, "ready": True})
        if what == "config":
            return told(protocol.model_config(served.manifest))
        if what == "stats":
            numbers = [int(served.version)] if version else self.models.versions(name)
            return told({"model_stats": [_statistics(self.models.find(name, str(number))) for number in numbers]})
        return told(protocol.model_metadata(served.manifest, self.models.versions(served.name)))

    def _front(self, call: Call) -> Answer:
        default = self.models.find()
        asked = self.models.find(call.query.get("model", ""), call.query.get("version", ""))
        what = "an image" if asked.manifest.table is None else "rows as JSON"
        versions = [{"name": one.name, "version": one.version, "default": one is default} for one in self.models]
        return told(
            {
                "model": asked.manifest.to_json(), "predict": f"POST {what} to /predict", "protocol": "/v2",
                "try": "/try", "docs": "/docs", "models": versions, "feedback": self._keeps,
            }
        )  # fmt: skip

    def _line(self) -> Line:
        if self.line is None:
            raise Refused(
                404, "No pipeline runs here; give a release one with: lineside deploy ARTIFACT TARGET --pipeline FILE"
            )
        return self.line

    def _openapi(self) -> dict[str, Any]:
        return described(
            list(self.models), self.models.find(), VERSION, feedback=self._keeps, pipeline=self.line is not None
        )

    @property
    def _keeps(self) -> bool:
        """Whether anything may be kept as feedback."""
        return self.feedback is not None and self.feedback.rules is not None

    async def _predict(self, call: Call, receive: Receive) -> Answer:
        served = self._found(call, call.query.get("model", ""), call.query.get("version", ""))
        threshold, mapped = call.number("score_threshold"), call.query.get("map") in ("1", "true")
        body = await read_body(call, receive, self.limits)

        def work(_queued: float) -> tuple[Answer, int, Mapping[str, float]]:
            if served.manifest.table is not None:
                return self._rows(served, body)
            image = first_file(body, call.headers.get("content-type", ""))
            prediction = served.predictor.predict(image, score_threshold=threshold, max_pixels=self.limits.pixels)
            self._observe(prediction.milliseconds)
            self._keep(call, image, prediction)
            document = prediction.to_json()
            if mapped and prediction.heat is not None:
                document["map"] = _map(prediction.heat)
            return told(document), 1, prediction.milliseconds

        return await self._run(call, served, work)

    async def _judged(self, call: Call, receive: Receive) -> Answer:
        """What a person says of an answer: the image is looked at once more and kept with it."""
        feedback = self.feedback
        if feedback is None or not self._keeps:
            raise Refused(404, "No feedback is kept here; let it be: lineside feedback keep TARGET")
        if not call.keep:
            raise Refused(403, f"What the key {call.key} asks is not to be kept, so neither is its feedback.")
        served = self._found(call, call.query.get("model", ""), call.query.get("version", ""))
        expect(served.manifest.table is None, "Feedback is an image; this model answers rows of a table.")
        said = said_of(call.query, call.key)
        body = await read_body(call, receive, self.limits)

        def work(_queued: float) -> tuple[Answer, int, Mapping[str, float]]:
            image = first_file(body, call.headers.get("content-type", ""))
            prediction = served.predictor.predict(image, max_pixels=self.limits.pixels)
            if not feedback.correct(image, prediction, said):
                raise Refused(
                    507, "The image could not be kept: the folder for feedback is too small, full or too slow."
                )
            return told({"kept": True}), 1, prediction.milliseconds

        return await self._run(call, served, work)

    async def _taken(self, call: Call, receive: Receive) -> Answer:
        """An image for the pipeline: answered with its verdict, which is on disk by then."""
        line = self._line()
        image = first_file(await read_body(call, receive, self.limits), call.headers.get("content-type", ""))
        future = line.offer(call.query.get("name", "posted"), call.query.get("id", ""), image)
        return told((await asyncio.wrap_future(future)).told())

    async def _infer(self, call: Call, receive: Receive) -> Answer:
        match = MODEL.fullmatch(call.path)
        assert match is not None
        served = self._found(call, match["name"], match["version"] or "")
        predictor = served.predictor
        body = await read_body(call, receive, self.limits, compressed=True)

        def work(queued: float) -> tuple[Answer, int, Mapping[str, float]]:
            header_length = call.headers.get("inference-header-content-length")
            request = protocol.parse(body, header_length, served.manifest)
            if request.seconds is not None and time.perf_counter() - call.started > request.seconds:
                raise self._late(queued)
            if request.tensor is not None:
                began = time.perf_counter()
                outputs: Mapping[str, Array] = predictor.infer(request.tensor)
                images, laps = len(request.tensor), [{"infer": 1e3 * (time.perf_counter() - began)}]
            else:
                predictions = self._answered(call, served, request)
                images, laps = len(predictions), [one.milliseconds for one in predictions]
                outputs = protocol.finished_outputs(predictions)
            content, json_length = protocol.answer(request, served.manifest, outputs)
            spent = laps[0] if request.columns or len(laps) == 1 else _summed(laps)
            if json_length is None:
                return Answer(content), images, spent
            extra = ((b"inference-header-content-length", b"%d" % json_length),)
            return Answer(content, 200, "application/octet-stream", extra), images, spent

        return await self._run(call, served, work)

    def _answered(self, call: Call, served: Served, request: protocol.InferRequest) -> list[Prediction]:
        """Finished answers for the images or rows of a request."""
        if request.columns:
            return self._told(served, request.columns)
        images: Sequence[bytes | Pixels] = request.files or request.pixels
        predictions = [
            served.predictor.predict(image, score_threshold=request.threshold, max_pixels=self.limits.pixels)
            for image in images
        ]
        for image, prediction in zip(images, predictions, strict=True):
            self._observe(prediction.milliseconds)
            self._keep(call, image, prediction)
        return predictions

    def _keep(self, call: Call, image: bytes | Pixels, prediction: Prediction) -> None:
        if self.feedback is not None and call.keep:
            self.feedback.offer(image, prediction)

    async def _repository(self, call: Call, receive: Receive) -> Answer:
        """The model repository extension; `load` and `unload` take the parameters `version` and `default`, too."""
        body = await read_body(call, receive, self.limits, empty=True)
        try:
            document = json.loads(body) if body else {}
            parameters = document.get("parameters") or {}
        except (ValueError, RecursionError, AttributeError) as error:
            raise BadRequest(f"The body is not a JSON object ({error}).") from error
        if call.path == "/v2/repository/index":
            return told(await asyncio.to_thread(self.models.index, ready=document.get("ready") is True))
        match = REPOSITORY.fullmatch(call.path)
        assert match is not None
        version = str(parameters.get("version", ""))
        expect(not version or version.isdigit(), f"“version” is a whole number, not “{version}”.")
        number = int(version) if version else None
        expect(
            "config" not in parameters and not any(name.startswith("file:") for name in parameters),
            "A model is loaded as it lies in the folder of models; its files and configuration are not taken from requests.",
        )
        if match["what"] == "unload":
            self.models.unload(match["name"], number)
        else:
            default = parameters.get("default") is True
            await asyncio.to_thread(self.models.load, match["name"], number, default=default)
        return told({})

    def _rows(self, served: Served, body: bytes) -> tuple[Answer, int, Mapping[str, float]]:
        """One answer for one row, a list of them for several."""
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"The body is not valid JSON ({error}); send the rows of a table.") from error
        predictions = self._told(served, columns_of(document))
        answers = [prediction.to_json() for prediction in predictions]
        alone = isinstance(document, dict) and not any(isinstance(value, list) for value in document.values())
        spent = predictions[0].milliseconds
        return told(answers[0] if alone else {"predictions": answers}), len(answers), spent

    def _told(self, served: Served, columns: Mapping[str, Sequence[Any]]) -> list[Prediction]:
        most = self.limits.rows
        if any(len(values) > most for values in columns.values()):
            raise BadRequest(f"At most {most} rows are answered at once.")
        predictions = served.predictor.predict_rows(columns)
        for prediction in predictions[:1]:
            self._observe(prediction.milliseconds)
        return predictions

    async def _run(self, call: Call, served: Served, work: Work) -> Answer:
        """Do the work in a thread; where too much waits already, say so at once instead of letting it pile up.

        Work whose deadline passes before a thread is free is never begun; what was begun is finished.
        """
        deadline = call.deadline
        if self.busy >= self.limits.workers + self.limits.waiting:
            self.metrics.count("lineside_rejected_total")
            seconds = max(1, math.ceil(self._pace * self.busy / self.limits.workers))
            raise Refused(429, f"The server is busy; try again in {seconds} s.", (b"retry-after", b"%d" % seconds))
        self.busy += 1
        asked = time.perf_counter()

        def begin() -> Answer:
            began = time.perf_counter()
            if deadline is not None and began > deadline:
                raise self._late(began - asked)
            try:
                answer, images, laps = work(began - asked)
            except Exception:
                served.statistics.failed(time.perf_counter() - call.started)
                raise
            now = time.perf_counter()
            self._pace += 0.1 * (now - began - self._pace)
            served.statistics.succeeded(images, began - asked, now - call.started, laps)
            return answer

        job = self._pool.submit(begin)
        waiting = asyncio.wrap_future(job)
        try:
            if deadline is not None:
                done, _ = await asyncio.wait([waiting], timeout=deadline - asked)
                if not done and job.cancel():
                    raise self._late(time.perf_counter() - asked)
            return await waiting
        finally:
            self.busy -= 1

    def _late(self, queued: float) -> Refused:
        self.metrics.count("lineside_late_total")
        return Refused(
            504, f"The time that the request allows passed before its turn came (it waited {1e3 * queued:.0f} ms)."
        )

    def _found(self, call: Call, name: str, version: str) -> Served:
        served = self.models.find(name, version)
        call.model, call.version = served.name, served.version
        return served

    def _ready(self) -> None:
        self.models.find()
        if self.models.starting:
            raise Refused(503, "Models are being loaded; try again in a second.", (b"retry-after", b"1"))
        if self.draining:
            raise Refused(503, "The server is about to stop.")

    def _listen(self, served: Served) -> None:
        served.predictor.listen = listener(self.metrics, served.manifest)

    def _observe(self, milliseconds: Mapping[str, float]) -> None:
        for step, value in milliseconds.items():
            self.metrics.observe("lineside_step_seconds", value / 1e3, step=step)

    def _measured(self) -> Answer:
        self.metrics.gauge("lineside_requests_in_flight", self.busy)
        self.metrics.gauge("lineside_open_to_network", self.access.open_to_network)
        self.metrics.gauge("lineside_ready", int(not self.models.starting and self.models.default() is not None))
        self.metrics.forget("lineside_model_ready", "lineside_inferences_total", "lineside_executions_total")
        for one in self.models:
            labels = {"model": one.name, "version": one.version}
            self.metrics.gauge("lineside_model_ready", 1, **labels)
            self.metrics.total("lineside_inferences_total", one.statistics.inferences, **labels)
            self.metrics.total("lineside_executions_total", one.statistics.executions, **labels)
        if self.line is not None:
            self.line.measure(self.metrics)
        return Answer(self.metrics.text().encode(), 200, "text/plain; version=0.0.4; charset=utf-8")

    def _count(self, call: Call, answer: Answer) -> None:
        """In the metrics and in the log."""
        kind, status, seconds = call.kind, str(answer.status), time.perf_counter() - call.started
        self.metrics.count("lineside_requests_total", path=kind, status=status)
        self.metrics.observe("lineside_request_seconds", seconds, path=kind)
        if call.model and kind in ("predict", "infer"):
            labels = {"model": call.model, "version": call.version}
            self.metrics.count("lineside_model_requests_total", 1, status=status, **labels)
            self.metrics.observe("lineside_model_request_seconds", seconds, **labels)
        failed = answer.status >= 400 and not (kind == "v2_health_ready" and answer.status == 503)
        if self._logged == "none" or (not failed and (self._logged == "errors" or kind in QUIET)):
            return
        fields = {
            "id": call.id, "method": call.method[:16], "route": kind, "model": call.model, "version": call.version,
            "status": answer.status, "ms": round(1e3 * seconds, 2), "received": call.received, "sent": len(answer.body),
        }  # fmt: skip
        if call.arrived:
            fields["read_ms"] = round(1e3 * (call.arrived - call.started), 2)
        log.log(30 if answer.status >= 500 else 20, "request", extra={"fields": fields})


def _statistics(served: Served) -> dict[str, Any]:
    return {"name": served.name, "version": served.version, **served.statistics.to_json()}


def _summed(laps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {step: sum(one.get(step, 0.0) for one in laps) for step in ("decode", "prepare", "infer", "finish")}


def _map(heat: Any) -> dict[str, Any]:
    """How unusual each place is, as bytes 0 … 255 row by row."""
    coarse = np.clip(np.rint(heat * 255), 0, 255).astype(np.uint8)
    content = base64.b64encode(coarse.tobytes()).decode()
    return {"width": coarse.shape[1], "height": coarse.shape[0], "data": content}
