"""How alike two skeletons are: the object keypoint similarity that COCO judges poses by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.serving.alike import oks

if TYPE_CHECKING:
    from engine.training.similarity import Objects

Floats = npt.NDArray[np.float64]


def alike(found: Objects, true: Objects, overlap: Floats) -> Floats:
    """OKS of skeletons (N, M); where two have other numbers of points, so other labels, `overlap` (N, M) of their boxes.

    Args:
        true: its objects carry (K, 4) x, y, v, σ, see `engine.training.keypoints.with_sigmas`; found ones x, y, v flat.
    """
    result = overlap.copy()
    area = np.clip(true.box[:, 2:] - true.box[:, :2], 0, None).prod(1)
    said = [np.reshape(value, (-1, 3)) for value in found.more]
    columns = {len(value): [] for value in said}  # type: dict[int, list[int]]
    for place, value in enumerate(said):
        columns[len(value)].append(place)
    for at, points in enumerate(true.more):
        rows = columns.get(len(points), [])
        if rows:
            given = np.stack([said[row] for row in rows])
            result[rows, at] = oks(given, points[None, :, :3], area[at : at + 1], points[:, 3])[:, 0]
    return result
