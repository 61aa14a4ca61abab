"""The sections of a model card, each out of what is known of the model; what is not known is put on its list."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.data.report import svg
from engine.data.report.page import Figure, Section, Table
from engine.errors import LinesideError
from engine.packaging.card import measured
from engine.packaging.card.card import Subject
from engine.packaging.card.notes import read_notes

if TYPE_CHECKING:
    from engine.data.report.words import Words
    from engine.data.tables import TableData

Rows = list[tuple[Any, ...]]


def headline(subject: Subject) -> list[tuple[str, str]]:
    """The few figures at the top."""
    words, evaluation = subject.words, subject.evaluation
    cards = [(words("Task"), words(subject.model.task))]
    if evaluation is None:
        return [*cards, (words("Evaluation"), words("none"))]
    summary = evaluation.summary
    metrics, task = summary["metrics"], summary["task"]
    shown = [name for name in (summary.get("main", ""), "missed", "false_reject") if metrics.get(name) is not None]
    cards += [(measured.name_of(words, task, name), measured.shown(name, metrics[name])) for name in shown]
    if (money := subject.money) is not None:
        day = money.day(money.now)
        cards.append((words("Cost of errors a day"), f"{money.costs.currency} {day.money:,.0f}"))
    verdicts = measured.verdicts(subject)
    if verdicts:
        cards.append((words("Expectations met"), f"{sum(one.passed for one in verdicts)} / {len(verdicts)}"))
    return cards


def identity(subject: Subject) -> Section:
    """Which model this is, down to the digests, and who made it when."""
    words, model, run = subject.words, subject.model, subject.run
    rows: Rows = [
        (words("Model"), model.title), (words("Task"), words(model.task)),
        (words("Labels"), ", ".join(model.details.get("labels") or run.get("labels") or _labels(subject))),
        (words("Trained"), f"{model.created:%Y-%m-%d %H:%M} UTC"), (words("By"), run.get("author", "–")),
        (words("Run"), model.run_id),
        (words("Data version"), f"{run.get('version_name', '–')} · sha256 {run.get('version_digest', '–')}"),
    ]  # fmt: skip
    for name, file in (("Weights", "weights.safetensors"), ("Code", "model.py"), ("Graph", "graph.json")):
        path = model.folder / file
        if path.is_file():
            rows.append((words(name), f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"))
        else:
            subject.lacks("Digest of a file", words("The file is not in the run's folder."))
    return Section("identity", words("Identity"), tables=[Table(("", ""), rows)])


def purpose(subject: Subject) -> Section:
    """What a person says the model is for."""
    words, notes = subject.words, read_notes(subject.model)
    command = f"lineside model card {subject.model.title} --intended TEXT --limits TEXT"
    rows: Rows = []
    for name, text in (("Intended use", notes.intended), ("Limits", notes.limits)):
        rows.append((words(name), text or words("Not stated.")))
        if not text:
            subject.lacks(name, command)
    return Section("purpose", words("Intended use and limits"), tables=[Table(("", ""), rows)])


def graph(subject: Subject) -> Section | None:
    """The drawing from which the model was trained."""
    from engine.modeling.graph import Graph
    from engine.packaging.card.drawing import graph_svg

    words, path = subject.words, subject.model.folder / "graph.json"
    try:
        drawn = Graph.from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, LinesideError):
        subject.lacks("Graph", words("The file is not in the run's folder."))
        return None
    title = words("Graph “{0}”", drawn.name)
    edges = [(edge.source, edge.output, edge.target, edge.input) for edge in drawn.edges]
    figure = Figure("graph", title, graph_svg(drawn, title, words.language), ("from", "output", "to", "input"), edges)
    return Section("graph", words("Graph"), figures=[figure])


def data(subject: Subject) -> Section | None:
    """How many items and annotations each split of the training's version has."""
    from engine.data.tables import TableData, read_any

    words = subject.words
    try:
        version = read_any(subject.ws.path, subject.model.version_id)
    except LinesideError:
        subject.lacks("Data", words("The data version is gone."))
        return None
    if isinstance(version, TableData):
        return _rows(version, words)
    split_of = {row["key"]: row["split"] or "–" for row in version.items.to_pylist()}
    names = [name for name in ("train", "val", "test", "–") if name in set(split_of.values())]
    counts: dict[str, dict[str, int]] = {}
    for row in version.annotations.to_pylist():
        mine = counts.setdefault(row["label"] or "?", dict.fromkeys(names, 0))
        mine[split_of[row["item_key"]]] += 1
    total = [list(split_of.values()).count(name) for name in names]
    heads = (words("Label"), *map(words, names))
    labelled = [(label, *(mine[name] for name in names)) for label, mine in sorted(counts.items())]
    items = Table((words("Split"), *map(words, names)), [(words("Items"), *total)])
    text = words("Items and annotations of the data version “{0}” on which the model was trained.", version.manifest.get("name", ""))  # fmt: skip
    return Section("data", words("Data"), text, tables=[items, Table(heads, labelled)])


