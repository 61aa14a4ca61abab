"""What a person does to a release that is being rolled out; see `app.gui.operations.deployment` for how such work runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.gui.operations.deployment import Work
    from engine.changes import Changes
    from engine.deployment.plan import Plan
    from engine.deployment.target import Ask, Progress
    from engine.workspace import Workspace


@dataclass(frozen=True)
class RolloutOrder:
    """A rollout as the dialog describes it: which artifact, how, and limits of `engine.deployment.policy`."""

    artifact: str
    name: str
    plan: Plan
    limits: Mapping[str, Any] = field(default_factory=dict)


def start_rollout(order: RolloutOrder, target: str) -> Work:
    """Bring an artifact beside the running release and drive it until it is passed, taken back, paused, or waits."""

    def work(workspace: Workspace, progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment import rollout
        from engine.deployment.releases import changes_of

        release = rollout.start(workspace, order.artifact, target, order.plan, progress, limits=order.limits, ask=ask)
        return changes_of(release), release

    return work


def decide(what: str, target: str, percent: int = 0) -> Work:
    """Do one thing with a rollout that nobody drives: take back, promote, pause, weights, resume."""

    def work(workspace: Workspace, progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment import releases, rollout

        match what:
            case "pause":
                release = rollout.pause(workspace, target)
            case "weights":
                release = rollout.set_weight(workspace, target, percent, ask=ask)
            case "promote":
                release = rollout.promote(workspace, target, progress, ask=ask)
            case "resume":
                release = rollout.proceed(workspace, target, progress, ask=ask)
            case _:
                release = rollout.take_back(workspace, target, progress, ask=ask)
        return releases.changes_of(release), release

    return work


def tell_driver(what: str, target: str, percent: int = 0) -> Work:
    """Have one of these done by what drives the rollout; it looks for orders twice a second."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.changes import Changes
        from engine.deployment.rollout import order

        more = {"percent": percent} if what == "weights" else {}
        order(workspace.path, target, what, by=workspace.author, **more)
        return Changes(), None

    return work


def rehearse(artifact: str, target: str, source: str, language: str) -> Work:
    """Ask the running release and an artifact the same images; the result is what came out and the page that shows it."""

    def work(workspace: Workspace, progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.changes import Changes
        from engine.deployment.rehearsal import rehearse as run
        from engine.deployment.rehearsal_page import html
        from engine.workspace import write_atomically

        found = run(workspace, artifact, target, source, progress=progress, ask=ask)
        page: Path = workspace.path / "cache" / "targets" / target / f"rehearsal-{language}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(page, html(found, language).encode())
        return Changes(), (found, page)

    return work
