"""Schema files that others wrote: any form of them is read, or refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.records import Label
from engine.errors import LinesideError
from engine.labeling import schema, schema_file
from engine.serving.skeleton import SIGMA, Skeleton

STORED = [Label(1, "a", "#112233"), Label(2, "b", "#445566", parent=1)]
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(), st.sampled_from(["a", "b", "", "box", "#123456"])),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["name", "was", "value"]), below, max_size=2),
    max_leaves=4,
)  # fmt: skip
FIELDS = (
    "color",
    "key",
    "shapes",
    "attributes",
    "keypoints",
    "skeleton",
    "mirrored",
    "sigmas",
    "relations",
    "supercategory",
    "merge",
    "was",
)
labels = st.builds(lambda name, rest: {"name": name, **rest}, st.sampled_from(["a", "b", "c"]), st.dictionaries(st.sampled_from(FIELDS), values, max_size=3))  # fmt: skip
attributes = st.builds(lambda rest: {"name": "c", "attributes": [{"name": "depth", **rest}]}, st.dictionaries(st.sampled_from(("type", "values", "default", "required", "range", "was")), values, max_size=3))  # fmt: skip


def read(content: object, *, whole: bool = False) -> list[Label]:
    draft = schema_file.draft(content, STORED, whole=whole)
    schema.check(draft.labels)
    return list(draft.labels)


@settings(deadline=None, max_examples=80)
@given(content=st.builds(lambda found: {"labels": found}, st.lists(st.one_of(labels, attributes, values), max_size=2)))
def test_a_file_of_any_content_is_read_or_refused_in_words(content) -> None:
    try:
        found = read(content)
    except LinesideError:
        return
    assert read(json.loads(json.dumps(schema_file.document(found))), whole=True)
    assert all(isinstance(label.name, str) and isinstance(label.shapes, tuple) for label in found)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ({"labels": 5}, "wrong at labels: "),
        ({"labels": [{"name": "c", "shapes": "box"}]}, "labels → 0 → shapes"),
        ({"labels": [{"name": "c", "attributes": [{"name": "w", "range": [1]}]}]}, "attributes → 0 → range → 1"),
        ({"labels": [{"name": "c", "keypoints": [{}]}]}, "keypoints → 0"),
        ({"labels": [{"name": "c", "keypoints": ["x"], "sigmas": {"x": -1}}]}, "sigmas → x"),
        ({"labels": [{"name": "c", "keypoints": ["x"], "mirrored": [["x"]]}]}, "mirrored → 0"),
        ({"labels": [], "version": "new"}, "version"),
        ({"categories": [{"name": "c", "keypoints": ["x"], "skeleton": [["x"]]}]}, "categories → 0 → skeleton → 0"),
    ],
)
def test_it_is_said_where_a_file_is_wrong(content, where) -> None:
    with pytest.raises(LinesideError, match=where):
        read(content)


def test_a_file_says_which_points_are_mirrored_and_how_exact_they_are() -> None:
    entry = {"name": "c", "keypoints": ["x", "y"], "mirrored": [["x", "y"]], "sigmas": {"x": 0.05}}
    (label,) = (found for found in read({"labels": [entry]}) if found.name == "c")
    skeleton = Skeleton.of(label.details)
    assert skeleton.twins == (1, 0)
    assert skeleton.sigmas == (0.05, SIGMA)
    (again,) = schema_file.document([label])["labels"]
    assert again["mirrored"] == [["x", "y"]]
    assert again["sigmas"] == {"x": 0.05}


def test_a_file_nested_without_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_text('{"labels":' + "[" * 50_000 + "]" * 50_000 + "}")
    with pytest.raises(LinesideError, match="nested too deep"):
        schema_file.read(file)


def test_the_default_zero_of_an_attribute_is_kept() -> None:
    entries = [{"name": "n", "type": "number", "default": 0}, {"name": "f", "type": "flag", "default": False}]
    found = read({"labels": [{"name": "c", "attributes": entries}]})
    assert [entry["default"] for entry in found[0].attributes] == [0, False]


def test_names_are_read_without_the_blanks_around_them() -> None:
    found = read({"labels": [{"name": "  a ", "labels": [{"name": "b"}]}]}, whole=True)
    assert [(label.id, label.name) for label in found] == [(1, "a"), (2, "b")]
