"""Figures of the store: import of a million COCO boxes against pycocotools, one item's boxes, snapshot, export.

`import_1m_boxes_s` is `import_data` of one COCO file with 20,000 images and 1,000,000 boxes, from the call to the durable
commit, into a workspace in which the images (small real PNG files) were imported before: the time of a person who adds
annotations to known images. Reading and hashing of image files is measured apart (`import_20k_images_s`). The peer,
pycocotools, loads and indexes the same file in the same run; it checks no image and stores nothing.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import random
import statistics
import struct
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

IMAGES, BOXES = 20_000, 1_000_000


def store() -> dict[str, float]:
    """All figures of the group, measured in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        return {f"store.{name}": value for name, value in run(Path(folder)).items()}


def run(folder: Path, images: int = IMAGES, boxes: int = BOXES) -> dict[str, float]:
    """All figures of the group; needs some 2 GB of memory and 1 GB in `folder`."""
    from pycocotools.coco import COCO

    from engine.data.exports import export_data
    from engine.data.imports import import_data
    from engine.data.versions import create_version
    from engine.labeling import edits
    from engine.workspace import Workspace

    coco = make_coco(folder / "coco", images, boxes)
    figures: dict[str, float] = {}
    with Workspace.create(folder / "workspace") as ws:
        figures["import_20k_images_s"] = timed(lambda: import_data(ws, folder / "coco" / "images"))
        gc.collect()
        figures["import_1m_boxes_s"] = timed(lambda: import_data(ws, coco))
        ((count,),) = ws.query("SELECT count(*) FROM annotation")
        assert count == boxes, count
        with contextlib.redirect_stdout(io.StringIO()):
            theirs = timed(lambda: COCO(str(coco)))
        gc.collect()
        figures["import_vs_pycocotools_ratio"] = figures["import_1m_boxes_s"] / theirs
        items = [row[0] for row in ws.query("SELECT id FROM item")]
        dice = random.Random(0)
        some = dice.sample(items, min(300, len(items)))
        edits.annotations_of(ws, some[0])
        figures["item_boxes_at_1m_ms"] = 1000 * statistics.median(
            timed(lambda item=item: edits.annotations_of(ws, item)) for item in some
        )
        commits, snapshots = [], []
        create_version(ws, "first")
        for number in range(7):
            item = dice.choice(items)
            box = edits.annotations_of(ws, item)[0]
            commits += [timed(lambda item=item, box=box, x=x: _move(ws, item, box.id, x)) for x in range(10)]
            snapshots.append(timed(lambda number=number: create_version(ws, f"after {number}")))
        figures["edit_commit_p95_ms"] = 1000 * statistics.quantiles(commits, n=20)[-1]
        figures["snapshot_small_change_ms"] = 1000 * statistics.median(snapshots)
        half = create_version(ws, "half", where=f"id <= {sorted(items)[images // 2 - 1]}")
        seconds = timed(lambda: export_data(ws, folder / "export", "coco", version=half.id, images=False))
        figures["export_500k_shapes_s"] = seconds * (boxes / 2) / half.annotations
    return figures


def _move(ws: object, item: int, annotation: int, x: float) -> None:
    from engine.labeling import edits

    edits.apply(ws, item, [edits.Change(annotation, {"x": float(x)})], action="Move")


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def make_coco(folder: Path, images: int, boxes: int) -> Path:
    """Distinct small PNG files of 640 × 480 px and a COCO file with boxes on them."""
    import numpy as np

    (folder / "images").mkdir(parents=True)
    pixels = _chunk(b"IDAT", zlib.compress(b"\0" * (81 * 480), 9))
    header = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 640, 480, 1, 0, 0, 0, 0))
    for number in range(images):
        name = _chunk(b"tEXt", b"number\0" + str(number).encode())
        (folder / "images" / f"{number:06d}.png").write_bytes(header + name + pixels + _chunk(b"IEND", b""))
    dice = np.random.default_rng(0)
    owner = np.sort(dice.integers(0, images, boxes)).tolist()
    corners = np.round(
        np.c_[dice.uniform(0, 500, boxes), dice.uniform(0, 350, boxes), dice.uniform(5, 120, (boxes, 2))], 1
    )
    labels = dice.integers(1, 7, boxes).tolist()
    annotations = [
        {"id": index + 1, "image_id": image + 1, "category_id": label, "bbox": box, "area": round(box[2] * box[3], 2),
         "iscrowd": 0, "segmentation": []}
        for index, (image, box, label) in enumerate(zip(owner, corners.tolist(), labels, strict=True))
    ]  # fmt: skip
    document = {
        "images": [
            {"id": index + 1, "file_name": f"images/{index:06d}.png", "width": 640, "height": 480}
            for index in range(images)
        ],
        "annotations": annotations,
        "categories": [{"id": index, "name": f"defect {index}"} for index in range(1, 7)],
    }
    path = folder / "instances.json"
    with path.open("w") as file:
        json.dump(document, file)
    return path


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


MEASURES = [store]
