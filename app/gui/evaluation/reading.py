"""What the evaluation page shows, read from the engine off the UI thread into plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.evaluation.costs import Costs
    from engine.evaluation.money import Money
    from engine.evaluation.results import Evaluation
    from engine.packaging.card.notes import Notes
    from engine.workspace import Workspace


@dataclass(frozen=True)
class ModelChoice:
    """A model on offer."""

    id: int
    title: str
    run: str
    version_id: int
    task: str


@dataclass(frozen=True)
class VersionChoice:
    """A dataset version on offer."""

    id: int
    name: str
    splits: Mapping[str, int]


@dataclass(frozen=True)
class Choices:
    """Everything that can be chosen."""

    models: Sequence[ModelChoice] = ()
    versions: Sequence[VersionChoice] = ()


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one image by precision, and what the export says of each."""

    by_precision: Mapping[str, float] = field(default_factory=dict)
    accuracy: Mapping[str, float] = field(default_factory=dict)
    chosen: str = ""


@dataclass(frozen=True)
class Seen:
    """One evaluation with what it is compared to."""

    evaluation: Evaluation
    id: int
    model: str
    version: str
    split: str
    precision: str
    before: str = ""
    before_metrics: Mapping[str, Any] = field(default_factory=dict)
    latency: Latency = field(default_factory=Latency)
    colors: Mapping[str, str] = field(default_factory=dict)

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The figures."""
        found: Mapping[str, Any] = self.evaluation.summary["metrics"]
        return found


def read_choices(workspace: Workspace) -> Choices:
    """Models and versions, the newest first."""
    from engine.data.versions import list_versions
    from engine.training.models import list_models

    versions = sorted(list_versions(workspace), key=lambda version: -version.id)
    return Choices(
        [ModelChoice(m.id, m.title, m.run_id, m.version_id, m.task) for m in list_models(workspace)],
        [VersionChoice(v.id, v.name, dict(v.splits)) for v in versions],
    )


def read_evaluation(workspace: Workspace, model_id: int, version_id: int, split: str, precision: str) -> Seen | None:
    """The newest evaluation of a choice, with the one of another model that it is compared to; None: there is none."""
    from engine.data.records import read_labels
    from engine.data.versions import get_version
    from engine.evaluation.results import list_evaluations, load_evaluation
    from engine.training.models import get_model, list_models

    rows = list_evaluations(workspace)
    same = [row for row in rows if (row.version_id, row.split) == (version_id, split)]
    found = next((row for row in same if row.model_id == model_id and row.precision == precision), None)
    if found is None:
        return None
    task = {model.id: model.task for model in list_models(workspace)}
    alike = [row for row in same if row.precision == precision and task.get(row.model_id) == task.get(model_id)]
    before = next((row for row in alike if row.model_id < model_id), None)
    version = get_version(workspace, version_id).name
    evaluation = load_evaluation(workspace, found.id)
    _ = evaluation.summary, evaluation.curves, evaluation.matches, evaluation.items  # read here, not in the UI thread
    return Seen(
        evaluation,
        found.id,
        found.model,
        version,
        split,
        precision,
        before.model if before else "",
        before.metrics if before else {},
        read_latency(get_model(workspace, model_id).folder),
        {label.name: label.color for label in read_labels(workspace)},
    )


def read_latency(run_folder: Any) -> Latency:
    """What the export of a run measured; empty when it was not exported."""
    try:
        document = json.loads((run_folder / "export" / "export.json").read_text("utf-8"))
    except (OSError, ValueError):
        return Latency()
    times, accuracy = {}, {}
    for name, values in document.get("precisions", {}).items():
        time = values.get("latency_ms", values.get("latency"))
        if isinstance(time, Mapping):
            time = time.get("p50_ms", time.get("p50", time.get("median")))
        if isinstance(time, int | float):
            times[name] = float(time)
        if isinstance(values.get("accuracy"), int | float):
            accuracy[name] = float(values["accuracy"])
    return Latency(times, accuracy, str(document.get("chosen", "")))


@dataclass(frozen=True)
class Priced:
    """Costs, and what they make of an evaluation; without money the reason."""

    costs: Costs
    money: Money | None = None
    reason: str = ""


def read_money(workspace: Workspace, seen: Seen) -> Priced:
    """What the mistakes of an evaluation cost by what is remembered."""
    from engine.errors import BadInput
    from engine.evaluation.costs import Costs, read_costs
    from engine.training.models import get_model

    try:
        costs = read_costs(workspace, get_model(workspace, seen.model))
    except BadInput as error:
        return Priced(Costs(), reason=str(error))
    return money_of(seen, costs)


def money_of(seen: Seen, costs: Costs) -> Priced:
    """What the mistakes of an evaluation cost."""
    from engine.errors import BadInput
    from engine.evaluation.money import money

    try:
        return Priced(costs, money(seen.evaluation, costs))
    except BadInput as error:
        return Priced(costs, reason=str(error))


def read_card_notes(workspace: Workspace, model: str) -> Notes:
    """What a person said of a model."""
    from engine.packaging.card.notes import read_notes
    from engine.training.models import get_model

    return read_notes(get_model(workspace, model))
