"""Finding in the drawing, the minimap and the zoom, by mouse and keys in the real editor."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.page import ModelingPage
from tests.gui.modeling.canvas_parts import CTRL, KEY, NONE
from tests.gui.modeling.test_canvas import drag

SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_what_is_typed_is_found_ringed_and_walked_through_by_keys(editor: GraphEditor) -> None:
    QTest.keyClick(editor.canvas, KEY.Key_F, CTRL)
    bar = editor.find_bar
    assert bar.isVisible()
    QTest.keyClicks(bar.text, "width")
    seen = [hit.id for hit in bar.hits]
    assert len(seen) >= 2
    assert bar.count.text() == f"1 of {len(seen)}"
    assert len(bar._halos) == len(seen)
    assert editor.scene.selected_nodes() == [seen[0]]
    QTest.keyClick(bar.text, KEY.Key_Return)
    assert editor.scene.selected_nodes() == [seen[1]]
    QTest.keyClick(bar.text, KEY.Key_Return, SHIFT)
    QTest.keyClick(editor.canvas, KEY.Key_F3)
    assert editor.scene.selected_nodes() == [seen[1]]
    QTest.keyClick(bar.text, KEY.Key_Escape)
    assert not bar.isVisible()
    assert not bar._halos
    assert editor.canvas.hasFocus()
    assert editor.stack.count() == 0


def test_what_is_in_a_folded_group_is_found_at_its_box_and_nothing_is_said_to_be_nothing(editor: GraphEditor) -> None:
    for name in ("backbone", "neck"):
        editor.scene.node_item(name).setSelected(True)
    editor.marking.group()
    QTest.keyClick(editor.canvas, KEY.Key_Return)
    editor.marking.fold()
    editor.find_bar.open_bar()
    QTest.keyClicks(editor.find_bar.text, "pyramid")
    box = editor.scene.marks.folded["group_1"]
    assert box.isSelected()
    editor.find_bar.text.setText("no such thing")
    assert editor.find_bar.count.text() == "nothing"
    assert not editor.find_bar._halos


def test_a_change_of_the_drawing_is_looked_through_again(editor: GraphEditor, qtbot) -> None:
    editor.find_bar.open_bar()
    QTest.keyClicks(editor.find_bar.text, "width=96")
    assert not editor.find_bar.hits
    editor._set_parameters("neck", {"width": 96})
    qtbot.waitUntil(lambda: [hit.id for hit in editor.find_bar.hits] == ["neck"])
    editor.scene.clearSelection()
    editor.scene.node_item("neck").setSelected(True)
    editor.scene.remove_selected()
    qtbot.waitUntil(lambda: not editor.find_bar.hits)


def test_the_minimap_is_there_while_part_of_the_drawing_is_out_of_sight_and_moves_the_view(editor: GraphEditor) -> None:
    assert not editor.minimap.isVisible()
    for _ in range(6):
        QTest.keyClick(editor.canvas, KEY.Key_Plus)
    assert editor.minimap.isVisible()
    editor.minimap.grab()
    target = editor.scene.node_item("data").sceneBoundingRect().center()
    place = editor.minimap.place_of(target).toPoint()
    QTest.mouseClick(editor.minimap, Qt.MouseButton.LeftButton, NONE, place)
    assert editor.canvas.seen().contains(target)
    other = editor.scene.node_item("evaluate").sceneBoundingRect().center()
    assert not editor.canvas.seen().contains(other)
    QTest.mousePress(editor.minimap, Qt.MouseButton.LeftButton, NONE, place)
    QTest.mouseMove(editor.minimap, editor.minimap.place_of(other).toPoint())
    QTest.mouseRelease(editor.minimap, Qt.MouseButton.LeftButton, NONE, editor.minimap.place_of(other).toPoint())
    assert editor.canvas.seen().contains(other)
    editor.minimap_action.trigger()
    assert not editor.minimap.isVisible()


def test_whether_the_minimap_is_wanted_is_remembered(page: ModelingPage, shell) -> None:
    assert page.editor.minimap_action.isChecked()
    page.editor.minimap_action.trigger()
    assert int(shell.settings.value("modeling.minimap", 1)) == 0
    again = ModelingPage(shell)
    for _ in again.make():
        pass
    assert not again.editor.minimap_action.isChecked()


def test_keys_show_what_is_chosen_and_life_size(editor: GraphEditor) -> None:
    drag(editor.canvas, QPoint(2, 2), QPoint(3, 3))
    QTest.keyClick(editor.canvas, KEY.Key_1)
    assert editor.canvas.scale_factor == 1
    for name in ("optimiser", "train"):
        editor.scene.node_item(name).setSelected(True)
    for _ in range(8):
        QTest.keyClick(editor.canvas, KEY.Key_Minus)
    QTest.keyClick(editor.canvas, KEY.Key_2)
    seen = editor.canvas.seen()
    assert all(seen.contains(editor.scene.node_item(name).sceneBoundingRect()) for name in ("optimiser", "train"))
    assert not seen.contains(editor.scene.content_rect())
    QTest.keyClick(editor.canvas, KEY.Key_Home)
    assert editor.canvas.seen().contains(editor.scene.content_rect())
