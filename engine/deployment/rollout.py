"""A rollout: a new release gets its requests step by step, is judged at each, and goes on or is taken back by itself.

All that is decided is written into the release's history first; the traffic stays as it was set when the workbench ends,
and `proceed` goes on from there. What a person orders from another program (pause, promote, …) comes by a file, since a
workspace has one owner.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.agent.gateway import Slot
from engine.deployment import counts, errands
from engine.deployment.gateways import control_of, ensure_gateway, gateway_of
from engine.deployment.image import Image, images
from engine.deployment.judge import Judge, Verdict
from engine.deployment.plan import Plan
from engine.deployment.policy import TESTS, Policy
from engine.deployment.pushes import push
from engine.deployment.reasons import Reason, parts
from engine.deployment.releases import (
    Release,
    artifacts_called,
    begin,
    carried,
    choose,
    current_release,
    fail,
    finish,
    get_release,
    list_releases,
    nothing,
    rolling,
)
from engine.deployment.takt import told as takt_told
from engine.deployment.target import Ask, Progress, ReleaseSpec, ReleaseStatus, Target
from engine.deployment.targets import get_target, open_target
from engine.errors import TargetError, UsageError
from engine.packaging.artifacts import layout_folder
from engine.serving.pipeline.document import Pipeline
from engine.workspace import Workspace

Look = Callable[[str, str], Verdict]
"""Takes both releases' `/metrics`, old then new, "" for one that does not answer. “go on” means: look again."""

INTERVAL_S = 0.5
TAKE_BACK_S = 2.0  # the requests of a release that is taken back have so long to end
KEPT_S = 5.0  # the judge's knowledge is written down so often
ORDERS = ("pause", "promote", "take back", "weights")


def start(
    workspace: Workspace, artifact: str, target: str, plan: Plan, progress: Progress = nothing, *,
    limits: Mapping[str, Any] | None = None, look: Look | None = None, interval: float = INTERVAL_S,
    notes: Mapping[str, Any] | None = None, pipeline: Pipeline | None = None, ask: Ask | None = None,
) -> Release:  # fmt: skip
    """Bring an artifact beside the running release and give it requests as the plan says.

    Args:
        limits: of the `Policy` by which it is judged, where they are other than those that the plan means.
        look: judges both releases' `/metrics`, old then new, at every interval (seconds); default: a `Judge`.
        notes, pipeline: as of a deploy. Until all requests are the new release's, the old one's pipeline runs on.
        progress: as of a deploy; at stage `watch`: requests that the new release answered in this step, of how many, and
            its share of the traffic as text in the place of the digest.

    Raises:
        UsageError: nothing runs there yet, a rollout is going on, or the target can have no gateway.
        BadInput: it names the limit that cannot be used.
        ReleaseFailed: it did not become ready; nothing changed for anybody.
    """
    from engine.packaging.trust.signing import vouch

    digests, name = artifacts_called(workspace, artifact)
    policy_of(plan, limits or {})
    old = current_release(workspace, target)
    if old is None:
        get_target(workspace, target)
        raise UsageError(
            f"Nothing runs on “{target}” yet, so that there is nothing to compare with; the first release takes all requests.",
            fix=f"lineside deploy {artifact} {target}",
        )
    with open_target(workspace, target, ask) as opened:
        digest, _, probe = choose(workspace, opened, digests, name, progress, pipeline)
        environment = (notes or {}).get("environment", {})
        if old.artifact == digest and environment in ({}, old.details.get("environment")):
            return old
        control = ensure_gateway(opened, probe.platform, progress, needed=True)
        if control is not None and not control.model().slot_of(old.details["key"]):
            raise UsageError(
                f"The running release on “{target}” does not stand behind the gateway yet; deploy it once more first.",
                fix=f"lineside deploy {old.artifact[7:19]} {target}",
            )
        rollout = {"plan": plan.to_json(), "limits": dict(limits or {}), "step": 0, "name": name}
        details = {
            "previous": old.id,
            "rollout": rollout,
            **(notes or {}),
            **carried(workspace, digest),
            **vouch(workspace, digest),
        }
        begin(workspace, digest, target, details)
    return proceed(workspace, target, progress, look=look, interval=interval, ask=ask)


def proceed(
    workspace: Workspace, target: str, progress: Progress = nothing, *,
    look: Look | None = None, interval: float = INTERVAL_S, ask: Ask | None = None,
) -> Release:  # fmt: skip
    """Go on with a rollout that was paused, or whose workbench ended in the middle; until it waits, ends or is paused.

    Raises:
        UsageError: there is none.
    """
    release = pending(workspace, target)
    with open_target(workspace, target, ask) as opened:
        run = _Run(workspace, opened, release, progress, look, interval)
        if run.state.pop("paused", None):
            run.note("resumed", Reason("resumed"))
        return run.drive()


