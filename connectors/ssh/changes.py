"""Blobs that go over SSH as changes to what a box has: the Python of a release there makes them, as it does for sticks.

Whatever fails about that, the blob goes whole; what was made has its name only after its digest was checked.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.agent.index import Piece
from engine.agent.release import hex_of
from engine.deployment.agent_kit import agent_archive
from engine.deployment.bundles import Known, cut, plan
from engine.deployment.errors import TargetUnreachable
from engine.deployment.image import Blob, Image
from engine.errors import LinesideError

if TYPE_CHECKING:
    from connectors.ssh.pushing import Pushing

LEAST = 1 << 18  # bytes; less is sent before a change is found
TRIES = 3


class Changes:
    """What of one push goes as changes."""

    def __init__(self, pushing: Pushing, image: Image) -> None:
        self.pushing, self.image = pushing, image
        self.target = pushing.target

    def bring(self, blob: Blob, there: int) -> bool:
        """Let the box make a blob; False where it has to go whole.

        Args:
            there: bytes of it that an earlier push has left on the box.

        Raises:
            TargetUnreachable: the link was cut, and does not come back.
        """
        left = blob.size - there
        if left < LEAST or self.target.context.options.get("full") == "yes" or not self._known.has:
            return False
        piece, delta = plan(self.image, blob, self._known)
        need = sum(chunk.size for chunk in piece.chunks)
        if delta is None or need >= left:
            return False
        sent = self.pushing.sent
        self._send(blob, piece, delta.content)
        if not self._make(blob, piece):
            return False
        self.pushing.saved += left - (self.pushing.sent - sent)
        return True

    @cached_property
    def _known(self) -> Known:
        """Images that the box has whole, with a Python there that can make something of them."""
        digests = [one.digest for one in sorted(self.target.status(), key=lambda one: (not one.current, -one.since))]
        layout = self.image.layout
        found = [Image(layout, digest) for digest in dict.fromkeys(digests) if _is_here(layout, digest)]
        there = self.pushing.have([blob for one in found for blob in one.blobs]) if found else {}
        whole = [one for one in found if all(there[blob.hex].whole for blob in one.blobs)]
        return Known(whole if whole and self._rebuild(whole[0]) == 0 else ())

    def _send(self, blob: Blob, piece: Piece, content: bytes) -> None:
        """The chunks of a piece, as blobs of their own, in the name of the one that they make."""
        need, done = len(content), 0
        own = self.pushing.progress

        def shown(stage: str, part: int, total: int, digest: str) -> None:
            del total, digest
            own(stage, done + part if stage == "push" else 0, need if stage == "push" else 0, blob.digest)

        with tempfile.TemporaryDirectory(prefix="lineside-") as folder:
            self.pushing.progress = shown
            try:
                for chunk, data in zip(piece.chunks, cut(content), strict=True):
                    path = Path(folder) / chunk.sha256
                    path.write_bytes(data)
                    self.pushing.bring(path, Blob(f"sha256:{chunk.sha256}", chunk.size))
                    done += chunk.size
            finally:
                self.pushing.progress = own

    def _make(self, blob: Blob, piece: Piece) -> bool:
        for _ in range(TRIES):
            try:
                return self._rebuild(self._known.has[0], piece) == 0
            except TargetUnreachable:
                if self.pushing.reconnect(blob).whole:
                    return True
        return False

    def _rebuild(self, image: Image, *pieces: Piece) -> int:
        """Have the box make pieces, with the Python of an image there; the exit code, 0 for no pieces where it could."""
        archive = agent_archive()
        path = f"bin/agent-{hashlib.sha256(archive).hexdigest()[:12]}.zip"
        if self.target.box("has", path)[0] != 0:
            self.target.must("write", path, content=archive)
        document = json.dumps([asdict(piece) for piece in pieces]).encode()
        return self.target.box("rebuild", hex_of(image.digest), path, content=document, timeout=600)[0]


def _is_here(layout: Path, digest: str) -> bool:
    try:
        return all(Image(layout, digest).path(blob).is_file() for blob in Image(layout, digest).blobs)
    except (LinesideError, OSError, ValueError, KeyError):
        return False
