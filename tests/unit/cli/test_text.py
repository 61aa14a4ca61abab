"""Tables and facts as people read them."""

from __future__ import annotations

import json
from datetime import datetime

from app.cli.text import facts, plural, size, table, to_json


def test_columns_line_up_in_chinese_too() -> None:
    lines = table(["label", "count"], [["划痕", 3], ["dent", 12]]).splitlines()
    assert lines == ["label  count", "划痕       3", "dent      12"]


def test_an_empty_table_is_its_sentence() -> None:
    assert table(["a"], [], empty="Nothing yet.") == "Nothing yet."


def test_facts_stand_below_each_other() -> None:
    assert facts([("a", 1), ("long", None)]) == "a     1\nlong  –"


def test_sizes_and_plurals() -> None:
    assert [size(12), size(77_900_000), size(2_500_000_000)] == ["12 B", "77.9 MB", "2.5 GB"]
    assert [plural(1, "box", "boxes"), plural(1200, "item")] == ["1 box", "1,200 items"]


def test_anything_becomes_json() -> None:
    import numpy as np

    document = {"when": datetime(2026, 1, 2), "n": np.int64(3), "ids": frozenset([2, 1])}
    assert json.loads(to_json(document)) == {"when": "2026-01-02T00:00:00", "n": 3, "ids": [1, 2]}
