from __future__ import annotations

import base64
import io
import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.serving.kept import Kept
from engine.serving.predictor import openvino_predictor


def png(width: int = 64, height: int = 48, value: int = 200) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (value, 0, 0)).save(file, "PNG")
    return file.getvalue()


def tensor(name: str, datatype: str, shape: list[int], data: object) -> bytes:
    return json.dumps({"inputs": [{"name": name, "datatype": datatype, "shape": shape, "data": data}]}).encode()


INFER = "/v2/models/parts/infer"


def test_an_image_gives_labels_and_boxes_as_the_predictor_does(server, detector: Path) -> None:
    status, answer = server.post("/predict", png(), content_type="image/png")
    here = openvino_predictor(detector).predict(png()).to_json()
    assert status == 200
    assert answer["detections"] == here["detections"]
    assert answer["detections"][0]["label"] == "划痕"
    assert answer["image"] == {"width": 64, "height": 48}


def test_a_form_with_a_file_is_taken_as_the_image(server) -> None:
    body = b'--XX\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--XX\r\n'
    body += b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + png() + b"\r\n--XX--\r\n"
    status, answer = server.post("/predict", body, content_type="multipart/form-data; boundary=XX")
    assert (status, answer["detections"]) == (200, server.post("/predict", png())[1]["detections"])


def test_the_threshold_of_a_request_replaces_the_models(server) -> None:
    assert server.post("/predict?score_threshold=1", png())[1]["detections"] == []
    assert server.post("/predict?score_threshold=2", png())[0] == 400


def test_health_metadata_and_versions_are_told(server) -> None:
    assert server.get("/v2/health/live")[0] == server.get("/v2/health/ready")[0] == 200
    assert "binary_tensor_data" in server.get("/v2")[1]["extensions"]
    described = server.get("/v2/models/parts")[1]
    assert described == server.get("/v2/models/parts/versions/3")[1]
    assert described["versions"] == ["3"]
    assert {"name": "images", "datatype": "FP32", "shape": [-1, 3, 48, 64]} in described["inputs"]
    assert server.get("/v2/models/parts/ready")[0] == 200
    assert server.get("/v2/models/other")[0] == server.get("/v2/models/parts/versions/9")[0] == 404
    assert server.get("/nowhere")[0] == 404
    assert server.get("/predict")[0] == 405
    assert server.request("DELETE", "/v2")[0] == 405


def test_tensors_in_json_give_the_networks_own_outputs(server, detector: Path) -> None:
    images = np.random.default_rng(0).random((2, 3, 48, 64), np.float32)
    status, answer = server.post(INFER, tensor("images", "FP32", [2, 3, 48, 64], images.ravel().tolist()))
    expected = openvino_predictor(detector).infer(images)
    assert status == 200
    for output in answer["outputs"]:
        assert np.reshape(output["data"], output["shape"]) == pytest.approx(expected[output["name"]], abs=1e-5)


def test_an_image_in_base64_gives_the_finished_answer(server) -> None:
    encoded = base64.b64encode(png()).decode()
    status, answer = server.post(INFER, tensor("image", "BYTES", [2], [encoded, encoded]))
    outputs = {output["name"]: output for output in answer["outputs"]}
    assert status == 200
    assert outputs["labels"]["data"] == ["划痕", "scratch"] * 2
    assert outputs["boxes"]["shape"] == [4, 4]
    assert outputs["image_index"]["data"] == [0, 0, 1, 1]
    assert json.loads(outputs["predictions"]["data"][1])["detections"]


