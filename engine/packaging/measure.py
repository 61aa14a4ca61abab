"""How fast and how right an exported model is, measured on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.tables import TableData
from engine.data.versions import VersionData
from engine.errors import BadInput
from engine.serving.manifest import ModelManifest
from engine.serving.predictor import Predictor, openvino_predictor
from engine.serving.preprocess import Floats

ITEMS = 200  # of the split; more only make the figure steadier
SPLITS = ("val", "test", "train")
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Figures:
    """Of one precision. Accuracy is the main metric of the task in points (0 … 100); None: nothing to measure it on."""

    precision: str
    latency_ms: float  # one image after the other, the network alone
    throughput: float  # images a second, several at once
    accuracy: float | None
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def figures(
    folder: Path, version: VersionData | TableData | None, split: str, progress: Progress, items: int = ITEMS
) -> Figures:
    """Measure an exported model folder."""
    predictor = openvino_predictor(folder)
    accuracy = None
    if version is not None and split:
        accuracy = accuracy_of(predictor, version, split, progress, items)
    size = sum(path.stat().st_size for path in folder.iterdir() if path.suffix in (".xml", ".bin"))
    return Figures(
        predictor.manifest.precision, round(latency_ms(predictor), 3), round(throughput(folder), 1), accuracy, size
    )


def accuracy_of(
    predictor: Predictor, version: VersionData | TableData, split: str, progress: Progress, items: int
) -> float | None:
    """The main metric of the task in points, by the same code that evaluates models; None: the split cannot tell."""
    from engine.evaluation.predictor import evaluate_predictor

    scores = evaluate_predictor(predictor, version, split, limit=items, progress=progress)
    return None if scores.metrics[scores.main] is None else round(100 * scores.accuracy, 3)


def choose_split(version: VersionData | TableData | None) -> str:
    """The first of val, test, train that has items; none: an empty name."""
    there = set(splits_of(version)) if version is not None else set()
    return next((split for split in SPLITS if split in there), "")


def latency_ms(predictor: Predictor, seconds: float = 1.0) -> float:
    """Milliseconds of the network for one image at a time, all threads on it.

    The lower quartile: what else runs on the machine makes some calls slower, never one faster.
    """
    tensor = _any_input(predictor.manifest)
    for _ in range(3):
        predictor.infer(tensor)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 10 or (time.perf_counter() < end and len(times) < 1000):
        start = time.perf_counter()
        predictor.infer(tensor)
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 4] * 1e3


def throughput(folder: Path, seconds: float = 1.5, threads: int = 0) -> float:
    """Images a second of the network with as many requests at once as OpenVINO advises (as its benchmark_app does)."""
    import openvino

    manifest = ModelManifest.load(folder)
    spec = manifest.input
    core = openvino.Core()
    model = core.read_model(str(folder / "model.xml"))
    model.reshape([1, spec.channels, spec.height, spec.width])
    settings: dict[str, Any] = {
        "PERFORMANCE_HINT": "THROUGHPUT",
        "INFERENCE_PRECISION_HINT": "bf16" if manifest.precision == "bf16" else "f32",
    }
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    requests = openvino.AsyncInferQueue(core.compile_model(model, "CPU", settings))
    tensor = _any_input(manifest)
    for index in range(len(requests)):
        requests[index].set_input_tensor(openvino.Tensor(tensor.copy()))
    for _ in range(2 * len(requests)):
        requests.start_async()
    requests.wait_all()
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        requests.start_async()
        done += 1
    requests.wait_all()
    return done / (time.perf_counter() - start)


def _any_input(manifest: ModelManifest) -> Floats:
    """One image of noise, or the row of which nothing is known."""
    spec = manifest.input
    shape = (1, spec.channels, spec.height, spec.width)
    if manifest.table is not None:
        return np.zeros(shape, np.float32)
    return np.random.default_rng(0).standard_normal(shape, np.float32)


def has_bf16() -> bool:
    """Whether this CPU computes in BF16."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def choose(measured: dict[str, Figures], max_drop: float) -> tuple[str, str]:
    """The fastest precision that loses at most `max_drop` points against FP32, and why, in a sentence."""
    reference = measured["fp32"]
    if reference.accuracy is None:
        return "fp32", "FP32: there are no labelled items that tell what a faster precision loses."
    allowed = {name: one for name, one in measured.items() if reference.accuracy - (one.accuracy or 0) <= max_drop}
    name = min(allowed, key=lambda key: allowed[key].latency_ms)
    best = allowed[name]
    if name == "fp32":
        return name, f"FP32 is the fastest of those that lose at most {max_drop:g} points ({best.latency_ms:.2f} ms)."
    ratio = reference.latency_ms / best.latency_ms
    lost = f"{max(0.0, reference.accuracy - (best.accuracy or 0)):.2f} points"
    return name, f"{name.upper()} takes {best.latency_ms:.2f} ms, {ratio:.1f} times as fast as FP32 and loses {lost}."


def splits_of(version: VersionData | TableData) -> list[str]:
    """The split of each item or row."""
    splits: list[str] = (
        version.splits.tolist() if isinstance(version, TableData) else version.items["split"].to_pylist()
    )
    return splits


def tensors_of(version: VersionData | TableData, manifest: ModelManifest, split: str, count: int) -> Sequence[Floats]:
    """Up to `count` items or rows of the split as the network gets them, (1, …) each.

    Raises:
        BadInput: the split is empty, or the version is not of the model's kind.
    """
    from engine.packaging.convert import Prepared
    from engine.training.tables import rows_of

    if not isinstance(version, TableData):
        return Prepared(items_of(version, split, count), manifest)
    if manifest.table is None:
        raise BadInput("The version holds a table, the model answers images.")
    tensor = rows_of(version, manifest.table, manifest.labels, split).tensor
    places = np.unique(np.linspace(0, len(tensor) - 1, min(count, len(tensor))).round().astype(int))
    return [tensor[place : place + 1] for place in places]


def items_of(version: VersionData, split: str, count: int) -> list[dict[str, Any]]:
    """Up to `count` rows of the split's items, spread over it.

    Raises:
        BadInput: the split is empty.
    """
    rows = [row for row in version.items.to_pylist() if row["split"] == split]
    if not rows:
        raise BadInput(f"The split {split} has no items.")
    places = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int))
    return [rows[place] for place in places]
