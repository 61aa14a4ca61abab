"""Review states, assignment, comments, counts and speed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from engine.data.records import Review
from engine.errors import BadInput
from engine.labeling import comments, edits, log, review
from engine.labeling.edits import Add
from engine.labeling.history import item_history
from engine.labeling.review import NotAllowed
from engine.workspace import Workspace
from tests.unit.labeling.quality_data import box, with_items


@pytest.fixture
def ws(workspace: Workspace) -> Workspace:
    with_items(workspace)
    edits.apply(workspace, 1, [Add(box())], "Draw box")
    edits.apply(workspace, 2, [Add(box(origin="model", score=0.5))], "Predict")
    return workspace


def state(ws: Workspace, item: int) -> str:
    return review.reviews(ws, [item])[item].state


def test_an_item_nobody_spoke_of_is_to_label_or_labelled_by_its_annotations(ws):
    assert [state(ws, item) for item in (1, 2, 3)] == ["labelled", "to label", "to label"]
    assert review.counts(ws)["to label"] == 3


def test_states_go_the_allowed_way_and_no_other(ws):
    review.set_state(ws, [1], "in review")
    review.set_state(ws, [1], "accepted")
    with pytest.raises(NotAllowed, match="cannot become “to label” directly"):
        review.set_state(ws, [1], "to label")
    with pytest.raises(NotAllowed, match="Item 3 is “to label”"):
        review.set_state(ws, [3], "accepted")


def test_rejecting_needs_a_reason_that_becomes_a_comment(ws):
    with pytest.raises(NotAllowed, match="Say why"):
        review.set_state(ws, [1], "rejected")
    review.set_state(ws, [1], "rejected", "the box is too wide", x=10.0, y=12.0)
    (thread,) = comments.threads(ws, 1)
    assert (thread.first.text, thread.first.x, thread.open) == ("the box is too wide", 10.0, True)


def test_one_undo_takes_the_state_and_its_comment_back(ws):
    review.set_state(ws, [1], "rejected", "wrong")
    edits.undo(ws)
    assert state(ws, 1) == "labelled" and comments.threads(ws, 1) == []
    edits.redo(ws)
    assert state(ws, 1) == "rejected" and len(comments.threads(ws, 1)) == 1
    assert "Review: rejected" in [entry.action for entry in item_history(ws, 1)]


def test_several_items_change_in_one_step(ws):
    edits.apply(ws, 3, [Add(box(item_id=3))], "Draw box")
    review.set_state(ws, [1, 3], "in review")
    edits.undo(ws)
    assert (state(ws, 1), state(ws, 3)) == ("labelled", "labelled")


def test_own_work_is_accepted_only_by_those_who_may(ws):
    review.set_own_work_rule(ws, "nobody")
    with pytest.raises(NotAllowed, match="nobody accepts own work"):
        review.set_state(ws, [1], "accepted")
    review.set_own_work_rule(ws, "wang, tester")
    review.set_state(ws, [1], "accepted")
    assert state(ws, 1) == "accepted" and not review.may_accept_own(ws, "li")


def test_another_person_may_accept(ws):
    review.set_own_work_rule(ws, "nobody")
    ws.author = "li"
    review.set_state(ws, [1], "accepted")
    assert review.reviews(ws, [1])[1] == Review(1, "accepted", "", "li", review.reviews(ws, [1])[1].created)


def test_items_are_shared_out_in_turn(ws):
    review.assign(ws, [1, 2, 3, 4], ["li", "wang"])
    found = review.reviews(ws, [1, 2, 3, 4])
    assert [found[item].assignee for item in (1, 2, 3, 4)] == ["li", "wang", "li", "wang"]
    assert review.counts_by_person(ws)["li"] == {
        "to label": 1,
        "labelled": 1,
        "in review": 0,
        "accepted": 0,
        "rejected": 0,
    }
    review.assign(ws, [1], "")
    assert review.reviews(ws, [1])[1].assignee == ""


def test_giving_an_item_away_does_not_change_who_set_its_state_and_when(ws):
    review.set_state(ws, [1], "accepted")
    accepted = review.reviews(ws, [1])[1]
    ws.author = "boss"
    review.assign(ws, [1, 1, 3], "li")
    assert review.reviews(ws, [1])[1] == replace(accepted, assignee="li")
    assert review.reviews(ws, [3])[3] == Review(3, "to label", "li")


def test_the_next_item_to_review_is_not_ones_own_and_not_another_persons(ws):
    edits.apply(ws, 3, [Add(box(item_id=3, author="li"))], "Draw box")
    edits.apply(ws, 4, [Add(box(item_id=4, author="li"))], "Draw box")
    assert review.next_item(ws, 0) == 1
    review.set_own_work_rule(ws, "nobody")
    assert review.next_item(ws, 0, person="tester") == 3
    review.assign(ws, [3], "wang")
    assert review.next_item(ws, 0, person="tester") == 4
    assert review.next_item(ws, 4, person="tester") is None
    assert review.next_item(ws, 4) == 1


def test_threads_are_numbered_answered_and_resolved(ws):
    comments.add(ws, 1, "here?", x=5, y=6)
    comments.add(ws, 1, "and this")
    first = comments.threads(ws, 1)[0].first
    comments.add(ws, 1, "yes", answers=first.id)
    assert [(t.number, t.first.text, len(t.answers)) for t in comments.threads(ws, 1)] == [
        (1, "here?", 1),
        (2, "and this", 0),
    ]
    comments.resolve(ws, first.id)
    assert comments.open_counts(ws, [1, 2]) == {1: 1}
    edits.undo(ws)
    assert comments.open_counts(ws, [1]) == {1: 2}
    comments.remove(ws, first.id)
    assert len(comments.threads(ws, 1)) == 1
    edits.undo(ws)
    assert len(comments.threads(ws, 1)[0].answers) == 1


def test_an_empty_comment_is_refused(ws):
    with pytest.raises(BadInput, match="needs some words"):
        comments.add(ws, 1, "  ")


def test_an_answer_whose_question_is_gone_is_still_seen(ws):
    comments.add(ws, 1, "here?")
    (thread,) = comments.threads(ws, 1)
    comments.add(ws, 1, "yes", answers=thread.first.id)
    with ws.transaction("as a merge leaves it: removed there, answered here") as tx:
        tx.execute("DELETE FROM comment WHERE id = ?", [thread.first.id])
    assert [t.first.text for t in comments.threads(ws, 1)] == ["yes"] and comments.open_counts(ws, [1]) == {1: 1}


def test_what_models_and_exchanges_write_is_nobodys_work(ws):
    ws.author = "wang"
    edits.apply(ws, 3, [Add(box(item_id=3))], "Pull from Label Studio")
    with ws.transaction("Predict") as tx:
        tx.author = "pcb v1"
        log.put(ws, tx, [log.Step(None, box(id=77, item_id=4, origin="model", score=0.5))])
    assert [(entry.person, entry.items) for entry in review.work(ws)] == [("tester", 1)]
    assert "pcb v1" not in review.people(ws) and "wang" in review.people(ws)


@pytest.fixture
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_days_are_those_of_the_clock_on_the_wall_as_it_was_then(ws, berlin):
    moments = [
        "2026-01-10 22:30",
        "2026-01-10 23:30",
        "2026-07-10 21:30",
        "2026-07-10 22:30",
    ]  # UTC; +1 h, in summer +2 h
    with ws.transaction("make times") as tx:
        tx.execute("DELETE FROM edit")
        for number, moment in enumerate(moments):
            tx.execute(
                "INSERT INTO tx (id, action, author, created) VALUES (?, 'Draw', 'li', ?)",
                [900 + number, datetime.fromisoformat(moment)],
            )
            tx.execute(
                "INSERT INTO edit (id, tx, item_id, annotation_id, op) VALUES (?, ?, 1, 1, 'add')",
                [number, 900 + number],
            )
    days = [date(2026, 7, 11), date(2026, 7, 10), date(2026, 1, 11), date(2026, 1, 10)]
    assert [entry.day for entry in review.work(ws)] == days
    assert [entry.day for entry in review.work(ws, 1)] == days[:1]


def test_long_pauses_are_not_work(ws):
    with ws.transaction("x") as tx:
        start = tx.at
    at = [0, 10, 40, 4000, 4020]  # s; one long pause
    with ws.transaction("make times") as tx:
        tx.execute("DELETE FROM edit")
        for number, second in enumerate(at):
            tx.execute(
                "INSERT INTO tx (id, action, author, created) VALUES (?, 'Draw', 'li', ?)",
                [900 + number, start + timedelta(seconds=second)],
            )
            tx.execute(
                "INSERT INTO edit (id, tx, item_id, annotation_id, op) VALUES (?, ?, ?, ?, 'add')",
                [number, 900 + number, number // 2, number],
            )
    spent = sum(entry.seconds for entry in review.work(ws))
    assert spent == pytest.approx(15 + 10 + 30 + 15 + 20)
    assert sum(entry.shapes for entry in review.work(ws)) == 5
