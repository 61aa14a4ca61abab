"""Where the nodes of a drawing lie best: in columns along the flow, with few crossings (Sugiyama et al. 1981)."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from engine.modeling.catalogue import component
from engine.modeling.graph import Edge, Graph, Node

FRAME, TITLE = 24.0, 32.0  # px around the nodes of a group, and above them for its title
GAP_X, GAP_Y, GAP_ROW = 64.0, 40.0, 72.0
SIZE = (208.0, 96.0)
GRID = 8.0
SWEEPS = 4
Place = tuple[float, float]


def arrange(
    graph: Graph, sizes: Mapping[str, tuple[float, float]] | None = None, shape: float = inf
) -> dict[str, Place]:
    """The upper left corner of each node, px on a grid of 8; the drawing begins at (0, 0).

    Groups stay together: what is in one is laid out by itself, and the whole of it takes one place.

    Args:
        sizes: width and height of each card, px, and of the box of each folded group as "group:id"; those that are missing
            are taken as a usual one.
        shape: width / height of where it is looked at. The columns go on in rows below each other, as lines of a text
            do, when it is seen larger that way.
    """
    if graph.groups:
        return _with_groups(graph, dict(sizes or {}), shape)
    columns = _in_columns(graph)
    _sort(graph, columns)
    wide = [max(_size(sizes, node)[0] for node in column) for column in columns]
    tall = [sum(_size(sizes, node)[1] + GAP_Y for node in column) - GAP_Y for column in columns]
    places: dict[str, Place] = {}
    top = 0.0
    rows = _rows(wide, tall, shape)
    for row in rows:
        height = max(tall[at] for at in row)
        x = 0.0
        for at in row:
            y = top + ((height - tall[at]) / 2 if len(rows) == 1 else 0.0)  # else wires back run between the rows
            for node in columns[at]:
                places[node] = (round(x / GRID) * GRID, round(y / GRID) * GRID)
                y += _size(sizes, node)[1] + GAP_Y
            x += wide[at] + GAP_X
        top += height + GAP_ROW
    return places


def _with_groups(graph: Graph, sizes: dict[str, tuple[float, float]], shape: float) -> dict[str, Place]:
    """Lay each group out by itself, then all of them as single nodes."""
    home = {node: f"group:{group.id}" for group in graph.groups for node in group.nodes}
    inner: dict[str, dict[str, Place]] = {}
    margins: dict[str, Place] = {}
    for group in graph.groups:
        name, nodes = f"group:{group.id}", set(group.nodes)
        part = [node for node in graph.nodes if node.id in nodes]
        between = [edge for edge in graph.edges if edge.source in nodes and edge.target in nodes]
        inner[name] = arrange(Graph(group.id, graph.task, part, between), sizes)
        if group.folded:  # the box lies where its first card would
            margins[name] = (0.0, -min(inner[name].values())[1])
        else:
            margins[name] = (FRAME, FRAME + TITLE)
            right = max(x + _size(sizes, node)[0] for node, (x, _) in inner[name].items())
            below = max(y + _size(sizes, node)[1] for node, (_, y) in inner[name].items())
            sizes[name] = (right + FRAME * 2, below + FRAME * 2 + TITLE)
    names = dict.fromkeys(home.get(node.id, node.id) for node in graph.nodes)
    types = {node.id: node.type for node in graph.nodes}
    blocks = [Node(name, types.get(name, "")) for name in names]
    ends = [(home.get(edge.source, edge.source), home.get(edge.target, edge.target), edge) for edge in graph.edges]
    edges = [Edge(source, edge.output, target, edge.input) for source, target, edge in ends if source != target]
    places = arrange(Graph(graph.name, graph.task, blocks, edges), sizes, shape)
    for name, inside in inner.items():
        x, y = places.pop(name)
        places |= {node: (x + dx + margins[name][0], y + dy + margins[name][1]) for node, (dx, dy) in inside.items()}
    return places


def _rows(wide: list[float], tall: list[float], shape: float) -> list[range]:
    """The columns of each row, so that all of it is seen as large as possible."""
    best: tuple[float, list[range]] = (inf, [])
    for count in range(1, len(wide) + 1):
        limit = (sum(wide) + GAP_X * len(wide)) / count
        rows, start, width = [], 0, 0.0
        for at, one in enumerate(wide):
            if at > start and width + one / 2 > limit:
                rows.append(range(start, at))
                start, width = at, 0.0
            width += one + GAP_X
        rows.append(range(start, len(wide)))
        across = max(sum(wide[at] + GAP_X for at in row) for row in rows)
        down = sum(max(tall[at] for at in row) + GAP_ROW for row in rows)
        need = max(across / shape, down) if shape < inf else float(count)
        if need < best[0]:
            best = (need, rows)
    return best[1]


def _in_columns(graph: Graph) -> list[list[str]]:
    """Each node behind all that it takes from; what takes from nobody stands just before whom it gives to."""
    before: dict[str, set[str]] = {node.id: set() for node in graph.nodes}
    after: dict[str, set[str]] = {node.id: set() for node in graph.nodes}
    order = [node.id for node in graph.in_order()]
    rank = {node: number for number, node in enumerate(order)}
    for edge in graph.edges:
        if rank.get(edge.source, 0) < rank.get(edge.target, -1):  # edges that close a circle say nothing of the order
            before[edge.target].add(edge.source)
            after[edge.source].add(edge.target)
    column: dict[str, int] = {}
    for node in order:
        column[node] = max((column[one] + 1 for one in before[node]), default=0)
    for node in order:
        if not before[node] and after[node]:
            column[node] = min(column[one] for one in after[node]) - 1
    used = sorted(set(column.values()))
    return [[node for node in order if column[node] == at] for at in used]


def _sort(graph: Graph, columns: list[list[str]]) -> None:
    """Order each column by where its neighbours' ports lie, forth and back."""
    types = {node.id: node.type for node in graph.nodes}
    near: dict[str, list[tuple[str, float]]] = {node: [] for node in types}
    for edge in graph.edges:
        if edge.source in near and edge.target in near:
            near[edge.source].append((edge.target, _port(types[edge.target], edge.input)))
            near[edge.target].append((edge.source, _port(types[edge.source], edge.output)))
    for sweep in range(SWEEPS):
        place = {node: number - len(column) / 2 for column in columns for number, node in enumerate(column)}
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            heights = {
                node: sum(place[one] + port for one, port in near[node]) / len(near[node])
                if near[node]
                else place[node]
                for node in column
            }
            column.sort(key=lambda node: heights[node])
            place.update({node: number - len(column) / 2 for number, node in enumerate(column)})


def _port(type_: str, name: str) -> float:
    """How far down a port is on its card, as a small part of a card."""
    found = component(type_)
    for ports in (found.inputs, found.outputs) if found is not None else ():
        for number, port in enumerate(ports):
            if port.name == name:
                return number / 10
    return 0.0


def _size(sizes: Mapping[str, tuple[float, float]] | None, node: str) -> tuple[float, float]:
    return (sizes or {}).get(node, SIZE)
