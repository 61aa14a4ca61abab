"""The objects that a release is on a cluster, as plain values: what is applied, and what is written for GitOps."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.kubernetes.api import BUDGETS, DEPLOYMENTS, ROUTES, SCALERS, SECRETS, SERVICES, Kind
from connectors.kubernetes.settings import Settings
from engine.deployment.image import Image
from engine.deployment.launch import STATE
from engine.deployment.target import ReleaseSpec

Object = dict[str, Any]
TARGET, RELEASE, WORKSPACE = "lineside/target", "lineside/release", "lineside/workspace"
DIGEST, NAMED = "lineside/digest", "lineside/name"
PORT, USER = 8080, 65532
DRAIN_S, GRACE_S = 5, 40
BASE_MIB, FACTOR = 256, 4  # memory that is asked for: so much, and so many times the model's size


@dataclass(frozen=True)
class App:
    """All that a target's objects have in common."""

    name: str
    namespace: str
    workspace: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def metadata(self, name: str = "", annotations: Mapping[str, str] | None = None, **labels: str) -> Object:
        """With the labels that Kubernetes recommends, and those by which Lineside finds its own again."""
        own = {
            "app.kubernetes.io/name": self.name, "app.kubernetes.io/component": "inference",
            "app.kubernetes.io/managed-by": "lineside", TARGET: self.name, WORKSPACE: self.workspace[:63], **labels,
        }  # fmt: skip
        more = {"annotations": dict(annotations)} if annotations else {}
        return {"name": name or self.name, "namespace": self.namespace, "labels": own, **more}


@dataclass(frozen=True)
class Plan:
    """A release as it is to run: its spec, where nodes pull it, and with which secret."""

    spec: ReleaseSpec
    reference: str
    settings: Settings
    app: App
    pull_secret: str = ""

    @property
    def name(self) -> str:
        """Of the Deployment and of what belongs to it: the app's, with the release's number."""
        number = self.spec.key.partition("-")[2]
        return f"{self.app.name}-{number}" if number else self.app.name

    @property
    def labels(self) -> dict[str, str]:
        """Of the release's own objects, beside the app's."""
        image = self.spec.image
        return {RELEASE: self.spec.key, "app.kubernetes.io/instance": self.name,
                "app.kubernetes.io/version": image.digest.removeprefix("sha256:")[:12]}  # fmt: skip

    def metadata(self) -> Object:
        """Of each of its objects."""
        return self.app.metadata(self.name, {DIGEST: self.spec.image.digest, NAMED: self.spec.name}, **self.labels)


def release_objects(plan: Plan) -> list[Object]:
    """What one release needs, in the order in which it is applied."""
    scaler = [autoscaler(plan)] if plan.settings.most else []
    return [service(plan.app, plan.spec.key, plan.name), budget(plan), deployment(plan), *scaler]


def deployment(plan: Plan) -> Object:
    """The release's pods. Their number is left out: it belongs to whoever scales."""
    settings = plan.settings
    return {
        "apiVersion": DEPLOYMENTS.version, "kind": "Deployment", "metadata": plan.metadata(),
        "spec": {
            "revisionHistoryLimit": 1, "progressDeadlineSeconds": settings.ready_s,
            "selector": {"matchLabels": selector(plan.app, plan.spec.key)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": plan.metadata()["labels"], "annotations": plan.metadata()["annotations"]},
                "spec": {**_pod(plan), "containers": [container(plan)]},
            },
        },
    }  # fmt: skip


def service(app: App, key: str, name: str = "") -> Object:
    """An address for a release: its own, or with the app's name the one that clients know."""
    more = {RELEASE: key} if name else {}
    return {
        "apiVersion": SERVICES.version, "kind": "Service", "metadata": app.metadata(name, None, **more),
        "spec": {
            "selector": selector(app, key),
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}],
        },
    }  # fmt: skip


