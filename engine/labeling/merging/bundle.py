"""A bundle: what a workspace knows in one zip file, to be carried to another laptop and merged there.

Each table is a file of JSON lines, named with its digest in manifest.json; image files lie under media/ by their digest. A
bundle comes from outside: it is unpacked with limits, and every line is checked before anything is merged.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from engine.errors import BadInput, WorkspaceError
from engine.labeling.merging.snapshot import QUERIES, Snapshot, read

if TYPE_CHECKING:
    from engine.labeling.merging.bundle_format import EditLine, Shape
    from engine.workspace import Workspace


def write(
    ws: Workspace,
    target: Path,
    *,
    since: datetime | None = None,
    with_media: bool = False,
    progress: Callable[[float, str], None] = lambda *_: None,
) -> dict[str, Any]:
    """Write a bundle file; returns the numbers of what is in it.

    Args:
        since: only what was done from then on (UTC); whoever merges it must have all that was before.
        with_media: with the image files; else they are expected on the other side, or come later.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    snapshot = read(ws.cursor(), ws.name, ws.path / "media")
    rows = _lines(snapshot, since)
    digests = sorted({row["digest"] for row in rows["item"] if row["digest"]})
    partial = target.with_name(f".{target.name}.part")
    media = 0
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
            texts = {name: "".join(_line(row) for row in table).encode() for name, table in rows.items()}
            for name, text in texts.items():
                packed.writestr(f"{name}.jsonl", text)
            if with_media:
                media = _pack_media(snapshot, digests, packed, progress)
            packed.writestr("manifest.json", json.dumps(_manifest(ws, since, texts), ensure_ascii=False, indent=1))
        partial.replace(target)
    except OSError as error:
        raise WorkspaceError(f"{target} could not be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    counted = {"items": len(rows["item"]), "edits": len(rows["edit"]), "annotations": len(rows["annotation"])}
    return {"path": str(target), **counted, "media": media, "bytes": target.stat().st_size}


@contextlib.contextmanager
def opened(path: Path, scratch: Path) -> Iterator[Snapshot]:
    """Unpack and check a bundle into an empty folder.

    Raises:
        BadInput: damaged, forged, or not a bundle; the sentence says where.
    """
    from engine.data.archives import unpack
    from engine.data.importers.base import Problem

    problems: list[Problem] = []
    folder = unpack(path, scratch, problems)
    if problems:
        raise BadInput(
            f"{path.name} is not a sound bundle ({problems[0].path}: {problems[0].reason}); nothing was merged."
        )
    yield _checked(path, folder)


def _lines(snapshot: Snapshot, since: datetime | None) -> dict[str, list[dict[str, Any]]]:
    tables = {name: snapshot.tables[name].to_pylist() for name in QUERIES}
    for row in tables["item"]:
        del row["link"]  # a path of this machine
    if since is not None:
        recent = {row["id"] for row in tables["tx"] if row["created"] >= since}
        tables["tx"] = [row for row in tables["tx"] if row["id"] in recent]
        for name in ("edit", "annotation"):
            tables[name] = [row for row in tables[name] if row["tx"] in recent]
    for row in tables["annotation"]:
        row["attributes"] = json.loads(row["attributes"]) if row["attributes"] else {}
        row |= json.loads(row.pop("details") or "{}")
    return {**tables, "label": snapshot.labels}


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=lambda value: value.isoformat(), separators=(",", ":")) + "\n"


def _manifest(ws: Workspace, since: datetime | None, texts: dict[str, bytes]) -> dict[str, Any]:
    from engine.labeling.merging.bundle_format import FORMAT, VERSION

    return {
        "format": FORMAT,
        "version": VERSION,
        "name": ws.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "since": since.isoformat() if since else None,
        "tables": {name: sha256(text).hexdigest() for name, text in texts.items()},
    }


def _pack_media(
    snapshot: Snapshot, digests: list[str], packed: zipfile.ZipFile, progress: Callable[[float, str], None]
) -> int:
    count = 0
    for number, digest in enumerate(digests):
        source = snapshot.media(digest)
        if source is not None:
            packed.write(source, f"media/{digest[:2]}/{digest}", zipfile.ZIP_STORED)
            count += 1
        if number % 16 == 0:
            progress(number / len(digests), f"{number:,} of {len(digests):,} images")
    return count


