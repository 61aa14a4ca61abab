"""The frame: navigation, background work, errors, language, theme, palette, opening workspaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from app.gui.shell.frame import STEPS
from app.gui.shell.languages import use_language
from app.gui.shell.registry import PAGES, BrokenPage, Making
from app.gui.shell.shell import Shell
from app.gui.shell.window import MainWindow
from engine.changes import Changes, changed
from engine.errors import BadInput
from engine.workspace import Workspace
from tests.gui.conftest import LIMIT_MS, slowness

HEAVY = (
    "torch",
    "pytorch_lightning",
    "openvino",
    "sklearn",
    "cv2",
    "pyarrow",
    "duckdb",
    "pyqtgraph",
    "pydantic",
    "numpy",
)


def test_the_window_starts_without_heavy_libraries(tmp_path: Path) -> None:
    code = (
        "import sys, json\n"
        "from app.gui.main import make_application, make_window\n"
        "application = make_application()\n"
        "window = make_window()\n"
        "application.processEvents()\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))\n"
        "window.close()\n"
    )
    environment = os.environ | {"LINESIDE_CONFIG": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, cwd=Path.cwd()
    )
    assert json.loads(done.stdout) == []


def test_an_opened_workspace_brings_no_learning_library_into_the_window(tmp_path: Path) -> None:
    code = (
        "import sys, json, time\n"
        "from app.gui.main import make_application, make_window\n"
        "application = make_application()\n"
        "window = make_window()\n"
        f"window.shell.open_workspace({str(tmp_path / 'w')!r}, create=True)\n"
        "def spin(seconds):\n"
        "    end = time.monotonic() + seconds\n"
        "    while time.monotonic() < end: application.processEvents(); time.sleep(0.005)\n"
        "while window.shell.workspace is None: spin(0.02)\n"
        "for page in ('data', 'labeling', 'modeling', 'training', 'evaluation', 'deployment', 'jobs'):\n"
        "    window.show_page(page); spin(0.3)\n"
        "heavy = ('torch', 'pytorch_lightning', 'openvino', 'sklearn', 'onnx', 'cv2')\n"
        "print(json.dumps([name for name in heavy if name in sys.modules]))\n"
        "window.close()\n"
    )
    environment = os.environ | {"LINESIDE_CONFIG": str(tmp_path / "c"), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, cwd=Path.cwd()
    )
    assert json.loads(done.stdout) == []


def test_control_and_a_number_go_through_the_steps(qtbot, window: MainWindow, shell: Shell, ui_watchdog) -> None:
    for turn in range(2):
        for number, page in enumerate(STEPS, 1):
            qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
            qtbot.waitUntil(lambda page=page: window.page_name == page)
            assert window.rail.buttons[page].isChecked()
            qtbot.wait(20)
        qtbot.waitUntil(lambda: not shell.work.busy, timeout=60_000)
        if turn == 0:
            qtbot.waitUntil(lambda: set(window.pages) == set(PAGES), timeout=60_000)
            ui_watchdog.reset()  # by the clock only the second round counts; the first has a test of its own


def _costs_of_pages(qtbot, window: MainWindow, shell: Shell) -> dict[str, float]:
    """Processor time in ms, on a quiet core, of each step in which a window makes its pages ahead and shows them."""
    costs: dict[str, float] = {}

    def timed(what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            begun = time.thread_time()  # the processor's time: a busy machine does not count
            result = call(*arguments)
            name = f"{what} {next((value for value in arguments if isinstance(value, str)), len(window.pages))}"
            costs[name] = max(costs.get(name, 0.0), (time.thread_time() - begun) * 1000 / slowness())
            return result

        return run

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Making, "go_on", timed("a slice of page", Making.go_on))
        monkeypatch.setattr(window, "_adopt", timed("adopting", window._adopt))
        qtbot.waitUntil(lambda: set(window.pages) == set(PAGES), timeout=60_000)
    for name in PAGES:
        begun = time.thread_time()
        window.show_page(name)
        costs[f"showing {name}"] = (time.thread_time() - begun) * 1000 / slowness()
        qtbot.waitUntil(lambda: not shell.work.busy, timeout=60_000)
    return costs


def test_pages_are_made_in_slices_while_nobody_waits_for_them(
    qtbot, window: MainWindow, shell: Shell, tmp_path: Path
) -> None:
    slow = {what: cost for what, cost in _costs_of_pages(qtbot, window, shell).items() if cost > LIMIT_MS}
    for turn in range(2):  # what the host of a virtual machine takes looks like work; what is slow is slow again
        if slow:
            other = MainWindow()
            qtbot.addWidget(other)
            other.show()
            other.shell.use(Workspace.create(tmp_path / f"again-{turn}"))
            again = _costs_of_pages(qtbot, other, other.shell)
            slow = {what: cost for what in slow if (cost := again.get(what, slow[what])) > LIMIT_MS}
            other.close()
    assert slow == {}


def test_pages_that_are_made_ahead_leave_the_focus_where_it_is(qtbot, window: MainWindow, shell: Shell) -> None:
    window.show_page("data")
    button = window.rail.buttons["data"]
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    qtbot.waitUntil(lambda: set(window.pages) == set(PAGES) and not shell.work.busy, timeout=60_000)
    assert QApplication.focusWidget() is button


def test_a_page_that_is_half_made_is_whole_when_it_is_asked_for(window: MainWindow, shell: Shell) -> None:
    making = window._making["labeling"] = Making(shell, "labeling")
    for _ in range(5):
        assert making.go_on(0) is None
    use_language("zh_CN")  # must not disturb what is not there yet
    shell.theme.use("dark")
    window.show_page("labeling")
    page = window.pages["labeling"]
    assert not window._making and page.acts["undo"].text() == "撤销"  # type: ignore[attr-defined]
    assert window.stack.currentWidget() is page and len(page.tool_strip.buttons) > 20  # type: ignore[attr-defined]


def test_the_language_may_change_while_any_page_is_being_made(window: MainWindow, shell: Shell) -> None:
    for name in PAGES:
        making = Making(shell, name)
        making.go_on(0)
        use_language("zh_CN")
        QApplication.processEvents()
        page = making.go_on()
        assert not isinstance(page, BrokenPage)
        page.deleteLater()
        use_language("en")


def test_a_page_that_fails_half_way_says_why(window: MainWindow, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.gui.labeling.page import LabelingPage

    def fails(_page: LabelingPage) -> Iterator[None]:
        yield
        raise OSError("no such thing")

    monkeypatch.setattr(LabelingPage, "make", fails)
    window.show_page("labeling")
    assert isinstance(window.pages["labeling"], BrokenPage)


def test_without_a_workspace_only_start_and_settings_open(window: MainWindow) -> None:
    window.show_page("training")
    assert window.page_name == "start"
    window.show_page("settings")
    assert window.page_name == "settings"


def test_a_page_that_cannot_be_made_says_why_and_the_others_work(window: MainWindow, shell: Shell, monkeypatch) -> None:
    from app.gui.shell import registry

    monkeypatch.setitem(registry.PAGES, "evaluation", "app.gui.nowhere:Page")
    window.pages.pop("evaluation", None)
    window.show_page("evaluation")
    texts = [label.text() for label in window.pages["evaluation"].findChildren(QLabel)]
    assert any("Evaluate" in text for text in texts)
    assert any("nowhere" in text for text in texts)
    window.show_page("data")
    assert window.page_name == "data"


def test_a_change_is_told_once_and_shown_as_saved_after_the_commit(qtbot, window: MainWindow, shell: Shell) -> None:
    told: list[tuple[Changes, object]] = []
    shell.changed.connect(lambda changes, initiator: told.append((changes, initiator)))
    release = threading.Event()

    def operation(_ws: Workspace) -> Changes:
        release.wait(5)
        return changed(items=7)

    done: list[object] = []
    shell.run(operation, "Test", on_done=done.append, initiator="me")
    assert "Saving" in window.status.saved.text()
    release.set()
    qtbot.waitUntil(lambda: bool(done))
    assert told == [(changed(items=7), "me")]
    assert "Saved" in window.status.saved.text()


def test_a_failed_change_is_a_sentence_with_details(qtbot, window: MainWindow, shell: Shell) -> None:
    def operation(_ws: Workspace) -> Changes:
        raise BadInput("The file x.png is empty; leave it out.")

    shell.run(operation, "Add x.png")
    qtbot.waitUntil(lambda: "The file x.png is empty; leave it out." in window.notices.texts())
    assert "Not saved" in window.status.saved.text()


def test_a_newer_question_makes_the_older_one_void(qtbot, shell: Shell) -> None:
    answers: list[int] = []
    release = threading.Event()

    def slow(_ws: Workspace) -> int:
        release.wait(5)
        return 1

    shell.read(slow, answers.append, key="question")
    shell.read(lambda _ws: 2, answers.append, key="question")
    qtbot.waitUntil(lambda: answers == [2])
    release.set()
    qtbot.waitUntil(lambda: not shell.work.busy)
    assert answers == [2]


def test_an_answer_never_reaches_a_deleted_widget(qtbot, shell: Shell) -> None:
    label = QLabel()
    release = threading.Event()
    shell.read(lambda _ws: "late" if release.wait(5) else "", label.setText)
    shell.read(lambda _ws: "late" if release.wait(5) else "", lambda text: label.setText(text))
    shiboken6.delete(label)
    release.set()
    qtbot.waitUntil(lambda: not shell.work.busy)


def test_an_answer_of_a_closed_workspace_is_dropped(qtbot, window: MainWindow, shell: Shell) -> None:
    answers: list[int] = []
    release = threading.Event()
    shell.read(lambda _ws: 1 if release.wait(5) else 0, answers.append)
    shell.close_workspace()
    release.set()
    qtbot.waitUntil(lambda: not shell.work.busy)
    assert answers == []


def test_the_language_changes_at_run_time(qtbot, window: MainWindow, shell: Shell) -> None:
    window.show_page("data")
    use_language("zh_CN")
    qtbot.waitUntil(lambda: window.rail.buttons["data"].text() == "数据")
    assert window.pages["data"].import_button.text() == "导入…"  # type: ignore[attr-defined]
    use_language("en")
    qtbot.waitUntil(lambda: window.pages["data"].import_button.text() == "Import…")  # type: ignore[attr-defined]


def test_the_theme_changes_at_run_time(window: MainWindow, shell: Shell) -> None:
    light = shell.theme.color("ground")
    shell.theme.use("dark")
    assert shell.theme.dark
    assert shell.theme.color("ground") != light
    assert QApplication.palette().window().color() == shell.theme.color("ground")
    shell.theme.use("light")


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_text_has_enough_contrast(window: MainWindow, shell: Shell, choice: str) -> None:
    shell.theme.use(choice)
    pairs = [
        (text, ground)
        for text in ("text", "quiet", "accent", "good", "warning", "bad")
        for ground in ("panel", "ground")
    ]
    pairs += [
        ("accent", "accent_ground"),
        ("on_accent", "accent"),
        ("bad", "bad_ground"),
        ("warning", "warning_ground"),
    ]
    ratios = {pair: contrast(shell.theme.color(pair[0]), shell.theme.color(pair[1])) for pair in pairs}
    shell.theme.use("light")
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


def contrast(one, other) -> float:
    def luminance(color) -> float:
        parts = [
            value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in color.getRgbF()[:3]
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_palette_finds_pages_and_goes_there(qtbot, window: MainWindow, shell: Shell) -> None:
    from app.gui.shell.palette import CommandPalette

    palette = CommandPalette(window)
    palette.open_over()
    qtbot.keyClicks(palette.search, "deplo")
    assert palette.texts()[0] == "Deploy"
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.page_name == "deployment")


def test_a_workspace_that_another_program_owns_is_told_kindly(qtbot, window: MainWindow, tmp_path: Path) -> None:
    code = f"from engine.workspace import Workspace; w = Workspace.create({str(tmp_path / 'w')!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        start = window.pages["start"]
        start.open(str(tmp_path / "w"))  # type: ignore[attr-defined]
        qtbot.waitUntil(lambda: not start.error.isHidden(), timeout=20_000)  # type: ignore[attr-defined]
        assert str(other.pid) in start.error.text.text()  # type: ignore[attr-defined]
        assert "Close the workspace in the other program" in start.error.text.text()  # type: ignore[attr-defined]
        other.communicate("\n")


def test_a_second_wish_to_open_replaces_the_first(qtbot, window: MainWindow, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "w").close()
    window.shell.open_workspace(tmp_path / "w")
    window.shell.open_workspace(tmp_path / "w")
    qtbot.waitUntil(lambda: window.shell.workspace is not None and not window.shell.work.busy, timeout=20_000)
    assert window.notices.texts() == []
    assert window.page_name == "data"


def test_recent_workspaces_and_the_folded_navigation_are_remembered(qtbot, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "w").close()
    window = MainWindow()
    qtbot.addWidget(window)
    window.rail.toggle()
    window.show()
    window.show_page("start")
    window.shell.open_workspace(tmp_path / "w")
    qtbot.waitUntil(lambda: window.shell.workspace is not None, timeout=20_000)
    window.close()
    again = MainWindow()
    qtbot.addWidget(again)
    assert again.shell.settings.recent() == [(str(tmp_path / "w"), "w")]
    assert again.rail.folded
    again.close()


def test_the_watchdog_sees_a_blocked_event_loop(qtbot, window: MainWindow) -> None:
    from tests.gui.conftest import Heart, Watchdog

    found = Watchdog()
    heart = Heart(found)
    heart.start()
    qtbot.wait(50)
    end = time.thread_time() + 0.2  # of processor time: other processes may have the cores meanwhile
    while time.thread_time() < end:
        pass
    qtbot.wait(50)
    heart.stop()
    assert found.worst_ms > 150
