"""Each tool of the canvas, by mouse and by keys alone, down to what is in the store."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QSlider

from engine.data import rle
from engine.data.records import Annotation
from engine.labeling import edits, geometry
from engine.labeling.masks import area

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEY = Qt.Key
ARROWS = {"left": KEY.Key_Left, "right": KEY.Key_Right, "up": KEY.Key_Up, "down": KEY.Key_Down}


def close(a, b, by: float = 1.5) -> bool:
    return all(abs(x - y) <= by for x, y in zip(a, b, strict=True))


def only(hand) -> Annotation:
    hand.settled()
    (shape,) = hand.stored()
    assert hand.shapes() == [shape], "what is shown is what is stored"
    return shape


def go(hand, way: str, tens: int) -> None:
    """The cursor of the keyboard, by steps of 10 px."""
    for _ in range(tens):
        hand.key(ARROWS[way], SHIFT)


def draw_polygon(hand, *points: tuple[float, float]) -> None:
    hand.key(KEY.Key_P)
    for point in points:
        hand.click(*point)
    hand.key(KEY.Key_Return)
    hand.settled()


def pixels(hand, shape: Annotation) -> np.ndarray:
    return rle.decode(shape.rle, hand.canvas.document.height, hand.canvas.document.width)


SQUARE = ((100, 100), (300, 100), (300, 300), (100, 300))


# boxes that lie askew, ellipses


def test_a_rotated_box_is_drawn_by_three_clicks(hand) -> None:
    hand.key(KEY.Key_R)
    for point in ((100, 100), (200, 200), (150, 250)):
        hand.move(QPointF(hand.at(*point)))
        hand.click(*point)
    shape = only(hand)
    cx, cy, w, h, degrees = geometry.rotated_box(shape.points[0])
    assert shape.kind == "rotated_box" and close((cx, cy, w, h, degrees), (125, 175, 141.4, 70.7, 45), 2)
    assert close(geometry.bounds(geometry.ring_points(shape.points[0])), geometry.box_of(shape), 0.01)


def test_a_dragged_rotated_box_lies_straight_and_is_turned_by_its_handle(hand) -> None:
    hand.key(KEY.Key_R)
    hand.drag((200, 200), (300, 260))
    shape = only(hand)
    assert close(geometry.rotated_box(shape.points[0]), (250, 230, 100, 60, 0))
    arm = 26 / hand.canvas.view.scale
    hand.drag((250, 200 - arm), (250 + 30 + arm, 230))  # from above to the right: a quarter turn
    shape = only(hand)
    assert close(geometry.rotated_box(shape.points[0]), (250, 230, 100, 60, 90), 2)


def test_a_rotated_box_is_turned_by_keys_and_resized_in_its_own_frame(hand) -> None:
    hand.key(KEY.Key_R)
    hand.drag((200, 200), (300, 260))
    hand.key(KEY.Key_Down, SHIFT)
    hand.key(KEY.Key_Down, SHIFT)
    hand.key(KEY.Key_Left, SHIFT)
    shape = only(hand)
    assert close(geometry.rotated_box(shape.points[0]), (250, 230, 100, 60, 29), 1)
    corners = geometry.ring_points(shape.points[0])
    middle_right = (corners[1] + corners[2]) / 2
    out = geometry.turned([middle_right + np.array([20, 0])], 29, *middle_right)[0]
    hand.drag(tuple(middle_right), tuple(out))
    grown = geometry.rotated_box(only(hand).points[0])
    assert close(grown[2:], (120, 60, 29), 2)


def test_a_rotated_box_is_drawn_by_keys_alone(hand) -> None:
    hand.key(KEY.Key_R)
    hand.key(KEY.Key_Insert)
    hand.key(KEY.Key_Space)
    go(hand, "right", 6)
    hand.key(KEY.Key_Space)
    go(hand, "down", 3)
    hand.key(KEY.Key_Return)
    shape = only(hand)
    assert shape.kind == "rotated_box" and close(geometry.rotated_box(shape.points[0])[2:], (60, 30, 0), 0.5)


def test_an_ellipse_is_dragged_and_shift_makes_a_circle(hand) -> None:
    hand.key(KEY.Key_E)
    hand.drag((100, 100), (200, 160))
    shape = only(hand)
    assert shape.kind == "ellipse" and close(shape.points[0], (150, 130, 50, 30, 0))
    hand.drag((300, 300), (400, 360), SHIFT)
    hand.settled()
    circle = hand.stored()[1]
    assert close(circle.points[0][2:4], (30, 30)) and circle.points[0][2] == circle.points[0][3]


def test_an_ellipse_is_drawn_by_keys_and_its_radius_dragged(hand) -> None:
    hand.key(KEY.Key_E)
    hand.key(KEY.Key_Insert)
    hand.key(KEY.Key_Space)
    go(hand, "right", 8)
    go(hand, "down", 4)
    hand.key(KEY.Key_Space)
    shape = only(hand)
    cx, cy, rx, ry, _ = shape.points[0]
    assert close((rx, ry), (40, 20), 0.5)
    hand.drag((cx + rx, cy), (cx + rx + 30, cy))
    assert close(only(hand).points[0], (cx, cy, 70, 20, 0))


def test_a_box_is_drawn_by_the_keyboard_cursor_and_escape_leaves_it(hand) -> None:
    hand.key(KEY.Key_B)
    hand.key(KEY.Key_Insert)
    assert hand.canvas.kit.keys.active
    hand.key(KEY.Key_Space)
    go(hand, "right", 5)
    hand.key(KEY.Key_Down, CTRL)
    hand.key(KEY.Key_Space)
    shape = only(hand)
    assert close((shape.w, shape.h), (50, 50), 0.1)
    hand.key(KEY.Key_Escape)
    assert not hand.canvas.kit.keys.active
    hand.key(KEY.Key_Right)
    assert hand.page.index == 1, "without the cursor the arrows go from image to image"


# polygons, holes, lines


def test_a_hole_is_cut_with_alt_inside_the_selected_polygon(hand) -> None:
    draw_polygon(hand, *SQUARE)
    for point in ((150, 150), (250, 150), (250, 250), (150, 250)):
        hand.click(*point, ALT if point == (150, 150) else Qt.KeyboardModifier.NoModifier)
    hand.key(KEY.Key_Return)
    shape = only(hand)
    assert len(shape.points) == 2 and close(geometry.box_of(shape), (100, 100, 200, 200))
    assert hand.canvas.document.at(120, 120, 1) == [shape.id] and hand.canvas.document.at(200, 200, 1) == []


def test_a_hole_is_cut_by_its_own_tool_and_by_keys(hand) -> None:
    draw_polygon(hand, *((x + 200, y + 200) for x, y in SQUARE))
    assert hand.canvas.selection
    hand.key(KEY.Key_P, SHIFT)
    assert hand.canvas.tool.name == "hole"
    hand.key(KEY.Key_Insert)
    for way in ("right", "down", "left"):
        hand.key(KEY.Key_Space)
        go(hand, way, 4)
    hand.key(KEY.Key_Return)
    shape = only(hand)
    assert [len(ring) for ring in shape.points] == [8, 6]


def test_a_vertex_of_a_hole_is_moved_and_a_hole_that_is_too_small_goes(hand) -> None:
    draw_polygon(hand, *SQUARE)
    hand.key(KEY.Key_P, SHIFT)
    for point in ((150, 150), (250, 150), (200, 250)):
        hand.click(*point)
    hand.key(KEY.Key_Return)
    hand.key(KEY.Key_V)
    hand.drag((200, 250), (220, 270))
    shape = only(hand)
    assert close(shape.points[1][4:], (220, 270))
    hand.key(KEY.Key_Delete)
    assert len(only(hand).points) == 1


def test_a_free_hand_sweep_becomes_a_polygon_with_few_points(hand) -> None:
    hand.key(KEY.Key_P)
    turns = np.linspace(0, 2 * np.pi, 90)
    path = [(300 + 120 * np.cos(t), 300 + 120 * np.sin(t)) for t in turns]
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(*path[0]))
    for point in path[1:]:
        hand.move(QPointF(hand.at(*point)), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(*path[-1]))
    shape = only(hand)
    assert 8 <= len(shape.points[0]) // 2 <= 45
    ring = geometry.ring_points(shape.points[0])
    assert abs(geometry.area(ring) / (np.pi * 120**2) - 1) < 0.03


def test_a_click_with_a_trembling_hand_sets_one_point(hand) -> None:
    hand.key(KEY.Key_P)
    for x, y in SQUARE:
        hand.drag((x, y), (x + 6, y + 3))
    hand.key(KEY.Key_Return)
    assert len(only(hand).points[0]) == 8


def test_undo_while_drawing_takes_back_a_point_and_nothing_that_is_stored(hand) -> None:
    draw_polygon(hand, *SQUARE)
    for point in ((400, 400), (500, 400), (550, 450), (500, 500)):
        hand.click(*point)
    hand.key(KEY.Key_Z, CTRL)
    hand.key(KEY.Key_Return)
    hand.settled()
    assert [len(shape.points[0]) for shape in hand.stored()] == [8, 6]


def test_a_half_drawn_polygon_is_kept_when_one_goes_on(hand) -> None:
    hand.key(KEY.Key_P)
    for point in SQUARE:
        hand.click(*point)
    first = hand.page.item_id
    hand.key(KEY.Key_D)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.ids[1])
    hand.settled()
    stored = edits.annotations_of(hand.page.shell.workspace, first)
    assert [shape.kind for shape in stored] == ["polygon"] and hand.stored() == []
    hand.click(100, 100)
    hand.key(KEY.Key_V)
    assert hand.shapes() == [], "one point is no polygon"


def test_shift_draws_at_steps_of_15_degrees(hand) -> None:
    hand.key(KEY.Key_L, SHIFT)
    hand.click(100, 100)
    hand.click(200, 108, SHIFT)
    hand.key(KEY.Key_Return)
    shape = only(hand)
    assert shape.kind == "polyline" and close(shape.points[0][1:4:2], (100, 100), 0.5)


def test_a_line_is_ended_by_a_double_click_and_its_vertices_change(hand) -> None:
    hand.key(KEY.Key_L, SHIFT)
    for point in ((100, 100), (200, 100), (200, 200)):
        hand.click(*point)
    hand.double_click(200, 200)
    shape = only(hand)
    assert shape.points[0][:2] != shape.points[0][4:] and len(shape.points[0]) == 6
    hand.key(KEY.Key_V)
    hand.double_click(150, 100)
    assert len(only(hand).points[0]) == 8
    hand.key(KEY.Key_Delete)
    hand.drag((200, 200), (260, 240))
    assert close(only(hand).points[0], (100, 100, 200, 100, 260, 240))
    assert hand.canvas.document.at(150, 150, 2) == [], "a line covers nothing"


# several vertices, vertices by keys


def test_several_vertices_are_framed_moved_and_deleted(hand) -> None:
    draw_polygon(hand, (100, 100), (200, 100), (300, 100), (300, 300), (200, 300), (100, 300))
    hand.key(KEY.Key_V)
    hand.drag((250, 60), (340, 340), ALT)
    assert hand.canvas.select_tool.chosen == {(0, 2), (0, 3)}
    hand.drag((300, 100), (340, 100))
    shape = only(hand)
    assert close(shape.points[0][4:8], (340, 100, 340, 300))
    hand.key(KEY.Key_Right, ALT | SHIFT)
    assert close(only(hand).points[0][4:8], (350, 100, 350, 300))
    hand.key(KEY.Key_Delete)
    assert close(only(hand).points[0], (100, 100, 200, 100, 200, 300, 100, 300))


def test_vertices_are_chosen_moved_added_and_deleted_by_keys_alone(hand) -> None:
    draw_polygon(hand, *SQUARE)
    hand.key(KEY.Key_V)
    hand.key(KEY.Key_BracketRight, ALT)
    hand.key(KEY.Key_BracketRight, ALT)
    assert hand.canvas.select_tool.chosen == {(0, 1)}
    hand.key(KEY.Key_Right, ALT)
    assert close(only(hand).points[0][2:4], (301, 100))
    hand.key(KEY.Key_Insert, SHIFT)
    assert close(only(hand).points[0][4:6], (300.5, 200))
    hand.key(KEY.Key_Delete)
    assert len(only(hand).points[0]) == 8
    hand.key(KEY.Key_BracketRight, ALT)
    hand.key(KEY.Key_Escape)
    hand.key(KEY.Key_Right, ALT)
    assert close(geometry.box_of(only(hand)), (101, 100, 201, 200)), "without a chosen vertex all of it moves"


# points and keypoints


def test_a_point_is_set_hit_and_moved(hand) -> None:
    hand.key(KEY.Key_O)
    hand.click(150, 160)
    shape = only(hand)
    assert shape.kind == "point" and close(geometry.box_of(shape), (150, 160, 0, 0))
    hand.key(KEY.Key_V)
    hand.drag((152, 161), (192, 181))
    assert close(only(hand).points[0], (190, 180))
    hand.key(KEY.Key_O)
    hand.key(KEY.Key_Insert)
    hand.key(KEY.Key_Space)
    hand.settled()
    assert len(hand.stored()) == 2


@pytest.fixture
def skeleton(hand):
    """The label scratch has three keypoints."""
    from engine.data.records import read_labels
    from engine.labeling import log

    def define(ws):
        label = read_labels(ws)[0]
        from dataclasses import replace

        details = {"keypoints": ["tip", "middle", "end"], "skeleton": [[0, 1], [1, 2]]}
        with ws.transaction("Edit label") as tx:
            return log.put(ws, tx, [log.Step(label, replace(label, details=details))])

    hand.page.shell.run(define, "Edit label")
    hand.bot.waitUntil(lambda: bool(hand.page.labels and hand.page.labels[0].details.get("keypoints")))
    hand.key(KEY.Key_K, SHIFT)
    return hand


def test_keypoints_are_placed_in_order_hidden_with_alt_and_skipped(skeleton) -> None:
    hand = skeleton
    assert "tip" in hand.canvas.hint and "1" in hand.canvas.hint
    hand.click(100, 100)
    hand.click(150, 150, ALT)
    assert "end" in hand.canvas.hint
    hand.key(KEY.Key_S)
    shape = only(hand)
    assert shape.kind == "keypoints" and close(shape.points[0], (100, 100, 2, 150, 150, 1, 0, 0, 0))
    assert close(geometry.box_of(shape), (100, 100, 50, 50))


def test_a_single_keypoint_is_dragged_and_its_visibility_changed(skeleton) -> None:
    hand = skeleton
    for point in ((100, 100), (150, 150), (200, 100)):
        hand.click(*point)
    hand.key(KEY.Key_V)
    hand.drag((150, 150), (150, 190))
    assert close(only(hand).points[0][3:6], (150, 190, 2))
    hand.key(KEY.Key_V, SHIFT)
    assert only(hand).points[0][5] == 1
    hand.key(KEY.Key_V, SHIFT)
    assert only(hand).points[0][5] == 2
    hand.key(KEY.Key_Delete)
    assert only(hand).points[0][3:6] == (0, 0, 0), "the keypoint goes, the skeleton stays"


def test_keypoints_are_placed_by_keys_and_backspace_takes_one_back(skeleton) -> None:
    hand = skeleton
    hand.key(KEY.Key_Insert)
    for _ in range(2):
        hand.key(KEY.Key_Space)
        go(hand, "right", 3)
    hand.key(KEY.Key_Backspace)
    hand.key(KEY.Key_Space)
    hand.key(KEY.Key_Return)
    shape = only(hand)
    assert shape.points[0][5] == 2 and shape.points[0][8] == 0
    assert shape.w == 60


def test_a_skeleton_is_taken_by_a_bone_and_moves_as_a_whole(skeleton) -> None:
    hand = skeleton
    for point in ((100, 100), (200, 100), (200, 200)):
        hand.click(*point)
    hand.key(KEY.Key_V)
    hand.click(500, 500)
    hand.click(150, 101)
    before = only(hand)
    assert hand.canvas.selection == [before.id], "hit on the line between two keypoints"
    hand.drag((140, 150), (160, 180))
    assert close(geometry.box_of(only(hand)), (before.x + 20, before.y + 30, 100, 100), 2)


# masks


def test_a_brush_paints_one_mask_by_strokes_that_are_undone_one_by_one(hand) -> None:
    hand.key(KEY.Key_M)
    hand.drag((100, 100), (200, 100))
    first = only(hand)
    assert first.kind == "mask" and close(geometry.box_of(first), (88, 88, 124, 24), 3)
    hand.drag((150, 100), (150, 200))
    second = only(hand)
    assert second.id == first.id and area(second.rle) > area(first.rle)
    assert pixels(hand, second)[190, 150] and not pixels(hand, second)[190, 190]
    hand.key(KEY.Key_Z, CTRL)
    hand.settled()
    assert only(hand).rle == first.rle
    hand.key(KEY.Key_Z, CTRL)
    hand.settled()
    assert hand.stored() == []


def test_the_eraser_takes_pixels_away_and_the_last_ones_with_the_mask(hand) -> None:
    hand.key(KEY.Key_M)
    hand.drag((100, 100), (200, 100))
    hand.key(KEY.Key_M, SHIFT)
    assert hand.canvas.tool.name == "eraser"
    hand.drag((150, 60), (150, 140))
    shape = only(hand)
    assert not pixels(hand, shape)[100, 150] and pixels(hand, shape)[100, 110]
    for _ in range(30):
        hand.key(KEY.Key_BracketRight)
    hand.drag((90, 100), (220, 100))
    hand.settled()
    assert hand.stored() == []


def test_two_quick_dabs_at_one_place_both_paint(hand) -> None:
    hand.key(KEY.Key_M)
    hand.click(100, 100)
    hand.key(KEY.Key_BracketRight)
    QTest.mouseDClick(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(100, 100))
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(100, 100))
    shape = only(hand)
    assert shape.w > 25
    hand.settled()
    assert hand.page._depth[0] >= 2


def test_the_brush_gets_its_size_by_keys_and_the_wheel_and_keeps_it(hand) -> None:
    hand.key(KEY.Key_M)
    before = hand.canvas.kit.options["brush"]
    hand.key(KEY.Key_BracketRight)
    larger = hand.canvas.kit.options["brush"]
    assert larger > before and f"{larger:.0f} px" in hand.canvas.hint
    at = QPointF(hand.at(200, 200))
    scale = hand.canvas.view.scale
    wheel = QWheelEvent(at, QPointF(hand.canvas.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton,
                        CTRL, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(hand.canvas, wheel)
    assert hand.canvas.kit.options["brush"] < larger and hand.canvas.view.scale == scale
    assert float(hand.page.shell.settings.value("labeling/brush")) == hand.canvas.kit.options["brush"]


def test_the_size_of_the_brush_is_set_with_a_slider_over_the_picture(hand) -> None:
    bar = hand.page.canvas.findChild(QFrame, "tool_options")
    assert not bar.isVisible()
    hand.key(KEY.Key_M)
    assert bar.isVisible()
    slider = bar.findChild(QSlider)
    QApplication.processEvents()
    end = QPoint(slider.width() - 3, slider.height() // 2)
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert hand.canvas.kit.options["brush"] > 24 and hand.canvas.hasFocus()
    before = slider.value()
    hand.key(KEY.Key_BracketLeft)
    assert slider.value() < before
    hand.key(KEY.Key_V)
    assert not bar.isVisible()


def test_alt_erases_with_the_brush_and_escape_begins_a_new_mask(hand) -> None:
    hand.key(KEY.Key_M)
    hand.drag((100, 100), (200, 100))
    hand.drag((150, 60), (150, 140), ALT)
    assert not pixels(hand, only(hand))[100, 150]
    hand.key(KEY.Key_Escape)
    hand.drag((400, 400), (450, 400))
    hand.settled()
    assert len(hand.stored()) == 2


def test_a_mask_is_painted_by_keys_alone(hand) -> None:
    hand.key(KEY.Key_M)
    hand.key(KEY.Key_Insert)
    hand.key(KEY.Key_Space)
    go(hand, "right", 6)
    hand.key(KEY.Key_Space)
    shape = only(hand)
    assert abs(shape.w - (60 + 24)) <= 2 and abs(shape.h - 24) <= 2


def test_escape_in_mid_stroke_leaves_the_mask_as_it_was(hand) -> None:
    hand.key(KEY.Key_M)
    hand.drag((100, 100), (200, 100))
    before = only(hand)
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(150, 100))
    hand.move(QPointF(hand.at(150, 300)), Qt.MouseButton.LeftButton)
    hand.key(KEY.Key_Escape)
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(150, 300))
    assert only(hand) == before and not hand.canvas.live


def test_a_lasso_adds_to_the_mask_and_takes_away_with_alt(hand) -> None:
    hand.key(KEY.Key_Q)

    def lasso(points, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, modifiers, hand.at(*points[0]))
        for point in points[1:]:
            hand.move(QPointF(hand.at(*point)), Qt.MouseButton.LeftButton, modifiers)
        QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, modifiers, hand.at(*points[-1]))

    lasso(SQUARE)
    shape = only(hand)
    assert abs(area(shape.rle) / 40_000 - 1) < 0.03
    lasso(((150, 150), (250, 150), (250, 250), (150, 250)), ALT)
    shape = only(hand)
    assert abs(area(shape.rle) / 30_000 - 1) < 0.03 and not pixels(hand, shape)[200, 200]
    hand.key(KEY.Key_F)
    hand.click(200, 200)
    assert abs(area(only(hand).rle) / 40_000 - 1) < 0.03, "the hole is filled"


def test_the_wand_takes_a_region_of_the_picture_and_a_drag_changes_the_tolerance(hand) -> None:
    hand.key(KEY.Key_W)
    x, y = dark_spot(hand)
    hand.click(x + 0.5, y + 0.5)
    small = only(hand)
    assert pixels(hand, small)[y - 1 : y + 2, x - 1 : x + 2].any()
    hand.key(KEY.Key_Escape)
    hand.drag((x, y), (x + 700 / hand.canvas.view.scale, y))
    hand.settled()
    large = hand.stored()[-1]
    assert area(large.rle) > area(small.rle) and hand.canvas.kit.options["tolerance"] > 100


def test_the_wand_and_the_fill_work_by_keys(hand) -> None:
    hand.key(KEY.Key_W)
    hand.key(KEY.Key_Insert)
    hand.key(KEY.Key_Space)
    hand.key(KEY.Key_Space)
    hand.settled()
    assert len(hand.stored()) == 1
    hand.key(KEY.Key_Escape)
    hand.key(KEY.Key_F)
    hand.canvas.select([])
    hand.key(KEY.Key_Insert)
    hand.key(KEY.Key_Space)
    hand.settled()
    assert len(hand.stored()) == 2


def dark_spot(hand) -> tuple[int, int]:
    from app.gui.labeling.tools import pixels as picture

    image = picture.region(hand.canvas.picture, 200, 200, 200, 200).mean(axis=2)
    row, column = np.unravel_index(int(image.argmin()), image.shape)
    return 200 + int(column), 200 + int(row)


def test_a_mask_is_selected_by_its_pixels_and_moved_with_them(hand) -> None:
    hand.key(KEY.Key_M)
    hand.drag((100, 100), (200, 100))
    hand.drag((200, 100), (200, 200))
    hand.key(KEY.Key_V)
    hand.click(120, 180)
    assert hand.canvas.selection == [], "inside the bounds, but on none of its pixels"
    hand.click(150, 100)
    before = pixels(hand, only(hand))
    hand.drag((150, 100), (190, 140))
    shape = only(hand)
    dx, dy = (
        round(shape.x - np.nonzero(before.any(axis=0))[0][0]),
        round(shape.y - np.nonzero(before.any(axis=1))[0][0]),
    )
    assert close((dx, dy), (40, 40), 1) and (pixels(hand, shape) == np.roll(before, (dy, dx), (0, 1))).all()
    hand.key(KEY.Key_Down, ALT | SHIFT)
    assert only(hand).y == shape.y + 10


# what holds for all


def add(hand, *shapes: Annotation) -> None:
    hand.page.editing.edit([edits.Add(shape) for shape in shapes], "Draw box")
    hand.settled()


def test_locked_shapes_stay_where_they_are_and_hidden_ones_are_not_hit(hand) -> None:
    item = hand.page.item_id
    ids = [hand.page.editing.next_id() for _ in range(2)]
    add(
        hand,
        Annotation(ids[0], item, 1, "box", 100, 100, 80, 80, flags=("locked",)),
        Annotation(ids[1], item, 1, "box", 300, 100, 80, 80, flags=("hidden",)),
    )
    hand.key(KEY.Key_V)
    before = hand.stored()
    hand.drag((140, 140), (200, 200))
    assert hand.canvas.selection == [ids[0]]
    hand.key(KEY.Key_Right, ALT)
    hand.key(KEY.Key_Right, CTRL | ALT)
    hand.key(KEY.Key_Right, SHIFT)
    hand.drag((180, 180), (240, 240))
    hand.settled()
    assert hand.stored() == before
    hand.click(340, 140)
    assert hand.canvas.selection == []


def test_a_label_is_not_given_to_a_shape_that_it_does_not_allow(hand) -> None:
    from dataclasses import replace

    from engine.data.records import read_labels
    from engine.labeling import log

    hand.key(KEY.Key_B)
    hand.drag((100, 100), (200, 160))

    def allow(ws):
        label = read_labels(ws)[1]
        with ws.transaction("Edit label") as tx:
            return log.put(ws, tx, [log.Step(label, replace(label, shapes=("polygon",)))])

    hand.page.shell.run(allow, "Edit label")
    hand.bot.waitUntil(lambda: bool(hand.page.labels[1].shapes))
    hand.key(KEY.Key_2)
    assert only(hand).label_id == 1 and hand.canvas.tool.name == "polygon"


def test_a_damaged_mask_is_painted_anew_and_disturbs_nothing(hand) -> None:
    broken = Annotation(hand.page.editing.next_id(), hand.page.item_id, 1, "mask", 100, 100, 80, 80, rle="~~~")
    add(hand, broken)
    hand.key(KEY.Key_V)
    hand.click(140, 140)
    hand.canvas.select([broken.id])
    hand.key(KEY.Key_Right, ALT)
    hand.key(KEY.Key_M)
    hand.drag((300, 300), (340, 300))
    assert area(only(hand).rle) > 500


def test_a_polygon_of_thousands_of_points_is_taken_by_one_of_them(hand) -> None:
    turns = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    ring = np.stack([300 + 200 * np.cos(turns), 300 + 200 * np.sin(turns)], 1)
    shape = geometry.with_rings(Annotation(hand.page.editing.next_id(), hand.page.item_id, 1, "polygon"), [ring])
    add(hand, shape)
    hand.key(KEY.Key_V)
    hand.canvas.select([shape.id])
    hand.drag((500, 300), (540, 300))
    changed = geometry.ring_points(only(hand).points[0])
    assert (np.abs(changed - ring).max(axis=1) > 1).sum() == 1 and changed[:, 0].max() > 530


def test_an_answer_from_before_an_edit_does_not_take_the_edit_away(hand) -> None:
    old, begun = hand.page._open, hand.page.writer.begun
    hand.key(KEY.Key_B)
    hand.drag((100, 100), (200, 160))
    shape = only(hand)
    hand.page._take_item(old, begun)
    assert hand.shapes() == [shape] and hand.canvas.selection == [shape.id]
    hand.settled()
    assert hand.shapes() == [shape]


def test_a_turned_box_becomes_a_rotated_one_and_undo_brings_it_back(hand) -> None:
    hand.key(KEY.Key_B)
    hand.drag((100, 100), (200, 160))
    hand.key(KEY.Key_Down, SHIFT)
    assert only(hand).kind == "rotated_box"
    hand.key(KEY.Key_Z, CTRL)
    hand.settled()
    assert only(hand).kind == "box"


def test_points_snap_to_neighbours_and_borders_when_snapping_is_on(hand) -> None:
    add(hand, Annotation(hand.page.editing.next_id(), hand.page.item_id, 1, "box", 100, 100, 100, 100))
    hand.canvas.select([])
    hand.key(KEY.Key_S, SHIFT)
    assert hand.canvas.kit.snapper.on
    hand.key(KEY.Key_P)
    for point in ((203, 202), (300, 3), (400, 300)):
        hand.click(*point)
    hand.key(KEY.Key_Return)
    hand.settled()
    ring = hand.stored()[1].points[0]
    assert ring[:2] == (200, 200) and ring[3] == 0
    hand.key(KEY.Key_S, SHIFT)
    assert not hand.canvas.kit.snapper.on


def test_a_moved_shape_lies_down_beside_its_neighbour(hand) -> None:
    item, next_id = hand.page.item_id, hand.page.editing.next_id
    add(
        hand,
        Annotation(next_id(), item, 1, "box", 100, 100, 100, 100),
        Annotation(next_id(), item, 1, "box", 300, 100, 60, 60),
    )
    hand.key(KEY.Key_S, SHIFT)
    hand.key(KEY.Key_V)
    hand.drag((330, 130), (233, 132))
    hand.settled()
    assert (hand.stored()[1].x, hand.stored()[1].y) == (200, 100)
    hand.key(KEY.Key_S, SHIFT)


def test_a_label_that_allows_certain_shapes_switches_to_a_fitting_tool(hand) -> None:
    from dataclasses import replace

    from engine.data.records import read_labels
    from engine.labeling import log

    def allow(ws):
        label = read_labels(ws)[1]
        with ws.transaction("Edit label") as tx:
            return log.put(ws, tx, [log.Step(label, replace(label, shapes=("polygon", "mask")))])

    hand.page.shell.run(allow, "Edit label")
    hand.bot.waitUntil(lambda: bool(hand.page.labels[1].shapes))
    hand.key(KEY.Key_B)
    hand.key(KEY.Key_2)
    assert hand.canvas.tool.name == "polygon"
    hand.key(KEY.Key_B)
    assert "dent" in hand.canvas.hint and "polygon" in hand.canvas.hint
    hand.drag((100, 100), (200, 200))
    hand.settled()
    assert hand.stored() == [], "it says why instead of drawing"
    hand.key(KEY.Key_1)
    assert hand.canvas.tool.name == "box" and "dent" not in hand.canvas.hint
    hand.drag((100, 100), (200, 200))
    assert only(hand).kind == "box"


def test_the_tools_of_a_family_share_a_button_that_shows_the_one_in_use(hand) -> None:
    strip = hand.page.tool_strip
    button = strip.buttons["ellipse"]
    assert button is strip.buttons["box"] and button.menu() is not None
    hand.key(KEY.Key_E)
    assert button.defaultAction() is hand.page.acts["ellipse"] and button.isChecked()
    hand.key(KEY.Key_V)
    assert button.defaultAction() is hand.page.acts["ellipse"] and not button.isChecked()
    assert "E" in button.toolTip()
    shown = {id(b) for b in strip.buttons.values() if b.defaultAction().property("group") != ""}
    assert len(shown) <= 20


def test_no_two_actions_have_the_same_key(hand) -> None:
    keys: dict[str, list[str]] = {}
    for name, action in hand.page.acts.items():
        for key in action.shortcuts():
            keys.setdefault(key.toString(), []).append(name)
    assert {key: names for key, names in keys.items() if len(names) > 1} == {}
