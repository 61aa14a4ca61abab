"""Commands for model graphs and the models trained from them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import facts, plural, table
from app.cli.training import PRECISIONS
from engine.errors import BadInput

group(
    "model",
    "model graphs and trained models: recipes, new, check, find, diff, components, code, from-code, list, show, threshold, card",
)
GRAPH = argument("graph", metavar="GRAPH", help="name of a model graph")


@command(
    "model new",
    argument("name", metavar="NAME"),
    argument("--recipe", required=True, metavar="R", help="classification, detection, …"),
)
def new(call: Call) -> Answer:
    """Make a model graph from a recipe."""
    from engine.modeling.graphs import new_graph

    options = call.options
    new_graph(call.workspace(), options.name, options.recipe)
    document = {"name": options.name, "recipe": options.recipe}
    return Answer(
        document, f"Made the model graph “{options.name}”; train it with: lineside train {options.name} --version V"
    )


@command(
    "model check",
    GRAPH,
    argument("--figures", action="store_true", help="also build the network, and tell weights, work, memory and sight"),
    argument(
        "--fix", action="store_true", help="mend what can be mended in one way only, save it, and tell what was done"
    ),
)
def check(call: Call) -> Answer:
    """Check a model graph: types and parameters; ends with 3 when something is wrong."""
    from engine.modeling.check import check as examine
    from engine.modeling.check import mend
    from engine.modeling.graphs import load_graph, save_graph

    graph = load_graph(call.workspace(), call.options.graph)
    graph, mended = mend(graph) if call.options.fix else (graph, [])
    if mended:
        save_graph(call.workspace(), graph)
    issues = examine(graph)
    sound = not any(issue.severity == "error" for issue in issues)
    lines = [f"mended: {issue} → {fix.title.en}" for issue, fix in mended]
    for issue in issues:
        lines.append(f"{issue.severity}: {issue}")
        lines += [f"    fix: {fix.title.en}" for fix in issue.fixes]
    lines += [f"“{graph.name}” is sound."] * sound
    document: dict[str, Any] = {"ok": sound, "issues": [issue.to_json() for issue in issues]}
    if call.options.fix:
        document["mended"] = [{**issue.to_json(), "fix": fix.title.en} for issue, fix in mended]
    if sound and call.options.figures:
        document["figures"], told = _figures(call, graph)
        lines += ["", told]
    return Answer(document, "\n".join(lines), 0 if sound else 3)


def _figures(call: Call, graph: Any) -> tuple[dict[str, Any], str]:
    """What PyTorch says of the network, as JSON and as a table."""
    from dataclasses import asdict

    from engine.data.records import read_labels
    from engine.modeling.figures import figures

    found = figures(graph, len(read_labels(call.workspace())))
    rows = [
        [name, f"{part.parameters:,}", f"{part.multiplications / 1e6:,.1f}", f"{part.memory / 1e6:.1f}",
         "whole image" if part.sight is None else f"{part.sight} px", " ".join("×".join(map(str, shape)) for shape in part.shapes)]
        for name, part in found.nodes.items()
    ]  # fmt: skip
    rows.append(
        ["all", f"{found.parameters:,}", f"{found.multiplications / 1e6:,.1f}", f"{found.memory / 1e6:.1f}", "", ""]
    )
    heads = ["part", "parameters", "M multiplications", "MB", "sees", "gives"]
    return asdict(found), table(heads, rows)


@command("model find", GRAPH, argument("text", metavar="TEXT", help="words, or parameter=value"))
def find(call: Call) -> Answer:
    """Find in a model graph by id, title, parameter, value, comment or group."""
    from engine.modeling.graphs import load_graph
    from engine.modeling.search import find as look

    hits = look(load_graph(call.workspace(), call.options.graph), call.options.text)
    document = {"hits": [{"kind": hit.kind, "id": hit.id, "text": hit.text} for hit in hits]}
    return Answer(
        document, table(["kind", "id", "found in"], [[h.kind, h.id, h.text] for h in hits]) if hits else "Nothing."
    )


@command(
    "model diff",
    argument("before", metavar="A", help="a model graph, the id of a run, or a model (NAME:NUMBER)"),
    argument("after", metavar="B", help="another one"),
)
def diff(call: Call) -> Answer:
    """Tell what differs between two model graphs: nodes, parameters and edges, from A to B."""
    from engine.modeling.diff import difference
    from engine.training.runs import graph_of

    workspace, options = call.workspace(), call.options
    found = difference(graph_of(workspace, options.before), graph_of(workspace, options.after))
    told = "\n".join(found.lines()) or f"“{options.before}” and “{options.after}” say the same model."
    return Answer(found.to_json(), told)


@command(
    "model recipes",
    argument("--time", action="store_true", help="also tell how long each takes here; measures for some seconds"),
)
def recipes(call: Call) -> Answer:
    """List the recipes: what each is for, and whether this workspace has data for it."""
    from engine.modeling.recipes import RECIPES
    from engine.training.expect import data_for, estimated_time, time_of_runs

    workspace, document, rows = call.workspace(), [], []
    for recipe in RECIPES.values():
        data = data_for(workspace, recipe)
        time = (time_of_runs(workspace, recipe) or estimated_time(recipe, data)) if call.options.time else None
        document.append({
            "name": recipe.name, "title": recipe.title.en, "task": recipe.task, "needs": recipe.needs.en,
            "data": {"images": data.images, "labels": data.labels, "enough": data.enough, "ready": data.ready},
            "time": time.to_json() if time else None,
        })  # fmt: skip
        told = f"{time.low / 60:.0f}–{time.high / 60:.0f} min ({time.source})" if time else ""
        state = "yes" if data.ready else f"too few of {', '.join(data.short)}" if data.short else "none"
        rows.append([recipe.name, recipe.title.en, data.images, state, told])
    return Answer({"recipes": document}, table(["recipe", "for", "images", "data", "time"], rows))


@command("model components")
def components(call: Call) -> Answer:
    """List what a model graph can be made of: section, task, ports and parameters; the workspace's own, too."""
    from engine.modeling.catalogue import catalogue, use_workspace

    wrong = use_workspace(call.workspace().path)
    found = [_component(one) for one in catalogue().values()]
    rows = [
        [one["type"], one["section"], " ".join(one["tasks"]), _ports(one["inputs"]), _ports(one["outputs"]), ", ".join(one["parameters"])]
        for one in found
    ]  # fmt: skip
    told = table(["component", "section", "tasks", "takes", "gives", "parameters"], rows)
    told += "".join(f"\ncomponents/{one.file}, line {one.line}: {one.reason}" for one in wrong)
    document = {"components": found, "broken": [{"file": w.file, "line": w.line, "reason": w.reason} for w in wrong]}
    return Answer(document, told)


