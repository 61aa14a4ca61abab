"""Embeddings by the bundled backbone, computed in a job: what an item, or a shape in it, looks like, as 432 numbers.

EfficientNet-Lite0 with ImageNet weights; the maps at strides 16 (112 channels) and 32 (320 channels) are averaged over the
picture and each normalised, so that texture and content weigh alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.changes import Changes
from engine.curation import worklist
from engine.curation.vectors import DIMENSIONS, VectorStore
from engine.curation.worklist import Target
from engine.errors import BadInput

if TYPE_CHECKING:
    from engine.jobs import Job, JobContext
    from engine.workspace import Transaction, Workspace

SIDE, SHAPE_SIDE = 224, 128  # px that a picture, or a shape with its surroundings, is brought to
AROUND = 0.25  # of a shape's longer side, added on each side
LEAST = 32  # px of the item that are shown around the smallest shape
BATCH = 16
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def embed(ws: Workspace, item_ids: Sequence[int] | None = None, *, shapes: bool = False) -> Job | None:
    """Start a job that embeds items (with `shapes`: and the shapes in them); None when all are embedded already."""
    from engine.jobs import submit

    ids = [row[0] for row in ws.query("SELECT id FROM item ORDER BY id")] if item_ids is None else list(item_ids)
    if not ids:
        raise BadInput("There are no items to compare; import images first.", fix="lineside data import FOLDER")
    listed = missing(ws, ids, shapes=shapes)
    if not listed:
        return None
    what = f"{len(listed):,} {'images and shapes' if shapes else 'images'}"
    return submit(ws, "embed", {"items": worklist.write(ws.path, listed)}, f"Compare {what}")


def missing(ws: Workspace, ids: Sequence[int], *, shapes: bool = False) -> list[Target]:
    """What of these items has no embedding yet."""
    listed = worklist.targets(ws, ids) + (worklist.targets(ws, ids, shapes=True) if shapes else [])
    places, _ = VectorStore(ws.path).find(listed)
    known = set(places.tolist())
    return [one for place, one in enumerate(listed) if place not in known]


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part."""
    listed = worklist.read(context.workspace, context.arguments["items"])

    def progress(fraction: float, message: str) -> None:
        context.should_stop()
        context.wait_if_paused()
        context.progress(fraction, message)

    unreadable = embed_targets(context.workspace, listed, progress)
    context.progress(1.0, "Done")
    return {"embedded": len(listed) - len(unreadable), "unreadable": unreadable, "items": context.arguments["items"]}


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: nothing goes into the store, what was embedded lies in the cache."""
    del tx, spec
    (workspace.path / result["items"]).unlink(missing_ok=True)
    return Changes()


def embed_targets(
    workspace: Path, listed: Sequence[Target], progress: Callable[[float, str], None] | None = None
) -> dict[str, str]:
    """Embed what has no embedding yet; returns why items could not be read, by their id.

    Args:
        progress: called before each batch; whatever it raises ends the work, what is done is kept.
    """
    store = VectorStore(workspace)
    known = set(store.find(listed)[0].tolist())
    left = [one for place, one in enumerate(listed) if place not in known]
    left.sort(key=lambda one: (one.annotation_id > 0, one.digest, one.page))  # a file is decoded once for its shapes
    unreadable: dict[str, str] = {}
    done = 0
    for batch in _batches(_crops(left, unreadable)):
        if progress is not None:
            progress(done / len(left), f"Comparing {batch[0][0].name}")
        store.add([one for one, _ in batch], vectors_of(np.stack([crop for _, crop in batch])))
        done += len(batch)
    return unreadable


def vectors_of(crops: Pixels) -> Floats:
    """Pictures (N, S, S, 3) uint8 RGB to embeddings (N, 432) float32, L2-normalised."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    scaled = (crops.astype(np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    tensor = torch.from_numpy(np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))).to(device)
    with torch.inference_mode():
        maps = _network(device)(tensor)[-2:]
        parts = [torch.nn.functional.normalize(each.mean(dim=(2, 3)), dim=1) for each in maps]
    joined: Floats = (torch.cat(parts, dim=1) / np.sqrt(2)).float().cpu().numpy()
    assert joined.shape[1] == DIMENSIONS
    return joined


def crop_of(pixels: Pixels, target: Target) -> Pixels:
    """The part of an item that is embedded: all of it (224, 224, 3), or a square around a shape (128, 128, 3)."""
    import cv2

    side = SHAPE_SIDE if target.annotation_id else SIDE
    if target.annotation_id:
        half = max((0.5 + AROUND) * max(target.w, target.h), LEAST / 2)
        x, y = target.x + target.w / 2, target.y + target.h / 2
        left, top = max(0, round(x - half)), max(0, round(y - half))
        pixels = pixels[top : max(top + 1, round(y + half)), left : max(left + 1, round(x + half))]
    smaller = max(pixels.shape[:2]) > side
    shrunk = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.ascontiguousarray(np.broadcast_to(shrunk.reshape(side, side, -1), (side, side, 3)), np.uint8)


def _crops(left: Sequence[Target], unreadable: dict[str, str]) -> Iterator[tuple[Target, Pixels]]:
    from engine.serving.errors import BadImage
    from engine.serving.images import decode

    for (_, page), group in groupby(left, key=lambda one: (one.digest, one.page)):
        same = list(group)
        try:
            pixels = decode(Path(same[0].path), page, "rgb")
        except BadImage as error:
            unreadable |= {str(one.item_id): str(error) for one in same}
            continue
        inside = [one for one in same if one.x < pixels.shape[1] and one.y < pixels.shape[0]]
        yield from ((one, crop_of(pixels, one)) for one in inside)


def _batches(crops: Iterator[tuple[Target, Pixels]]) -> Iterator[list[tuple[Target, Pixels]]]:
    batch: list[tuple[Target, Pixels]] = []
    for crop in crops:
        if len(batch) == BATCH or (batch and batch[0][1].shape != crop[1].shape):
            yield batch
            batch = []
        batch.append(crop)
    if batch:
        yield batch


@cache
def _network(device: str) -> Any:
    from engine.modeling.nets.efficientnet import EfficientNetLite0

    network = EfficientNetLite0()
    network.load_pretrained()
    return network.eval().requires_grad_(False).to(device)
