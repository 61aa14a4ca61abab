"""Whole artifacts from a layout to a registry and back: missing blobs only, each checked, four at a time."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from connectors.registry.client import Repository
from connectors.registry.parallel import Told, run_all
from connectors.registry.session import NotThere, Refused
from engine.deployment.errors import DigestMismatch, TargetUnreachable
from engine.deployment.target import Progress, PushReport
from engine.errors import BadInput, TargetError, WorkspaceError
from engine.packaging.attached import Node, keep_referrer, tree
from engine.packaging.foreign import (
    Descriptor,
    Document,
    check_attached,
    check_image,
    platform_of,
    read_document,
)
from engine.packaging.oci import Layout
from engine.workspace import write_atomically

Found = TypeVar("Found")
MOST_REMEMBERED = 5000
_OVER = (400, 404, 405, 409, 416)


class Memory:
    """What is remembered between pushes: uploads that are open, and which repository of the registry has which blob."""

    def __init__(self, folder: Path | None, host: str) -> None:
        self._path = folder / f"{host.replace(':', '_').replace('[', '').replace(']', '')}.json" if folder else None
        self._lock = threading.Lock()
        self.open: dict[str, str] = {}
        self.blobs: dict[str, str] = {}
        try:
            known = json.loads(self._path.read_bytes()) if self._path else {}
            self.open, self.blobs = dict(known["open"]), dict(known["blobs"])
        except (OSError, ValueError, KeyError, TypeError):
            pass

    def begun(self, key: str, location: str) -> None:
        """An upload goes on at this address, or is over with ""."""
        with self._lock:
            if location:
                self.open[key] = location
            elif self.open.pop(key, None) is None:
                return
            self._save()

    def has(self, repository: str, digests: Iterable[str]) -> None:
        """A repository has these blobs now."""
        with self._lock:
            self.blobs.update(dict.fromkeys(digests, repository))
            self.blobs = dict(list(self.blobs.items())[-MOST_REMEMBERED:])
            self._save()

    def _save(self) -> None:
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps({"open": self.open, "blobs": self.blobs}).encode())


@dataclass
class Counts:
    """Bytes of a push, added up by several threads."""

    sent: int = 0
    skipped: int = 0
    resumed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *, sent: int = 0, skipped: int = 0, resumed: int = 0) -> None:
        """Count some."""
        with self._lock:
            self.sent, self.skipped, self.resumed = self.sent + sent, self.skipped + skipped, self.resumed + resumed


def push(
    repository: Repository, layout: Layout, digest: str, tags: Iterable[str], progress: Progress, memory: Memory
) -> PushReport:
    """Push an image or an index with what is attached to it; the tags come last, when all is there.

    Raises:
        TargetError: the registry refuses or was lost; what was sent stays, and the next push goes on from there.
    """
    session, counts, nodes = repository.session, Counts(), tree(layout, digest)
    retries = session.retries
    blobs = {part.digest: part for node in nodes if not node.document.index for part in node.document.parts}
    tasks = [partial(_push_blob, repository, layout, blob, memory, counts) for blob in _largest_first(blobs.values())]
    run_all(tasks, progress, session.cancel)
    memory.has(repository.name, blobs)
    for node in nodes:
        _push_manifest(repository, node, counts)
    top = next(node for node in nodes if node.descriptor.digest == digest)
    for tag in tags:
        repository.put_manifest(top.content, top.descriptor.media_type, tag)
    return PushReport(counts.sent, counts.skipped, counts.resumed, session.retries - retries)


def _push_manifest(repository: Repository, node: Node, counts: Counts) -> None:
    content, descriptor, subject = node.content, node.descriptor, node.document.subject
    if repository.head(descriptor.digest) == descriptor.digest:
        counts.add(skipped=len(content))
        known = True
    else:
        known = repository.put_manifest(content, descriptor.media_type)
        counts.add(sent=len(content))
    if subject and not (known and repository.has_referrers_api()):
        repository.attach(
            subject, replace(descriptor, artifact_type=descriptor.artifact_type or node.document.artifact_type)
        )


def _push_blob(
    repository: Repository, layout: Layout, blob: Descriptor, memory: Memory, counts: Counts, tell: Told
) -> None:
    key = f"{repository.name} {blob.digest}"
    if repository.has_blob(blob.digest):
        memory.begun(key, "")
        counts.add(skipped=blob.size)
        return tell("skip", blob.size, blob.size, blob.digest)
    upload = _Upload(repository, blob, layout.blob(blob.digest), key, memory, counts, tell)
    if not upload.mounted():
        upload.run()
    return None


@dataclass
class _Upload:
    """One blob on its way; begun anew or gone on with until it is there."""

    repository: Repository
    blob: Descriptor
    path: Path
    key: str
    memory: Memory
    counts: Counts
    tell: Told
    location: str = ""
    at: int = 0

    def mounted(self) -> bool:
        """Whether another repository of the registry could lend it."""
        source = self.memory.blobs.get(self.blob.digest, "")
        if self.key in self.memory.open or source in ("", self.repository.name):
            return False
        try:
            done, self.location = self.repository.mount(self.blob.digest, source)
        except TargetError:
            return False  # not allowed to read there any more: it is sent
        if done:
            self.counts.add(skipped=self.blob.size)
            self.tell("skip", self.blob.size, self.blob.size, self.blob.digest)
        return done

    def run(self) -> None:
        """Send until the registry has it.

        Raises:
            TargetUnreachable: the link was lost again and again.
        """
        session = self.repository.session
        for attempt in range(1, session.limits.tries + 1):
            try:
                self._place()
                self.repository.upload(self.location, self.blob, self.path, self.at, self._sent, self._begun)
                return self.memory.begun(self.key, "")
            except (TargetUnreachable, Refused, NotThere, DigestMismatch) as error:
                self.location = ""
                if isinstance(error, DigestMismatch) or (isinstance(error, Refused) and error.status not in _OVER):
                    self.memory.begun(self.key, "")
                    raise
                if attempt == session.limits.tries or "in time" in str(error):
                    raise
                session.pause(attempt)
        return None

    def _place(self) -> None:
        """Where to go on, as the registry says, or a new upload."""
        if saved := self.memory.open.get(self.key):
            try:
                self.at, self.location = self.repository.offset(saved)
                if self.at > self.blob.size:
                    raise NotThere("more than the blob")
                self.counts.add(resumed=self.at)
            except (NotThere, Refused):
                self.location = ""
                self.memory.begun(self.key, "")
        if not self.location:
            self.at, self.location = 0, self.repository.begin()
        if self.blob.size > self.repository.chunk:
            self.memory.begun(self.key, self.location)
        self.tell("push", self.at, self.blob.size, self.blob.digest)
        self._done = self.at

    def _begun(self, location: str) -> None:
        self.memory.begun(self.key, location)

    def _sent(self, count: int) -> None:
        self.counts.add(sent=count)
        self._done += count
        self.tell("push", min(self._done, self.blob.size), self.blob.size, self.blob.digest)


@dataclass(frozen=True)
class Pulled:
    """What came from a registry and lies in a layout, whole and checked; the layout's index does not name it yet."""

    descriptor: Descriptor
    document: Document
    platforms: tuple[str, ...]
    referrers: tuple[Descriptor, ...]
    received: int  # bytes


