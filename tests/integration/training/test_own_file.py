"""A person's own Python file is trained as a drawing is: the same records, model and curve, and errors with their line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.imports import import_data
from engine.data.versions import create_version
from engine.errors import BadInput
from engine.jobs import Job, wait
from engine.modeling.compile import compile_graph
from engine.modeling.graphs import load_graph, new_graph
from engine.modeling.readback import from_code
from engine.training.contract import model_of
from engine.training.load import load_module
from engine.training.models import get_model
from engine.training.runs import read_metrics, run_of_job, start_file, start_run
from engine.workspace import Workspace

pytestmark = pytest.mark.slow
LEAST = """
import pytorch_lightning as pl
import torch
from torch import nn

from engine.modeling.nets.classification import ClassificationLoss
from engine.training.settings import Training

TASK = "classification"
TRAINING = Training(steps=4, batch=2, checks=1)


class Counter(pl.Callback):
    def on_train_end(self, trainer, model):
        open("counted.txt", "w").write(str(trainer.global_step))


class Mine(pl.LightningModule):
    def __init__(self, channels, classes):
        super().__init__()
        self.network = nn.Sequential(nn.Conv2d(channels, 4, 3, 4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, classes))
        self.loss = ClassificationLoss()

    def training_step(self, batch, index):
        return self.loss(self.network(batch.images), *batch.targets)["loss"]

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
"""


@pytest.fixture
def sorted_parts(workspace: Workspace, tmp_path: Path, warm_jobs: None) -> Workspace:
    """Twenty-four grey images, with and without a bright spot, as version “v1”."""
    random = np.random.default_rng(0)
    for number in range(24):
        picture = random.integers(0, 60, (40, 40), np.uint8)
        label = "spot" if number % 2 else "plain"
        if label == "spot":
            y, x = random.integers(4, 26, 2)
            picture[y : y + 10, x : x + 10] = 230
        (tmp_path / "images" / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / "images" / label / f"{number}.png")
    import_data(workspace, tmp_path / "images", format="folder_per_class")
    create_version(workspace, "v1", split="70/30/0")
    return workspace


def losses(ws: Workspace, job: Job) -> list[float]:
    return [line["loss"] for line in read_metrics(run_of_job(ws, job).folder) if "loss" in line]


def test_a_drawing_of_layers_and_the_file_of_its_code_learn_the_same(sorted_parts: Workspace, tmp_path: Path) -> None:
    new_graph(sorted_parts, "sort", "classification-layers")
    values = {
        "data.width": 64,
        "data.height": 64,
        "train.steps": 50,
        "train.batch": 8,
        "train.average": 0.9,
        "train.checks": 1,
    }
    drawn = start_run(sorted_parts, "sort", "v1", values, seed=2)
    assert wait(sorted_parts, drawn).state == "done"
    assert get_model(sorted_parts, "sort").metrics["val_accuracy"] >= 0.75
    file = tmp_path / "sort.py"
    file.write_text(compile_graph(load_graph(sorted_parts, "sort").with_parameters(values)), "utf-8")
    written = start_file(sorted_parts, file, "v1", seed=2)
    assert wait(sorted_parts, written).state == "done"
    assert losses(sorted_parts, written) == losses(sorted_parts, drawn)
    assert get_model(sorted_parts, "sort:2").run_id == run_of_job(sorted_parts, written).id
    run = run_of_job(sorted_parts, written)
    assert (run.folder / "graph.json").is_file()
    assert from_code((run.folder / "model.py").read_text()).lost == []


def test_a_plain_lightning_module_is_trained_kept_and_exported_with_its_callbacks(
    sorted_parts: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(LEAST)
    job = start_file(sorted_parts, file, "v1")
    status = wait(sorted_parts, job)
    assert status.state == "done", status.details
    run = run_of_job(sorted_parts, job)
    assert (run.graph, run.details["file"], len(losses(sorted_parts, job))) == ("mine", str(file), 4)
    assert "val_accuracy" in get_model(sorted_parts, "mine").metrics
    assert [path.read_text() for path in (run.folder.parent.parent / "jobs").rglob("counted.txt")] == ["4"]

    from engine.training.load import example_input, load_network

    assert load_network(run.folder)(example_input(run.folder)).sum().item() == pytest.approx(1, abs=1e-5)


SPOTS = (
    LEAST.replace("batch.images", "batch[0]").replace("*batch.targets", "batch[1]")
    + """

