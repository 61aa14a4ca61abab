"""The Label Studio dialog by mouse and keys, against a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.gui.data.label_studio import LabelStudioDialog
from app.gui.data.page import DataPage
from app.gui.shell.shell import Shell
from app.gui.shell.window import MainWindow
from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.labeling import edits
from engine.labeling.schema import add_label
from tests.integration.label_studio.server import LabelStudio

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("label_studio")]
LEFT = Qt.MouseButton.LeftButton
SLOW_MS = 60_000


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """A running server."""
    server = LabelStudio(tmp_path_factory.mktemp("label-studio") / "server")
    yield server
    server.stop()


@pytest.fixture
def dialog(
    qtbot, window: MainWindow, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_keyring: None
) -> LabelStudioDialog:
    """The dialog as the data page's import opens it, over two labelled pictures."""
    monkeypatch.delenv("LINESIDE_LABEL_STUDIO_TOKEN", raising=False)
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(2):
        Image.new("RGB", (64, 48), (90 * number, 80, 120)).save(folder / f"{number}.png")
    ws = shell.workspace
    assert ws is not None
    import_data(ws, folder)
    add_label(ws, "划痕")
    edits.apply(ws, 1, [edits.Add(Annotation(0, 1, 1, "box", 3.0, 4.0, 20.0, 10.0))])
    window.show_page("data")
    page = window.pages["data"]
    assert isinstance(page, DataPage)
    page.ask_import()
    (ask,) = [child for child in page.children() if type(child).__name__ == "ImportDialog"]
    server = next(b for b in ask.findChildren(type(ask.cancel_button)) if b.text() == "Label Studio server…")
    qtbot.mouseClick(server, LEFT)
    (made,) = page.findChildren(LabelStudioDialog)
    qtbot.waitUntil(lambda: made.project.count() == 1, timeout=SLOW_MS)
    return made


def test_a_project_is_made_sent_compared_and_forgotten(qtbot, dialog: LabelStudioDialog, studio: LabelStudio) -> None:
    assert dialog.new.isVisible()
    assert not dialog.known.isVisible()
    qtbot.mouseClick(dialog.accept_button, LEFT)
    assert dialog.new.isVisible()  # nothing is asked of a server without a name and an address
    qtbot.keyClicks(dialog.name, "line 3")
    dialog.url.selectAll()
    qtbot.keyClicks(dialog.url, studio.url)
    qtbot.keyClicks(dialog.token, studio.token)
    _shot(dialog, "label-studio-connect")
    qtbot.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: dialog.known.isVisible(), timeout=SLOW_MS)
    assert studio.token not in repr(dialog.shell.workspace.query("SELECT * FROM studio"))
    assert dialog.asked_row.isVisible()  # without a keyring the token is asked for; here it was just given
    qtbot.mouseClick(dialog.check, LEFT)
    qtbot.waitUntil(lambda: "To send: 2 new" in dialog.differences.text(), timeout=SLOW_MS)
    qtbot.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: "Sent 2 new" in dialog.differences.text(), timeout=SLOW_MS)
    _shot(dialog, "label-studio-sync")
    qtbot.mouseClick(dialog.remove, LEFT)
    qtbot.waitUntil(lambda: dialog.project.count() == 1, timeout=SLOW_MS)
    assert dialog.new.isVisible()


def test_a_server_that_is_not_there_is_told_in_the_dialog(qtbot, dialog: LabelStudioDialog) -> None:
    qtbot.keyClicks(dialog.name, "nowhere")
    dialog.url.selectAll()
    qtbot.keyClicks(dialog.url, "http://127.0.0.1:9")
    qtbot.keyClicks(dialog.token, "0" * 40)
    qtbot.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: dialog.error.isVisible(), timeout=SLOW_MS)
    assert dialog.accept_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.url.height() >= dialog.url.sizeHint().height())
    _shot(dialog, "label-studio-error")


def _shot(dialog: LabelStudioDialog, name: str) -> None:
    if folder := os.environ.get("LINESIDE_SHOTS"):
        QApplication.processEvents()
        dialog.grab().save(f"{folder}/{name}.png")