def _checked(path: Path, folder: Path) -> Snapshot:
    from pydantic import ValidationError

    from engine.labeling.merging.bundle_format import LINES, Manifest

    place = "manifest.json"
    try:
        manifest = Manifest.model_validate_json(_of_this_version(path, (folder / place).read_bytes()))
        rows: dict[str, list[Any]] = {}
        for name, model in LINES.items():
            place = f"{name}.jsonl"
            content = (folder / place).read_bytes()
            if sha256(content).hexdigest() != manifest.tables.get(name):  # type: ignore[call-overload]
                raise ValueError("it is not what the manifest says")
            rows[name] = []
            for number, line in enumerate(content.splitlines(), 1):
                place = f"{name}.jsonl, line {number}"
                rows[name].append(model.model_validate_json(line))
        place = "its tables"
        return _snapshot(manifest.name, rows, folder)
    except FileNotFoundError:
        raise BadInput(f"{path.name} is not a bundle: {place} is not in it.") from None
    except (ValidationError, ValueError, KeyError, TypeError, RecursionError) as error:
        _refuse(path, place, error)


def _of_this_version(path: Path, text: bytes) -> bytes:
    from engine.labeling.merging.bundle_format import FORMAT, VERSION

    found = json.loads(text)
    version = found.get("version") if isinstance(found, dict) and found.get("format") == FORMAT else None
    if isinstance(version, int) and version > VERSION:
        raise BadInput(
            f"{path.name} was written by a newer Lineside (bundles of version {version}; up to {VERSION} can be read); update this"
            " program, then merge it again. Nothing was merged."
        )
    return text


def _refuse(path: Path, place: str, error: Exception) -> NoReturn:
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}".lstrip(": ")
    else:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    raise BadInput(f"{path.name} is damaged or forged at {place} ({reason[:200]}); nothing was merged.") from error


def _snapshot(name: str, rows: dict[str, list[Any]], folder: Path) -> Snapshot:
    import pyarrow as pa

    from engine.labeling.merging import bundle_format as form

    _check_items(rows["item"])
    sizes = {row.id: row.width * row.height for row in rows["item"]}
    for row in rows["edit"]:
        _check_edit(row, sizes)
    for row in rows["annotation"]:
        _check_shape(row, sizes)
    labels = [row.model_dump() for row in rows["label"]]
    for label in labels:
        form.LabelRecord.model_validate_json(label["record"])
    _check_references(rows)
    tables = {
        "item": pa.Table.from_pylist([row.model_dump() | {"link": None} for row in rows["item"]], _item_schema()),
        "tx": pa.Table.from_pylist(
            [row.model_dump() | {"created": form.moment(row.created)} for row in rows["tx"]], _tx_schema()
        ),
        "edit": pa.Table.from_pylist([row.model_dump() for row in rows["edit"]], _edit_schema()),
        "annotation": _annotations(rows["annotation"]),
        "alias": pa.Table.from_pylist(
            [row.model_dump() for row in rows["alias"]], pa.schema([("id", pa.int64()), ("annotation_id", pa.int64())])
        ),
    }

    def media(digest: str) -> Path | None:
        found = folder / "media" / digest[:2] / digest
        return found if found.is_file() else None

    return Snapshot(name, tables, labels, media, partial=True)


def _check_items(items: list[Any]) -> None:
    from engine.data.imports import item_key

    for row in items:
        if row.key != item_key(row.digest, row.page):
            raise ValueError(f"the key of item {row.id} does not belong to its digest")
        if row.metadata is not None and not isinstance(json.loads(row.metadata, parse_constant=_no_constant), dict):
            raise ValueError(f"the metadata of item {row.id} is no object")
    if len({row.id for row in items}) != len(items) or len({row.key for row in items}) != len(items):
        raise ValueError("an item is there twice")


