"""Requests as no honest client writes them, over raw sockets to the real server."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from engine.serving.connection import Patience, protocol
from tests.unit.serving.conftest import Server

POST = b"POST /predict HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
END = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
EMPTY = b"0\r\n\r\n"


@pytest.fixture(scope="module")
def plain(detector: Path) -> Iterator[Server]:
    """A server of small limits."""
    running = Server(detector, "--max-body-mb", "24", "--max-bodies-mb", "24", "--header-seconds", "2").wait_until_ready()  # fmt: skip
    yield running
    running.stop()


def exchange(server: Server, request: bytes) -> tuple[list[int], bytes]:
    """The statuses and all that the server sends until it ends the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as link:
        received = b""
        try:
            link.sendall(request)
            while chunk := link.recv(1 << 16):
                received += chunk
        except ConnectionError:
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", received)], received


AMBIGUOUS = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + EMPTY,
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + EMPTY,
    "two codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + EMPTY,
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + EMPTY,
    "chunked not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + EMPTY,
    "another coding first": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + EMPTY,
    "unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + EMPTY,
    "vertical tab in the coding": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + EMPTY,
    "space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n" + EMPTY,
    "chunks in HTTP/1.0": b"POST /predict HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + EMPTY,
    "the same length twice": POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 50\r\n\r\na",
    "list of lengths": POST + b"Content-Length: 1, 1\r\n\r\na",
    "signed length": POST + b"Content-Length: +1\r\n\r\na",
    "negative length": POST + b"Content-Length: -1\r\n\r\na",
    "hexadecimal length": POST + b"Content-Length: 0x1\r\n\r\na",
    "endless length": POST + b"Content-Length: 99999999999999999999999\r\n\r\na",
    "no length": POST + b"Content-Length: \r\n\r\na",
    "bare line feeds": b"GET /livez HTTP/1.1\nHost: x\n\n",
    "one bare line feed": b"GET /livez HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
    "bare carriage return": b"GET /livez HTTP/1.1\r\nHost: x\rA: b\r\n\r\n",
    "NUL in a header": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
    "folded header": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + EMPTY,
    "space before the first header": b"GET /livez HTTP/1.1\r\n Host: x\r\n\r\n",
    "header without colon": b"GET /livez HTTP/1.1\r\nHost: x\r\nabc\r\n\r\n",
    "header without name": b"GET /livez HTTP/1.1\r\nHost: x\r\n: abc\r\n\r\n",
    "line feed in an extension": CHUNKED + b"1;\na\r\n" + EMPTY,
    "chunks with bare line feeds": CHUNKED + b"1\na\n0\n\n",
    "negative chunk": CHUNKED + b"-1\r\na\r\n" + EMPTY,
    "chunk with 0x": CHUNKED + b"0x1\r\na\r\n" + EMPTY,
    "endless chunk": CHUNKED + b"fffffffffffffffff\r\na\r\n" + EMPTY,
    "chunk that is longer than it says": CHUNKED + b"1\r\naX0\r\n\r\n",
    "length in the trailer": CHUNKED + b"1\r\na\r\n0\r\nContent-Length: 5\r\n\r\n",
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/3.0": b"GET /livez HTTP/3.0\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "small method": b"get /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "unknown method": b"FOO /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "tunnel": b"CONNECT a:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "tunnel to a path": b"CONNECT /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "path without slash": b"GET livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "space in the path": b"GET /li vez HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in the path": b"GET /livez\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "letters outside ASCII in the path": "GET /liv€z HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "fragment": b"GET /livez#a HTTP/1.1\r\nHost: x\r\n\r\n",
    "many headers": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 9000 + b"\r\n",
    "large header": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
    "long path": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS greeting": bytes.fromhex("16030100c8010000c40303") + bytes(100),
    "only framing": CHUNKED + b"1;" + b"a" * (2 << 20) + b"\r\na\r\n" + EMPTY,
}  # fmt: skip


