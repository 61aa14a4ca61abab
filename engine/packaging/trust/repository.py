"""The signed metadata of a workspace (TUF 1.0, consistent snapshots): root, targets, snapshot, timestamp."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tuf.api.exceptions import StorageError
from tuf.api.metadata import Metadata, MetaFile, Role, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from engine.agent.trust import CLOCK_SLACK, SIGNED_AT, roots, target_path
from engine.errors import BadInput, LinesideError
from engine.packaging.trust import keys
from engine.packaging.trust.keys import NoKeys
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

    from engine.workspace import Workspace

DAYS = {"root": 5 * 365, "targets": 365, "snapshot": 365, "timestamp": 90}
COUNTS = "x-lineside-releases"  # of targets: the last count by name, so that it grows even when artifacts are removed
RELEASE_ROLES = ("targets", "snapshot", "timestamp")


_Role = TypeVar("_Role", Snapshot, Targets, Timestamp)


class NotTrusted(BadInput):
    """What the workspace's keys do not vouch for."""


class Repository:
    """The metadata below `trust/` of a workspace.

    Attributes:
        metadata: what boxes get: N.root.json, N.targets.json, N.snapshot.json, timestamp.json.
        seen: what this workbench has pinned and seen, as on a box.
        draft: the next root while it waits for other people's signatures.
    """

    def __init__(self, workspace: Workspace) -> None:
        folder = workspace.path / "trust"
        self.id = workspace.id
        self.metadata = folder / "metadata"
        self.seen = folder / "seen"
        self.draft = folder / "root.draft.json"
        self.blobs = workspace.path / "artifacts" / "blobs" / "sha256"

    def root(self) -> Metadata[Root] | None:
        """The newest root, if there is one."""
        files = list(roots(self.metadata))
        return Metadata[Root].from_file(str(files[-1])) if files else None

    def timestamp(self) -> Metadata[Timestamp] | None:
        """The present timestamp."""
        path = self.metadata / "timestamp.json"
        return self._load(Timestamp, path) if path.exists() else None

    def targets(self) -> Targets | None:
        """The artifacts that the present timestamp leads to.

        Raises:
            NotTrusted: it was changed by others than the workspace's keys.
        """
        timestamp = self.timestamp()
        if timestamp is None:
            return None
        snapshot = self._load(Snapshot, self._file("snapshot", timestamp.signed.snapshot_meta.version))
        return self._load(Targets, self._file("targets", snapshot.signed.meta["targets.json"].version)).signed

    def current(self) -> bool:
        """Whether the timestamp is signed by the newest root's keys; not so where a change of keys was broken off."""
        root, timestamp = self.root(), self.timestamp()
        return bool(root and timestamp and _signed(root.signed, timestamp))

    def signer(self) -> CryptoSigner:
        """The release key of this machine.

        Raises:
            NoKeys: it has none that the root names.
        """
        root = self.root()
        assert root is not None
        for keyid in root.signed.roles["targets"].keyids:
            if found := keys.find_signer(self.id, root.signed.keys[keyid]):
                return found
        raise NoKeys(
            "The key that signs this workspace's artifacts is not in the keyring of this machine. Sign and deploy where it"
            " is; or let this machine sign, too: lineside trust export --key FILE here, lineside trust rotate --add FILE there."
        )

    def sign_root(self, root: Metadata[Root], before: Metadata[Root] | None) -> bool:
        """Add the signatures of all keys that this machine has; True where the root is complete now."""
        named = {**(before.signed.keys if before else {}), **root.signed.keys}
        for key in named.values():
            if signer := keys.find_signer(self.id, key):
                root.sign(signer, append=True)
        return complete(root, before)

    def adopt(self, root: Metadata[Root]) -> None:
        """Let a complete root take over, and forget the keys that it names no longer."""
        before = self.root()
        assert complete(root, before)
        self.metadata.mkdir(parents=True, exist_ok=True)
        write_atomically(self.metadata / f"{root.signed.version}.root.json", root.to_bytes())
        self.draft.unlink(missing_ok=True)
        for keyid in set(before.signed.keys if before else ()) - set(root.signed.keys):
            keys.forget(self.id, keyid)

    def publish(self, change: Callable[[Targets], None] = lambda _targets: None, now: datetime | None = None) -> None:
        """Sign the artifacts anew: new targets, snapshot and, last, the timestamp that makes them count.

        Args:
            change: what is different in the targets.
            now: UTC; this computer's clock unless given.

        Raises:
            NoKeys: the release key is not here.
            LinesideError: this computer's clock is behind the last signature.
        """
        now, signer, before = now or datetime.now(UTC), self.signer(), self.timestamp()
        _check_clock(before, now)
        targets = self.targets() or Targets(version=1, unrecognized_fields={COUNTS: {}})
        if before:
            targets.version += 1
        change(targets)
        targets.targets = {
            path: one for path, one in targets.targets.items() if (self.blobs / Path(path).name).exists()
        }
        version = before.signed.snapshot_meta.version + 1 if before else 1
        listed = self._put(targets, signer, now, targets.version)
        snapshot = Snapshot(version=version, meta={"targets.json": listed})
        timestamp = Timestamp(
            version=before.signed.version + 1 if before else 1,
            snapshot_meta=self._put(snapshot, signer, now, version),
            unrecognized_fields={SIGNED_AT: int(now.timestamp())},
        )
        self._put(timestamp, signer, now, None)
        self._prune(targets.version, version)

    def files(self) -> list[Path]:
        """The files of the present metadata: what a box needs to verify."""
        timestamp, targets = self.timestamp(), self.targets()
        assert timestamp is not None
        assert targets is not None
        listed = [
            self._file("targets", targets.version),
            self._file("snapshot", timestamp.signed.snapshot_meta.version),
        ]
        return [*roots(self.metadata), *listed, self.metadata / "timestamp.json"]

    def _file(self, role: str, version: int) -> Path:
        return self.metadata / f"{version}.{role}.json"

    def _load(self, kind: type[_Role], path: Path) -> Metadata[_Role]:
        """A file that the newest root's keys have signed, or those before, where a change of keys was broken off."""
        try:
            found: Metadata[_Role] = Metadata.from_file(str(path))
        except (DeserializationError, StorageError) as error:
            raise NotTrusted(f"{path} is missing or damaged; take the folder {path.parent} from a backup.") from error
        for file in list(roots(self.metadata))[-1:-3:-1]:
            if isinstance(found.signed, kind) and _signed(Metadata[Root].from_file(str(file)).signed, found):
                return found
        raise NotTrusted(
            f"{path} is not signed by this workspace's keys: somebody changed it, or it is another workspace's. Nothing is"
            f" signed on top of it; take the folder {path.parent} from a backup."
        )

    def _put(self, signed: Any, signer: CryptoSigner, now: datetime, version: int | None) -> MetaFile:
        signed.expires = now + timedelta(days=DAYS[signed.type])
        metadata = Metadata(signed)
        metadata.sign(signer)
        content = metadata.to_bytes()
        name = f"{signed.type}.json"
        write_atomically(self.metadata / (name if version is None else f"{version}.{name}"), content)
        return MetaFile.from_data(signed.version, content, ["sha256"])

    def _prune(self, targets: int, snapshot: int) -> None:
        """Keep the present files and those before, which a reader may have begun with."""
        for role, version in (("targets", targets), ("snapshot", snapshot)):
            for path in self.metadata.glob(f"*.{role}.json"):
                if path.name.split(".")[0].isdigit() and int(path.name.split(".")[0]) < version - 1:
                    path.unlink(missing_ok=True)


