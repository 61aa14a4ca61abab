"""Shapes out of shapes: what an area is before and after."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.data import rle
from engine.data.records import Annotation
from engine.labeling import align, combine, convert, geometry, groups, regions
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.regions import CannotCombine

SIZE = (96, 80)


def box(x, y, w, h, id=1, **more) -> Annotation:
    return Annotation(id, 1, 1, "box", float(x), float(y), float(w), float(h), **more)


def polygon(*rings, id=1, **more) -> Annotation:
    return geometry.with_rings(Annotation(id, 1, 1, "polygon", **more), [np.array(r, float) for r in rings])


def mask(pixels: np.ndarray, id=1) -> Annotation:
    return regions.as_mask(Annotation(id, 1, 1, "mask"), pixels.astype(np.uint8), 0, 0, SIZE)


def area(shape: Annotation) -> float:
    return float(regions.region(shape, SIZE).area)


boxes = st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(1, 20)] * 2).map(lambda v: box(*v))


@st.composite
def star(draw) -> Annotation:
    """A polygon around a middle, now and then with a hole."""
    turns = sorted(draw(st.sets(st.integers(0, 359), min_size=5, max_size=12)))
    assume(max(b - a for a, b in zip(turns, [*turns[1:], turns[0] + 360], strict=True)) < 150)
    cx, cy = draw(st.integers(30, 60)), draw(st.integers(30, 50))
    reach = [draw(st.integers(8, 28)) for _ in turns]
    ring = [
        (cx + r * math.cos(math.radians(t)), cy + r * math.sin(math.radians(t)))
        for t, r in zip(turns, reach, strict=True)
    ]
    hole = [(cx - 1.5, cy - 1.5), (cx + 1.5, cy - 1.5), (cx + 1.5, cy + 1.5), (cx - 1.5, cy + 1.5)]
    return polygon(ring, hole) if draw(st.booleans()) else polygon(ring)


@st.composite
def blots(draw) -> Annotation:
    """A mask of some rectangles."""
    pixels = np.zeros(SIZE[::-1], bool)
    for _ in range(draw(st.integers(1, 5))):
        x, y = draw(st.integers(0, 80)), draw(st.integers(0, 64))
        pixels[y : y + draw(st.integers(1, 16)), x : x + draw(st.integers(1, 16))] = True
    return mask(pixels)


shapes = st.one_of(boxes, star(), blots())


def tried(function, *arguments):
    """The area of what comes out; 0 where nothing is left."""
    try:
        return area(function(*arguments)[0])
    except CannotCombine:
        return 0.0


@settings(deadline=None, max_examples=80)
@given(shapes, shapes)
def test_what_two_cover_together_apart_and_in_common_adds_up(a, b) -> None:
    if (a.kind == "mask") != (b.kind == "mask"):  # with a mask pixels are counted
        a, b = (convert.convert(shape, "mask", SIZE) for shape in (a, b))
    b = b.with_(id=2)
    union, common = tried(combine.unite, [a, b], SIZE), tried(combine.intersect, [a, b], SIZE)
    rest_a, rest_b = tried(combine.subtract, [a, b], SIZE), tried(combine.subtract, [b, a], SIZE)
    slack = 0.5 if a.kind != "mask" else 1e-9  # coordinates are kept to 0.001 px
    assert union == pytest.approx(area(a) + area(b) - common, abs=slack)
    assert rest_a == pytest.approx(area(a) - common, abs=slack)
    assert union == pytest.approx(rest_a + common + rest_b, abs=slack)


@settings(deadline=None, max_examples=60)
@given(blots())
def test_a_mask_outlined_exactly_and_filled_again_is_the_same_mask(shape) -> None:
    outline = convert.convert(shape, "polygon", SIZE, tolerance=0.0)
    assert area(outline) == rle.decode(shape.rle, SIZE[1], SIZE[0]).sum()
    assert convert.convert(outline, "mask", SIZE).rle == shape.rle


@settings(deadline=None, max_examples=60)
@given(
    shapes,
    st.tuples(st.integers(-10, 100), st.integers(-10, 100)),
    st.tuples(st.integers(-10, 100), st.integers(-10, 100)),
)
def test_a_cut_loses_nothing(shape, start, end) -> None:
    try:
        parts = combine.cut(shape, [start, end], SIZE)
    except CannotCombine:
        return
    assert len(parts) >= 2 and parts[0].id == shape.id and all(part.id == 0 for part in parts[1:])
    assert sum(map(area, parts)) == pytest.approx(area(shape), abs=0.5)
    if shape.kind == "mask":
        pixels = [rle.decode(part.rle, SIZE[1], SIZE[0]) for part in parts]
        assert (sum(p.astype(int) for p in pixels) == rle.decode(shape.rle, SIZE[1], SIZE[0])).all()


@settings(deadline=None, max_examples=60)
@given(shapes, st.sampled_from(["box", "rotated_box", "polygon", "ellipse", "mask"]))
def test_a_conversion_keeps_all_that_is_no_outline(shape, kind) -> None:
    shape = shape.with_(attributes={"depth": 3}, flags=("occluded",), group=7, relations=((9, "on"),), z=2, label_id=5)
    made = convert.convert(shape, kind, SIZE)
    assert made.kind == kind
    shape_fields = {"kind", "points", "rle", "x", "y", "w", "h"}
    assert not set(combine.differences(shape, made)) - shape_fields


@settings(deadline=None, max_examples=60)
@given(shapes)
def test_boxes_lie_around_what_they_were_made_of(shape) -> None:
    whole = area(shape)
    bounds = convert.convert(shape, "box", SIZE)
    around = convert.convert(shape, "rotated_box", SIZE)
    assert area(bounds) >= whole - 0.5 and area(around) >= whole - 0.5
    assert area(around) <= area(bounds) + 0.5
    ellipse = convert.convert(shape, "ellipse", SIZE)
    expected = whole if shape.kind != "box" else whole * math.pi / 4
    assert math.pi * ellipse.points[0][2] * ellipse.points[0][3] == pytest.approx(expected, rel=0.02, abs=1.0)


def test_an_ellipse_survives_the_way_over_a_polygon_or_a_mask() -> None:
    ellipse = convert.ellipse_shape(Annotation(1, 1, 1, "ellipse"), 48.0, 40.0, 30.0, 14.0, 25.0)
    for kind in ("polygon", "mask"):
        back = convert.convert(convert.convert(ellipse, kind, SIZE), "ellipse", SIZE)
        assert back.points[0] == pytest.approx(ellipse.points[0], abs=0.6)


def test_united_boxes_that_make_a_box_stay_a_box() -> None:
    (made,) = combine.unite([box(10, 10, 20, 20), box(30, 10, 10, 20, id=2)], SIZE)
    assert (made.kind, made.x, made.y, made.w, made.h) == ("box", 10, 10, 30, 20)
    (made,) = combine.unite([box(10, 10, 20, 20), box(20, 20, 20, 20, id=2)], SIZE)
    assert made.kind == "polygon" and area(made) == 700


def test_parts_and_holes_become_rings_and_are_taken_apart_again() -> None:
    (made,) = combine.unite([box(5, 5, 20, 20), box(50, 5, 10, 10, id=2)], SIZE)
    holed, _ = combine.subtract([made, box(10, 10, 5, 5, id=3)], SIZE)
    assert len(holed.points) == 3 and area(holed) == 475
    parts = combine.take_apart(holed, SIZE)
    assert [area(part) for part in parts] == [375, 100]
    assert [part.id for part in parts] == [1, 0]


def test_a_shape_with_a_mask_becomes_a_mask() -> None:
    pixels = np.zeros(SIZE[::-1], bool)
    pixels[10:20, 10:20] = True
    (made,) = combine.unite([mask(pixels), box(15, 10, 10, 10, id=2)], SIZE)
    assert made.kind == "mask" and (made.x, made.y, made.w, made.h) == (10, 10, 15, 10)


def test_lines_are_joined_at_their_nearest_ends() -> None:
    a = geometry.with_rings(Annotation(1, 1, 1, "polyline"), [np.array([(0, 0), (10, 0)], float)])
    b = geometry.with_rings(Annotation(2, 1, 1, "polyline"), [np.array([(20, 0), (10, 0)], float)])
    (made,) = combine.unite([a, b], SIZE)
    assert made.points == ((0, 0, 10, 0, 20, 0),)


def test_what_covers_nothing_is_named() -> None:
    point = Annotation(2, 1, 1, "point", 3.0, 3.0, 0.0, 0.0, points=((3.0, 3.0),))
    with pytest.raises(CannotCombine, match="A point covers no area"):
        combine.unite([box(1, 1, 5, 5), point], SIZE)
    with pytest.raises(CannotCombine, match="no area in common"):
        combine.intersect([box(1, 1, 5, 5), box(20, 20, 5, 5, id=2)], SIZE)
    with pytest.raises(CannotCombine, match="from side to side"):
        combine.cut(box(10, 10, 20, 20), [(0, 20), (20, 20)], SIZE)
    with pytest.raises(CannotCombine, match="has neither an outline nor a size"):
        convert.convert(point, "box", SIZE)


@settings(deadline=None, max_examples=40)
@given(star(), st.floats(0.2, 4))
def test_a_simpler_outline_stays_within_its_tolerance(shape, tolerance) -> None:
    import shapely

    simple = combine.simplify(shape, tolerance, SIZE)
    assert combine.points_of(simple) <= combine.points_of(shape)
    before, after = (shapely.boundary(regions.region(s, SIZE)) for s in (shape, simple))
    assert shapely.hausdorff_distance(after, before) <= tolerance + 0.01 or shapely.distance(after, before) <= tolerance


def test_edits_say_what_lives_on_what_goes_and_what_is_new() -> None:
    a, b = box(1, 1, 10, 10), box(20, 1, 10, 10, id=2)
    edits = combine.as_edits([a, b], combine.unite([a, b], SIZE), lambda: 77)
    assert edits[0] == Remove(2) and isinstance(edits[1], Change)
    assert set(edits[1].values) == {"kind", "points", "w"}
    edits = combine.as_edits([a], combine.cut(a, [(5, 0), (5, 20)], SIZE), lambda: 77)
    assert [type(edit) for edit in edits] == [Change, Add] and edits[1].annotation.id == 77


@settings(deadline=None)
@given(st.lists(boxes, min_size=3, max_size=6), st.sampled_from(align.WAYS))
def test_aligned_shapes_share_what_was_asked_for(found, way) -> None:
    found = [shape.with_(id=index + 1) for index, shape in enumerate(found)]
    made = align.align(found, way, SIZE)
    assert [shape.id for shape in made] == [shape.id for shape in found]
    edges = {
        "left": lambda s: s.x, "right": lambda s: s.x + s.w, "top": lambda s: s.y, "bottom": lambda s: s.y + s.h,
        "centre_x": lambda s: s.x + s.w / 2, "centre_y": lambda s: s.y + s.h / 2,
        "same_width": lambda s: s.w, "same_height": lambda s: s.h,
    }  # fmt: skip
    if way in edges:
        values = [edges[way](shape) for shape in made]
        assert max(values) - min(values) < 1e-9
    elif way == "distribute_x":
        order = sorted(range(len(found)), key=lambda i: found[i].x + found[i].w / 2)
        gaps = [made[b].x - made[a].x - made[a].w for a, b in itertools.pairwise(order)]
        assert max(gaps) - min(gaps) < 1e-6
    assert align.align([box(1, 1, 5, 5), box(9, 9, 5, 5, id=2, flags=("locked",))], "left", SIZE)[1].x == 9


def test_groups_relations_order_and_flags() -> None:
    a, b, c = (box(1, 1, 5, 5, id=i) for i in (4, 5, 6))
    grouped = [shape.with_(**edit.values) for shape, edit in zip((a, b), groups.group([a, b]), strict=True)]
    assert groups.members([*grouped, c], [5]) == [5, 4]
    assert groups.ungroup(grouped) == [Change(4, {"group": 0}), Change(5, {"group": 0})]
    (tie,) = groups.relate(a, c, "causes")
    a = a.with_(**tie.values)
    assert groups.relate(a, c, "causes") == [] and groups.relations([a, c], 6) == [groups.Relation(4, "causes", 6)]
    assert groups.relations([a, b]) == [], "a relation to a shape that is gone means nothing"
    assert groups.unrelate(a, groups.Relation(4, "causes", 6)) == [Change(4, {"relations": ()})]
    assert groups.to_front([a, b, c], [4]) == [Change(4, {"z": 1})]
    assert groups.to_back([a, b, c], [6]) == [Change(6, {"z": -1})]
    assert groups.set_flag([a, b.with_(flags=("locked",))], "locked", True) == [Change(4, {"flags": ("locked",)})]
    assert groups.set_attribute([a], "depth", 3) == [Change(4, {"attributes": {"depth": 3}})]