def test_tritons_own_client_works_with_images_pixels_and_tensors(server, detector: Path) -> None:
    triton = pytest.importorskip("tritonclient.http")
    client = triton.InferenceServerClient(server.address)
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("parts", "3")
    assert client.get_server_metadata()["name"] == "lineside"
    assert client.get_model_metadata("parts")["platform"] == "openvino_ir"

    files = triton.InferInput("image", [1], "BYTES")
    files.set_data_from_numpy(np.array([png()], np.object_))
    found = client.infer("parts", [files], request_id="7")
    assert found.get_response()["id"] == "7"
    assert found.as_numpy("labels").tolist() == ["划痕".encode(), b"scratch"]
    assert found.as_numpy("boxes").shape == (2, 4)

    asked = [
        triton.InferRequestedOutput("scores", binary_data=True),
        triton.InferRequestedOutput("boxes", binary_data=False),
    ]
    pixels = np.asarray(Image.open(io.BytesIO(png())))
    decoded = triton.InferInput("pixels", list(pixels.shape), "UINT8")
    decoded.set_data_from_numpy(pixels)
    again = client.infer("parts", [decoded], outputs=asked)
    assert again.as_numpy("scores") == pytest.approx(found.as_numpy("scores"))
    assert again.as_numpy("boxes") == pytest.approx(found.as_numpy("boxes"))

    images = np.random.default_rng(0).random((1, 3, 48, 64), np.float32)
    raw = triton.InferInput("images", list(images.shape), "FP32")
    raw.set_data_from_numpy(images)
    answer = client.infer("parts", [raw], model_version="3")
    assert answer.as_numpy("scores") == pytest.approx(openvino_predictor(detector).infer(images)["scores"], abs=1e-5)
    with pytest.raises(triton.InferenceServerException, match="no output"):
        client.infer("parts", [raw], outputs=[triton.InferRequestedOutput("none")])
    client.close()


def bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000))


BAD = {
    "no image": ("/predict", b"hello", 400, "not an image"),
    "cut off": ("/predict", png(900, 900)[:-50], 400, "damaged"),
    "bomb": ("/predict", bomb(), 400, "50000 × 50000"),
    "too many pixels": ("/predict", png(1100, 1000), 400, "pixels"),
    "empty": ("/predict", b"", 400, "empty"),
    "too large": ("/predict", bytes(3 << 20), 413, "at most"),
    "not json": (INFER, b"{", 400, "JSON"),
    "deep json": (INFER, b"[" * 100_000, 400, "JSON"),
    "no inputs": (INFER, b"{}", 400, "inputs"),
    "list": (INFER, b"[]", 400, "object"),
    "unknown input": (INFER, tensor("x", "FP32", [1], [1]), 400, "no input"),
    "wrong dtype": (INFER, tensor("images", "INT8", [1, 3, 48, 64], [0]), 400, "FP32"),
    "wrong shape": (INFER, tensor("images", "FP32", [1, 3, 10, 10], [0] * 300), 400, "shape"),
    "huge batch": (INFER, tensor("images", "FP32", [9999, 3, 48, 64], [0]), 400, "shape"),
    "too few values": (INFER, tensor("images", "FP32", [1, 3, 48, 64], [0]), 400, "9216"),
    "not numbers": (INFER, tensor("images", "FP32", [1, 3, 48, 64], ["a"]), 400, "numbers"),
    "ragged": (INFER, tensor("pixels", "UINT8", [2, 2, 1], [[1], [1, 2]]), 400, "numbers"),
    "negative": (INFER, tensor("pixels", "UINT8", [1, 1, 1], [-1]), 400, "255"),
    "shape of words": (INFER, tensor("pixels", "UINT8", ["a"], [-1]), 400, "shape"),
    "not base64": (INFER, tensor("image", "BYTES", [1], ["%%"]), 400, "base64"),
    "no binary": (INFER, b'{"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 99}}]}', 400, "99"),
    "other model": ("/v2/models/no/infer", b"{}", 404, "no model"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "body", "status", "words"), BAD.values(), ids=BAD.keys())
def test_a_wrong_request_is_told_why(server, path: str, body: bytes, status: int, words: str) -> None:
    got, answer = server.post(path, body)
    assert (got, words in answer["error"]) == (status, True), answer
    assert server.post("/predict", png())[0] == 200


def test_a_wrong_binary_tensor_is_told_why(server) -> None:
    head = {"name": "image", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 6}}
    for rest in (b"\xff\xff\xff\xffab", b"\x02\0\0\0ab"[:6] + b"zz"):
        document = json.dumps({"inputs": [head]}).encode()
        length = str(len(document))
        assert server.post(INFER, document + rest, inference_header_content_length=length)[0] == 400
    assert server.post(INFER, b"{}", inference_header_content_length="99999")[0] == 400
    assert server.post(INFER, b"{}", inference_header_content_length="-1")[0] == 400


