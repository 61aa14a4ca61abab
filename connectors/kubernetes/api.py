"""One API server: objects are applied, listed, watched and removed; what it refuses is said in a sentence.

The official client is not used: it brings some 1,900 modules, most of them generated classes, for what are five requests here, its
server-side apply goes through the same untyped call, and its watch neither knows bookmarks nor names a conflict's owner.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from connectors.kubernetes.kubeconfig import Access
from connectors.kubernetes.login import Login
from engine.deployment.errors import LoginRefused, TargetUnreachable
from engine.errors import TargetError

MANAGER = "lineside"
TRIES = 5
MOST_WAIT_S = 60.0
MOST_BYTES = 64 << 20
AGAIN = (429, 500, 502, 503, 504)
Object = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of object, and where the server keeps it."""

    version: str  # apps/v1, v1
    plural: str
    namespaced: bool = True

    def path(self, namespace: str, name: str = "") -> str:
        """Of one object, or of all in a namespace."""
        start = "/apis/" if "/" in self.version else "/api/"
        within = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced else ""
        return f"{start}{self.version}{within}/{self.plural}" + (f"/{quote(name, safe='')}" if name else "")


DEPLOYMENTS = Kind("apps/v1", "deployments")
SERVICES = Kind("v1", "services")
PODS = Kind("v1", "pods")
SECRETS = Kind("v1", "secrets")
NODES = Kind("v1", "nodes", namespaced=False)
BUDGETS = Kind("policy/v1", "poddisruptionbudgets")
SCALERS = Kind("autoscaling/v2", "horizontalpodautoscalers")
ROUTES = Kind("gateway.networking.k8s.io/v1", "httproutes")
REVIEWS = Kind("authorization.k8s.io/v1", "selfsubjectaccessreviews", namespaced=False)
BY_KIND = {
    "Deployment": DEPLOYMENTS, "Service": SERVICES, "Secret": SECRETS, "PodDisruptionBudget": BUDGETS,
    "HorizontalPodAutoscaler": SCALERS, "HTTPRoute": ROUTES,
}  # fmt: skip


class NotThere(TargetError):
    """The server has no such object, or does not know the kind."""


class Gone(TargetError):
    """The server has forgotten what was before; list again."""


class Conflict(TargetError):
    """Somebody else owns fields that are to be set."""


