"""Reading an artifact's layout."""

from __future__ import annotations

import hashlib
import json

import pytest

from engine.deployment.image import blob_path, images
from engine.errors import BadInput


def put(layout, content):
    raw = json.dumps(content).encode()
    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    path = blob_path(layout, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return {"digest": digest, "size": len(raw)}


def manifest(layout, architecture):
    config = put(layout, {"os": "linux", "architecture": architecture, "config": {
        "Entrypoint": ["/bin/serve"], "Cmd": ["--quiet"], "Env": ["A=1=2", "EMPTY="], "WorkingDir": "/srv"}})  # fmt: skip
    layer = {"digest": "sha256:" + "0" * 64, "size": 7, "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}
    return put(layout, {"config": config, "layers": [layer]})


def test_a_manifest_tells_platform_program_and_environment(tmp_path):
    image = images(tmp_path, manifest(tmp_path, "arm64")["digest"])[0]
    assert image.platform == "linux/arm64"
    assert image.arguments == ["/bin/serve", "--quiet"]
    assert image.environment == {"A": "1=2", "EMPTY": ""}
    assert image.folder == "/srv"


def test_an_index_gives_the_images_of_all_platforms(tmp_path):
    entries = [manifest(tmp_path, name) for name in ("amd64", "arm64")]
    index = put(tmp_path, {"manifests": entries})
    found = images(tmp_path, index["digest"])
    assert [image.platform for image in found] == ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize(
    "digest", ["sha256:../../etc/passwd", "sha256:" + "A" * 64, "md5:00", "", "sha256:" + "0" * 63]
)
def test_what_is_no_digest_never_becomes_a_path(tmp_path, digest):
    with pytest.raises(BadInput, match="no sha256 digest"):
        images(tmp_path, digest)


def test_a_changed_manifest_is_refused(tmp_path):
    digest = manifest(tmp_path, "amd64")["digest"]
    path = blob_path(tmp_path, digest)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BadInput, match="damaged"):
        images(tmp_path, digest)
