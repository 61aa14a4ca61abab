"""Dataset versions: the same content gives the same digest; what did not change is not written again."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from PIL import Image

from engine.data import versions
from engine.data.imports import import_data
from engine.data.query import BadQuery
from engine.errors import BadInput, UsageError
from engine.workspace import Workspace

LABELS = ["scratch", "dent", "stain"]


def make_folder(folder: Path, count: int = 40, seed: int = 0, shuffled: bool = False) -> Path:
    """Small distinct images with boxes as COCO."""
    (folder / "images").mkdir(parents=True)
    dice = random.Random(seed)
    images, annotations = [], []
    for number in range(count):
        name = f"images/{number:03d}.png"
        Image.new("RGB", (32, 24), (number, seed, 7)).save(folder / name)
        images.append({"id": number + 1, "file_name": name, "width": 32, "height": 24})
        for _ in range(dice.randrange(4)):
            box = [dice.randrange(20), dice.randrange(15), 1 + dice.randrange(10), 1 + dice.randrange(8)]
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number + 1, "category_id": dice.randrange(1, 4), "bbox": box}
            )
    categories = [{"id": index + 1, "name": name} for index, name in enumerate(LABELS)]
    if shuffled:
        for entries in (images, annotations, categories):
            dice.shuffle(entries)
    path = folder / "coco.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return path


def test_an_empty_workspace_has_nothing_to_freeze(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="no items"):
        versions.create_version(workspace, "v1")


def test_a_version_holds_items_annotations_and_splits(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "in"))
    made = versions.create_version(workspace, "v1", split="70/15/15")
    assert made.items == 40
    assert sum(made.splits.values()) == 40
    assert made.splits["train"] == 28
    data = versions.read_version(workspace.path, made.id)
    assert len(data.items) == 40
    assert len(data.annotations) == made.annotations
    assert all(Path(path).is_file() for path in data.items["path"].to_pylist())
    assert set(data.annotations["item_key"].to_pylist()) <= set(data.items["key"].to_pylist())
    assert [label["name"] for label in data.manifest["labels"]] == LABELS
    assert data.manifest["task"] == "detection"


def test_the_digest_does_not_depend_on_the_order_of_import_or_the_machine(tmp_path: Path) -> None:
    digests = []
    for number, shuffled in enumerate((False, True)):
        with Workspace.create(tmp_path / f"w{number}") as ws:
            if shuffled:  # other local ids first
                import_data(ws, make_folder(tmp_path / "other", 5, seed=9))
                ws.query("SELECT 1")
                with ws.transaction("Empty") as tx:
                    tx.execute("DELETE FROM annotation")
                    tx.execute("DELETE FROM item")
            import_data(ws, make_folder(tmp_path / f"in{number}", shuffled=shuffled))
            digests.append(versions.create_version(ws, "v1", split="70/15/15", seed=3).digest)
    assert digests[0] == digests[1]


def test_a_small_change_writes_only_its_bucket(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "in", 200))
    first = versions.create_version(workspace, "v1", split="70/15/15")
    with workspace.transaction("Move") as tx:
        tx.execute("UPDATE annotation SET x = x + 1, tx = ? WHERE id = (SELECT min(id) FROM annotation)", [tx.id])
    second = versions.create_version(workspace, "v2", split="70/15/15")
    chunks = [
        {entry["digest"] for entry in versions.read_version(workspace.path, version.id).manifest["chunks"]}
        for version in (first, second)
    ]
    assert first.digest != second.digest
    assert len(chunks[0]) == 4
    assert len(chunks[0] & chunks[1]) == 3


def test_an_incremental_version_equals_one_made_afresh(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "a") as ws:
        import_data(ws, make_folder(tmp_path / "one", 60))
        versions.create_version(ws, "v1")
        import_data(ws, make_folder(tmp_path / "two", 90, seed=1))
        grown = versions.create_version(ws, "v2").digest
    with Workspace.create(tmp_path / "b") as ws:
        import_data(ws, tmp_path / "two")
        import_data(ws, tmp_path / "one")
        assert versions.create_version(ws, "fresh").digest == grown


def test_a_name_stands_for_one_content(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "in"))
    first = versions.create_version(workspace, "v1")
    assert versions.create_version(workspace, "v1").id == first.id
    import_data(workspace, make_folder(tmp_path / "more", 3, seed=5))
    with pytest.raises(versions.VersionExists):
        versions.create_version(workspace, "v1")
    assert [version.name for version in versions.list_versions(workspace)] == ["v1"]
    with pytest.raises(versions.NoSuchVersion):
        versions.get_version(workspace, "v7")


def test_splits_are_seeded_stratified_and_keep_groups_together(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "in", 200))
    made = [
        versions.create_version(workspace, f"v{i}", split="70/15/15", seed=seed) for i, seed in enumerate((1, 1, 2))
    ]
    assert made[0].digest == made[1].digest != made[2].digest
    rare = workspace.query(
        "SELECT label FROM annotations GROUP BY label ORDER BY count(DISTINCT item_id), label LIMIT 1"
    )[0][0]
    data = versions.read_version(workspace.path, made[0].id)
    with_rare = {row["item_key"] for row in data.annotations.to_pylist() if row["label"] == rare}
    splits = [row["split"] for row in data.items.to_pylist() if row["key"] in with_rare]
    assert abs(splits.count("train") - 0.7 * len(splits)) <= 1
    assert abs(splits.count("val") - 0.15 * len(splits)) <= 1
    grouped = versions.create_version(workspace, "g", split="60/20/20", group="substr(name, 8, 2)")
    split_of: dict[str, set[str]] = {}
    for row in versions.read_version(workspace.path, grouped.id).items.to_pylist():
        split_of.setdefault(row["name"][7:9], set()).add(row["split"])
    assert all(len(found) == 1 for found in split_of.values())
    assert abs(grouped.splits["train"] - 120) <= 20


def test_imported_splits_are_kept(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "a", 6), split="train")
    import_data(workspace, make_folder(tmp_path / "b", 4, seed=1), split="test")
    assert versions.create_version(workspace, "v1").splits == {"test": 4, "train": 6}


def test_a_condition_chooses_items_and_cannot_do_more(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "in"))
    made = versions.create_version(workspace, "few", where="name < 'images/010.png'")
    assert made.items == 10
    for bad in ("1); DROP TABLE item; --", "id IN (SELECT id FROM item)", "nope = 1"):
        with pytest.raises(BadQuery):
            versions.create_version(workspace, "bad", where=bad)
    with pytest.raises(UsageError):
        versions.create_version(workspace, "bad", split="seventy")


def test_what_a_model_said_is_not_in_a_version(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "in"))
    before = versions.create_version(workspace, "v1")
    with workspace.transaction("Predict") as tx:
        tx.execute(
            "INSERT INTO annotation (id, item_id, label_id, kind, x, y, w, h, origin, tx)"
            " SELECT 5, min(id), 1, 'box', 1, 1, 2, 2, 'model', ? FROM item",
            [tx.id],
        )
    assert versions.create_version(workspace, "v2").digest == before.digest


def test_the_difference_of_two_versions_names_what_came_went_and_changed(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "in", 150))
    versions.create_version(workspace, "v1", split="70/15/15")
    assert versions.diff(workspace, "v1", "v1").same
    with workspace.transaction("Edit") as tx:
        first, second = (row[0] for row in tx.execute("SELECT id FROM annotation ORDER BY id LIMIT 2").fetchall())
        tx.execute("UPDATE annotation SET w = w + 0.5, tx = ? WHERE id = ?", [tx.id, first])
        tx.execute(
            "INSERT INTO edit (id, tx, item_id, op) SELECT 1, ?, item_id, 'remove' FROM annotation WHERE id = ?",
            [tx.id, second],
        )
        tx.execute("DELETE FROM annotation WHERE id = ?", [second])
    import_data(workspace, make_folder(tmp_path / "more", 2, seed=4))
    added = workspace.query("SELECT count(*) FROM annotation WHERE item_id > 150")[0][0]
    versions.create_version(workspace, "v2", split="70/15/15")
    found = versions.diff(workspace, "v1", "v2")
    assert dict(found.items) == {"added": 2, "removed": 0, "changed": 0}
    assert dict(found.annotations) == {"added": added, "removed": 1, "changed": 1}
    assert not found.same
    assert len(found.rows) == 2 + added + 2
    assert dict(versions.diff(workspace, "v2", "v1").items)["removed"] == 2


def test_a_new_label_writes_no_bucket_again_and_a_renamed_one_all(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_folder(tmp_path / "in", 150))
    first = versions.create_version(workspace, "v1")
    with workspace.transaction("Add label") as tx:
        tx.execute("INSERT INTO label (id, name, position, tx) VALUES (9, 'crack', 9, ?)", [tx.id])
    second = versions.create_version(workspace, "v2")
    with workspace.transaction("Rename label") as tx:
        tx.execute("UPDATE label SET name = 'mark', tx = ? WHERE name = 'dent'", [tx.id])
    third = versions.create_version(workspace, "v3")
    found = [versions.read_manifest(workspace.path, version.id)["chunks"] for version in (first, second, third)]
    assert found[0] == found[1]
    assert first.digest != second.digest
    assert not {entry["digest"] for entry in found[1]} & {entry["digest"] for entry in found[2]}
    assert "mark" in versions.read_version(workspace.path, third.id).annotations["label"].to_pylist()
