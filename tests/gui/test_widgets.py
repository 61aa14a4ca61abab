"""Widgets that several pages use."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit, QSpinBox

from app.gui.shell.registry import PAGES
from app.gui.shell.shell import Shell
from app.gui.widgets.curves import Curves
from app.gui.widgets.errors import ErrorLine
from app.gui.widgets.form import ParameterForm
from app.gui.widgets.image_grid import ImageGrid
from engine.errors import BadInput

SCHEMA = {
    "properties": {
        "rate": {"type": "number", "title": "Learning rate", "exclusiveMinimum": 0, "maximum": 1, "default": 0.003},
        "batch": {"type": "integer", "title": "Batch", "minimum": 1, "maximum": 64, "default": 8},
        "mode": {"enum": ["nearest", "linear"], "title": "Upsample", "default": "nearest"},
        "mirror": {"type": "boolean", "title": "Mirror", "default": True},
        "size": {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}], "default": [320, 320]},
        "note": {"type": "string", "title": "Note", "default": "", "advanced": True},
    }
}


def test_a_form_shows_every_kind_of_parameter_and_tells_changes(qtbot) -> None:
    form = ParameterForm(SCHEMA, {"batch": 16})
    qtbot.addWidget(form)
    assert form.values() == {
        "rate": 0.003, "batch": 16, "mode": "nearest", "mirror": True, "size": [320, 320], "note": "",
    }  # fmt: skip
    told: list[tuple[str, object]] = []
    form.changed.connect(lambda name, value: told.append((name, value)))
    field = form.field("batch")
    assert isinstance(field, QSpinBox)
    field.setValue(32)
    form.field("mirror").setChecked(False)  # type: ignore[attr-defined]
    form.field("mode").setCurrentIndex(1)  # type: ignore[attr-defined]
    assert told == [("batch", 32), ("mirror", False), ("mode", "linear")]


def test_a_form_says_at_the_field_what_is_wrong_and_keeps_the_last_good_value(qtbot) -> None:
    form = ParameterForm(SCHEMA)
    qtbot.addWidget(form)
    line = form.field("rate")
    assert isinstance(line, QLineEdit)
    for text, problem in (("7", "At most 1."), ("0", "More than 0."), ("much", "Write a number, for example 0.003.")):
        line.setText(text)
        line.editingFinished.emit()
        assert form._rows["rate"].problem.text() == problem
        assert not form.is_valid()
        assert form.values()["rate"] == 0.003
    line.setText("0.1")
    line.editingFinished.emit()
    assert form.is_valid()
    assert form.values()["rate"] == 0.1


def test_a_form_takes_values_from_outside_silently(qtbot) -> None:
    form = ParameterForm(SCHEMA)
    qtbot.addWidget(form)
    told: list[object] = []
    form.changed.connect(lambda *change: told.append(change))
    form.set_values({"rate": 0.5, "size": None})
    assert form.values()["rate"] == 0.5
    assert form.values()["size"] is None
    assert told == []


def test_a_hundred_thousand_items_do_not_block_the_window(qtbot, window, shell: Shell, ui_watchdog) -> None:
    qtbot.waitUntil(lambda: set(window.pages) == set(PAGES) and not shell.work.busy, timeout=60_000)
    grid = ImageGrid(shell)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    grid.show()
    ui_watchdog.reset()  # what the pages take is looked at elsewhere
    grid.show_ids(range(1, 100_001))
    qtbot.wait(100)
    grid.scrollToBottom()
    qtbot.wait(50)
    grid.resize(700, 500)
    qtbot.wait(50)
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert grid.current_id() == 1
    grid.select_id(77_777)
    assert grid.current_id() == 77_777
    qtbot.wait(50)


def test_a_grid_works_by_keys(qtbot, shell: Shell) -> None:
    grid = ImageGrid(shell)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    grid.show()
    grid.show_ids([3, 5, 8])
    opened: list[int] = []
    grid.opened.connect(opened.append)
    grid.select_id(3)
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert grid.selected_ids() == [5, 8]
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert opened == [8]


def test_an_error_line_shows_the_sentence_the_fix_and_details(qtbot) -> None:
    line = ErrorLine()
    qtbot.addWidget(line)
    line.show()
    line.clear()
    assert line.isHidden()
    line.show_error(BadInput("No such file: a.zip; check the path.", fix="lineside doctor"))
    assert line.text.text() == "No such file: a.zip; check the path."
    assert line.fix.text() == "lineside doctor"
    assert line.details.isHidden()
    line.more.click()
    assert "BadInput" in line.details.toPlainText()


def test_a_long_curve_is_drawn_thinner_with_its_ends_and_its_peaks(qtbot) -> None:
    curves = Curves(lambda name: QColor("#808080"))
    qtbot.addWidget(curves)
    points = [(float(step), 1.0 / (step + 1)) for step in range(10_000)]
    points[5_000] = (5_000.0, 9.0)
    points[7_000] = (7_000.0, float("nan"))
    curves.show_curves({"loss": points, "all nan": [(float(step), float("nan")) for step in range(5_000)]})
    x, y = curves._lines["loss"].getData()
    assert len(x) < 2_000
    assert (x[0], x[-1], y.max()) == (0.0, 9_999.0, 9.0)
    assert (x[1:] > x[:-1]).all()


def test_a_curve_that_begins_with_no_number_is_drawn_from_where_there_is_one(qtbot) -> None:
    curves = Curves(lambda name: QColor("#808080"))
    qtbot.addWidget(curves)
    curves.show_curves({"loss": [(0.0, float("nan")), (1.0, 2.0), (2.0, float("inf")), (3.0, 1.0)]})
    (left, right), (low, high) = curves.plot.viewRange()
    assert left < 1 < 3 < right < 4
    assert 0.5 < low < 1 < 2 < high < 2.5


def test_a_number_in_steps_stays_in_them_however_it_is_entered(qtbot) -> None:
    form = ParameterForm(
        {"properties": {"width": {"type": "integer", "minimum": 8, "maximum": 128, "multipleOf": 8}}}, {"width": 32}
    )
    qtbot.addWidget(form)
    field = form.field("width")
    assert isinstance(field, QSpinBox)
    field.stepUp()
    assert form.values()["width"] == 40
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "65")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert form.values()["width"] == field.value() == 64
