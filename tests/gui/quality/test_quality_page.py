"""The quality page and what leads from it to the labelling page, by real mouse and key events."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from engine.labeling import comments, edits, review, rounds
from tests.gui.quality.conftest import box, idle

SHOTS = os.environ.get("LINESIDE_SHOTS")


def shot(widget: QWidget, name: str) -> None:
    if SHOTS:
        widget.grab().save(str(Path(SHOTS) / f"{name}.png"))


def press(window, name: str) -> None:
    found = window.findChild(QAbstractButton, name)
    assert found is not None and found.isVisible() and found.isEnabled(), name
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def quality(window, qtbot, tab: str = ""):
    window.shell.go("quality", tab=tab)
    idle(window, qtbot)
    return window.pages["quality"]


def labeling(window, qtbot):
    qtbot.waitUntil(lambda: window.page_name == "labeling", timeout=20_000)
    page = window.pages["labeling"]
    qtbot.waitUntil(lambda: page.canvas.document.item_id != 0 and bool(page.canvas.picture.levels), timeout=20_000)
    idle(window, qtbot)
    return page


def test_progress_shows_states_people_and_days(filled, qtbot):
    ws = filled.shell.workspace
    review.assign(ws, [1, 2], "li")
    review.set_state(ws, [1], "accepted")
    page = quality(filled, qtbot)
    shot(filled, "q_progress")
    assert "1" in page.progress.states["accepted"].text()
    people = {page.progress.people.item(at, 0).text() for at in range(page.progress.people.rowCount())}
    assert "li" in people and page.progress.days.rowCount() == 1
    press(filled, "state_accepted")
    assert filled.page_name == "data"
    data = filled.pages["data"]
    qtbot.waitUntil(lambda: list(data.grid.items.ids) == [1], timeout=10_000)


def test_suspicious_labels_are_listed_with_pictures_and_mended_at_once(filled, qtbot):
    page = quality(filled, qtbot, "findings")
    qtbot.waitUntil(
        lambda: page.findings.tiles.count() > 0 and not page.findings.tiles.item(0).icon().isNull(), timeout=10_000
    )
    shot(filled, "q_findings")
    rules = [page.findings.rules.item(at).data(Qt.ItemDataRole.UserRole) for at in range(page.findings.rules.count())]
    assert rules == ["outside", "tiny", "duplicate"]
    press(filled, "findings_clip")
    qtbot.waitUntil(lambda: page.findings.rules.count() == 2, timeout=10_000)
    ws = filled.shell.workspace
    assert max(shape.x + shape.w for shape in edits.annotations_of(ws, 1)) == 640
    edits.undo(ws)


def test_going_through_them_on_the_image_by_keys(filled, qtbot):
    page = quality(filled, qtbot, "findings")
    page.findings.rules.setCurrentRow(2)
    idle(filled, qtbot)
    press(filled, "findings_open")
    label = labeling(filled, qtbot)
    qtbot.waitUntil(lambda: len(label.canvas.selection) == 1, timeout=10_000)
    shot(filled, "q_finding_on_image")
    assert filled.page_name == "labeling"
    label.canvas.setFocus()
    QTest.keyClick(label.canvas, Qt.Key.Key_F8)
    ws = filled.shell.workspace
    qtbot.waitUntil(lambda: len(edits.annotations_of(ws, 1)) == 3, timeout=10_000)
    idle(filled, qtbot)
    assert not filled.findChild(QWidget, "finding_panel").isVisible()


def test_letting_one_be_is_remembered(filled, qtbot):
    page = quality(filled, qtbot, "findings")
    page.findings.rules.setCurrentRow(1)
    idle(filled, qtbot)
    press(filled, "findings_ignore")
    qtbot.waitUntil(lambda: page.findings.rules.count() == 2, timeout=10_000)
    assert {finding.rule for finding in page.findings.findings} == {"outside", "duplicate"}


def test_a_comment_is_pinned_where_the_pointer_is_and_opened_by_a_click(filled, qtbot):
    filled.shell.go("labeling", item=1)
    page = labeling(filled, qtbot)
    part = next(part for part in page.parts if type(part).__name__ == "ReviewPart")
    part.at = None
    page.canvas.setFocus()
    QTest.mouseMove(page.canvas, page.canvas.view.point(200, 150).toPoint())
    part.do("comment")
    part.at = part._on_image(page.canvas.view.point(200, 150))  # an offscreen pointer stays where it is
    QTest.keyClicks(part.comments.field, "is this a scratch?")
    QTest.keyClick(part.comments.field, Qt.Key.Key_Return)
    ws = filled.shell.workspace
    qtbot.waitUntil(lambda: len(comments.threads(ws, 1)) == 1, timeout=10_000)
    qtbot.waitUntil(lambda: len(part.known.threads) == 1, timeout=10_000)
    page.canvas.repaint()
    shot(filled, "q_comment")
    thread = comments.threads(ws, 1)[0]
    assert (round(thread.first.x), round(thread.first.y), part.comments.current()) == (200, 150, 0)
    QTest.mouseClick(
        page.canvas,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        page.canvas.view.point(200, 150).toPoint(),
    )
    assert part.comments.current() == thread.first.id
    press(filled, "comment_resolve")
    qtbot.waitUntil(lambda: not comments.threads(ws, 1)[0].open, timeout=10_000)
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: comments.threads(ws, 1)[0].open, timeout=10_000)


def test_accepting_by_key_goes_on_and_rejecting_asks_for_a_reason(filled, qtbot):
    filled.shell.go("labeling", item=1)
    page = labeling(filled, qtbot)
    ws = filled.shell.workspace
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: page.item_id == 2 and page.canvas.document.item_id == 2, timeout=10_000)
    assert review.reviews(ws, [1])[1].state == "accepted"
    idle(filled, qtbot)
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    part = next(part for part in page.parts if type(part).__name__ == "ReviewPart")
    qtbot.waitUntil(lambda: part.comments.for_reason, timeout=5_000)
    assert review.reviews(ws, [2])[2].state == "labelled"
    QTest.keyClicks(part.comments.field, "too wide")
    shot(filled, "q_reject")
    QTest.keyClick(part.comments.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: review.reviews(ws, [2])[2].state == "rejected", timeout=10_000)
    assert comments.threads(ws, 2)[0].first.text == "too wide"
    qtbot.waitUntil(lambda: (page.strip._dot(1), page.strip._dot(2)) == ("good", "bad"), timeout=10_000)
    page.go_to(0)
    idle(filled, qtbot)
    shot(filled, "q_strip")


def test_in_a_blind_round_nothing_of_the_others_is_seen_and_undo_works(filled, qtbot):
    ws = filled.shell.workspace
    made = rounds.create_round(ws, "first", [1, 2], ["li", "wang"])
    rounds.save_answer(ws, rounds.sheet(ws, made, "wang"), 1, [box(1, 10, 10)], done=True)
    quality(filled, qtbot, "agreement")
    press(filled, "round_start")
    page = labeling(filled, qtbot)
    qtbot.waitUntil(lambda: filled.findChild(QWidget, "blind_panel").isVisible(), timeout=10_000)
    idle(filled, qtbot)
    assert len(page.canvas.document) == 0 and len(page.ids) == 2
    before, item = len(edits.annotations_of(ws, 1)), page.item_id
    draw(page, ((100, 100), (160, 150)))
    sheet = rounds.sheet(ws, made, "li")
    qtbot.waitUntil(lambda: len(rounds.answer(ws, sheet, item)) == 1, timeout=10_000)
    shot(filled, "q_blind")
    idle(filled, qtbot)
    assert page.acts["undo"].isEnabled()
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: rounds.answer(ws, sheet, item) == [], timeout=10_000)
    qtbot.waitUntil(lambda: page.acts["redo"].isEnabled() and len(page.canvas.document) == 0, timeout=10_000)
    idle(filled, qtbot)
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(rounds.answer(ws, sheet, item)) == 1, timeout=10_000)
    idle(filled, qtbot)
    QTest.keyClick(page.canvas, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: item in rounds.sheet(ws, made, "li").done, timeout=10_000)
    assert len(edits.annotations_of(ws, 1)) == before
    idle(filled, qtbot)
    press(filled, "blind_leave")
    idle(filled, qtbot)
    assert filled.page_name == "quality"
    filled.shell.go("labeling", item=1)
    qtbot.waitUntil(lambda: len(page.canvas.document) == before, timeout=10_000)


def draw(page, spots) -> None:
    page.acts["box"].trigger()
    a, b = (page.canvas.view.point(*spot).toPoint() for spot in spots)
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, a)
    for step in range(1, 5):
        QTest.mouseMove(page.canvas, a + (b - a) * step / 4)
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, b)


def test_copies_of_a_round_stay_in_the_round_and_another_image_leaves_it(filled, qtbot):
    ws = filled.shell.workspace
    made = rounds.create_round(ws, "first", [1, 2], ["li", "wang"])
    quality(filled, qtbot, "agreement")
    press(filled, "round_start")
    page = labeling(filled, qtbot)
    first, second = page.ids
    before = {item: len(edits.annotations_of(ws, item)) for item in (1, 2, 3)}
    draw(page, ((100, 100), (160, 150)))
    sheet = rounds.sheet(ws, made, "li")
    qtbot.waitUntil(lambda: len(rounds.answer(ws, sheet, first)) == 1, timeout=10_000)
    page.acts["select_all"].trigger()
    page.acts["copy_next"].trigger()
    qtbot.waitUntil(lambda: len(rounds.answer(ws, sheet, second)) == 1, timeout=10_000)
    qtbot.waitUntil(lambda: page.item_id == second and len(page.canvas.document) == 1, timeout=10_000)
    idle(filled, qtbot)
    assert page.item_id == second and {item: len(edits.annotations_of(ws, item)) for item in (1, 2, 3)} == before
    assert not rounds.sheet(ws, made, "li").done

    filled.shell.go("labeling", item=3)
    qtbot.waitUntil(lambda: page.item_id == 3 and len(page.canvas.document) == before[3], timeout=10_000)
    idle(filled, qtbot)
    assert not filled.findChild(QWidget, "blind_panel").isVisible() and len(page.ids) == 6
    draw(page, ((300, 300), (360, 350)))
    qtbot.waitUntil(lambda: len(edits.annotations_of(ws, 3)) == before[3] + 1, timeout=10_000)


def test_agreement_gauge_study_and_consensus_are_shown_and_made(filled, qtbot):
    ws = filled.shell.workspace
    made = rounds.create_round(ws, "study", [1, 2, 5], ["li", "wang"], 2)
    for who in made.persons:
        for trial in (1, 2):
            for item in made.items:
                shapes = [] if item == 5 else [box(item, 100 + (who == "li"), 100)]
                rounds.save_answer(ws, rounds.sheet(ws, made, who, trial), item, shapes, done=True)
    review.set_state(ws, [5], "labelled")
    review.set_state(ws, [5], "accepted")
    page = quality(filled, qtbot, "agreement")
    qtbot.waitUntil(lambda: page.agreement.seen is not None and page.agreement.gauge.rowCount() == 2, timeout=10_000)
    filled.resize(1280, 900)
    qtbot.wait(50)
    shot(filled, "q_agreement")
    assert page.agreement.matrix.item(0, 2).text() == "1.000"
    press(filled, "round_consensus")
    dialog = next(d for d in page.children() if type(d).__name__ == "ConsensusDialog")
    shot(dialog, "q_consensus")
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(edits.annotations_of(ws, 1)) == 1, timeout=10_000)
    assert edits.annotations_of(ws, 1)[0].author == "consensus of li, wang"


def test_a_round_is_begun_in_the_dialog(filled, qtbot):
    page = quality(filled, qtbot, "agreement")
    page.ask_round()
    qtbot.waitUntil(lambda: any(type(d).__name__ == "RoundDialog" for d in page.children()), timeout=10_000)
    dialog = next(d for d in page.children() if type(d).__name__ == "RoundDialog")
    dialog.persons.clear()
    QTest.keyClicks(dialog.persons, "li")
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    assert dialog.isVisible() and dialog.persons_row.problem.text()
    QTest.keyClicks(dialog.persons, ", wang")
    QTest.keyClicks(dialog.name, "shift A")
    shot(dialog, "q_round_dialog")
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.agreement.rounds.count() == 1, timeout=10_000)
    (made,) = rounds.rounds(filled.shell.workspace)
    assert (made.name, made.persons, len(made.items)) == ("shift A", ("li", "wang"), 6)


def test_the_dataset_report_is_a_job_that_opens_in_the_browser(filled, qtbot, monkeypatch):
    from PySide6.QtGui import QDesktopServices

    opened, told = [], []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    filled.shell.noticed.connect(lambda text, *rest: told.append((text, rest[1])))
    page = quality(filled, qtbot)
    press(filled, "data_report")
    qtbot.waitUntil(lambda: page.strip.isVisible(), timeout=10_000)
    qtbot.waitUntil(lambda: any("report is ready" in text for text, _ in told), timeout=60_000)
    next(action for text, action in told if "report is ready" in text)()
    assert "<svg" in Path(opened[0]).read_text("utf-8")


def test_the_page_speaks_chinese_and_is_dark(filled, qtbot):
    from app.gui.shell.languages import use_language

    filled.shell.theme.use("dark")
    use_language("zh_CN")
    quality(filled, qtbot, "findings")
    qtbot.wait(100)
    shot(filled, "q_findings_dark_zh")
    filled.shell.theme.use("light")


def test_chosen_images_are_assigned_in_turn(filled, qtbot):
    filled.shell.go("data")
    idle(filled, qtbot)
    qtbot.waitUntil(lambda: len(filled.pages["data"].grid.items.ids) == 6, timeout=10_000)
    next(act for text, act in filled.pages["data"].commands() if text.startswith("Assign"))()
    page = filled.pages["quality"]
    qtbot.waitUntil(lambda: any(type(d).__name__ == "AssignDialog" for d in page.children()), timeout=10_000)
    dialog = next(d for d in page.children() if type(d).__name__ == "AssignDialog")
    QTest.keyClicks(dialog.persons, "li, wang")
    shot(dialog, "q_assign")
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    ws = filled.shell.workspace
    qtbot.waitUntil(lambda: review.counts_by_person(ws).get("wang", {}).get("labelled") == 2, timeout=10_000)