def going_on(workspace: Workspace, target: str) -> Release | None:
    """The release that is being rolled out on a target, also one that was killed before it was ready."""
    newest = next(iter(list_releases(workspace, target)), None)
    brought = newest if newest and newest.state == "applying" and "rollout" in newest.details else None
    return rolling(workspace, target) or brought


def pending(workspace: Workspace, target: str) -> Release:
    """Likewise, where there must be one.

    Raises:
        UsageError: there is none.
    """
    get_target(workspace, target)
    found = going_on(workspace, target)
    if found is None:
        raise UsageError(
            f"Nothing is being rolled out on “{target}”; the running release has all requests.",
            fix=f"lineside deploy ARTIFACT {target} --canary 5,25,100",
        )
    return found


def promote(workspace: Workspace, target: str, progress: Progress = nothing, *, ask: Ask | None = None) -> Release:
    """All requests to the new release now, whatever is left of the plan.

    Raises:
        UsageError: nothing is being rolled out.
    """
    with _run(workspace, target, progress, ask) as run:
        return run.promote(workspace.author, (Reason("promoted by", workspace.author),))


def take_back(workspace: Workspace, target: str, progress: Progress = nothing, *, ask: Ask | None = None) -> Release:
    """End a rollout: all requests to the old release. Answers with the old release.

    Raises:
        UsageError: nothing is being rolled out.
    """
    with _run(workspace, target, progress, ask) as run:
        return run.take_back(workspace.author, (Reason("taken back by", workspace.author),))


def pause(workspace: Workspace, target: str) -> Release:
    """Leave the traffic as it is and stop judging until `proceed`."""
    release = pending(workspace, target)
    state = {**release.details["rollout"], "paused": True}
    entry = _entry("paused", release.traffic, workspace.author, (Reason("paused by", workspace.author),))
    return _save(workspace, replace(release, details={**_with(release, entry), "rollout": state}))


def set_weight(workspace: Workspace, target: str, percent: int, *, ask: Ask | None = None) -> Release:
    """Give the new release this share of the requests by hand; the rollout pauses.

    Raises:
        UsageError: no such share, nothing is being rolled out, or it is rolled out otherwise than by share.
    """
    if not 0 <= percent <= 99:
        raise UsageError(f"A share is 0 to 99 percent, not {percent}; all of it is: lineside release promote {target}")
    with _run(workspace, target, nothing, ask) as run:
        return run.set_weight(percent)


def order(folder: Path, target: str, what: str, **more: Any) -> None:
    """Tell the program that drives a rollout of the workspace at `folder` what to do next: one of ORDERS."""
    errands.leave(_order_file(folder, target), order=what, **more)


def history(workspace: Workspace, target: str) -> list[dict[str, Any]]:
    """All that was decided on a target, oldest first: at, release, name, what, percent, by, why (sentences),
    reasons (their `engine.deployment.reasons.parts`)."""
    get_target(workspace, target)
    found = []
    for release in reversed(list_releases(workspace, target)):
        rows = [_entry("begun", 0, "", _first(release), release.created), *release.details.get("history", [])]
        if release.state == "failed" and "history" not in release.details:
            rows.append(_entry("failed", 0, "", (release.details.get("error") or Reason("cut off"),), release.ended))
        found += [{"release": release.id, "name": release.name, **row} for row in rows]
    return sorted(found, key=lambda row: row["at"])


def _first(release: Release) -> tuple[str, ...]:
    if back := release.details.get("rolled_back"):
        return (Reason("put back", release.details.get("restores"), back),)
    measured = (takt_told(release.details["takt"]),) if "takt" in release.details else ()
    if rollout := release.details.get("rollout"):
        return (Reason("beside"), Plan.from_json(rollout["plan"]).said(0), *measured)
    return (Reason("alone"), *measured)


