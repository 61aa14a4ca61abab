"""What `/metrics` tells of answers."""

from __future__ import annotations

import re

import numpy as np

from engine.serving import told
from engine.serving.metrics import Metrics
from engine.serving.predictor import Predictor


def text_after(manifest, outputs, images: int = 1) -> str:
    metrics = Metrics()
    predictor = Predictor(manifest, lambda _: {name: np.float32(value) for name, value in outputs.items()})
    predictor.listen = told.listener(metrics, manifest)
    for _ in range(images):
        predictor.predict(np.zeros((48, 64, 3), np.uint8))
    return metrics.text()


def value(text: str, line: str) -> float:
    return float(re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)[1])


def test_objects_scores_labels_and_rejects_of_a_detector_are_counted(manifest):
    outputs = {"boxes": [[[2, 2, 30, 30], [32, 2, 60, 40]]], "scores": [[[0.9, 0.1], [0.6, 0.0]]]}
    text = text_after(manifest(), outputs, images=3)
    assert value(text, "lineside_images_total") == value(text, "lineside_images_rejected_total") == 3
    assert value(text, 'lineside_images_with_label_total{label="scratch"}') == 3
    assert value(text, 'lineside_images_with_label_total{label="dent"}') == 0
    assert value(text, 'lineside_objects_bucket{le="1"}') == 0
    assert value(text, 'lineside_objects_bucket{le="2"}') == 3
    assert value(text, 'lineside_top_score_bucket{le="0.85"}') == 0
    assert value(text, 'lineside_top_score_bucket{le="0.95"}') == 3


def test_an_image_without_objects_is_no_reject(manifest):
    text = text_after(manifest(), {"boxes": [[[2, 2, 30, 30]]], "scores": [[[0.1, 0.1]]]})
    assert value(text, "lineside_images_rejected_total") == 0
    assert value(text, 'lineside_top_score_bucket{le="0.05"}') == 1


def test_an_unusual_image_is_a_reject_and_its_score_is_how_unusual_it_is(manifest):
    made = manifest(task="anomaly", labels=["good", "bad"], postprocess={"score_threshold": 0.5})
    text = text_after(made, {"scores": [0.2], "maps": np.zeros((1, 12, 16))})
    assert value(text, "lineside_images_rejected_total") == 0
    assert value(text, 'lineside_top_score_bucket{le="0.25"}') == 1
    assert value(text, 'lineside_images_with_label_total{label="good"}') == 1
    assert (
        value(text_after(made, {"scores": [0.8], "maps": np.zeros((1, 12, 16))}), "lineside_images_rejected_total") == 1
    )


def test_a_classifier_counts_by_label_and_knows_no_rejects(manifest):
    text = text_after(manifest(task="classification"), {"probabilities": [[0.2, 0.8]]})
    assert value(text, 'lineside_images_with_label_total{label="dent"}') == 1
    assert "lineside_images_rejected_total" not in text


def test_labels_are_bounded_and_escaped(manifest):
    labels = ['a"} 1\nb 2', *(f"label {number}" for number in range(70))]
    scores = np.zeros(71)
    scores[[0, 68]] = 0.9
    made = manifest(task="multilabel", labels=labels)
    text = text_after(made, {"probabilities": [scores]})
    assert text.count("lineside_images_with_label_total{") == told.MOST_LABELS + 1
    assert value(text, f'lineside_images_with_label_total{{label="{told.OTHER}"}}') == 1
    assert value(text, r'lineside_images_with_label_total{label="a\"} 1\nb 2"}') == 1
