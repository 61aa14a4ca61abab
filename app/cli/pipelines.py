"""Commands for pipelines: source → model → rule → sinks, checked and tried on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.targets import TARGET
from app.cli.text import facts, plural

group("pipeline", "pictures from a source to a verdict to the line's machines: check, run, secret, status")
FILE = argument("file", metavar="FILE", type=Path, help="the pipeline, as TOML or JSON")


@command("pipeline check", FILE)
def check(call: Call) -> Answer:
    """Read a pipeline and tell what it would do, or which key is wrong."""
    from engine.deployment.pipelines import load

    told = load(call.options.file).summary()
    rows = [("name", told["name"]), ("source", told["source"])]
    rows += [(f"sink {name}", kind) for name, kind in told["sinks"].items()]
    rows += [("uses", folder) for folder in told["folders"]] + [("needs the secret", name) for name in told["secrets"]]
    return Answer(told, facts(rows))


@command(
    "pipeline run",
    FILE,
    argument("artifact", metavar="ARTIFACT", help="name, NAME:NUMBER or digest of the artifact whose model looks"),
    argument("--once", action="store_true", help="end when the source has nothing more and all sinks have it"),
)
def run(call: Call) -> Answer:
    """Run a pipeline on this machine, until Ctrl-C or, with --once, until all is done."""
    from engine.deployment.pipelines import load, run_here

    status: dict[str, Any] = {}

    def watch(now: dict[str, Any]) -> None:
        status.update(now)
        call.progress(None, counted(now))

    pipeline = load(call.options.file)
    try:
        status = run_here(call.workspace(), pipeline, call.options.artifact, once=call.options.once, watch=watch)
    except KeyboardInterrupt:
        if not status:
            raise
        status["state"] = "stopped"
    call.progress.clear()
    waiting = any(sink["waiting"] for sink in status["sinks"])
    return Answer(status, status_text(status), 1 if call.options.once and (status["trouble"] or waiting) else 0)


@command(
    "pipeline secret",
    argument("name", metavar="NAME", help="as the document calls it: password = NAME, token = NAME"),
    argument(
        "--target", metavar="TARGET", default="", help="for releases on a target (default: for runs on this machine)"
    ),
)
def secret(call: Call) -> Answer:
    """Give a secret of a pipeline's sinks; it is asked for, or read from stdin where that is no terminal."""
    from engine.deployment.pipelines import give_secret

    name, target = call.options.name, call.options.target
    value = call.ask(f"The secret “{name}”:") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    give_secret(call.workspace(), name, value, target, ask=call.ask)
    where = f"on {target}" if target else "in the keyring of this machine"
    return Answer({"secret": name, "target": target}, f"The secret “{name}” is {where}.")


@command("pipeline status", TARGET)
def status(call: Call) -> Answer:
    """Tell how the pipeline of the release does that runs on a target."""
    from engine.deployment.pipelines import status as asked

    found = asked(call.workspace(), call.options.target, ask=call.ask)
    return Answer(found, status_text(found))


def counted(status: dict[str, Any]) -> str:
    """The counts in a line."""
    counts = status["counts"]
    told = [f"{counts[name]} {name}" for name in ("ok", "reject", "unsure", "broken") if counts[name]]
    return ", ".join([plural(counts["taken"], "picture"), *told])


def status_text(status: dict[str, Any]) -> str:
    """A status as a person reads it."""
    rows = [("pipeline", f"{status['name']}, {status['state']}"), ("took", counted(status))]
    rows += [("left out", plural(status["dropped"], "picture"))] if status["dropped"] else []
    rows += [("trouble", status["trouble"])] if status["trouble"] else []
    for sink in status["sinks"]:
        told = [
            f"{sink[name]} {name}" for name in ("sent", "waiting", "dropped", "refused") if sink[name] or name == "sent"
        ]
        rows.append((f"sink {sink['name']}", ", ".join(told) + (f": {sink['trouble']}" if sink["trouble"] else "")))
    return facts(rows)
