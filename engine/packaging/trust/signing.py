"""Signing a workspace's artifacts, and checking them before they go anywhere."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from engine.agent import trust
from engine.agent.errors import Refused
from engine.agent.trust import Trusted, target_path
from engine.errors import BadInput, LinesideError
from engine.packaging.artifacts import Artifact, get_artifact, layout_folder
from engine.packaging.oci import Layout
from engine.packaging.trust.keys import NoKeys
from engine.packaging.trust.owners import export_root, init, renew
from engine.packaging.trust.repository import COUNTS, DAYS, NotTrusted, Repository, entry
from engine.packaging.trust.sbom import attach_sbom
from engine.packaging.trust.statement import attach_statement, read_statement

if TYPE_CHECKING:
    from tuf.api.metadata import Targets

    from engine.workspace import Workspace

_signing = threading.RLock()
"""Metadata are read, counted up and written by one thread at a time: several targets may be deployed to at once."""


def sign(workspace: Workspace, which: str, now: datetime | None = None) -> Trusted:
    """Sign an artifact as the newest release of its model; makes the workspace's keys on first use.

    Its blobs are compared with their digests first. An artifact of several platforms is signed with all its images.

    Args:
        which: as for `get_artifact`.

    Raises:
        UsageError: no such artifact.
        BadInput: a blob is missing or damaged.
        NoKeys: the keys cannot be made or are not here.
    """
    return _sign(workspace, get_artifact(workspace, which), now)


def sign_again(workspace: Workspace, now: datetime | None = None) -> None:
    """Sign the metadata anew, so that they stay valid for longer; artifacts and their counts stay as they are."""
    with _signing:
        renew(_ready(workspace, now), now)


def verify(workspace: Workspace, which: str, now: datetime | None = None) -> Trusted:
    """Check an artifact as a box would, its blobs and its statement included.

    Raises:
        UsageError: no such artifact.
        NotTrusted: the reason, and what to do.
    """
    return _verify(workspace, get_artifact(workspace, which).digest, now)


def vouch(workspace: Workspace, digest: str, now: datetime | None = None) -> dict[str, Any]:
    """Make sure of an artifact before it goes anywhere: it is the newest signed release of its model, and whole.

    What is to go out now becomes the newest release, older artifacts, too: so going back is a signed order. An artifact
    that was never signed is signed now if it is this workspace's own.

    Returns:
        What the history keeps: `signed` (the release's count), or `unsigned` (why this machine cannot sign).

    Raises:
        NotTrusted: it is not what the keys vouch for, or not this workspace's.
        BadInput: a blob is missing or damaged.
        NoKeys: the workspace is signed, and its keys, which are needed now, are not here.
    """
    with _signing:
        return _vouch(workspace, digest, now)


def _vouch(workspace: Workspace, digest: str, now: datetime | None) -> dict[str, Any]:
    artifact, repository = get_artifact(workspace, digest), Repository(workspace)
    try:
        _ready(workspace, now)
    except NoKeys as error:
        Layout(layout_folder(workspace)).check(artifact.digest)
        return {"unsigned": str(error)}
    known = _count(repository, artifact.digest)
    if known is None and artifact.details.get("foreign"):
        raise NotTrusted(
            f"{artifact.name} was not made in this workspace and not signed by its keys. If you trust where it comes from,"
            f" sign it: lineside trust sign {artifact.digest[7:19]}"
        )
    if known is None or known < _newest(repository, _name(artifact)):
        return {"signed": _sign(workspace, artifact, now).version}
    moment = now or datetime.now(UTC)
    if not repository.current() or _stale(repository, moment) or not _stated(workspace, artifact.digest):
        with suppress(NoKeys):
            renew(repository, now)
    return {"signed": _verify(workspace, artifact.digest, now).version}


def sign_if_possible(workspace: Workspace, artifact: Artifact) -> str:
    """Attach the lists of parts and sign; why it could not be signed, or nothing. Never in the way of packaging."""
    layout = Layout(layout_folder(workspace))
    try:
        for image in images_of(layout, artifact.digest):
            with suppress(BadInput):  # of a kit that is not on this machine
                attach_sbom(layout, image)
        _sign(workspace, artifact, None)
    except LinesideError as error:
        return str(error)
    except Exception as error:  # of a keyring's library, whatever it is
        return f"It could not be signed ({type(error).__name__}: {error}); try again: lineside trust sign {artifact.digest[7:19]}"
    return ""


def signed_counts(workspace: Workspace) -> dict[str, int]:
    """The counts of the artifacts that are signed, by digest; none of metadata that others have changed."""
    try:
        targets = Repository(workspace).targets()
    except NotTrusted:
        return {}
    signed = targets.targets.values() if targets else ()
    return {f"sha256:{one.hashes['sha256']}": int(one.custom["version"]) for one in signed if one.custom}


def images_of(layout: Layout, digest: str) -> list[str]:
    """The digests of an artifact's images: its own, or those of an index."""
    return [one["digest"] for one in layout.read_json(digest).get("manifests", [])] or [digest]


def _sign(workspace: Workspace, artifact: Artifact, now: datetime | None) -> Trusted:
    with _signing:
        repository, layout = _ready(workspace, now), Layout(layout_folder(workspace))
        layout.check(artifact.digest)
        signer, digests = repository.signer(), _digests(layout, artifact.digest)
        for digest in digests:
            attach_statement(layout, digest, signer, version("lineside"))
        repository.publish(lambda targets: _list(targets, layout, artifact, digests), now)
        return _verify(workspace, artifact.digest, now)


def _verify(workspace: Workspace, digest: str, now: datetime | None) -> Trusted:
    repository, layout = Repository(workspace), Layout(layout_folder(workspace))
    try:
        if not (repository.seen / "root.json").exists():
            trust.pin(export_root(workspace), repository.seen)
        trusted = trust.verify(repository.metadata, repository.seen, digest, now=now)
        trust.check_blobs(repository.blobs, digest)
        root = trust.newest_root(repository.metadata, repository.seen)
        for one in _digests(layout, digest):
            read_statement(layout, one, root)
    except Refused as error:
        raise NotTrusted(str(error)) from error
    return trusted


def _ready(workspace: Workspace, now: datetime | None) -> Repository:
    """The repository with a root, made now where there is none."""
    repository = Repository(workspace)
    if repository.root() is None:
        if repository.draft.exists():
            raise NotTrusted(
                f"The first root waits for signatures: on the other machines, lineside trust sign {repository.draft}"
            )
        init(workspace, now=now)
    return repository


def _digests(layout: Layout, digest: str) -> list[str]:
    """What is signed of an artifact: its images, and the index over them where there is one."""
    return list(dict.fromkeys([*images_of(layout, digest), digest]))


def _list(targets: Targets, layout: Layout, artifact: Artifact, digests: list[str]) -> None:
    name, counts = _name(artifact), targets.unrecognized_fields.setdefault(COUNTS, {})
    counts[name] = int(counts.get(name, 0)) + 1
    about = {"name": name, "version": counts[name], "artifact": artifact.name, "reference": artifact.reference}
    for digest in digests:
        custom = {**about, "platform": _platforms(layout, digest), "precision": artifact.precision or ""}
        targets.targets[target_path(digest)] = entry(digest, layout.blob(digest).stat().st_size, custom)


def _platforms(layout: Layout, digest: str) -> str:
    documents = [layout.read_json(layout.read_json(one)["config"]["digest"]) for one in images_of(layout, digest)]
    return ",".join(f"{one['os']}/{one['architecture']}" for one in documents)


def _name(artifact: Artifact) -> str:
    return artifact.name.rpartition(":")[0] or artifact.name


def _count(repository: Repository, digest: str) -> int | None:
    targets = repository.targets()
    found = targets.targets.get(target_path(digest)) if targets else None
    return int(found.custom["version"]) if found else None


def _newest(repository: Repository, name: str) -> int:
    targets = repository.targets()
    return int(targets.unrecognized_fields.get(COUNTS, {}).get(name, 0)) if targets else 0


def _stated(workspace: Workspace, digest: str) -> bool:
    root, layout = Repository(workspace).root(), Layout(layout_folder(workspace))
    assert root is not None
    try:
        return all(read_statement(layout, one, root.signed) for one in _digests(layout, digest))
    except Refused:
        return False


def _stale(repository: Repository, now: datetime) -> bool:
    timestamp = repository.timestamp()
    return timestamp is None or timestamp.signed.expires - now < timedelta(days=DAYS["timestamp"]) / 2
