"""The command that rehearses a release before anyone sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command
from app.cli.targets import shown as deploying
from app.cli.text import facts, plural, table
from engine.errors import UsageError

SHOWN = 10


@command(
    "release rehearse",
    argument("artifact", metavar="ARTIFACT", help="name, NAME:NUMBER or digest"),
    argument("target", metavar="TARGET", help="name of a target"),
    argument("--from", dest="source", metavar="recorded|DIR|VERSION", default="recorded", help="images to ask about (default: what releases on the target recorded)"),
    argument("--sample", type=int, metavar="N", default=200, help="at most so many of them (default 200)"),
    argument("--policy", type=Path, metavar="FILE", help="limits as TOML or JSON; usual ones for what it does not name"),
    argument("--html", type=Path, metavar="FILE", help="also write a page with the differing images side by side"),
    argument("--language", choices=("en", "zh"), default="en", help="of the page"),
)  # fmt: skip
def rehearse(call: Call) -> Answer:
    """Ask the release that runs and a new one beside it the same images; ends with 1 where a limit is broken."""
    from engine.deployment.policy import Policy
    from engine.deployment.rehearsal import rehearse as run

    options = call.options
    if options.sample < 1:
        raise UsageError("--sample is a number of images, 1 or more.")
    if options.html and options.html.is_dir():
        raise UsageError(f"{options.html} is a folder; name a file in it, {options.html / 'rehearsal.html'}.")
    policy = Policy.load(options.policy) if options.policy else Policy()
    found = run(
        call.workspace(),
        options.artifact,
        options.target,
        options.source,
        options.sample,
        policy,
        _shown(call),
        ask=call.ask,
    )
    call.progress.clear()
    document = found.to_json()
    if options.html:
        from engine.deployment.rehearsal_page import html
        from engine.workspace import write_atomically

        options.html.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(options.html, html(found, options.language).encode())
        document["html"] = str(options.html)
    return Answer(document, _text(document), 1 if found.broken else 0)


def _text(document: dict[str, Any]) -> str:
    pairs = [
        ("images", document["images"]),
        ("answered otherwise", document["differing"]),
        ("agreement", f"{100 * document['agreement']:.1f} %"),
        *((f"{side} {document[side]}", _side(document, side)) for side in ("old", "new")),
    ]
    rows = [[one["name"], f"{100 * one['agreement']:.0f} %"] for one in document["items"][:SHOWN]]
    more = document["differing"] - len(rows)
    parts = [
        facts(pairs),
        table(["differs", "agreement"], rows) if rows else "",
        f"and {plural(more, 'further image')}" if more > 0 else "",
        *document["unreadable"],
        *document["broken"],
        "Not to be released." if document["broken"] else "Within the limits.",
    ]
    return "\n".join(part for part in parts if part)


def _side(document: dict[str, Any], side: str) -> str:
    told = [f"{document['failed'][side]} failed"]
    told += [
        f"{name} {document[key][side]:.1f} ms"
        for name, key in (("p50", "p50_ms"), ("p99", "p99_ms"))
        if side in document[key]
    ]
    return ", ".join(told + ([f"{document['rejects'][side]} called bad"] if document["rejects"] else []))


def _shown(call: Call) -> Any:
    deploy = deploying(call)

    def show(stage: str, done: int, total: int, digest: str) -> None:
        if stage == "ask":
            call.progress(done / total, f"Image {done} of {total}")
        else:
            deploy(stage, done, total, digest)

    return show
