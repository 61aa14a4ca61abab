"""What mends a drawing: each fix is a small change that can be shown, chosen, applied and undone."""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from engine.modeling.catalogue import Component, Text, catalogue, component, component_of, fits
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.notes import kept

OFFERED = 4  # fixes of one kind that are offered at most
SAMPLES = "samples"  # the kind that goes along one way only
ALIKE = 0.75  # of two names, from which one is taken for a slip of the other
CARD = (232.0, 120.0)  # px around a new node that are kept free


@dataclass(frozen=True)
class Fix:
    """A change of a drawing, done in this order: rename, other component, values, edges and nodes away, nodes, edges.

    Attributes:
        sure: nothing else would mend it as well, so a program may do it unasked.
        values: (node, parameter, value).
        without: (node, parameter) that are taken away.
        types: (node, type) of nodes that get another component.
        near: the node beside which new ones lie.
    """

    title: Text
    sure: bool = False
    names: tuple[tuple[str, str], ...] = ()
    types: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str, Any], ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    remove_edges: tuple[Edge, ...] = ()
    remove_nodes: tuple[str, ...] = ()
    add: tuple[tuple[str, str], ...] = ()
    connect: tuple[Edge, ...] = ()
    near: str = field(default="", compare=False)

    def apply(self, graph: Graph) -> Graph:
        """A mended copy."""
        mended = _renamed(deepcopy(graph), dict(self.names))
        for name, type_ in self.types:
            _retype(mended.node(name), type_)
        for name, parameter, value in self.values:
            mended.node(name).parameters[parameter] = value
        for name, parameter in self.without:
            mended.node(name).parameters.pop(parameter, None)
        gone, taken = set(self.remove_edges), {(edge.target, edge.input) for edge in self.connect} - _for_many(graph)
        mended.edges = [
            edge
            for edge in dict.fromkeys(mended.edges)
            if edge not in gone
            and (edge.target, edge.input) not in taken
            and not {edge.source, edge.target} & set(self.remove_nodes)
        ]
        mended.nodes = [node for node in mended.nodes if node.id not in self.remove_nodes]
        for name, type_ in self.add:
            mended.nodes.append(_new(mended, name, type_, self.near))
        there = {node.id for node in mended.nodes}
        mended.edges += [edge for edge in self.connect if edge.source in there and edge.target in there]
        mended.groups = kept(mended.groups, {node.id for node in mended.nodes})
        return mended

    def to_json(self) -> dict[str, Any]:
        """As `model check --json` prints it."""
        return {"title": self.title.en, "title_zh": self.title.zh, "sure": self.sure}


