"""Exchange with Label Studio: 1,000 tasks with six regions each, to a real server and back.

`label.label_studio_1000_s` is `push` of 1,000 pictures with 6,000 shapes into a new project, from the call to the last
commit here; the pictures are put into a folder that the server shows. `label.label_studio_pull_1000_s` is `pull` of all of
them into a workspace that has the pictures. The server runs on the same machine. `label.label_studio_peer_1000_s` is the
server's own time: the same tasks sent in one request by label-studio-sdk, in the same run.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

TASKS, REGIONS = 1_000, 6


def label_studio() -> dict[str, float]:
    """Push and pull of 1,000 tasks."""
    from connectors.label_studio import exchange
    from connectors.label_studio.server import Server
    from engine.data.imports import import_data
    from engine.workspace import Workspace
    from tests.integration.label_studio.server import LabelStudio

    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as name:
        folder = Path(name)
        _pictures(folder / "in")
        server = LabelStudio(folder / "server")
        try:
            with Workspace.create(folder / "first") as first, Workspace.create(folder / "second") as second:
                import_data(first, folder / "in")
                import_data(second, folder / "in")
                _draw(first)
                link = exchange.add(
                    first, "bench", server.url, server.token, None, "Bench", str(server.folder / "served")
                )
                start = time.perf_counter()
                assert exchange.push(first, "bench", server.token).added == TASKS
                figures["label.label_studio_1000_s"] = time.perf_counter() - start
                exchange.add(second, "bench", server.url, server.token, link.project)
                start = time.perf_counter()
                assert exchange.pull(second, "bench", server.token).pulled == TASKS
                figures["label.label_studio_pull_1000_s"] = time.perf_counter() - start
                start = time.perf_counter()
                assert exchange.sync(first, "bench", server.token).unchanged == TASKS
                figures["label.label_studio_sync_unchanged_s"] = time.perf_counter() - start
                client = Server(server.url, server.token)
                tasks = [{"data": t["data"], "annotations": [{"result": t["annotations"][0]["result"]}]}
                         for t in client.tasks(link.project)]  # fmt: skip
                again = client.create("Peer", client.project(link.project)["label_config"])
                start = time.perf_counter()
                client.add_tasks(again, tasks)
                figures["label.label_studio_peer_1000_s"] = time.perf_counter() - start
        finally:
            server.stop()
    return figures


def _pictures(folder: Path) -> None:
    from PIL import Image

    folder.mkdir()
    for number in range(TASKS):
        pixels = np.full((96, 128, 3), number % 251, np.uint8)
        pixels[0, 0] = (number // 251, number % 251, 7)
        Image.fromarray(pixels).save(folder / f"{number:04d}.png")


def _draw(ws: object) -> None:
    from engine.data.records import Annotation, annotation_table
    from engine.labeling.schema import add_label
    from engine.workspace import Workspace

    assert isinstance(ws, Workspace)
    add_label(ws, "dent")
    add_label(ws, "scratch")
    dice = np.random.default_rng(0)
    items = [row[0] for row in ws.query("SELECT id FROM item ORDER BY id")]
    first = ws.new_ids("annotation", TASKS * REGIONS)
    shapes = []
    for place, item in enumerate(items):
        for number in range(REGIONS):
            x, y, w, h = (float(v) for v in np.round([*dice.uniform(0, 60, 2), *dice.uniform(5, 30, 2)], 1))
            ident, label = first + place * REGIONS + number, 1 + number % 2
            if number % 3 == 2:
                points = ((x, y, x + w, y, x + w, y + h),)
                shapes.append(Annotation(ident, item, label, "polygon", x, y, w, h, points))
            else:
                shapes.append(Annotation(ident, item, label, "box", x, y, w, h))
    with ws.transaction("Draw") as tx:
        tx.insert("annotation", annotation_table(shapes, tx.id))


ITEMS, SHAPES = 50_000, 500_000


def coco() -> dict[str, float]:
    """`store.export_50k_items_s`: 50,000 items with 500,000 boxes to COCO without their images, and with 500,000 polygons of ten points."""
    from engine.data.exports import export_data
    from engine.workspace import Workspace

    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as name:
        for kind, count, figure in (
            ("box", SHAPES, "store.export_50k_items_s"),
            ("polygon", SHAPES, "store.export_500k_polygons_s"),
        ):
            with Workspace.create(Path(name) / kind) as ws:
                _fill(ws, kind, count)
                start = time.perf_counter()
                report = export_data(ws, Path(name) / f"{kind}-out", "coco", images=False)
                figures[figure] = time.perf_counter() - start
                assert (report.written, report.annotations) == (ITEMS, count)
    return figures


def _fill(ws: object, kind: str, count: int) -> None:
    import pyarrow as pa

    from engine.labeling.schema import add_label
    from engine.workspace import Workspace

    assert isinstance(ws, Workspace)
    add_label(ws, "dent")
    first = ws.new_ids("annotation", count)
    places = np.random.default_rng(0).random((count, 4)) * 300 + 1
    with ws.transaction("Fill") as tx:
        names = [f"part-{number:06}.png" for number in range(ITEMS)]
        items = {
            "id": np.arange(1, ITEMS + 1), "key": np.arange(1, ITEMS + 1), "name": names,
            "digest": [f"{number:064x}" for number in range(ITEMS)], "page": np.zeros(ITEMS, np.int32),
            "width": np.full(ITEMS, 640, np.int32), "height": np.full(ITEMS, 640, np.int32),
        }  # fmt: skip
        tx.insert("item", pa.table(items))
        shapes = {
            "id": np.arange(first, first + count), "item_id": np.sort(np.arange(count) % ITEMS + 1),
            "label_id": np.ones(count, np.int32), "kind": np.repeat(kind, count),
            **{axis: places[:, place] for place, axis in enumerate("xywh")}, "origin": np.repeat("import", count),
        }  # fmt: skip
        if kind == "polygon":
            rings = np.repeat(places[:, :2], 10, 1) + np.random.default_rng(1).random((count, 20)) * 50
            flat = pa.FixedSizeListArray.from_arrays(pa.array(rings.ravel()), 20).cast(pa.list_(pa.float64()))
            shapes["points"] = pa.ListArray.from_arrays(pa.array(np.arange(count + 1, dtype=np.int32)), flat)
        tx.insert("annotation", pa.table(shapes))


MEASURES = [label_studio, coco]
