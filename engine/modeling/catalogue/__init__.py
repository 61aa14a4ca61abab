"""The types of node that a graph can have, those of plug-ins included."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Protocol

from engine.modeling.catalogue.base import Component, Form, Port, Text, parameter
from engine.modeling.catalogue.kinds import KINDS, fits
from engine.modeling.catalogue.workspace import FOLDER, Broken, read_folder

__all__ = [
    "KINDS",
    "Broken",
    "Component",
    "Form",
    "Port",
    "Text",
    "broken",
    "catalogue",
    "component",
    "component_of",
    "fits",
    "parameter",
    "use_workspace",
]


class _Node(Protocol):
    type: str
    parameters: Any


_of_workspace: dict[str, type[Component]] = {}
_broken: list[Broken] = []
_known: dict[str, type[Component]] = {}  # all of them, as far as asked for since the workspace was chosen


def use_workspace(folder: Path) -> list[Broken]:
    """Take the components of a workspace's own files into the catalogue, in place of those of another workspace.

    Returns:
        the files that cannot be used; `broken` tells them again.
    """
    made, wrong = read_folder(folder / FOLDER)
    installed = _installed().values()
    taken = {found.type for found in installed} | {found.call.partition(":")[2] for found in installed}
    _of_workspace.clear()
    _known.clear()
    for file, found in made.items():
        name = next((name for name in (found.type, found.call[1:]) if name in taken), "")
        if name:
            wrong.append(Broken(file, 0, f"“{name}” is a name of the program's own"))
        else:
            _of_workspace[found.type] = found
            taken |= {found.type, found.call[1:]}
    _broken[:] = wrong
    return list(wrong)


def broken() -> list[Broken]:
    """The files of the workspace in use that are no components."""
    return list(_broken)


def catalogue() -> dict[str, type[Component]]:
    """All components by type, those of the workspace in use included."""
    return {**_of_workspace, **_installed()} if _of_workspace else _installed()


@cache
def _installed() -> dict[str, type[Component]]:
    from engine.modeling.catalogue import (
        augment_pixels,
        augment_places,
        backbones,
        callbacks,
        code,
        data,
        exporting,
        instances,
        keypoints,
        layers,
        learning,
        losses,
        metrics,
        networks,
        tables,
    )
    from engine.modeling.catalogue import optimisers as rules
    from engine.plugins import manager

    networks_and_losses = (backbones, networks, keypoints, instances, tables, layers, code, rules, learning, losses)
    around = (callbacks, metrics, exporting)
    modules = (data, augment_pixels, augment_places, *networks_and_losses, *around)
    own = [found for module in modules for found in module.COMPONENTS]
    added = [found for group in manager().hook.lineside_components() for found in group]
    return {found.type: found for found in [*added, *own]}


def component(type_: str) -> type[Component] | None:
    """The component of that type; None when this program does not know it."""
    return (_known or _know()).get(type_)


def component_of(node: _Node) -> type[Component] | None:
    """The component of a node, with the ports that its parameters give it; None when this program does not know it."""
    found = (_known or _know()).get(node.type)  # asked thousands of times for a large drawing
    return found.of(node.parameters) if found is not None else None


def _know() -> dict[str, type[Component]]:
    _known.update(catalogue())
    return _known
