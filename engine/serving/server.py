"""Runs the app: loads the model beside the first requests, limits slow and endless headers, drains on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import uvicorn

from engine.serving.access import Access
from engine.serving.app import App, Limits
from engine.serving.connection import Patience, protocol
from engine.serving.errors import ServingError
from engine.serving.feedback import FeedbackBuffer
from engine.serving.tls import Certificate

log = logging.getLogger("lineside.serving")


@dataclass
class Settings:
    """Each has an argument (--host) and a variable of the environment (LINESIDE_HOST)."""

    model: str = field(default="/opt/lineside/model", metadata={"help": "folder with model.json, model.xml, model.bin"})
    host: str = field(default="127.0.0.1", metadata={"help": "address to listen at"})
    port: int = field(default=8080, metadata={"help": "port to listen at; 0: any free one"})
    threads: int = field(default=0, metadata={"help": "CPU threads of the network; 0: all"})
    workers: int = field(default=2, metadata={"help": "images that are decoded at once"})
    queue: int = field(default=64, metadata={"help": "requests that may wait; further ones are answered 429"})
    max_body_mb: int = field(default=64, metadata={"help": "largest accepted request"})
    max_bodies_mb: int = field(default=512, metadata={"help": "what the requests of one moment may hold together"})
    max_megapixels: int = field(default=128, metadata={"help": "largest accepted image"})
    connections: int = field(default=512, metadata={"help": "open connections; further ones are answered 503"})
    header_seconds: int = field(default=10, metadata={"help": "time for the headers of a request to arrive"})
    answer_seconds: int = field(
        default=30, metadata={"help": "time in which a client takes nothing of its answer before it is cut off"}
    )
    drain_seconds: float = field(
        default=0.0, metadata={"help": "after SIGTERM: how long to answer on while saying “not ready”"}
    )
    feedback: str = field(
        default="", metadata={"help": "folder for images the model was unsure of; empty: none are kept"}
    )
    feedback_mb: float = field(default=64.0, metadata={"help": "size of that folder"})
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
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # each odd request would fill the log
    try:
        state = Path(settings.state) if settings.state else None
        access = Access(state, settings.trusted_proxies, exposed=not _loopback(settings.host))
        certificate = _certificate(settings, state or Path())
    except ServingError as error:
        log.error("%s", error)
        return 2
    feedback = FeedbackBuffer(Path(settings.feedback), settings.feedback_mb) if settings.feedback else None
    app = App(
        Limits(
            body_bytes=settings.max_body_mb << 20,
            all_bodies=settings.max_bodies_mb << 20,
            pixels=settings.max_megapixels * 1_000_000,
            waiting=settings.queue,
            workers=max(1, settings.workers),
        ),
        feedback,
        access,
    )
    if access.open_to_network:
        log.warning("Everybody who reaches %s may ask; make a key with: lineside key create TARGET", settings.host)
    server = _Server(
        uvicorn.Config(
            app,
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
    access.close()
    return 1 if server.failed or not server.started else 0


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
        """Ten times a second; once, see whether the certificate was replaced."""
        if self.certificate and counter % 10 == 0:
            self.certificate.refresh()
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
        asyncio.get_running_loop().call_later(self.settings.drain_seconds, setattr, self, "should_exit", True)

    def _load(self) -> None:
        from engine.serving.predictor import openvino_predictor

        try:
            predictor = openvino_predictor(
                self.settings.model, self.settings.threads or None, 1, self.settings.cache or None
            )
            predictor.warm_up()
        except Exception as error:
            self.failed = self.should_exit = True
            log.error("%s", error if isinstance(error, ServingError) else f"The model cannot be loaded: {error}")
            return
        self.app.access.model = predictor.manifest.name
        self.app.ready(predictor)
        log.info("Serving %s:%d (%s)", predictor.manifest.name, predictor.manifest.number, predictor.manifest.precision)


def _certificate(settings: Settings, state: Path) -> Certificate | None:
    """Of files that may be named as they lie below the state folder."""
    return Certificate(state / settings.tls_cert, state / settings.tls_key) if settings.tls_cert else None


def _loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
