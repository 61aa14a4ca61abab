"""Who may sign for a workspace: its first keys, their rotation, the threshold, other machines' keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError
from engine.packaging.oci import Layout
from engine.packaging.trust import keys
from engine.packaging.trust.keys import NoKeys
from engine.packaging.trust.repository import DAYS, NotTrusted, Repository, add_owner, complete, first_root
from engine.packaging.trust.statement import attach_statement
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from securesystemslib.signer import Key
    from tuf.api.metadata import Metadata, Root

    from engine.workspace import Workspace


@dataclass(frozen=True)
class TrustStatus:
    """Who may sign, who must, until when."""

    version: int  # of the root; 0 before there is one
    threshold: int = 0
    root_keys: list[str] = field(default_factory=list)
    release_keys: list[str] = field(default_factory=list)
    here: list[str] = field(default_factory=list)  # those whose private part is in this machine's keyring
    expires: dict[str, datetime] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    draft: str = ""  # the file of the next root, where it waits for signatures

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**vars(self), "expires": {role: at.isoformat() for role, at in self.expires.items()}}


def status(workspace: Workspace) -> TrustStatus:
    """What the workspace's signed metadata say now."""
    repository = Repository(workspace)
    draft = str(repository.draft) if repository.draft.exists() else ""
    root = repository.root()
    if root is None:
        return TrustStatus(0, draft=draft)
    targets, timestamp, roles = repository.targets(), repository.timestamp(), root.signed.roles
    expires = {"root": root.signed.expires}
    if targets and timestamp:
        expires |= {"targets": targets.expires, "timestamp": timestamp.signed.expires}
    return TrustStatus(
        version=root.signed.version,
        threshold=roles["root"].threshold,
        root_keys=list(roles["root"].keyids),
        release_keys=list(roles["targets"].keyids),
        here=[keyid for keyid, key in root.signed.keys.items() if keys.find_signer(workspace.id, key)],
        expires=expires,
        artifacts=[
            {"digest": f"sha256:{one.hashes['sha256']}", **(one.custom or {})}
            for one in (targets.targets.values() if targets else ())
        ],
        draft=draft,
    )


def init(
    workspace: Workspace, *, others: Sequence[Path] = (), threshold: int = 1, now: datetime | None = None
) -> TrustStatus:
    """Make this machine's keys and the first root.

    Args:
        others: public keys of other machines (`export_key`) that may sign, too.
        threshold: how many machines must sign a change of the keys.

    Raises:
        UsageError: there is a root already, or fewer keys than the threshold asks for.
        NoKeys: this machine has no keyring.
    """
    repository = Repository(workspace)
    if repository.root() or repository.draft.exists():
        raise UsageError("This workspace has keys already; see them by: lineside trust show", fix="lineside trust show")
    _check_threshold(threshold, len(others) + 1)
    given = [_read_key(path) for path in others]
    own = (keys.make_signer(workspace.id).public_key, keys.make_signer(workspace.id, -1).public_key)
    _propose(repository, first_root([own, *given], threshold, now or datetime.now(UTC)), now)
    return status(workspace)


def rotate(
    workspace: Workspace, *, add: Sequence[Path] = (), drop: Sequence[str] = (), threshold: int | None = None,
    now: datetime | None = None,
) -> TrustStatus:  # fmt: skip
    """Give this machine new keys in a new root, which the old keys sign, too; artifacts are signed anew.

    Args:
        add: public keys of machines that may sign from now on.
        drop: beginnings (≥ 6 digits) of keys that may no longer.
        threshold: how many machines must sign the next change.

    Raises:
        UsageError: there is no root yet, no such key, or too few keys for the threshold.
        NoKeys: this machine has no keyring, or has none of the root's keys.
    """
    now, repository = now or datetime.now(UTC), Repository(workspace)
    before = repository.root()
    if before is None:
        raise UsageError("This workspace has no keys yet; make them by: lineside trust init", fix="lineside trust init")
    if repository.draft.exists():
        raise UsageError(f"A root waits for signatures in {repository.draft}; have it signed, or delete it, first.")
    mine = [keyid for keyid, key in before.signed.keys.items() if keys.find_signer(workspace.id, key)]
    if not set(mine) & set(before.signed.roles["root"].keyids):
        raise NoKeys(
            "No key that may change this workspace's keys is in the keyring of this machine; do it where one is."
        )
    given = [_read_key(path) for path in add]
    root = type(before).from_bytes(before.to_bytes())
    root.signatures.clear()
    root.signed.version += 1
    root.signed.expires = now + timedelta(days=DAYS["root"])
    own = (keys.make_signer(workspace.id).public_key, keys.make_signer(workspace.id, -1).public_key)
    for keyid in [*mine, *(_find_key(before.signed, start) for start in drop)]:
        _revoke(root.signed, keyid)
    for pair in (own, *given):
        add_owner(root.signed, *pair)
    role = root.signed.roles["root"]
    role.threshold = role.threshold if threshold is None else threshold
    _check_threshold(role.threshold, len(role.keyids))
    _propose(repository, root, now)
    return status(workspace)


