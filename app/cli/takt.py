"""What `deploy --takt` measures, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.cli.command import Answer, Call
from app.cli.text import facts, table

if TYPE_CHECKING:
    from engine.deployment.takt import Takt
    from engine.deployment.target import Progress


def measured(call: Call, progress: Progress) -> Takt:
    """Measure what the call asks for; artifacts that are missing are packaged."""
    from engine.deployment.takt import measure_takt, takt_ms

    options = call.options
    found = measure_takt(
        call.workspace(), options.artifact, options.target, takt_ms(options.takt), progress,
        source=options.source, finish=call.finish, ask=call.ask,
    )  # fmt: skip
    call.progress.clear()
    return found


def refused(takt: Takt) -> Answer:
    """Nothing answers in time, with the figures."""
    document = takt.to_json()
    sentence = (
        f"Nothing of {takt.name} answers within {takt.takt_ms:g} ms on {takt.target}; nothing was deployed."
        " Give it more time, a smaller model, or a faster machine."
    )
    return Answer(document | {"refused": sentence}, f"{figures(document)}\n{sentence}", 1)


def figures(takt: Mapping[str, Any]) -> str:
    """The table of what was measured."""
    head = ["precision", "threads", "accuracy pt", "p50 ms", "p99 ms", "between", "from here", "requests", ""]
    left = [f"{name.upper()} is left out: {why}" for name, why in takt["left_out"].items()]
    rows = [_row(row, row == takt["chosen"]) for row in takt["rows"]]
    about = facts(
        [("takt", f"{takt['takt_ms']:g} ms"), ("measured on", takt["machine"]), ("beside", takt["beside"] or "nothing")]
    )
    return "\n".join([about, table(head, rows), *left, *takt["unreadable"]])


def _row(row: Mapping[str, Any], chosen: bool) -> list[Any]:
    said = row["error"] or ("chosen" if chosen else "in time" if row["meets"] else "too slow")
    most = row["most_ms"]
    between = "–" if row["least_ms"] is None else f"{row['least_ms']:.1f} … {'?' if most is None else f'{most:.1f}'}"
    times = ["–" if row[name] is None else f"{row[name]:.1f}" for name in ("p50_ms", "p99_ms")]
    seen = "–" if row["seen_ms"] is None else f"{row['seen_ms']:.1f}"
    return [
        row["precision"].upper() or "as packaged",
        row["threads"],
        row["accuracy"],
        *times,
        between,
        seen,
        row["requests"],
        said,
    ]
