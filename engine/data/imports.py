"""Taking images and annotations into a workspace: media first, then everything in one transaction."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.data import known
from engine.data import shapes as checks
from engine.data.colors import next_color
from engine.data.images import BadImage, ImageInfo, probe_bytes
from engine.data.importers import importer, recognised
from engine.data.importers.base import LabelSpec, Picture, Problem, Reading, Source, clean_text
from engine.data.journal import Journal
from engine.errors import BadInput, LinesideError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.workspace import Transaction, Workspace

SPLITS = ("train", "val", "test")


class ImportCancelled(LinesideError):
    """The person stopped the import; nothing of it was kept."""


@dataclass
class ImportReport:
    """What an import did.

    Attributes:
        imported: images that are new in the workspace.
        skipped: images that were there already, and those left out with a reason in `problems`.
        annotations: annotations that are new.
    """

    imported: int = 0
    skipped: int = 0
    annotations: int = 0
    problems: list[Problem] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    format: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "format": self.format,
            "imported": self.imported,
            "skipped": self.skipped,
            "annotations": self.annotations,
            "problems": [{"path": problem.path, "reason": problem.reason} for problem in self.problems],
        }


@dataclass
class _File:
    """An image file of the source after it was looked at: where its items are, or will be."""

    digest: str
    info: ImageInfo | None  # None: known from an earlier import
    size: int
    mtime: int
    seen: float  # when it was read, s


def import_data(
    ws: Workspace,
    path: Path | str,
    format: str = "auto",
    link: bool = False,
    split: str | None = None,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    options: Mapping[str, Any] | None = None,
) -> ImportReport:
    """Import a folder, an annotation file or a zip archive of either. The same source twice adds nothing.

    Runs in the owner's process, in any thread; `progress` is called from that thread.

    Args:
        link: refer to the files in place instead of keeping copies.
        split: train, val or test for all images; None: as the source says.
        cancelled: asked now and then; when it says yes, nothing is kept.

    Raises:
        BadInput: nothing can be read there.
        UsageError: unknown format or split.
        ImportCancelled: `cancelled` said yes.
    """
    path = Path(path).expanduser().absolute()
    if split is not None and split not in SPLITS:
        raise UsageError(f"There is no split “{split}”; choose train, val or test.")
    if not path.exists():
        raise BadInput(f"{clean_text(str(path))} does not exist; check the path.")
    source = Source(path, options or {}, progress or (lambda *_: None), cancelled or (lambda: False))
    with Journal(ws) as journal:
        source.scratch = None if link else journal.scratch
        if path.is_file() and path.suffix.lower() == ".zip":
            if link:
                raise UsageError(
                    "Files in a zip archive cannot be linked to; unpack it first or import without --link."
                )
            from engine.data.archives import unpack

            source.progress(0.0, f"Unpacking {path.name}")
            source.path = unpack(path, journal.scratch(), source.problems, source.cancelled)
            source.ours = True
        chosen = recognised(source) if format == "auto" else importer(format)
        source.progress(0.01, f"Reading the {chosen.name} annotations")
        reading = chosen.read(source)
        report = _Import(ws, source, reading, journal, link, split).run()
        report.format = chosen.name
        return report


class _Import:
    """One import: look at the files, settle what is new, write."""

    def __init__(
        self, ws: Workspace, source: Source, reading: Reading, journal: Journal, link: bool, split: str | None
    ) -> None:
        self.ws, self.source, self.reading, self.journal = ws, source, reading, journal
        self.link, self.split = link, split
        self.report = ImportReport(problems=reading.problems)
        self.item_of: list[int] = [0] * len(reading.pictures)  # item id of each picture's first page; 0: left out
        self.sizes: list[tuple[int, int]] = [(0, 0)] * len(reading.pictures)
        self.new_items: dict[str, list[Any]] = {name: [] for name in _ITEM_COLUMNS}
        self.fresh: set[int] = set()
        self.resplit: list[tuple[str, int]] = []
        self.twins = False
        self.sources: dict[str, list[Any]] = {name: [] for name in ("path", "size", "mtime", "digest")}

    def run(self) -> ImportReport:
        files = self._look()
        self._check_cancelled()
        self.source.progress(0.9, "Saving")
        self.ws.media.sync()
        with self.ws.transaction(f"Import {self.source.path.name}" if not self.source.ours else "Import archive") as tx:
            self._settle_items(files)
            labels, label_ids = self._settle_labels(tx)
            rows, flagged = checks.checked(self.reading, self.item_of, self.sizes, self.report.problems)
            again = {item for item in self.item_of if item and item not in self.fresh}
            rows = known.without_known(self.ws, rows, label_ids, again, self.twins)
            self._write(tx, labels, label_ids, rows, flagged)
            self._check_cancelled()
        self.journal.keep()
        self.report.changes = changed(
            items=self.fresh | {item for _, item in self.resplit},
            labels={row["id"] for row in labels},
        ) | (Changes(annotations=frozenset({-1})) if self.report.annotations else Changes())
        self.source.progress(1.0, "Done")
        return self.report

    def _check_cancelled(self) -> None:
        if self.source.cancelled():
            raise ImportCancelled("The import was stopped; nothing of it was kept.")

    # -- files

    def _look(self) -> dict[str, _File]:
        """Read, check and keep each image file; those that an earlier import saw unchanged are not read again."""
        pictures = self.reading.pictures
        paths = list(dict.fromkeys(picture.path for picture in pictures))
        known = {} if self.source.ours else self._seen_before(paths)
        found: dict[str, _File] = {}
        names = {picture.path: picture.name for picture in pictures}
        waiting: list[str] = []
        for path in paths:
            old = known.get(path)
            if old is None or not self._unchanged(path, old, found):
                waiting.append(path)
        with ThreadPoolExecutor(max_workers=min(8, (os.cpu_count() or 2) + 1)) as pool:
            try:
                for number, (path, result) in enumerate(zip(waiting, pool.map(self._take, waiting), strict=True)):
                    if isinstance(result, str):
                        self.report.problems.append(Problem(names[path], result))
                    else:
                        found[path] = result
                    if number % 32 == 0:
                        self._check_cancelled()
                        self.source.progress(
                            0.05 + 0.8 * number / len(waiting), f"{number:,} of {len(waiting):,} images"
                        )
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return found

    def _seen_before(self, paths: list[str]) -> dict[str, tuple[int, int, str]]:
        """What earlier imports read of these paths: (size, mtime in ns, digest)."""
        import pyarrow as pa

        if not paths or not self.ws.query("SELECT 1 FROM source LIMIT 1"):
            return {}
        cursor = self.ws.cursor()
        cursor.register("incoming_paths", pa.table({"path": [path for path in paths if clean_text(path) == path]}))
        try:
            rows = cursor.execute(
                "SELECT path, size, mtime, s.digest FROM source s SEMI JOIN incoming_paths USING (path)"
                " SEMI JOIN item i ON i.digest = s.digest"
            ).fetchall()
        finally:
            cursor.unregister("incoming_paths")
        return {path: (size, mtime, digest) for path, size, mtime, digest in rows}

    def _unchanged(self, path: str, old: tuple[int, int, str], found: dict[str, _File]) -> bool:
        try:
            status = os.stat(path)  # noqa: PTH116  no Path for each of many thousand files
        except OSError:
            return False
        if (status.st_size, status.st_mtime_ns) != old[:2]:
            return False
        found[path] = _File(old[2], None, status.st_size, status.st_mtime_ns, 0.0)
        return True

    def _take(self, path: str) -> _File | str:
        """Runs in several threads: read the file once, check it, keep it; a string is the reason why not."""
        import hashlib

        if self.source.cancelled():
            return "stopped"
        now = time.time()
        try:
            status = os.stat(path)  # noqa: PTH116  no Path for each of many thousand files
            data = Path(path).read_bytes()
            info = probe_bytes(data)
            digest = hashlib.sha256(data).hexdigest()
        except BadImage as error:
            return str(error)
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"
        if not self.link:
            self.journal.adds(digest)
            self.ws.media.add_file(Path(path), digest, move=self.source.ours)
        return _File(digest, info, status.st_size, status.st_mtime_ns, now)

    # -- items

    def _settle_items(self, files: dict[str, _File]) -> None:
        """Which item each picture is: one that is there, or a new one per page."""
        existing = self._existing({file.digest for file in files.values()})
        first_of: dict[tuple[str, int], str] = {}
        next_id = self.ws.new_ids("item", 0)
        count = 0
        for index, picture in enumerate(self.reading.pictures):
            file = files.get(picture.path)
            if file is None:
                self.report.skipped += 1
                continue
            pages = self._pages(file, existing) if picture.page is None else [picture.page]
            added = False
            for page in pages:
                known = existing.get((file.digest, page))
                if known is None:
                    known = (next_id + count, *self._new_item(next_id + count, picture, file, page))
                    existing[file.digest, page] = known
                    self.fresh.add(next_id + count)
                    count += 1
                    added = True
                elif (twin := first_of.get((file.digest, page))) not in (None, picture.name):
                    self.twins = True
                    self.report.problems.append(Problem(picture.name, f"the same picture as {twin}; it is kept once"))
                elif known[3] is None and (split := self.split or picture.split) and known[0] not in self.fresh:
                    self.resplit.append((split, known[0]))
                first_of.setdefault((file.digest, page), picture.name)
                if page == pages[0]:
                    self.item_of[index], self.sizes[index] = known[0], (known[1], known[2])
            self.report.imported += added
            self.report.skipped += not added
            if (
                file.seen > file.mtime / 1e9 + 2 and not self.source.ours
            ):  # else it may yet change within its time stamp
                self._remember(picture.path, file)
        self.ws.new_ids("item", count)

    def _existing(self, digests: set[str]) -> dict[tuple[str, int], tuple[int, int, int, str | None]]:
        import pyarrow as pa

        cursor = self.ws.cursor()
        cursor.register("incoming_digests", pa.table({"digest": pa.array(sorted(digests), pa.string())}))
        try:
            rows = cursor.execute(
                "SELECT digest, page, id, width, height, split FROM item SEMI JOIN incoming_digests USING (digest)"
            ).fetchall()
        finally:
            cursor.unregister("incoming_digests")
        return {(digest, page): (item, width, height, split) for digest, page, item, width, height, split in rows}

    @staticmethod
    def _pages(file: _File, existing: Mapping[tuple[str, int], Any]) -> list[int]:
        if file.info is not None:
            return list(range(file.info.pages))
        pages: list[int] = []
        while (file.digest, len(pages)) in existing:
            pages.append(len(pages))
        return pages or [0]

    def _new_item(self, ident: int, picture: Picture, file: _File, page: int) -> tuple[int, int, str | None]:
        info = file.info
        assert info is not None  # a file whose items are not there was read just now: see _seen_before
        width, height, channels, bits = (info.page_sizes or ((info.width, info.height, info.channels, info.bits),))[
            page
        ]
        split = self.split or picture.split
        link = None
        if self.link:
            link = json.dumps({"path": picture.path, "size": file.size, "mtime": file.mtime})
            if clean_text(link) != link:
                link = json.dumps({"bytes": os.fsencode(picture.path).hex(), "size": file.size, "mtime": file.mtime})
        name = picture.name if info.pages == 1 else f"{picture.name}#{page + 1}"
        metadata = json.dumps(picture.metadata, ensure_ascii=False, sort_keys=True) if picture.metadata else None
        values = (ident, item_key(file.digest, page), file.digest, name, page, width, height, channels, bits,
                  info.format, file.size, split, picture.group, metadata, None, link)  # fmt: skip
        for column, value in zip(self.new_items.values(), values, strict=True):
            column.append(value)
        return width, height, split

    def _remember(self, path: str, file: _File) -> None:
        if clean_text(path) == path and file.info is not None:
            for name, value in zip(self.sources, (path, file.size, file.mtime, file.digest), strict=True):
                self.sources[name].append(value)

    # -- labels

    def _settle_labels(self, tx: Transaction) -> tuple[list[dict[str, Any]], list[int]]:
        """New rows of the label table, and the label id of each label of the source."""
        have = {
            name: ident
            for ident, name in tx.execute("SELECT id, name FROM label ORDER BY parent NULLS LAST, id DESC").fetchall()
        }
        ((first, place),) = tx.execute(
            "SELECT greatest(coalesce(max(id), 0), (SELECT coalesce(max(label_id), 0) FROM label_key), (SELECT coalesce(max("
            "(coalesce(after, before)::JSON ->> 'id')::INTEGER), 0) FROM edit WHERE op = 'label')), coalesce(max(position) + 1, 0)"
            " FROM label"  # the id of a removed label is not given again: its history names it
        ).fetchall()
        used = [color for (color,) in tx.execute("SELECT color FROM label WHERE color IS NOT NULL").fetchall()]
        rows: list[dict[str, Any]] = []
        ids: list[int] = []

        def settle(spec: LabelSpec) -> int:
            nonlocal first, place
            if spec.name not in have:
                parent = settle(LabelSpec(spec.parent)) if spec.parent and spec.parent != spec.name else None
                first += 1
                have[spec.name] = first
                details = json.dumps(spec.details, ensure_ascii=False, sort_keys=True) if spec.details else None
                used.append(spec.color or next_color(used))
                rows.append(
                    {"id": first, "name": spec.name, "parent": parent, "color": used[-1],
                     "shortcut": str(place + 1) if place < 9 else None, "position": place, "tx": tx.id, "details": details,
                     "attributes": json.dumps(spec.attributes, ensure_ascii=False) if spec.attributes else None}
                )  # fmt: skip
                place += 1
            return int(have[spec.name])

        ids = [settle(spec) for spec in self.reading.labels]
        return rows, ids

    # -- annotations

    def _write(
        self,
        tx: Transaction,
        labels: list[dict[str, Any]],
        label_ids: list[int],
        rows: pa.Table,
        flagged: Mapping[int, str],
    ) -> None:
        import pyarrow as pa

        if labels:
            columns = [("id", pa.int32()), ("name", pa.string()), ("parent", pa.int32()), ("color", pa.string()),
                       ("shortcut", pa.string()), ("position", pa.int32()), ("tx", pa.int64()), ("details", pa.string()),
                       ("attributes", pa.string())]  # fmt: skip
            tx.insert("label", pa.Table.from_pylist(labels, schema=pa.schema(columns)))
        if self.fresh:
            problems = [flagged.get(ident) for ident in self.new_items["id"]]
            table = pa.table(self.new_items | {"problem": problems}, schema=_item_schema())
            tx.insert("item", table.append_column("tx", pa.repeat(pa.scalar(tx.id), len(table))))
        for split, item in self.resplit:
            tx.execute("UPDATE item SET split = ?, tx = ? WHERE id = ?", [split, tx.id, item])
        if self.sources["path"]:
            fresh = pa.table(self.sources)
            tx.cursor.register("fresh_sources", fresh)
            tx.execute("DELETE FROM source WHERE path IN (SELECT path FROM fresh_sources)")
            tx.insert("source", fresh)
            tx.cursor.unregister("fresh_sources")
        self.report.annotations = checks.insert(self.ws, tx, rows, label_ids)
        if self.report.annotations or self.fresh:
            after = json.dumps({"source": clean_text(self.source.path.name), "items": len(self.fresh),
                                "annotations": self.report.annotations}, ensure_ascii=False)  # fmt: skip
            tx.execute(
                "INSERT INTO edit (id, tx, op, after) VALUES (?, ?, 'import', ?)",
                [self.ws.new_ids("edit", 1), tx.id, after],
            )


_ITEM_COLUMNS = ("id", "key", "digest", "name", "page", "width", "height", "channels", "bits", "format", "bytes",
                 "split", "group_key", "metadata", "problem", "link")  # fmt: skip


def _item_schema() -> pa.Schema:
    import pyarrow as pa

    wide, text = (
        {"id", "key", "bytes"},
        {"digest", "name", "format", "split", "group_key", "metadata", "problem", "link"},
    )
    kinds = {
        name: pa.int64() if name in wide else pa.string() if name in text else pa.int32() for name in _ITEM_COLUMNS
    }
    return pa.schema(list(kinds.items()))


def item_key(digest: str, page: int = 0) -> int:
    """The number of an item that is the same on every machine: 63 bits of sha256 of the media digest and the page."""
    import hashlib

    return int.from_bytes(hashlib.sha256(f"{digest}:{page}".encode()).digest()[:8], "big") >> 1


def remove_items(ws: Workspace, items: Iterable[int]) -> Changes:
    """Take items and their annotations out of the workspace; their versions keep them."""
    chosen = sorted(set(items))
    if not chosen:
        return Changes()
    with ws.transaction("Remove items") as tx:
        tx.execute("INSERT INTO meta SELECT 'last item', max(id)::VARCHAR FROM item")  # its number is not given again
        tx.execute("DELETE FROM annotation WHERE item_id IN (SELECT unnest(?))", [chosen])
        tx.execute("DELETE FROM item WHERE id IN (SELECT unnest(?))", [chosen])
    return changed(items=chosen, annotations=-1)
