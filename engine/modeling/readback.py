"""From compiled code back to the graph: changed numbers, added and removed parts; what has no drawing is named."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from engine.errors import BadInput
from engine.modeling.catalogue import Component, catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Edge, Graph, Node

COLUMN_PX = 230.0


@dataclass
class ReadBack:
    """The graph, and the lines of the code that it cannot say."""

    graph: Graph
    not_expressible: list[str] = field(default_factory=list)


def from_code(code: str, base: Graph | None = None) -> ReadBack:
    """Read code that `compile_graph` wrote and a person may have edited.

    Args:
        base: the graph it came from; gives positions, and whatever the code does not say.

    Raises:
        BadInput: it is not Python, or not the code of a model.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        raise BadInput(f"Line {error.lineno} of the model code is not Python: {error.msg}.") from error
    reader = _Reader(tree)
    if not reader.nodes:
        raise BadInput("This code has no part that the catalogue knows; it is not the code of a model.")
    name = str(reader.constants.get("NAME", base.name if base else "model"))
    task = str(reader.constants.get("TASK", base.task if base else "detection"))
    graph = Graph(name, task, list(reader.nodes.values()), reader.edges(), recipe=base.recipe if base else "")
    _place(graph, base)
    return ReadBack(graph, _differences(code, graph))


class _Reader(ast.NodeVisitor):
    """Collects `self.id = Class(…)`, `ID = Class(…)`, constants, and the flow of `forward`."""

    def __init__(self, tree: ast.Module) -> None:
        self.classes = {found.call.partition(":")[2]: found for found in _by_call()}
        self.nodes: dict[str, Node] = {}
        self.components: dict[str, type[Component]] = {}
        self.constants: dict[str, Any] = {}
        self.flow: list[tuple[str, list[str], list[str]]] = []  # node, names taken, names given
        self.visit(tree)

    def visit_Assign(self, statement: ast.Assign) -> None:
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            self.constants[target.id] = value.value
        if not isinstance(value, ast.Call):
            return
        name = _called(value)
        if name in self.classes and isinstance(target, ast.Attribute | ast.Name):
            self._node(
                target.attr if isinstance(target, ast.Attribute) else target.id.lower(), self.classes[name], value
            )
        elif name in self.nodes and isinstance(target, ast.Name | ast.Tuple):
            given = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
            taken = [part.id for part in value.args if isinstance(part, ast.Name)]
            self.flow.append((name, taken, given))

    def _node(self, node_id: str, found: type[Component], call: ast.Call) -> None:
        values = {}
        for argument in call.keywords:
            try:
                values[str(argument.arg)] = ast.literal_eval(argument.value)
            except ValueError:
                continue  # an expression: told as a difference at the end
        self.nodes[node_id] = Node(node_id, found.type, found.version, {**found.defaults(), **values})
        self.components[node_id] = found

    def edges(self) -> list[Edge]:
        """Connections of the network by its variables; of the rest by what each kind of port can take only."""
        givers = {"images": self._output_of("images")}
        edges = []
        for node, taken, given in self.flow:
            for port, name in zip(self.components[node].inputs, taken, strict=False):
                if (source := givers.get(name)) is not None:
                    edges.append(Edge(*source, node, port.name))
            for port, name in zip(self.components[node].outputs, given, strict=False):
                givers[name] = (node, port.name)
        for node, found in self.components.items():
            for port in found.inputs:
                known = any(edge.target == node and edge.input == port.name for edge in edges)
                if (
                    not known
                    and found.section != "network"
                    and (source := self._output_of(port.kind, node)) is not None
                ):
                    edges.append(Edge(*source, node, port.name))
        return edges

    def _output_of(self, kind: str, but: str = "") -> tuple[str, str] | None:
        found = [
            (node, port.name)
            for node, giver in self.components.items()
            for port in giver.outputs
            if port.kind == kind and node != but
        ]
        return found[-1] if found else None


def _by_call() -> list[type[Component]]:
    return list(catalogue().values())


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _place(graph: Graph, base: Graph | None) -> None:
    known = {node.id: node for node in base.nodes} if base else {}
    for column, node in enumerate(graph.in_order()):
        if node.id in known:
            node.position, node.extra = known[node.id].position, known[node.id].extra
        else:
            node.position = (column * COLUMN_PX, 0.0)
    if base:
        graph.extra = base.extra
        order = {node.id: number for number, node in enumerate(base.nodes)}
        graph.nodes.sort(key=lambda node: order.get(node.id, len(order)))
        edges = {edge: number for number, edge in enumerate(base.edges)}
        graph.edges.sort(key=lambda edge: edges.get(edge, len(edges)))


def _differences(code: str, graph: Graph) -> list[str]:
    """Lines of the code that the graph, compiled again, does not give."""
    try:
        again = ast.unparse(ast.parse(compile_graph(graph))).splitlines()
    except BadInput as problem:
        return [str(problem)]
    known = {line.strip() for line in again}
    lines = ast.unparse(ast.parse(code)).splitlines()
    return [line.strip() for line in lines if line.strip() and line.strip() not in known]
