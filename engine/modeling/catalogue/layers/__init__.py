"""Components that are single layers of a network."""

from __future__ import annotations

from engine.modeling.catalogue.base import Component
from engine.modeling.catalogue.layers import adapters, attention, convolution, joining, plain, resizing, vectors

_MODULES = (convolution, resizing, plain, attention, joining, vectors, adapters)
COMPONENTS: tuple[type[Component], ...] = tuple(found for module in _MODULES for found in module.COMPONENTS)
