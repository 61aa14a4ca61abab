"""Sinks against a real broker, a real control and a real web server: there, away, back, and of the wrong kind."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading

import pytest

from tests.unit.serving.pipeline.conftest import png, until

MODBUS = """
import asyncio, sys
from pymodbus.server import StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
device = SimDevice(1, simdata=([SimData(0, count=64, values=False, datatype=DataType.BITS)], [SimData(0, count=64, values=False, datatype=DataType.BITS)],
                               [SimData(0, count=64, values=0, datatype=DataType.REGISTERS)], [SimData(0, count=64, values=0, datatype=DataType.REGISTERS)]))
asyncio.run(StartAsyncTcpServer(device, address=("127.0.0.1", int(sys.argv[1]))))
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Broker:
    """A real mosquitto that keeps what a listener, which may be away, has not heard yet."""

    def __init__(self, folder, password="", tls=False):
        self.port, self.folder, self.process = free_port(), folder, None
        lines = [f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {folder}/", "user root",
                 f"allow_anonymous {str(not password).lower()}", "max_queued_messages 0"]  # fmt: skip
        if password:
            subprocess.run(["mosquitto_passwd", "-b", "-c", folder / "passwords", "line", password], check=True)
            lines.append(f"password_file {folder}/passwords")
        if tls:
            self.ca = folder / "ca.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                            "-keyout", folder / "key.pem", "-out", self.ca], check=True, capture_output=True)  # fmt: skip
            lines += [f"certfile {self.ca}", f"keyfile {folder}/key.pem"]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        self.login = ["-u", "line", "-P", password] if password else []
        self.login += ["--cafile", str(self.ca), "-h", "localhost"] if tls else []
        self.start()
        self.hear(0, "-E")

    def start(self):
        self.process = subprocess.Popen(["mosquitto", "-c", self.folder / "mosquitto.conf"], stderr=subprocess.DEVNULL)
        until(lambda: answers(self.port))

    def stop(self):
        """Ended as a machine is that is shut down: it writes what it holds."""
        self.process.terminate()
        self.process.wait()

    def hear(self, number, *options):
        """So many messages that came since the last time."""
        command = [
            "mosquitto_sub",
            "-p",
            str(self.port),
            "-t",
            "line/#",
            "-q",
            "1",
            "-c",
            "-i",
            "listener",
            *self.login,
        ]
        wanted = ["-C", str(number), "-W", "10"] if number else []
        done = subprocess.run([*command, *wanted, *options], capture_output=True, timeout=20)
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def broker(tmp_path):
    if not shutil.which("mosquitto") or not shutil.which("mosquitto_sub"):
        pytest.skip("needs mosquitto (make test installs it)")
    started = []

    def start(**options):
        folder = tmp_path / "broker"
        folder.mkdir()
        started.append(Broker(folder, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def control():
    """The port of a real Modbus server."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", MODBUS, str(port)])
    until(lambda: answers(port))
    yield port
    server.kill()
    server.wait()


class Service(http.server.BaseHTTPRequestHandler):
    """Takes what is posted; `server.say` has the answers that it gives first."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.say.pop(0) if self.server.say else 200
        self.server.got.append((status, body, dict(self.headers)))
        self.send_response(status)
        self.send_header("Location", "file:///etc/passwd")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"heard")

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.say, server.got = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def feed(places, number, first=0):
    for count in range(first, first + number):
        (places / "in" / f"{count:03d}.png").write_bytes(png(count))


def sink(runner):
    return runner.status()["sinks"][0]


def test_a_broker_has_each_result_once_or_with_the_same_id_though_it_was_away(places, document, started, broker):
    mqtt = broker(password="secret")
    secrets = places / "state" / "secrets"
    settings = {"kind": "mqtt", "name": "broker", "broker": f"127.0.0.1:{mqtt.port}", "topic": "line/1", "user": "line", "password": "mqtt"}  # fmt: skip
    runner = started(document(sinks=[settings]))
    feed(places, 5)
    until(lambda: "lineside pipeline secret mqtt" in sink(runner)["trouble"])
    secrets.mkdir()
    (secrets / "mqtt").write_text("wrong\n")
    until(lambda: "user or password are wrong" in sink(runner)["trouble"] or "does not let" in sink(runner)["trouble"])
    (secrets / "mqtt").write_text("secret\n")
    until(lambda: sink(runner)["sent"] == 5)
    mqtt.stop()
    feed(places, 5, 5)
    until(lambda: sink(runner)["waiting"] == 5 and sink(runner)["trouble"])
    runner.stop(0)
    runner = started(document(sinks=[settings]))
    mqtt.start()
    until(lambda: sink(runner)["sent"] == 10)
    heard = mqtt.hear(10)
    assert len({one["id"] for one in heard}) == 10
    assert {one["image"] for one in heard} == {f"{count:03d}.png" for count in range(10)}
    assert b"secret" not in b"".join(
        path.read_bytes() for path in (places / "state" / "pipeline").rglob("*") if path.is_file()
    )


def test_a_broker_behind_tls_must_show_the_certificate_that_is_trusted(places, document, started, broker):
    mqtt = broker(tls=True)
    settings = {"kind": "mqtt", "name": "broker", "broker": f"localhost:{mqtt.port}", "topic": "line/1", "tls": True}
    feed(places, 3)
    stranger = started(document(sinks=[settings]))
    until(
        lambda: "CERTIFICATE_VERIFY_FAILED" in sink(stranger)["trouble"] or "certificate" in sink(stranger)["trouble"]
    )
    stranger.stop(0)
    (places / "ca.pem").write_bytes(mqtt.ca.read_bytes())
    runner = started(document(sinks=[{**settings, "ca": str(places / "ca.pem")}]))
    until(lambda: sink(runner)["sent"] == 3)
    assert {one["image"] for one in mqtt.hear(3)} == {"000.png", "001.png", "002.png"}


def test_a_control_is_told_by_registers_or_a_coil_and_never_too_late(places, document, started, control):
    from pymodbus.client import ModbusTcpClient

    device = {"kind": "modbus", "device": f"127.0.0.1:{control}"}
    sinks = [
        {**device, "name": "registers", "at": 8},
        {**device, "name": "coil", "write": "coil", "at": 3, "on": ["broken"]},
        {**device, "name": "one", "write": "register", "at": 20},
        {**device, "name": "nowhere", "write": "register", "at": 1000, "within": 0.5},
    ]
    feed(places, 3)
    (places / "in" / "zz.png").write_bytes(b"none")
    runner = started(document(sinks=sinks))
    until(lambda: [one["sent"] for one in runner.status()["sinks"][:3]] == [4, 4, 4])
    with ModbusTcpClient("127.0.0.1", port=control) as client:
        assert client.read_holding_registers(8, count=4).registers[:3] == [3, 4, 0]
        assert client.read_coils(3, count=1).bits[0] is True
        assert client.read_holding_registers(20, count=1).registers == [3]
        feed(places, 1, 50)
        until(lambda: runner.status()["sinks"][1]["sent"] == 5)
        assert client.read_coils(3, count=1).bits[0] is False
    until(lambda: runner.status()["sinks"][3]["dropped"] == 5)


def test_a_service_is_asked_again_until_it_takes_a_result_and_is_not_followed_elsewhere(
    places, document, started, service
):
    service.say = [503, 302, 429, 200, 422, 200]
    (places / "state" / "secrets").mkdir(parents=True)
    (places / "state" / "secrets" / "hook").write_text("token")
    url = f"http://127.0.0.1:{service.server_port}/results?line=1"
    feed(places, 3)
    runner = started(document(sinks=[{"kind": "http", "name": "hook", "url": url, "token": "hook"}]))
    until(lambda: sink(runner)["sent"] == 2 and sink(runner)["refused"] == 1)
    ids = [body["id"] for _, body, _ in service.got]
    assert ids[0] == ids[1] == ids[2] == ids[3] != ids[4] != ids[5]
    assert [status for status, _, _ in service.got] == [503, 302, 429, 200, 422, 200]
    assert all(
        headers["Idempotency-Key"] == body["id"] and headers["Authorization"] == "Bearer token"
        for _, body, headers in service.got
    )


def test_what_does_not_speak_the_protocol_is_told_and_nothing_is_lost(places, document, started):
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def rubbish():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connection.sendall(b"\x20\xff\xff\xff\xff\xffHTTP/9.9 who are you\r\n\r\n" * 3)
                connection.close()

    threading.Thread(target=rubbish, daemon=True).start()
    at = f"127.0.0.1:{port}"
    sinks = [
        {"kind": "mqtt", "name": "a", "broker": at, "topic": "t"}, {"kind": "modbus", "name": "b", "device": at},
        {"kind": "http", "name": "c", "url": f"http://{at}/"},
    ]  # fmt: skip
    feed(places, 2)
    runner = started(document(sinks=sinks))
    until(lambda: all(one["trouble"] for one in runner.status()["sinks"]))
    until(lambda: [one["waiting"] for one in runner.status()["sinks"]] == [2, 2, 2])
    assert runner.counts["taken"] == 2
    listening.close()


def test_more_than_may_wait_is_dropped_and_counted_and_the_others_have_it(places, document, started, monkeypatch):
    from engine.serving.pipeline import journal
    from engine.serving.pipeline import runner as running

    monkeypatch.setattr(journal, "SEGMENT", 2000)
    monkeypatch.setattr(running, "TRIM_S", 0)
    nobody = {"kind": "mqtt", "name": "away", "broker": f"127.0.0.1:{free_port()}", "topic": "t"}
    table = {"kind": "csv", "name": "table", "file": str(places / "results.csv")}
    made = document(sinks=[nobody, table])
    from engine.serving.pipeline.document import pipeline_of

    pipeline = pipeline_of(made)
    object.__setattr__(pipeline, "megabytes", 0.01)
    runner = started(pipeline)
    feed(places, 60)
    until(lambda: runner.status()["sinks"][1]["sent"] == 60, 20)
    until(lambda: runner.status()["sinks"][0]["dropped"] > 20)
    assert sum(path.stat().st_size for path in (places / "state" / "pipeline" / "journal").glob("*.log")) < 20_000


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"kind": "mqtt", "broker": "a b", "topic": "t"}, r"sinks\[0\]\.broker is 'a b'"),
        ({"kind": "mqtt", "broker": "host", "topic": "line/#"}, r"sinks\[0\]\.topic: a topic to publish to"),
        ({"kind": "mqtt", "broker": "host", "topic": "t", "password": "pass word!"}, "password is"),
        ({"kind": "http", "url": "file:///etc/passwd"}, r"sinks\[0\]\.url: it is http"),
        ({"kind": "http", "url": "http://user:secret@host/"}, "without a user or a password"),
        ({"kind": "http", "url": "http://host/ HTTP/1.1\r\nX: y"}, "it is a text"),
        ({"kind": "modbus", "device": "host", "at": 70000}, "from 0 to 65532"),
        ({"kind": "modbus", "device": "host", "write": "file"}, "one of coil, register, registers"),
    ],
)  # fmt: skip
def test_a_sink_that_cannot_be_is_refused(document, settings, told):
    from engine.serving.pipeline.document import pipeline_of
    from engine.serving.pipeline.settings import BadPipeline

    with pytest.raises(BadPipeline, match=told):
        pipeline_of(document(sinks=[{"name": "a", **settings}]))


def test_a_full_disk_stops_the_taking_and_loses_nothing(places, document, started):
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    state = places / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", state], check=True)
    try:
        runner = started(document())
        feed(places, 60)
        until(lambda: "No space left" in runner.status()["trouble"], 20)
        assert runner.counts["taken"] < 60
        assert list((places / "in").glob("*.png"))
        subprocess.run(["mount", "-o", "remount,size=8m", state], check=True)
        until(lambda: sink(runner)["sent"] == 60 and not runner.status()["trouble"], 20)
        names = [row.split(",")[2] for row in (places / "results.csv").read_text().splitlines()[1:]]
        assert sorted(names) == [f"{count:03d}.png" for count in range(60)]
        runner.stop()
    finally:
        subprocess.run(["umount", "-l", state], check=True)
