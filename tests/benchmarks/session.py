"""A person labels 100 DeepPCB images by mouse and keys: no stutter, and all of it is in the store.

Real events go to the real page in the real window. "Perceived" is from the release of the mouse (or the key) until the
change is painted; a stall is the time between two turns of the event loop. What is stored at the end is compared with what
was drawn, box by box.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DATA = Path(os.environ.get("LINESIDE_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
IMAGES = 100


def hundred_images() -> dict[str, float]:
    """Latencies in ms while 100 images are labelled."""
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as scratch:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "LINESIDE_CONFIG": str(Path(scratch) / "config")}
        code = "from tests.benchmarks.session import _session; _session()"
        done = subprocess.run(
            [sys.executable, "-c", code, scratch], capture_output=True, text=True, check=False, env=environment
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
    return {f"label.{name}": value for name, value in json.loads(done.stdout.splitlines()[-1]).items()}


MEASURES = [hundred_images]


class _Person:
    """Sends events as a hand would, and looks at the clock."""

    def __init__(self, application: Any, page: Any) -> None:
        from PySide6.QtCore import QTimer

        self.application, self.page, self.canvas = application, page, page.canvas
        self.beats: list[float] = []
        self.drawn: list[float] = []
        self.opened: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(page, interval=2, timeout=self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.beats.append((now - self._last) * 1000)
        self._last = now

    def until(self, true: Any, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise TimeoutError
            self.application.processEvents()
            time.sleep(0.0002)

    def key(self, key: Any) -> None:
        from PySide6.QtTest import QTest

        QTest.keyClick(self.canvas, key)

    def drag(self, box: list[float]) -> None:
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent

        view, count = self.canvas.view, len(self.canvas.document)
        start, end = view.point(box[0], box[1]), view.point(box[0] + box[2], box[1] + box[3])
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

        def send(kind: Any, at: QPointF, button: Any, buttons: Any) -> None:
            event = QMouseEvent(kind, at, QPointF(self.canvas.mapToGlobal(at)), button, buttons, none)
            self.application.sendEvent(self.canvas, event)
            self.application.processEvents()

        send(QEvent.Type.MouseButtonPress, start, left, left)
        for step in range(1, 7):
            send(QEvent.Type.MouseMove, start + (end - start) * step / 6, Qt.MouseButton.NoButton, left)
        began = time.perf_counter()
        send(QEvent.Type.MouseButtonRelease, end, left, Qt.MouseButton.NoButton)
        self.canvas.repaint()
        self.drawn.append((time.perf_counter() - began) * 1000)
        assert len(self.canvas.document) == count + 1

    def next_image(self) -> None:
        from PySide6.QtCore import Qt

        index, began = self.page.index, time.perf_counter()
        self.key(Qt.Key.Key_D)
        self.until(lambda: self.page.index == index + 1 and self.canvas.document.item_id == self.page.item_id)
        self.canvas.repaint()
        self.opened.append((time.perf_counter() - began) * 1000)


def _session() -> None:
    from PySide6.QtCore import Qt

    from app.gui.main import make_application, make_window
    from engine.data.imports import import_data
    from engine.labeling import schema
    from engine.workspace import Workspace

    scratch = Path(sys.argv[1])
    truth = json.loads((DATA / "deeppcb" / "train.coco.json").read_text())
    names = [entry["name"] for entry in sorted(truth["categories"], key=lambda entry: entry["id"])]
    label_of = {entry["id"]: names.index(entry["name"]) for entry in truth["categories"]}
    boxes: dict[str, list[Any]] = {}
    files = {image["id"]: image["file_name"].rpartition("/")[2] for image in truth["images"]}
    for entry in truth["annotations"]:
        boxes.setdefault(files[entry["image_id"]], []).append((label_of[entry["category_id"]], entry["bbox"]))
    with Workspace.create(scratch / "ws") as ws:
        folder = scratch / "images"
        folder.mkdir()
        found = {path.name: path for path in (DATA / "deeppcb").rglob("*") if path.suffix in (".jpg", ".png")}
        for name in list(dict.fromkeys(files.values()))[:IMAGES]:
            (folder / name).symlink_to(found[name])
        import_data(ws, folder)
        for name in names:
            schema.add_label(ws, name)
    application = make_application()
    window = make_window()
    window.resize(1920, 1080)
    window.show()
    window.shell.open_workspace(scratch / "ws")
    end = time.monotonic() + 30
    while window.shell.workspace is None and time.monotonic() < end:
        application.processEvents()
    window.shell.go("labeling")
    page = window.pages["labeling"]
    person = _Person(application, page)
    person.until(lambda: page.canvas.document.item_id and page.canvas.picture.levels)
    person.key(Qt.Key.Key_B)
    settle = time.monotonic() + 4  # pages are made ahead of time just after the start; a person looks around first
    person.until(lambda: time.monotonic() > settle)
    person.beats.clear()
    began = time.perf_counter()
    wanted: dict[str, list[Any]] = {}
    for number in range(IMAGES):
        name = page._images[page.item_id].name.rpartition("/")[2]
        for label, box in boxes.get(name, []):
            person.key(Qt.Key.Key_Escape)  # the box drawn before keeps its label
            person.key(Qt.Key.Key_B)
            person.key(Qt.Key(Qt.Key.Key_1 + label))
            person.drag(box)
            wanted.setdefault(name, []).append((names[label], box))
        if number + 1 < IMAGES:
            person.next_image()
    person.until(lambda: not page.writer.pending)
    seconds = time.perf_counter() - began
    worst = _compare(window.shell.workspace, wanted)
    beats = sorted(person.beats)
    print(
        json.dumps(
            {
                "session_boxes": float(sum(map(len, wanted.values()))),
                "session_box_ms": statistics.median(person.drawn),
                "session_box_p95_ms": sorted(person.drawn)[int(len(person.drawn) * 0.95)],
                "session_next_image_p95_ms": sorted(person.opened)[int(len(person.opened) * 0.95)],
                "session_stall_p99_ms": beats[int(len(beats) * 0.99)],
                "session_stall_worst_ms": beats[-1],
                "session_seconds": seconds,
                "session_worst_miss_px": worst,
            }
        ),
        flush=True,
    )
    os._exit(0)


def _compare(ws: Any, wanted: dict[str, list[Any]]) -> float:
    """The largest difference in px between what was drawn and what is stored; everything must be there."""
    worst = 0.0
    for name, drawn in wanted.items():
        rows = ws.query(
            "SELECT l.name, x, y, w, h FROM annotation a JOIN item i ON i.id = a.item_id JOIN label l ON l.id = a.label_id"
            " WHERE i.name LIKE ? ORDER BY a.id",
            [f"%{name}"],
        )
        assert [row[0] for row in rows] == [label for label, _ in drawn], (name, rows, drawn)
        for row, (_, box) in zip(rows, drawn, strict=True):
            worst = max(worst, *(abs(a - b) for a, b in zip(row[1:], box, strict=True)))
    return worst
