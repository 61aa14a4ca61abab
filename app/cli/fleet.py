"""Commands for fleets: many targets that are brought the same artifact in waves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import facts, moment, plural, table
from engine.errors import UsageError, WorkspaceBusy

group(
    "fleet", "many targets, updated in waves: create, add, remove, list, show, status, deploy, pause, continue, abort"
)
FLEET = argument("fleet", metavar="FLEET", help="name of a fleet")
UNITS = {"s": 1, "min": 60, "h": 3600}
WORDS = {
    "right": "as it should be", "other": "other release", "nothing": "nothing runs", "sick": "not well",
    "silent": "does not answer", "carried": "on the stick", "unknown": "not looked at", "unassigned": "nothing assigned",
}  # fmt: skip


@command(
    "fleet create",
    argument("fleet", metavar="NAME"),
    argument("--groups", metavar="A,B", default="", help="in the order of their waves; a new one comes last"),
)
def create(call: Call) -> Answer:
    """Make a fleet, or put the groups of one into another order."""
    from engine.deployment.fleet import fleets

    workspace, name, groups = call.workspace(), call.options.fleet, _names(call.options.groups)
    if groups and fleets.find(workspace, name):
        fleets.set_groups(workspace, name, groups)
    else:
        fleets.create(workspace, name, groups)
    return _shown(call)


@command(
    "fleet add",
    FLEET,
    argument("targets", metavar="TARGET", nargs="+", help="names of targets"),
    argument("--group", metavar="GROUP", default="", help="a line, a site, … (default: the first group)"),
)
def add(call: Call) -> Answer:
    """Take targets into a fleet, or move them to another of its groups. A target belongs to one fleet."""
    from engine.deployment.fleet import fleets

    fleets.add(call.workspace(), call.options.fleet, call.options.targets, call.options.group)
    return _shown(call)


@command("fleet remove", FLEET, argument("targets", metavar="TARGET", nargs="*", help="default: the whole fleet"))
def remove(call: Call) -> Answer:
    """Let targets leave a fleet, or forget the fleet; what runs on the targets runs on."""
    from engine.deployment.fleet import fleets

    name, targets = call.options.fleet, call.options.targets
    fleets.remove(call.workspace(), name, targets)
    text = f"{plural(len(targets), 'target')} left the fleet “{name}”." if targets else f"Removed the fleet “{name}”."
    return Answer({"fleet": name, "removed": targets or True}, text)


@command("fleet list")
def list_all(call: Call) -> Answer:
    """List the fleets, what should run on them and how far their orders are."""
    from engine.deployment.fleet import fleets, orders

    workspace = call.workspace()
    found, rows = [], []
    for fleet in fleets.list_fleets(workspace):
        order = orders.last_order(workspace, fleet.name)
        found.append({**fleet.to_json(), "order": order.state if order else None})
        rows.append([fleet.name, fleet.should, len(fleet.members), fleet.groups, _state(order) if order else ""])
    empty = "No fleets yet; make one with: lineside fleet create NAME"
    return Answer(found, table(["fleet", "should run", "targets", "groups", "last order"], rows, empty=empty))


@command("fleet show", FLEET)
def show(call: Call) -> Answer:
    """What is known of a fleet and its last order, without asking anybody."""
    return _shown(call)


@command(
    "fleet status",
    FLEET,
    argument("--parallel", metavar="N", type=int, default=16, help="targets asked at once (16)"),
    argument("--timeout", metavar="20s", default="20s", help="how long a target may take to answer (20s)"),
)
def status(call: Call) -> Answer:
    """Ask all targets of a fleet what runs there, and compare it with what should. Ends with 1 where they differ."""
    from engine.deployment.fleet.looking import DRIFT, look

    def watch(done: int, total: int) -> None:
        call.progress(done / total, f"{done} of {plural(total, 'target')} asked")

    options = call.options
    look(
        call.workspace(),
        options.fleet,
        parallel=_count("--parallel", options.parallel),
        timeout=_seconds(options.timeout) or 1,
        watch=watch,
    )
    call.progress.clear()
    answer = _shown(call)
    drifted = any(box["state"] in DRIFT for box in answer.document["boxes"])
    return Answer(answer.document, answer.text, int(drifted))


@command(
    "fleet deploy",
    argument("artifact", metavar="ARTIFACT", help="name, NAME:NUMBER or digest"),
    FLEET,
    argument("--groups", metavar="A,B", default="", help="only these groups"),
    argument("--pilot", metavar="N", type=int, default=1, help="so many targets of the first group get it first (1)"),
    argument("--allow", metavar="5%", default="0%", help="share of a wave that may fail; with more, the order stops (0%%)"),
    argument("--soak", metavar="30s", default="30s", help="how long a wave has to run well before the next one (30s)"),
    argument("--parallel", metavar="N", type=int, default=8, help="targets updated at once (8)"),
    argument("--tries", metavar="N", type=int, default=3, help="how often a target that does not answer is tried (3)"),
)  # fmt: skip
def deploy(call: Call) -> Answer:
    """Bring an artifact to a fleet in waves: pilot targets, then group after group, each when the one before is healthy.

    It stops where more of a wave failed than may. Ending this command (Ctrl-C) finishes the targets that are being
    switched; go on with: lineside fleet continue FLEET. Targets that have the artifact are left as they are. Ends with 1
    where a target failed.
    """
    from engine.deployment.fleet import driving
    from engine.deployment.fleet.plan import Plan

    options = call.options
    plan = Plan(options.pilot, _share(options.allow), options.parallel, _seconds(options.soak), options.tries)
    groups = _names(options.groups)
    return _driven(
        call,
        lambda workspace: driving.start(workspace, options.artifact, options.fleet, plan, _watch(call), groups=groups),
    )


@command(
    "fleet continue", FLEET, argument("--leave-failed", action="store_true", help="go on without targets that failed")
)
def proceed(call: Call) -> Answer:
    """Go on with an order that was paused or stopped, or whose program ended; targets that failed are tried again."""
    from engine.deployment.fleet import driving

    options = call.options
    return _driven(
        call, lambda workspace: driving.proceed(workspace, options.fleet, _watch(call), leave=options.leave_failed)
    )


@command("fleet pause", FLEET)
def pause(call: Call) -> Answer:
    """Begin with no further target; those that are being updated are finished."""
    from engine.deployment.fleet import driving

    return _done_or_told(call, "pause", driving.pause)


@command("fleet abort", FLEET)
def abort(call: Call) -> Answer:
    """End an order: targets that have the artifact keep it, and what should run is again what did before."""
    from engine.deployment.fleet import driving

    return _done_or_told(call, "abort", driving.abort)


def _driven(call: Call, drive: Callable[[Any], Any]) -> Answer:
    order = drive(call.workspace())
    call.progress.clear()
    shown = _shown(call)
    return Answer(shown.document, shown.text, int(order.state == "stopped" or order.count("failed", "left") > 0))


def _done_or_told(call: Call, what: str, do: Callable[[Any, str], Any]) -> Answer:
    """Do it here, or have it done by the program that has the workspace open."""
    name = call.options.fleet
    try:
        workspace = call.workspace()
    except WorkspaceBusy:
        import getpass

        from engine.deployment.fleet.driving import tell

        tell(call.folder(), name, what, getpass.getuser())
        told = "Another program has the workspace open; it was told, and does it if it carries out the order."
        return Answer({"ordered": what, "fleet": name}, told)
    do(workspace, name)
    return _shown(call)


def _watch(call: Call) -> Callable[[Any], None]:
    def watch(order: Any) -> None:
        steps = order.waves[order.wave]
        done = sum(step.state in ("done", "sent") for step in steps)
        failed = sum(step.state in ("failed", "left") for step in steps)
        busy = sum(step.state == "updating" for step in steps)
        settled = order.count("done", "sent", "failed", "left") / max(len(order.steps), 1)
        parts = [f"wave {order.wave + 1} of {len(order.waves)}", f"{done} of {len(steps)} have it"]
        parts += [f"{failed} failed"] if failed else []
        parts += [f"{busy} at it"] if busy else []
        call.progress(settled, ", ".join(parts))

    return watch


def _shown(call: Call) -> Answer:
    """A fleet: what is known of its targets, and its last order."""
    from engine.deployment.fleet import fleets, looking, orders

    workspace, name = call.workspace(), call.options.fleet
    fleet, order, boxes = (
        fleets.get(workspace, name),
        orders.last_order(workspace, name),
        looking.table(workspace, name),
    )
    counted = looking.states(boxes)
    document = {
        **fleet.to_json(), "boxes": [box.to_json() for box in boxes], "states": counted,
        "order": order.to_json() if order else None,
    }  # fmt: skip
    told = [f"{count} {WORDS.get(state, state)}" for state, count in counted.items()]
    rows = [
        ("fleet", name),
        ("targets", ", ".join(told) or "none yet"),
    ]
    if order:
        rows += [("order", f"{order.id}, {_state(order)}: {order.why}")]
    lines = [
        [box.target, box.group, "" if box.wave is None else box.wave + 1, WORDS.get(box.state, box.state),
         box.should, box.runs or box.digest[:19], moment(box.answered), box.message.split("\n")[0]]
        for box in boxes
    ]  # fmt: skip
    headers = ["target", "group", "wave", "state", "should run", "runs", "answered", ""]
    empty = f"No targets yet; take some in with: lineside fleet add {name} TARGET"
    return Answer(document, f"{facts(rows)}\n\n{table(headers, lines, empty=empty)}")


def _state(order: Any) -> str:
    return "interrupted" if order.state == "running" and not order.driven else str(order.state)


def _names(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _share(text: str) -> float:
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", text.strip())
    if not found:
        raise UsageError(f"“{text}” is no share; give a percentage, as 5%.")
    return float(found[1]) / 100


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)(s|min|h)?", text.strip())
    if not found:
        raise UsageError(f"“{text}” is no time; give one as 30s, 5min or 1h.")
    return float(found[1]) * UNITS[found[2] or "s"]


def _count(option: str, value: int) -> int:
    from engine.deployment.fleet.plan import MOST_PARALLEL

    if not 1 <= value <= MOST_PARALLEL:
        raise UsageError(f"{option} is {value}; give 1 to {MOST_PARALLEL}.")
    return value
