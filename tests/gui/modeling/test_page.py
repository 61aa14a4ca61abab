"""The model page in the real window: from the empty workspace to a saved, checked graph."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox

from app.gui.modeling.page import ModelingPage


def saved(page: ModelingPage) -> dict:
    return json.loads((page.shell.workspace.path / "graphs" / "pcb.json").read_text("utf-8"))


def test_an_empty_workspace_shows_the_templates_and_one_of_them_becomes_a_saved_graph(graph):
    assert graph.stack.currentWidget() is graph.editor
    assert len(saved(graph)["nodes"]) == len(graph.editor.document.nodes) == 9
    assert "class Network" in graph.editor.code.text
    assert graph.editor.inspector.train.isEnabled()


def test_a_name_that_is_taken_is_said_before_anything_is_made(graph):
    QTest.mouseClick(graph.new, Qt.MouseButton.LeftButton)
    graph.gallery.name.setText("pcb")
    QTest.mouseClick(graph.gallery.button("detection"), Qt.MouseButton.LeftButton)
    assert graph.stack.currentWidget() is graph.gallery
    assert "pcb" in graph.gallery._error.text()


def test_a_parameter_changed_in_the_form_is_saved_and_undone(graph, qtbot):
    graph.editor.go_to("neck")
    field = graph.editor.inspector.form.field("width")
    assert isinstance(field, QSpinBox)
    before = field.value()
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Up)
    width = graph.editor.document.nodes["neck"].parameters["width"]
    assert width != before
    qtbot.waitUntil(lambda: _node(saved(graph), "neck")["parameters"]["width"] == width, timeout=5000)
    graph.editor.undo_action.trigger()
    assert graph.editor.document.nodes["neck"].parameters["width"] == before
    qtbot.waitUntil(lambda: _node(saved(graph), "neck")["parameters"]["width"] == before, timeout=5000)


def test_the_network_is_measured_as_it_is_drawn_and_the_chosen_component_tells_its_share(graph, qtbot):
    def shown() -> dict[str, str]:
        grid = graph.editor.inspector._part
        return {
            grid.itemAtPosition(row, 0).widget().text(): grid.itemAtPosition(row, 1).widget().text()
            for row in range(grid.rowCount())
            if grid.itemAtPosition(row, 0) is not None
        }

    qtbot.waitUntil(lambda: graph._measured is not None, timeout=60_000)
    graph.editor.go_to("neck")
    before = shown()
    assert before["Sees"] == "255 × 255 px"
    assert before["Parameters"] == "0.14 M"
    field = graph.editor.inspector.form.field("width")
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Up)
    qtbot.waitUntil(
        lambda: graph._measured is not None and shown().get("Parameters") not in (None, "0.14 M"), timeout=60_000
    )
    assert graph.editor.measured_shapes["neck"][0] == [1, 72, 40, 40]


def test_a_wire_taken_away_is_named_at_its_port_and_training_waits(graph, qtbot):
    edge = next(edge for edge in graph.editor.document.edges if edge.target == "head")
    graph.editor.scene.edge_item(edge).setSelected(True)
    QTest.keyClick(graph.editor.canvas.viewport(), Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: graph.editor.analysis.errors > 0, timeout=5000)
    assert [problem.port for problem in graph.editor.scene.node_item("head").problems] == ["pyramid"]
    assert not graph.editor.inspector.train.isEnabled()
    graph.editor.undo_action.trigger()
    qtbot.waitUntil(lambda: graph.editor.analysis.errors == 0, timeout=5000)


def test_a_component_is_found_by_typing_and_added_with_enter(graph):
    search = graph.editor.palette_.search
    search.setFocus()
    QTest.keyClicks(search, "lite0")
    QTest.keyClick(search, Qt.Key.Key_Return)
    added = [node for node in graph.editor.document.nodes.values() if node.type == "backbone.efficientnet_lite0"]
    assert len(added) == 1
    assert graph.editor.scene.selected_nodes() == [added[0].id]


def test_unlike_ports_are_refused_with_words_for_both(graph, qtbot):
    with qtbot.waitSignal(graph.editor.scene.refused) as refused:
        graph.editor.scene.connect_ports("data", "samples", "loss", "targets")
    assert "labelled images" in refused.args[0]


def test_what_was_drawn_last_is_written_when_another_page_is_shown(graph, window, qtbot):
    graph.editor.add_component("augment.boxes")
    window.show_page("settings")
    qtbot.waitUntil(lambda: len(saved(graph)["nodes"]) == 10, timeout=5000)


def test_a_step_of_augmentation_drawn_between_two_others_is_in_the_code_and_says_how_large_its_images_are(graph, qtbot):
    editor = graph.editor
    editor.add_component("augment.blur")
    (blur,) = editor.scene.selected_nodes()
    assert editor.scene.connect_ports("data", "samples", blur, "samples")
    assert editor.scene.connect_ports(blur, "samples", "augment", "samples")
    qtbot.waitUntil(lambda: f"self.{blur},\n            self.augment," in editor.analysis.code, timeout=5000)
    qtbot.waitUntil(lambda: editor.scene.node_item(blur).view.outputs[0].text == "samples 640×640", timeout=5000)


def test_the_status_bar_tells_the_undo_of_the_drawing_alone(graph, window, qtbot):
    window.status.show_undo(5)
    assert not window.status.undo.isVisible()
    graph.editor._set_parameters("train", {"steps": 77})
    qtbot.waitUntil(lambda: "undo 1" in window.status.text.text())
    window.show_page("data")
    assert window.status.undo.isVisible()


def test_the_page_speaks_chinese_after_a_switch(graph, qtbot):
    from app.gui.shell.languages import use_language

    use_language("zh_CN")
    qtbot.waitUntil(lambda: graph.new.text() == "新建", timeout=2000)
    assert graph.editor.scene.node_item("augment").view.title == "裁剪与对称增强"
    use_language("en")


def test_drawing_does_not_stall_the_window(graph, ui_watchdog, qtbot):
    ui_watchdog.reset()
    for _ in range(5):
        graph.editor.add_component("augment.boxes")
        qtbot.wait(60)
    graph.editor.canvas.fit()
    qtbot.wait(200)
    ui_watchdog.limit_ms = 60_000  # closing the workspace at the end is not what is looked at here


def _node(document: dict, name: str) -> dict:
    return next(node for node in document["nodes"] if node["id"] == name)


def test_each_template_tells_what_the_workspace_has_for_it_and_how_long_it_takes(page, qtbot):
    gallery = page.gallery
    qtbot.waitUntil(lambda: all("no such data" in label.text() for label in gallery._have.values()), timeout=5000)
    qtbot.waitUntil(lambda: len(page._estimated) == len(gallery._time), timeout=90_000)
    told = {name: label.text() for name, label in gallery._time.items()}
    assert all(("not known" if name.startswith("table") else "estimate") in text for name, text in told.items()), told
    from engine.training.expect import Data, Time

    gallery.show_data("detection", Data(240, {"scratch": 812, "hole": 4}, 30))
    assert gallery._have["detection"].text() == "Here: 240 images, 816 annotations of 2 labels. Few of: hole (4)"
    gallery.show_data("table-fm", Data(0, {"clicks": 60_000}, 1000))
    assert gallery._have["table-fm"].text() == "Here: 60000 rows in 1 tables."
    gallery.show_time("detection", Time(600, 480, 720, "runs", 3))
    assert gallery._time["detection"].text() == "Training here: about 10 min (8 min – 12 min), by 3 earlier runs."
