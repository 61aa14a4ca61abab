"""Two drawings compared on the canvas."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.items import CardItem, Halo
from app.gui.modeling.library import graph_of
from engine.modeling.graph import Graph
from engine.modeling.graphs import save_graph
from engine.modeling.recipes import RECIPES
from tests.gui.modeling.canvas_parts import KEY


def other() -> Graph:
    graph = RECIPES["detection"].graph("older").with_parameters({"optimiser.rate": 0.002})
    graph.nodes = [node for node in graph.nodes if node.id != "evaluate"]
    graph.edges = [edge for edge in graph.edges if edge.target != "evaluate"]
    graph.node("neck").id = "pyramid"
    return graph


def test_added_changed_and_removed_parts_are_drawn_and_the_document_is_left_as_it_was(editor: GraphEditor) -> None:
    before, items = graph_of(editor.document), len(editor.scene.items())
    editor.comparison.begin(other(), "older")
    color = {name: editor.color(name).name() for name in ("good", "warning", "bad")}
    rings = {item.parentItem(): item.pen().color().name() for item in editor.scene.items() if isinstance(item, Halo)}
    assert rings[editor.scene.node_item("evaluate")] == color["good"]
    assert rings[editor.scene.node_item("neck")] == color["good"]
    assert rings[editor.scene.node_item("optimiser")] == color["warning"]
    (ghost,) = editor.comparison.ghosts.values()
    assert rings[ghost] == color["bad"]
    cards = [item for item in editor.scene.items() if isinstance(item, CardItem) and item is not ghost]
    assert not any(ghost.sceneBoundingRect().intersects(card.sceneBoundingRect()) for card in cards)
    texts = [editor.comparison.list.item(row).text() for row in range(editor.comparison.list.count())]
    assert any("rate: 0.002 → 0.008" in text for text in texts)
    assert graph_of(editor.document) == before
    assert editor.stack.count() == 0
    QTest.mouseClick(editor.comparison.leave, Qt.MouseButton.LeftButton)
    assert not editor.comparison.isVisible()
    assert len(editor.scene.items()) == items


def test_what_is_changed_meanwhile_is_compared_again_and_a_line_leads_to_its_component(editor, qtbot) -> None:
    same = RECIPES["detection"].graph("pcb")
    editor.comparison.begin(same, "pcb")
    assert "same" in editor.comparison.summary.text()
    editor._set_parameters("neck", {"width": 96})
    qtbot.waitUntil(lambda: editor.comparison.list.count() == 1)
    editor.comparison.list.setFocus()
    QTest.keyClick(editor.comparison.list, KEY.Key_Down)
    assert editor.scene.selected_nodes() == ["neck"]
    editor.document.load("other", [], [])
    assert not editor.comparison.isVisible()


def test_a_ghost_cannot_be_wired_moved_or_removed(editor: GraphEditor) -> None:
    graph = RECIPES["detection"].graph("older")
    graph.node("neck").id = "pyramid"
    editor.comparison.begin(graph, "older")
    ghost = editor.comparison.ghosts["pyramid"]
    editor._select_all()
    assert not ghost.isSelected()
    assert editor.scene._port_under(ghost.port_point("in", "features")) is None


def test_the_page_offers_other_drawings_and_runs_and_compares_with_them(graph, shell, qtbot) -> None:
    page, workspace = graph, shell.workspace
    folder = Path(workspace.path) / "runs" / "20260101-000000-pcb-beef"
    folder.mkdir(parents=True)
    (folder / "graph.json").write_text(other().dumps(), "utf-8")
    (folder / "run.json").write_text(
        '{"run": "20260101-000000-pcb-beef", "graph": "pcb", "task": "detection", "version": 1, "seed": 0,'
        ' "created": "2026-01-01T00:00:00+00:00"}'
    )
    save_graph(workspace, other())
    page.shown()
    qtbot.waitUntil(lambda: len(page._names) == 2)
    offered = []
    page._offer_comparisons = offered.append
    page.editor.compare_action.trigger()
    qtbot.waitUntil(lambda: bool(offered))
    menu = page.compare_menu(offered[0])
    texts = {action.text(): action for action in menu.actions() if not action.isSeparator()}
    assert len(texts) == 2
    assert "older" in texts
    next(action for text, action in texts.items() if "beef" in text).trigger()
    qtbot.waitUntil(page.editor.comparison.isVisible)
    assert "beef" in page.editor.comparison.title.text()
    assert page.editor.comparison.ghosts.keys() == {"pyramid"}
