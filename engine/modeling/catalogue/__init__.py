"""The types of node that a graph can have, those of plug-ins included."""

from __future__ import annotations

from functools import cache

from engine.modeling.catalogue.base import Component, Form, Port, Text, parameter
from engine.modeling.catalogue.kinds import KINDS

__all__ = ["KINDS", "Component", "Form", "Port", "Text", "catalogue", "component", "parameter"]


@cache
def catalogue() -> dict[str, type[Component]]:
    """All components by type."""
    from engine.modeling.catalogue import augment_pixels, augment_places, backbones, data, learning, losses, networks
    from engine.modeling.catalogue import optimisers as rules
    from engine.plugins import manager

    modules = (data, augment_pixels, augment_places, backbones, networks, rules, learning, losses)
    own = [found for module in modules for found in module.COMPONENTS]
    added = [found for group in manager().hook.lineside_components() for found in group]
    return {found.type: found for found in [*added, *own]}


def component(type_: str) -> type[Component] | None:
    """The component of that type; None when this program does not know it."""
    return catalogue().get(type_)
