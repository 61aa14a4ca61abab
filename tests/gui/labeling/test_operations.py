"""Editing operations by keys and menu on the real page: what is on the canvas, in the store, and after undo."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.gui.labeling import shortcuts
from engine.labeling import edits, migration, schema

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def two(hand):
    """Two boxes, drawn by hand, both selected."""
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (160, 160))
    hand.drag((300, 100), (360, 160))
    hand.key(Qt.Key.Key_V)
    hand.key(Qt.Key.Key_A, CTRL)
    hand.settled()
    return hand


def kinds(hand) -> list[str]:
    return [shape.kind for shape in hand.shapes()]


def test_shapes_are_united_converted_and_taken_apart_and_each_is_one_undo(two) -> None:
    two.key(Qt.Key.Key_U, CTRL)
    two.settled()
    assert kinds(two) == ["polygon"] and len(two.shapes()[0].points) == 2
    two.key(Qt.Key.Key_5, ALT)
    two.settled()
    assert kinds(two) == ["mask"] and two.stored()[0].rle
    two.key(Qt.Key.Key_U, CTRL | SHIFT)
    two.settled()
    assert kinds(two) == ["mask", "mask"]
    assert len(two.canvas.selection) == 2
    for count in (1, 1, 2):
        two.key(Qt.Key.Key_Z, CTRL)
        two.settled()
        assert len(two.shapes()) == count
    assert kinds(two) == ["box", "box"]


def test_what_cannot_be_combined_is_said(hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (160, 160))
    hand.settled()
    with hand.bot.waitSignal(hand.page.shell.noticed) as told:
        hand.key(Qt.Key.Key_U, CTRL)
    assert "two or more shapes" in told.args[0]


def test_a_line_across_a_shape_cuts_it(two) -> None:
    two.key(Qt.Key.Key_Escape)
    two.key(Qt.Key.Key_K)
    two.drag((130, 80), (130, 180))
    two.settled()
    assert sorted(round(shape.w) for shape in two.shapes()) == [30, 30, 60]
    two.click(290, 130)
    two.click(330, 130)
    two.click(370, 131)
    two.key(Qt.Key.Key_Return)
    two.settled()
    assert len(two.shapes()) == 4
    assert two.canvas.tool.name == "cut_line"


def test_boxes_are_aligned_by_a_chord_of_keys(two) -> None:
    two.key(Qt.Key.Key_A, CTRL | SHIFT)
    two.key(Qt.Key.Key_L)
    two.settled()
    assert {shape.x for shape in two.shapes()} == {100.0}


def test_a_group_is_selected_as_one_until_single_shapes_are_wanted(two) -> None:
    two.key(Qt.Key.Key_G, CTRL)
    two.key(Qt.Key.Key_Escape)
    two.click(130, 130)
    assert len(two.canvas.selection) == 2
    two.key(Qt.Key.Key_G, ALT)
    two.key(Qt.Key.Key_Escape)
    two.click(130, 130)
    assert len(two.canvas.selection) == 1


def test_a_relation_is_drawn_from_one_shape_to_the_other_and_removed_in_the_panel(two) -> None:
    two.key(Qt.Key.Key_Escape)
    two.click(130, 130)
    two.key(Qt.Key.Key_R, CTRL)
    two.click(330, 130)
    two.settled()
    first, second = two.stored()
    assert first.relations == ((second.id, "belongs to"),)
    assert two.canvas.tool.name == "select" and two.canvas.selection == [first.id]
    properties = two.page.findChild(object, "shape_properties")
    remove = next(b for b in properties.findChildren(object) if getattr(b, "toolTip", str)() == "Remove this relation")
    two.bot.mouseClick(remove, Qt.MouseButton.LeftButton)
    two.settled()
    assert two.stored()[0].relations == ()


def test_a_locked_shape_is_neither_moved_nor_deleted(two) -> None:
    two.key(Qt.Key.Key_L, CTRL | SHIFT)
    two.key(Qt.Key.Key_Right, ALT)
    two.key(Qt.Key.Key_Delete)
    two.settled()
    assert [(shape.x, shape.flags) for shape in two.stored()] == [(100.0, ("locked",)), (300.0, ("locked",))]


def test_the_eye_of_the_list_hides_a_shape_and_a_key_shows_all(two) -> None:
    rows = two.page.side.shapes
    rect = rows.visualRect(rows.model().index(0))
    at = QPoint(rect.right() - 14, rect.center().y())
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    two.settled()
    assert two.stored()[0].flags == ("hidden",)
    two.key(Qt.Key.Key_H, CTRL | SHIFT)
    two.settled()
    assert two.stored()[0].flags == ()


def test_shapes_are_copied_to_the_next_image(two) -> None:
    two.key(Qt.Key.Key_Right, CTRL | SHIFT)
    two.bot.waitUntil(lambda: two.page.index == 1)
    two.settled()
    assert [shape.x for shape in two.stored()] == [100.0, 300.0]
    two.bot.waitUntil(lambda: len(two.canvas.selection) == 2)
    two.key(Qt.Key.Key_Z, CTRL)
    two.settled()
    assert two.stored() == []


def test_shapes_are_copied_to_the_most_similar_image(two) -> None:
    first = two.page.item_id
    two.key(Qt.Key.Key_Down, CTRL | SHIFT)
    two.bot.waitUntil(lambda: two.page.item_id != first, timeout=10_000)
    two.settled()
    assert len(two.stored()) == 2


def test_attributes_of_several_shapes_are_set_at_once(two) -> None:
    ws = two.page.shell.workspace
    entries = ({"name": "depth", "type": "choice", "values": ["deep", "flat"]}, {"name": "width", "type": "number", "range": [0, 9]}, {"name": "seen", "type": "flag"})  # fmt: skip
    labels = tuple(replace(one, attributes=entries) for one in schema.labels(ws))
    two.page.shell.run(lambda ws: migration.apply(ws, migration.Draft(labels)), "schema")
    two.bot.waitUntil(lambda: bool(two.page.labels[0].attributes))
    two.settled()
    two.key(Qt.Key.Key_F4)
    depth = two.page.findChild(object, "attribute_depth")
    assert depth.hasFocus()
    QTest.keyClick(depth, Qt.Key.Key_Down)
    two.settled()
    assert [shape.attributes for shape in two.stored()] == [{"depth": "deep"}] * 2
    two.canvas.select([two.shapes()[0].id])
    two.settled()
    width = two.page.findChild(object, "attribute_width")
    width.setFocus()
    QTest.keyClicks(width, "12")
    QTest.keyClick(width, Qt.Key.Key_Return)
    two.settled()
    assert two.stored()[0].attributes == {"depth": "deep", "width": 9}, "the range ends at 9"
    two.canvas.select([shape.id for shape in two.shapes()])
    two.bot.waitUntil(lambda: width.placeholderText() == "several values")


def test_the_menu_has_all_operations_with_their_keys(two) -> None:
    at = two.at(130, 130)
    two.canvas.customContextMenuRequested.emit(at)
    menu = next(menu for menu in two.page.findChildren(QMenu) if menu.isVisible())
    texts = {action.text() for below in [menu, *menu.findChildren(QMenu)] for action in below.actions()}
    for entry in two.page.entries():
        if entry.name in (
            "unite",
            "cut_line",
            "convert_mask",
            "align_left",
            "to_front",
            "relate",
            "flag_locked",
            "copy_next",
        ):
            assert entry.text in texts
    unite = next(
        action
        for below in menu.findChildren(QMenu)
        for action in below.actions()
        if action.text() == "Unite; join lines"
    )
    assert unite.isEnabled() and unite.shortcut().toString() == "Ctrl+U"
    unite.trigger()
    menu.close()
    two.settled()
    assert kinds(two) == ["polygon"]


def test_no_two_actions_have_the_same_key(hand) -> None:
    assert shortcuts.conflicts(hand.page.entries(), hand.page.labels, hand.page._keys) == {}


def test_a_key_is_changed_in_the_dialog_counts_at_once_and_is_remembered(two) -> None:
    from app.gui.labeling.keys_dialog import NAME, KeysDialog

    two.key(Qt.Key.Key_K, CTRL | SHIFT)
    dialog = two.page.findChild(KeysDialog)
    QTest.keyClicks(dialog.search, "unite")
    item = next(i for i in map(dialog.list.topLevelItem, range(dialog.list.topLevelItemCount())) if not i.isHidden())
    assert item.data(0, NAME) == "unite"
    dialog.list.setCurrentItem(item)
    QTest.keyClick(dialog.edit, Qt.Key.Key_D)
    dialog.edit.editingFinished.emit()
    assert "Next image" in dialog.list.currentItem().text(2), "the clash with D is named"
    QTest.keyClick(dialog.edit, Qt.Key.Key_F12, SHIFT)
    dialog.edit.editingFinished.emit()
    assert dialog.list.currentItem().text(2) == ""
    dialog.reject()
    two.key(Qt.Key.Key_F12, SHIFT)
    two.settled()
    assert kinds(two) == ["polygon"]
    assert shortcuts.own_keys(two.page.shell.settings) == {"unite": ("Shift+F12",)}
    assert any("(Shift+F12)" in text for text, _ in two.page.commands()), "the palette shows it"


def test_a_key_of_a_label_that_comes_late_does_not_look_for_its_dialog(hand) -> None:
    from app.gui.labeling.keys_dialog import NAME, KeysDialog

    hand.key(Qt.Key.Key_K, CTRL | SHIFT)
    dialog = hand.page.findChild(KeysDialog)
    rows = map(dialog.list.topLevelItem, range(dialog.list.topLevelItemCount()))
    dialog.list.setCurrentItem(next(item for item in rows if item.data(0, NAME) == "label:2"))
    QTest.keyClick(dialog.edit, Qt.Key.Key_J)
    dialog.edit.editingFinished.emit()
    dialog.reject()
    with hand.bot.waitSignal(dialog.destroyed):
        dialog.deleteLater()
    hand.bot.waitUntil(lambda: hand.page._keys.get(2) == "J")
    hand.settled()


def test_the_list_is_searched_when_it_is_long(hand) -> None:
    from engine.data.records import Annotation

    item = hand.page.item_id
    shapes = [Annotation(0, item, 1 + i % 2, "box", 10.0 * i, 10.0, 8.0, 8.0) for i in range(20)]
    hand.page.shell.run(lambda ws: edits.apply(ws, item, [edits.Add(shape) for shape in shapes]), "many")
    hand.bot.waitUntil(lambda: len(hand.shapes()) == 20)
    hand.key(Qt.Key.Key_F, CTRL)
    rows = hand.page.side.shapes
    assert rows.field.hasFocus()
    QTest.keyClicks(rows.field, "dent")
    assert rows.model().rowCount() == 10
    rows.setCurrentIndex(rows.model().index(1))
    assert hand.canvas.document.get(hand.canvas.selection[0]).label_id == 2
    QTest.keyClick(rows, Qt.Key.Key_Escape)
    assert rows.model().rowCount() == 20


def test_simplify_shows_its_result_before_it_is_made(hand) -> None:
    from app.gui.labeling.parts.simplify_dialog import SimplifyDialog

    hand.key(Qt.Key.Key_P)
    for x, y in ((100, 100), (150, 101), (200, 100), (200, 200), (100, 200)):
        hand.click(x, y)
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    assert len(hand.shapes()[0].points[0]) == 10
    QTest.qWait(1)
    hand.page.acts["simplify"].trigger()
    dialog = hand.page.findChild(SimplifyDialog)
    dialog.number.setValue(3.0)
    (live,) = hand.canvas.live.values()
    assert len(live.points[0]) == 8 and len(hand.shapes()[0].points[0]) == 10
    hand.bot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    hand.settled()
    assert len(hand.stored()[0].points[0]) == 8


def test_all_actions_are_in_the_palette(hand) -> None:
    texts = [text for text, _ in hand.page.commands()]
    assert len(texts) == len(hand.page.entries())
    assert isinstance(hand.page.acts["unite"], QAction) and QApplication.instance() is not None


def test_a_label_may_have_a_letter_and_answers_before_an_action(hand) -> None:
    ws = hand.page.shell.workspace
    hand.page.shell.run(lambda ws: schema.set_shortcut(ws, 2, "B"), "key")
    hand.bot.waitUntil(lambda: hand.page._keys.get(2) == "B")
    assert shortcuts.conflicts(hand.page.entries(), hand.page.labels, hand.page._keys)["box"] == ["label:2"]
    hand.key(Qt.Key.Key_B)
    assert hand.canvas.label_id == 2 and hand.canvas.tool.name == "select"
    hand.page.shell.run(lambda ws: schema.set_shortcut(ws, 2, ""), "key")
    hand.bot.waitUntil(lambda: hand.page._keys.get(2) == "2")
    hand.key(Qt.Key.Key_B)
    assert hand.canvas.tool.name == "box" and ws is hand.page.shell.workspace


def test_keys_of_the_window_are_named_as_taken(hand) -> None:
    shortcuts.keep(hand.page.shell.settings, {"unite": ("Ctrl+K",)})
    assert shortcuts.conflicts(hand.page.entries())["unite"] == [shortcuts.WINDOW]


def test_a_drawn_shape_begins_with_the_defaults_of_its_label(hand) -> None:
    ws = hand.page.shell.workspace
    entries = ({"name": "depth", "type": "choice", "values": ["deep", "flat"], "default": "flat"},)
    labels = tuple(replace(one, attributes=entries, shapes=("box", "polygon")) for one in schema.labels(ws))
    hand.page.shell.run(lambda ws: migration.apply(ws, migration.Draft(labels)), "schema")
    hand.bot.waitUntil(lambda: bool(hand.page.labels[0].attributes))
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (160, 160))
    hand.settled()
    assert hand.stored()[0].attributes == {"depth": "flat"}
    with hand.bot.waitSignal(hand.page.shell.noticed) as told:
        hand.key(Qt.Key.Key_5, ALT)
    assert "may only be: box, polygon" in told.args[0]


def test_many_shapes_are_converted_in_the_background_in_one_step(hand) -> None:
    from engine.data.records import Annotation

    item = hand.page.item_id
    shapes = [Annotation(0, item, 1, "box", 12.0 * (i % 50), 12.0 * (i // 50), 9.0, 9.0) for i in range(300)]
    hand.page.shell.run(lambda ws: edits.apply(ws, item, [edits.Add(shape) for shape in shapes]), "many")
    hand.bot.waitUntil(lambda: len(hand.shapes()) == 300)
    hand.settled()
    hand.key(Qt.Key.Key_A, CTRL)
    hand.key(Qt.Key.Key_5, ALT)
    hand.bot.waitUntil(lambda: set(kinds(hand)) == {"mask"}, timeout=20_000)
    hand.settled()
    assert {shape.kind for shape in hand.stored()} == {"mask"} and len(hand.canvas.selection) == 300
    hand.key(Qt.Key.Key_Z, CTRL)
    hand.settled()
    assert set(kinds(hand)) == {"box"}


def test_the_same_menu_opens_from_the_panel(two) -> None:
    two.bot.mouseClick(two.page.findChild(object, "more_operations"), Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    group = next(action for below in menu.findChildren(QMenu) for action in below.actions() if action.text() == "Group")
    group.trigger()
    menu.close()
    two.settled()
    assert two.stored()[0].group == two.stored()[1].group != 0


def test_a_relation_gets_the_name_that_is_typed(two) -> None:
    two.key(Qt.Key.Key_Escape)
    two.click(130, 130)
    field = two.page.findChild(object, "relation_name").lineEdit()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "caused by")
    two.page.acts["relate"].trigger()
    two.click(330, 130)
    two.settled()
    first, second = two.stored()
    assert first.relations == ((second.id, "caused by"),)