def budget(plan: Plan) -> Object:
    """One pod at a time may be taken away when nodes are emptied."""
    return {
        "apiVersion": BUDGETS.version, "kind": "PodDisruptionBudget", "metadata": plan.metadata(),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector(plan.app, plan.spec.key)}},
    }  # fmt: skip


def autoscaler(plan: Plan) -> Object:
    """More pods while processors are busy, fewer after five quiet minutes."""
    busy = {"type": "Utilization", "averageUtilization": 70}
    return {
        "apiVersion": SCALERS.version, "kind": "HorizontalPodAutoscaler", "metadata": plan.metadata(),
        "spec": {
            "scaleTargetRef": {"apiVersion": DEPLOYMENTS.version, "kind": "Deployment", "name": plan.name},
            "minReplicas": plan.settings.replicas, "maxReplicas": plan.settings.most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": busy}}],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
        },
    }  # fmt: skip


def route(app: App, settings: Settings, weights: Mapping[str, int], headers: Mapping[str, str], kept: str) -> Object:
    """The HTTPRoute before the releases.

    Args:
        weights: by the name of a release's service.
        headers: “NAME=VALUE” → the service that gets the requests with this header.
        kept: what the workbench wants to read back; an annotation.
    """
    everything = {"path": {"type": "PathPrefix", "value": "/"}}
    rules: list[Object] = []
    for rule, name in headers.items():
        header, _, value = rule.partition("=")
        match = {**everything, "headers": [{"type": "Exact", "name": header, "value": value}]}
        rules.append({"matches": [match], "backendRefs": [_backend(name, 1)]})
    rules.append({"matches": [everything], "backendRefs": [_backend(name, weight) for name, weight in weights.items()]})
    namespace, name = settings.route
    parent = {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "name": name,
        "namespace": namespace or app.namespace,
    }
    hostnames = {"hostnames": [settings.hostname]} if settings.hostname else {}
    return {
        "apiVersion": ROUTES.version, "kind": "HTTPRoute",
        "metadata": app.metadata(annotations={"lineside/gateway": kept}) if kept else app.metadata(),
        "spec": {"parentRefs": [parent], **hostnames, "rules": rules},
    }  # fmt: skip


def pull_secret(app: App, host: str, user: str, password: str) -> Object:
    """The login of a registry, for the nodes that pull from it."""
    both = base64.b64encode(f"{user}:{password}".encode()).decode()
    login = {"auths": {host: {"username": user, "password": password, "auth": both}}}
    return {
        "apiVersion": SECRETS.version, "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": app.metadata(pull_secret_name(app)),
        "data": {".dockerconfigjson": base64.b64encode(json.dumps(login).encode()).decode()},
    }  # fmt: skip


def pull_secret_name(app: App) -> str:
    """Of the secret that is made where the registry has a login."""
    return f"{app.name}-pull"


def selector(app: App, key: str) -> dict[str, str]:
    """The pods of a release; with "" as key, of all."""
    return {TARGET: app.name, **({RELEASE: key} if key else {})}


def inference_service(plan: Plan) -> Object:
    """The same release for KServe, which makes Deployment, Service and route by itself."""
    most = {"maxReplicas": plan.settings.most} if plan.settings.most else {}
    return {
        "apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService",
        "metadata": plan.app.metadata(plan.app.name, {DIGEST: plan.spec.image.digest, NAMED: plan.spec.name}, **plan.labels),
        "spec": {
            "predictor": {
                "minReplicas": plan.settings.replicas, **most, **_pod(plan),
                "containers": [{**container(plan, name=""), "name": "kserve-container"}],
            }
        },
    }  # fmt: skip


