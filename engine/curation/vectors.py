"""Embeddings on disk: float16 rows in one file that is mapped into memory, and the key of each row in another.

`cache/embeddings/<kind>/vectors.f16` has (N, D) rows, `keys.b16` 16 bytes for each. Rows are only ever added, the vector
before its key: what a stopped job leaves is whole as far as it goes. Everything can be made again, so it is a cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.curation.worklist import Target

DIMENSIONS = 432  # see engine/curation/embedder.py
KEY_BYTES = 16
NETWORK = "efficientnet-lite0"  # another network, another folder
Halves = npt.NDArray[np.float16]


def key_of(target: Target) -> bytes:
    """What an embedding is of: the content of the file, the page, and for a shape its box to a tenth of a px."""
    box = f"{target.x:.1f},{target.y:.1f},{target.w:.1f},{target.h:.1f}" if target.annotation_id else ""
    return hashlib.blake2b(f"{target.digest}:{target.page}:{box}".encode(), digest_size=KEY_BYTES).digest()


class VectorStore:
    """The embeddings of a workspace by one network. Reading needs no lock; one process at a time adds.

    Args:
        network: names the folder.
        dimensions: of its embeddings.
    """

    def __init__(self, workspace: Path, network: str = NETWORK, dimensions: int = DIMENSIONS) -> None:
        self.folder = workspace / "cache" / "embeddings" / network
        self.dimensions = dimensions
        self.vectors_path = self.folder / "vectors.f16"
        self.keys_path = self.folder / "keys.b16"

    def rows(self) -> dict[bytes, int]:
        """The row of each key."""
        try:
            keys = self.keys_path.read_bytes()
        except FileNotFoundError:
            return {}
        count = self._whole()
        return {keys[KEY_BYTES * row : KEY_BYTES * (row + 1)]: row for row in range(count)}

    def vectors(self) -> Halves:
        """All rows (N, D), mapped, not read."""
        count = self._stored()
        if not count:
            return np.empty((0, self.dimensions), np.float16)
        return np.memmap(self.vectors_path, np.float16, "r", shape=(count, self.dimensions))

    def find(self, listed: Sequence[Target]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
        """Which targets have an embedding (their places in the list), and those embeddings (K, D) float32, L2-normalised."""
        known = self.rows()
        pairs = [(place, known[key]) for place, one in enumerate(listed) if (key := key_of(one)) in known]
        places = np.array([place for place, _ in pairs], np.intp)
        rows = np.array([row for _, row in pairs], np.intp)
        vectors = np.asarray(self.vectors()[rows] if len(rows) else np.empty((0, self.dimensions)), np.float32)
        return places, normalised(vectors)

    def add(self, listed: Sequence[Target], vectors: npt.NDArray[Any]) -> None:
        """Append the embeddings (N, D) of targets that have none yet."""
        if not listed:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            known, whole = self.rows(), self._whole()
            first = {
                key_of(one): place for place, one in reversed(list(enumerate(listed)))
            }  # two shapes may have one box
            fresh = [place for key, place in first.items() if key not in known]
            _append(self.vectors_path, np.asarray(vectors[fresh], np.float16).tobytes(), whole * self.dimensions * 2)
            _append(self.keys_path, b"".join(key_of(listed[place]) for place in fresh), whole * KEY_BYTES)

    def _whole(self) -> int:
        """How many rows have both their vector and their key."""
        try:
            return min(self.keys_path.stat().st_size // KEY_BYTES, self._stored())
        except FileNotFoundError:
            return 0

    def _stored(self) -> int:
        try:
            return self.vectors_path.stat().st_size // (self.dimensions * 2)
        except FileNotFoundError:
            return 0

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two jobs may embed at the same time; they take turns to write."""
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT)
        try:
            if os.name == "posix":
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def normalised(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: npt.NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return result


def _append(path: Path, content: bytes, at: int) -> None:
    """Write behind the last whole row; a part that a killed job left is overwritten."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.ftruncate(handle, at)
        os.lseek(handle, at, os.SEEK_SET)
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)
