"""Drawing, selecting and changing shapes with the mouse and the keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.labeling import edits

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def box(shape) -> tuple[float, float, float, float]:
    return (shape.x, shape.y, shape.w, shape.h)


def near(shape, expected: tuple[float, float, float, float], by: float = 1.5) -> bool:
    return all(abs(a - b) <= by for a, b in zip(box(shape), expected, strict=True))


@pytest.fixture
def drawn(hand):
    """One box of 100 × 80 px at 100, 120."""
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 120), (200, 200))
    hand.settled()
    return hand


def test_a_dragged_box_is_in_the_store_with_the_chosen_label(drawn) -> None:
    (shape,) = drawn.stored()
    assert near(shape, (100, 120, 100, 80))
    assert (shape.kind, shape.label_id, shape.origin, shape.author) == ("box", 1, "person", "tester")
    assert drawn.canvas.selection == [shape.id]
    assert drawn.shapes() == [shape], "what is shown is what is stored"


def test_a_box_drawn_over_the_edge_ends_at_the_edge(hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((600, 600), (660, 655))
    hand.settled()
    (shape,) = hand.stored()
    assert shape.x + shape.w == hand.canvas.document.width
    assert shape.y + shape.h == hand.canvas.document.height


def test_a_number_key_relabels_what_is_selected_and_chooses_for_the_next(drawn) -> None:
    drawn.key(Qt.Key.Key_2)
    drawn.drag((300, 300), (350, 350))
    drawn.settled()
    assert [shape.label_id for shape in drawn.stored()] == [2, 2]


def test_a_shape_is_moved_by_dragging_and_undo_and_redo_follow(drawn) -> None:
    drawn.key(Qt.Key.Key_V)
    drawn.drag((150, 160), (170, 190))
    drawn.settled()
    assert near(drawn.stored()[0], (120, 150, 100, 80), 2)
    drawn.key(Qt.Key.Key_Z, CTRL)
    drawn.settled()
    assert near(drawn.stored()[0], (100, 120, 100, 80)) and drawn.shapes() == drawn.stored()
    drawn.key(Qt.Key.Key_Z, CTRL | SHIFT)
    drawn.settled()
    assert near(drawn.stored()[0], (120, 150, 100, 80), 2)


def test_a_corner_handle_resizes(drawn) -> None:
    drawn.drag((200, 200), (260, 240))
    drawn.settled()
    (shape,) = drawn.stored()
    assert near(shape, (100, 120, 160, 120), 2)


def test_a_moved_shape_stays_inside_the_image(drawn) -> None:
    drawn.key(Qt.Key.Key_V)
    drawn.drag((150, 160), (-300, 160))
    drawn.settled()
    assert drawn.stored()[0].x == 0


def test_escape_in_mid_drag_changes_nothing(drawn) -> None:
    before = drawn.stored()
    drawn.key(Qt.Key.Key_V)
    start = drawn.at(150, 160)
    QTest.mousePress(drawn.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for step in range(1, 4):
        drawn.move(QPointF(start) + QPointF(15, 10) * step, Qt.MouseButton.LeftButton)
    assert drawn.canvas.live
    drawn.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(drawn.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    drawn.settled()
    assert drawn.stored() == before and not drawn.canvas.live


def test_delete_removes_the_selected_shapes(drawn) -> None:
    drawn.key(Qt.Key.Key_Delete)
    drawn.settled()
    assert drawn.stored() == []
    drawn.key(Qt.Key.Key_Z, CTRL)
    drawn.settled()
    assert len(drawn.shapes()) == 1


def test_a_frame_selects_several_and_they_move_together(drawn) -> None:
    drawn.drag((300, 120), (360, 180))
    drawn.key(Qt.Key.Key_V)
    drawn.click(500, 500)
    assert drawn.canvas.selection == []
    drawn.drag((60, 60), (420, 420))
    assert len(drawn.canvas.selection) == 2
    drawn.drag((330, 150), (340, 170))
    drawn.settled()
    first, second = drawn.stored()
    assert near(first, (110, 140, 100, 80), 2) and near(second, (310, 140, 60, 60), 2)


def test_shift_click_adds_to_the_selection_and_takes_away(drawn) -> None:
    drawn.drag((300, 120), (360, 180))
    drawn.key(Qt.Key.Key_V)
    drawn.click(150, 160)
    drawn.click(330, 150, SHIFT)
    assert len(drawn.canvas.selection) == 2
    drawn.click(330, 150, SHIFT)
    assert len(drawn.canvas.selection) == 1


def test_a_box_inside_another_one_is_reached_by_a_click(drawn) -> None:
    drawn.key(Qt.Key.Key_Escape)
    drawn.drag((60, 60), (300, 300), Qt.KeyboardModifier.NoModifier)
    drawn.key(Qt.Key.Key_V)
    drawn.click(500, 500)
    drawn.click(150, 160)
    assert near(drawn.canvas.one_selected(), (100, 120, 100, 80))


def test_a_polygon_is_drawn_by_clicks_and_closed_at_its_first_point(hand) -> None:
    hand.key(Qt.Key.Key_P)
    for point in ((100, 100), (200, 100), (200, 200), (100, 200)):
        hand.click(*point)
    hand.click(100, 100)
    hand.settled()
    (shape,) = hand.stored()
    assert shape.kind == "polygon" and len(shape.points[0]) == 8
    assert near(shape, (100, 100, 100, 100))


def test_backspace_takes_back_a_point_and_enter_closes(hand) -> None:
    hand.key(Qt.Key.Key_P)
    for point in ((100, 100), (200, 100), (250, 150), (200, 200)):
        hand.click(*point)
    hand.key(Qt.Key.Key_Backspace)
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    assert len(hand.stored()[0].points[0]) == 6


def test_vertices_are_moved_added_and_deleted(hand) -> None:
    hand.key(Qt.Key.Key_P)
    for point in ((100, 100), (200, 100), (200, 200), (100, 200)):
        hand.click(*point)
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_V)
    hand.drag((200, 200), (260, 240))
    hand.settled()
    assert near(hand.stored()[0], (100, 100, 160, 140), 2)
    hand.double_click(150, 100)
    hand.settled()
    assert len(hand.stored()[0].points[0]) == 10
    hand.drag((100, 150), (60, 150), ALT)
    hand.settled()
    assert len(hand.stored()[0].points[0]) == 12
    assert abs(hand.stored()[0].x - 60) < 2
    hand.key(Qt.Key.Key_Delete)
    hand.settled()
    assert len(hand.stored()[0].points[0]) == 10, "the vertex just dragged is the chosen one"


def test_duplicate_copy_and_paste_make_shapes_of_their_own(drawn) -> None:
    drawn.key(Qt.Key.Key_D, CTRL)
    drawn.settled()
    assert near(drawn.stored()[1], (110, 130, 100, 80))
    drawn.key(Qt.Key.Key_A, CTRL)
    drawn.key(Qt.Key.Key_C, CTRL)
    drawn.key(Qt.Key.Key_D)
    drawn.bot.waitUntil(lambda: drawn.canvas.document.item_id == drawn.page.ids[1])
    drawn.key(Qt.Key.Key_V, CTRL)
    drawn.settled()
    assert len(drawn.stored()) == 2 and near(drawn.stored()[0], (100, 120, 100, 80))


def test_arrows_with_alt_nudge_and_with_ctrl_alt_resize(drawn) -> None:
    drawn.key(Qt.Key.Key_Right, ALT)
    drawn.key(Qt.Key.Key_Down, ALT | SHIFT)
    drawn.key(Qt.Key.Key_Right, CTRL | ALT)
    drawn.settled()
    (shape,) = drawn.stored()
    assert near(shape, (101, 130, 101, 80))


def test_a_box_can_be_made_by_keys_alone(hand) -> None:
    hand.key(Qt.Key.Key_Insert)
    hand.settled()
    (shape,) = hand.stored()
    assert shape.w > 10 and hand.canvas.selection == [shape.id]


def test_image_labels_are_given_and_taken_by_number_keys(hand) -> None:
    hand.key(Qt.Key.Key_C)
    hand.key(Qt.Key.Key_2)
    hand.settled()
    (shape,) = hand.stored()
    assert (shape.kind, shape.label_id, shape.x) == ("class", 2, None)
    hand.key(Qt.Key.Key_2)
    hand.settled()
    assert hand.stored() == []


def test_suggestions_are_accepted_by_enter_and_refused_by_delete(hand) -> None:
    from engine.data.records import Annotation

    ws, item = hand.page.shell.workspace, hand.page.item_id
    shapes = [Annotation(0, item, 1, "box", 50.0 * n, 50.0, 30.0, 30.0, score=0.9, origin="model") for n in (1, 3, 5)]
    hand.page.shell.run(lambda _: edits.apply(ws, item, [edits.Add(shape) for shape in shapes], "Predict"), "Predict")
    hand.bot.waitUntil(lambda: len(hand.shapes()) == 3)
    hand.key(Qt.Key.Key_Return)
    assert len(hand.canvas.selection) == 1, "the first Enter shows which one is meant"
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_Delete)
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    assert [(shape.x, shape.origin) for shape in hand.stored()] == [(50.0, "person"), (250.0, "person")]
    hand.key(Qt.Key.Key_Return)
    assert hand.page.index == 1, "with nothing left to accept, Enter goes on"


def test_the_wheel_zooms_at_the_cursor_and_middle_drag_pans(hand) -> None:
    canvas, at = hand.canvas, QPointF(hand.at(100, 100))
    before = canvas.view.to_image(at)
    wheel = QWheelEvent(at, QPointF(canvas.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 360), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(canvas, wheel)
    after = canvas.view.to_image(at)
    assert abs(before[0] - after[0]) < 1 and abs(before[1] - after[1]) < 1
    scale, x = canvas.view.scale, canvas.view.x
    QTest.mousePress(canvas, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, QPoint(300, 300))
    hand.move(QPointF(260, 280), Qt.MouseButton.MiddleButton)
    QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, QPoint(260, 280))
    assert canvas.view.x == x - 40
    hand.key(Qt.Key.Key_Plus)
    assert canvas.view.scale > scale
    hand.key(Qt.Key.Key_0)
    assert canvas.view.point(0, 0).x() >= 0


def test_space_and_drag_pan_whatever_the_tool(hand) -> None:
    hand.key(Qt.Key.Key_B)
    x = hand.canvas.view.x
    QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
    hand.drag((100, 100), (150, 100))
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
    assert hand.canvas.view.x > x + 20
    hand.settled()
    assert hand.stored() == []


def test_the_wheel_button_pressed_in_the_middle_of_a_drag_moves_the_view_and_the_drag_ends(hand) -> None:
    left, middle = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
    hand.key(Qt.Key.Key_B)
    QTest.mousePress(hand.canvas, left, pos=hand.at(200, 200))
    hand.move(QPointF(hand.at(260, 260)), left)
    QTest.mousePress(hand.canvas, middle, pos=hand.at(260, 260))
    hand.move(QPointF(hand.at(280, 280)), left | middle)
    QTest.mouseRelease(hand.canvas, left, pos=hand.at(300, 300))
    assert not hand.canvas.tool.busy
    before = hand.canvas.view.x
    hand.move(QPointF(hand.at(320, 300)), middle)
    assert hand.canvas.view.x > before
    QTest.mouseRelease(hand.canvas, middle, pos=hand.at(280, 280))
    hand.settled()
    (shape,) = hand.stored()
    assert abs(shape.x - 200) < 3
    assert abs(shape.w - 100) < 4


def test_a_press_while_the_view_is_moved_means_nothing(hand) -> None:
    left, middle = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
    hand.key(Qt.Key.Key_B)
    QTest.mousePress(hand.canvas, middle, pos=hand.at(200, 200))
    QTest.mousePress(hand.canvas, left, pos=hand.at(200, 200))
    hand.move(QPointF(hand.at(300, 300)), left | middle)
    QTest.mouseRelease(hand.canvas, left, pos=hand.at(300, 300))
    QTest.mouseRelease(hand.canvas, middle, pos=hand.at(300, 300))
    hand.settled()
    assert not hand.canvas.tool.busy
    assert hand.stored() == []
