"""History, merging and branches from the command line, on two real workspaces."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.labeling import edits
from engine.labeling.edits import Add, Change, Remove, annotations_of
from engine.workspace import Workspace


@pytest.fixture
def theirs(parts: Path) -> Path:
    """A copy of the workspace on another laptop."""
    return shutil.copytree(parts, parts.with_name("theirs"))


def move(path: Path, author: str, x: float, item: int = 1) -> int:
    with Workspace.open(path) as ws:
        ws.author = author
        shape = next(shape for shape in annotations_of(ws, item) if shape.x is not None)
        edits.apply(ws, item, [Change(shape.id, {"x": x})], "Move")
        return shape.id


def xs(path: Path, shape: int) -> list[float | None]:
    with Workspace.open(path) as ws:
        return [s.x for s in annotations_of(ws, 1) if s.id == shape]


def test_history_blame_and_restore_of_an_item_and_a_shape(parts: Path, run: Callable) -> None:
    shape = move(parts, "jia", 3.0)
    move(parts, "yi", 7.0)
    listed = run("label", "history", 1, "--json").document
    assert [(entry["author"], entry["what"]) for entry in listed[:2]] == [("yi", "Move"), ("jia", "Move")]
    told = run("label", "history", "--shape", shape, "--json").document
    assert (told[0]["before"]["x"], told[0]["after"]["x"]) == (3.0, 7.0)
    places = [p for e in run("label", "blame", 1, "--json").document if e["id"] == shape for p in e["parts"]]
    assert next(p["author"] for p in places if p["field"] == "place") == "yi"
    done = run("label", "restore", 1, "--edit", listed[1]["action"])
    assert done.code == 0, done.err
    assert "1 annotation changed" in done.out
    assert xs(parts, shape) == [3.0]
    assert run("label", "restore", 1, "--at", "1w", "--shape", shape).code == 0
    assert xs(parts, shape) not in ([3.0], [7.0])
    assert run("label", "restore", 1, "--at", "soon").code == 2
    assert run("label", "history").code == 2


def test_two_laptops_merge_see_the_conflict_and_settle_it(parts: Path, theirs: Path, run: Callable) -> None:
    shape = move(parts, "jia", 3.0)
    move(theirs, "yi", 7.0)
    with Workspace.open(theirs) as ws:
        edits.apply(ws, 2, [Add(annotations_of(ws, 1)[0].with_(id=0, item_id=2))], "Paste")
    report = run("label", "merge", theirs, "--json").document
    assert (report["edits"], report["conflicts"]) == (2, 1)
    assert Path(report["backup"]).exists()
    (conflict,) = run("label", "conflicts", "--json").document
    assert {v["author"] for v in conflict["versions"]} == {"jia", "yi"}
    shown = run("label", "conflicts").out
    assert "mine" in shown and "theirs" in shown
    assert run("label", "resolve", shape, "--take", "theirs").code == 0
    assert xs(parts, shape) == [7.0]
    assert run("label", "conflicts").out.strip() == "There are no conflicts."
    again = run("-w", theirs, "label", "merge", parts, "--json").document
    assert (again["conflicts"], xs(theirs, shape)) == (0, [7.0])
    assert run("label", "merge", parts).code == 3
    assert run("label", "merge", parts / "media").code == 4


def test_a_bundle_carries_work_to_an_empty_workspace(parts: Path, run: Callable, tmp_path: Path) -> None:
    move(parts, "jia", 3.0)
    told = run("label", "bundle", tmp_path / "out.zip", "--with-media")
    assert told.code == 0, told.err
    assert "12 image files" in told.out
    run("init", tmp_path / "fresh")
    merged = run("-w", tmp_path / "fresh", "label", "merge", tmp_path / "out.zip", "--json").document
    assert (merged["items"], merged["media"]) == (12, 12)
    with Workspace.open(parts) as a, Workspace.open(tmp_path / "fresh") as b:
        count = "SELECT count(*), sum(x) FROM annotation"
        assert a.query(count) == b.query(count)
    (tmp_path / "bad.zip").write_bytes(b"no")
    assert run("label", "merge", tmp_path / "bad.zip").code == 3


def test_a_branch_is_worked_in_compared_merged_and_removed(parts: Path, run: Callable) -> None:
    path = Path(run("label", "branch", "create", "second opinion", "--json").document["path"])
    shape = move(path, "yi", 5.0)
    with Workspace.open(path) as ws:
        first = annotations_of(ws, 2)[0]
        edits.apply(ws, 2, [Remove(first.id)], "Delete")
    assert [entry["name"] for entry in run("label", "branch", "list", "--json").document] == ["second opinion"]
    compared = run("label", "branch", "compare", "second opinion", "--json").document
    assert (compared["counts"]["changed"], compared["counts"]["only_here"], compared["counts"]["items"]) == (1, 1, 2)
    refused = run("label", "branch", "remove", "second opinion")
    assert refused.code == 2
    assert "2 edits" in refused.err
    assert run("label", "branch", "merge", "second opinion").code == 0
    assert xs(parts, shape) == [5.0]
    assert run("label", "branch", "compare", "second opinion", "--json").document["items"] == []
    assert run("label", "branch", "remove", "second opinion").code == 0
    assert not path.exists()
    assert run("label", "branch", "create", "../out").code == 2


@pytest.mark.parametrize(
    "words",
    [("history", "²"), ("history", "1", "-n", "-3"), ("restore", "1", "--at", "²d"), ("restore", "1", "--at", "9" * 14 + "d"),
     ("bundle", "b.zip", "--since", "99999999d"), ("resolve", "5", "--take", "²"), ("blame", "%"), ("blame", "_%"),
     ("track", "carry", "1", "5", "--frames", "-3")],
    ids=" ".join,
)  # fmt: skip
def test_what_makes_no_sense_is_said_and_changes_nothing(words: tuple[str, ...], parts: Path, run: Callable) -> None:
    told = run("label", *words)
    assert told.code == 2, told.err
    assert "unexpected" not in told.err
    assert "There are" not in told.err  # % and _ stand for themselves


def test_a_number_that_no_annotation_can_have_was_never_edited(parts: Path, run: Callable) -> None:
    assert "never edited" in run("label", "history", "--shape", 10**30).out


def test_removing_a_branch_leaves_the_images(parts: Path, run: Callable) -> None:
    run("label", "branch", "create", "x")
    run("label", "branch", "remove", "x")
    assert run("data", "stats").code == 0
    with Workspace.open(parts) as ws:
        assert all(ws.media.has(digest) for (digest,) in ws.query("SELECT digest FROM item"))
