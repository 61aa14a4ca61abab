"""How alike two objects of a task are: what matching, average precision and kinds of mistake go by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.data import rle
from engine.serving import rotated
from engine.serving.alike import ious, overlaps
from engine.training import oks

Floats = npt.NDArray[np.float64]


class Objects(NamedTuple):
    """N objects.

    Attributes:
        box: (N, 4) xyxy in px.
        more: (N,) what each carries beside its box, as an evaluation keeps it (see `engine.serving.manifest.OBJECTS`): rotated
            boxes as five numbers, keypoints as x, y, v after each other (true ones as (K, 4) with their σ), masks as COCO's compressed run lengths.
    """

    box: Floats
    more: Any = None


Similarity = Callable[[Objects, Objects], Floats]


# By task: found objects (N,) and true ones (M,) → (N, M) in [0, 1]
SIMILARITIES: dict[str, Similarity] = {
    "detection": lambda found, true: overlaps(found.box, true.box),
    "instances": lambda found, true: ious(*([rle.runs(text) for text in objects.more] for objects in (found, true))),
    "rotated": lambda found, true: rotated.overlaps(list(found.more), list(true.more)),
    "keypoints": lambda found, true: oks.alike(found, true, overlaps(found.box, true.box)),
}

# By task: the area of each in px², where it is not that of its box
AREAS: dict[str, Callable[[Objects], Floats]] = {
    "rotated": lambda objects: np.array([box[2] * box[3] for box in objects.more], np.float64),
    "instances": lambda objects: np.array([rle.runs(text)[1::2].sum() for text in objects.more], np.float64),
}


def areas(task: str, objects: Objects) -> Floats:
    """The area of each, (N,) px²."""
    if task in AREAS:
        return AREAS[task](objects)
    result: Floats = np.clip(objects.box[:, 2:] - objects.box[:, :2], 0, None).prod(axis=1)
    return result


def judge(task: str, found: Objects, true: Objects) -> Any:
    """The class that counts as COCO does (faster-coco-eval, "bbox") and holds objects against each other as the task does.

    Args:
        found, true: in the order of the results and annotations that it is given.
    """
    from faster_coco_eval import COCOeval_faster

    if task == "detection":
        return COCOeval_faster

    class Judge(COCOeval_faster):  # type: ignore[misc]  # not typed
        """COCO's counting with another similarity."""

        def computeIoU(self, imgId: int, catId: int) -> Any:  # noqa: N802, N803 (names of the library)
            """Of the surest results of an image and label with its annotations."""
            real, said = (
                data.get_instances([imgId], [catId], True)[0][0] for data in (self.gt_dataset, self.dt_dataset)
            )
            if not real or not said:
                return []
            said = sorted(said, key=lambda one: -one["score"])[: self.params.maxDets[-1]]
            rows = [np.array([one["id"] - 1 for one in entries]) for entries in (said, real)]
            return SIMILARITIES[task](taken(found, rows[0]), taken(true, rows[1]))

    return Judge


def column(values: Any) -> Any:
    """One value of any kind for each row, (N,)."""
    found = np.empty(len(values), object)
    for row, value in enumerate(values):
        found[row] = value
    return found


def kept(more: Any) -> Any:
    """What an object carries as files keep it: true skeletons without their σ."""
    return more[:, :3].ravel().tolist() if isinstance(more, np.ndarray) else more


def taken(objects: Objects, rows: Any) -> Objects:
    """Some of them."""
    return Objects(objects.box[rows], None if objects.more is None else objects.more[rows])
