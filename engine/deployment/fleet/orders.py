"""Orders to a fleet: what the store keeps of each, so that it goes on where it was after a kill or a power cut."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.deployment.fleet.fleets import OPEN, Fleet, get, should_run, utc
from engine.deployment.fleet.plan import Plan, waves_of
from engine.deployment.reasons import Reason, parts
from engine.errors import UsageError
from engine.workspace import Transaction, Workspace

SETTLED = ("done", "sent", "failed", "left")


@dataclass(frozen=True)
class Step:
    """A target of an order.

    Attributes:
        state: waiting, updating, done, sent (on a stick; its box has not answered), failed, or left (it failed, and a
            person let the order go on without it).
        tries: how often it was tried.
        error: why it failed, or why it is tried again.
    """

    target: str
    group: str
    wave: int
    state: str = "waiting"
    tries: int = 0
    error: str = ""
    release: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Order:
    """An artifact on its way to a fleet.

    Attributes:
        state: running, paused (by a person), stopped (too many failed), aborted or done.
        driven: whether this program carries it out now; one that is running and not driven waits to be continued.
        wave: the one that is being done, from 0.
        history: what was decided, oldest first: at, what, by, why (sentences), reasons (see `engine.deployment.reasons`).
        before: by target, what should have run there before this order: digests and name.
    """

    id: int
    fleet: str
    artifacts: tuple[str, ...]
    artifact: str
    plan: Plan
    state: str
    wave: int
    author: str
    created: datetime
    ended: datetime | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    history: tuple[dict[str, Any], ...] = ()
    before: dict[str, Any] = field(default_factory=dict)
    driven: bool = False

    @property
    def waves(self) -> list[list[Step]]:
        """The steps, wave by wave."""
        count = 1 + max((step.wave for step in self.steps.values()), default=-1)
        return [[step for step in self.steps.values() if step.wave == wave] for wave in range(count)]

    def count(self, *states: str) -> int:
        """How many targets are in one of these states."""
        return sum(step.state in states for step in self.steps.values())

    @property
    def why(self) -> str:
        """The last thing that was decided."""
        return " ".join(self.history[-1]["why"]) if self.history else ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "id": self.id, "fleet": self.fleet, "artifact": self.artifact, "artifacts": list(self.artifacts),
            "state": self.state, "driven": self.driven, "wave": self.wave, "waves": len(self.waves),
            "plan": self.plan.to_json(), "author": self.author, "created": self.created.isoformat(),
            "ended": self.ended.isoformat() if self.ended else None, "why": self.why,
            "steps": [step.to_json() for step in self.steps.values()], "history": list(self.history),
        }  # fmt: skip


_driven: set[tuple[Path, str]] = set()


def give(
    workspace: Workspace, fleet: Fleet, artifacts: Sequence[str], artifact: str, plan: Plan, groups: Iterable[str] = ()
) -> Order:
    """Write an order down; nothing is done yet. From now on its artifact is what should run there.

    Raises:
        UsageError: another order is not at its end, or there are no targets.
    """
    if (going := open_order(workspace, fleet.name)) is not None:
        raise UsageError(
            f"An order for the fleet “{fleet.name}” is {going.state}; continue or abort it first.",
            fix=f"lineside fleet continue {fleet.name}",
        )
    waves, of = waves_of(fleet, plan.pilot, groups), {one.target: one.group for one in fleet.members}
    before = {
        one.target: (one.artifacts, one.should) for one in fleet.members if any(one.target in wave for wave in waves)
    }
    begun = entry("begun", workspace.author, Reason("fleet begun", artifact, sum(map(len, waves)), len(waves)))
    with workspace.transaction("Deploy to fleet") as tx:
        number = int((tx.execute("SELECT max(id) FROM fleet_order").fetchone() or [None])[0] or 0) + 1
        tx.execute(
            "INSERT INTO fleet_order (id, fleet, artifacts, artifact, plan, state, wave, history, before, author, created)"
            " VALUES (?, ?, ?, ?, ?, 'running', 0, ?, ?, ?, ?)",
            [number, fleet.name, list(artifacts), artifact, json.dumps(plan.to_json()), _text([begun]),
             json.dumps(before), workspace.author, tx.at],
        )  # fmt: skip
        tx.append("fleet_step", 'order_id, target, "group", wave, place, state, tries, error', [
            [number, target, of[target], wave, place, "waiting", 0, ""]
            for wave, targets in enumerate(waves) for place, target in enumerate(targets)
        ])  # fmt: skip
        for target in before:
            should_run(tx, target, artifacts, artifact)
    return load(workspace, number)


def load(workspace: Workspace, number: int) -> Order:
    """An order with its steps."""
    return _read(workspace, workspace.query(f"{_SELECT} WHERE id = ?", [number])[0])


def list_orders(workspace: Workspace, fleet: str) -> list[Order]:
    """All orders for a fleet, newest first."""
    return [_read(workspace, row) for row in workspace.query(f"{_SELECT} WHERE fleet = ? ORDER BY id DESC", [fleet])]


def last_order(workspace: Workspace, fleet: str) -> Order | None:
    """The newest order for a fleet."""
    rows = workspace.query(f"{_SELECT} WHERE fleet = ? ORDER BY id DESC LIMIT 1", [fleet])
    return _read(workspace, rows[0]) if rows else None


def open_order(workspace: Workspace, fleet: str) -> Order | None:
    """The order for a fleet that is not at its end."""
    last = last_order(workspace, fleet)
    return last if last and last.state in OPEN else None


def pending(workspace: Workspace, fleet: str) -> Order:
    """Likewise, where there must be one.

    Raises:
        UsageError: there is none.
    """
    get(workspace, fleet)
    found = open_order(workspace, fleet)
    if found is None:
        raise UsageError(
            f"No order for the fleet “{fleet}” is being carried out.", fix=f"lineside fleet deploy ARTIFACT {fleet}"
        )
    return found


def save(workspace: Workspace, order: Order, *steps: Step, tx: Transaction | None = None) -> Order:
    """Write down how far an order is, and the steps of it that changed."""
    order = replace(order, steps={**order.steps, **{step.target: step for step in steps}})
    if tx is None:
        with workspace.transaction("Deploy to fleet") as tx:
            _write(tx, order, steps)
    else:
        _write(tx, order, steps)
    return order


def _write(tx: Transaction, order: Order, steps: Sequence[Step]) -> None:
    ended = order.ended.replace(tzinfo=None) if order.ended else None
    tx.execute("UPDATE fleet_order SET state = ?, wave = ?, history = ?, ended = ? WHERE id = ?",
               [order.state, order.wave, _text(order.history), ended, order.id])  # fmt: skip
    for step in steps:
        tx.execute("UPDATE fleet_step SET state = ?, tries = ?, error = ?, release_id = ?, changed = ?"
                   " WHERE order_id = ? AND target = ?",
                   [step.state, step.tries, step.error, step.release, tx.at, order.id, step.target])  # fmt: skip


def noted(order: Order, what: str, by: str, *why: str) -> Order:
    """An order with one more line of history."""
    return replace(order, history=(*order.history, entry(what, by, *why)))


def end(workspace: Workspace, order: Order, state: str, by: str, *why: str) -> Order:
    """An order comes to its end; what should run is again what did before one that is aborted."""
    order = noted(replace(order, state=state, ended=datetime.now(UTC)), state, by, *why)
    with workspace.transaction("Deploy to fleet") as tx:
        if state == "aborted":
            for target, (artifacts, name) in order.before.items():
                should_run(tx, target, artifacts, name)
        return save(workspace, order, tx=tx)


def entry(what: str, by: str, *why: str) -> dict[str, Any]:
    """A line of history."""
    return {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "what": what, "by": by, "why": list(why),
            "reasons": [parts(one) for one in why]}  # fmt: skip


def set_driven(workspace: Workspace, fleet: str, driven: bool) -> bool:
    """Note that this program carries out the order of a fleet, or does so no more; False where it was so already."""
    key = (workspace.path, fleet)
    before = key in _driven
    (_driven.add if driven else _driven.discard)(key)
    return before != driven


_SELECT = ("SELECT id, fleet, artifacts, artifact, plan, state, wave, author, created, ended, history, before"
           " FROM fleet_order")  # fmt: skip


def _read(workspace: Workspace, row: tuple[Any, ...]) -> Order:
    number, fleet, artifacts, artifact, plan, state, wave, author, created, ended, history, before = row
    steps = workspace.query(
        'SELECT target, "group", wave, state, tries, error, release_id FROM fleet_step WHERE order_id = ?'
        " ORDER BY wave, place",
        [number],
    )
    return Order(
        number, fleet, tuple(artifacts), artifact, Plan.from_json(json.loads(plan)), state, wave, author or "",
        created.replace(tzinfo=UTC), utc(ended), {one[0]: Step(*one) for one in steps}, tuple(json.loads(history)),
        json.loads(before), (workspace.path, fleet) in _driven,
    )  # fmt: skip


def _text(history: Iterable[dict[str, Any]]) -> str:
    return json.dumps(list(history), ensure_ascii=False)
