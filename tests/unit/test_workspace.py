"""A workspace: made, owned, changed in transactions, closed, and recovered when its store is damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.changes import Changes, changed
from engine.data.records import Comment
from engine.errors import NotAWorkspace, WorkspaceBusy, WorkspaceDamaged, WorkspaceError
from engine.labeling import log
from engine.store import LONGEST_KEPT, STATEMENTS_KEPT, _kept, back_up
from engine.workspace import Workspace, find_workspace


def add_label(workspace: Workspace, name: str) -> None:
    with workspace.transaction("Add label") as tx:
        tx.execute("INSERT INTO label (id, name, tx) VALUES (1, ?, ?)", [name, tx.id])


def names(workspace: Workspace) -> list[str]:
    return [name for (name,) in workspace.query("SELECT name FROM label ORDER BY tx")]


def test_what_was_committed_is_there_after_reopening(workspace: Workspace) -> None:
    add_label(workspace, "划痕")
    workspace.close()
    with Workspace.open(workspace.path) as again:
        assert names(again) == ["划痕"]
        assert again.query("SELECT action, author FROM tx") == [("Add label", "tester")]


def test_an_error_inside_a_transaction_leaves_nothing(workspace: Workspace) -> None:
    def interrupted() -> None:
        with workspace.transaction("Add label") as tx:
            tx.execute("INSERT INTO label (id, name) VALUES (1, 'scratch')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert names(workspace) == []
    assert workspace.query("SELECT * FROM tx") == []


def test_a_second_program_is_told_who_owns_the_workspace(workspace: Workspace) -> None:
    code = "import sys; from engine.workspace import Workspace; Workspace.open(sys.argv[1])"
    second = subprocess.run([sys.executable, "-c", code, str(workspace.path)], capture_output=True, text=True)
    assert second.returncode != 0
    assert "WorkspaceBusy" in second.stderr
    assert "process" in second.stderr
    with pytest.raises(WorkspaceBusy, match="close it there first"):
        Workspace.open(workspace.path)


def test_closing_lets_the_next_program_in(workspace: Workspace) -> None:
    workspace.close()
    Workspace.open(workspace.path).close()
    with pytest.raises(WorkspaceError, match="closed"):
        workspace.query("SELECT 1")


def test_ids_of_annotations_differ_between_workspaces_and_rise_after_reopening(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "a") as a, Workspace.create(tmp_path / "b") as b:
        first, other = a.new_ids("annotation", 10), b.new_ids("annotation", 10)
        assert first >> 40 != other >> 40
        assert a.new_ids("annotation", 1) == first + 10
        assert a.new_ids("item", 3) == 1
        assert a.new_ids("item", 1) == 4


def test_a_folder_with_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(WorkspaceError, match="not empty"):
        Workspace.create(tmp_path)
    with pytest.raises(NotAWorkspace, match="lineside init"):
        Workspace.open(tmp_path)


def test_the_workspace_is_found_from_a_folder_inside_it(workspace: Workspace, tmp_path: Path) -> None:
    assert find_workspace(workspace.path / "runs") == workspace.path
    assert find_workspace(tmp_path) is None


def test_a_damaged_store_is_replaced_by_its_backup_and_the_loss_is_told(workspace: Workspace) -> None:
    add_label(workspace, "kept")
    store, backups = workspace.path / "store.duckdb", workspace.path / "backups"
    back_up(workspace.cursor(), store, backups)
    add_label(workspace, "lost")
    workspace.close()
    store.write_bytes(b"\x00" * store.stat().st_size)
    with Workspace.open(workspace.path) as again:
        assert names(again) == ["kept"]
        assert "backup" in again.recovery
        add_label(again, "new")
    assert len(list(backups.glob("damaged-*/store.duckdb"))) == 1


def test_closing_after_a_change_leaves_a_backup(workspace: Workspace) -> None:
    add_label(workspace, "kept")
    workspace.close()
    store = workspace.path / "store.duckdb"
    store.write_bytes(b"\x00" * store.stat().st_size)
    with Workspace.open(workspace.path) as again:
        assert names(again) == ["kept"]


def test_a_damaged_store_without_backup_is_left_as_it_is(workspace: Workspace) -> None:
    workspace.close()
    store = workspace.path / "store.duckdb"
    store.write_bytes(b"\x00" * 4096)
    with pytest.raises(WorkspaceDamaged, match="no backup"):
        Workspace.open(workspace.path)
    assert store.read_bytes() == b"\x00" * 4096


def test_a_statement_that_was_parsed_before_sees_the_columns_and_the_workspace_of_now(
    workspace: Workspace, tmp_path: Path
) -> None:
    question = "SELECT * FROM label WHERE id = ?"
    for name in ("one", "other"):
        add_label(workspace, name)
    before = workspace.query(question, [1])
    with workspace.transaction("Widen") as tx:
        tx.execute("ALTER TABLE label ADD COLUMN wide INTEGER DEFAULT 7")
        tx.execute("UPDATE label SET wide = 8 WHERE name = 'other'; DELETE FROM label WHERE name = 'one'")
    assert [len(row) for row in before] == [10, 10]
    assert [row[-1] for row in workspace.query(question, [1])] == [8]
    assert workspace.query(question, [2]) == []
    with Workspace.create(tmp_path / "another") as another:
        assert another.query(question, [1]) == []


def test_many_different_statements_do_not_pile_up(workspace: Workspace) -> None:
    for number in range(3 * STATEMENTS_KEPT):
        assert workspace.query(f"SELECT {number}") == [(number,)]
    assert len(_kept) <= STATEMENTS_KEPT
    long = f"SELECT length('{'x' * LONGEST_KEPT}')"
    assert workspace.query(long) == [(LONGEST_KEPT,)]
    assert long not in _kept


def test_a_store_of_a_newer_program_is_refused_untouched(workspace: Workspace) -> None:
    with workspace.transaction("Pretend") as tx:
        tx.execute("UPDATE meta SET value = '9999' WHERE key = 'schema'")
    workspace.close()
    with pytest.raises(WorkspaceDamaged, match="newer Lineside"):
        Workspace.open(workspace.path)


def test_changes_add_up() -> None:
    both = changed(items=[1, 2]) | changed(items=3, labels="a")
    assert both.items == {1, 2, 3}
    assert both.touches("labels")
    assert not both.touches("jobs")
    assert Changes(everything=True).touches("jobs")
    assert not Changes()


def test_the_number_of_a_removed_comment_is_not_given_again_after_a_restart(workspace: Workspace) -> None:
    number = workspace.new_ids("comment", 1)
    comment = Comment(number, 1, "what is this?")
    for step in (log.Step(None, comment), log.Step(comment, None)):
        with workspace.transaction("Comment") as tx:
            log.put(workspace, tx, [step])
    path = workspace.path
    workspace.close()
    with Workspace.open(path) as again:
        assert again.new_ids("comment", 1) > number
