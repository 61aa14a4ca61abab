"""Run a model over a split and measure it: one way for trained networks, exported ones and the accuracy gate of INT8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.data.tables import TableData
from engine.data.versions import VersionData
from engine.errors import BadInput
from engine.evaluation import anomaly, classification, detection, keypoints, multilabel, segmentation
from engine.evaluation.boxes import Boxes
from engine.evaluation.money import decided
from engine.evaluation.rows import carried
from engine.evaluation.scores import Choice, Scores
from engine.evaluation.tables import evaluate_rows
from engine.evaluation.truth import Item, Truth, judged, read_truth
from engine.serving.errors import BadImage
from engine.serving.manifest import OBJECTS, ModelManifest
from engine.serving.predictor import Prediction, Predictor
from engine.training.marks import Marks, read_marks

BY_MARKS = ("segmentation", "anomaly", "multilabel")  # tasks whose truth is as training reads it
LEAST_SCORE = 0.01  # the tail of the curve that is looked at


class Looks(Protocol):
    """What is needed of `engine.serving.predictor.Predictor`."""

    manifest: ModelManifest

    def predict(self, image: Path, *, page: int = 0, score_threshold: float | None = None) -> Prediction:
        """What the model says of one image file."""


def evaluate_predictor(
    predictor: Looks,
    version: VersionData | TableData,
    split: str = "test",
    *,
    choice: Choice | None = None,
    limit: int | None = None,
    target: str = "",
    progress: Callable[[float, str], None] | None = None,
) -> Scores:
    """Look at each item of a split and measure the answers; `.accuracy` of the result is the figure to compare.

    Args:
        limit: only the first so many items.
        target: of a table of which several columns are foretold, the one that is measured; empty: the first.
        progress: called before each item; whatever it raises ends the work.

    Raises:
        BadInput: the split is empty, has no labels of the model's task, or an image cannot be read.
    """
    manifest = predictor.manifest
    if isinstance(version, TableData):
        assert isinstance(predictor, Predictor)  # nothing disturbs rows
        return evaluate_rows(predictor, version, split, choice or Choice(), limit, target)
    if manifest.table is not None:
        raise BadInput(f"“{manifest.name}” answers rows of a table; this version holds images.")
    truth = read_truth(version, split, manifest.labels, manifest.task)
    if limit is not None and limit < len(truth.items):
        truth = _first(truth, limit)
    if manifest.task == "multilabel":
        truth = multilabel.tagged_labels(truth)
    marks = read_marks(manifest.task, version, truth.labels) if manifest.task in BY_MARKS else {}
    if manifest.task == "anomaly":
        truth = judged(truth, marks)
    if manifest.task == "multilabel":
        truth = multilabel.known_items(truth, marks)
    _check(truth, manifest, split)
    answers = []
    for number, item in enumerate(truth.items):
        if progress is not None:
            progress(number / len(truth.items), f"Looking at {item.name}")
        answers.append(_look(predictor, item))
    return decided(lambda one: _measure(truth, marks, answers, manifest, one), choice or Choice())


def _measure(
    truth: Truth, marks: Mapping[int, Marks], answers: list[Prediction], manifest: ModelManifest, choice: Choice
) -> Scores:
    served = manifest.postprocess.score_threshold
    if manifest.task == "segmentation":
        return segmentation.measure(truth, marks, [answer.detections for answer in answers], choice, served)
    if manifest.task in OBJECTS:
        scores = detection.measure(truth, _boxes(truth, answers), choice, served)
        return keypoints.extended(scores, dict(zip(truth.labels, truth.skeletons, strict=False)))
    probabilities = np.array([answer.classification.scores for answer in answers if answer.classification])
    if manifest.task == "classification":
        return classification.measure(truth, probabilities, choice)
    if manifest.task == "multilabel":
        return multilabel.measure(truth, marks, probabilities, choice, served, manifest.postprocess.thresholds)
    heats = [answer.heat for answer in answers if answer.heat is not None]
    return anomaly.measure(truth, marks, probabilities[:, 1], heats, choice, served)


def _look(predictor: Looks, item: Item) -> Prediction:
    try:
        return predictor.predict(Path(item.path), page=item.page, score_threshold=LEAST_SCORE)
    except BadImage as error:
        raise BadInput(f"{item.name} cannot be evaluated: {error} ({item.path})") from error


def _boxes(truth: Truth, answers: list[Prediction]) -> Boxes:
    number = {label: index for index, label in enumerate(truth.labels)}
    found: list[tuple[int, Any]] = [(index, one) for index, answer in enumerate(answers) for one in answer.detections]
    return Boxes.of(
        [index for index, _ in found],
        [number[one.label] for _, one in found],
        [one.box for _, one in found],
        [one.score for _, one in found],
        more=[carried(one).get(OBJECTS[truth.boxes.task]) for _, one in found],
        task=truth.boxes.task,
    )


def _check(truth: Truth, manifest: ModelManifest, split: str) -> None:
    if manifest.task == "classification" and not (truth.classes >= 0).any():
        raise BadInput(f"No item of the split {split} has an image label; “{manifest.name}” is a classification model.")
    if manifest.task == "multilabel" and not truth.items:
        raise BadInput(
            f"Of no item of the split {split} is said what it has; “{manifest.name}” is a multilabel model. Label them, the good"
            " ones as good."
        )
    if manifest.task == "segmentation" and not len(truth.boxes):
        raise BadInput(f"No item of the split {split} has an area; “{manifest.name}” is a segmentation model.")
    if manifest.task == "keypoints" and not len(truth.boxes):
        raise BadInput(f"The split {split} has no skeleton of keypoints; “{manifest.name}” is a model of keypoints.")
    if manifest.task in OBJECTS and not len(truth.boxes) and (truth.classes >= 0).any():
        raise BadInput(
            f"The split {split} has image labels and no boxes; “{manifest.name}” is a {manifest.task} model."
        )


def _first(truth: Truth, count: int) -> Truth:
    """Items are sorted by a hash, so the first ones are as good as drawn by chance."""
    kept = truth.boxes[truth.boxes.item < count]
    return replace(truth, items=truth.items[:count], boxes=kept, classes=truth.classes[:count])
