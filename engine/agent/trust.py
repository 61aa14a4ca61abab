"""Trust: which artifacts the holder of the keys has released (The Update Framework 1.0); for boxes and the workbench alike.

Needs Python's own library, python-tuf and securesystemslib, all pure Python, and nothing of Lineside but the agent.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Signed, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from engine.agent.errors import Refused
from engine.agent.files import write_whole

MOST_BYTES = {"root": 512_000, "timestamp": 16_384, "snapshot": 2_000_000, "targets": 5_000_000}
MOST_MANIFEST_BYTES = 4 << 20
MOST_STATE_BYTES = 1 << 20
MOST_ROOTS = 256  # rotations that one visit may follow
MOST_KNOWN = 200  # digests that a machine remembers to have verified
SIGNED_AT = "x-lineside-signed-at"  # of the timestamp, in seconds: from it a wrong clock is told
CLOCK_SLACK = timedelta(days=1)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ROLES = ("timestamp", "snapshot", "targets")
_Role = TypeVar("_Role", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True)
class Trusted:
    """A release that the keys vouch for.

    Attributes:
        digest: of the image's manifest.
        name: of the model.
        version: the release's count, which only grows for a name: every decision of the workbench to release something,
            an older artifact too, is a higher one.
        expires: when this must have been signed anew (UTC).
        custom: what else the signed metadata says: artifact, reference, platform, precision.
    """

    digest: str
    name: str
    version: int
    expires: datetime
    custom: dict[str, Any] = field(default_factory=dict)


def pin(root: bytes, state: Path) -> None:
    """Trust a root on first use; later the same one, or the next one if the pinned one's keys signed it.

    Args:
        root: of `lineside trust export`.
        state: this machine's own folder of what it trusts and has seen.

    Raises:
        Refused: another root is pinned already and did not sign this one.
    """
    new, first = _parse(Root, root, "The root to pin"), not (state / "root.json").exists()
    _check_signatures(new, new.signed, "root", "The root to pin")
    if not first:
        pinned = _pinned(state)
        if new.signed.version == pinned.version and root == _read(state / "root.json", MOST_BYTES["root"]):
            return
        if new.signed.version <= pinned.version:
            raise Refused(
                f"Root {new.signed.version} is not the one that this machine trusts (root {pinned.version} in {state}):"
                " it is older, or of another workspace. To trust another workspace, delete that folder by hand first."
            )
        _check_next(new, pinned, "The root to pin")
    state.mkdir(parents=True, exist_ok=True)
    write_whole(state / "root.json", root)


def verify(
    metadata: Path, state: Path, digest: str, *, now: datetime | None = None, allow_rollback: bool = False
) -> Trusted:
    """Say whether an image was released by the keys that this machine trusts, and remember what was seen.

    It is the client's workflow of the TUF specification 1.0, section 5, over files of a folder. Blobs are not read:
    see `check_blobs`.

    Args:
        metadata: folder with N.root.json, timestamp.json, [N.]snapshot.json, [N.]targets.json.
        state: this machine's own folder: the pinned root and the versions last seen.
        digest: of the image's manifest, or of an index.
        now: UTC; the machine's clock unless given.
        allow_rollback: let a release take over that is older than the newest one verified here, provided that this
            machine has verified it before: for a box that goes back by itself. Any other way back is ordered on the
            workbench, which signs it as a new release.

    Raises:
        Refused: the reason, and what to do.
    """
    now, seen = now or datetime.now(UTC), _Seen.load(state)
    root = newest_root(metadata, state)
    seen.begin(root)
    _check_fresh(root, "root", now)
    timestamp = _load(Timestamp, metadata / "timestamp.json", root)
    _check_clock(timestamp, now)
    seen.not_older("timestamp", timestamp.version)
    seen.not_older("snapshot", timestamp.snapshot_meta.version)
    _check_fresh(timestamp, "timestamp", now)
    snapshot = _load_listed(Snapshot, metadata, root, timestamp.snapshot_meta, now)
    listed = snapshot.meta.get("targets.json")
    if listed is None:
        raise Refused("The snapshot lists no targets.json: it is not of a workspace. Sign again: lineside trust sign")
    seen.not_older("targets", listed.version)
    targets = _load_listed(Targets, metadata, root, listed, now)
    trusted = _release(targets, digest, min(one.expires for one in (root, timestamp, snapshot, targets)))
    seen.accept(trusted, allow_rollback)
    seen.versions = {"timestamp": timestamp.version, "snapshot": snapshot.version, "targets": targets.version}
    seen.save()
    return trusted


def check_blobs(folder: Path, digest: str) -> int:
    """Compare an image's files with its digests: manifest, config and layers, of all platforms of an index.

    Args:
        folder: files named by the 64 digits of their sha256, as `blobs/sha256` of an OCI layout.
        digest: of a manifest or an index that `verify` trusts.

    Returns:
        Bytes of all of them.

    Raises:
        Refused: one is missing, or not what its digest or its size says.
    """
    document = manifest(folder, digest)
    parts = document.get("manifests") or []
    total = sum(check_blobs(folder, _digest(one, digest)) for one in parts)
    if not parts:
        total = sum(_check_blob(folder, one, digest) for one in [document.get("config"), *document.get("layers", [])])
    return total + (folder / digest.removeprefix("sha256:")).stat().st_size


def manifest(folder: Path, digest: str) -> dict[str, Any]:
    """A manifest or an index, compared with its digest before it is parsed.

    Raises:
        Refused: it is missing, too large or not what the digest says.
    """
    content = _read(folder / _hex(digest), MOST_MANIFEST_BYTES)
    if hashlib.sha256(content).hexdigest() != _hex(digest):
        raise Refused(f"The manifest {digest[:19]} in {folder} is not what its digest says; fetch it again.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not all(
        isinstance(document.get(key, []), list) for key in ("layers", "manifests")
    ):
        raise Refused(f"{digest[:19]} in {folder} is no manifest of an image; package the model again.")
    return document


def roots(metadata: Path) -> Iterator[Path]:
    """The files of a folder's roots, oldest first."""
    found = [
        int(path.name.partition(".")[0]) for path in metadata.glob("*.root.json") if path.name.split(".")[0].isdigit()
    ]
    yield from (metadata / f"{number}.root.json" for number in sorted(found))


