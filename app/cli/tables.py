"""Commands for tables: freeze a file as a version, look for what gives the answer away, make a table to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import facts, table

group("table", "tables of rows and columns: create a version, check, sample")
SHARES = {
    "bayes_auc": "AUC of the true chances",
    "pairs_auc": "without what three columns do",
    "main_auc": "of each column alone",
}


@command(
    "table create",
    argument("name", metavar="NAME", help="of the version"),
    argument("file", metavar="FILE", help="CSV, TSV or Parquet; the first line of a CSV names the columns"),
    argument("--split", metavar="70/15/15", help="train/val/test in percent (default 70/15/15)"),
    argument("--seed", type=int, default=0, help="for the split (default 0)"),
    argument("--by", metavar="COLUMN", help="a column that says train, val or test of each row"),
    argument("--time", metavar="COLUMN", help="the earliest rows train, the latest test; nothing later is learnt from"),
    argument("--group", metavar="COLUMN", help="rows with the same value stay in one split"),
)
def create(call: Call) -> Answer:
    """Freeze a table as a version, with its splits."""
    import dataclasses

    from engine.data.tables import create_table

    options = call.options
    version = create_table(
        call.workspace(), options.name, Path(options.file).expanduser(), split=options.split, seed=options.seed,
        by=options.by, time=options.time, group=options.group,
    )  # fmt: skip
    splits = ", ".join(f"{name} {count:,}" for name, count in version.splits.items())
    return Answer(
        dataclasses.asdict(version), f"Made the version “{version.name}” of {version.items:,} rows: {splits}."
    )


@command(
    "table check",
    argument("version", metavar="VERSION", help="name or id"),
    argument("--target", default="", metavar="COLUMN", help="the column to foretell (default: the last one)"),
    argument("--ignored", default="", metavar="A,B", help="columns that are not to be learnt from"),
)
def check(call: Call) -> Answer:
    """Say what each column is taken for, and what would make figures too good to be true; ends with 3 if anything would."""
    from engine.data.versions import get_version
    from engine.training.tables import Table

    workspace = call.workspace()
    version = get_version(workspace, call.options.version)
    folder = workspace.path / "versions" / str(version.id)
    found = Table(str(folder), target=call.options.target, ignored=call.options.ignored)
    columns = [_column(column) for column in found.spec.columns]
    document = {
        "target": found.target, "labels": list(found.labels), "rows": {"train": len(found.train), "val": len(found.val)},
        "columns": columns, "notes": found.notes, "skipped": found.skipped,
    }  # fmt: skip
    lines = [
        f"“{found.target}” is {found.labels[0]} or {found.labels[1]}.", "",
        table(["column", "is a", "slots"], [list(one.values()) for one in columns]), "",
        *(found.notes or ["Nothing gives the answer away."]),
        *(f"Left out {name}: {reason}." for name, reason in found.skipped.items()),
    ]  # fmt: skip
    return Answer(document, "\n".join(lines), 3 if found.notes else 0)


@command(
    "table sample",
    argument("folder", metavar="FOLDER", help="where clicks.parquet goes"),
    argument("--rows", type=int, default=60_000, help="default 60000"),
    argument("--seed", type=int, default=0, help="default 0"),
)
def sample(call: Call) -> Answer:
    """Make a table of clicks whose every effect is known, to try models on; says what the best model can reach."""
    from engine.training.clicks import make_clicks

    made = make_clicks(Path(call.options.folder).expanduser(), call.options.rows, call.options.seed)
    document = {**vars(made), "file": str(made.file)}
    shown = [(words, document[name]) for name, words in SHARES.items()]
    return Answer(document, f"Made {made.file}.\n{facts(shown)}")


def _column(column: Any) -> dict[str, Any]:
    return {"name": column.name, "kind": column.kind, "slots": column.slots}
