"""The dataset report: one HTML file that says what is in the data, how good the pictures are, and what changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.report import drift, sections
from engine.data.report.facts import Facts, Import, snapshot
from engine.data.report.page import page
from engine.data.report.pictures import Measured, measure, near_equal
from engine.data.report.words import Words
from engine.errors import BadInput

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.jobs import Job, JobContext
    from engine.workspace import Transaction, Workspace

Progress = Callable[[float, str], None]
MOST = 3000  # pictures that are measured; more are sampled evenly
SNAPSHOT = "snapshot"
NAME = "report.html"


def make_report(
    ws: Workspace, out: Path, language: str = "en", most: int = MOST, progress: Progress | None = None
) -> dict[str, Any]:
    """Write the report of a workspace to `out`; returns its figures.

    Args:
        language: en or zh.
        most: how many pictures are measured; 0 for none.
    """
    import tempfile

    if out.is_dir():
        raise BadInput(f"{out} is a folder; name a file in it, {out / NAME}.")
    with tempfile.TemporaryDirectory() as folder:
        snapshot(ws, Path(folder))
        return build(Path(folder), out, language, most, progress or (lambda *_: None))


def submit_report(ws: Workspace, language: str = "en", most: int = MOST) -> Job:
    """Make the report in a process of its own; its result names the file."""
    import secrets

    from engine.jobs import submit

    folder = ws.path / "cache" / "reports" / f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    snapshot(ws, folder / SNAPSHOT)
    arguments = {"folder": str(folder.relative_to(ws.path)), "language": language, "most": most}
    return submit(ws, "report", arguments, "Dataset report")


def run(context: JobContext) -> dict[str, Any]:
    """The work of the job."""
    import shutil

    folder = context.workspace / context.arguments["folder"]

    def tell(fraction: float, message: str) -> None:
        context.wait_if_paused()
        context.should_stop()
        context.progress(fraction, message)

    out = folder / NAME
    figures = build(folder / SNAPSHOT, out, context.arguments["language"], context.arguments["most"], tell)
    shutil.rmtree(folder / SNAPSHOT, ignore_errors=True)
    context.artifact(out, "report")
    return {"report": str(out), "figures": figures}


def ingest(_ws: Workspace, _tx: Transaction, _spec: dict[str, Any], _result: dict[str, Any]) -> Changes:
    """Nothing of the report goes into the store."""
    from engine.changes import Changes

    return Changes()


def build(folder: Path, out: Path, language: str, most: int, progress: Progress) -> dict[str, Any]:
    """Make the report of a snapshot; a kill leaves no half file."""
    from engine.workspace import write_atomically

    words, facts = Words(language), Facts(folder)
    progress(0.0, words("Counting"))
    measured, failed = _measure(facts, most, progress, words)
    progress(0.95, words("Drawing"))
    doubles = near_equal(measured)
    found = drifts(facts, measured)
    parts = [
        sections.labels(facts, words),
        sections.shapes(facts, words),
        sections.together(facts, words),
        sections.splits(facts, words),
        sections.pictures(facts, measured, failed, words),
        sections.doubles(facts, doubles, words),
        sections.drift(found, words),
    ]
    numbers = figures(facts, measured, failed, doubles, found)
    cards = [
        (words("Items"), f"{numbers['items']:,}"),
        (words("Labelled"), f"{numbers['labelled']:,}"),
        (words("Annotations"), f"{numbers['annotations']:,}"),
        (words("Labels"), f"{len(numbers['labels']):,}"),
        (words("With a problem"), f"{numbers['problems']:,}"),
        (words("Nearly equal pictures"), f"{sum(len(group) for group in doubles):,}"),
    ]
    title = words("Dataset report: {0}", facts.workspace)
    made = words("Made {0} by Lineside", f"{datetime.now():%Y-%m-%d %H:%M}")
    document = page(title, made, cards, [part for part in parts if part is not None], words)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, document.encode())
    progress(1.0, "")
    return numbers


def figures(
    facts: Facts, measured: Sequence[Measured], failed: Mapping[int, str], doubles: Sequence[Sequence[int]],
    found: Sequence[tuple[Import, Import, list[drift.Drift]]],
) -> dict[str, Any]:  # fmt: skip
    """The report's numbers as one JSON document."""
    names, by_label, items = facts.splits()
    quality = {
        name: {"median": float(np.median(values)), "p05": float(np.quantile(values, 0.05)), "p95": float(np.quantile(values, 0.95))}
        for name in ("sharpness", "brightness", "contrast")
        if (values := np.array([asdict(entry)[name] for entry in measured])).size
    }  # fmt: skip
    return {
        "items": facts.items.num_rows,
        "annotations": facts.annotations.num_rows,
        "labelled": facts.one("SELECT count(DISTINCT item_id) FROM annotation"),
        "problems": facts.one("SELECT count(problem) FROM item"),
        "labels": {label: {"annotations": count, "items": on} for label, count, on in facts.counts()},
        "splits": {
            name or "none": {"items": items[at], "labels": {label: row[at] for label, row in by_label.items()}}
            for at, name in enumerate(names)
        },
        "quality": quality | {"measured": len(measured), "unreadable": len(failed)},
        "near_equal": [list(group) for group in doubles],
        "drift": [
            {"from": before.tx, "to": after.tx, "measures": [entry.to_json() for entry in entries]}
            for before, after, entries in found
        ],
    }