def for_gitops(plan: Plan, kind: str = "") -> list[Object]:
    """What a repository keeps: the same objects under names that stay, with the number of pods."""
    spec = replace(plan.spec, key=plan.app.name)
    plan = replace(plan, spec=spec)
    if kind == "inferenceservice":
        return [inference_service(plan)]
    pods = deployment(plan)
    if not plan.settings.most:
        pods["spec"]["replicas"] = plan.settings.replicas
    ways = [route(plan.app, plan.settings, {plan.app.name: 1}, {}, "")] if plan.settings.route[1] else []
    scaler = [autoscaler(plan)] if plan.settings.most else []
    return [service(plan.app, spec.key), budget(plan), pods, *scaler, *ways]


def container(plan: Plan, name: str = "http") -> Object:
    """The program with its probes, its resources, and no right that it does not need."""
    environment = {
        "LINESIDE_HOST": "0.0.0.0", "LINESIDE_PORT": str(PORT), "LINESIDE_STATE": STATE,  # noqa: S104  inside a pod
        "LINESIDE_DRAIN_SECONDS": str(DRAIN_S), **plan.spec.environment,
    }  # fmt: skip
    named = {"name": name} if name else {}
    return {
        "name": "lineside", "image": plan.reference, "imagePullPolicy": "IfNotPresent",
        "env": [{"name": key, "value": value} for key, value in sorted(environment.items())],
        "ports": [{**named, "containerPort": PORT, "protocol": "TCP"}],
        "startupProbe": _look("live", period=1, failures=plan.settings.ready_s),
        "readinessProbe": _look("ready", period=2, failures=2),
        "livenessProbe": _look("live", period=10, failures=3),
        "resources": resources(plan.spec.image, plan.settings, environment.get("LINESIDE_THREADS", "")),
        "securityContext": {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "state", "mountPath": STATE}, {"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108  a folder of the pod's own
    }  # fmt: skip


def resources(image: Image, settings: Settings, threads: str) -> Object:
    """Processor and memory: as the options say, else a core for each thread and what the model's size lets expect.

    The processor has no upper limit, since one that is reached stops the pod for tens of milliseconds; memory has one.

    Args:
        threads: that the release was told to use, as the measurement of a takt found them; "": one.
    """
    model = max(layer.size for layer in image.layers[-1:])
    guess = 64 * math.ceil((BASE_MIB + FACTOR * model / 2**20) / 64)
    memory = settings.memory or f"{guess}Mi"
    return {"requests": {"cpu": settings.cpu or threads or "1", "memory": memory},
            "limits": {"memory": settings.memory or f"{2 * guess}Mi"}}  # fmt: skip


def kinds_of(settings: Settings) -> list[Kind]:
    """Which kinds of objects a target needs."""
    return [
        DEPLOYMENTS,
        SERVICES,
        BUDGETS,
        *([SCALERS] if settings.most else []),
        *([ROUTES] if settings.route[1] else []),
    ]


def _pod(plan: Plan) -> Object:
    """What Pod Security's level “restricted” asks for, and no key to the API server."""
    user = int(plan.spec.image.config.get("config", {}).get("User", "").partition(":")[0] or USER)
    secrets = {"imagePullSecrets": [{"name": plan.pull_secret}]} if plan.pull_secret else {}
    return {
        "automountServiceAccountToken": False, "enableServiceLinks": False, **secrets,
        "terminationGracePeriodSeconds": GRACE_S,
        "nodeSelector": dict(zip(("kubernetes.io/os", "kubernetes.io/arch"), plan.spec.image.platform.split("/")[:2], strict=True)),
        "securityContext": {
            "runAsNonRoot": True, "runAsUser": user, "runAsGroup": user, "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": [{"name": "state", "emptyDir": {"sizeLimit": "512Mi"}}, {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
    }  # fmt: skip


def _look(health: str, period: int, failures: int) -> Object:
    return {"httpGet": {"path": f"/v2/health/{health}", "port": PORT}, "periodSeconds": period,
            "timeoutSeconds": 2, "failureThreshold": failures}  # fmt: skip


def _backend(name: str, weight: int) -> Object:
    return {"name": name, "port": 80, "weight": weight}