def alone(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """The fixes; when there is one only, it is sure."""
    found = tuple(fixes)[:OFFERED]
    return (replace(found[0], sure=True),) if len(found) == 1 else found


# names and values


def rename(graph: Graph, node_id: str, to: str = "") -> tuple[Fix, ...]:
    """Give a node a name that can stand in code: `to`, or one like its own."""
    base = re.sub(r"\W", "_", to or node_id, flags=re.ASCII).strip("_") or "node"
    base = f"node_{base}" if not base.isidentifier() or keyword.iskeyword(base) else base
    name = _fresh(base, {node.id for node in graph.nodes})
    return alone([Fix(Text(f"Rename it to {name}.", f"重命名为 {name}。"), names=((node_id, name),))])


def without_parameter(node: Node, found: type[Component], name: str) -> tuple[Fix, ...]:
    """A parameter that is not there: a slip of another, or nothing."""
    free = [one for one in found.Parameters.model_fields if one not in node.parameters]
    unset = [one for one, value in found.defaults().items() if node.parameters.get(one, value) == value]
    near = difflib.get_close_matches(name, dict.fromkeys([*free, *unset]), 1, ALIKE)
    drop = Fix(Text(f"Remove “{name}”.", f"删除“{name}”。"), sure=not near, without=((node.id, name),))
    if not near:
        return (drop,)
    words = Text(f"Write it as “{near[0]}”.", f"改写为“{near[0]}”。")
    value = ((node.id, near[0], node.parameters[name]),)
    return Fix(words, sure=True, values=value, without=((node.id, name),)), drop


def allowed_value(node: Node, found: type[Component], name: str) -> tuple[Fix, ...]:
    """The nearest value that is allowed, and the default."""
    default = found.defaults().get(name)
    near = _nearest(found, name, node.parameters.get(name))
    fixes = []
    if near is not None and near != default:
        fixes.append(Fix(Text(f"Take {_told(near)}.", f"改为 {_told(near)}。"), True, values=((node.id, name, near),)))
    words = Text(f"Take the default, {_told(default)}.", f"恢复默认值 {_told(default)}。")
    return *fixes, Fix(words, sure=not fixes, values=((node.id, name, default),))


def default_value(node: Node, name: str, default: Any) -> tuple[Fix, ...]:
    """A parameter as it is at first."""
    words = Text(f"Take the default, {_told(default)}.", f"恢复默认值 {_told(default)}。")
    return (Fix(words, values=((node.id, name, default),)),)


def _nearest(found: type[Component], name: str, value: Any) -> Any:
    """The value of a field that lies nearest to one that is refused; None when nothing is near."""
    info = found.Parameters.model_fields[name]
    choices = get_args(info.annotation)
    number = _number(value)
    if choices and not isinstance(choices[0], type):
        if number is not None and all(isinstance(choice, int | float) for choice in choices):
            return min(choices, key=lambda choice: abs(choice - number))
        near = difflib.get_close_matches(str(value), [str(choice) for choice in choices], 1, 0.6)
        return next((choice for choice in choices if near and str(choice) == near[0]), None)
    if number is None or info.annotation not in (int, float):
        return None
    limit = {key: getattr(rule, key) for rule in info.metadata for key in ("ge", "gt", "le", "lt", "multiple_of") if getattr(rule, key, None) is not None}  # fmt: skip
    step = limit.get("multiple_of") or (1 if info.annotation is int else 0)
    number = min(max(number, limit.get("ge", number)), limit.get("le", number))
    for tried in (round(number / step) * step, -(-number // step) * step, number // step * step) if step else (number,):
        candidate = int(tried) if info.annotation is int else float(tried)
        if _allowed(found, name, candidate):
            return candidate
    return None


def _allowed(found: type[Component], name: str, value: Any) -> bool:
    from pydantic import ValidationError

    try:
        found.Parameters(**{name: value})
    except ValidationError:
        return False
    return True


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < float("inf") else None


# nodes and edges


def of_the_task(graph: Graph, node: Node, found: type[Component]) -> tuple[Fix, ...]:
    """Another component of the same part, for the task of the graph; its wires stay where they fit."""
    others = [other for other in _for_task(graph) if other.section == found.section and _plays(other, found)]
    return alone(_retyping(graph, node, other) for other in others)


def _retyping(graph: Graph, node: Node, other: type[Component]) -> Fix:
    ports = {port.name for port in (*other.inputs, *other.outputs)}
    mine = [edge for edge in graph.edges if node.id in (edge.source, edge.target)]
    lost = tuple(edge for edge in mine if (edge.output if edge.source == node.id else edge.input) not in ports)
    left = replace(graph, edges=[edge for edge in graph.edges if edge not in lost])
    words = Text(f"Replace it by “{other.title.en}”.", f"替换为“{other.title.zh}”。")
    return Fix(words, types=((node.id, other.type),), remove_edges=lost, connect=_wires(left, node.id, other))


def _plays(other: type[Component], found: type[Component]) -> bool:
    """Whether one component has the role of another: a head for a head, a backbone for a backbone."""
    alike = other.section != "network" or other.type.partition(".")[0] == found.type.partition(".")[0]
    return alike and is_step(other) == is_step(found)


def givers(graph: Graph, node_id: str, port: str, kind: str) -> tuple[Fix, ...]:
    """Connect an open input with who gives what it takes, or add a component that does."""
    behind = graph.behind(node_id)
    fixes = [
        Fix(
            Text(f"Connect {one.id}.{output.name} to it.", f"连接 {one.id}.{output.name}。"),
            connect=(Edge(one.id, output.name, node_id, port),),
        )
        for one in graph.nodes
        if one.id not in behind and (found := component_of(one)) is not None
        for output in found.outputs
        if fits(output.kind, kind)
    ]
    there = {one.type for one in graph.nodes}
    new = [_adding(graph, other, node_id) for other in _parts(graph) if _gives(other, kind)]
    if fixes or not any(type_ in there for fix in new for _, type_ in fix.add):
        return alone(fixes or new)
    return tuple(new[:OFFERED])  # another of what is there already: a person should know


def missing_part(graph: Graph, section: str) -> tuple[Fix, ...]:
    """Add the part that every model needs, wired where that is clear."""
    near = graph.nodes[-1].id if graph.nodes else ""
    return alone(_adding(graph, other, near) for other in _parts(graph) if other.section == section)


def _adding(graph: Graph, other: type[Component], near: str) -> Fix:
    name = _fresh(other.type.partition(".")[0], {node.id for node in graph.nodes})
    words = Text(f"Add “{other.title.en}”.", f"添加“{other.title.zh}”。")
    return Fix(words, add=((name, other.type),), connect=_wires(graph, name, other), near=near)


def unlike(graph: Graph, edge: Edge, given: str, taken: str) -> tuple[Fix, ...]:
    """An edge between kinds that do not fit: a component between, another giver, or no edge."""
    between = [other for other in _for_task(graph) if _gives(other, taken) and _port(other.inputs, given)]
    fixes = [_inserting(graph, edge, other, given, taken) for other in between]
    fixes += [fix for fix in givers(graph, edge.target, edge.input, taken) if fix.connect and not fix.add]
    drop = no_edge(edge)
    return tuple(fixes[: OFFERED - 1]) + tuple(drop) if len(fixes) != 1 else (replace(fixes[0], sure=True), replace(drop[0], sure=False))  # fmt: skip


def _inserting(graph: Graph, edge: Edge, other: type[Component], given: str, taken: str) -> Fix:
    name = _fresh(other.type.partition(".")[0], {node.id for node in graph.nodes})
    first = Edge(edge.source, edge.output, name, _port(other.inputs, given))
    second = Edge(name, _port(other.outputs, taken), edge.target, edge.input)
    words = Text(f"Put “{other.title.en}” between them.", f"在两者之间加入“{other.title.zh}”。")
    return Fix(words, remove_edges=(edge,), add=((name, other.type),), connect=(first, second), near=edge.source)


def no_edge(edge: Edge) -> tuple[Fix, ...]:
    """Take an edge away."""
    text = f"{edge.source}.{edge.output} → {edge.target}.{edge.input}"
    return (Fix(Text(f"Remove the edge {text}.", f"删除连线 {text}。"), sure=True, remove_edges=(edge,)),)


def one_edge(edges: Iterable[Edge]) -> tuple[Fix, ...]:
    """Of several edges at one input, keep one."""
    all_of_them = list(dict.fromkeys(edges))
    return alone(
        Fix(
            Text(f"Keep that of {edge.source}.{edge.output}.", f"只保留来自 {edge.source}.{edge.output} 的连线。"),
            remove_edges=tuple(other for other in all_of_them if other != edge),
        )
        for edge in all_of_them
    )


def one_node(nodes: Iterable[Node]) -> tuple[Fix, ...]:
    """Of several parts of which a model has one, remove one."""
    return tuple(Fix(Text(f"Remove {node.id}.", f"删除 {node.id}。"), remove_nodes=(node.id,)) for node in nodes)[
        :OFFERED
    ]


def in_a_row(graph: Graph, giver: str, takers: Iterable[str]) -> tuple[Fix, ...]:
    """Of several that take the images of one, let each take them from the one before; the last gives no more samples."""
    there = {node.id for node in graph.nodes}
    ends = sorted(
        {name: 0 for name in takers if name in there},
        key=lambda name: bool(_port(_outputs(graph.node(name)), SAMPLES)),
        reverse=True,
    )
    given = [(name, _port(_outputs(graph.node(name)), SAMPLES)) for name in (giver, *ends[:-1])]
    if not all(port for _, port in given):
        return ()
    edges = (Edge(*end, name, _port(_inputs(graph.node(name)), SAMPLES)) for end, name in zip(given, ends, strict=True))
    return (Fix(Text("Put them one behind the other.", "依次串联。"), connect=tuple(edges)),)


def into_chain(graph: Graph, node_id: str) -> tuple[Fix, ...]:
    """Put a step that nobody takes from before the last one, which gives the images to the network."""
    last = next(
        (n for n in graph.nodes if _port(_outputs(n), "images") and _port(_inputs(n), SAMPLES) and n.id != node_id),
        None,
    )
    if last is None:
        return ()
    port = _port(_inputs(last), SAMPLES)
    out, into = _port(_outputs(graph.node(node_id)), SAMPLES), _port(_inputs(graph.node(node_id)), SAMPLES)
    mine, others = graph.sources(node_id, into), graph.sources(last.id, port)
    edges = [Edge(node_id, out, last.id, port)]
    if not mine:
        edges += [replace(one, target=node_id, input=into) for one in others if one.source not in graph.behind(node_id)]
    sure = len(edges) > 1 or {edge.source for edge in others} <= {edge.source for edge in mine}
    return (Fix(Text(f"Put it before {last.id}.", f"接到 {last.id} 之前。"), sure, connect=tuple(edges)),)


def into_training(graph: Graph, node: Node) -> tuple[Fix, ...]:
    """Connect what does nothing alone with the inputs that may stay open and take it, or remove it."""
    taken = {(edge.target, edge.input) for edge in graph.edges}
    behind = graph.behind(node.id)
    fixes = [
        Fix(
            Text(f"Connect it with {one.id}.{port.name}.", f"连接到 {one.id}.{port.name}。"),
            connect=(Edge(node.id, output.name, one.id, port.name),),
        )
        for one in graph.nodes
        if one.id != node.id and one.id not in behind
        for port in _inputs(one)
        for output in _outputs(node)
        if port.optional and fits(output.kind, port.kind) and (port.many or (one.id, port.name) not in taken)
    ]
    drop = Fix(Text(f"Remove {node.id}.", f"删除 {node.id}。"), remove_nodes=(node.id,))
    return (*fixes[: OFFERED - 1], drop)


def open_circle(graph: Graph, node_id: str) -> tuple[Fix, ...]:
    """Remove one of the edges that come back to a node from behind it."""
    behind = graph.behind(node_id)
    back = [edge for edge in graph.edges if edge.target == node_id and edge.source in behind]
    return alone(fix for edge in back for fix in (replace(no_edge(edge)[0], sure=False),))


def _wires(graph: Graph, name: str, found: type[Component]) -> tuple[Edge, ...]:
    """The edges of a node that are clear: from the one who gives, to the open inputs that take."""
    taken = {(edge.target, edge.input) for edge in graph.edges}
    behind = graph.behind(name)
    edges: list[Edge] = []
    for port in found.inputs:
        ends = [(n.id, o.name) for n in graph.nodes if n.id != name and n.id not in behind for o in _outputs(n) if fits(o.kind, port.kind)]  # fmt: skip
        if len(ends) == 1 and (name, port.name) not in taken:
            edges.append(Edge(*ends[0], name, port.name))
    before = {edge.source for edge in edges}
    for output in found.outputs:
        edges += [
            Edge(name, output.name, node.id, port.name)
            for node in graph.nodes
            if node.id != name and node.id not in before
            for port in _inputs(node)
            if fits(output.kind, port.kind) and (node.id, port.name) not in taken
        ]
    return tuple(edges)


def _for_task(graph: Graph) -> list[type[Component]]:
    return [found for found in catalogue().values() if graph.task in found.tasks]


def _parts(graph: Graph) -> list[type[Component]]:
    return [found for found in _for_task(graph) if not is_step(found)]


def is_step(found: type[Component] | None) -> bool:
    """Whether it stands between two parts and takes the place of neither: it chooses samples, or weighs a loss."""
    kinds = {port.kind for port in found.inputs} if found is not None else set()
    return found is not None and {"data": bool(kinds), "loss": "loss" in kinds}.get(found.section, False)


def _gives(found: type[Component], kind: str) -> bool:
    return any(port.kind == kind for port in found.outputs)


def _port(ports: Iterable[Any], kind: str) -> str:
    return next((str(port.name) for port in ports if port.kind == kind), "")


def _for_many(graph: Graph) -> set[tuple[str, str]]:
    """The inputs at which several edges may end."""
    return {(node.id, port.name) for node in graph.nodes for port in _inputs(node) if port.many}


def _outputs(node: Node) -> tuple[Any, ...]:
    found = component_of(node)
    return found.outputs if found is not None else ()


def _inputs(node: Node) -> tuple[Any, ...]:
    found = component_of(node)
    return found.inputs if found is not None else ()


def _fresh(base: str, taken: Collection[str]) -> str:
    return next(name for name in (base, *(f"{base}_{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _renamed(graph: Graph, names: Mapping[str, str]) -> Graph:
    for node in graph.nodes if names else ():
        node.id = names.get(node.id, node.id)
    if names:
        graph.edges = [
            replace(edge, source=names.get(edge.source, edge.source), target=names.get(edge.target, edge.target))
            for edge in graph.edges
        ]
        graph.groups = [
            replace(group, nodes=tuple(names.get(node, node) for node in group.nodes)) for group in graph.groups
        ]
    return graph


def _retype(node: Node, type_: str) -> None:
    """Another component."""
    old, new = component(node.type), component(type_)
    assert new is not None
    node.type, node.version = type_, new.version
    node.parameters = new.in_place_of(old, node.parameters)


def _new(graph: Graph, name: str, type_: str, near: str) -> Node:
    found = component(type_)
    places = [node.position for node in graph.nodes]
    x, y = next((node.position for node in graph.nodes if node.id == near), (0.0, 0.0))
    y += CARD[1] if places else 0
    while any(abs(x - a) < CARD[0] and abs(y - b) < CARD[1] for a, b in places):
        y += 24.0
    assert found is not None
    return Node(name, type_, found.version, found.defaults(), (x, y))


def _told(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
