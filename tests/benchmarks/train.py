"""Figures of training: the step against plain PyTorch, resuming after a kill, and the DeepPCB subset end to end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

DATA = Path(os.environ.get("LINESIDE_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
STEPS, WARM = 40, 5  # steps of each, and how many of them come before the clock is read
PCB_STEPS = 3800
PCB_NEW = (
    "regexp_extract(name, '([0-9]{5})[0-9]{3}[.]', 1) IN ('12000', '12100', '12300', '90100')"  # only in the test split
)
TILE_STEPS = 600
SEEDS = 3


def step_ratio() -> dict[str, float]:
    """The product and a plain loop take the same steps, one each in turn, for each template that takes steps."""
    from engine.modeling.compile import compile_graph
    from engine.modeling.recipes import RECIPES

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        versions = versions_by_task(Path(folder), count=40)
        for name, recipe in RECIPES.items():
            graph = recipe.graph("bench")
            if recipe.task == "tabular" or "TRAIN = Training(" not in compile_graph(graph):
                continue  # of tables, or one that remembers and takes no steps
            folders = [_prepared(Path(folder) / f"{name}-{who}", graph) for who in ("ours", "plain")]
            ours, plain = _seconds_in_turns(folders[0], folders[1], versions[recipe.task])
            figures |= {f"train.step_{name}_ratio": ours / plain, f"train.step_{name}_ms": ours * 1000}
            print(f"  {name}: {ours / plain:.3f}", file=sys.stderr, flush=True)  # all of them take a while
    figures["train.step_worst_ratio"] = max(value for name, value in figures.items() if name.endswith("_ratio"))
    return figures


def resume() -> dict[str, float]:
    """The largest difference of a loss between an unbroken training and one that was killed and resumed."""
    from engine.jobs import wait
    from engine.modeling.graphs import new_graph
    from engine.training.runs import read_metrics, run_of_job, start_run
    from engine.workspace import Workspace

    os.environ["LINESIDE_CHECKPOINT_EVERY_S"] = "1"
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        version = sample_version(Path(folder), count=24)
        with Workspace.open(version.parent.parent) as ws:
            new_graph(ws, "parts", "detection")
            settings = {
                "data.width": 128,
                "data.height": 128,
                "augment.crop": 96,
                "backbone.width": 16,
                "train.steps": 120,
            }
            unbroken = start_run(ws, "parts", 1, settings)
            wait(ws, unbroken)
            broken = start_run(ws, "parts", 1, settings)

            def kill(event: dict[str, Any]) -> None:
                if event["event"] == "metric" and 40 <= event["step"] < 120 and broken.spec.get("attempt", 1) == 1:
                    started = broken.events()[0][0]
                    if (run_of_job(ws, broken).folder / "checkpoints" / "last.ckpt").exists():
                        os.kill(started["pid"], signal.SIGKILL)

            assert wait(ws, broken, kill).state == "killed"
            broken.resume()
            assert wait(ws, broken).state == "done"
            curves = [
                [line["loss"] for line in read_metrics(run_of_job(ws, job).folder) if "loss" in line]
                for job in (unbroken, broken)
            ]
            assert len(curves[0]) == len(curves[1]) == 120
            return {"train.resume_loss_difference": max(abs(a - b) for a, b in zip(*curves, strict=True))}


def deeppcb() -> dict[str, float]:
    """Import, version, training by the recipe and evaluation of the 84 test images, all through the product."""
    from engine.data.imports import import_data
    from engine.data.versions import create_version
    from engine.evaluation.results import list_evaluations, load_evaluation
    from engine.evaluation.slices import by_expression
    from engine.modeling.graphs import new_graph
    from engine.training.runs import start_run
    from engine.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder, Workspace.create(Path(folder) / "ws") as ws:
        for split in ("train", "test"):
            import_data(ws, DATA / "deeppcb" / f"{split}.coco.json", split=split)
        version = create_version(ws, "pcb")
        new_graph(ws, "pcb", "detection")
        start = time.monotonic()
        _done(ws, start_run(ws, "pcb", version.id, {"train.steps": PCB_STEPS}))
        minutes = (time.monotonic() - start) / 60
        found = _figures(ws, "pcb", version.id)
        evaluation = load_evaluation(ws, list_evaluations(ws)[0].id)
        labels = evaluation.summary["per_class"].items()
        groups = {group.name: group.figures["map50"] for group in by_expression(ws, evaluation, PCB_NEW)}
        return {
            "train.deeppcb_map50": found["map50"],
            "train.deeppcb_map": found["map"],
            "train.deeppcb_map33": found["map33"],
            "train.deeppcb_minutes": minutes,
            "train.deeppcb_known_designs_map50": groups["false"]["value"],
            "train.deeppcb_new_designs_map50": groups["true"]["value"],
            **{f"train.deeppcb_{label}_ap50": figures["ap50"] for label, figures in labels},
        }


def anomaly() -> dict[str, float]:
    """Good images remembered (20, and 5 more that set the limit), others judged: parts, and boards by their templates."""
    from engine.data.sample import make_sample

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        good = make_sample(Path(folder) / "good", count=25, outlines=True, good_every=1)
        mixed = make_sample(Path(folder) / "mixed", count=80, seed=1, outlines=True, good_every=2)
        parts = _judged(Path(folder) / "parts", {good: "train", mixed: "test"})
        boards = Path(folder) / "boards"
        places = {name: boards / name for name in ("train", "test")}
        for number, path in enumerate(sorted((DATA / "deeppcb" / "templates").iterdir())):
            place = places["train" if number < 25 else "test"]
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place / f"template-{path.name}")
        bad = DATA / "deeppcb" / "test.coco.json"
        found = _judged(Path(folder) / "pcb", {places["train"]: "train", places["test"]: "test", bad: "test"})
    return {
        "train.anomaly_fit_20_s": parts["seconds"],
        "train.anomaly_auroc": parts["auroc"],
        "train.anomaly_pixel_auroc": parts["pixel_auroc"],
        "train.anomaly_pcb_auroc": found["auroc"],
        "train.anomaly_pcb_pixel_auroc": found["pixel_auroc"],
    }


def tables() -> dict[str, float]:
    """60 000 clicks with known effects, later days held out: a factorization machine, DeepFM, and what can be reached."""
    from engine.data.tables import create_table
    from engine.modeling.graphs import new_graph
    from engine.training.clicks import make_clicks
    from engine.training.runs import start_run
    from engine.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder, Workspace.create(Path(folder) / "ws") as ws:
        made = make_clicks(Path(folder), 60_000)
        version = create_table(ws, "clicks", made.file, time="day")
        figures = {"train.tables_bayes_auc": made.bayes_auc, "train.tables_pairs_auc": made.pairs_auc}
        for name in ("fm", "deepfm"):
            new_graph(ws, name, f"table-{name}")
            _done(ws, start_run(ws, name, version.id, {"data.ignored": "day"}))
            figures[f"train.tables_{name}_auc"] = _figures(ws, name, version.id)["auroc"]
        return figures


def _judged(place: Path, sources: dict[Path, str]) -> dict[str, float]:
    """A workspace with each source in its split: seconds of the fit, and the figures on the test split."""
    from engine.data.imports import import_data
    from engine.data.versions import create_version
    from engine.modeling.graphs import new_graph
    from engine.training.runs import start_run
    from engine.workspace import Workspace

    with Workspace.create(place) as ws:
        for source, split in sources.items():
            import_data(ws, source, split=split)
        version = create_version(ws, "v1")
        new_graph(ws, "normal", "anomaly")
        trained = _done(ws, start_run(ws, "normal", version.id))
        return {"seconds": trained["seconds"], **_figures(ws, "normal", version.id)}


def digits() -> dict[str, float]:
    """Spoken digits as pictures of their spectrum: of each speaker and digit 7 recordings to learn from, 1 to check, 2 to test."""
    from engine.modeling.graphs import new_graph
    from engine.training.runs import start_run

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder, _spoken(Path(folder)) as ws:
        new_graph(ws, "digits", "classification-small")
        start = time.monotonic()
        _done(ws, start_run(ws, "digits", 1, DIGITS))
        minutes = (time.monotonic() - start) / 60
        return {"train.digits_accuracy": _figures(ws, "digits", 1)["accuracy"], "train.digits_minutes": minutes}


def distillation() -> dict[str, float]:
    """The same digits by a network of a quarter of the width, alone and taught by the larger one; means of three seeds."""
    from engine.modeling.graphs import new_graph, save_graph
    from engine.modeling.recipes import RECIPES
    from engine.training.runs import start_run

    small = DIGITS | {"backbone.width": 8, "train.steps": 600}
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder, _spoken(Path(folder)) as ws:
        new_graph(ws, "teacher", "classification-small")
        _done(ws, start_run(ws, "teacher", 1, DIGITS))
        figures = {"train.distillation_teacher_accuracy": _figures(ws, "teacher", 1)["accuracy"]}
        recipe = RECIPES["classification-small"]
        places = {**recipe.places, "teach": (2, 1)}
        edges = [edge for edge in recipe.edges if edge != "loss.loss -> train.loss"]
        taught = replace(
            recipe,
            components={**recipe.components, "teach": "loss.teacher"},
            edges=(*edges, "loss.loss -> teach.loss", "teach.loss -> train.loss"),
            places=places,
        )
        save_graph(ws, taught.graph("taught").with_parameters({"teach.model": "teacher:1", "teach.weight": 0.9}))
        save_graph(ws, recipe.graph("alone"))
        for name in ("alone", "taught"):
            found = []
            for seed in range(SEEDS):
                _done(ws, start_run(ws, name, 1, small, seed=seed))
                found.append(_figures(ws, f"{name}:{seed + 1}", 1)["accuracy"])
            figures[f"train.distillation_{name}_accuracy"] = statistics.mean(found)
        return figures


def multilabel() -> dict[str, float]:
    """Parts with all labels of their flaws, from scratch; 300 of them, a fifth for the test."""
    from engine.modeling.graphs import new_graph
    from engine.training.runs import start_run
    from engine.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        version = sample_version(Path(folder), 300, "65/15/20")
        with Workspace.open(version.parent.parent) as ws:
            new_graph(ws, "flaws", "multilabel-small")
            trained = _done(ws, start_run(ws, "flaws", int(version.name)))
            found = _figures(ws, "flaws", int(version.name))
            return {f"train.multilabel_{name}": found[name] for name in ("mean_ap", "micro_f1", "exact")} | {
                "train.multilabel_minutes": trained["seconds"] / 60
            }


def tiles() -> dict[str, float]:
    """Pits of 10 px in pictures of 2000 × 1500: looked at in tiles of 512 px, and shrunk to 512 px; the same steps of both."""
    from engine.data.imports import import_data
    from engine.data.versions import create_version
    from engine.modeling.graphs import new_graph
    from engine.training.runs import start_run
    from engine.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder, Workspace.create(Path(folder) / "ws") as ws:
        import_data(ws, _pitted(Path(folder) / "pits", count=24))
        version = create_version(ws, "pits", split="60/10/30")
        figures = {}
        for resize in ("tiles", "letterbox"):
            new_graph(ws, resize, "detection")
            size = {"data.width": 512, "data.height": 512, "data.resize": resize, "train.steps": TILE_STEPS}
            _done(ws, start_run(ws, resize, version.id, size))
            figures[f"train.pits_{resize}_map50"] = _figures(ws, resize, version.id)["map50"]
        return figures


def _pitted(folder: Path, count: int) -> Path:
    """Pictures with 20 pits each on uneven ground with stains, which are no flaws; as COCO."""
    import json

    import numpy as np
    from PIL import Image

    (folder / "images").mkdir(parents=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    width, height = 2000, 1500
    for number in range(count):
        random = np.random.default_rng(number)
        ground = random.normal(128, 9, (height, width)).astype(np.float32) + 12 * np.sin(np.linspace(0, 20, width))
        for x, y in random.integers(100, (width - 100, height - 100), (10, 2)).tolist():
            ys, xs = np.mgrid[-90:90, -90:90]
            ground[y - 90 : y + 90, x - 90 : x + 90] -= 25 * np.exp(-(ys**2 + xs**2) / 35**2)
        for x, y in random.integers(0, (width - 10, height - 10), (20, 2)).tolist():
            ys, xs = np.mgrid[:10, :10]
            ground[y : y + 10, x : x + 10][(ys - 4.5) ** 2 + (xs - 4.5) ** 2 < 25] -= 45
            box = {"id": len(annotations) + 1, "image_id": number + 1, "category_id": 1, "bbox": [x, y, 10, 10]}
            annotations.append({**box, "area": 100, "iscrowd": 0})
        name = f"images/{number:02d}.png"
        Image.fromarray(ground.clip(0, 255).astype(np.uint8)).save(folder / name, compress_level=1)
        images.append({"id": number + 1, "file_name": name, "width": width, "height": height})
    file = folder / "pits.json"
    document = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "pit"}]}
    file.write_text(json.dumps(document), "utf-8")
    return file


@contextlib.contextmanager
def _spoken(folder: Path) -> Iterator[Any]:
    """A workspace with version 1 of the spoken digits."""
    from engine.data.imports import import_data
    from engine.data.versions import create_version
    from engine.workspace import Workspace

    with Workspace.create(folder / "ws") as ws:
        for recording in sorted((DATA / "fsdd").glob("*.wav")):
            digit, _, number = recording.stem.split("_")
            split = "train" if int(number) < 7 else "val" if int(number) == 7 else "test"
            place = folder / split / digit
            place.mkdir(parents=True, exist_ok=True)
            _spectrum(recording).save(place / f"{recording.stem}.png")
        for split in ("train", "val", "test"):
            import_data(ws, folder / split, format="folder_per_class", split=split)
        create_version(ws, "digits")
        yield ws


def _done(ws: Any, job: Any) -> dict[str, Any]:
    """What a job gave, once it ended well."""
    from engine.jobs import wait

    status = wait(ws, job)
    assert status.state == "done", status
    return dict(job.result() or {})


def _figures(ws: Any, model: str, version: int) -> dict[str, float]:
    """Of a model on the test split."""
    from engine.evaluation.evaluate import evaluate_model

    return dict(_done(ws, evaluate_model(ws, model, version))["metrics"])


# Neither time nor pitch can be turned round.
DIGITS = {
    "data.width": 64, "data.height": 64, "augment.flip_horizontal": False, "augment.flip_vertical": False,
    "augment.quarter_turns": False, "augment.erase": 0.4, "augment.shift": 0.12, "train.steps": 1000,
}  # fmt: skip


def _spectrum(recording: Path) -> Any:
    """A picture of a recording: time to the right, pitch (0 … 4 kHz) upwards, loudness over 80 dB in grey."""
    import wave

    import numpy as np
    from PIL import Image

    with wave.open(str(recording)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
    sound = np.pad(sound, (0, max(0, 256 - len(sound))))
    parts = np.lib.stride_tricks.sliding_window_view(sound, 256)[::64] * np.hanning(256)
    loud = 20 * np.log10(np.abs(np.fft.rfft(parts, axis=1)) + 1).T[::-1]
    grey = np.clip((loud - loud.max() + 80) / 80, 0, 1) * 255
    return Image.fromarray(grey.astype(np.uint8)).resize((64, 64), Image.Resampling.BILINEAR)


MEASURES = [step_ratio, resume, deeppcb, anomaly, digits, distillation, multilabel, tiles, tables]


def sample_version(folder: Path, count: int, split: str = "100/0/0") -> Path:
    """A version of parts with boxes and outlines, in a workspace of its own; returns the version's folder."""
    from engine.data.imports import import_data
    from engine.data.sample import make_sample
    from engine.data.versions import create_version
    from engine.workspace import Workspace

    with Workspace.create(folder / "workspace") as ws:
        import_data(ws, make_sample(folder / "sample", count=count, outlines=True))
        return ws.path / "versions" / str(create_version(ws, "v1", split=split).id)