class _Run:
    """One program's work on a rollout."""

    def __init__(
        self,
        workspace: Workspace,
        target: Target,
        release: Release,
        progress: Progress,
        look: Look | None,
        interval: float,
    ) -> None:
        self.workspace, self.target, self.release, self.progress = workspace, target, release, progress
        self.state: dict[str, Any] = dict(release.details["rollout"])
        self.plan = Plan.from_json(self.state["plan"])
        self.interval = interval
        old = get_release(workspace, release.details["previous"])
        assert old is not None
        self.old = old
        control = control_of(target)
        if control is None:
            raise UsageError(f"{target.place} has no gateway any more; take the release back.")
        self.control = control
        judge = judge_of(self.state)
        self.judge = judge if look is None else None
        self.look: Look = look or judge.look

    @property
    def key(self) -> str:
        return str(self.release.details["key"])

    def drive(self) -> Release:
        """Step after step, until it is promoted, taken back, paused, or waits for a person."""
        _order_file(self.workspace.path, self.target.context.name).unlink(missing_ok=True)  # of an earlier time
        self.control.mend()
        if self.state.get("decided") == "taken back":
            return self.take_back("", tuple(self.release.details["history"][-1]["why"]))
        if self.state.get("decided") == "promoted":
            return self.promote("", ())
        if self.release.state == "applying":
            self._bring()
        while True:
            if self.plan.kind == "canary" and self.plan.steps[self.state["step"]] == 100:
                return self.promote("plan", (Reason("all passed"),))
            self._arrange()
            verdict = self._watch()
            if verdict is None:
                return self.release
            if verdict.decision == "take back":
                return self.take_back("judge", verdict.why)
            if self.plan.kind != "canary":
                self.state["waits"] = True
                self.note("waits", *verdict.why, Reason("waits"))
                return self.release
            self._next(verdict)

    def _bring(self) -> None:
        """Push and start what is not there; then the new release has a slot, and no request."""
        self.progress("start", 0, 0, "")
        image = self._image(self.release.artifact, self.state["name"])
        try:
            report = push(self.workspace, self.target, image, self.release.artifact, self.progress)
            for stray in self.target.status():
                if not stray.current and stray.state != "stopped":
                    self.target.stop(stray.key, 0)
            environment = self.release.details.get("environment", {})
            started = self.target.prepare(ReleaseSpec(self.key, self.state["name"], image, environment), self.progress)
            if self.plan.kind != "mirror":
                self.control.put(started)
        except BaseException as error:
            with contextlib.suppress(Exception):
                self.control.take_out(self.key, 0)
                self.target.stop(self.key, 0)
            fail(self.workspace, self.release, error)
            raise
        details = {**self.release.details, "push": vars(report), "mode": started.mode}
        self.release = replace(self.release, state="rolling", endpoint=self.control.model().endpoint, details=details)
        self.note("ready", Reason("ready"))

    def _arrange(self) -> None:
        """The traffic of the present step; harmless where it is so already."""
        if self.state.get("arranged") == self.state["step"]:
            return
        percent = 0
        if self.plan.kind == "mirror":
            self._mirror()
        elif self.plan.kind == "canary":
            percent = self.plan.steps[self.state["step"]]
            self.control.split({self.old.details["key"]: 100 - percent, self.key: percent})
        else:
            now = self.control.model()
            slot = now.slot_of(self.key)
            by_header = self.plan.kind == "header"
            self.control.set(
                replace(now, headers={self.plan.header: slot})
                if by_header
                else replace(now, keys={self.plan.key: slot})
            )
        base = _requests(self._metrics(self.key))
        self.state |= {"arranged": self.state["step"], "base": base, "since": time.time()}
        self.release = replace(self.release, traffic=percent)
        self.note("step", self.plan.said(self.state["step"]))

    def _watch(self) -> Verdict | None:
        """Look until there is a verdict and the pace of the plan was kept; None: a person paused it."""
        written = time.monotonic()
        while True:
            if self._ordered():
                return None
            old, new = self._metrics(self.old.details["key"]), self._metrics(self.key)
            verdict = self.look(old, new)
            asked = max(0, _requests(new) - self.state["base"])
            self.progress("watch", int(asked), self.plan.requests, f"{self.release.traffic} %")
            late = time.time() - self.state["since"] >= self.plan.seconds and asked >= self.plan.requests
            if verdict.decision == "take back" or (verdict.decision == "promote" and late):
                return verdict
            if time.monotonic() - written > KEPT_S:
                written = time.monotonic()
                self._keep()
            time.sleep(self.interval)

    def _ordered(self) -> bool:
        """Do what a person ordered from another program; whether there was something."""
        wanted = errands.take(_order_file(self.workspace.path, self.target.context.name))
        if wanted is None:
            return False
        by = str(wanted.get("by") or "A person")
        match wanted.get("order"):
            case "weights":
                self.set_weight(int(wanted["percent"]), by)
            case "pause":
                self.state["paused"] = True
                self.note("paused", Reason("paused by", by), by=by)
            case "promote":
                self.release = self.promote(by, (Reason("promoted by", by),))
            case "take back":
                self.release = self.take_back(by, (Reason("taken back by", by),))
        return True

    def _next(self, verdict: Verdict) -> None:
        self.state["step"] += 1
        if self.judge is not None:
            self.judge.next_step()
        self.note("passed", *verdict.why, Reason("passed", self.state["step"]), by="judge")

    def promote(self, by: str, why: tuple[str, ...]) -> Release:
        """All requests to the new release; the old one ends."""
        new = self._status(self.key)
        if new is None or new.state not in ("running", "unhealthy"):
            raise TargetError(f"The new release on {self.target.place} does not run; it cannot take the requests.")
        self._decide("promoted", 100, by, *why, Reason("gets all"))
        self.progress("switch", 0, 0, "")
        self.control.take_over(new)
        self.target.switch(self.key)
        self.release = finish(self.workspace, self.release, replace(new, endpoint=self.control.model().endpoint), {})
        self._stop_others(self.key)
        self.progress("done", 0, 0, "")
        return self.release

    def take_back(self, by: str, why: tuple[str, ...]) -> Release:
        """All requests to the old release, at once; the new one ends."""
        old = self._status(self.old.details["key"])
        if old is None or old.state in ("stopped", "restarting"):
            raise TargetError(f"The old release on {self.target.place} does not run either; deploy one that works.")
        self._decide("taken back", 0, by, *why, Reason("old gets all"))
        self.progress("switch", 0, 0, "")
        if self.plan.kind != "mirror":
            self.control.take_over(old, TAKE_BACK_S)
        self.target.stop(self.key, TAKE_BACK_S)
        if self.plan.kind == "mirror":
            self._swap_old(self.old.details["key"].removesuffix("-m"), {})
        fail(self.workspace, self.release, TargetError("It was taken back. " + " ".join(why)))
        _share(self.workspace, self.old.id, 100)
        self._stop_others(self.old.details["key"])
        self.progress("done", 0, 0, "")
        ended = get_release(self.workspace, self.old.id)
        assert ended is not None
        return ended

    def _decide(self, what: str, percent: int, by: str, *why: str) -> None:
        """Write a decision down before it is carried out: who picks the rollout up then carries it out."""
        if self.state.get("decided") != what:
            self.state["decided"] = what
            self.note(what, *why, by=by, percent=percent)

    def set_weight(self, percent: int, by: str = "") -> Release:
        """A share by hand."""
        if self.plan.kind != "canary" or self.release.state != "rolling":
            raise UsageError(f"The release on {self.target.place} is not rolled out by a share of the requests.")
        by = by or self.workspace.author
        self.control.split({self.old.details["key"]: 100 - percent, self.key: percent})
        self.state["paused"] = True
        self.state.pop("arranged", None)
        self.release = replace(self.release, traffic=percent)
        self.note("weights", Reason("share by", by, percent), by=by)
        return self.release

    def note(self, what: str, *why: str, by: str = "plan", percent: int | None = None) -> None:
        """Write down what was decided, with the state that it leads to."""
        share = self.release.traffic if percent is None else percent
        self.release = replace(self.release, details=_with(self.release, _entry(what, share, by, why)))
        self._keep()

    def _keep(self) -> None:
        if self.judge is not None:
            self.state["judge"] = self.judge.to_json()
        details = {**self.release.details, "rollout": self.state}
        self.release = _save(self.workspace, replace(self.release, details=details))
        if self.release.state == "rolling":
            _share(self.workspace, self.old.id, 100 - self.release.traffic)

    def _mirror(self) -> None:
        """Let the old release be one that sends copies to the new: the same artifact, started once more and switched to."""
        new = self._status(self.key)
        key = self.old.details["key"].removesuffix("-m") + "-m"
        self._swap_old(key, {"LINESIDE_MIRROR_TO": new.own if new else ""})

    def _swap_old(self, key: str, environment: dict[str, str]) -> None:
        """Let the old release run under another key and with another environment, without a gap."""
        before = self.old.details["key"]
        if before == key:
            return
        there, slots = self._status(key), self.control.model().slots.values()
        if there is None or there.state != "running" or not any(s.release == key and s.weight for s in slots):
            image = self._image(self.old.artifact, self.old.name)
            self.target.push(image, nothing)
            settings = {**self.old.details.get("environment", {}), **environment}
            there = self.target.prepare(ReleaseSpec(key, self.old.name, image, settings), self.progress)
        self.control.take_over(there)
        self.target.switch(key)
        self.old = _save(self.workspace, replace(self.old, details={**self.old.details, "key": key}))
        self.target.stop(before)

    def _image(self, digest: str, name: str) -> Image:
        platform = self.target.probe().platform
        found = images(layout_folder(self.workspace), digest, name)
        return next(image for image in found if image.platform == platform)

    def _stop_others(self, kept: str) -> None:
        for one in self.target.status():
            if one.key != kept and one.state != "stopped":
                self.progress("drain", 0, 0, "")
                self.target.stop(one.key)

    def _status(self, key: str) -> ReleaseStatus | None:
        return next((one for one in self.target.status() if one.key == key), None)

    def _metrics(self, key: str) -> str:
        return metrics(self.target, self.control.model().slots.values(), key)


