"""What the console reads of a workspace that another program owns, and that it can write nothing there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from engine.console.reading import ReadOnlyWorkspace
from engine.console.submitting import Trainer, train_cell
from engine.data.tables import create_table
from engine.errors import BadInput, UsageError
from engine.jobs import job as jobs
from engine.modeling.graphs import new_graph
from engine.workspace import Workspace
from tests.evaluated import make_evaluated

CODE = 'import pytorch_lightning as pl\n\nTASK = "detection"\nraise SystemExit("this must not run here")\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_evaluated(tmp_path_factory.mktemp("console"))


@pytest.fixture
def ws(folder: Path) -> Iterator[ReadOnlyWorkspace]:
    """The view, while the owner has the workspace open."""
    with Workspace.open(folder):
        yield ReadOnlyWorkspace(folder)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".wal"
    }


def test_versions_items_and_annotations_are_relations_beside_the_owner_of_the_store(ws: ReadOnlyWorkspace) -> None:
    assert ws.versions().project("name, items, splits['test']").fetchall() == [("v1", 40, 16)]
    assert ws.items("v1").filter("split = 'test'").shape[0] == 16
    assert ws.items(1).shape == ws.items().shape
    counted = ws.annotations().aggregate("label, count(*)").fetchall()
    assert sum(count for _, count in counted) == ws.versions().project("annotations").fetchall()[0][0]
    assert {label for label, _ in counted} <= {name for (name,) in ws.labels().project("name").fetchall()}


def test_a_query_joins_what_it_names_with_relations_of_the_persons_own(ws: ReadOnlyWorkspace) -> None:
    mine = ws.sql("SELECT item_key, count(*) n FROM annotations GROUP BY ALL")
    ((items, marks),) = ws.sql(
        "SELECT count(*), sum(n) FROM items LEFT JOIN mine ON key = item_key", mine=mine
    ).fetchall()
    assert (items, marks) == (40, ws.annotations().shape[0])


def test_the_answers_of_a_model_are_those_of_its_evaluation(ws: ReadOnlyWorkspace) -> None:
    found = [ws.answers(f"parts:{number}").aggregate("sum(found)").fetchall()[0][0] for number in (1, 2)]
    assert found[0] < found[1]
    assert ws.answers("parts:1", "predictions").filter("score > 0.7").shape[0] > 0
    assert set(ws.evaluations().project("model").fetchall()) == {("parts:1",), ("parts:2",)}


def test_an_item_is_a_picture_with_its_annotations(ws: ReadOnlyWorkspace) -> None:
    key, name, width = ws.sql("SELECT key, name, width FROM items SEMI JOIN annotations ON key = item_key").fetchall()[
        0
    ]
    plain, marked = ws.image(key, annotations=False, size=None), ws.image(name, size=None)
    assert plain.width == width
    assert plain.tobytes() != marked.tobytes()
    assert max(ws.image(key, size=100).size) == 100


@pytest.mark.parametrize(
    "text",
    [
        "COPY (SELECT 1) TO '{0}/new.csv'",
        "ATTACH '{0}/store.duckdb'",
        "SELECT * FROM read_text('{0}/workspace.toml')",
        "SET enable_external_access = true",
    ],
)
def test_sql_reaches_no_file(ws: ReadOnlyWorkspace, text: str) -> None:
    with pytest.raises(duckdb.Error):
        ws.sql(text.format(ws.path)).fetchall()


def test_nothing_in_the_workspace_changes_by_reading_it(ws: ReadOnlyWorkspace) -> None:
    before = digests(ws.path)
    ws.items(), ws.runs(), ws.models(), ws.answers("parts:1"), ws.image(ws.items().limit(1).fetchall()[0][0])
    ws.sql("CREATE TABLE items AS SELECT 1")
    with pytest.raises(duckdb.Error):
        ws.items().write_csv(str(ws.path / "items.csv"))
    assert digests(ws.path) == before


def test_a_version_that_is_a_table_has_rows_and_no_images(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{n},{n % 2}\n" for n in range(20)))
    create_table(workspace, "t", tmp_path / "t.csv")
    ws = ReadOnlyWorkspace(workspace.path)
    assert ws.sql("SELECT sum(a), count(DISTINCT split) FROM rows").fetchall() == [(190, 3)]
    with pytest.raises(UsageError, match="has no images"):
        ws.items()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda ws: ws.items("v9"), "no version “v9”; there are: v1"),
        (lambda ws: ws.image("nobody.png"), "no item whose name is 'nobody.png'"),
        (lambda ws: ws.metrics("x"), "no run “x”"),
        (lambda ws: ws.answers("parts:9"), "no evaluation “parts:9”"),
        (lambda ws: ws.answers("parts:1", "guesses"), "choose one of items, predictions, matches"),
        (lambda ws: ws.rows(), "is no table"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(ws: ReadOnlyWorkspace, asked, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        asked(ws)


def test_a_damaged_file_is_left_out_and_the_rest_is_there(workspace: Workspace) -> None:
    for name, text in (("good", '{"graph": "a", "state": "done"}'), ("bad", "{")):
        (workspace.path / "runs" / name).mkdir()
        (workspace.path / "runs" / name / "run.json").write_text(text)
    runs = ReadOnlyWorkspace(workspace.path).runs()
    assert sorted(runs.project("id, graph").fetchall()) == [("bad", None), ("good", "a")]


def test_a_cell_becomes_a_job_whose_code_is_not_run_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Path] = []
    monkeypatch.setattr(jobs, "_start", started.append)
    with Workspace.open(folder) as owner:
        new_graph(owner, "drawn", "detection")
        train = Trainer(ReadOnlyWorkspace(folder))
        written = train_cell(train, "v1 --name mine --seed 3", CODE)
        drawn = train("drawn", values={"train.steps": 7})
    assert [job.name for job in started] == [written.job.id, drawn.job.id]
    assert (folder / "runs" / written.run / "model.py").read_text() == CODE
    assert written.job.arguments == {"run": written.run, "graph": "mine", "version": 1, "seed": 3}
    assert "steps=7" in (folder / "runs" / drawn.run / "model.py").read_text()
    with pytest.raises(BadInput, match="the cell, line 1: this is not Python"):
        train_cell(train, "", "class (")
    for line in ("v1 --steps 3", "v1 --seed three", "v9"):
        with pytest.raises(UsageError):
            train_cell(train, line, CODE)
    with pytest.raises(UsageError, match="no model graph “nothing”"):
        train("nothing")
