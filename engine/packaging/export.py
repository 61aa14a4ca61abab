"""Export a trained model: ONNX, OpenVINO IR, BF16 where the CPU has it; checked, measured, chosen. Job kind “export”.

`runs/<id>/export/` holds a model folder for each precision and export.json, which records what was found.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import BadInput, UsageError
from engine.packaging.measure import Figures, Progress
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from engine.data.tables import TableData
    from engine.data.versions import VersionData
    from engine.jobs.context import JobContext
    from engine.jobs.job import Job
    from engine.serving.manifest import ModelManifest
    from engine.training.settings import ExportSettings
    from engine.workspace import Transaction, Workspace

FILE = "export.json"
PARITY_ITEMS = 8


@dataclass
class Export:
    """What export.json says."""

    precisions: dict[str, Figures]
    chosen: str
    why: str
    parity: dict[str, float] = field(default_factory=dict)
    dynamic_batch: bool = True
    split: str = ""
    items: int = 0
    max_drop: float = 0.5
    rejected: dict[str, str] = field(default_factory=dict)
    machine: str = ""

    def to_json(self) -> dict[str, Any]:
        """The document, with what each precision loses and gains against FP32."""
        reference = self.precisions["fp32"]
        precisions = {}
        for name, one in self.precisions.items():
            drop = None if reference.accuracy is None or one.accuracy is None else reference.accuracy - one.accuracy
            precisions[name] = {
                **one.to_json(),
                "drop_pt": None if drop is None else round(drop, 3),
                "speedup": round(reference.latency_ms / one.latency_ms, 3),
                "throughput_ratio": round(one.throughput / reference.throughput, 3),
            }
        return {
            "schema": 1,
            **{key: value for key, value in vars(self).items() if key != "precisions"},
            "precisions": precisions,
        }

    def save(self, run_folder: Path) -> None:
        """Write export.json."""
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=2)
        write_atomically(run_folder / "export" / FILE, (text + "\n").encode())

    @staticmethod
    def load(run_folder: Path) -> Export:
        """Read export.json of a run that has one."""
        document = json.loads((run_folder / "export" / FILE).read_text("utf-8"))
        known = Figures.__dataclass_fields__
        precisions = {
            name: Figures(**{key: value for key, value in one.items() if key in known})
            for name, one in document.pop("precisions").items()
        }
        document.pop("schema")
        return Export(precisions=precisions, **document)


def export_model(workspace: Workspace, model: str | int) -> Job:
    """Start exporting a model.

    Raises:
        UsageError: no such model.
    """
    return _submit(workspace, "export", model, "Export", {})


def quantize_model(workspace: Workspace, model: str | int, max_drop: float | None = None) -> Job:
    """Start quantising a model to INT8, which is kept if it loses at most `max_drop` points of its main metric.

    Args:
        max_drop: None: what the model's drawing says, else 0.5.

    Raises:
        UsageError: no such model, or a negative drop.
        BadInput: it is a model of tables.
    """
    from engine.training.models import get_model

    _require_images(get_model(workspace, model).task)
    if max_drop is not None and not 0 <= max_drop <= 100:
        raise UsageError(f"max_drop is in points from 0 to 100, not {max_drop:g}.")
    return _submit(workspace, "quantize", model, "Quantise", {"max_drop": max_drop})


def read_export(run_folder: Path) -> dict[str, Any] | None:
    """export.json of a run, or None where the model was not exported yet."""
    try:
        document: dict[str, Any] = json.loads((run_folder / "export" / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return document


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part."""
    folder = context.workspace / "runs" / str(context.arguments["run"])

    def progress(fraction: float, message: str) -> None:
        context.should_stop()
        context.progress(fraction, message)

    export = export_as_drawn(folder, context.workspace, progress)
    return {**context.arguments, "path": str(folder / "export"), **export.to_json()}


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: the files are the record; only screens need to know."""
    del workspace, tx, spec
    return changed(models=result["model_id"])


def settings_of(manifest: ModelManifest) -> ExportSettings:
    """What the drawing of a model says of its export, or what is usual."""
    from engine.training.settings import ExportSettings

    said = manifest.extra.get("export", {})
    return ExportSettings(**{name: said[name] for name in ExportSettings.__dataclass_fields__ if name in said})


def export_as_drawn(run_folder: Path, workspace: Path, progress: Progress) -> Export:
    """Export a run's network in the precisions that its drawing asks for; INT8 that cannot be made is told as rejected.

    Raises:
        ExportFailed: as `export_run`.
    """
    from engine.packaging.quantize import quantize_run
    from engine.serving.manifest import ModelManifest

    manifest = ModelManifest.load(run_folder)
    if not settings_of(manifest).int8:
        return export_run(run_folder, workspace, progress)
    export = export_run(run_folder, workspace, scaled(progress, 0, 0.4))
    try:
        _require_images(manifest.task)
        return quantize_run(run_folder, workspace, progress)
    except BadInput as reason:
        export.rejected["int8"] = str(reason)
        export.save(run_folder)
        return export


def _require_images(task: str) -> None:
    if task == "tabular":
        raise BadInput("Models of tables are small and stay in FP32; INT8 is for models of images.")


def export_run(run_folder: Path, workspace: Path, progress: Progress, max_drop: float | None = None) -> Export:
    """Export a run's network, check it against PyTorch on real items, measure it, and write export.json.

    Args:
        run_folder: of a finished training.
        workspace: the workspace's folder, for the images of the run's dataset version.
        progress: called often; what it raises ends the work.
        max_drop: points that a faster precision may lose; None: as the drawing says.

    Raises:
        ExportFailed: the network cannot be exported or the export differs from it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads of two libraries starve each other
    from engine.packaging import convert, measure
    from engine.serving.manifest import ModelManifest
    from engine.training.load import load_network

    progress(0.02, "Loading the network")
    network, manifest = load_network(run_folder), ModelManifest.load(run_folder)
    wanted = settings_of(manifest)
    max_drop = wanted.max_drop if max_drop is None else max_drop
    version = version_of(run_folder, workspace)
    split = measure.choose_split(version)
    fp32 = run_folder / "export" / "fp32"
    progress(0.1, "Converting to ONNX and OpenVINO")
    dynamic = convert.convert(network, manifest, fp32, fixed=wanted.batch == "one")
    progress(0.5, "Comparing with PyTorch")
    tensors = measure.tensors_of(version, manifest, split, PARITY_ITEMS) if version is not None and split else []
    differences = convert.parity(network, fp32, tensors)
    measured: dict[str, Figures] = {}
    folders = {"fp32": fp32}
    if wanted.bf16 and measure.has_bf16() and manifest.table is None:  # BF16 cannot tell the places of categories apart
        folders["bf16"] = run_folder / "export" / "bf16"
        convert.as_bf16(fp32, folders["bf16"])
    for number, (name, folder) in enumerate(folders.items()):
        start, share = 0.6 + 0.4 * number / len(folders), 0.4 / len(folders)
        measured[name] = measure.figures(folder, version, split, scaled(progress, start, share))
    chosen, why = measure.choose(measured, max_drop)
    items = min(measure.ITEMS, measure.splits_of(version).count(split)) if version is not None else 0
    export = Export(measured, chosen, why, differences, dynamic, split, items, max_drop, {}, machine())
    export.save(run_folder)
    return export


def version_of(run_folder: Path, workspace: Path) -> VersionData | TableData | None:
    """The dataset version that the run was trained on; None where it is gone."""
    from engine.data.tables import read_any
    from engine.errors import WorkspaceError

    try:
        document = json.loads((run_folder / "run.json").read_text("utf-8"))
        return read_any(workspace, int(document["version"]))
    except (OSError, ValueError, KeyError, TypeError, WorkspaceError):
        return None


def scaled(progress: Progress, start: float, share: float) -> Progress:
    """A part of a longer progress."""
    return lambda fraction, message: progress(start + share * fraction, message)


def machine() -> str:
    """What the figures were measured on."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores"


def _submit(workspace: Workspace, kind: str, model: str | int, verb: str, more: dict[str, Any]) -> Job:
    from engine.jobs.job import submit
    from engine.training.models import get_model

    row = get_model(workspace, model)
    arguments = {"model_id": row.id, "name": row.name, "number": row.number, "run": row.run_id, **more}
    return submit(workspace, kind, arguments, f"{verb} {row.name}:{row.number}")