def _component(found: Any) -> dict[str, Any]:
    return {
        "type": found.type, "section": found.section, "shelf": found.shelf, "tasks": list(found.tasks),
        "title": found.title.en, "title_zh": found.title.zh, "help": found.help.en, "help_zh": found.help.zh,
        "inputs": {port.name: port.kind for port in found.inputs}, "outputs": {port.name: port.kind for port in found.outputs},
        "parameters": found.Parameters.model_json_schema().get("properties", {}),
    }  # fmt: skip


def _ports(ports: dict[str, str]) -> str:
    return " ".join(name if name == kind else f"{name}:{kind}" for name, kind in ports.items())


@command("model code", GRAPH, argument("-o", "--out", metavar="FILE", help="write it here instead of showing it"))
def code(call: Call) -> Answer:
    """Show the Lightning code of a model graph; it is what runs, and it runs by itself."""
    from engine.modeling.compile import compile_graph
    from engine.modeling.graphs import load_graph

    text = compile_graph(load_graph(call.workspace(), call.options.graph))
    if call.options.out:
        Path(call.options.out).write_text(text, "utf-8")
        return Answer({"path": call.options.out}, f"Wrote {call.options.out}.")
    return Answer({"code": text}, text.rstrip("\n"))


@command(
    "model from-code",
    argument("name", metavar="NAME", help="the model graph to make or to replace"),
    argument("file", metavar="FILE", help="what `model code` wrote, edited; - reads stdin"),
)
def from_code(call: Call) -> Answer:
    """Make a model graph out of code, as far as it can be drawn; names the lines that cannot."""
    from engine.modeling.graphs import list_graphs, load_graph, save_graph
    from engine.modeling.readback import from_code as read_back

    try:
        text = sys.stdin.read() if call.options.file == "-" else Path(call.options.file).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{call.options.file} is not text in UTF-8.") from error
    workspace, name = call.workspace(), call.options.name
    known = any(graph.name == name for graph in list_graphs(workspace))
    found = read_back(text, load_graph(workspace, name) if known else None)
    save_graph(workspace, found.graph.renamed(name))
    told = f"{'Changed' if known else 'Made'} the model graph “{name}”."
    left_out = [f"  line {line}: {statement}" for line, statement in found.lost if line]
    if left_out:
        told += "\nWhat cannot be drawn, and is left out:\n" + "\n".join(left_out)
    told += "".join(f"\n{problem}" for line, problem in found.lost if not line)
    return Answer({"name": name, "not_expressible": found.not_expressible}, told)


@command("model list")
def list_all(call: Call) -> Answer:
    """List model graphs and trained models."""
    from engine.modeling.graphs import list_graphs
    from engine.training.models import list_models

    workspace = call.workspace()
    graphs = [graph.name for graph in list_graphs(workspace)]
    models = [_document(model) for model in list_models(workspace)]
    rows = [[f"{m['name']}:{m['number']}", m["task"], _metrics(m["metrics"]), m.get("created", "")] for m in models]
    text = "Model graphs: " + (", ".join(graphs) or "none; make one with: lineside model new NAME --recipe R")
    if rows:
        text += "\n\n" + table(["model", "task", "metrics", "created"], rows)
    return Answer({"graphs": graphs, "models": models}, text)


