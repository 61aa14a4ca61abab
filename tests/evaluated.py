"""A workspace with two evaluated detection models, measured and written by the engine, with boxes made up for the purpose."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from engine.data import rle
from engine.data.imports import import_data
from engine.data.sample import LABELS, make_sample
from engine.data.sample_keypoints import make_keypoint_sample
from engine.data.tables import create_table
from engine.data.versions import create_version, read_version
from engine.evaluation import anomaly, files, keypoints, multilabel, tables
from engine.evaluation.boxes import Boxes
from engine.evaluation.detection import measure
from engine.evaluation.money import decided
from engine.evaluation.scores import Choice
from engine.evaluation.truth import judged, read_truth
from engine.training.marks import read_marks
from engine.training.tables import Rows
from engine.workspace import Workspace


def make_evaluated(folder: Path) -> Path:
    """parts:1 finds 60 % and parts:2 90 % of the true boxes of the split test; returns the closed workspace."""
    with Workspace.create(folder / "workspace") as workspace:
        import_data(workspace, make_sample(folder / "sample", count=40))
        create_version(workspace, "v1", split="50/10/40")
        evaluate(workspace, 1, 1, 0.6)
        evaluate(workspace, 2, 2, 0.9)
    return folder / "workspace"


def evaluate(workspace: Workspace, model: int, number: int, hit: float) -> None:
    """A model that finds this share of the true boxes, a false one in the first image, and its evaluation."""
    truth = read_truth(read_version(workspace.path, 1), "test", LABELS)
    random = np.random.default_rng(0)
    kept = random.random(len(truth.boxes)) < hit
    found = Boxes.of(
        [*truth.boxes.item[kept], 0],
        [*truth.boxes.label[kept], 0],
        [*truth.boxes.box[kept], [1, 1, 9, 9]],
        [*np.linspace(0.95, 0.6, kept.sum()), 0.8],
    )
    scores = decided(lambda choice: measure(truth, found, choice, 0.3), Choice())
    run, path = f"run-{number}", f"runs/run-{number}/evaluations/1"
    about = {"model": f"parts:{number}", "version": "v1", "split": "test", "precision": "torch"}
    files.write(workspace.path / path, scores, {**about, "choice": {"cost_miss": 10.0, "cost_false": 1.0}})
    with workspace.transaction("Test") as tx:
        tx.execute(
            "INSERT INTO model VALUES (?, 'parts', ?, ?, 'detection', 1, ?, '{}', '{}')", [model, number, run, tx.at]
        )
        tx.execute(
            "INSERT INTO evaluation VALUES (?, ?, 1, 'test', 'torch', ?, ?, ?)",
            [model, model, tx.at, json.dumps(scores.metrics), path],
        )


def make_pointed(folder: Path) -> Path:
    """A model “poses:1” that places all points 1 px off, and each fourth object's first one 30; the closed workspace."""
    with Workspace.create(folder / "workspace") as workspace:
        import_data(workspace, make_keypoint_sample(folder / "sample", count=24))
        create_version(workspace, "v1", split="50/10/40")
        truth = read_truth(read_version(workspace.path, 1), "test", ("clip", "cable"), "keypoints")
        more = []
        for number, points in enumerate(truth.boxes.more):
            said = points[:, :3] + (1, 0, 0)
            said[:, 2] = np.where(points[:, 2] == 2, 0.9, 0.1)
            said[0, 0] += 29 * (number % 4 == 0)
            more.append(said.ravel().tolist())
        boxes = truth.boxes
        found = Boxes.of(
            boxes.item, boxes.label, boxes.box, np.linspace(0.95, 0.6, len(boxes)), more=more, task="keypoints"
        )
        skeletons = dict(zip(truth.labels, truth.skeletons, strict=True))
        scores = keypoints.extended(measure(truth, found, Choice(), 0.3), skeletons)
        path = "runs/run-poses/evaluations/1"
        about = {"model": "poses:1", "version": "v1", "split": "test", "precision": "torch"}
        files.write(workspace.path / path, scores, about)
        with workspace.transaction("Test") as tx:
            tx.execute("INSERT INTO model VALUES (1, 'poses', 1, 'run-poses', 'keypoints', 1, ?, '{}', '{}')", [tx.at])
            tx.execute(
                "INSERT INTO evaluation VALUES (1, 1, 1, 'test', 'torch', ?, ?, ?)",
                [tx.at, json.dumps(scores.metrics), path],
            )
    return folder / "workspace"


