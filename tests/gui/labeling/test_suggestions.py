"""A model's suggestions and the queue on the labelling page, by mouse and keys."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.changes import changed
from engine.curation import queue
from engine.curation.suggestions import make
from engine.data.records import annotation_table
from engine.labeling import edits
from engine.workspace import Workspace

SCORES = (0.9, 0.6, 0.2)


def suggest(ws: Workspace, item: int) -> None:
    """Three suggestions of “pcb v4” on an item, as a job would bring them in."""
    label = ws.query("SELECT id, name FROM label ORDER BY position")[0]
    found = [(label[1], score, [20 + 100 * place, 20, 80 + 100 * place, 90], {}) for place, score in enumerate(SCORES)]
    with ws.transaction("Predict") as tx:
        made = make(ws, tx, {item: found}, {"author": "pcb v4", "labels": {label[1]: label[0]}})
        tx.insert("annotation", annotation_table(made, tx.id))


@pytest.fixture
def page(hand, workspace, qtbot):
    suggest(workspace, hand.page.item_id)
    hand.page.shell.changed.emit(changed(items=hand.page.item_id, annotations=1), None)
    qtbot.waitUntil(lambda: len(hand.shapes()) == 3, timeout=8000)
    hand.settled()
    return hand.page


def part(page, name: str):
    return next(one for one in page.parts if type(one).__name__ == name)


def test_the_slider_hides_suggestions_below_it_and_the_next_start_remembers(page, hand, make_page, qtbot):
    panel = part(page, "Suggestions").panel
    page.side.show_tab("assist")
    panel.slider.setFocus()
    for _ in range(10):
        QTest.keyClick(panel.slider, Qt.Key.Key_Right)
    hand.settled()
    assert part(page, "Suggestions").least == pytest.approx(0.5)
    assert [shape.score for shape in hand.shapes()] == [0.9, 0.6]
    assert (panel.take.text(), panel.drop.text()) == ("Accept 2", "Refuse 1 hidden")
    assert len(hand.stored()) == 3, "hidden is not gone"
    assert part(make_page(), "Suggestions").least == pytest.approx(0.5)


def test_accepting_all_takes_over_what_is_shown_and_refusing_takes_the_rest_off(page, hand):
    part(page, "Suggestions").panel.slider.setValue(50)
    hand.settled()
    hand.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    hand.settled()
    assert [(shape.score, shape.origin) for shape in hand.stored()] == [
        (0.9, "person"),
        (0.6, "person"),
        (0.2, "model"),
    ]
    hand.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    hand.settled()
    assert len(hand.stored()) == 2
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hand.settled()
    assert len(hand.stored()) == 3


def test_j_goes_from_suggestion_to_suggestion_enter_accepts_and_del_refuses(page, hand):
    hand.key(Qt.Key.Key_J)
    first = page.canvas.selection[0]
    hand.key(Qt.Key.Key_J)
    second = page.canvas.selection[0]
    assert first != second
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    hand.key(Qt.Key.Key_Delete)
    hand.settled()
    assert sorted(shape.origin for shape in hand.stored()) == ["model", "person"]
    assert next(shape for shape in hand.stored() if shape.origin == "person").id == second


def test_a_corrected_suggestion_is_the_persons_own(page, hand, workspace):
    from engine.curation.suggestions import predicted_as

    hand.click(30, 30)
    hand.drag((30, 30), (60, 50))
    hand.settled()
    moved = next(shape for shape in hand.stored() if shape.origin == "person")
    assert moved.x != 20
    assert (predicted_as(workspace, moved.id).x, predicted_as(workspace, moved.id).author) == (20, "pcb v4")


def test_without_a_model_the_panel_says_how_to_get_one(hand, qtbot):
    panel = part(hand.page, "Suggestions").panel
    assert "no trained model yet" in panel.none.text()
    assert panel.here.isHidden()
    hand.key(Qt.Key.Key_I)
    assert not hand.stored()


@pytest.fixture
def queued(hand, workspace, qtbot):
    """Images 4, 2 and 5 are queued."""
    ids = [row[0] for row in workspace.query("SELECT id FROM item ORDER BY id")]
    why = {"kind": "disagree", "what": "seen by one", "label": "scratch", "score": 0.91, "where": "upper right", "by": 1,
           "box": [400, 20, 500, 90], "model": "pcb v4", "second": "pcb v3"}  # fmt: skip
    with workspace.transaction("Test") as tx:
        for place, item in enumerate((ids[3], ids[1], ids[4])):
            tx.execute(
                "INSERT INTO queue VALUES (?, ?, 1.0, 'mix', ?, ?, 'waiting')", [item, place, json.dumps(why), tx.at]
            )
    hand.page.refresh(changed(queue=ids[3]))
    queue_part = part(hand.page, "QueuePart")
    qtbot.waitUntil(lambda: len(queue_part.known.entries) == 3, timeout=8000)
    return queue_part


def test_the_queue_is_gone_through_in_its_order_and_says_why(queued, hand, workspace, qtbot):
    page = hand.page
    assert queued.card.isHidden()
    page.side.show_tab("assist")
    QTest.mouseClick(queued.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: queued.card.isVisible() and page.canvas.document.item_id == page.item_id, timeout=8000)
    hand.settled()
    assert page.ids == list(queued.known.entries)
    assert (
        queued.reason.text()
        == "Models pcb v4 and pcb v3 disagree: only pcb v3 sees scratch in the upper right corner (0.91)."
    )
    assert queued.progress_text.text() == "1 of 3"
    hand.key(Qt.Key.Key_D)
    hand.settled()
    hand.key(Qt.Key.Key_X, Qt.KeyboardModifier.ShiftModifier)
    hand.settled()
    qtbot.waitUntil(lambda: queue.progress(workspace).counts == {"done": 1, "skipped": 1, "waiting": 1}, timeout=8000)
    assert page.index == 2
    QTest.mouseClick(queued.leave, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.ids) == 5, timeout=8000)
    assert queued.card.isHidden()
    assert queue.progress(workspace).waiting == 1


def test_an_emptied_queue_gives_all_images_back(queued, hand, workspace, qtbot):
    queued.go()
    qtbot.waitUntil(lambda: len(hand.page.ids) == 3, timeout=8000)
    queued._clear()
    qtbot.waitUntil(lambda: len(hand.page.ids) == 5 and not queued.known.entries, timeout=8000)
    assert edits.undo_depth(workspace) is not None
    assert not queue.entries(workspace)


def test_the_dialog_offers_only_what_the_models_allow(hand, qtbot):
    from app.gui.labeling.parts.queue_dialog import QueueDialog

    chosen = []
    without = QueueDialog(hand.page, [], 20, chosen.append)
    assert [without.strategy.itemData(row) for row in range(without.strategy.count())] == ["diversity", "random"]
    QTest.mouseClick(without.accept_button, Qt.MouseButton.LeftButton)
    assert (chosen[0].strategy, chosen[0].model, chosen[0].count) == ("diversity", None, 20)
    two = QueueDialog(hand.page, ["pcb:4", "pcb:3"], 20, chosen.append)
    two.strategy.setCurrentIndex(two.strategy.findData("disagreement"))
    two.other.setCurrentText("pcb:4")
    QTest.mouseClick(two.accept_button, Qt.MouseButton.LeftButton)
    assert two.other_row.problem.text()
    two.other.setCurrentText("pcb:3")
    QTest.mouseClick(two.accept_button, Qt.MouseButton.LeftButton)
    assert (chosen[1].model, chosen[1].other) == ("pcb:4", "pcb:3")


def test_in_a_blind_round_no_model_says_anything_and_the_queue_stays_as_it_is(
    queued, page, hand, workspace, qtbot, monkeypatch
):
    from app.gui.labeling.parts import suggestions as module
    from app.gui.labeling.parts.blind import read_sheet
    from engine.labeling import rounds

    helper, ids = part(page, "Suggestions"), list(queued.known.entries)
    made = rounds.create_round(workspace, "first", [page.item_id, *ids], ["li", "wang"])
    suggested, first = len(hand.stored()), page.item_id
    model = type("Model", (), {"title": "pcb:4", "name": "pcb", "number": 4, "id": 1})
    helper._take(module.Known((model,), {}))
    helper.set_least(0.95)
    page.shown(item=ids[0], items=ids, blind=read_sheet(workspace, made.id, "li"))
    qtbot.waitUntil(lambda: page.item_id == ids[0] and page.canvas.document.item_id == ids[0], timeout=8000)
    hand.settled()
    assert page.blind
    assert queued.card.isHidden()
    assert helper.panel.isHidden()
    asked = []
    monkeypatch.setattr(page.shell, "read", lambda *a, **k: asked.append(a))
    helper.panel.live.setChecked(True)
    hand.key(Qt.Key.Key_I)
    helper.item_shown(page._open)
    assert not asked
    monkeypatch.undo()
    queued.go()
    hand.key(Qt.Key.Key_D)
    hand.settled()
    assert queue.progress(workspace).counts == {"waiting": 3}
    page.go_to_item(first)
    hand.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    hand.settled()
    assert len(edits.annotations_of(workspace, first)) == suggested
