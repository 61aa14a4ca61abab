"""What is wrong is mended at its place: note, list, menu and key; each one step of undo."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.gui.modeling.analysis import analyse
from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.items import NoteItem
from app.gui.modeling.library import graph_of, show_graph
from app.gui.modeling.views import EdgeView
from engine.modeling.recipes import RECIPES
from tests.gui.modeling.canvas_parts import CTRL, KEY, NONE


def look(editor: GraphEditor, language: str = "en") -> None:
    editor.show_analysis(analyse(graph_of(editor.document), language))


def without_neck(editor: GraphEditor) -> None:
    editor.scene.clearSelection()
    editor.scene.node_item("neck").setSelected(True)
    QTest.keyClick(editor.canvas, KEY.Key_Delete)
    look(editor)


def test_a_click_on_the_note_below_a_card_mends_it_in_one_step(editor: GraphEditor, qtbot) -> None:
    without_neck(editor)
    (note,) = [item for item in editor.scene.items() if isinstance(item, NoteItem) and item.fixes]
    assert [fix.title for fix in note.fixes] == ["Add “Feature pyramid (FPN)”.", "Add “Two-way pyramid (PAN)”."]
    steps = editor.stack.count()
    editor.canvas.life_size()
    editor.canvas.centerOn(note)
    place = editor.canvas.mapFromScene(note.mapToScene(note.fix_place(1).center()))
    QTest.mouseClick(editor.canvas.viewport(), Qt.MouseButton.LeftButton, NONE, place)
    qtbot.waitUntil(lambda: editor.stack.count() == steps + 1)
    (added,) = editor.scene.selected_nodes()
    assert editor.document.nodes[added].type == "neck.pan"
    assert EdgeView("backbone", "features", added, "features") in editor.document.edges
    assert EdgeView(added, "pyramid", "head", "pyramid") in editor.document.edges
    look(editor)
    assert editor.analysis.errors == 0
    editor.stack.undo()
    assert added not in editor.document.nodes


def test_the_menu_offers_the_fixes_of_what_is_chosen_and_the_undo_names_them(editor: GraphEditor) -> None:
    editor._set_parameters("neck", {"width": 13})
    editor._set_parameters("optimiser", {"rate": -1})
    look(editor)
    editor.scene.clearSelection()
    editor.scene.node_item("neck").setSelected(True)
    menu = editor.menu_at(editor.canvas.viewport().mapToGlobal(QPoint(5, 5)))
    fixes = [action for action in menu.actions() if action.text().startswith("Fix: ")]
    assert [action.text() for action in fixes] == ["Fix: Take 16", "Fix: Take the default, 64"]
    fixes[1].trigger()
    assert editor.document.nodes["neck"].parameters["width"] == 64
    assert editor.stack.undoText() == "Fix: Take the default, 64"
    editor.stack.undo()
    assert editor.document.nodes["neck"].parameters["width"] == 13


def test_a_key_does_the_likeliest_and_says_when_there_is_none(editor: GraphEditor) -> None:
    editor._set_parameters("neck", {"width": 13})
    look(editor)
    editor.scene.node_item("neck").setSelected(True)
    QTest.keyClick(editor.canvas, KEY.Key_Period, CTRL)
    assert editor.document.nodes["neck"].parameters["width"] == 16
    look(editor)
    QTest.keyClick(editor.canvas, KEY.Key_Period, CTRL)
    assert editor._hint.isVisible()


def test_the_list_of_problems_has_a_link_for_each_fix_and_for_parts_that_are_missing(editor: GraphEditor) -> None:
    graph = RECIPES["detection"].graph("pcb")
    graph.nodes = [node for node in graph.nodes if node.id != "loss"]
    graph.edges = [edge for edge in graph.edges if "loss" not in (edge.source, edge.target)]
    show_graph(editor.document, graph)
    look(editor, "zh_CN")
    assert "添加“检测损失”" in editor.inspector._problems.text()
    editor.inspector._problems.linkActivated.emit("fix:0")
    look(editor)
    assert editor.analysis.errors == 0
    editor.inspector._problems.linkActivated.emit("loss")
    assert editor.scene.selected_nodes() == ["loss"]


def test_a_fix_of_a_drawing_that_is_another_by_now_does_nothing(editor: GraphEditor) -> None:
    editor._set_parameters("neck", {"width": 13})
    look(editor)
    (fix, _) = editor.analysis.problems[0].fixes
    editor.scene.node_item("neck").setSelected(True)
    editor.scene.remove_selected()
    steps = editor.stack.count()
    editor.mending.apply(fix)
    assert editor.stack.count() == steps