def metrics(target: Target, slots: Iterable[Slot], key: str) -> str:
    """A release's `/metrics`, at its slot behind the gateway where it has one; "" where it does not answer."""
    address = next((f"http://{slot.address}" for slot in slots if slot.release == key), "")
    try:
        own = address or next((one.own or one.endpoint for one in target.status() if one.key == key), "")
        status, body = target.request(own, "GET", "/metrics", timeout=2.0)
        return body.decode("utf-8", "replace") if status == 200 else ""
    except (OSError, EOFError, http.client.HTTPException):
        return ""


@contextlib.contextmanager
def _run(workspace: Workspace, target: str, progress: Progress, ask: Ask | None) -> Iterator[_Run]:
    release = pending(workspace, target)
    with open_target(workspace, target, ask) as opened:
        yield _Run(workspace, opened, release, progress, None, INTERVAL_S)


def judge_of(state: Mapping[str, Any]) -> Judge:
    """The judge of a release's details `rollout`, with what it knew when it was last written down."""
    if kept := state.get("judge"):
        return Judge.from_json(kept)
    return Judge(policy_of(Plan.from_json(state["plan"]), state.get("limits", {})))


def policy_of(plan: Plan, limits: Mapping[str, Any]) -> Policy:
    """By what a plan is judged; where a header or a key chooses who gets the new release, images are not compared."""
    tests = ("errors", "latency") if plan.kind in ("header", "key") else TESTS
    least = max(1, plan.requests)
    usual = {"tests": tests, "least": least, "most": max(500, 10 * least), "seconds": plan.seconds + 3600}
    return Policy.of(usual | dict(limits))


