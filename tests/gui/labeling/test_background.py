"""Pictures come from threads, whatever befalls a single one."""

from __future__ import annotations

import threading

import pytest
from pytestqt.qtbot import QtBot

from app.gui.labeling.background import Background


@pytest.fixture
def work(qtbot: QtBot):
    made = Background(1)
    yield made
    made.finish()


def test_one_that_fails_is_said_on_the_error_stream_and_the_others_go_on(work, qtbot, capfd) -> None:
    def fail() -> None:
        raise RuntimeError("a damaged picture")

    work.ask("bad", fail)
    with qtbot.waitSignal(work.done) as came:
        work.ask("good", lambda: 1)
    assert came.args == ["good", 1]
    assert "a damaged picture" in capfd.readouterr().err
    with qtbot.waitSignal(work.done) as came:
        work.ask("bad", lambda: 2)  # it may be asked for again
    assert came.args == ["bad", 2]


def test_what_is_urgent_overtakes_and_what_is_not_wanted_any_more_is_left_out(work, qtbot) -> None:
    go, order = threading.Event(), []
    work.done.connect(lambda key, _: order.append(key))
    work.ask("first", go.wait)
    qtbot.waitUntil(lambda: "first" in work._running)
    for key, priority in (("later", 2), ("dropped", 1), ("urgent", 0)):
        work.ask(key, lambda: None, priority)
    work.keep_only(["later", "urgent"])
    go.set()
    qtbot.waitUntil(lambda: len(order) == 3)
    assert order == ["first", "urgent", "later"]


def test_nothing_comes_after_the_end(qtbot) -> None:
    work, came = Background(1), []
    work.done.connect(lambda key, _: came.append(key))
    go = threading.Event()
    work.ask("late", go.wait)
    qtbot.waitUntil(lambda: bool(work._running))
    threading.Timer(0.05, go.set).start()
    work.finish()
    qtbot.wait(20)
    assert came == []
