"""The real window, killed while the mouse drags a shape: what was saved is there, and nothing but that drag is lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.data.imports import import_data
from engine.labeling import edits, schema
from engine.labeling.edits import annotations_of
from engine.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]

WINDOW = """
import sys, time
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from app.gui.main import make_application, make_window

app = make_application()
window = make_window(sys.argv[1])
left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

def until(ready):
    end = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < end, "the window did not come so far"
        QTest.qWait(20)

until(lambda: window.shell.workspace is not None)
window.show_page("labeling")
page = window.page("labeling")
canvas = page.canvas
until(lambda: canvas.document.item_id and canvas.picture.levels)
saved = []
window.shell.save_state_changed.connect(lambda state, text: saved.append((state, text)))

def at(x, y):
    return canvas.view.point(x, y).toPoint()

def move(x, y):
    place = QPointF(at(x, y))
    app.sendEvent(canvas, QMouseEvent(QEvent.Type.MouseMove, place, QPointF(canvas.mapToGlobal(at(x, y))),
                                      Qt.MouseButton.NoButton, left, none))

canvas.setFocus()
for key, start, end in (("B", (100, 100), (160, 150)), ("V", (130, 125), (230, 225))):
    QTest.keyClick(canvas, getattr(Qt.Key, "Key_" + key))
    QTest.mousePress(canvas, left, none, at(*start))
    for step in range(1, 6):
        move(start[0] + (end[0] - start[0]) * step / 5, start[1] + (end[1] - start[1]) * step / 5)
    saved.clear()
    QTest.mouseRelease(canvas, left, none, at(*end))
    until(lambda: ("saved" in [state for state, _ in saved]) and not page.writer.pending)
bar = [text for state, text in saved if state == "saved"][-1]
print("saved", bar, flush=True)  # what the status bar shows now
QTest.mousePress(canvas, left, none, at(230, 225))
for x in range(230, 330, 10):
    move(x, 300)
assert canvas.tool.busy
print("dragging", flush=True)
while True:
    for x in (310, 330):
        move(x, 300)
        QTest.qWait(10)
"""


@pytest.mark.slow
def test_a_window_killed_in_mid_drag_loses_that_drag_and_nothing_else(tmp_path: Path, shared_data: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for file in sorted((shared_data / "deeppcb" / "images").rglob("*.jpg"))[:2]:
        shutil.copy(file, images)
    with Workspace.create(tmp_path / "workspace") as ws:
        import_data(ws, images)
        schema.add_label(ws, "scratch")
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "LINESIDE_CONFIG": str(tmp_path / "config")
    }  # fmt: skip
    window = subprocess.Popen(
        [sys.executable, "-P", "-c", WINDOW, str(tmp_path / "workspace")],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert window.stdout is not None and window.stderr is not None
    told = []
    for line in window.stdout:
        told.append(line)
        if line.startswith("dragging"):
            break
    window.send_signal(signal.SIGKILL)
    assert told[-1:] == ["dragging\n"], window.stderr.read()[-2000:]
    window.wait()
    with Workspace.open(tmp_path / "workspace") as ws:
        (shape,) = annotations_of(ws, 1)
        assert (shape.x, shape.y) == pytest.approx(
            (200, 200), abs=2
        )  # px of the widget are coarser than px of the image
        assert ws.recovery == ""
        assert edits.undo_depth(ws) == (3, 0)  # the label, the box, its move
        edits.undo(ws)
        assert [(s.x, s.y) for s in annotations_of(ws, 1)] == [pytest.approx((100, 100), abs=2)]
