"""Commands that look into evaluations: list, show, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import plural, table
from app.cli.training import NAMES

if TYPE_CHECKING:
    from engine.evaluation.compare import Comparison, ItemChange

group("evaluation", "what evaluations found: list, show")
SHOWN_ITEMS = 20


@command("evaluation list", argument("--model", metavar="MODEL", help="only those of one model"))
def list_all(call: Call) -> Answer:
    """List evaluations, the newest first."""
    from engine.evaluation.results import list_evaluations
    from engine.training.models import get_model

    workspace, model = call.workspace(), call.options.model
    rows = list_evaluations(workspace, get_model(workspace, model).id if model else None)
    lines = [
        [row.id, row.model, row.version_id, row.split, row.precision, *_main(row.metrics), row.created] for row in rows
    ]
    heads = ["evaluation", "model", "version", "split", "precision", "figure", "value", "created"]
    return Answer([row.to_json() for row in rows], table(heads, lines, "No model was evaluated yet."))


@command(
    "compare",
    argument("a", metavar="A", help="the one before: number of an evaluation, or a model"),
    argument("b", metavar="B", help="the one to hold against it"),
)
def compare(call: Call) -> Answer:
    """Compare two models on the same items: differences with intervals, a test, and the items that got worse."""
    from engine.evaluation.compare import compare_in, find_pair

    workspace = call.workspace()
    a, b = find_pair(workspace, call.options.a, call.options.b)
    found = compare_in(workspace, a.id, b.id)
    document = found.to_json()
    document["a"]["evaluation"], document["b"]["evaluation"] = a.id, b.id
    return Answer(document, _comparison(found))


def _comparison(found: Comparison) -> str:
    rows = [
        [NAMES.get(one.name, one.name), one.a, one.b, one.change, interval(one.low, one.high), one.kind]
        for one in found.figures
    ]
    right = "the right label" if found.task == "classification" else "without any mistake"
    test, names = found.test, (found.a["model"], found.b["model"])
    lines = [
        f"{names[0]} → {names[1]} on {plural(found.items, 'item')} of {found.b['version']} ({found.b['split']})",
        "",
        table(["figure", *names, "change", "95 %", ""], rows),
        "",
        f"Images {right}: {test.only_a} only with {names[0]}, {test.only_b} only with {names[1]}; McNemar's exact test: "
        f"p = {test.p:.4g}, {'a real difference' if test.significant else 'may be chance'}.",
    ]
    if found.only_a or found.only_b:
        lines.append(f"Seen by one of them only, and left out: {found.only_a + found.only_b}.")
    if found.relabelled:
        lines.append(f"{plural(found.relabelled, 'item')} had other labels when {names[0]} was evaluated.")
    return "\n".join([*lines, *_changes("Worse", found.worse), *_changes("Better", found.better)])


def _changes(title: str, changes: list[ItemChange]) -> list[str]:
    lines = [f"  {change.name}: {change.a} → {plural(change.b, 'mistake')}" for change in changes[:SHOWN_ITEMS]]
    more = [f"  and {len(changes) - SHOWN_ITEMS} more (--json has all)"] if len(changes) > SHOWN_ITEMS else []
    return ["", f"{title}: {plural(len(changes), 'item')}", *lines, *more]


def interval(low: float | None, high: float | None) -> str:
    """An interval as text."""
    return "" if low is None or high is None else f"{low:.3f} … {high:.3f}"


def _main(metrics: Any) -> tuple[str, Any]:
    name = next((name for name in ("map50", "accuracy") if name in metrics), next(iter(metrics), ""))
    return NAMES.get(name, name), metrics.get(name)
