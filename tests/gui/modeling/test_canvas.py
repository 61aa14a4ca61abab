"""The canvas: real mouse and key events against a document."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtTest import QTest

from app.gui.modeling.canvas import GraphCanvas
from app.gui.modeling.commands import SetParameters
from app.gui.modeling.document import GraphDocument
from app.gui.modeling.scene import GraphScene
from app.gui.modeling.views import EdgeView, ProblemView
from tests.gui.modeling import canvas_parts as parts


@pytest.fixture
def canvas(qtbot):
    document, stack = GraphDocument(), QUndoStack()
    document.load("part", parts.NODES, parts.EDGES)
    scene = GraphScene(document, parts.SmallLibrary(), stack, parts.color)
    view = GraphCanvas(scene, parts.color)
    view.scene_kept, view.stack_kept = scene, stack
    qtbot.addWidget(view)
    view.resize(1000, 600)
    with qtbot.waitExposed(view):
        view.show()
    yield view
    view.setScene(None)


def port_place(view: GraphCanvas, node: str, side: str, port: str) -> QPoint:
    return view.mapFromScene(view.scene_kept.node_item(node).port_point(side, port))


def drag(view: GraphCanvas, start: QPoint, end: QPoint) -> None:
    target = view.viewport()
    QTest.mousePress(target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for step in range(1, 9):
        QTest.mouseMove(target, start + (end - start) * step / 8, 2)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)


def test_dragging_an_output_to_a_fitting_input_connects_them_and_undo_takes_it_back(canvas):
    edge = EdgeView("source", "boxes", "loss", "boxes")
    drag(canvas, port_place(canvas, "source", "out", "boxes"), port_place(canvas, "loss", "in", "boxes"))
    assert edge in canvas.scene_kept.document.edges
    canvas.stack_kept.undo()
    assert edge not in canvas.scene_kept.document.edges


def test_a_wire_can_be_pulled_backwards_from_an_input(canvas):
    drag(canvas, port_place(canvas, "loss", "in", "boxes"), port_place(canvas, "source", "out", "boxes"))
    assert EdgeView("source", "boxes", "loss", "boxes") in canvas.scene_kept.document.edges


def test_a_wire_between_unlike_ports_is_refused_with_the_reason(canvas, qtbot):
    before = canvas.scene_kept.document.edges
    with qtbot.waitSignal(canvas.scene_kept.refused) as refused:
        drag(canvas, port_place(canvas, "source", "out", "image"), port_place(canvas, "loss", "in", "boxes"))
    assert "takes targets" in refused.args[0]
    assert canvas.scene_kept.document.edges == before


def test_a_circle_is_refused(canvas):
    reason = canvas.scene_kept.why_not(EdgeView("backbone", "p3", "light", "image"))
    assert "circle" in reason


def test_a_new_wire_replaces_the_one_that_was_at_the_input_and_undo_brings_it_back(canvas):
    old = EdgeView("light", "image", "backbone", "image")
    assert canvas.scene_kept.connect_ports("source", "image", "backbone", "image")
    assert old not in canvas.scene_kept.document.edges
    canvas.stack_kept.undo()
    assert old in canvas.scene_kept.document.edges


def test_dragging_a_card_moves_it_on_the_grid_in_one_undo_step(canvas):
    item = canvas.scene_kept.node_item("light")
    start = canvas.mapFromScene(item.mapToScene(QPointF(60, 18)))
    drag(canvas, start, start + QPoint(55, 90))
    node = canvas.scene_kept.document.nodes["light"]
    assert (node.x, node.y) != (264, 0)
    assert node.x % 8 == 0
    assert canvas.stack_kept.count() == 1
    canvas.stack_kept.undo()
    assert (item.x(), item.y()) == (264, 0)


def test_delete_removes_the_selected_card_with_its_wires_and_undo_restores_both(canvas):
    canvas.scene_kept.node_item("backbone").setSelected(True)
    QTest.keyClick(canvas.viewport(), Qt.Key.Key_Delete)
    assert "backbone" not in canvas.scene_kept.document.nodes
    assert len(canvas.scene_kept.document.edges) == 2
    canvas.stack_kept.undo()
    assert set(canvas.scene_kept.document.edges) == set(parts.EDGES)


def test_a_wire_can_be_selected_by_click_and_deleted(canvas):
    edge = parts.EDGES[1]
    canvas.scene_kept.edge_item(edge).setSelected(True)
    QTest.keyClick(canvas.viewport(), Qt.Key.Key_Delete)
    assert edge not in canvas.scene_kept.document.edges


def test_tab_walks_the_cards_in_reading_order_and_arrows_move_the_selected_one(canvas):
    canvas.activateWindow()
    canvas.setFocus()
    seen = []
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Tab)
        seen += canvas.scene_kept.selected_nodes()
    assert seen == ["source", "light", "backbone"]
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert canvas.scene_kept.document.nodes["backbone"].y == 16
    canvas.stack_kept.undo()
    assert canvas.scene_kept.document.nodes["backbone"].y == 0


def test_zoom_stays_within_bounds_and_fit_shows_everything(canvas):
    for _ in range(40):
        QTest.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.scale_factor >= 0.119
    QTest.keyClick(canvas, Qt.Key.Key_F)
    shown = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
    assert shown.contains(canvas.scene_kept.content_rect())


def test_typing_into_one_field_is_one_undo_step(canvas):
    document, stack = canvas.scene_kept.document, canvas.stack_kept
    for value in (1, 12, 120):
        stack.push(SetParameters(document, "head", {"labels": value}))
    assert stack.count() == 1
    stack.undo()
    assert document.nodes["head"].parameters == {"labels": 6}


def test_a_problem_stands_as_a_sentence_below_its_card(canvas):
    scene = canvas.scene_kept
    scene.show_analysis(
        [ProblemView("head", "Nothing is connected.", "p4", "Connect p4.")], {("source", "image"): "N×1"}
    )
    assert scene.node_item("head").problems[0].port == "p4"
    assert scene.node_item("head").toolTip() == "Nothing is connected."
    assert scene.node_item("source").view.outputs[0].text == "image N×1"


def test_an_unknown_component_is_drawn_and_kept(canvas):
    from app.gui.modeling.document import NodeRecord

    document = canvas.scene_kept.document
    document.load("odd", [NodeRecord("x", "from.the.future", {"a": 1}, extra={"color": "red"})], [])
    assert not canvas.scene_kept.node_item("x").view.known
    assert document.nodes["x"].extra == {"color": "red"}
