"""What an artifact is made of: a CycloneDX 1.6 document, the same for the same artifact."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from engine.errors import BadInput, UsageError
from engine.packaging.artifacts import Artifact, layout_folder
from engine.packaging.base import packages_of
from engine.packaging.image import LABEL
from engine.packaging.oci import Layout

if TYPE_CHECKING:
    from engine.workspace import Workspace

TYPE = "application/vnd.cyclonedx+json"
_LAYERS = ("base", "runtime", "serving code", "model")


def attach_sbom(layout: Layout, digest: str) -> None:
    """Attach the list of an image's parts to it, unless it has one.

    Raises:
        BadInput: the kit that the image was made of is not known here, so its parts are not.
    """
    if not layout.attached(digest, TYPE):
        layout.attach(digest, make_sbom(layout, digest), TYPE)


def sbom_of(workspace: Workspace, artifact: Artifact) -> bytes:
    """The list of parts that is attached to an artifact; made now for one that has none yet.

    Raises:
        UsageError: it is an index of several platforms, which have a list each.
        BadInput: the kit that it was made of is not known here.
    """
    layout = Layout(layout_folder(workspace))
    if "manifests" in layout.read_json(artifact.digest):
        images = ", ".join(one["digest"][7:19] for one in layout.read_json(artifact.digest)["manifests"])
        raise UsageError(f"{artifact.reference} is for several platforms; ask for one of its images: {images}.")
    attach_sbom(layout, artifact.digest)
    return layout.attached(artifact.digest, TYPE)[-1]


def make_sbom(layout: Layout, digest: str) -> bytes:
    """The document: image, Debian packages, wheels, serving code, and the model with its lineage. Without a clock.

    Raises:
        BadInput: the kit that the image was made of is not known here.
    """
    manifest = layout.read_json(digest)
    labels: dict[str, str] = manifest.get("annotations", {})
    image = layout.read_json(manifest["config"]["digest"])
    packages = packages_of(labels.get(LABEL + "kit", ""))
    if packages is None:
        raise BadInput(
            f"What {digest[:19]} is made of is not known on this machine: its kit {labels.get(LABEL + 'kit') or '(none)'} is"
            " not here; package the model again."
        )
    architecture = str(image["architecture"])
    more = [one for one in labels.get(LABEL + "packages", "").split(",") if one]
    parts = [_package(one, architecture) for one in (*packages, *more)]
    own = [_code(manifest), _model(manifest, labels)]
    root = {
        "type": "container", "bom-ref": digest, "name": labels.get("org.opencontainers.image.title", "model"),
        "version": labels.get("org.opencontainers.image.version", ""), "hashes": _hashes(digest),
        "properties": [{"name": "platform", "value": f"{image['os']}/{architecture}"}],
    }  # fmt: skip
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {"component": root, "tools": {"components": [{"type": "application", "name": "lineside"}]}},
        "components": sorted([*parts, *own], key=lambda part: str(part["bom-ref"])),
        "dependencies": [
            {"ref": digest, "dependsOn": [str(one["bom-ref"]) for one in own]},
            {"ref": own[0]["bom-ref"], "dependsOn": sorted({str(part["bom-ref"]) for part in parts})},
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _package(entry: str, architecture: str) -> dict[str, Any]:
    """`debian:name=version` or `pypi:name==version`, as a component with its package URL."""
    kind, _, rest = entry.partition(":")
    if kind == "debian":
        name, _, version = rest.partition("=")
        purl = f"pkg:deb/debian/{quote(name, safe='')}@{quote(version, safe=':')}?arch={architecture}&distro=debian-12"
    else:
        name, _, version = rest.partition("==")
        purl = f"pkg:pypi/{quote(name.lower().replace('_', '-'), safe='')}@{quote(version, safe='')}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _code(manifest: dict[str, Any]) -> dict[str, Any]:
    digest = _layer(manifest, "serving code")
    version = digest.removeprefix("sha256:")[:12]
    return {
        "type": "application", "bom-ref": "lineside-serving", "name": "lineside-serving", "version": version,
        "hashes": _hashes(digest), "licenses": [{"license": {"id": "Apache-2.0"}}],
    }  # fmt: skip


def _model(manifest: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    lineage = [{"name": key, "value": value} for key, value in sorted(labels.items()) if key.startswith(LABEL)]
    return {
        "type": "machine-learning-model", "bom-ref": "model", "name": labels.get("org.opencontainers.image.title", "model"),
        "version": labels.get("org.opencontainers.image.version", ""), "hashes": _hashes(_layer(manifest, "model")),
        "properties": lineage,
    }  # fmt: skip


def _layer(manifest: dict[str, Any], what: str) -> str:
    layers = manifest["layers"]
    return str(layers[_LAYERS.index(what) if len(layers) >= len(_LAYERS) else -1]["digest"])


def _hashes(digest: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}]
