"""The job that measures a model on a split of a version, and what it leaves: figures, curves, a result for each item."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import BadInput, UsageError
from engine.evaluation.costs import Costs, read_costs
from engine.evaluation.scores import Choice

if TYPE_CHECKING:
    from engine.jobs import Job, JobContext
    from engine.serving.predictor import Predictor
    from engine.workspace import Transaction, Workspace

TORCH = "torch"
PRECISIONS = (TORCH, "fp32", "bf16", "int8")
ALIASES = {"fp32-torch": TORCH}


def evaluate_model(
    ws: Workspace,
    model: str | int,
    version: str | int,
    split: str = "test",
    precision: str = TORCH,
    threshold: float | str = "model",
    costs: Costs | None = None,
    target: str = "",
    good: str = "",
) -> Job:
    """Start measuring a model on one split of a version.

    Args:
        model: NAME, NAME:NUMBER or id.
        version: name or id.
        precision: "torch" as trained, or fp32, bf16, int8 as exported.
        threshold: see `Choice`.
        costs: of mistakes on the line; default: those that are remembered for the model.
        target: of a table of which several columns are foretold, the one to take apart; empty: the first.
        good: the label that means a good part; empty: what the version says, else told by its name.

    Raises:
        UsageError: no such model or version, a threshold that is none.
        BadInput: the split has no items, or the model was not exported in that precision.
    """
    from engine.jobs import submit
    from engine.training.models import get_model

    if costs is None:
        costs = read_costs(ws, get_model(ws, model))
    choice = Choice(threshold, costs, good)
    arguments = chosen_model(ws, model, version, split, precision) | {"choice": choice.to_json(), "target": target}
    require_answers(ws, arguments["run"], target, good)
    return submit(ws, "evaluate", arguments, f"Evaluate {arguments['model']} on {arguments['version']} ({split})")


def chosen_model(ws: Workspace, model: str | int, version: str | int, split: str, precision: str) -> dict[str, Any]:
    """What a worker needs to look at a split with a model: names, ids and the run's folder below the workspace.

    Raises:
        UsageError: no such model, version or precision.
        BadInput: the split has no items, the version is not of the model's kind, or the model was not exported in that
            precision.
    """
    from engine.data.versions import get_version
    from engine.training.models import get_model

    precision = ALIASES.get(precision, precision)
    if precision not in PRECISIONS:
        raise UsageError(f"There is no precision “{precision}”; choose one of {', '.join(PRECISIONS)}.")
    row, chosen = get_model(ws, model), get_version(ws, version)
    name = f"{row.name}:{row.number}"
    if chosen.is_table != (row.task == "tabular"):
        kinds = ("a table", "images") if chosen.is_table else ("images", "rows of a table")
        raise BadInput(f"The version “{chosen.name}” holds {kinds[0]}; {name} answers {kinds[1]}.")
    if not chosen.splits.get(split):
        there = ", ".join(f"{key} {count}" for key, count in chosen.splits.items())
        raise BadInput(f"The version “{chosen.name}” has no items in the split {split}; it has: {there}.")
    run_folder = Path(row.folder)
    if not (_model_folder(run_folder, precision) / "model.json").is_file():
        raise BadInput(f"{name} was not exported in {precision}.", fix=f"lineside export {name}")
    return {
        "model_id": row.id, "model": name, "run": str(run_folder.relative_to(ws.path)), "version_id": chosen.id,
        "version": chosen.name, "split": split, "precision": precision,
    }  # fmt: skip


def require_answers(ws: Workspace, run: str, target: str, good: str) -> None:
    """Pass a column that the model of a run foretells, or none, and a label that it answers, or none.

    Raises:
        UsageError: it does not.
    """
    from engine.serving.manifest import ModelManifest

    if not target and not good:
        return
    manifest = ModelManifest.load(ws.path / run)
    known = {one.name: one.labels for one in manifest.table.targets(manifest.labels)} if manifest.table else {}
    if target and target not in known:
        said = f"it foretells {', '.join(known)}" if known else "it answers images"
        raise UsageError(f"“{manifest.name}” does not foretell “{target}”; {said}.")
    labels = known.get(target, manifest.labels)
    if good and good not in labels:
        raise UsageError(f"“{manifest.name}” does not answer “{good}”; it answers {', '.join(labels)}.")


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part: look at each item, measure, write the files."""
    from engine.data.tables import read_any
    from engine.evaluation.files import write
    from engine.evaluation.predictor import evaluate_predictor

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads of several jobs slow each other down
    wanted = context.arguments
    run_folder = context.workspace / wanted["run"]
    context.progress(0.0, "Loading the model")
    predictor = load_predictor(run_folder, wanted["precision"])
    version = read_any(context.workspace, wanted["version_id"])
    start = time.monotonic()

    def progress(fraction: float, message: str) -> None:
        context.should_stop()
        context.wait_if_paused()
        context.progress(0.02 + 0.9 * fraction, message)

    scores = evaluate_predictor(
        predictor, version, wanted["split"], choice=Choice.from_json(wanted["choice"]), target=wanted.get("target", ""),
        progress=progress,
    )  # fmt: skip
    context.progress(0.95, "Writing the results")
    folder = run_folder / "evaluations" / context.folder.name
    about = {name: wanted[name] for name in ("model", "model_id", "version", "version_id", "split", "precision")}
    about |= {
        "target": wanted.get("target", ""), "version_digest": version.manifest.get("digest", ""), "choice": wanted["choice"],
        "seconds": round(time.monotonic() - start, 2),
    }  # fmt: skip
    write(folder, scores, about)
    relative = str(folder.relative_to(context.workspace))
    context.artifact(folder / "summary.json", "evaluation")
    context.progress(1.0, "Done")
    return {"path": relative, "metrics": scores.metrics, **about}


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: a row in the list of evaluations."""
    del workspace, spec
    ((ident,),) = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM evaluation").fetchall()
    tx.execute(
        "INSERT INTO evaluation VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [ident, result["model_id"], result["version_id"], result["split"], result["precision"], tx.at,
         json.dumps(result["metrics"]), result["path"]],
    )  # fmt: skip
    return changed(evaluations=ident, models=result["model_id"])


def load_predictor(run_folder: Path, precision: str) -> Predictor:
    """The model of a run, ready to look at images: as trained or as exported. Pre- and post-processing are serving's own."""
    from engine.serving.predictor import openvino_predictor

    if precision != TORCH:
        return openvino_predictor(_model_folder(run_folder, precision))
    return _torch_predictor(run_folder)


def _torch_predictor(run_folder: Path) -> Predictor:
    import torch

    from engine.serving.manifest import ModelManifest
    from engine.serving.predictor import Predictor
    from engine.training.load import load_network

    manifest = ModelManifest.load(run_folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = load_network(run_folder).to(device)

    def infer(tensor: Any) -> dict[str, Any]:
        with torch.inference_mode():
            outputs = network(torch.from_numpy(tensor).to(device))
        values = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
        return {name: value.float().cpu().numpy() for name, value in zip(manifest.outputs, values, strict=True)}

    return Predictor(manifest, infer)


def _model_folder(run_folder: Path, precision: str) -> Path:
    return run_folder if precision == TORCH else run_folder / "export" / precision
