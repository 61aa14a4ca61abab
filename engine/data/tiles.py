"""Large images as a pyramid of tiles on the disk: made once in a worker, read by the window a tile at a time.

A pyramid is a folder of the workspace's cache, named by the image's digest: `info.json`, one file of tiles for each level
(level 0 is the image itself, each further one half as large), `done.json` (how many rows of tiles there are of each level,
while it is being made) and at the end `complete`. Tiles are stored as they are in memory, so reading one is a copy.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.changes import Changes
from engine.data import pixels
from engine.errors import BadInput, WorkspaceError

if TYPE_CHECKING:
    from engine.jobs.context import JobContext
    from engine.jobs.job import Job
    from engine.workspace import Workspace

Values = npt.NDArray[Any]

TILE = 512  # px a side
LARGE = 128_000_000  # px from which on an image is shown by tiles
ROOM = 1 << 30  # bytes that stay free on the disk
KEPT = 40_000_000_000  # bytes of pyramids that a workspace keeps beside the newest


def folder_of(cache: Path, path: Path, page: int) -> Path:
    """Where the pyramid of an image is; files in the media store are named by their digest, others told by size and time."""
    name = path.name
    if not re.fullmatch("[0-9a-f]{64}", name):
        stat = path.stat()
        name = hashlib.sha256(f"{path}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()
    return cache / name[:2] / f"{name}-{page}"


class Pyramid:
    """Reads the tiles of a pyramid, also while it is being made.

    Attributes:
        shapes: (height, width) of each level.
        window: the values that are black and white by themselves.
    """

    def __init__(self, folder: Path) -> None:
        info = json.loads((folder / "info.json").read_text("utf-8"))
        self.folder = folder
        self.shapes = [(int(height), int(width)) for height, width in info["shapes"]]
        self.channels = int(info["channels"])
        self.dtype = np.dtype(info["dtype"])
        self.window: pixels.Window = (float(info["window"][0]), float(info["window"][1]))
        self._token = info.get("token")
        self._files: dict[int, Values] = {}
        self._done = [0] * len(self.shapes)
        self.complete = False
        self.look()

    def look(self) -> bool:
        """Find out what there is by now; whether there is more than before."""
        if self.complete:
            return False
        before = list(self._done)
        self.complete = (self.folder / "complete").exists()
        if self.complete:
            self._done = [self.grid(level)[0] for level in range(len(self.shapes))]
            with contextlib.suppress(OSError):
                (self.folder / "complete").touch()  # looked at: the last one to be removed
            info = json.loads((self.folder / "info.json").read_text("utf-8"))
            if info.get("token") != self._token:
                self._token, self._files = info.get("token"), {}
            self.window = (float(info["window"][0]), float(info["window"][1]))
        else:
            with contextlib.suppress(OSError, ValueError):
                token = json.loads((self.folder / "info.json").read_text("utf-8")).get("token")
                if token != self._token:  # it is made anew: the files that are open are of the attempt before
                    self._token, self._files = token, {}
                self._done = [int(rows) for rows in json.loads((self.folder / "done.json").read_text("utf-8"))]
        return self._done != before

    @property
    def progress(self) -> float:
        """How much of it is made, 0 … 1."""
        return self._done[0] / self.grid(0)[0]

    def grid(self, level: int) -> tuple[int, int]:
        """Rows and columns of tiles."""
        height, width = self.shapes[level]
        return -(-height // TILE), -(-width // TILE)

    def tile(self, level: int, row: int, column: int) -> Values | None:
        """One tile (h, w, C), at the edges smaller; None while it is not made."""
        if not 0 <= row < self._done[level]:
            return None
        rows, columns = self.grid(level)
        if level not in self._files:
            shape = (rows * columns, TILE, TILE, self.channels)
            try:
                self._files[level] = np.memmap(self.folder / f"level-{level}.bin", self.dtype, "r", shape=shape)
            except (OSError, ValueError):  # the cache was emptied, or is being made anew
                return None
        height, width = self.shapes[level]
        found: Values = self._files[level][row * columns + column]
        return found[: min(TILE, height - row * TILE), : min(TILE, width - column * TILE)]

    def region(self, level: int, x: int, y: int, w: int, h: int) -> Values:
        """(h, w, C) of a part of a level; what is not made yet is 0."""
        found = np.zeros((h, w, self.channels), self.dtype)
        for row in range(y // TILE, (y + h - 1) // TILE + 1):
            for column in range(x // TILE, (x + w - 1) // TILE + 1):
                tile = self.tile(level, row, column)
                if tile is None:
                    continue
                top, left = row * TILE, column * TILE
                a, b = max(y, top), min(y + h, top + tile.shape[0])
                c, d = max(x, left), min(x + w, left + tile.shape[1])
                if a < b and c < d:
                    found[a - y : b - y, c - x : d - x] = tile[a - top : b - top, c - left : d - left]
        return found


def build(
    path: Path,
    page: int,
    folder: Path,
    progress: Callable[[float], None] = lambda _share: None,
    should_stop: Callable[[], None] = lambda: None,
) -> None:
    """Make the pyramid of an image; what an earlier attempt left is replaced.

    Args:
        path: the image; TIFF is read by bands, other formats are decoded whole.
        page: of a multi-page file.
        folder: where it is made.
        progress: called with the share that is done.
        should_stop: called often; raises to stop.

    Raises:
        engine.serving.errors.BadImage: it cannot be decoded.
        WorkspaceError: there is no room on the disk.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    height, width, source = _source(path, page)
    top, done = 0, False
    writer: _Writer | None = None
    try:
        for band in source:
            if writer is None:
                writer = _Writer(folder, height, width, band)
            writer.feed(0, band)
            top += len(band)
            progress(top / height)
            should_stop()
        if writer is None:
            raise BadInput(f"{path.name} has no pixels.")
        writer.finish()
        done = True
    finally:
        if writer is not None:
            writer.close()
        if not done:
            shutil.rmtree(folder, ignore_errors=True)