def sorted_version(folder: Path, count: int, split: str = "100/0/0") -> Path:
    """A version of the same sorted into good and flawed ones."""
    from engine.data.imports import import_data
    from engine.data.sample import make_sample
    from engine.data.versions import create_version
    from engine.workspace import Workspace

    with Workspace.create(folder / "sorted") as ws:
        for name, every in (("good", 1), ("flawed", count + 1)):
            make_sample(folder / name, count=count // 2, good_every=every)
            (folder / "by-class").mkdir(exist_ok=True)
            shutil.move(folder / name / "images", folder / "by-class" / name)
        import_data(ws, folder / "by-class", format="folder_per_class")
        return ws.path / "versions" / str(create_version(ws, "v1", split=split).id)


def pointed_version(folder: Path, count: int, split: str = "100/0/0") -> Path:
    """A version of parts with keypoints, in a workspace of its own; returns the version's folder."""
    from engine.data.imports import import_data
    from engine.data.sample_keypoints import make_keypoint_sample
    from engine.data.versions import create_version
    from engine.workspace import Workspace

    with Workspace.create(folder / "pointed") as ws:
        import_data(ws, make_keypoint_sample(folder / "points", count=count))
        return ws.path / "versions" / str(create_version(ws, "v1", split=split).id)


def versions_by_task(folder: Path, count: int, split: str = "100/0/0") -> dict[str, Path]:
    """Folders of versions that each vision task can learn from, by task."""
    from engine.modeling.recipes import RECIPES

    whole, sorted_ones = sample_version(folder, count, split), sorted_version(folder, count, split)
    versions = dict.fromkeys({recipe.task for recipe in RECIPES.values()} - {"tabular"}, whole)
    pointed = pointed_version(folder, count, split)
    return versions | {"classification": sorted_ones, "anomaly": sorted_ones, "keypoints": pointed}


def _prepared(folder: Path, graph: Any) -> Path:
    """A folder with the code of the graph, that takes `STEPS` steps and looks at no val images."""
    from engine.modeling.compile import compile_graph

    folder.mkdir()
    short = graph.with_parameters({"train.steps": STEPS, "train.checks": 0})
    (folder / "model.py").write_text(compile_graph(short), "utf-8")
    return folder


class _Turn:
    """One of two who take a step each in turn: what the machine does meanwhile befalls both alike."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.other = self
        self._mine, self._since = threading.Semaphore(0), time.perf_counter()

    def begin(self) -> None:
        """Wait for it."""
        self._mine.acquire()
        self._since = time.perf_counter()

    def done(self) -> None:
        """The other's turn."""
        self.seconds.append(time.perf_counter() - self._since)
        self.other._mine.release()


class _Silent:
    """Tells nobody, and lets the other take a step after each."""

    def __init__(self, turn: _Turn) -> None:
        self.turn = turn

    def wait_if_paused(self) -> float:
        self.turn.done()
        since = time.perf_counter()
        self.turn.begin()
        return time.perf_counter() - since

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_words: 0.0


def _seconds_in_turns(ours: Path, plain: Path, version: Path) -> tuple[float, float]:
    """Mean seconds of a step by the product and by the plain loop."""
    from engine.training.fit import fit, prepare

    mine, other = _Turn(), _Turn()
    mine.other, other.other = other, mine
    thread = threading.Thread(target=_plain_loop, args=(prepare(plain, version, 0, _Silent(other)), other), daemon=True)
    thread.start()
    fit(ours, version, 0, _Silent(mine))
    thread.join()
    return statistics.mean(mine.seconds[WARM:-1]), statistics.mean(other.seconds[WARM:-1])  # the last one also saves


def _plain_loop(begun: Any, turn: _Turn) -> None:
    """The loop that one would write by hand: the same batches, network, loss, optimiser, clipping and average."""
    import torch

    from engine.training.devices import cpu_has_bf16

    network = begun.model.network.train()
    average = [value.detach().clone() for value in network.parameters()]
    settings = begun.model.configure_optimizers()
    optimiser, schedule = settings["optimizer"], settings["lr_scheduler"]["scheduler"]
    begun.data.trainer = SimpleNamespace(global_step=0)
    batches = iter(begun.data.train_dataloader())
    for number in range(begun.training.steps):
        turn.begin()
        batch = next(batches)
        with torch.autocast("cpu", torch.bfloat16, enabled=cpu_has_bf16()):
            loss = begun.model.training_step(batch, number)["loss"]
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), begun.training.clip)
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(network.parameters()), 1 - begun.training.average)
        turn.done()
