"""The Open Inference Protocol v2: tensors in, tensors out, as JSON and with the binary tensor extension.

https://github.com/kserve/open-inference-protocol and Triton's binary tensor data extension. A model answers to one of
three inputs: its own network input (FP32, or FP16 and BF16, which become it; raw outputs back), `image` (BYTES: encoded files) or `pixels` (UINT8: decoded
images); the last two give the finished answer. A model of tables takes its columns instead, each an input of its name (BYTES
for categories, a number's datatype for numbers), which give the finished answer too.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.serving.answers import Detection, Tags
from engine.serving.errors import BadRequest, expect
from engine.serving.images import Pixels
from engine.serving.manifest import OBJECTS, ModelManifest
from engine.serving.predictor import Prediction
from engine.serving.preprocess import Floats
from engine.serving.skeleton import named
from engine.serving.tables import TableSpec
from engine.serving.tensors import (
    DATATYPES,
    Array,
    datatype_of,
    from_bytes,
    from_list,
    length_prefixed,
    to_bytes,
    to_list,
    top_classes,
)

FILES = "image"
PIXELS = "pixels"
MAX_BATCH = 16
FLOATS = ("FP32", "FP16", "BF16")  # of the network's input
CARRIED = {"rotated": [-1, 5], "points": [-1, -1, 3]}  # shapes of what objects carry beside their boxes
EXTENSIONS = (
    "binary_tensor_data", "classification", "model_configuration", "model_repository", "statistics", "parameters",
)  # fmt: skip


@dataclass(frozen=True)
class InferRequest:
    """A request that fits the model: exactly one of tensor, files, pixels and columns is filled."""

    id: str = ""
    tensor: Floats | None = None  # (N, C, H, W)
    files: tuple[bytes, ...] = ()
    pixels: tuple[Pixels, ...] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # of a table
    outputs: Mapping[str, bool] | None = None  # asked for by name → in binary; None: all
    classes: Mapping[str, int] = field(
        default_factory=dict
    )  # outputs of which only the highest are asked for, and how many
    binary: bool = False  # of outputs that are not named
    threshold: float | None = None  # instead of the model's
    seconds: float | None = None  # within which it is to be begun
    parameters: Mapping[str, Any] = field(default_factory=dict)


def server_metadata(version: str) -> dict[str, Any]:
    """`GET /v2`."""
    return {"name": "lineside", "version": version, "extensions": list(EXTENSIONS)}


def model_metadata(manifest: ModelManifest, versions: Sequence[int] = ()) -> dict[str, Any]:
    """`GET /v2/models/{name}`; `versions`: those of the model that are loaded, where there are others."""
    spec = manifest.input
    finished = [
        {"name": "labels", "datatype": "BYTES", "shape": [-1]},
        {"name": "scores", "datatype": "FP32", "shape": [-1]},
        {"name": "image_index", "datatype": "INT32", "shape": [-1]},
        {"name": "predictions", "datatype": "BYTES", "shape": [-1]},
    ]
    if manifest.task in OBJECTS or manifest.task == "segmentation":
        finished.insert(2, {"name": "boxes", "datatype": "FP32", "shape": [-1, 4]})
    if (carried := OBJECTS.get(manifest.task)) in CARRIED:
        finished.insert(3, {"name": carried, "datatype": "FP32", "shape": CARRIED[str(carried)]})
    for target in several(manifest):
        finished.append({"name": f"labels.{target}", "datatype": "BYTES", "shape": [-1]})
        finished.append({"name": f"scores.{target}", "datatype": "FP32", "shape": [-1]})
    raw = _raw_shapes(manifest)
    inputs = [
        {"name": FILES, "datatype": "BYTES", "shape": [-1]},
        {"name": PIXELS, "datatype": "UINT8", "shape": [-1, -1, -1, spec.channels]},
    ]
    if manifest.table is not None:
        inputs = [
            {"name": column.name, "datatype": "BYTES" if column.kind == "category" else "FP32", "shape": [-1]}
            for column in manifest.table.columns
        ]
    tensor = {"name": spec.name, "datatype": "FP32", "shape": [-1, spec.channels, spec.height, spec.width]}
    return {
        "name": manifest.name,
        "versions": [str(number) for number in versions or (manifest.number,)],
        "platform": "openvino_ir",
        "inputs": [*inputs, tensor],
        "outputs": finished,
        "parameters": {
            "task": manifest.task,
            "labels": list(manifest.labels),
            **({"skeletons": named(manifest.labels, manifest.skeletons)} if manifest.skeletons else {}),
            "one_input": f"Send {'one' if manifest.table is None else 'all but the last, or the last'} of the inputs;"
            f" {spec.name} gives the network's own outputs.",
            "raw_outputs": [{"name": name, "datatype": "FP32", "shape": raw[name]} for name in manifest.outputs],
        },
    }


def model_config(manifest: ModelManifest) -> dict[str, Any]:
    """`GET /v2/models/{name}/config`: the model configuration extension, as far as it says something of this server."""
    metadata = model_metadata(manifest)
    rows = MAX_BATCH if manifest.table is None else 0

    def of(tensors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        kinds = {"BYTES": "TYPE_STRING"}
        return [
            {
                "name": one["name"],
                "data_type": kinds.get(one["datatype"], f"TYPE_{one['datatype']}"),
                "dims": one["shape"][1:] if rows else one["shape"],
            }
            for one in tensors
        ]

    return {
        "name": manifest.name,
        "platform": metadata["platform"],
        "backend": "openvino",
        "version_policy": {"specific": {"versions": [manifest.number]}},
        "max_batch_size": rows,
        "input": of(metadata["inputs"]),
        "output": of(metadata["outputs"]),
        "parameters": {"task": {"string_value": manifest.task}, "precision": {"string_value": manifest.precision}},
    }


def several(manifest: ModelManifest) -> tuple[str, ...]:
    """The columns that a model of tables foretells, where there is more than one."""
    table = manifest.table
    return tuple(one.name for one in table.targets(manifest.labels)) if table is not None and table.others else ()


def _raw_shapes(manifest: ModelManifest) -> dict[str, list[int]]:
    """Of the network's own outputs; −1 is any number."""
    classes = len(manifest.labels)
    return {
        "detection": {"boxes": [-1, -1, 4], "scores": [-1, -1, classes]},
        "rotated": {"boxes": [-1, -1, 4], "scores": [-1, -1, classes], "rotated": [-1, -1, 6]},
        "keypoints": {"boxes": [-1, -1, 4], "scores": [-1, -1, classes], "points": [-1, -1, -1, 3]},
        "instances": {
            "boxes": [-1, -1, 4], "scores": [-1, -1, classes], "coefficients": [-1, -1, -1], "prototypes": [-1, -1, -1, -1],
        },
        "classification": {"probabilities": [-1, classes]},
        "multilabel": {"probabilities": [-1, classes]},
        "segmentation": {"probabilities": [-1, classes + 1, -1, -1]},
        "anomaly": {"scores": [-1], "maps": [-1, -1, -1]},
        "tabular": {"probabilities": [-1, *([count] if (count := len(several(manifest))) else []), classes]},
    }[manifest.task]  # fmt: skip


