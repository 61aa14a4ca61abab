from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.serving.manifest import ModelManifest


@pytest.fixture
def manifest() -> Callable[..., ModelManifest]:
    """A small detector's manifest; keywords replace top-level keys of its JSON."""

    def make(**changes: Any) -> ModelManifest:
        document: dict[str, Any] = {
            "schema": 1,
            "name": "parts",
            "task": "detection",
            "labels": ["scratch", "dent"],
            "input": {"name": "images", "width": 64, "height": 48, "channels": 3},
            "preprocess": {"resize": "letterbox", "mean": [0.5], "std": [0.25], "pad_value": 100},
            "postprocess": {"score_threshold": 0.3, "iou_threshold": 0.5, "max_detections": 10},
        }
        return ModelManifest.from_json({**document, **changes})

    return make


def write_model(folder: Path, manifest: ModelManifest) -> Path:
    """A real OpenVINO model without training: what it says follows from the mean colour of the image."""
    import openvino
    from openvino import opset13 as ops

    spec = manifest.input
    images = ops.parameter([-1, spec.channels, spec.height, spec.width], np.float32, name=spec.name)
    mean = ops.reduce_mean(images, np.array([2, 3]), keep_dims=False)
    weights = np.linspace(-1, 1, spec.channels * len(manifest.labels), dtype=np.float32)
    logits = ops.matmul(mean, weights.reshape(spec.channels, -1), False, False)
    if manifest.task == "classification":
        results = [ops.softmax(logits, 1)]
    else:
        boxes = np.array([[[8, 0, 32, 24], [8, 0, 56, 48]]], np.float32)
        anchor = ops.reduce_sum(mean, np.array([1]), keep_dims=True)
        zeros = ops.multiply(ops.unsqueeze(anchor, 2), np.zeros((1, 2, 4), np.float32))
        scores = ops.unsqueeze(ops.sigmoid(logits), 1)
        results = [ops.add(zeros, boxes), ops.concat([scores, ops.multiply(scores, np.float32(0.1))], 1)]
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(openvino.Model(results, [images], "test"), folder / "model.xml", compress_to_fp16=False)
    manifest.save(folder)
    return folder


class Server:
    """`python -m engine.serving` as a process of its own, on a free port."""

    def __init__(self, model: Path, *options: str) -> None:
        command = [sys.executable, "-m", "engine.serving", "--model", str(model), "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.address = self.url.partition("://")[2]
        self.port = int(self.url.rpartition(":")[2] or 0)

    def wait_until_ready(self) -> Server:
        while self.get("/v2/health/ready")[0] != 200:
            assert self.process.poll() is None
            time.sleep(0.01)
        return self

    def get(self, path: str) -> tuple[int, Any]:
        return self.request("GET", path)

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        return self.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def request(self, method: str, path: str, body: bytes | None = None, headers: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            content = response.read()
            is_json = response.headers.get_content_type() == "application/json"
            return response.status, json.loads(content) if is_json and content else content
        finally:
            connection.close()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of a detector."""
    manifest = ModelManifest.from_json({"name": "parts", "number": 3, "task": "detection", "labels": ["scratch", "划痕"],
        "input": {"width": 64, "height": 48}, "postprocess": {"score_threshold": 0.3}})  # fmt: skip
    return write_model(tmp_path_factory.mktemp("detector"), manifest)


@pytest.fixture(scope="module")
def server(detector: Path) -> Iterator[Server]:
    """A running server of the detector."""
    running = Server(detector, "--max-body-mb", "2", "--max-megapixels", "1").wait_until_ready()
    yield running
    running.stop()


@pytest.fixture
def own_server(detector: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers that a test changes or stops."""
    started: list[Server] = []

    def start(*options: str) -> Server:
        started.append(Server(detector, *options))
        return started[-1]

    yield start
    for server in started:
        server.stop()
