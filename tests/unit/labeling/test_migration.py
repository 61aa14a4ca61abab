"""Another schema: what it does is said before, done at once, and taken back exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data.imports import import_data
from engine.data.records import Annotation, Label
from engine.errors import BadInput, UsageError
from engine.labeling import edits, migration, schema, schema_file
from engine.labeling.migration import Draft
from engine.workspace import Workspace

DEPTH = {"name": "depth", "type": "choice", "values": ["deep", "flat"]}
WIDTH = {"name": "width", "type": "number", "range": [0, 100]}


@pytest.fixture
def item(workspace: Workspace, tmp_path: Path) -> int:
    folder = tmp_path / "images"
    folder.mkdir()
    Image.fromarray(np.zeros((80, 96), np.uint8)).save(folder / "a.png")
    import_data(workspace, folder)
    return workspace.query("SELECT id FROM item")[0][0]


@pytest.fixture
def labelled(workspace: Workspace, item: int) -> Workspace:
    """Labels scratch (depth, width; skeleton) and dent, with seven annotations."""
    skeleton = {"keypoints": ["head", "middle", "tail"], "skeleton": [[0, 1], [1, 2]]}
    labels = (
        Label(-1, "scratch", "#0072B2", attributes=(DEPTH, WIDTH), details=skeleton),
        Label(-2, "dent", "#D55E00"),
    )
    migration.apply(workspace, Draft(labels))
    box = Annotation(0, item, 1, "box", 10.0, 10.0, 20.0, 10.0)
    ring = (40.0, 10.0, 60.0, 10.0, 60.0, 30.0)
    shapes = [
        box.with_(attributes={"depth": "deep", "width": 12}),
        box.with_(attributes={"depth": "flat", "width": 120, "note": "kept"}),
        box.with_(attributes={"depth": "flat"}),
        box.with_(kind="polygon", x=40.0, w=20.0, h=20.0, points=(ring,), attributes={"width": "7"}),
        box.with_(kind="keypoints", points=((10.0, 10.0, 2.0, 20.0, 15.0, 1.0, 30.0, 20.0, 2.0),)),
        box.with_(label_id=2),
        box.with_(label_id=2, kind="class", x=None, y=None, w=None, h=None),
    ]
    edits.apply(workspace, item, [edits.Add(shape) for shape in shapes])
    return workspace


def state(ws: Workspace) -> tuple[list[Label], list[Annotation]]:
    item = ws.query("SELECT id FROM item")[0][0]
    return schema.labels(ws), edits.annotations_of(ws, item)


def changed(ws: Workspace, number: int = 1, **values) -> tuple[Label, ...]:
    return tuple(replace(label, **values) if label.id == number else label for label in schema.labels(ws))


def effects(plan: migration.Plan) -> dict[str, int]:
    return {effect.key: effect.count for effect in plan.effects}


def test_kinds_that_are_no_longer_allowed_are_counted_and_converted(labelled) -> None:
    draft = Draft(changed(labelled, shapes=("polygon",)))
    plan = migration.plan(labelled, draft)
    assert effects(plan) == {"kind:1:box": 3, "kind:1:keypoints": 1}
    assert plan.annotations == 0 and plan.labels == (0, 1, 0), "as proposed, all is left as it is"
    assert plan.effects[0].choices == ("leave", "kind:polygon", "remove")
    choices = {"kind:1:box": "kind:polygon", "kind:1:keypoints": "remove"}
    assert migration.plan(labelled, draft, choices).annotations == 4
    before = state(labelled)
    migration.apply(labelled, draft, choices)
    kinds = [shape.kind for shape in state(labelled)[1]]
    assert kinds == ["polygon"] * 4 + ["box", "class"]
    edits.undo(labelled)
    assert state(labelled) == before


def test_attributes_are_renamed_retyped_and_taken_away(labelled) -> None:
    attributes = (
        {"name": "profundity", "type": "choice", "values": ["profound", "flat"]},
        {"name": "width", "type": "text"},
    )
    draft = Draft(
        changed(labelled, attributes=attributes),
        attributes={(1, "profundity"): "depth"},
        values={(1, "profundity"): {"deep": "profound"}},
    )
    migration.apply(labelled, draft)
    found = [dict(shape.attributes) for shape in state(labelled)[1][:4]]
    assert found == [
        {"profundity": "profound", "width": "12"},
        {"profundity": "flat", "width": "120", "note": "kept"},
        {"profundity": "flat"},
        {"width": "7"},
    ]
    plan = migration.plan(labelled, Draft(changed(labelled, attributes=())))
    assert effects(plan) == {"attribute:1:profundity": 3, "attribute:1:width": 3}
    migration.apply(labelled, Draft(changed(labelled, attributes=())), {"attribute:1:width": "clear"})
    assert [dict(shape.attributes) for shape in state(labelled)[1][:3]] == [
        {"profundity": "profound"}, {"profundity": "flat", "note": "kept"}, {"profundity": "flat"},
    ]  # fmt: skip


def test_a_value_that_does_not_fit_is_named_and_can_become_another(labelled) -> None:
    attributes = ({**DEPTH, "values": ["deep"]}, {**WIDTH, "range": [0, 50]})
    draft = Draft(changed(labelled, attributes=attributes))
    plan = migration.plan(labelled, draft)
    assert effects(plan) == {"gone:1:depth:flat": 2, "range:1:width": 1}
    assert "no longer offered" in plan.effects[0].sentence or "outside 0 – 50" in plan.effects[0].sentence
    with pytest.raises(UsageError, match="cannot be chosen"):
        migration.plan(labelled, draft, {"range:1:width": "explode"})
    migration.apply(labelled, draft, {"gone:1:depth:flat": "value:deep", "range:1:width": "clip"})
    assert state(labelled)[1][1].attributes == {"depth": "deep", "width": 50, "note": "kept"}


def test_keypoints_are_added_dropped_and_put_in_another_order(labelled) -> None:
    details = {"keypoints": ["tail", "tip", "start"], "skeleton": [[0, 1]]}
    draft = Draft(changed(labelled, details=details), keypoints={1: (2, None, 0)})
    assert set(effects(migration.plan(labelled, draft))) == {"points+:1", "points-:1", "order:1"}
    before = state(labelled)
    migration.apply(labelled, draft)
    assert state(labelled)[1][4].points == ((30.0, 20.0, 2.0, 0.0, 0.0, 0.0, 10.0, 10.0, 2.0),)
    edits.undo(labelled)
    assert state(labelled) == before


def test_values_that_are_lists_stay_as_they_are(labelled, item) -> None:
    """Other tools write several choices at once."""
    several = Annotation(
        0, item, 1, "box", 1.0, 1.0, 5.0, 5.0, attributes={"depth": ["deep", "flat"], "width": {"a": 1}}
    )
    edits.apply(labelled, item, [edits.Add(several)])
    labels = changed(labelled, attributes=({**DEPTH, "values": ["low", "flat"]}, WIDTH))
    draft = Draft(labels, values={(1, "depth"): {"deep": "low"}}, splits={1: ("depth", {"flat": 2})})
    migration.apply(labelled, draft)
    assert state(labelled)[1][-1].attributes == several.attributes


def test_a_removed_label_asks_what_becomes_of_its_annotations(labelled) -> None:
    draft = Draft(tuple(label for label in schema.labels(labelled) if label.id != 2))
    plan = migration.plan(labelled, draft)
    assert [effect.count for effect in plan.undecided] == [2]
    with pytest.raises(UsageError, match="Choose what becomes of them: label:1, remove"):
        migration.apply(labelled, draft)
    migration.apply(labelled, draft, {"label:2": "label:1"})
    assert {shape.label_id for shape in state(labelled)[1]} == {1}


def test_labels_are_merged_and_split_by_an_attribute(labelled) -> None:
    labels = schema.labels(labelled)
    deep = Label(-1, "deep scratch", "#009E73", parent=1)
    draft = Draft((labels[0], deep), merged={2: 1}, splits={1: ("depth", {"deep": -1})})
    plan = migration.plan(labelled, draft)
    assert effects(plan) == {"split:1:deep": 1, "merge:2": 2}
    migration.apply(labelled, draft)
    labels, shapes = state(labelled)
    assert [(label.name, label.parent) for label in labels] == [("scratch", None), ("deep scratch", 1)]
    assert [shape.label_id for shape in shapes] == [labels[1].id, 1, 1, 1, 1, 1, 1]
    assert labels[1].id == 3, "no label gets the id of one that was"


def test_what_is_newly_required_can_be_filled_with_its_default(labelled) -> None:
    attributes = (DEPTH, WIDTH, {"name": "seen", "type": "flag", "required": True, "default": False})
    draft = Draft(changed(labelled, attributes=attributes))
    assert effects(migration.plan(labelled, draft)) == {"default:1:seen": 5}
    migration.apply(labelled, draft, {"default:1:seen": "fill"})
    assert all(shape.attributes["seen"] is False for shape in state(labelled)[1][:5])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "dent"}, "already"),
        ({"parent": 1}, "below itself"),
        ({"shapes": ("blob",)}, "no kind of shape"),
        ({"attributes": ({"name": "a", "type": "choice"},)}, "nothing to choose from"),
        ({"attributes": ({"name": "a", "type": "number", "default": "x"},)}, "no number"),
        ({"details": {"keypoints": ["a"], "skeleton": [[0, 3]]}}, "not there"),
        ({"color": "red"}, "not a colour"),
    ],
)
def test_a_schema_that_cannot_be_is_refused_in_words(labelled, values, words) -> None:
    with pytest.raises((BadInput, UsageError), match=words):
        migration.plan(labelled, Draft(changed(labelled, **values)))


names = st.sampled_from(["depth", "width", "grade"])
definitions = st.one_of(
    st.builds(lambda n, v: {"name": n, "type": "choice", "values": sorted(v)}, names, st.sets(st.sampled_from(["deep", "flat", "7", "12"]), min_size=1)),
    st.builds(lambda n, high: {"name": n, "type": "number", "range": [0, high]}, names, st.integers(1, 200)),
    st.builds(lambda n, kind: {"name": n, "type": kind}, names, st.sampled_from(["text", "flag", "number"])),
)  # fmt: skip


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    attributes=st.lists(definitions, max_size=3, unique_by=lambda entry: entry["name"]),
    shapes=st.sets(st.sampled_from(["box", "polygon", "mask", "ellipse"])),
    points=st.permutations(["head", "middle", "tail", "tip"]).map(lambda names: names[:3]),
    data=st.data(),
)
def test_any_change_does_what_was_counted_and_undo_restores_exactly(labelled, attributes, shapes, points, data) -> None:
    before = state(labelled)
    draft = Draft(
        changed(labelled, attributes=tuple(attributes), shapes=tuple(sorted(shapes)), details={"keypoints": points})
    )
    proposed = migration.plan(labelled, draft)
    choices = {effect.key: data.draw(st.sampled_from(effect.choices)) for effect in proposed.effects if effect.choices}
    plan = migration.plan(labelled, draft, choices)
    depth = edits.undo_depth(labelled)[0]
    changes = migration.apply(labelled, draft, choices)
    assert len(changes.annotations) == plan.annotations
    after = state(labelled)
    if not any(word in (REMOVING) for word in choices.values()):
        assert len(after[1]) == len(before[1])
    for old, new in zip(before[1], after[1], strict=False):
        if not choices and not any("points-" in effect.key for effect in plan.effects):
            assert set(old.attributes) <= set(new.attributes)
    if edits.undo_depth(labelled)[0] > depth:
        edits.undo(labelled)
    assert state(labelled) == before


REMOVING = ("remove",)


def test_a_schema_file_says_all_and_is_read_back_the_same(labelled, tmp_path: Path) -> None:
    labels = schema.labels(labelled)
    schema_file.write(labels, tmp_path / "schema.json")
    content = schema_file.read(tmp_path / "schema.json")
    assert schema_file.draft(content, labels, whole=True).labels == tuple(labels)
    fresh = schema_file.draft(content, [], whole=True)
    assert schema_file.document(fresh.labels) == content


def test_a_file_names_what_was_called_otherwise(labelled, tmp_path: Path) -> None:
    content = {"labels": [{"name": "crack", "was": "scratch", "merge": ["dent"], "keypoints": [{"name": "start", "was": "head"}],
        "attributes": [{"name": "deepness", "was": "depth", "type": "choice", "values": [{"value": "very", "was": "deep"}, "flat"]}]}]}  # fmt: skip
    draft = schema_file.draft(content, schema.labels(labelled), whole=True)
    plan = migration.plan(labelled, draft)
    assert {"merge:2", "rename:1:depth", "value:1:deepness:deep", "points-:1", "attribute:1:width"} <= set(
        effects(plan)
    )
    migration.apply(labelled, draft)
    labels, shapes = state(labelled)
    assert [label.name for label in labels] == ["crack"]
    assert shapes[0].attributes == {"deepness": "very", "width": 12}


def test_categories_of_coco_are_added_and_take_nothing_away(labelled, tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    person = {"id": 1, "name": "gripper", "supercategory": "tool", "keypoints": ["l", "r"], "skeleton": [[1, 2]]}
    path.write_text(json.dumps({"images": [], "categories": [person, {"id": 2, "name": "dent"}]}))
    draft = schema_file.draft(schema_file.read(path), schema.labels(labelled), whole=False)
    assert migration.plan(labelled, draft).effects == ()
    migration.apply(labelled, draft)
    found = {label.name: label for label in schema.labels(labelled)}
    assert set(found) == {"scratch", "dent", "gripper"}
    assert found["gripper"].details == {"keypoints": ["l", "r"], "skeleton": [[0, 1]], "supercategory": "tool"}
    path.write_text("[]")
    with pytest.raises(BadInput, match="neither"):
        schema_file.read(path)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=6)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_schema_survives_its_file(data) -> None:
    labels: list[Label] = []
    for number, name in enumerate(data.draw(st.lists(words, max_size=6, unique=True)), 1):
        points = data.draw(st.lists(words, max_size=4, unique=True))
        ends = st.integers(0, max(len(points) - 1, 0))
        edges = (
            data.draw(st.lists(st.tuples(ends, ends).filter(lambda e: e[0] != e[1]).map(list), max_size=3))
            if len(points) > 1
            else []
        )
        details = {"keypoints": points, "skeleton": edges, "relations": data.draw(st.lists(words, max_size=2))}
        above = data.draw(st.sampled_from([None, *(label.id for label in labels)]))
        attributes = data.draw(st.lists(definitions, max_size=2, unique_by=lambda entry: entry["name"]))
        labels.append(
            Label(number, name, "#0072B2", above, "", (), tuple(attributes), 0, {k: v for k, v in details.items() if v})
        )
    content = json.loads(json.dumps(schema_file.document(labels)))
    draft = schema_file.draft(content, labels, whole=True)
    assert {label.id: label for label in draft.labels} == {label.id: label for label in labels}
    assert schema_file.document(schema_file.draft(content, [], whole=True).labels) == content
