"""From compiled code back to the graph: changed numbers, added and removed parts; what has no drawing is named."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from engine.errors import BadInput
from engine.modeling.catalogue import Component, catalogue, component_of
from engine.modeling.catalogue.code import CodeText
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.notes import kept
from engine.modeling.own_code import (
    ANSWER,
    PARTS,
    Step,
    brought_by,
    own_classes,
    own_node,
    read_flow,
    segment,
    settle,
    taken_by,
    used_classes,
)

COLUMN_PX = 230.0
IMPORTED = ("import pytorch_lightning as pl", "from torch import Tensor, nn")


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
    reader = _Reader(tree, code, base)
    if not reader.nodes:
        raise CodeError("This code has no part that the catalogue knows; it is not the code of a model.")
    name = str(reader.constants.get("NAME", base.name if base else "model"))
    task = str(reader.constants.get("TASK", base.task if base else "detection"))
    edges = reader.edges()
    graph = Graph(name, task, list(reader.nodes.values()), edges, recipe=base.recipe if base else "")
    _place(graph, base)
    return ReadBack(graph, _differences(code, graph, reader.understood))


class _Reader(ast.NodeVisitor):
    """Collects `self.id = Class(…)`, `ID = Class(…)`, constants, and the flow of `forward`.

    Attributes:
        code: the text, for what is kept as it stands.
        understood: lines of `forward` that the edges say.
    """

    def __init__(self, tree: ast.Module, code: str, base: Graph | None) -> None:
        self.code, self.base = code, base
        self.classes = {found.call.partition(":")[2]: found for found in _by_call()}
        self.classes.pop("")
        for name in own_classes(tree, self.classes):
            del self.classes[name]
        self.nodes: dict[str, Node] = {}
        self.calls: dict[str, ast.expr] = {}  # what each node of the network is made by
        self.named: list[Edge] = []  # what is connected with inputs that may stay open
        self.constants: dict[str, Any] = {}
        self.chain: list[str] = []  # steps of augmentation, in their order
        self.flow: list[Step] = []
        self.understood: set[int] = set()
        self.answer = ANSWER  # the variable that `forward` gives back
        self._scope = ""
        self.own = {part.name: part for part in tree.body if isinstance(part, ast.ClassDef) and part.name not in PARTS}
        self.visit(tree)
        self._keep_text(tree)
        settle(self)

    @property
    def components(self) -> dict[str, type[Component]]:
        """The component of each node, with its ports."""
        return {node.id: found for node in self.nodes.values() if (found := component_of(node)) is not None}

    def visit_ClassDef(self, part: ast.ClassDef) -> None:
        if part.name in PARTS:
            self._scope = part.name
            self.generic_visit(part)
            self._scope = ""

    def visit_FunctionDef(self, part: ast.FunctionDef) -> None:
        if not self._scope:
            return
        if self._scope == "Network" and part.name == "forward":
            read_flow(self, part)
        else:
            self.generic_visit(part)

    def visit_Assign(self, statement: ast.Assign) -> None:
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and not self._scope:
            self.constants[target.id] = value.value
        if not isinstance(value, ast.Call) or not isinstance(target, ast.Attribute | ast.Name):
            return
        name = _called(value)
        if name == "Chain":
            self.chain = [part.attr for part in value.args if isinstance(part, ast.Attribute)]
        elif name in self.classes:
            self._node(
                target.attr if isinstance(target, ast.Attribute) else target.id.lower(), self.classes[name], value
            )
        elif self._scope == "Network" and isinstance(target, ast.Attribute):
            self.nodes[target.attr] = own_node(self, target.attr, value)
            self.calls[target.attr] = value

    def _node(self, node_id: str, found: type[Component], call: ast.Call) -> None:
        values = {}
        open_ends = {port.name: port for port in found.inputs if port.optional}
        for argument in call.keywords:
            if argument.arg in open_ends:
                self._names(node_id, argument.arg, argument.value)
                continue
            try:
                values[str(argument.arg)] = ast.literal_eval(argument.value)
            except ValueError:
                continue  # an expression: told as a difference at the end
        if found.shelf and len(values) == len(call.keywords) and len(call.args) == len(found.context):
            self.understood.add(call.lineno)  # sizes follow from the wires
        self.nodes[node_id] = Node(node_id, found.type, found.version, {**found.defaults(), **values})
        self.calls[node_id] = call

    def _names(self, node_id: str, port: str, value: ast.expr) -> None:
        """`port=NAME` or `port=(NAME, NAME)`: edges from those nodes, if there are such."""
        for part in value.elts if isinstance(value, ast.Tuple | ast.List) else [value]:
            giver = self.nodes.get(part.id.lower()) if isinstance(part, ast.Name) else None
            made = component_of(giver) if giver is not None else None
            if giver is not None and made is not None and made.outputs:
                self.named.append(Edge(giver.id, made.outputs[0].name, node_id, port))

    def _keep_text(self, tree: ast.Module) -> None:
        """Imports, functions and constants of a person's own become a node of text."""
        said = {line for node in self.nodes.values() for line in brought_by(node)}
        kept = [part for part in tree.body if self._is_own(part) and ast.unparse(part) not in said]
        if kept:
            text = "\n".join(segment(self.code, part) for part in kept) + "\n"
            known = next((node for node in self.base.nodes if node.type == CodeText.type), None) if self.base else None
            if known is not None and known.parameters.get("source", "").strip() == text.strip():
                text = known.parameters["source"]
            node_id = known.id if known is not None else "code"
            self.nodes[node_id] = Node(node_id, CodeText.type, CodeText.version, {"source": text})

    def _is_own(self, part: ast.stmt) -> bool:
        if isinstance(part, ast.ImportFrom):
            return not (part.module or "").startswith("engine.") and ast.unparse(part) not in IMPORTED
        if isinstance(part, ast.Import):
            return ast.unparse(part) not in IMPORTED
        if isinstance(part, ast.ClassDef):
            return part.name not in PARTS and part.name not in used_classes(self)
        if isinstance(part, ast.Assign):
            target = part.targets[0]
            named = isinstance(target, ast.Name) and (target.id in ("NAME", "TASK") or target.id.lower() in self.nodes)
            return not named and not (isinstance(part.value, ast.Call) and _called(part.value) in self.classes)
        return isinstance(part, ast.FunctionDef | ast.AnnAssign)

    def edges(self) -> list[Edge]:
        """Connections of the network by its variables; of the rest by what each kind of port can take only."""
        self.nodes.update({name: self.nodes.pop(name) for name in self.chain if name in self.nodes})
        components = self.components
        givers = {name: _output_of(components, name) for name in ("images", "rows")}
        edges: list[Edge] = []
        for step in self.flow:
            for (entry, _), name in zip(taken_by(components[step.node], len(step.taken)), step.taken, strict=False):
                if (source := givers.get(name)) is not None:
                    edges.append(Edge(*source, step.node, entry))
                else:
                    self.understood.discard(step.line)
            for port, name in zip(components[step.node].outputs, step.given, strict=False):
                givers[name] = (step.node, port.name)
        answer = givers.get(self.answer)
        for node, found in components.items():
            for port in found.inputs if found.section != "network" else ():
                if port.optional:
                    edges += [edge for edge in self.named if (edge.target, edge.input) == (node, port.name)]
                    continue
                source = answer if found.section == "loss" and port.kind not in ("targets", "loss") else None
                source = source or _output_of(components, port.kind, node)
                if source is not None:
                    edges.append(Edge(*source, node, port.name))
        return edges


