"""Why the pods of a release do not become ready, as far as the cluster says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.kubernetes.api import Object

NEVER = (
    "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull",
    "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
)  # fmt: skip


def why_not(deployment: Object, pods: Sequence[Object]) -> str:
    """The rest of a sentence: why it will not become ready; "" while it may yet."""
    return next(_reasons(deployment, pods), "")


def _reasons(deployment: Object, pods: Sequence[Object]) -> Iterator[str]:
    for one in (deployment.get("status") or {}).get("conditions") or []:
        if one.get("type") == "ReplicaFailure" and one.get("status") == "True":
            yield f"may not have its pods: {one.get('message')}"
        if one.get("type") == "Progressing" and one.get("reason") == "ProgressDeadlineExceeded":
            yield f"did not become ready in time: {one.get('message')}"
    for pod in pods:
        yield from _of_pod(pod)


def _of_pod(pod: Object) -> Iterator[str]:
    status = pod.get("status") or {}
    for container in status.get("containerStatuses") or []:
        state = container.get("state") or {}
        waiting, ended = (
            state.get("waiting") or {},
            state.get("terminated") or (container.get("lastState") or {}).get("terminated"),
        )
        if waiting.get("reason") in NEVER and waiting["reason"] != "CrashLoopBackOff":
            yield f"cannot be started: {waiting['reason']}: {waiting.get('message', '')}"
        if ended and ended.get("exitCode") is not None and (ended.get("reason") == "OOMKilled" or ended["exitCode"]):
            yield f"ended as it started: {ended.get('reason') or 'Error'}, status {ended['exitCode']}"
