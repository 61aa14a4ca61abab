"""The data page on real images: import, filters, SQL, figures, versions, export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.gui.data.dialogs import ExportChoice, ImportChoice, ReportDialog, VersionChoice
from app.gui.data.page import DataPage
from app.gui.shell.shell import Shell
from app.gui.shell.window import MainWindow

SLOW_MS = 30_000


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve synthetic parts with their COCO file."""
    from engine.data.sample import make_sample

    return make_sample(tmp_path_factory.mktemp("sample"), count=12)


@pytest.fixture
def page(window: MainWindow, shell: Shell) -> DataPage:
    """The data page of a fresh workspace."""
    window.show_page("data")
    made = window.pages["data"]
    assert isinstance(made, DataPage)
    return made


def test_an_empty_workspace_says_what_belongs_here(qtbot, page: DataPage) -> None:
    qtbot.waitUntil(lambda: page.empty.isVisible())
    assert "lineside data import" in page.empty.command.text()


def test_import_filter_ask_freeze_and_export_without_a_stall(
    qtbot, window: MainWindow, page: DataPage, sample: Path, tmp_path: Path, ui_watchdog
) -> None:
    ui_watchdog.reset()
    page.start_import(ImportChoice(str(sample), "auto", False, None))
    qtbot.waitUntil(lambda: len(page.grid.ids()) == 12, timeout=SLOW_MS)
    assert any("12 items imported" in text for text in window.notices.texts())
    qtbot.waitUntil(lambda: page.stats.labels.count() == 4, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: page.grid.items.picture(page.grid.ids()[0]) is not None, timeout=SLOW_MS)

    page.filters.text.setText("part-0003")
    qtbot.waitUntil(lambda: len(page.grid.ids()) == 1, timeout=SLOW_MS)
    assert "1 of 12" in page.head.text.text()
    page.filters.clear()
    qtbot.waitUntil(lambda: len(page.grid.ids()) == 12, timeout=SLOW_MS)
    page.filters.choose(state="unlabelled")
    qtbot.waitUntil(lambda: len(page.grid.ids()) < 12, timeout=SLOW_MS)
    page.filters.clear()

    page.filters.query.setChecked(True)
    page.query.edit.setPlainText("annotations = 0")
    page.query.run()
    qtbot.waitUntil(lambda: len(page.grid.ids()) < 12, timeout=SLOW_MS)
    page.query.edit.setPlainText("SELECT label, count(*) AS n FROM annotations GROUP BY label")
    page.query.run()
    qtbot.waitUntil(lambda: page.table.model.answer.columns == ["label", "n"], timeout=SLOW_MS)
    page.query.edit.setPlainText("DELETE FROM item")
    page.query.run()
    qtbot.waitUntil(lambda: not page.query.error.isHidden(), timeout=SLOW_MS)
    assert "SELECT" in page.query.error.text.text()
    page.filters.query.setChecked(False)
    qtbot.waitUntil(lambda: len(page.grid.ids()) == 12, timeout=SLOW_MS)

    page.start_version(VersionChoice("v1", "50/25/25", 0, None, None))
    qtbot.waitUntil(lambda: [v.name for v in page.versions.versions] == ["v1"], timeout=SLOW_MS)
    qtbot.waitUntil(lambda: "v1" in window.top.version.text(), timeout=SLOW_MS)

    page.start_export(ExportChoice(str(tmp_path / "out"), "coco", "v1", True))
    qtbot.waitUntil(lambda: any("12 items written" in text for text in window.notices.texts()), timeout=SLOW_MS)
    assert list((tmp_path / "out").rglob("*.json"))


def test_bad_files_are_reported_one_by_one(
    qtbot, window: MainWindow, page: DataPage, sample: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    good = json.loads(sample.read_text("utf-8"))["images"][0]["file_name"]
    (folder / "good.jpg").write_bytes(next(sample.parent.rglob(Path(good).name)).read_bytes())
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_bytes(b"this is no picture")
    page.start_import(ImportChoice(str(folder), "auto", False, None))
    qtbot.waitUntil(lambda: any("2 files or entries" in text for text in window.notices.texts()), timeout=SLOW_MS)
    assert len(page.grid.ids()) <= 1
    window.notices._shown[-1].button.click()  # type: ignore[union-attr]
    dialog = page.findChild(ReportDialog)
    assert dialog is not None
    assert {Path(path).name for path, _ in dialog.lines} == {"empty.png", "text.jpg"}
    dialog.close()


def test_what_cannot_be_imported_is_told_on_the_page(qtbot, page: DataPage, tmp_path: Path) -> None:
    page.start_import(ImportChoice(str(tmp_path / "nowhere"), "auto", False, None))
    qtbot.waitUntil(lambda: not page.error.isHidden(), timeout=SLOW_MS)
    assert "nowhere" in page.error.text.text()
    assert page.import_button.isEnabled()


def test_enter_on_an_item_opens_it_for_labelling(qtbot, window: MainWindow, page: DataPage, sample: Path) -> None:
    page.start_import(ImportChoice(str(sample), "auto", False, None))
    qtbot.waitUntil(lambda: len(page.grid.ids()) == 12, timeout=SLOW_MS)
    page.grid.select_id(page.grid.ids()[3])
    qtbot.keyClick(page.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.page_name == "labeling")