def drifts(facts: Facts, measured: Sequence[Measured]) -> list[tuple[Import, Import, list[drift.Drift]]]:
    """Each import of at least 10 items compared with all items before it."""
    by_item = {entry.item: entry for entry in measured}
    tx_of = dict(facts.ask("SELECT id, tx FROM item"))
    found = []
    earlier: list[int] = []
    for one in facts.imports:
        if earlier and one.items >= 10:
            before = Import(earlier[-1], "", "", 0)
            found.append((before, one, _compare(facts, by_item, tx_of, earlier, one.tx)))
        earlier.append(one.tx)
    return found


def _compare(
    facts: Facts, by_item: Mapping[int, Measured], tx_of: Mapping[int, int], earlier: Sequence[int], now: int
) -> list[drift.Drift]:
    listed = ", ".join(map(str, earlier))
    entries = []
    for name, sql in (
        ("width", "SELECT i.width FROM item i WHERE TRUE"),
        ("height", "SELECT i.height FROM item i WHERE TRUE"),
        ("shapes", "SELECT (SELECT count(*) FROM annotation a WHERE a.item_id = i.id) FROM item i WHERE TRUE"),
        (
            "area",
            "SELECT a.w * a.h / (i.width * i.height) FROM annotation a JOIN item i ON i.id = a.item_id WHERE a.w > 0",
        ),
    ):
        old = [row[0] for row in facts.ask(f"{sql} AND i.tx IN ({listed})")]
        entries.append(drift.of_numbers(name, np.array(old, np.float64), facts.values(sql, now)))
    for name in ("sharpness", "brightness", "contrast"):
        values = {item: getattr(entry, name) for item, entry in by_item.items()}
        old = [value for item, value in values.items() if tx_of[item] in set(earlier)]
        new = [value for item, value in values.items() if tx_of[item] == now]
        if old and new:
            entries.append(drift.of_numbers(name, old, new))
    sql = "SELECT a.label, count(*) FROM annotation a JOIN item i ON i.id = a.item_id WHERE i.tx {0} GROUP BY 1"
    entries.append(
        drift.of_categories(
            "labels", dict(facts.ask(sql.format(f"IN ({listed})"))), dict(facts.ask(sql.format(f"= {int(now)}")))
        )
    )
    return entries


def _measure(facts: Facts, most: int, progress: Progress, words: Words) -> tuple[list[Measured], dict[int, str]]:
    rows = facts.ask("SELECT id, path, page FROM item ORDER BY id")
    step = max(1.0, len(rows) / most) if most else 0.0
    chosen = [rows[int(at * step)] for at in range(int(len(rows) / step))] if most else []
    threads = max(1, min(4, (os.cpu_count() or 2)))
    return measure(
        [(item, path, page or 0) for item, path, page in chosen],
        lambda done: progress(
            0.05 + 0.9 * done / len(chosen), words("Looking at picture {0} of {1}", done, len(chosen))
        ),
        threads,
    )