def _rows(version: TableData, words: Words) -> Section:
    counts = Counter(version.splits.tolist())
    names = [name for name in ("train", "val", "test") if name in counts]
    rows = Table((words("Split"), *map(words, names)), [(words("Rows"), *(counts[name] for name in names))])
    columns = Table((words("Column"), words("Kind")), [(one.name, str(one.type)) for one in version.rows.schema])
    text = words(
        "Rows and columns of the table “{0}” on which the model was trained.", version.manifest.get("name", "")
    )
    return Section("data", words("Data"), text, tables=[rows, columns])


def training(subject: Subject) -> Section:
    """How it was trained: settings, seed, time, device, curve."""
    from engine.training.runs import read_metrics

    words, run = subject.words, subject.run
    device = run.get("device") or {}
    why = device.get("why_zh" if words.language == "zh" else "why", device.get("name", "–"))
    rows: Rows = [
        (words("Seed"), str(run.get("seed", "–"))), (words("Steps"), str(run.get("steps", "–"))),
        (words("Images or rows in a batch"), str(run.get("batch", "–"))), (words("Kept at step"), str(run.get("kept_step", "–"))),
        (words("Duration"), f"{run['seconds']:,.0f} s" if "seconds" in run else "–"), (words("Device"), why),
    ]  # fmt: skip
    rows += [(name, str(value)) for name, value in (run.get("overrides") or {}).items()]
    rows += [
        (f"{name} (val)".replace("val_", ""), f"{value:.4g}") for name, value in (run.get("metrics") or {}).items()
    ]
    found = Section("training", words("Training"), tables=[Table(("", ""), rows)])
    records = read_metrics(subject.model.folder)
    losses = [(one["step"], one["loss"]) for one in records if "loss" in one]
    if losses:
        found.figures.append(_curve(words("Training loss"), "loss", losses, words))
    main = next((key for one in records for key in one if key.startswith("val_")), "")
    checks = [(one["step"], one[main]) for one in records if main in one]
    if len(checks) > 1:
        found.figures.append(_curve(words("On the val split: {0}", main.removeprefix("val_")), main, checks, words))
    if not records:
        subject.lacks("Training curve", words("This run kept none."))
    return found


def environment(subject: Subject) -> Section:
    """What it was trained with, and what this machine has now."""
    from importlib.metadata import PackageNotFoundError, version

    words = subject.words
    then = subject.run.get("environment") or {}
    packages = then.get("packages") or {}
    rows: Rows = [
        (words("System"), then.get("system", "–")),
        (words("Processor"), words("{0}, {1} cores", then.get("cpu", "–"), then.get("cores", "–"))),
        ("Python", then.get("python", "–")),
        *packages.items(),
    ]
    try:
        rows.append((words("OpenVINO, where this card was made"), version("openvino")))
    except PackageNotFoundError:
        subject.lacks("OpenVINO", "lineside doctor")
    return Section("environment", words("Environment"), words("What the model was trained with."), tables=[Table(("", ""), rows)])  # fmt: skip


def _curve(title: str, name: str, points: list[tuple[Any, Any]], words: Any) -> Figure:
    drawn = svg.lines(title, [(name, points, "")], words("step"), name)
    return Figure(name, title, drawn, ("step", name), points)


def _labels(subject: Subject) -> list[str]:
    from engine.serving.manifest import ModelManifest

    try:
        return list(ModelManifest.load(subject.model.folder).labels)
    except Exception:  # a manifest of another program says nothing; the card goes on
        return list(subject.evaluation.labels[:-1]) if subject.evaluation else []


ALL: tuple[Callable[[Subject], Section | None], ...] = (
    identity, purpose, measured.figures, measured.expectations, measured.price, measured.confusion, measured.curves,
    measured.calibrated, measured.mistakes, measured.groups, measured.robust, measured.worst, measured.artifacts, data,
    graph, training, environment,
)  # fmt: skip
