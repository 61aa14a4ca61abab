"""The document's arrays and outlines say the same as its shapes, whatever was done to them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gui.labeling.document import Document
from app.gui.labeling.outlines import lines_of
from engine.data.records import Annotation
from engine.labeling import geometry
from engine.labeling.edits import Add, Change, Edit, Remove

coordinate = st.integers(0, 400).map(float)
ring = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9).map(
    lambda points: tuple(value for point in points for value in point)
)


@st.composite
def shape(draw, number: int = 0) -> Annotation:
    kind = draw(st.sampled_from(["box", "polygon", "polyline", "ellipse", "point", "keypoints", "class"]))
    made = Annotation(number, 1, draw(st.integers(1, 3)), kind, z=draw(st.sampled_from([0, 0, 0, 2, -1])))
    if draw(st.booleans()):
        made = made.with_(flags=draw(st.sampled_from([("hidden",), ("locked",), ("ignore", "occluded")])))
    if kind == "box":
        return made.with_(x=draw(coordinate), y=draw(coordinate), w=draw(coordinate), h=draw(coordinate))
    if kind in ("polygon", "polyline"):
        return geometry.with_points(made, draw(st.lists(ring, min_size=1, max_size=3)))
    if kind == "ellipse":
        return geometry.with_points(made, [tuple(draw(st.floats(1, 200)) for _ in range(5))])
    if kind == "point":
        return geometry.with_points(made, [(draw(coordinate), draw(coordinate))])
    if kind == "keypoints":
        points = draw(
            st.lists(st.tuples(coordinate, coordinate, st.sampled_from([0.0, 1.0, 2.0])), min_size=3, max_size=3)
        )
        return geometry.with_points(made, [tuple(value for point in points for value in point)])
    return made


@st.composite
def steps(draw) -> tuple[list[Annotation], list[list[Edit]]]:
    first = [draw(shape(number)) for number in range(1, draw(st.integers(1, 8)))]
    ids, batches = [one.id for one in first], []
    for step in range(draw(st.integers(0, 5))):
        what = draw(st.sampled_from(["add", "remove", "change"]))
        if what == "add" or not ids:
            batches.append([Add(draw(shape(100 + step)))])
            ids.append(100 + step)
            continue
        chosen = draw(st.sampled_from(ids))
        if what == "remove":
            batches.append([Remove(chosen)])
            ids.remove(chosen)
        else:
            other = draw(shape(chosen))
            fields = ("label_id", "kind", "x", "y", "w", "h", "points", "z", "flags")
            batches.append([Change(chosen, {name: getattr(other, name) for name in fields})])
    return first, batches


@settings(max_examples=120, deadline=None)
@given(steps())
def test_after_any_edits_the_document_is_as_one_made_of_its_shapes(work) -> None:
    first, batches = work
    document = Document(1, 500, 500, first)
    everything = np.arange(len(document))
    document.lines(everything)  # as drawing does
    for batch in batches:
        revision = document.revision
        document.apply(batch)
        assert document.touched_since(revision) is not None
    fresh = Document(1, 500, 500, document.shapes)
    rows = np.arange(len(fresh))
    assert np.array_equal(document.boxes, fresh.boxes)
    assert np.array_equal(document.kinds, fresh.kinds)
    assert np.array_equal(document.lines(rows), fresh.lines(rows))
    assert np.array_equal(
        rows if document.order is None else document.order, rows if fresh.order is None else fresh.order
    )


@settings(max_examples=120, deadline=None)
@given(st.lists(shape(), min_size=1, max_size=12), st.data())
def test_outlines_of_many_are_those_of_each(shapes: list[Annotation], data) -> None:
    shapes = [one.with_(id=number + 1) for number, one in enumerate(shapes)]
    skeleton = [[0, 1], [1, 2]]
    document = Document(1, 500, 500, shapes)
    document.set_skeletons(lambda _label: skeleton)
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, len(shapes) - 1), min_size=1))))
    expected = [lines_of(shapes[row], skeleton) for row in rows]
    assert np.array_equal(document.lines(rows), np.concatenate(expected))


@settings(max_examples=60, deadline=None)
@given(ring)
def test_a_polygon_is_closed_and_a_polyline_is_not(points) -> None:
    count = len(points) // 2
    closed = lines_of(geometry.with_points(Annotation(1, 1, 1, "polygon"), [points]))
    line = lines_of(geometry.with_points(Annotation(1, 1, 1, "polyline"), [points]))
    assert len(closed) == count
    assert len(line) == count - 1
    assert np.array_equal(closed[-1, 2:], closed[0, :2])


def test_hidden_shapes_are_neither_hit_nor_framed() -> None:
    document = Document(1, 500, 500, [Annotation(1, 1, 1, "box", 10.0, 10.0, 50.0, 50.0, flags=("hidden",))])
    assert document.at(20, 20, 2) == []
    assert document.touching((0, 0, 500, 500)) == []


def test_the_higher_of_two_equal_shapes_is_hit_first() -> None:
    box = (10.0, 10.0, 50.0, 50.0)
    document = Document(1, 500, 500, [Annotation(1, 1, 1, "box", *box, z=5), Annotation(2, 1, 1, "box", *box)])
    assert document.at(20, 20, 2) == [1, 2]
