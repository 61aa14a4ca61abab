"""What a person does with projects of Label Studio; each one function for `shell.run` or `shell.read`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.gui.operations.data import Progress
    from engine.changes import Changes
    from engine.data.exchange import Exchanged, Link
    from engine.workspace import Workspace

    Operation = Callable[[Workspace], tuple[Changes, Any]]


def links(ws: Workspace) -> list[Link]:
    """The projects that are remembered."""
    from engine.data.exchange import exchange

    return exchange("label_studio").links(ws)


def status(name: str, token: str) -> Callable[[Workspace], Exchanged]:
    """A question: what a sync would do."""

    def ask(ws: Workspace) -> Exchanged:
        from engine.data.exchange import exchange

        return exchange("label_studio").status(ws, name, token)

    return ask


def add(name: str, url: str, token: str, project: int | None, images: str) -> Operation:
    """Remember a project, or make one there; gives the link."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.changes import Changes
        from engine.data.exchange import exchange

        return Changes(), exchange("label_studio").add(ws, name, url, token, project, "", images)

    return operation


def forget(name: str) -> Operation:
    """Forget a project; gives its name."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.changes import Changes
        from engine.data.exchange import exchange

        exchange("label_studio").forget(ws, name)
        return Changes(), name

    return operation


def run(verb: str, name: str, token: str, choice: str, progress: Progress) -> Operation:
    """Pull, push or sync; gives what was done."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.data.exchange import exchange

        todo = getattr(exchange("label_studio"), verb)
        found = todo(ws, name, token, choice=choice, progress=progress.tell, cancelled=progress.cancelled)
        return found.changes, found

    return operation
