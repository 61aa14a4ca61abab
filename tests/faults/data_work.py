"""What the killed processes of test_data_faults.py do; each function runs in a process of its own."""

from __future__ import annotations

import json
import os
from multiprocessing.connection import Connection
from pathlib import Path

from engine.data.imports import import_data
from engine.labeling import edits
from engine.workspace import Workspace


def make_images(folder: Path, count: int, first: int = 0, size: int = 2000) -> Path:
    """BMP files of about `size` bytes with one box each, as COCO."""
    from PIL import Image

    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    side = max(8, int((size / 3) ** 0.5))
    for number in range(first, first + count):
        name = f"images/{number:05d}.bmp"
        noise = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
        noise.save(folder / name)
        images.append({"id": number + 1, "file_name": name})
        annotations.append({"id": number + 1, "image_id": number + 1, "category_id": 1, "bbox": [1, 1, 4, 4]})
    path = folder / "coco.json"
    path.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "dent"}]})
    )
    return path


def import_and_tell(workspace: Path, source: Path, pipe: Connection) -> None:
    """Import, and send a word when it begins and when it is acknowledged."""
    with Workspace.open(workspace) as ws:
        pipe.send("begins")
        import_data(ws, source)
        pipe.send("saved")


def edit_for_ever(workspace: Path, pipe: Connection) -> None:
    """Move the first box further and further; send each place once it is acknowledged."""
    ws = Workspace.open(workspace)
    item = ws.query("SELECT min(item_id) FROM annotation")[0][0]
    box = edits.annotations_of(ws, item)[0]
    place = int(box.x or 0)
    pipe.send(place)
    while True:
        place += 1
        edits.apply(ws, item, [edits.Change(box.id, {"x": float(place)})], action="Move box")
        pipe.send(place)


def edit_and_vanish(workspace: Path, count: int) -> None:
    """Make some edits and end without closing: what was acknowledged is in the write-ahead log only."""
    ws = Workspace.open(workspace)
    item = ws.query("SELECT min(item_id) FROM annotation")[0][0]
    box = edits.annotations_of(ws, item)[0]
    for place in range(1, count + 1):
        edits.apply(ws, item, [edits.Change(box.id, {"x": float(place)})], action="Move box")
    os._exit(0)


def hold(workspace: Path, pipe: Connection) -> None:
    """Own the workspace until a word comes."""
    with Workspace.open(workspace):
        pipe.send(os.getpid())
        pipe.recv()
