"""What a target on a cluster is: its address and its options, each checked when the target is added."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.errors import UsageError

LABEL = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")  # RFC 1035, with room for what is put behind it
NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?")
REGISTRY = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
RANGE = re.compile(r"([1-9]\d{0,2})-([1-9]\d{0,2})")
PLATFORMS = ("", "linux/amd64", "linux/arm64")


@dataclass(frozen=True)
class Settings:
    """A target's options, read."""

    context: str  # of the kubeconfig; "": its current one
    namespace: str  # "": the context's own
    app: str  # what its objects are called
    registry: str = ""  # the target that artifacts are pushed to
    pull_from: str = ""  # how the cluster calls that registry, where it calls it otherwise
    pull_secret: str = ""  # an existing secret; "no": none; "": one is made where the registry has a login
    replicas: int = 1
    most: int = 0  # replicas that an autoscaler may make; 0: none
    route: tuple[str, str] = ("", "")  # namespace and name of the Gateway
    hostname: str = ""
    platform: str = ""
    cpu: str = ""
    memory: str = ""
    ready_s: int = 300
    force: bool = False


def read_settings(url: str, name: str, options: Mapping[str, Any]) -> Settings:
    """Read `kubernetes://CONTEXT/NAMESPACE` and the options.

    Raises:
        UsageError: which one is wrong, and how it is written.
    """
    if "kubeconfig" in options:
        raise UsageError(
            "A kubeconfig can name a program to log in with, and a workspace may come from somebody else, so that none is"
            " named in it; set KUBECONFIG."
        )
    parts = urlsplit(url)
    context, namespace = unquote(parts.netloc), parts.path.strip("/")
    if parts.query or parts.fragment or (namespace and not NAMESPACE.fullmatch(namespace)):
        raise UsageError(
            f"“{url[:200]}” is no address of a cluster; write kubernetes://CONTEXT/NAMESPACE, with %2F for a / in CONTEXT."
        )
    read = _Reader(options)
    replicas, most = _range(read.text("autoscale", RANGE, "LEAST-MOST, for example 2-5"))
    return Settings(
        context, namespace, read.text("name", LABEL, "small letters, digits and -") or _slug(name),
        registry=str(options.get("registry", "")),
        pull_from=read.text("pull_from", REGISTRY, "HOST:PORT"),
        pull_secret=read.text("pull_secret", NAMESPACE, "the name of a secret, or no"),
        replicas=replicas or read.number("replicas", 1, 100), most=most,
        route=_gateway(str(options.get("route", "")), namespace),
        hostname=read.text("hostname", HOST, "a name such as parts.factory.example"),
        platform=read.choice("platform", PLATFORMS), cpu=read.text("cpu", QUANTITY, "for example 500m or 2"),
        memory=read.text("memory", QUANTITY, "for example 512Mi"), ready_s=read.number("ready_s", 300, 3600),
        force=read.choice("force", ("", "no", "yes")) == "yes",
    )  # fmt: skip


class _Reader:
    """Options as texts and numbers, each with what it may be."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options

    def text(self, name: str, pattern: re.Pattern[str], example: str) -> str:
        found = str(self._options.get(name, ""))
        if found and not pattern.fullmatch(found):
            raise UsageError(f"The option {name}=“{found[:80]}” of a cluster is not {example}.")
        return found

    def number(self, name: str, default: int, most: int) -> int:
        found = str(self._options.get(name, default))
        if not found.isascii() or not found.isdigit() or not 0 < int(found) <= most:
            raise UsageError(f"The option {name}=“{found[:80]}” of a cluster is no number from 1 to {most}.")
        return int(found)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        found = str(self._options.get(name, ""))
        if found not in choices:
            raise UsageError(
                f"The option {name}=“{found[:80]}” of a cluster is one of: {', '.join(filter(None, choices))}."
            )
        return found


def _range(text: str) -> tuple[int, int]:
    least, _, most = text.partition("-")
    if text and int(least) > int(most):
        raise UsageError(f"The option autoscale=“{text}” has its larger number first; write LEAST-MOST.")
    return int(least or 0), int(most or 0)


def _gateway(text: str, namespace: str) -> tuple[str, str]:
    place, _, name = text.rpartition("/")
    if text and not (NAMESPACE.fullmatch(name) and (not place or NAMESPACE.fullmatch(place))):
        raise UsageError(
            f"The option route=“{text[:80]}” is no Gateway; write NAMESPACE/NAME, as `kubectl get gateway -A` lists."
        )
    return (place or namespace, name) if text else ("", "")


def _slug(name: str) -> str:
    """A name for objects from a target's name, which may be Chinese."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:32].rstrip("-")
    if plain == name.lower():
        return plain if plain[0].isalpha() else f"lineside-{plain}"
    import hashlib

    return f"lineside-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
