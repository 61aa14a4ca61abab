"""Quantise an exported model to INT8 after training, behind an accuracy gate. Job kind “quantize”."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.errors import BadInput
from engine.packaging import export as exporting
from engine.packaging.export import Export
from engine.packaging.measure import Progress
from engine.serving.manifest import ModelManifest
from engine.serving.preprocess import Floats

if TYPE_CHECKING:
    from engine.jobs.context import JobContext
    from engine.workspace import Transaction, Workspace

# Tried in this order until one passes the gate; the later ones leave more as it was.
ATTEMPTS = ("everything", "without the last layers", "asymmetric, without the last layers")


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part: export first where that was not done yet."""
    folder = context.workspace / "runs" / str(context.arguments["run"])

    def progress(fraction: float, message: str) -> None:
        context.should_stop()
        context.progress(fraction, message)

    max_drop = context.arguments.get("max_drop")
    export = quantize_run(folder, context.workspace, progress, None if max_drop is None else float(max_drop))
    return {**context.arguments, "path": str(folder / "export"), **export.to_json()}


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part."""
    return exporting.ingest(workspace, tx, spec, result)


def quantize_run(run_folder: Path, workspace: Path, progress: Progress, max_drop: float | None = None) -> Export:
    """Make INT8 of a run's network with images of its training split, measure it, and choose again.

    Args:
        max_drop: points that it may lose; None: as the drawing says.

    Raises:
        BadInput: the dataset version of the run is gone, so that there is nothing to calibrate with.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from engine.packaging import measure

    wanted = exporting.settings_of(ModelManifest.load(run_folder))
    max_drop = wanted.max_drop if max_drop is None else max_drop
    if exporting.read_export(run_folder) is None:
        exporting.export_run(run_folder, workspace, exporting.scaled(progress, 0, 0.4), max_drop)
    export = Export.load(run_folder)
    version = exporting.version_of(run_folder, workspace)
    if version is None:
        raise BadInput(f"The dataset version of the run {run_folder.name} is gone; INT8 needs its images to calibrate.")
    manifest = ModelManifest.load(run_folder / "export" / "fp32")
    split = "train" if "train" in measure.splits_of(version) else export.split
    progress(0.42, "Choosing images to calibrate with")
    tensors = measure.tensors_of(version, manifest, split, wanted.calibration)
    folder = run_folder / "export" / "int8"
    reference = export.precisions["fp32"].accuracy
    reasons = []
    export.precisions.pop("int8", None)
    for number, attempt in enumerate(ATTEMPTS):
        start, share = 0.45 + 0.55 * number / len(ATTEMPTS), 0.55 / len(ATTEMPTS)
        progress(start, f"Quantising ({attempt})")
        quantize_folder(run_folder / "export" / "fp32", folder, tensors, attempt)
        found = measure.figures(folder, version, export.split, exporting.scaled(progress, start + share / 2, share / 2))
        drop = None if reference is None or found.accuracy is None else reference - found.accuracy
        if drop is None:
            reasons.append(
                f"the split {export.split or '(none)'} cannot tell what it loses; one with good and bad items can"
            )
            break
        if drop <= max_drop:
            export.precisions["int8"] = found
            export.rejected.pop("int8", None)
            break
        reasons.append(f"{attempt}: loses {drop:.2f} points")
    if "int8" not in export.precisions:
        shutil.rmtree(folder)
        export.rejected["int8"] = f"INT8 was not kept, because {'; '.join(reasons)} (allowed {max_drop:g})."
    export.max_drop, export.machine = max_drop, exporting.machine()
    export.chosen, export.why = measure.choose(export.precisions, max_drop)
    export.save(run_folder)
    return export


def quantize_folder(fp32: Path, folder: Path, tensors: Sequence[Floats], attempt: str = ATTEMPTS[0]) -> None:
    """NNCF's post-training quantisation of a model folder (min-max ranges, fast bias correction).

    Args:
        fp32: folder with the exported network.
        folder: gets the quantised one.
        tensors: prepared images (1, C, H, W) to measure ranges with.
        attempt: one of ATTEMPTS.
    """
    import nncf
    import openvino

    nncf.set_log_level(40)
    manifest = ModelManifest.load(fp32)
    model = openvino.Core().read_model(str(fp32 / "model.xml"))
    ignored = list(_last_layers(model)) if "last layers" in attempt else []
    preset = nncf.QuantizationPreset.MIXED if attempt.startswith("asymmetric") else nncf.QuantizationPreset.PERFORMANCE
    quantised = nncf.quantize(
        model,
        nncf.Dataset(tensors),
        preset=preset,
        subset_size=len(tensors),
        ignored_scope=nncf.IgnoredScope(names=ignored) if ignored else None,
    )
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(quantised, folder / "model.xml", compress_to_fp16=False)
    replace(manifest, precision="int8").save(folder)


def _last_layers(model: Any) -> Iterator[str]:
    """Names of the nodes between the outputs and the nearest convolutions or products, these included."""
    seen: set[str] = set()
    waiting = [result.input_value(0).get_node() for result in model.get_results()]
    while waiting:
        node = waiting.pop()
        name = node.get_friendly_name()
        if name in seen or node.get_type_name() in ("Constant", "Parameter"):
            continue
        seen.add(name)
        yield name
        if node.get_type_name() not in ("Convolution", "MatMul", "GroupConvolution"):
            waiting += [value.get_node() for value in node.input_values()]
