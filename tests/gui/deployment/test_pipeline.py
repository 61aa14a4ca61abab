"""A pipeline by the window: chosen for a deploy, and seen at work."""

from __future__ import annotations

import os

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from engine.changes import Changes
from engine.deployment import targets
from engine.workspace import Workspace
from tests.gui.deployment.test_page import LEFT, ask_deploy, choose, health, page  # noqa: F401  # fixtures
from tests.integration.deployment.served import add_served, picture

LINE = """
name = "line-1"
source = {{ kind = "folder", folder = "{0}/in", settle = 0 }}
rule = {{ reject = ['count(score>=0.6) > 0'], unsure = ["score() > 0.5"] }}
sinks = [
    {{ kind = "csv", name = "table", file = "{0}/out/results.csv" }},
    {{ kind = "mqtt", name = "broker", broker = "127.0.0.1:1", topic = "line/1" }},
]
"""


@pytest.fixture
def line(page, shell, qtbot, tmp_path):  # noqa: F811  # the fixture, not the import
    """A target without a release, an artifact, and a pipeline's file."""
    add_served(shell.workspace, "parts:1", tmp_path)
    targets.add_target(
        shell.workspace, "local", "process://local", mode="interpreter", port_base=29000 + os.getpid() % 300 * 20
    )
    for name in ("in", "out"):
        (tmp_path / "line" / name).mkdir(parents=True)
    file = tmp_path / "line.toml"
    file.write_text(LINE.format(tmp_path / "line"))
    shell.changed.emit(Changes(everything=True), None)
    qtbot.waitUntil(lambda: health(page) == "Nothing runs", timeout=10_000)
    path = shell.workspace.path
    yield file
    with Workspace.open(path) as again, targets.open_target(again, "local") as target:
        target.remove()


def test_a_pipeline_is_chosen_for_a_deploy_and_seen_at_work(page, line, qtbot, monkeypatch, tmp_path):  # noqa: F811
    choose(page, "parts:1")
    dialog = ask_deploy(page, page.targets.rows["local"])
    bad = tmp_path / "bad.toml"
    bad.write_text(line.read_text().replace("count(", "cuont("))
    for file, seen in ((bad, "rule.reject[0] cannot be read"), (line, "line-1: folder → table, broker")):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, file=file: (str(file), ""))
        QTest.mouseClick(dialog.choose, LEFT)
        assert seen in (dialog.about.text() or dialog.pipeline_row.problem.text())
    assert f"--pipeline {line}" in dialog.command.text()
    QTest.mouseClick(dialog.leave, LEFT)
    assert dialog.pipeline is None
    QTest.mouseClick(dialog.choose, LEFT)
    QTest.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: page.pushing.busy, timeout=5000)
    qtbot.waitUntil(lambda: not page.pushing.busy, timeout=60_000)
    for blue in range(0, 250, 50):
        (tmp_path / "whole.png").write_bytes(picture(blue))
        (tmp_path / "whole.png").rename(tmp_path / "line" / "in" / f"{blue}.png")
    (tmp_path / "line" / "in" / "torn.png").write_bytes(b"torn")
    page.targets.wanted.emit("release", "local")
    card = page.release.pipeline
    qtbot.waitUntil(lambda: card.isVisible() and "6 pictures" in card.taken.text(), timeout=20_000)
    assert "1 unreadable" in card.taken.text()
    assert card.heading.text() == "Pipeline line-1"
    qtbot.waitUntil(lambda: "6 delivered" in card._rows[0][1].text(), timeout=10_000)
    assert "6 waiting" in card._rows[1][1].text() and "Connection refused" in card._rows[1][2].text()
