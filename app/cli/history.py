"""Commands for the history of labels, for merging several laptops' work, and for branches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import facts, moment, plural, size, table
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.data.records import Annotation
    from engine.labeling.merging.merge import MergeReport
    from engine.workspace import Workspace

group("label branch", "branches of labels: create, list, compare, merge, remove")
ITEM = argument("item", metavar="ITEM", help="id or name of an image")
NAME = argument("name", metavar="NAME")


@command(
    "label history",
    argument("item", metavar="ITEM", nargs="?", help="id or name of an image"),
    argument("--shape", type=int, metavar="ID", help="of one annotation: from what to what"),
    argument("-n", "--count", type=int, default=50, metavar="N", help="the latest N (default 50)"),
)
def history(call: Call) -> Answer:
    """Who did what to an image or to one annotation, and when."""
    options, workspace = call.options, call.workspace()
    if (options.item is None) == (options.shape is None):
        raise UsageError("Name an image, or an annotation by --shape ID.")
    if options.count < 1:
        raise UsageError(f"--count {options.count} is too few; say how many of the latest, from 1 on.")
    return _shape_history(workspace, options.shape) if options.item is None else _item_history(workspace, options)


@command("label blame", ITEM)
def blame(call: Call) -> Answer:
    """Who gave each annotation of an image what it has: its label, place, attributes and flags."""
    from engine.labeling.blame import blame as find
    from engine.labeling.edits import annotations_of

    workspace = call.workspace()
    item = find_item(workspace, call.options.item)
    names, shapes = _label_names(workspace), {shape.id: shape for shape in annotations_of(workspace, item)}
    told = find(workspace, item)
    documents = [
        {"id": ident, "label": names.get(shapes[ident].label_id), "kind": shapes[ident].kind,
         "parts": [{"field": p.field, "author": p.author, "at": p.at, "edit": p.edit} for p in parts]}
        for ident, parts in told.items()
    ]  # fmt: skip
    rows = [
        [ident, f"{names.get(shapes[ident].label_id, '?')} {shapes[ident].kind}", p.field, p.author, p.at]
        for ident, parts in told.items() for p in parts
    ]  # fmt: skip
    return Answer(documents, table(["annotation", "shape", "part", "who", "when"], rows, empty="Nothing is on it now."))


@command(
    "label restore",
    ITEM,
    argument("--at", metavar="TIME", help="as it was then: 2026-03-01, “2026-03-01 14:30”, or 2h, 3d ago"),
    argument("--edit", type=int, metavar="N", help="as it was after action N of its history"),
    argument(
        "--shape", type=int, action="append", metavar="ID", help="only this annotation; may be given several times"
    ),
)
def restore(call: Call) -> Answer:
    """Bring an image's annotations back to an earlier state. Nothing is lost: the way there is in the history too."""
    from engine.labeling.timeline import restore as go_back
    from engine.labeling.timeline import timeline

    options, workspace = call.options, call.workspace()
    if (options.at is None) == (options.edit is None):
        raise UsageError("Say to when: --at TIME or --edit N; lineside label history ITEM lists both.")
    item = find_item(workspace, options.item)
    story = timeline(workspace, item)
    if not story.entries:
        raise UsageError(f"Image {item} has no history.")
    place = story.place(options.edit) if options.edit is not None else story.before(_time(options.at))
    changes = go_back(workspace, item, story.at(place), options.shape)
    then, count = story.entries[place], len(changes.annotations)
    document = {
        "item": item,
        "action": then.tx,
        "at": then.at,
        "changed": sorted(cast("frozenset[int]", changes.annotations)),
    }
    if not count:
        return Answer(document, "It is as it was then already; nothing was changed.")
    return Answer(document, f"Image {item} is as it was on {moment(then.at)}: {plural(count, 'annotation')} changed.")


@command("label merge", argument("other", metavar="OTHER", help="another workspace's folder, or a bundle file (.zip)"))
def merge(call: Call) -> Answer:
    """Take in what was labelled in another workspace, or what a bundle holds.

    Edits that do not contradict each other go together by themselves. Where both sides changed the same thing of the same
    annotation, both versions are kept until somebody chooses: lineside label conflicts, or in the window. Merging the same
    again changes nothing. A merge is no step of undo; the store is backed up before, and the backup is named.
    """
    from engine.labeling.merging.merge import merge as run

    return merged(run(call.workspace(), Path(call.options.other), call.progress))


