"""Operations on shapes that other programs left behind: damaged masks, shapes without points, at the border, without a place."""

from __future__ import annotations

import itertools

import pytest

from engine.data.records import Annotation
from engine.errors import LinesideError
from engine.labeling import align, combine, convert, copying, groups
from engine.labeling.edits import Change
from engine.labeling.regions import CannotCombine

SIZE = (100, 80)
BOX = Annotation(2, 1, 1, "box", 10.0, 10.0, 20.0, 20.0)
IMAGE_LABEL = Annotation(3, 1, 1, "class")
DAMAGED = Annotation(1, 1, 1, "mask", 10.0, 10.0, 20.0, 20.0, rle="~~~")
OF_ANOTHER_SIZE = DAMAGED.with_(rle="0123")


@pytest.mark.parametrize("mask", [DAMAGED, OF_ANOTHER_SIZE])
def test_a_damaged_mask_is_named_and_never_combined(mask) -> None:
    for tried in (
        lambda: combine.unite([mask, BOX], SIZE),
        lambda: combine.take_apart(mask, SIZE),
        lambda: combine.cut(mask, [(0, 0), (100, 80)], SIZE),
        lambda: convert.convert(mask, "polygon", SIZE),
    ):
        with pytest.raises(CannotCombine, match="damaged"):
            tried()
    (copied,) = copying.copies([mask, BOX], 2, (SIZE, (50, 50)), itertools.count(9).__next__)
    assert copied.kind == "box"


@pytest.mark.parametrize(
    ("kind", "to"), [(kind, to) for kind, all in convert.TARGETS.items() if kind not in ("box", "mask") for to in all]
)
@pytest.mark.parametrize("points", [(), ((1.0, 1.0, 5.0, 5.0, 3.0, 3.0),)])
def test_a_shape_without_an_outline_is_converted_or_refused_in_words(kind, to, points) -> None:
    if kind in ("ellipse", "keypoints") and points:
        points = ((5.0, 5.0, 0.0, 0.0, 0.0),) if kind == "ellipse" else ((100.0, 80.0, 2.0),)
    shape = Annotation(1, 1, 1, kind, 1.0, 1.0, 4.0, 4.0, points=points)
    try:
        assert convert.convert(shape, to, SIZE).kind == to
    except LinesideError:
        assert to != "box" or not points


def test_lines_without_points_are_neither_cut_nor_joined() -> None:
    empty = Annotation(1, 1, 1, "polyline", points=())
    for tried in (lambda: combine.unite([empty, empty.with_(id=2)], SIZE), lambda: combine.cut(empty.with_(points=((1.0, 1.0),)), [(0, 0), (9, 9)], SIZE)):  # fmt: skip
        with pytest.raises(CannotCombine):
            tried()


@pytest.mark.parametrize(
    "shape",
    [
        Annotation(1, 1, 1, "polyline", 100.0, 1.0, 0.0, 5.0, points=((100.0, 1.0, 100.0, 6.0),)),
        Annotation(1, 1, 1, "keypoints", 100.0, 80.0, 0.0, 0.0, points=((100.0, 80.0, 2.0),)),
    ],
)
def test_the_box_of_what_lies_on_the_far_border_is_inside_the_image(shape) -> None:
    box = convert.convert(shape, "box", SIZE)
    assert box.x + box.w <= 100 and box.y + box.h <= 80 and min(box.w, box.h) >= 1


@pytest.mark.parametrize("way", align.WAYS)
def test_an_image_label_among_aligned_shapes_stays(way) -> None:
    shapes = [IMAGE_LABEL, BOX, BOX.with_(id=4, x=40.0), BOX.with_(id=5, x=60.0, y=30.0)]
    made = align.align(shapes, way, SIZE)
    assert [shape.id for shape in made] == [3, 2, 4, 5] and made[0] == IMAGE_LABEL


def test_relations_to_a_shape_that_is_united_into_another_pass_to_it() -> None:
    a, b = BOX, BOX.with_(id=4, x=20.0)
    c = BOX.with_(id=5, y=50.0, relations=((2, "on"), (4, "causes"), (9, "near")))
    edits = combine.as_edits([a, b], combine.unite([a, b], SIZE), lambda: 7, [a, c])
    assert Change(5, {"relations": ((2, "causes"), (2, "on"), (9, "near"))}) in edits
    assert combine.as_edits([a], [a.with_(x=11.0)], lambda: 7, [c]) == [Change(2, {"x": 11.0})]


def test_to_hide_lock_or_order_a_suggestion_is_not_to_accept_it() -> None:
    suggestion = BOX.with_(origin="model", author="defects v1", score=0.7)
    own = {"origin": "model", "author": "defects v1"}
    for flag in ("hidden", "locked"):
        (edit,) = groups.set_flag([suggestion], flag, True)
        assert own.items() <= edit.values.items()
    (edit,) = groups.to_front([suggestion, BOX.with_(id=4)], [2])
    assert own.items() <= edit.values.items()
    (edit,) = groups.set_flag([suggestion], "occluded", True)
    assert "origin" not in edit.values, "whoever says something of it has seen it"
