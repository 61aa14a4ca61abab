"""A real API server for tests: etcd, kube-apiserver and kube-controller-manager, made by tools/kube-apiserver.

What is not real is the node: `Node` takes the place of scheduler and kubelet. It pulls the image with skopeo and the pull
secret of the pod, runs the image's program as a process at an address of its own, and says of the pod what a kubelet does.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tarfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.kubernetes.api import PODS, ROUTES, Api, Kind
from connectors.kubernetes.kubeconfig import Access, read_access
from tests.integration.deployment.program import CACHE
from tests.integration.deployment.registries import certificate, free_port

PROGRAMS = CACHE / "kubernetes-1.20"
ADMIN, LINE, NOBODY = "token-of-the-admin", "token-of-the-line", "token-of-nobody"
TOKENS = {"admin": ADMIN, "line": LINE, "nobody": NOBODY, "stranger": "of-yesterday"}
ROLE = [
    {"apiGroups": [""], "resources": ["services", "secrets"], "verbs": ["get", "list", "create", "patch", "delete"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch", "create", "patch", "delete"]},
    {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": ["get", "list", "create", "patch", "delete"]},
    {"apiGroups": ["gateway.networking.k8s.io"], "resources": ["httproutes"],
     "verbs": ["get", "list", "create", "patch", "delete"]},
    {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["services/proxy", "pods/proxy"], "verbs": ["get", "create"]},
]  # fmt: skip
RBAC = "rbac.authorization.k8s.io/v1"
SCHEMA = json.loads((Path(__file__).parents[2] / "unit/kubernetes/httproute-v1.json").read_text())["properties"]["spec"]
OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "httproutes.gateway.networking.k8s.io",
                 "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api"}},
    "spec": {
        "group": "gateway.networking.k8s.io", "scope": "Namespaced",
        "names": {"plural": "httproutes", "singular": "httproute", "kind": "HTTPRoute", "listKind": "HTTPRouteList"},
        "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
                      "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": SCHEMA, "status": OPEN}}}}],
    },
}  # fmt: skip


def _admin(kubeconfig: Path) -> Access:
    """Whoever may do all, as the product reads it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(kubeconfig))
        return read_access("admin")