def pull(sources: list[Repository], layout: Layout, reference: str, progress: Progress, most: int) -> Pulled:
    """Bring an image or an index, all its platforms, and what is attached to it.

    Args:
        sources: mirrors, then the registry itself, which alone is asked what a tag leads to.
        layout: where to; nothing appears there under a digest that it does not have.
        reference: a tag or a digest.
        most: bytes that it may have in all.

    Raises:
        BadInput: it is not to be used: an unknown kind, too large, for another platform.
        DigestMismatch, TargetUnreachable, NotThere: of the last source.
    """
    puller = _Puller(sources, layout, progress)
    origin = sources[-1]
    asked = sources if reference.startswith("sha256:") else [origin]
    top, content = puller.manifest(asked, reference)
    document = read_document(content, top.media_type, origin.place)
    top = replace(top, media_type=document.media_type)
    images = (
        [(top, content, document)]
        if not document.index
        else [puller.image(part) for part in document.parts if _wanted(part)]
    )
    if not images:
        raise BadInput(f"The index at {origin.place} holds no image for linux/amd64 or linux/arm64; it was not used.")
    puller.check_size([one for _, _, image in images for one in image.parts], most)
    platforms = [puller.bring(found, image) for found, _, image in images]
    referrers = puller.attached([top.digest, *(found.digest for found, _, _ in images)])
    for kept in [text for _, text, _ in images] + [content]:
        layout.add(kept)
    return Pulled(top, document, tuple(dict.fromkeys(platforms)), tuple(referrers), puller.received)


