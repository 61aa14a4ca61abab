"""Code of a network that no component says, as components that hold it: own modules, and lines of `forward`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any, Protocol

from engine.modeling.catalogue import Component, component, component_of
from engine.modeling.catalogue.code import PLACE, CodeModule, CodeText
from engine.modeling.catalogue.workspace import OfWorkspace
from engine.modeling.graph import Graph, Node

PARTS = ("Network", "Model", "Data")
ANSWER = "return"  # the name under which the flow knows what `forward` gives back
STEP = '''class {name}(nn.Module):
    """A line of the network; gives as many channels as it takes, unless the node says so."""

    def __init__(self, channels: int = 0, stride: float = 1) -> None:
        super().__init__()
        self.channels, self.stride = channels, stride

    def forward(self, {taken}):
{lines}
        return {given}
'''


@dataclass
class Step:
    """One call of a node in `forward`: the variables that it takes and gives; the line counts from 1."""

    node: str
    taken: list[str]
    given: list[str]
    line: int


class Reader(Protocol):
    """What reading back has found so far."""

    code: str
    base: Graph | None
    nodes: dict[str, Node]
    calls: dict[str, ast.expr]
    flow: list[Step]
    understood: set[int]
    own: dict[str, ast.ClassDef]
    answer: str


def segment(code: str, part: ast.stmt) -> str:
    """The text of a statement, with its decorators and the comment just above it."""
    lines = code.splitlines()
    decorators = getattr(part, "decorator_list", [])
    first = min([part.lineno, *(one.lineno for one in decorators)])
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return "\n".join(lines[first - 1 : part.end_lineno])


def has_own_code(graph: Graph) -> bool:
    """Whether a drawing brings code that is not the program's: in itself, or by components of the workspace."""
    found = [component(node.type) for node in graph.nodes]
    return any(one is not None and issubclass(one, CodeModule | CodeText | OfWorkspace) for one in found)


def used_classes(reader: Reader) -> set[str]:
    """Own classes whose text is held by a node of the network."""
    return {
        part.id
        for node, call in reader.calls.items()
        if reader.nodes[node].type == CodeModule.type
        for part in ast.walk(call)
        if isinstance(part, ast.Name) and part.id in reader.own
    }


def brought_by(node: Node) -> list[str]:
    """The statements that a node's component brings along from a file of the workspace."""
    found = component(node.type)
    known = found is not None and issubclass(found, OfWorkspace)
    return [ast.unparse(part) for part in ast.parse(found.source({})).body] if known and found is not None else []


def own_classes(tree: ast.Module, classes: dict[str, type[Component]]) -> list[str]:
    """Classes that the code writes itself under a name of the catalogue; a component's own file may say the same."""
    changed = []
    for part in tree.body:
        found = classes.get(part.name) if isinstance(part, ast.ClassDef) else None
        if found is None:
            continue
        brought = ast.parse(found.source({})).body if issubclass(found, OfWorkspace) else []
        if ast.unparse(part) not in [ast.unparse(one) for one in brought]:
            changed.append(found.call.partition(":")[2])
    return changed


def own_node(reader: Reader, node_id: str, made: ast.expr) -> Node:
    """A node for `self.node_id = made`, where no component is called so; ports follow when the flow is known."""
    names = [part.id for part in ast.walk(made) if isinstance(part, ast.Name) and part.id in reader.own]
    source = "\n\n\n".join(segment(reader.code, reader.own[name]) for name in dict.fromkeys(names))
    text = ast.get_source_segment(reader.code, made) or ast.unparse(made)
    values = {**CodeModule.defaults(), "source": source + "\n" * bool(source), "make": text}
    return Node(node_id, CodeModule.type, CodeModule.version, values)


def read_flow(reader: Reader, function: ast.FunctionDef) -> None:
    """The statements of `forward`: calls of nodes, and lines that become a node of their own."""
    known = {"images", "rows"}
    for statement in function.body:
        steps = _calls(reader, statement)
        if steps is None:
            step = _line(reader, statement, known)
            steps = [step] if step else []
        if steps:
            reader.flow += steps
            reader.understood.add(statement.lineno)
            known |= {name for step in steps for name in step.given}


