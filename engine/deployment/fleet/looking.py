"""What runs where in a fleet, against what should: asked of all targets at once, kept with the moment of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from engine.changes import Changes, changed
from engine.deployment import releases
from engine.deployment.fleet.crew import Crew
from engine.deployment.fleet.fleets import Fleet, Member, get
from engine.deployment.fleet.orders import Order, open_order
from engine.deployment.image import images
from engine.deployment.targets import get_target, target_class
from engine.errors import LinesideError
from engine.packaging.artifacts import layout_folder
from engine.workspace import Transaction, Workspace

PARALLEL = 16
TIMEOUT_S = 20.0
CARRIED, TOLD = "sent", "told"
"""Health of what is on its way on a stick, and of what a box said of it in its last receipt."""
WELL = ("running", "published", TOLD)
DRIFT = ("other", "nothing", "sick", "silent", "failed", "carried")
"""States of a box that is not as it should be."""


@dataclass(frozen=True)
class Seen:
    """What a look at a target found; see `Member`. Of a box behind a stick there is something to say though none answers."""

    answered: bool
    runs: str = ""
    runs_name: str = ""
    health: str = ""
    message: str = ""


@dataclass(frozen=True)
class Box:
    """A line of the table: a target of a fleet, what runs there and what should.

    Attributes:
        state: right, other (another release runs), nothing (none does), sick (it runs, and is not well), silent (it does
            not answer), carried (on a stick, its box has not answered), unknown (never looked at), waiting, updating,
            failed, or unassigned (nothing should run there yet).
        should, runs: names; `digest` is that of what runs.
        message: why, where it is not right.
    """

    target: str
    group: str
    wave: int | None
    state: str
    should: str
    runs: str
    digest: str
    looked: datetime | None
    answered: datetime | None
    message: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        moments = {
            name: value.isoformat() if value else None
            for name, value in (("looked", self.looked), ("answered", self.answered))
        }
        return {**vars(self), **moments}


def table(workspace: Workspace, name: str) -> list[Box]:
    """What is known of each target of a fleet; nobody is asked.

    Raises:
        UsageError: no such fleet.
    """
    fleet, order = get(workspace, name), open_order(workspace, name)
    return [_box(order, member) for member in fleet.members]


def look(
    workspace: Workspace, name: str, *, parallel: int = PARALLEL, timeout: float = TIMEOUT_S,
    watch: Callable[[int, int], None] | None = None,
) -> Changes:  # fmt: skip
    """Ask all targets of a fleet what runs there; one that does not answer within `timeout` seconds counts as silent.

    Args:
        watch: told how many were asked, of how many.

    Raises:
        UsageError: no such fleet.
    """
    fleet = get(workspace, name)
    look_at(workspace, fleet, [one.target for one in fleet.members], parallel=parallel, timeout=timeout, watch=watch)
    return changed(fleets=[name])


def look_at(
    workspace: Workspace, fleet: Fleet, targets: Iterable[str], *, parallel: int = PARALLEL, timeout: float = TIMEOUT_S,
    watch: Callable[[int, int], None] | None = None,
) -> dict[str, Seen]:  # fmt: skip
    """Ask some targets of a fleet, and write down what they say."""
    crew, left, found = Crew(parallel, timeout), list(targets), dict[str, Seen]()
    known, total = _known(workspace, {digest for one in fleet.members for digest in one.artifacts}), len(left)
    while left or crew.busy:
        while left and crew.free > 0:
            target = left.pop(0)
            crew.begin(target, partial(_look, workspace, target, known))
        came = {target: _seen(result) for target, result in crew.ended(0.5)}
        if came:
            with workspace.transaction("Look at fleet") as tx:
                write(tx, came)
            found |= came
            if watch is not None:
                watch(len(found), total)
    return found


def write(tx: Transaction, found: Mapping[str, Seen]) -> None:
    """Write down what was seen of targets just now."""
    for target, one in found.items():
        if one.answered or one.health:
            tx.execute("UPDATE fleet_member SET looked = ?, answered = CASE WHEN ? THEN ?::TIMESTAMP ELSE answered END,"
                       " runs = ?, runs_name = ?, health = ?, message = ? WHERE target = ?",
                       [tx.at, one.answered, tx.at, one.runs, one.runs_name, one.health, one.message, target])  # fmt: skip
        else:  # what it said last stays known
            tx.execute("UPDATE fleet_member SET looked = ?, message = ? WHERE target = ?", [tx.at, one.message, target])


def _look(workspace: Workspace, target: str, known: Mapping[str, tuple[str, str]]) -> Seen:
    """What the target says, in the words of this workspace's history where that knows the release."""
    found = releases.status(workspace, target)
    told = releases.list_releases(workspace, target)
    if target_class(get_target(workspace, target).url).carried and (said := _carried(found, told)):
        return said
    if not found.reachable:
        return Seen(False, message=found.message)
    running = found.running
    if running is None:
        return Seen(True, message=found.message)
    release = next((one for one in told if one.details.get("key") == running.key), None)
    digest, name = known.get(running.digest, (running.digest, running.name))
    if release is not None:
        digest, name = release.artifact, release.name or running.name
    return Seen(True, digest, name, running.state, found.message)


def _carried(found: releases.TargetStatus, told: list[releases.Release]) -> Seen | None:
    """What the history says of a box behind a stick, which need not be in; None where it says nothing."""
    on_its_way, should = bool(told) and told[0].state == "sent", found.should
    if should is None and not on_its_way:
        return None
    runs, name = (should.artifact, should.name) if should else ("", "")
    return Seen(found.reachable, runs, name, CARRIED if on_its_way else TOLD, found.message if on_its_way else "")


def _seen(result: Any) -> Seen:
    if isinstance(result, Seen):
        return result
    known = isinstance(result, LinesideError | TimeoutError)
    return Seen(False, message=str(result) if known else f"{type(result).__name__}: {result}")


def _known(workspace: Workspace, artifacts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Artifact and its name by the digests of its images, so that what another laptop brought is known, too."""
    layout = layout_folder(workspace)
    names = dict(workspace.query("SELECT digest, name FROM artifact"))
    found: dict[str, tuple[str, str]] = {}
    for artifact in artifacts:
        if artifact in names:
            found |= {image.digest: (artifact, names[artifact]) for image in images(layout, artifact)}
    return found


def _box(order: Order | None, member: Member) -> Box:
    step = order.steps.get(member.target) if order else None
    state, message = _state(member), member.message
    if order and step and step.state == "updating" and order.driven:
        state, message = "updating", step.error
    elif step and step.state == "failed":
        state, message = "failed", step.error
    elif step and step.state in ("waiting", "updating") and state in ("other", "nothing", "unknown"):
        state, message = "waiting", step.error or message
    return Box(
        member.target, member.group, step.wave if step else None, state, member.should, member.runs_name, member.runs,
        member.looked, member.answered, message,
    )  # fmt: skip


def _state(member: Member) -> str:
    if member.looked is None:
        return "unknown"
    if member.health == CARRIED:
        return "carried"
    if member.health != TOLD and (member.answered is None or member.answered < member.looked):
        return "silent"
    if not member.artifacts:
        return "unassigned"
    if not member.runs:
        return "nothing"
    if member.runs not in member.artifacts:
        return "other"
    return "right" if member.health in WELL else "sick"


def states(boxes: Iterable[Box]) -> dict[str, int]:
    """How many boxes are in each state."""
    counted: dict[str, int] = {}
    for box in boxes:
        counted[box.state] = counted.get(box.state, 0) + 1
    return counted
