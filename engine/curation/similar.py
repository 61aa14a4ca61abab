"""What looks alike: nearest neighbours, near-duplicates and outliers, from the embeddings on disk. Needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.curation import worklist
from engine.curation.vectors import VectorStore
from engine.curation.worklist import Target
from engine.data.items import item_image
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.workspace import Workspace

Floats = npt.NDArray[np.float32]
BLOCK = 512  # rows that are compared with all others at once
DUPLICATE = 0.99  # cosine; re-encoded, moved or brightened copies reach 0.99 to 1, other boards and parts at most that


class NotCompared(UsageError):
    """There is no embedding yet; a job makes it."""


@dataclass(frozen=True)
class Alike:
    """An item, or a shape in it, with how much it is like the one asked for: the cosine, 1 for the same."""

    item_id: int
    annotation_id: int
    likeness: float


@dataclass(frozen=True)
class Gallery:
    """Embedded items or shapes of a workspace: targets and their vectors (N, D), row by row."""

    targets: list[Target]
    vectors: Floats

    @property
    def item_ids(self) -> list[int]:
        """The item of each row."""
        return [one.item_id for one in self.targets]


def gallery(ws: Workspace, *, shapes: bool = False, item_ids: Sequence[int] | None = None) -> Gallery:
    """All items (or shapes of people) that have an embedding."""
    ids = [row[0] for row in ws.query("SELECT id FROM item ORDER BY id")] if item_ids is None else item_ids
    listed = worklist.targets(ws, ids, shapes=shapes)
    places, vectors = VectorStore(ws.path).find(listed)
    return Gallery([listed[place] for place in places], vectors)


def like_item(ws: Workspace, item_id: int, count: int = 60) -> list[Alike]:
    """The items most like one, the nearest first, without itself.

    Raises:
        UsageError: there is no such item.
        NotCompared: this item has no embedding yet.
    """
    item_image(ws, item_id)
    return _like(gallery(ws), item_id, 0, count)


def like_shape(ws: Workspace, annotation_id: int, count: int = 60) -> list[Alike]:
    """The shapes most like one, the nearest first, without itself.

    Raises:
        NotCompared: this shape has no embedding yet.
    """
    rows = ws.query("SELECT item_id FROM annotation WHERE id = ?", [annotation_id])
    if not rows:
        raise UsageError(f"There is no annotation {annotation_id}.")
    return _like(gallery(ws, shapes=True), rows[0][0], annotation_id, count)


def near_duplicates(vectors: Floats, least: float = DUPLICATE) -> list[list[int]]:
    """Groups of rows that look the same, the largest first: connected by a cosine of at least `least`."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(vectors)
    group = np.arange(count)  # the group so far of each row: what later rows are joined to
    for start in range(0, count, BLOCK):
        rows, columns = np.nonzero(vectors[start : start + BLOCK] @ vectors[start:].T >= least)
        rows, columns = group[rows + start], group[columns + start]
        pairs = np.unique((rows * count + columns)[rows != columns])
        edges = coo_array((np.ones(len(pairs), np.int8), (pairs // count, pairs % count)), shape=(count, count))
        group = connected_components(edges, directed=False)[1][group] if len(pairs) else group
    order = np.argsort(group, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return sorted((rows.tolist() for rows in groups if len(rows) > 1), key=lambda rows: (-len(rows), rows))


def outliers(vectors: Floats, neighbours: int = 5) -> npt.NDArray[np.float32]:
    """How far each row lies from its k nearest others: their mean Euclidean distance (Ramaswamy, Rastogi, Shim 2000)."""
    k = min(neighbours, len(vectors) - 1)
    if k < 1:
        return np.zeros(len(vectors), np.float32)
    found = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), BLOCK):
        likeness = vectors[start : start + BLOCK] @ vectors.T
        likeness[np.arange(len(likeness)), np.arange(start, start + len(likeness))] = -2.0
        best = np.partition(likeness, -k, axis=1)[:, -k:]
        found[start : start + BLOCK] = np.sqrt(np.maximum(2 - 2 * best, 0)).mean(axis=1)
    return found


def _like(found: Gallery, item_id: int, annotation_id: int, count: int) -> list[Alike]:
    wanted = (item_id, annotation_id)
    place = next((row for row, one in enumerate(found.targets) if (one.item_id, one.annotation_id) == wanted), None)
    if place is None:
        fix = f"lineside data similar {annotation_id} --shape" if annotation_id else f"lineside data similar {item_id}"
        raise NotCompared("This image has not been compared with the others yet.", fix=fix)
    likeness = found.vectors @ found.vectors[place]
    order = np.argsort(-likeness, kind="stable")
    best = [int(row) for row in order[: count + 1] if row != place][:count]
    return [
        Alike(found.targets[row].item_id, found.targets[row].annotation_id, round(float(likeness[row]), 4))
        for row in best
    ]