def _signed(root: Root, found: Metadata[Any]) -> bool:
    return root.get_verification_result(found.signed.type, found.signed_bytes, found.signatures).verified


def first_root(owners: list[tuple[Key, Key]], threshold: int, now: datetime) -> Metadata[Root]:
    """An unsigned root 1.

    Args:
        owners: root key and release key of each machine.
        threshold: how many root keys must sign a root.
        now: UTC.
    """
    roles = {"root": Role([], threshold), **{role: Role([], 1) for role in RELEASE_ROLES}}
    root = Root(version=1, expires=now + timedelta(days=DAYS["root"]), keys={}, roles=roles, consistent_snapshot=True)
    for owner, release in owners:
        add_owner(root, owner, release)
    return Metadata(root)


def add_owner(root: Root, owner: Key, release: Key) -> None:
    """Let a machine sign roots and releases."""
    root.add_key(owner, "root")
    for role in RELEASE_ROLES:
        root.add_key(release, role)


def complete(root: Metadata[Root], before: Metadata[Root] | None) -> bool:
    """Whether enough keys have signed: its own, and those of the root before."""
    signed = root.signed
    if before and signed.version != before.signed.version + 1:
        return False
    return signed.get_root_verification_result(
        before.signed if before else None, root.signed_bytes, root.signatures
    ).verified


def entry(digest: str, size: int, custom: dict[str, Any]) -> TargetFile:
    """An artifact as targets.json lists it."""
    return TargetFile(size, {"sha256": digest.removeprefix("sha256:")}, target_path(digest), {"custom": custom})


def _check_clock(before: Metadata[Timestamp] | None, now: datetime) -> None:
    at = before.signed.unrecognized_fields.get(SIGNED_AT, 0) if before else 0
    last = datetime.fromtimestamp(at, UTC)
    if now < last - CLOCK_SLACK:
        raise LinesideError(
            f"The clock of this computer says {now:%Y-%m-%d}, but it signed artifacts on {last:%Y-%m-%d} already: one of the"
            f" two is wrong by {(last - now).days} days. Set the clock, then sign again: lineside trust sign"
        )