@pytest.mark.parametrize("request_bytes", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_what_can_be_read_in_two_ways_is_refused_and_ends_the_connection(plain: Server, request_bytes: bytes) -> None:
    statuses, received = exchange(plain, request_bytes + LIVE)
    assert not set(statuses) - {400, 431, 505}, received
    assert len(statuses) <= 1
    assert plain.get("/livez")[0] == 200


def test_a_body_is_never_taken_for_the_next_request(plain: Server) -> None:
    hidden = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    with_length = b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden
    in_chunks = CHUNKED + b"%x;note=1\r\n" % len(hidden) + hidden + b"\r\n0\r\nA: b\r\n\r\n"
    refused = b"DELETE /livez HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden
    assert exchange(plain, with_length + END)[0] == [200, 200]
    assert exchange(plain, in_chunks + END)[0] == [400, 200]
    assert exchange(plain, refused + END)[0] == [405, 200]


def test_requests_sent_ahead_are_answered_in_order_and_not_without_end(plain: Server) -> None:
    other = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    assert exchange(plain, LIVE + other + LIVE + END)[0] == [200, 404, 200, 200]
    assert len(exchange(plain, LIVE * 5000 + END)[0]) < 5000
    broken = b"GET /livez HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n"
    assert exchange(plain, POST + b"Content-Length: 3\r\n\r\nabc" + broken)[0] in ([], [400])


def test_http_1_0_is_answered_once_and_closed(plain: Server) -> None:
    statuses, received = exchange(plain, b"GET /livez HTTP/1.0\r\n\r\n" + LIVE)
    assert (statuses, b"connection: close" in received) == ([200], True)
    upgrade = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"
    assert exchange(plain, upgrade % b"websocket" + LIVE)[0] == exchange(plain, upgrade % b"h2c" + LIVE)[0] == [200]


@pytest.mark.parametrize("path", [
    "/x/../livez", "/x/%2e%2e/livez", "/%2E/livez", "//livez", "/livez//", "/v2%2fhealth/live", "/v2%5Clive", "/livez%00",
    "/a%0d%0aSet-Cookie:x", "/..%2f..%2fetc/passwd", "/v2/models/%2e%2e/admin/keys",
])  # fmt: skip
def test_a_path_with_tricks_is_refused(plain: Server, path: str) -> None:
    statuses, received = exchange(plain, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert statuses == [400]
    assert b"path" in received
    assert b"Set-Cookie" not in received


def test_a_path_is_decoded_once_and_methods_are_what_they_say(plain: Server) -> None:
    assert plain.get("/%256civez")[0] == 404
    assert plain.get("/%6civez")[0] == 200
    for method in ("TRACE", "PUT", "PATCH", "OPTIONS", "DELETE"):
        assert plain.request(method, "/livez")[0] == 405
    assert plain.request("GET", "/livez", None, {"X-HTTP-Method-Override": "DELETE"})[0] == 200
    assert plain.request("GET", "/predict", None, {"X-Original-URL": "/livez"})[0] == 405


def test_what_is_echoed_makes_no_header_of_its_own(plain: Server) -> None:
    body = json.dumps({"id": "7\r\nX-Evil: 1", "inputs": []}).encode()
    head = b"POST /v2/models/parts/infer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n"
    for identity in (b"7\rX-Evil: 1", b"7\nX-Evil: 1", b"7%0d%0aX-Evil: 1"):
        received = exchange(plain, head % (identity, len(body)) + body)[1]
        assert b"x-evil" not in received.partition(b"\r\n\r\n")[0].lower().replace(b"%0d%0ax-evil", b"")


def test_a_body_that_drips_after_its_answer_is_cut_off(plain: Server) -> None:
    with socket.create_connection(("127.0.0.1", plain.port), timeout=20) as link:
        link.sendall(b"DELETE /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\na")
        received = b""
        while b"takes GET" not in received:
            received += link.recv(1000)
        ended = threading.Event()

        def drip() -> None:
            while not ended.wait(0.2):
                try:
                    link.sendall(b"a")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert link.recv(10) == b""
        except ConnectionResetError:
            pass
        finally:
            ended.set()
            thread.join()


def test_a_body_that_does_not_come_holds_no_connection(own_server) -> None:
    server = own_server("--body-seconds", "1").wait_until_ready()
    for sent, drip in ((b"", b""), (b"a", b""), (b"a", b"a")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=0.2) as link:
            link.sendall(POST + b"Content-Length: 1000\r\n\r\n" + sent)
            received, end = b"", time.monotonic() + 15
            while b" 408 " not in received and time.monotonic() < end:
                with contextlib.suppress(TimeoutError):
                    received += link.recv(1000)
                with contextlib.suppress(OSError):
                    link.sendall(drip)
        assert b" 408 " in received, (sent, drip)
        assert b"connection: close" in received.lower()


def test_empty_lines_are_no_way_to_hold_a_connection(plain: Server) -> None:
    with socket.create_connection(("127.0.0.1", plain.port), timeout=20) as link:
        link.sendall(LIVE)
        while b"}" not in link.recv(1000):
            pass
        link.sendall(b"\r\n")
        assert link.recv(10) == b""


def test_a_client_that_does_not_take_its_answer_is_cut_off() -> None:
    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(50 << 20)})

    reasons: list[str] = []
    http = protocol(Patience(answer_seconds=0.3), reasons.append)
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=http, lifespan="off", log_config=None, loop="asyncio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        with socket.create_connection(server.servers[0].sockets[0].getsockname(), timeout=20) as link:
            link.sendall(LIVE)
            received = len(link.recv(1 << 16))
            while not reasons:
                thread.join(0.01)
            with contextlib.suppress(ConnectionResetError):
                while chunk := link.recv(1 << 20):
                    received += len(chunk)
    finally:
        server.should_exit = True
        thread.join()
    assert received < 50 << 20
    assert reasons == ["slow reader"]


