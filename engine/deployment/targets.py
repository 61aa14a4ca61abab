"""The workspace's list of targets: add, list, probe, open, remove."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from engine.changes import Changes, changed
from engine.deployment.target import Ask, Context, Probe, Target
from engine.errors import LinesideError, UsageError
from engine.plugins import manager
from engine.workspace import Workspace

NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][\w.\-\u4e00-\u9fff]{0,62}")
MADE_ELSEWHERE = {
    "tls": "lineside target tls", "keys": "lineside key create", "feedback": "lineside feedback keep",
}  # fmt: skip
"""Options that belong to more than themselves, and the commands that set them with it."""
SECRET_OPTIONS = ("password", "passphrase", "secret", "token")


@dataclass(frozen=True)
class TargetRow:
    """A target as the workspace knows it."""

    name: str
    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    probe: Probe | None = None
    created: datetime | None = None
    probed: datetime | None = None

    @property
    def scheme(self) -> str:
        """The kind of target: process, docker, ssh or another connector's."""
        return urlsplit(self.url).scheme

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name,
            "url": self.url,
            "options": dict(self.options),
            "probe": self.probe.to_json() if self.probe else None,
            "created": self.created.isoformat() if self.created else None,
            "probed": self.probed.isoformat() if self.probed else None,
        }


def schemes() -> dict[str, str]:
    """URL schemes of the installed connectors, each with `module:Class`."""
    return {scheme: path for pairs in manager().hook.lineside_targets() for scheme, path in pairs}


def target_class(url: str) -> type[Target]:
    """The connector's class for a URL, imported now.

    Raises:
        UsageError: no connector for its scheme, or its library is not installed.
    """
    known, scheme = schemes(), urlsplit(url).scheme
    if scheme not in known:
        raise UsageError(f"There is no kind of target “{scheme or url}”; use one of: {', '.join(sorted(known))}.")
    module, _, name = known[scheme].partition(":")
    try:
        found: type[Target] = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"Targets of kind “{scheme}” need the package “{error.name}”.", fix="pip install 'lineside[connectors]'"
        ) from error
    return found


