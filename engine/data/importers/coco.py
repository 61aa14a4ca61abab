"""COCO JSON: boxes, polygons, masks as RLE (compressed or not), keypoints, crowds."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import gc
import itertools
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from engine.data import rle as masks
from engine.data.importers.base import BAD_CONTENT, LabelSpec, Picture, Problem, Reading, Shapes, Source, shape_schema
from engine.data.importers.text import clean_text, label_name, split_of
from engine.data.records import FLAGS
from engine.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

NOTHING = msgspec.Raw(b"[]")
Id = int | str
Number = Annotated[int, msgspec.Meta(ge=-(1 << 62), le=1 << 62)]  # as a column can hold
_BOX, _IMAGE, _CATEGORY, _ID, _CROWD = map(attrgetter, ("bbox", "image_id", "category_id", "id", "iscrowd"))


class PlainBox(msgspec.Struct, gc=False):
    """An annotation that is a box and nothing else: most large files have only these, and they are read fast."""

    image_id: Number
    category_id: Number
    bbox: tuple[float, float, float, float]
    id: Number = 0
    iscrowd: Literal[0, 1] = 0
    segmentation: tuple[()] = ()
    keypoints: None = None
    score: None = None
    attributes: None = None
    details: None = None


class AnyShape(msgspec.Struct, gc=False):
    """An annotation as COCO and its descendants write it."""

    image_id: Id
    category_id: Id
    bbox: list[float] | None = None
    id: Id | None = None
    iscrowd: int = 0
    segmentation: msgspec.Raw = NOTHING
    keypoints: list[float] | None = None
    score: float | None = None
    attributes: dict[str, Any] | None = None
    details: dict[str, Any] | None = None  # of our own: see exporters/coco.py


class Image(msgspec.Struct):
    """An image entry; what else it says is kept as the item's metadata."""

    id: Id
    file_name: str
    width: int | None = None
    height: int | None = None


class Category(msgspec.Struct):
    """A category entry."""

    id: Id
    name: str
    supercategory: str | None = None
    keypoints: list[str] | None = None
    skeleton: list[tuple[int, int]] | None = None


class FastDocument(msgspec.Struct):
    """A file of boxes."""

    images: list[msgspec.Raw]
    annotations: list[PlainBox]
    categories: list[msgspec.Raw]


class Document(msgspec.Struct):
    """Any file; each entry is read by itself so that one bad entry costs only itself."""

    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw] = []
    categories: list[msgspec.Raw] = []


class CocoImporter:
    """One JSON file, or a folder with one per split."""

    name = "coco"

    def recognise(self, source: Source) -> float:
        return 0.95 if any(_looks_like_coco(path) for path in list(source.with_suffix(".json").values())[:50]) else 0.0

    def read(self, source: Source) -> Reading:
        files = {name: path for name, path in source.with_suffix(".json").items() if _looks_like_coco(path)}
        if not files and source.path.is_file():
            files = {clean_text(source.path.name): source.path}
        if not files:
            raise BadInput(
                f"There is no COCO file in {source.path}; it is a JSON file with “images” and “annotations”."
            )
        if source.path.is_file():
            source, files = _with_images(source, source.path)
        merged = _Merged(source, several=len(files) > 1)
        for name, path in files.items():
            merged.add(name, path)
        if not merged.pictures and len(files) == 1 and source.problems:
            raise BadInput(f"{next(iter(files.values()))} cannot be read: {source.problems[0].reason}.")
        return merged.reading()


def _looks_like_coco(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
            file.seek(max(0, path.stat().st_size - 65536))
            tail = file.read(65536)
    except OSError:
        return False
    both = head + tail
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"shapes"' not in head and (
        b'"file_name"' in both or (b'"images"' in both and (b'"annotations"' in both or b'"categories"' in both))
    )  # fmt: skip


def _with_images(source: Source, path: Path) -> tuple[Source, dict[str, Path]]:
    """For a JSON file by itself: the folder it lies in, or the one above when the images lie beside `annotations/`."""
    own = source.sibling(path.parent)
    if own.images or path.parent.parent == path.parent:
        return own, {clean_text(path.name): path}
    above = source.sibling(path.parent.parent)
    return above, {clean_text(f"{path.parent.name}/{path.name}"): path}


