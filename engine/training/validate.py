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
from engine.serving.manifest import ModelManifest
from engine.serving.postprocess import select
from engine.training.batches import collate
from engine.training.ranking import auroc
from engine.training.samples import Samples, View
from engine.training.tables import Rows, validate_rows

SCORE_FROM = 0.01
TOGETHER = 8  # images a step


@torch.no_grad()
def validate(
    network: nn.Module, samples: Samples | Rows, manifest: ModelManifest, run: Callable[[nn.Module, torch.Tensor], Any]
) -> dict[str, float]:
    """Figures of `network` on a split, by task: detection {"val_map50", "val_map"}, classification {"val_accuracy"},
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
    del view
    boxes, scores = output.boxes[place].float().cpu().numpy(), output.logits[place].float().sigmoid().cpu().numpy()
    return select(boxes, scores, SCORE_FROM, manifest.postprocess.iou_threshold, 100)


def _label(output: Any, place: int, view: View, manifest: ModelManifest) -> int:
    del view, manifest
    return int(output[place].argmax())


def _accuracy(samples: Samples, answers: list[tuple[int, Any]], manifest: ModelManifest) -> dict[str, float]:
    del manifest
    return {"val_accuracy": float(np.mean([samples.items[index].labels[0] == answer for index, answer in answers]))}


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
    """Mean average precision at IoU 0.5 and over 0.5 … 0.95, as COCO counts it, on the canvas."""
    from faster_coco_eval import COCO, COCOeval_faster

    truth: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for index, (boxes, scores, classes) in answers:
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
        evaluation = COCOeval_faster(known, known.loadRes(found), "bbox", print_function=lambda *_: None)
        evaluation.run()
    return {"val_map50": float(evaluation.stats[1]), "val_map": float(evaluation.stats[0])}


def _coco(index: int, box: list[float], label: int) -> dict[str, Any]:
    width, height = box[2] - box[0], box[3] - box[1]
    place = {"bbox": [box[0], box[1], width, height], "area": width * height}
    return {"image_id": index + 1, "category_id": label + 1, **place}


_TASKS: dict[str, tuple[Callable[..., Any], Callable[..., dict[str, float]]]] = {
    "detection": (_objects, average_precision),
    "classification": (_label, _accuracy),
    "segmentation": (_confusion, _overlap),
    "anomaly": (_distance, _ranking),
}
