"""Figures of the serving runtime under full load, made by wrk: against MLServer, over ten minutes, and in batches.

Against MLServer 1.7.1 (Seldon's server of the same protocol, the reference of KServe for Python models): the very predictor
that our server calls, behind its MLModel, asked for the same JPEG; the network is next to nothing, so that what is measured is
the server and the decoding. Both are started once and take turns; the figure is the ratio of the medians of the rounds. Its
virtual environment is made below ~/.cache/lineside/peers (LINESIDE_MLSERVER names the folder of another one).
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS, ROUND_S, CLIENTS = 5, 4, 4
SOAK_S = int(os.environ.get("LINESIDE_SOAK_S", "600"))
# uvloop: MLServer 1.7.1 asks for a loop of the main thread in its workers, which 0.22 no longer makes
PEER = ("mlserver==1.7.1", "uvloop==0.21.0", "openvino==2026.4.1", "pillow==13.0.0")
RUNTIME = """
import base64, json, os
from mlserver import MLModel
from mlserver.types import InferenceResponse, ResponseOutput
from engine.serving.predictor import openvino_predictor

class Peer(MLModel):
    async def load(self):
        self.predictor = openvino_predictor(os.environ["PEER_MODEL"])
        self.predictor.warm_up()
        return True

    async def predict(self, payload):
        told = self.predictor.predict(base64.b64decode(payload.inputs[0].data[0])).to_json()
        output = ResponseOutput(name="predictions", shape=[1], datatype="BYTES", data=[json.dumps(told)])
        return InferenceResponse(model_name=self.name, outputs=[output])
