"""The number that marks what a copy of a workspace writes."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.store import back_up
from engine.workspace import Workspace


def first_id(path: Path) -> int:
    with Workspace.open(path) as ws:
        return ws.new_ids("annotation", 1)


def test_a_workspace_keeps_its_number_when_opened_again(workspace: Workspace) -> None:
    number = workspace.writer.number
    workspace.close()
    with Workspace.open(workspace.path) as again:
        assert again.writer.number == number


def test_a_copied_workspace_writes_under_a_number_of_its_own_and_knows_the_former(workspace: Workspace) -> None:
    number, ident = workspace.writer.number, workspace.new_ids("edit", 1)
    workspace.close()
    copy = shutil.copytree(workspace.path, workspace.path.with_name("copy"))
    with Workspace.open(copy) as copied, Workspace.open(workspace.path) as original:
        assert original.writer.number == number
        assert copied.writer.number != number
        assert copied.writer.former == (number,)
        assert copied.writer.wrote(ident)
        assert copied.new_ids("edit", 1) >> 40 == copied.writer.number


def test_a_copy_put_in_the_place_of_the_original_is_still_a_copy(workspace: Workspace) -> None:
    workspace.close()
    copy = shutil.copytree(workspace.path, workspace.path.with_name("copy"))
    shutil.rmtree(workspace.path)
    (workspace.path.parent / "placeholder").mkdir()  # takes the freed inode, as any other file would
    copy.rename(workspace.path)
    assert first_id(workspace.path) >> 40 != workspace.writer.number


def test_after_a_backup_was_restored_no_id_is_given_again(workspace: Workspace) -> None:
    with workspace.transaction("First") as tx:
        tx.execute("INSERT INTO annotation (id) VALUES (?)", [workspace.new_ids("annotation", 1)])
    back_up(workspace.cursor(), workspace.path / "store.duckdb", workspace.path / "backups")
    with workspace.transaction("Known elsewhere") as tx:
        given = workspace.new_ids("annotation", 1)
        tx.execute("INSERT INTO annotation (id) VALUES (?)", [given])
    workspace.close()
    store = workspace.path / "store.duckdb"
    store.write_bytes(b"\x00" * store.stat().st_size)
    for backup in sorted((workspace.path / "backups").glob("*.duckdb"))[1:]:  # those made at close know both
        backup.unlink()
    with Workspace.open(workspace.path) as again:
        assert again.recovery
        assert again.new_ids("annotation", 1) != given


def test_a_damaged_note_of_the_number_gives_a_fresh_one(workspace: Workspace) -> None:
    workspace.close()
    (workspace.path / "writer.json").write_text('{"number": -5, "place": 1}')
    assert first_id(workspace.path) > 0
