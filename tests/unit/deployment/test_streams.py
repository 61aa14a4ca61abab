"""Requests that share a stream, against real servers."""

from __future__ import annotations

import socket
import threading

import pytest

from engine.deployment.streams import Request, Stream, Streams

GET = Request("GET", "/", b"", {})
POST = Request("POST", "/keys", b"{}", {})
SILENCE, DROPPED = b"", b"dropped"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request of a connection as told; None ends it before the next one is read."""

    def __init__(self, *connections: list[bytes | None]) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked: list[bytes] = []
        self.ended = threading.Semaphore(0)
        threading.Thread(target=self._serve, args=(connections,), daemon=True).start()

    def stream(self) -> Stream:
        raw = socket.create_connection(self.socket.getsockname(), 5)
        return Stream(raw, raw)

    def _serve(self, connections) -> None:
        for answers in connections:
            stream, _ = self.socket.accept()
            self._answer(stream, answers)

    def _answer(self, stream, answers) -> None:
        for answer in answers:
            if answer is None:
                break
            self.asked.append(stream.recv(1 << 16))
            if answer == DROPPED:
                break
            if answer == SILENCE:
                self.silent = stream
                return
            stream.sendall(answer)
        stream.close()
        self.ended.release()


def test_requests_share_one_connection():
    server, streams = Server([ANSWER] * 3), Streams()
    opened = []
    for _ in range(3):
        found = streams.exchange("a", GET, 5, lambda: opened.append(1) or server.stream())
        assert found == (200, b"ok")
    assert len(opened) == 1


def test_a_connection_that_the_server_ended_meanwhile_is_made_anew():
    server, streams = Server([ANSWER, None], [ANSWER]), Streams()
    assert streams.exchange("a", GET, 5, server.stream)[0] == 200
    assert server.ended.acquire(timeout=5)
    assert streams.exchange("a", GET, 5, server.stream)[0] == 200
    assert len(server.asked) == 2


def test_a_connection_that_ends_instead_of_an_answer_is_asked_again_on_a_new_one():
    server, streams = Server([ANSWER, DROPPED], [ANSWER]), Streams()
    assert streams.exchange("a", GET, 5, server.stream)[0] == 200
    assert streams.exchange("a", GET, 5, server.stream)[0] == 200
    assert len(server.asked) == 3


def test_what_changes_something_is_never_sent_over_a_connection_that_may_be_ending():
    server, streams = Server([ANSWER], [ANSWER]), Streams()
    opened = []
    for asked in (GET, POST):
        streams.exchange("a", asked, 5, lambda: opened.append(1) or server.stream())
    assert len(opened) == 2


def test_an_answer_that_does_not_come_in_time_is_not_asked_for_twice():
    server, streams = Server([ANSWER, SILENCE], [ANSWER]), Streams()
    streams.exchange("a", GET, 5, server.stream)
    with pytest.raises(TimeoutError):
        streams.exchange("a", GET, 0.2, server.stream)
    assert len(server.asked) == 2


def test_a_server_that_says_that_it_closes_is_believed_and_endpoints_do_not_mix():
    closing = ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    server, streams = Server([closing], [ANSWER], [ANSWER]), Streams()
    opened = []
    for endpoint in ("a", "a", "b"):
        streams.exchange(endpoint, GET, 5, lambda: opened.append(1) or server.stream())
    assert len(opened) == 3
    streams.close()