"""


def against_mlserver() -> dict[str, float]:
    """Requests a second of both, with images of 224 and of 640 px, JPEG as it is here and in base64 there."""
    figures: dict[str, float] = {}
    for side in (224, 640):
        ours, peers = _rounds(side)
        name = "" if side == 224 else f"_{side}"
        figures[f"serve.vs_mlserver{name}_ratio"] = statistics.median(ours) / statistics.median(peers)
        figures[f"serve.requests{name}_per_s"] = statistics.median(ours)
        figures[f"serve.mlserver{name}_per_s"] = statistics.median(peers)
    return figures


def soak() -> dict[str, float]:
    """Errors, and how much more memory is used at the end than after the first tenth."""
    from tests.unit.serving.conftest import Server

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as temporary:
        folder = Path(temporary)
        model, image = _model(folder, 640), _image(640)
        with _running(Server(model)) as server:
            load = subprocess.Popen(
                _wrk(folder, server.url + "/predict", image, SOAK_S), stdout=subprocess.PIPE, text=True
            )
            used: list[float] = []
            while load.poll() is None:
                used.append(_rss_mb(server.process.pid))
                time.sleep(min(1.0, SOAK_S / 50))
            said = load.communicate()[0]
    tenth = max(1, len(used) // 10)
    grown = statistics.median(used[-tenth:]) - statistics.median(used[tenth : 2 * tenth])
    return {"serve.soak_errors": float(_errors(said)), "serve.soak_rss_growth_mb": grown, "serve.soak_s": float(SOAK_S),
            "serve.soak_requests": float(re.search(r"(\d+) requests in", said)[1])}  # type: ignore[index]  # fmt: skip


def batching() -> dict[str, float]:
    """Images a second by how they go through a network of a usual size, with 8 clients: alone, in batches, in two streams."""
    from tests.unit.serving.conftest import Server

    ways = {"alone": (), "batched": ("--batch-window-ms", "2", "--batch-max", "4"), "streams": ("--streams", "2")}
    figures: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        model, image = _convolutions(folder), _image(224)
        servers = {name: stack.enter_context(_running(Server(model, *options))) for name, options in ways.items()}
        for _ in range(ROUNDS):
            for name, server in servers.items():
                figures[name].append(_rate(folder, server.url + "/predict", image, clients=8))
    return {f"serve.{name}_per_s": statistics.median(rates) for name, rates in figures.items()}


def _rounds(side: int) -> tuple[list[float], list[float]]:
    from tests.unit.serving.conftest import Server

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        model, image = _model(folder, side), _image(side)
        tensor = {"name": "image", "datatype": "BYTES", "shape": [1], "data": [base64.b64encode(image).decode()]}
        server = stack.enter_context(_running(Server(model)))
        peer = stack.enter_context(_mlserver(folder, model))
        ours, peers = [], []
        for turn in range(ROUNDS + 1):
            first = _rate(folder, server.url + "/predict", image)
            second = _rate(folder, peer, json.dumps({"inputs": [tensor]}).encode(), "application/json")
            if turn:
                ours.append(first)
                peers.append(second)
        return ours, peers


@contextlib.contextmanager
def _running(server: object) -> Iterator[object]:
    server.wait_until_ready()  # type: ignore[attr-defined]
    try:
        yield server
    finally:
        server.stop()  # type: ignore[attr-defined]


@contextlib.contextmanager
def _mlserver(folder: Path, model: Path) -> Iterator[str]:
    """The peer with its own settings, but for ports and names; where it answers."""
    http, grpc, metrics = (_free_port() for _ in range(3))
    place = folder / "peer"
    place.mkdir()
    (place / "peer.py").write_text(RUNTIME)
    settings = {"host": "127.0.0.1", "http_port": http, "grpc_port": grpc, "metrics_port": metrics, "debug": False}
    (place / "settings.json").write_text(json.dumps(settings))
    (place / "model-settings.json").write_text(json.dumps({"name": "peer", "implementation": "peer.Peer"}))
    environment = {**os.environ, "PYTHONPATH": f"{place}:{ROOT}", "PEER_MODEL": str(model)}
    command = [str(_peer_environment() / "bin" / "mlserver"), "start", str(place)]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{http}/v2/models/peer"
    try:
        end = time.monotonic() + 180
        while not _answers(f"{url}/ready"):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"MLServer did not start: {(place / 'log').read_text()[-1500:]}")
            time.sleep(0.1)
        yield f"{url}/infer"
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # with its workers
        process.wait()


def _peer_environment() -> Path:
    if own := os.environ.get("LINESIDE_MLSERVER"):
        return Path(own)
    place = Path.home() / ".cache" / "lineside" / "peers" / "mlserver"
    if not (place / "bin" / "mlserver").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(place / "bin" / "pip"), "install", "-q", *PEER], check=True, stdout=sys.stderr)
    return place


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _rate(folder: Path, url: str, body: bytes, kind: str = "image/jpeg", clients: int = CLIENTS) -> float:
    said = subprocess.run(
        _wrk(folder, url, body, ROUND_S, kind, clients), capture_output=True, text=True, check=True
    ).stdout
    if _errors(said):
        raise SystemExit(f"{url} answered with errors: {said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]


def _wrk(
    folder: Path, url: str, body: bytes, seconds: int, kind: str = "image/jpeg", clients: int = CLIENTS
) -> list[str]:
    (folder / "body").write_bytes(body)
    script = folder / "post.lua"
    script.write_text(
        f'local file = io.open("{folder / "body"}", "rb")\nwrk.body = file:read("*a")\nfile:close()\n'
        f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "{kind}"\n'
    )
    return ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), url]


def _errors(said: str) -> int:
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    return int(refused[1] if refused else 0) + sum(int(count) for count in (broken.groups() if broken else ()))


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return float(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _image(side: int) -> bytes:
    import io

    import numpy as np
    from PIL import Image

    file = io.BytesIO()
    pixels = np.random.default_rng(0).normal(128, 20, (side, side, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def _model(folder: Path, side: int) -> Path:
    from engine.serving.manifest import ModelManifest
    from tests.unit.serving.conftest import write_model

    document = {
        "name": "parts",
        "task": "detection",
        "labels": ["scratch", "dent"],
        "input": {"width": side, "height": side},
    }
    return write_model(folder / "model", ModelManifest.from_json(document))


def _convolutions(folder: Path) -> Path:
    """A classifier of ResNet-18's size and work: 8 pairs of 3 × 3 convolutions from 64 to 512 channels, random weights."""
    import numpy as np
    import openvino
    from openvino import opset13 as ops

    from engine.serving.manifest import ModelManifest

    manifest = ModelManifest.from_json(
        {"name": "parts", "task": "classification", "labels": ["good", "bad"], "input": {"width": 224, "height": 224}}
    )
    rng, images = np.random.default_rng(0), ops.parameter([-1, 3, 224, 224], np.float32, name="images")

    def convolution(x: object, inner: int, outer: int, size: int, stride: int) -> object:
        weights = (rng.standard_normal((outer, inner, size, size)) / np.sqrt(inner * size * size)).astype(np.float32)
        pad = [size // 2] * 2
        return ops.relu(ops.convolution(x, weights, [stride] * 2, pad, pad, [1, 1]))

    x, inner = convolution(images, 3, 64, 7, 4), 64
    for number, outer in enumerate((64, 64, 128, 128, 256, 256, 512, 512)):
        x = convolution(x, inner, outer, 3, 2 if number in (2, 4, 6) else 1)
        x, inner = convolution(x, outer, outer, 3, 1), outer
    mean = ops.reduce_mean(x, np.array([2, 3]), keep_dims=False)
    result = ops.softmax(ops.matmul(mean, rng.standard_normal((512, 2)).astype(np.float32), False, False), 1)
    place = folder / "model"
    place.mkdir()
    openvino.save_model(openvino.Model([result], [images], "test"), place / "model.xml", compress_to_fp16=False)
    manifest.save(place)
    return place


MEASURES = [against_mlserver, soak, batching]