class _Merged:
    """What several files say together: categories of the same name are one label, images of one path one picture."""

    def __init__(self, source: Source, several: bool) -> None:
        self.source = source
        self.several = several
        self.pictures: list[Picture] = []
        self.labels: list[LabelSpec] = []
        self.tables: list[pa.Table] = []
        self._by_path: dict[str, int] = {}
        self._by_label: dict[str, int] = {}

    def reading(self) -> Reading:
        import pyarrow as pa

        table = pa.concat_tables(self.tables) if self.tables else Shapes().table()
        return Reading(self.pictures, self.labels, table, self.source.problems)

    def problem(self, path: str, reason: str) -> None:
        self.source.problems.append(Problem(clean_text(path), reason))

    def add(self, name: str, path: Path) -> None:
        self.source.progress(0.0, f"Reading {name}")
        try:
            data = self.source.read_bytes(path).removeprefix(b"\xef\xbb\xbf")
        except BadInput as error:
            self.problem(name, str(error))
            return
        collecting = gc.isenabled()
        gc.disable()  # a million small objects that hold no cycles: the collector would walk them again and again
        try:
            document: FastDocument | Document
            try:
                document = msgspec.json.decode(data, type=FastDocument)
            except msgspec.ValidationError:
                document = msgspec.json.decode(data, type=Document)
            images = self._images(name, document.images)
            categories = self._categories(name, document.categories)
            if isinstance(document, FastDocument):
                self.tables.append(self._boxes(name, document.annotations, images, categories))
            else:
                self.tables.append(self._shapes(name, document.annotations, images, categories))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.problem(name, f"not a COCO file: {error}")
        finally:
            if collecting:
                gc.enable()

    def _images(self, name: str, entries: list[msgspec.Raw]) -> dict[Id, int]:
        base = name.rsplit("/", 1)[0] if "/" in name else ""
        split = split_of(name.rsplit("/", 1)[-1])
        decoder, loose = msgspec.json.Decoder(Image), msgspec.json.Decoder(dict)
        found: dict[Id, int] = {}
        seen: set[Id] = set()
        for number, raw in enumerate(entries):
            try:
                entry = decoder.decode(raw)
            except msgspec.DecodeError as error:
                self.problem(f"{name}: images[{number}]", f"cannot be read: {error}")
                continue
            if entry.id in seen:
                self.problem(entry.file_name, f"the image id {entry.id} is used twice; the first one counts")
                continue
            seen.add(entry.id)
            try:
                image_name, path = self.source.find_image(entry.file_name, base)
            except BadInput as error:
                self.problem(entry.file_name, str(error))
                continue
            if image_name in self._by_path:
                found[entry.id] = self._by_path[image_name]
                if not self.several:
                    self.problem(entry.file_name, "the image is listed twice; its annotations are put together")
                continue
            index = found[entry.id] = self._by_path[image_name] = len(self.pictures)
            size = (entry.width, entry.height) if entry.width and entry.height else None
            extra = None
            if len(memoryview(raw)) > 60 + len(entry.file_name):
                extra = {
                    key: value
                    for key, value in loose.decode(raw).items()
                    if key not in ("id", "file_name", "width", "height") and value not in (None, "", [])
                } or None
            self.pictures.append(Picture(path, image_name, split, metadata=extra, size=size))
            assert index == len(self.pictures) - 1
        self.known_ids = seen
        return found

    def _categories(self, name: str, entries: list[msgspec.Raw]) -> dict[Id, int]:
        decoder = msgspec.json.Decoder(Category)
        found: dict[Id, int] = {}
        for number, raw in enumerate(entries):
            try:
                entry = decoder.decode(raw)
            except msgspec.DecodeError as error:
                self.problem(f"{name}: categories[{number}]", f"cannot be read: {error}")
                continue
            label = label_name(entry.name) or f"category {entry.id}"
            if entry.id in found:
                self.problem(
                    f"{name}: category “{label}”", f"the category id {entry.id} is used twice; the first one counts"
                )
                continue
            if label not in self._by_label:
                self._by_label[label] = len(self.labels)
                details = {
                    key: value
                    for key in ("supercategory", "keypoints", "skeleton")
                    if (value := getattr(entry, key)) not in (None, "", [])
                }
                if "skeleton" in details:  # counted from 1
                    details["skeleton"] = [
                        [start - 1, end - 1] for start, end in entry.skeleton or () if start > 0 < end
                    ]
                self.labels.append(LabelSpec(label, details=details))
            found[entry.id] = self._by_label[label]
        return found

    def _boxes(self, name: str, entries: list[PlainBox], images: dict[Id, int], categories: dict[Id, int]) -> pa.Table:
        """A million boxes as columns, without touching them one by one."""
        import numpy as np
        import pyarrow as pa

        count = len(entries)
        boxes = np.fromiter(itertools.chain.from_iterable(map(_BOX, entries)), np.float64, 4 * count).reshape(-1, 4)
        picture = _translate(np.fromiter(map(_IMAGE, entries), np.int64, count), images)
        label = _translate(np.fromiter(map(_CATEGORY, entries), np.int64, count), categories)
        ids = np.fromiter(map(_ID, entries), np.int64, count)
        crowd = np.fromiter(map(_CROWD, entries), np.int8, count)
        good = (picture >= 0) & (label >= 0)
        for row in np.flatnonzero(~good).tolist():
            entry = entries[row]
            if entry.image_id in images or entry.image_id not in self.known_ids:
                self._bad_reference(name, entry.id, entry.image_id, entry.category_id, images)
        good &= self._first_of_each_id(name, ids)
        rows = np.flatnonzero(good)
        details = pa.nulls(len(rows), pa.string())
        if crowd.any():
            ignored = '{"flags": ["ignore"]}'
            details = pa.array([ignored if value else None for value in crowd[rows].tolist()], pa.string())
        kept = boxes[rows]
        nothing = {entry.name: pa.nulls(len(rows), entry.type) for entry in shape_schema()}
        columns = nothing | {
            "picture": pa.array(picture[rows]),
            "label": pa.array(label[rows]),
            "kind": _constant("box", len(rows)),
            "details": details,
        }
        columns |= {axis: pa.array(kept[:, index]) for index, axis in enumerate("xywh")}
        return pa.table(columns, schema=shape_schema())

    def _first_of_each_id(self, name: str, ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        import numpy as np

        first = np.ones(len(ids), bool)
        if len(ids) and not ((np.diff(ids) > 0).all() or not ids.any()):
            _, place = np.unique(ids, return_index=True)
            first[:] = False
            first[place] = True
            first |= ids == 0
            for row in np.flatnonzero(~first).tolist():
                self.problem(f"{name}: annotation {ids[row]}", "the annotation id is used twice; the first one counts")
        return first

    def _bad_reference(self, name: str, ident: object, image: Id, category: Id, images: dict[Id, int]) -> None:
        if image in images:
            self.problem(f"{name}: annotation {ident}", f"unknown category {category}")
        else:
            self.problem(f"{name}: annotation {ident}", f"it belongs to an image {image} that the file does not list")

    def _shapes(
        self, name: str, entries: list[msgspec.Raw], images: dict[Id, int], categories: dict[Id, int]
    ) -> pa.Table:
        decoder = msgspec.json.Decoder(AnyShape)
        shapes, ids = Shapes(), set[Id]()
        places: dict[Id, int] = {}
        related: list[tuple[int, list[Any]]] = []
        for number, raw in enumerate(entries):
            try:
                entry = decoder.decode(raw)
            except msgspec.DecodeError as error:
                self.problem(f"{name}: annotations[{number}]", f"cannot be read: {error}")
                continue
            ident = entry.id if entry.id is not None else f"[{number}]"
            picture, label = images.get(entry.image_id), categories.get(entry.category_id)
            if picture is None or label is None:
                if picture is not None or entry.image_id not in self.known_ids:
                    self._bad_reference(name, ident, entry.image_id, entry.category_id, images)
                continue
            if entry.id is not None and entry.id in ids:
                self.problem(f"{name}: annotation {ident}", "the annotation id is used twice; the first one counts")
                continue
            if entry.id is not None:
                ids.add(entry.id)
            try:
                place = places[ident] = _add(shapes, picture, label, entry, self.pictures[picture])
            except KeyError as error:
                self.problem(f"{name}: annotation {ident}", f"{error} is missing")
                continue
            except (msgspec.DecodeError, *BAD_CONTENT) as error:
                self.problem(f"{name}: annotation {ident}", str(error))
                continue
            if entry.details and isinstance(entry.details.get("relations"), list):
                related.append((place, entry.details["relations"]))
        offset = sum(map(len, self.tables))
        for place, relations in related:
            pairs = [
                pair for pair in relations if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], Id)
            ]
            shapes.relate(place, [(offset + places[other], str(word)) for other, word in pairs if other in places])
        return shapes.table()


