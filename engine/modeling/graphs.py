"""The graphs of a workspace: one JSON file each in graphs/."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.changes import Changes, changed
from engine.errors import BadInput, UsageError
from engine.modeling.catalogue import use_workspace
from engine.modeling.graph import Graph
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from engine.jobs.job import HasFolder
    from engine.workspace import Workspace

_NAME = re.compile(r"[\w][\w .\-]{0,79}")  # letters of any script, digits, and what is safe in file names


@dataclass(frozen=True)
class GraphEntry:
    """A line of the list of graphs."""

    name: str
    task: str
    recipe: str
    nodes: int
    changed: datetime
    path: Path


def list_graphs(ws: HasFolder) -> list[GraphEntry]:
    """All graphs by name; a file that is no graph is left out."""
    entries = []
    for path in sorted(_folder(ws).glob("*.json")):
        try:
            graph = Graph.loads(path.read_text("utf-8"))
        except (BadInput, OSError, UnicodeDecodeError):
            continue
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        entries.append(GraphEntry(path.stem, graph.task, graph.recipe, len(graph.nodes), when, path))
    return entries


def load_graph(ws: HasFolder, name: str) -> Graph:
    """The graph with that name.

    Raises:
        UsageError: there is none.
        BadInput: its file is damaged.
    """
    path = _path(ws, name)
    use_workspace(ws.path)
    try:
        graph = Graph.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        known = ", ".join(entry.name for entry in list_graphs(ws)) or "none yet"
        raise UsageError(f"There is no model graph “{name}”; there are: {known}.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not text in UTF-8: {error}.") from error
    graph.name = path.stem
    return graph


def save_graph(ws: Workspace, graph: Graph) -> Changes:
    """Write the graph's file; one with errors can be saved too.

    Raises:
        UsageError: the name cannot be that of a file.
    """
    write_atomically(_path(ws, graph.name), graph.dumps().encode())
    return changed(graphs=graph.name)


def new_graph(ws: Workspace, name: str, recipe: str) -> Changes:
    """Make a graph from a recipe.

    Raises:
        UsageError: the name is taken or cannot be used, or there is no such recipe.
    """
    from engine.modeling.recipes import recipe as find

    template = find(recipe)
    if _path(ws, name).exists():
        raise UsageError(f"There is a model graph “{name}” already; choose another name.")
    return save_graph(ws, template.graph(name))


def remove_graph(ws: Workspace, name: str) -> Changes:
    """Delete a graph; runs made from it keep their own copy.

    Raises:
        UsageError: there is none.
    """
    load_graph(ws, name)
    _path(ws, name).unlink()
    return changed(graphs=name)


def _folder(ws: HasFolder) -> Path:
    return ws.path / "graphs"


def _path(ws: HasFolder, name: str) -> Path:
    if not _NAME.fullmatch(name) or name.endswith((".", " ")):
        raise UsageError(f"“{name}” cannot be the name of a graph; use letters, digits, spaces, - and _.")
    return _folder(ws) / f"{name}.json"
