"""Commands for dataset versions: immutable, named lists of items, annotations and splits."""

from __future__ import annotations

from typing import Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import facts, table

group("version", "dataset versions: create, list, show, diff")


@command(
    "version create",
    argument("name", metavar="NAME"),
    argument("--split", metavar="70/15/15", default=None, help="train/val/test in percent (default: as imported)"),
    argument("--seed", type=int, default=0, help="for the split (default 0)"),
    argument("--group", metavar="KEY", help="keep items of one group together: group_key, or a key of the metadata"),
    argument("--where", metavar="SQL", help='only items for which this holds, such as "problem IS NULL"'),
)
def create(call: Call) -> Answer:
    """Freeze the current items and annotations as a version; splits are stratified by label and seeded."""
    from engine.data.versions import create_version

    options = call.options
    version = create_version(
        call.workspace(), options.name, split=options.split, seed=options.seed, group=options.group, where=options.where
    )
    document = _document(version)
    return Answer(document, f"Made the version “{options.name}”.\n{facts(_facts(document))}")


@command("version list")
def list_all(call: Call) -> Answer:
    """List the versions."""
    from engine.data.versions import list_versions

    documents = [_document(version) for version in list_versions(call.workspace())]
    rows = [
        [d["id"], d["name"], d["items"], d["annotations"], _splits(d), d["digest"][:12], d["created"]]
        for d in documents
    ]
    headers = ["id", "name", "items", "annotations", "splits", "digest", "created"]
    return Answer(documents, table(headers, rows, empty="No versions yet; make one with: lineside version create NAME"))


@command("version show", argument("version", metavar="VERSION", help="name or id"))
def show(call: Call) -> Answer:
    """Show one version."""
    from engine.data.versions import get_version

    document = _document(get_version(call.workspace(), call.options.version))
    return Answer(document, facts(_facts(document)))


@command("version diff", argument("a", metavar="A"), argument("b", metavar="B"))
def diff(call: Call) -> Answer:
    """Say what changed from version A to version B."""
    from engine.data.versions import diff as compare

    found = compare(call.workspace(), call.options.a, call.options.b)
    document = found.to_json()
    if found.same:
        return Answer(document, f"{found.a} and {found.b} are the same.")
    names = ("items", "annotations", "moved", "labels")
    return Answer(document, facts((name, _counts(document[name])) for name in names))


def _document(version: Any) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(version)


def _splits(document: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in (document.get("splits") or {}).items())


def _facts(document: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, _splits(document) if name == "splits" else value) for name, value in document.items()]


def _counts(changes: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_list(value)}" for name, value in changes.items() if value) or "the same"


def _list(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
