"""An artifact with a pipeline in it: the artifact as it is, and one small layer on top with the document."""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.agent.program import FOLDERS
from engine.errors import UsageError
from engine.packaging.artifacts import Artifact, get_artifact, layout_folder
from engine.packaging.camera import camera_layer, packages
from engine.packaging.image import LABEL
from engine.packaging.layers import Entry, write_layer
from engine.packaging.oci import INDEX, Layout
from engine.serving.pipeline.sources.camera import CameraSettings

if TYPE_CHECKING:
    from engine.serving.pipeline.document import Pipeline
    from engine.workspace import Workspace

PLACE = "opt/lineside/pipeline/pipeline.json"


def with_pipeline(
    workspace: Workspace, which: str, pipeline: Pipeline, tell: Callable[[str], None] = lambda _: None
) -> str:
    """Make the artifact that is another one with a pipeline, and give its digest; the same for the same two.

    It is an artifact of the workspace, signed as any; a name alone never means it.

    Args:
        which: as for `get_artifact`. One that carries a pipeline already gets this one instead.
        tell: is told what takes long: a camera needs OpenCV, in a layer of its own.

    Raises:
        UsageError: no such artifact, or it was packaged before there were pipelines.
        BadInput: a blob of it is missing or damaged.
        KitError: OpenCV is needed and not on this machine.
    """
    from engine.packaging.trust.signing import sign_if_possible, signed_counts

    base = get_artifact(workspace, which)
    if "pipeline" in base.details:
        base = get_artifact(workspace, base.details["pipeline"]["of"])
    layout = Layout(layout_folder(workspace))
    descriptor = _extended(layout, base.digest, pipeline, tell)
    digest: str = descriptor["digest"]
    if any(one["digest"] == digest for one in layout.images()):
        return digest
    name = base.reference or f"{base.digest[7:19]}:1"
    reference = f"{name}-{pipeline.name}-{hashlib.sha256(pipeline.content()).hexdigest()[:8]}"
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


def _extended(layout: Layout, digest: str, pipeline: Pipeline, tell: Callable[[str], None]) -> dict[str, Any]:
    """Of an image, or of all images of an index."""
    document, content = layout.read_json(digest), pipeline.content()
    labels = {LABEL + "pipeline": pipeline.name, LABEL + "pipeline-digest": hashlib.sha256(content).hexdigest()}
    if "manifests" in document:
        images = [_extended(layout, one["digest"], pipeline, tell) for one in document["manifests"]]
        return {"mediaType": INDEX, **layout.write_index(images, {**document.get("annotations", {}), **labels})}
    if not _knows_pipelines(layout, document["layers"]):
        raise UsageError(
            f"The artifact {digest[7:19]} was packaged before there were pipelines; package its model again.",
            fix="lineside package MODEL",
        )
    environment = {"LINESIDE_PIPELINE": f"/{PLACE}", FOLDERS: ":".join(pipeline.paths)}
    config = layout.read_json(document["config"]["digest"])
    with tempfile.TemporaryDirectory(dir=layout.root, prefix=".building-") as temporary:
        layers = [write_layer(Path(temporary) / "pipeline", [Entry(PLACE, content)])]
        if isinstance(pipeline.source, CameraSettings):
            labels[LABEL + "packages"] = ",".join(packages())
            layers.insert(0, camera_layer(f"{config['os']}/{config['architecture']}", tell))
        return layout.extend_image(digest, layers, environment, labels)


def _knows_pipelines(layout: Layout, layers: list[dict[str, Any]]) -> bool:
    """Whether the topmost layer with serving code has that of pipelines; an image without such a layer is trusted to."""
    for layer in reversed(layers):
        with tarfile.open(layout.blob(layer["digest"])) as tar:
            found = [entry.name.partition("engine/serving/")[2] for entry in tar if "engine/serving/" in entry.name]
        if found:
            return "pipeline/line.py" in found
    return True
