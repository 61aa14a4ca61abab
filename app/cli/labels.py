"""Commands for the label schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import plural, table
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.data.records import Label
    from engine.workspace import Workspace

group("label", "labels and labelling: schema, review, rounds, check, …")
group("label schema", "the labels: list, show, add, rename, color, remove, export, import, apply")
LABEL = argument("label", metavar="LABEL", help="name or id; PARENT/NAME where two have the same name")


@command("label schema list")
def list_all(call: Call) -> Answer:
    """List the labels with the number of their annotations."""
    from engine.labeling.schema import label_usage, labels

    workspace = call.workspace()
    schema, used = labels(workspace), label_usage(workspace)
    names = {label.id: label.name for label in schema}
    documents = [
        {"id": label.id, "name": label.name, "parent": names.get(label.parent or 0), "color": label.color,
         "shapes": list(label.shapes), "annotations": used.get(label.id, 0)}
        for label in schema
    ]  # fmt: skip
    rows = [[d["id"], d["name"], d["parent"] or "", d["color"], d["annotations"]] for d in documents]
    empty = "No labels yet; add one with: lineside label schema add NAME"
    return Answer(documents, table(["id", "name", "parent", "color", "annotations"], rows, empty=empty))


@command(
    "label schema add",
    argument("name", metavar="NAME"),
    argument(
        "--color", metavar="#RRGGBB", help="default: the next of a palette that colour-blind people can tell apart"
    ),
    argument("--parent", metavar="LABEL"),
    argument("--shapes", metavar="KIND,…", default="", help="only these kinds of annotation: box, polygon, class, …"),
)
def add(call: Call) -> Answer:
    """Add a label."""
    from engine.labeling.schema import add_label

    options, workspace = call.options, call.workspace()
    parent = _find(workspace, options.parent).id if options.parent else None
    shapes = [kind.strip() for kind in options.shapes.split(",") if kind.strip()]
    changes = add_label(workspace, options.name, options.color, parent, shapes=shapes)
    return _told(workspace, changes.labels, f"Added the label “{options.name}”.")


@command("label schema rename", LABEL, argument("name", metavar="NAME"))
def rename(call: Call) -> Answer:
    """Give a label another name; its annotations keep it."""
    from engine.labeling.schema import rename_label

    workspace = call.workspace()
    label = _find(workspace, call.options.label)
    rename_label(workspace, label.id, call.options.name)
    return _told(workspace, [label.id], f"“{label.name}” is now “{call.options.name}”.")


@command("label schema color", LABEL, argument("color", metavar="#RRGGBB"))
def color(call: Call) -> Answer:
    """Give a label another colour."""
    from engine.labeling.schema import recolor_label

    workspace = call.workspace()
    label = _find(workspace, call.options.label)
    recolor_label(workspace, label.id, call.options.color)
    return _told(workspace, [label.id], f"“{label.name}” is now {call.options.color}.")


@command(
    "label schema remove",
    LABEL,
    argument("--move-to", metavar="LABEL", help="give its annotations to this label"),
    argument("--with-annotations", action="store_true", help="remove its annotations too"),
)
def remove(call: Call) -> Answer:
    """Remove a label. One that has annotations asks for --move-to or --with-annotations."""
    from engine.labeling.schema import label_usage, remove_label

    options, workspace = call.options, call.workspace()
    label = _find(workspace, options.label)
    used = label_usage(workspace).get(label.id, 0)
    if used and not (options.move_to or options.with_annotations):
        raise UsageError(
            f"“{label.name}” has {plural(used, 'annotation')}; say --move-to LABEL to keep them under another label,"
            " or --with-annotations to remove them too."
        )
    target = _find(workspace, options.move_to).id if options.move_to else None
    remove_label(workspace, label.id, move_to=target)
    removed = 0 if target else used
    text = f"Removed the label “{label.name}”" + (f" and {plural(removed, 'annotation')}." if removed else ".")
    return Answer({"removed": label.id, "annotations_removed": removed}, text)


FILE = argument("file", metavar="FILE", type=Path, help="JSON: written by `label schema export`, or a COCO file")
CHOOSE = argument(
    "--choose",
    metavar="KEY=CHOICE",
    action="append",
    default=[],
    help="what becomes of annotations; --preview lists them",
)
PREVIEW = argument("--preview", action="store_true", help="only say what would happen")


@command("label schema show")
def show(call: Call) -> Answer:
    """Show the whole schema: hierarchy, keys, shapes, attributes, skeletons, relations."""
    from engine.labeling.schema import labels
    from engine.labeling.schema_file import document

    found = document(labels(call.workspace()))
    return Answer(
        found, "\n".join(_lines(found["labels"])) or "No labels yet; add one with: lineside label schema add NAME"
    )


@command("label schema export", argument("file", metavar="FILE", type=Path))
def export(call: Call) -> Answer:
    """Write the schema to a JSON file, for another workspace or for an editor."""
    from engine.labeling.schema import labels
    from engine.labeling.schema_file import write

    schema = labels(call.workspace())
    write(schema, call.options.file)
    text = f"Wrote {plural(len(schema), 'label')} to {call.options.file}."
    return Answer({"file": str(call.options.file), "labels": len(schema)}, text)


@command("label schema import", FILE, PREVIEW, CHOOSE)
def import_schema(call: Call) -> Answer:
    """Add the labels of a file, or update those of the same name; others stay."""
    return _migrate(call, whole=False)


@command("label schema apply", FILE, PREVIEW, CHOOSE)
def apply(call: Call) -> Answer:
    """Make the schema what a file says; its annotations are carried over in one step that can be undone.

    In the file, a label, an attribute, a value or a keypoint that was called otherwise says so with "was"; the labels in
    a label's "merge" become it.
    """
    return _migrate(call, whole=True)


def _migrate(call: Call, *, whole: bool) -> Answer:
    from engine.labeling import migration, schema, schema_file

    workspace, options = call.workspace(), call.options
    draft = schema_file.draft(schema_file.read(options.file), schema.labels(workspace), whole=whole)
    choices = _choices(options.choose, {effect.key for effect in migration.plan(workspace, draft).effects})
    plan = migration.plan(workspace, draft, choices)
    if unknown := choices.keys() - {effect.key for effect in plan.effects if effect.choices}:
        raise UsageError(f"There is nothing to choose for “{min(unknown)}”; --preview lists what there is.")
    if not options.preview:
        migration.apply(workspace, draft, choices, "Change schema" if whole else "Import schema")
    added, changed, removed = plan.labels
    effects: list[dict[str, Any]] = [
        {"key": e.key, "what": e.sentence, "annotations": e.count, "choices": list(e.choices), "choice": e.choice}
        for e in plan.effects
    ]
    document = {
        "applied": not options.preview, "labels_added": added, "labels_changed": changed, "labels_removed": removed,
        "annotations_changed": plan.annotations, "effects": effects,
    }  # fmt: skip
    would = "Would have" if options.preview else "Done:"
    parts = [f"{plural(added, 'label')} added", f"{changed} changed", f"{removed} removed"]
    text = f"{would} {', '.join(parts)}; {plural(plan.annotations, 'annotation')} changed."
    rows = [[e["key"], e["annotations"], e["what"], e["choice"] or ("decide!" if e["choices"] else ""), ", ".join(e["choices"])] for e in effects]  # fmt: skip
    listed = table(["key", "annotations", "what", "will", "can"], rows, empty="")
    return Answer(document, f"{text}\n{listed}".rstrip())


def _choices(given: Sequence[str], known: set[str]) -> dict[str, str]:
    """KEY=CHOICE taken apart; both may have a “=” of their own."""
    choices = {}
    for entry in given:
        parts = entry.split("=")
        cuts = [("=".join(parts[:at]), "=".join(parts[at:])) for at in range(1, len(parts))]
        if not cuts:
            raise UsageError(f"“{entry}” is no choice; write KEY=CHOICE as --preview lists them.")
        key, choice = next((cut for cut in cuts if cut[0] in known), cuts[-1])
        choices[key] = choice
    return choices


def _lines(entries: Sequence[Mapping[str, Any]], depth: int = 0) -> Iterator[str]:
    for entry in entries:
        remarks = [entry.get("key", ""), ", ".join(entry.get("shapes", ()))]
        remarks += [
            f"{a['name']}: {'|'.join(a.get('values', ())) or a.get('type', 'text')}"
            for a in entry.get("attributes", ())
        ]
        remarks += [f"{len(entry['keypoints'])} keypoints"] if entry.get("keypoints") else []
        remarks += [f"relations {', '.join(entry['relations'])}"] if entry.get("relations") else []
        yield "  " * depth + "  ".join([entry["name"], *filter(None, remarks)])
        yield from _lines(entry.get("labels", ()), depth + 1)


def _find(workspace: Workspace, name: str) -> Label:
    """The label with that name, PARENT/NAME or id."""
    from engine.labeling.schema import UnknownLabel, labels

    schema = labels(workspace)
    names = {label.id: label.name for label in schema}
    found = [label for label in schema if label.name == name] or [
        label
        for label in schema
        if str(label.id) == name or (label.parent and f"{names.get(label.parent)}/{label.name}" == name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"There are {len(found)} labels “{name}”; name the one meant by its id or as PARENT/NAME.")
    known = ", ".join(names.values()) or "there are none yet"
    raise UnknownLabel(f"There is no label “{name}”; known labels: {known}.")


def _told(workspace: Workspace, ids: object, text: str) -> Answer:
    from engine.labeling.schema import labels

    wanted = set(ids)  # type: ignore[call-overload]  # ids of one kind of change
    found = [label for label in labels(workspace) if label.id in wanted]
    documents = [{"id": label.id, "name": label.name, "color": label.color, "parent": label.parent} for label in found]
    return Answer(documents[0] if len(documents) == 1 else documents, text)
