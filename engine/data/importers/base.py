"""What an importer reads: pictures, labels and shapes as columns, and the problems found on the way."""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Protocol

from engine.data.images import SUFFIXES
from engine.data.importers.text import clean_text as clean_text
from engine.data.importers.text import decode_text, label_name
from engine.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

MAX_TEXT = 1 << 31  # bytes of an annotation file
MAX_ORDER = 1 << 31
BAD_CONTENT = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)  # of a file


@dataclass(frozen=True)
class Problem:
    """One file, or one entry in a file, that was left out or mended, and why."""

    path: str
    reason: str


@dataclass
class Picture:
    """One image file that the source names.

    Attributes:
        path: the file itself.
        name: how it is called below the imported folder, with "/".
        size: (width, height) in px that the annotations were made for; None where the format does not say.
        page: the page meant, for formats that say; None: all pages.
    """

    path: str
    name: str
    split: str | None = None
    group: str | None = None
    metadata: Mapping[str, Any] | None = None
    size: tuple[int, int] | None = None
    page: int | None = None


@dataclass
class LabelSpec:
    """A label that the source defines."""

    name: str
    parent: str | None = None
    color: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    attributes: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Reading:
    """All that one source says. `shapes` has the columns of `shape_schema`; picture and label index into the lists."""

    pictures: list[Picture]
    labels: list[LabelSpec]
    shapes: pa.Table
    problems: list[Problem]
    normalised: bool = False  # coordinates are parts of the image's width and height


class Importer(Protocol):
    """One format."""

    name: str

    def recognise(self, source: Source) -> float:
        """How sure this is the format of the source: 0 not, 1 certain."""
        ...

    def read(self, source: Source) -> Reading:
        """All pictures and annotations; what cannot be read becomes a problem, never an exception.

        Raises:
            BadInput: nothing of the source can be read in this format.
        """
        ...


def shape_schema() -> pa.Schema:
    """Columns of the shapes that an importer gives."""
    import pyarrow as pa

    return pa.schema(
        [
            ("picture", pa.int32()),
            ("label", pa.int32()),
            ("kind", pa.string()),
            *[(name, pa.float64()) for name in ("x", "y", "w", "h")],
            ("points", pa.list_(pa.list_(pa.float64()))),
            ("rle", pa.string()),
            ("attributes", pa.string()),
            ("score", pa.float64()),
            ("details", pa.string()),
        ]
    )


