"""An artifact with a pipeline in it: the artifact as it is, and one small layer on top with the document."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.agent.program import FOLDERS
from engine.packaging.artifacts import Artifact, get_artifact, layout_folder
from engine.packaging.image import LABEL
from engine.packaging.layers import Entry, write_layer
from engine.packaging.oci import INDEX, Layout

if TYPE_CHECKING:
    from engine.serving.pipeline.document import Pipeline
    from engine.workspace import Workspace

PLACE = "opt/lineside/pipeline/pipeline.json"


def with_pipeline(workspace: Workspace, which: str, pipeline: Pipeline) -> str:
    """Make the artifact that is another one with a pipeline, and give its digest; the same for the same two.

    It is an artifact of the workspace, signed as any; a name alone never means it.

    Args:
        which: as for `get_artifact`. One that carries a pipeline already gets this one instead.

    Raises:
        UsageError: no such artifact.
        BadInput: a blob of it is missing or damaged.
    """
    from engine.packaging.trust.signing import sign_if_possible, signed_counts

    base = get_artifact(workspace, which)
    if "pipeline" in base.details:
        base = get_artifact(workspace, base.details["pipeline"]["of"])
    layout, content = Layout(layout_folder(workspace)), pipeline.content()
    made = hashlib.sha256(content).hexdigest()
    environment = {"LINESIDE_PIPELINE": f"/{PLACE}", FOLDERS: ":".join(pipeline.paths)}
    descriptor = _extended(
        layout, base.digest, content, environment, {LABEL + "pipeline": pipeline.name, LABEL + "pipeline-digest": made}
    )
    digest: str = descriptor["digest"]
    if any(one["digest"] == digest for one in layout.images()):
        return digest
    name = base.reference or f"{base.digest[7:19]}:1"
    reference = f"{name}-{pipeline.name}-{made[:8]}"
    layout.name(descriptor, reference)
    details: dict[str, Any] = {
        **{key: value for key, value in base.details.items() if key not in ("unsigned", "foreign")},
        "reference": reference, "pipeline": {"name": pipeline.name, "of": base.digest},
    }  # fmt: skip
    if base.details.get("foreign") and base.digest not in signed_counts(workspace):
        details["foreign"] = base.details["foreign"]  # nobody here has said that it may run
    with workspace.transaction("Add pipeline to artifact") as tx:
        artifact = Artifact(
            digest, base.model_id, base.name, base.platforms, layout.size(digest), base.precision, tx.at, details
        )
        tx.execute("DELETE FROM artifact WHERE digest = ?", [digest])
        tx.execute("INSERT INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                   [digest, base.model_id, base.name, base.platforms, artifact.bytes, base.precision, tx.at,
                    json.dumps(details, ensure_ascii=False)])  # fmt: skip
    if "foreign" not in details:
        sign_if_possible(workspace, artifact)
    return digest


def _extended(
    layout: Layout, digest: str, content: bytes, environment: dict[str, str], labels: dict[str, str]
) -> dict[str, Any]:
    """Of an image, or of all images of an index."""
    document = layout.read_json(digest)
    if "manifests" in document:
        images = [_extended(layout, one["digest"], content, environment, labels) for one in document["manifests"]]
        return {"mediaType": INDEX, **layout.write_index(images, {**document.get("annotations", {}), **labels})}
    with tempfile.TemporaryDirectory(dir=layout.root, prefix=".building-") as temporary:
        layer = write_layer(Path(temporary) / "pipeline", [Entry(PLACE, content)])
        return layout.extend_image(digest, layer, environment, labels)
