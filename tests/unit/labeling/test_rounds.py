"""Agreement of people who label unseen by each other, and what they agree on."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.imports import remove_items
from engine.data.records import Annotation
from engine.errors import BadInput, UsageError
from engine.labeling import edits, masks, rounds, schema
from engine.labeling.agreement import DEFECT, OK, agreement, rating
from engine.labeling.consensus import Rule, consensus
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.overlap import iou_matrix, match
from engine.labeling.review import reviews
from engine.workspace import Workspace
from tests.unit.labeling.quality_data import box, polygon, whole, with_items


def test_boxes_are_compared_exactly_and_polygons_by_drawing():
    assert iou_matrix([box(0, 0, 10, 10)], [box(5, 0, 10, 10)])[0, 0] == pytest.approx(1 / 3)
    square = polygon(0, 0, 100, 0, 100, 100, 0, 100)
    assert iou_matrix([square], [box(50, 0, 100, 100)])[0, 0] == pytest.approx(1 / 3, abs=0.01)
    ring = square.with_(points=(square.points[0], (25.0, 25.0, 75.0, 25.0, 75.0, 75.0, 25.0, 75.0)))
    assert iou_matrix([ring], [square])[0, 0] == pytest.approx(0.75, abs=0.015)


def test_a_mask_is_compared_with_other_shapes():
    patch = masks.Patch((200, 100))
    patch.fill([__import__("numpy").array([[10.0, 10.0], [50, 10], [50, 50], [10, 50]])])
    mask = patch.placed(Annotation(0, 1, 1, "mask"))
    assert mask is not None
    assert iou_matrix([mask], [box(10, 10, 40, 40)], 100)[0, 0] > 0.93


def test_ellipses_points_and_labels_of_the_image_are_compared_too():
    circle = Annotation(0, 1, 1, "ellipse", 0, 0, 100, 100, points=((50.0, 50.0, 50.0, 50.0, 0.0),))
    assert iou_matrix([circle], [box(0, 0, 100, 100)])[0, 0] == pytest.approx(0.785, abs=0.015)
    dot, near = (Annotation(0, 1, 1, "point", x, 5, 0, 0, points=((x, 5.0),)) for x in (5.0, 6.0))
    assert iou_matrix([dot], [near])[0, 0] > 0.7
    assert iou_matrix([whole()], [whole(2), box()]).tolist() == [[1, 0]]


def test_matching_finds_the_best_pairs_not_the_first():
    iou = __import__("numpy").array([[0.9, 0.8], [0.85, 0.1]])
    assert sorted(match(iou, 0.5)) == [(0, 1), (1, 0)]
    assert match(iou, 0.95) == []


def test_agreement_counts_matches_misses_and_labels():
    a = {1: [box(0, 0, 10, 10), box(50, 50, 10, 10)], 2: []}
    b = {1: [box(0, 0, 10, 10, label=2), box(90, 50, 10, 10)], 2: []}
    found = agreement({"li": a, "wang": b})
    (pair,) = found.pairs
    assert (pair.matched, pair.only_first, pair.only_second, pair.same_label) == (1, 1, 1, 0.0)
    assert pair.f1[0.5] == 0.0 and pair.mean_iou == pytest.approx(1.0)
    assert found.by_item == {1: 0.0, 2: 1.0}


def test_people_without_a_common_item_have_no_agreement_rather_than_a_perfect_one():
    (pair,) = agreement({"li": {1: [box()]}, "wang": {2: [box()]}}, thresholds=(0.75, 0.5)).pairs
    assert pair.items == 0 and math.isnan(pair.f1[0.5]) and math.isnan(pair.f1[0.75]) and list(pair.f1) == [0.5, 0.75]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(1, 20), st.integers(1, 3)),
        max_size=6,
        unique_by=lambda t: t[:2],
    )
)
def test_a_person_agrees_with_themselves_and_pairs_are_symmetric(places):
    shapes = [box(x, y, size, size, label=label) for x, y, size, label in places]
    moved = [shape.with_(x=(shape.x or 0) + 1) for shape in shapes]
    same = agreement({"a": {1: shapes}, "b": {1: list(reversed(shapes))}}).pairs[0]
    assert same.f1 == {0.5: 1.0, 0.75: 1.0}
    one, other = (agreement({"a": {1: x}, "b": {1: y}}).pairs[0] for x, y in ((shapes, moved), (moved, shapes)))
    assert one.f1 == other.f1 and one.only_first == other.only_second


def test_consensus_takes_what_most_drew_at_the_mean_place():
    said = {
        "a": [box(10, 10, 20, 20), box(100, 50, 9, 9)],
        "b": [box(12, 10, 20, 20)],
        "c": [box(11, 10, 20, 20, label=2)],
    }
    (agreed,) = consensus(said, Rule())
    assert (agreed.x, agreed.label_id, agreed.author) == (11, 1, "consensus of a, b, c")
    assert len(consensus(said, Rule("any"))) == 2
    assert consensus(said, Rule("n of m", votes=4)) == []
    assert len(consensus(said, Rule("all"))) == 1


def test_a_trusted_person_may_outweigh_two_others():
    said = {"a": [box()], "b": [], "c": []}
    assert consensus(said, Rule("weighted", weights={"a": 0.9, "b": 0.3, "c": 0.3}))
    assert not consensus(said, Rule("weighted"))


def test_nobody_votes_twice_for_one_shape():
    said = {"a": [box(0, 0, 10, 10), box(1, 0, 10, 10)], "b": []}
    assert consensus(said, Rule("all")) == []


def test_labels_of_the_whole_image_are_voted_on():
    said = {"a": [whole(1)], "b": [whole(1)], "c": [whole(2)]}
    assert [shape.label_id for shape in consensus(said, Rule())] == [1]


def test_an_unknown_rule_is_refused():
    with pytest.raises(UsageError, match="majority"):
        Rule("loudest")
    for wrong in ({"iou": 0.0}, {"iou": 7.0}, {"votes": 0}):
        with pytest.raises(UsageError, match="IoU above 0"):
            Rule(**wrong)


def test_an_item_is_rated_by_its_labels_or_by_whether_there_is_a_defect():
    assert [rating([]), rating([box()]), rating([whole(2), box()], {2: "B"})] == [OK, DEFECT, "B"]


@pytest.fixture
def ws(workspace: Workspace) -> Workspace:
    return with_items(workspace)


def test_nobody_sees_what_the_others_say_and_no_version_does(ws):
    edits.apply(ws, 1, [Add(box(90, 50))], "Draw box")
    made = rounds.create_round(ws, "first", [1, 2], ["li", "wang"])
    li, wang = rounds.sheet(ws, made, "li"), rounds.sheet(ws, made, "wang")
    assert rounds.answer(ws, li, 1) == []
    rounds.edit_answer(ws, li, 1, [Add(box())])
    assert rounds.answer(ws, wang, 1) == []
    assert [shape.author for shape in rounds.answer(ws, li, 1)] == ["li"]
    assert len(edits.annotations_of(ws, 1)) == 1
    assert edits.undo_depth(ws)[0] == len([1]) + 2  # labels and the box: answers are not the annotations' history


def test_an_answer_is_edited_and_counts_when_done(ws):
    made = rounds.create_round(ws, "first", [1, 2], ["li", "wang"])
    li = rounds.sheet(ws, made, "li")
    rounds.edit_answer(ws, li, 1, [Add(box(id=7)), Add(box(40, 40, id=8))])
    rounds.edit_answer(ws, li, 1, [Change(7, {"x": 3.0}), Remove(8)])
    assert [(shape.id, shape.x) for shape in rounds.answer(ws, li, 1)] == [(7, 3.0)]
    assert rounds.progress(ws, made) == {"li": (0,), "wang": (0,)}
    rounds.save_answer(ws, li, 1, rounds.answer(ws, li, 1), done=True)
    assert rounds.progress(ws, made)["li"] == (1,) and rounds.sheet(ws, made, "li").done == {1}


def test_each_person_and_trial_has_an_order_of_its_own(ws):
    made = rounds.create_round(ws, "many", [1, 2, 3, 4], ["li", "wang"], trials=5)
    orders = {rounds.sheet(ws, made, who, at).items for who in made.persons for at in range(1, 6)}
    assert len(orders) > 3 and rounds.sheet(ws, made, "li", 2).items == rounds.sheet(ws, made, "li", 2).items


def test_a_closed_round_takes_no_answers(ws):
    made = rounds.create_round(ws, "first", [1], ["li", "wang"])
    rounds.close_round(ws, made)
    with pytest.raises(UsageError, match="closed"):
        rounds.save_answer(ws, rounds.sheet(ws, made, "li"), 1, [])


def test_a_round_needs_two_to_compare_and_a_name_of_its_own(ws):
    with pytest.raises(BadInput, match="nothing to compare"):
        rounds.create_round(ws, "alone", [1], ["li"])
    rounds.create_round(ws, "first", [1], ["li"], trials=2)
    with pytest.raises(UsageError, match="already"):
        rounds.create_round(ws, "first", [1], ["li", "wang"])
    with pytest.raises(UsageError, match="known: “first”"):
        rounds.round_of(ws, "second")


def test_a_number_as_name_is_not_taken_for_another_rounds_number(ws):
    first = rounds.create_round(ws, "2", [1, 1], ["li", "wang"])
    second = rounds.create_round(ws, "first", [2], ["li", "wang"])
    assert (first.id, second.id, first.items) == (1, 2, (1,))
    assert rounds.round_of(ws, "2") == first and rounds.round_of(ws, 2) == second and rounds.round_of(ws, "1") == first
    rounds.save_answer(ws, rounds.sheet(ws, second, "li"), 2, [], done=True)


def test_items_and_labels_that_are_removed_meanwhile_leave_the_round(ws):
    made = answered(ws)
    remove_items(ws, [4])
    schema.remove_label(ws, 2)
    sheet = rounds.sheet(ws, made, "li")
    rounds.save_answer(ws, sheet, 1, [box(label=2), box(50, 50, item_id=1)], done=True)
    made = rounds.round_of(ws, made.id)
    assert made.items == (1, 2, 3) and rounds.progress(ws, made) == {"li": (3,), "wang": (3,)}
    assert rounds.gauge_of(ws, made).parts == ("part1.png", "part2.png", "part3.png")
    _, numbers = rounds.apply_consensus(ws, made, Rule("any"))
    assert numbers["refused"] == 1 and ws.query("SELECT DISTINCT label_id FROM annotation") == [(1,)]


def test_a_trial_that_there_is_not_is_refused(ws):
    with pytest.raises(UsageError, match="no trial 2"):
        rounds.agreement_of(ws, answered(ws), 2)


def answered(ws: Workspace, trials: int = 1) -> rounds.Round:
    made = rounds.create_round(ws, "study", [1, 2, 3, 4], ["li", "wang"], trials)
    for who in made.persons:
        for trial in range(1, trials + 1):
            sheet = rounds.sheet(ws, made, who, trial)
            for item in made.items:
                defect = item < 3 and not (who == "wang" and item == 2 and trial == 2)
                rounds.save_answer(ws, sheet, item, [box(id=item, item_id=item)] if defect else [], done=True)
    return made


def test_a_round_with_trials_is_a_gauge_study_against_the_annotations(ws):
    made = answered(ws, trials=2)
    for item in (1, 2):
        edits.apply(ws, item, [Add(box(item_id=item))], "Draw box")
    assert rounds.gauge_of(ws, made).decisions == {}  # nothing is known of the items without a defect yet
    from engine.labeling.review import set_state

    set_state(ws, [3, 4], "labelled")
    set_state(ws, [3, 4], "accepted")
    found = rounds.gauge_of(ws, made)
    assert found.within["li"][0].matched == 4 and found.within["wang"][0].matched == 3
    assert found.good == OK and found.decisions["wang"].miss.matched == 1 and found.mixed["wang"] == ("part2.png",)


def test_an_unfinished_round_says_what_is_missing(ws):
    made = rounds.create_round(ws, "first", [1], ["li", "wang"])
    with pytest.raises(BadInput, match="by everybody"):
        rounds.gauge_of(ws, made)


def test_the_consensus_replaces_the_annotations_and_one_undo_brings_them_back(ws):
    edits.apply(ws, 1, [Add(box(90, 50)), Add(box(origin="model", score=0.4))], "Draw box")
    made = answered(ws)
    changes, numbers = rounds.apply_consensus(ws, made, Rule())
    assert numbers == {"items": 4, "added": 2, "removed": 1, "refused": 0}
    assert {shape.author for shape in edits.annotations_of(ws, 1) if shape.origin == "person"} == {
        "consensus of li, wang"
    }
    assert {shape.origin for shape in edits.annotations_of(ws, 1)} == {"person", "model"} and 1 in changes.items
    states = {item: found.state for item, found in reviews(ws, [2, 3, 4]).items()}
    assert states == {2: "labelled", 3: "labelled", 4: "labelled"}  # also where they agree that there is nothing
    edits.undo(ws)
    assert reviews(ws, [3])[3].state == "to label"
    assert [shape.x for shape in edits.annotations_of(ws, 1) if shape.origin == "person"] == [90]
    assert edits.annotations_of(ws, 2) == []
