"""Where an artifact lies in a registry: host, repository, tag, digest, as the distribution specification spells them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from engine.errors import UsageError

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
DOCKER_HUB = "docker.io"


@dataclass(frozen=True)
class Place:
    """A registry, and what all repositories of a target begin with."""

    host: str  # with its port
    prefix: str = ""
    user: str = ""

    @property
    def url(self) -> str:
        """As a target's URL; the key of its password in the keyring."""
        user = f"{self.user}@" if self.user else ""
        return f"registry://{user}{self.host}" + (f"/{self.prefix}" if self.prefix else "")


@dataclass(frozen=True)
class Reference:
    """One artifact of a registry, by tag, by digest, or both; the digest counts then."""

    host: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag, digest = f":{self.tag}" if self.tag else "", f"@{self.digest}" if self.digest else ""
        return f"{self.host}/{self.repository}{tag}{digest}"


def parse_place(url: str) -> Place:
    """Read `registry://[user@]host[:port][/prefix]`.

    Raises:
        UsageError: it is none.
    """
    parts = urlsplit(url)
    host, prefix = parts.netloc.rpartition("@")[2], parts.path.strip("/")
    if not HOST.fullmatch(host) or (prefix and not REPOSITORY.fullmatch(prefix)) or parts.query or parts.fragment:
        raise UsageError(
            f"“{url[:200]}” is no address of a registry; write registry://host:5000/line, in small letters."
        )
    return Place(host, prefix, unquote(parts.username or ""))


def parse_reference(text: str) -> Reference:
    """Read `host[:port]/repository[:tag][@sha256:…]`; without tag and digest, the tag is latest.

    Raises:
        UsageError: it is none; a registry is never guessed.
    """
    plain = text.removeprefix("registry://").removeprefix("docker://")
    named, at, digest = plain.partition("@")
    host, _, rest = named.partition("/")
    repository, colon, tag = rest.partition(":")
    if host == DOCKER_HUB and repository and "/" not in repository:
        repository = f"library/{repository}"
    looks_like_host = HOST.fullmatch(host) and (set(host) & {".", ":"} or host == "localhost")
    fits = looks_like_host and REPOSITORY.fullmatch(repository) and len(repository) < 256
    if not fits or (colon and not TAG.fullmatch(tag)) or (at and not DIGEST.fullmatch(digest)):
        raise UsageError(
            f"“{text[:200]}” names no artifact of a registry; write host:5000/repository:tag or …@sha256:…."
        )
    return Reference(host, repository, tag or ("" if at else "latest"), digest)


def name_of(host: str) -> str:
    """A host without its port."""
    return host[: host.index("]") + 1].strip("[]") if host.startswith("[") else host.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name."""
    name = name_of(host)
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
