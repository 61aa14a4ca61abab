"""The artifacts of a workspace: what was packaged, and where its blobs lie."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass(frozen=True)
class Artifact:
    """One image; `bytes` is what a target has to fetch."""

    digest: str
    model_id: int
    name: str  # model:number
    platforms: str
    bytes: int
    precision: str
    created: datetime
    details: Mapping[str, Any]  # reference, layers, kit, labels, run, seconds

    @property
    def reference(self) -> str:
        """Its name for Docker, podman and skopeo."""
        return str(self.details.get("reference", ""))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "created": self.created.isoformat()}


def layout_folder(workspace: Workspace) -> Path:
    """The OCI layout that holds all artifacts of the workspace."""
    return workspace.path / "artifacts"


def list_artifacts(workspace: Workspace) -> list[Artifact]:
    """All artifacts, the newest first."""
    rows = workspace.query(
        "SELECT digest, model_id, name, platforms, bytes, precision, created, details FROM artifact ORDER BY created DESC"
    )
    return [Artifact(*[*row[:7], json.loads(row[7] or "{}")]) for row in rows]


def get_artifact(workspace: Workspace, which: str) -> Artifact:
    """The artifact of a digest (or the first 6 digits and more of it), a reference, or the newest of a model's name.

    One that carries a pipeline is meant by its digest or reference alone.

    Raises:
        UsageError: there is none.
    """
    short = which.removeprefix("sha256:")
    for artifact in list_artifacts(workspace):
        names = () if "pipeline" in artifact.details else (artifact.name, artifact.name.rpartition(":")[0])
        if which in (artifact.digest, artifact.reference, *names):
            return artifact
        if len(short) >= 6 and artifact.digest.startswith(f"sha256:{short}"):
            return artifact
    raise UsageError(f"There is no artifact “{which}”; see: lineside artifact list.", fix="lineside package MODEL")


def remove_artifact(workspace: Workspace, which: str) -> Changes:
    """Forget an artifact and delete the blobs that no other one uses.

    Raises:
        UsageError: there is none.
    """
    from engine.packaging.oci import Layout

    artifact = get_artifact(workspace, which)
    with workspace.transaction("Remove artifact") as tx:
        tx.execute("DELETE FROM artifact WHERE digest = ?", [artifact.digest])
    Layout(layout_folder(workspace)).remove(artifact.digest)
    return changed(artifacts=artifact.digest)
