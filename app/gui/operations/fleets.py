"""What a person does to fleets; see `app.gui.operations.deployment` for how such work runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.gui.operations.deployment import Work
    from engine.changes import Changes
    from engine.deployment.fleet.orders import Order
    from engine.deployment.fleet.plan import Plan
    from engine.deployment.target import Ask, Progress
    from engine.workspace import Workspace


@dataclass(frozen=True)
class FleetOrder:
    """An order as the dialog describes it."""

    artifact: str
    name: str
    plan: Plan
    groups: Sequence[str]


def add_members(fleet: str, group: str, targets: Sequence[str], *, new: bool) -> Work:
    """Take targets into a fleet, which is made first if it is `new`."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.fleet import fleets

        made = fleets.create(workspace, fleet) if new else None
        added = fleets.add(workspace, fleet, targets, group)
        return (made | added if made else added), fleet

    return work


def remove_members(fleet: str, targets: Sequence[str] = ()) -> Work:
    """Let targets leave a fleet; with none, forget the fleet."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.fleet import fleets

        return fleets.remove(workspace, fleet, targets), fleet

    return work


def bring(fleet: str, order: FleetOrder) -> Work:
    """Bring an artifact to a fleet, until the order is at its end, paused or stopped."""

    def drive(workspace: Workspace, watch: Callable[[Order], None]) -> Order:
        from engine.deployment.fleet.driving import start

        return start(workspace, order.artifact, fleet, order.plan, watch, groups=order.groups)

    return _driving(fleet, drive)


def proceed(fleet: str, *, leave: bool = False) -> Work:
    """Go on with an order; `leave`: without the targets that failed."""

    def drive(workspace: Workspace, watch: Callable[[Order], None]) -> Order:
        from engine.deployment.fleet import driving

        return driving.proceed(workspace, fleet, watch, leave=leave)

    return _driving(fleet, drive)


def decide(fleet: str, what: str) -> Work:
    """Pause or abort an order; the one that carries it out is told."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.changes import changed
        from engine.deployment.fleet import driving

        order = driving.pause(workspace, fleet) if what == "pause" else driving.abort(workspace, fleet)
        return changed(fleets=fleet), order

    return work


def look(fleet: str) -> Work:
    """Ask all targets of a fleet what runs there."""

    def work(workspace: Workspace, progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.fleet.looking import look as ask_all

        return ask_all(workspace, fleet, watch=lambda done, total: progress("look", done, total, "")), fleet

    return work


def _driving(fleet: str, drive: Callable[[Workspace, Callable[[Order], None]], Order]) -> Work:
    def work(workspace: Workspace, progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.changes import Changes, changed

        order = drive(workspace, lambda now: progress("fleet", now.count("done", "sent"), len(now.steps), ""))
        return changed(fleets=fleet, releases=list(order.steps)) | Changes(), order

    return work
