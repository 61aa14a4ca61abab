from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.serving.answers import Answer, Classification, Detection
from engine.serving.errors import BadImage, BadManifest
from engine.serving.manifest import ModelManifest, PreprocessSpec
from engine.serving.postprocess import finish, nms
from engine.serving.predictor import Prediction, Predictor
from engine.serving.preprocess import fit, prepare
from engine.serving.protocol import finished_outputs

sizes = st.integers(1, 5000)


def test_an_image_is_letterboxed_scaled_and_normalised(manifest) -> None:
    tensor, geometry = prepare(np.full((100, 100, 3), 255, np.uint8), manifest())
    assert tensor.shape == (1, 3, 48, 64)
    assert tensor.dtype == np.float32
    assert (geometry.pad_x, geometry.pad_y) == (8, 0)
    assert tensor[0, :, 24, 32] == pytest.approx([2.0, 2.0, 2.0])
    assert tensor[0, :, 24, 2] == pytest.approx([(100 / 255 - 0.5) / 0.25] * 3)


def test_each_channel_has_its_own_mean(manifest) -> None:
    spec = {"resize": "none", "mean": [0, 1, 2], "std": [1, 1, 2]}
    tensor, _ = prepare(np.zeros((48, 64, 3), np.uint8), manifest(preprocess=spec))
    assert tensor[0, :, 0, 0].tolist() == [0, -1, -1]


def test_a_model_without_resizing_refuses_other_sizes(manifest) -> None:
    with pytest.raises(BadImage, match="64 × 48"):
        prepare(np.zeros((10, 10, 3), np.uint8), manifest(preprocess={"resize": "none"}))


@given(sizes, sizes, st.sampled_from(["letterbox", "stretch"]), st.data())
def test_boxes_go_to_the_input_and_back(width: int, height: int, resize, data) -> None:
    model = ModelManifest("m", "detection", ("a",), preprocess=PreprocessSpec(resize=resize))
    geometry = fit(width, height, model)
    xs = sorted(data.draw(st.lists(st.floats(0, width), min_size=2, max_size=2)))
    ys = sorted(data.draw(st.lists(st.floats(0, height), min_size=2, max_size=2)))
    box = np.array([[xs[0], ys[0], xs[1], ys[1]]], np.float32)
    inside = geometry.to_input(box)
    assert inside.min() >= -0.01
    assert inside[0, 2] <= 640.01
    assert inside[0, 3] <= 640.01
    assert geometry.to_image(inside) == pytest.approx(box, abs=max(width, height) * 1e-4)


def test_overlapping_boxes_of_one_label_count_once_and_of_two_labels_twice() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 1, 10, 10], [1, 1, 10, 10], [50, 50, 60, 60]], np.float32)
    assert nms(boxes, np.array([0, 0, 1, 0]), 0.5).tolist() == [0, 2, 3]


def test_suppression_gives_what_the_definition_gives() -> None:
    random = np.random.default_rng(0)
    corner = random.uniform(0, 80, (200, 2))
    boxes = np.concatenate([corner, corner + random.uniform(1, 40, (200, 2))], 1).astype(np.float32)
    classes = random.integers(0, 3, 200)

    def iou(a, b) -> float:
        width = min(a[2], b[2]) - max(a[0], b[0])
        height = min(a[3], b[3]) - max(a[1], b[1])
        overlap = max(width, 0) * max(height, 0)
        return overlap / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - overlap)

    kept: list[int] = []
    for index in range(200):
        rivals = [other for other in kept if classes[other] == classes[index]]
        if all(iou(boxes[index], boxes[other]) <= 0.5 for other in rivals):
            kept.append(index)
    assert nms(boxes, classes, 0.5).tolist() == kept


def test_detections_come_back_in_image_pixels_best_first(manifest) -> None:
    model = manifest()

    def infer(tensor):
        boxes = np.array([[[8, 0, 56, 48], [8, 0, 32, 24], [0, 0, 64, 48]]], np.float32)
        return {"boxes": boxes, "scores": np.array([[[0.5, 0.1], [0.1, 0.9], [0.0, 0.29]]], np.float32)}

    prediction = Predictor(model, infer).predict(np.zeros((96, 96, 3), np.uint8))
    assert [(found.label, found.box) for found in prediction.detections] == [
        ("dent", (0, 0, 48, 48)),
        ("scratch", (0, 0, 96, 96)),
    ]
    assert prediction.to_json()["detections"][0]["box"] == [0, 0, 48, 48]


