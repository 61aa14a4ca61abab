"""What came from somewhere else: manifests, indexes and configs are read with suspicion before anything of them is used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.errors import BadInput
from engine.packaging.oci import CONFIG, INDEX, MANIFEST

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
MANIFESTS, INDEXES, CONFIGS = (MANIFEST, DOCKER_MANIFEST), (INDEX, DOCKER_INDEX), (CONFIG, DOCKER_CONFIG)
LAYERS = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
)
PLATFORMS = ("linux/amd64", "linux/arm64")
MOST_MANIFEST_BYTES = 4 << 20
MOST_LAYERS = 128
MOST_IMAGES = 32
MOST_LAYER_BYTES = 8 << 30
MOST_ATTACHED_BYTES = 64 << 20
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Descriptor:
    """A blob as a manifest or an index names it."""

    digest: str
    size: int
    media_type: str
    platform: str = ""
    artifact_type: str = ""
    annotations: dict[str, str] = field(default_factory=dict, compare=False)

    def to_json(self) -> dict[str, Any]:
        """As it stands in an index."""
        system, _, architecture = self.platform.partition("/")
        made: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.platform:
            made["platform"] = {"os": system, "architecture": architecture}
        if self.artifact_type:
            made["artifactType"] = self.artifact_type
        return {**made, "annotations": self.annotations} if self.annotations else made


@dataclass(frozen=True)
class Document:
    """A manifest or an index that can be used.

    Attributes:
        index: whether it names images; else it is one image, or something attached to one.
        parts: the images of an index; config and layers of an image.
        subject: the digest that it is attached to, as a signature is.
    """

    index: bool
    media_type: str
    parts: tuple[Descriptor, ...]
    subject: str = ""
    artifact_type: str = ""

    @property
    def size(self) -> int:
        """Bytes of what it names."""
        return sum(part.size for part in self.parts)


def read_document(content: bytes, media_type: str = "", where: str = "the registry") -> Document:
    """Read a manifest or an index.

    Args:
        content: its bytes.
        media_type: what it was sent as; must be what it says of itself (CVE-2021-41190).
        where: for the sentence.

    Raises:
        BadInput: what is not to be used is named.
    """
    if len(content) > MOST_MANIFEST_BYTES:
        raise BadInput(f"A manifest in {where} is larger than {MOST_MANIFEST_BYTES >> 20} MB; it was not used.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"A manifest in {where} is no JSON; it was not used.") from error
    if not isinstance(document, dict) or document.get("schemaVersion") != 2:
        raise BadInput(f"A manifest in {where} is of an old or unknown form; push it there again with a present tool.")
    said = document.get("mediaType") or media_type.partition(";")[0].strip()
    known = {**dict.fromkeys(INDEXES, True), **dict.fromkeys(MANIFESTS, False)}
    sent = media_type.partition(";")[0].strip()
    if not isinstance(said, str) or said not in known or (sent in known and sent != said):
        raise BadInput(f"A manifest in {where} is of an unknown kind (“{str(said)[:80]}”); it was not used.")
    if ("manifests" in document) == ("layers" in document) or ("manifests" in document) != known[said]:
        raise BadInput(f"A manifest in {where} says that it is something else than it is; it was not used.")
    return _index(document, said, where) if known[said] else _manifest(document, said, where)


def check_image(document: Document, where: str = "the registry") -> None:
    """Whether an image is one that can be unpacked and run here.

    Raises:
        BadInput: an unknown kind of layer or config, too many or too large ones.
    """
    config, *layers = document.parts
    if config.media_type not in CONFIGS:
        raise BadInput(
            f"What lies in {where} is no image (config of kind “{config.media_type[:80]}”); it was not used."
        )
    if config.size > MOST_MANIFEST_BYTES:
        raise BadInput(
            f"The config of the image in {where} is larger than {MOST_MANIFEST_BYTES >> 20} MB; it was not used."
        )
    for layer in layers:
        if "zstd" in layer.media_type:
            raise BadInput(
                f"A layer in {where} is packed with zstd, which boxes cannot unpack; push it packed with gzip."
            )
        if layer.media_type not in LAYERS:
            raise BadInput(f"A layer in {where} is of an unknown kind (“{layer.media_type[:80]}”); it was not used.")
        if layer.size > MOST_LAYER_BYTES:
            raise BadInput(f"A layer in {where} is larger than {MOST_LAYER_BYTES >> 30} GB; it was not used.")


def check_attached(document: Document, subject: str, where: str = "the registry") -> None:
    """Whether something attached to an image (a signature, a bill of materials) is small and attached to just that.

    Raises:
        BadInput: it is not.
    """
    if document.index or document.subject != subject:
        raise BadInput(f"What {where} gives as attached to {subject[:19]} is not; it was not used.")
    if document.size > MOST_ATTACHED_BYTES:
        raise BadInput(f"What is attached to {subject[:19]} in {where} is larger than {MOST_ATTACHED_BYTES >> 20} MB.")


def platform_of(config: bytes, said: str, where: str = "the registry") -> str:
    """The platform of an image from its config.

    Raises:
        BadInput: none that artifacts run on, or another than the index says.
    """
    try:
        document = json.loads(config)
        found = f"{document['os']}/{document['architecture']}"
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise BadInput(f"The config of the image in {where} cannot be read; it was not used.") from error
    if found not in PLATFORMS:
        raise BadInput(f"The image in {where} is for {found[:40]}; artifacts run on {' and '.join(PLATFORMS)}.")
    if said and said != found:
        raise BadInput(f"The index in {where} calls an image {said} that is for {found}; it was not used.")
    return found


def read_descriptor(entry: Any, where: str = "the registry") -> Descriptor:
    """A descriptor, each of its values looked at.

    Raises:
        BadInput: a digest that is none, a size that is none, or contents that lie at another address.
    """
    if not isinstance(entry, dict) or entry.get("urls"):
        raise BadInput(f"A manifest in {where} refers to contents that do not lie there; it was not used.")
    digest, size, kind = entry.get("digest"), entry.get("size"), entry.get("mediaType")
    whole = isinstance(digest, str) and _DIGEST.fullmatch(digest) and isinstance(kind, str)
    if not whole or not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise BadInput(f"A manifest in {where} names a blob without a proper digest, size and kind; it was not used.")
    notes, platform = entry.get("annotations"), entry.get("platform")
    notes = {str(key): str(value) for key, value in notes.items()} if isinstance(notes, dict) else {}
    named = f"{platform.get('os', '')}/{platform.get('architecture', '')}" if isinstance(platform, dict) else ""
    return Descriptor(str(digest), size, str(kind), named, str(entry.get("artifactType") or ""), notes)


def _index(document: dict[str, Any], kind: str, where: str) -> Document:
    parts = tuple(_entries(document["manifests"], MOST_IMAGES, where))
    if any(part.media_type in INDEXES for part in parts):
        raise BadInput(f"The index in {where} holds another index; it was not used.")
    if unknown := next((part for part in parts if part.media_type not in MANIFESTS), None):
        raise BadInput(f"The index in {where} holds something unknown (“{unknown.media_type[:80]}”); it was not used.")
    return Document(True, kind, parts, _subject(document, where))


def _manifest(document: dict[str, Any], kind: str, where: str) -> Document:
    parts = tuple(_entries([document.get("config"), *_list(document["layers"], where)], MOST_LAYERS + 1, where))
    return Document(
        False, kind, parts, _subject(document, where), str(document.get("artifactType") or parts[0].media_type)
    )


def _entries(entries: Any, most: int, where: str) -> Iterator[Descriptor]:
    entries = _list(entries, where)
    if len(entries) > most:
        raise BadInput(f"A manifest in {where} names more than {most} blobs; it was not used.")
    return (read_descriptor(entry, where) for entry in entries)


def _list(entries: Any, where: str) -> list[Any]:
    if not isinstance(entries, list):
        raise BadInput(f"A manifest in {where} has no list of contents; it was not used.")
    return entries


def _subject(document: dict[str, Any], where: str) -> str:
    return read_descriptor(document["subject"], where).digest if document.get("subject") else ""
