"""From a graph to readable code: a LightningModule and a LightningDataModule that run by themselves (DESIGN.md §6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.modeling.catalogue import Component, Port, component_of
from engine.modeling.catalogue.code import PLACE
from engine.modeling.check import require_sound
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.reserved import SETTINGS
from engine.serving.manifest import OBJECTS

TEMPLATE = '''"""“{title}”: a model for {task}, written by Lineside from the drawing of the same name.

It runs by itself; `lineside model from-code` turns changed parameters back into the drawing:

    python model.py --version-dir WORKSPACE/versions/1 --out FOLDER
"""

import pytorch_lightning as pl
from torch import Tensor, nn

{imports}

NAME = {name!r}
TASK = {task!r}
{settings}{own}


class Network(nn.Module):
    """From {taken}, to {answer}."""

    def __init__(self, {size}: {kind}, {answers}: {many}) -> None:
        super().__init__()
{layers}

    def forward(self, {given}: Tensor){returns}:
{flow}


{model}


class Data(pl.LightningDataModule):
    """The {given} of one dataset version."""

    def __init__(self, version: str, seed: int = 0) -> None:
        super().__init__()
        self.seed = seed
{samples}

    def train_dataloader(self) -> {loader}:
{batches}


if __name__ == "__main__":
    train_here(__file__)
'''


LEARNING = '''class Model(pl.LightningModule):
    """The network and how it learns."""

    def __init__(self, {size}: {kind}, {answers}: {many}) -> None:
        super().__init__()
        self.network = Network({size}, {answers})
{learning}

    def training_step(self, batch: Batch, index: int) -> dict[str, Tensor]:
{step}

    def configure_optimizers(self) -> dict:
        return self.{optimiser}.configure(self, {train}.steps)'''

GATHERING = '''class Model(pl.LightningModule):
    """The network, which looks at good images and remembers; nothing is learnt by gradients."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.network = Network(channels, classes).eval()
{learning}

    def on_train_start(self) -> None:
        self.network.{head}.begin()

    def training_step(self, batch: Batch, index: int) -> None:
        self.network(batch.images)

    def on_train_end(self) -> None:
        self.network.{head}.settle()

    def configure_optimizers(self) -> None:
        return None'''


BOOSTING = '''class Model(pl.LightningModule):
    """The network; its trees are grown on all train rows, which takes no steps."""

    def __init__(self, {size}: {kind}, classes: int) -> None:
        super().__init__()
        self.network = Network({size}, classes)'''

IMAGES = {
    "size": "channels", "kind": "int", "given": "images", "taken": "images (N, channels, H, W), normalised",
    "loader": "Batches", "answers": "classes", "many": "int",
}  # fmt: skip
POINTS = {**IMAGES, "answers": "points", "many": "tuple[int, ...]"}  # how many each label has
ROWS = {
    "size": "fields", "kind": "tuple[int, ...]", "given": "rows", "taken": "rows (N, 1, 2, fields), slots and amounts",
    "loader": "RowBatches", "answers": "classes", "many": "int",
}  # fmt: skip


def _words(task: str) -> dict[str, str]:
    """What the code calls the input of the task, and what a network is made for."""
    return {"tabular": ROWS, "keypoints": POINTS}.get(task, IMAGES)


@dataclass(frozen=True)
class _Part:
    node: Node
    component: type[Component]
    values: Mapping[str, Any]
    ends: Mapping[tuple[str, str], Sequence[Edge]]  # of the graph
    others: Mapping[str, _Part]  # all of the graph by id

    def sources(self, port: Port) -> Sequence[Edge]:
        return self.ends.get((self.node.id, port.name), ())

    @property
    def cls(self) -> str:
        return self.component.call.partition(":")[2]

    @property
    def module(self) -> str:
        return self.component.call.partition(":")[0]


def compile_graph(graph: Graph) -> str:
    """The code of a graph.

    Raises:
        BadInput: the graph has errors.
    """
    require_sound(graph)
    return compile_sound(graph)


def compile_sound(graph: Graph) -> str:
    """The code of a graph in which `check` found no error."""
    ends, known = graph.ends, dict[str, _Part]()
    for node in graph.in_order():
        if (found := component_of(node)) is not None:
            known[node.id] = _Part(node, found, found.values(node.parameters), ends, known)
    parts = list(known.values())
    by = {section: [part for part in parts if part.component.section == section] for section in _SECTIONS}
    network = by["network"]
    variables = _variables(network)
    last, output = _answer(graph, network)
    settings = [f"{part.node.id.upper()} = {_call(graph, part)}" for section in SETTINGS for part in by[section]]
    if not by["evaluate"]:
        settings.append("EVALUATE = Thresholds()")
    return TEMPLATE.format(
        title=" ".join(graph.name.replace("\\", " ").replace('"', " ").split()),
        name=graph.name,
        task=graph.task,
        imports=_imports(parts, thresholds=not by["evaluate"], task=graph.task),
        settings="\n".join(settings),
        **_words(graph.task),
        own="".join(f"\n\n\n{text}" for text in _sources(by["code"] + network)),
        answer=output.help.en[0].lower() + output.help.en[1:],
        layers=_lines(8, (f"self.{part.node.id} = {_call(graph, part)}" for part in network)),
        returns=f" -> {ANSWERS.get(graph.task, ('', 'Tensor'))[1]}",
        flow=_lines(8, [*_flow(graph.task, network, variables), f"return {variables[last.node.id, output.name]}"]),
        model=_model(graph, by),
        samples=_lines(8, [f"self.{part.node.id} = {_call(graph, part)}" for part in by["data"] + by["augment"]]
                       + ([] if by["augment"] or graph.task == "tabular" else ["self.augment = AsTheyAre()"])),
        batches=_lines(8, _batches(by, _words(graph.task)["loader"])),
    )  # fmt: skip


def _model(graph: Graph, by: dict[str, list[_Part]]) -> str:
    network = by["network"]
    learning = _pretrained(network)
    if graph.task == "anomaly":  # what judges must not learn; only the head does
        learning += [f"self.network.{part.node.id}.eval().requires_grad_(False)" for part in network[:-1]]
    if not by["optimiser"] and graph.task == "tabular":
        return BOOSTING.format(**_words(graph.task))
    if not by["optimiser"]:
        return GATHERING.format(learning=_lines(8, learning), head=network[-1].node.id)
    learning += [f"self.{part.node.id} = {_call(graph, part)}" for part in by["loss"] + by["optimiser"]]
    optimiser, train = (by[section][0].node.id for section in ("optimiser", "train"))
    return LEARNING.format(
        learning=_lines(8, learning), step=_lines(8, _step(by["loss"], _words(graph.task)["given"])), optimiser=optimiser,
        train=train.upper(), **_words(graph.task)
    )  # fmt: skip


def _step(losses: list[_Part], given: str) -> list[str]:
    """The loss of a batch, and what weighs it against something else."""
    loss, *weighing = losses
    if not weighing:
        return [f"return self.{loss.node.id}(self.network(batch.{given}), *batch.targets)"]
    text = f"self.{loss.node.id}(answer, *batch.targets)"
    for part in weighing:
        text = f"self.{part.node.id}({text}, batch.{given}, answer)"
    return [f"answer = self.network(batch.{given})", f"return {text}"]


# Where a network's answer is no tensor: the class that it is
ANSWERS = {
    **dict.fromkeys(OBJECTS, ("engine.modeling.nets.detection", "Positions")),
    "instances": ("engine.modeling.nets.instances", "Instances"),
    "anomaly": ("engine.modeling.nets.anomaly", "Anomaly"),
}
_SECTIONS = ("data", "augment", "network", "loss", "optimiser", *SETTINGS, "code")


def _answer(graph: Graph, network: list[_Part]) -> tuple[_Part, Port]:
    """What the loss takes of the network."""
    parts = {part.node.id: part for part in network}
    losses = {node.id for node in graph.nodes if (found := component_of(node)) is not None and found.section == "loss"}
    for edge in graph.edges:
        port = parts[edge.source].component.port(edge.output) if edge.source in parts else None
        if edge.target in losses and port is not None:
            return parts[edge.source], port
    return network[-1], network[-1].component.outputs[0]


def _sources(parts: list[_Part]) -> list[str]:
    """Each piece of a person's own code once, in the order of its use."""
    texts = (part.component.source(part.values).strip() for part in parts)
    return list(dict.fromkeys(text for text in texts if text))


class _Source(str):
    """The node that an input takes from; `channels`, `stride` and `strides` are what the code calls those of what it gives."""

    _parts: Mapping[str, _Part]
    _edges: Sequence[Edge]
    _many: bool

    def __new__(cls, parts: Mapping[str, _Part], edges: Sequence[Edge], many: bool) -> _Source:
        """Of the edges that end at the input."""
        found = super().__new__(cls, edges[0].source if edges else "")
        found._parts, found._edges, found._many = parts, edges, many
        return found

    def __getattr__(self, name: str) -> str:
        if name not in ("channels", "stride", "strides"):
            raise AttributeError(name)
        each = [_given(self._parts[edge.source], edge, name) for edge in self._edges]
        return f"({', '.join(each)}{',' * (len(each) == 1)})" if self._many else "".join(each[:1])


def _given(source: _Part, edge: Edge, name: str) -> str:
    """Channels or stride of what an edge carries, as the code says it."""
    node, giver = source.node, source.component
    if giver.section != "network":
        return {"channels": "channels", "stride": "1"}.get(name, "(1,)")
    if giver.call == ":" and node.parameters.get(name):
        return f"{node.parameters[name]:g}"
    place = [port.name for port in giver.outputs].index(edge.output)
    several = name == "channels" and len(giver.outputs) > 1
    return f"self.{edge.source}.{name}[{place}]" if several else f"self.{edge.source}.{name}"


def _call(graph: Graph, part: _Part) -> str:
    values = part.values
    attributes: dict[str, str] = {}
    if part.component.context or part.component.call == ":":
        attributes = {port.name: _Source(part.others, part.sources(port), port.many) for port in part.component.inputs}
        attributes["data"] = next(node.id for node in graph.nodes if _is_source(node))
    if part.component.call == ":":
        return PLACE.sub(lambda found: str(getattr(attributes.get(found[1], ""), found[2], found[0])), values["make"])
    arguments = [text.format(**attributes) for text in part.component.context]
    arguments += _named(graph, part)
    quiet = part.component.quiet()
    arguments += [f"{name}={value!r}" for name, value in values.items() if name not in quiet or value != quiet[name]]
    text = f"{part.cls}({', '.join(arguments)})"
    if len(text) + len(part.node.id) <= 104:
        return text
    return f"{part.cls}(\n{_filled(arguments)}\n)"


def _named(graph: Graph, part: _Part) -> list[str]:
    """What is connected with inputs that may stay open, as arguments."""
    found = []
    for port in part.component.inputs:
        names = [edge.source.upper() for edge in graph.sources(part.node.id, port.name)] if port.optional else []
        if names:
            found.append(
                f"{port.name}=({', '.join(names)}{',' * (len(names) == 1)})" if port.many else f"{port.name}={names[0]}"
            )
    return found


def _filled(arguments: list[str]) -> str:
    """Arguments in lines that are not too long."""
    lines = [""]
    for number, argument in enumerate(arguments):
        text = argument + ", " * (number < len(arguments) - 1)
        if len(lines[-1]) + len(text) > 104:
            lines.append("")
        lines[-1] += text
    return "\n".join(f"    {line.rstrip()}" for line in lines)


def _is_source(node: Node) -> bool:
    found = component_of(node)
    return found is not None and found.section == "data" and not found.inputs


def _batches(by: dict[str, list[_Part]], loader: str) -> list[str]:
    """How the batches are made: the dataset first, what chooses from it last."""
    data, steps, train = by["data"][0].node.id, by["augment"], by["train"][0].node.id.upper()
    lines = []
    if by["optimiser"]:
        lines.append(
            "# A batch depends on the seed and its number alone, so a resumed training sees what an unbroken one would."
        )
        how = [train, "self.seed", "start=self.trainer.global_step"]
    else:
        how = [f"{train}.over(len(self.{data}.train))", "self.seed"]
    if loader == "RowBatches":
        return [*lines, f"return RowBatches({', '.join([f'self.{data}.train', *how])})"]
    augment = f"self.{steps[0].node.id if steps else 'augment'}"
    if len(steps) > 1:
        augment = "augment"
        lines += ["augment = Chain(", *(f"    self.{part.node.id}," for part in steps), ")"]
    chosen = [f"sampler=self.{part.node.id}" for part in by["data"] if part.component.inputs]
    inner = ", ".join([f"self.{data}.train", augment, *how, *chosen])
    return [*lines, *([f"return Batches({inner})"] if len(inner) < 95 else ["return Batches(", f"    {inner}", ")"])]


def _variables(network: list[_Part]) -> dict[tuple[str, str], str]:
    """The name that each output has in `forward`: the node's for single layers, else the port's unless two have it."""
    names = Counter(port.name for part in network for port in part.component.outputs)
    names.update(part.node.id for part in network)
    found = {}
    for part in network:
        outputs = part.component.outputs
        for port in outputs:
            short = part.node.id if len(outputs) == 1 and port.name == "out" else port.name
            alone = short == part.node.id or names[short] == 1
            found[part.node.id, port.name] = short if alone else f"{part.node.id}_{port.name}"
    return found


def _flow(task: str, network: list[_Part], variables: dict[tuple[str, str], str]) -> list[str]:
    lines, given_to = [], _words(task)["given"]
    for part in network:
        taken = [
            variables.get((edge.source, edge.output), given_to)
            for port in part.component.inputs
            for edge in part.sources(port)
        ]
        given = ", ".join(variables[part.node.id, port.name] for port in part.component.outputs)
        lines.append(f"{given} = self.{part.node.id}({', '.join(taken)})")
    return lines


def _pretrained(network: list[_Part]) -> list[str]:
    return [
        f"self.network.{part.node.id}.load_pretrained()"
        for part in network
        if part.values.get("weights", "none") != "none"
    ]


def _imports(parts: list[_Part], thresholds: bool, task: str) -> str:
    found: dict[str, set[str]] = {
        "engine.training.batches": {"Batch", "Batches"},
        "engine.training.fit": {"train_here"},
    }
    if task == "tabular":
        found["engine.training.batches"] = {"Batch"}
        found["engine.training.tables"] = {"RowBatches"}
    for part in parts:
        if not part.module:  # a person's own code
            continue
        found.setdefault(part.module, set()).add(part.cls)
    if thresholds:
        found.setdefault("engine.training.settings", set()).add("Thresholds")
    steps = sum(part.component.section == "augment" for part in parts)
    if steps > 1:
        found["engine.training.augmentations.step"] = {"Chain"}
    if not steps and task != "tabular":
        found.setdefault("engine.training.augment", set()).add("AsTheyAre")
    if task in ANSWERS:
        module, name = ANSWERS[task]
        found.setdefault(module, set()).add(name)
    return "\n".join(_import(module, sorted(found[module])) for module in sorted(found))


def _import(module: str, names: list[str]) -> str:
    text = f"from {module} import {', '.join(names)}"
    return text if len(text) <= 120 else f"from {module} import (\n{_filled(names)}\n)"


def _lines(indent: int, lines: Any) -> str:
    return "\n".join(" " * indent + line for text in lines for line in text.splitlines())
