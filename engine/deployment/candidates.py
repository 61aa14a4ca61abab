"""Which artifacts of a model a machine can choose from: one for each precision, packaged where that is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.deployment.advice import PRECISIONS, advise, fits
from engine.deployment.image import Image, images
from engine.deployment.releases import artifacts_called, names_model
from engine.deployment.target import Probe
from engine.errors import UsageError
from engine.packaging.artifacts import Artifact, get_artifact, layout_folder
from engine.workspace import Workspace

if TYPE_CHECKING:
    from engine.jobs import Job

Finish = Callable[["Job"], object]


@dataclass(frozen=True)
class Candidate:
    """An artifact of one precision for the target's platform."""

    precision: str
    digest: str
    image: Image
    accuracy: float | None


def candidates(
    workspace: Workspace, artifact: str, probe: Probe, finish: Finish | None
) -> tuple[list[Candidate], dict[str, str]]:
    """Artifacts for the machine, the most exact precision first; and why other precisions are left out.

    Args:
        finish: waits for a job that packages what was only exported; None: that is left out.
    """
    asked = get_artifact(workspace, artifact)
    export = _export(workspace, asked)
    found = _packaged(workspace, artifact, probe.platform, export)
    left_out = dict(export.get("rejected", {}))
    if names_model(asked, artifact):
        for precision in PRECISIONS:
            if precision in found or precision in left_out or not fits(probe, precision):
                continue
            if precision not in export.get("precisions", {}) or finish is None:
                left_out[precision] = _missing(asked, precision, exported=precision in export.get("precisions", {}))
                continue
            finish(_package(workspace, asked, probe.platform, precision))
            found = _packaged(workspace, artifact, probe.platform, export)
    useless = {one.precision: one.why for one in advise(probe) if not one.fits}
    kept = [one for one in found.values() if one.precision not in useless] or list(found.values())
    left_out |= {name: why for name, why in useless.items() if name not in [one.precision for one in kept]}
    return _preferred(kept), left_out


def _preferred(found: Sequence[Candidate]) -> list[Candidate]:
    """The most accurate first; FP32, BF16, INT8 where accuracy was not measured of all or is the same."""
    measured = all(one.accuracy is not None for one in found)
    order = {name: place for place, name in enumerate(PRECISIONS)}
    return sorted(
        found, key=lambda one: (-(one.accuracy or 0) if measured else 0, order.get(one.precision, len(order)))
    )


def _packaged(workspace: Workspace, artifact: str, platform: str, export: Mapping[str, Any]) -> dict[str, Candidate]:
    """By precision, the newest of each."""
    digests, name = artifacts_called(workspace, artifact)
    found: dict[str, Candidate] = {}
    for digest in digests:
        for image in images(layout_folder(workspace), digest, name):
            precision = image.precision
            if image.platform == platform and precision not in found:
                accuracy = export.get("precisions", {}).get(precision, {}).get("accuracy")
                found[precision] = Candidate(precision, digest, image, accuracy)
    return found


def _missing(artifact: Artifact, precision: str, *, exported: bool) -> str:
    if exported:
        return f"It is not packaged: lineside package {artifact.name} --precision {precision}"
    command = "quantize" if precision == "int8" else "export"
    return f"It was not exported: lineside {command} {artifact.name}"


def _package(workspace: Workspace, artifact: Artifact, platform: str, precision: str) -> Job:
    from engine.packaging.image import package_model

    return package_model(workspace, artifact.model_id, platform, precision)


def _export(workspace: Workspace, artifact: Artifact) -> dict[str, Any]:
    """What was measured when the model was exported; {} for an artifact from elsewhere."""
    from engine.packaging.export import read_export
    from engine.training.models import get_model

    try:
        return read_export(get_model(workspace, artifact.model_id).folder) or {}
    except UsageError:
        return {}
