"""Requests that could be read in two ways, through the real HAProxy to the real server: nobody gets another's answer."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.agent.gateway import Gateway, Slot, config, maps
from tests.integration.deployment.registries import free_port
from tests.unit.serving.conftest import Server, detector, server
from tests.unit.serving.test_connection import AMBIGUOUS, CHUNKED, POST

__all__ = ["detector", "server"]
HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
HIDDEN = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % (len(HIDDEN) + 5)
SMUGGLED = {
    **{name: attack + HIDDEN for name, attack in AMBIGUOUS.items()},
    "length wins": POST + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks win": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n",
    "hidden coding": POST + LENGTH + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding behind a tab": POST + LENGTH + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding named twice": POST + LENGTH + b"Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n\r\n0\r\n\r\n" + HIDDEN,
    "in an upgrade": POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + LENGTH + b"\r\n0\r\n\r\n" + HIDDEN,
    "in a body of GET": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + LENGTH + b"\r\n0\r\n\r\n" + HIDDEN,
    "in an extension": CHUNKED + b"1;a=\n0\r\n\r\n" + HIDDEN,
    "a length that a connection takes away": POST + LENGTH + b"Connection: Content-Length\r\n\r\n0\r\n\r\n" + HIDDEN,
}  # fmt: skip


@pytest.fixture
def gateway(server: Server, tmp_path: Path) -> Iterator[int]:
    """The port of a gateway before the server."""
    if not HAPROXY:
        pytest.skip("haproxy is not on this machine")
    port = free_port()
    model = Gateway(port, "127.0.0.1", {"blue": Slot("ab12-3", f"127.0.0.1:{server.port}", 100), "green": Slot()})
    for name, text in {**maps(model), "haproxy.cfg": config(model)}.items():
        (tmp_path / name).write_text(text)
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen([HAPROXY, "-db", "-f", "haproxy.cfg"], cwd=tmp_path, stdout=log, stderr=log)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert running.poll() is None, (tmp_path / "log").read_text()
        yield port
    finally:
        running.kill()
        running.wait()


def status(link: http.client.HTTPConnection) -> int:
    link.request("GET", "/livez")
    answer = link.getresponse()
    answer.read()
    return answer.status


def test_an_answer_to_a_hidden_request_reaches_nobody_else(gateway: int) -> None:
    honest = http.client.HTTPConnection("127.0.0.1", gateway, timeout=20)
    assert status(honest) == 200
    for name, attack in SMUGGLED.items():
        with socket.create_connection(("127.0.0.1", gateway), timeout=5) as link:
            try:
                link.sendall(attack)
                link.settimeout(0.1)
                link.recv(1 << 16)
            except OSError:
                pass
            other = http.client.HTTPConnection("127.0.0.1", gateway, timeout=20)
            assert [status(honest), status(other), status(honest)] == [200] * 3, name
            other.close()
    honest.close()