@command(
    "label bundle",
    argument("out", metavar="OUT.zip"),
    argument("--since", metavar="TIME", help="only what was done since: 2026-03-01, or 3d; for one who has all before"),
    argument("--with-media", action="store_true", help="with the image files"),
)
def bundle(call: Call) -> Answer:
    """Write what was labelled here into one file, to be merged on another laptop by: lineside label merge OUT.zip"""  # noqa: D400, D415
    from engine.labeling.merging.bundle import write

    options, target = call.options, Path(call.options.out).expanduser().absolute()
    since = _time(options.since).astimezone(UTC).replace(tzinfo=None) if options.since else None
    document = write(call.workspace(), target, since=since, with_media=options.with_media, progress=call.progress)
    text = (
        f"{plural(document['edits'], 'edit')} and {plural(document['annotations'], 'imported annotation')} of"
        f" {plural(document['items'], 'image')}, {plural(document['media'], 'image file')}: {target} ({size(document['bytes'])})"
    )
    return Answer(document, text)


@command("label conflicts", argument("item", metavar="ITEM", nargs="?", help="only of this image"))
def conflicts(call: Call) -> Answer:
    """List annotations that two sides changed differently, with both versions."""
    from engine.labeling.conflicts import conflicts as find

    workspace = call.workspace()
    item = find_item(workspace, call.options.item) if call.options.item else None
    found, names = find(workspace, item), _label_names(workspace)
    documents = [
        {"annotation": c.annotation_id, "item": c.item_id, "name": c.item,
         "versions": [{"edit": v.edit, "author": v.author, "at": v.at, "action": v.action, "mine": v.mine,
                       "state": _document(v.state)} for v in c.versions]}
        for c in found
    ]  # fmt: skip
    rows = [
        [c.annotation_id, c.item, "mine" if v.mine else "theirs", v.edit, v.author, v.at, _text(v.state, names)]
        for c in found for v in c.versions
    ]  # fmt: skip
    headers = ["annotation", "image", "side", "version", "who", "when", "what"]
    return Answer(documents, table(headers, rows, empty="There are no conflicts."))


@command(
    "label resolve",
    argument("shape", type=int, nargs="?", metavar="ANNOTATION"),
    argument("--take", required=True, metavar="SIDE", help="mine, theirs, both, or the number of a version"),
    argument("--all", action="store_true", help="all conflicts of the workspace"),
)
def resolve(call: Call) -> Answer:
    """Choose a version of a conflict. It is one step of undo."""
    from engine.labeling.conflicts import BOTH, MINE, THEIRS, conflicts, settle, settle_all

    options, workspace = call.options, call.workspace()
    if (options.shape is None) != options.all:
        raise UsageError("Name an annotation, or say --all.")
    choice = int(options.take) if _is_number(options.take) and not options.all else options.take
    if isinstance(choice, str) and choice not in (BOTH, MINE, THEIRS):
        raise UsageError(f"“{choice}” is no side; say mine, theirs, both, or the number of a version.")
    before = len(conflicts(workspace))
    if options.all:
        settle_all(workspace, str(choice))
    else:
        settle(workspace, options.shape, choice)
    left = len(conflicts(workspace))
    return Answer(
        {"settled": before - left, "left": left}, f"Settled {plural(before - left, 'conflict')}; {left} wait."
    )


@command("label branch create", NAME)
def branch_create(call: Call) -> Answer:
    """Make a branch: a workspace of its own with the labels as they are now, for an experiment or a second opinion."""
    from engine.labeling.branches import create

    made = create(call.workspace(), call.options.name)
    return Answer({"name": made.name, "path": str(made.path)}, f"Made the branch “{made.name}”: -w {made.path}")


@command("label branch list")
def branch_list(call: Call) -> Answer:
    """List the branches."""
    from engine.labeling.branches import branches

    found = branches(call.workspace())
    documents = [{"name": entry.name, "path": str(entry.path), "created": entry.created} for entry in found]
    rows = [[entry.name, entry.created, entry.path] for entry in found]
    empty = "No branches yet; make one with: lineside label branch create NAME"
    return Answer(documents, table(["name", "created", "folder"], rows, empty=empty))


@command(
    "label branch compare",
    NAME,
    argument(
        "--iou", type=float, default=0.5, metavar="N", help="from where on two shapes are the same one (default 0.5)"
    ),
)
def branch_compare(call: Call) -> Answer:
    """Compare the annotations here with those of a branch, image by image."""
    from engine.labeling.branches import branch, compare

    workspace = call.workspace()
    found = compare(workspace, branch(workspace, call.options.name).path, call.options.iou)
    documents = [
        {"item": i.item_id, "name": i.item, "changed": [[_document(a), _document(b)] for a, b in i.changed],
         "only_here": [_document(s) for s in i.only_here], "only_there": [_document(s) for s in i.only_there]}
        for i in found.items
    ]  # fmt: skip
    rows = [[i.item_id, i.item, len(i.changed), len(i.only_here), len(i.only_there)] for i in found.items]
    counts = found.counts()
    text = table(["id", "image", "changed", "only here", "only there"], rows, empty="No image differs.")
    total = (
        f"{plural(counts['same'], 'annotation')} the same, {counts['changed']} changed, {counts['only_here']} only here,"
        f" {counts['only_there']} only there."
    )
    return Answer({"counts": counts, "items": documents}, f"{text}\n\n{total}" if rows else f"{text} {total}")


