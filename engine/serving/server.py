"""Runs the app: loads the model beside the first requests, limits slow and endless headers, drains on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import uvicorn

from engine.serving import cpus, logs
from engine.serving.access import Access
from engine.serving.app import App
from engine.serving.bodies import Limits
from engine.serving.connection import Patience, protocol
from engine.serving.errors import BadManifest, ServingError
from engine.serving.feedback import Feedback
from engine.serving.logs import log
from engine.serving.manifest import FILE
from engine.serving.mirror import Mirror
from engine.serving.models import Models, Served
from engine.serving.pipeline.line import Line
from engine.serving.rules import Rules
from engine.serving.tls import Certificate

ATTACH_FILTER = 26  # Linux's SO_ATTACH_FILTER
LAST_WORDS_S = 0.5  # for the request of a connection that was made just before the server stops


@dataclass
class Settings:
    """Each has an argument (--host) and a variable of the environment (LINESIDE_HOST)."""

    model: str = field(default="/opt/lineside/model", metadata={"help": "folder with model.json, model.xml, model.bin"})
    models: str = field(
        default="", metadata={"help": "folder of such folders, which can be loaded and unloaded while it serves"}
    )
    default_model: str = field(
        default="",
        metadata={"help": "NAME or NAME:NUMBER of the model that answers where none is named; empty: the first"},
    )
    host: str = field(default="127.0.0.1", metadata={"help": "address to listen at"})
    port: int = field(default=8080, metadata={"help": "port to listen at; 0: any free one"})
    threads: int = field(default=0, metadata={"help": "CPU threads of the network; 0: all"})
    streams: int = field(default=1, metadata={"help": "images that the network looks at beside each other"})
    cpus: str = field(default="", metadata={"help": "CPUs to run on, as 0-3,8; empty: all"})
    numa: str = field(default="", metadata={"help": "NUMA node to run on, by its number; empty: all"})
    batch_window_ms: float = field(
        default=0.0,
        metadata={"help": "how long an image waits for others to go through the network with; 0: it does not"},
    )
    batch_max: int = field(default=8, metadata={"help": "images that go through the network together, at most"})
    workers: int = field(default=2, metadata={"help": "images that are decoded at once"})
    queue: int = field(default=64, metadata={"help": "requests that may wait; further ones are answered 429"})
    max_body_mb: int = field(default=64, metadata={"help": "largest accepted request"})
    max_bodies_mb: int = field(default=512, metadata={"help": "what the requests of one moment may hold together"})
    max_megapixels: int = field(default=128, metadata={"help": "largest accepted image"})
    connections: int = field(default=512, metadata={"help": "open connections; further ones are answered 503"})
    header_seconds: int = field(default=10, metadata={"help": "time for the headers of a request to arrive"})
    body_seconds: int = field(default=30, metadata={"help": "time for the body of a request to arrive"})
    answer_seconds: int = field(
        default=30, metadata={"help": "time in which a client takes nothing of its answer before it is cut off"}
    )
    drain_seconds: float = field(
        default=0.0, metadata={"help": "after SIGTERM: how long to answer on while saying “not ready”"}
    )
    idle_seconds: float = field(
        default=0.0, metadata={"help": "end after so long without a request, as a release on trial does; 0: never"}
    )
    feedback: str = field(
        default="",
        metadata={
            "help": "folder for images worth a look, as the rules.json in it says, or by the usual rules; empty: below the state folder, where there are rules"
        },
    )
    release: str = field(default="", metadata={"help": "digest of the artifact, for what is kept as feedback"})
    pipeline: str = field(
        default="",
        metadata={"help": "file of a pipeline, which runs while the state folder names the release as the live one"},
    )
    mirror_to: str = field(
        default="", metadata={"help": "address of a release that gets a copy of each request; its answers are compared"}
    )
    state: str = field(
        default="",
        metadata={"help": "folder that outlives releases: keys, usage, audit log; empty: everybody may ask"},
    )
    trusted_proxies: str = field(
        default="", metadata={"help": "addresses whose X-Forwarded-For is believed, parted by commas"}
    )
    tls_cert: str = field(
        default="", metadata={"help": "certificate chain (PEM), also below the state folder; empty: no TLS"}
    )
    tls_key: str = field(default="", metadata={"help": "its key (PEM, without a password)"})
    cache: str = field(default="", metadata={"help": "folder for the compiled network, for a faster next start"})
    log_requests: str = field(default="errors", metadata={"help": "which requests are logged: all, errors or none"})

    @staticmethod
    def from_environment() -> Settings:
        """Defaults, and what LINESIDE_… variables say.

        Raises:
            ServingError: a variable has a value of the wrong kind.
        """
        settings = Settings()
        for part in fields(Settings):
            text = os.environ.get(f"LINESIDE_{part.name.upper()}")
            if text is None:
                continue
            kind = type(getattr(settings, part.name))
            try:
                setattr(settings, part.name, kind(text))
            except ValueError as error:
                raise ServingError(
                    f"LINESIDE_{part.name.upper()} is “{text}”, which is not {kind.__name__}."
                ) from error
        return settings


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit status. Prints the address as the first line on stdout."""
    logs.set_up()
    try:
        if found := cpus.pin(settings.cpus, settings.numa):
            settings.threads = min(settings.threads or found, found)
        state = Path(settings.state) if settings.state else None
        access = Access(state, settings.trusted_proxies, exposed=not _loopback(settings.host))
        certificate = _certificate(settings, state or Path())
    except ServingError as error:
        log.error("%s", error)
        return 2
    app = App(
        Models(
            lambda folder: load(folder, settings),
            Path(settings.models) if settings.models else None,
            settings.default_model,
        ),
        Limits(
            body_bytes=settings.max_body_mb << 20,
            all_bodies=settings.max_bodies_mb << 20,
            pixels=settings.max_megapixels * 1_000_000,
            waiting=settings.queue,
            body_seconds=settings.body_seconds,
            workers=max(1, settings.workers, 2 * settings.batch_max if settings.batch_window_ms > 0 else 0),
        ),
        settings.log_requests,
        access,
    )
    app.feedback = _feedback(settings, app)
    try:
        app.line = Line.of(settings, app)
    except ServingError as error:
        log.error("%s", error)
        return 2
    if access.open_to_network:
        log.warning("Everybody who reaches %s may ask; make a key with: lineside key create TARGET", settings.host)
    server = _Server(
        uvicorn.Config(
            Mirror(app, app.metrics, settings.mirror_to, app.feedback) if settings.mirror_to else app,
            host=settings.host,
            port=settings.port,
            http=protocol(
                Patience(settings.header_seconds, settings.answer_seconds, connections=settings.connections),
                lambda reason: app.metrics.count("lineside_connections_ended_total", reason=reason),
            ),
            loop="asyncio",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            limit_concurrency=settings.connections,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=30,
            backlog=512,
            ssl_context_factory=(lambda *_: certificate.context) if certificate else None,
        ),
        app,
        settings,
        certificate,
    )
    access.audit.write("started")
    server.run()
    if app.line is not None:
        app.line.stop()
    if app.feedback is not None:
        app.feedback.close()
    access.close()
    return 1 if server.failed or not server.started else 0


