"""Shapes from one image to another, and which image looks most like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.labeling import align, geometry, masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.data.items import ItemImage
    from engine.data.records import Annotation
    from engine.labeling.regions import Size
    from engine.workspace import Workspace

BITS = 16  # the hash has this many bits a side
NEAR = 2000  # so many neighbours in the list are compared when nothing better is known


def copies(
    shapes: Sequence[Annotation], item_id: int, sizes: tuple[Size, Size], next_id: Callable[[], int]
) -> list[Annotation]:
    """Copies for another item, at the same places; groups and relations among them hold among the copies.

    Args:
        sizes: of the two images; what does not fit into the second one is left out, or moved in as far as it goes.
            Damaged masks are left out too.
    """
    fitting = [(shape, made) for shape in shapes if (made := _fitted(shape, *sizes)) is not None]
    ids = {shape.id: next_id() for shape, _ in fitting}
    return [
        made.with_(
            id=ids[shape.id],
            item_id=item_id,
            origin="person",
            score=None,
            author="",
            track=0,
            group=_regrouped(shape.group, [s for s, _ in fitting], ids),
            flags=tuple(flag for flag in shape.flags if flag not in ("ends", "interpolated", "locked")),
            relations=tuple((ids[end], name) for end, name in shape.relations if end in ids),
        )
        for shape, made in fitting
    ]


def known_labels(shapes: Sequence[Annotation], there: Iterable[Annotation]) -> dict[int, int]:
    """Image labels among shapes that an item has already: their ids, and the ids of those there."""
    own = {shape.label_id: shape.id for shape in there if shape.kind == "class" and shape.origin != "model"}
    return {s.id: own[s.label_id] for s in shapes if s.kind == "class" and s.label_id in own}


def image_hash(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each of 16 × 16 fields is brighter than the one on its left (difference hash): (256,) bool.

    Args:
        pixels: (H, W) or (H, W, 3).
    """
    import cv2

    grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2).astype(np.uint8)
    small = cv2.resize(np.ascontiguousarray(grey), (BITS + 1, BITS), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.asarray(np.diff(small, axis=1) > 0).ravel()


def most_similar(ws: Workspace, item_id: int, among: Sequence[int]) -> int | None:
    """The item whose thumbnail differs least from that of `item_id`, out of the nearest 2,000 of the list.

    A plain measure that needs no model; thumbnails are made where there are none. None: there is no other one.
    """
    from engine.data.items import item_images

    place = among.index(item_id) if item_id in among else 0
    near = sorted((abs(index - place), item) for index, item in enumerate(among) if item != item_id)[:NEAR]
    images = {image.id: image for image in item_images(ws, [item_id, *(item for _, item in near)])}
    if item_id not in images:
        return None
    mine = _hash_of(ws, images[item_id])
    best: tuple[int, int, int] | None = None
    for distance, item in near:
        other = _hash_of(ws, images[item]) if item in images else None
        if mine is not None and other is not None:
            found = (int(np.count_nonzero(mine != other)), distance, item)
            best = found if best is None or found < best else best
    return best[2] if best else None


def _fitted(shape: Annotation, old: Size, new: Size) -> Annotation | None:
    if shape.x is None or shape.y is None:
        return shape
    box = (shape.x, shape.y, shape.w or 0.0, shape.h or 0.0)
    if shape.kind == "mask":
        try:
            mask = masks.Patch.of(shape, old)
        except ValueError:  # a damaged one
            return None
        patch = masks.Patch(new)
        patch.put(mask.pixels, mask.x, mask.y)
        return patch.placed(shape)
    if box[2] > new[0] or box[3] > new[1]:
        return None
    dx, dy = align.inward(box, new)
    return geometry.moved(shape, dx, dy) if dx or dy else shape


def _regrouped(group: int, shapes: Sequence[Annotation], ids: dict[int, int]) -> int:
    """The number of the group among the copies: the new id of its first member that was copied; 0 when alone."""
    mates = [shape.id for shape in shapes if group and shape.group == group]
    return ids[min(mates)] if len(mates) > 1 else 0


def _hash_of(ws: Workspace, image: ItemImage) -> NDArray[np.bool_] | None:
    import cv2

    from engine.data.items import thumbnail
    from engine.errors import LinesideError

    try:
        data = np.frombuffer(thumbnail(ws, image), np.uint8)
    except (LinesideError, OSError):
        return None
    pixels = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return None if pixels is None else image_hash(np.asarray(pixels, np.uint8))