def _details(entry: AnyShape) -> dict[str, Any]:
    """Flags, and what our own exporter says beyond COCO."""
    said = entry.details or {}
    found: dict[str, Any] = {key: int(said[key]) for key in ("z", "group", "track") if key in said}
    flags = {flag for flag in said.get("flags") or () if flag in FLAGS} | ({"ignore"} if entry.iscrowd else set())
    return found | {"flags": sorted(flags)}


def _add(shapes: Shapes, picture: int, label: int, entry: AnyShape, owner: Picture) -> int:
    attributes = dict(entry.attributes or {})
    details = _details(entry)
    box = entry.bbox or None
    if box is not None and len(box) != 4:
        raise ValueError(f"its box has {len(box)} numbers instead of 4")
    raw = bytes(entry.segmentation).strip()
    said = entry.details or {}
    if said.get("kind") == "polygon":
        rings = [[float(value) for value in ring] for ring in said["points"]]
        if any(len(ring) < 6 or len(ring) % 2 for ring in rings):
            raise ValueError("its polygon has fewer than three points or an odd number of coordinates")
        return shapes.add(picture, label, "polygon", box, rings, None, attributes, entry.score, details)
    if said.get("kind") in ("rotated_box", "ellipse"):
        (ring,) = said["points"]
        if len(ring) != (5 if said["kind"] == "ellipse" else 8):
            raise ValueError(f"{len(ring)} numbers do not make a {said['kind']}")
        return shapes.add(picture, label, said["kind"], box, [ring], None, attributes, entry.score, details)
    if entry.keypoints and any(entry.keypoints):
        if len(entry.keypoints) % 3:
            raise ValueError("its keypoints are not triples of x, y and visibility")
        if segmentation := msgspec.json.decode(raw):
            attributes["segmentation"] = segmentation
        return shapes.add(picture, label, "keypoints", box, [entry.keypoints], None, attributes, entry.score, details)
    if raw.startswith(b"{"):
        mask = msgspec.json.decode(raw)
        counts, (height, width) = mask.get("counts"), mask.get("size") or (0, 0)
        rle = counts if isinstance(counts, str) else masks.compress(counts or [])
        if masks.pixels(rle) != height * width or not height * width:
            raise ValueError("its mask does not have as many pixels as it says")
        size = owner.size = owner.size or (width, height)
        if (width, height) != size:
            raise ValueError(f"its mask is made for {width} × {height} px, the image has {size[0]} × {size[1]} px")
        return shapes.add(
            picture, label, "mask", masks.bounds(rle, height), None, rle, attributes, entry.score, details
        )
    if raw.startswith(b"[") and (rings := [r for r in msgspec.json.decode(raw, type=list[list[float]]) if r]):
        if any(len(ring) < 6 or len(ring) % 2 for ring in rings):
            raise ValueError("its polygon has fewer than three points or an odd number of coordinates")
        return shapes.add(picture, label, "polygon", None, rings, None, attributes, entry.score, details)
    if box is not None:
        return shapes.add(picture, label, "box", box, None, None, attributes, entry.score, details)
    return shapes.add(picture, label, "class", None, None, None, attributes, entry.score, details)


def _translate(values: np.ndarray[Any, Any], table: dict[Id, int]) -> np.ndarray[Any, Any]:
    """The index of each id; −1 where it is unknown."""
    import numpy as np

    known = {key: value for key, value in table.items() if isinstance(key, int)}
    if not known or not len(values):
        return np.full(len(values), -1, np.int32)
    keys = np.fromiter(known, np.int64, len(known))
    indices = np.fromiter(known.values(), np.int32, len(known))
    low, high = int(keys.min()), int(keys.max())
    if high - low < 50_000_000:
        lookup = np.full(high - low + 1, -1, np.int32)
        lookup[keys - low] = indices
        inside = (values >= low) & (values <= high)
        return np.where(inside, lookup[np.where(inside, values - low, 0)], -1).astype(np.int32)
    order = np.argsort(keys)
    place = np.clip(np.searchsorted(keys[order], values), 0, len(keys) - 1)
    return np.where(keys[order][place] == values, indices[order][place], -1).astype(np.int32)


def _constant(text: str, count: int) -> pa.Array:
    import pyarrow as pa

    return pa.repeat(pa.scalar(text), count)