def target_path(digest: str) -> str:
    """What targets.json calls an image: the path of its manifest in the OCI layout."""
    return f"blobs/sha256/{_hex(digest)}"


def newest_root(metadata: Path, state: Path) -> Root:
    """The newest root that the pinned one leads to; it is pinned from now on.

    Raises:
        Refused: none is pinned, or a link of the chain is not signed by the one before and by itself.
    """
    root = _pinned(state)
    for number in range(root.version + 1, root.version + 1 + MOST_ROOTS):
        path = metadata / f"{number}.root.json"
        if not path.exists():
            break
        content = _read(path, MOST_BYTES["root"])
        new = _parse(Root, content, f"Root {number}")
        _check_next(new, root, f"Root {number}")
        write_whole(state / "root.json", content)
        root = new.signed
    return root


def check_envelope(envelope: bytes, payload_type: str, root: Root, what: str) -> bytes:
    """The payload of a DSSE envelope of a type that enough of the root's keys for targets have signed (DSSE 1.0).

    Raises:
        Refused: it is no envelope, or its signatures do not do.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError

    role = root.roles["targets"]
    try:
        parsed = Envelope.from_dict(json.loads(envelope))
        if parsed.payload_type != payload_type:
            raise ValueError(parsed.payload_type)
        parsed.verify([root.keys[keyid] for keyid in role.keyids], role.threshold)
    except VerificationError:
        raise Refused(
            f"{what} carries no valid signature of the trusted keys; sign it again: lineside trust sign"
        ) from None
    except Exception as error:
        raise Refused(
            f"{what} is no signed statement ({type(error).__name__}); sign it again: lineside trust sign"
        ) from None
    payload: bytes = parsed.payload
    return payload


@dataclass
class _Seen:
    """What this machine saw last; a file that is replaced whole."""

    path: Path
    keys: list[str]
    versions: dict[str, int]
    releases: dict[str, int]  # the newest count by name
    known: list[str]  # digests that were verified here

    @staticmethod
    def load(state: Path) -> _Seen:
        path = state / "seen.json"
        if not path.exists():
            return _Seen(path, [], {}, {}, [])
        try:
            document = json.loads(_read(path, MOST_STATE_BYTES))
            versions, releases = (
                {str(k): int(v) for k, v in document[key].items()} for key in ("versions", "releases")
            )
            return _Seen(path, list(document["keys"]), versions, releases, list(document["known"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Refused(
                f"{path}, in which this machine remembers what it has seen, is damaged, so an older release could not be"
                " told from a newer one. Restore it from a backup, or delete it by hand if nobody has tampered with it."
            ) from None

    def begin(self, root: Root) -> None:
        """Forget versions that lost or stolen keys may have driven up (specification, 5.3.11)."""
        keys = sorted({keyid for role in _ROLES for keyid in root.roles[role].keyids})
        if keys != self.keys:
            self.keys, self.versions = keys, {}

    def not_older(self, role: str, version: int) -> None:
        if version < self.versions.get(role, 0):
            raise Refused(
                f"The metadata is older than what this machine has seen: {role} {version} after {self.versions[role]}."
                " Somebody may be replaying an old state; take the newest from the workbench."
            )

    def accept(self, trusted: Trusted, allow_rollback: bool) -> None:
        newest = self.releases.get(trusted.name, 0)
        if trusted.version < newest and not (allow_rollback and trusted.digest in self.known):
            raise Refused(
                f"{trusted.name} {trusted.digest[:19]} is release {trusted.version}, older than release {newest} that this"
                " machine has accepted. To go back, order it on the workbench: lineside release rollback, or deploy it again."
            )
        self.releases[trusted.name] = max(newest, trusted.version)
        self.known = [*(one for one in self.known if one != trusted.digest), trusted.digest][-MOST_KNOWN:]

    def save(self) -> None:
        document = {"keys": self.keys, "versions": self.versions, "releases": self.releases, "known": self.known}
        write_whole(self.path, json.dumps(document, sort_keys=True).encode())


def _pinned(state: Path) -> Root:
    path = state / "root.json"
    if not path.exists():
        raise Refused(
            f"This machine trusts no workspace yet ({path} is missing); pin the file that lineside trust export wrote."
        )
    return _parse(Root, _read(path, MOST_BYTES["root"]), "The pinned root").signed


def _check_next(new: Metadata[Root], old: Root, what: str) -> None:
    if new.signed.version != old.version + 1:
        raise Refused(f"{what} has version {new.signed.version}; after root {old.version} comes {old.version + 1}.")
    _check_signatures(new, old, "root", what)
    _check_signatures(new, new.signed, "root", what)


def _load(kind: type[_Role], path: Path, root: Root, content: bytes | None = None) -> _Role:
    content = _read(path, MOST_BYTES[kind.type]) if content is None else content
    found = _parse(kind, content, path.name)
    _check_signatures(found, root, kind.type, path.name)
    return found.signed


def _load_listed(kind: type[_Role], metadata: Path, root: Root, listed: Any, now: datetime) -> _Role:
    """A file that another one lists by version, length and hash."""
    prefix = f"{listed.version}." if root.consistent_snapshot else ""
    path = metadata / f"{prefix}{kind.type}.json"
    content = _read(path, MOST_BYTES[kind.type])
    try:
        listed.verify_length_and_hashes(content)
    except RepositoryError:
        raise Refused(_mixed(path)) from None
    found = _load(kind, path, root, content)
    if found.version != listed.version:
        raise Refused(_mixed(path))
    _check_fresh(found, kind.type, now)
    return found


def _mixed(path: Path) -> str:
    return (
        f"{path.name} is of another time than the metadata that lists it, or was changed: {path.parent} is mixed up."
        " Take the whole folder from the workbench again."
    )


def _release(targets: Targets, digest: str, expires: datetime) -> Trusted:
    entry: TargetFile | None = targets.targets.get(target_path(digest))
    if entry is None or entry.hashes.get("sha256") != _hex(digest):
        raise Refused(f"{digest[:19]} is not among the signed artifacts; sign it on the workbench: lineside trust sign")
    custom = entry.custom if isinstance(entry.custom, dict) else {}
    name, version = custom.get("name"), custom.get("version")
    if not isinstance(name, str) or not isinstance(version, int):
        raise Refused(
            f"The signed metadata does not say which release {digest[:19]} is; sign it again: lineside trust sign"
        )
    return Trusted(digest, name, version, expires, {k: v for k, v in custom.items() if k not in ("name", "version")})


def _parse(kind: type[_Role], content: bytes, what: str) -> Metadata[_Role]:
    try:
        found = Metadata[kind].from_bytes(content)  # type: ignore[valid-type]
    except (DeserializationError, RecursionError):
        raise Refused(f"{what} is no signed metadata, or is damaged; take it from the workbench again.") from None
    if not isinstance(found.signed, kind):
        raise Refused(f"{what} is a {found.signed.type} where a {kind.type} should be: the files are mixed up.")
    return found


def _check_signatures(found: Metadata[Any], delegator: Root, role: str, what: str) -> None:
    try:
        result = delegator.get_verification_result(role, found.signed_bytes, found.signatures)
    except Exception as error:  # keys and signatures are as hostile as the rest
        raise Refused(
            f"{what} cannot be verified ({type(error).__name__}); take it from the workbench again."
        ) from None
    if result.verified:
        return
    keyids = set(delegator.roles[role].keyids)
    if not keyids & set(found.signatures):
        raise Refused(
            f"{what} is signed by keys that are not trusted here ({_short(found.signatures)} instead of {_short(keyids)});"
            " it is of another workspace, or forged."
        )
    if wrong := keyids & set(found.signatures) - set(result.signed):
        raise Refused(f"{what} was changed after it was signed: the signature of key {_short(wrong)} is wrong.")
    raise Refused(
        f"{what} needs signatures of {result.threshold} keys and has {len(result.signed)}; those of {result.missing} of"
        f" {_short(result.unsigned)} are missing: lineside trust sign FILE, on their machines."
    )


def _check_fresh(signed: Signed, role: str, now: datetime) -> None:
    if not signed.is_expired(now):
        return
    late = now - signed.expires
    clock = f"this machine's clock says {now:%Y-%m-%d}, {_span(late)} after that"
    how = "lineside trust rotate" if role == "root" else "lineside trust sign"
    advice = f"on the workbench, sign anew ({how}) and bring the new metadata; if the clock is wrong, set it first"
    if late > timedelta(days=366):
        advice = f"if the clock is wrong, which so much makes likely, set it; else, on the workbench, sign anew ({how})"
    raise Refused(f"The {role} metadata was to be signed anew by {signed.expires:%Y-%m-%d}; {clock}: {advice}.")


def _check_clock(timestamp: Timestamp, now: datetime) -> None:
    at = timestamp.unrecognized_fields.get(SIGNED_AT)
    if not isinstance(at, int | float) or not 0 < at < 253402300800:
        return
    signed = datetime.fromtimestamp(at, UTC)
    if now < signed - CLOCK_SLACK:
        raise Refused(
            f"This machine's clock says {now:%Y-%m-%d %H:%M} UTC, but the metadata was signed on {signed:%Y-%m-%d %H:%M} UTC:"
            f" the clock is at least {_span(signed - now)} behind (or the workbench's was ahead). Set it, then try again."
        )


def _span(span: timedelta) -> str:
    days = max(1, span.days)
    return f"{days / 365.25:.1f} years" if days > 730 else f"{days} days" if days > 1 else "1 day"


def _short(keyids: Any) -> str:
    return ", ".join(sorted(str(keyid)[:8] for keyid in list(keyids)[:8])) or "none"


def _digest(entry: Any, of: str) -> str:
    found = entry.get("digest") if isinstance(entry, dict) else None
    if not isinstance(found, str) or not DIGEST.fullmatch(found):
        raise Refused(
            f"The manifest {of[:19]} names “{str(found)[:80]}”, which is no sha256 digest; package the model again."
        )
    return found


def _hex(digest: str) -> str:
    if not DIGEST.fullmatch(digest):
        raise Refused(f"“{digest[:80]}” is no sha256 digest.")
    return digest.removeprefix("sha256:")


def _check_blob(folder: Path, entry: Any, of: str) -> int:
    digest = _digest(entry, of)
    size = entry.get("size")
    path = folder / _hex(digest)
    hashed, count = hashlib.sha256(), 0
    with _open(path) as file:
        if os.fstat(file.fileno()).st_size != size:
            raise Refused(
                f"The blob {digest[:19]} in {folder} has not the size that the manifest says; fetch it again."
            )
        while count <= size and (piece := file.read(1 << 20)):
            hashed.update(piece)
            count += len(piece)
    if count != size or hashed.hexdigest() != _hex(digest):
        raise Refused(
            f"The blob {digest[:19]} in {folder} is not what its digest says: damaged or swapped; fetch it again."
        )
    return count


def _read(path: Path, most: int) -> bytes:
    """A file's bytes, never more than `most` of them."""
    with _open(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise Refused(f"{path} is larger than the {most} bytes that it may have; it is not what it should be.")
    return content


def _open(path: Path) -> IO[bytes]:
    """A regular file, not what a link, a pipe or a device of that name would give."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}); take it from the workbench again.") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refused(f"{path} is no ordinary file; take it from the workbench again.")
    return os.fdopen(handle, "rb")
