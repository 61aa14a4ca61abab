from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
