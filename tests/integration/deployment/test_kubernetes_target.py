"""Releases on a cluster, through a real API server with its real controllers; only the node is a stand-in."""

from __future__ import annotations

import pytest
import yaml

import connectors.kubernetes
from app.cli.main import main
from connectors.kubernetes.api import ROUTES, SECRETS, SERVICES, Conflict, Gone
from engine.deployment import predict, releases, rollout, targets
from engine.deployment.errors import LoginRefused, ReleaseFailed
from engine.deployment.judge import Verdict
from engine.deployment.plan import plan_of
from engine.errors import TargetError
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


@pytest.fixture(autouse=True)
def _connector():
    if not manager().is_registered(connectors.kubernetes):
        manager().register(connectors.kubernetes)


@pytest.fixture
def on_cluster(workspace, control_plane, registry, monkeypatch):
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


@pytest.mark.slow
def test_a_canary_gets_its_share_by_the_weights_of_a_route(workspace, on_cluster, image_file):
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "beta")
    add_artifact(workspace, "worse", "errors")
    targets.set_options(workspace, "cluster", route="infra/line")
    releases.deploy(workspace, "alpha", "cluster")
    assert _weights(on_cluster) == {"cluster-1": 100}
    seen = []

    def look(_old: str, new: str) -> Verdict:
        """Looks at the weights of each step, and sends what the Gateway would."""
        seen.append(_weights(on_cluster))
        with targets.open_target(workspace, "cluster") as target:
            own = next(one.own for one in target.status() if one.name != "alpha" and one.state == "running")
            predict.send(target, own, image_file)
        return Verdict("promote", ("it is as good",))

    promoted = rollout.start(
        workspace, "beta", "cluster", plan_of(canary="10,50,100", pace="1"), look=look, interval=0.05
    )
    assert promoted.state == "running"
    assert {"cluster-1": 90, "cluster-2": 10} in seen
    assert {"cluster-1": 50, "cluster-2": 50} in seen
    assert _weights(on_cluster) == {"cluster-2": 100}
    assert predict.predict(workspace, "cluster", image_file)["model"] == "beta"
    back = rollout.start(workspace, "worse", "cluster", plan_of(canary="10,100", pace="1"), interval=0.05,
                         look=lambda _old, _new: Verdict("take back", ("it is worse",)))  # fmt: skip
    assert back.name == "beta"
    assert _weights(on_cluster) == {"cluster-2": 100}


@pytest.mark.slow
def test_fields_that_others_own_are_named_and_taken_over_only_when_asked(workspace, on_cluster):
    add_artifact(workspace, "alpha")
    releases.deploy(workspace, "alpha", "cluster")
    service = on_cluster.admin.get(SERVICES, "cluster")
    ports = [{**service["spec"]["ports"][0], "port": 80, "appProtocol": "kubernetes.io/h2c"}]
    on_cluster.admin.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cluster"},
                            "spec": {"ports": ports}}, force=True, manager="argocd")  # fmt: skip
    with targets.open_target(workspace, "cluster") as target:
        key = next(one.key for one in target.status() if one.current)
        with pytest.raises(Conflict, match=r'appProtocol \("argocd"'):
            target.switch(key)
    targets.set_options(workspace, "cluster", force="yes")
    with targets.open_target(workspace, "cluster") as target:
        target.switch(key)


def test_an_object_that_somebody_else_made_is_left_alone(workspace, on_cluster):
    item = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "cluster"},
        "spec": {"ports": [{"port": 80, "protocol": "TCP"}]},
    }
    on_cluster.admin.apply(item)
    with targets.open_target(workspace, "cluster") as target, pytest.raises(TargetError, match="did not make"):
        target.switch("x")
    on_cluster.admin.delete(SERVICES, "cluster")


def test_who_may_not_is_told_what(workspace, on_cluster):
    add_artifact(workspace, "alpha")
    targets.add_target(workspace, "closed", "kubernetes://nobody/line", registry="shop")
    notes = targets.probe_target(workspace, "closed").notes
    assert "not allowed: patch deployments.apps" in notes
    assert "not allowed: create services/proxy" in notes
    with pytest.raises(TargetError, match="does not let you get services in the namespace line"):
        releases.deploy(workspace, "alpha", "closed")
    targets.add_target(workspace, "over", "kubernetes://stranger/line", registry="shop")
    with pytest.raises(LoginRefused, match="is over"):
        targets.probe_target(workspace, "over")


def test_what_the_server_has_forgotten_is_gone(on_cluster):
    with pytest.raises(Gone):
        list(on_cluster.admin.events(ROUTES, "1", 1, {}))


def _weights(on_cluster) -> dict[str, int]:
    backends = on_cluster.admin.get(ROUTES, "cluster")["spec"]["rules"][-1]["backendRefs"]
    return {one["name"]: one["weight"] for one in backends}


def test_manifests_are_written_without_registry_or_cluster(workspace, tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    digest = add_artifact(workspace, "alpha")
    targets.add_target(workspace, "shop", "registry://localhost:9/line")
    targets.add_target(workspace, "gitops", "kubernetes://far/line", registry="shop", pull_from="registry.factory:5000")
    workspace.close()
    folder, out = str(workspace.path), str(tmp_path / "alpha.yaml")
    assert main(["artifact", "manifests", "alpha", "--target", "gitops", "--out", out, "-w", folder]) == 0
    kinds = {one["kind"]: one for one in yaml.safe_load_all((tmp_path / "alpha.yaml").read_text())}
    assert list(kinds) == ["Service", "PodDisruptionBudget", "Deployment"]
    image = kinds["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == f"registry.factory:5000/line/artifact@{digest}"
    assert main(["artifact", "manifests", "alpha", "--target", "shop", "-w", folder]) == 2
    assert main(["artifact", "manifests", "alpha", "--target", "gitops", "--as", "helm", "-w", folder]) == 2
    assert main(["target", "set", "gitops", "replicas=none", "-w", folder]) == 2
    assert main(["target", "set", "gitops", "token=x", "-w", folder]) == 2
    assert main(["target", "set", "gitops", "replicas=2", "-w", folder]) == 0
