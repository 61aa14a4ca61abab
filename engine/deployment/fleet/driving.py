"""Carrying out an order: wave after wave, each only when the one before is healthy.

The state of each target is written down before and after it is updated, so that an order goes on after a kill where it
was; a target that has the artifact already is left as it is. What a person orders from another program comes by a file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.deployment import errands, releases
from engine.deployment.errors import TargetUnreachable
from engine.deployment.fleet import looking, orders
from engine.deployment.fleet.crew import Crew
from engine.deployment.fleet.fleets import fit, get
from engine.deployment.fleet.orders import Order, Step
from engine.deployment.fleet.plan import Plan
from engine.deployment.reasons import Reason
from engine.deployment.releases import Release
from engine.errors import LinesideError, UsageError
from engine.workspace import Workspace

Watch = Callable[[Order], None]
TICK_S = 0.2
LAST_S = 120.0  # so long are updates waited for that are under way when the program is to end
WORTH_ANOTHER_TRY = (TargetUnreachable, OSError, EOFError)


def start(
    workspace: Workspace, artifact: str, fleet: str, plan: Plan | None = None, watch: Watch | None = None, *,
    groups: Iterable[str] = (),
) -> Order:  # fmt: skip
    """Bring an artifact to a fleet, wave by wave; returns when the order is at its end, paused or stopped.

    Args:
        artifact: as of a deploy; it is found now, once for all targets.
        groups: only these.
        watch: told some times a second how far it is, from the thread that calls; what it raises ends the work as Ctrl-C does.

    Raises:
        UsageError: no such artifact, fleet or group, no targets, or another order is not at its end.
        NotTrusted, BadInput, NoKeys: as of a deploy; no target was touched.
    """
    from engine.packaging.trust.signing import vouch

    found = get(workspace, fleet)
    digests, name = releases.artifacts_called(workspace, artifact)
    vouch(workspace, digests[0])
    orders.give(workspace, found, digests, name, plan or Plan(), groups)
    return proceed(workspace, fleet, watch)


def proceed(workspace: Workspace, fleet: str, watch: Watch | None = None, *, leave: bool = False) -> Order:
    """Go on with an order that was paused or stopped, or whose program ended; targets that failed are tried again.

    Args:
        leave: go on without those that failed.

    Raises:
        UsageError: there is none, or this program carries it out already.
    """
    order = orders.pending(workspace, fleet)
    if not orders.set_driven(workspace, fleet, True):
        raise UsageError(f"The order for the fleet “{fleet}” is being carried out already.")
    try:
        _order_file(workspace.path, fleet).unlink(missing_ok=True)  # of an earlier time
        return _Drive(workspace, _resumed(workspace, order, leave), watch or (lambda _order: None)).run()
    finally:
        orders.set_driven(workspace, fleet, False)


def pause(workspace: Workspace, fleet: str) -> Order:
    """Begin with no further target; those that are being updated are finished.

    Raises:
        UsageError: there is no order.
    """
    return _end_or_tell(workspace, fleet, "pause")


def abort(workspace: Workspace, fleet: str) -> Order:
    """End an order: targets that have the artifact keep it, and what should run is again what did before.

    Raises:
        UsageError: there is no order.
    """
    return _end_or_tell(workspace, fleet, "abort")


def tell(folder: Path, fleet: str, what: str, by: str) -> None:
    """Have the program that carries out an order of the workspace at `folder` do this next: pause or abort.

    Raises:
        UsageError: that is no name of a fleet.
    """
    fit(fleet, "fleet")
    errands.leave(_order_file(folder, fleet), order=what, by=by)


def _end_or_tell(workspace: Workspace, fleet: str, what: str) -> Order:
    order = orders.pending(workspace, fleet)
    if order.driven:
        tell(workspace.path, fleet, what, workspace.author)
        return order
    return _obey(workspace, order, what, workspace.author)


def _obey(workspace: Workspace, order: Order, what: str, by: str) -> Order:
    if what == "abort":
        waiting = order.count("waiting", "updating")
        return orders.end(workspace, order, "aborted", by, Reason("fleet aborted by", by, waiting))
    return orders.save(
        workspace, orders.noted(replace(order, state="paused"), "paused", by, Reason("fleet paused by", by))
    )


def _resumed(workspace: Workspace, order: Order, leave: bool) -> Order:
    """The order as it goes on: what failed in this wave is tried again, or left."""
    steps = [
        replace(step, state="left") if leave else replace(step, state="waiting", tries=0)
        for step in order.steps.values() if step.state == "failed" and (leave or step.wave == order.wave)
    ]  # fmt: skip
    if order.count("waiting") < len(order.steps) or order.state != "running":
        order = orders.noted(order, "resumed", workspace.author, Reason("fleet resumed"))
    return orders.save(workspace, replace(order, state="running"), *steps)


class _Drive:
    """One program's work on an order."""

    def __init__(self, workspace: Workspace, order: Order, watch: Watch) -> None:
        self.workspace, self.order, self.watch = workspace, order, watch
        self.plan = order.plan
        self.crew = Crew(self.plan.parallel)
        self.ending = threading.Event()  # pushes are given up: this program is to end

    def run(self) -> Order:
        """Wave after wave, until the end, or until it is paused, stopped or aborted."""
        try:
            for wave in range(self.order.wave, len(self.order.waves)):
                self._begin(wave)
                if not (self._update(wave) and self._prove(wave)):
                    return self.order
            done, failed = self.order.count("done", "sent"), self.order.count("failed", "left")
            self.order = orders.end(self.workspace, self.order, "done", "plan", Reason("fleet done", done, failed))
        except BaseException:
            self._cut()
            raise
        self.watch(self.order)
        return self.order

    def _begin(self, wave: int) -> None:
        steps = self._steps(wave)
        groups = ", ".join(dict.fromkeys(step.group for step in steps))
        order = replace(self.order, wave=wave)
        if all(step.state == "waiting" and not step.tries for step in steps):
            order = orders.noted(
                order, "wave", "plan", Reason("fleet wave", wave + 1, len(order.waves), len(steps), groups)
            )
        self._save(order)

    def _update(self, wave: int) -> bool:
        """Update the targets of a wave; False where the order does not go on."""
        due = {step.target: 0.0 for step in self._steps(wave, "waiting", "updating")}
        killed = {step.target for step in self._steps(wave, "updating")}
        while self.crew.busy or (due and self.order.state == "running"):
            self._heed()
            if self.order.state == "running":
                ready = [target for target, at in due.items() if at <= time.monotonic()]
                self._send(due, killed, ready[: self.crew.free])
            self._take(due, self.crew.ended(TICK_S))
            self._judge(wave)
        return self.order.state == "running"

    def _send(self, due: dict[str, float], killed: set[str], targets: list[str]) -> None:
        """Begin with targets, each written down before."""
        if not targets:
            return
        steps = [
            replace(step, state="updating", tries=step.tries + 1) for step in map(self.order.steps.__getitem__, targets)
        ]
        self._save(self.order, *steps)
        for target in targets:
            del due[target]
            self.crew.begin(target, partial(self._deploy, target, target in killed))

    def _deploy(self, target: str, killed: bool) -> Release:
        """Update one target, in a thread of the crew."""
        if killed:  # its release may have taken over just before the program ended
            releases.status(self.workspace, target)
        order = self.order
        return releases.deploy_first(self.workspace, list(order.artifacts), order.artifact, target, self._progress)

    def _progress(self, stage: str, _done: int, _total: int, _digest: str) -> None:
        if self.ending.is_set() and stage in ("push", "skip", "unpack", "wait"):
            raise LinesideError("The program was ended.")

    def _take(self, due: dict[str, float], ended: list[tuple[str, Any]]) -> None:
        """Write down what became of targets."""
        if not ended:
            return
        steps, seen = [], {}
        for target, result in ended:
            step = self._became(self.order.steps[target], result)
            if step.state == "waiting":
                due[target] = time.monotonic() + self.plan.back_off(step.tries)
            steps.append(step)
            if isinstance(result, Release):
                sent = result.state == "sent"
                there = ("", "", looking.CARRIED) if sent else (result.artifact, result.name, result.state)
                seen[target] = looking.Seen(True, *there)
            elif isinstance(result, TargetUnreachable):
                seen[target] = looking.Seen(False, message=str(result))
        with self.workspace.transaction("Deploy to fleet") as tx:
            looking.write(tx, seen)
            self.order = orders.save(self.workspace, self.order, *steps, tx=tx)
        self.watch(self.order)

    def _became(self, step: Step, result: Any) -> Step:
        if isinstance(result, Release):
            return replace(step, state="sent" if result.state == "sent" else "done", error="", release=result.id)
        told = str(result) if isinstance(result, LinesideError) else f"{type(result).__name__}: {result}"
        if self.ending.is_set():
            return replace(step, state="waiting", tries=0)
        again = isinstance(result, WORTH_ANOTHER_TRY) and step.tries < self.plan.tries
        return replace(step, state="waiting" if again else "failed", error=told)

    def _prove(self, wave: int) -> bool:
        """Let a wave run for a while, then look at its targets once more; False where the order does not go on."""
        end, last = time.monotonic() + self.plan.soak_s, wave == len(self.order.waves) - 1
        while time.monotonic() < end:
            self._heed()
            if self.order.state != "running":
                return False
            time.sleep(min(TICK_S, max(0.0, end - time.monotonic())))
        unwell = [step.target for step in self._steps(wave, "done")] if self.plan.soak_s else []
        for attempt in range(self.plan.tries):
            if not unwell:
                break
            if attempt:
                time.sleep(min(self.plan.back_off(attempt), 5.0))
            seen = looking.look_at(
                self.workspace, get(self.workspace, self.order.fleet), unwell, parallel=self.plan.parallel
            )
            unwell = [target for target in unwell if not self._well(seen[target])]
        if unwell:
            steps = [self.order.steps[target] for target in unwell]
            self._save(self.order, *(
                replace(one, state="failed", error=seen[one.target].message or str(Reason("fleet unwell", seen[one.target].health)))
                for one in steps
            ))  # fmt: skip
            self._judge(wave)
        self._heed()
        if self.order.state == "running" and not last:
            good = sum(step.state in ("done", "sent") for step in self._steps(wave))
            self._save(
                orders.noted(
                    self.order, "passed", "plan", Reason("fleet passed", wave + 1, good, len(self._steps(wave)))
                )
            )
        return self.order.state == "running"

    def _well(self, seen: looking.Seen) -> bool:
        return seen.answered and seen.runs in self.order.artifacts and seen.health in looking.WELL

    def _judge(self, wave: int) -> None:
        """Stop where more of the wave failed than may."""
        steps = self._steps(wave)
        failed, allowed = len(self._steps(wave, "failed")), self.plan.may_fail(len(steps))
        if failed > allowed and self.order.state == "running":
            why = Reason("fleet stopped", failed, len(steps), wave + 1, allowed)
            self._save(orders.noted(replace(self.order, state="stopped"), "stopped", "plan", why))

    def _heed(self) -> None:
        """Tell how far it is, and do what a person ordered meanwhile."""
        self.watch(self.order)
        wanted = errands.take(_order_file(self.workspace.path, self.order.fleet))
        if wanted and wanted.get("order") in ("pause", "abort") and self.order.state in ("running", "paused"):
            self.order = _obey(self.workspace, self.order, wanted["order"], str(wanted.get("by") or "A person"))

    def _cut(self) -> None:
        """The program is to end: pushes are given up, switches are finished, and the order can be continued."""
        self.ending.set()
        self.watch = lambda _order: None
        end = time.monotonic() + LAST_S
        while self.crew.busy and time.monotonic() < end:
            self._take({}, self.crew.ended(TICK_S))
        if self.order.state == "running":
            by = self.workspace.author
            self._save(orders.noted(replace(self.order, state="paused"), "paused", by, Reason("fleet cut")))

    def _steps(self, wave: int, *states: str) -> list[Step]:
        found = (step for step in self.order.steps.values() if step.wave == wave)
        return [step for step in found if not states or step.state in states]

    def _save(self, order: Order, *steps: Step) -> None:
        self.order = orders.save(self.workspace, order, *steps)
        self.watch(self.order)


def _order_file(folder: Path, fleet: str) -> Path:
    return folder / "cache" / "fleets" / f"{fleet}.json"
