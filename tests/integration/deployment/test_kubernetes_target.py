"""Releases on a cluster, through a real API server with its real controllers; only the node is a stand-in."""

from __future__ import annotations

import pytest

import connectors.kubernetes
from connectors.kubernetes.api import SECRETS
from engine.deployment import predict, releases, targets
from engine.deployment.errors import ReleaseFailed
from engine.plugins import manager
from tests.integration.deployment.cluster import Node, cluster
from tests.integration.deployment.program import add_artifact
from tests.integration.deployment.registries import Running


@pytest.fixture(scope="module")
def control_plane(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    made = Running(tmp_path_factory.mktemp("registry"))
    yield made
    made.stop()


@pytest.fixture
def on_cluster(workspace, control_plane, registry, monkeypatch):
    if not manager().is_registered(connectors.kubernetes):
        manager().register(connectors.kubernetes)
    monkeypatch.setenv("KUBECONFIG", str(control_plane.kubeconfig))
    monkeypatch.setenv("LINESIDE_REGISTRY_PASSWORD", "side")
    targets.add_target(workspace, "shop", f"registry://line@{registry.host}/line", **registry.options)
    targets.add_target(workspace, "cluster", "kubernetes://line/line", registry="shop", ready_s=40)
    node = Node(control_plane, registry.ca)
    yield control_plane
    with targets.open_target(workspace, "cluster") as target:
        target.remove()
    node.close()


@pytest.mark.slow
def test_releases_on_a_cluster(workspace, on_cluster, image_file):
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "beta")
    add_artifact(workspace, "broken", "crash")
    probe = targets.probe_target(workspace, "cluster")
    assert probe.system.startswith("Kubernetes v")
    assert "not allowed: delete secrets" not in probe.notes
    first = releases.deploy(workspace, "alpha", "cluster")
    assert first.endpoint == "http://cluster.line.svc"
    assert predict.predict(workspace, "cluster", image_file)["model"] == "alpha"
    assert on_cluster.admin.get(SECRETS, "cluster-pull")["type"] == "kubernetes.io/dockerconfigjson"
    releases.deploy(workspace, "beta", "cluster")
    assert predict.predict(workspace, "cluster", image_file)["model"] == "beta"
    with pytest.raises(ReleaseFailed, match="ended as it started: Error, status 3"):
        releases.deploy(workspace, "broken", "cluster")
    assert predict.predict(workspace, "cluster", image_file)["model"] == "beta"
    releases.rollback(workspace, "cluster")
    assert predict.predict(workspace, "cluster", image_file)["model"] == "alpha"
    assert [one.state for one in releases.status(workspace, "cluster").releases].count("running") == 1
