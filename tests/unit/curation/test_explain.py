"""Why a trained model says what it says: the job, what it leaves, and the training items that are alike."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from app.cli.main import main
from engine.curation.explain import explain, nearest_keys, neighbours, recall_nearest
from engine.curation.worklist import Target
from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.data.sample import draw_part
from engine.data.versions import create_version
from engine.errors import BadInput, UsageError
from engine.evaluation.explanation import Question, folder_of, recall, recall_map
from engine.jobs import wait
from engine.labeling.edits import Add, apply
from engine.labeling.schema import add_label, labels
from engine.modeling.catalogue import catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.nets.deployed import deployed
from engine.modeling.nets.small import SmallBackbone
from engine.modeling.recipes import RECIPES
from engine.serving.manifest import InputSpec, ModelManifest
from engine.training.fit import fit
from engine.training.reporting import Terminal
from engine.workspace import Workspace

SMALL: dict[str, Any] = {
    "data.width": 64, "data.height": 64, "backbone.width": 8, "train.steps": 2, "train.batch": 4, "train.checks": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed workspace: eight parts to learn from and a moved copy of the first one to test on; “sorter:1” saw them twice."""
    folder = tmp_path_factory.mktemp("explain")
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(8):
        Image.fromarray(draw_part(np.random.default_rng(number), flawless=number % 2 == 0)[0]).save(
            pictures / f"{number}.png"
        )
    first = np.asarray(Image.open(pictures / "0.png"))
    Image.fromarray(np.roll(first, 2, 1)).save(pictures / "copy.png")
    with Workspace.create(folder / "workspace") as ws:
        import_data(ws, pictures)
        for name in ("good", "bad"):
            add_label(ws, name)
        ids = {label.name: label.id for label in labels(ws)}
        for item, name in ws.query("SELECT id, name FROM item"):
            good = Path(name).stem in ("0", "2", "4", "6", "copy")
            apply(ws, item, [Add(Annotation(0, item, ids["good" if good else "bad"], "class"))])
            with ws.transaction("Split") as tx:
                tx.execute("UPDATE item SET split = ? WHERE id = ?", ["test" if "copy" in name else "train", item])
        version = create_version(ws, "v1")
        run = ws.path / "runs" / "r1"
        run.mkdir(parents=True)
        (run / "run.json").write_text(json.dumps({"version": version.id, "version_digest": version.digest}))
        graph = RECIPES["classification"].graph("sorter")
        backbone, small = graph.node("backbone"), catalogue()["backbone.small"]
        backbone.type, backbone.parameters = small.type, small.defaults()
        (run / "model.py").write_text(compile_graph(graph.with_parameters(SMALL)), "utf-8")
        fit(run, ws.path / "versions" / str(version.id), 0, Terminal())
        with ws.transaction("Test") as tx:
            tx.execute(
                "INSERT INTO model VALUES (1, 'sorter', 1, 'r1', 'classification', ?, ?, '{}', '{}')",
                [version.id, tx.at],
            )
    return folder / "workspace"


@pytest.fixture
def ws(trained: Path):
    with Workspace.open(trained) as opened:
        yield opened


def item_of(ws: Workspace, name: str) -> int:
    ((item,),) = ws.query("SELECT id FROM item WHERE name LIKE ?", [f"%{name}"])
    return int(item)


@pytest.mark.usefixtures("warm_jobs")
def test_the_moved_copy_of_a_training_item_is_found_with_its_label_and_its_author(ws: Workspace) -> None:
    item = item_of(ws, "copy.png")
    job = explain(ws, "sorter", [item], nearest=3)
    status = wait(ws, job, lambda _: None)
    assert status.state == "done", status.details
    (entry,) = job.result()["answers"]
    assert entry["problem"] is None
    assert entry["label"] in ("good", "bad")
    found = neighbours(ws, entry["nearest"])
    assert len(found) == 3
    assert found[0].name.endswith("0.png")
    assert [(said.label, said.author) for said in found[0].labels] == [("good", "tester")]
    likeness = [one.likeness for one in found]
    assert likeness == sorted(likeness, reverse=True)
    ((digest, key),) = ws.query("SELECT digest, key FROM item WHERE id = ?", [item])
    folder, asked = folder_of(ws.path, "r1"), Question(digest, 0, "gradient")
    answer = recall(folder, asked)
    assert answer is not None
    assert answer.shown == "gradient"
    assert recall_map(folder, asked).shape == (256, 256)
    assert recall_nearest(ws.path, "r1", 1, key, asked) == entry["nearest"]
    assert not (ws.path / job.spec["arguments"]["items"]).exists()


