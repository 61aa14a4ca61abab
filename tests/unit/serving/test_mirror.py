"""Copies of requests: never waited for, never given to anybody, compared and counted."""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from engine.serving.metrics import Metrics
from engine.serving.mirror import WAITING, Mirror


class Other(BaseHTTPRequestHandler):
    """A release that gets copies; `hold` keeps its answers back."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, body, self.headers.get("X-API-Key")))
        self.server.hold.wait(20)
        answer = json.dumps({"label": "good"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.server.answered.release()

    def log_message(self, *_):
        pass


@pytest.fixture
def other():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    server.seen, server.hold, server.answered = [], threading.Event(), threading.Semaphore(0)
    server.hold.set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.hold.set()
    server.shutdown()
    server.server_close()


class Told(Metrics):
    """Metrics that one can wait for."""

    def __init__(self):
        super().__init__()
        self.counted = threading.Semaphore(0)

    def count(self, name, amount=1, **labels):
        super().count(name, amount, **labels)
        if name == "lineside_disagreement_total" or labels.get("result") == "failed":
            self.counted.release()


async def application(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    status = 400 if body == b"no image" else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b'{"label": "bad"}'})


def ask(mirror, *parts, path="/predict", headers=()):
    messages = [
        {"type": "http.request", "body": part, "more_body": place + 1 < len(parts)} for place, part in enumerate(parts)
    ]
    sent = []

    async def run():
        async def receive():
            return messages.pop(0)

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"score_threshold=0.5",
            "headers": list(headers),
        }
        await mirror(scope, receive, send)

    asyncio.run(run())
    return sent


def test_a_copy_is_sent_compared_and_its_answer_kept_from_everybody(other):
    metrics = Told()
    mirror = Mirror(application, metrics, f"http://127.0.0.1:{other.server_port}")
    sent = ask(mirror, b"an ", b"image", headers=[(b"x-api-key", b"ls_a_b"), (b"cookie", b"no")])
    assert sent[-1]["body"] == b'{"label": "bad"}'
    assert metrics.counted.acquire(timeout=20)
    assert other.seen == [("/predict?score_threshold=0.5", b"an image", "ls_a_b")]
    assert 'lineside_mirrored_total{result="compared"} 1' in metrics.text()
    assert "lineside_disagreement_total 1" in metrics.text()


def test_what_is_not_answered_or_not_asked_of_a_model_is_not_copied(other):
    metrics = Told()
    mirror = Mirror(application, metrics, f"http://127.0.0.1:{other.server_port}")
    ask(mirror, b"no image")
    ask(mirror, b"an image", path="/v2/health/ready")
    ask(mirror, b"an image", path="/v2/models/parts/infer")
    assert metrics.counted.acquire(timeout=20)
    assert [path for path, _, _ in other.seen] == ["/v2/models/parts/infer?score_threshold=0.5"]


def test_a_release_that_falls_behind_loses_copies_and_holds_nobody_up(other):
    metrics = Told()
    other.hold.clear()
    mirror = Mirror(application, metrics, f"http://127.0.0.1:{other.server_port}")
    for _ in range(WAITING + 10):
        assert ask(mirror, b"an image")[-1]["body"] == b'{"label": "bad"}'
    dropped = next(line for line in metrics.text().splitlines() if 'result="dropped"' in line)
    assert int(dropped.split()[-1]) in (9, 10), "one is on its way, WAITING wait"


def test_a_release_that_is_gone_is_counted_as_failed():
    metrics = Told()
    mirror = Mirror(application, metrics, "http://127.0.0.1:1")
    assert ask(mirror, b"an image")[0]["status"] == 200
    assert metrics.counted.acquire(timeout=20)
    assert 'lineside_mirrored_total{result="failed"} 1' in metrics.text()
