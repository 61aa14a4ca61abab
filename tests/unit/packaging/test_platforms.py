"""One artifact for several platforms: an index over their images, under the name without a platform."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from engine.deployment.image import images
from engine.errors import BadInput, UsageError
from engine.packaging.archive import write_archive
from engine.packaging.artifacts import get_artifact, list_artifacts, remove_artifact
from engine.packaging.base import Kit
from engine.packaging.image import build_image, ingest, name_images
from engine.packaging.layers import Entry, write_layer
from engine.packaging.oci import Layout
from engine.packaging.trust import sbom, signing
from engine.serving.manifest import ModelManifest
from engine.workspace import Workspace

DOCUMENT = {
    "name": "parts",
    "number": 3,
    "task": "detection",
    "labels": ["scratch"],
    "input": {"width": 64, "height": 48},
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    ModelManifest.from_json(DOCUMENT).save(folder)
    for name in ("model.xml", "model.bin"):
        (folder / name).write_bytes(b"x")
    return folder


def built(layout: Layout, model: Path, architecture: str) -> dict:
    scratch = layout.root / f"kit-{architecture}"
    scratch.mkdir(exist_ok=True)
    base = write_layer(scratch / "base", [Entry("etc/arch", architecture.encode())])
    runtime = write_layer(scratch / "runtime", [Entry("opt/arch", architecture.encode())])
    kit = Kit(f"kit{architecture}", f"linux/{architecture}", base, runtime, ("debian:libc6=2.36",))
    found = json.loads(json.dumps(asdict(build_image(layout, model, kit, {"io.lineside.run": "r1"}))))
    shutil.rmtree(scratch)
    return found


def test_the_second_platform_makes_an_index_under_the_name_of_both(tmp_path, model):
    layout = Layout(tmp_path / "layout").make()
    [alone] = name_images(layout, [built(layout, model, "amd64")])
    assert layout.find("parts:3-fp32")["digest"] == alone["digest"]
    second, index = name_images(layout, [built(layout, model, "arm64")])
    assert second["platform"] == "linux/arm64"
    assert (index["reference"], index["platform"]) == ("parts:3-fp32", "linux/amd64,linux/arm64")
    assert layout.find("parts:3-fp32")["digest"] == index["digest"]
    assert layout.find("parts:3-fp32-amd64")["digest"] == alone["digest"]
    assert [image.platform for image in images(layout.root, index["digest"])] == ["linux/amd64", "linux/arm64"]
    layout.check(index["digest"])


def test_an_image_that_was_stored_before_follows_its_new_name(workspace: Workspace, model):
    layout = Layout(workspace.path / "artifacts").make()
    for architecture in ("amd64", "arm64"):
        one = built(layout, model, architecture)
        with workspace.transaction("Package") as tx:
            ingest(workspace, tx, {}, {**one, "model_id": 1, "name": "parts:3", "run": "r1", "seconds": 1.0})
        if architecture == "amd64":
            assert get_artifact(workspace, "parts:3-fp32").digest == one["digest"]
    assert get_artifact(workspace, "parts:3-fp32").platforms == "linux/amd64,linux/arm64"
    assert get_artifact(workspace, "parts:3-fp32-amd64").platforms == "linux/amd64"


def test_the_order_in_which_platforms_are_packaged_does_not_matter(tmp_path, model):
    digests = set()
    for order in (("amd64", "arm64"), ("arm64", "amd64")):
        layout = Layout(tmp_path / order[0]).make()
        digests.add(name_images(layout, [built(layout, model, one) for one in order])[-1]["digest"])
    assert len(digests) == 1


def test_a_platform_packaged_again_takes_its_place_in_the_index(tmp_path, model):
    layout = Layout(tmp_path / "layout").make()
    before = name_images(layout, [built(layout, model, one) for one in ("amd64", "arm64")])[-1]
    (model / "model.bin").write_bytes(b"other weights")
    again, after = name_images(layout, [built(layout, model, "amd64")])
    assert after["digest"] != before["digest"]
    assert again["digest"] in {image.digest for image in images(layout.root, after["digest"])}
    assert sorted(image["annotations"]["org.opencontainers.image.ref.name"] for image in layout.images()) == [
        "parts:3-fp32", "parts:3-fp32-amd64", "parts:3-fp32-arm64",
    ]  # fmt: skip


def test_both_are_stored_signed_with_one_count_and_each_has_its_parts(
    workspace: Workspace, model, memory_keyring, tmp_path, monkeypatch
):
    layout = Layout(workspace.path / "artifacts").make()
    for architecture in ("amd64", "arm64"):
        kit = tmp_path / "kits" / f"kit{architecture}"
        kit.mkdir(parents=True)
        (kit / "kit.json").write_text('{"packages": ["debian:libc6=2.36"]}')
    monkeypatch.setenv("LINESIDE_KITS", str(tmp_path / "kits"))
    both = [built(layout, model, one) for one in ("amd64", "arm64")]
    result = {**both[0], "built": both, "model_id": 1, "name": "parts:3", "run": "r1", "seconds": 1.0}
    with workspace.transaction("Package") as tx:
        changes = ingest(workspace, tx, {}, result)
    assert changes.touches("artifacts")
    assert sorted(one.platforms for one in list_artifacts(workspace)) == [
        "linux/amd64", "linux/amd64,linux/arm64", "linux/arm64",
    ]  # fmt: skip
    index = get_artifact(workspace, "parts:3-fp32")
    assert get_artifact(workspace, "parts:3-fp32-amd64").digest == both[0]["digest"]
    trusted = signing.verify(workspace, index.digest)
    assert trusted.custom["platform"] == "linux/amd64,linux/arm64"
    for image in images(layout.root, index.digest):
        assert signing.verify(workspace, image.digest).version == trusted.version
        assert f"arch={image.platform[6:]}" in layout.attached(image.digest, sbom.TYPE)[0].decode()
    with pytest.raises(UsageError, match="several platforms"):
        sbom.sbom_of(workspace, index)
    with pytest.raises(BadInput, match=r"several platforms.*parts:3-fp32-amd64"):
        write_archive(layout, index.digest, tmp_path / "out.tar")
    for artifact in list_artifacts(workspace):
        remove_artifact(workspace, artifact.digest)
    assert not list((layout.root / "blobs" / "sha256").iterdir())


@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not on this machine")
def test_skopeo_reads_the_index_and_passes_over_what_is_attached(workspace: Workspace, model, memory_keyring, tmp_path):
    layout = Layout(workspace.path / "artifacts").make()
    both = [built(layout, model, one) for one in ("amd64", "arm64")]
    result = {**both[0], "built": both, "model_id": 1, "name": "parts:3", "run": "r1", "seconds": 1.0}
    with workspace.transaction("Package") as tx:
        ingest(workspace, tx, {}, result)
    assert layout.referrers(both[0]["digest"])
    place = f"oci:{layout.root}:parts:3-fp32"
    raw = subprocess.run(["skopeo", "inspect", "--raw", place], capture_output=True, check=True).stdout
    assert {one["platform"]["architecture"] for one in json.loads(raw)["manifests"]} == {"amd64", "arm64"}
    subprocess.run(["skopeo", "copy", "-q", "--all", place, f"oci:{tmp_path}/copy:parts"], check=True)
    for image in both:
        Layout(tmp_path / "copy").check(image["digest"])
