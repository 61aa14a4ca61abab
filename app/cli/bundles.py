"""Commands for sticks: an artifact onto one, the receipts of boxes back from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command
from app.cli.text import facts, moment, size, table

STICK = argument("folder", metavar="DIR", help="a folder on the stick")


@command(
    "artifact bundle",
    argument("artifact", metavar="ARTIFACT", help="name, NAME:NUMBER or digest"),
    STICK,
    argument(
        "--for", dest="target", metavar="TARGET", help="the target whose box it is carried to: only what it lacks"
    ),
    argument("--full", action="store_true", help="the whole artifact, whatever the target has"),
    argument("--no-agent", action="store_true", help="without the agent that a bare box needs once"),
)
def bundle(call: Call) -> Answer:
    """Write an artifact to a stick, whole or as changes; run it again, and only what is missing there is copied."""
    options = call.options
    return _written(
        call, options.artifact, options.folder, options.target, full=options.full, agent=not options.no_agent
    )


def bundled(call: Call, packaged: Answer) -> Answer:
    """The answer of `package`, and that of the bundle that it was asked for."""
    written = _written(call, packaged.document["digest"], call.options.bundle, call.options.target)
    return Answer({**packaged.document, "bundle": written.document}, f"{packaged.text}\n\n{written.text}")


@command("release receipts", STICK)
def receipts(call: Call) -> Answer:
    """Read what boxes did with a stick into the history of releases."""
    from engine.deployment.orders import collect_receipts

    found, problems = collect_receipts(call.workspace(), Path(call.options.folder))
    for problem in problems:
        call.note(problem)
    document = [{**receipt.body, "release": release.to_json() if release else None} for receipt, release in found]
    rows = [
        [r["host"], r["box"], r["name"], r["result"], moment_of(r["at"]), r["release"]["id"] if r["release"] else "not of this workspace", r["message"]]
        for r in document
    ]  # fmt: skip
    empty = "No receipts on this stick yet; on the box: lineside-agent apply DIR"
    return Answer(
        document, table(["box", "id", "artifact", "result", "when, by its clock", "release", ""], rows, empty=empty)
    )


def moment_of(seconds: Any) -> str:
    """A box's time in words; its clock may be anything."""
    from datetime import UTC, datetime

    try:
        return moment(datetime.fromtimestamp(int(seconds), UTC).isoformat())
    except (ValueError, OverflowError, OSError):
        return "?"


def _written(
    call: Call, artifact: str, folder: str, target: str | None, *, full: bool = False, agent: bool = True
) -> Answer:
    from engine.deployment.orders import bundle_artifact

    def show(_stage: str, done: int, total: int, _digest: str) -> None:
        call.progress(done / total if total else None, f"Writing {size(done)} of {size(total)}")

    ordered = bundle_artifact(call.workspace(), artifact, Path(folder), target, full=full, agent=agent, progress=show)
    call.progress.clear()
    kind = "only what changed" if ordered.changes_only else "the whole artifact"
    told = [("folder", folder), ("artifact", ordered.name), ("digest", ordered.digest), ("platform", ordered.platform),
            ("holds", f"{kind}: {size(ordered.bytes)} of {size(ordered.whole)}"), ("written now", size(ordered.sent)),
            ("release", f"{ordered.release.id} on {target}, sent" if ordered.release else "for any box")]  # fmt: skip
    first = "" if ordered.changes_only or not agent else "On a bare box, first: sh DIR/install.sh\n"
    return Answer(ordered.to_json(), f"{facts(told)}\n\n{first}On the box: lineside-agent apply DIR")
