"""What the server says of itself: the OpenAPI document, the page that shows it, the page on which a model is tried."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest

from engine.serving.manifest import ModelManifest
from engine.serving.models import Served
from engine.serving.openapi import answer_schema, described
from engine.serving.pages import FOLDER, STATIC
from engine.serving.predictor import Predictor
from tests.unit.serving.conftest import Server
from tests.unit.serving.test_app import app_of, ask
from tests.unit.serving.test_server import png

BOX, SCORES = np.array([[[4, 4, 30, 30]]]), np.array([[[0.9, 0.1]]])
COLUMNS = [
    {"name": "temperature", "kind": "number"},
    {"name": "machine", "kind": "category", "values": ["M1", "冲压机"]},
]
SKELETON = {"points": ["a", "b"], "edges": [[0, 1]]}
SAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "detection": ({}, {"boxes": BOX, "scores": SCORES}),
    "rotated": ({}, {"boxes": BOX, "scores": SCORES, "rotated": np.array([[[20, 20, 9, 5, 0.9, 0.4]]])}),
    "keypoints": ({"skeletons": [SKELETON] * 2}, {"boxes": BOX, "scores": SCORES, "points": np.ones((1, 1, 2, 3))}),
    "instances": ({}, {"boxes": BOX, "scores": SCORES, "coefficients": np.ones((1, 1, 2)), "prototypes": np.ones((1, 2, 12, 16))}),
    "classification": ({}, {"probabilities": np.array([[0.2, 0.8]])}),
    "multilabel": ({}, {"probabilities": np.array([[0.6, 0.8]])}),
    "segmentation": ({}, {"probabilities": np.stack([np.full((12, 16), 0.1), np.eye(12, 16), np.zeros((12, 16))])[None]}),
    "anomaly": ({}, {"scores": np.array([0.8]), "maps": np.eye(12, 16)[None]}),
    "tabular": ({"table": {"target": "quality", "columns": COLUMNS}}, {"probabilities": np.array([[0.2, 0.8]])}),
}  # fmt: skip


def predictor_of(task: str, manifest: Callable[..., ModelManifest]) -> Predictor:
    changes, outputs = SAYS[task]
    return Predictor(manifest(task=task, **changes), lambda _: {name: np.float32(one) for name, one in outputs.items()})


@pytest.mark.parametrize("task", SAYS)
def test_what_is_answered_is_what_the_document_says(task: str, manifest: Callable[..., ModelManifest]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    import asyncio

    app = app_of(predictor_of(task, manifest))
    sent = json.dumps({"temperature": 20, "machine": "M1"}).encode() if task == "tabular" else png()
    status, _, body = asyncio.run(ask(app, "/predict?map=1", sent))
    assert status == 200
    answer = json.loads(body)
    document = json.loads(asyncio.run(ask(app, "/openapi.json", method="GET"))[2])
    schema = document["paths"]["/predict"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(answer, schema)
    closed = {**answer_schema(app.models.find().manifest), "additionalProperties": False}
    if task == "keypoints":
        closed["properties"]["skeletons"] = {"type": "object"}
    jsonschema.validate(answer, closed)
    if task == "anomaly":
        assert (answer["map"]["width"], answer["map"]["height"]) == (16, 12)
        assert list(base64.b64decode(answer["map"]["data"])[:18]) == [255, *[0] * 16, 255]


def test_each_path_of_the_document_is_answered(server: Server) -> None:
    status, document = server.get("/openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    assert "/feedback" not in document["paths"]
    for path, item in document["paths"].items():
        real = path.replace("{version}", "3")
        for method in item.keys() & {"get", "post"}:
            body = png() if real == "/predict" else b"{}" if method == "post" else None
            answered = server.request(method.upper(), real, body)[0]
            assert answered == (400 if real.endswith("/infer") else 200), path


def test_hostile_names_are_shown_as_text(manifest: Callable[..., ModelManifest]) -> None:
    import asyncio

    hostile = "<script>alert(1)</script>"
    model = manifest(task="classification", name=hostile, labels=[hostile, "b"])
    app = app_of(Predictor(model, lambda _: {}))
    status, headers, body = asyncio.run(ask(app, "/docs", method="GET"))
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<script" not in body
    assert b"&lt;script&gt;" in body
    document = described(list(app.models), app.models.find(), "1", feedback=True)
    asked = {one["name"] for one in document["paths"]["/feedback"]["post"]["parameters"]}
    assert asked >= {"verdict", "label", "note", "by"} and "objects" not in asked
    finds = app_of(Predictor(manifest(task="detection"), lambda _: {})).models
    said = described(list(finds), finds.find(), "1", feedback=True)["paths"]["/feedback"]["post"]["parameters"]
    assert "objects" in {one["name"] for one in said}


def test_pages_load_and_run_nothing_from_elsewhere() -> None:
    import asyncio

    app = app_of(Predictor(ModelManifest("a", "classification", ("b", "c")), lambda _: {}))
    for path in ("/try", "/docs"):
        _, headers, body = asyncio.run(ask(app, path, method="GET"))
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        text = body.decode()
        assert not re.search(r"<script>|<style|\son\w+=|style=|https?://", text)
        for link in re.findall(r'(?:src|href)="([^"]+)"', text):
            if link != "data:,":
                answered, told, content = asyncio.run(ask(app, urljoin(path, link), method="GET"))
                assert (answered, told["x-content-type-options"] if link != "openapi.json" else "") in [
                    (200, "nosniff"),
                    (200, ""),
                ]
                assert content
    for name in (page.name for page in STATIC.values()):
        assert not re.search(r"https?://|eval\(|innerHTML|insertAdjacent|document\.write", (FOLDER / name).read_text())


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    text = (FOLDER / "words.js").read_text()
    english, chinese = (set(re.findall(r"(\w+): \"", part)) for part in text.split("  zh: {"))
    assert english == chinese
    used = set(re.findall(r'data-(?:word|placeholder)="(\w+)"', (FOLDER / "try.html").read_text()))
    for name in ("try.js", "correct.js"):
        used |= set(re.findall(r'word\("(\w+)"\)', (FOLDER / name).read_text()))
    assert used <= english


def test_the_image_carries_the_pages() -> None:
    from engine.packaging.image import _code_entries

    paths = {Path(entry.path).name for entry in _code_entries()}
    assert {page.name for page in STATIC.values()} <= paths


def test_a_model_that_answers_rows_and_one_that_answers_images_are_told_apart(
    manifest: Callable[..., ModelManifest],
) -> None:
    import asyncio

    app = app_of(predictor_of("tabular", manifest))
    app.models.add(Served(predictor_of("detection", lambda **changes: manifest(name="images", **changes))))
    front = json.loads(asyncio.run(ask(app, "/", method="GET"))[2])
    assert front["predict"].startswith("POST rows")
    assert [one["default"] for one in front["models"] if one["name"] == "parts"] == [True]
    other = json.loads(asyncio.run(ask(app, "/?model=images", method="GET"))[2])
    assert (other["model"]["name"], other["predict"].startswith("POST an image")) == ("images", True)
    assert asyncio.run(ask(app, "/predict?model=images", png()))[0] == 200
    assert asyncio.run(ask(app, "/predict?model=none", png()))[0] == 404
