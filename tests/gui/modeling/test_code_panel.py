"""Code is edited beside the drawing, and the drawing follows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from app.gui.modeling.editor import GraphEditor

LEFT, KEY, CTRL = Qt.MouseButton.LeftButton, Qt.Key, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def editor(graph) -> GraphEditor:
    QTest.mouseClick(graph.editor.code.edit, LEFT)
    return graph.editor


def put_at(editor: GraphEditor, text: str, behind: int = 0) -> None:
    """The cursor stands behind the first place that has `text`, less some characters."""
    cursor = editor.code.view.textCursor()
    cursor.setPosition(editor.code.text.index(text) + len(text) - behind)
    editor.code.view.setTextCursor(cursor)


def underlined(editor: GraphEditor) -> list[int]:
    return [mark.cursor.blockNumber() + 1 for mark in editor.code.view.extraSelections()]


def test_a_number_typed_in_the_code_comes_into_the_drawing_and_undo_takes_it_back(editor, qtbot) -> None:
    editor.go_to("neck")
    put_at(editor, "width=64")
    for _ in range(2):
        QTest.keyClick(editor.code.view, KEY.Key_Backspace)
    QTest.keyClicks(editor.code.view, "96")
    qtbot.waitUntil(lambda: "all of it can be drawn" in editor.code.note.text())
    QTest.keyClick(editor.code.view, KEY.Key_Return, CTRL)
    qtbot.waitUntil(lambda: editor.document.nodes["neck"].parameters["width"] == 96)
    assert not editor.code.editing
    assert editor.code.view.isReadOnly()
    assert editor.inspector.form is None  # else it would show the values of before
    qtbot.waitUntil(lambda: "width=96" in editor.code.text)
    editor.undo_action.trigger()
    assert editor.document.nodes["neck"].parameters["width"] == 64
    qtbot.waitUntil(lambda: "width=64" in editor.code.text)


def test_a_line_that_is_no_python_is_underlined_and_cannot_be_taken_over(editor, qtbot) -> None:
    put_at(editor, "class Network(nn.Module")
    QTest.keyClick(editor.code.view, KEY.Key_ParenLeft)
    qtbot.waitUntil(lambda: "is not Python" in editor.code.note.text())
    assert not editor.code.take.isEnabled()
    (line,) = underlined(editor)
    assert editor.code.text.splitlines()[line - 1].startswith("class Network")
    QTest.mouseClick(editor.code.discard, LEFT)
    assert "nn.Module(" not in editor.code.text
    assert underlined(editor) == []


def test_what_the_drawing_cannot_say_is_underlined_and_told(editor, qtbot) -> None:
    put_at(editor, "        return positions", behind=len("return positions"))
    QTest.keyClicks(editor.code.view, "print(1)")
    QTest.keyClick(editor.code.view, KEY.Key_Return)
    QTest.keyClicks(editor.code.view, "        ")
    qtbot.waitUntil(lambda: "cannot say line" in editor.code.note.text())
    assert "print(1)" in editor.code.note.text()
    (line,) = underlined(editor)
    assert "print(1)" in editor.code.text.splitlines()[line - 1]
    widths = editor.split.sizes()
    editor.code._say("long " * 200, "warning")
    qtbot.wait(50)
    assert editor.split.sizes() == widths
    assert editor.code.take.isEnabled()


def test_a_drawing_that_is_changed_meanwhile_leaves_the_text_and_is_told(editor, qtbot) -> None:
    before = editor.code.text
    editor._set_parameters("train", {"steps": 77})
    qtbot.waitUntil(lambda: "changed meanwhile" in editor.code.note.text(), timeout=5000)
    assert editor.code.text == before
    QTest.mouseClick(editor.code.discard, LEFT)
    assert "steps=77" in editor.code.text


def test_code_that_is_read_cannot_be_typed_into(graph) -> None:
    panel = graph.editor.code
    before = panel.text
    panel.view.moveCursor(QTextCursor.MoveOperation.Start)
    QTest.keyClicks(panel.view, "x")
    assert panel.text == before
    assert not panel.take.isVisible()
    QTest.mouseClick(panel.fold, LEFT)
    assert not panel.view.isVisible()
    assert not panel.edit.isVisible()


def offered(editor: GraphEditor) -> list[str]:
    found = editor.code.completer.list
    return [found.completionModel().index(row, 0).data() for row in range(found.completionCount())]


def test_names_that_fit_come_up_behind_a_dot_are_narrowed_by_typing_and_taken_by_enter(editor, qtbot) -> None:
    put_at(editor, "        return positions", behind=len("return positions"))
    QTest.keyClicks(editor.code.view, "x = nn.")
    qtbot.waitUntil(lambda: editor.code.completer.list.popup().isVisible(), timeout=30_000)
    assert "Conv2d" in offered(editor)
    popup = editor.code.completer.list.popup()  # has the keyboard while it is up
    QTest.keyClicks(popup, "conv2")
    qtbot.waitUntil(lambda: offered(editor)[:1] == ["Conv2d"])
    QTest.keyClick(popup, KEY.Key_Return)
    assert [line for line in editor.code.text.splitlines() if "x = nn" in line] == [
        "        x = nn.Conv2dreturn positions"
    ]
    assert not editor.code.completer.list.popup().isVisible()


def test_a_call_shows_what_it_takes(editor, qtbot) -> None:
    from PySide6.QtWidgets import QToolTip

    put_at(editor, "        return positions", behind=len("return positions"))
    QTest.keyClicks(editor.code.view, "x = FPN(")
    qtbot.waitUntil(lambda: "width" in QToolTip.text(), timeout=30_000)
    assert QToolTip.text().startswith("FPN(")


def test_nothing_comes_up_while_the_code_is_only_read(graph, qtbot) -> None:
    asked = []
    graph.editor.code.completer.wanted.connect(lambda *place: asked.append(place))
    QTest.keyClicks(graph.editor.code.view, "self.")
    qtbot.wait(200)
    assert asked == []
