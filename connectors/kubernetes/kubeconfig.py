"""Which API server, and as whom: the files that kubectl reads, read as kubectl reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from engine.errors import UsageError

MOST_BYTES = 4 << 20
LISTS = {"clusters": "cluster", "contexts": "context", "users": "user"}


@dataclass(frozen=True)
class Access:
    """A context of a kubeconfig with its cluster and its user; paths in them are absolute."""

    context: str
    server: str
    cluster: Mapping[str, Any] = field(default_factory=dict)
    user: Mapping[str, Any] = field(default_factory=dict)
    namespace: str = ""
    source: str = ""  # the file that the context stands in


def read_access(context: str) -> Access:
    """The access of a context ("": the current one), from the files of KUBECONFIG, or ~/.kube/config.

    No other file is read: one that a workspace named could have any program run.

    Raises:
        UsageError: no file, no such context, or one that cannot be used.
    """
    paths = kubeconfig_files()
    files = [(path, _read(path)) for path in paths if path.is_file()]
    if not files:
        raise UsageError(f"There is no kubeconfig at {', '.join(map(str, paths))}; set KUBECONFIG to where one is.")
    wanted = context or next((str(one["current-context"]) for _, one in files if one.get("current-context")), "")
    source, entry = _entry(files, "contexts", wanted)
    origin, cluster = _entry(files, "clusters", str(entry.get("cluster", "")))
    home, user = _entry(files, "users", str(entry["user"])) if entry.get("user") else (source, {})
    cluster, user = _absolute(cluster, origin), _absolute(user, home)
    return Access(
        wanted,
        _server(cluster, origin),
        cluster,
        user,
        _text(entry, "namespace", f"the context “{wanted}”"),
        str(source),
    )


def kubeconfig_files() -> list[Path]:
    """The files in their order; what stands in an earlier one wins."""
    named = [Path(one) for one in os.environ.get("KUBECONFIG", "").split(os.pathsep) if one]
    return named or [Path("~/.kube/config").expanduser()]


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        found = yaml.safe_load(content) if len(content) <= MOST_BYTES else None
    except (OSError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"The kubeconfig {path} cannot be read ({str(error).splitlines()[0]}).") from error
    if not isinstance(found, dict):
        raise UsageError(f"The file {path} is no kubeconfig; `kubectl config view` shows what one looks like.")
    return found


def _entry(files: list[tuple[Path, dict[str, Any]]], kind: str, name: str) -> tuple[Path, dict[str, Any]]:
    """A named context, cluster or user, and the file that has it."""
    known = []
    for path, content in files:
        for one in content.get(kind) or []:
            if not isinstance(one, dict) or not isinstance(one.get(LISTS[kind]) or {}, dict):
                raise UsageError(f"An entry of “{kind}” in {path} is not as kubeconfig has it.")
            if one.get("name") == name:
                return path, one.get(LISTS[kind]) or {}
            known.append(str(one.get("name")))
    where = ", ".join(str(path) for path, _ in files)
    raise UsageError(
        f"There is no {LISTS[kind]} “{name}” in {where}; there {'are' if known else 'is'} {', '.join(known) or 'none'}."
    )


def _absolute(entry: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """An entry whose paths are relative to the file that it stands in, as kubectl has it."""
    names = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
    paths = {name: str(source.parent / str(entry[name])) for name in names if entry.get(name)}
    return {**entry, **paths}


def _server(cluster: Mapping[str, Any], source: Path) -> str:
    server = _text(cluster, "server", f"a cluster of {source}")
    try:
        parts = urlsplit(server)
        fit = parts.scheme in ("https", "http") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        fit = False
    if not fit or parts.username or parts.query or parts.fragment:
        raise UsageError(f"The server “{server[:100]}” in {source} is no address like https://host:6443.")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise UsageError(f"The server {server} in {source} would be asked by plain http; only this machine may be.")
    return server.rstrip("/")


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    found = entry.get(name, "")
    if not isinstance(found, str):
        raise UsageError(f"“{name}” of {where} is no text.")
    return found
