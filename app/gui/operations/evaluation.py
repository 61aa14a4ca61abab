"""What a person does to models, as operations for `shell.run`; each starts a job and gives its id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.evaluation.costs import Costs
    from engine.packaging.card.notes import Notes
    from engine.workspace import Workspace

    Started = Callable[[Workspace], tuple[Changes, str]]


def evaluate(model: str, version: str, split: str, precision: str) -> Started:
    """Measure a model on a split of a version."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.evaluation.evaluate import evaluate_model

        job = evaluate_model(workspace, model, version, split, precision)
        return changed(jobs=job.id), job.id

    return operation


def robustness(model: str, version: str, split: str, precision: str) -> Started:
    """Measure how a model stands disturbed pictures."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.evaluation.robustness import measure_robustness

        job = measure_robustness(workspace, model, version, split, precision)
        return changed(jobs=job.id), job.id

    return operation


def explain(model: str, item: int, method: str, label: str, box: tuple[float, float, float, float] | None) -> Started:
    """Ask a model why it says what it says of an item."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.curation.explain import explain as start

        job = start(workspace, model, [item], method=method, label=label, box=box)
        return changed(jobs=job.id), job.id

    return operation


def export(model: str) -> Started:
    """Write a model as ONNX and OpenVINO, in several precisions."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.packaging.export import export_model

        job = export_model(workspace, model)
        return changed(jobs=job.id), job.id

    return operation


def package(model: str, platform: str = "linux/amd64") -> Started:
    """Make the container artifact of a model."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.packaging.image import package_model

        job = package_model(workspace, model, platform)
        return changed(jobs=job.id), job.id

    return operation


def save_costs(model: str, costs: Costs) -> Callable[[Workspace], Changes]:
    """Remember what mistakes of a model cost."""

    def operation(workspace: Workspace) -> Changes:
        from engine.evaluation.costs import save_costs as save
        from engine.training.models import get_model

        return save(workspace, get_model(workspace, model), costs)

    return operation


def serve_with(model: str, threshold: float) -> Callable[[Workspace], Changes]:
    """Let a model report what it is at least so sure of."""

    def operation(workspace: Workspace) -> Changes:
        from engine.training.models import get_model
        from engine.training.models import serve_with as serve

        return serve(get_model(workspace, model), threshold)

    return operation


def write_card(
    model: str, version: str, split: str, precision: str, language: str, notes: Notes, out: Path
) -> Callable[[Workspace], Changes]:
    """Keep what a person says of a model, and write its card."""

    def operation(workspace: Workspace) -> Changes:
        from app.paper import write_card as write
        from engine.evaluation.expectations import read_expectations
        from engine.packaging.card.card import make_card
        from engine.packaging.card.notes import save_notes
        from engine.training.models import get_model

        changes = save_notes(get_model(workspace, model), notes)
        expected = read_expectations(Path(notes.expected)) if notes.expected else None
        write(make_card(workspace, model, version, split, precision, language, expected, notes.by), out)
        return changes

    return operation