def submit(workspace: Workspace, path: Path, page: int, folder: Path, title: str) -> Job:
    """Have a pyramid made by a job."""
    from engine.jobs.job import submit as start

    return start(workspace, "tiles", {"path": str(path), "page": page, "folder": str(folder)}, title)


def trim(cache: Path, keep: int = KEPT) -> None:
    """Remove the pyramids that were longest not looked at, until the rest takes no more than `keep` bytes."""
    found = sorted(cache.glob("*/*/complete"), key=lambda mark: mark.stat().st_mtime, reverse=True)
    total = 0
    for mark in found:
        total += sum(file.stat().st_size for file in mark.parent.iterdir())
        if total > keep:
            shutil.rmtree(mark.parent, ignore_errors=True)


def run(context: JobContext) -> dict[str, Any]:
    """The job: prepare one large image to be looked at."""
    arguments = context.arguments
    trim(Path(arguments["folder"]).parent.parent)
    build(
        Path(arguments["path"]),
        int(arguments["page"]),
        Path(arguments["folder"]),
        progress=lambda share: context.progress(share, "Cutting the image into tiles"),
        should_stop=context.should_stop,
    )
    context.progress(1.0)
    return {"folder": arguments["folder"]}


def ingest(_workspace: object, _tx: object, _spec: dict[str, Any], _result: dict[str, Any]) -> Changes:
    """Nothing of the store changes: the pyramid is a cache."""
    return Changes()


