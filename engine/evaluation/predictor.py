"""Run a model over a split and measure it: one way for trained networks, exported ones and the accuracy gate of INT8."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.data.versions import VersionData
from engine.errors import BadInput
from engine.evaluation import classification, detection
from engine.evaluation.boxes import Boxes
from engine.evaluation.scores import Choice, Scores
from engine.evaluation.truth import Item, Truth, read_truth
from engine.serving.errors import BadImage
from engine.serving.manifest import ModelManifest
from engine.serving.predictor import Prediction

LEAST_SCORE = 0.01  # the tail of the curve that is looked at


class Looks(Protocol):
    """What is needed of `engine.serving.predictor.Predictor`."""

    manifest: ModelManifest

    def predict(self, image: Path, *, page: int = 0, score_threshold: float | None = None) -> Prediction:
        """What the model says of one image file."""


def evaluate_predictor(
    predictor: Looks,
    version: VersionData,
    split: str = "test",
    *,
    choice: Choice | None = None,
    limit: int | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Scores:
    """Look at each item of a split and measure the answers; `.accuracy` of the result is the figure to compare.

    Args:
        limit: only the first so many items.
        progress: called before each item; whatever it raises ends the work.

    Raises:
        BadInput: the split is empty, has no labels of the model's task, or an image cannot be read.
    """
    manifest = predictor.manifest
    truth = read_truth(version, split, manifest.labels)
    if limit is not None and limit < len(truth.items):
        truth = _first(truth, limit)
    _check(truth, manifest, split)
    answers = []
    for number, item in enumerate(truth.items):
        if progress is not None:
            progress(number / len(truth.items), f"Looking at {item.name}")
        answers.append(_look(predictor, item))
    if manifest.task == "classification":
        probabilities = np.array([answer.classification.scores for answer in answers if answer.classification])
        return classification.measure(truth, probabilities, choice or Choice())
    return detection.measure(truth, _boxes(truth, answers), choice or Choice(), manifest.postprocess.score_threshold)


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
    )


def _check(truth: Truth, manifest: ModelManifest, split: str) -> None:
    if manifest.task == "classification" and not (truth.classes >= 0).any():
        raise BadInput(f"No item of the split {split} has an image label; “{manifest.name}” is a classification model.")
    if manifest.task == "detection" and not len(truth.boxes) and (truth.classes >= 0).any():
        raise BadInput(f"The split {split} has image labels and no boxes; “{manifest.name}” is a detection model.")


def _first(truth: Truth, count: int) -> Truth:
    """Items are sorted by a hash, so the first ones are as good as drawn by chance."""
    return Truth(truth.items[:count], truth.labels, truth.boxes[truth.boxes.item < count], truth.classes[:count])
