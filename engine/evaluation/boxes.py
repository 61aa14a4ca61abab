"""Many boxes over many items as columns, and which found box stands for which true one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.manifest import OBJECTS
from engine.training.similarity import SIMILARITIES, Objects, column

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
IOU = 0.5  # above it a found box stands for a true one
NOTHING = -1


@dataclass(frozen=True)
class Boxes:
    """N boxes.

    Attributes:
        item: (N,) index of the item in the split.
        label: (N,) index of the label.
        box: (N, 4) xyxy in px of the item.
        score: (N,) in [0, 1]; 1 for true boxes.
        crowd: (N,) true boxes that stand for a group: what is found in them is neither right nor wrong.
        more: (N,) what the objects of the task carry beside their boxes; see `engine.training.similarity.Objects`.
        task: by which two objects are alike.
    """

    item: Ints
    label: Ints
    box: Floats
    score: Floats
    crowd: npt.NDArray[np.bool_]
    more: Any = None
    task: str = "detection"

    @staticmethod
    def of(
        item: Any, label: Any, box: Any, score: Any = None, crowd: Any = None, more: Any = None, task: str = "detection"
    ) -> Boxes:
        """From any sequences of equal length."""
        count = len(item)
        return Boxes(
            np.asarray(item, np.int64).reshape(count),
            np.asarray(label, np.int64).reshape(count),
            np.asarray(box, np.float64).reshape(count, 4),
            np.ones(count) if score is None else np.asarray(score, np.float64).reshape(count),
            np.zeros(count, np.bool_) if crowd is None else np.asarray(crowd, np.bool_).reshape(count),
            column(more) if OBJECTS[task] else None,
            task,
        )

    def __len__(self) -> int:
        return len(self.item)

    def __getitem__(self, chosen: Any) -> Boxes:
        more = None if self.more is None else self.more[chosen]
        return Boxes(
            self.item[chosen], self.label[chosen], self.box[chosen], self.score[chosen], self.crowd[chosen], more, self.task
        )  # fmt: skip

    @property
    def objects(self) -> Objects:
        """What of them is held against others."""
        return Objects(self.box, self.more)

    def best_first(self) -> Boxes:
        """Sorted by score; equal scores keep their order."""
        return self[np.argsort(-self.score, kind="stable")]


@dataclass(frozen=True)
class Matches:
    """What each found box stands for.

    Attributes:
        truth: (N,) index of the true box, or NOTHING.
        iou: (N,) with that box; 0 without.
        ignored: (N,) found inside a crowd.
    """

    truth: Ints
    iou: Floats
    ignored: npt.NDArray[np.bool_]


def alike(found: Boxes, truth: Boxes) -> Floats:
    """How alike found and true ones are by their task: (N, M) in [0, 1]."""
    return SIMILARITIES[truth.task](found.objects, truth.objects)


def match(truth: Boxes, found: Boxes, iou: float = IOU, *, across_labels: bool = False) -> Matches:
    """Give each found box, best first, the free true box that it covers best, or is most alike by its task.

    Within a label this is the matching of COCO. Across labels a box takes one of its own label where there is one, else
    one of another. What a box is given never depends on boxes with lower scores, so one matching serves all thresholds.

    Args:
        found: sorted best first.
        iou: the least overlap.
    """
    chosen = np.full(len(found), NOTHING, np.int64)
    covered = np.zeros(len(found))
    ignored = np.zeros(len(found), np.bool_)
    true_rows, found_rows = rows_by_item(truth.item), rows_by_item(found.item)
    for item, mine in found_rows.items():
        theirs = true_rows.get(item)
        if theirs is None:
            continue
        overlap = alike(found[mine], truth[theirs])
        same = found.label[mine][:, None] == truth.label[theirs][None, :]
        _match_item(overlap, same, truth.crowd[theirs], iou, across_labels, mine, theirs, chosen, covered)
        if truth.crowd[theirs].any():
            inside = _inside(found.box[mine], truth.box[theirs][truth.crowd[theirs]])
            inside &= (same | across_labels)[:, truth.crowd[theirs]]
            ignored[mine] = (chosen[mine] == NOTHING) & (inside).any(axis=1)
    return Matches(chosen, covered, ignored)


def _match_item(
    overlap: Floats,
    same: Any,
    crowd: Any,
    iou: float,
    across: bool,
    mine: Ints,
    theirs: Ints,
    chosen: Ints,
    covered: Floats,
) -> None:
    """Fill `chosen` and `covered` for the found boxes of one item."""
    # COCO's own threshold: an overlap of exactly `iou` counts, in spite of rounding.
    free = np.where(crowd[None, :] | (overlap < iou - 1e-10), -1.0, overlap)
    for row in range(len(mine)):
        column = _best(free[row], same[row])
        if column < 0 and across:
            column = _best(free[row], ~same[row])
        if column >= 0:
            chosen[mine[row]], covered[mine[row]] = theirs[column], overlap[row, column]
            free[:, column] = -1.0


def _best(free: Floats, allowed: Any) -> int:
    candidates = np.where(allowed, free, -1.0)
    # The last of equals, as COCO does.
    column = len(candidates) - 1 - int(np.argmax(candidates[::-1]))
    return column if candidates[column] >= 0 else NOTHING


def _inside(boxes: Floats, crowds: Floats) -> npt.NDArray[np.bool_]:
    """Which boxes lie for half of their area or more in which crowd."""
    low = np.maximum(boxes[:, None, :2], crowds[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], crowds[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    area = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    result: npt.NDArray[np.bool_] = inner >= IOU * np.maximum(area, 1e-12)[:, None]
    return result


def rows_by_item(items: Ints) -> dict[int, Ints]:
    """The rows of each item, in their order."""
    order = np.argsort(items, kind="stable")
    numbers, starts = np.unique(items[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, starts[1:]), strict=True)) if len(items) else {}