class _Writer:
    """Takes rows from the top and writes rows of tiles of all levels."""

    def __init__(self, folder: Path, height: int, width: int, first: Values) -> None:
        self.folder = folder
        self.shapes = [(height, width)]
        while max(self.shapes[-1]) > TILE:
            rows, columns = self.shapes[-1]
            self.shapes.append(((rows + 1) // 2, (columns + 1) // 2))
        self.channels, self.dtype = first.shape[2], first.dtype
        self._check_room()
        self._token = uuid.uuid4().hex
        self._waiting: list[list[Values]] = [[] for _ in self.shapes]
        self._done = [0] * len(self.shapes)
        self._taken = [0] * len(self.shapes)
        self._files = [(folder / f"level-{level}.bin").open("wb") for level in range(len(self.shapes))]
        for file, size in zip(self._files, self._sizes(), strict=True):
            file.truncate(size)  # readers map the whole file from the start; what is not written takes no room
        self._last: Values | None = None
        self._describe(pixels.natural_window(first))

    def feed(self, level: int, rows: Values) -> None:
        """More rows of a level; as soon as a row of tiles is full it is written, and halved for the next level."""
        waiting = self._waiting[level]
        waiting.append(rows)
        self._taken[level] += len(rows)
        at_end = self._taken[level] == self.shapes[level][0]
        if sum(map(len, waiting)) < TILE and not at_end:
            return
        band = np.concatenate(waiting) if len(waiting) > 1 else rows
        waiting.clear()
        while len(band) >= TILE or (len(band) and at_end):
            self._write(level, band[:TILE])
            band = band[TILE:]
        if len(band):
            waiting.append(band.copy())

    def finish(self) -> None:
        """All is written: say so."""
        assert self._last is not None
        self._describe(pixels.natural_window(self._last))
        for file in self._files:
            file.flush()
        (self.folder / "complete").touch()

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def _write(self, level: int, band: Values) -> None:
        height, width = band.shape[:2]
        columns = -(-width // TILE)
        padded = np.zeros((TILE, columns * TILE, self.channels), self.dtype)
        padded[:height, :width] = band
        tiles = padded.reshape(TILE, columns, TILE, self.channels).transpose(1, 0, 2, 3)
        self._files[level].write(np.ascontiguousarray(tiles).data)
        self._files[level].flush()
        self._done[level] += 1
        if level + 1 < len(self.shapes):
            self.feed(level + 1, pixels.halved(band))
        else:
            self._last = band
        (self.folder / "done.part").write_text(json.dumps(self._done), "utf-8")
        (self.folder / "done.part").replace(self.folder / "done.json")

    def _describe(self, window: pixels.Window) -> None:
        info = {"shapes": self.shapes, "channels": self.channels, "dtype": str(self.dtype), "window": window}
        info["token"] = self._token
        (self.folder / "info.part").write_text(json.dumps(info), "utf-8")
        (self.folder / "info.part").replace(self.folder / "info.json")

    def _sizes(self) -> list[int]:
        each = TILE * TILE * self.channels * self.dtype.itemsize
        return [-(-height // TILE) * -(-width // TILE) * each for height, width in self.shapes]

    def _check_room(self) -> None:
        needed = sum(self._sizes())
        free = shutil.disk_usage(self.folder).free
        if needed + ROOM > free:
            raise WorkspaceError(
                f"Showing this image needs {needed / 1e9:.1f} GB on the disk of the workspace, where {free / 1e9:.1f} GB"
                " are free; free some space and open it again."
            )


def _source(path: Path, page: int) -> tuple[int, int, Iterator[Values]]:
    """Height, width and the rows from the top in bands; turned images and kinds that do not come by bands are read whole."""
    from engine.data import tiff

    try:
        found = tiff.read_page(path, page)
        if found.orientation in (0, 1) and found.photometric != 6:
            return found.height, found.width, map(_plain, tiff.bands(path, found))
    except tiff.BadTiff:
        pass
    found_whole = _decoded(path, page)
    if found_whole is not None:
        return found_whole
    values = pixels.read(path, page, max_pixels=1 << 40)
    return values.shape[0], values.shape[1], (values[top : top + TILE] for top in range(0, len(values), TILE))


def _decoded(path: Path, page: int) -> tuple[int, int, Iterator[Values]] | None:
    """An upright image of 8 bits: decoded whole, but handed out by bands, so that it is in memory once."""
    from PIL import Image

    from engine.serving.errors import BadImage
    from engine.serving.images import FORMATS

    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(path, formats=FORMATS)
        image.seek(page)
        if pixels.bits_of(image) > 8 or int(image.getexif().get(0x0112, 1) or 1) != 1:
            return None
        image.load()
    except MemoryError as error:
        raise BadImage("The image needs more memory than there is.") from error
    except (OSError, SyntaxError, ValueError, EOFError):
        return None  # the common decoder says what is wrong
    mode = "L" if image.mode in ("1", "L", "LA") else "RGB"

    def rows() -> Iterator[Values]:
        for top in range(0, image.height, TILE):
            band = image.crop((0, top, image.width, min(top + TILE, image.height))).convert(mode)
            yield np.asarray(band).reshape(band.height, band.width, -1)

    return image.height, image.width, rows()


def _plain(band: Values) -> Values:
    """At most three channels, in a kind of number that is shown."""
    band = band[:, :, :3]
    if band.dtype in (np.uint8, np.uint16, np.float32):
        return band
    return band.astype(np.float32)
