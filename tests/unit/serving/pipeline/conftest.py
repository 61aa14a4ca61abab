from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine.serving.pipeline.document import Pipeline, pipeline_of
from engine.serving.pipeline.runner import Runner
from engine.serving.predictor import Predictor, openvino_predictor
from tests.unit.serving.conftest import detector  # noqa: F401


def png(blue: int) -> bytes:
    """The bluer, the surer is the detector of what it says."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (0, 0, blue)).save(file, "PNG")
    return file.getvalue()


def write_video(path: Path) -> Path:
    """Thirty frames in a second, each as bright as its number."""
    import cv2
    import numpy as np

    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 30, (64, 48))
    for number in range(30):
        writer.write(np.full((48, 64, 3), 8 * number, np.uint8))
    writer.release()
    return path


def until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def predictor(detector: Path) -> Predictor:  # noqa: F811
    return openvino_predictor(detector, 1)


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A folder with `in` and `out`."""
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def document(places: Path) -> Callable[..., dict[str, Any]]:
    """A pipeline from `in` to a table and sorted pictures; keywords replace its keys."""

    def make(**changes: Any) -> dict[str, Any]:
        return {
            "name": "line-1",
            "source": {"kind": "folder", "folder": str(places / "in"), "settle": 0},
            "rule": {"reject": ['count(label="scratch", score>=0.6) > 0'], "unsure": ["score() > 0.5"]},
            "sinks": [
                {"name": "table", "kind": "csv", "file": str(places / "results.csv")},
                {"name": "sorted", "kind": "folder", "folder": str(places / "out"), "only": ["reject", "unsure"]},
            ],
            **changes,
        }

    return make


@pytest.fixture
def started(predictor: Predictor, places: Path) -> Iterator[Callable[..., Runner]]:
    """Starts runners, which end with the test."""
    runners: list[Runner] = []

    def start(document: dict[str, Any] | Pipeline, **options: Any) -> Runner:
        pipeline = document if isinstance(document, Pipeline) else pipeline_of(document)
        runners.append(Runner(pipeline, predictor.predict, places / "state", **options).start())
        return runners[-1]

    yield start
    for runner in runners:
        runner.stop(0)
