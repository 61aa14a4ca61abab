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


MEASURES = [label_studio]
