"""Commands that train and measure: train, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import DETACH, Answer, Call, Folder, argument, command, pairs
from app.cli.costs import COSTS, costs_of, remember
from app.cli.text import facts, table
from engine.errors import UsageError

RATE_ROWS, BAR = 20, 40
PRECISIONS = ("torch", "fp32", "int8", "bf16")
NAMES = {
    "map50": "mAP@.5", "map": "mAP@[.5:.95]", "map33": "mAP@.33", "precision": "precision", "recall": "recall",
    "f1": "F1", "missed": "missed 漏检 (objects)", "false_reject": "false rejects 过杀 (of all detections)",
    "mislabelled": "found, wrong label (objects)", "missed_images": "missed 漏检 (images)",
    "false_reject_images": "false rejects 过杀 (good images)", "accuracy": "accuracy", "macro_f1": "F1, mean of labels",
    "miou": "mIoU, mean of labels", "image_iou": "IoU, mean of images", "dice": "Dice, mean of labels", "pixel_accuracy": "pixels that are right",
    "pck": "PCK@5 % of points", "point_error": "mean error of points (px)",
    "auroc": "AUROC", "log_loss": "log loss", "calibration_error": "calibration error", "pixel_auroc": "AUROC of pixels",
    "mean_ap": "mAP", "micro_f1": "F1, all labels together", "exact": "images with all labels right",
    "false_per_image": "false detections per image", "items": "images", "objects": "objects",
}  # fmt: skip
NAMES_OF_IMAGES = {"missed": "missed 漏检 (of the bad)", "false_reject": "false rejects 过杀 (of the good)"}
NAMES_OF_TASK = {
    "tabular": {"auroc": "AUC of rows", "items": "rows"},
    "keypoints": {"map50": "OKS mAP@.5", "map": "OKS mAP@[.5:.95]", "map33": "OKS mAP@.33"},
    "multilabel": {
        "missed": "missed 漏检 (of the true labels)", "false_reject": "false rejects 过杀 (of the said labels)", "objects": "labels",
    },
}  # fmt: skip


@command(
    "train",
    argument(
        "graph",
        metavar="GRAPH",
        nargs="?",
        default="",
        help="name of a model graph, or a Python FILE.py of your own; with --budget of the graph to make",
    ),
    argument("--version", required=True, metavar="V", help="dataset version"),
    argument("--budget", metavar="TIME", help="the best model within 30m, 90s, 1.5h: recipes compete, measured here"),
    argument(
        "--task",
        default="",
        metavar="T",
        help="with --budget: detection, rotated, keypoints, instances, segmentation, classification, multilabel or tabular"
        " (default: as labelled)",
    ),
    argument("--set", action="append", default=[], metavar="NODE.PARAM=VALUE", help="another value for this run"),
    argument(
        "--from",
        dest="start",
        default="",
        metavar="MODEL",
        help="start from the weights of a model (NAME:NUMBER), or of a FILE.safetensors, as far as they fit",
    ),
    argument(
        "--with",
        dest="code",
        metavar="FILE.py",
        help="code of your own for this run of a graph, as its component “Own code”: callbacks in it are called",
    ),
    argument("--seed", type=int, default=0, help="same seed, same curve (default 0)"),
    argument(
        "--dynamics",
        action="store_true",
        default=None,
        help="record how each annotation is learnt, for label check (default: where that costs next to nothing)",
    ),
    argument(
        "--folds",
        type=int,
        default=0,
        metavar="K",
        help="train K times on turning folds of train and val: mean ± spread",
    ),
    argument(
        "--target",
        default="",
        metavar="TARGET",
        help="train there: name of a target, or ssh://user@host; it has Python with PyTorch (see: target training)",
    ),
    argument("--find-rate", action="store_true", help="train nothing; find a learning rate and show the curve"),
    DETACH,
)
def train(call: Call) -> Answer:
    """Train a model graph, or the model of a Python file, on a dataset version, or find the best one within a time.

    A file has what `lineside model code` writes, or at least: TASK = "classification" (or "detection"), and one
    LightningModule made by (channels, classes) whose `network` answers images. Optional are a LightningDataModule made by
    (version, seed), or a Dataset made by (version), TRAINING = Training(…), and callbacks. It runs in a process of its own.
    """
    from engine.training.runs import start_file, start_run

    if call.options.budget:
        return _within_budget(call)
    if not call.options.graph:
        raise UsageError("Name the model graph to train, or give a time to find the best one in: --budget 30m.")
    options, workspace = call.options, call.workspace()
    overrides = dict(pairs(options.set, "NODE.PARAM=VALUE"))
    if options.target and options.find_rate:
        raise UsageError("--find-rate trains on this machine only; leave --target out.")
    elsewhere = _elsewhere(call)
    if options.graph.endswith(".py"):
        if overrides or options.find_rate or options.code:
            raise UsageError("--set, --with and --find-rate are for a drawn graph; change the file instead.")
        job = start_file(
            workspace, Path(options.graph), options.version, seed=options.seed, dynamics=options.dynamics,
            start=options.start, folds=options.folds, elsewhere=elsewhere,
        )  # fmt: skip
    elif options.find_rate:
        if options.folds:
            raise UsageError("--find-rate makes one short training; leave --folds out.")
        return _find_rate(call, overrides)
    else:
        job = start_run(
            workspace, options.graph, options.version, overrides, seed=options.seed, dynamics=options.dynamics,
            start=options.start, folds=options.folds, code=Path(options.code).expanduser() if options.code else None,
            elsewhere=elsewhere,
        )  # fmt: skip
    if options.folds:
        return call.run_or_detach(job, lambda result: Answer({"job": job.id, **result}, _folds_text(result)))

    def tell(result: dict[str, Any]) -> Answer:
        from engine.training.models import list_models

        model = next((model for model in list_models(workspace) if model.run_id == result["run"]), None)
        document = {"job": job.id, **result}
        if model is not None:
            document |= {"model": f"{model.name}:{model.number}", "metrics": model.metrics, "folder": str(model.folder)}
        what = "rows" if result["task"] == "tabular" else "images"
        metrics = ", ".join(f"{name} {value:.4g}" for name, value in _numbers(document.get("metrics")))
        lines = [
            f"Trained {document.get('model', options.graph)} in {result['seconds']:.0f} s, {result['steps']} steps.",
            result["device"]["why"],
            *_start_line(result.get("start")),
            metrics or f"No val {what}, so nothing was measured; lineside evaluate does it on the test {what}.",
            *(f"Step {warning['step']}: {warning['text']}" for warning in result.get("warnings", [])),
            *result.get("notes", []),
            *(f"Left out {name}: {reason}" for name, reason in result.get("skipped", {}).items()),
        ]
        return Answer(document, "\n".join(lines))

    return call.run_or_detach(job, tell)


def _elsewhere(call: Call) -> dict[str, Any] | None:
    if not call.options.target:
        return None
    from engine.deployment.elsewhere import elsewhere

    return elsewhere(call.workspace(), call.options.target, call.ask)


def _within_budget(call: Call) -> Answer:
    from app.cli.sweeps import answer
    from engine.training.sweeps.budget import start_budget
    from engine.training.sweeps.sweeps import get_sweep

    options = call.options
    for name, given in (
        ("--set", options.set), ("--from", options.start), ("--folds", options.folds), ("--find-rate", options.find_rate),
        ("--with", options.code), ("--target", options.target),
    ):  # fmt: skip
        if given:
            raise UsageError(f"{name} has no effect with --budget, which chooses for itself; leave one of them out.")
    job = start_budget(call.workspace(), options.budget, options.version, options.task, options.graph, options.seed)
    return call.run_or_detach(job, lambda result: answer(get_sweep(Folder(call.folder()), result["sweep"])))


@command(
    "evaluate",
    argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id"),
    argument("--version", required=True, metavar="V", help="dataset version"),
    argument("--split", default="test", choices=("train", "val", "test"), help="default: test"),
    argument("--precision", default="torch", choices=PRECISIONS, help="as trained, or as exported (default: torch)"),
    argument(
        "--target",
        default="",
        metavar="COLUMN",
        help="of a table of which several columns are foretold (default: the first)",
    ),
    argument("--good", default="", metavar="LABEL", help="which label means a good part (default: OK, good, normal …)"),
    argument(
        "--threshold",
        default="model",
        metavar="T",
        help="a score, or: model (what it serves with), f1, cost (the cheapest on the line)",
    ),
    *COSTS,
    DETACH,
)
def evaluate(call: Call) -> Answer:
    """Measure a model on a split of a version; keeps the result of each item.

    The threshold by cost is the one of `lineside evaluation costs`: parts of the line, of which few are bad, count, not those
    of the split. Costs that are not given are as remembered.
    """
    from engine.evaluation.evaluate import evaluate_model
    from engine.evaluation.results import Evaluation
    from engine.training.models import get_model

    options, workspace = call.options, call.workspace()
    model = get_model(workspace, options.model)
    costs = costs_of(call, model)
    job = evaluate_model(
        workspace, options.model, options.version, split=options.split, precision=options.precision,
        threshold=options.threshold, costs=costs,
        target=options.target, good=options.good,
    )  # fmt: skip
    remember(call, model, costs)

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
        rows.append((names.get(name) or _of_target(name, names), shown))
    rows.append(("threshold", summary["threshold"]))
    rows += [(f"threshold by {name}", value) for name, value in summary.get("thresholds", {}).items()]
    columns = list(dict.fromkeys(key for values in summary["per_class"].values() for key in values))
    labels = [[label, *(values.get(key) for key in columns)] for label, values in summary["per_class"].items()]
    return f"{facts(rows)}\n\n{table(['label', *columns], labels)}\n\nEach item's result: {folder / 'items.parquet'}"


def _of_target(name: str, names: dict[str, str]) -> str:
    """A figure of one of several targets, “auroc scrap”, in words."""
    figure, _, target = name.partition(" ")
    return f"{names.get(figure, figure)}, {target}" if target else name


def _folds_text(result: dict[str, Any]) -> str:
    """Each fold's figures, then their mean and spread."""
    names = list(result["metrics"])
    rows = [
        [str(number), *(f"{fold['metrics'][name]:.4f}" for name in names), fold["items"]["train"], fold["items"]["val"]]
        for number, fold in enumerate(result["folds"], 1)
    ]
    rows.append(
        ["mean ± spread", *(f"{result['metrics'][name]:.4f} ± {result['spread'][name]:.4f}" for name in names), "", ""]
    )
    note = "Figures of the last check of each fold; the spread is the standard deviation over the folds."
    what = "rows" if result["folds"][0]["task"] == "tabular" else "images"
    return f"{table(['fold', *names, f'train {what}', f'val {what}'], rows)}\n\n{note}"


