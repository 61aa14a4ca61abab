"""Commands for a release that is being rolled out; while another program drives it, they tell that program what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.cli.command import Answer, Call, argument, command
from app.cli.targets import TARGET, release_text, shown
from app.cli.text import moment, table
from engine.errors import WorkspaceBusy


@command("release promote", TARGET)
def promote(call: Call) -> Answer:
    """Give the new release all requests now, whatever is left of its steps."""
    from engine.deployment import rollout

    return _done_or_ordered(
        call, "promote", lambda workspace: rollout.promote(workspace, call.options.target, shown(call), ask=call.ask)
    )


@command("release pause", TARGET)
def pause(call: Call) -> Answer:
    """Leave the traffic as it is, until the rollout is resumed."""
    from engine.deployment import rollout

    return _done_or_ordered(call, "pause", lambda workspace: rollout.pause(workspace, call.options.target))


@command("release resume", TARGET)
def resume(call: Call) -> Answer:
    """Go on with a rollout that was paused."""
    return proceed(call)


@command("release continue", TARGET)
def proceed(call: Call) -> Answer:
    """Go on with a rollout that was paused, or whose program ended in the middle."""
    from engine.deployment import rollout

    release = rollout.proceed(call.workspace(), call.options.target, shown(call), ask=call.ask).to_json()
    return Answer(release, release_text(release))


@command("release rollback", TARGET)
def rollback(call: Call) -> Answer:
    """Take back what is being rolled out, else let the previous release of a target take over again."""
    from engine.deployment import releases, rollout

    def back(workspace: Any) -> Any:
        going = releases.rolling(workspace, call.options.target)
        step = rollout.take_back if going else releases.rollback
        return step(workspace, call.options.target, shown(call), ask=call.ask)

    return _done_or_ordered(call, "take back", back)


@command(
    "release weights", TARGET, argument("percent", metavar="PERCENT", nargs="?", type=int, help="of the new release")
)
def weights(call: Call) -> Answer:
    """Show which release gets which share of the requests, or set it by hand; the steps are paused then."""
    from engine.deployment import rollout

    name, percent = call.options.target, call.options.percent
    if percent is not None:
        return _done_or_ordered(
            call,
            "weights",
            lambda workspace: rollout.set_weight(workspace, name, percent, ask=call.ask),
            percent=percent,
        )
    found = rollout.shares(call.workspace(), name, ask=call.ask)
    rows = [[one["release"], one["address"], f"{one['weight']} %", one["answered"], one["errors"]] for one in found]
    return Answer(found, table(["release", "at", "share", "answered", "errors"], rows, empty="There is no gateway."))


@command("release history", TARGET)
def history(call: Call) -> Answer:
    """All that was decided on a target, by whom and why."""
    from engine.deployment import rollout

    found = rollout.history(call.workspace(), call.options.target)
    rows = [
        [
            moment(one["at"]),
            one["release"],
            one["name"],
            one["what"],
            f"{one['percent']} %",
            one["by"],
            " ".join(one["why"]),
        ]
        for one in found
    ]
    empty = f"Nothing was released to “{call.options.target}” yet."
    return Answer(found, table(["at", "release", "artifact", "what", "share", "by", "why"], rows, empty=empty))


def _done_or_ordered(call: Call, what: str, do: Callable[[Any], Any], **more: Any) -> Answer:
    """Do it here, or have it done by the program that has the workspace open."""
    try:
        workspace = call.workspace()
    except WorkspaceBusy:
        import getpass

        from engine.deployment.rollout import order

        order(call.folder(), call.options.target, what, by=getpass.getuser(), **more)
        document = {"ordered": what, "target": call.options.target, **more}
        return Answer(
            document, "Another program has the workspace open; it was told, and does it if it drives the rollout."
        )
    release = do(workspace).to_json()
    return Answer(release, release_text(release))