class Cluster:
    """A running control plane, its kubeconfig, and a namespace “line” in which the user “line” may deploy and no more."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, etcd, peers = folder, free_port(), free_port(), free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        ca = certificate(folder)
        (folder / "tokens.csv").write_text(
            f'{ADMIN},admin,admin,"system:masters"\n{LINE},line,line\n{NOBODY},nobody,nobody\n'
        )
        subprocess.run(
            ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / "accounts.pem"],
            check=True,
        )
        self.kubeconfig = folder / "kubeconfig"
        self._configure(ca)
        stores = f"http://127.0.0.1:{etcd}"
        self._start("etcd", "--data-dir", folder / "etcd", "--listen-client-urls", stores, "--advertise-client-urls", stores,
                    "--listen-peer-urls", f"http://127.0.0.1:{peers}", "--unsafe-no-fsync")  # fmt: skip
        self._start(
            "kube-apiserver", "--etcd-servers", stores, "--secure-port", self.port, "--bind-address=127.0.0.1",
            "--tls-cert-file", folder / "cert.pem", "--tls-private-key-file", folder / "key.pem", "--token-auth-file",
            folder / "tokens.csv", "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/24",
            "--disable-admission-plugins=ServiceAccount", "--service-account-issuer=https://localhost",
            "--service-account-key-file", folder / "accounts.pem", "--service-account-signing-key-file", folder / "accounts.pem",
            "--cert-dir", folder / "certs", "--watch-cache=true",
        )  # fmt: skip
        self.admin = Api(_admin(self.kubeconfig), "line", "the test's cluster")
        self._wait()
        self._start("kube-controller-manager", "--kubeconfig", self.folder / "controllers", "--leader-elect=false", "--port=0",
                    "--secure-port=0", "--controllers=deployment,replicaset,endpoint,garbagecollector")  # fmt: skip
        self._populate()

    def create(self, item: dict[str, Any], plural: str, *, namespaced: bool = True) -> None:
        self.admin.create(Kind(item["apiVersion"], plural, namespaced), item)

    def close(self) -> None:
        self.admin.close()
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _configure(self, ca: Path) -> None:
        contexts = [
            {"name": name, "context": {"cluster": "here", "user": name, "namespace": "line"}} for name in TOKENS
        ]
        users = [{"name": name, "user": {"token": token}} for name, token in TOKENS.items()]
        cluster = {"server": f"https://localhost:{self.port}", "certificate-authority": ca.name}
        content = {"apiVersion": "v1", "kind": "Config", "contexts": contexts, "users": users,
                   "clusters": [{"name": "here", "cluster": cluster}]}  # fmt: skip
        for path, current in ((self.kubeconfig, "line"), (self.folder / "controllers", "admin")):
            path.write_text(yaml.safe_dump({**content, "current-context": current}))

    def _start(self, program: str, *arguments: object) -> None:
        with (self.folder / f"{program}.log").open("wb") as log:
            command = [str(PROGRAMS / program), *map(str, arguments)]
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(Exception):
                if self.admin.text("/readyz", {}) == "ok":
                    return
            log = (self.folder / "kube-apiserver.log").read_text()[-1500:]
            assert time.monotonic() < end and self.processes[1].poll() is None, log
            time.sleep(0.1)

    def _populate(self) -> None:
        self.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "line"}}, "namespaces", namespaced=False
        )
        self.create(CRD, "customresourcedefinitions", namespaced=False)
        self.create({"apiVersion": RBAC, "kind": "Role", "metadata": {"name": "line"}, "rules": ROLE}, "roles")
        subject = {"kind": "User", "name": "line", "apiGroup": "rbac.authorization.k8s.io"}
        role = {"kind": "Role", "name": "line", "apiGroup": "rbac.authorization.k8s.io"}
        self.create({"apiVersion": RBAC, "kind": "RoleBinding", "metadata": {"name": "line"}, "roleRef": role,
                     "subjects": [subject]}, "rolebindings")  # fmt: skip


class Node:
    """Runs the cluster's pods as processes."""

    def __init__(self, cluster: Cluster, ca: Path | None) -> None:
        self.cluster, self.ca, self.folder = cluster, ca, cluster.folder / "pods"
        self.api = Api(_admin(cluster.kubeconfig), "line", "the test's node")
        self.running: dict[str, tuple[subprocess.Popen[bytes], str]] = {}
        self._number, self._stop = 0, threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for process, address in self.running.values():
            self._end(process, address)
        self.api.close()

    def _work(self) -> None:
        while not self._stop.wait(0.1):
            try:
                self._round()
            except Exception:
                with (self.cluster.folder / "node.log").open("a") as log:
                    traceback.print_exc(file=log)

    def _round(self) -> None:
        self._take_routes()
        pods = {pod["metadata"]["name"]: pod for pod in self.api.list(PODS)["items"]}
        for name, pod in pods.items():
            if pod["metadata"].get("deletionTimestamp"):
                if name in self.running:
                    self._end(*self.running.pop(name))
                self.api.ask("DELETE", PODS.path("line", name), {}, {"gracePeriodSeconds": 0})
            elif name not in self.running:
                self._run(name, pod)
            elif (pod.get("status") or {}).get("phase") != "Failed":
                self._tell(name, pod)

    def _take_routes(self) -> None:
        """What a Gateway's controller says of a route that it takes."""
        for one in self.api.list(ROUTES)["items"]:
            generation, parents = one["metadata"]["generation"], (one.get("status") or {}).get("parents") or []
            if all(told["conditions"][0]["observedGeneration"] != generation for told in parents):
                said = {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "",
                        "observedGeneration": generation}  # fmt: skip
                self.api.ask("PATCH", f"{ROUTES.path('line', one['metadata']['name'])}/status", {},
                             {"status": {"parents": [{"conditions": [said]}]}}, "application/merge-patch+json")  # fmt: skip

    def _run(self, name: str, pod: dict[str, Any]) -> None:
        self._number += 1
        address = f"10.210.{os.getpid() % 250}.{self._number}"
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
        root = self._pulled(name, pod)
        container = pod["spec"]["containers"][0]
        environment = {one["name"]: one["value"] for one in container["env"]}
        with (root / "log").open("wb") as log:
            process = subprocess.Popen(["python3", root / "app/serve.py"], stdout=log, stderr=log, env={
                **os.environ, **environment, "MODEL": str(root / "model"), "LINESIDE_HOST": address})  # fmt: skip
        self.running[name] = process, address
        self.api.ask("POST", f"{PODS.path('line', name)}/binding", {}, {
            "apiVersion": "v1", "kind": "Binding", "metadata": {"name": name},
            "target": {"apiVersion": "v1", "kind": "Node", "name": "node"}})  # fmt: skip

    def _pulled(self, name: str, pod: dict[str, Any]) -> Path:
        """The image's files, brought by skopeo with the login of the pod's secret."""
        root, reference = self.folder / name, pod["spec"]["containers"][0]["image"]
        root.mkdir(parents=True)
        login: list[str] = []
        for one in pod["spec"].get("imagePullSecrets") or []:
            secret = self.api.ask("GET", f"/api/v1/namespaces/line/secrets/{one['name']}")
            (root / "auth.json").write_bytes(base64.b64decode(secret["data"][".dockerconfigjson"]))
            login = ["--authfile", str(root / "auth.json")]
        certs = ["--src-cert-dir", str(self.ca.parent / "certs")] if self.ca else ["--src-tls-verify=false"]
        subprocess.run(
            ["skopeo", "copy", "-q", *login, *certs, f"docker://{reference}", f"dir:{root}/image"], check=True
        )
        for layer in json.loads((root / "image/manifest.json").read_text())["layers"][1:]:
            with tarfile.open(root / "image" / layer["digest"].removeprefix("sha256:")) as tar:
                tar.extractall(root, filter="data")
        return root

    def _tell(self, name: str, pod: dict[str, Any]) -> None:
        process, address = self.running[name]
        code = process.poll()
        ready = code is None and self._answers(address)
        if (
            ready
            == any(
                one["type"] == "Ready" and one["status"] == "True"
                for one in (pod.get("status") or {}).get("conditions") or []
            )
            and code is None
        ):
            return
        state = {"running": {}} if code is None else {"terminated": {"exitCode": code, "reason": "Error"}}
        container = {"name": "lineside", "ready": ready, "restartCount": 0, "image": "", "imageID": "", "state": state}
        conditions = [{"type": kind, "status": str(ready)} for kind in ("Ready", "ContainersReady")]
        status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": conditions,
                  "containerStatuses": [container]}  # fmt: skip
        self.api.ask(
            "PATCH", f"{PODS.path('line', name)}/status", {}, {"status": status}, "application/merge-patch+json"
        )

    def _answers(self, address: str) -> bool:
        import urllib.request

        with contextlib.suppress(OSError):
            return bool(urllib.request.urlopen(f"http://{address}:8080/v2/health/ready", timeout=1).status == 200)
        return False

    def _end(self, process: subprocess.Popen[bytes], address: str) -> None:
        process.terminate()
        process.wait()
        subprocess.run(["ip", "address", "del", f"{address}/32", "dev", "lo"], check=False)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A control plane that ends with the block."""
    if os.geteuid() != 0 or not (PROGRAMS / "kube-apiserver").exists() or not shutil.which("skopeo"):
        pytest.skip("needs root, skopeo, and a control plane (tools/kube-apiserver builds one)")
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.close()
