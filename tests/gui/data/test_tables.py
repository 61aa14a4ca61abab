"""A table becomes a version in the window: what its columns are, what gives the answer away, and its rows a few at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from app.gui.data import table_view
from app.gui.data.dialogs import ImportDialog
from app.gui.data.page import DataPage
from app.gui.data.table_dialog import LEFT_OUT, TARGET, TableChoice, TableDialog
from app.gui.shell.shell import Shell
from app.gui.shell.window import MainWindow
from engine.data.tables import Roles
from engine.data.versions import list_versions, read_manifest

SLOW_MS = 30_000
ROWS = 6000


@pytest.fixture
def page(window: MainWindow, shell: Shell) -> DataPage:
    """The data page of a fresh workspace."""
    window.show_page("data")
    made = window.pages["data"]
    assert isinstance(made, DataPage)
    return made


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parts of a press: a code that only bad parts get, heat with gaps, two columns to foretell."""
    random = np.random.default_rng(0)
    heat = random.normal(200, 15, ROWS)
    bad = heat + random.normal(0, 8, ROWS) > 212
    columns = {
        "day": np.sort(random.integers(1, 300, ROWS)), "heat": pa.array(heat, mask=random.random(ROWS) < 0.25),
        "code": np.where(bad, "E7", "E0"), "rework": np.where(random.random(ROWS) < 0.3, "yes", "no"),
        "result": np.where(bad, "NG", "fine"),
    }  # fmt: skip
    path = tmp_path_factory.mktemp("press") / "press.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def drop(page: DataPage, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))


def dialog_of(page: DataPage) -> TableDialog:
    return page.findChildren(TableDialog)[-1]


def test_a_dropped_table_becomes_a_version_without_the_column_that_gives_the_answer_away(
    qtbot, page: DataPage, shell: Shell, press: Path, ui_watchdog
) -> None:
    drop(page, press)
    dialog = dialog_of(page)
    qtbot.waitUntil(dialog.accept_button.isEnabled, timeout=SLOW_MS)
    texts = [[dialog.columns.item(at, column).text() for column in (0, 2, 4)] for at in range(5)]
    assert texts[1][:2] == ["heat", "number"]
    assert 23 < float(texts[1][2].strip("%")) < 27
    assert texts[2] == ["code", "category", "–"]
    assert dialog.first.rowCount() == 4
    assert "“code” says the same as “result” in every row" in dialog.found.text()
    qtbot.mouseClick(dialog.leave_out, Qt.MouseButton.LeftButton)
    assert dialog.roles["code"].currentData() == LEFT_OUT
    dialog.roles["rework"].setCurrentIndex(dialog.roles["rework"].findData(TARGET))
    dialog.deal.setCurrentIndex(dialog.deal.findData("time"))
    assert not dialog.accept_button.isEnabled()
    qtbot.waitUntil(dialog.accept_button.isEnabled, timeout=SLOW_MS)
    assert "No column gives the answer away" in dialog.found.text()
    dialog.good.setCurrentIndex(dialog.good.findData("no"))
    ui_watchdog.reset()
    qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.versions.versions), timeout=SLOW_MS)
    (version,) = list_versions(shell.workspace)
    assert read_manifest(shell.workspace.path, version.id)["table"] == {
        "columns": {"day": "int64", "heat": "double", "code": "string", "rework": "string", "result": "string"},
        "target": "rework, result", "ignored": "code", "good": "no",
    }  # fmt: skip
    assert version.settings["time"] == "day"
    assert "Table · 6,000 rows" in page.versions.list.item(0).text()
    qtbot.waitUntil(lambda: bool(page.rows.model.blocks), timeout=SLOW_MS)
    assert page.rows.model.rowCount() == ROWS
    assert "leaves out code" in page.rows.text.text()
    qtbot.waitUntil(lambda: page.busy.isHidden(), timeout=SLOW_MS)
    assert ui_watchdog.stacks == []


def test_rows_are_read_as_one_scrolls_and_few_are_kept(
    qtbot, page: DataPage, shell: Shell, press: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_view, "BLOCK", 500)
    monkeypatch.setattr(table_view, "KEPT", 3)
    page.start_table(TableChoice("press", str(press), Roles(), {"time": "day"}))
    model = page.rows.model
    qtbot.waitUntil(lambda: bool(model.blocks), timeout=SLOW_MS)
    first = model.index(0, 1)
    assert first.data() == "1"
    assert first.siblingAtColumn(0).data() == "training"
    for number in range(0, ROWS, 500):
        index = model.index(number, 1)
        index.data()
        qtbot.waitUntil(lambda at=index: at.data() != "…", timeout=SLOW_MS)
    assert len(model.blocks) == 3
    assert model.index(ROWS - 1, 0).data() == "test"
    assert model.index(700, 1).data() == "…"  # read long ago, and on no screen
    qtbot.mouseClick(page.rows.close_button, Qt.MouseButton.LeftButton)
    assert page.rows.version is None
    assert model.rowCount() == 0
    page.versions.list.itemActivated.emit(page.versions.list.item(0))
    qtbot.waitUntil(lambda: model.rowCount() == ROWS, timeout=SLOW_MS)


def test_a_cancelled_table_is_not_kept_and_its_name_stays_free(
    qtbot, page: DataPage, shell: Shell, press: Path
) -> None:
    page.start_table(TableChoice("press", str(press), Roles(), {}))
    page._cancel()
    qtbot.waitUntil(lambda: page.busy.isHidden(), timeout=SLOW_MS)
    assert list_versions(shell.workspace) == []
    assert not any((shell.workspace.path / "versions").iterdir())


def test_what_is_no_table_is_named_and_annotations_are_imported_as_before(
    qtbot, page: DataPage, tmp_path: Path, press: Path
) -> None:
    (tmp_path / "boxes.csv").write_text("filename,xmin,ymin,xmax,ymax,class\na.png,1,2,3,4,scratch\n")
    drop(page, tmp_path / "boxes.csv")
    (asked,) = page.findChildren(ImportDialog)
    assert not page.findChildren(TableDialog)
    asked.path.setText(str(press))
    asked._accept()
    assert dialog_of(page).name.text() == "press"
    (tmp_path / "broken.parquet").write_text("PAR1")
    drop(page, tmp_path / "broken.parquet")
    broken = dialog_of(page)
    qtbot.waitUntil(lambda: "broken.parquet" in broken.error.whole(), timeout=SLOW_MS)
    assert not broken.accept_button.isEnabled()
    one = dialog_of(page)
    pq.write_table(pa.table({"size": [1.0, 2.0], "same": ["x", "x"]}), tmp_path / "same.parquet")
    drop(page, tmp_path / "same.parquet")
    one = dialog_of(page)
    qtbot.waitUntil(lambda: "has only x" in one.error.whole(), timeout=SLOW_MS)
    assert not one.accept_button.isEnabled()
