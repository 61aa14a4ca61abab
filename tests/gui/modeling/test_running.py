"""“Run to here” in the real window: what flows for an item of the workspace, on the canvas and in the panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.gui.modeling.flow_cards import BarsView, ShownCard
from app.gui.modeling.page import ModelingPage
from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.training.flow import find_item

PATIENCE_MS = 90_000  # the process beside the window loads PyTorch first


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("sample"), count=3)


@pytest.fixture
def running(graph: ModelingPage, sample: Path, qtbot) -> ModelingPage:
    """The page with a small detector, three images, and what flows for the first of them."""
    import_data(graph.shell.workspace, sample)
    for node, values in {"data": {"width": 160, "height": 160}, "augment": {"crop": 96}}.items():
        graph.editor._set_parameters(node, values)
    QTest.keyClick(graph, Qt.Key.Key_F5)
    settled(graph, qtbot)
    return graph


def settled(page: ModelingPage, qtbot, beyond: object = None) -> None:
    """Wait until nothing is on its way any more, and there is an answer that is not `beyond`."""
    run, editor = page.running, page.editor

    def done() -> bool:
        waits = run._timer.isActive() or editor._check_timer.isActive() or page.shell.work.busy
        return not waits and bool(run.flows) and run.flows is not beyond

    qtbot.waitUntil(done, timeout=PATIENCE_MS)


def cards(page: ModelingPage) -> list[ShownCard]:
    layout = page.running.panel.cards
    found = [layout.itemAt(place).widget() for place in range(layout.count())]
    return [widget for widget in found if isinstance(widget, ShownCard)]


def test_each_card_gets_pictures_of_what_flows_and_a_click_shows_one_large(running, qtbot):
    rows = running.running.on_canvas.rows
    assert {"data", "augment", "backbone", "neck", "head", "loss", "optimiser"} == set(rows)
    assert [tile.port for tile in rows["augment"].tiles] == ["images", "targets"]
    canvas = running.editor.canvas
    canvas.resetTransform()
    canvas.centerOn(running.editor.scene.node_item("neck"))
    at = canvas.mapFromScene(rows["neck"].mapToScene(rows["neck"].rects()[0].center()))
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
    assert [card.shown.what for card in cards(running)] == ["maps"] * 3
    assert rows["neck"].marked == ("pyramid", 0)
    assert running.running.panel.port_title.text() == "Feature pyramid (FPN) · pyramid"


def test_a_changed_parameter_flows_by_itself(running, qtbot):
    before = running.running.flows
    running.editor.go_to("backbone")
    assert cards(running)[0].shown.shape[1] == 32
    running.editor._set_parameters("backbone", {"width": 40})
    settled(running, qtbot, beyond=before)
    assert cards(running)[0].shown.shape[1] == 40


def test_the_dice_roll_again_and_without_augmentation_they_rest(running, qtbot):
    run = running.running
    running.editor.go_to("augment")
    before, first = run.flows, cards(running)[0].shown.picture
    QTest.keyClick(running, Qt.Key.Key_F6)
    settled(running, qtbot, beyond=before)
    assert (cards(running)[0].shown.picture != first).any()
    before = run.flows
    run.panel.augment.click()
    settled(running, qtbot, beyond=before)
    assert cards(running)[0].shown.shape == (160, 160, 3)
    assert not run.panel.roll.isEnabled()


def test_items_are_stepped_through_and_chosen_by_name_and_the_choice_is_remembered(running, qtbot):
    run = running.running
    before = run.flows
    QTest.mouseClick(run.panel.pickers[0].on, Qt.MouseButton.LeftButton)
    settled(running, qtbot, beyond=before)
    assert run.panel.pickers[0].field.text() == "part-0001.jpg"
    before = run.flows
    run.panel.pickers[0].field.setText("0002")
    QTest.keyClick(run.panel.pickers[0].field, Qt.Key.Key_Return)
    settled(running, qtbot, beyond=before)
    chosen = find_item(running.shell.workspace, "part-0002")
    assert run.flows[0].item == chosen
    assert int(running.shell.settings.value(run._key())) == chosen


def test_a_name_that_no_item_has_is_said(running, qtbot):
    field = running.running.panel.pickers[0].field
    field.setText("nothing-like-this")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "nothing-like-this" in running.running.panel.state.text(), timeout=5000)


def test_two_items_stand_side_by_side(running, qtbot):
    before = running.running.flows
    running.editor.go_to("loss")
    running.running.panel.compare.click()
    settled(running, qtbot, beyond=before)
    first, other = (flow.loss["loss"] for flow in running.running.flows)
    assert [card.shown.bars[0].value for card in cards(running)] == [first, other]
    assert len(running.running.panel.findChildren(BarsView)) >= 2


def test_what_cannot_run_is_said_at_its_component_and_the_window_goes_on(running, qtbot):
    before = running.running.flows
    running.editor._set_parameters("data", {"width": 160, "height": 160, "resize": "none"})
    settled(running, qtbot, beyond=before)
    note = running.running.on_canvas.note
    assert note is not None
    assert note.parentItem() is running.editor.scene.node_item("data")
    assert "320 × 320" in note.text
    before = running.running.flows
    running.editor.undo_action.trigger()
    settled(running, qtbot, beyond=before)
    assert running.running.on_canvas.note is None


def test_a_workspace_without_images_says_so_with_the_way_to_them(graph, qtbot):
    graph.editor.run_action.trigger()
    panel = graph.running.panel
    qtbot.waitUntil(lambda: "no images" in panel.empty_text.text(), timeout=PATIENCE_MS)
    assert panel.empty_link.isVisible()


def test_the_menu_of_a_wire_runs_to_where_it_begins_and_closing_brings_the_code_back(running, qtbot):
    edge = next(edge for edge in running.editor.document.edges if edge.target_port == "targets")
    running.editor.scene.clearSelection()
    running.editor.scene.edge_item(edge).setSelected(True)
    menu = running.editor.menu_at(QPoint(0, 0))
    next(action for action in menu.actions() if action.text() == "Run to here").trigger()
    assert [card.shown.what for card in cards(running)] == ["targets"]
    running.running.panel.close_.click()
    assert running.editor.code.isVisible()
    assert not running.running.on_canvas.rows
