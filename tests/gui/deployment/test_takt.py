"""A takt in the window: measured on a real release of this machine, then deployed or refused with the figures."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.deployment.deploy_dialog import DeployDialog
from app.gui.deployment.takt_card import TaktCard
from engine.deployment import releases
from engine.deployment.takt import Row, Takt
from tests.gui.deployment.test_collect import served  # noqa: F401  # the fixture
from tests.gui.deployment.test_page import LEFT, page  # noqa: F401  # the fixture
from tests.integration.deployment.served import picture


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for blue in range(0, 250, 50):
        (folder / f"{blue}.png").write_bytes(picture(blue))
    return folder


def ask(page, images, takt):  # noqa: F811  # the fixture, not the import
    QTest.keyClick(page.targets.rows["local"], Qt.Key.Key_Return)
    dialog = page.findChild(DeployDialog)
    assert not dialog._images.isVisible()
    dialog.takt.setValue(takt)
    dialog.images.setText(str(images))
    assert f"--takt {takt:g}ms --from {images}" in dialog.command.text()
    QTest.mouseClick(dialog.accept_button, LEFT)


@pytest.mark.slow
def test_what_cannot_be_in_time_is_refused_with_its_figures_and_what_can_is_deployed(served, images, shell, qtbot):  # noqa: F811
    page = served  # noqa: F811
    before = releases.current_release(shell.workspace, "local")
    ask(page, images, 0.1)
    qtbot.waitUntil(lambda: "Measuring" in page.push.stage.text(), timeout=20_000)
    qtbot.waitUntil(page.takt.isVisible, timeout=60_000)
    assert "nothing was deployed" in page.takt.verdict.text() and not page.push.isVisible()
    assert {page.takt.table.item(row, 7).text() for row in range(page.takt.table.rowCount())} == {"too slow"}
    assert releases.current_release(shell.workspace, "local").id == before.id
    ask(page, images, 60_000)
    qtbot.waitUntil(lambda: not page.pushing.busy and bool(page.push.stage.text()), timeout=120_000)
    assert page.takt.table.item(0, 7).text() == "chosen"
    qtbot.waitUntil(lambda: releases.current_release(shell.workspace, "local").id != before.id, timeout=60_000)
    assert releases.current_release(shell.workspace, "local").details["takt"]["takt_ms"] == 60_000


def test_the_table_tells_what_was_chosen_what_is_too_slow_and_what_was_left_out(qapp, qtbot):
    chosen = Row("fp32", 1, "sha256:1", 91.5, 500, 6.9, 18.4, 16.8, 29.5, 20.9, meets=True)
    slow = Row("int8", 2, "sha256:2", None, 100, 90.0, None, None, None, None)
    card = TaktCard(lambda _: qapp.palette().text().color())
    qtbot.addWidget(card)
    card.show_takt(
        Takt("parts:3", "line", 30, "a CPU, 2 cores", "2026", "parts:2", (chosen, slow), {"bf16": "no"}, (), chosen)
    )
    texts = [[card.table.item(row, column).text() for column in range(8)] for row in range(2)]
    assert texts[0] == ["FP32", "1", "91.5", "6.9", "18.4", "16.8 … 29.5", "20.9", "chosen"]
    assert texts[1] == ["INT8", "2", "–", "90.0", "–", "–", "–", "too slow"]
    assert card.left.text() == "BF16 is left out: no" and "beside parts:2" in card.remark.text()