def evaluate_instances(workspace: Workspace, model: int) -> None:
    """A model “masks:1” that finds each object of the split test, every third with the upper half of its mask alone."""
    truth = read_truth(read_version(workspace.path, 1), "test", LABELS, "instances")
    texts = []
    for number, (item, text) in enumerate(zip(truth.boxes.item, truth.boxes.more, strict=True)):
        mask = rle.decode(text, truth.items[item].height, truth.items[item].width)
        rows = np.flatnonzero(mask.any(1))
        if number % 3 == 0:
            mask[rows[len(rows) // 2] :] = False
        texts.append(rle.encode(mask))
    found = Boxes.of(
        truth.boxes.item,
        truth.boxes.label,
        truth.boxes.box,
        np.linspace(0.95, 0.6, len(texts)),
        more=texts,
        task="instances",
    )
    path = "runs/run-masks/evaluations/1"
    about = {"model": "masks:1", "version": "v1", "split": "test", "precision": "torch"}
    scores = decided(lambda choice: measure(truth, found, choice, 0.3), Choice())
    files.write(workspace.path / path, scores, {**about, "choice": {"cost_miss": 10.0, "cost_false": 1.0}})
    with workspace.transaction("Test") as tx:
        tx.execute(
            "INSERT INTO model VALUES (?, 'masks', 1, 'run-masks', 'instances', 1, ?, '{}', '{}')", [model, tx.at]
        )
        tx.execute(
            "INSERT INTO evaluation VALUES (?, ?, 1, 'test', 'torch', ?, ?, ?)",
            [model, model, tx.at, json.dumps(scores.metrics), path],
        )


def evaluate_labels(workspace: Workspace, model: int) -> None:
    """A model “tags:1” that says the labels of each image of the split test, but never a stain, and a dent of all of them."""
    data = read_version(workspace.path, 1)
    marks = read_marks("multilabel", data, LABELS)
    truth = multilabel.known_items(read_truth(data, "test", LABELS), marks)
    chances = np.full((len(truth.items), len(LABELS)), 0.1)
    for row, item in enumerate(truth.items):
        chances[row, marks[item.key].labels] = 0.9
    chances[:, LABELS.index("stain")], chances[:, LABELS.index("dent")] = 0.2, 0.7
    scores = multilabel.measure(truth, marks, chances, Choice(), 0.5)
    path = "runs/run-tags/evaluations/1"
    files.write(
        workspace.path / path, scores, {"model": "tags:1", "version": "v1", "split": "test", "precision": "torch"}
    )
    with workspace.transaction("Test") as tx:
        tx.execute(
            "INSERT INTO model VALUES (?, 'tags', 1, 'run-tags', 'multilabel', 1, ?, '{}', '{}')", [model, tx.at]
        )
        tx.execute(
            "INSERT INTO evaluation VALUES (?, ?, 1, 'test', 'torch', ?, ?, ?)",
            [model, model, tx.at, json.dumps(scores.metrics), path],
        )


def evaluate_anomaly(workspace: Workspace, model: int, unsure: bool = False) -> None:
    """A model “odd:1” that scores each bad image of the split test 0.8 and each good one 0.2, and its evaluation.

    Where it is unsure it scores the first bad image 0.4 and the first good one 0.6.
    """
    data = read_version(workspace.path, 1)
    marks = read_marks("anomaly", data, ())
    truth = judged(read_truth(data, "test", ()), marks)
    doubt = np.where(truth.classes == 1, 0.8, 0.2)
    if unsure:
        doubt[list(truth.classes).index(1)], doubt[list(truth.classes).index(0)] = 0.4, 0.6
    scores = anomaly.measure(truth, marks, doubt, [np.full((4, 4), one, np.float32) for one in doubt], Choice(), 0.5)
    path = "runs/run-odd/evaluations/1"
    files.write(
        workspace.path / path, scores, {"model": "odd:1", "version": "v1", "split": "test", "precision": "torch"}
    )
    with workspace.transaction("Test") as tx:
        tx.execute("INSERT INTO model VALUES (?, 'odd', 1, 'run-odd', 'anomaly', 1, ?, '{}', '{}')", [model, tx.at])
        tx.execute(
            "INSERT INTO evaluation VALUES (?, ?, 1, 'test', 'torch', ?, ?, ?)",
            [model, model, tx.at, json.dumps(scores.metrics), path],
        )


def evaluate_table(workspace: Workspace, model: int, folder: Path) -> None:
    """A model “rows:1” that foretells from a table which of 40 rows are “ok” and which are “bad”, three of them wrongly."""
    file = folder / "rows.csv"
    file.write_text("size;judged\n" + "\n".join(f"{n};{('ok', 'bad')[n % 4 == 0]}" for n in range(80)))
    version = create_table(workspace, "rows", file, split="50/0/50")
    labels = np.array([int(n % 4 == 0) for n in range(40)])
    chance = np.where(labels == 1, 0.8, 0.1)
    chance[[1, 2, 4]] = 0.6, 0.7, 0.3
    rows = Rows(np.arange(40), np.zeros((40, 1, 2, 1), np.float32), labels[:, None])
    scores = tables.measure(rows, np.stack([1 - chance, chance], axis=1), ("ok", "bad"), Choice())
    path = "runs/run-rows/evaluations/1"
    files.write(
        workspace.path / path, scores, {"model": "rows:1", "version": "rows", "split": "test", "precision": "torch"}
    )
    with workspace.transaction("Test") as tx:
        tx.execute(
            "INSERT INTO model VALUES (?, 'rows', 1, 'run-rows', 'tabular', ?, ?, '{}', '{}')",
            [model, version.id, tx.at],
        )
        tx.execute(
            "INSERT INTO evaluation VALUES (?, ?, ?, 'test', 'torch', ?, ?, ?)",
            [model, model, version.id, tx.at, json.dumps(scores.metrics), path],
        )


def strained(folder: Path, number: int) -> Path:
    """A robustness result of parts:NUMBER: it stands all noise, and breaks at blur 2 with the first item."""
    from engine.evaluation.results import Evaluation
    from engine.evaluation.robustness import FILE, Level, Robustness
    from engine.evaluation.robustness import judged as broken

    items = Evaluation(folder / f"runs/run-{number}/evaluations/1").items
    values = {"blur": (0.9, 0.89, 0.6, 0.5, 0.4), "noise": (0.9, 0.9, 0.89, 0.88, 0.87)}
    levels = {"blur": (0.5, 1.0, 2.0, 3.0, 5.0), "noise": (5.0, 10.0, 20.0, 35.0, 50.0)}
    strains = [
        broken(name, unit, [Level(level, value, [items[0]["item_key"]] if value < 0.8 else [])
                            for level, value in zip(levels[name], values[name], strict=True)], 0.9)
        for name, unit in (("blur", "px"), ("noise", "/255"))
    ]  # fmt: skip
    found = Robustness(f"parts:{number}", number, "v1", 1, "test", "torch", "map50", len(items), 0.9, strains)
    path = folder / f"runs/run-{number}/robustness/1" / FILE
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(found.to_json()))
    return path
