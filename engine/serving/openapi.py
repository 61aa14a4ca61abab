"""What this server answers, as an OpenAPI 3.1 document: of the models that it really serves, with their labels and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from engine.serving import protocol
from engine.serving.manifest import OBJECTS, ModelManifest
from engine.serving.models import Served
from engine.serving.tensors import DATATYPES

Document = dict[str, Any]
NUMBER: Document = {"type": "number"}
TEXT: Document = {"type": "string"}
SCORE: Document = {"type": "number", "minimum": 0, "maximum": 1}
ANY: Document = {"type": "object"}
OF_CALLER = [
    {"name": "X-Request-ID", "in": "header", "schema": TEXT, "description": "Comes back with the answer and is logged."},
    {
        "name": "X-Request-Timeout-Ms", "in": "header", "schema": {"type": "number", "exclusiveMinimum": 0},
        "description": "Work that is not begun within this time is answered 504 and never done.",
    },
]  # fmt: skip
REFUSALS = {
    "400": "The request does not fit; the sentence says what.", "404": "There is no such model or version.",
    "413": "The body is too large.", "415": "The body is compressed.", "429": "Too many requests wait; see Retry-After.",
    "503": "The model is being loaded, or the server is about to stop.", "504": "The time that the request allows passed.",
}  # fmt: skip
CORRECTED = {
    "type": "object", "required": ["label", "box"],
    "properties": {"label": TEXT, "box": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}},
}  # fmt: skip


def described(
    served: Sequence[Served], default: Served, version: str, *, feedback: bool = False, pipeline: bool = False
) -> Document:
    """The document.

    Args:
        served: every version that is loaded.
        default: that answers where none is named.
        version: of the server.
        feedback: whether what people say of answers is kept.
        pipeline: whether a pipeline runs beside the requests.
    """
    manifest = default.manifest
    names = {one.name for one in served}
    paths: Document = {"/predict": {"post": _predict(manifest, sorted(names))}}
    if feedback and manifest.table is None:
        paths["/feedback"] = {"post": _feedback(manifest)}
    if pipeline:
        paths |= {"/pipeline": _get("How the pipeline does", ANY), "/pipeline/images": {"post": _posted()}}
    for one in {one.name: one.manifest for one in served}.values():
        paths |= _of_model(one, [two.version for two in served if two.name == one.name])
    paths |= {
        "/v2": _get("The server", ANY),
        "/v2/health/live": _get("Whether the server runs", ANY),
        "/v2/health/ready": _get("Whether requests are answered", ANY, "503"),
        "/v2/models/stats": _get("How often and how long each model worked", ANY),
        "/metrics": {"get": {"summary": "Figures for Prometheus", "responses": {"200": _ok(TEXT, kind="text/plain")}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{manifest.name}:{manifest.number}", "version": version,
            "description": "Send an image or a row, get what the model says of it. Tensors go by the Open Inference Protocol v2.",
        },
        "paths": paths,
        "components": {"schemas": {
            "Error": {"type": "object", "required": ["error"], "properties": {"error": TEXT}},
            "Request": _request(), "Response": _response(),
        }},
    }  # fmt: skip


def answer_schema(manifest: ModelManifest) -> Document:
    """Of what `/predict` says of one image or row."""
    labels: Document = {"type": "string", "enum": list(manifest.labels)}
    scores = {"type": "array", "items": SCORE, "description": f"Of {', '.join(manifest.labels)}."}
    properties: Document = {"model": TEXT, "version": TEXT, "task": {"const": manifest.task}, "milliseconds": ANY}
    if manifest.table is None:
        properties["image"] = {
            "type": "object",
            "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}},
        }
    if manifest.task in ("classification", "anomaly", "tabular"):
        properties |= {"label": labels, "score": SCORE, "scores": scores}
    if manifest.task == "multilabel":
        one = {"type": "object", "properties": {"label": labels, "score": SCORE}}
        properties |= {"labels": {"type": "array", "items": one}, "scores": scores}
    if manifest.task in OBJECTS or manifest.task in ("segmentation", "anomaly"):
        properties["detections"] = {"type": "array", "items": _found(manifest, labels)}
    if manifest.task == "anomaly":
        properties["map"] = {
            "type": "object", "description": "Where `map=1` asks for it: how unusual each place is, bytes in base64, row by row.",
            "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}, "data": TEXT},
        }  # fmt: skip
    optional = ("map",)
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


def _found(manifest: ModelManifest, labels: Document) -> Document:
    numbers = {"type": "array", "items": NUMBER}
    carried = OBJECTS.get(manifest.task, "mask")
    properties: Document = {
        "label": labels, "score": SCORE,
        "box": {**numbers, "minItems": 4, "maxItems": 4, "description": "left, top, right, bottom in px"},
    }  # fmt: skip
    if carried == "rotated":
        properties["rotated"] = {**numbers, "description": "middle x and y, width, height in px, degrees clockwise"}
    if carried == "points":
        properties["points"] = {"type": "array", "items": {**numbers, "description": "x, y in px, how visible"}}
    if carried == "mask":
        size = {"type": "array", "items": {"type": "integer"}}
        properties["area"] = {"type": "integer", "description": "px"}
        properties["mask"] = {
            "type": "object", "properties": {"size": size, "counts": size},
            "description": "Run lengths of the whole image, column by column, background first (COCO).",
        }  # fmt: skip
    return {"type": "object", "required": ["label", "score", "box"], "properties": properties}


def _predict(manifest: ModelManifest, names: Sequence[str]) -> Document:
    parameters: list[Document] = [
        {"name": "model", "in": "query", "schema": {"type": "string", "enum": list(names)}},
        {"name": "version", "in": "query", "schema": TEXT},
    ]
    answer = answer_schema(manifest)
    if manifest.table is None:
        file = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
        content: Document = dict.fromkeys(("image/jpeg", "image/png", "image/*", "application/octet-stream"), file)
        parameters.append(
            {"name": "score_threshold", "in": "query", "schema": SCORE, "description": "Instead of the model's own."}
        )
        if manifest.task == "anomaly":
            parameters.append({"name": "map", "in": "query", "schema": {"enum": ["1"]}})
    else:
        kinds = {"category": ["string", "number", "boolean", "null"], "number": ["number", "null"]}
        columns = {column.name: {"type": kinds[column.kind]} for column in manifest.table.columns}
        row = {"type": "object", "required": list(columns), "properties": columns}
        lists = {name: {"type": "array", "items": one} for name, one in columns.items()}
        columnwise = {"type": "object", "required": list(columns), "properties": lists}
        content = {"application/json": {"schema": {"anyOf": [row, {"type": "array", "items": row}, columnwise]}}}
        many = {
            "type": "object",
            "required": ["predictions"],
            "properties": {"predictions": {"type": "array", "items": answer}},
        }
        answer = {"anyOf": [answer, many]}
    return {
        "summary": "What the model says of an image" if manifest.table is None else "What the model says of rows",
        "parameters": [*parameters, *OF_CALLER],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": _ok(answer), **_refusals(*REFUSALS)},
    }


def _feedback(manifest: ModelManifest) -> Document:
    said: list[Document] = [
        {"name": "verdict", "in": "query", "required": True, "schema": {"enum": ["right", "wrong"]}},
        {"name": "label", "in": "query", "schema": TEXT, "description": f"What it is: {', '.join(manifest.labels)}, or new."},
        {"name": "objects", "in": "query", "description": "What is there instead, at most 500; boxes are left, top, right, bottom in px.",
         "content": {"application/json": {"schema": {"type": "array", "maxItems": 500, "items": CORRECTED}}}},
        {"name": "note", "in": "query", "schema": TEXT},
        {"name": "by", "in": "query", "schema": TEXT, "description": "Who says so; else the key."},
    ]  # fmt: skip
    if manifest.task not in OBJECTS:
        said = [one for one in said if one["name"] != "objects"]
    return {
        "summary": "Say whether the model is right about an image, which is kept with that",
        "parameters": [*said, *OF_CALLER],
        "requestBody": {"required": True, "content": _file()},
        "responses": {"200": _ok(ANY), **_refusals("400", "413", "429", "503", "504")},
    }


def _posted() -> Document:
    said = [
        {"name": "id", "in": "query", "schema": TEXT, "description": "The same id is one picture, however often it comes."},
        {"name": "name", "in": "query", "schema": TEXT},
    ]  # fmt: skip
    return {
        "summary": "A picture for the pipeline, where it takes posted ones; answered with its verdict",
        "parameters": [*said, *OF_CALLER],
        "requestBody": {"required": True, "content": _file()},
        "responses": {"200": _ok(ANY), **_refusals("400", "404", "413", "429", "503")},
    }


def _file() -> Document:
    return {"application/octet-stream": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}}


def _of_model(manifest: ModelManifest, versions: Sequence[str]) -> Document:
    path = f"/v2/models/{quote(manifest.name)}"
    metadata = protocol.model_metadata(manifest)
    told = "; ".join(f"{one['name']}: {one['datatype']} {one['shape']}" for one in metadata["inputs"])
    one = {"name": "version", "in": "path", "required": True, "schema": {"type": "string", "enum": list(versions)}}
    infer = {
        "summary": f"Tensors for {manifest.name}",
        "description": f"Inputs: {told}. {metadata['parameters']['one_input']}",
        "parameters": list(OF_CALLER),
        "requestBody": {"required": True, "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Request"}},
            "application/octet-stream": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}},
        }},
        "responses": {"200": _ok({"$ref": "#/components/schemas/Response"}), **_refusals(*REFUSALS)},
    }  # fmt: skip
    about = {
        "": "Inputs, outputs and versions", "/ready": "Whether it answers", "/config": "Its configuration",
        "/stats": "How often and how long it worked",
    }  # fmt: skip
    found: Document = {}
    for prefix, more in ((path, []), (f"{path}/versions/{{version}}", [one])):
        found[f"{prefix}/infer"] = {"post": infer, **({"parameters": more} if more else {})}
        for end, summary in about.items():
            found[prefix + end] = {
                **_get(f"{manifest.name}: {summary}", ANY, "404"),
                **({"parameters": more} if more else {}),
            }
    return found


def _request() -> Document:
    tensor = {
        "type": "object", "required": ["name", "shape", "datatype"],
        "properties": {
            "name": TEXT, "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "datatype": {"enum": list(DATATYPES)}, "data": {"type": "array"}, "parameters": ANY,
        },
    }  # fmt: skip
    output = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "parameters": ANY}}
    return {
        "type": "object", "required": ["inputs"],
        "properties": {
            "id": TEXT, "parameters": ANY, "inputs": {"type": "array", "items": tensor, "minItems": 1},
            "outputs": {"type": "array", "items": output},
        },
    }  # fmt: skip


def _response() -> Document:
    tensor = {
        "type": "object", "required": ["name", "shape", "datatype"],
        "properties": {"name": TEXT, "shape": {"type": "array"}, "datatype": TEXT, "data": {"type": "array"}, "parameters": ANY},
    }  # fmt: skip
    return {
        "type": "object", "required": ["model_name", "model_version", "outputs"],
        "properties": {"model_name": TEXT, "model_version": TEXT, "id": TEXT, "outputs": {"type": "array", "items": tensor}},
    }  # fmt: skip


def _get(summary: str, schema: Document, *refusals: str) -> Document:
    return {"get": {"summary": summary, "responses": {"200": _ok(schema), **_refusals(*refusals)}}}


def _ok(schema: Document, kind: str = "application/json") -> Document:
    return {"description": "The answer", "content": {kind: {"schema": schema}}}


def _refusals(*statuses: str) -> Document:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": REFUSALS[status], "content": error} for status in statuses}