def test_a_compressed_or_endless_body_is_refused(server) -> None:
    assert server.post("/predict", zlib.compress(png()), content_encoding="deflate")[0] == 415

    def endless():
        while True:
            yield bytes(1 << 16)

    try:
        status, _ = server.request("POST", "/predict", endless())  # type: ignore[arg-type]
    except OSError:  # the server closed while we were sending
        status = 413
    assert status == 413


def test_two_lengths_in_one_request_are_refused(server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as link:
        link.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET"
        )
        assert b" 400 " in link.recv(1000)


def test_metrics_count_requests_and_times(server) -> None:
    def answered() -> float:
        text = server.get("/metrics")[1].decode()
        for line in text.splitlines():
            assert re.fullmatch(r'# TYPE \w+ \w+|# HELP \w+ .+|\w+({(\w+="[^"]*",?)+})? [-+.\deE]+', line), line
        found = re.search(r'lineside_requests_total{path="predict",status="200"} (\d+)', text)
        assert 'lineside_step_seconds_bucket{step="infer",le="+Inf"}' in text
        return float(found[1]) if found else 0

    server.post("/predict", png())
    before = answered()
    server.post("/predict", png())
    assert answered() == before + 1


def test_running_requests_are_finished_on_sigterm(own_server) -> None:
    server = own_server("--drain-seconds", "2").wait_until_ready()
    statuses: list[int] = []
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            try:
                statuses.append(server.post("/predict", png())[0])
            except ConnectionRefusedError:
                return

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(statuses) < 20:
        time.sleep(0.005)
    server.process.terminate()
    while server.get("/v2/health/ready")[0] == 200:
        time.sleep(0.005)
    assert server.process.wait(20) == 0
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}


def test_more_than_may_wait_is_answered_429(own_server) -> None:
    server = own_server("--workers", "1", "--queue", "0").wait_until_ready()
    statuses: set[int] = set()
    body = png(3000, 3000)

    def ask() -> None:
        for _ in range(5):
            statuses.add(server.post("/predict", body)[0])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == {200, 429}


def test_headers_that_never_end_close_the_connection(own_server) -> None:
    server = own_server("--header-seconds", "1").wait_until_ready()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as link:
        link.sendall(b"GET / HTTP/1.1\r\nX-A: ")
        assert link.recv(10) == b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as link:
        line = b"X-B: " + b"b" * 4000 + b"\r\n"
        with pytest.raises(OSError):
            link.sendall(line * 10_000)
    assert server.get("/v2/health/live")[0] == 200


def test_doubtful_images_are_kept_within_the_limit(own_server, tmp_path: Path) -> None:
    folder = tmp_path / "feedback"
    folder.mkdir()
    (folder / "rules.json").write_text('{"megabytes": 0.006}')
    server = own_server("--feedback", str(folder)).wait_until_ready()
    for value in range(0, 255, 5):
        assert server.post("/predict", png(value=value))[0] == 200
    assert server.stop() == 0
    kept = sorted(folder.glob("*.item"))
    assert 0 < sum(path.stat().st_size for path in kept) <= 6000
    assert all(Kept.read(path.read_bytes()).prediction["detections"] for path in kept)


def test_a_folder_without_a_model_ends_the_server_with_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "engine.serving", "--model", str(tmp_path), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "model.json cannot be read" in done.stderr


def test_a_share_of_sure_images_is_recorded_too_and_none_without_it(own_server, tmp_path: Path) -> None:
    for share, folder in (("0", tmp_path / "none"), ("0.5", tmp_path / "some")):
        folder.mkdir()
        (folder / "rules.json").write_text(json.dumps({"share": float(share)}))
        server = own_server("--feedback", str(folder)).wait_until_ready()
        for blue in range(215, 255):
            file = io.BytesIO()
            Image.new("RGB", (64, 48), (0, 0, blue)).save(file, "PNG")
            assert server.post("/predict", file.getvalue())[1]["detections"][-1]["score"] > 0.6
        assert server.stop() == 0
    assert not list((tmp_path / "none").glob("*.item"))
    assert 5 < len(list((tmp_path / "some").glob("*.item"))) < 35
