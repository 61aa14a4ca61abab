"""Rounds that are labelled on several laptops come together."""

from __future__ import annotations

import json

import pytest

from engine.errors import BadInput
from engine.labeling import rounds, schema
from engine.labeling.round_files import export_round, import_round
from engine.workspace import Workspace
from tests.unit.labeling.quality_data import box, with_items


@pytest.fixture
def two(workspace, tmp_path):
    """The same images on two machines, in another order of labels."""
    with Workspace.create(tmp_path / "other") as other:
        with_items(workspace)
        with_items(other, labels=("dent", "scratch"))
        yield workspace, other


def test_answers_of_two_machines_come_together_with_their_labels(two, tmp_path):
    here, there = two
    made = rounds.create_round(here, "first", [2, 1], ["li", "wang"])
    rounds.save_answer(here, rounds.sheet(here, made, "li"), 1, [box(label=1)], done=True)
    export_round(here, made, tmp_path / "out.json")
    theirs, new = import_round(there, tmp_path / "out.json")
    assert (theirs.persons, new) == (("li", "wang"), 1)
    rounds.save_answer(there, rounds.sheet(there, theirs, "wang"), 1, [box(label=2)], done=True)
    export_round(there, theirs, tmp_path / "back.json")
    assert import_round(here, tmp_path / "back.json")[1] == 1
    assert import_round(here, tmp_path / "back.json")[1] == 0
    (pair,) = rounds.agreement_of(here, made).pairs
    assert (pair.items, pair.f1[0.5]) == (1, 1.0)  # both said “scratch”, which has another number there


def test_a_file_that_is_no_round_or_of_other_images_is_refused(two, tmp_path):
    here, there = two
    bad = tmp_path / "bad.json"
    for text in ("[]", "{", '{"format": "x"}', json.dumps({"format": "lineside blind round", "name": 3})):
        bad.write_text(text, "utf-8")
        with pytest.raises(BadInput, match="no blind round"):
            import_round(here, bad)
    made = rounds.create_round(here, "first", [1], ["li", "wang"])
    rounds.save_answer(here, rounds.sheet(here, made, "li"), 1, [box()], done=True)
    export_round(here, made, bad)
    with there.transaction("x") as tx:
        tx.execute("UPDATE item SET key = key + 100")
    with pytest.raises(BadInput, match="import the same images"):
        import_round(there, bad)
    with there.transaction("x") as tx:
        tx.execute("UPDATE item SET key = key - 100")
    schema.rename_label(there, 2, "other")
    with pytest.raises(BadInput, match="scratch"):
        import_round(there, bad)


def test_persons_and_trials_that_only_the_file_knows_join_the_round(two, tmp_path):
    here, there = two
    made = rounds.create_round(here, "first", [1], ["li", "wang"])
    theirs = rounds.create_round(there, "first", [1], ["wang", "zhao"], trials=2)
    rounds.save_answer(there, rounds.sheet(there, theirs, "zhao", 2), 1, [box(label=2)], done=True)
    export_round(there, theirs, tmp_path / "round.json")
    made, new = import_round(here, tmp_path / "round.json")
    assert (made.persons, made.trials, new) == (("li", "wang", "zhao"), 2, 1)
    assert rounds.answers(here, made, 2)["zhao"][1][0].label_id == 1


SHAPE = {"id": 1, "item_id": 1, "label_id": 1, "kind": "box", "x": 1.0, "y": 1.0, "w": 5.0, "h": 5.0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": 77}, {"item": "1"}, {"person": "nobody"}, {"trial": 2}, {"trial": 1.5}, {"created": "2026-01-01T00:00:00+02:00"},
        {"created": "soon"}, {"seconds": "nan"}, {"shapes": [{}]}, {"shapes": [SHAPE | {"kind": "bomb"}]},
        {"shapes": [SHAPE | {"label_id": [1]}]}, {"shapes": [SHAPE | {"x": "left"}]}, {"shapes": {"a": 1}}, {"done": "yes"},
    ],
    ids=str,
)  # fmt: skip
def test_a_forged_answer_refuses_the_file_and_changes_nothing(two, tmp_path, wrong):
    here, _ = two
    answer = {"item": 1, "person": "li", "trial": 1, "shapes": [SHAPE], "done": True, "seconds": 1.0, "created": "2026-01-01T00:00:00"}  # fmt: skip
    document = {"format": "lineside blind round", "name": "first", "persons": ["li", "wang"], "trials": 1, "labels": {"1": "scratch"},
                "items": [1, 2], "answers": [answer]}  # fmt: skip
    file = tmp_path / "round.json"
    file.write_text(json.dumps(document), "utf-8")
    assert import_round(here, file)[1] == 1
    rounds.remove_round(here, rounds.round_of(here, "first"))
    file.write_text(json.dumps(document | {"answers": [answer | wrong]}), "utf-8")
    with pytest.raises(BadInput, match="no blind round"):
        import_round(here, file)
    assert rounds.rounds(here) == []
