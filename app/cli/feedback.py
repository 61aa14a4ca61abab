"""Commands for what releases keep of the images that they are asked about: by which rules, and bringing it home."""

from __future__ import annotations

from typing import Any

from app.cli.command import Answer, Call, argument, command, group, pairs
from app.cli.targets import TARGET
from app.cli.text import facts

group("feedback", "what releases on a target keep of the images they are asked about: keep, off")
EXAMPLE = "share=0.01"


@command(
    "feedback keep",
    TARGET,
    argument("rules", metavar="RULE=VALUE", nargs="*", help="unsure=0.15,0.6 share=0.01 disagreement=0.5 megabytes=64 count=2000 days=30 image=stripped|whole|crops|none hide=0,0,1,0.1;…"),
)  # fmt: skip
def keep(call: Call) -> Answer:
    """Let a target's releases keep doubtful images and what people say of them; it holds at once, and for later releases."""
    from engine.deployment.feedback import keep as begin
    from engine.deployment.targets import get_target

    wanted = {name: _value(name, text) for name, text in pairs(call.options.rules, EXAMPLE)}
    begin(call.workspace(), call.options.target, wanted, ask=call.ask)
    rules: dict[str, Any] = get_target(call.workspace(), call.options.target).options["feedback"]
    return Answer({"target": call.options.target, "rules": rules}, facts(list(rules.items())))


@command("feedback off", TARGET)
def off(call: Call) -> Answer:
    """Let a target's releases keep nothing more; what lies there can still be collected."""
    from engine.deployment.feedback import keep as begin

    begin(call.workspace(), call.options.target, None, ask=call.ask)
    return Answer({"target": call.options.target, "rules": None}, f"{call.options.target} keeps nothing more.")


@command("collect", TARGET)
def collect(call: Call) -> Answer:
    """Bring home what releases on a target kept: images into the queue, answers as suggestions, corrections for review."""
    from engine.deployment.feedback import collect as bring

    done = bring(call.workspace(), call.options.target, call.progress, ask=call.ask)
    call.progress.clear()
    for problem in done.problems:
        call.note(problem)
    document = done.to_json()
    rows = [("new images", done.images), ("known already", done.known), ("suggestions", done.suggestions),
            ("corrected, for review", done.corrections), ("queued", done.queued), ("without an image", done.predictions)]  # fmt: skip
    nothing = f"{done.target} kept nothing new; what it keeps is said by: lineside feedback keep {done.target}"
    return Answer(document, facts([row for row in rows if row[1]]) if done.files or done.known else nothing)


def _value(name: str, text: str) -> Any:
    """As rules take it: numbers by commas, parts by semicolons."""
    if name == "hide":
        return [part.split(",") for part in text.split(";") if part]
    if name == "unsure":
        return text.split(",")
    return text
