"""One tar file of an image that Docker, podman and skopeo all read: an OCI layout and Docker's own index in one."""

from __future__ import annotations

import json
from pathlib import Path

from engine.errors import BadInput
from engine.packaging.layers import Entry, write_layer
from engine.packaging.oci import INDEX, REF_NAME, Layout

_DOCKER_MANIFEST = "manifest.json"


def write_archive(layout: Layout | Path, digest: str, out: Path, reference: str = "") -> Path:
    """Write an image as one file for `docker load`, `podman load`, `skopeo copy oci-archive:` or a USB stick.

    Args:
        layout: where the image lies.
        digest: of its manifest.
        out: the file to write; replaced when it was written whole.
        reference: repository:tag; the one of the layout's index when empty.

    Raises:
        BadInput: a blob is missing or damaged, or it is an index of several platforms.
    """
    layout = layout if isinstance(layout, Layout) else Layout(layout)
    if platforms := layout.read_json(digest).get("manifests"):
        names = ", ".join(_reference(layout, one["digest"]) for one in platforms)
        raise BadInput(
            f"{reference or _reference(layout, digest)} is for several platforms; save one of them: {names}."
        )
    layout.check(digest)
    reference = reference or _reference(layout, digest)
    part = out.with_name(f".{out.name}.part")
    try:
        write_layer(part, archive_entries(layout, digest, reference), packing="none")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def archive_entries(layout: Layout, digest: str, reference: str) -> list[Entry]:
    """The files of the archive; blobs are referred to, not read."""
    manifest = layout.read_json(digest)
    blobs = [digest, manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]
    repository, _, tag = reference.rpartition(":")
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [
            {
                "mediaType": manifest["mediaType"],
                "digest": digest,
                "size": layout.blob(digest).stat().st_size,
                "annotations": {REF_NAME: tag, "io.containerd.image.name": f"docker.io/library/{reference}"},
            }
        ],
    }
    docker = [
        {
            "Config": _path(manifest["config"]["digest"]),
            "RepoTags": [f"{repository}:{tag}"],
            "Layers": [_path(layer["digest"]) for layer in manifest["layers"]],
        }
    ]
    return [
        Entry("oci-layout", b'{"imageLayoutVersion": "1.0.0"}'),
        Entry("index.json", json.dumps(index).encode()),
        Entry(_DOCKER_MANIFEST, json.dumps(docker).encode()),
        *(Entry(_path(blob), layout.blob(blob)) for blob in dict.fromkeys(blobs)),
    ]


def _path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _reference(layout: Layout, digest: str) -> str:
    annotations = layout.find(digest).get("annotations", {})
    return str(annotations.get(REF_NAME) or f"lineside:{digest[7:19]}")
