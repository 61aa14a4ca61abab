"""A split with known boxes, and a model that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from engine.data.versions import VersionData
from engine.evaluation import Evaluation, files
from engine.evaluation.predictor import evaluate_predictor
from engine.evaluation.scores import Choice
from engine.serving.answers import Classification, Detection, Region
from engine.serving.manifest import ModelManifest, PostprocessSpec
from engine.serving.postprocess import finish
from engine.serving.predictor import Prediction
from engine.serving.preprocess import Geometry

WHOLE = Geometry(100, 100, 1, 1, 0, 0)
Found = tuple[str, float, tuple[float, float, float, float]]


@dataclass
class Says:
    """A model whose answers are given by file name."""

    manifest: ModelManifest
    answers: dict[str, Any]

    def predict(self, image: Path, *, page: int = 0, score_threshold: float | None = None) -> Prediction:
        answer = self.answers.get(Path(image).name, [])
        name, task = self.manifest.name, self.manifest.task
        if task in ("segmentation", "instances"):
            return Prediction(name, 1, task, 100, 100, tuple(answer))
        if task == "anomaly":
            score, heat = answer
            verdict = Classification("anomaly" if score >= 0.5 else "normal", score, (1 - score, score))
            return Prediction(name, 1, task, 100, 100, (), verdict, heat)
        if task == "classification":
            scores = tuple(float(value) for value in answer)
            best = int(np.argmax(scores))
            return Prediction(
                name, 1, task, 100, 100, (), Classification(self.manifest.labels[best], scores[best], scores)
            )
        if task == "multilabel":
            said = {"probabilities": np.array([answer], np.float32)}
            return Prediction(name, 1, task, 100, 100, *finish(said, self.manifest, WHOLE))
        kept = [Detection(*found) for found in answer if found[1] >= (score_threshold or 0)]
        return Prediction(name, 1, task, 100, 100, tuple(kept))


def make_version(boxes: dict[str, list[tuple[str, tuple[float, float, float, float]]]]) -> VersionData:
    """Items by name with (label, xyxy); kind "class" where the box is None."""
    names = list(boxes)
    items = {
        "key": list(range(1, len(names) + 1)), "digest": [f"{n:064x}" for n in range(len(names))], "name": names,
        "page": [0] * len(names), "width": [100] * len(names), "height": [100] * len(names), "split": ["test"] * len(names),
        "group_key": pa.nulls(len(names), pa.string()), "metadata": pa.nulls(len(names), pa.string()),
        "path": [f"/nowhere/{name}" for name in names],
    }  # fmt: skip
    rows = [
        {"item_key": names.index(name) + 1, "label": label, "kind": "box" if box else "class",
         "flags": None, "rle": None, "points": None, "x": box and box[0], "y": box and box[1], "w": box and box[2] - box[0], "h": box and box[3] - box[1],
         "attributes": None}
        for name, found in boxes.items()
        for label, box in found
    ]  # fmt: skip
    schema = pa.schema(
        [("item_key", pa.int64()), ("label", pa.string()), ("kind", pa.string()),
         *((column, pa.float64()) for column in "xywh"), ("attributes", pa.string()), ("flags", pa.string()),
         ("rle", pa.string()), ("points", pa.list_(pa.list_(pa.float64())))]
    )  # fmt: skip
    return VersionData(
        {"name": "v", "splits": {"test": len(names)}}, pa.table(items), pa.Table.from_pylist(rows, schema)
    )


@pytest.fixture
def detector() -> Callable[..., Says]:
    def make(answers: dict[str, list[Found]], labels: tuple[str, ...] = ("scratch", "dent")) -> Says:
        return Says(ModelManifest("fake", "detection", labels), answers)  # type: ignore[arg-type]

    return make


@pytest.fixture
def classifier() -> Callable[..., Says]:
    def make(answers: dict[str, list[float]], labels: tuple[str, ...]) -> Says:
        return Says(ModelManifest("fake", "classification", labels), answers)  # type: ignore[arg-type]

    return make


@pytest.fixture
def tagger() -> Callable[..., Says]:
    def make(answers: dict[str, list[float]], labels: tuple[str, ...], own: tuple[float, ...] = ()) -> Says:
        post = PostprocessSpec(score_threshold=0.5, thresholds=own)
        return Says(ModelManifest("fake", "multilabel", labels, postprocess=post), answers)

    return make


@pytest.fixture
def segmenter() -> Callable[..., Says]:
    def make(answers: dict[str, list[Region]], labels: tuple[str, ...] = ("scratch", "dent")) -> Says:
        return Says(ModelManifest("fake", "segmentation", labels), answers)

    return make


@pytest.fixture
def judge() -> Callable[..., Says]:
    def make(answers: dict[str, tuple[float, np.ndarray]]) -> Says:
        post = PostprocessSpec(score_threshold=0.5)
        return Says(ModelManifest("fake", "anomaly", ("normal", "anomaly"), postprocess=post), answers)

    return make


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Evaluation]:
    """The folder of an evaluation of a model that says what it is told to."""

    def write(model: Says, version: VersionData, title: str = "m:1", **choice: Any) -> Evaluation:
        scores = evaluate_predictor(model, version, choice=Choice(**choice))
        about = {"model": title, "version": "v", "split": "test", "precision": "torch"}
        files.write(tmp_path / title.replace(":", "-"), scores, about)
        return Evaluation(tmp_path / title.replace(":", "-"))

    return write
