"""Exchange of a workspace with a service that other people label in: what every such connector offers, and tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from engine.changes import Changes
from engine.data.importers.base import Problem
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.workspace import Workspace

Progress = Callable[[float, str], None]
CHOICES = ("ours", "theirs", "both")  # whose edit counts where both sides changed the same picture


@dataclass(frozen=True)
class Conflict:
    """A picture that both sides changed since they were last the same: what each has now, in words."""

    item_id: int
    name: str
    task: int
    ours: str
    theirs: str


@dataclass
class Exchanged:
    """What an exchange did: numbers of pictures."""

    added: int = 0  # new tasks there
    pushed: int = 0  # tasks whose annotation was written there
    imported: int = 0  # new items here
    pulled: int = 0  # items whose annotations were changed here
    unchanged: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    not_expressible: list[str] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "added": self.added, "pushed": self.pushed, "imported": self.imported, "pulled": self.pulled,
            "unchanged": self.unchanged, "not_expressible": self.not_expressible,
            "conflicts": [vars(conflict) for conflict in self.conflicts],
            "problems": [vars(problem) for problem in self.problems],
        }  # fmt: skip


@dataclass(frozen=True)
class Link:
    """A project of a service that this workspace is exchanged with."""

    name: str
    url: str
    project: int
    title: str
    images: str = "upload"
    own: bool = False
    config: str = ""
    seen: str = ""


class Exchange(Protocol):
    """The functions of a connector's module."""

    def add(self, ws: Workspace, name: str, url: str, token: str, project: int | None, title: str, images: str) -> Link:
        """Remember a project, or make one when `project` is None."""
        ...

    def forget(self, ws: Workspace, name: str) -> None:
        """Forget a project; what is there stays there."""
        ...

    def links(self, ws: Workspace) -> list[Link]:
        """All projects that are remembered."""
        ...

    def status(self, ws: Workspace, name: str, token: str = "") -> Exchanged:
        """What a sync would do; changes nothing."""
        ...

    def pull(self, ws: Workspace, name: str, token: str = "", **options: Any) -> Exchanged:
        """Bring what changed there; see `sync` for the options."""
        ...

    def push(self, ws: Workspace, name: str, token: str = "", **options: Any) -> Exchanged:
        """Send what changed here; see `sync` for the options."""
        ...

    def sync(
        self, ws: Workspace, name: str, token: str = "", choice: str = "",
        progress: Progress = ..., cancelled: Callable[[], bool] = ...,
    ) -> Exchanged:  # fmt: skip
        """Both ways. Where both sides changed a picture, `choice` (one of `CHOICES`) decides; without one it is listed."""
        ...


def exchange(name: str) -> Exchange:
    """The connector of a service.

    Raises:
        UsageError: no installed connector has that name.
    """
    from importlib import import_module

    from engine.plugins import manager

    known = {name: module for pairs in manager().hook.lineside_exchanges() for name, module in pairs}
    if name not in known:
        raise UsageError(f"There is no connector “{name}”; installed: {', '.join(sorted(known)) or 'none'}.")
    return cast(Exchange, import_module(known[name]))