def test_nothing_found_is_an_empty_list(manifest) -> None:
    outputs = {"boxes": np.zeros((1, 5, 4), np.float32), "scores": np.zeros((1, 5, 2), np.float32)}
    assert finish(outputs, manifest(), fit(10, 10, manifest())) == Answer()


def test_all_labels_above_their_thresholds_are_answered_the_surest_first(manifest) -> None:
    spec = {"score_threshold": 0.5, "thresholds": [0.8, 0.2, 0.5]}
    model = manifest(task="multilabel", labels=["a", "b", "c"], postprocess=spec)
    outputs = {"probabilities": np.array([[0.7, 0.3, 0.6]], np.float32)}
    place = fit(64, 48, model)
    answer = finish(outputs, model, place).classification
    assert answer is not None
    assert [entry["label"] for entry in answer.to_json()["labels"]] == ["c", "b"]
    lower = finish(outputs, model, place, score_threshold=0.65).classification
    assert [entry["label"] for entry in lower.to_json()["labels"]] == ["a"]  # a request's threshold counts for all
    nothing = finish(outputs, model, place, score_threshold=0.9).classification
    assert nothing.to_json() == {"labels": [], "scores": [0.7, 0.3, 0.6]}
    said = finished_outputs([Prediction("m", 1, "multilabel", 64, 48, classification=one) for one in (answer, nothing)])
    assert said["labels"].tolist() == [b"c", b"b"]
    assert said["image_index"].tolist() == [0, 0]
    with pytest.raises(BadManifest, match="one value for each label"):
        manifest(task="multilabel", postprocess={"thresholds": [0.5]})


def test_a_classifier_names_the_best_label(manifest) -> None:
    model = manifest(task="classification")
    outputs = {"probabilities": np.array([[0.9, 0.1], [0.25, 0.75]], np.float32)}
    assert finish(outputs, model, fit(9, 9, model), index=1) == Answer(
        classification=Classification("dent", 0.75, (0.25, 0.75))
    )


def test_a_batch_gives_what_single_images_give(manifest) -> None:
    def infer(tensor):
        mean = tensor.mean(axis=(1, 2, 3))
        return {"probabilities": np.stack([mean, 1 - mean], 1)}

    predictor = Predictor(manifest(task="classification"), infer)
    images = [np.full((20, 30, 3), value, np.uint8) for value in (0, 90, 255)]
    assert [one.to_json()["scores"] for one in predictor.predict_batch(images)] == [
        predictor.predict(image).to_json()["scores"] for image in images
    ]


def test_what_an_object_carries_beside_its_box_goes_over_the_wire_and_nothing_else() -> None:
    plain = Detection("part", 0.5, (1, 2, 3, 4))
    assert plain.to_json() == {"label": "part", "score": 0.5, "box": [1, 2, 3, 4]}
    rotated = Detection("part", 0.5, (1, 2, 3, 4), rotated=(2, 3, 2.5, 1, 30.0))
    assert rotated.to_json() == {**plain.to_json(), "rotated": [2, 3, 2.5, 1, 30.0]}
    points = Detection("part", 0.5, (1, 2, 3, 4), points=((1, 2, 0.9), (3, 4, 0.1)))
    assert points.to_json()["points"] == [[1, 2, 0.9], [3, 4, 0.1]]
    told = finished_outputs(
        [Prediction("m", 1, "rotated", 9, 9, (rotated, rotated)), Prediction("m", 1, "rotated", 9, 9)]
    )
    assert told["rotated"].shape == (2, 5) and told["boxes"].shape == (2, 4) and "points" not in told
    assert finished_outputs([Prediction("m", 1, "keypoints", 9, 9, (points,))])["points"].shape == (1, 2, 3)
    assert finished_outputs([Prediction("m", 1, "rotated", 9, 9)])["rotated"].shape == (0, 5)
    assert "rotated" not in finished_outputs([Prediction("m", 1, "detection", 9, 9, (plain,))])