def add_target(workspace: Workspace, name: str, url: str, *, accept_host_key: str = "", **options: Any) -> Changes:
    """Remember a place where artifacts run; a password in the URL goes to the keyring, never to the workspace.

    Args:
        accept_host_key: for ssh, the fingerprint (SHA256:…) of the key that the host has; it is looked at now.
        options: of the connector, for example root=/data/lineside, identity=~/.ssh/line, port_base=18080.

    Raises:
        UsageError: the name is taken or unfit, the scheme unknown, the address none, an option secret.
        HostKeyUnknown: the host's key is another than the one to be accepted.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"“{name}” cannot name a target; use letters, digits, - _ and . only.")
    if find_target(workspace, name):
        raise UsageError(f"There is a target “{name}” already; choose another name, or remove that one first.")
    _refuse_secrets(options)
    refuse_made_elsewhere(options)
    cls = target_class(url)
    url, password = split_password(url)
    with cls(context_of(workspace, TargetRow(name, url, options), None)) as target:  # which reads the address
        if accept_host_key:
            _accept(target, accept_host_key)
    if password:
        from engine.deployment.credentials import keep

        keep(url, password)
    with workspace.transaction("Add target") as tx:
        tx.execute("INSERT INTO target (name, url, options, created) VALUES (?, ?, ?, ?)",
                   [name, url, json.dumps(options, ensure_ascii=False), tx.at])  # fmt: skip
    return changed(targets=[name])


def accept_host_key(workspace: Workspace, name: str, fingerprint: str) -> Changes:
    """Trust the key that a target's host shows now, provided that it has this fingerprint.

    Raises:
        HostKeyUnknown: it has another one.
    """
    with open_target(workspace, name) as target:
        _accept(target, fingerprint)
    return changed(targets=[name])


def set_options(workspace: Workspace, name: str, **options: Any) -> Changes:
    """Change options of a target; None takes one away.

    Raises:
        UsageError: no such target, or not what its connector reads.
    """
    _refuse_secrets(options)
    row = get_target(workspace, name)
    kept = {key: value for key, value in {**row.options, **options}.items() if value is not None}
    target_class(row.url)(context_of(workspace, replace(row, options=kept), None)).close()  # which reads them
    text = json.dumps(kept, ensure_ascii=False)
    with workspace.transaction("Change target") as tx:
        tx.execute("UPDATE target SET options = ? WHERE name = ?", [text, name])
    return changed(targets=[name])


def change_target(workspace: Workspace, name: str, url: str, **options: Any) -> Changes:
    """Give a target another address and set options besides; what was seen of the machine is forgotten.

    Raises:
        UsageError: there is no such target, the address is none, or it leads to another kind of target.
    """
    row = get_target(workspace, name)
    url, password = split_password(url)
    if urlsplit(url).scheme != row.scheme:
        raise UsageError(f"“{name}” is of kind {row.scheme}; for another kind, add another target.")
    kept = {**row.options, **options}
    with target_class(url)(context_of(workspace, TargetRow(name, url, kept), None)):  # which reads the address
        pass
    if password:
        from engine.deployment.credentials import keep

        keep(url, password)
    with workspace.transaction("Change target") as tx:
        tx.execute("UPDATE target SET url = ?, options = ?, probe = NULL, probed = NULL WHERE name = ?",
                   [url, json.dumps(kept, ensure_ascii=False), name])  # fmt: skip
    return changed(targets=[name])


def list_targets(workspace: Workspace) -> list[TargetRow]:
    """All targets by name, with what was last seen of them."""
    return [_row(row) for row in workspace.query(f"{_SELECT} ORDER BY name")]


def find_target(workspace: Workspace, name: str) -> TargetRow | None:
    """A target by name."""
    rows = workspace.query(f"{_SELECT} WHERE name = ?", [name])
    return _row(rows[0]) if rows else None


def get_target(workspace: Workspace, name: str) -> TargetRow:
    """A target by name.

    Raises:
        UsageError: there is none.
    """
    row = find_target(workspace, name)
    if row is None:
        raise UsageError(f"There is no target “{name}”.", fix=f"lineside target add {name} URL")
    return row


def open_target(workspace: Workspace, name: str, ask: Ask | None = None) -> Target:
    """A target to work with; nothing is contacted yet. Use it in `with`, so that its connections are closed."""
    row = get_target(workspace, name)
    return target_class(row.url)(context_of(workspace, row, ask))


def probe_target(workspace: Workspace, name: str, ask: Ask | None = None) -> Probe:
    """Look at the machine and remember what it is."""
    with open_target(workspace, name, ask) as target:
        probe = target.probe()
    remember_probe(workspace, name, probe)
    return probe


def remember_probe(workspace: Workspace, name: str, probe: Probe) -> Changes:
    """Store what a probe saw."""
    with workspace.transaction("Probe target") as tx:
        tx.execute("UPDATE target SET probe = ?, probed = ? WHERE name = ?",
                   [json.dumps(probe.to_json(), ensure_ascii=False), tx.at, name])  # fmt: skip
    return changed(targets=[name])


def remove_target(workspace: Workspace, name: str, *, clean: bool = True, ask: Ask | None = None) -> Changes:
    """Forget a target; `clean` first ends its releases and takes everything of Lineside off it.

    Raises:
        TargetUnreachable: with `clean`, nobody answers; nothing is forgotten then.
    """
    row = get_target(workspace, name)
    if clean:
        with open_target(workspace, name, ask) as target:
            target.remove()
    from engine.deployment.credentials import forget, key_place

    if row.options.get("keys"):
        forget(key_place(context_of(workspace, row, None)))
    with workspace.transaction("Remove target") as tx:
        tx.execute("DELETE FROM target WHERE name = ?", [name])
        tx.execute("DELETE FROM fleet_member WHERE target = ?", [name])
        tx.execute("UPDATE release SET state = 'removed', ended = coalesce(ended, ?) WHERE target = ?", [tx.at, name])
    return changed(targets=[name]) | Changes(everything=True)


def split_password(url: str) -> tuple[str, str]:
    """A URL without its password, and the password."""
    parts = urlsplit(url)
    if not parts.password:
        return url, ""
    user, _, host = parts.netloc.rpartition("@")
    from urllib.parse import unquote

    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{host}")), unquote(parts.password)


_SELECT = "SELECT name, url, options, probe, created, probed FROM target"


def _row(row: tuple[Any, ...]) -> TargetRow:
    name, url, options, probe, created, probed = row
    seen = Probe.from_json(json.loads(probe)) if probe else None
    return TargetRow(name, url, json.loads(options or "{}"), seen, _utc(created), _utc(probed))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def context_of(workspace: Workspace, row: TargetRow, ask: Ask | None) -> Context:
    """What a target of this row is opened with."""
    cache = workspace.path / "cache"
    home, others = cache / "targets" / row.name, lambda name: open_target(workspace, name, ask)
    return Context(row.name, row.url, row.options, workspace.id, home, cache, ask, others)


def _refuse_secrets(options: Mapping[str, Any]) -> None:
    if secret := next((option for option in options if option.lower() in SECRET_OPTIONS), ""):
        raise UsageError(
            f"The option “{secret}” is not kept in the workspace; it is asked for and kept in the keyring."
        )


def refuse_made_elsewhere(options: Iterable[str]) -> None:
    """Raise a UsageError for an option that a person must not set by itself."""
    if option := next((option for option in options if option in MADE_ELSEWHERE), ""):
        raise UsageError(f"The option “{option}” is set by a command of its own.", fix=MADE_ELSEWHERE[option])


def _accept(target: Target, fingerprint: str) -> None:
    accept = getattr(target, "accept_host_key", None)
    if accept is None:
        raise LinesideError(f"{target.place} has no host key; only ssh targets have one.")
    accept(fingerprint)
