"""A network drawn layer by layer on the canvas, and own code in it."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.page import ModelingPage
from app.gui.modeling.views import EdgeView


@pytest.fixture
def drawn(page: ModelingPage, qtbot) -> ModelingPage:
    """The page with the network whose every layer is drawn, measured once."""
    page.gallery.name.setText("sort")
    QTest.mouseClick(page.gallery.button("classification-layers"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page._measured is not None, timeout=60000)
    return page


def palette(editor: GraphEditor) -> dict[str, list[str]]:
    tree = editor.palette_.tree
    groups = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    return {group.text(0): [group.child(row).text(0) for row in range(group.childCount())] for group in groups}


def test_layers_show_what_they_give_and_a_sum_takes_several_wires(drawn: ModelingPage, qtbot) -> None:
    editor = drawn.editor
    assert "Softmax" in palette(editor)["Activation"]
    shapes = {node: editor.scene.view_of(node).outputs[0].shape for node in ("stem", "shortcut", "pool")}
    assert shapes == {"stem": "N×16×64×64", "shortcut": "N×32×32×32", "pool": "N×64"}
    assert editor.scene.connect_ports("block", "out", "norm", "in")  # a single input: replaces
    assert editor.document.edges_into("norm", "in") == [EdgeView("block", "out", "norm", "in")]
    assert editor.scene.connect_ports("conv", "out", "shortcut", "in")  # one for many: joins
    assert [edge.source for edge in editor.document.edges_into("shortcut", "in")] == ["block", "norm", "conv"]
    assert editor.scene.connect_ports("augment", "images", "conv", "in")  # images are a map
    wanted = "Put “Upsample” with factor 4 between block and it."
    qtbot.waitUntil(lambda: ("shortcut", wanted) in [(p.node, p.suggestion) for p in editor.analysis.problems])


def test_what_only_the_built_network_knows_is_told_at_its_card_and_goes_when_it_is_mended(
    drawn: ModelingPage, qtbot
) -> None:
    editor = drawn.editor
    editor._set_parameters("conv", {"padding": "valid"})

    def wrong() -> list[str]:
        return [problem.message for problem in editor.analysis.problems if problem.node == "shortcut"]

    qtbot.waitUntil(lambda: bool(wrong()), timeout=20000)
    assert "1×32×32×32 and 1×32×30×30" in wrong()[0]
    assert not editor.inspector.train.isEnabled()
    editor._set_parameters("conv", {"padding": "same"})
    qtbot.waitUntil(lambda: not wrong() and drawn._measured is not None, timeout=20000)
    assert editor.inspector.train.isEnabled()


def test_own_code_is_a_card_with_a_field_for_its_text_and_never_runs_in_the_window(drawn: ModelingPage, qtbot) -> None:
    editor = drawn.editor
    editor.add_component("code.module")
    node = next(node for node in editor.document.nodes.values() if node.type == "code.module")
    qtbot.waitUntil(lambda: editor.inspector.form is not None)
    box = editor.inspector.form.field("source")
    assert "class Own(nn.Module)" in box.toPlainText()
    text = "import sys\n\nsys.modules['ran in the window'] = sys\n\n\n" + box.toPlainText()
    box.setFocus()
    box.setPlainText(text)
    box.clearFocus()
    qtbot.waitUntil(lambda: editor.document.nodes[node.id].parameters["source"] == text)
    editor.scene.connect_ports("relu", "out", node.id, "in")
    editor.scene.connect_ports(node.id, "out", "coarse", "in")
    qtbot.waitUntil(lambda: "Own(self.relu.channels, self.relu.stride)" in editor.analysis.code, timeout=5000)
    qtbot.waitUntil(lambda: drawn._measured is not None and node.id in drawn._measured[1].shapes, timeout=20000)
    assert "ran in the window" not in sys.modules


def test_a_broken_file_of_the_workspace_shows_in_the_palette_and_cannot_be_chosen(
    page: ModelingPage, shell, qtbot
) -> None:
    folder = shell.workspace.path / "components"
    folder.mkdir()
    (folder / "mine.py").write_text("COMPONENT = {'type': 'mine.thing'}\n")
    page.gallery.name.setText("sort")
    QTest.mouseClick(page.gallery.button("classification-layers"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.editor.analysis.code), timeout=5000)
    assert palette(page.editor)["This workspace"] == ["mine.py"]
    tree = page.editor.palette_.tree
    item = tree.topLevelItem(tree.topLevelItemCount() - 1).child(0)
    assert item.isDisabled()
    assert "mine.py:1: COMPONENT lacks class, title" in item.toolTip(0)
