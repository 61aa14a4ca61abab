"""What must not get lost or go wrong while shapes are edited: the clipboard, vertices after undo, half typed values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.data.records import Annotation
from engine.labeling import edits, masks, migration, schema
from engine.labeling.masks import area

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEY = Qt.Key


def add(hand, *shapes: Annotation) -> list[int]:
    made = [shape.with_(id=hand.page.editing.next_id(), item_id=hand.page.item_id) for shape in shapes]
    hand.page.editing.edit([edits.Add(shape) for shape in made], "Draw box")
    hand.settled()
    return [shape.id for shape in made]


def change_labels(hand, *changes: dict) -> None:
    """Give the labels in their order other values."""
    labels = schema.labels(hand.page.shell.workspace)
    new = tuple(replace(label, **values) for label, values in zip(labels, changes, strict=True))
    hand.page.shell.run(lambda ws: migration.apply(ws, migration.Draft(new)), "schema")
    hand.bot.waitUntil(lambda: hand.page.labels == list(new))
    hand.settled()


def box(**more) -> Annotation:
    return Annotation(0, 0, 1, "box", 100.0, 100.0, 60.0, 60.0, **more)


def test_a_mask_from_an_image_of_another_size_is_pasted_as_it_was(hand) -> None:
    pixels = np.ones((40, 30), np.uint8)
    small = masks.Patch((320, 200))
    small.put(pixels, 50, 60)
    editing = hand.page.editing
    editing._clipboard, editing._clipped_from = [small.placed(box().with_(kind="mask"))], (320, 200)
    hand.key(KEY.Key_V, CTRL)
    hand.settled()
    (pasted,) = hand.stored()
    assert (pasted.x, pasted.y, pasted.w, pasted.h) == (50, 60, 30, 40) and area(pasted.rle) == 1200


def test_nothing_of_another_workspace_and_of_a_removed_label_is_pasted(hand) -> None:
    add(hand, box(), box().with_(label_id=2, x=300.0))
    hand.key(KEY.Key_V)
    hand.key(KEY.Key_A, CTRL)
    hand.key(KEY.Key_C, CTRL)
    hand.page.shell.run(lambda ws: schema.remove_label(ws, 2), "remove")
    hand.bot.waitUntil(lambda: len(hand.page.labels) == 1)
    hand.settled()
    hand.key(KEY.Key_V, CTRL)
    hand.settled()
    assert [shape.label_id for shape in hand.stored()] == [1, 1]
    hand.page.opened(hand.page.shell.workspace)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id != 0)
    hand.settled()
    hand.key(KEY.Key_V, CTRL)
    hand.settled()
    assert len(hand.stored()) == 2


def test_an_image_label_is_not_given_twice_by_copies(hand) -> None:
    label, shape = add(hand, Annotation(0, 0, 2, "class"), box())
    hand.canvas.select([label, shape])
    hand.page.acts["duplicate"].trigger()
    hand.settled()
    assert sorted(one.kind for one in hand.stored()) == ["box", "box", "class"]
    hand.canvas.select([label, shape])
    for _ in range(2):
        hand.key(KEY.Key_Right, CTRL | SHIFT)
        hand.bot.waitUntil(lambda: hand.page.index == 1)
        hand.settled()
        hand.bot.waitUntil(lambda: len(hand.canvas.selection) == 2)
        hand.page.go_to(0)
        hand.settled()
        hand.canvas.select([label, shape])
    hand.page.go_to(1)
    hand.settled()
    assert sorted(one.kind for one in hand.stored()) == ["box", "box", "class"]


def test_what_is_larger_than_the_image_is_not_pasted_and_stops_nothing(hand) -> None:
    editing = hand.page.editing
    editing._clipboard, editing._clipped_from = [box().with_(w=9000.0)], (10_000, 10_000)
    hand.key(KEY.Key_V, CTRL)
    hand.settled()
    assert hand.stored() == []


def test_a_vertex_that_undo_took_away_is_chosen_no_more(hand) -> None:
    hand.key(KEY.Key_P)
    for point in ((100, 100), (300, 100), (300, 300), (100, 300)):
        hand.click(*point)
    hand.key(KEY.Key_Return)
    hand.settled()
    hand.key(KEY.Key_V)
    for _ in range(4):
        hand.key(KEY.Key_BracketRight, ALT)
    hand.key(KEY.Key_Insert, SHIFT)
    hand.settled()
    assert hand.canvas.select_tool.chosen == {(0, 4)}
    hand.page.acts["undo"].trigger()
    hand.settled()
    before = hand.stored()
    hand.canvas.select_tool.chosen = {(0, 4), (3, 0)}
    hand.key(KEY.Key_Insert, SHIFT)
    hand.key(KEY.Key_V, SHIFT)
    hand.key(KEY.Key_Right, ALT)
    hand.settled()
    assert hand.stored() == before, "no vertex, so nothing is moved or added"
    hand.canvas.select_tool.chosen = {(0, 4), (0, 1)}
    hand.key(KEY.Key_Delete)
    hand.settled()
    assert len(hand.stored()[0].points[0]) == 6


def test_a_shape_that_is_half_drawn_keeps_a_label_that_allows_it(hand) -> None:
    change_labels(hand, {}, {"shapes": ("box",)})
    hand.key(KEY.Key_P)
    for point in ((100, 100), (300, 100), (300, 300)):
        hand.click(*point)
    hand.key(KEY.Key_2)
    assert hand.canvas.label_id == 1 and hand.canvas.tool.busy
    assert hand.page.side.labels.list.currentRow() == 0
    hand.key(KEY.Key_Return)
    hand.settled()
    assert [(shape.kind, shape.label_id) for shape in hand.stored()] == [("polygon", 1)]


def test_a_skeleton_that_is_half_drawn_keeps_its_label_and_its_points(hand) -> None:
    change_labels(hand, {"details": {"keypoints": ["a", "b", "c"]}}, {"details": {"keypoints": ["x"]}})
    hand.key(KEY.Key_K, SHIFT)
    hand.click(100, 100)
    hand.click(200, 100)
    hand.key(KEY.Key_2)
    assert "c" in hand.canvas.hint
    hand.click(200, 200)
    hand.settled()
    (shape,) = hand.stored()
    assert shape.label_id == 1 and len(shape.points[0]) == 9
    hand.click(300, 300)
    hand.settled()
    assert [(s.label_id, len(s.points[0])) for s in hand.stored()] == [(1, 9), (2, 3)]


def test_a_value_that_is_typed_is_kept_when_one_goes_on_to_the_next_image(hand) -> None:
    change_labels(hand, {"attributes": ({"name": "note", "type": "text"},)}, {})
    (shape,) = add(hand, box())
    first = hand.page.item_id
    hand.canvas.select([shape])
    hand.key(KEY.Key_F4)
    field = hand.page.findChild(object, "attribute_note")
    QTest.keyClicks(field, "near the edge")
    QTest.keyClick(field, KEY.Key_PageDown)
    hand.bot.waitUntil(lambda: hand.page.index == 1)
    hand.settled()
    stored = edits.annotations_of(hand.page.shell.workspace, first)
    assert stored[0].attributes == {"note": "near the edge"} and hand.stored() == []


def test_a_press_that_is_held_over_the_next_image_drags_nothing_along(hand) -> None:
    add(hand, box())
    hand.key(KEY.Key_V)
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(130, 130))
    hand.key(KEY.Key_D)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.ids[1])
    hand.move(QPointF(hand.at(230, 230)), Qt.MouseButton.LeftButton)
    assert hand.canvas.live == {}
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(230, 230))
    hand.settled()
    assert hand.stored() == []


def test_a_suggestion_that_is_hidden_stays_a_suggestion(hand) -> None:
    (shape,) = add(hand, box(origin="model", score=0.8))
    hand.page.shell.run(lambda ws: edits.apply(ws, hand.page.item_id, [edits.Change(shape, {"origin": "model", "author": "defects v1"})]), "x")  # fmt: skip
    hand.bot.waitUntil(lambda: hand.shapes()[0].author == "defects v1")
    hand.canvas.select([shape])
    hand.key(KEY.Key_H, CTRL)
    hand.settled()
    (stored,) = hand.stored()
    assert (stored.flags, stored.origin, stored.author) == (("hidden",), "model", "defects v1")
    assert hand.shapes() == [stored]
