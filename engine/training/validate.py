"""How good the model is on the val images, while it trains."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from engine.serving.errors import BadImage
from engine.serving.manifest import ModelManifest
from engine.serving.postprocess import select
from engine.training.batches import collate
from engine.training.samples import Samples

SCORE_FROM = 0.01
TOGETHER = 8  # images a step


@torch.no_grad()
def validate(
    network: nn.Module, samples: Samples, manifest: ModelManifest, run: Callable[[nn.Module, torch.Tensor], Any]
) -> dict[str, float]:
    """Figures of `network` on a split: detection {"val_map50", "val_map"}, classification {"val_accuracy"}.

    Args:
        run: calls the network in the training's precision and on its device.
    """
    answers: list[tuple[int, Any]] = []
    for start in range(0, len(samples), TOGETHER):
        readable = []
        for index in range(start, min(start + TOGETHER, len(samples))):
            with contextlib.suppress(BadImage):
                readable.append((index, samples.view(index)))
        if not readable:
            continue
        output = run(network, collate([view for _, view in readable], manifest).images)
        for place, (index, _) in enumerate(readable):
            if manifest.task == "classification":
                answers.append((index, int(output[place].argmax())))
            else:
                boxes, scores = (
                    output.boxes[place].float().cpu().numpy(),
                    output.logits[place].float().sigmoid().cpu().numpy(),
                )
                answers.append((index, select(boxes, scores, SCORE_FROM, manifest.postprocess.iou_threshold, 100)))
    if not answers:
        return {}
    if manifest.task == "classification":
        right = [samples.items[index].labels[0] == answer for index, answer in answers]
        return {"val_accuracy": float(np.mean(right))}
    return average_precision(samples, answers, manifest)


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
