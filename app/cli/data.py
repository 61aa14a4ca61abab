"""Commands for images and annotations: bring in, take out, list, count, ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import facts, plural, table

group("data", "images and annotations: import, export, list, stats, query")
SHOWN_PROBLEMS = 20


@command(
    "data import",
    argument("path", metavar="PATH", help="a folder, an annotation file, or a zip archive"),
    argument(
        "--format",
        default="auto",
        metavar="F",
        help="coco, voc, yolo, cvat, datumaro, labelme, … (default: recognise it)",
    ),
    argument("--link", action="store_true", help="refer to the files in place instead of copying them"),
    argument("--split", choices=("train", "val", "test"), help="put all images into this split"),
    argument("--sequence", action="store_true", help="the images of a folder are frames, in the order of their names"),
    argument("--every", metavar="N", type=int, default=1, help="of a video or a sequence take each N-th frame"),
)
def import_data(call: Call) -> Answer:
    """Import images and annotations; importing the same again adds nothing.

    Files that cannot be read are named with the reason; the rest is imported. Ends with 3 when nothing could be read.
    """
    from engine.data.imports import import_data as bring_in

    options = call.options
    chosen = (
        "folder" if options.sequence and options.format == "auto" and Path(options.path).is_dir() else options.format
    )
    report = bring_in(
        call.workspace(), Path(options.path).expanduser(), format=chosen, link=options.link, split=options.split,
        progress=call.progress, options={"sequence": options.sequence, "every": options.every},
    )  # fmt: skip
    call.progress.clear()
    text = f"Imported {plural(report.imported, 'image')}, skipped {report.skipped:,}."
    if report.problems:
        shown = [f"  {problem.path}: {problem.reason}" for problem in report.problems[:SHOWN_PROBLEMS]]
        more = len(report.problems) - len(shown)
        text += "\n" + "\n".join([f"{plural(len(report.problems), 'problem')}:", *shown])
        text += f"\n  … and {more:,} more (--json lists all)" if more else ""
    nothing = report.problems and not report.imported and len(report.problems) >= report.skipped
    return Answer(report.to_json(), text, 3 if nothing else 0)


@command(
    "data export",
    argument("out", metavar="OUT", help="a new folder, or a new .zip"),
    argument(
        "--format",
        required=True,
        metavar="F",
        help="coco, voc, yolo, cvat, cvat-video, datumaro, labelme, … (docs/formats.md)",
    ),
    argument("--version", metavar="V", help="this dataset version instead of the current state"),
    argument("--no-images", action="store_true", help="annotations only"),
)
def export_data(call: Call) -> Answer:
    """Write images and annotations in another format; names what the format cannot say."""
    from engine.data.exports import export_data as take_out

    options = call.options
    report = take_out(
        call.workspace(), Path(options.out), options.format, version=options.version, progress=call.progress,
        images=not options.no_images,
    )  # fmt: skip
    call.progress.clear()
    text = f"Wrote {plural(report.written, 'item')} with {plural(report.annotations, 'annotation')} to {report.path}."
    if lost := report.not_expressible[:SHOWN_PROBLEMS]:
        text += f"\nThe format {options.format} cannot say:\n" + "\n".join(f"  {what}" for what in lost)
    return Answer(report.to_json(), text)


@command(
    "data list",
    argument("--label", help="only items with this label"),
    argument("--split", choices=("train", "val", "test")),
    argument("--problem", metavar="TEXT", help="only items with this problem"),
    argument("--text", help="only items whose name contains this"),
    argument("--unlabelled", action="store_true", help="only items without annotations"),
    argument("--limit", type=int, default=50, help="at most so many (default 50; 0: all)"),
)
def list_items(call: Call) -> Answer:
    """List items."""
    from engine.data.browse import ItemFilter, item_ids, item_rows

    options, workspace = call.options, call.workspace()
    chosen: dict[str, Any] = {
        "label": options.label, "split": options.split, "problem": options.problem, "text": options.text,
        "labelled": False if options.unlabelled else None,
    }  # fmt: skip
    ids = item_ids(workspace, ItemFilter(**{name: value for name, value in chosen.items() if value is not None}))
    shown = ids[: options.limit] if options.limit else ids
    rows = item_rows(workspace, list(shown))
    document = [
        {"id": row.id, "name": row.name, "width": row.width, "height": row.height, "split": row.split,
         "problem": row.problem, "annotations": row.annotations, "labels": list(row.labels)}
        for row in rows
    ]  # fmt: skip
    text = table(
        ["id", "name", "size", "split", "labels", "problem"],
        [[r.id, r.name, f"{r.width}×{r.height}", r.split or "", ", ".join(r.labels), r.problem or ""] for r in rows],
        empty="No items.",
    )
    if len(shown) < len(ids):
        text += f"\n… {len(ids) - len(shown):,} more (--limit 0 lists all)"
    return Answer({"count": len(ids), "items": document}, text)


@command("data stats")
def stats(call: Call) -> Answer:
    """Count items, annotations, labels and problems."""
    from engine.data.browse import stats as count

    found = count(call.workspace())
    document = found.to_json()
    return Answer(document, facts((name.replace("_", " "), _brief(value)) for name, value in document.items()))


@command(
    "data query",
    argument("sql", metavar="SQL", help="a SELECT over items, annotations, labels, history"),
    argument("--limit", type=int, default=1000, help="at most so many rows (default 1000)"),
)
def query(call: Call) -> Answer:
    """Ask the workspace in SQL; read-only.

    Views:
      items        id, name, width, height, channels, bits, format, bytes, split, group_key, metadata, problem, annotations
      annotations  id, item_id, item, label, kind, x, y, w, h, area, attributes, score, origin, author, split
      labels       id, name, color, parent, annotations
      history      id, created, author, action, op, item_id, annotation_id, before, after, tx

    Example:
      lineside data query "SELECT label, count(*) FROM annotations GROUP BY label"
    """
    from engine.data.query import select

    found = select(call.workspace(), call.options.sql, call.options.limit)
    names = list(found.column_names)
    rows = [list(row) for row in zip(*(column.to_pylist() for column in found.columns), strict=True)]
    return Answer({"columns": names, "rows": rows}, table(names, rows, empty="No rows."))


def _brief(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{name or 'none'} {count}" for name, count in value.items()) or "none"
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict | list | tuple):
        return ", ".join(" ".join(map(str, one.values() if isinstance(one, dict) else one)) for one in value)
    return value
