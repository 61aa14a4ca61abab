"""Dataset versions: immutable lists of items, annotations and splits, as Parquet that workers read without the store.

A version's items are dealt into buckets by the upper bits of their key. Each bucket is one pair of Parquet files named
by the digest of their content, shared between versions; a new version writes only the buckets in which something
changed since the one before. The digest is taken over sorted values, not over files: it does not depend on local ids,
on the order of imports, on the machine or on the Parquet writer.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import changed
from engine.data import chunks
from engine.data.split import Ratios, assign
from engine.errors import BadInput, UsageError, WorkspaceError
from engine.workspace import write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.changes import Changes
    from engine.data.diff import VersionDiff
    from engine.workspace import Workspace

SCHEMA = 1
DEFAULT_RATIOS = "70/15/15"


class VersionExists(UsageError):
    """Another version has that name."""


class NoSuchVersion(UsageError):
    """There is no version of that name or number."""


@dataclass(frozen=True)
class DatasetVersion:
    """A row of the list of versions. `splits` counts items; `settings` says how the splits were made."""

    id: int
    name: str
    digest: str
    created: datetime
    author: str
    items: int
    annotations: int
    splits: Mapping[str, int]
    settings: Mapping[str, Any]

    @property
    def is_table(self) -> bool:
        """Whether it holds rows of a table (see `engine.data.tables`) and no images."""
        return "table" in self.settings

    @property
    def changes(self) -> Changes:
        """What making it changed."""
        return changed(versions=self.id)


@dataclass(frozen=True)
class VersionData:
    """A version as a worker reads it.

    Attributes:
        items: key, digest, name, page, width, height, split, group_key, metadata, path (absolute, of the image file).
        annotations: item_key, label, label_id, kind, x, y, w, h, points, rle, attributes, origin, id.
    """

    manifest: Mapping[str, Any]
    items: pa.Table
    annotations: pa.Table


def create_version(
    ws: Workspace,
    name: str,
    split: str | None = None,
    seed: int = 0,
    group: str | None = None,
    where: str | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> DatasetVersion:
    """Freeze the workspace's items and annotations under a name. Annotations that a model made are not in it.

    Args:
        split: "70/15/15" (train/val/test in percent) deals the items anew, stratified by the rarest label of each;
            None keeps the splits that were imported, or deals 70/15/15 when there are none.
        seed: another seed deals otherwise; the same one deals the same on every machine.
        group: SQL over the view `items` whose value names an item's group, such as metadata->>'lot'; items of a group
            stay in one split. None: the group that was imported.
        where: SQL condition over the view `items` that chooses the items.

    Raises:
        VersionExists: the name is taken by a version with other content.
        BadInput: no items are chosen, or the ratios are none.
    """
    name = name.strip()
    if not name:
        raise UsageError("A version needs a name.")
    ratios = Ratios.parse(split) if split not in (None, "keep") else None
    previous = [version for version in list_versions(ws) if not version.is_table][:1]
    old = read_manifest(ws.path, previous[0].id) if previous else None
    tell = progress or (lambda *_: None)
    made = _Snapshot(ws, old, ratios, seed, group, where, tell)
    settings = {"split": split, "seed": seed, "group": group, "where": where}
    same_name = next((version for version in list_versions(ws) if version.name == name), None)
    if same_name is not None:
        if same_name.digest == made.digest:
            return same_name
        raise VersionExists(f"There is a version “{name}” with other content already; choose another name.")
    with ws.transaction("Create version") as tx:
        ((ident,),) = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM dataset_version").fetchall()
        made.write_folder(ident, name, tx.author, tx.at, settings)
        tx.execute(
            "INSERT INTO dataset_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [ident, name, made.digest, tx.at, tx.author, tx.id, made.item_count, made.annotation_count,
             json.dumps(made.splits), json.dumps(settings)],
        )  # fmt: skip
    tell(1.0, "Done")
    return get_version(ws, ident)


def list_versions(ws: Workspace) -> list[DatasetVersion]:
    """All versions, the newest first."""
    rows = ws.query(
        "SELECT id, name, digest, created, author, items, annotations, splits, settings FROM dataset_version ORDER BY id DESC"
    )
    return [DatasetVersion(*[*row[:7], json.loads(row[7]), json.loads(row[8])]) for row in rows]


def get_version(ws: Workspace, which: str | int) -> DatasetVersion:
    """The version of a name, a number, or the first characters (8 or more) of its digest.

    Raises:
        NoSuchVersion: there is none.
    """
    for version in list_versions(ws):
        if which in (version.id, version.name, str(version.id)):
            return version
        if isinstance(which, str) and len(which) >= 8 and version.digest.startswith(which):
            return version
    raise NoSuchVersion(f"There is no version “{which}”; see: lineside version list.")


def read_version(workspace: Path, version: int) -> VersionData:
    """All of a version, from its files alone; for workers, which never open the store.

    Raises:
        WorkspaceError: a file of the version is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    manifest = read_manifest(workspace, version)
    root = workspace / "versions"
    try:
        items = chunks.read([root / entry["items"] for entry in manifest["chunks"]], chunks.item_schema())
        annotations = chunks.read(
            [root / entry["annotations"] for entry in manifest["chunks"]], chunks.annotation_schema()
        )
        splits = pq.read_table(root / str(version) / "splits.parquet")
        linked = root / str(version) / "links.parquet"
        links = dict(zip(*pq.read_table(linked).to_pydict().values(), strict=True)) if linked.exists() else {}
    except (OSError, pa.ArrowException) as error:
        raise WorkspaceError(f"Version {version} in {workspace} cannot be read ({error}); make it again.") from error
    items = items.append_column("split", splits["split"])  # both are sorted by key
    media = workspace / "media"
    paths = [
        links.get(key) or str(media / digest[:2] / digest)
        for key, digest in zip(items["key"].to_pylist(), items["digest"].to_pylist(), strict=True)
    ]
    items = items.append_column("path", pa.array(paths, pa.string()))
    ids = {entry["name"]: entry["id"] for entry in manifest["labels"]}
    names = annotations["label"].combine_chunks().dictionary_encode()
    lookup = pa.array([ids.get(value) for value in names.dictionary.to_pylist()], pa.int32())
    annotations = annotations.append_column("label_id", lookup.take(names.indices))
    return VersionData(manifest, items, annotations)


