"""Choosing between two versions of a shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.labeling import edits
from engine.labeling.conflicts import conflicts, counts, settle, settle_all
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.merging.merge import merge
from engine.workspace import Workspace
from tests.unit.labeling.merging.merging_work import box, copy, knowledge, new, shapes


@pytest.fixture
def torn(tmp_path: Path) -> Iterator[tuple[Workspace, Path]]:
    """A workspace with two conflicts: box 1 was moved by both, box 2 moved here and removed there."""
    with new(tmp_path / "ours") as ws:
        edits.apply(ws, 1, [Add(box(1, 1.0)), Add(box(1, 2.0))], "Draw box")
        one, two = shapes(ws)
        with copy(ws, "theirs") as other:
            other.author = "yi"
            edits.apply(other, 1, [Change(one.id, {"x": 40.0})], "Move")
            edits.apply(other, 1, [Remove(two.id)], "Delete")
        edits.apply(ws, 1, [Change(one.id, {"x": 30.0})], "Move")
        edits.apply(ws, 1, [Change(two.id, {"x": 31.0})], "Move")
        merge(ws, other.path)
        yield ws, other.path


def xs(ws: Workspace) -> list[float | None]:
    return sorted(shape.x for shape in shapes(ws))


def test_both_versions_are_told_with_who_and_when(torn: tuple[Workspace, Path]) -> None:
    ws, _ = torn
    one, two = conflicts(ws)
    assert {(v.author, v.mine, v.state and v.state.x) for v in one.versions} == {
        ("yi", False, 40.0),
        ("tester", True, 30.0),
    }
    assert two.versions[-1].state is None
    assert counts(ws) == {1: 2}


@pytest.mark.parametrize(
    ("choice", "expected"), [("mine", [30.0, 31.0]), ("theirs", [40.0]), ("both", [30.0, 31.0, 40.0])]
)
def test_a_choice_holds_and_settles_the_conflict_everywhere(
    torn: tuple[Workspace, Path], choice: str, expected: list[float]
) -> None:
    ws, other = torn
    for conflict in conflicts(ws):
        settle(ws, conflict.annotation_id, choice)
    assert xs(ws) == expected
    assert conflicts(ws) == []
    ws.close()
    with Workspace.open(other) as there:
        assert merge(there, ws.path).conflicts == 0
        with Workspace.open(ws.path) as here:
            assert knowledge(here) == knowledge(there)


def test_all_of_an_item_at_once_is_one_step_to_undo(torn: tuple[Workspace, Path]) -> None:
    ws, _ = torn
    before = xs(ws)
    settle_all(ws, "theirs", 1)
    assert xs(ws) == [40.0]
    edits.undo(ws)
    assert xs(ws) == before


def test_work_goes_on_while_a_conflict_waits(torn: tuple[Workspace, Path]) -> None:
    ws, _ = torn
    conflict = conflicts(ws)[0]
    edits.apply(ws, 1, [Change(conflict.annotation_id, {"x": 55.0})], "Move")
    (again,) = [c for c in conflicts(ws) if c.annotation_id == conflict.annotation_id]
    assert {v.state.x for v in again.versions if v.state} == {55.0, 30.0} or {55.0, 40.0} == {
        v.state.x for v in again.versions if v.state
    }
    settle(ws, conflict.annotation_id, again.versions[1].edit)
    assert 55.0 not in xs(ws)


def test_what_is_no_choice_is_said(torn: tuple[Workspace, Path]) -> None:
    ws, _ = torn
    conflict = conflicts(ws)[0]
    with pytest.raises(UsageError, match="mine, theirs, both"):
        settle(ws, conflict.annotation_id, 17)
    with pytest.raises(UsageError, match="has no conflict"):
        settle(ws, 17, "mine")
