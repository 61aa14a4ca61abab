"""How far two releases agree on one image, by what they answered: 1 for the same, 0 for nothing in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving import rotated
from engine.serving.alike import Floats, ious, oks, overlaps
from engine.serving.manifest import OBJECTS
from engine.serving.skeleton import SIGMA

Reply = Mapping[str, Any]  # an answer of /predict
SAME = 0.5  # from which on two objects of one label are the same one


def agreement(old: Reply, new: Reply) -> float:
    """In [0, 1], by the task of the old release; an answer of another task agrees in nothing.

    Objects: the Dice coefficient 2 m / (a + b) of their numbers, where m are of one label and alike by at least 0.5 (IoU of
    boxes, rotated boxes or masks, OKS). Regions: the mean over labels of the Dice coefficient of their pixels.
    Labels of the whole image: whether they are the same, or the share that both say of all that either says. Anomalies:
    none where the verdict differs, else 1 − the distance of the scores. Tables: the mean over rows and columns foretold.

    Raises:
        KeyError, TypeError, ValueError: one of them is no answer.
    """
    if "predictions" in old:
        return _of_rows(old["predictions"], new.get("predictions", ()))
    task = old["task"]
    if new.get("task") != task:
        return 0.0
    if task in OBJECTS:
        return _of_objects(task, old, new)
    if task == "segmentation":
        return _of_regions(old["detections"], new["detections"])
    if task == "multilabel":
        return _shared(*({one["label"] for one in reply["labels"]} for reply in (old, new)))
    if task == "anomaly":
        apart = min(1.0, abs(float(old["scores"][1]) - float(new["scores"][1])))
        return 1 - apart if old["label"] == new["label"] else 0.0
    if targets := old.get("targets"):
        theirs = new.get("targets", {})
        return float(np.mean([_same(found, theirs.get(name, {})) for name, found in targets.items()]))
    return _same(old, new)


def agreed(old: Any, new: Any) -> float:
    """`agreement`; of documents that are no answers of /predict, whether their `outputs`, or they themselves, are equal."""
    try:
        return agreement(old, new)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        return float(_outputs(old) == _outputs(new))


def is_reject(reply: Reply, labels: Sequence[str]) -> bool | None:
    """Whether an answer calls the part bad; None for tasks that know no such thing. `labels`: of the model."""
    task = reply.get("task")
    if task == "anomaly":
        return reply["label"] == labels[1] if len(labels) > 1 else None
    return bool(reply["detections"]) if task == "segmentation" or task in OBJECTS else None


def pairs_of(task: str, old: Sequence[Reply], new: Sequence[Reply]) -> list[tuple[int, int]]:
    """Which of the objects of both answers are the same: (row of old, row of new); the surest of `new` choose first."""
    if not old or not new:
        return []
    said = [np.array([one["label"] for one in objects]) for objects in (old, new)]
    free = np.where(said[0][:, None] == said[1], _alike(OBJECTS[task], old, new), 0.0)
    pairs = []
    for row in np.argsort([-one["score"] for one in new], kind="stable").tolist():
        best = int(np.argmax(free[:, row]))
        if free[best, row] >= SAME - 1e-10:
            pairs.append((best, row))
            free[best] = 0.0
    return pairs


def _alike(kind: str, old: Sequence[Reply], new: Sequence[Reply]) -> Floats:
    """By what the objects carry beside their boxes: (N, M) in [0, 1]."""
    if kind == "rotated":
        return rotated.overlaps(*([one["rotated"] for one in objects] for objects in (old, new)))
    if kind == "mask":
        return ious(*([np.asarray(one["mask"]["counts"], np.int64) for one in objects] for objects in (old, new)))
    boxes = [np.array([one["box"] for one in objects], np.float64).reshape(-1, 4) for objects in (old, new)]
    found = overlaps(boxes[0], boxes[1])
    return _skeletons(old, new, boxes[0], found) if kind == "points" else found


def _skeletons(old: Sequence[Reply], new: Sequence[Reply], boxes: Floats, found: Floats) -> Floats:
    """OKS with the old ones as the truth, with all of their points; `found` stays where two have other numbers of points."""
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    for row, column in np.ndindex(*found.shape):
        mine, theirs = (np.array(one["points"], np.float64).reshape(-1, 3) for one in (old[row], new[column]))
        if len(mine) == len(theirs):
            mine[:, 2] = 1
            sigmas = np.full(len(mine), SIGMA)
            found[row, column] = oks(theirs[None], mine[None], areas[row : row + 1], sigmas)[0, 0]
    return found


def _of_objects(task: str, old: Reply, new: Reply) -> float:
    mine, theirs = old["detections"], new["detections"]
    total = len(mine) + len(theirs)
    return 2 * len(pairs_of(task, mine, theirs)) / total if total else 1.0


def _of_regions(old: Sequence[Reply], new: Sequence[Reply]) -> float:
    labels = {one["label"] for one in (*old, *new)}
    shares = []
    for label in labels:
        mine, theirs = (_pixels([one for one in found if one["label"] == label]) for found in (old, new))
        both = np.logical_and(mine, theirs).sum() if mine is not None and theirs is not None else 0
        total = sum(one.sum() for one in (mine, theirs) if one is not None)
        shares.append(2 * float(both) / float(total) if total else 1.0)
    return float(np.mean(shares)) if shares else 1.0


def _pixels(regions: Sequence[Reply]) -> npt.NDArray[np.bool_] | None:
    """All pixels of the regions, column by column; None for no region."""
    whole = None
    for one in regions:
        counts = np.asarray(one["mask"]["counts"], np.int64)
        inside = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
        whole = inside if whole is None else whole | inside
    return whole


def _of_rows(old: Sequence[Reply], new: Sequence[Reply]) -> float:
    if len(old) != len(new) or not old:
        return float(len(old) == len(new))
    return float(np.mean([agreement(one, other) for one, other in zip(old, new, strict=True)]))


def _same(old: Reply, new: Reply) -> float:
    return float(old["label"] == new.get("label"))


def _shared(mine: set[str], theirs: set[str]) -> float:
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0


def _outputs(document: Any) -> Any:
    """Tensors of an answer of the Open Inference Protocol, without what differs from request to request."""
    if not isinstance(document, dict) or not isinstance(document.get("outputs"), list):
        return document
    return [{name: value for name, value in one.items() if name != "parameters"} for one in document["outputs"]]
