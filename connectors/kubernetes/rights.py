"""What the user of a kubeconfig may do in the namespace, asked of the server itself."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.kubernetes.api import REVIEWS, Api
from connectors.kubernetes.manifests import kinds_of
from connectors.kubernetes.settings import Settings

CHANGES = ("get", "list", "create", "patch", "delete")
READS = (
    ("list", "", "pods", ""), ("get", "", "pods", "log"), ("get", "", "pods", "proxy"), ("get", "", "services", "proxy"),
    ("create", "", "services", "proxy"), ("watch", "apps", "deployments", ""),
)  # fmt: skip


def lacking(api: Api, settings: Settings) -> list[str]:
    """What a target needs and its user may not, as “verb resource”."""
    return [_named(one) for one in _needed(settings) if not _allowed(api, *one)]


def _needed(settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    for kind in kinds_of(settings):
        group = kind.version.partition("/")[0] if "/" in kind.version else ""
        yield from ((verb, group, kind.plural, "") for verb in CHANGES)
    if not settings.pull_secret:
        yield from ((verb, "", "secrets", "") for verb in ("get", "create", "patch", "delete"))
    yield from READS


def _allowed(api: Api, verb: str, group: str, resource: str, part: str) -> bool:
    asked = {"namespace": api.namespace, "verb": verb, "group": group, "resource": resource, "subresource": part}
    review = {"apiVersion": REVIEWS.version, "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": asked}}
    return bool((api.create(REVIEWS, review).get("status") or {}).get("allowed"))


def _named(one: tuple[str, str, str, str]) -> str:
    verb, group, resource, part = one
    return f"{verb} {resource}{'/' + part if part else ''}{'.' + group if group else ''}"
