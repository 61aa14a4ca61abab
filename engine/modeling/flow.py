"""What flows along the edges as far as parameters tell it: channels and strides, without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from engine.modeling.catalogue import Component, component_of
from engine.modeling.catalogue.base import Flow, Misfit
from engine.modeling.graph import Graph, Node

NOTHING = Flow()


def flows(graph: Graph) -> tuple[dict[tuple[str, str], Flow], dict[str, list[Misfit]]]:
    """What each output gives, by (node, port), and what does not fit, by node."""
    found: dict[tuple[str, str], Flow] = {}
    misfits: dict[str, list[Misfit]] = {}
    ends = graph.ends
    channels = _channels_of_images(graph)
    for node in graph.in_order():
        part = component_of(node)
        values = _values(node, part)
        if part is None or values is None:
            continue
        given = {
            port.name: [
                Flow(*found.get((edge.source, edge.output), NOTHING)[:2], edge.source)
                for edge in ends.get((node.id, port.name), [])
            ]
            for port in part.inputs
        }
        if part.section == "network" and not all(given.values()):
            continue
        gives = part.flow(values, given)
        for port, flow in zip(part.outputs, gives, strict=True):
            found[node.id, port.name] = Flow(channels, 1) if port.kind == "images" else flow
        misfits[node.id] = part.misfits(values, given)
    return found, misfits


def _values(node: Node, part: type[Component] | None) -> Mapping[str, Any] | None:
    try:
        return part.values(node.parameters) if part is not None else None
    except ValidationError:
        return None


def _channels_of_images(graph: Graph) -> int | None:
    said = next((str(node.parameters.get("channels")) for node in graph.nodes if node.type == "data.images"), "")
    return int(said) if said in ("1", "3") else None
