"""The distribution specification 1.1 from a client's side: manifests, blobs, uploads, tags, referrers.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from urllib3.exceptions import HTTPError

from connectors.registry.address import DIGEST
from connectors.registry.session import NotThere, Part, Refused, Session
from connectors.registry.wire import Cancelled, Slow
from engine.deployment.errors import DigestMismatch
from engine.errors import BadInput, TargetError
from engine.packaging.foreign import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    MOST_MANIFEST_BYTES,
    Descriptor,
    read_descriptor,
)
from engine.packaging.layers import digest_of
from engine.packaging.oci import INDEX, MANIFEST

ACCEPT = ", ".join((MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_INDEX))
MOST_PAGES = 50
MOST_REFERRERS = 64

Watch = Callable[[int], None]


class Repository:
    """One repository of a registry."""

    def __init__(self, session: Session, name: str) -> None:
        self.session, self.name, self.chunk = session, name, session.limits.chunk_bytes

    @property
    def place(self) -> str:
        """For a sentence."""
        return f"{self.session.host}/{self.name}"

    # manifests

    def head(self, reference: str) -> str:
        """The digest that a tag leads to, or "" where there is none."""
        try:
            with self._ask("HEAD", f"manifests/{reference}", (200,), headers={"Accept": ACCEPT}) as response:
                digest = response.headers.get("Docker-Content-Digest", "")
        except NotThere:
            return ""
        return digest if DIGEST.fullmatch(digest) else self.manifest(reference)[0].digest

    def manifest(self, reference: str) -> tuple[Descriptor, bytes]:
        """A manifest or an index by tag or digest, its digest computed here.

        Raises:
            DigestMismatch: it is not what its digest says.
        """
        with self._ask("GET", f"manifests/{reference}", (200,), headers={"Accept": ACCEPT}) as response:
            content = self.session.read(response, MOST_MANIFEST_BYTES, "a manifest")
            said, kind = response.headers.get("Docker-Content-Digest", ""), response.headers.get("Content-Type", "")
        digest = digest_of(content)
        if (reference.startswith("sha256:") and reference != digest) or (said.startswith("sha256:") and said != digest):
            raise DigestMismatch(
                f"{self.place} sends another manifest than {(said or reference)[:19]}; it was not used."
            )
        return Descriptor(digest, len(content), kind.partition(";")[0].strip()), content

    def put_manifest(self, content: bytes, kind: str, reference: str = "") -> bool:
        """Put a manifest under its digest or a tag; whether the registry says that it keeps track of its subject."""
        digest = digest_of(content)
        with self._ask("PUT", f"manifests/{reference or digest}", (200, 201, 202), headers={"Content-Type": kind},
                       body=content, push=True) as response:  # fmt: skip
            said = response.headers.get("Docker-Content-Digest", digest)
            if said != digest:
                raise DigestMismatch(
                    f"{self.place} kept the manifest {digest[:19]} as {said[:19]}; do not use what is there."
                )
            return bool(response.headers.get("OCI-Subject"))

    def delete_manifest(self, reference: str) -> None:
        """Take a tag or a manifest away."""
        with self._ask("DELETE", f"manifests/{reference}", (200, 202, 204), delete=True):
            pass

    def tags(self) -> list[str]:
        """All tags, over all pages."""
        found: list[str] = []
        path = self._path("tags/list?n=1000")
        for _ in range(MOST_PAGES):
            try:
                document, headers = self.session.json(path, scope=self._scope())
            except NotThere:
                return found
            listed = document.get("tags") if isinstance(document, dict) else None
            more = [tag for tag in listed or [] if isinstance(tag, str)] if isinstance(listed, list | None) else []
            found += more
            if not more or not (path := self._next(headers.get("Link", ""))):
                break
        return found

    def _next(self, link: str) -> str:
        target = re.match(r'\s*<([^>]{1,2000})>\s*;\s*rel="?next"?', link)
        return target.group(1) if target else ""

    # referrers

    def referrers(self, digest: str) -> list[Descriptor]:
        """What is attached to a manifest: by the API, or by the tag that stands in for it."""
        try:
            with self._ask("GET", f"referrers/{digest}", (200,), headers={"Accept": INDEX}) as response:
                content = self.session.read(response, MOST_MANIFEST_BYTES, "a list of referrers")
            return self._attached(content)
        except (NotThere, Refused):
            return self._fallback(digest)

    def has_referrers_api(self) -> bool:
        """Whether the registry answers as the specification says."""
        try:
            with self._ask("GET", f"referrers/sha256:{'0' * 64}", (200,), headers={"Accept": INDEX}) as response:
                return bool(response.headers.get("Content-Type", "").partition(";")[0].strip() == INDEX)
        except (NotThere, Refused):
            return False

    def attach(self, subject: str, added: Descriptor) -> None:
        """List a referrer under the tag that stands in for the API; read again, since another may write it too."""
        tag = fallback_tag(subject)
        for _ in range(5):
            known = self._fallback(subject)
            if any(one.digest == added.digest for one in known):
                return
            document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [one.to_json() for one in (*known, added)]}
            self.put_manifest(json.dumps(document, sort_keys=True, separators=(",", ":")).encode(), INDEX, tag)
        raise TargetError(f"Others write to {self.place}:{tag} at the same time; push again when they are done.")

    def _fallback(self, digest: str) -> list[Descriptor]:
        try:
            return self._attached(self.manifest(fallback_tag(digest))[1])
        except NotThere:
            return []

    def _attached(self, content: bytes) -> list[Descriptor]:
        document = self.session.parse(content)
        entries = document.get("manifests") if isinstance(document, dict) else None
        if not isinstance(entries, list) or len(entries) > MOST_REFERRERS:
            raise BadInput(f"The list of referrers at {self.place} is none, or has more than {MOST_REFERRERS} entries.")
        return [read_descriptor(entry, self.place) for entry in entries]

    # blobs

    def has_blob(self, digest: str) -> bool:
        """Whether a blob is there."""
        try:
            with self._ask("HEAD", f"blobs/{digest}", (200,)):
                return True
        except NotThere:
            return False

    def mount(self, digest: str, source: str) -> tuple[bool, str]:
        """Let a blob of another repository be in this one too; else the address of an upload that was begun instead."""
        scope = f"{self._scope(push=True)} repository:{source}:pull"
        path = self._path(f"blobs/uploads/?mount={digest}&from={source}")
        with self.session.request("POST", path, (201, 202), scope=scope, body=b"") as response:
            return response.status == 201, "" if response.status == 201 else self._location(response.headers)

    def begin(self) -> str:
        """Begin an upload; its address."""
        with self._ask("POST", "blobs/uploads/", (202,), push=True, body=b"") as response:
            return self._location(response.headers)

    def abandon(self, location: str) -> None:
        """Give an upload up; a registry that does not know it, or may not be asked, is fine."""
        with contextlib.suppress(TargetError), self._ask("DELETE", location, (200, 202, 204), push=True):
            pass

    def offset(self, location: str) -> tuple[int, str]:
        """How many bytes of an upload the registry has, and its present address.

        Raises:
            NotThere, Refused: the upload is over.
        """
        with self._ask("GET", location, (204, 200), push=True) as response:
            return _received(response.headers.get("Range", "")), self._location(response.headers, location)

    def upload(
        self, location: str, blob: Descriptor, path: Path, start: int, sent: Watch, begun: Callable[[str], None]
    ) -> None:
        """Send a blob from a byte on, a chunk at a time, and close it.

        Args:
            sent: told of the bytes that go out.
            begun: told of the address to go on at, after each chunk.

        Raises:
            DigestMismatch: the registry received something else.
        """
        at = start
        if blob.size <= self.chunk and not at:
            return self._finish(location, blob, Part(path, 0, blob.size, sent))
        for _ in range(2 * (blob.size // self.chunk + 1)):
            if at >= blob.size:
                break
            length = min(self.chunk, blob.size - at)
            headers = {"Content-Type": "application/octet-stream", "Content-Range": f"{at}-{at + length - 1}"}
            with self._ask("PATCH", location, (202, 201, 204), headers=headers, push=True,
                           body=Part(path, at, length, sent), again=False) as response:  # fmt: skip
                location = self._location(response.headers, location)
                got = _received(response.headers.get("Range", ""))
            at = got if at < got <= at + length else at + length
            begun(location)
        if at < blob.size:
            raise TargetError(
                f"{self.place} keeps only small parts of what it is sent of {blob.digest[:19]}; it was given up."
            )
        return self._finish(location, blob, b"")

    def _finish(self, location: str, blob: Descriptor, body: bytes | Part) -> None:
        closing = f"{location}{'&' if '?' in location else '?'}digest={blob.digest}"
        headers = {"Content-Type": "application/octet-stream"}
        try:
            with self._ask("PUT", closing, (201, 204), headers=headers, push=True, body=body, again=False) as response:
                said = response.headers.get("Docker-Content-Digest", blob.digest)
        except Refused as error:
            if "DIGEST_INVALID" in error.said:
                said = "something else"
            else:
                raise
        if said != blob.digest:
            raise DigestMismatch(f"{self.place} received {said[:19]} instead of {blob.digest[:19]}; push again.")

    def fetch(self, blob: Descriptor, path: Path, got: Watch) -> None:
        """Bring a blob to a path, whole and checked or not at all; what came before a cut stays and is gone on from.

        Raises:
            DigestMismatch: it is not what its digest says; nothing of it is kept.
        """
        part = path.with_name(f".{path.name}.part")
        went_on = True
        while went_on:  # what lay there may be from somebody else who lied: then once more from the beginning
            went_on = part.exists()
            self._fetch_all(blob, part, got)
            if _digest(part) == blob.digest:
                part.replace(path)
                return
            part.unlink()
        raise DigestMismatch(f"{self.place} sends another blob than {blob.digest[:19]}; nothing of it was kept.")

    def _fetch_all(self, blob: Descriptor, part: Path, got: Watch) -> None:
        tries = self.session.limits.tries
        for attempt in range(1, tries + 1):
            try:
                return self._fetch_rest(blob, part, got)
            except (HTTPError, OSError, Slow) as error:
                if self.session.cancelled.is_set():
                    raise Cancelled from error
                if isinstance(error, OSError) and error.errno and not isinstance(error, ConnectionError | TimeoutError):
                    raise TargetError(
                        f"{part.parent} cannot be written ({error.strerror}); make room or permit it."
                    ) from error
                if attempt == tries or isinstance(error, Slow):
                    raise self.session.broken(error, f"the blob {blob.digest[:19]}") from error
                self.session.pause(attempt)
        return None

    def _fetch_rest(self, blob: Descriptor, part: Path, got: Watch) -> None:
        have = part.stat().st_size if part.exists() else 0
        if have > blob.size:
            part.unlink()
            have = 0
        if have == blob.size:
            part.touch()
            return
        headers = {"Range": f"bytes={have}-"} if have else {}
        with self._ask("GET", f"blobs/{blob.digest}", (200, 206), headers=headers) as response:
            goes_on = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if response.status == 206 and not goes_on:
                raise TargetError(
                    f"{self.place} sends another part of {blob.digest[:19]} than asked for; it was not used."
                )
            have = have if goes_on else 0
            said = response.headers.get("Content-Length", "")
            if said and said != str(blob.size - have):
                raise DigestMismatch(
                    f"{self.place} sends {said[:20]} bytes as the {blob.size - have} of {blob.digest[:19]}; not used."
                )
            have = self._keep(response, part, have, blob, got)
        if have > blob.size:
            part.unlink()
            raise DigestMismatch(f"{self.place} sends more than the {blob.size} bytes of {blob.digest[:19]}; not used.")
        if have < blob.size:
            raise ConnectionError(f"{have} of {blob.size} bytes came")

    def _keep(self, response: Any, part: Path, have: int, blob: Descriptor, got: Watch) -> int:
        """Write what comes after the first `have` bytes; how many there are then, one too many at most."""
        with part.open("r+b" if have else "wb") as file:
            file.seek(have)
            for piece in self.session.pieces(response, blob.size - have):
                have += len(piece)
                if have > blob.size:
                    break
                file.write(piece)
                got(len(piece))
            file.flush()
            os.fsync(file.fileno())
        return have

    # what all share

    def _ask(
        self, method: str, path: str, ok: tuple[int, ...], *, headers: dict[str, str] | None = None,
        body: bytes | Part | None = None, push: bool = False, delete: bool = False, again: bool = True,
    ) -> Any:  # fmt: skip
        whole = path if path.startswith(("http:", "https:", "/")) else self._path(path)
        return self.session.request(
            method, whole, ok, scope=self._scope(push, delete), headers=headers, body=body, again=again
        )

    def _path(self, rest: str) -> str:
        return f"/v2/{self.name}/{rest}"

    def _scope(self, push: bool = False, delete: bool = False) -> str:
        return f"repository:{self.name}:{'pull,push,delete' if delete else 'pull,push' if push else 'pull'}"

    def _location(self, headers: Any, otherwise: str = "") -> str:
        from urllib.parse import urljoin

        location = headers.get("Location", "") or otherwise
        if not location:
            raise TargetError(f"{self.place} does not say where to send a blob; is it a registry?")
        return self.session.allowed(urljoin(self.session.base, location))


def fallback_tag(digest: str) -> str:
    """The tag that lists what is attached to a manifest where there is no API for it."""
    return digest.replace(":", "-")


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file in pieces."""
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    for piece in chunks_of(path):
        found.update(piece)
    return f"sha256:{found.hexdigest()}"


def _received(said: str) -> int:
    """Bytes from a Range header as uploads answer with: 0-1023 are 1024; 0-0 is none in practice."""
    match = re.fullmatch(r"(?:bytes=)?0-(\d{1,18})", said.strip())
    return int(match.group(1)) + 1 if match and match.group(1) != "0" else 0