def parse(body: bytes, header_length: str | None, manifest: ModelManifest) -> InferRequest:
    """Read the body of an infer request.

    Args:
        body: JSON, followed by binary tensors where `header_length` says how long the JSON is.
        header_length: the header Inference-Header-Content-Length.
        manifest: of the model that is asked.

    Raises:
        BadRequest: it does not fit the protocol or the model; the message says what.
    """
    document, rest = _split(body, header_length)
    inputs = document.get("inputs")
    parameters = document.get("parameters") or {}
    expect(isinstance(parameters, dict), "“parameters” is an object.")
    expect(
        not parameters.get("sequence_id"), "Requests of one sequence are not told apart here; send no “sequence_id”."
    )
    binary = bool(parameters.get("binary_data_output"))
    asked: dict[str, Any] = {
        "id": str(document.get("id") or ""),
        "outputs": _asked(document.get("outputs"), binary),
        "classes": _classes(document.get("outputs")),
        "binary": binary,
        "threshold": _number(parameters, "score_threshold", 1),
        "seconds": None if (told := _number(parameters, "timeout", math.inf)) is None else told / 1e6 or None,
        "parameters": parameters,
    }
    if manifest.table is not None and not _is_tensor(inputs, manifest):
        return InferRequest(columns=_columns(inputs, rest, manifest.table), **asked)
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise BadRequest(
            f"“inputs” holds exactly one tensor: {FILES} (BYTES), {PIXELS} (UINT8) or {manifest.input.name} (FP32)."
        )
    given = inputs[0]
    name, datatype, shape = given.get("name"), given.get("datatype"), _shape(given)
    data, left = _data(given, rest)
    if left:
        raise BadRequest(f"{left} bytes follow the last tensor; binary_data_size does not fit the body.")
    parts: dict[str, Any] = {}
    if name == FILES:
        expect(datatype == "BYTES", f"{FILES} has the datatype BYTES, not {datatype}.")
        parts["files"] = _files(data, shape)
    elif name == PIXELS:
        expect(datatype == "UINT8", f"{PIXELS} has the datatype UINT8, not {datatype}.")
        parts["pixels"] = _images(_array(data, "UINT8", shape, PIXELS))
    elif name == manifest.input.name:
        expect(datatype in FLOATS, f"{name} has the datatype FP32 (or FP16 and BF16, which become it), not {datatype}.")
        spec = manifest.input
        expect(
            len(shape) == 4
            and tuple(shape[1:]) == (spec.channels, spec.height, spec.width)
            and 1 <= shape[0] <= MAX_BATCH,
            f"{name} has the shape [1 … {MAX_BATCH}, {spec.channels}, {spec.height}, {spec.width}], not {shape}.",
        )
        parts["tensor"] = _array(data, str(datatype), shape, name).astype(np.float32, copy=False)
    else:
        raise BadRequest(f"The model has no input “{name}”; it has {FILES}, {PIXELS} and {manifest.input.name}.")
    return InferRequest(**asked, **parts)