def _find_rate(call: Call, overrides: dict[str, str]) -> Answer:
    from engine.training.runs import find_rate

    options = call.options
    job = find_rate(call.workspace(), options.graph, options.version, overrides, seed=options.seed, start=options.start)
    return call.run_or_detach(job, lambda result: Answer({"job": job.id, **result}, _rate_text(result, options.graph)))


def _rate_text(result: dict[str, Any], graph: str) -> str:
    """The smoothed loss as bars, and what follows from it."""
    points = result["curve"][:: max(1, len(result["curve"]) // RATE_ROWS)]
    top = sorted(loss for _, _, loss in points)[-2] if len(points) > 1 else 1.0  # the last one has burst
    rows = [[f"{rate:.1e}", f"{loss:.3f}", "█" * round(BAR * min(1.0, loss / top))] for rate, _, loss in points]
    found, drawn = result["suggested"], result["set"]
    said = (
        f"Suggested learning rate: {found:g} (drawn: {drawn:g}); the loss falls fastest there, and is lowest at"
        f" {result['lowest']:.1e}.\nTake it with: lineside train {graph} --version … --set {result['node']}.rate={found:g}"
        if found
        else f"The loss fell at no rate, so none is suggested; the drawing has {drawn:g}. Look at the labels and images."
    )
    return f"{table(['rate', 'loss', ''], rows)}\n\n{said}"


def _start_line(start: dict[str, Any] | None) -> list[str]:
    if not start:
        return []
    count = start["taken"] + len(start["left"])
    return [f"Started from {start.get('model') or start['file']}: {start['taken']} of {count} weights taken."]


def _numbers(metrics: Any) -> list[tuple[str, float]]:
    return [(name, value) for name, value in (metrics or {}).items() if isinstance(value, int | float)]
