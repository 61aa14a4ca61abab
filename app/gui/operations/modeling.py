"""What a person does to model graphs, as operations for `shell.run`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.modeling.graph import Graph
    from engine.workspace import Workspace

    Operation = Callable[[Workspace], Changes]


def new_graph(name: str, recipe: str) -> Operation:
    """Make a graph from a template."""

    def operation(workspace: Workspace) -> Changes:
        from engine.changes import changed
        from engine.modeling.graphs import new_graph as make

        make(workspace, name, recipe)
        return changed(graphs=name)

    return operation


def save_graph(graph: Graph) -> Operation:
    """Write a graph."""

    def operation(workspace: Workspace) -> Changes:
        from engine.modeling.graphs import save_graph as save

        return save(workspace, graph)

    return operation