def load(folder: Path, settings: Settings) -> Served:
    """A model of a folder, ready to answer as fast as it ever will.

    Raises:
        BadManifest: it cannot be used.
    """
    from engine.serving.batching import Batcher
    from engine.serving.predictor import openvino_predictor
    from engine.serving.tiles import are_used

    batch = settings.batch_max if settings.batch_window_ms > 0 else 1
    streams = max(1, settings.streams)
    cache = _writable(settings.cache)
    predictor = openvino_predictor(folder, settings.threads or None, streams, cache, batch)
    try:
        predictor.warm_up(batch)
    except BadManifest as error:
        log.warning("%s Its images go through one by one.", error)
        batch = 1
        predictor = openvino_predictor(folder, settings.threads or None, streams, cache)
        predictor.warm_up()
    served = Served(predictor)
    rows = predictor.manifest.table is not None
    predictor.infer = served.statistics.counting(predictor.infer, Limits.rows if rows else batch)
    if batch > 1 and not rows and not are_used(predictor.manifest):  # tiles of one image come one after another
        predictor.infer = Batcher(predictor.infer, settings.batch_window_ms / 1e3, batch, streams)
    return served


def _writable(folder: str) -> str | None:
    """The folder for compiled networks, where it can be written."""
    if not folder:
        return None
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError("it cannot be written")
    except OSError as error:
        log.warning("Compiled networks are not kept in %s: %s.", folder, error.strerror or error)
        return None
    return folder


