"""Merging over random histories: the order does not matter, doing it twice changes nothing, and nothing is dropped."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.labeling.merging.merge import merge
from engine.workspace import Workspace
from tests.unit.labeling.merging.merging_work import knowledge, new, work

FEW = settings(
    max_examples=int(os.environ.get("LINESIDE_MERGE_EXAMPLES", "2")),
    deadline=None,
    derandomize="LINESIDE_MERGE_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
seeds = st.integers(0, 2**32 - 1)


@contextmanager
def histories(seed: int, count: int) -> Iterator[list[Path]]:
    """Closed workspaces that worked for themselves: some began as copies, some apart, some have met before."""
    choose = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"w{number}" for number in range(count)]
        with new(paths[0]) as ws:
            work(ws, choose, 6)
        for path in paths[1:]:
            if choose.random() < 0.6:
                shutil.copytree(paths[0], path)
            else:
                new(path).close()
        for _ in range(2):
            for path in paths:
                with Workspace.open(path) as ws:
                    ws.author = path.name
                    work(ws, choose, 7)
            if choose.random() < 0.7:
                a, b = choose.sample(paths, 2)
                with Workspace.open(a) as ws:
                    merge(ws, b)
        yield paths


def merged(paths: list[Path], name: str) -> Any:
    """What a copy of the first knows after it took in the others, one after the other."""
    target = shutil.copytree(paths[0], paths[0].with_name(name), ignore=shutil.ignore_patterns("backups"))
    with Workspace.open(target) as ws:
        for path in paths[1:]:
            merge(ws, path)
        return knowledge(ws)


@FEW
@given(seeds)
def test_merging_a_into_b_is_merging_b_into_a_and_again_changes_nothing_and_drops_nothing(seed: int) -> None:
    with histories(seed, 2) as (a, b):
        with Workspace.open(a) as one, Workspace.open(b) as two:
            edits = {e for ws in (one, two) for (e,) in ws.query("SELECT id FROM edit")}
            items = {k for ws in (one, two) for (k,) in ws.query("SELECT key FROM item")}
        once = merged([b, a], "ba")
        with Workspace.open(a) as ws:
            for _ in range(2):
                merge(ws, b)
                assert knowledge(ws) == once
        assert set(once["edits"]) == edits
        assert set(once["items"]) == items


@FEW
@given(seeds)
def test_three_workspaces_come_to_the_same_in_any_order_and_grouping(seed: int) -> None:
    with histories(seed, 3) as (a, b, c):
        first = merged([a, b, c], "abc")
        assert merged([c, b, a], "cba") == first
        merged([b, c], "bc")
        assert merged([a, a.with_name("bc")], "a_bc") == first
