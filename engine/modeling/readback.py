"""From compiled code back to the graph: changed numbers, added and removed parts; what has no drawing is named."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from engine.errors import BadInput
from engine.modeling.catalogue import Component, catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.notes import kept

COLUMN_PX = 230.0


class CodeError(BadInput):
    """Code that cannot be read; `line` counts from 1, 0 when it is no single line."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class ReadBack:
    """The graph, and what of the code it cannot say.

    Attributes:
        lost: line number (from 1) and statement of each; 0 when the whole graph is at fault.
    """

    graph: Graph
    lost: list[tuple[int, str]] = field(default_factory=list)

    @property
    def not_expressible(self) -> list[str]:
        """The statements alone."""
        return [text for _, text in self.lost]


def from_code(code: str, base: Graph | None = None) -> ReadBack:
    """Read code that `compile_graph` wrote and a person may have edited.

    Args:
        base: the graph it came from; gives positions, and whatever the code does not say.

    Raises:
        CodeError: it is not Python, or not the code of a model.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        raise CodeError(
            f"Line {error.lineno} of the model code is not Python: {error.msg}.", error.lineno or 0
        ) from error
    except ValueError as error:  # a null byte
        raise CodeError(f"The model code is not Python: {error}.") from error
    reader = _Reader(tree)
    if not reader.nodes:
        raise CodeError("This code has no part that the catalogue knows; it is not the code of a model.")
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
        self.chain: list[str] = []  # steps of augmentation, in their order
        self.flow: list[tuple[str, list[str], list[str]]] = []  # node, names taken, names given
        self.visit(tree)

    def visit_Assign(self, statement: ast.Assign) -> None:
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            self.constants[target.id] = value.value
        if not isinstance(value, ast.Call):
            return
        name = _called(value)
        if name == "Chain":
            self.chain = [part.attr for part in value.args if isinstance(part, ast.Attribute)]
        elif name in self.classes and isinstance(target, ast.Attribute | ast.Name):
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
        self.components.update({name: self.components.pop(name) for name in self.chain if name in self.components})
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

    def _output_of(self, kind: str, taker: str = "") -> tuple[str, str] | None:
        """The last part that gives such a thing; of the samples, which go from step to step, the last one before it."""
        order = list(self.components)
        before = order[: order.index(taker)] if kind == "samples" and taker else order
        found = [(node, port.name) for node in before for port in self.components[node].outputs
                 if port.kind == kind and node != taker]  # fmt: skip
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
        graph.extra, graph.comments = base.extra, list(base.comments)
        graph.groups = kept(base.groups, {node.id for node in graph.nodes})
        order = {node.id: number for number, node in enumerate(base.nodes)}
        graph.nodes.sort(key=lambda node: order.get(node.id, len(order)))
        edges = {edge: number for number, edge in enumerate(base.edges)}
        graph.edges.sort(key=lambda edge: edges.get(edge, len(edges)))


def _differences(code: str, graph: Graph) -> list[tuple[int, str]]:
    """Statements of the code that the graph, compiled again, does not give."""
    try:
        again = compile_graph(graph)
    except BadInput as problem:
        return [(0, str(problem))]
    known = {text for _, text in _statements(again)}
    return [(line, text) for line, text in _statements(code) if text not in known]


def _statements(code: str) -> list[tuple[int, str]]:
    """Each statement without what stands inside it, with its line."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.stmt):
            text = ast.unparse(node).strip()
            within = getattr(node, "body", None) is not None
            found.append((node.lineno, text.splitlines()[0] if within else text))
    return sorted(found)