def _requests(metrics: str) -> float:
    found = counts.read(metrics)
    return found.requests if found else 0.0


def _order_file(folder: Path, target: str) -> Path:
    return folder / "cache" / "targets" / target / "order.json"


def _entry(what: str, percent: int, by: str, why: tuple[str, ...], at: datetime | None = None) -> dict[str, Any]:
    at = at or datetime.now(UTC)
    return {"at": at.isoformat(timespec="milliseconds"), "what": what, "percent": percent, "by": by, "why": list(why),
            "reasons": [parts(one) for one in why]}  # fmt: skip


def _with(release: Release, entry: dict[str, Any]) -> dict[str, Any]:
    return {**release.details, "history": [*release.details.get("history", []), entry]}


def _save(workspace: Workspace, release: Release) -> Release:
    with workspace.transaction("Roll out") as tx:
        tx.execute("UPDATE release SET state = ?, traffic = ?, endpoint = ?, details = ? WHERE id = ?",
                   [release.state, release.traffic, release.endpoint, json.dumps(release.details), release.id])  # fmt: skip
    return release


def _share(workspace: Workspace, release_id: int, percent: int) -> None:
    with workspace.transaction("Roll out") as tx:
        tx.execute("UPDATE release SET traffic = ? WHERE id = ?", [percent, release_id])


def shares(workspace: Workspace, target: str, *, ask: Ask | None = None) -> list[dict[str, Any]]:
    """What the gateway of a target does: release, address, weight, answered, errors of each slot; [] without a gateway."""
    with open_target(workspace, target, ask) as opened:
        control = gateway_of(opened)
        if control is None:
            return []
        now, counted = control.model(), control.statistics()
        return [
            {
                "slot": name, "release": slot.release, "address": slot.address, "weight": slot.weight,
                "answered": sum(counted[name].get(f"hrsp_{kind}xx", 0) for kind in range(1, 6)),
                "errors": counted[name].get("hrsp_5xx", 0) + counted[name].get("econ", 0),
            }
            for name, slot in now.slots.items() if slot.release
        ]  # fmt: skip
