"""The types of node that a graph can have, those of plug-ins included."""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

from engine.modeling.catalogue.base import Component, Form, Port, Text, parameter
from engine.modeling.catalogue.kinds import KINDS, fits

__all__ = ["KINDS", "Component", "Form", "Port", "Text", "catalogue", "component", "component_of", "fits", "parameter"]


class _Node(Protocol):
    type: str
    parameters: Any


@cache
def catalogue() -> dict[str, type[Component]]:
    """All components by type."""
    from engine.modeling.catalogue import backbones, code, data, layers, learning, networks, optimisers
    from engine.plugins import manager

    own = [
        *data.COMPONENTS,
        *backbones.COMPONENTS,
        *networks.COMPONENTS,
        *layers.COMPONENTS,
        *code.COMPONENTS,
        *optimisers.COMPONENTS,
        *learning.COMPONENTS,
    ]
    added = [found for group in manager().hook.lineside_components() for found in group]
    return {found.type: found for found in [*added, *own]}


def component(type_: str) -> type[Component] | None:
    """The component of that type; None when this program does not know it."""
    return catalogue().get(type_)


def component_of(node: _Node) -> type[Component] | None:
    """The component of a node, with the ports that its parameters give it; None when this program does not know it."""
    found = component(node.type)
    return found.of(node.parameters) if found is not None else None