@command("label branch merge", NAME)
def branch_merge(call: Call) -> Answer:
    """Take what was done in a branch into this workspace; the branch stays. As label merge does it."""
    from engine.labeling.branches import merge_branch

    return merged(merge_branch(call.workspace(), call.options.name, call.progress))


@command("label branch remove", NAME, argument("--unmerged", action="store_true", help="also with edits never merged"))
def branch_remove(call: Call) -> Answer:
    """Remove a branch."""
    from engine.labeling.branches import remove

    gone = remove(call.workspace(), call.options.name, unmerged=call.options.unmerged)
    lost = f" and {plural(gone, 'edit')} that were never merged" if gone else ""
    return Answer({"removed": call.options.name, "edits": gone}, f"Removed the branch “{call.options.name}”{lost}.")


def merged(report: MergeReport) -> Answer:
    """What a merge did."""
    rows = [
        ("Images", report.items),
        ("Image files", report.media),
        ("Labels", report.labels),
        ("Edits", report.edits),
        ("Imported annotations", report.annotations),
        ("Went together", report.together),
        ("Conflicts", report.conflicts),
        *([("Backup", report.backup)] if report.backup else []),
    ]
    lines = [f"Merged “{report.name}”.", facts(rows), *report.notes]
    if report.conflicts:
        lines.append("Choose between the versions with: lineside label conflicts, or in the window.")
    return Answer(report.to_json(), "\n".join(lines))


def find_item(workspace: Workspace, name: str) -> int:
    """The item with that id or name; the last part of a name is enough when it is the only one."""
    if _is_number(name) and workspace.query("SELECT 1 FROM item WHERE id = ?", [int(name)]):
        return int(name)
    rows = workspace.query("SELECT id FROM item WHERE name = ?", [name]) or workspace.query(
        "SELECT id FROM item WHERE ends_with(name, '/' || ?) OR starts_with(name, ? || '.')", [name, name]
    )
    if len(rows) != 1:
        what = f"There are {len(rows)} images" if rows else "There is no image"
        raise UsageError(f"{what} “{name}”; name the one meant by its id: lineside data list")
    return int(rows[0][0])


def _item_history(workspace: Workspace, options: Any) -> Answer:
    from engine.labeling.history import item_history

    item = find_item(workspace, options.item)
    found = item_history(workspace, item, options.count)
    documents = [
        {"action": e.tx, "at": e.at, "author": e.author, "what": e.action, "annotations": e.shapes} for e in found
    ]
    rows = [[e.tx, e.at, e.author, e.action, e.shapes or ""] for e in found]
    return Answer(
        documents, table(["action", "when", "who", "what", "annotations"], rows, empty="Nothing happened yet.")
    )


def _shape_history(workspace: Workspace, shape: int) -> Answer:
    from engine.labeling.history import shape_history

    found = shape_history(workspace, shape) if 0 < shape < 1 << 63 else []
    names = _label_names(workspace)
    documents = [
        {"edit": e.edit, "parent": e.parent, "at": e.at, "author": e.author, "what": e.action,
         "before": _document(e.before), "after": _document(e.after)}
        for e in found
    ]  # fmt: skip
    rows = [[e.edit, e.at, e.author, e.action, _text(e.before, names), _text(e.after, names)] for e in found]
    empty = f"Annotation {shape} was never edited."
    return Answer(documents, table(["edit", "when", "who", "what", "from", "to"], rows, empty=empty))


def _document(shape: Annotation | None) -> dict[str, Any] | None:
    from dataclasses import asdict

    return (
        None if shape is None else {name: value for name, value in asdict(shape).items() if value not in (None, (), {})}
    )


def _text(shape: Annotation | None, names: dict[int, str]) -> str:
    """A shape in a few words."""
    if shape is None:
        return "–"
    place = "" if shape.x is None else f" {shape.x:.0f}, {shape.y:.0f} {shape.w:.0f} × {shape.h:.0f}"
    return f"{names.get(shape.label_id, '?')} {shape.kind}{place}"


def _label_names(workspace: Workspace) -> dict[int, str]:
    return dict(workspace.query("SELECT id, name FROM label"))


def _time(text: str) -> datetime:
    """A time of this machine's clock: a date, a date with a time, or so long ago.

    Raises:
        UsageError: it is none of these.
    """
    units = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    try:
        if _is_number(text[:-1]) and text[-1] in units:
            return datetime.now().astimezone() - timedelta(**{units[text[-1]]: int(text[:-1])})
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise UsageError(f"“{text}” is no time; write 2026-03-01, “2026-03-01 14:30”, 2h or 3d.") from None


def _is_number(text: str) -> bool:
    """Other digits than 0 to 9, such as ², are none to `int`."""
    return text.isascii() and text.isdigit()
