"""What a release would be on a cluster, as YAML for those who apply it by GitOps."""

from __future__ import annotations

from typing import Any, Protocol, cast

from engine.deployment.image import Image, images
from engine.deployment.releases import artifacts_called
from engine.deployment.target import Ask, Probe, ReleaseSpec
from engine.deployment.targets import open_target
from engine.errors import UsageError
from engine.packaging.artifacts import layout_folder
from engine.workspace import Workspace

KINDS = ("", "inferenceservice")


class Cluster(Protocol):
    """What a target of the scheme `kubernetes` can do beside being a target."""

    def manifests(self, spec: ReleaseSpec, kind: str = "") -> list[dict[str, Any]]:
        """The objects of a release."""


def manifests(
    workspace: Workspace, artifact: str, target: str, kind: str = "", *, ask: Ask | None = None
) -> list[dict[str, Any]]:
    """The objects that a deploy would apply, under names that stay; neither cluster nor registry is changed.

    Args:
        artifact: as of a deploy.
        kind: "" for Deployment, Service and what goes with them; "inferenceservice" for KServe.

    Raises:
        UsageError: no such artifact, target or kind, or the target is no cluster.
    """
    if kind not in KINDS:
        raise UsageError(f"There are no manifests as “{kind}”; leave it out, or write inferenceservice.")
    digests, name = artifacts_called(workspace, artifact)
    with open_target(workspace, target, ask) as opened:
        if opened.scheme != "kubernetes":
            raise UsageError(f"{opened.place} is no cluster; manifests are for targets kubernetes://CONTEXT/NAMESPACE.")
        wanted = str(opened.context.options.get("platform", "")) or "linux/amd64"
        found = [image for digest in digests for image in images(layout_folder(workspace), digest, name)]
        image: Image = next((one for one in found if one.platform == wanted), found[0])
        opened.check_platform(image, Probe(platform=wanted))
        return cast(Cluster, cast(object, opened)).manifests(ReleaseSpec("", name, image), kind)


def as_yaml(items: list[dict[str, Any]]) -> str:
    """One document for each object."""
    import yaml

    text: str = yaml.safe_dump_all(items, sort_keys=False, allow_unicode=True)
    return text
