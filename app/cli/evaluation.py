"""Commands that look into evaluations: list, show, costs, compare, robustness, check."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.command import DETACH, Answer, Call, argument, command, group
from app.cli.costs import COSTS, costs_of, remember
from app.cli.text import plural, table
from app.cli.training import NAMES, PRECISIONS, evaluation_text

if TYPE_CHECKING:
    from engine.evaluation.compare import Comparison, ItemChange
    from engine.evaluation.money import Money, Point
    from engine.evaluation.outcomes import Value
    from engine.evaluation.results import Evaluation
    from engine.evaluation.robustness import Robustness
    from engine.evaluation.slices import Group
    from engine.packaging.gate import Checked

group("evaluation", "what evaluations found: list, show, costs")
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
    "evaluation show",
    argument("evaluation", metavar="EVALUATION", help="its number, or a model: the newest of it"),
    argument("--errors", action="store_true", help="kinds of mistake (TIDE), and what mending each would bring"),
    argument("--points", action="store_true", help="each named point: mean error in px, PCK, and where it is wrong"),
    argument("--sizes", choices=("coco", "thirds"), help="objects by size: small, medium, large, or three equal parts"),
    argument("--certainty", action="store_true", help="whether scores can be believed; bad items against good ones"),
    argument("--by", metavar="SQL", help="figures of groups of items, such as: width > 600, or metadata->>'lot'"),
)
def show(call: Call) -> Answer:
    """Show an evaluation: its figures, and what lies behind them."""
    from engine.evaluation.compare import find_evaluation
    from engine.evaluation.results import load_evaluation

    options, workspace = call.options, call.workspace()
    row = find_evaluation(workspace, options.evaluation)
    evaluation = load_evaluation(workspace, row.id)
    document: dict[str, Any] = {"id": row.id, **evaluation.summary, "folder": str(evaluation.folder)}
    lines = [evaluation_text(evaluation.summary, evaluation.folder)]
    if options.errors:
        document["errors"] = _taken(_errors(evaluation), lines)
    if options.points:
        document["points"] = _taken(_points(evaluation), lines)
    if options.sizes:
        from engine.evaluation.slices import by_size

        document["sizes"] = _taken(_groups("objects", by_size(evaluation, options.sizes)), lines)
    if options.certainty:
        document |= _taken(_certainty(evaluation), lines)
    if options.by is not None:
        from engine.evaluation.slices import by_expression

        found = by_expression(workspace, evaluation, options.by)
        document["slices"] = _taken(_groups("items", found), lines)
    return Answer(document, "\n\n".join(lines))


@command(
    "evaluation costs",
    argument("evaluation", metavar="EVALUATION", help="its number, or a model: the newest of it"),
    *COSTS,
)
def costs(call: Call) -> Answer:
    """Tell what each threshold costs on the line, and which one is the cheapest; what is not given is as remembered."""
    from engine.evaluation.compare import find_evaluation
    from engine.evaluation.money import money
    from engine.evaluation.results import load_evaluation
    from engine.training.models import get_model

    options, workspace = call.options, call.workspace()
    row = find_evaluation(workspace, options.evaluation)
    model = get_model(workspace, row.model_id)
    wanted = costs_of(call, model)
    found = money(load_evaluation(workspace, row.id), wanted)
    remember(call, model, wanted)
    document = {"id": row.id, "model": row.model, "split": row.split, "saved": options.save, **found.to_json()}
    return Answer(document, f"{row.model} on {row.split}, {row.precision}\n\n{_money(found)}")


def _money(found: Money) -> str:
    costs = found.costs
    points = {"in use": found.now, "cheapest": found.best} | ({"by label": found.labelled} if found.labelled else {})
    rows = [
        [name, "own of each" if one.threshold is None else f"{one.threshold:.2f}", f"{one.missed:.1%}",
         f"{one.false_reject:.1%}", f"{one.money:,.2f}", f"{one.low:,.2f} … {one.high:,.2f}"]
        for name, one in points.items()
    ]  # fmt: skip
    heads = ["", "threshold", "missed 漏检", "false rejects 过杀", f"{costs.currency} a shift", "95 %"]
    lines = [table(heads, rows), "", *(_day(name, one, found) for name, one in points.items())]
    if found.labelled:
        own = [
            [one.label, f"{one.threshold:.2f}", one.parts, costs.miss_of(one.label), costs.false_of(one.label)]
            for one in found.labels
        ]
        lines += ["", table(["label", "threshold", "bad parts seen", "miss", "false reject"], own)]
    lines += ["", _trust(found)]
    return "\n".join(lines)


def _day(name: str, point: Point, found: Money) -> str:
    day = found.day(point)
    return (
        f"{name.capitalize()}: of {found.costs.parts_per_shift * found.costs.shifts_per_day:,.0f} parts a day "
        f"{day.missed:,.1f} bad ones pass and {day.false_reject:,.1f} good ones are rejected, "
        f"{found.costs.currency} {day.money:,.0f} a day."
    )


def _trust(found: Money) -> str:
    """On what the figures rest."""
    from engine.evaluation.money import unseen

    whose = "as in this split" if found.costs.bad_share is None else "as given"
    text = f"{found.bad_share:.2%} of the line's parts are bad, {whose}; seen: {found.bad} bad and {found.good} good parts."
    if not found.best.missed:
        text += f"\nNo miss among {found.bad} bad parts: up to {unseen(found.bad):.1%} may still pass (95 %)."
    if not found.best.false_reject:
        text += f"\nNo false reject among {found.good} good parts: up to {unseen(found.good):.1%} may still be rejected (95 %)."
    return text


@command(
    "robustness",
    argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id"),
    argument("--version", required=True, metavar="V", help="dataset version"),
    argument("--split", default="test", choices=("train", "val", "test"), help="default: test"),
    argument("--precision", default="torch", choices=PRECISIONS, help="as trained, or as exported (default: torch)"),
    argument("--items", type=int, default=60, metavar="N", help="how many items are looked at (default 60)"),
    argument(
        "--only", default="", metavar="NAMES", help="some of: darker,brighter,contrast,blur,noise,rotation,jpeg,dirt"
    ),
    DETACH,
)
def robustness(call: Call) -> Answer:
    """Measure how a model stands bad light, blur, noise, turned parts, JPEG and dirt, and where it breaks."""
    from engine.evaluation.robustness import Robustness, measure_robustness

    options, workspace = call.options, call.workspace()
    only = [name.strip() for name in options.only.split(",") if name.strip()]
    job = measure_robustness(
        workspace, options.model, options.version, options.split, options.precision, options.items, only
    )

    def tell(result: dict[str, Any]) -> Answer:
        document = json.loads((workspace.path / result["path"]).read_bytes())
        return Answer(document, _strains(Robustness.from_json(document)))

    return call.run_or_detach(job, tell)


def _strains(found: Robustness) -> str:
    rows = [
        [strain.name, strain.unit, *(f"{one.level:g}: {one.value:.3f}" for one in strain.levels),
         "holds" if strain.breaks_at is None else f"{strain.breaks_at:g}"]
        for strain in found.strains
    ]  # fmt: skip
    heads = ["disturbance", "unit", "weak", "", "", "", "strong", "breaks at"]
    undisturbed = f"{NAMES.get(found.main, found.main)} undisturbed: {found.base:.3f} on {plural(found.items, 'item')}"
    return f"{undisturbed}\n\n{table(heads, rows)}\n\nBreaks: the first level that loses more than 5 points."


@command(
    "check",
    argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id"),
    argument("--version", required=True, metavar="V", help="dataset version"),
    argument("--expect", required=True, metavar="FILE", help="what is expected, as TOML; docs/expectations.md"),
)
def check(call: Call) -> Answer:
    """Check a model against a file of expectations; ends with 1 when one is not met."""
    from engine.evaluation.expectations import read_expectations
    from engine.packaging.gate import check_model

    options, workspace = call.options, call.workspace()
    wanted = read_expectations(Path(options.expect))
    found = check_model(workspace, options.model, options.version, wanted, call.finish)
    return Answer(found.to_json(), _checked(found), 0 if found.passed else 1)


def _checked(found: Checked) -> str:
    rows = [["passed" if one.passed else "FAILED", one.what, one.asked, one.found, one.note] for one in found.verdicts]
    failed = sum(not one.passed for one in found.verdicts)
    told = f"{failed} of {plural(len(found.verdicts), 'expectation')} not met." if failed else f"All {plural(len(found.verdicts), 'expectation')} met."  # fmt: skip
    head = f"{found.model} on {found.version} ({found.split}, {found.precision})"
    return f"{head}\n\n{table(['', 'what', 'asked', 'found', ''], rows)}\n\n{told}"


def _taken(found: tuple[Any, str], lines: list[str]) -> Any:
    """Put the text of a part to the others, and give its document."""
    lines.append(found[1])
    return found[0]


def _errors(evaluation: Evaluation) -> tuple[Any, str]:
    from engine.evaluation.errors import error_types

    kinds = error_types(evaluation)
    rows = [[kind.name, kind.count, round(kind.gain, 4), len(kind.items)] for kind in kinds]
    return [asdict(kind) for kind in kinds], table(["mistake", "count", "mAP@.5 gained if mended", "images"], rows)


def _points(evaluation: Evaluation) -> tuple[Any, str]:
    from engine.evaluation.keypoints import point_figures

    figures = point_figures(evaluation)
    rows = [
        [f"{one.label} · {one.point}", one.count, one.missed, one.error, one.pck, one.seen, len(one.items)]
        for one in figures
    ]
    heads = ["point", "marked", "object missed", "mean error px", "PCK@5 %", "visibility right", "images with it wrong"]
    return [one.to_json() for one in figures], table(heads, rows)


def _groups(counted: str, groups: list[Group]) -> tuple[Any, str]:
    names = list(groups[0].figures) if groups else []
    rows = [[group.name, group.count, *(_figure(group.figures[name]) for name in names)] for group in groups]
    heads = ["group", counted, *(NAMES.get(name, name) for name in names)]
    return [asdict(group) for group in groups], table(heads, rows, "There is nothing to group.")


def _certainty(evaluation: Evaluation) -> tuple[dict[str, Any], str]:
    from engine.evaluation.certainty import calibration, roc

    found, curve = calibration(evaluation), roc(evaluation)
    rows = [[f"{one.low:.1f} … {one.high:.1f}", one.count, one.said, one.right] for one in found.bins if one.count]
    text = table(["score", "answers", "says", "is right"], rows, "Nothing was reported.")
    text += "" if found.error is None else f"\nExpected calibration error: {found.error:.4f}"
    told = "no good and bad items to tell apart" if curve is None else _figure(curve.auc)
    return {"calibration": asdict(found), "roc": curve and asdict(curve)}, f"{text}\nArea below the ROC curve: {told}"


def _figure(value: Value) -> str:
    if value["value"] is None:
        return "–"
    told = interval(value["low"], value["high"])
    return f"{value['value']:.3f} ({told})" if told else f"{value['value']:.3f}"


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
    from engine.evaluation.compare import RIGHT

    rows = [
        [NAMES.get(one.name, one.name), one.a, one.b, one.change, interval(one.low, one.high), one.kind]
        for one in found.figures
    ]
    right = RIGHT.get(found.task, "without any mistake")
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
    known = (name for name in ("map50", "miou", "auroc", "accuracy") if metrics.get(name) is not None)
    name = next(known, next(iter(metrics), ""))
    return NAMES.get(name, name), metrics.get(name)
