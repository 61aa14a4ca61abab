"""Suspicious labels: each rule finds what it is for and nothing else, and its fix mends it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.records import Annotation
from engine.errors import UsageError
from engine.labeling import edits, findings, fixes, review, rules, schema
from engine.labeling.edits import Add
from engine.labeling.overlap import iou_matrix
from engine.workspace import Workspace
from tests.unit.labeling.quality_data import box, polygon, whole, with_items


@pytest.fixture
def ws(workspace: Workspace) -> Workspace:
    return with_items(workspace)


def put(ws: Workspace, *shapes: Annotation) -> list[int]:
    changes = edits.apply(ws, 1, [Add(shape) for shape in shapes], "Draw")
    return sorted(changes.annotations)  # type: ignore[type-var]


def found(ws: Workspace, *names: str, **options: object) -> list[tuple[str, int]]:
    return [(finding.rule, finding.annotation_id) for finding in rules.check(ws, names, **options)]


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        ("empty", box(5, 5, 0, 10)),
        ("empty", Annotation(0, 1, 1, "polygon", 1, 1, 5, 5, points=((1.0, 1.0, 6.0, 6.0),))),
        ("empty", Annotation(0, 1, 1, "polyline", 1, 1, 5, 5)),
        ("outside", box(190, 50, 30, 20)),
        ("outside", box(-5, 50, 30, 20)),
        ("tiny", box(5, 5, 2, 10)),
        ("crossing", polygon(10, 10, 50, 50, 50, 10, 10, 50)),
    ],
)
def test_one_bad_shape_is_found_by_its_rule_alone(ws, rule, shape):
    _, bad = put(ws, box(100, 20), shape)
    assert found(ws) == [(rule, bad)]


@pytest.mark.parametrize(
    "shape",
    [
        box(0, 0, 200, 100), box(199, 20, 1.5, 40).with_(w=3.5, x=197), polygon(10, 10, 50, 10, 50, 50), whole(),
        Annotation(0, 1, 1, "point", 5, 5, 0, 0, points=((5.0, 5.0),)),
        Annotation(0, 1, 1, "keypoints", 5, 5, 9, 9, points=((5.0, 5.0, 2.0, 14.0, 14.0, 0.0),)),
        Annotation(0, 1, 1, "polyline", 5, 5, 90, 0, points=((5.0, 5.0, 95.0, 5.0),)),
        Annotation(0, 1, 1, "ellipse", 10, 10, 20, 20, points=((20.0, 20.0, 10.0, 10.0, 0.0),)),
        box(1, 1, 1, 1, origin="model", score=0.5),
    ],
)  # fmt: skip
def test_good_shapes_of_all_kinds_and_suggestions_are_let_be(ws, shape):
    put(ws, shape)
    assert found(ws) == []


def test_doubles_overlaps_and_conflicts_are_told_apart_and_the_later_one_is_named(ws):
    first, double, half, other = put(
        ws, box(10, 10, 20, 20), box(10, 10, 20, 20.5), box(14, 10, 20, 20), box(10, 10, 20, 20, label=2)
    )
    listed = {(f.rule, f.annotation_id, f.other_id) for f in rules.check(ws)}
    assert (
        ("duplicate", double, first) in listed
        and ("overlap", half, first) in listed
        and ("conflict", other, first) in listed
    )


def test_polygons_whose_bounds_overlap_but_not_they_themselves_are_let_be(ws):
    put(ws, polygon(10, 10, 60, 10, 10, 60), polygon(60, 60, 60, 12, 12, 60))
    assert found(ws) == []


def test_a_region_to_be_ignored_may_overlap(ws):
    put(ws, box(), box(flags=("ignore",)))
    assert found(ws) == []


def test_what_is_out_of_proportion_for_its_label_is_found(ws):
    rng = np.random.default_rng(1)
    ids = put(ws, *[box(10 + 7 * (n % 20), 5 + 25 * (n // 20), 5 + rng.random(), 5 + rng.random()) for n in range(40)])
    long = put(ws, box(10, 80, 120, 4))
    names = found(ws, "aspect", "size")
    assert ("aspect", long[0]) in names and not set(ids) & {ident for _, ident in names}


def test_kinds_and_attributes_that_the_schema_does_not_allow_are_found(ws):
    schema.set_shapes(ws, 1, ["polygon"])
    with ws.transaction("x") as tx:
        rule = '[{"name": "depth", "type": "choice", "values": ["a", "b"], "required": true, "default": "a"}]'
        tx.execute("UPDATE label SET attributes = ? WHERE id = 2", [rule])
    wrong, missing, bad, _ = put(
        ws,
        box(),
        box(50, 50, label=2),
        box(80, 60, label=2, attributes={"depth": "z"}),
        box(110, 60, label=2, attributes={"depth": "b"}),
    )
    assert found(ws) == [("kind", wrong), ("attribute", missing), ("attribute", bad)]
    _, left = fixes.fix(ws, rules.check(ws, ["attribute"]))
    assert left == [] and found(ws, "attribute") == []
    assert {shape.attributes.get("depth") for shape in edits.annotations_of(ws, 1) if shape.label_id == 2} == {"a", "b"}


def test_an_unlabelled_item_among_labelled_ones_is_found_until_somebody_confirms_it(workspace):
    ws = with_items(workspace, 30)
    for item in range(1, 31):
        if item != 15:
            edits.apply(ws, item, [Add(box(item_id=item))], "Draw")
    (finding,) = rules.check(ws)
    assert (finding.rule, finding.item_id) == ("unlabelled", 15)
    fixes.fix(ws, [finding])
    assert rules.check(ws) == []
    edits.undo(ws)
    assert len(rules.check(ws)) == 1
    review.assign(ws, [15], "li")
    fixes.fix(ws, [finding])  # it belongs to somebody now, which does not keep it from being confirmed
    found = review.reviews(ws, [15])[15]
    assert rules.check(ws) == [] and (found.state, found.assignee) == ("labelled", "li")


def test_clipping_keeps_what_is_inside(ws):
    put(
        ws,
        box(190, 50, 30, 20),
        polygon(180, 10, 220, 10, 220, 50, 180, 50),
        Annotation(0, 1, 1, "polyline", 150, 5, 90, 0, points=((150.0, 5.0, 240.0, 5.0),)),
    )
    _, left = fixes.fix(ws, rules.check(ws, ["outside"]))
    assert left == [] and found(ws, "outside") == []
    assert [(s.x, s.w) for s in edits.annotations_of(ws, 1)] == [(190, 10), (180, 20), (150, 50)]


def test_a_tangled_polygon_is_untangled_with_its_area(ws):
    put(ws, polygon(10, 10, 50, 50, 50, 10, 10, 50))
    fixes.fix(ws, rules.check(ws, ["crossing"]))
    (shape,) = edits.annotations_of(ws, 1)
    assert found(ws, "crossing") == [] and len(shape.points) == 2
    from engine.labeling.geometry import area

    assert sum(area(ring) for ring in shape.points) == pytest.approx(800)


def test_merging_doubles_leaves_one_and_one_undo_brings_all_back(ws):
    first, *_ = put(ws, box(), box(), box())
    fixes.fix(ws, rules.check(ws, ["duplicate"]))
    assert [shape.id for shape in edits.annotations_of(ws, 1)] == [first]
    edits.undo(ws)
    assert len(edits.annotations_of(ws, 1)) == 3


def test_in_a_chain_of_overlaps_only_what_covers_something_that_stays_goes(ws):
    first, _, third = put(ws, box(10, 10, 30, 20), box(18, 10, 30, 20), box(26, 10, 30, 20))
    listed = rules.check(ws, ["overlap"])
    assert len(listed) == 2
    fixes.fix(ws, listed)
    assert [shape.id for shape in edits.annotations_of(ws, 1)] == [first, third] and found(ws, "overlap") == []


def test_a_double_of_what_goes_for_another_reason_stays(ws):
    put(ws, box(10, 10, 2, 20), box(10, 10, 2, 20))
    _, double = (shape.id for shape in edits.annotations_of(ws, 1))
    (pair,) = rules.check(ws, ["duplicate"])
    tiny = next(f for f in rules.check(ws, ["tiny"]) if f.annotation_id != double)
    fixes.fix(ws, [tiny, pair])
    assert [shape.id for shape in edits.annotations_of(ws, 1)] == [double]


def test_a_fix_that_does_not_fit_is_refused_and_one_that_cannot_help_is_told(ws):
    put(
        ws,
        box(5, 5, 2, 10),
        Annotation(
            0, 1, 1, "rotated_box", 190, 50, 30, 20, points=((190.0, 50.0, 220.0, 50.0, 220.0, 70.0, 190.0, 70.0),)
        ),
    )
    with pytest.raises(UsageError, match="does not help"):
        fixes.fix(ws, rules.check(ws, ["tiny"]), "clip")
    _, left = fixes.fix(ws, rules.check(ws, ["outside"]))
    assert len(left) == 1


def test_what_was_ignored_stays_ignored_until_it_is_heeded(ws):
    put(ws, box(5, 5, 2, 10))
    (finding,) = rules.check(ws)
    findings.ignore(ws, [finding])
    findings.ignore(ws, [finding])
    assert rules.check(ws) == [] and rules.check(ws, ignored=True) == [finding]
    findings.heed(ws, [finding])
    assert rules.check(ws) == [finding]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 60), st.integers(0, 60), st.integers(1, 30), st.integers(1, 30)),
        max_size=25,
    )
)
def test_the_sweep_finds_the_pairs_that_comparing_all_finds(places):
    boxes = sorted((item, float(x), float(y), float(w), float(h)) for item, x, y, w, h in places)
    count = len(boxes)
    columns = (
        dict(zip(("item_id", "x", "y", "w", "h"), map(list, zip(*boxes, strict=True)), strict=True))
        if boxes
        else {n: [] for n in ("item_id", "x", "y", "w", "h")}
    )
    table = pa.table(
        columns
        | {
            "id": list(range(1, count + 1)),
            "label_id": [1] * count,
            "kind": ["box"] * count,
            "width": [100] * count,
            "height": [100] * count,
            "ignored": [False] * count,
        }
    )
    first, second, _ = rules._overlapping(rules.Shapes(table), np.arange(count), 0.5)
    shapes = [box(x, y, w, h, item_id=item) for item, x, y, w, h in boxes]
    iou = iou_matrix(shapes, shapes)
    expected = {
        (a, b) for a in range(count) for b in range(a + 1, count) if boxes[a][0] == boxes[b][0] and iou[a, b] >= 0.5
    }
    assert set(zip(first.tolist(), second.tolist(), strict=True)) == expected
