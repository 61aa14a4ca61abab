"""The evaluation page on real results: measured, written and read by the engine, with boxes made up for the purpose."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.gui.evaluation.card_dialog import CardDialog
from app.gui.evaluation.page import EvaluationPage
from app.gui.evaluation.reading import read_card_notes
from engine.data.sample import LABELS
from engine.serving.manifest import ModelManifest
from engine.workspace import Workspace
from tests.evaluated import evaluate_anomaly, evaluate_labels, evaluate_table, make_evaluated, strained


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Path:
    """A closed workspace with two evaluated models, made once."""
    folder = tmp_path_factory.mktemp("evaluated")
    return make_evaluated(folder)


@pytest.fixture
def page(window, prepared, tmp_path, qtbot) -> EvaluationPage:
    copy = tmp_path / "copy"
    shutil.copytree(prepared, copy)
    window.shell.use(Workspace.open(copy))
    window.show_page("evaluation")
    made = window.page("evaluation")
    assert isinstance(made, EvaluationPage)
    qtbot.waitUntil(lambda: made.results.isVisible(), timeout=8000)
    qtbot.waitUntil(lambda: made.tiles.count() > 0, timeout=8000)
    return made


def test_the_newest_model_is_shown_with_its_figures_against_the_one_before(page):
    assert page.title.text() == "parts:2"
    assert "against parts:1 on v1" in page.against.text()
    assert page.figures.main.comparison.text().startswith("+")
    assert page.figures.main.comparison.property("kind") == "good"
    assert page.figures.missed.comparison.text().startswith("−")
    assert page.figures.missed.value.text().endswith("%")


def test_a_click_on_a_cell_shows_the_things_behind_it(page, qtbot):
    labels = page._seen.evaluation.labels
    row = next(i for i, line in enumerate(page._seen.evaluation.matrix) if line[-1] and i < len(labels) - 1)
    count = page._seen.evaluation.matrix[row][-1]
    place = page.matrix.cell_rect(row, len(labels) - 1).center().toPoint()
    QTest.mouseClick(page.matrix, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert page.items_card.heading.text() == f"{labels[row]}, not found · {count}"
    qtbot.waitUntil(lambda: page.tiles.count() == count, timeout=8000)
    assert page.tiles.item(0).text() == labels[row]


def test_the_matrix_is_walked_by_arrow_keys(page, qtbot):
    page.matrix.setFocus()
    with qtbot.waitSignal(page.matrix.cell_chosen) as chosen:
        QTest.keyClick(page.matrix, Qt.Key.Key_Right)
    assert chosen.args == [LABELS[0], LABELS[1]]
    assert page.nothing.isVisible() or page.tiles.count()


def test_double_click_on_a_tile_opens_its_item_in_label(page, qtbot):
    asked = []
    page.shell.asked_to_go.disconnect()
    page.shell.asked_to_go.connect(lambda name, arguments: asked.append((name, arguments)))
    place = page.tiles.visualItemRect(page.tiles.item(0)).center()
    for act in (QTest.mouseClick, QTest.mouseDClick):
        act(page.tiles.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert asked[0][0] == "labeling"
    assert asked[0][1]["item"] in {row[0] for row in page.shell.workspace.query("SELECT id FROM item")}


def test_another_model_is_chosen_from_the_list(page, qtbot):
    page.model.setCurrentIndex(page.model.findData(1))
    page.model.activated.emit(page.model.currentIndex())
    qtbot.waitUntil(
        lambda: page.title.text() == "parts:1" and page._seen is not None and page._seen.id == 1, timeout=5000
    )
    assert "against" not in page.against.text()


def test_a_model_of_another_task_is_held_against_none_and_the_tabs_come_back_with_a_detector(page, qtbot):
    evaluate_anomaly(page.shell.workspace, 3)
    page.shown(model="odd:1")
    qtbot.waitUntil(
        lambda: page.title.text() == "odd:1" and page._seen is not None and page._seen.id == 3, timeout=5000
    )
    assert page.figures.main.name.text() == "AUROC"
    assert page.figures.main.value.text() == "1.000"
    assert "against" not in page.against.text()
    shown = [
        page.insights.bar.tabText(at) for at in range(page.insights.bar.count()) if page.insights.bar.isTabVisible(at)
    ]
    assert shown == ["Compare", "Groups", "Certainty", "Robustness"]
    bad = int(page._seen.evaluation.matrix[1][1])
    qtbot.waitUntil(lambda: page.costs.seen.id == 3 and page.costs.money is not None, timeout=5000)
    assert page.costs.money.bad == bad
    last = page.costs.money.curve[-1]
    assert (last.missed, last.false_reject) == (1, 0)  # at 1 every bad image passes, and no good one is rejected
    page.shown(model="parts:2")
    qtbot.waitUntil(lambda: page.title.text() == "parts:2" and page.insights.isVisible(), timeout=5000)
    bar = page.insights.bar
    assert bar.currentIndex() == 0
    back = [at for at in range(bar.count()) if bar.tabText(at) != "Points"]  # that one is of keypoints alone
    qtbot.waitUntil(lambda: all(bar.tabRect(at).width() > 20 for at in back), timeout=5000)
    assert len(back) == bar.count() - 1 == 6


def test_of_several_labels_each_has_its_numbers_and_a_click_shows_their_items(page, qtbot):
    evaluate_labels(page.shell.workspace, 3)
    page.shown(model="tags:1")
    qtbot.waitUntil(
        lambda: page.title.text() == "tags:1" and page._seen is not None and page._seen.id == 3, timeout=5000
    )
    assert page.figures.main.name.text() == "mAP"
    assert page.labels.isVisible()
    assert not page.matrix.isVisible()
    row, values = (
        list(page._seen.evaluation.summary["per_class"]).index("stain"),
        page._seen.evaluation.summary["per_class"],
    )
    assert (values["stain"]["right"], values["dent"]["missed"]) == (0, 0)
    place = page.labels.table.visualItemRect(page.labels.table.item(row, 2)).center()
    QTest.mouseClick(page.labels.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert page.items_card.heading.text() == f"stain, not found · {values['stain']['missed']}"
    qtbot.waitUntil(lambda: _framed(page), timeout=8000)  # the missed label is written on the first tile
    assert page.tiles.count() == values["stain"]["missed"]


def _framed(page) -> bool:
    """Whether a label in the frame of what is missed stands in the corner of the first tile."""
    painted = page.tiles.item(0).icon().pixmap(256, 256).toImage()
    good = page.shell.theme.color("good").name()
    return any(painted.pixelColor(x, y).name() == good for x in range(60) for y in range(120))


def test_what_was_not_evaluated_yet_offers_to_do_so_with_the_command(page, qtbot):
    page.precision.setCurrentIndex(page.precision.findData("int8"))
    page.precision.activated.emit(page.precision.currentIndex())
    qtbot.waitUntil(lambda: page.not_yet.isVisible() and not page.results.isVisible(), timeout=5000)
    assert "lineside evaluate parts:2 --version v1 --split test" in page.not_yet.command.text()
    QTest.mouseClick(page.not_yet.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.error.isVisible(), timeout=5000)
    assert "was not exported in int8" in page.error.text.text()


def priced(page, qtbot, miss: float, false: float) -> float:
    """The cheapest threshold at these costs."""
    page.costs.false.setValue(false)
    with qtbot.waitSignal(page.costs.answered, timeout=5000):
        page.costs.miss.setValue(miss)
    return page.costs.chart.best[0]


def test_dearer_misses_move_the_cheapest_threshold_down(page, qtbot):
    evaluate_anomaly(page.shell.workspace, 3, unsure=True)
    page.shown(model="odd:1")
    qtbot.waitUntil(lambda: page.costs.seen.id == 3 and page.costs.money is not None, timeout=5000)
    high = priced(page, qtbot, 0.5, 100)
    assert priced(page, qtbot, 1000, 0.1) < high
    assert page.figures.cost.value.text().startswith("¥ ")
    told = page.costs.sentence.text().splitlines()
    assert told[0].startswith("In use 0.50: ¥ ")
    assert told[1].startswith("Cheapest ")


def test_a_click_on_the_money_looks_at_a_threshold_and_opens_its_mistakes(page, qtbot):
    qtbot.waitUntil(lambda: page.costs.money is not None, timeout=5000)
    place = page.costs.chart.place_of(0.9).toPoint()
    QTest.mouseClick(page.costs.chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    at = page.costs._looked
    assert at == pytest.approx(0.9, abs=0.02)
    missed, false = page.costs.money.parts.mistakes(at)
    assert missed
    heading = f"At {at:.2f}: {len(missed)} missed, {len(false)} falsely rejected"
    assert page.items_card.heading.text() == f"{heading} · {len(missed) + len(false)}"
    assert page.costs.sentence.text().splitlines()[2].startswith(f"Looked at {at:.2f}: ")
    QTest.keyClick(page.costs.chart, Qt.Key.Key_Left)
    assert page.costs._looked == pytest.approx(at - 0.01)


def test_the_model_is_served_with_the_threshold_that_is_looked_at(page, qtbot):
    folder = page.shell.workspace.path / "runs/run-2"
    ModelManifest("parts", "detection", LABELS).save(folder)
    qtbot.waitUntil(lambda: page.costs.money is not None, timeout=5000)
    place = page.costs.chart.place_of(0.9).toPoint()
    QTest.mouseClick(page.costs.chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    wanted = round(page.costs._looked, 2)
    assert page.costs.use.text() == f"Serve with {wanted:.2f}"
    QTest.mouseClick(page.costs.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ModelManifest.load(folder).postprocess.score_threshold == wanted, timeout=5000)


def test_costs_are_remembered_with_those_of_a_label(page, qtbot):
    qtbot.waitUntil(lambda: page.costs.labels.rowCount() == len(LABELS), timeout=5000)
    with qtbot.waitSignal(page.costs.answered, timeout=5000):
        page.costs.labels.item(0, 1).setText("75")
    with qtbot.waitSignal(page.costs.answered, timeout=5000):
        page.costs.share.setValue(2.5)
    name = page.costs.money.labels[0].label
    costs = page.costs.money.costs
    assert (costs.bad_share, costs.miss_of(name)) == (0.025, 75)
    folder = page.shell.workspace.path / "runs/run-2/costs.json"
    qtbot.waitUntil(lambda: folder.is_file() and '"bad_share": 0.025' in folder.read_text(), timeout=5000)
    page.shown(model="parts:1")
    qtbot.waitUntil(lambda: page.costs.seen.id == 1 and page.costs.share.value() == 2.5, timeout=5000)
    qtbot.waitUntil(lambda: page.costs.labels.item(0, 1).text() == "10", timeout=5000)


def test_a_cost_that_is_being_typed_outlives_an_older_answer(page, qtbot):
    from app.gui.evaluation.reading import read_money

    qtbot.waitUntil(lambda: page.costs.labels.rowCount() == len(LABELS), timeout=5000)
    older = read_money(page.shell.workspace, page.costs.seen)
    page.costs.labels.item(0, 1).setText("75")
    page.costs._take(older)
    assert page.costs.labels.item(0, 1).text() == "75"
    with qtbot.waitSignal(page.costs.answered, timeout=5000):
        page.costs.miss.setValue(20)
    assert page.costs.money.costs.miss_of(page.costs.money.labels[0].label) == 75
    assert page.costs.money.costs.miss == 20


def test_looking_at_cells_does_not_stall_the_window(page, ui_watchdog, qtbot):
    ui_watchdog.reset()
    for index in range(len(LABELS)):
        place = page.matrix.cell_rect(index, index).center().toPoint() + QPoint(1, 1)
        QTest.mouseClick(page.matrix, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        qtbot.wait(150)
    ui_watchdog.limit_ms = 60_000  # closing the workspace at the end is not what is looked at here


def test_two_models_stand_side_by_side_with_what_the_difference_is_worth(page, qtbot):
    tab = page.insights.parts[0]
    qtbot.waitUntil(lambda: tab.table.isVisible() and tab.table.rowCount() > 0, timeout=8000)
    assert [tab.table.horizontalHeaderItem(at).text() for at in (1, 2)] == ["parts:1", "parts:2"]
    missed = next(at for at in range(tab.table.rowCount()) if tab.table.item(at, 0).text() == "Missed")
    assert tab.table.item(missed, 3).text().startswith("−")
    assert tab.table.item(missed, 5).text() == "better"
    assert tab.verdict.text().startswith(
        "The difference may be chance (p = 0.063): 0 items are right with parts:1 only"
    )


def test_the_items_that_changed_are_one_click_away(page, qtbot):
    tab = page.insights.parts[0]
    qtbot.waitUntil(lambda: tab.better.isVisible(), timeout=8000)
    QTest.mouseClick(tab.better, Qt.MouseButton.LeftButton)
    count = int(tab.better.text().split()[0])
    assert count > 0
    assert page.items_card.heading.text() == f"Better than with parts:1 · {count}"
    qtbot.waitUntil(lambda: page.tiles.count() == min(count, 24), timeout=8000)
    asked = []
    page.shell.asked_to_go.disconnect()
    page.shell.asked_to_go.connect(lambda name, arguments: asked.append((name, arguments)))
    QTest.mouseClick(page.open_data, Qt.MouseButton.LeftButton)
    assert asked[0][0] == "data"
    assert len(asked[0][1]["ids"]) == count


def test_an_evaluation_that_stands_alone_says_how_to_compare(page, qtbot):
    with page.shell.workspace.transaction("Test") as tx:
        tx.execute("DELETE FROM evaluation WHERE id = 1")
    tab = page.insights.parts[0]
    tab.show_seen(page._seen)
    qtbot.waitUntil(lambda: tab.none.isVisible(), timeout=5000)
    assert not tab.table.isVisible()


def look_at(page, qtbot, name: str):
    """Bring a tab of the insights to the front."""
    bar = page.insights.bar
    at = next(at for at in range(bar.count()) if bar.tabText(at) == name)
    bar.setCurrentIndex(at)
    tab = page.insights.parts[at]
    assert tab.isVisible()
    return tab


def click_bar(bars, at: int) -> None:
    place = bars.rect_of(at).center().toPoint()
    QTest.mouseClick(bars, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_kinds_of_mistake_are_bars_that_open_their_items(page, qtbot):
    assert page.insights.parts[1]._kinds == []  # not worked out before it is looked at
    tab = look_at(page, qtbot, "Kinds of mistake")
    qtbot.waitUntil(lambda: len(tab._kinds) == 6, timeout=8000)
    missed = next(at for at, kind in enumerate(tab._kinds) if kind.name == "missed")
    click_bar(tab.bars, missed)
    assert page.items_card.heading.text() == f"Missed · {len(tab._kinds[missed].items)}"
    QTest.keyClick(tab.bars, Qt.Key.Key_Up)
    assert page.items_card.heading.text() == "Where nothing is · 1"
    assert tab.bars.as_text().count("\n") == 5


def test_groups_by_size_and_by_an_expression_open_their_items(page, qtbot):
    tab = look_at(page, qtbot, "Groups")
    qtbot.waitUntil(lambda: tab.table.rowCount() == 3, timeout=8000)
    tab.by.lineEdit().selectAll()
    QTest.keyClicks(tab.by.lineEdit(), "width > 10")
    QTest.keyClick(tab.by.lineEdit(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.table.rowCount() == 1, timeout=8000)
    assert [tab.table.item(0, at).text() for at in (0, 1)] == ["yes", "16"]
    place = tab.table.visualItemRect(tab.table.item(0, 0)).center()
    QTest.mouseClick(tab.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert page.items_card.heading.text() == "width > 10: yes · 16"


def test_a_wrong_expression_is_told_at_its_place(page, qtbot):
    tab = look_at(page, qtbot, "Groups")
    tab.by.setEditText("(SELECT content FROM read_text('/etc/passwd'))")
    QTest.keyClick(tab.by.lineEdit(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.error.isVisible(), timeout=8000)
    assert "read_text" in tab.error.text.text()


def test_how_far_scores_can_be_believed_is_drawn_and_opens_what_is_wrong(page, qtbot):
    tab = look_at(page, qtbot, "Certainty")
    qtbot.waitUntil(lambda: bool(tab._bins), timeout=8000)
    assert "expected calibration error" in tab.reliability.text()
    assert "AUROC" in tab.separation.text()
    click_bar(tab.bars, 0)
    assert page.items_card.heading.text() == "Wrong at scores from 0.8 · 1"
    assert page.tiles.isVisible() or page.nothing.isVisible()


def test_where_the_model_breaks_is_drawn_and_opens_what_goes_wrong(page, qtbot):
    tab = look_at(page, qtbot, "Robustness")
    qtbot.waitUntil(lambda: tab.text.isVisible(), timeout=5000)
    assert not tab.bars.isVisible()  # not measured yet
    strained(page.shell.workspace.path, 2)
    tab.look_again()
    qtbot.waitUntil(lambda: tab.bars.isVisible(), timeout=8000)
    assert "1 of 2 disturbances break it" in tab.text.text()
    assert tab.bars.as_text().splitlines() == ["Blur\t2\tbreaks at 2 px", "Noise\t5\tholds to 50 /255"]
    click_bar(tab.bars, 0)
    assert page.items_card.heading.text() == "Goes wrong with Blur 2 px · 1"


def test_robustness_of_a_model_whose_files_are_gone_is_told(page, qtbot):
    tab = look_at(page, qtbot, "Robustness")
    QTest.mouseClick(tab.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.error.isVisible(), timeout=8000)
    assert "parts:2 was not exported in torch" in page.error.text.text()


def test_a_file_of_expectations_is_checked_with_the_items_behind_a_failure(page, qtbot, tmp_path):
    strained(page.shell.workspace.path, 2)
    tab = look_at(page, qtbot, "Checks")
    path = tmp_path / "e.toml"
    path.write_text("[at_least]\nmap50 = 0.5\n[holds]\nblur = 3\n[latency]\nat_most_ms = 1\n")
    tab.check(path)
    qtbot.waitUntil(lambda: tab.table.isVisible(), timeout=8000)
    rows = [[tab.table.item(at, column).text() for column in (0, 1, 2, 4)] for at in range(3)]
    assert rows == [
        ["met", "mAP@.5", "at least 0.5", ""],
        ["not met", "Latency, ms", "at most 1", "not measured yet"],
        ["not met", "Blur", "holds to 3", "breaks at 2"],
    ]
    assert tab.text.text() == "e.toml: 2 of 3 expectations not met."
    place = tab.table.visualItemRect(tab.table.item(2, 1)).center()
    QTest.mouseClick(tab.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert page.items_card.heading.text() == "Blur · 1"
    path.write_text("[at_leest]")
    tab.check(path)
    qtbot.waitUntil(lambda: tab.error.isVisible(), timeout=8000)
    assert "at_leest" in tab.error.text.text()


def test_the_card_of_a_model_is_written_with_what_a_person_says_of_it(page, qtbot, tmp_path):
    QTest.mouseClick(page.card, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.findChildren(CardDialog)), timeout=5000)
    (dialog,) = page.findChildren(CardDialog)
    dialog.intended.setPlainText("Line 3 <b>only</b>")
    dialog.write(tmp_path / "card.html")
    qtbot.waitUntil((tmp_path / "card.html").is_file, timeout=15000)
    text = (tmp_path / "card.html").read_text("utf-8")
    assert "Line 3 &lt;b&gt;only&lt;/b&gt;" in text
    assert "Model card: parts:2" in text


def test_a_card_is_held_against_a_file_and_told_by_groups_that_are_remembered(page, qtbot, tmp_path):
    (tmp_path / "e.toml").write_text("[at_least]\nmap50 = 0.987\n")
    QTest.mouseClick(page.card, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.findChildren(CardDialog)), timeout=5000)
    (dialog,) = page.findChildren(CardDialog)
    dialog.expected.setText(str(tmp_path / "e.toml"))
    dialog.by.setPlainText("width > 600\n\n format \n")
    dialog.write(tmp_path / "card.html")
    qtbot.waitUntil((tmp_path / "card.html").is_file, timeout=15000)
    text = (tmp_path / "card.html").read_text("utf-8")
    assert "0.987" in text
    assert "width &gt; 600" in text
    notes = read_card_notes(page.shell.workspace, "parts:2")
    assert (notes.expected, notes.by) == (str(tmp_path / "e.toml"), ("width > 600", "format"))
    again = CardDialog(page, "parts:2", notes, lambda *_: None)
    assert (again.expected.text(), again.by.toPlainText()) == (str(tmp_path / "e.toml"), "width > 600\nformat")
    (tmp_path / "e.toml").unlink()
    again.deleteLater()
    page._write_card("parts:2", notes, tmp_path / "other.html")
    qtbot.waitUntil(lambda: "e.toml" in page.error.text.text(), timeout=8000)
    assert not (tmp_path / "other.html").exists()


def test_a_table_has_figures_and_a_price_and_what_needs_pictures_says_why_not(page, qtbot, tmp_path):
    evaluate_table(page.shell.workspace, 3, tmp_path)
    page._read_choices()
    page.shown(model="rows:1")
    qtbot.waitUntil(lambda: page.title.text() == "rows:1", timeout=5000)
    qtbot.waitUntil(lambda: page.costs.seen.id == 3 and page.costs.money is not None, timeout=5000)
    assert page.figures.main.name.text() == "AUROC"
    assert page.costs.money.bad == 10
    assert "no pictures" in page.items_card.remark.text()
    qtbot.waitUntil(lambda: page.tiles.count() == 0, timeout=5000)
    shown = [
        page.insights.bar.tabText(at) for at in range(page.insights.bar.count()) if page.insights.bar.isTabVisible(at)
    ]
    assert shown == ["Compare", "Groups", "Certainty"]
    tab = next(part for part in page.insights.parts if type(part).__name__ == "GroupsTab")
    tab.show_seen(page._seen)
    tab.by.setEditText("width > 9")
    tab._group()
    qtbot.waitUntil(lambda: "no items of the workspace" in tab.error.whole(), timeout=5000)


def test_without_a_model_the_page_is_no_longer_than_the_window(qtbot, window, shell):
    page = window.page("evaluation")
    window.show_page("evaluation")
    qtbot.waitUntil(page.no_model.isVisible, timeout=20_000)
    qtbot.waitUntil(lambda: page.inner.height() == page.scroll.viewport().height(), timeout=5000)
    assert not page.scroll.verticalScrollBar().isVisible()