class _Server(uvicorn.Server):  # type: ignore[misc]  # uvicorn is followed as Any
    """Uvicorn with the model loaded beside it and a first phase of draining in which requests are still answered."""

    def __init__(
        self, config: uvicorn.Config, app: App, settings: Settings, certificate: Certificate | None = None
    ) -> None:
        super().__init__(config)
        self.certificate = certificate
        self.app = app
        self.settings = settings
        self.failed = False

    async def startup(self, sockets: Any = None) -> None:
        threading.Thread(target=self._load, name="load", daemon=True).start()
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            scheme = "https" if self.certificate else "http"
            print(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}", flush=True)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether nobody asks any more; once, whether the certificate was replaced."""
        if self.certificate and counter % 10 == 0:
            self.certificate.refresh()
        idle = self.settings.idle_seconds
        if idle and not self.app.busy and time.monotonic() - self.app.asked > idle:
            log.info("Nobody asked for %g s.", idle)
            self.should_exit = True
        return bool(await super().on_tick(counter))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own would stop listening at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self._drain)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._drain))
        yield

    def _drain(self) -> None:
        if self.app.draining:
            self.should_exit = True
            return
        log.info("Stopping: no new work after %g s, running requests are finished.", self.settings.drain_seconds)
        self.app.draining = True
        if self.app.line is not None:
            self.app.line.end()
        asyncio.get_running_loop().call_later(self.settings.drain_seconds, setattr, self, "should_exit", True)

    async def shutdown(self, sockets: Any = None) -> None:
        """Let in nobody new, and whoever came last say what it wants, before idle connections are closed."""
        for server in self.servers:
            for listening in server.sockets:
                _turn_away(listening)
        await asyncio.sleep(0.05)  # who is on the way still gets in
        for server in self.servers:
            server.close()
        end = time.monotonic() + LAST_WORDS_S
        while any(one.is_expected for one in self.server_state.connections) and time.monotonic() < end:
            await asyncio.sleep(0.005)
        await super().shutdown(sockets)

    def _load(self) -> None:
        """The model of its own, if there is one or no folder of others, then the others."""
        models, settings = self.app.models, self.settings
        own = Path(settings.model)
        try:
            if not models.controlled or (own / FILE).is_file():
                served = load(own, settings)
                models.add(served, own)
                log.info("Serving %s:%s (%s)", served.name, served.version, served.manifest.precision)
            models.load_all()
            if models.default() is None:
                raise ServingError(f"There is no model in {settings.models} that can be served.")
            if self.app.line is not None:
                self.app.line.start()
        except Exception as error:
            self.failed = self.should_exit = True
            log.error("%s", error if isinstance(error, ServingError) else f"The model cannot be loaded: {error}")
            return
        models.starting = False


def _turn_away(listening: Any) -> None:
    """Drop what would open a connection from now on, where Linux lets one: closing resets those that nobody took up yet."""
    if sys.platform != "linux":
        return
    program = (
        struct.pack("HBBI", 0x30, 0, 0, 13)  # load the flags of the TCP header
        + struct.pack("HBBI", 0x54, 0, 0, 0x02)  # SYN
        + struct.pack("HBBI", 0x15, 1, 0, 0)  # not set: the next but one
        + struct.pack("HBBI", 0x06, 0, 0, 0)  # drop
        + struct.pack("HBBI", 0x06, 0, 0, 0xFFFFFFFF)  # keep
    )
    kept = ctypes.create_string_buffer(program)
    with contextlib.suppress(OSError):
        listening.setsockopt(
            socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HP", len(program) // 8, ctypes.addressof(kept))
        )


def _feedback(settings: Settings, app: App) -> Feedback | None:
    """In the folder that is named, by the usual rules where it has none; else below the state folder, by its rules only."""
    usual = Rules() if settings.feedback else None
    if not settings.feedback and not settings.state:
        return None
    folder = Path(settings.feedback) if settings.feedback else Path(settings.state) / "feedback"
    return Feedback(folder, app.metrics, usual, settings.release, app.limits.pixels)


def _certificate(settings: Settings, state: Path) -> Certificate | None:
    """Of files that may be named as they lie below the state folder."""
    return Certificate(state / settings.tls_cert, state / settings.tls_key) if settings.tls_cert else None


def _loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