def _check_edit(row: EditLine, sizes: dict[int, int]) -> None:
    from engine.labeling.merging import bundle_format as form

    drawn = row.op in ("add", "change", "remove")
    if drawn != (row.annotation_id is not None) or ((drawn or row.op == "review") and row.item_id is None):
        raise ValueError(f"edit {row.id} does not say what it is about")
    if row.op == "import":
        return
    for text in (row.before, row.after):
        if text is None:
            continue
        if drawn:
            shape = form.Shape.model_validate_json(text)
            _check_shape(shape, sizes)
            if (shape.id, shape.item_id) != (row.annotation_id, row.item_id):
                raise ValueError(f"edit {row.id} is about another annotation than it says")
        else:
            form.RECORDS[row.op].model_validate_json(text)
    if row.before is None and row.after is None:
        raise ValueError(f"edit {row.id} is empty")


def _check_shape(shape: Shape, sizes: dict[int, int]) -> None:
    from engine.data import rle

    if shape.rle is not None and shape.item_id in sizes and rle.pixels(shape.rle) != sizes[shape.item_id]:
        raise ValueError(f"the mask of annotation {shape.id} does not fit its image")
    if shape.kind != "class" and None in (shape.x, shape.y, shape.w, shape.h):
        raise ValueError(f"annotation {shape.id} has no place")
    step = {"keypoints": 3, "ellipse": 5}.get(shape.kind, 2)
    if any(len(ring) % step or not ring for ring in shape.points or ()):
        raise ValueError(f"annotation {shape.id} has half a point")
    for other, name in shape.relations:
        if not isinstance(other, int) or not isinstance(name, str):
            raise ValueError(f"annotation {shape.id} has a relation to nothing")


def _check_references(rows: dict[str, list[Any]]) -> None:
    ids = {name: {row.id for row in table} for name, table in rows.items()}
    if any(len(ids[name]) != len(table) for name, table in rows.items()):
        raise ValueError("an id is there twice")
    if any(row.tx not in ids["tx"] for row in (*rows["edit"], *rows["annotation"])):
        raise ValueError("an edit belongs to no transaction")
    if any(row.item_id not in ids["item"] for row in rows["annotation"]):
        raise ValueError("an annotation belongs to no item")
    if len({row.key for row in rows["label"]}) != len(rows["label"]):
        raise ValueError("a label is there twice")
    told = (json.loads(text) for row in rows["edit"] if row.op != "import" for text in (row.before, row.after) if text)
    for record in told:
        label = record["id"] if "color" in record else record.get("label_id")
        if label is not None and label not in ids["label"]:
            raise ValueError(f"an edit is of label {label}, which is not there")
    if any(row.label_id not in ids["label"] for row in rows["annotation"]):
        raise ValueError("an annotation has a label that is not there")


def _annotations(rows: list[Any]) -> Any:
    import pyarrow as pa

    from engine.data.records import annotation_from_json, annotation_table

    shapes = [annotation_from_json(row.model_dump_json(exclude_none=True)) for row in rows]
    table = annotation_table(shapes, 0)
    return table.set_column(table.column_names.index("tx"), "tx", pa.array([row.tx for row in rows], pa.int64()))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _item_schema() -> Any:
    import pyarrow as pa

    wide = {"id", "key", "bytes"}
    text = {"digest", "name", "format", "split", "group_key", "metadata", "problem", "link"}
    names = ("id", "key", "digest", "name", "page", "width", "height", "channels", "bits", "format", "bytes", "split",
             "group_key", "metadata", "problem", "link")  # fmt: skip
    return pa.schema([(n, pa.int64() if n in wide else pa.string() if n in text else pa.int32()) for n in names])


def _tx_schema() -> Any:
    import pyarrow as pa

    text = pa.string()
    return pa.schema([("id", pa.int64()), ("action", text), ("author", text), ("created", pa.timestamp("us")),
                      ("undoes", pa.int64())])  # fmt: skip


def _edit_schema() -> Any:
    import pyarrow as pa

    numbers = [(name, pa.int64()) for name in ("id", "tx", "parent", "item_id", "annotation_id")]
    texts = [(name, pa.string()) for name in ("op", "before", "after")]
    return pa.schema([*numbers, *texts, ("merges", pa.list_(pa.int64()))])
