"""Commands that train and measure: train, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import DETACH, Answer, Call, argument, command, pairs
from app.cli.text import facts, table
from engine.errors import UsageError

PRECISIONS = ("torch", "fp32", "int8", "bf16")
NAMES = {
    "map50": "mAP@.5", "map": "mAP@[.5:.95]", "map33": "mAP@.33", "precision": "precision", "recall": "recall",
    "f1": "F1", "missed": "missed 漏检 (objects)", "false_reject": "false rejects 过杀 (of all detections)",
    "mislabelled": "found, wrong label (objects)", "missed_images": "missed 漏检 (images)",
    "false_reject_images": "false rejects 过杀 (good images)", "accuracy": "accuracy", "macro_f1": "F1, mean of labels",
    "miou": "mIoU, mean of labels", "image_iou": "IoU, mean of images", "dice": "Dice, mean of labels", "pixel_accuracy": "pixels that are right",
    "auroc": "AUROC", "log_loss": "log loss", "calibration_error": "calibration error", "pixel_auroc": "AUROC of pixels",
    "false_per_image": "false detections per image", "items": "images", "objects": "objects",
}  # fmt: skip
NAMES_OF_IMAGES = {"missed": "missed 漏检 (of the bad)", "false_reject": "false rejects 过杀 (of the good)"}
NAMES_OF_TASK = {"tabular": {"auroc": "AUC of rows", "items": "rows"}}


@command(
    "train",
    argument("graph", metavar="GRAPH", help="name of a model graph, or a Python FILE.py of your own"),
    argument("--version", required=True, metavar="V", help="dataset version"),
    argument("--set", action="append", default=[], metavar="NODE.PARAM=VALUE", help="another value for this run"),
    argument("--seed", type=int, default=0, help="same seed, same curve (default 0)"),
    argument(
        "--dynamics",
        action="store_true",
        default=None,
        help="record how each annotation is learnt, for label check (default: where that costs next to nothing)",
    ),
    DETACH,
)
def train(call: Call) -> Answer:
    """Train a model graph, or the model of a Python file, on a dataset version.

    A file has what `lineside model code` writes, or at least: TASK = "classification" (or "detection"), and one
    LightningModule made by (channels, classes) whose `network` answers images. Optional are a LightningDataModule made by
    (version, seed), TRAINING = Training(…), and callbacks. It runs in a process of its own.
    """
    from engine.training.runs import start_file, start_run

    options, workspace = call.options, call.workspace()
    overrides = dict(pairs(options.set, "NODE.PARAM=VALUE"))
    if options.graph.endswith(".py"):
        if overrides:
            raise UsageError("--set changes a drawn graph; change the numbers in the file instead.")
        job = start_file(workspace, Path(options.graph), options.version, options.seed, options.dynamics)
    else:
        job = start_run(workspace, options.graph, options.version, overrides, options.seed, dynamics=options.dynamics)

    def tell(result: dict[str, Any]) -> Answer:
        from engine.training.models import list_models

        model = next((model for model in list_models(workspace) if model.run_id == result["run"]), None)
        document = {"job": job.id, **result}
        if model is not None:
            document |= {"model": f"{model.name}:{model.number}", "metrics": model.metrics, "folder": str(model.folder)}
        metrics = ", ".join(f"{name} {value:.4g}" for name, value in _numbers(document.get("metrics")))
        lines = [
            f"Trained {document.get('model', options.graph)} in {result['seconds']:.0f} s, {result['steps']} steps.",
            result["device"]["why"],
            metrics or "No val images, so nothing was measured; lineside evaluate does it on the test images.",
            *result.get("notes", []),
            *(f"Left out {name}: {reason}" for name, reason in result.get("skipped", {}).items()),
        ]
        return Answer(document, "\n".join(lines))

    return call.run_or_detach(job, tell)


@command(
    "evaluate",
    argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id"),
    argument("--version", required=True, metavar="V", help="dataset version"),
    argument("--split", default="test", choices=("train", "val", "test"), help="default: test"),
    argument("--precision", default="torch", choices=PRECISIONS, help="as trained, or as exported (default: torch)"),
    argument("--threshold", default="model", metavar="T", help="a score, or: model (what it serves with), f1, cost"),
    argument("--cost-miss", type=float, default=10.0, metavar="C", help="what a missed defect 漏检 costs (default 10)"),
    argument("--cost-false", type=float, default=1.0, metavar="C", help="what a false reject 过杀 costs (default 1)"),
    DETACH,
)
def evaluate(call: Call) -> Answer:
    """Measure a model on a split of a version; keeps the result of each item."""
    from engine.evaluation.evaluate import evaluate_model
    from engine.evaluation.results import Evaluation

    options, workspace = call.options, call.workspace()
    job = evaluate_model(
        workspace, options.model, options.version, split=options.split, precision=options.precision,
        threshold=options.threshold, cost_miss=options.cost_miss, cost_false=options.cost_false,
    )  # fmt: skip

    def tell(result: dict[str, Any]) -> Answer:
        evaluation = Evaluation(workspace.path / result["path"])
        summary = evaluation.summary
        document = {**summary, "items": str(evaluation.folder / "items.parquet"), "folder": str(evaluation.folder)}
        return Answer(document, evaluation_text(summary, evaluation.folder))

    return call.run_or_detach(job, tell)


def evaluation_text(summary: dict[str, Any], folder: Path) -> str:
    """The figures of an evaluation as text."""
    metrics, intervals = summary["metrics"], summary.get("intervals", {})
    names = (
        NAMES
        | NAMES_OF_TASK.get(summary["task"], {})
        | (NAMES_OF_IMAGES if summary["task"] in ("classification", "anomaly", "tabular") else {})
    )
    rows = []
    for name, value in metrics.items():
        low, high = intervals.get(name, (None, None))
        shown = value if low is None else f"{value:.4g}  (95 %: {low:.3f} … {high:.3f})"
        rows.append((names.get(name, name), shown))
    rows.append(("threshold", summary["threshold"]))
    rows += [(f"threshold by {name}", value) for name, value in summary.get("thresholds", {}).items()]
    columns = list(dict.fromkeys(key for values in summary["per_class"].values() for key in values))
    labels = [[label, *(values.get(key) for key in columns)] for label, values in summary["per_class"].items()]
    return f"{facts(rows)}\n\n{table(['label', *columns], labels)}\n\nEach item's result: {folder / 'items.parquet'}"


def _numbers(metrics: Any) -> list[tuple[str, float]]:
    return [(name, value) for name, value in (metrics or {}).items() if isinstance(value, int | float)]
