"""Adding, copying, replacing and ordering parts of a drawing, by mouse and keys in the real editor."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from app.gui.modeling.library import graph_of, show_graph
from app.gui.modeling.views import EdgeView, category_color
from engine.modeling.compile import compile_graph
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from tests.gui.modeling.canvas_parts import CTRL, KEY, NONE, free_place
from tests.gui.modeling.test_canvas import drag


def test_typing_on_the_canvas_offers_components_and_enter_adds_the_first_that_begins_so(editor) -> None:
    before = set(editor.document.nodes)
    QTest.keyClick(editor.canvas, KEY.Key_R)
    popup = editor.adding.popup
    assert popup.isVisible()
    assert popup.search.text() == "r"
    QTest.keyClicks(popup.search, "esn")
    assert popup.list.currentItem().text() == "ResNet"
    QTest.keyClick(popup.search, KEY.Key_Return)
    (added,) = set(editor.document.nodes) - before
    assert editor.document.nodes[added].type == "backbone.resnet"
    assert editor.scene.selected_nodes() == [added]
    editor.stack.undo()
    assert set(editor.document.nodes) == before


def test_a_double_click_on_the_ground_offers_components_and_escape_leaves_it(editor) -> None:
    QTest.mouseDClick(editor.canvas.viewport(), Qt.MouseButton.LeftButton, NONE, free_place(editor))
    assert editor.adding.popup.isVisible()
    QTest.keyClick(editor.adding.popup.search, KEY.Key_Escape)
    assert not editor.adding.popup.isVisible()
    assert len(editor.document.nodes) == 9


def test_a_wire_let_go_on_the_ground_offers_what_fits_and_connects_what_is_chosen_in_one_step(editor) -> None:
    start = editor.canvas.mapFromScene(editor.scene.node_item("backbone").port_point("out", "features"))
    drag(editor.canvas, start, free_place(editor))
    popup = editor.adding.popup
    assert popup.isVisible()
    offered = {popup.list.item(row).data(Qt.ItemDataRole.UserRole).type for row in range(popup.list.count())}
    assert offered == {"neck.fpn", "neck.pan", "layer.feature_map"}
    before = set(editor.document.nodes)
    QTest.keyClicks(popup.search, "pan")
    QTest.keyClick(popup.search, KEY.Key_Return)
    (added,) = set(editor.document.nodes) - before
    assert EdgeView("backbone", "features", added, "features") in editor.document.edges
    editor.stack.undo()
    assert set(editor.document.nodes) == before


def test_a_wire_pulled_from_an_input_offers_what_gives_that(editor) -> None:
    end = editor.canvas.mapFromScene(editor.scene.node_item("train").port_point("in", "optimiser"))
    drag(editor.canvas, end, free_place(editor))
    popup = editor.adding.popup
    QTest.keyClicks(popup.search, "sgd")
    QTest.keyClick(popup.search, KEY.Key_Return)
    (edge,) = [edge for edge in editor.document.edges if edge.target == "train" and edge.target_port == "optimiser"]
    assert editor.document.nodes[edge.source].type == "optimiser.sgd"
    editor.stack.undo()
    assert EdgeView("optimiser", "optimiser", "train", "optimiser") in editor.document.edges


def test_several_wires_end_where_callbacks_go_and_the_code_names_what_is_connected(editor) -> None:
    for words in ("early stop", "ema"):
        end = editor.canvas.mapFromScene(editor.scene.node_item("train").port_point("in", "callbacks"))
        drag(editor.canvas, end, free_place(editor))
        popup = editor.adding.popup
        QTest.keyClicks(popup.search, words)
        QTest.keyClick(popup.search, KEY.Key_Return)
    edges = [edge for edge in editor.document.edges if edge.target_port == "callbacks"]
    assert [editor.document.nodes[edge.source].type for edge in edges] == ["callback.early_stop", "callback.average"]
    assert f"callbacks=({', '.join(edge.source.upper() for edge in edges)})" in compile_graph(graph_of(editor.document))
    ports = editor.scene.node_item("train").view.inputs
    assert [port.name for port in ports if port.text.endswith("(optional)")] == ["callbacks", "best", "metrics"]


def test_a_wire_let_go_where_it_began_offers_nothing(editor) -> None:
    start = editor.canvas.mapFromScene(editor.scene.node_item("backbone").port_point("out", "features"))
    drag(editor.canvas, start, start + QPoint(4, 4))
    assert not editor.adding.popup.isVisible()


def test_what_is_copied_is_text_and_comes_back_with_its_wires_under_new_names(editor) -> None:
    for name in ("backbone", "neck"):
        editor.scene.node_item(name).setSelected(True)
    QTest.keyClick(editor.canvas, KEY.Key_C, CTRL)
    copied = json.loads(QGuiApplication.clipboard().text())
    assert {node["id"] for node in copied["nodes"]} == {"backbone", "neck"}
    assert [edge["from"] for edge in copied["edges"]] == ["backbone.features"]
    QTest.keyClick(editor.canvas, KEY.Key_V, CTRL)
    assert sorted(editor.scene.selected_nodes()) == ["backbone_2", "neck_2"]
    assert EdgeView("backbone_2", "features", "neck_2", "features") in editor.document.edges
    QTest.keyClick(editor.canvas, KEY.Key_V, CTRL)
    assert "backbone_3" in editor.document.nodes
    places = {(editor.document.nodes[f"neck{n}"].x, editor.document.nodes[f"neck{n}"].y) for n in ("", "_2", "_3")}
    assert len(places) == 3
    editor.stack.undo()
    editor.stack.undo()
    assert len(editor.document.nodes) == 9


def test_cut_takes_away_and_paste_brings_back_and_duplicate_needs_no_clipboard_keys(editor) -> None:
    editor.scene.node_item("evaluate").setSelected(True)
    QTest.keyClick(editor.canvas, KEY.Key_X, CTRL)
    assert "evaluate" not in editor.document.nodes
    QTest.keyClick(editor.canvas, KEY.Key_V, CTRL)
    assert "evaluate" in editor.document.nodes
    QTest.keyClick(editor.canvas, KEY.Key_D, CTRL)
    assert "evaluate_2" in editor.document.nodes


@pytest.mark.parametrize(
    "text", ["", "hello", '{"nodes": 3}', '{"nodes": [{"id": 1}]}', '{"nodes": [{"id": "a b", "type": ""}]}']
)
def test_any_other_text_in_the_clipboard_is_said_or_taken_under_a_sound_name(editor, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(editor.canvas, KEY.Key_V, CTRL)
    assert all(name.isidentifier() for name in editor.document.nodes)
    assert editor._hint.isVisible() == (len(editor.document.nodes) == 9)


def test_a_component_is_replaced_and_keeps_its_name_wires_and_values_that_mean_the_same(editor) -> None:
    editor.scene.node_item("neck").setSelected(True)
    editor._set_parameters("neck", {"width": 96})
    menu = editor.menu_at(editor.canvas.viewport().mapToGlobal(QPoint(5, 5)))
    others = next(a.menu() for a in menu.actions() if a.menu() is not None and a.text() == "Replace by")
    assert [action.text() for action in others.actions()] == ["Two-way pyramid (PAN)"]
    edges = editor.document.edges
    others.actions()[0].trigger()
    node = editor.document.nodes["neck"]
    assert (node.type, node.parameters["width"]) == ("neck.pan", 96)
    assert editor.document.edges == edges
    assert editor.scene.node_item("neck").view.title == "Two-way pyramid (PAN)"
    editor.stack.undo()
    assert editor.document.nodes["neck"].type == "neck.fpn"


def test_a_rate_that_means_something_else_is_not_taken_over(editor) -> None:
    assert editor.document.nodes["optimiser"].parameters["rate"] == 0.008
    editor.adding.replace("optimiser", "optimiser.sgd")
    assert editor.document.nodes["optimiser"].parameters["rate"] == 0.05


def test_the_drawing_lays_itself_out_and_undo_brings_the_old_places_back(editor) -> None:
    before = {name: (node.x, node.y) for name, node in editor.document.nodes.items()}
    editor.arrange_action.trigger()
    nodes = editor.document.nodes
    assert before != {name: (node.x, node.y) for name, node in nodes.items()}
    assert editor.canvas.scale_factor > 0.5  # in rows that fit the view, so that it can be read
    boxes = [editor.scene.node_item(name).sceneBoundingRect() for name in nodes]
    assert not any(one.intersects(other) for at, one in enumerate(boxes) for other in boxes[at + 1 :])
    editor.stack.undo()
    assert {name: (node.x, node.y) for name, node in editor.document.nodes.items()} == before


@pytest.mark.parametrize("how", ["left", "top", "middle", "centre"])
def test_chosen_components_come_to_one_line(editor, how: str) -> None:
    for name in ("data", "head", "train"):
        editor.scene.node_item(name).setSelected(True)
    editor.align_actions[how].trigger()
    boxes = [editor.scene.node_item(name).sceneBoundingRect() for name in ("data", "head", "train")]
    value = {
        "left": lambda b: b.left(),
        "top": lambda b: b.top(),
        "middle": lambda b: b.center().x(),
        "centre": lambda b: b.center().y(),
    }[how]
    assert max(map(value, boxes)) - min(map(value, boxes)) <= 8
    editor.stack.undo()
    editor.scene.clearSelection()
    editor.align_actions[how].trigger()
    assert editor._hint.isVisible()


def test_the_drawing_is_saved_as_svg_and_png_and_a_folder_that_is_not_there_is_said(editor, tmp_path: Path) -> None:
    editor.save_picture(tmp_path / "a.svg")
    texts = {part.text for part in ElementTree.parse(tmp_path / "a.svg").iter() if part.text and part.text.strip()}
    assert "Small backbone" in texts
    editor.save_picture(tmp_path / "a.png")
    image = QImage(str(tmp_path / "a.png"))
    assert image.width() > 1200
    place = editor.scene.node_item("backbone").scenePos() - editor.scene.itemsBoundingRect().topLeft() + QPointF(34, 50)
    assert image.pixelColor((place * 2).toPoint()).name() == category_color("network").lower()
    assert not editor._hint.isVisible()
    editor.save_picture(tmp_path / "none" / "a.svg")
    assert editor._hint.isVisible()


def test_a_model_of_tables_is_exchanged_on_the_canvas_and_nothing_else_changes(editor) -> None:
    show_graph(editor.document, RECIPES["table-fm"].graph("clicks"))
    before = dict(editor.document.nodes)
    node, edges = before["head"], editor.document.edges
    others = [entry.type for entry in editor.library.alternatives("tabular", node)]
    assert others == ["table.linear", "table.deepfm", "table.dcn", "table.mlp", "table.finalmlp"]
    editor.adding.replace("head", "table.deepfm")
    after = editor.document.nodes
    assert after["head"].type == "table.deepfm"
    assert editor.document.edges == edges
    assert {name: node for name, node in after.items() if name != "head"} == {
        n: v for n, v in before.items() if n != "head"
    }
    code = compile_graph(graph_of(editor.document))
    assert "self.head = DeepFM(fields, width=16" in code
    assert from_code(code).not_expressible == []
