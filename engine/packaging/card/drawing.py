"""Drawings of a model card: the graph, and the worst mistakes with their boxes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.data.report.svg import Drawing, escape

if TYPE_CHECKING:
    from engine.evaluation.results import Evaluation
    from engine.modeling.graph import Graph
    from engine.workspace import Workspace

CARD = (168.0, 52.0)
TILE, CAPTION, ACROSS = 148.0, 22.0, 4
SOURCE = 320  # px of the pictures that are inlined


def graph_svg(graph: Graph, title: str, language: str) -> str:
    """The nodes as cards in rows below each other, with the wires between them."""
    from engine.modeling.catalogue import component
    from engine.modeling.layout import arrange

    places = arrange(graph, {node.id: CARD for node in graph.nodes}, shape=1.5)
    width = max((x for x, _ in places.values()), default=0) + CARD[0] + 28
    height = max((y for _, y in places.values()), default=0) + CARD[1] + 16
    drawing = Drawing(width, height, title)
    for edge in graph.edges:
        if edge.source in places and edge.target in places:
            _wire(drawing, places[edge.source], places[edge.target])
    for node in graph.nodes:
        x, y = places[node.id][0] + 8, places[node.id][1] + 8
        found = component(node.type)
        drawing.parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{CARD[0]:.0f}" height="{CARD[1]:.0f}" rx="6" class="node"/>'
        )
        drawing.rect(x, y + 8, 3, CARD[1] - 16)
        drawing.text(x + 14, y + 22, found.title.of(language) if found else node.type, room=CARD[0] - 22)
        drawing.text(x + 14, y + 40, node.id, kind="q", room=CARD[0] - 22)
    style = ".node{fill:var(--ground,#fff);stroke:var(--line,#c9d0d8);stroke-width:1}.wire{fill:none;stroke:var(--quiet,#5b6472);stroke-width:1.2}"
    return drawing.svg().replace("</style>", f"{style}</style>", 1)


def _wire(drawing: Drawing, source: tuple[float, float], target: tuple[float, float]) -> None:
    x, y = source[0] + 8 + CARD[0], source[1] + 8 + CARD[1] / 2
    to_x, to_y = target[0] + 8, target[1] + 8 + CARD[1] / 2
    path = f"C{x + 32:.0f} {y:.0f} {to_x - 32:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}"
    if to_x <= x:  # to a row below: along the room between the rows
        side = -14 if to_y > y else 14
        path = f"H{x + 12:.0f} V{to_y - CARD[1] / 2 + side:.0f} H{max(2.0, to_x - 6):.0f} V{to_y:.0f} H{to_x:.0f}"
    drawing.parts.append(f'<path class="wire" d="M{x:.0f} {y:.0f} {path}"/>')


def mistakes_svg(ws: Workspace, evaluation: Evaluation, rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """Pictures side by side: true boxes dashed green, found ones blue where right and red where not."""
    lines = -(-len(rows) // ACROSS)
    drawing = Drawing(ACROSS * (TILE + 12) - 12, lines * (TILE + CAPTION + 10), title)
    for at, row in enumerate(rows):
        x, y = (at % ACROSS) * (TILE + 12), (at // ACROSS) * (TILE + CAPTION + 10)
        _tile(drawing, ws, evaluation, row, x, y)
    style = (
        ".back{fill:var(--line,#e4e8ed)}.true,.wrong,.right{fill:none;stroke-width:1.6}.true{stroke:#15803d;stroke-dasharray:4 3}"
        ".wrong{stroke:#b91c1c}.right{stroke:#1f6feb}"
    )
    svg = drawing.svg().replace("</style>", f"{style}</style>", 1)
    return svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1)


def _tile(drawing: Drawing, ws: Workspace, evaluation: Evaluation, row: Mapping[str, Any], x: float, y: float) -> None:
    from engine.data.items import thumbnail
    from engine.errors import LinesideError

    drawing.rect(x, y, TILE, TILE, "back")
    scale = TILE / max(row["width"], row["height"], 1)
    wide, high = row["width"] * scale, row["height"] * scale
    left, top = x + (TILE - wide) / 2, y + (TILE - high) / 2
    try:
        data = base64.b64encode(thumbnail(ws, evaluation.ids[row["item_key"]], SOURCE)).decode()
        drawing.parts.append(
            f'<image x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" preserveAspectRatio="none"'
            f' xlink:href="data:image/jpeg;base64,{data}"/>'
        )
    except (LinesideError, OSError, KeyError):
        drawing.text(x + TILE / 2, y + TILE / 2, "–", "middle", "q")
    for one in evaluation.matches:
        if one["item_key"] == row["item_key"]:
            right = one["truth"] == one["predicted"]
            for prefix, kind in (("true_", "true"), ("", "right" if right else "wrong")):
                if box := one[f"{prefix}box"]:
                    if points := one.get(f"{prefix}points"):
                        _bones(drawing, points, one.get(f"{prefix}edges") or (), (left, top, scale), kind)
                        continue
                    drawing.parts.append(
                        f'<rect x="{left + box[0] * scale:.1f}" y="{top + box[1] * scale:.1f}" class="{kind}"'
                        f' width="{(box[2] - box[0]) * scale:.1f}" height="{(box[3] - box[1]) * scale:.1f}"/>'
                    )
    name = str(row["name"]).rsplit("/", 1)[-1]
    told = f"{', '.join(sorted(set(row['truth']))) or '–'} → {', '.join(sorted(set(row['predicted']))) or '–'}"
    drawing.parts.append(f"<g><title>{escape(name)}</title>")
    drawing.text(x, y + TILE + 15, told, kind="q", room=TILE)
    drawing.parts.append("</g>")


def _bones(
    drawing: Drawing,
    flat: Sequence[float],
    edges: Sequence[Sequence[int]],
    place: tuple[float, float, float],
    kind: str,
) -> None:
    """A skeleton: lines between its points, and a small circle around each."""
    left, top, scale = place
    points = [(left + x * scale, top + y * scale) for x, y in zip(flat[::3], flat[1::3], strict=True)]
    there = [v > 0 for v in flat[2::3]]
    lines = " ".join(
        f"M{points[a][0]:.1f} {points[a][1]:.1f}L{points[b][0]:.1f} {points[b][1]:.1f}"
        for a, b in edges
        if there[a] and there[b]
    )
    drawing.parts.append(f'<path class="{kind}" d="{lines}"/>' if lines else "")
    drawing.parts += [
        f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>'
        for (x, y), known in zip(points, there, strict=True)
        if known
    ]