def _is_tensor(inputs: Any, manifest: ModelManifest) -> bool:
    alone = isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], dict)
    return alone and inputs[0].get("name") == manifest.input.name


def _columns(inputs: Any, rest: memoryview, table: TableSpec) -> dict[str, Sequence[Any]]:
    """The columns of a table, each a tensor of one dimension (or N × 1)."""
    names = ", ".join(column.name for column in table.columns)
    expect(
        isinstance(inputs, list) and bool(inputs) and all(isinstance(given, dict) for given in inputs),
        f"“inputs” holds a tensor for each column: {names}.",
    )
    found: dict[str, Sequence[Any]] = {}
    for given in inputs:
        name, datatype, shape = str(given.get("name")), given.get("datatype"), _shape(given)
        data, left = _data(given, rest)
        rest = rest[len(rest) - left :]
        expect(math.prod(shape) == max(shape), f"{name} is one column, of the shape [rows] or [rows, 1], not {shape}.")
        if not isinstance(data, memoryview):
            expect(
                len(data) == max(shape), f"{name} of the shape {shape} has {max(shape)} values; {len(data)} were sent."
            )
            found[name] = data
        else:
            expect(datatype in DATATYPES, f"{name} has a datatype of {', '.join(DATATYPES)}, not {datatype}.")
            found[name] = to_list(from_bytes(data, str(datatype), shape, name))
    return found