class Spots(torch.utils.data.Dataset):
    def __init__(self, version):
        self.random = torch.rand(5, 1, 32, 32, generator=torch.Generator().manual_seed(1))

    def __len__(self):
        return len(self.random)

    def __getitem__(self, index):
        open("taken.txt", "a").write(f"{index} ")
        return self.random[index], index % 2
"""
)


def test_a_dataset_of_the_files_own_is_taken_in_an_order_that_a_resume_keeps(
    sorted_parts: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SPOTS)
    job = start_file(sorted_parts, file, "v1")
    status = wait(sorted_parts, job)
    assert status.state == "done", status.details
    taken = [int(number) for number in (job.folder / "taken.txt").read_text().split()]
    assert len(taken) == 8
    assert sorted(taken[:5]) == [0, 1, 2, 3, 4]

    from engine.training.contract import own_batches
    from engine.training.settings import Training

    four = Training(steps=4, batch=2)
    whole = [batch.tolist() for batch in own_batches(range(5), four, 0, 0, "")]
    assert [number for batch in whole for number in batch] == taken
    assert [batch.tolist() for batch in own_batches(range(5), four, 0, 3, "")] == whole[3:]


def test_callbacks_of_a_file_are_called_in_one_run_of_a_drawn_graph(sorted_parts: Workspace, tmp_path: Path) -> None:
    new_graph(sorted_parts, "sort", "classification-layers")
    values = {"data.width": 32, "data.height": 32, "train.steps": 3, "train.batch": 2, "train.checks": 1}
    file = tmp_path / "mine.py"
    file.write_text(LEAST[: LEAST.index("TASK")] + LEAST[LEAST.index("class Counter") : LEAST.index("class Mine")])
    job = start_run(sorted_parts, "sort", "v1", values, code=file)
    status = wait(sorted_parts, job)
    assert status.state == "done", status.details
    assert (job.folder / "counted.txt").read_text() == "3"
    assert "class Counter" not in compile_graph(load_graph(sorted_parts, "sort"))
    file.write_text("class (")
    with pytest.raises(BadInput, match=r"mine\.py: this is not Python: line 1"):
        start_run(sorted_parts, "sort", "v1", values, code=file)


def test_a_file_that_was_stopped_goes_on_where_it_was(sorted_parts: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(LEAST.replace("steps=4", "steps=600"))
    job = start_file(sorted_parts, file, "v1")

    def stop_at(step: int, job: Job) -> str:
        return wait(sorted_parts, job, lambda e: e["event"] == "metric" and e["step"] >= step and job.cancel()).state

    assert stop_at(1, job) == "cancelled"
    made = losses(sorted_parts, job)
    assert 1 <= len(made) < 600
    file.write_text("TASK = 1")  # the run has its own copy
    again = start_run(sorted_parts, "mine", "v1", resume=run_of_job(sorted_parts, job).id)
    assert wait(sorted_parts, again).state == "done"
    assert losses(sorted_parts, again)[: len(made)] == made
    assert len(losses(sorted_parts, again)) == 600


def test_what_fails_in_the_worker_names_file_and_line(sorted_parts: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(LEAST.replace("return self.loss(", "return self.los("))
    status = wait(sorted_parts, start_file(sorted_parts, file, "v1"))
    assert status.state == "failed"
    assert re.search(r"mine\.py, line 25: AttributeError.*los", status.error), status.error


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("self.network = nn", "self.net = nn", r"mine\.py: Mine has no self\.network"),
        ("class Mine(pl.LightningModule)", "class Mine(nn.Module)", r"mine\.py: there is no LightningModule"),
        ("import torch\n", "import torhc\n", r"mine\.py, line 3: ModuleNotFoundError"),
        (
            "class Counter(pl.Callback)",
            "class Counter(pl.LightningModule)",
            r"Counter and Mine are both a LightningModule",
        ),
    ],
)
def test_code_that_lacks_something_says_what(tmp_path: Path, before: str, after: str, told: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(LEAST.replace(before, after, 1))
    with pytest.raises(BadInput, match=told):
        model_of(load_module(file))(1, 2)


def test_a_file_that_is_no_python_or_names_no_task_is_refused_before_anything_starts(
    sorted_parts: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(LEAST.replace("class Mine(", "class Mine(("))
    with pytest.raises(BadInput, match=r"mine\.py, line \d+: this is not Python"):
        start_file(sorted_parts, file, "v1")
    file.write_text(LEAST.replace("TASK", "TUSK"))
    with pytest.raises(BadInput, match="TASK"):
        start_file(sorted_parts, file, "v1")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="UTF-8"):
        start_file(sorted_parts, file, "v1")
    assert not list((sorted_parts.path / "runs").glob("*"))
