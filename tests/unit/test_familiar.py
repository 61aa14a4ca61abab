"""Opening a workspace of somebody else runs nothing of it by itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.errors import WorkspaceError
from engine.familiar import Folder, NotAllowed, is_familiar, make_familiar, need_familiar
from engine.jobs import Job, collect, get_job, wait, would_go_on
from engine.modeling.catalogue import use_workspace
from engine.modeling.graph import Graph, Node
from engine.modeling.own_code import has_own_code
from engine.modeling.recipes import RECIPES
from engine.training.flow import flow
from engine.workspace import Workspace


@pytest.fixture
def copy(workspace: Workspace, tmp_path: Path) -> Path:
    """A workspace as somebody sends it: its jobs wait for a slot, and one runs on another machine."""
    for name, mark in (("20260101-waits", "waiting"), ("20260102-runs", "there")):
        folder = workspace.path / "jobs" / name
        folder.mkdir()
        spec = {"kind": "report", "title": name, "arguments": {}, "created": "2026-01-01T00:00:00.000+00:00"}
        (folder / "spec.json").write_text(json.dumps(spec | {"workspace": workspace.id}))
        (folder / mark).touch()
    shutil.copytree(workspace.path, tmp_path / "copy")
    return tmp_path / "copy"


def with_node(graph: Graph, node: Node) -> Graph:
    return Graph(graph.name, graph.task, [*graph.nodes, node], graph.edges)


def begun(job: Job) -> bool:
    return (job.folder / "output.log").exists()


def test_a_workspace_is_known_where_it_was_made_and_no_copy_says_it_of_itself(copy: Path, workspace: Workspace) -> None:
    assert is_familiar(workspace)
    with Workspace.open(copy) as opened:
        assert not is_familiar(opened)
        with pytest.raises(NotAllowed, match="was made elsewhere") as refused:
            need_familiar(opened, "A component")
        assert refused.value.fix == "lineside allow"
        make_familiar(opened)
        need_familiar(opened, "A component")
    settings = copy / "workspace.toml"
    settings.write_text(settings.read_text().replace(workspace.id, "0" * 32))
    with Workspace.open(copy) as another:  # another workspace was put into the place of an allowed one
        assert not is_familiar(another)


def test_jobs_that_wait_in_a_workspace_from_elsewhere_start_once_it_is_allowed(copy: Path) -> None:
    with Workspace.open(copy) as opened:
        collect(opened)
        waiting = would_go_on(opened)
        assert [job.id for job in waiting] == ["20260101-waits", "20260102-runs"]
        assert not any(begun(job) for job in waiting)
        make_familiar(opened)
        collect(opened)
        assert all(begun(get_job(opened, job.id)) for job in waiting)
        for job in waiting:
            wait(opened, job)


def test_a_job_that_a_person_orders_runs_anywhere(copy: Path) -> None:
    with Workspace.open(copy) as opened:
        job = get_job(opened, "20260101-waits")
        job.resume()
        wait(opened, job)
        assert begun(job)
        assert not begun(get_job(opened, "20260102-runs"))


def test_code_of_a_drawing_is_told_from_the_programs_own(workspace: Workspace) -> None:
    graph = RECIPES["classification-layers"].graph("sort")
    assert not has_own_code(graph)
    for kind in ("code.module", "code.text"):
        assert has_own_code(with_node(graph, Node("own", kind)))
    (workspace.path / "components").mkdir()
    (workspace.path / "components" / "mine.py").write_text(
        'COMPONENT = {"type": "mine.thing", "class": "Thing", "title": ["a", "b"], "inputs": {"in": "tensor"},'
        ' "outputs": {"out": "tensor"}}\n\nclass Thing:\n    pass\n'
    )
    use_workspace(workspace.path)
    try:
        assert has_own_code(with_node(graph, Node("own", "mine.thing")))
    finally:
        use_workspace(workspace.path / "nothing")


def test_nothing_flows_through_code_of_a_workspace_from_elsewhere(copy: Path) -> None:
    graph = RECIPES["classification-layers"].graph("sort")
    own = with_node(graph, Node("own", "code.module"))
    with Workspace.open(copy) as opened, pytest.raises(NotAllowed, match="The code of this drawing"):
        flow(opened, own, [1])


@pytest.mark.parametrize("name", ["owner.lock", "last-commit", "store.duckdb.wal", "writer.json"])
def test_opening_a_workspace_writes_through_no_link(name: str, copy: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("what I wrote")
    (copy / name).unlink(missing_ok=True)
    (copy / name).symlink_to(mine)
    with pytest.raises(WorkspaceError, match=f"{name} is a link"):
        Workspace.open(copy)
    assert mine.read_text() == "what I wrote"


def test_a_folder_of_a_workspace_lies_elsewhere_only_where_the_workspace_is_known(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "other disk").mkdir()
    shutil.rmtree(copy / "backups")
    (copy / "backups").symlink_to(tmp_path / "other disk")
    with pytest.raises(WorkspaceError, match="its backups is a link to") as refused:
        Workspace.open(copy)
    assert refused.value.fix == "lineside allow"
    make_familiar(Folder.of(copy))
    Workspace.open(copy).close()
