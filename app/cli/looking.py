"""Commands that look inside a model with one item at hand: what flows, and what an answer rests on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.command import Answer, Call, argument, command
from app.cli.text import plural, table

if TYPE_CHECKING:
    from engine.training.flow import Flow, Shown

FIGURES = "flow.json"


@command(
    "model flow",
    argument("graph", metavar="NAME", help="name of a model graph"),
    argument("--item", required=True, metavar="ITEM", help="id or name of an item"),
    argument("--run", metavar="MODEL", help="take the weights of this trained model (default: fresh ones)"),
    argument("--node", metavar="N", help="only what this node gives"),
    argument(
        "--seed", type=int, default=0, metavar="S", help="another roll of the dice for the augmentation (default 0)"
    ),
    argument("--no-augment", action="store_true", help="leave the image as serving sees it"),
    argument("-o", "--out", metavar="FOLDER", help=f"write the pictures and {FIGURES} there"),
)
def flow(call: Call) -> Answer:
    """Send one item through a model graph and tell what flows: shapes, ranges, times, loss, gradients, pictures."""
    from engine.modeling.graphs import load_graph
    from engine.training.flow import find_item
    from engine.training.flow import flow as send
    from engine.training.models import get_model

    options, workspace = call.options, call.workspace()
    graph = load_graph(workspace, options.graph)
    if options.node:
        graph.node(options.node)
    model = get_model(workspace, options.run) if options.run else None
    item = find_item(workspace, options.item)
    found = send(workspace, graph, [item], model, options.seed, not options.no_augment)[0]
    document = found.to_json()
    if options.node:
        document["ports"] = {name: one for name, one in document["ports"].items() if name.split(".")[0] == options.node}
    if options.out:
        document["pictures"] = _write(Path(options.out), found, options.node, document)
    return Answer(document, _told(found, options.node, document.get("pictures", [])), 0 if found.failure is None else 3)


def _write(folder: Path, found: Flow, node: str | None, document: dict[str, Any]) -> list[str]:
    """Pictures as NODE.PORT.N.png and the figures as JSON; returns the paths."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for (name, port), shown in found.ports.items():
        for place, one in enumerate(shown, 1):
            if one.picture is not None and node in (None, name):
                paths.append(str(folder / f"{name}.{port}.{place}.png"))
                Image.fromarray(one.picture).save(paths[-1])
    (folder / FIGURES).write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return paths


def _told(found: Flow, node: str | None, pictures: list[str]) -> str:
    rows = [
        [f"{name}.{port}", one.what + (f" {one.name}" if one.name else ""), "×".join(map(str, one.shape)), _range(one),
         _bars(one), f"{found.milliseconds.get(name, 0):.0f} ms" if place == 0 else ""]
        for (name, port), shown in found.ports.items() if node in (None, name)
        for place, one in enumerate(shown)
    ]  # fmt: skip
    told = f"{found.name}, {found.weights} weights\n" + table(
        ["port", "what", "shape", "range", "values", "time"], rows
    )
    if found.failure is not None:
        told += f"\n\nIt went no further{f' than “{found.failure.node}”' * bool(found.failure.node)}: {found.failure.message}"
    if found.waiting:
        told += (
            f"\n\n“{found.waiting}” judges by the good images that it remembers, and has seen none yet: train the model"
        )
        told += " and name it with --run."
    return told + f"\n\nWrote {plural(len(pictures), 'picture')} and {FIGURES}." * bool(pictures)


def _range(one: Shown) -> str:
    if one.minimum is None:
        return f"{one.wrong} not finite" if one.wrong else ""
    wrong = f", {one.wrong} not finite" if one.wrong else ""
    return f"{one.minimum:.3g} … {one.maximum:.3g}, mean {one.mean:.3g}{wrong}"


def _bars(one: Shown) -> str:
    listed = [f"{bar.name}{' ✓' * bar.truth} {bar.value:.3g}" for bar in one.bars[:6]]
    between = {"found": " with a score from ", "heat": ", not normal from "}.get(one.what, " ")
    text = one.text.replace(" ", between, 1)
    return ", ".join([text] * bool(text) + listed)
