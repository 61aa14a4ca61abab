"""Artifacts from and to registries without a release: what others made is brought in, what was made here is given away."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from engine.changes import Changes, changed
from engine.deployment.image import Image
from engine.deployment.releases import nothing
from engine.deployment.target import Ask, Progress, PushReport, Target
from engine.deployment.targets import TargetRow, context_of, find_target, list_targets, target_class
from engine.errors import UsageError
from engine.packaging.artifacts import Artifact, get_artifact, layout_folder
from engine.packaging.attached import keep_referrer
from engine.packaging.foreign import Descriptor, Document, read_document
from engine.packaging.oci import Layout
from engine.workspace import Workspace

MOST_BYTES = 8 << 30
Verify = Callable[[Layout, str], None]
"""Looks at an artifact that lies whole in the layout, by its digest; what it raises keeps the artifact out."""


class Brought(Protocol):
    """What a registry gave: it lies in the layout, whole and checked, and the layout's index does not name it yet."""

    descriptor: Descriptor
    document: Document
    platforms: tuple[str, ...]
    referrers: tuple[Descriptor, ...]
    received: int


class Registry(Protocol):
    """What a target of the scheme `registry` can do beside being a target."""

    def reference(self, text: str) -> Any:
        """A whole reference from one that may leave the target's address out."""

    def fetch(self, reference: str, layout: Layout, progress: Progress, most: int = ...) -> Brought:
        """Bring an artifact into a layout."""

    def publish(self, image: Image, reference: str, progress: Progress) -> tuple[Any, PushReport]:
        """Push an artifact under a reference."""

    def address(self, image: Image) -> Any:
        """Where an artifact lies there: its host, repository, tag and digest."""

    def pull_login(self) -> tuple[str, str] | None:
        """User and password that others need to pull; None where they need none."""


@dataclass(frozen=True)
class Arrived:
    """An artifact that was pulled."""

    artifact: Artifact
    received: int  # bytes
    referrers: int

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**self.artifact.to_json(), "received": self.received, "referrers": self.referrers}


def pull(
    workspace: Workspace, reference: str, progress: Progress = nothing, *, options: Mapping[str, Any] | None = None,
    ask: Ask | None = None, verify: Verify | None = None, most: int = MOST_BYTES,
) -> tuple[Arrived, Changes]:  # fmt: skip
    """Bring an artifact that somebody else made from a registry into the workspace.

    Args:
        reference: host:port/repository:tag or …@sha256:…; or TARGET/repository:tag below a target of the workspace.
        options: of the registry (`ca`, `insecure`, `mirror`), for one that is no target of the workspace.
        verify: asked last, when all of it is there.
        most: bytes that it may have.

    Raises:
        UsageError: no such reference.
        BadInput: it is not to be used; nothing of it appears in the workspace.
        TargetError: the registry does not give it.
    """
    layout = Layout(layout_folder(workspace)).make()
    target, below = _target_for(workspace, reference, options or {}, ask)
    with target:
        registry = cast(Registry, target)
        named = str(registry.reference(below))
        brought = registry.fetch(below, layout, progress, most)
    if verify is not None:
        progress("verify", 0, 0, brought.descriptor.digest)
        verify(layout, brought.descriptor.digest)
    for referrer in brought.referrers:
        keep_referrer(layout, referrer)
    if all(entry["digest"] != brought.descriptor.digest for entry in layout.entries()):
        layout.name(_entry(brought), named.partition("@")[0])
    _register(workspace, layout, brought, named)
    progress("done", 0, 0, "")
    digest = brought.descriptor.digest
    return Arrived(get_artifact(workspace, digest), brought.received, len(brought.referrers)), changed(artifacts=digest)


def push(
    workspace: Workspace, artifact: str, to: str, progress: Progress = nothing, *,
    options: Mapping[str, Any] | None = None, ask: Ask | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Push an artifact with what is attached to it to a registry; no release is made.

    Args:
        artifact: as `get_artifact` finds it.
        to: a target of the workspace, TARGET/repository:tag, or host:port/repository:tag.
    """
    found = get_artifact(workspace, artifact)
    row = find_target(workspace, to)
    target, below = (_opened(workspace, row, ask), "") if row else _target_for(workspace, to, options or {}, ask)
    with target:
        registry = cast(Registry, target)
        reference, report = registry.publish(Image(layout_folder(workspace), found.digest, found.name), below, progress)
    progress("done", 0, 0, "")
    return {"reference": str(reference), "digest": found.digest, "push": vars(report)}


def referrer_counts(workspace: Workspace) -> dict[str, int]:
    """How many signatures, bills of materials and the like are attached to each image of the workspace, by its digest."""
    layout, counts = Layout(layout_folder(workspace)), dict[str, int]()
    for entry in layout.entries():
        if "artifactType" in entry and layout.has(entry["digest"]):
            subject = read_document(layout.read(entry["digest"])).subject
            counts[subject] = counts.get(subject, 0) + 1
    return counts


def _target_for(
    workspace: Workspace, reference: str, options: Mapping[str, Any], ask: Ask | None
) -> tuple[Target, str]:
    """The registry of a reference: one of the workspace's targets, with its login and certificate, or a stranger."""
    plain = reference.removeprefix("registry://").removeprefix("docker://")
    first, _, rest = plain.partition("/")
    row = find_target(workspace, first)
    if row is not None and row.scheme == "registry" and rest:
        return _opened(workspace, row, ask), rest
    same = [one for one in list_targets(workspace) if one.scheme == "registry" and _host(one.url) == first]
    if same:
        return _opened(workspace, same[0], ask), plain
    if not rest:
        raise UsageError(
            f"“{reference[:200]}” names no artifact of a registry; write host:5000/repository:tag or …@sha256:…."
        )
    url = f"registry://{first}"
    made = target_class(url)(context_of(workspace, TargetRow(Path(first).name or first, url, dict(options)), ask))
    return made, plain


def _opened(workspace: Workspace, row: TargetRow, ask: Ask | None) -> Target:
    if row.scheme != "registry":
        raise UsageError(f"“{row.name}” is no registry; deploy to it: lineside deploy ARTIFACT {row.name}")
    return target_class(row.url)(context_of(workspace, row, ask))


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


def _entry(brought: Brought) -> dict[str, Any]:
    entry = brought.descriptor.to_json()
    if not brought.document.index:
        system, _, architecture = brought.platforms[0].partition("/")
        entry["platform"] = {"os": system, "architecture": architecture}
    return entry


def _register(workspace: Workspace, layout: Layout, brought: Brought, named: str) -> None:
    digest = brought.descriptor.digest
    if workspace.query("SELECT digest FROM artifact WHERE digest = ?", [digest]):
        return  # it was made here, or brought before
    images = (
        [part.digest for part in brought.document.parts if layout.has(part.digest)]
        if brought.document.index
        else [digest]
    )
    size = sum(part.size for image in images for part in read_document(layout.read(image)).parts)
    details = {"reference": named.partition("@")[0], "foreign": named}
    name = named.partition("@")[0].rpartition("/")[2]
    with workspace.transaction("Pull artifact") as tx:
        tx.execute("INSERT INTO artifact (digest, name, platforms, bytes, precision, created, details) VALUES"
                   " (?, ?, ?, ?, '', ?, ?)",
                   [digest, name, ", ".join(brought.platforms), size, tx.at, json.dumps(details)])  # fmt: skip