@command(
    "model show", argument("model", metavar="MODEL", help="a model graph, a model (NAME or NAME:NUMBER) or its id")
)
def show(call: Call) -> Answer:
    """Show a trained model, or a model graph that was not trained yet."""
    from engine.errors import LinesideError
    from engine.modeling.graphs import load_graph
    from engine.training.models import get_model

    workspace, name = call.workspace(), call.options.model
    try:
        model = get_model(workspace, name)
    except LinesideError:
        if ":" in name or name.isdigit():
            raise
        graph = load_graph(workspace, name)
        document = graph.to_json()
        nodes, edges = document.get("nodes", []), document.get("edges", [])
        rows = [
            [node.get("id"), node.get("type"), json.dumps(node.get("parameters", {}), ensure_ascii=False)]
            for node in nodes
        ]
        told = f"Model graph “{name}”: {plural(len(nodes), 'component')}, {plural(len(edges), 'connection')}, not trained yet.\n"
        return Answer(document, told + table(["id", "component", "parameters"], rows))
    document = _document(model)
    run = Path(model.folder) / "run.json"
    if run.is_file():
        document["run"] = json.loads(run.read_text("utf-8"))
    plain = {name: value for name, value in document.items() if name not in ("run", "details")}
    return Answer(document, facts((n, _metrics(v) if isinstance(v, dict) else v) for n, v in plain.items()))


@command(
    "model threshold",
    argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id"),
    argument(
        "score", metavar="SCORE", type=float, help="between 0 and 1; lineside evaluation costs finds the cheapest"
    ),
)
def threshold(call: Call) -> Answer:
    """Let a model report what it is at least so sure of; evaluate, deploy and package it again after this."""
    from engine.training.models import get_model, serve_with

    workspace = call.workspace()
    model = get_model(workspace, call.options.model)
    serve_with(model, call.options.score)
    document = {"model": model.title, "threshold": call.options.score}
    return Answer(
        document,
        f"{model.title} reports from {call.options.score:g} on. Evaluate and package it again: what is there already keeps its own.",
    )


@command(
    "model card",
    argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id"),
    argument("-o", "--out", required=True, metavar="FILE", help="a .html or a .pdf"),
    argument("--version", metavar="V", help="dataset version of the evaluation (default: of the newest one)"),
    argument("--split", default="test", choices=("train", "val", "test"), help="default: test"),
    argument("--precision", default="torch", choices=PRECISIONS, help="as trained, or as exported (default: torch)"),
    argument("--language", default="en", choices=("en", "zh"), help="default: en"),
    argument("--expect", metavar="FILE", help="hold it against this file of expectations"),
    argument("--by", action="append", default=[], metavar="SQL", help="figures of groups of items; may come again"),
    argument("--intended", metavar="TEXT", help="what it is meant for; kept with the model"),
    argument("--limits", metavar="TEXT", help="where it must not be used; kept with the model"),
)
def card(call: Call) -> Answer:
    """Write the card of a model: what it is, what was measured of it, and what was not."""
    from app.paper import checked_name, write_card
    from engine.evaluation.expectations import read_expectations
    from engine.packaging.card.card import make_card
    from engine.packaging.card.notes import read_notes, save_notes
    from engine.training.models import get_model

    options, workspace, out = call.options, call.workspace(), checked_name(Path(call.options.out))
    model = get_model(workspace, options.model)
    said = {name: text for name in ("intended", "limits") if (text := getattr(options, name)) is not None}
    if said:
        save_notes(model, read_notes(model).model_copy(update=said))
    expected = read_expectations(Path(options.expect)) if options.expect else None
    made = make_card(
        workspace, model.id, options.version, options.split, options.precision, options.language, expected, options.by
    )
    write_card(made, out)
    missing = [row[0] for section in made.sections if section.id == "missing" for row in section.tables[0].rows]
    document = {
        "path": str(out),
        "model": model.title,
        "sections": [one.id for one in made.sections],
        "missing": missing,
    }
    if options.language == "zh":
        told = f"已写入 {out}。" + (f"\n未测量或未说明：{'、'.join(missing)}。" if missing else "")
    else:
        told = f"Wrote {out}." + (f"\nNot measured or not said: {', '.join(missing)}." if missing else "")
    return Answer(document, told)


def _document(model: Any) -> dict[str, Any]:
    import dataclasses

    return model.to_json() if hasattr(model, "to_json") else dataclasses.asdict(model)


def _metrics(metrics: Any) -> str:
    if not isinstance(metrics, dict):
        return ""
    return ", ".join(f"{name} {value:.4g}" for name, value in metrics.items() if isinstance(value, int | float))
