"""Comments and groups on the canvas, by mouse and keys in the real editor."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.library import graph_of
from app.gui.modeling.views import EdgeView
from engine.modeling.compile import compile_graph
from tests.gui.modeling.canvas_parts import CTRL, KEY, NONE, free_place
from tests.gui.modeling.test_canvas import drag

SHIFT = Qt.KeyboardModifier.ShiftModifier


def comment(editor: GraphEditor, text: str = "check the light") -> str:
    """A comment written by hand on free ground."""
    place = editor.canvas.mapToScene(free_place(editor))
    editor.marking.add_comment(place)
    QTest.keyClicks(editor.canvas, text)
    QTest.keyClick(editor.canvas, KEY.Key_Return, CTRL)
    return list(editor.document.comments)[-1]


def choose(editor: GraphEditor, *nodes: str) -> None:
    editor.scene.clearSelection()
    for name in nodes:
        editor.scene.node_item(name).setSelected(True)


def grouped(editor: GraphEditor, *nodes: str, title: str = "Network") -> str:
    """A group made by keys, and named."""
    choose(editor, *nodes)
    QTest.keyClick(editor.canvas, KEY.Key_G, CTRL)
    QTest.keyClicks(editor.canvas, title)
    QTest.keyClick(editor.canvas, KEY.Key_Return)
    return list(editor.document.groups)[-1]


def test_a_comment_is_written_in_place_and_letters_are_text_meanwhile(editor) -> None:
    QTest.keyClick(editor.canvas, KEY.Key_M, CTRL)
    QTest.keyClicks(editor.canvas, "resnet?")
    assert not editor.adding.popup.isVisible()
    QTest.keyClick(editor.canvas, KEY.Key_Return, CTRL)
    assert [one.text for one in editor.document.comments.values()] == ["resnet?"]
    editor.stack.undo()
    editor.stack.undo()
    assert not editor.document.comments
    editor.stack.redo()
    editor.stack.redo()
    assert editor.document.comments["note_1"].text == "resnet?"


def test_escape_leaves_the_text_as_it_was_and_a_double_click_writes_on(editor) -> None:
    name = comment(editor)
    item = editor.scene.marks.comments[name]
    QTest.mouseDClick(
        editor.canvas.viewport(),
        Qt.MouseButton.LeftButton,
        NONE,
        editor.canvas.mapFromScene(item.sceneBoundingRect().center()),
    )
    QTest.keyClicks(editor.canvas, "something else")
    QTest.keyClick(editor.canvas, KEY.Key_Escape)
    assert editor.document.comments[name].text == "check the light"
    QTest.keyClick(editor.canvas, KEY.Key_F2)
    QTest.keyClicks(editor.canvas, "anew")
    QTest.mouseClick(editor.canvas.viewport(), Qt.MouseButton.LeftButton, NONE, free_place(editor))
    assert editor.document.comments[name].text == "anew"


def test_a_comment_is_dragged_resized_coloured_and_removed_each_in_one_step(editor) -> None:
    name = comment(editor)
    item = editor.scene.marks.comments[name]
    before, steps = editor.document.comments[name], editor.stack.count()
    at = editor.canvas.mapFromScene(item.mapToScene(QPointF(60, 30)))
    drag(editor.canvas, at, at + QPoint(-40, -64))
    assert (editor.document.comments[name].x, editor.document.comments[name].y) != (before.x, before.y)
    corner = editor.canvas.mapFromScene(item.mapToScene(QPointF(before.width - 5, before.height - 5)))
    drag(editor.canvas, corner, corner + QPoint(48, 24))
    wide = editor.document.comments[name]
    assert (wide.width, wide.height) > (before.width, before.height)
    QTest.keyClick(editor.canvas, KEY.Key_Right, SHIFT)
    assert editor.document.comments[name].width == wide.width + 8
    menu = editor.menu_at(editor.canvas.viewport().mapToGlobal(QPoint(5, 5)))
    colors = next(a.menu() for a in menu.actions() if a.menu() is not None and a.text() == "Colour")
    next(action for action in colors.actions() if action.text() == "Blue").trigger()
    assert editor.document.comments[name].color == "blue"
    QTest.keyClick(editor.canvas, KEY.Key_Delete)
    assert not editor.document.comments
    assert editor.stack.count() == steps + 5
    for _ in range(5):
        editor.stack.undo()
    assert editor.document.comments[name] == before


def test_arrow_keys_move_a_comment_and_tab_reaches_it(editor) -> None:
    name = comment(editor)
    editor.scene.clearSelection()
    seen = set()
    for _ in range(10):
        QTest.keyClick(editor.canvas, KEY.Key_Tab)
        seen |= set(editor.scene.marks.selected_comments())
    assert seen == {name}
    editor.scene.clearSelection()
    editor.scene.marks.comments[name].setSelected(True)
    x = editor.document.comments[name].x
    for _ in range(3):
        QTest.keyClick(editor.canvas, KEY.Key_Left)
    assert editor.document.comments[name].x == x - 24
    editor.stack.undo()
    assert editor.document.comments[name].x == x


def test_a_comment_is_copied_with_what_is_chosen_and_saved_in_the_picture(editor, tmp_path: Path) -> None:
    name = comment(editor)
    choose(editor, "neck")
    editor.scene.marks.comments[name].setSelected(True)
    QTest.keyClick(editor.canvas, KEY.Key_C, CTRL)
    QTest.keyClick(editor.canvas, KEY.Key_V, CTRL)
    assert {one.text for one in editor.document.comments.values()} == {"check the light"}
    assert len(editor.document.comments) == 2
    assert "neck_2" in editor.document.nodes
    editor.save_picture(tmp_path / "a.svg")
    texts = [part.text for part in ElementTree.parse(tmp_path / "a.svg").iter() if part.text and part.text.strip()]
    assert texts.count("check the light") == 2


def test_components_are_grouped_named_and_ungrouped_by_keys(editor) -> None:
    name = grouped(editor, "backbone", "neck", "head")
    assert editor.document.groups[name].title == "Network"
    frame = editor.scene.marks.frames[name]
    for node in ("backbone", "neck", "head"):
        assert frame.sceneBoundingRect().contains(editor.scene.node_item(node).sceneBoundingRect())
    choose(editor, "neck")
    QTest.keyClick(editor.canvas, KEY.Key_G, CTRL | SHIFT)
    assert not editor.document.groups
    assert set(editor.scene.selected_nodes()) == {"backbone", "neck", "head"}
    for _ in range(3):
        editor.stack.undo()
    assert not editor.document.groups
    assert editor.stack.index() == 0


def test_dragging_the_title_of_a_frame_moves_all_that_is_in_it_in_one_step(editor) -> None:
    name = grouped(editor, "backbone", "neck")
    steps, nodes = editor.stack.count(), dict(editor.document.nodes)
    frame = editor.scene.marks.frames[name]
    at = editor.canvas.mapFromScene(frame.mapToScene(QPointF(60, 16)))
    drag(editor.canvas, at, at + QPoint(40, -48))
    moved = {
        one: (editor.document.nodes[one].x - nodes[one].x, editor.document.nodes[one].y - nodes[one].y) for one in nodes
    }
    assert moved["backbone"] == moved["neck"] != (0, 0)
    assert moved["head"] == (0, 0)
    assert editor.stack.count() == steps + 1
    assert frame.sceneBoundingRect().contains(editor.scene.node_item("neck").sceneBoundingRect())
    editor.stack.undo()
    assert dict(editor.document.nodes) == nodes


def test_a_folded_group_is_one_box_with_the_ports_that_cross_its_border(editor) -> None:
    name = grouped(editor, "backbone", "neck", "head")
    QTest.keyClick(editor.canvas, KEY.Key_E, CTRL)
    box = editor.scene.marks.folded[name]
    assert [port.name for port in box.view.inputs] == ["backbone.images"]
    assert [port.name for port in box.view.outputs] == ["head.positions"]
    assert not editor.scene.node_item("neck").isVisible()
    inner, crossing = (
        EdgeView("backbone", "features", "neck", "features"),
        EdgeView("head", "positions", "loss", "positions"),
    )
    assert not editor.scene.edge_item(inner).isVisible()
    start = editor.scene.edge_item(crossing).path().pointAtPercent(0)
    assert start == box.port_point("out", "head.positions")
    assert editor.scene.selected_nodes() == ["backbone", "neck", "head"]
    QTest.keyClick(editor.canvas, KEY.Key_E, CTRL)
    assert editor.scene.node_item("neck").isVisible()
    assert editor.scene.edge_item(inner).isVisible()
    editor.stack.undo()
    assert name in editor.scene.marks.folded


def test_a_folded_box_is_dragged_connected_and_removed_as_what_is_in_it(editor) -> None:
    name = grouped(editor, "backbone", "neck", "head")
    editor.marking.fold()
    box = editor.scene.marks.folded[name]
    before = editor.document.nodes["neck"]
    at = editor.canvas.mapFromScene(box.mapToScene(QPointF(60, 18)))
    drag(editor.canvas, at, at + QPoint(24, 40))
    assert editor.document.nodes["neck"].y > before.y
    assert editor.document.nodes["neck"].x % 8 == 0
    crossing = EdgeView("head", "positions", "loss", "positions")
    editor.scene.clearSelection()
    editor.scene.edge_item(crossing).setSelected(True)
    QTest.keyClick(editor.canvas, KEY.Key_Delete)
    assert not box.view.outputs
    editor.stack.undo()
    assert [port.name for port in box.view.outputs] == ["head.positions"]
    start = editor.canvas.mapFromScene(box.port_point("in", "backbone.images"))
    drag(editor.canvas, start, free_place(editor))
    assert editor.adding.popup.isVisible()
    editor.adding.popup.hide()
    box.setSelected(True)
    QTest.keyClick(editor.canvas, KEY.Key_Delete)
    assert not {"backbone", "neck", "head"} & editor.document.nodes.keys()
    assert not editor.document.groups
    editor.stack.undo()
    assert editor.document.groups[name].folded


def test_an_error_that_is_hidden_is_counted_at_the_box_and_going_to_it_unfolds(editor) -> None:
    from app.gui.modeling.analysis import analyse

    name = grouped(editor, "backbone", "neck", "head")
    editor.marking.fold()
    editor._set_parameters("neck", {"width": 13})
    editor.show_analysis(analyse(graph_of(editor.document), "en"))
    assert editor.scene.marks.folded[name].errors == 1
    assert "neck" in editor.scene.marks.folded[name].toolTip()
    editor.go_to("neck")
    assert editor.scene.selected_nodes() == ["neck"]
    assert editor.scene.node_item("neck").isVisible()


def test_a_group_is_copied_whole_and_a_rename_by_double_click_can_be_undone(editor) -> None:
    name = grouped(editor, "backbone", "neck")
    choose(editor, "backbone", "neck")
    QTest.keyClick(editor.canvas, KEY.Key_C, CTRL)
    assert '"groups"' in QGuiApplication.clipboard().text()
    QTest.keyClick(editor.canvas, KEY.Key_V, CTRL)
    assert editor.document.groups["group_2"].nodes == ("backbone_2", "neck_2")
    frame = editor.scene.marks.frames[name]
    place = editor.canvas.mapFromScene(frame.mapToScene(QPointF(50, 16)))
    QTest.mouseDClick(editor.canvas.viewport(), Qt.MouseButton.LeftButton, NONE, place)
    QTest.keyClicks(editor.canvas, "Eyes")
    QTest.keyClick(editor.canvas, KEY.Key_Return)
    assert editor.document.groups[name].title == "Eyes"
    editor.stack.undo()
    assert editor.document.groups[name].title == "Network"


def test_a_component_that_is_grouped_anew_or_taken_out_leaves_its_group(editor) -> None:
    first = grouped(editor, "backbone", "neck", "head")
    second = grouped(editor, "head", "loss", title="End")
    assert editor.document.groups[first].nodes == ("backbone", "neck")
    assert editor.document.groups[second].nodes == ("head", "loss")
    choose(editor, "backbone", "neck")
    editor.marking.take_out()
    assert first not in editor.document.groups
    assert first not in editor.scene.marks.frames


@pytest.mark.parametrize("folded", [False, True])
def test_layout_keeps_groups_together_and_the_code_is_the_same(editor, folded: bool) -> None:
    code = compile_graph(graph_of(editor.document))
    name = grouped(editor, "augment", "loss")
    if folded:
        editor.marking.fold()
    editor.arrange_action.trigger()
    marks = editor.scene.marks
    shown = [marks.folded[name] if folded else marks.frames[name]]
    shown += [item for node, item in editor.scene.cards.items() if node not in ("augment", "loss")]
    boxes = [item.mapRectToScene(item.rect) for item in shown]
    assert not any(one.intersects(other) for at, one in enumerate(boxes) for other in boxes[at + 1 :])
    assert compile_graph(graph_of(editor.document)) == code
