"""Brings blobs to a box over SSH: only what is missing, going on after a cut, each checked there before it has its name."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.ssh.changes import Changes
from connectors.ssh.upload import Upload
from engine.agent.errors import Refused
from engine.agent.layers import MOST_UNPACKED_BYTES, check_layer
from engine.agent.release import compression, hex_of
from engine.deployment.errors import DigestMismatch, DiskFull, TargetUnreachable
from engine.deployment.image import Blob, Image
from engine.deployment.target import Progress, PushReport
from engine.errors import BadInput

if TYPE_CHECKING:
    from connectors.ssh.target import SshTarget

RETRIES = 5


@dataclass(frozen=True)
class There:
    """How much of a blob the box has."""

    size: int  # bytes that arrived
    whole: bool  # and verified


class Pushing:
    """One push."""

    def __init__(self, target: SshTarget, progress: Progress) -> None:
        self.target, self.progress = target, progress
        self.sent = self.resumed = self.retries = self.saved = 0

    def push(self, image: Image) -> PushReport:
        """Send what the box lacks of an image, as changes to what it has where those are smaller, and unpack it there."""
        blobs = list({blob.hex: blob for blob in image.blobs}.values())
        there = self.have(blobs)
        missing = [blob for blob in blobs if not there[blob.hex].whole]
        for layer in image.layers:
            if layer in missing:
                _check_layer(image.path(layer), layer)
        self._check_room(sum(max(blob.size - there[blob.hex].size, 0) for blob in missing))
        changes = Changes(self, image)
        for blob in blobs:
            if there[blob.hex].whole:
                self.progress("skip", blob.size, blob.size, blob.digest)
            elif not changes.bring(blob, there[blob.hex].size):
                self._bring(image.path(blob), blob, self._there(blob))
        self._unpack(image)
        skipped = sum(blob.size for blob in blobs if blob not in missing)
        return PushReport(self.sent, skipped, self.resumed, self.retries, self.saved)

    def bring(self, path: Path, blob: Blob) -> None:
        """Bring one file."""
        there = self._there(blob)
        if not there.whole:
            self._check_room(max(blob.size - there.size, 0))
            self._bring(path, blob, there)

    def have(self, blobs: list[Blob]) -> dict[str, There]:
        """How much of each the box has, by its hex."""
        there = {blob.hex: There(0, False) for blob in blobs}
        for line in self.target.must("have", *there).splitlines():
            name, state, size = [*line.split(" "), "", ""][:3]
            if name in there:
                there[name] = There(int(size or 0), state == "full")
        return there

    def reconnect(self, blob: Blob) -> There:
        """What the box has of a blob after a cut link; waits for the link to come back.

        Raises:
            TargetUnreachable: it does not, or was cut too often.
        """
        self.retries += 1
        end = time.monotonic() + min(2.0**self.retries, 20.0)
        while True:
            self.progress("wait", 0, 0, blob.digest)  # lets a person cancel
            try:
                return self._there(blob)
            except TargetUnreachable:
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)

    def _there(self, blob: Blob) -> There:
        return self.have([blob])[blob.hex]

    def _bring(self, path: Path, blob: Blob, there: There) -> None:
        offset, corrupt, cuts = min(there.size, blob.size), False, 0
        self.resumed += offset
        self.sent += blob.size - offset
        while True:
            try:
                if offset < blob.size:
                    self._send(path, blob, offset)
                self.progress("verify", blob.size, blob.size, blob.digest)
                code, _, errors = self.target.box("seal", blob.hex, timeout=600)
                if code == 0:
                    return
                if code != 9:
                    raise self.target.failure(f"the layer {blob.digest[:19]} could not be kept", errors)
                if corrupt:
                    raise DigestMismatch(
                        f"The layer {blob.digest[:19]} does not arrive whole on {self.target.place}; check its disk."
                    )
                corrupt, offset = True, 0
            except TargetUnreachable:
                cuts += 1
                if cuts > RETRIES:
                    raise
                found = self.reconnect(blob)
                if found.whole:
                    return
                offset = found.size

    def _send(self, path: Path, blob: Blob, offset: int) -> None:
        upload = Upload(self.target.link, self.target.command("receive", blob.hex), self.target.stall_s)
        self.progress("push", offset, blob.size, blob.digest)
        code, errors = upload.send(
            path, offset, lambda size: self.progress("push", max(size, offset), blob.size, blob.digest)
        )
        if code != 0:
            raise self.target.failure(f"the layer {blob.digest[:19]} could not be written", errors)

    def _check_room(self, need: int) -> None:
        free, root = int(self.target.must("space").strip() or 0) * 1024, self.target.where().root
        if need > free:
            raise DiskFull(
                f"{self.target.place} has {free / 1e6:.1f} MB free in {root}, the artifact needs"
                f" {need / 1e6:.1f} MB more; free some space there or choose another folder with the option “root”."
            )

    def _unpack(self, image: Image) -> None:
        layers = [f"{layer.hex}:{compression(layer.media_type)}" for layer in image.layers]
        whole = sum(layer.size for layer in image.layers)
        self.progress("unpack", 0, whole, "")
        code, _, errors = self.target.box("unpack", hex_of(image.digest), *layers, timeout=900)
        if code != 0:
            raise self.target.failure("the artifact could not be unpacked", errors)
        self.progress("unpack", whole, whole, "")


def _check_layer(path: Path, layer: Blob) -> None:
    """The box unpacks with tar, perhaps as root: what an artifact of somebody else must not hold is not even sent."""
    try:
        check_layer(path, layer.digest, MOST_UNPACKED_BYTES)
    except Refused as error:
        raise BadInput(str(error)) from error
