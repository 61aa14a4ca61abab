"""What goes to a target is signed and checked first."""

from __future__ import annotations

import pytest

from engine.deployment import releases
from engine.errors import BadInput
from engine.packaging.oci import Layout
from engine.packaging.trust import owners, signing
from tests.integration.deployment.program import add_artifact

pytestmark = pytest.mark.usefixtures("memory_keyring")


def test_a_deploy_signs_what_was_never_signed_and_going_back_is_a_signed_order(workspace, process_target):
    first, second = add_artifact(workspace, "alpha:1"), add_artifact(workspace, "alpha:2")
    process_target()
    assert releases.deploy(workspace, first, "local").details["signed"] == 1
    assert releases.deploy(workspace, second, "local").details["signed"] == 2
    assert releases.rollback(workspace, "local").details["signed"] == 3
    assert signing.verify(workspace, first).version == 3
    assert owners.status(workspace).version == 1


def test_a_swapped_layer_never_reaches_the_target(workspace, process_target):
    good, bad = add_artifact(workspace, "alpha:1"), add_artifact(workspace, "alpha:2")
    process_target()
    releases.deploy(workspace, good, "local")
    signing.sign(workspace, bad)
    layout = Layout(workspace.path / "artifacts")
    layer = layout.blob(layout.read_json(bad)["layers"][-1]["digest"])
    content = layer.read_bytes()
    layer.unlink()
    layer.write_bytes(content.replace(b"good", b"evil"))
    stages = []
    with pytest.raises(BadInput, match="damaged or swapped"):
        releases.deploy(workspace, bad, "local", lambda stage, *_: stages.append(stage))
    assert not stages
    assert [release.artifact for release in releases.list_releases(workspace)] == [good]
    assert releases.status(workspace, "local").running.state == "running"