def finished_outputs(predictions: Sequence[Prediction]) -> dict[str, Array]:
    """The tensors that answer `image` and `pixels`: found objects of all images in one list, with their image's index."""
    labels: list[str] = []
    scores: list[float] = []
    boxes: list[Sequence[float]] = []
    index: list[int] = []
    carried: dict[str, list[Any]] = {name: [] for name in CARRIED}
    for number, prediction in enumerate(predictions):
        for label, score, found in _found(prediction):
            labels.append(label)
            scores.append(score)
            index.append(number)
            boxes.append(getattr(found, "box", ()))
            for name, values in carried.items():
                values.append(getattr(found, name, ()))
    most = max((len(points) for points in carried["points"]), default=0)  # labels may have fewer: filled up with zeros
    carried["points"] = [[*points, *[(0.0,) * 3] * (most - len(points))] for points in carried["points"]]
    outputs: dict[str, Array] = {
        "labels": np.array([label.encode() for label in labels], np.object_),
        "scores": np.array(scores, np.float32),
        "boxes": np.array(boxes, np.float32).reshape(len(boxes), -1 if boxes else 4),
        "image_index": np.array(index, np.int32),
        "predictions": np.array(
            [json.dumps(prediction.to_json(), ensure_ascii=False).encode() for prediction in predictions], np.object_
        ),
    }
    if any(prediction.classification for prediction in predictions):
        del outputs["boxes"]
    tasks = {OBJECTS.get(prediction.task) for prediction in predictions}
    for name in CARRIED.keys() & tasks:
        sides = CARRIED[name][1:]
        shape = (len(boxes), *sides) if boxes else (0, *(max(0, side) for side in sides))
        outputs[name] = np.array(carried[name], np.float32).reshape(shape)
    for target in predictions[0].targets if predictions else ():
        told = [prediction.targets[target] for prediction in predictions]
        outputs[f"labels.{target}"] = np.array([one.label.encode() for one in told], np.object_)
        outputs[f"scores.{target}"] = np.array([one.score for one in told], np.float32)
    return outputs


def _found(prediction: Prediction) -> list[tuple[str, float, Detection | None]]:
    """What is said of one image: its label, its labels, or its objects."""
    whole = prediction.classification
    if isinstance(whole, Tags):
        return [(label, score, None) for label, score in whole.said]
    if whole is not None:
        return [(whole.label, whole.score, None)]
    return [(found.label, found.score, found) for found in prediction.detections]


def answer(request: InferRequest, manifest: ModelManifest, outputs: Mapping[str, Array]) -> tuple[bytes, int | None]:
    """The body of the response, and the length of its JSON where binary tensors follow.

    Raises:
        BadRequest: an output was asked for that there is not.
    """
    asked = request.outputs if request.outputs is not None else dict.fromkeys(outputs, request.binary)
    described, binary = [], []
    for name, as_binary in asked.items():
        if name not in outputs:
            raise BadRequest(f"The model has no output “{name}” for this input; it has {', '.join(outputs)}.")
        array = outputs[name]
        if count := request.classes.get(name):
            expect(array.dtype != np.object_ and array.ndim > 0, f"{name} has no scores to choose the highest of.")
            array = top_classes(array, count, manifest.labels)
        tensor: dict[str, Any] = {"name": name, "datatype": datatype_of(array), "shape": list(array.shape)}
        if as_binary:
            raw = to_bytes(array)
            tensor["parameters"] = {"binary_data_size": len(raw)}
            binary.append(raw)
        else:
            tensor["data"] = to_list(array)
        described.append(tensor)
    document: dict[str, Any] = {
        "model_name": manifest.name,
        "model_version": str(manifest.number),
        "outputs": described,
        **({"id": request.id} if request.id else {}),
    }
    head = json.dumps(document, ensure_ascii=False).encode()
    return b"".join([head, *binary]), len(head) if binary else None


