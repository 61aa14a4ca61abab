"""How good the model is on the val images, while it trains."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from engine.modeling.nets import IGNORED
from engine.modeling.nets.segmentation import at_pixels
from engine.serving.errors import BadImage
from engine.serving.manifest import OBJECTS, ModelManifest, PostprocessSpec
from engine.training.batches import collate
from engine.training.marks import is_normal
from engine.training.metrics import Metric, RecallAt
from engine.training.objects import found_in, true_of
from engine.training.ranking import best_threshold, mean_average_precision, ranked, recall_at
from engine.training.samples import Samples, View
from engine.training.similarity import Objects, column, judge
from engine.training.tables import Rows, log_losses, validate_rows

SCORE_FROM = 0.01
TOGETHER = 8  # images a step
LEAST_IMAGES = 5  # of a label, below which a threshold of its own would be chance


@torch.no_grad()
def validate(
    network: nn.Module,
    samples: Samples | Rows,
    manifest: ModelManifest,
    run: Callable[[nn.Module, torch.Tensor], Any],
    asked: Sequence[Metric] = (),
) -> dict[str, float]:
    """Figures of `network` on a split, by task: of objects {"val_map50", "val_map"}, classification {"val_accuracy"},
    multilabel {"val_map", "val_f1"} (of all labels, at a score of 0.5),
    segmentation {"val_miou", "val_pixel_accuracy"}, anomaly {"val_auroc"}, which needs both good and bad images; tabular {"val_auroc", "val_log_loss"}.

    Args:
        run: calls the network in the training's precision and on its device.
        asked: figures that are wanted beside them; one that the split or the task cannot tell is left out.
    """
    if isinstance(samples, Rows):
        assert manifest.table is not None
        return validate_rows(network, samples, run, manifest.table.targets(manifest.labels), asked)
    answer, figures, usual = _TASKS[manifest.task]
    answers = _answers(network, samples, manifest, run, answer)
    found = figures(samples, answers, manifest, asked) if answers else {}
    return {name: value for name, value in found.items() if name in {*usual, *(one.name for one in asked)}}


@torch.no_grad()
def scores_of(
    network: nn.Module, samples: Samples, manifest: ModelManifest, run: Callable[[nn.Module, torch.Tensor], Any]
) -> list[tuple[int, float]]:
    """How far each image that can be read is from what is normal, by its index."""
    return _answers(network, samples, manifest, run, _distance)


def _answers(
    network: nn.Module, samples: Samples, manifest: ModelManifest, run: Callable[..., Any], answer: Callable[..., Any]
) -> list[tuple[int, Any]]:
    answers: list[tuple[int, Any]] = []
    for start in range(0, len(samples), TOGETHER):
        readable = []
        for index in range(start, min(start + TOGETHER, len(samples))):
            with contextlib.suppress(BadImage):
                readable.append((index, samples.view(index)))
        if not readable:
            continue
        output = run(network, collate([view for _, view in readable], manifest).images)
        answers += [(index, answer(output, place, view, manifest)) for place, (index, view) in enumerate(readable)]
    return answers


def _objects(output: Any, place: int, view: View, manifest: ModelManifest) -> Any:
    spec = PostprocessSpec(SCORE_FROM, manifest.postprocess.iou_threshold, 100)
    return found_in(manifest, output, place, spec), true_of(manifest, view)


def _of_one_label(output: Any, place: int, view: View, manifest: ModelManifest) -> Any:
    del view, manifest
    return output[place].float().softmax(0).cpu().numpy()


def _sorting(
    samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest, asked: Sequence[Metric]
) -> dict[str, float]:
    chances = np.stack([answer for _, answer in answers])
    true = np.array([samples.items[index].labels[0] for index, _ in answers])
    matrix = np.zeros((chances.shape[1], chances.shape[1]), np.int64)
    np.add.at(matrix, (true, chances.argmax(1)), 1)
    certain = chances[np.arange(len(true)), true]
    found = {
        "val_accuracy": float(np.diag(matrix).sum() / len(true)),
        "val_f1": _mean_f1(matrix),
        "val_log_loss": float(log_losses(np.ones_like(true), certain).mean()),
    }
    good = next((number for number, name in enumerate(manifest.labels) if is_normal(name)), None)
    if good is None or len(np.unique(true == good)) < 2:
        return found
    return found | {one.name: recall_at(true != good, 1 - chances[:, good], one.rejected)
                    for one in asked if isinstance(one, RecallAt)}  # fmt: skip


def _mean_f1(matrix: Any, first: int = 0) -> float:
    """Mean over the classes that are there, from one on; rows are true, columns are given."""
    there = np.flatnonzero(matrix.sum(1)[first:]) + first
    right, both = np.diag(matrix)[there], (matrix.sum(0) + matrix.sum(1))[there]
    return float(np.mean(2 * right / both)) if len(there) else 0.0


@torch.no_grad()
def thresholds_of(
    network: nn.Module, samples: Samples, manifest: ModelManifest, run: Callable[[nn.Module, torch.Tensor], Any]
) -> tuple[float, ...]:
    """For each label of a multilabel model the score from which on it is best said, by F1 on a split.

    A label of too few images keeps the one of all labels.
    """
    answers = _answers(network, samples, manifest, run, _chances)
    found = [manifest.postprocess.score_threshold] * len(manifest.labels)
    if answers:
        has, scores = _tagged(samples, answers)
        for label in range(len(found)):
            own = best_threshold(has[:, label], scores[:, label]) if has[:, label].sum() >= LEAST_IMAGES else None
            found[label] = found[label] if own is None else round(own, 4)
    return tuple(found)


def _chances(output: Any, place: int, view: View, manifest: ModelManifest) -> Any:
    del view, manifest
    return output[place].float().sigmoid().cpu().numpy()


def _tagged(samples: Samples, answers: list[tuple[int, Any]]) -> tuple[Any, Any]:
    """Which labels each image has, and the score of each, both (I, C)."""
    scores = np.stack([answer for _, answer in answers])
    has = np.zeros(scores.shape, np.bool_)
    for row, (index, _) in enumerate(answers):
        has[row, samples.items[index].labels] = True
    return has, scores


def _labels_at_once(
    samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest, asked: Sequence[Metric]
) -> dict[str, float]:
    del manifest, asked
    has, scores = _tagged(samples, answers)
    if not has.any():
        return {}
    said = scores >= 0.5
    f1 = 2 * (said & has).sum() / (said.sum() + has.sum())
    return {"val_map": mean_average_precision(has, scores), "val_f1": float(f1)}


def _confusion(output: Any, place: int, view: View, manifest: ModelManifest) -> Any:
    """Pixels by true (rows) and given class."""
    assert view.classes is not None
    given = at_pixels(output[place : place + 1], view.classes.shape)[0].argmax(0).cpu().numpy()
    known, count = view.classes != IGNORED, len(manifest.labels) + 1
    pairs = view.classes[known].astype(np.int64) * count + given[known]
    return np.bincount(pairs, minlength=count * count).reshape(count, count)


def _overlap(
    samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest, asked: Sequence[Metric]
) -> dict[str, float]:
    """Mean intersection over union of the labels that are there; the background is not one of them."""
    del samples, manifest, asked
    matrix = np.sum([answer for _, answer in answers], axis=0)
    right, true = np.diag(matrix), matrix.sum(1)
    union = true + matrix.sum(0) - right
    there = true[1:] > 0
    if not there.any():
        return {}
    ratios = right[1:][there] / union[1:][there]
    return {
        "val_miou": float(ratios.mean()),
        "val_pixel_accuracy": float(right.sum() / max(1, matrix.sum())),
        "val_f1": _mean_f1(matrix, 1),
    }


def _distance(output: Any, place: int, view: View, manifest: ModelManifest) -> float:
    del view, manifest
    return float(output.scores[place])


def _ranking(
    samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest, asked: Sequence[Metric]
) -> dict[str, float]:
    """How well bad images lie farther out than good ones."""
    del manifest
    bad = np.array([samples.items[index].labels[0] == 1 for index, _ in answers])
    return ranked(bad, np.array([distance for _, distance in answers]), asked)


def average_precision(
    samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest, asked: Sequence[Metric] = ()
) -> dict[str, float]:
    """Mean average precision at IoU 0.5 and over 0.5 … 0.95, as COCO counts it by what is alike, on the canvas; and F1 at IoU
    0.5 at each label's best threshold, its mean over labels, read off the same 101 recalls.
    """
    del asked
    from faster_coco_eval import COCO

    truth: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    more: list[Any] = []
    true_more: list[Any] = []
    for index, ((boxes, scores, classes, carried), real) in answers:
        more, true_more = more + carried, true_more + real
        for box, label in zip(samples.items[index].boxes.tolist(), samples.items[index].labels.tolist(), strict=True):
            truth.append({**_coco(index, box, label), "id": len(truth) + 1, "iscrowd": 0})
        for box, score, label in zip(boxes.tolist(), scores.tolist(), classes.tolist(), strict=True):
            found.append({**_coco(index, box, label), "score": score})
    if not truth or not found:
        return {"val_map50": 0.0, "val_map": 0.0, "val_f1": 0.0}
    size = {"width": manifest.input.width, "height": manifest.input.height}
    images = [{"id": index + 1, **size} for index, _ in answers]
    categories = [{"id": number + 1, "name": name} for number, name in enumerate(manifest.labels)]
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO({"images": images, "annotations": truth, "categories": categories})
        kind = judge(manifest.task, objects_of(found, more), objects_of(truth, true_more))
        evaluation = kind(known, known.loadRes(found), "bbox", print_function=lambda *_: None)
        evaluation.run()
    precision = np.asarray(evaluation.eval["precision"])[0, :, :, 0, -1]  # (recalls, labels); −1: no such label
    recalls = np.asarray(evaluation.params.recThrs)[:, None]
    f1 = (2 * precision * recalls / np.maximum(precision + recalls, 1e-9)).max(0)[(precision >= 0).any(0)]
    mean = float(f1.mean()) if len(f1) else 0.0
    return {"val_map50": float(evaluation.stats[1]), "val_map": float(evaluation.stats[0]), "val_f1": mean}


def objects_of(entries: list[dict[str, Any]], more: list[Any]) -> Objects:
    """Entries of COCO as what is held against each other."""
    boxes = np.array([entry["bbox"] for entry in entries], np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return Objects(boxes, column(more) if more else None)


def _coco(index: int, box: list[float], label: int) -> dict[str, Any]:
    width, height = box[2] - box[0], box[3] - box[1]
    place = {"bbox": [box[0], box[1], width, height], "area": width * height}
    return {"image_id": index + 1, "category_id": label + 1, **place}


# What is kept of each image's answer, what figures come of them, and which of them are always told
_TASKS: dict[str, tuple[Callable[..., Any], Callable[..., dict[str, float]], tuple[str, ...]]] = {
    **dict.fromkeys(OBJECTS, (_objects, average_precision, ("val_map50", "val_map"))),
    "classification": (_of_one_label, _sorting, ("val_accuracy",)),
    "multilabel": (_chances, _labels_at_once, ("val_map", "val_f1")),
    "segmentation": (_confusion, _overlap, ("val_miou", "val_pixel_accuracy")),
    "anomaly": (_distance, _ranking, ("val_auroc",)),
}
