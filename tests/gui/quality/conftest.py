"""The window on a workspace with labelled real images, for the quality page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.gui.shell.shell import Shell
from app.gui.shell.window import MainWindow
from engine.changes import Changes
from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.labeling import edits, schema
from engine.labeling.edits import Add


def box(item: int, x: float, y: float, w: float = 40, h: float = 30, label: int = 1) -> Annotation:
    return Annotation(0, item, label, "box", x, y, w, h)


@pytest.fixture
def filled(window: MainWindow, shell: Shell, shared_data: Path, tmp_path: Path, qtbot: QtBot) -> MainWindow:
    """Six images; on the first a good box, a tiny one, a double and one that sticks out."""
    folder = tmp_path / "images"
    folder.mkdir()
    for file in sorted((shared_data / "deeppcb" / "images").rglob("*.jpg"))[:6]:
        shutil.copy(file, folder)
    ws = shell.workspace
    import_data(ws, folder)
    for name in ("scratch", "dent"):
        schema.add_label(ws, name)
    ids = [row[0] for row in ws.query("SELECT id FROM item ORDER BY id")]
    shapes = [
        box(ids[0], 100, 100),
        box(ids[0], 300, 200, 2, 20),
        box(ids[0], 100, 100, 40, 30.5),
        box(ids[0], 620, 50, 40),
    ]
    edits.apply(ws, ids[0], [Add(shape) for shape in shapes], "Draw box")
    for item in ids[1:4]:
        edits.apply(ws, item, [Add(box(item, 50, 60))], "Draw box")
    shell.changed.emit(Changes(everything=True), None)  # what was made here without the window
    window.resize(1280, 800)
    return window


def idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.shell.work.busy, timeout=20_000)
    qtbot.wait(20)
    qtbot.waitUntil(lambda: not window.shell.work.busy, timeout=20_000)