class Api:
    """The API server of a context, and one namespace of it."""

    def __init__(self, access: Access, namespace: str, place: str) -> None:
        self.access, self.namespace, self.place = access, namespace, place
        self.login = Login(access)
        self._client: httpx.Client | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def get(self, kind: Kind, name: str) -> Object | None:
        """An object; None where there is none."""
        try:
            return self.ask("GET", kind.path(self.namespace, name))
        except NotThere:
            return None

    def list(self, kind: Kind, labels: str = "", **query: str) -> Object:
        """All objects with these labels, in pages of 500; with the list's `metadata`."""
        query |= {"labelSelector": labels} if labels else {}
        found = self.ask("GET", kind.path(self.namespace), {**query, "limit": "500"})
        items = list(found.get("items") or [])
        while more := found["metadata"].get("continue"):
            found = self.ask("GET", kind.path(self.namespace), {**query, "limit": "500", "continue": more})
            items += found.get("items") or []
        return {**found, "items": items}

    def apply(self, item: Mapping[str, Any], *, force: bool = False, manager: str = MANAGER) -> Object:
        """Server-side apply: the fields named here become as they are here, all others stay.

        Raises:
            Conflict: somebody else owns one of them; told with the field and its owner.
        """
        path = BY_KIND[item["kind"]].path(self.namespace, item["metadata"]["name"])
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        return self.ask("PATCH", path, query, item, "application/apply-patch+yaml")

    def create(self, kind: Kind, item: Mapping[str, Any]) -> Object:
        """Create an object that is an answer rather than a thing: a review."""
        return self.ask("POST", kind.path(self.namespace), {}, item)

    def delete(self, kind: Kind, name: str) -> None:
        """Remove an object with all that belongs to it; one that is not there is removed already."""
        with contextlib.suppress(NotThere):
            self.ask("DELETE", kind.path(self.namespace, name), {"propagationPolicy": "Background"})

    def serves(self, kind: Kind) -> bool:
        """Whether the server knows a kind in this version."""
        start = "/apis/" if "/" in kind.version else "/api/"
        try:
            found = self.ask("GET", f"{start}{kind.version}")
        except NotThere:
            return False
        return any(one.get("name") == kind.plural for one in found.get("resources") or [])

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None,
        kind: str = "application/json",
    ) -> Object:  # fmt: skip
        """One request and its JSON; tried again where the server is busy.

        Raises:
            NotThere, Gone, Conflict, LoginRefused, TargetError: what the server refuses.
            TargetUnreachable: nobody answers.
        """
        content = json.dumps(body).encode() if body is not None else b""
        for attempt in range(TRIES):
            with self.stream(method, path, query, content, {"Content-Type": kind}) as response:
                text = _bounded(response)
                if response.status_code < 300:
                    return _json(text, self.place)
                if response.status_code not in AGAIN or attempt == TRIES - 1:
                    break
                time.sleep(_pause(response, attempt, self.place))
        raise self._refusal(method, path, response.status_code, text)

    def text(self, path: str, query: Mapping[str, str]) -> str:
        """What a path answers as text, such as a log."""
        with self.stream("GET", path, query) as response:
            content = _bounded(response)
        if response.status_code >= 300:
            raise self._refusal("GET", path, response.status_code, content)
        return content.decode("utf-8", "replace")

    def exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout: float
    ) -> tuple[int, bytes]:  # fmt: skip
        """One request to a pod through the server's proxy, once: its status and its answer."""
        with self.stream(method, path, {}, body, headers, timeout) as response:
            content = _bounded(response)
        if response.status_code in (403, 404) and _status(content):
            raise self._refusal(method, path, response.status_code, content)
        return response.status_code, content

    def events(self, kind: Kind, version: str, seconds: int, query: Mapping[str, str]) -> Iterator[tuple[str, Object]]:
        """What happens after a version of a list, until the server closes or the connection is lost.

        Raises:
            Gone: the server no longer knows that version.
        """
        asked = {
            **query,
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
        }
        path = kind.path(self.namespace)
        with self.stream("GET", path, asked, timeout=seconds + 15.0) as response:
            if response.status_code >= 300:
                raise self._refusal("WATCH", path, response.status_code, _bounded(response))
            with contextlib.suppress(httpx.TransportError):  # a connection that was lost is asked anew by who watches
                for line in response.iter_lines():
                    event = _json(line.encode(), self.place)
                    if event.get("type") == "ERROR":
                        told = event.get("object") or {}
                        raise self._refusal("WATCH", path, int(told.get("code") or 500), json.dumps(told).encode())
                    yield str(event.get("type")), event.get("object") or {}

    @contextlib.contextmanager
    def stream(
        self, method: str, path: str, query: Mapping[str, str] | None = None, content: bytes = b"",
        headers: Mapping[str, str] | None = None, timeout: float = 30.0,
    ) -> Iterator[httpx.Response]:  # fmt: skip
        """An answer as it comes; a login that has ended is renewed once, where the kubeconfig says how."""
        again = True
        while True:
            try:
                with self._opened.stream(
                    method, self.access.server + path, params=dict(query or {}), content=content or None,
                    headers={**(headers or {}), **self.login.headers()}, timeout=httpx.Timeout(timeout, connect=10.0),
                ) as response:  # fmt: skip
                    if response.status_code == 401 and again and self.login.forget():
                        self.close()
                        again = False
                        continue
                    yield response
                    return
            except httpx.HTTPError as error:
                raise TargetUnreachable(
                    f"{self.place}: the API server {self.access.server} does not answer ({error or type(error).__name__})."
                ) from error

    @property
    def _opened(self) -> httpx.Client:
        if self._client is None:
            cluster = self.access.cluster
            name = cluster.get("tls-server-name")
            self._client = httpx.Client(
                verify=self.login.context(), headers={"User-Agent": MANAGER, "Accept": "application/json"},
                proxy=str(cluster["proxy-url"]) if cluster.get("proxy-url") else None,
                event_hooks={"request": [lambda request: request.extensions.update(sni_hostname=name)]} if name else {},
            )  # fmt: skip
        return self._client

    def _refusal(self, method: str, path: str, status: int, content: bytes) -> TargetError:
        said = _status(content)
        message = str(said.get("message") or content[:300].decode("utf-8", "replace"))
        if status == 401:
            return LoginRefused(
                f"The login of {self.place} is over, or was never good: log in again as for kubectl, and look with"
                f" `kubectl --context {self.access.context} get pods`."
            )
        if status == 403:
            return TargetError(f"{self.place} does not let you {_verb(method, path)}: {message}")
        if status == 409 and (owners := _owners(said)):
            return Conflict(
                f"On {self.place} others own what is to be set at {path.rpartition('/')[2]}: {owners}. Leave it to them, or"
                " take it over: lineside target set TARGET force=yes".replace("TARGET", self.place.partition(" ")[0])
            )
        kind = {404: NotThere, 410: Gone, 409: Conflict}.get(status, TargetError)
        return kind(f"{self.place} refuses ({status}): {message}")


def _bounded(response: httpx.Response) -> bytes:
    """The body, as far as one may be long."""
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise TargetError(f"An answer of {response.url.host} has more than {MOST_BYTES >> 20} MB; it was cut off.")
    return b"".join(parts)


def _json(text: bytes, place: str) -> Object:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise TargetError(f"{place} does not answer as an API server does: {text[:100]!r}") from error
    if not isinstance(found, dict):
        raise TargetError(f"{place} does not answer as an API server does: {text[:100]!r}")
    return found


def _status(content: bytes) -> Object:
    """The server's own `Status`, or nothing where somebody else answers."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("kind") == "Status" else {}


def _owners(status: Mapping[str, Any]) -> str:
    causes = (status.get("details") or {}).get("causes") or []
    return "; ".join(
        f"{one.get('field', '?')} ({str(one.get('message', '')).removeprefix('conflict with ')})"
        for one in causes if one.get("reason") == "FieldManagerConflict"
    )  # fmt: skip


def _verb(method: str, path: str) -> str:
    """What a request would have done, in the words of roles: “create deployments.apps in line”."""
    words = path.strip("/").split("/")
    group = words[1] if words[0] == "apis" else ""
    rest = words[3:] if group else words[2:]
    where = f" in the namespace {rest[1]}" if rest[:1] == ["namespaces"] else ""
    rest = rest[2:] if where else rest
    verb = {"PATCH": "patch", "POST": "create", "DELETE": "delete", "WATCH": "watch"}.get(
        method, "get" if rest[1:] else "list"
    )
    what = "/".join([rest[0], *rest[2:3]]) if rest else path
    return f"{verb} {what}{'.' + group if group else ''}{where}"


def _pause(response: httpx.Response, attempt: int, place: str) -> float:
    """How long to wait before the next try: as long as the server asks, else longer each time."""
    asked = response.headers.get("Retry-After", "")
    wait = float(asked) if asked.isdigit() else 0.2 * 2**attempt
    if wait > MOST_WAIT_S:
        raise TargetError(f"{place} is busy and asks to be left alone for {wait:.0f} s; try again later.")
    return wait
