"""Commands for a release that is being rolled out; while another program drives it, they tell that program what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.cli.command import Answer, Call, argument, command
from app.cli.targets import TARGET, release_text, shown
from app.cli.text import moment, table
from engine.errors import UsageError, WorkspaceBusy


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


@command(
    "release limit",
    TARGET,
    argument(
        "per_second", metavar="PER_SECOND", nargs="?", help="requests of each caller; “none” takes the limit away"
    ),
)
def limit(call: Call) -> Answer:
    """Show what the gateway of a target lets through, or set how often each caller (an API key, or an address) may ask.

    It counts over ten seconds and over all releases behind it; more is answered 429 with Retry-After. Keys with a quota of
    their own (key create --per-second) are held to that one.
    """
    from dataclasses import asdict

    from engine.deployment.limits import limits_of, set_limit

    name, said = call.options.target, call.options.per_second
    if said is None:
        found = limits_of(call.workspace(), name, ask=call.ask)
    else:
        found = set_limit(call.workspace(), name, _per_second(said), ask=call.ask)
    rows = [["everybody else" if found.keys else "everybody", _often(found.per_second)]]
    rows = [[f"key {key}", _often(most)] for key, most in found.keys.items()] + rows
    return Answer(asdict(found), table(["caller", "may ask"], rows) + f"\n{found.refused} requests were refused.")


def _per_second(text: str) -> float | None:
    try:
        return None if text == "none" else float(text)
    except ValueError as error:
        raise UsageError(f"“{text}” is no number of requests a second; give one, or none.") from error


def _often(per_second: float | None) -> str:
    return "any number" if per_second is None else f"{per_second:g} times a second"


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