def taken_by(found: type[Component], count: int) -> list[tuple[str, str]]:
    """Name and kind of the port for each of `count` arguments of a call."""
    ports: list[tuple[str, str]] = []
    for at, port in enumerate(found.inputs):
        later = len(found.inputs) - at - 1
        ports += [(port.name, port.kind)] * (max(1, count - len(ports) - later) if port.many else 1)
    return ports


def settle(reader: Reader) -> None:
    """Give the nodes of own code their ports by what they are connected with; what the base says of one stays."""
    kinds = {"images": "images", "rows": "rows"}
    makers: dict[str, str] = {}
    for number, step in enumerate(reader.flow):
        node = reader.nodes[step.node]
        if node.type == CodeModule.type:
            given = [kinds.get(name, "tensor") for name in step.taken]
            gives = [_taken_as(reader, name, number, given) for name in step.given]
            node.parameters |= {"inputs": ", ".join(given), "outputs": ", ".join(gives)}
            _name_places(node, dict(zip(_names("in", len(given)), step.taken, strict=True)), makers)
            _as_in_base(reader, node)
        found = component_of(node)
        assert found is not None
        _take_literals(reader, step, makers, found)
        for name, port in zip(step.given, found.outputs, strict=False):
            kinds[name], makers[name] = port.kind, step.node


