"""Bundles: what one laptop writes another one merges; what a stranger wrote is refused whole."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from engine.data.imports import import_data
from engine.data.records import Comment
from engine.errors import BadInput
from engine.labeling import edits, log, schema
from engine.labeling.edits import Add, Change
from engine.labeling.log import Step
from engine.labeling.merging import bundle
from engine.labeling.merging.merge import merge
from engine.workspace import Workspace
from tests.unit.labeling.merging.merging_work import box, knowledge, new, shapes


@pytest.fixture
def full(tmp_path: Path, shared_data: Path) -> Iterator[Workspace]:
    """A workspace with two real images and some work."""
    folder = tmp_path / "images"
    folder.mkdir()
    for file in sorted((shared_data / "deeppcb" / "images").rglob("*.jpg"))[:2]:
        shutil.copy(file, folder)
    with Workspace.create(tmp_path / "full") as ws:
        import_data(ws, folder)
        schema.add_label(ws, "open")
        edits.apply(ws, 1, [Add(box(1, attributes={"深": 1}, flags=("occluded",)))], "Draw box")
        edits.apply(ws, 2, [Add(box(2)), Add(box(2, 8.0))], "Draw box")
        yield ws


def test_a_bundle_with_media_brings_an_empty_workspace_to_the_same_state(full: Workspace, tmp_path: Path) -> None:
    told = bundle.write(full, tmp_path / "b.zip", with_media=True)
    assert (told["items"], told["edits"], told["media"]) == (2, 5, 2)
    with Workspace.create(tmp_path / "other") as ws:
        report = merge(ws, tmp_path / "b.zip")
        assert knowledge(ws) == knowledge(full)
        assert report.media == 2
        for (digest,) in ws.query("SELECT digest FROM item"):
            assert sha256(ws.media.path(digest).read_bytes()).hexdigest() == digest
        assert ws.query("SELECT count(*) FROM item WHERE problem IS NOT NULL") == [(0,)]
        assert [path.name for path in (ws.path / "media").iterdir() if path.name.startswith(".")] == []


def test_without_media_the_items_say_so_until_the_files_come(full: Workspace, tmp_path: Path) -> None:
    bundle.write(full, tmp_path / "b.zip")
    with Workspace.create(tmp_path / "other") as ws:
        assert "image files did not come along" in " ".join(merge(ws, tmp_path / "b.zip").notes)
        assert ws.query("SELECT count(*) FROM item WHERE problem IS NOT NULL") == [(2,)]
        full.close()
        assert merge(ws, full.path).media == 2
        assert ws.query("SELECT count(*) FROM item WHERE problem IS NOT NULL") == [(0,)]


def test_a_bundle_of_the_latest_work_fits_where_the_earlier_is_known(full: Workspace, tmp_path: Path) -> None:
    bundle.write(full, tmp_path / "all.zip", with_media=True)
    then = datetime.now(UTC).replace(tzinfo=None)
    edits.apply(full, 1, [Change(shapes(full)[0].id, {"x": 77.0})], "Move")
    assert bundle.write(full, tmp_path / "new.zip", since=then)["edits"] == 1
    with Workspace.create(tmp_path / "other") as ws:
        with pytest.raises(BadInput, match="begins earlier"):
            merge(ws, tmp_path / "new.zip")
        merge(ws, tmp_path / "all.zip")
        merge(ws, tmp_path / "new.zip")
        assert knowledge(ws) == knowledge(full)


def rewritten(source: Path, target: Path, change: Callable[[dict[str, bytes]], None], *, sign: bool = True) -> Path:
    """A bundle changed by someone who knows how it is made."""
    with zipfile.ZipFile(source) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    if sign:
        manifest = json.loads(files["manifest.json"])
        manifest["tables"] = {n: sha256(files[f"{n}.jsonl"]).hexdigest() for n in manifest["tables"]}
        files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(target, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return target


def in_line(table: str, number: int, **values: Any) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        lines = files[f"{table}.jsonl"].splitlines()
        lines[number] = json.dumps(json.loads(lines[number]) | values).encode()
        files[f"{table}.jsonl"] = b"\n".join(lines)

    return change


def in_shape(**values: Any) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        lines = [json.loads(line) for line in files["edit.jsonl"].splitlines()]
        row = next(row for row in lines if row["op"] == "add")
        row["after"] = json.dumps(json.loads(row["after"]) | values)
        files["edit.jsonl"] = b"\n".join(json.dumps(row).encode() for row in lines)

    return change


HOSTILE = {
    "a path that leads out": lambda files: files.update({"../../evil": b"x"}),
    "no manifest": lambda files: files.pop("manifest.json"),
    "a table less": lambda files: files.pop("alias.jsonl"),
    "no JSON": lambda files: files.update({"edit.jsonl": b"(lambda: 1)()"}),
    "JSON without end": lambda files: files.update({"edit.jsonl": b"[" * 100_000}),
    "a name that leads out": in_line("item", 0, name="../../etc/passwd"),
    "a key of another picture": in_line("item", 0, key=5),
    "a huge size": in_line("item", 0, width=10**12),
    "a text for a number": in_line("edit", 0, id="1; DROP TABLE edit"),
    "a number too large": in_line("edit", 0, id=2**70),
    "an unknown kind of edit": in_line("edit", 0, op="execute"),
    "an edit of no transaction": in_line("edit", 0, tx=999_999),
    "an edit of no shape": in_line("edit", 2, annotation_id=None),
    "a time that is none": in_line("tx", 0, created="yesterday"),
    "a kind of shape that is none": in_shape(kind="hologram"),
    "a place that is no number": in_shape(x=float("nan")),
    "half a point": in_shape(kind="polygon", points=[[1.0, 2.0, 3.0]]),
    "a mask of another size": in_shape(kind="mask", rle="04"),
    "another shape than said": in_shape(id=17),
    "a flag that is none": in_shape(flags=["sudo"]),
    "a shape of no label": in_shape(label_id=77),
    "an edit of a label that is not listed": lambda files: files.update({"label.jsonl": b""}),
    "a label that is listed twice": lambda files: files.update(
        {"label.jsonl": files["label.jsonl"] + files["label.jsonl"].replace(b'"id":1,', b'"id":9,')}
    ),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_bundle_is_refused_whole(attack: str, full: Workspace, tmp_path: Path) -> None:
    bundle.write(full, tmp_path / "b.zip", with_media=True)
    keep = "manifest" not in attack and "table" not in attack
    bad = rewritten(tmp_path / "b.zip", tmp_path / "bad.zip", HOSTILE[attack], sign=keep)
    with new(tmp_path / "victim", 1) as ws:
        before = knowledge(ws)
        with pytest.raises(BadInput, match=r"damaged or forged|sound bundle|not in it"):
            merge(ws, bad)
        assert knowledge(ws) == before
        assert not (tmp_path / "evil").exists()
        assert not list((ws.path / "media").iterdir())


def test_a_changed_table_or_picture_is_noticed(full: Workspace, tmp_path: Path) -> None:
    bundle.write(full, tmp_path / "b.zip", with_media=True)
    bad = rewritten(tmp_path / "b.zip", tmp_path / "bad.zip", in_line("tx", 0, author="someone else"), sign=False)
    with Workspace.create(tmp_path / "other") as ws:
        with pytest.raises(BadInput, match="not what the manifest says"):
            merge(ws, bad)

        def swap(files: dict[str, bytes]) -> None:
            for name in files:
                if name.startswith("media/"):
                    files[name] = b"not the picture"

        report = merge(ws, rewritten(tmp_path / "b.zip", tmp_path / "swapped.zip", swap))
        assert report.media == 0
        assert "damaged" in " ".join(report.notes)


def test_not_even_a_zip(full: Workspace, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"PK nonsense")
    with pytest.raises(BadInput, match="not a zip archive"):
        merge(full, tmp_path / "b.zip")


def test_a_bundle_of_a_newer_version_is_refused_by_name(full: Workspace, tmp_path: Path) -> None:
    bundle.write(full, tmp_path / "b.zip")

    def newer(files: dict[str, bytes]) -> None:
        files["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | {"version": 7, "new": 1}).encode()

    with pytest.raises(BadInput, match=r"newer Lineside.*version 7"):
        merge(full, rewritten(tmp_path / "b.zip", tmp_path / "newer.zip", newer))


def test_what_newer_programs_add_to_records_does_not_stop_a_merge(full: Workspace, tmp_path: Path) -> None:
    with full.transaction("Comment") as tx:
        log.put(full, tx, [Step(None, Comment(full.new_ids("comment", 1), 1, "why?", 1.0, 2.0, created="2026-01-01"))])
    bundle.write(full, tmp_path / "b.zip", with_media=True)

    def with_more(files: dict[str, bytes]) -> None:
        lines = [json.loads(line) for line in files["edit.jsonl"].splitlines()]
        for row in lines:
            row["after"] = json.dumps(json.loads(row["after"]) | {"mood": "good"}) if row["op"] != "import" else None
        files["edit.jsonl"] = b"\n".join(json.dumps(row).encode() for row in lines)

    with Workspace.create(tmp_path / "other") as ws:
        merge(ws, rewritten(tmp_path / "b.zip", tmp_path / "more.zip", with_more))
        assert ws.query("SELECT text FROM comment") == [("why?",)]
        assert knowledge(ws) == knowledge(full)


@pytest.mark.parametrize(
    "name", ["缺陷　正面/1 号.png", "\N{NO-BREAK SPACE}é\N{ZERO WIDTH JOINER}.png", "a'b\"c;--.png"]
)
def test_any_name_of_an_image_goes_through_a_bundle(name: str, tmp_path: Path) -> None:
    with new(tmp_path / "ours", 1) as ours, Workspace.create(tmp_path / "other") as other:
        with ours.transaction("Rename") as tx:
            tx.execute("UPDATE item SET name = ?", [name])
        bundle.write(ours, tmp_path / "b.zip")
        merge(other, tmp_path / "b.zip")
        assert other.query("SELECT name FROM item") == [(name,)]
