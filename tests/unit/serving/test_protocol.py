"""The Open Inference Protocol v2 and its extensions, asked by Triton's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.serving.errors import BadRequest
from engine.serving.manifest import ModelManifest
from engine.serving.predictor import openvino_predictor
from engine.serving.tensors import DATATYPES, datatype_of, from_bytes, from_list, to_bytes, to_list, top_classes
from tests.unit.serving.conftest import Server, write_model
from tests.unit.serving.test_server import png

triton = pytest.importorskip("tritonclient.http")
Refusal = pytest.importorskip("tritonclient.utils").InferenceServerException

KINDS = {"task": "classification", "labels": ["good", "scratch", "划痕"], "input": {"width": 32, "height": 24}}


def kinds(number: int, **changes: Any) -> ModelManifest:
    return ModelManifest.from_json({**KINDS, "name": "kinds", "number": number, **changes})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of a classifier."""
    models = tmp_path_factory.mktemp("models")
    for number in (1, 2):
        write_model(models / f"kinds-{number}", kinds(number))
    return models


@pytest.fixture(scope="module")
def running(folder: Path, detector: Path) -> Iterator[Server]:
    server = Server(detector, "--models", str(folder), "--log-requests", "all").wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def client(running: Server) -> Iterator[Any]:
    with triton.InferenceServerClient(running.address, concurrency=4) as opened:
        yield opened


def images(count: int = 1) -> Any:
    return np.random.default_rng(1).random((count, 3, 24, 32), np.float32)


def given(array: Any, datatype: str = "FP32", binary: bool = True) -> Any:
    tensor = triton.InferInput("images", list(array.shape), datatype)
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