def sign_root(workspace: Workspace, file: Path, now: datetime | None = None) -> bool:
    """Add this machine's signatures to a root that waits for them; adopt it where it is this workspace's and complete.

    Returns:
        Whether it was adopted.

    Raises:
        NotTrusted: it is no root.
        NoKeys: this machine has no key that it names.
    """
    from tuf.api.metadata import Metadata, Root
    from tuf.api.serialization import DeserializationError

    try:
        root = Metadata[Root].from_file(str(file))
    except DeserializationError as error:
        raise NotTrusted(f"{file} is no root; give the file that lineside trust rotate named.") from error
    repository, had = Repository(workspace), set(root.signatures)
    ours = repository.draft.exists() and Metadata[Root].from_file(str(repository.draft)).signed == root.signed
    before = repository.root() if ours else None
    repository.sign_root(root, before)
    if not set(root.signatures) - had and not (ours and complete(root, before)):
        raise NoKeys(f"This machine has no key that {file} names or that has not signed it yet.")
    file.write_bytes(root.to_bytes())
    if ours and complete(root, before):
        _take_over(repository, root, now)
        return True
    return False


def export_root(workspace: Workspace) -> bytes:
    """The root that a box pins.

    Raises:
        UsageError: there is none yet.
    """
    root = Repository(workspace).root()
    if root is None:
        raise UsageError("This workspace has no keys yet; make them by: lineside trust init", fix="lineside trust init")
    return root.to_bytes()


def export_key(workspace: Workspace) -> bytes:
    """The public keys of this machine, for `trust init --add` or `trust rotate --add` of another one's workspace.

    Raises:
        NoKeys: this machine has no keyring.
    """
    repository = Repository(workspace)
    root = repository.root()
    if root is None:
        init(workspace)
        root = repository.root()
    assert root is not None
    found = [
        next((root.signed.keys[k] for k in root.signed.roles[role].keyids if keys.find_signer(workspace.id, root.signed.keys[k])), None)
        for role in ("root", "targets")
    ]  # fmt: skip
    if found[0] is None or found[1] is None:
        raise NoKeys("The keys of this workspace are not in the keyring of this machine.")
    return json.dumps({"root": found[0].to_dict(), "release": found[1].to_dict()}, indent=1).encode()


def renew(repository: Repository, now: datetime | None = None) -> None:
    """Sign metadata and statements anew with the present keys; artifacts and their counts stay as they are.

    Raises:
        NoKeys: the release key is not on this machine.
        NotTrusted: others have changed the metadata.
    """
    repository.publish(now=now)
    layout, signer, targets = Layout(repository.blobs.parents[1]), repository.signer(), repository.targets()
    for path in targets.targets if targets else ():
        attach_statement(layout, f"sha256:{Path(path).name}", signer, version("lineside"))


def _propose(repository: Repository, root: Metadata[Root], now: datetime | None) -> None:
    if repository.sign_root(root, repository.root()):
        _take_over(repository, root, now)
    else:
        repository.draft.parent.mkdir(exist_ok=True)
        write_atomically(repository.draft, root.to_bytes())


def _take_over(repository: Repository, root: Metadata[Root], now: datetime | None) -> None:
    repository.adopt(root)
    with suppress(NoKeys):  # of a machine whose keys only change roots
        renew(repository, now)


def _check_threshold(threshold: int, count: int) -> None:
    if not 1 <= threshold <= count:
        raise UsageError(
            f"{threshold} machines cannot be asked to sign where {count} can; name the others' keys with --add FILE"
            " (lineside trust export --key FILE, there)."
        )


def _read_key(path: Path) -> tuple[Key, Key]:
    try:
        document = json.loads(path.read_bytes())
        return keys.public_key(document["root"]), keys.public_key(document["release"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} has no public keys ({error}); make it by: lineside trust export --key FILE"
        ) from error


def _find_key(root: Root, start: str) -> str:
    found = [keyid for keyid in root.keys if len(start) >= 6 and keyid.startswith(start)]
    if len(found) != 1:
        raise UsageError(f"{len(found) or 'No'} keys begin with “{start}”; see them by: lineside trust show")
    return found[0]


def _revoke(root: Root, keyid: str) -> None:
    for name, role in root.roles.items():
        if keyid in role.keyids:
            root.revoke_key(keyid, name)
