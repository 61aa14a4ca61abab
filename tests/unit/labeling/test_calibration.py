"""The size of a px is kept for the workspace or for one item, and survives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.labeling.calibration import Scale, scale_of, set_scale
from engine.workspace import Workspace


@pytest.fixture
def item(workspace: Workspace) -> int:
    with workspace.transaction("Import") as tx:
        tx.execute("INSERT INTO item (id, name, metadata, tx) VALUES (1, 'a.png', '{\"line\": \"3\"}', ?)", [tx.id])
        tx.execute("INSERT INTO item (id, name, tx) VALUES (2, 'b.png', ?)", [tx.id])
    return 1


def test_nobody_has_said_it_at_first(workspace: Workspace, item: int) -> None:
    assert scale_of(workspace, item) is None


def test_an_item_of_its_own_scale_comes_before_the_workspace(workspace: Workspace, item: int) -> None:
    set_scale(workspace, 12.4)
    set_scale(workspace, 3.0, item)
    assert scale_of(workspace, item) == Scale(3.0, own=True)
    assert scale_of(workspace, 2) == Scale(12.4)
    set_scale(workspace, None, item)
    assert scale_of(workspace, item) == Scale(12.4)
    assert workspace.query("SELECT metadata FROM item WHERE id = 1")[0][0] == '{"line": "3"}'
    set_scale(workspace, None)
    assert scale_of(workspace, 2) is None


def test_it_is_there_after_a_restart(workspace: Workspace, item: int) -> None:
    set_scale(workspace, 12.4)
    path: Path = workspace.path
    workspace.close()
    with Workspace.open(path) as again:
        assert scale_of(again, item) == Scale(12.4)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_what_is_no_size_is_refused(workspace: Workspace, value: float) -> None:
    with pytest.raises(UsageError):
        set_scale(workspace, value)


def test_lengths_in_mm() -> None:
    assert Scale(12.5).mm(80) == 1.0
