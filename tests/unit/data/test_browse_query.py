"""What the window asks of the data, and what SQL a person may ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from engine.data.browse import ItemFilter, item_ids, item_rows, stats
from engine.data.imports import import_data, remove_items
from engine.data.items import thumbnail
from engine.data.journal import collect_garbage
from engine.data.query import BadQuery, columns, select
from engine.data.sample import LABELS, make_sample
from engine.workspace import Workspace


@pytest.fixture
def filled(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Sixteen synthetic parts, the first four of them for testing."""
    import_data(workspace, make_sample(tmp_path / "sample", 16))
    with workspace.transaction("Split") as tx:
        tx.execute("UPDATE item SET split = CASE WHEN id <= 4 THEN 'test' END, tx = ?", [tx.id])
        tx.execute("UPDATE item SET problem = 'blurred' WHERE id = 7")
    return workspace


def test_the_sample_is_the_same_each_time_and_has_all_defects(tmp_path: Path) -> None:
    first, second = make_sample(tmp_path / "a", 16), make_sample(tmp_path / "b", 16)
    assert first.read_bytes() == second.read_bytes()
    for image in (tmp_path / "a" / "images").iterdir():
        assert image.read_bytes() == (tmp_path / "b" / "images" / image.name).read_bytes()
    document = json.loads(first.read_bytes())
    assert {entry["category_id"] for entry in document["annotations"]} == set(range(1, len(LABELS) + 1))
    for entry in document["annotations"]:
        x, y, w, h = entry["bbox"]
        assert min(x, y) >= 0 and min(w, h) >= 4 and max(x + w, y + h) <= 320


def test_filters_choose_items(filled: Workspace) -> None:
    everything = item_ids(filled)
    assert everything == list(range(1, 17))
    assert item_ids(filled, ItemFilter(split="test")) == [1, 2, 3, 4]
    assert item_ids(filled, ItemFilter(split="none")) == everything[4:]
    assert item_ids(filled, ItemFilter(problem=True)) == [7] == item_ids(filled, ItemFilter(problem="blur"))
    assert item_ids(filled, ItemFilter(text="PART-0003")) == [4]
    labelled, bare = (item_ids(filled, ItemFilter(labelled=value)) for value in (True, False))
    assert sorted(labelled + bare) == everything
    assert {8, 16} <= set(bare)
    expected = [
        row[0] for row in filled.query("SELECT DISTINCT item_id FROM annotations WHERE label = 'dent' ORDER BY 1")
    ]
    assert item_ids(filled, ItemFilter(label="dent")) == expected
    assert item_ids(filled, ItemFilter(sql="annotations = 0")) == bare
    assert item_ids(filled, ItemFilter(sql="SELECT item_id FROM annotations WHERE label = 'dent'")) == expected
    with pytest.raises(BadQuery, match="no column"):
        item_ids(filled, ItemFilter(sql="SELECT 1 AS one"))


def test_rows_come_in_the_order_asked_for(filled: Workspace) -> None:
    rows = item_rows(filled, [5, 1, 99, 3])
    assert [row.id for row in rows] == [5, 1, 3]
    for row in rows:
        assert row.annotations == filled.query("SELECT count(*) FROM annotation WHERE item_id = ?", [row.id])[0][0]
        assert set(row.labels) <= set(LABELS)
    assert item_rows(filled, []) == []


def test_stats_count_what_is_there(filled: Workspace) -> None:
    found = stats(filled)
    assert (found.items, found.problems, found.splits) == (16, 1, {"": 12, "test": 4})
    assert sum(found.labels.values()) == found.annotations
    assert list(found.labels) == list(LABELS)
    assert found.labelled == len(item_ids(filled, ItemFilter(labelled=True)))


def test_removed_items_leave_no_file_behind_once_garbage_is_collected(filled: Workspace) -> None:
    remove_items(filled, [1, 2])
    assert filled.query("SELECT count(*) FROM annotation WHERE item_id <= 2") == [(0,)]
    assert collect_garbage(filled) == 2
    assert len([path for path in (filled.path / "media").rglob("*") if path.is_file()]) == 14


def test_thumbnails_are_small_upright_and_cached(filled: Workspace) -> None:
    data = thumbnail(filled, 1, 96)
    cached = next((filled.path / "cache").rglob("*.jpg"))
    assert cached.read_bytes() == data
    with Image.open(cached) as image:
        assert image.size == (96, 96)


def test_a_select_over_the_views_is_answered(filled: Workspace) -> None:
    rows = select(
        filled, "WITH n AS (SELECT label, count(*) AS n FROM annotations GROUP BY 1) SELECT * FROM n ORDER BY label;"
    )
    assert rows["label"].to_pylist() == sorted(LABELS)
    assert len(select(filled, "SELECT * FROM items", limit=3)) == 3
    assert {name for name, _ in columns(filled)["labels"]} == {"id", "name", "color", "parent", "annotations"}


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE item", "SELECT 1; SELECT 2", "SELECT * FROM item", "SELECT * FROM '/etc/passwd'", "SELEC 1", "",
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT read_text('/etc/passwd')", "COPY items TO '/tmp/x'", "ATTACH 'x.db'",
        "SELECT nothing FROM items", "SELECT * FROM glob('/*')", "SELECT * FROM duckdb_settings()", "PRAGMA version",
        "SELECT * FROM (SELECT * FROM meta)", "SELECT (SELECT count(*) FROM tx)", "INSTALL httpfs", "SELECT getenv('HOME')",
        "WITH x AS (DELETE FROM item RETURNING 1) SELECT * FROM x", "SELECT * FROM information_schema.tables",
    ],
)  # fmt: skip
def test_anything_else_is_refused(workspace: Workspace, sql: str) -> None:
    with pytest.raises(BadQuery):
        select(workspace, sql)
    assert workspace.query("SELECT count(*) FROM item") == [(0,)]