class Shapes:
    """Collects shapes row by row, for the formats that come in small files."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []

    def add(
        self,
        picture: int,
        label: int,
        kind: str,
        box: Sequence[float] | None = None,
        points: Sequence[Sequence[float]] | None = None,
        rle: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        score: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Add one shape and return its place; the bounding `box` is taken from the points where it is not given.

        Args:
            box: (x, y, w, h).
            details: z, group, track, flags, relations as in `Annotation`; group and track are numbers of the source (a
                group of one picture, a track of all), relations name places of other shapes of this collection.

        Raises:
            ValueError: a coordinate or an attribute is not finite, or the drawing order is absurd.
        """
        from engine.data.records import attributes_json

        if not all(map(math.isfinite, itertools.chain(box or (), *(points or ())))):
            raise ValueError("a coordinate is no number")
        if box is None and points:
            box = ellipse_bounds(points[0]) if kind == "ellipse" else bounds(points, 3 if kind == "keypoints" else 2)
        x, y, w, h = box if box is not None else (None, None, None, None)
        said = {key: value for key, value in (details or {}).items() if value}
        if abs(said.get("z", 0)) > MAX_ORDER:
            raise ValueError("its drawing order is out of range")
        text = attributes_json(attributes or {})
        if text and ("NaN" in text or "Infinity" in text):
            json.dumps(attributes, allow_nan=False)  # raises, unless it is but a word
        score = score if score is not None and math.isfinite(score) else None
        row = (picture, label, kind, x, y, w, h, points or None, rle, text, score, attributes_json(said))
        self._rows.append(row)
        return len(self._rows) - 1

    def relate(self, place: int, relations: Sequence[tuple[int, str]]) -> None:
        """Give a shape that was added relations to others that were."""
        self._more(place, lambda said: {"relations": [*said.get("relations", ()), *map(list, relations)]})

    def flag(self, place: int, flag: str) -> None:
        """Give a shape that was added one more flag."""
        self._more(place, lambda said: {"flags": sorted({*said.get("flags", ()), flag})})

    def _more(self, place: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        *row, text = self._rows[place]
        said = json.loads(text) if text else {}
        self._rows[place] = (*row, json.dumps(said | change(said), ensure_ascii=False, sort_keys=True))

    def __len__(self) -> int:
        return len(self._rows)

    def table(self) -> pa.Table:
        """The rows as Arrow columns of `shape_schema`."""
        import pyarrow as pa

        schema = shape_schema()
        columns = list(zip(*self._rows, strict=True)) if self._rows else [()] * len(schema)
        arrays = [pa.array(column, entry.type) for column, entry in zip(columns, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)


def ellipse_bounds(ellipse: Sequence[float]) -> tuple[float, float, float, float]:
    """(x, y, w, h) around an ellipse (centre x, centre y, radius x, radius y, degrees clockwise)."""
    cx, cy, rx, ry, degrees = ellipse
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    w, h = math.hypot(rx * c, ry * s), math.hypot(rx * s, ry * c)
    return cx - w, cy - h, 2 * w, 2 * h


def turned(cx: float, cy: float, w: float, h: float, degrees: float) -> list[float]:
    """The corners, clockwise from the left top one, of a box turned clockwise about its centre."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    around = ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
    return [round(value, 6) for dx, dy in around for value in (cx + dx * c - dy * s, cy + dx * s + dy * c)]


def clockwise(ring: list[float]) -> list[float]:
    """The four corners of a rotated box clockwise as seen on the screen, from the same first one."""
    pairs = zip(ring[::2], ring[1::2], ring[2::2] + ring[:1], ring[3::2] + ring[1:2], strict=True)
    if sum(x0 * y1 - x1 * y0 for x0, y0, x1, y1 in pairs) >= 0:
        return ring
    return [*ring[:2], *ring[6:8], *ring[4:6], *ring[2:4]]


def bounds(points: Sequence[Sequence[float]], step: int = 2) -> tuple[float, float, float, float]:
    """(x, y, w, h) around all points; `step` 3 for keypoints, where those with v = 0 do not count."""
    xs = [v for ring in points for i, v in enumerate(ring[::step]) if step == 2 or ring[i * 3 + 2]]
    ys = [v for ring in points for i, v in enumerate(ring[1::step]) if step == 2 or ring[i * 3 + 2]]
    if not xs:
        return 0.0, 0.0, 0.0, 0.0
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


class Labels:
    """The labels of a source in the order in which they appear, by name."""

    def __init__(self) -> None:
        self.specs: list[LabelSpec] = []
        self._index: dict[str, int] = {}

    def index(self, name: str, **details: Any) -> int:
        """The place of the label with this name, which is added with the given fields when it is new."""
        name = label_name(str(name)) or "(no name)"
        found = self._index.get(name)
        if found is None:
            found = self._index[name] = len(self.specs)
            self.specs.append(LabelSpec(name, **details))
        return found

    def __contains__(self, name: str) -> bool:
        return name in self._index


@dataclass
class Source:
    """What is imported: a folder or a file, with the index of all files below its folder."""

    path: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    progress: Callable[[float, str], None] = lambda _fraction, _message: None
    cancelled: Callable[[], bool] = lambda: False
    problems: list[Problem] = field(default_factory=list)
    ours: bool = False  # unpacked from an archive into a folder of ours: files may be moved
    scratch: Callable[[], Path] | None = None  # a folder for images that lie inside of annotation files

    @cached_property
    def root(self) -> Path:
        """The folder within which all files must lie."""
        return self.path if self.path.is_dir() else self.path.parent

    @cached_property
    def names(self) -> dict[str, str]:
        """The path of each file below `root` by its name with "/", in order; loops of links are reported, not followed."""
        return dict(sorted(self._walk()))

    @cached_property
    def files(self) -> dict[str, Path]:
        """As `names`, for formats that look at every file."""
        return {name: Path(path) for name, path in self.names.items()}

    def _walk(self) -> Iterable[tuple[str, str]]:
        stack, seen = [(self.root, "")], {_identity(self.root)}
        while stack:
            folder, prefix = stack.pop()
            try:
                entries = list(os.scandir(folder))
            except OSError as error:
                self.problems.append(Problem(clean_text(prefix or str(folder)), f"cannot be read: {error.strerror}"))
                continue
            for entry in entries:
                name = prefix + clean_text(entry.name)
                if entry.name.startswith(".") or entry.name == "__MACOSX":
                    continue
                try:
                    if entry.is_dir():
                        identity = _identity(Path(entry.path))
                        if identity in seen:
                            self.problems.append(
                                Problem(name, "a link that leads back to a folder already read; not followed")
                            )
                            continue
                        seen.add(identity)
                        stack.append((Path(entry.path), name + "/"))
                    elif entry.is_file():
                        yield name, entry.path
                    else:
                        self.problems.append(Problem(name, "a link that leads nowhere, or no ordinary file"))
                except OSError as error:
                    self.problems.append(Problem(name, f"cannot be read: {error.strerror or error}"))

    @cached_property
    def images(self) -> dict[str, str]:
        """Those files that have an image's suffix."""
        return {name: path for name, path in self.names.items() if name[name.rfind(".") :].lower() in SUFFIXES}

    def with_suffix(self, *suffixes: str) -> dict[str, Path]:
        """Files with one of these suffixes (lower case, with the dot); the source alone if it is a file itself."""
        if self.path.is_file():
            return {clean_text(self.path.name): self.path} if self.path.suffix.lower() in suffixes else {}
        return {name: Path(path) for name, path in self.names.items() if name[name.rfind(".") :].lower() in suffixes}

    @cached_property
    def _by_basename(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.images:
            found.setdefault(name.rsplit("/", 1)[-1], []).append(name)
        return found

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.images:
            found.setdefault(name.rsplit("/", 1)[-1].rsplit(".", 1)[0], []).append(name)
        return found

    def find_image(self, reference: str, base: str = "") -> tuple[str, str]:
        """The image file that an annotation file in the folder `base` means by `reference`: (name, path).

        Raises:
            BadInput: it leads out of the imported folder, or there is none; the message is the reason.
        """
        reference = clean_text(str(reference)).replace("\\", "/")
        direct = self.images.get(f"{base}/{reference}" if base else reference)
        if direct is not None and ".." not in reference:
            return (f"{base}/{reference}" if base else reference), direct
        if PurePosixPath(reference).is_absolute() or PureWindowsPath(reference).is_absolute():
            inside = _below(self.root, reference)
            if inside is None:
                raise BadInput("its path is absolute and leads out of the imported folder")
            reference, base = inside, ""
        parts: list[str] = [part for part in base.split("/") if part]
        for part in reference.split("/"):
            if part == "..":
                if not parts:
                    raise BadInput("its path leads out of the imported folder by “..”")
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        name = "/".join(parts)
        for guess in (
            name,
            reference if ".." not in reference else name,
            f"images/{name}",
            "/".join([*parts[:-1], "images", parts[-1]]) if parts else "",
        ):
            if guess in self.images:
                return guess, self.images[guess]
        same = self._by_basename.get(parts[-1] if parts else "", [])
        endings = [found for found in same if f"/{found}".endswith("/" + reference.lstrip("./"))] or same
        if len(endings) == 1:
            return endings[0], self.images[endings[0]]
        if len(endings) > 1:
            raise BadInput(f"there are {len(endings)} image files of that name; which one is meant is not clear")
        raise BadInput("there is no such image file")

    def find_stem(self, stem: str, near: str = "") -> str | None:
        """The name of the image file whose name without suffix is `stem`, the nearest to folder `near` if several."""
        same = self._by_stem.get(stem, [])
        if len(same) <= 1:
            return same[0] if same else None
        return max(same, key=lambda name: (_shared(name, near), -len(name)))

    def sibling(self, *candidates: Path) -> Source:
        """For a single annotation file: a source over the folder that also holds its images."""
        return Source(
            next((folder for folder in candidates if folder.is_dir()), self.root),
            self.options, self.progress, self.cancelled, self.problems, self.ours, self.scratch,
        )  # fmt: skip

    def read_bytes(self, path: Path) -> bytes:
        """The content of an annotation file.

        Raises:
            BadInput: it cannot be read or is too large.
        """
        try:
            if path.stat().st_size > MAX_TEXT:
                raise BadInput("the file is larger than 2 GB")
            return path.read_bytes()
        except OSError as error:
            raise BadInput(f"cannot be read: {error.strerror or error}") from error

    def read_text(self, path: Path) -> str:
        """The text of an annotation file in UTF-8, UTF-16 with its mark, or GBK."""
        return decode_text(self.read_bytes(path))


def _shared(name: str, near: str) -> int:
    """How many leading folders two names have in common."""
    pairs = zip(name.split("/")[:-1], near.split("/"), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _below(root: Path, reference: str) -> str | None:
    try:
        return clean_text(Path(reference).resolve().relative_to(root.resolve()).as_posix())
    except (ValueError, OSError):
        return None
