"""Training on a cluster as plain objects: a TrainJob of Kubeflow's Trainer v2, or an Indexed Job that runs torchrun.

Sources: Kubeflow Trainer API v1alpha1; Kubernetes, “Indexed Job” (`JOB_COMPLETION_INDEX`, stable host names); torchrun's
`--nnodes --nproc-per-node --node-rank --master-addr`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.kubernetes.manifests import USER, Object
from connectors.kubernetes.settings import NAMESPACE, QUANTITY
from engine.errors import UsageError

PORT = 29500
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESOURCE = re.compile(r"[a-z0-9.-]+(/[A-Za-z0-9._-]+)?")


@dataclass(frozen=True)
class Training:
    """What is to be trained where.

    Attributes:
        command: of one process; torchrun is put before it.
        nodes, processes: pods, and processes in each.
        resources: of each pod, for example {"cpu": "8", "memory": "16Gi", "nvidia.com/gpu": "1"}.
        claim: a PersistentVolumeClaim with version and code, which gets the checkpoints; "": nothing is mounted.
        runtime: the ClusterTrainingRuntime of a TrainJob.
    """

    name: str
    namespace: str
    image: str
    command: tuple[str, ...]
    nodes: int = 1
    processes: int = 1
    resources: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    claim: str = ""
    runtime: str = "torch-distributed"


def train_job(training: Training) -> Object:
    """A TrainJob; its runtime starts torchrun by itself."""
    _check(training)
    return {
        "apiVersion": "trainer.kubeflow.org/v1alpha1", "kind": "TrainJob", "metadata": _metadata(training),
        "spec": {
            "runtimeRef": {"apiGroup": "trainer.kubeflow.org", "kind": "ClusterTrainingRuntime", "name": training.runtime},
            "trainer": {
                "image": training.image, "command": ["torchrun", *training.command], "numNodes": training.nodes,
                "numProcPerNode": training.processes, "env": _environment(training),
                "resourcesPerNode": _resources(training),
            },
        },
    }  # fmt: skip


def torchrun_job(training: Training) -> list[Object]:
    """A headless Service and an Indexed Job: pod 0 is where all processes meet."""
    _check(training)
    own = {"lineside/training": training.name}
    service = {
        "apiVersion": "v1", "kind": "Service", "metadata": _metadata(training),
        "spec": {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": own,
                 "ports": [{"name": "torchrun", "port": PORT, "protocol": "TCP"}]},
    }  # fmt: skip
    job = {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": _metadata(training),
        "spec": {
            "completionMode": "Indexed", "completions": training.nodes, "parallelism": training.nodes, "backoffLimit": 3,
            "template": {"metadata": {"labels": own}, "spec": _pod(training)},
        },
    }  # fmt: skip
    return [service, job]


def _pod(training: Training) -> Object:
    leader = f"{training.name}-0.{training.name}"
    launch = [
        "torchrun", f"--nnodes={training.nodes}", f"--nproc-per-node={training.processes}",
        "--node-rank=$(JOB_COMPLETION_INDEX)", f"--master-addr={leader}", f"--master-port={PORT}", *training.command,
    ]  # fmt: skip
    volumes = [{"name": "work", "persistentVolumeClaim": {"claimName": training.claim}}] if training.claim else []
    mounts = [{"name": "work", "mountPath": "/work"}] if training.claim else []
    rank = {"fieldRef": {"fieldPath": "metadata.annotations['batch.kubernetes.io/job-completion-index']"}}
    return {
        "restartPolicy": "Never", "subdomain": training.name, "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": USER, "fsGroup": USER, "seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [*volumes, {"name": "shm", "emptyDir": {"medium": "Memory"}}],
        "containers": [{
            "name": "train", "image": training.image, "command": launch, "resources": _resources(training),
            "env": [{"name": "JOB_COMPLETION_INDEX", "valueFrom": rank}, *_environment(training)],
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            "volumeMounts": [*mounts, {"name": "shm", "mountPath": "/dev/shm"}],  # noqa: S108  what the processes share
        }],
    }  # fmt: skip


def _check(training: Training) -> None:
    """Refuse what a cluster would refuse later, or read as something else.

    Raises:
        UsageError: it says what.
    """
    wrong = [
        *([f"the name “{training.name[:80]}”"] if not NAMESPACE.fullmatch(training.name) or len(training.name) > 52 else []),
        *([f"the namespace “{training.namespace[:80]}”"] if not NAMESPACE.fullmatch(training.namespace) else []),
        *([f"the image “{training.image[:80]}”"] if not training.image or re.search(r"\s", training.image) else []),
        *(["an empty command"] if not training.command else []),
        *([f"{training.nodes} × {training.processes} processes"] if not (0 < training.nodes <= 1000 and 0 < training.processes <= 64) else []),
        *(f"the variable “{name[:80]}”" for name in training.environment if not VARIABLE.fullmatch(name)),
        *(f"{name[:60]}={value[:60]}" for name, value in training.resources.items()
          if not RESOURCE.fullmatch(name) or not QUANTITY.fullmatch(value)),
    ]  # fmt: skip
    if wrong:
        raise UsageError(f"A training on a cluster cannot have {', '.join(wrong)}.")


def _metadata(training: Training) -> Object:
    labels = {"app.kubernetes.io/name": training.name, "app.kubernetes.io/component": "training",
              "app.kubernetes.io/managed-by": "lineside", "lineside/training": training.name}  # fmt: skip
    return {"name": training.name, "namespace": training.namespace, "labels": labels}


def _environment(training: Training) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in sorted(training.environment.items())]


def _resources(training: Training) -> dict[str, Any]:
    """Devices are asked for by their limit; processor and memory by what is reserved."""
    devices = {name: value for name, value in training.resources.items() if "/" in name}
    return (
        {"requests": dict(training.resources), "limits": devices} if devices else {"requests": dict(training.resources)}
    )
