"""The log of a target that is followed: a real target on this machine, whose release's log grows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.gui.deployment.log_card import LogCard
from app.gui.deployment.log_lines import raw_text
from app.gui.deployment.work import TargetWork
from engine.deployment import targets
from engine.workspace import Workspace

LEFT = Qt.MouseButton.LeftButton


def line(number: int, level: str = "info") -> str:
    return json.dumps(
        {"time": f"2026-03-01T08:00:{number % 60:02}.000+00:00", "level": level, "message": f"number {number}"}
    )


@pytest.fixture
def log(tmp_path) -> Path:
    """Where a release on this machine writes; nothing has to run for it."""
    with Workspace.create(tmp_path / "w") as workspace:
        targets.add_target(workspace, "local", "process://local")
        with targets.open_target(workspace, "local") as target:
            folder = target.context.home / "releases" / "r1"
            folder.mkdir(parents=True)
            (target.context.home / "current").write_text("r1")
    (folder / "release.json").write_text(
        json.dumps({"key": "r1", "name": "parts:1", "digest": "sha256:1", "mode": "interpreter", "port": 1})
    )
    (folder / "log").write_text(
        "".join(f"{line(number, 'error' if number % 100 == 7 else 'info')}\n" for number in range(1200))
    )
    return folder / "log"


@pytest.fixture
def card(log, qapp, qtbot, tmp_path):
    workspace = Workspace.open(tmp_path / "w")
    running = []

    def start(work, _done, failed):
        running.append(TargetWork(workspace, work))
        running[-1].failed.connect(failed)
        running[-1].start()

    made = LogCard(lambda _: qapp.palette().text().color(), start)
    made.retranslate()
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.follow("local")
    qtbot.waitUntil(lambda: bool(made.lines.shown), timeout=5000)
    yield made
    made.end()
    for work in running:
        work.wait(5)
    workspace.close()


def test_a_log_is_followed_paused_and_read_upwards(card, log, qtbot, ui_watchdog):
    assert card.remark.text() == "parts:1" and card.state.text() == "Live."
    assert len(card.lines.shown) == 200 and card.lines.shown[-1].message == "number 1199"
    with log.open("a") as file:
        file.write(line(1200) + "\n")
    qtbot.waitUntil(lambda: card.lines.shown[-1].message == "number 1200", timeout=5000)
    bar = card.view.verticalScrollBar()
    assert bar.value() == bar.maximum(), "it stays at the end"
    QTest.mouseClick(card.pause, LEFT)
    assert card.state.text() == "Paused."
    with log.open("a") as file:
        file.write(line(1201) + "\n")
    bar.setValue(bar.minimum())
    qtbot.waitUntil(lambda: len(card.lines.shown) == 701, timeout=5000)
    assert card.lines.shown[0].message == "number 500" and bar.value() > 400, "the lines that were read stay in sight"
    assert card.lines.shown[-1].message == "number 1200", "it stands still"
    bar.setValue(bar.minimum())
    qtbot.waitUntil(lambda: card.lines.shown[0].message == "number 0", timeout=5000)
    QTest.mouseClick(card.pause, LEFT)
    qtbot.waitUntil(lambda: card.lines.shown[-1].message == "number 1201", timeout=5000)
    assert [one.message for one in card.lines.shown] == [f"number {number}" for number in range(1202)]


def test_lines_are_left_out_by_level_searched_and_copied(card, qtbot):
    card.level.setCurrentIndex(card.level.findData("error"))
    assert [one.message for one in card.lines.shown] == ["number 1007", "number 1107"]
    QTest.keyClicks(card.find, "1107")
    assert card.found.text() == "1 found"
    QTest.keyClick(card.find, Qt.Key.Key_Return)
    assert card.view.currentIndex().row() == 1
    QTest.mouseClick(card.copy, LEFT)
    assert QGuiApplication.clipboard().text() == line(1107, "error")


def test_a_cut_link_is_told_and_what_was_written_meanwhile_comes(card, log, qtbot):
    away = log.rename(log.with_name("away"))
    log.mkdir()  # as a target that cannot be read
    qtbot.waitUntil(lambda: card.state.text().startswith("The link is cut; trying again."), timeout=5000)
    with away.open("a") as file:
        file.write(line(1200) + "\n")
    log.rmdir()
    away.rename(log)
    qtbot.waitUntil(lambda: card.lines.shown[-1].message == "number 1200", timeout=5000)
    assert card.state.text() == "Live." and len(card.lines.shown) == 201


def test_only_so_many_lines_are_kept(card, monkeypatch, log, qtbot):
    monkeypatch.setattr("app.gui.deployment.log_lines.KEPT", 300)
    with log.open("a") as file:
        file.write("".join(f"{line(1200 + number)}\n" for number in range(250)))
    qtbot.waitUntil(lambda: card.lines.shown[-1].message == "number 1449", timeout=5000)
    assert raw_text(card.lines.shown).count("\n") == 249 and card.lines.start
