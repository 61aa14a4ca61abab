"""Pull, push and sync with a real Label Studio server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from connectors.label_studio import exchange
from connectors.label_studio.server import Server
from connectors.label_studio.sides import wrong
from engine.data import rle
from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.data.studio.config import read
from engine.errors import TargetError
from engine.labeling import edits
from engine.labeling.edits import Add, Change, Remove, annotations_of
from engine.labeling.schema import add_label
from engine.workspace import Workspace
from tests.integration.label_studio.server import LabelStudio, Proxy, installed
from tests.looked_through import holding, told_in_store
from tests.unit.data.exchange import said

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("label_studio")]
RULES = [
    {"name": "depth", "type": "number", "range": [0, 9]},
    {"name": "side", "type": "choice", "values": ["左", "right"]},
    {"name": "note", "type": "text"},
    {"name": "deep", "type": "flag"},
]


def pictures(folder: Path, count: int) -> Path:
    """Small pictures that all differ."""
    folder.mkdir(parents=True)
    for number in range(count):
        pixels = np.full((48, 64, 3), 40 + number % 200, np.uint8)
        pixels[:, number % 64] = (number % 251, number // 251, 9)
        Image.fromarray(pixels).save(folder / f"零件 {number:04d}.png")
    return folder


def every_kind(ws: Workspace, item: int) -> list[Annotation]:
    """One shape of each kind, with attributes, order, groups, flags and a relation."""
    mask = np.zeros((48, 64), bool)
    mask[5:20, 8:30] = True
    mask[9, 12] = False
    text = rle.encode(mask)
    box = {"x": 3.5, "y": 4.0, "w": 20.25, "h": 10.0}
    shapes = [
        Annotation(0, item, 1, "class"),
        Annotation(0, item, 1, "box", **box, attributes={"depth": 3, "side": "左", "note": "a <b>", "deep": True}),
        Annotation(0, item, 2, "box", 30.0, 5.0, 8.0, 9.0, attributes={"free": [1, 2]}, z=3, flags=("occluded",)),
        Annotation(
            0, item, 1, "rotated_box", 8.0, 10.0, 22.0, 20.0, ((14.0, 10.0, 30.0, 22.0, 24.0, 30.0, 8.0, 18.0),)
        ),
        Annotation(0, item, 2, "polygon", 10.5, 10.25, 29.5, 17.75, ((10.5, 10.25, 40.0, 12.0, 30.0, 28.0),)),
        Annotation(0, item, 1, "ellipse", 20.0, 12.0, 20.0, 16.0, ((30.0, 20.0, 10.0, 8.0, 0.0),)),
        Annotation(0, item, 1, "point", 7.0, 8.0, 0.0, 0.0, ((7.0, 8.0),)),
        Annotation(0, item, 2, "polyline", 1.0, 2.0, 20.0, 10.0, ((1.0, 2.0, 21.0, 12.0, 5.0, 6.0),)),
        Annotation(0, item, 3, "keypoints", 5.0, 6.0, 25.0, 14.0, ((5.0, 6.0, 2.0, 0.0, 0.0, 0.0, 30.0, 20.0, 1.0),)),
        Annotation(0, item, 1, "mask", *rle.bounds(text, 48), rle=text),
    ]
    edits.apply(ws, item, [Add(shape) for shape in shapes], "Draw")
    made = annotations_of(ws, item)
    first, second = (one.id for one in made if one.kind == "box")
    edits.apply(
        ws,
        item,
        [Change(first, {"relations": ((second, "next to"),), "group": first}), Change(second, {"group": first})],
    )
    return annotations_of(ws, item)


def filled(ws: Workspace, folder: Path, count: int = 3) -> list[int]:
    """Pictures, a schema with rules, and every kind of shape on the first picture."""
    import_data(ws, pictures(folder, count))
    for name in ("划痕", 'dent "deep" & <wide>', "hand"):
        add_label(ws, name)
    with ws.transaction("Rules") as tx:
        tx.execute("UPDATE label SET attributes = ? WHERE id = 1", [json.dumps(RULES)])
        tx.execute("UPDATE label SET details = ? WHERE id = 3", [json.dumps({"keypoints": ["a", "b", "c"]})])
    items = [row[0] for row in ws.query("SELECT id FROM item ORDER BY id")]
    every_kind(ws, items[0])
    box = Annotation(0, items[1], 2, "box", 1.0, 2.0, 3.0, 4.0)
    guess = Annotation(0, items[1], 1, "box", 9.0, 9.0, 9.0, 9.0, score=0.75, origin="model", author="net v2")
    edits.apply(ws, items[1], [Add(box), Add(guess)], "Draw")
    return items


def test_every_shape_goes_to_the_server_and_comes_back_in_another_workspace(
    workspace: Workspace, other: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    filled(workspace, tmp_path / "in")
    link = exchange.add(workspace, "line 3", studio.url, studio.token, None, "Line 3", "upload")
    report = exchange.push(workspace, "line 3", studio.token)
    assert (report.added, report.problems, report.not_expressible) == (3, [], [])
    token = {"token": studio.token}
    assert holding(workspace.path, token) == told_in_store(workspace, token) == {}
    again = exchange.sync(workspace, "line 3", studio.token)
    assert (again.added, again.pushed, again.pulled, again.unchanged, again.conflicts) == (0, 0, 0, 3, [])

    exchange.add(other, "theirs", studio.url, studio.token, link.project)
    back = exchange.pull(other, "theirs", studio.token)
    assert (back.imported, back.pulled, back.problems) == (3, 3, [])
    assert said(other) == said(workspace)
    guesses = "SELECT x, score, author FROM annotation WHERE origin = 'model'"
    assert other.query(guesses) == workspace.query(guesses) == [(9.0, 0.75, "net v2")]
    rules = [json.loads(row[0]) for row in other.query("SELECT attributes FROM label WHERE attributes IS NOT NULL")]
    assert sorted(rules[0], key=lambda rule: rule["name"]) == sorted(RULES, key=lambda rule: rule["name"])
    assert json.loads(other.query("SELECT details FROM label WHERE name = 'hand'")[0][0])["keypoints"] == [
        "a",
        "b",
        "c",
    ]
    assert exchange.sync(other, "theirs", studio.token).pushed == 0


def test_changes_go_both_ways_and_a_picture_that_both_changed_is_listed(
    workspace: Workspace, other: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    first, second, third = filled(workspace, tmp_path / "in")
    link = exchange.add(workspace, "a", studio.url, studio.token, None, "Both ways")
    exchange.push(workspace, "a", studio.token)
    exchange.add(other, "b", studio.url, studio.token, link.project)
    exchange.pull(other, "b", studio.token)
    theirs = {digest: item for item, digest in other.query("SELECT id, digest FROM item")}
    own = dict(workspace.query("SELECT id, digest FROM item"))

    box = next(one for one in annotations_of(workspace, first) if one.kind == "box")
    edits.apply(workspace, first, [Change(box.id, {"x": 11.0})])
    edits.apply(workspace, first, [Remove(annotations_of(workspace, first)[-1].id)])
    edits.apply(other, theirs[own[third]], [Add(Annotation(0, 0, 1, "box", 1.0, 1.0, 5.0, 5.0))])
    assert exchange.sync(workspace, "a", studio.token).pushed == 1
    report = exchange.sync(other, "b", studio.token)
    assert (report.pulled, report.pushed, report.conflicts) == (1, 1, [])
    assert exchange.sync(workspace, "a", studio.token).pulled == 1
    assert said(other) == said(workspace)

    mine = next(one for one in annotations_of(workspace, second) if one.origin != "model")
    yours = next(one for one in annotations_of(other, theirs[own[second]]) if one.origin != "model")
    edits.apply(workspace, second, [Change(mine.id, {"w": 30.0})])
    edits.apply(other, theirs[own[second]], [Change(yours.id, {"h": 30.0})])
    exchange.sync(workspace, "a", studio.token)
    report = exchange.sync(other, "b", studio.token)
    assert [conflict.item_id for conflict in report.conflicts] == [theirs[own[second]]]
    assert exchange.status(other, "b", studio.token).conflicts == report.conflicts
    assert next(o for o in annotations_of(other, theirs[own[second]]) if o.origin != "model").h == 30.0
    assert exchange.sync(other, "b", studio.token, choice="both").conflicts == []
    exchange.sync(workspace, "a", studio.token)
    assert said(other) == said(workspace)
    assert len([one for one in annotations_of(workspace, second) if one.origin != "model"]) == 2


def test_a_pull_is_undone_in_one_step(
    workspace: Workspace, other: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    filled(workspace, tmp_path / "in")
    link = exchange.add(workspace, "a", studio.url, studio.token, None, "Undo")
    exchange.push(workspace, "a", studio.token)
    exchange.add(other, "b", studio.url, studio.token, link.project)
    exchange.pull(other, "b", studio.token)
    edits.undo(other)
    assert other.query("SELECT count(*) FROM annotation") == [(0,)]


def test_a_connection_that_breaks_in_the_middle_adds_no_task_twice(
    workspace: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    filled(workspace, tmp_path / "in", 250)
    proxy = Proxy(studio.port)
    exchange.add(workspace, "a", proxy.url, studio.token, None, "Cut", f"{studio.folder}/served")
    proxy.cuts = [("up", 30_000), ("down", 0), ("up", 500)]  # in a request, before its answer, in the next one
    report = exchange.push(workspace, "a", studio.token)
    assert proxy.cut == 3
    assert report.added == 250
    (row,) = workspace.query("SELECT project FROM studio")
    tasks = Server(studio.url, studio.token).tasks(row[0])
    assert len({task["data"]["lineside"] for task in tasks}) == len(tasks) == 250
    item = workspace.query("SELECT item_id FROM studio_task ORDER BY item_id")[5][0]
    edits.apply(workspace, item, [Add(Annotation(0, item, 1, "box", 1.0, 1.0, 5.0, 5.0))])
    proxy.cuts = [("down", 0)] * 2
    exchange.sync(workspace, "a", studio.token)
    tasks = Server(studio.url, studio.token).tasks(row[0])
    assert sum(len(task["annotations"]) for task in tasks) == 3
    assert exchange.sync(workspace, "a", studio.token).unchanged == 250
    proxy.close()


def test_what_the_configuration_does_not_allow_is_named_and_not_sent(
    workspace: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    from label_studio_sdk.label_interface import LabelInterface

    filled(workspace, tmp_path / "in")
    config = '<View><Image name="pic" value="$photo"/><RectangleLabels name="r" toName="pic"><Label value="划痕"/></RectangleLabels></View>'
    project = Server(studio.url, studio.token).create("Foreign", config)
    exchange.add(workspace, "f", studio.url, studio.token, project)
    report = exchange.push(workspace, "f", studio.token)
    assert any("no box “dent" in line for line in report.not_expressible)
    (task, *_) = Server(studio.url, studio.token).tasks(project)
    assert {result["value"]["rectanglelabels"][0] for a in task["annotations"] for result in a["result"]} == {"划痕"}
    bad: dict[str, Any] = {"id": "1", "type": "rectanglelabels", "from_name": "r", "to_name": "pic",
                           "value": {"x": 1, "y": 1, "width": 2, "height": 2, "rotation": 0, "rectanglelabels": ["kratzer"]}}  # fmt: skip
    assert wrong([bad], read(config)) == ["the configuration does not know “kratzer” for rectanglelabels"]
    interface = LabelInterface(config)
    assert not interface.validate_annotation({"result": [bad]})
    assert all(interface.validate_annotation(a) for a in task["annotations"])


def test_a_wrong_token_and_a_server_that_is_not_there_are_told_in_words(
    workspace: Workspace, studio: LabelStudio
) -> None:
    add_label(workspace, "dent")
    with pytest.raises(TargetError, match="refused the token"):
        exchange.add(workspace, "a", studio.url, "0" * 40)
    with pytest.raises(TargetError, match="does not answer"):
        exchange.add(workspace, "a", "http://127.0.0.1:9", studio.token)
    assert exchange.links(workspace) == []


def test_the_command_line_adds_tells_syncs_and_forgets(
    workspace: Workspace,
    studio: LabelStudio,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from app.cli.main import main

    filled(workspace, tmp_path / "in")
    path = workspace.path
    workspace.close()

    def run(*words: str) -> tuple[int, Any]:
        code = main(["label-studio", *words, "-w", str(path), "--json"])
        return code, json.loads(capsys.readouterr().out or "null")

    assert run("list") == (0, [])
    assert run("status", "a")[0] == 2
    assert run("add", "a", studio.url)[0] == 5  # there is no token and nobody to ask
    monkeypatch.setenv("LINESIDE_LABEL_STUDIO_TOKEN", studio.token)
    code, link = run("add", "a", studio.url, "--title", "By command")
    assert (code, link["title"], link["own"]) == (0, "By command", True)
    assert run("status", "a")[1]["added"] == 3
    assert run("sync", "a")[1]["added"] == 3
    assert run("sync", "a", "--on-conflict", "both")[1]["unchanged"] == 3
    assert run("remove", "a") == (0, {"removed": "a"})


def test_pictures_that_the_server_shows_are_fetched_over_a_connection_that_breaks(
    workspace: Workspace, other: Workspace, studio: LabelStudio, tmp_path: Path
) -> None:
    filled(workspace, tmp_path / "in", 12)
    link = exchange.add(workspace, "a", studio.url, studio.token, None, "Served", f"{studio.folder}/served")
    exchange.push(workspace, "a", studio.token)
    proxy = Proxy(studio.port)
    exchange.add(other, "b", proxy.url, studio.token, link.project)
    proxy.cuts = [("down", 900), ("down", 2000), ("down", 100)]
    report = exchange.pull(other, "b", studio.token)
    assert proxy.cut == 3
    assert (report.imported, report.problems) == (12, [])
    assert said(other) == said(workspace)
    proxy.close()


def test_a_push_that_is_stopped_goes_on_where_it_was(workspace: Workspace, studio: LabelStudio, tmp_path: Path) -> None:
    filled(workspace, tmp_path / "in", 150)
    exchange.add(workspace, "a", studio.url, studio.token, None, "Stopped", f"{studio.folder}/served")
    told: list[str] = []
    first = exchange.push(
        workspace, "a", studio.token, progress=lambda _, text: told.append(text),
        cancelled=lambda: any(text.startswith("100 of 150 tasks") for text in told),
    )  # fmt: skip
    assert first.added == 100
    assert exchange.push(workspace, "a", studio.token).added == 50
    assert exchange.sync(workspace, "a", studio.token).unchanged == 150


@pytest.mark.parametrize(("choice", "w", "h"), [("ours", 30.0, 4.0), ("theirs", 3.0, 31.0)])
def test_a_conflict_is_decided_for_one_side(
    workspace: Workspace, studio: LabelStudio, tmp_path: Path, choice: str, w: float, h: float
) -> None:
    _, item, _ = filled(workspace, tmp_path / "in")
    link = exchange.add(workspace, "a", studio.url, studio.token, None, f"Decide for {choice}")
    exchange.push(workspace, "a", studio.token)
    server = Server(studio.url, studio.token)
    (task,) = [t for t in server.tasks(link.project) if t["data"]["name"].endswith("0001.png")]
    (annotation,) = task["annotations"]
    annotation["result"][0]["value"]["height"] = 31 * 100 / 48
    server.save(task["id"], annotation["id"], annotation["result"], "")
    box = next(one for one in annotations_of(workspace, item) if one.origin != "model")
    edits.apply(workspace, item, [Change(box.id, {"w": 30.0})])
    assert len(exchange.pull(workspace, "a", studio.token).conflicts) == 1
    assert len(exchange.push(workspace, "a", studio.token).conflicts) == 1  # it waits, however often it is asked
    assert exchange.sync(workspace, "a", studio.token, choice=choice).conflicts == []
    mine = next(one for one in annotations_of(workspace, item) if one.origin != "model")
    assert (mine.w, mine.h) == (w, h)
    (there,) = [t for t in server.tasks(link.project) if t["id"] == task["id"]]
    value = there["annotations"][0]["result"][0]["value"]
    assert (value["width"] * 0.64, value["height"] * 0.48) == (pytest.approx(w), pytest.approx(h))
    assert exchange.sync(workspace, "a", studio.token).unchanged == 3


def test_the_templates_of_label_studio_that_show_images_are_read_and_made_again() -> None:
    import yaml

    from engine.data.studio.config import make, schema

    folder = next(installed().parent.parent.glob("lib/python*/site-packages/label_studio/annotation_templates"))
    configs = [str((yaml.safe_load(path.read_text()) or {}).get("config") or "") for path in folder.rglob("*.yml")]
    seen = 0
    for text in (text for text in configs if "<Image" in text):
        labels, kinds = schema(read(text))
        again, _ = schema(read(make(labels, kinds)))
        assert {label.name for label in again} == {label.name for label in labels}
        seen += 1
    assert seen > 10
