"""What is applied to a cluster is what the published schemas allow, and no more than a release needs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest

from connectors.kubernetes import manifests
from connectors.kubernetes.manifests import App, Plan
from connectors.kubernetes.settings import read_settings
from connectors.kubernetes.target import _cores
from engine.deployment.image import Image
from engine.deployment.target import ReleaseSpec
from engine.errors import UsageError
from engine.packaging.layers import Entry, write_layer
from engine.packaging.oci import Layout, RunConfig

ROUTE = json.loads((Path(__file__).parent / "httproute-v1.json").read_text())


@pytest.fixture
def plan(tmp_path):
    layout = Layout(tmp_path / "layout").make()
    layer = write_layer(tmp_path / "layer.tar", [Entry("model/model.xml", b"network")])
    digest = layout.write_image([layer], RunConfig(["/serve"], user="65532:65532"), "linux/arm64", {})["digest"]

    def made(**options) -> Plan:
        settings = read_settings("kubernetes://line/factory", "halle-3", options)
        app = App(settings.app, settings.namespace, "1234abcd-0000")
        spec = ReleaseSpec("1234abcd-7", "parts", Image(layout.root, digest))
        return Plan(spec, f"registry.example/line/parts@{digest}", settings, app, "halle-3-pull")

    return made


def strict(item):
    if item["kind"] == "HTTPRoute":
        jsonschema.validate(_closed(item), _closed_schema(ROUTE))
    else:
        kubernetes_validate.validate(item, "1.37", strict=True)


def _closed(item):
    return {key: value for key, value in item.items() if key != "metadata"}


def _closed_schema(schema):
    """The same schema without room for fields that it does not name, as strict field validation has it."""
    if isinstance(schema, list):
        return [_closed_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed_schema(value) for key, value in schema.items()}
    return (
        {**closed, "additionalProperties": False}
        if isinstance(schema.get("properties"), dict) and "type" in schema
        else closed
    )


def test_all_objects_of_a_release_fit_the_published_schemas(plan):
    made = plan(autoscale="2-5", route="infra/line", hostname="parts.factory.example")
    login = manifests.pull_secret(made.app, "registry.example", "line", "side")
    way = manifests.route(made.app, made.settings, {"a": 90, "b": 10}, {"X-Line=3": "b"}, "{}")
    for item in [*manifests.release_objects(made), *manifests.for_gitops(made), login, way]:
        strict(item)
    kinds = [one["kind"] for one in manifests.release_objects(made)]
    assert kinds == ["Service", "PodDisruptionBudget", "Deployment", "HorizontalPodAutoscaler"]


def test_a_route_with_an_unknown_field_does_not_fit(plan):
    way = manifests.route(plan().app, plan(route="line").settings, {"a": 1}, {}, "")
    way["spec"]["rules"][0]["backendRefs"][0]["wieght"] = 1
    with pytest.raises(jsonschema.ValidationError):
        strict(way)


def test_a_pod_asks_for_what_the_level_restricted_allows(plan):
    spec = manifests.deployment(plan())["spec"]["template"]["spec"]
    container = spec["containers"][0]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}  # fmt: skip
    assert not spec["automountServiceAccountToken"]
    assert spec["nodeSelector"]["kubernetes.io/arch"] == "arm64"
    assert spec["imagePullSecrets"] == [{"name": "halle-3-pull"}]
    assert all(set(volume) == {"name", "emptyDir"} for volume in spec["volumes"])


def test_a_pod_asks_for_as_many_cores_as_the_takt_found_threads_unless_an_option_says_otherwise(plan):
    def cores(made, **environment):
        told = replace(made, spec=replace(made.spec, environment=environment))
        return manifests.container(told)["resources"]["requests"]["cpu"]

    assert cores(plan()) == "1"
    assert cores(plan(), LINESIDE_THREADS="4") == "4"
    assert cores(plan(cpu="500m"), LINESIDE_THREADS="4") == "500m"


def test_the_number_of_pods_is_left_to_who_scales(plan):
    assert "replicas" not in manifests.deployment(plan())["spec"]
    for made, replicas in ((plan(replicas="3"), 3), (plan(autoscale="2-5"), None)):
        found = next(one for one in manifests.for_gitops(made) if one["kind"] == "Deployment")
        assert found["spec"].get("replicas") == replicas


def test_no_password_is_in_what_is_written_for_gitops(plan):
    assert all(item["kind"] != "Secret" for item in manifests.for_gitops(plan()))


def test_kserve_gets_one_object_with_the_same_container(plan):
    """KServe's schema is in no package here: held against the fields that its documentation names."""
    (item,) = manifests.for_gitops(plan(autoscale="2-5"), "inferenceservice")
    assert (item["apiVersion"], item["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    predictor = item["spec"]["predictor"]
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (2, 5)
    pod = {key: value for key, value in predictor.items() if key not in ("minReplicas", "maxReplicas")}
    strict({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": pod})
    assert predictor["containers"][0]["name"] == "kserve-container"


@pytest.mark.parametrize("options", [
    {"name": "a; rm -rf /"}, {"name": "A" * 60}, {"cpu": "much"}, {"replicas": "0"}, {"replicas": "²"}, {"autoscale": "5-2"},
    {"route": "../x"}, {"hostname": "a b"}, {"force": "perhaps"}, {"pull_from": "http://x"}, {"platform": "windows"},
])  # fmt: skip
def test_an_option_that_cannot_be_is_refused_when_the_target_is_added(options):
    with pytest.raises(UsageError, match=next(iter(options))):
        read_settings("kubernetes://line/factory", "line", options)


@pytest.mark.parametrize(
    "url", ["kubernetes://a/b/c", "kubernetes://a/B", "kubernetes://a/b?x=1", "kubernetes://a/..%2F"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(UsageError, match="is no address"):
        read_settings(url, "line", {})


def test_a_context_may_be_called_as_clouds_call_theirs():
    settings = read_settings("kubernetes://arn:aws:eks:eu:1:cluster%2Fline/factory", "线边", {})
    assert settings.context == "arn:aws:eks:eu:1:cluster/line"
    assert settings.app.startswith("lineside-")


@pytest.mark.parametrize(("said", "cores"), [("4", 4.0), ("3920m", 3.92), ("0.5", 0.5), ("", 0.0), ("many", 0.0)])
def test_cores_of_a_node_are_counted_whole_or_in_thousandths(said, cores):
    assert _cores({"status": {"allocatable": {"cpu": said}}}) == cores
