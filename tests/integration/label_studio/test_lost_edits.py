"""Two sides that change at the same time, in any order: no edit of either is lost without being asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.label_studio import exchange
from connectors.label_studio.server import Server
from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.labeling import edits
from engine.labeling.edits import Add, Change, annotations_of
from engine.labeling.schema import add_label
from engine.workspace import Workspace
from tests.integration.label_studio.server import LabelStudio
from tests.integration.label_studio.test_exchange import pictures

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("label_studio")]


class There:
    """The server's side of a project: tasks by the item of this workspace, changed as another person would."""

    def __init__(self, ws: Workspace, studio: LabelStudio, project: int) -> None:
        self.ws, self.server, self.project = ws, Server(studio.url, studio.token), project

    def task(self, item: int) -> dict[str, Any]:
        ((number,),) = self.ws.query("SELECT task FROM studio_task WHERE item_id = ?", [item])
        (found,) = self.server.tasks(self.project, [number])
        return found

    def move(self, item: int, x: float) -> None:
        """Put the only box elsewhere."""
        task = self.task(item)
        (annotation,) = task["annotations"]
        annotation["result"][0]["value"]["x"] = 100 * x / 64
        self.server.save(task["id"], annotation["id"], annotation["result"], "")

    def remove(self, item: int) -> None:
        (annotation,) = self.task(item)["annotations"]
        self.server._client.annotations.delete(annotation["id"])

    def xs(self, item: int) -> list[float]:
        """Where boxes are, in px."""
        values = [r["value"]["x"] for a in self.task(item)["annotations"] for r in a["result"]]
        return sorted(round(value * 0.64, 3) for value in values)


def xs(ws: Workspace, item: int) -> list[float]:
    """Where boxes of persons are."""
    return sorted(one.x or 0.0 for one in annotations_of(ws, item) if one.origin != "model")


def move(ws: Workspace, item: int, x: float) -> None:
    """Put the only box elsewhere here."""
    (box,) = annotations_of(ws, item)
    edits.apply(ws, item, [Change(box.id, {"x": x})])


def boxed(ws: Workspace, folder: Path, count: int = 3) -> list[int]:
    """Pictures with a box each."""
    import_data(ws, pictures(folder, count))
    add_label(ws, "划痕")
    items = [row[0] for row in ws.query("SELECT id FROM item ORDER BY id")]
    for item in items:
        edits.apply(ws, item, [Add(Annotation(0, item, 1, "box", 1.0, 2.0, 30.0, 4.0))], "Draw")
    return items


def sent(ws: Workspace, studio: LabelStudio, folder: Path) -> tuple[list[int], There]:
    """Three pictures with a box each, the same on both sides."""
    items = boxed(ws, folder)
    link = exchange.add(ws, "a", studio.url, studio.token, None, folder.name, f"{studio.folder}/served")
    exchange.push(ws, "a", studio.token)
    assert exchange.sync(ws, "a", studio.token).unchanged == 3
    return items, There(ws, studio, link.project)


def test_what_was_removed_there_is_neither_forgotten_by_a_push_nor_decided_by_asking_twice(
    workspace: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    (first, second, _), there = sent(workspace, studio, tmp_path / "removed")
    there.remove(first)
    there.remove(second)
    move(workspace, second, 7.0)
    for _ in range(2):
        report = exchange.push(workspace, "a", studio.token)
        assert [conflict.item_id for conflict in report.conflicts] == [second]
        assert (report.conflicts[0].ours, report.conflicts[0].theirs) == ("1 × 划痕", "nothing")
        assert there.xs(second) == []
    assert exchange.pull(workspace, "a", studio.token).pulled == 1
    assert (xs(workspace, first), xs(workspace, second)) == ([], [7.0])
    report = exchange.sync(workspace, "a", studio.token, choice="ours")  # the annotation it was written to is gone
    assert (report.problems, report.pushed) == ([], 1)
    assert there.xs(second) == [7.0]


def test_pushing_both_keeps_what_is_there_and_leaves_new_predictions_to_be_brought(
    workspace: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    (first, second, _), there = sent(workspace, studio, tmp_path / "both")
    task = there.task(second)
    (annotation,) = task["annotations"]
    there.server.predict(task["id"], [], [{"model_version": "net", "score": 0.5, "result": annotation["result"]}])
    there.move(first, 20.0)
    move(workspace, first, 10.0)
    assert exchange.push(workspace, "a", studio.token, choice="both").conflicts == []
    assert there.xs(first) == xs(workspace, first) == [10.0, 20.0]
    assert exchange.sync(workspace, "a", studio.token).unchanged == 3
    assert [one.author for one in annotations_of(workspace, second) if one.origin == "model"] == ["net"]


def test_an_edit_that_is_made_there_meanwhile_is_not_written_over(
    workspace: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    (first, second, third), there = sent(workspace, studio, tmp_path / "meanwhile")
    for item in (first, second):
        move(workspace, item, 7.0)
    real, reads = Server.changed, []

    def changed(self: Server, project: int, since: str) -> list[int]:
        found = real(self, project, since)
        if not reads:
            reads.append(since)
            there.move(third, 30.0)  # after the list of changes was made, and before …
            there.move(second, 1.0)  # … one of the list is read
        elif len(reads) == 1:
            reads.append(since)
            there.move(first, 30.0)
            found = real(self, project, since)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Server, "changed", changed)
        report = exchange.sync(workspace, "a", studio.token)
    assert (report.pushed, len(report.problems)) == (1, 1)
    assert "a moment ago" in report.problems[0].reason
    assert (there.xs(first), there.xs(second)) == ([30.0], [7.0])
    report = exchange.sync(workspace, "a", studio.token)
    assert [conflict.item_id for conflict in report.conflicts] == [first]
    assert xs(workspace, third) == [30.0]


def test_pictures_that_another_project_has_already_keep_their_labels_and_are_not_added_twice(
    workspace: Workspace, other: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    items, there = sent(workspace, studio, tmp_path / "foreign")
    same = [there.server.upload(there.project, {f"p{n}.png": path.read_bytes()}) for n, path in
            enumerate(sorted((tmp_path / "foreign").iterdir()))]  # fmt: skip
    config = there.server.project(there.project)["label_config"]
    foreign = there.server.create("Another", config)
    results = there.task(items[0])["annotations"][0]["result"]
    moved = [results[0] | {"value": results[0]["value"] | {"x": 50.0}}]
    there.server.add_tasks(foreign, [
        {"data": {"image": next(iter(place.values()))}, "annotations": [{"result": said}] if said else []}
        for place, said in zip(same, (results, moved, []), strict=True)
    ])  # fmt: skip
    exchange.add(workspace, "b", studio.url, studio.token, foreign)
    report = exchange.sync(workspace, "b", studio.token)
    assert (report.added, report.imported, report.pushed) == (0, 0, 1)
    assert [conflict.item_id for conflict in report.conflicts] == [items[1]]
    assert [xs(workspace, item) for item in items] == [[1.0]] * 3
    assert len(there.server.tasks(foreign)) == 3
    assert exchange.sync(workspace, "b", studio.token, choice="both").conflicts == []
    assert [len(xs(workspace, item)) for item in items] == [1, 2, 1]
    assert exchange.sync(workspace, "b", studio.token).unchanged == 3