def _output_of(components: dict[str, type[Component]], kind: str, taker: str = "") -> tuple[str, str] | None:
    """The last part that gives such a thing; of samples and losses, which go from step to step, the last one before it."""
    order = list(components)
    chained = kind == "samples" or (kind == "loss" and components.get(taker, Component).section == "loss")
    before = order[: order.index(taker)] if chained and taker else order
    found = [(node, port.name) for node in before for port in components[node].outputs
             if port.kind == kind and node != taker]  # fmt: skip
    return found[-1] if found else None


def _by_call() -> list[type[Component]]:
    return list(catalogue().values())


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", "")


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


def _differences(code: str, graph: Graph, understood: set[int]) -> list[tuple[int, str]]:
    """Statements of the code that the graph, compiled again, does not give."""
    try:
        again = compile_graph(graph)
    except BadInput as problem:
        return [(0, str(problem))]
    known = {text for _, text in _statements(again)}
    return [(line, text) for line, text in _statements(code) if text not in known and line not in understood]


def _statements(code: str) -> list[tuple[int, str]]:
    """Each statement without what stands inside it, with its line; arguments that code may leave out are left out."""
    found = []
    quiet = {component.call.partition(":")[2]: component.quiet() for component in _by_call()}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            left_out = {(name, repr(value)) for name, value in quiet.get(_called(node.value), {}).items()}
            node.value.keywords = [
                word for word in node.value.keywords if (word.arg, ast.unparse(word.value)) not in left_out
            ]
        if isinstance(node, ast.stmt):
            text = ast.unparse(node).strip()
            within = getattr(node, "body", None) is not None
            found.append((node.lineno, text.splitlines()[0] if within else text))
    return sorted(found)
