"""A namespace of a Kubernetes cluster as a target."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

from connectors.kubernetes import manifests
from connectors.kubernetes.api import (
    BY_KIND,
    DEPLOYMENTS,
    NODES,
    PODS,
    ROUTES,
    SCALERS,
    SECRETS,
    SERVICES,
    Api,
    Object,
)
from connectors.kubernetes.failing import why_not
from connectors.kubernetes.kubeconfig import read_access
from connectors.kubernetes.manifests import DIGEST, NAMED, RELEASE, TARGET, WORKSPACE, App, Plan
from connectors.kubernetes.rights import lacking
from connectors.kubernetes.route import RouteControl
from connectors.kubernetes.settings import read_settings
from connectors.kubernetes.watching import followed
from engine.agent.control import Control
from engine.deployment.errors import ReleaseFailed
from engine.deployment.exchange import Registry
from engine.deployment.image import Image
from engine.deployment.launch import oci_platform
from engine.deployment.logs import LogPart, of_pods
from engine.deployment.target import (
    DRAIN_S,
    Context,
    Probe,
    Progress,
    PushReport,
    ReleaseSpec,
    ReleaseStatus,
    Target,
)
from engine.errors import TargetError, UsageError

SCALE = "lineside-scale"  # who owns the number of pods, until an autoscaler does
KEPT_RELEASES = 3
MOST_LINES = 5000  # of a pod's log that are read to find those above a place in it: no API tells just those
CORES = re.compile(r"\d{1,6}(\.\d{1,6})?|\d{1,9}m")


class KubernetesTarget(Target):
    """Releases as Deployments with a Service each; the Service of the app's name, or an HTTPRoute, leads to the current one.

    URL: kubernetes://CONTEXT/NAMESPACE, as kubectl's configuration names them. Options: see `Settings`.
    """

    scheme = "kubernetes"
    settle_s = 2.0
    """In which the proxies of all nodes learn where a service leads."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.settings = read_settings(context.url, context.name, context.options)
        self._opened: Api | None = None

    def probe(self) -> Probe:
        """The cluster's version, its nodes where they may be seen, and what is allowed in the namespace."""
        version, nodes = self._api.ask("GET", "/version"), self._nodes()
        platforms = sorted({oci_platform(_of(one, "architecture")) for one in nodes})
        notes = [f"nodes: {len(nodes)}, {', '.join(platforms)}"] if nodes else [
            "its nodes may not be looked at; say what they are: --option platform=linux/arm64 (else linux/amd64)"]  # fmt: skip
        notes += [f"not allowed: {one}" for one in lacking(self._api, self.settings)]
        notes += [
            f"not there: {kind.version} {kind.plural}"
            for kind in manifests.kinds_of(self.settings)
            if not self._api.serves(kind)
        ]
        if self._api.access.cluster.get("insecure-skip-tls-verify"):
            notes.append("the server's certificate is not checked: whoever is on the way can be it")
        first = nodes[0] if nodes else {}
        return Probe(
            platform=self.settings.platform or (platforms[0] if platforms else "linux/amd64"),
            cores=int(sum(_cores(one) for one in nodes)),
            system=f"Kubernetes {version.get('gitVersion', '')}", kernel=_of(first, "kernelVersion"),
            runtimes=tuple(sorted({_of(one, "containerRuntimeVersion") for one in nodes} - {""})),
            isolation=("kubernetes",), user=self._api.access.context, notes=tuple(notes),
        )  # fmt: skip

    def push(self, image: Image, progress: Progress) -> PushReport:
        """Push to the registry that the nodes pull from."""
        with self._registry() as registry:
            return cast(Registry, registry).publish(image, "", progress)[1]

    def start(self, spec: ReleaseSpec) -> ReleaseStatus:
        """Apply the release's objects; the cluster does the rest."""
        plan = self._plan(spec, with_login=True)
        for item in manifests.release_objects(plan):
            if item["kind"] == "Deployment":
                self._apply(item)
                self._scale(plan.name, self.settings.replicas)
            elif self._served(item):
                self._apply(item)
        return self._status(self._api.get(DEPLOYMENTS, plan.name) or {}, "")

    def switch(self, key: str) -> None:
        """Let the app's Service lead to this release."""
        self._apply(manifests.service(self._app, key))
        self._prune(key)

    def stop(self, key: str, drain_s: float = DRAIN_S) -> None:
        """No pods any more, once all proxies know; each finishes its requests."""
        found = self._find(key)
        if found is not None and (found.get("spec") or {}).get("replicas"):
            name = found["metadata"]["name"]
            time.sleep(min(drain_s, self.settle_s))
            if self.settings.most:
                self._api.delete(SCALERS, name)
            self._scale(name, 0)

    def status(self) -> list[ReleaseStatus]:
        """All releases of this target."""
        current = self._current()
        found = [self._status(one, current) for one in self._releases()]
        return sorted(found, key=lambda one: (one.current, one.since))

    def log(self, key: str, lines: int = 200, *, after: str = "", before: str = "") -> LogPart:
        """What its pods wrote, by time; of one that was started again, what it wrote before."""
        window = {"tailLines": str(MOST_LINES if before else lines + 1)}
        if after:
            window = {"sinceTime": datetime.fromtimestamp(int(after) // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        found: dict[str, str] = {}
        for pod in self._pods(key):
            name, states = pod["metadata"]["name"], (pod.get("status") or {}).get("containerStatuses") or []
            again = "true" if states and not states[0].get("ready") and states[0].get("restartCount") else "false"
            with contextlib.suppress(TargetError):  # a pod that has not begun has no log
                path = f"{PODS.path(self._api.namespace, name)}/log"
                found[name] = self._api.text(path, {"timestamps": "true", "previous": again, **window})
        return of_pods(found, lines, after, before)

    def remove(self, key: str | None = None) -> None:
        """Take a release's objects away, or all of this target's."""
        for one in self._releases():
            if key in (None, one["metadata"]["labels"].get(RELEASE)):
                self._delete(one["metadata"]["name"])
        if key is None or self._current() == key:
            for kind in (SERVICES, *([ROUTES] if self.settings.route[1] else [])):
                if self._ours(self._api.get(kind, self._app.name)):
                    self._api.delete(kind, self._app.name)
            if key is None and self._ours(self._api.get(SECRETS, manifests.pull_secret_name(self._app))):
                self._api.delete(SECRETS, manifests.pull_secret_name(self._app))

    def connect(self, endpoint: str, timeout: float) -> NoReturn:
        """Releases are asked through the API server, request by request."""
        del endpoint, timeout
        raise TargetError(f"{self.place} gives no stream to a release; `kubectl port-forward` does.")

    def request(
        self, endpoint: str, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> tuple[int, bytes]:  # fmt: skip
        """One exchange through the API server's proxy; the counts of a release are those of all its pods."""
        host = urlsplit(endpoint).hostname or ""
        name = host.partition(".")[0] if host.endswith(".svc") else self._app.name
        if path == "/metrics":
            return 200, self._metrics(name).encode()
        through = f"{SERVICES.path(self._api.namespace, name)}:http/proxy{path}"
        return self._api.exchange(method, through, body, headers or {}, timeout)

    def route(self) -> Control | None:
        """The HTTPRoute, where the target has the option `route`."""
        if not self.settings.route[1]:
            return None
        return RouteControl(self._api, self._app, self.settings, self._apply, self._metrics)

    def manifests(self, spec: ReleaseSpec, kind: str = "") -> list[dict[str, Any]]:
        """The objects for GitOps; nothing is asked of the cluster."""
        return manifests.for_gitops(self._plan(spec, with_login=False), kind)

    def close(self) -> None:
        """Close the connections."""
        super().close()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _wait_ready(self, spec: ReleaseSpec, started: ReleaseStatus, timeout: float, progress: Progress) -> None:
        """Follow the Deployment until its pods are ready; nodes have to pull first, so it gets the target's own time."""
        del started
        name, seconds = self._plan(spec, with_login=False).name, max(timeout, self.settings.ready_s)
        reason = f"was not ready within {seconds:.0f} s"
        labels = f"{TARGET}={self._app.name},{RELEASE}={spec.key}"
        for now in followed(self._api, DEPLOYMENTS, labels, seconds, lambda: progress("ready", 0, 0, "")):
            if name not in now:
                reason = "was removed by somebody else as it started"
                break
            if _ready(now[name]):
                return
            if found := why_not(now[name], self._pods(spec.key)):
                reason = found
                break
        log = self.logs(spec.key, 20).strip()
        raise ReleaseFailed(
            f"{spec.name} on {self.place} {reason}; what ran before still runs."
            + (f" Its last lines:\n{log}" if log else ""),
            log=log,
        )

    @property
    def _api(self) -> Api:
        if self._opened is None:
            access = read_access(self.settings.context)
            self._opened = Api(access, self.settings.namespace or access.namespace or "default", self.place)
        return self._opened

    @cached_property
    def _app(self) -> App:
        return App(self.settings.app, self.settings.namespace or self._api.namespace, self.context.workspace_id)

    def _registry(self) -> Target:
        if not self.settings.registry or self.context.others is None:
            raise UsageError(
                f"{self.place} pulls artifacts from a registry; name the target that is one: --option registry=NAME"
            )
        found = self.context.others(self.settings.registry)
        if found.scheme != "registry":
            raise UsageError(f"The option registry={self.settings.registry} of {self.place} names no registry.")
        return found

    def _plan(self, spec: ReleaseSpec, *, with_login: bool) -> Plan:
        """Where the nodes pull a release, by digest; `with_login` also gives them the login of the registry."""
        with self._registry() as opened:
            registry = cast(Registry, opened)
            where = registry.address(spec.image)
            login = registry.pull_login() if not self.settings.pull_secret else None
        host = self.settings.pull_from or where.host
        named = {"": manifests.pull_secret_name(self._app) if login else "", "no": ""}
        if login and with_login:
            self._apply(manifests.pull_secret(self._app, host, *login))
        reference = f"{host}/{where.repository}@{spec.image.digest}"
        return Plan(
            spec, reference, self.settings, self._app, named.get(self.settings.pull_secret, self.settings.pull_secret)
        )

    def _apply(self, item: Object) -> Object:
        """Apply an object, unless one of that name is somebody else's."""
        name = item["metadata"]["name"]
        there = self._api.get(BY_KIND[item["kind"]], name)
        if there is not None and not self._ours(there):
            raise TargetError(
                f"{self.place} has a {item['kind']} “{name}” that this workspace did not make; give the target another name"
                " for its objects: --option name=NAME"
            )
        return self._api.apply(item, force=self.settings.force)

    def _ours(self, item: Object | None) -> bool:
        labels = ((item or {}).get("metadata") or {}).get("labels") or {}
        return labels.get(TARGET) == self._app.name and labels.get(WORKSPACE) == self._app.workspace[:63]

    def _scale(self, name: str, replicas: int) -> None:
        item = {"apiVersion": DEPLOYMENTS.version, "kind": "Deployment", "metadata": {"name": name, "namespace": self._api.namespace},
                "spec": {"replicas": replicas}}  # fmt: skip
        self._api.apply(item, force=True, manager=SCALE)

    def _served(self, item: Object) -> bool:
        """Whether the cluster knows a kind that a release can do without."""
        kind = BY_KIND[item["kind"]]
        return kind in (DEPLOYMENTS, SERVICES, ROUTES) or self._api.serves(kind)

    def _nodes(self) -> list[Object]:
        with contextlib.suppress(TargetError):  # most people may not look at nodes
            return list(self._api.list(NODES)["items"])
        return []

    def _releases(self) -> list[Object]:
        found = self._api.list(DEPLOYMENTS, f"{TARGET}={self._app.name}")["items"]
        return [one for one in found if self._ours(one)]

    def _find(self, key: str) -> Object | None:
        return next((one for one in self._releases() if one["metadata"]["labels"].get(RELEASE) == key), None)

    def _pods(self, key: str) -> list[Object]:
        return list(self._api.list(PODS, f"{TARGET}={self._app.name},{RELEASE}={key}")["items"])

    def _current(self) -> str:
        found = self._api.get(SERVICES, self._app.name)
        return str((found or {}).get("spec", {}).get("selector", {}).get(RELEASE, "")) if self._ours(found) else ""

    def _metrics(self, service: str) -> str:
        """`/metrics` of all ready pods behind a release's service, one after another."""
        found = self._api.get(SERVICES, service)
        key = str((found or {}).get("spec", {}).get("selector", {}).get(RELEASE, ""))
        paths = [f"{PODS.path(self._api.namespace, pod['metadata']['name'])}:{manifests.PORT}/proxy/metrics"
                 for pod in self._pods(key) if _pod_ready(pod)]  # fmt: skip
        answers = [self._api.exchange("GET", path, b"", {}, 5.0) for path in paths]
        return "\n".join(body.decode("utf-8", "replace") for status, body in answers if status == 200)

    def _prune(self, current: str) -> None:
        """Old releases go, but for the last ones."""
        old = sorted(self._releases(), key=lambda one: str(one["metadata"].get("creationTimestamp")), reverse=True)
        for one in old[KEPT_RELEASES:]:
            if one["metadata"]["labels"][RELEASE] != current and not (one.get("spec") or {}).get("replicas"):
                self._delete(one["metadata"]["name"])

    def _delete(self, name: str) -> None:
        for kind in (one for one in manifests.kinds_of(self.settings) if one is not ROUTES):
            self._api.delete(kind, name)

    def _status(self, item: Object, current: str) -> ReleaseStatus:
        about, state = item["metadata"], item.get("status") or {}
        key, notes = about["labels"].get(RELEASE, ""), about.get("annotations") or {}
        wanted, there = int((item.get("spec") or {}).get("replicas") or 0), int(state.get("availableReplicas") or 0)
        own = f"http://{about['name']}.{self._api.namespace}.svc:80"
        app = self.settings.hostname or f"{self._app.name}.{self._api.namespace}.svc"
        return ReleaseStatus(
            key=key, digest=notes.get(DIGEST, ""), name=notes.get(NAMED, ""), current=bool(key) and key == current,
            state="stopped" if not wanted else "running" if there else "starting" if key != current else "unhealthy",
            endpoint=f"http://{app}" if key == current else own, own=own, mode="kubernetes",
            since=_seconds(about.get("creationTimestamp", "")), autostart="kubernetes",
            message=f"{there} of {wanted} pods answer" if wanted and there < wanted else "",
        )  # fmt: skip


def _ready(item: Object) -> bool:
    """Whether the controller has seen this generation of a Deployment and all its pods answer."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    seen = int(status.get("observedGeneration") or 0) >= int(item["metadata"].get("generation") or 0)
    wanted = int(spec.get("replicas") or 0)
    return (
        seen
        and wanted > 0
        and min(int(status.get(f"{name}Replicas") or 0) for name in ("updated", "available")) >= wanted
    )


def _pod_ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _of(node: Object, name: str) -> str:
    return str(((node.get("status") or {}).get("nodeInfo") or {}).get(name, ""))


def _cores(node: Object) -> float:
    """What pods can have of a node's cores, which it tells as 4 or as 3920m."""
    said = str(((node.get("status") or {}).get("allocatable") or {}).get("cpu", ""))
    return float(said.removesuffix("m")) / (1000 if said.endswith("m") else 1) if CORES.fullmatch(said) else 0.0


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() if moment else 0.0