def test_of_an_answer_about_a_place_the_training_shapes_that_look_like_it_are_found(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    texture = random.integers(0, 255, (16, 16, 3)).astype(np.uint8)
    places = {"asked": (8, 8), "same": (40, 32), "other": (8, 8)}
    shapes = {}
    for number, (name, (x, y)) in enumerate(places.items(), 1):
        pixels = np.full((64, 64, 3), 120, np.uint8)
        pixels[y : y + 16, x : x + 16] = (250, 10, 10) if name == "other" else texture
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        path = str(tmp_path / f"{name}.png")
        shapes[name] = Target(number, number, name, 0, 64, 64, name, path, number, float(x), float(y), 16.0, 16.0)
    second = replace(shapes["other"], annotation_id=9, x=44.0, y=44.0)  # an item with two shapes stands once
    torch.manual_seed(0)
    network = deployed(Net(), "classification").eval()
    about = ModelManifest("m", "classification", ("a", "b"), input=InputSpec(width=64, height=64, channels=3))
    training = [shapes["same"], shapes["other"], second]
    for _ in range(2):  # made, then read
        (found,) = nearest_keys(tmp_path, "r", network, about, [shapes["asked"]], training, 5, lambda *_: None)
        assert [one["key"] for one in found] == [2, 3]
        assert found[0]["likeness"] > found[1]["likeness"] + 0.01


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = SmallBackbone(3, width=8)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.backbone(images)[-1].mean((2, 3))[:, :2]


@pytest.mark.usefixtures("warm_jobs")
def test_an_image_that_cannot_be_read_is_named_and_the_others_are_explained(ws: Workspace) -> None:
    broken, sound = item_of(ws, "3.png"), item_of(ws, "5.png")
    ((digest,),) = ws.query("SELECT digest FROM item WHERE id = ?", [broken])
    kept = ws.media.path(digest).read_bytes()
    ws.media.path(digest).chmod(0o644)
    ws.media.path(digest).write_bytes(b"no image")
    try:
        job = explain(ws, "sorter", [broken, sound], method="occlusion", nearest=0)
        assert wait(ws, job, lambda _: None).state == "done"
    finally:
        ws.media.path(digest).write_bytes(kept)
    first, second = job.result()["answers"]
    assert "3.png" in first["problem"]
    assert second["problem"] is None
    assert second["shown"] == "occlusion"
    assert "nearest" not in second


def test_what_cannot_be_asked_is_said_before_any_work(ws: Workspace) -> None:
    item = item_of(ws, "copy.png")
    for wrong, message in (
        ({"method": "guess"}, "There is no method “guess”"),
        ({"method": "heat"}, "Only anomaly models answer with a heat map"),
        ({"label": "dent"}, "knows no label “dent”; it knows: good, bad"),
        ({"box": (0.0, 0.0, 4.0, 4.0)}, "speaks of whole images"),
        ({"nearest": -1}, "-1 similar items"),
        ({"version": "v9"}, "v9"),
    ):
        with pytest.raises((UsageError, BadInput), match=message):
            explain(ws, "sorter", [item], **wrong)
    with pytest.raises(UsageError, match="There is no item 999"):
        explain(ws, "sorter", [item, 999])


@pytest.mark.usefixtures("warm_jobs")
def test_the_command_writes_a_picture_and_says_what_the_map_is_worth(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["-w", str(trained), "--json", "explain", "sorter:1", "copy.png", "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    (entry,) = json.loads(capsys.readouterr().out)["answers"]
    assert Image.open(entry["picture"]).size == (320, 320)
    assert entry["verdict"] in ("good", "weak", "none")
    assert entry["nearest"][0]["labels"][0]["author"] == "tester"
    for wrong, message in (
        (["sorter", "nothing.png"], "There is no image “nothing.png”"),
        (["sorter", "copy.png", "--box", "1,2"], "“1,2” is no box"),
        (["sorter", "copy.png", "--out", str(trained / "workspace.toml")], "is a file; name a folder"),
    ):
        assert main(["-w", str(trained), "explain", *wrong]) in (2, 3)
        assert message in capsys.readouterr().err