def _split(body: bytes, header_length: str | None) -> tuple[dict[str, Any], memoryview]:
    length = len(body)
    if header_length is not None:
        expect(
            header_length.isascii() and header_length.isdigit() and int(header_length) <= len(body),
            "Inference-Header-Content-Length does not fit the body.",
        )
        length = int(header_length)
    try:
        document = json.loads(body[:length])
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The body is not valid JSON ({error}).") from error
    expect(isinstance(document, dict), "The body is not a JSON object.")
    return document, memoryview(body)[length:]


def _shape(given: dict[str, Any]) -> list[int]:
    shape = given.get("shape")
    expect(
        isinstance(shape, list)
        and 1 <= len(shape) <= 4
        and all(type(side) is int and 0 <= side < 1 << 31 for side in shape),
        "“shape” is a list of 1 to 4 whole numbers.",
    )
    return list(shape or [])


def _data(given: dict[str, Any], rest: memoryview) -> tuple[Any, int]:
    """The tensor's data (a list, or bytes of the binary part), and how many bytes are left behind it."""
    parameters = _parameters(given)
    size = parameters.get("binary_data_size")
    if size is None:
        expect(isinstance(given.get("data"), list), "The tensor has neither “data” nor binary_data_size.")
        return given["data"], len(rest)
    expect(
        type(size) is int and 0 <= size <= len(rest),
        f"binary_data_size is {size}, but {len(rest)} bytes follow the JSON.",
    )
    return rest[:size], len(rest) - size


def _files(data: Any, shape: list[int]) -> tuple[bytes, ...]:
    files = length_prefixed(data) if isinstance(data, memoryview) else [_from_base64(element) for element in data]
    expect(
        math.prod(shape) == len(files) and 1 <= len(files) <= MAX_BATCH,
        f"{FILES} holds 1 to {MAX_BATCH} files; the shape is {shape} and there are {len(files)}.",
    )
    return tuple(files)


def _from_base64(element: Any) -> bytes:
    try:
        return base64.b64decode(element, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise BadRequest(f"In JSON, an element of {FILES} is the file in base64; this is not ({error}).") from error


def _array(data: Any, datatype: str, shape: list[int], name: str) -> Array:
    read = from_bytes if isinstance(data, memoryview) else from_list
    return read(data, datatype, shape, name)


def _images(array: Array) -> tuple[Pixels, ...]:
    if array.ndim == 3:
        array = array[None]
    expect(
        array.ndim == 4 and array.shape[3] in (1, 3) and 0 not in array.shape and array.shape[0] <= MAX_BATCH,
        f"{PIXELS} has the shape [H, W, 1 | 3] or [1 … {MAX_BATCH}, H, W, 1 | 3], not {list(array.shape)}.",
    )
    return tuple(array)


def _asked(outputs: Any, binary: bool) -> dict[str, bool] | None:
    if outputs is None or outputs == []:
        return None
    expect(
        isinstance(outputs, list)
        and all(isinstance(output, dict) and isinstance(output.get("name"), str) for output in outputs),
        "“outputs” is a list of objects with a name.",
    )
    return {output["name"]: bool(_parameters(output).get("binary_data", binary)) for output in outputs}


def _classes(outputs: Any) -> dict[str, int]:
    counts = {output["name"]: _parameters(output).get("classification") or 0 for output in outputs or ()}
    expect(
        all(type(count) is int and count >= 0 for count in counts.values()),
        "“classification” is how many of the highest scores are wanted.",
    )
    return counts


def _parameters(tensor: dict[str, Any]) -> dict[str, Any]:
    parameters = tensor.get("parameters") or {}
    expect(isinstance(parameters, dict), "“parameters” is an object.")
    expect(
        "shared_memory_region" not in parameters, "Shared memory is not offered here; send the tensor in the request."
    )
    return parameters


def _number(parameters: Mapping[str, Any], name: str, most: float) -> float | None:
    value = parameters.get(name)
    if value is None:
        return None
    expect(
        type(value) in (int, float) and 0 <= value <= most,
        f"“{name}” is a number from 0 to {most:g}, not {value!r}."
        if most < math.inf
        else f"“{name}” is a number from 0.",
    )
    return float(value)