def diff(ws: Workspace, a: str | int, b: str | int) -> VersionDiff:
    """What lies between two versions; see engine/data/diff.py."""
    from engine.data.diff import diff as compare

    return compare(ws, a, b)


def read_manifest(workspace: Path, version: int) -> dict[str, Any]:
    """What the folder of a version says of it.

    Raises:
        WorkspaceError: it is missing or damaged.
    """
    path = workspace / "versions" / str(version) / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path} cannot be read ({error}); make the version again.") from error
    return manifest


class _Snapshot:
    """The state of the store at one moment, dealt into buckets; chunk files are written as it is made."""

    def __init__(
        self, ws: Workspace, old: dict[str, Any] | None, ratios: Ratios | None, seed: int, group: str | None,
        where: str | None, tell: Callable[[float, str], None],
    ) -> None:  # fmt: skip
        self.ws, self.old, self.root = ws, old, ws.path / "versions"
        cursor = ws.cursor().cursor()  # a transaction of its own: labelling goes on meanwhile
        cursor.execute("BEGIN")
        try:
            self.cursor = cursor
            ((self.tx,),) = cursor.execute("SELECT coalesce(max(id), 0) FROM tx").fetchall()
            self.labels = chunks.label_names(cursor)
            self._choose(group, where)
            self._deal(ratios, seed)
            tell(0.1, "Collecting what changed")
            self.chunks = self._buckets(tell)
        finally:
            cursor.execute("ROLLBACK")
            cursor.close()
        self.digest = self._digest()

    def _choose(self, group: str | None, where: str | None) -> None:
        import duckdb

        from engine.data.query import BadQuery, check_expression

        for text in filter(None, (group, where)):
            check_expression(text)
        source = "item" if group is None and where is None else "items"
        sql = f"SELECT id, key, split, {f'CAST(({group}) AS VARCHAR)' if group else 'group_key'} AS grp, link, tx FROM {source}"
        try:
            self.items = self.cursor.sql(f"{sql} WHERE {where or 'TRUE'} ORDER BY key").to_arrow_table()
        except duckdb.Error as error:
            raise BadQuery(f"The condition or the group fails: {str(error).splitlines()[0]}") from error
        self.item_count = len(self.items)
        if not self.item_count:
            raise BadInput("There are no items to make a version of; import some, or choose fewer conditions.")
        self.keys = self.items["key"].to_numpy()
        self.ids = self.items["id"].to_numpy()

    def _deal(self, ratios: Ratios | None, seed: int) -> None:
        import pyarrow as pa

        kept = self.items["split"]
        if ratios is None and kept.null_count < self.item_count:
            self.split = kept.fill_null("train")
        else:
            pairs = self.cursor.sql(
                "SELECT DISTINCT item_id, label_id FROM annotation WHERE origin <> 'model'"
            ).fetchnumpy()
            codes = assign(
                self.ids, self.keys, self.items["grp"], pairs["item_id"], pairs["label_id"], dict(self.labels.names),
                ratios or Ratios.parse(DEFAULT_RATIOS), seed,
            )  # fmt: skip
            self.split = pa.array(["train", "val", "test"]).take(pa.array(codes))
        self.splits = dict(sorted(Counter(self.split.to_pylist()).items()))

    def _buckets(self, tell: Callable[[float, str], None]) -> list[dict[str, Any]]:
        """An entry of the manifest for each bucket: the old one where nothing changed, else a new pair of files."""
        import numpy as np

        bits = chunks.bucket_bits(self.item_count)
        bounds = np.searchsorted(self.keys, [index << (63 - bits) for index in range(1, 1 << bits)]).tolist()
        edges = [0, *bounds, self.item_count]
        spans = list(itertools.pairwise(edges))
        marks = [hashlib.sha256(self.keys[start:end].astype("<i8").tobytes()).hexdigest()[:32] for start, end in spans]
        entries: list[dict[str, Any] | None] = [None] * len(spans)
        if self.old and len(self.old["chunks"]) == len(spans) and self._labels_kept():
            dirty = self._dirty(edges)
            for index, entry in enumerate(self.old["chunks"]):
                if index not in dirty and entry["keys"] == marks[index] and (self.root / entry["items"]).exists():
                    entries[index] = entry
        missing = [index for index, entry in enumerate(entries) if entry is None]
        for number, (index, entry) in enumerate(
            chunks.write(self.cursor, self.root, self.ids, [(index, *spans[index]) for index in missing], self.labels)
        ):
            entries[index] = entry | {"keys": marks[index]}
            if number % 16 == 0:
                tell(0.1 + 0.8 * number / len(missing), "Writing")
        return [entry for entry in entries if entry is not None]

    def _labels_kept(self) -> bool:
        """Whether every label that the old version knew still has its name; new ones do not touch old rows."""
        assert self.old is not None
        return bool(self.old["label_names"].items() <= self.labels.as_json().items())

    def _dirty(self, edges: list[int]) -> set[int]:
        """Buckets with an item that was touched since the old version."""
        import numpy as np

        assert self.old is not None
        seen = self.old["tx"]
        touched = self.cursor.execute(
            "SELECT item_id FROM annotation WHERE tx > $1 UNION SELECT item_id FROM edit WHERE tx > $1 AND item_id IS NOT NULL"
            " UNION SELECT id FROM item WHERE tx > $1",
            [seen],
        ).fetchnumpy()["item_id"]
        rows = np.flatnonzero(np.isin(self.ids, touched))
        return set((np.searchsorted(np.array(edges[1:]), rows, side="right")).tolist())

    @property
    def annotation_count(self) -> int:
        return sum(entry["annotation_count"] for entry in self.chunks)

    def _digest(self) -> str:
        splits = hashlib.sha256(
            self.keys.astype("<i8").tobytes() + "".join(value[:2] for value in self.split.to_pylist()).encode()
        )
        content = {
            "schema": SCHEMA,
            "labels": sorted([name, parent] for name, parent in self.labels.parents()),
            "chunks": [entry["digest"] for entry in self.chunks],
            "splits": splits.hexdigest(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def write_folder(self, ident: int, name: str, author: str, at: datetime, settings: Mapping[str, Any]) -> None:
        """versions/<id>/: the manifest last, so that a folder with one is whole."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder = self.root / str(ident)
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            pa.table({"key": self.items["key"], "split": self.split}), folder / "splits.parquet", compression="zstd"
        )
        links = _links(self.items)
        if links:
            pq.write_table(pa.table(links), folder / "links.parquet")
        kinds: Counter[str] = Counter()
        for entry in self.chunks:
            kinds.update(entry["kinds"])
        manifest = {
            "schema": SCHEMA, "id": ident, "name": name, "digest": self.digest, "created": at.isoformat(), "author": author,
            "tx": self.tx, "labels": self.labels.rows, "label_names": self.labels.as_json(), "splits": self.splits,
            "items": self.item_count, "annotations": self.annotation_count, "kinds": dict(kinds), "task": _task(kinds),
            "settings": dict(settings), "chunks": self.chunks,
        }  # fmt: skip
        write_atomically(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False).encode())


def _links(items: pa.Table) -> dict[str, list[Any]]:
    """Where the files are that the workspace only refers to."""
    from engine.data.items import linked_path

    if items["link"].null_count == len(items):
        return {}
    rows = [
        (key, str(linked_path(link)))
        for key, link in zip(*items.select(["key", "link"]).to_pydict().values(), strict=True)
        if link
    ]
    return {"key": [key for key, _ in rows], "path": [path for _, path in rows]}


def _task(kinds: Mapping[str, int]) -> str:
    """What the annotations are good for: the hint with which a model page begins."""
    if not kinds:
        return ""
    most = max(kinds, key=lambda kind: (kinds[kind], kind))
    if most == "class":
        return "classification"
    if most in ("polygon", "mask"):
        return "segmentation"
    return {"keypoints": "keypoints", "rotated_box": "rotated"}.get(most, "detection")