def test_health_and_metadata_are_told_of_each_model_and_version(client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert {"classification", "model_repository", "statistics"} < set(client.get_server_metadata()["extensions"])
    assert client.is_model_ready("kinds")
    assert client.is_model_ready("kinds", "1")
    assert not client.is_model_ready("kinds", "7")
    assert not client.is_model_ready("none")
    assert client.get_model_metadata("kinds")["versions"] == ["1", "2"]
    assert client.get_model_metadata("kinds", "1")["name"] == "kinds"
    config = client.get_model_config("kinds", "2")
    assert config["version_policy"] == {"specific": {"versions": [2]}}
    assert {"name": "images", "data_type": "TYPE_FP32", "dims": [3, 24, 32]} in config["input"]


@pytest.mark.parametrize("binary", [True, False])
def test_tensors_go_in_and_out_as_bytes_or_in_json(client: Any, folder: Path, binary: bool) -> None:
    array = images(2)
    asked = [triton.InferRequestedOutput("probabilities", binary_data=not binary)]
    answer = client.infer("kinds", [given(array, binary=binary)], outputs=asked, model_version="1", request_id="a-1")
    expected = openvino_predictor(folder / "kinds-1").infer(array)["probabilities"]
    assert answer.as_numpy("probabilities") == pytest.approx(expected, abs=1e-5)
    response = answer.get_response()
    assert (response["id"], response["model_version"]) == ("a-1", "1")


def test_outputs_that_are_not_named_come_all_and_in_binary(client: Any) -> None:
    answer = client.infer("kinds", [given(images())])
    (output,) = answer.get_response()["outputs"]
    assert output["parameters"] == {"binary_data_size": 12}
    assert answer.get_response()["model_version"] == "2"


def test_half_precision_tensors_become_single(client: Any) -> None:
    dtypes = {"FP16": np.float16, "BF16": pytest.importorskip("ml_dtypes").bfloat16}
    array = images()
    single = client.infer("kinds", [given(array)]).as_numpy("probabilities")
    for datatype, dtype in dtypes.items():
        half = client.infer("kinds", [given(array.astype(dtype), datatype)]).as_numpy("probabilities")
        assert half == pytest.approx(single, abs=0.01)


def test_several_requests_at_once_get_their_own_answers(client: Any) -> None:
    arrays = [images() * scale for scale in (0.2, 1.0, 3.0, 9.0)]
    waiting = [client.async_infer("kinds", [given(array)]) for array in arrays]
    told = [one.get_result().as_numpy("probabilities") for one in waiting]
    alone = [client.infer("kinds", [given(array)]).as_numpy("probabilities") for array in arrays]
    assert all(one == pytest.approx(other) for one, other in zip(told, alone, strict=True))
    assert len({one.tobytes() for one in told}) == 4


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_request_is_taken(client: Any, running: Server, coding: str) -> None:
    plain = client.infer("kinds", [given(images())]).as_numpy("probabilities")
    small = client.infer(
        "kinds", [given(images())], request_compression_algorithm=coding, response_compression_algorithm=coding
    )
    assert small.as_numpy("probabilities") == pytest.approx(plain)
    path = "/v2/models/kinds/infer"
    assert running.post(path, b"no such thing", content_encoding=coding)[0] == 400


def test_a_request_that_unpacks_to_more_than_is_accepted_is_refused(detector: Path) -> None:
    import gzip

    server = Server(detector, "--max-body-mb", "1").wait_until_ready()
    try:
        bomb = gzip.compress(bytes(200 << 20))
        status, answer = server.post("/v2/models/parts/infer", bomb, content_encoding="gzip")
        assert (status, "unpacked" in answer["error"]) == (413, True)
    finally:
        server.stop()


def test_the_highest_classes_come_with_their_labels(client: Any) -> None:
    scores = client.infer("kinds", [given(images(2))]).as_numpy("probabilities")
    asked = [triton.InferRequestedOutput("probabilities", class_count=2)]
    told = client.infer("kinds", [given(images(2))], outputs=asked).as_numpy("probabilities")
    assert told.shape == (2, 2)
    value, place, label = told[0, 0].decode().split(":")
    assert (int(place), float(value)) == (scores[0].argmax(), pytest.approx(scores[0].max(), abs=1e-6))
    assert label == KINDS["labels"][int(place)]


def test_a_threshold_of_the_request_replaces_the_models(client: Any) -> None:
    file = triton.InferInput("image", [1], "BYTES")
    file.set_data_from_numpy(np.array([png()], np.object_))
    assert len(client.infer("parts", [file]).as_numpy("labels")) == 2
    none = client.infer("parts", [file], parameters={"score_threshold": 1})
    assert none.as_numpy("labels").shape == (0,)
    assert none.as_numpy("boxes").shape == (0, 4)


def test_statistics_count_images_runs_and_times(client: Any) -> None:
    before = client.get_inference_statistics("kinds", "1")["model_stats"][0]
    client.infer("kinds", [given(images(3))], model_version="1")
    with pytest.raises(Refusal):
        client.infer("kinds", [given(images(3)[:, :, :5])], model_version="1")
    (now,) = client.get_inference_statistics("kinds", "1")["model_stats"]
    assert now["inference_count"] - before["inference_count"] == 3
    assert now["execution_count"] - before["execution_count"] == 3  # one by one, as it is not batched
    assert now["last_inference"] >= before["last_inference"]
    for name in ("success", "fail", "queue", "compute_infer"):
        assert now["inference_stats"][name]["count"] == before["inference_stats"][name]["count"] + 1, name
    assert now["inference_stats"]["compute_infer"]["ns"] > before["inference_stats"]["compute_infer"]["ns"]
    assert [one["batch_size"] for one in now["batch_stats"]] == [1]
    everything = client.get_inference_statistics()["model_stats"]
    assert {(one["name"], one["version"]) for one in everything} == {("kinds", "1"), ("kinds", "2"), ("parts", "3")}
    assert len(client.get_inference_statistics("kinds")["model_stats"]) == 2


def test_models_are_loaded_and_unloaded_while_others_answer(client: Any, running: Server) -> None:
    listed = {(one["name"], one.get("version")): one["state"] for one in client.get_model_repository_index()}
    assert listed == dict.fromkeys([("kinds", "1"), ("kinds", "2"), ("parts", "3")], "READY")
    client.unload_model("kinds")
    assert not client.is_model_ready("kinds")
    assert client.is_model_ready("parts")
    with pytest.raises(Refusal, match="not loaded"):
        client.infer("kinds", [given(images())])
    assert {one["state"] for one in client.get_model_repository_index() if one["name"] == "kinds"} == {"UNAVAILABLE"}
    client.load_model("kinds")
    assert client.is_model_ready("kinds", "1")
    assert client.is_model_ready("kinds", "2")
    with pytest.raises(Refusal, match="no model “wrong”"):
        client.load_model("wrong")
    with pytest.raises(Refusal, match="not taken from requests"):
        client.load_model("kinds", config="{}")
    status, index = running.post("/v2/repository/index", b'{"ready": true}')
    assert (status, len(index)) == (200, 3)


def test_what_is_not_offered_is_refused_with_a_sentence(client: Any) -> None:
    for ask in (
        client.get_system_shared_memory_status, client.get_cuda_shared_memory_status, client.get_trace_settings,
        client.get_log_settings, lambda: client.register_system_shared_memory("a", "/b", 8),
        client.unregister_system_shared_memory, lambda: client.update_log_settings({"log_info": True}),
        lambda: client.update_trace_settings("kinds", {"trace_rate": "1"}),
    ):  # fmt: skip
        with pytest.raises(Refusal, match="not offered") as refused:
            ask()
        assert refused.value.status() == "501"
    tensor = triton.InferInput("images", [1, 3, 24, 32], "FP32")
    tensor.set_shared_memory("region", 10)
    with pytest.raises(Refusal, match="Shared memory"):
        client.infer("kinds", [tensor])
    with pytest.raises(Refusal, match="sequence"):
        client.infer("kinds", [given(images())], sequence_id=3)


def test_without_a_folder_of_models_nothing_is_loaded_or_unloaded(server: Server) -> None:
    for verb in ("load", "unload"):
        status, answer = server.post(f"/v2/repository/models/parts/{verb}", b"")
        assert (status, "--models" in answer["error"]) == (403, True)
    assert server.post("/v2/repository/index", b"")[1] == [
        {"name": "parts", "version": "3", "state": "READY", "reason": ""}
    ]


@pytest.mark.parametrize("datatype", DATATYPES)
def test_each_datatype_goes_there_and_back(datatype: str) -> None:
    if datatype == "BYTES":
        array: Any = np.array([[b"", "划痕".encode()], [b"a\0b", b"x" * 300]], np.object_)
    elif datatype == "BF16":
        values = np.array([1.5, -2.0, 0.0, 384.0], "<f4").reshape(2, 2)
        found = from_bytes(memoryview((values.view("<u4") >> 16).astype("<u2").tobytes()), datatype, [2, 2], "t")
        assert (found == values).all()
        with pytest.raises(BadRequest, match="binary"):
            from_list([1.5], datatype, [1], "t")
        return
    else:
        from engine.serving.tensors import NUMBERS

        array = np.array([[0, 1], [1, 0]]).astype(NUMBERS[datatype])
    found = from_bytes(memoryview(to_bytes(array)), datatype, [2, 2], "t")
    assert (datatype_of(found), (found == array).all()) == (datatype, True)
    if datatype not in ("BYTES", "FP16"):
        assert (from_list(json.loads(json.dumps(to_list(array))), datatype, [2, 2], "t") == array).all()
    with pytest.raises(BadRequest):
        from_bytes(memoryview(to_bytes(array)[:-1]), datatype, [2, 2], "t")


@pytest.mark.parametrize(("datatype", "value"), [("UINT8", 256), ("INT8", -129), ("UINT64", -1), ("INT32", 1 << 40), ("FP32", "a")])  # fmt: skip
def test_a_value_that_its_datatype_cannot_hold_is_refused(datatype: str, value: Any) -> None:
    with pytest.raises(BadRequest):
        from_list([value], datatype, [1], "t")


def test_classes_of_an_array_without_labels_are_told_by_number() -> None:
    assert top_classes(np.array([1, 5, 10, 4]), 2, ["a"]).tolist() == [b"10.000000:2", b"5.000000:1"]
