"""How good the model is on the val images, while it trains."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from engine.modeling.nets import IGNORED
from engine.modeling.nets.segmentation import at_pixels
from engine.serving.errors import BadImage
from engine.serving.manifest import OBJECTS, ModelManifest, PostprocessSpec
from engine.training.batches import collate
from engine.training.objects import found_in, true_of
from engine.training.ranking import auroc, best_threshold, mean_average_precision
from engine.training.samples import Samples, View
from engine.training.similarity import Objects, column, judge
from engine.training.tables import Rows, validate_rows

SCORE_FROM = 0.01
TOGETHER = 8  # images a step
LEAST_IMAGES = 5  # of a label, below which a threshold of its own would be chance


@torch.no_grad()
def validate(
    network: nn.Module, samples: Samples | Rows, manifest: ModelManifest, run: Callable[[nn.Module, torch.Tensor], Any]
) -> dict[str, float]:
    """Figures of `network` on a split, by task: of objects {"val_map50", "val_map"}, classification {"val_accuracy"},
    multilabel {"val_map", "val_f1"} (of all labels, at a score of 0.5),
    segmentation {"val_miou", "val_pixel_accuracy"}, anomaly {"val_auroc"}, which needs both good and bad images; tabular {"val_auroc", "val_log_loss"}.

    Args:
        run: calls the network in the training's precision and on its device.
    """
    if isinstance(samples, Rows):
        assert manifest.table is not None
        return validate_rows(network, samples, run, manifest.table.targets(manifest.labels))
    answer, figures = _TASKS[manifest.task]
    answers = _answers(network, samples, manifest, run, answer)
    return figures(samples, answers, manifest) if answers else {}


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


def _label(output: Any, place: int, view: View, manifest: ModelManifest) -> int:
    del view, manifest
    return int(output[place].argmax())


def _accuracy(samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest) -> dict[str, float]:
    del manifest
    return {"val_accuracy": float(np.mean([samples.items[index].labels[0] == answer for index, answer in answers]))}


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


def _labels_at_once(samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest) -> dict[str, float]:
    del manifest
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


def _overlap(samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest) -> dict[str, float]:
    """Mean intersection over union of the labels that are there; the background is not one of them."""
    del samples, manifest
    matrix = np.sum([answer for _, answer in answers], axis=0)
    right, true = np.diag(matrix), matrix.sum(1)
    union = true + matrix.sum(0) - right
    there = true[1:] > 0
    if not there.any():
        return {}
    ratios = right[1:][there] / union[1:][there]
    return {"val_miou": float(ratios.mean()), "val_pixel_accuracy": float(right.sum() / max(1, matrix.sum()))}


def _distance(output: Any, place: int, view: View, manifest: ModelManifest) -> float:
    del view, manifest
    return float(output.scores[place])


def _ranking(samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest) -> dict[str, float]:
    """The chance that a bad image lies farther out than a good one."""
    del manifest
    bad = [samples.items[index].labels[0] == 1 for index, _ in answers]
    value = float(auroc(bad, [distance for _, distance in answers])[0])
    return {} if np.isnan(value) else {"val_auroc": value}


def average_precision(samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest) -> dict[str, float]:
    """Mean average precision at IoU 0.5 and over 0.5 … 0.95, as COCO counts it by what is alike, on the canvas."""
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
        return {"val_map50": 0.0, "val_map": 0.0}
    size = {"width": manifest.input.width, "height": manifest.input.height}
    images = [{"id": index + 1, **size} for index, _ in answers]
    categories = [{"id": number + 1, "name": name} for number, name in enumerate(manifest.labels)]
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO({"images": images, "annotations": truth, "categories": categories})
        kind = judge(manifest.task, objects_of(found, more), objects_of(truth, true_more))
        evaluation = kind(known, known.loadRes(found), "bbox", print_function=lambda *_: None)
        evaluation.run()
    return {"val_map50": float(evaluation.stats[1]), "val_map": float(evaluation.stats[0])}


def objects_of(entries: list[dict[str, Any]], more: list[Any]) -> Objects:
    """Entries of COCO as what is held against each other."""
    boxes = np.array([entry["bbox"] for entry in entries], np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return Objects(boxes, column(more) if more else None)


def _coco(index: int, box: list[float], label: int) -> dict[str, Any]:
    width, height = box[2] - box[0], box[3] - box[1]
    place = {"bbox": [box[0], box[1], width, height], "area": width * height}
    return {"image_id": index + 1, "category_id": label + 1, **place}


_TASKS: dict[str, tuple[Callable[..., Any], Callable[..., dict[str, float]]]] = {
    **dict.fromkeys(OBJECTS, (_objects, average_precision)),
    "classification": (_label, _accuracy),
    "multilabel": (_chances, _labels_at_once),
    "segmentation": (_confusion, _overlap),
    "anomaly": (_distance, _ranking),
}
