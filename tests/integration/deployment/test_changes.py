"""Layers that go over SSH as changes to what the box has."""

from __future__ import annotations

import os
import threading

import pytest

from engine.deployment import predict, releases
from engine.deployment.image import Image
from engine.packaging.artifacts import layout_folder
from tests.integration.deployment.program import add_artifact

WEIGHTS = os.urandom(2_000_000)


@pytest.fixture
def box(workspace, add_box):
    """A box on which alpha runs."""
    box, _ = add_box(data_size="64m")
    add_artifact(workspace, "alpha", weights=WEIGHTS)
    releases.deploy(workspace, "alpha", "box1")
    return box


def changed(count):
    """Weights of which so many bytes in the middle are others."""
    return WEIGHTS[:1_000_000] + os.urandom(count) + WEIGHTS[1_000_000 + count :]


def model_layer(workspace, digest):
    return Image(layout_folder(workspace), digest).layers[-1]


@pytest.mark.parametrize("user", ["root", "edge"])
def test_a_box_makes_the_new_model_of_the_old_one_and_what_changed(workspace, add_box, image_file, user):
    box, name = add_box(user=user)
    add_artifact(workspace, "alpha", weights=WEIGHTS)
    releases.deploy(workspace, "alpha", name)
    digest, seen = add_artifact(workspace, "beta", weights=changed(2000)), []
    report = releases.deploy(workspace, "beta", name, lambda *call: seen.append(call)).details["push"]
    assert report["sent"] < 10_000
    assert report["saved"] > 1_990_000
    assert predict.predict(workspace, name, image_file)["model"] == "beta"
    layer = model_layer(workspace, digest)
    needed = {total for stage, _, total, one in seen if stage == "push" and one == layer.digest}
    assert max(needed) < 5_000, "progress counts what goes over the line"
    blobs = "/var/lib/lineside/blobs/sha256" if user == "root" else "/home/edge/.local/share/lineside/blobs/sha256"
    assert box.run(f"sha256sum {blobs}/{layer.hex}").startswith(layer.hex)
    kept = {blob.hex for one in releases.list_releases(workspace) for blob in _blobs(workspace, one)}
    assert set(box.run(f"ls {blobs}").split()) == kept, "the changes themselves are gone"


def _blobs(workspace, release):
    return Image(layout_folder(workspace), release.artifact).blobs


def test_a_link_that_is_cut_in_the_middle_of_a_change_goes_on_there(workspace, box, image_file):
    add_artifact(workspace, "beta", weights=changed(600_000))
    box.rate("2mbit")
    cuts = []

    def cut(stage, done, total, _digest):
        if stage == "push" and 500_000 < total < 1_000_000 and done > 0.3 * total and not cuts:
            cuts.append(done)
            box.link("down")
            threading.Timer(5, box.link, ["up"]).start()

    report = releases.deploy(workspace, "beta", "box1", cut).details["push"]
    assert cuts
    assert report["retries"] >= 1
    assert report["sent"] < 700_000
    assert report["saved"] > 1_300_000
    assert predict.predict(workspace, "box1", image_file)["model"] == "beta"


@pytest.mark.parametrize("harm", ["an old layer that rotted", "no Python"])
def test_where_a_box_cannot_make_a_layer_it_gets_it_whole(workspace, box, image_file, harm):
    old = model_layer(workspace, releases.list_releases(workspace)[0].artifact)
    if harm == "no Python":
        box.run("find /var/lib/lineside/rootfs -path '*/bin/python3*' -delete")
    else:
        path = f"/var/lib/lineside/blobs/sha256/{old.hex}"
        box.run(f"printf rot | dd of={path} bs=1 seek=500000 conv=notrunc status=none")
    add_artifact(workspace, "beta", weights=changed(2000))
    report = releases.deploy(workspace, "beta", "box1").details["push"]
    assert (report["saved"], report["sent"] > 2_000_000) == (0, True)
    assert predict.predict(workspace, "box1", image_file)["model"] == "beta"