def _calls(reader: Reader, statement: ast.stmt) -> list[Step] | None:
    """The calls of a statement such as `x = self.b(self.a(y))` or `return self.b(x)`; None when it is something else."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return []  # a docstring
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
        given = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
        if not isinstance(target, ast.Name | ast.Tuple):
            return None
    elif isinstance(statement, ast.Return) and statement.value is not None:
        value, given = statement.value, [ANSWER]
    else:
        return None
    steps: list[Step] = []
    name = _value(reader, value, steps, given, statement.lineno)
    if isinstance(value, ast.Name) and given == [ANSWER]:
        reader.answer = value.id
        return []
    return steps if name is not None and steps else None


def _value(reader: Reader, value: ast.expr, steps: list[Step], given: list[str], line: int) -> str | None:
    """The variable that holds a value; calls of nodes become steps."""
    if isinstance(value, ast.Name):
        return value.id
    node = _node_called(value)
    if node not in reader.nodes or not isinstance(value, ast.Call) or value.keywords:
        return None
    taken = [_value(reader, part, steps, [f"{given[0]}.{len(steps)}.{at}"], line) for at, part in enumerate(value.args)]
    if None in taken:
        return None
    steps.append(Step(node, [name for name in taken if name is not None], given, line))
    return given[0]


def _node_called(value: ast.expr) -> str:
    called = value.func if isinstance(value, ast.Call) else None
    mine = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "self"
    return called.attr if mine and isinstance(called, ast.Attribute) else ""


def _line(reader: Reader, statement: ast.stmt, known: set[str]) -> Step | None:
    """A line of arithmetic as an own module; None where it takes more than variables, or gives nothing."""
    if isinstance(statement, ast.Return) and statement.value is not None:
        given, lines = [ANSWER], f"        answer = {ast.get_source_segment(reader.code, statement.value)}"
    elif isinstance(statement, ast.Assign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        given = [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        if not all(isinstance(target, ast.Name | ast.Tuple) for target in targets):
            return None
        lines = "\n".join(" " * 8 + line.strip() for line in segment(reader.code, statement).splitlines())
    else:
        return None
    names = [part for part in ast.walk(statement) if isinstance(part, ast.Name)]
    read = [part.id for part in sorted(names, key=lambda part: (part.lineno, part.col_offset))]
    taken = list(dict.fromkeys(name for name in read if name in known and _is_read(statement, name)))
    if not taken or not given or "self" in read:
        return None
    number = 1 + sum(step.node.startswith("line_") for step in reader.flow)
    while f"line_{number}" in reader.nodes:
        number += 1
    name = f"Line{number}"
    code = STEP.format(
        name=name,
        taken=", ".join(f"{one}: Tensor" for one in taken),
        lines=lines,
        given="answer" if given == [ANSWER] else ", ".join(given),
    )
    node_id = f"line_{number}"
    first = _names("in", len(taken))[0]
    values = {**CodeModule.defaults(), "source": code, "make": f"{name}({{{first}.channels}}, {{{first}.stride}})"}
    reader.nodes[node_id] = Node(node_id, CodeModule.type, CodeModule.version, values)
    return Step(node_id, taken, given, statement.lineno)


def _is_read(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, ast.AugAssign) and getattr(statement.target, "id", "") == name:
        return True
    return any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
        for part in ast.walk(statement)
    )


def _names(way: str, count: int) -> list[str]:
    return [way] if count == 1 else [f"{way}{number}" for number in range(1, count + 1)]


def _taken_as(reader: Reader, name: str, number: int, given: list[str]) -> str:
    """The kind as which a variable is taken later; of the answer, the one that the loss takes."""
    for step in reader.flow[number + 1 :]:
        found = component_of(reader.nodes[step.node])
        if name in step.taken and found is not None and reader.nodes[step.node].type != CodeModule.type:
            return dict(enumerate(kind for _, kind in taken_by(found, len(step.taken))))[step.taken.index(name)]
        if name in step.given:
            break
    if name == reader.answer:
        losses = (
            found for node in reader.nodes.values() if (found := component(node.type)) and found.section == "loss"
        )
        loss = next(losses, None)
        return next((port.kind for port in loss.inputs if port.kind != "targets"), "logits") if loss else "logits"
    return "tensor" if not given or given[0] == "images" else given[0]


def _name_places(node: Node, taken: dict[str, str], makers: dict[str, str]) -> None:
    """`self.before.channels` in what makes a node follows the wire: it becomes {in.channels}."""
    text = str(node.parameters["make"])
    for port, name in taken.items():
        if name in makers:
            text = re.sub(rf"self\.{makers[name]}\.(channels|strides?)\b(?!\[)", rf"{{{port}.\1}}", text)
    node.parameters["make"] = text


def _as_in_base(reader: Reader, node: Node) -> None:
    """What the base says of a node in other words with the same meaning stays as it is there."""
    known = next((one for one in reader.base.nodes if one.id == node.id), None) if reader.base else None
    if known is None or known.type != CodeModule.type:
        return
    values = {**CodeModule.defaults(), **known.parameters}
    if values["source"].strip() == node.parameters["source"].strip():
        node.parameters["source"] = values["source"]
    if _plain(values["make"]) == _plain(node.parameters["make"]):
        node.parameters["make"] = values["make"]
    for name in ("inputs", "outputs"):
        if values[name].count(",") == node.parameters[name].count(","):
            node.parameters[name] = values[name]
    node.parameters |= {name: values[name] for name in ("channels", "stride")}


def _plain(text: str) -> str:
    """A making text with what images are in place of {in.channels}, without spaces."""
    said = {"channels": "channels", "stride": "1", "strides": "(1,)"}
    return re.sub(r"\s", "", PLACE.sub(lambda found: said[found[2]], text))


def _take_literals(reader: Reader, step: Step, makers: dict[str, str], found: type[Component]) -> None:
    """`Conv2d(32, 4, …)` behind own code that does not say its channels says them."""
    call: Any = reader.calls.get(step.node)
    if not isinstance(call, ast.Call) or reader.nodes[step.node].type == CodeModule.type or not step.taken:
        return
    maker = reader.nodes.get(makers.get(step.taken[0], ""))
    if maker is None or maker.type != CodeModule.type:
        return
    for text, argument in zip(found.context, call.args, strict=False):
        name = text.rpartition(".")[2].rstrip("}")
        number = argument.value if isinstance(argument, ast.Constant) else None
        if name in ("channels", "stride") and isinstance(number, int | float):
            maker.parameters[name] = number if name == "channels" else float(number)
