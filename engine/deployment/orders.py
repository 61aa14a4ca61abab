"""Releases that somebody carries: an artifact onto a stick for a target, and what its box did, back into the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.agent.index import INDEX, RECEIPTS
from engine.deployment import receipts
from engine.deployment.agent_kit import write_agent
from engine.deployment.bundles import Known, Written, bundle_of, known_of, write_chunks, write_index
from engine.deployment.image import Image, images
from engine.deployment.receipts import Receipt
from engine.deployment.releases import Release, current_release, list_releases, nothing, send, take_receipts
from engine.deployment.target import Progress
from engine.deployment.targets import get_target
from engine.errors import BadInput
from engine.packaging.artifacts import get_artifact, layout_folder
from engine.packaging.trust.signing import vouch
from engine.workspace import Workspace


@dataclass(frozen=True)
class Ordered:
    """A written bundle.

    Attributes:
        release: in the history of the target that it is for, if it is for one.
        changes_only: whether it brings only what changed since what the target has.
        bytes: of all that the stick has of it; `sent` of them were written now.
    """

    folder: Path
    key: str
    name: str
    digest: str
    platform: str
    changes_only: bool
    bytes: int
    sent: int
    whole: int  # bytes of the artifact
    release: Release | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        release = self.release.to_json() if self.release else None
        return {**vars(self), "folder": str(self.folder), "release": release}


def bundle_artifact(
    workspace: Workspace, artifact: str, folder: Path, target: str | None = None, *, full: bool = False,
    agent: bool = True, progress: Progress = nothing,
) -> Ordered:  # fmt: skip
    """Write an artifact to a folder of a stick, as changes where the target is known to have the release before.

    Running it again copies only what is missing or damaged there; killed at any moment, the stick has the bundle that it
    had before.

    Args:
        artifact: digest (or its first characters), reference, or name of the model.
        folder: is made, in a folder that is there.
        target: whose box it is carried to; its history then has the release as “sent” until the receipt comes.
        full: never only the changes.
        agent: let a full bundle bring what a bare box needs, too.

    Raises:
        UsageError: no such artifact or target.
        NotTrusted: the artifact is not what the workspace's keys vouch for.
        BadInput: a blob is missing or damaged, or nothing is packaged for the target's platform.
        TargetUnreachable, DiskFull: the stick.
    """
    found = get_artifact(workspace, artifact)
    layout = layout_folder(workspace)
    image = _image(images(layout, found.digest, found.name), workspace, target)
    known = _known(workspace, target, layout) if target and not full else Known()
    signed, trust = vouch(workspace, found.digest), workspace.path / "trust" / "metadata"
    written: list[Written] = []

    def write(key: str) -> dict[str, Any]:
        one = write_chunks(folder, image, known, progress)
        written.append(one)
        if agent and not known.has:
            write_agent(folder, image, trust)
        write_index(folder, bundle_of(key, image, one, known), trust)
        return {"image": image.digest, "box": known.box, "bundle": str(folder), "push": vars(one.report), **signed}

    release = send(workspace, found.digest, target, write) if target else None
    key = release.details["key"] if release else f"{workspace.id[:8]}-{found.digest[7:19]}"
    if release is None:
        write(key)
    whole = sum(blob.size for blob in image.blobs)
    return Ordered(folder, key, found.name, image.digest, image.platform, bool(known.has), written[0].bytes,
                   written[0].sent, whole, release)  # fmt: skip


def collect_receipts(workspace: Workspace, folder: Path) -> tuple[list[tuple[Receipt, Release | None]], list[str]]:
    """Bring the receipts of a stick into the history: each with its release, and sentences about what is no receipt.

    Raises:
        BadInput: the folder is no bundle.
    """
    if not (folder / INDEX).is_file() and not (folder / RECEIPTS).is_dir():
        raise BadInput(f"{folder} holds no bundle; name the folder on the stick that has {INDEX}.")
    found, problems = receipts.read_receipts(folder)
    take_receipts(workspace, found)
    by_key = {one.details.get("key"): one for one in list_releases(workspace)}
    for receipt in found:
        release = by_key.get(receipt.key)
        if release and receipt.box not in release.details.get("receipts", {}):
            problems.append(
                f"The receipt of the box {receipt.box} for release {release.id} was not taken: that release was for"
                f" {release.details.get('box') or 'another artifact'}."
            )
    return [(receipt, by_key.get(receipt.key)) for receipt in found], problems


def _image(found: list[Image], workspace: Workspace, target: str | None) -> Image:
    """That of the target's platform, where it is known."""
    probe = get_target(workspace, target).probe if target else None
    fitting = [image for image in found if probe is None or image.platform == probe.platform]
    if not fitting and probe:
        raise BadInput(
            f"{found[0].name} is packaged for {', '.join(one.platform for one in found)}, but “{target}” is {probe.platform};"
            f" package the model for it: lineside package MODEL --platform {probe.platform}"
        )
    return fitting[0]


def _known(workspace: Workspace, target: str, layout: Path) -> Known:
    """From the history: what runs there, and what its box said in its last receipt."""
    current = current_release(workspace, target)
    if current is None:
        return Known()
    bodies: dict[str, Mapping[str, Any]] = {}
    for release in reversed(list_releases(workspace, target)):
        bodies |= release.details.get("receipts", {})
    latest = sorted(bodies.values(), key=lambda body: int(body.get("at", 0)))
    there = [image.digest for image in images(layout, current.artifact)] if not latest else []
    known = known_of(latest, layout, there)
    return Known(known.has, known.same_gzip, str(latest[0]["box"]) if len(latest) == 1 else "")