def test_idle_connections_make_room_for_those_who_ask(own_server) -> None:
    server = own_server("--connections", "20").wait_until_ready()
    links = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(60)]
    try:
        assert {server.get("/livez")[0] for _ in range(10)} == {200}
        assert links[0].recv(10) == b""
    except ConnectionResetError:
        pass
    finally:
        for link in links:
            link.close()


def test_all_bodies_together_are_bounded(plain: Server) -> None:
    head = POST + b"Content-Length: %d\r\n\r\n" % (15 << 20)
    links = [socket.create_connection(("127.0.0.1", plain.port), timeout=30) for _ in range(2)]
    try:
        for link in links:
            link.sendall(head + bytes(14 << 20))
    except ConnectionError:
        pass
    received = b""
    links[0].settimeout(0.5)
    for link in links:
        with contextlib.suppress(TimeoutError, ConnectionError):
            received += link.recv(1000)
        link.close()
    assert b" 503 " in received
    assert plain.post("/predict", b"x")[0] == 400


def test_bombs_of_json_and_forms_are_refused(plain: Server) -> None:
    infer = "/v2/models/parts/infer"
    for bomb in (b'{"a":' * 100_000, b"[" * 5_000_000, b'{"inputs":[' + b"{}," * 300_000 + b"{}]}",
                 b'{"inputs": [{"name": "images", "shape": [1], "datatype": "FP32", "data": [' + b"9" * 5000 + b"]}]}",
                 b'{"inputs": [{"name": "images", "shape": [999999999999, 3, 48, 64], "datatype": "FP32", "data": []}]}',
                 b'{"inputs": [{"name": "images", "shape": [1, 3, 48, 64], "datatype": "FP32", "data": [1e999]}]}'):  # fmt: skip
        status, answer = plain.post(infer, bomb)
        assert status == 400, (bomb[:40], answer)
    parts = b"--X\r\n\r\n\r\n" * 1_000_000
    assert plain.post("/predict", parts, content_type="multipart/form-data; boundary=X")[0] == 400
    assert plain.post("/predict", b"--X" * 4_000_000, content_type="multipart/form-data; boundary=X")[0] == 400
    assert plain.post("/predict", b"x", content_type="multipart/form-data; boundary=" + "b" * 90)[0] == 400
    assert plain.get("/livez")[0] == 200