def _wanted(part: Descriptor) -> bool:
    return not part.platform.startswith("unknown")


class _Puller:
    def __init__(self, sources: list[Repository], layout: Layout, progress: Progress) -> None:
        self.sources, self.layout, self.progress = sources, layout, progress
        self.place = sources[-1].place
        self.received = 0
        self._lock = threading.Lock()

    def manifest(self, sources: list[Repository], reference: str) -> tuple[Descriptor, bytes]:
        return _first(sources, lambda source: source.manifest(reference))

    def image(self, part: Descriptor) -> tuple[Descriptor, bytes, Document]:
        found, content = self.manifest(self.sources, part.digest)
        document = read_document(content, found.media_type or part.media_type, self.place)
        if len(content) != part.size or document.index:
            raise BadInput(
                f"The index at {self.place} says another size or kind of an image than it has; it was not used."
            )
        return replace(part, media_type=document.media_type), content, document

    def check_size(self, parts: list[Descriptor], most: int) -> None:
        whole = sum(part.size for part in parts)
        if whole > most:
            raise BadInput(f"The artifact at {self.place} has {whole >> 20} MB, more than the {most >> 20} MB allowed.")
        missing = sum(part.size for part in parts if not self.layout.has(part.digest))
        free = shutil.disk_usage(self.layout.root).free
        if missing > free:
            raise WorkspaceError(
                f"{self.layout.root} has {free >> 20} MB free, but {missing >> 20} MB are needed; make room."
            )

    def bring(self, named: Descriptor, image: Document) -> str:
        check_image(image, self.place)
        config = image.parts[0]
        self.blobs([config])
        platform = platform_of(self.layout.read(config.digest), named.platform, self.place)
        self.blobs(image.parts[1:])
        return platform

    def blobs(self, parts: Iterable[Descriptor]) -> None:
        wanted = {part.digest: part for part in parts}
        tasks: list[Callable[[Told], None]] = [partial(self._blob, part) for part in _largest_first(wanted.values())]
        run_all(tasks, self.progress, self._cancel)

    def attached(self, digests: list[str]) -> list[Descriptor]:
        """What hangs on the images; asked of the registry itself, since a mirror could leave something out."""
        found: list[Descriptor] = []
        for subject in dict.fromkeys(digests):
            for one in self.sources[-1].referrers(subject):
                got, content = self.manifest(self.sources, one.digest)
                document = read_document(content, got.media_type, self.place)
                check_attached(document, subject, self.place)
                self.blobs(document.parts)
                self.layout.add(content)
                found.append(replace(one, media_type=document.media_type, size=len(content),
                                     artifact_type=one.artifact_type or document.artifact_type))  # fmt: skip
        return found

    def _blob(self, part: Descriptor, tell: Told) -> None:
        if self.layout.has(part.digest):
            return tell("skip", part.size, part.size, part.digest)
        done = 0

        def got(count: int) -> None:
            nonlocal done
            done += count
            tell("pull", min(done, part.size), part.size, part.digest)
            with self._lock:
                self.received += count

        return _first(self.sources, lambda source: source.fetch(part, self.layout.blob(part.digest), got))

    def _cancel(self) -> None:
        for source in self.sources:
            source.session.cancel()


def keep_attached(layout: Layout, pulled: Pulled) -> None:
    """Let the layout's index name what was attached to an artifact that was pulled."""
    for referrer in pulled.referrers:
        keep_referrer(layout, referrer)


def _first(sources: list[Repository], ask: Callable[[Repository], Found]) -> Found:
    """The answer of the first source that has a good one; of those that fail, the last one's failure counts."""
    for source in sources[:-1]:
        try:
            return ask(source)
        except (TargetError, BadInput):
            continue
    return ask(sources[-1])


def _largest_first(blobs: Iterable[Descriptor]) -> list[Descriptor]:
    return sorted(blobs, key=lambda blob: -blob.size)
