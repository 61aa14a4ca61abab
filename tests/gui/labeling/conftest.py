"""The labelling page on a workspace with real images, driven by real events."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.labeling.page import LabelingPage
from app.gui.shell.shell import Shell
from engine.data.imports import import_data
from engine.labeling import schema
from engine.workspace import Workspace


class Hand:
    """Uses mouse and keys on the canvas, in px of the image, as a person would."""

    def __init__(self, page: LabelingPage, qtbot: QtBot) -> None:
        self.page, self.canvas, self.bot = page, page.canvas, qtbot

    def at(self, x: float, y: float):
        return self.canvas.view.point(x, y).toPoint()

    def drag(self, a: tuple[float, float], b: tuple[float, float], modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        start, end = QPointF(self.at(*a)), QPointF(self.at(*b))
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, modifiers, start.toPoint())
        for step in range(1, 6):
            self.move(start + (end - start) * step / 5, Qt.MouseButton.LeftButton, modifiers)
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, modifiers, end.toPoint())

    def move(self, to: QPointF, button=Qt.MouseButton.NoButton, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        from PySide6.QtCore import QEvent
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        place = to.toPoint()
        globally = self.canvas.mapToGlobal(place)
        QApplication.sendEvent(
            self.canvas,
            QMouseEvent(
                QEvent.Type.MouseMove, QPointF(place), QPointF(globally), Qt.MouseButton.NoButton, button, modifiers
            ),
        )

    def click(self, x: float, y: float, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, modifiers, self.at(x, y))

    def double_click(self, x: float, y: float) -> None:
        QTest.mouseDClick(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(x, y))

    def key(self, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.canvas, key, modifiers)

    def settled(self) -> None:
        """Wait until everything is in the store and read back."""
        self.bot.waitUntil(
            lambda: (
                not self.page.writer.pending
                and not self.page._again.isActive()
                and not self.page._follow.isActive()
                and not self.page.shell.work.busy
            ),
            timeout=10_000,
        )

    def shapes(self):
        return self.canvas.document.shapes

    def stored(self):
        from engine.labeling.edits import annotations_of

        return annotations_of(self.page.shell.workspace, self.page.item_id)


def _copy_images(shared_data: Path, folder: Path) -> Path:
    folder.mkdir()
    for file in sorted((shared_data / "deeppcb" / "images").rglob("*.jpg"))[:5]:
        shutil.copy(file, folder)
    return folder


@pytest.fixture
def images(tmp_path: Path, shared_data: Path) -> Path:
    """A folder with five real images."""
    return _copy_images(shared_data, tmp_path / "images")


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A closed workspace with five images and the labels scratch and dent, to be copied."""
    folder = tmp_path_factory.mktemp("imported")
    with Workspace.create(folder / "workspace") as made:
        import_data(made, _copy_images(shared_data, folder / "images"))
        schema.add_label(made, "scratch")
        schema.add_label(made, "dent")
    return folder / "workspace"


@pytest.fixture
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """An open workspace: for a hand a copy of the imported one, else an empty one."""
    if "hand" not in request.fixturenames:
        with Workspace.create(tmp_path / "workspace") as opened:
            yield opened
        return
    shutil.copytree(request.getfixturevalue("imported"), tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def make_page(
    qtbot: QtBot, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], LabelingPage]]:
    monkeypatch.setenv("LINESIDE_CONFIG", str(tmp_path / "config"))
    made: list[LabelingPage] = []

    def make() -> LabelingPage:
        shell = Shell()
        shell.workspace = workspace
        page = LabelingPage(shell)
        for _ in page.make():
            pass
        page.retranslate()
        shell.changed.connect(lambda changes, _by: page.refresh(changes))
        page.resize(1200, 800)
        page.show()
        page.activateWindow()
        page.opened(workspace)
        page.shown()
        made.append(page)
        qtbot.addWidget(page)
        return page

    yield make
    for page in made:
        page.closed()
        page.loader.finish()
        page.strip.finish()
        page.shell.work.stop()


@pytest.fixture
def hand(make_page: Callable[[], LabelingPage], qtbot: QtBot) -> Hand:
    """A page with five images, the labels scratch and dent, the first image open."""
    page = make_page()
    hand = Hand(page, qtbot)
    qtbot.waitUntil(lambda: page.canvas.document.item_id != 0 and bool(page.canvas.picture.levels), timeout=10_000)
    page.canvas.setFocus()
    hand.settled()
    return hand
