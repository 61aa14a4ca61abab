"""Figures of the serving runtime: what HTTP adds to the bare predictor, cold start, errors under full load.

Overhead: `POST /predict` with a JPEG of 640 × 640 over one kept connection, against `Predictor.predict` with the same bytes
in this process, taken in turns; the difference of the medians and of the 99th percentiles. Cold start: from starting the
artifact's own Python in its unpacked root file system to the first “ready” (without root: the program's own Python).
"""

from __future__ import annotations

import http.client
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

ROUNDS = 1000
SOAK_S = 20


def serve() -> dict[str, float]:
    """Overhead and errors."""
    from tests.unit.serving.conftest import Server

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        model, image = _model(Path(folder)), _image()
        server = Server(model).wait_until_ready()
        try:
            return {**_overhead(server.port, model, image), **_soak(server.port, image)}
        finally:
            server.stop()


def cold_start() -> dict[str, float]:
    """Seconds to ready, the median of five."""
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        command, environment = _command(Path(folder))
        times = sorted(_ready_after(command, environment) for _ in range(6))[:5]
    return {"serve.cold_start_s": times[2]}


def _overhead(port: int, model: Path, image: bytes) -> dict[str, float]:
    from engine.serving.predictor import openvino_predictor

    predictor = openvino_predictor(model)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    bare, served = [], []
    for turn in range(ROUNDS + 100):
        start = time.perf_counter()
        predictor.predict(image)
        between = time.perf_counter()
        connection.request("POST", "/predict", image)
        connection.getresponse().read()
        end = time.perf_counter()
        if turn >= 100:
            bare.append(1e3 * (between - start))
            served.append(1e3 * (end - between))
    connection.close()
    difference = np.percentile(served, [50, 99]) - np.percentile(bare, [50, 99])
    return {
        "serve.overhead_p50_ms": float(difference[0]),
        "serve.overhead_p99_ms": float(difference[1]),
        "serve.bare_p50_ms": float(np.percentile(bare, 50)),
    }


def _soak(port: int, image: bytes) -> dict[str, float]:
    end = time.monotonic() + SOAK_S
    errors, done = [0] * 4, [0] * 4

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.monotonic() < end:
            try:
                connection.request("POST", "/predict", image)
                answer = connection.getresponse()
                answer.read()
                errors[number] += answer.status != 200
            except OSError:
                errors[number] += 1
                connection.close()
            done[number] += 1

    clients = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return {"serve.load_errors": sum(errors), "serve.images_per_s": sum(done) / SOAK_S}


def _model(folder: Path) -> Path:
    from engine.serving.manifest import ModelManifest
    from tests.unit.serving.conftest import write_model

    document = {
        "name": "parts",
        "task": "detection",
        "labels": ["scratch", "dent"],
        "input": {"width": 640, "height": 640},
    }
    return write_model(folder / "model", ModelManifest.from_json(document))


def _image() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    pixels = np.random.default_rng(0).normal(128, 20, (640, 640, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def _command(folder: Path) -> tuple[list[str], dict[str, str]]:
    options = ["--host", "127.0.0.1", "--port", "0"]
    model = _model(folder)
    if os.geteuid() != 0:
        return [sys.executable, "-m", "engine.serving", "--model", str(model), *options], dict(os.environ)
    from engine.packaging import base
    from engine.packaging.image import build_image
    from engine.packaging.oci import Layout
    from engine.packaging.rootfs import run_spec, unpack

    layout = Layout(folder / "layout").make()
    built = build_image(layout, model, base.kit("linux/amd64"), {})
    spec, root = run_spec(layout, built.digest), unpack(layout, built.digest, folder / "root")
    script = 'mount -t proc proc "$0/proc" && exec /usr/sbin/chroot --userspec=65532:65532 "$0" "$@"'
    enter = ["unshare", "--mount", "sh", "-c", script, str(root)]
    return [*enter, *spec.arguments, *options], {**spec.env, "PATH": "/usr/sbin:/usr/bin:/bin"}


def _ready_after(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/v2/health/ready")
            if connection.getresponse().status == 200:
                return time.perf_counter() - start
            connection.close()
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()


MEASURES = [serve, cold_start]
