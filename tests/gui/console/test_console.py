"""The console below the pages: opened by keys, answers, completes, is interrupted and restarted; the window goes on."""

from __future__ import annotations

import os
import signal

import psutil
import pytest
from PySide6.QtCore import Qt

from app.gui.shell.registry import PAGES
from tests.gui.conftest import Watchdog

LIMIT_MS = 60_000


def opened(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_QuoteLeft, Qt.KeyboardModifier.ControlModifier)
    console = window.console
    qtbot.waitUntil(lambda: console.state == "idle" and console.view._previous_prompt_obj is not None, timeout=LIMIT_MS)
    return console


def run(qtbot, console, text: str) -> str:
    """Type a line and give what stands below it once the next prompt is there."""
    control, number = console.view._control, console.view._previous_prompt_obj.number
    qtbot.keyClicks(control, text)
    qtbot.keyClick(control, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: console.view._previous_prompt_obj.number > number, timeout=LIMIT_MS)
    return control.toPlainText().rpartition(text)[2]


def test_a_person_types_completes_interrupts_restarts_and_the_window_answers_all_the_while(
    qtbot, window, shell, ui_watchdog: Watchdog
):
    qtbot.waitUntil(lambda: set(window.pages) == set(PAGES), timeout=LIMIT_MS)
    ui_watchdog.reset()  # what the pages take is looked at elsewhere
    console = opened(qtbot, window)
    control = console.view._control
    assert "ws.items()" in control.toPlainText()
    assert "versions 0" in run(qtbot, console, "ws")

    qtbot.keyClicks(control, "ws.evalu")
    qtbot.keyClick(control, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: "evaluations" in console.view.input_buffer, timeout=LIMIT_MS)
    console.view.input_buffer = ""

    run(qtbot, console, "[print(n, 'x' * 60) for n in range(30_000)];")
    qtbot.waitUntil(lambda: "29999 xxx" in control.toPlainText(), timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: control.document().blockCount() < 5000, timeout=LIMIT_MS)

    qtbot.keyClicks(control, "print('begun'); exec('while True: pass')")
    qtbot.keyClick(control, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "\nbegun\n" in control.toPlainText(), timeout=LIMIT_MS)
    assert console.state == "busy"
    qtbot.mouseClick(console.interrupt_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "KeyboardInterrupt" in control.toPlainText(), timeout=LIMIT_MS)

    os.kill(console.kernel.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: console.state == "ended", timeout=LIMIT_MS)
    assert "SIGKILL" in console.note.text()
    assert "the workspace is as it was" in console.note.text()
    qtbot.mouseClick(console.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: console.state == "idle", timeout=LIMIT_MS)
    assert "29999 xxx" in control.toPlainText()


def test_one_that_hangs_is_told_and_goes_on_when_it_can(qtbot, window, shell):
    console = opened(qtbot, window)
    os.kill(console.kernel.pid, signal.SIGSTOP)
    qtbot.waitUntil(lambda: console.state == "silent", timeout=LIMIT_MS)
    assert "does not answer" in console.note.text()
    os.kill(console.kernel.pid, signal.SIGCONT)
    qtbot.waitUntil(lambda: console.state == "idle", timeout=LIMIT_MS)


def test_it_is_closed_and_opened_with_its_names_and_ends_with_the_workspace(qtbot, window, shell):
    console = opened(qtbot, window)
    run(qtbot, console, "kept = 41")
    qtbot.mouseClick(console.close_button, Qt.MouseButton.LeftButton)
    assert not console.isVisible()
    process = psutil.Process(console.kernel.pid)
    opened(qtbot, window)
    assert "42" in run(qtbot, console, "kept + 1")
    folder = console.kernel.folder
    shell.close_workspace()
    process.wait(10)
    assert not process.is_running()
    assert not folder.exists()
    assert console.kernel is None


def test_without_a_workspace_nothing_is_started(qtbot, window):
    window.toggle_console()
    assert window.console is None


def test_colours_follow_the_theme_in_the_text_and_in_plots(qtbot, window, shell):
    console = opened(qtbot, window)
    run(qtbot, console, "import matplotlib; before = matplotlib.rcParams['figure.facecolor']")
    shell.theme.use("dark")
    assert shell.theme.color("panel").name() in console.view.styleSheet()
    shown = run(qtbot, console, "before, matplotlib.rcParams['figure.facecolor']")
    assert shell.theme.color("panel").name() in shown
    shell.theme.use("light")


LOST = {
    "question": lambda message: message["header"]["msg_type"] == "kernel_info_reply",
    "answer": lambda message: message["parent_header"].get("msg_type") == "execute_request",
}


@pytest.mark.parametrize("lost", LOST)
def test_what_is_lost_while_the_process_comes_up_is_asked_for_again(qtbot, window, shell, monkeypatch, lost: str):
    """The sockets connect one after the other: a process that answers before the last of them does is not heard."""
    from app.gui.console.view import ConsoleView

    heard, dropped = ConsoleView._dispatch, []

    def with_loss(view: ConsoleView, message: dict) -> None:
        if LOST[lost](message) and len(dropped) < 2:
            dropped.append(message)
        else:
            heard(view, message)

    monkeypatch.setattr(ConsoleView, "_dispatch", with_loss)
    console = opened(qtbot, window)
    assert len(dropped) == 2
    assert "42" in run(qtbot, console, "6 * 7")
    assert console.view._control.toPlainText().count("In [1]") == 1


def test_one_that_is_restarted_before_its_prompt_comes_shows_one_all_the_same(qtbot, window, shell, monkeypatch):
    from app.gui.console.view import ConsoleView

    replied = ConsoleView._handle_execute_reply
    monkeypatch.setattr(ConsoleView, "_handle_execute_reply", lambda view, message: None)
    qtbot.keyClick(window, Qt.Key.Key_QuoteLeft, Qt.KeyboardModifier.ControlModifier)
    console = window.console
    qtbot.waitUntil(lambda: console.view is not None and console.view._prompt_requested, timeout=LIMIT_MS)
    monkeypatch.setattr(ConsoleView, "_handle_execute_reply", replied)
    qtbot.mouseClick(console.restart_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: console.view._previous_prompt_obj is not None, timeout=LIMIT_MS)
