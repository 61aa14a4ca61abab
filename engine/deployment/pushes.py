"""How far a push is, layer by layer; kept beside its target until it is whole, so that a cut one is known after a restart."""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.deployment.image import Image, images
from engine.deployment.target import Context, Progress, PushReport, Target
from engine.deployment.targets import context_of, get_target, list_targets
from engine.errors import LinesideError
from engine.packaging.artifacts import layout_folder, list_artifacts
from engine.workspace import Workspace, write_atomically

FILE = "push.json"
KEPT_S = 1.0
MEASURED_S = 5.0
KINDS = {"base": "base", "runtime": "runtime", "serving code": "code", "model": "model"}
"""What a layer is, by the names that packaging gives."""


@dataclass
class PushedLayer:
    """One layer on its way.

    Attributes:
        kind: base, runtime, code or model; "" of an image that others made.
        found: bytes that were on the target before this push.
        done: bytes that are there now.
        needed: bytes that go over the line when a change to an older layer is enough, else `size`.
        state: waiting, skipped (it was there), sending, sent, unpacked.
    """

    digest: str
    size: int
    kind: str = ""
    found: int = 0
    done: int = 0
    needed: int = 0
    state: str = "waiting"


@dataclass
class Push:
    """A push, fed with the words of its `Progress`.

    Attributes:
        stage: the last one heard of.
        error: why it ended before it was whole; "" also where a person or a power cut stopped it.
        changed: epoch seconds of the last word.
    """

    target: str
    artifact: str
    name: str
    layers: list[PushedLayer]
    stage: str = ""
    error: str = ""
    changed: float = 0.0
    _samples: deque[tuple[float, int]] = field(default_factory=deque, repr=False, compare=False)

    @property
    def total(self) -> int:
        """Bytes of all layers."""
        return sum(layer.size for layer in self.layers)

    @property
    def done(self) -> int:
        """Bytes that are on the target."""
        return sum(layer.done for layer in self.layers)

    @property
    def fraction(self) -> float:
        """0 … 1."""
        return self.done / self.total if self.total else 1.0

    @property
    def whole(self) -> bool:
        """Whether every layer is there."""
        return all(layer.done >= layer.size for layer in self.layers)

    def take(self, stage: str, done: int, total: int, digest: str, now: float | None = None) -> None:
        """Take a word of progress; `now` is `time.monotonic()`."""
        now = time.monotonic() if now is None else now
        self.stage = "push" if stage == "skip" else stage
        layer = next((one for one in self.layers if one.digest == digest), None)
        if layer is not None:
            _take(layer, stage, done, total)
        elif stage == "unpack" and total and done >= total:
            for one in self.layers:
                one.done, one.state = one.size, "unpacked"
        if stage == "push":
            self._samples.append((now, self._moved()))
        elif stage == "wait":
            self._samples.clear()
        while self._samples and now - self._samples[0][0] > MEASURED_S:
            self._samples.popleft()

    def rate(self) -> float:
        """Bytes per second over the last seconds; 0 while nothing is known."""
        if len(self._samples) < 2:
            return 0.0
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        return max(after - before, 0) / (last - first) if last - first > 0.2 else 0.0

    def seconds_left(self) -> float | None:
        """Of sending, at the present rate."""
        rate = self.rate()
        missing = sum(_needed(layer) * (1 - layer.done / layer.size) for layer in self.layers if layer.size)
        return missing / rate if rate else None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        values = asdict(self)
        del values["_samples"]
        return values

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Push:
        """Read what `to_json` gave."""
        return Push(**{**values, "layers": [PushedLayer(**layer) for layer in values["layers"]]})

    def _moved(self) -> int:
        """Bytes that went over the line in this push."""
        return round(sum((one.done - one.found) * _needed(one) / one.size for one in self.layers if one.size))


def _needed(layer: PushedLayer) -> int:
    return layer.needed or layer.size


def _take(layer: PushedLayer, stage: str, done: int, total: int) -> None:
    match stage:
        case "skip":
            layer.found = layer.done = layer.size
            layer.state = "skipped"
        case "push":
            there = round(layer.size * done / total) if total else layer.size
            if layer.state != "sending":
                layer.found, layer.needed = there, total
            layer.done, layer.state = there, "sending" if done < total else "sent"
        case "unpack":
            layer.done, layer.state = layer.size, "unpacked"


def planned(workspace: Workspace, artifact: str, target: str) -> Push:
    """What a push of an artifact to a target will send, as far as is known before anybody asks the target.

    Raises:
        UsageError: no such target.
    """
    row = get_target(workspace, target)
    found = images(layout_folder(workspace), artifact)
    fitting = [image for image in found if row.probe and image.platform == row.probe.platform]
    return _push_of(workspace, (fitting or found)[0], artifact, context_of(workspace, row, None))


def push(workspace: Workspace, target: Target, image: Image, artifact: str, progress: Progress) -> PushReport:
    """Push an image of an artifact; what came over is kept beside the target until every layer is there."""
    path, going = target.context.home / FILE, _push_of(workspace, image, artifact, target.context)
    kept = time.monotonic()

    def told(stage: str, done: int, total: int, digest: str) -> None:
        nonlocal kept
        going.take(stage, done, total, digest)
        if time.monotonic() - kept > KEPT_S:
            _keep(path, going)
            kept = time.monotonic()
        progress(stage, done, total, digest)

    try:
        report = target.push(image, told)
    except BaseException as error:
        going.error = str(error) if isinstance(error, LinesideError) else ""
        if going.done:
            _keep(path, going)
        raise
    path.unlink(missing_ok=True)
    return report


def unfinished(workspace: Workspace) -> list[Push]:
    """Pushes that were cut, stopped or killed, the newest first; a file that cannot be read counts as none."""
    digests = {one.digest for one in list_artifacts(workspace)}
    paths = [context_of(workspace, row, None).home / FILE for row in list_targets(workspace)]
    found = [push for push in _read(paths) if push.artifact in digests]
    return sorted(found, key=lambda push: push.changed, reverse=True)


def forget(workspace: Workspace, target: str) -> None:
    """Let go of what is known of a cut push; what lies on the target stays there."""
    (context_of(workspace, get_target(workspace, target), None).home / FILE).unlink(missing_ok=True)


def _push_of(workspace: Workspace, image: Image, artifact: str, context: Context) -> Push:
    """A push before its first byte; what an earlier one brought of the same artifact counts as there."""
    known = {one.digest: one for one in list_artifacts(workspace)}
    about = known.get(image.digest) or known.get(artifact)
    names = [str(layer[0]) for layer in about.details.get("layers", ())] if about else []
    platforms = images(image.layout, image.digest)  # of an index, which goes whole where nothing runs
    layers = list({blob.digest: blob for one in platforms for blob in one.layers}.values())
    if len(names) != len(layers):
        names = [""] * len(layers)
    name = known[artifact].name if artifact in known else image.name
    pairs = zip(names, layers, strict=True)
    made = Push(
        context.name, artifact, name, [PushedLayer(blob.digest, blob.size, KINDS.get(what, "")) for what, blob in pairs]
    )
    before = {one.digest: one.done for cut in _read([context.home / FILE]) for one in cut.layers}
    for layer in made.layers:
        layer.found = layer.done = min(before.get(layer.digest, 0), layer.size)
    return made


def _keep(path: Path, push: Push) -> None:
    push.changed = time.time()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(push.to_json(), ensure_ascii=False).encode())


def _read(paths: Iterable[Path]) -> Iterator[Push]:
    for path in paths:
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            yield Push.from_json(json.loads(path.read_text("utf-8")))
