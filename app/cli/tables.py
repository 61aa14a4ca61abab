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
    "order_auc": "AUC of the true chances of orders",
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
    argument("--target", default="", metavar="A,B", help="the columns to foretell (default: the last one)"),
    argument("--ignored", default="", metavar="A,B", help="columns that are not to be learnt from"),
    argument(
        "--good", default="", metavar="LABEL", help="the value that means a good part (default: OK, good, normal …)"
    ),
)
def create(call: Call) -> Answer:
    """Freeze a table as a version, with its splits."""
    import dataclasses

    from engine.data.tables import Roles, create_table

    options = call.options
    version = create_table(
        call.workspace(), options.name, Path(options.file).expanduser(), split=options.split, seed=options.seed,
        by=options.by, time=options.time, group=options.group,
        roles=Roles(options.target, options.ignored, options.good),
    )  # fmt: skip
    splits = ", ".join(f"{name} {count:,}" for name, count in version.splits.items())
    return Answer(
        dataclasses.asdict(version), f"Made the version “{version.name}” of {version.items:,} rows: {splits}."
    )


@command(
    "table check",
    argument("version", metavar="VERSION", help="name or id, or a FILE that is not frozen yet"),
    argument("--target", default="", metavar="A,B", help="the columns to foretell (default: the last one)"),
    argument("--ignored", default="", metavar="A,B", help="columns that are not to be learnt from"),
)
def check(call: Call) -> Answer:
    """Say what each column is taken for, and what would make figures too good to be true; ends with 3 if anything would."""
    found = _looked(call)
    columns = [_column(column) for column in found.spec.columns]
    document = {
        "target": found.target, "labels": list(found.labels),
        "targets": {one.name: list(one.labels) for one in found.targets}, "rows": {"train": len(found.train), "val": len(found.val)},
        "columns": columns, "notes": found.notes, "skipped": found.skipped,
    }  # fmt: skip
    lines = [
        *(f"“{one.name}” is {one.labels[0]} or {one.labels[1]}." for one in found.targets), "",
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
    argument("--orders", action="store_true", help="with a second answer, “order”, for models of several targets"),
)
def sample(call: Call) -> Answer:
    """Make a table of clicks whose every effect is known, to try models on; says what the best model can reach."""
    from engine.training.clicks import make_clicks

    made = make_clicks(
        Path(call.options.folder).expanduser(), call.options.rows, call.options.seed, call.options.orders
    )
    document = {**vars(made), "file": str(made.file)}
    shown = [(words, document[name]) for name, words in SHARES.items() if document[name]]
    return Answer(document, f"Made {made.file}.\n{facts(shown)}")


def _looked(call: Call) -> Any:
    """A version, or a file, as a training would see it."""
    from engine.data.tables import READERS, Roles, deal, read_file
    from engine.data.versions import get_version
    from engine.training.tables import Table, look_at

    options, file = call.options, Path(call.options.version).expanduser()
    if file.suffix.lower() in READERS:
        rows, roles = read_file(file), Roles(options.target, options.ignored)
        roles.require_in(rows.column_names)
        return look_at(rows, deal(rows), roles)
    workspace = call.workspace()
    folder = workspace.path / "versions" / str(get_version(workspace, options.version).id)
    return Table(str(folder), target=options.target, ignored=options.ignored)


def _column(column: Any) -> dict[str, Any]:
    return {"name": column.name, "kind": column.kind, "slots": column.slots}
