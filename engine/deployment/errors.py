"""What can go wrong with a target, in words that a person can act on."""

from __future__ import annotations

from engine.errors import TargetError


class TargetUnreachable(TargetError):
    """Nobody answers at the target's address, or the link was cut."""


class WrongPlatform(TargetError):
    """The artifact is for another architecture than the target."""


class DiskFull(TargetError):
    """The target's disk has no room for the artifact."""


class DigestMismatch(TargetError):
    """A blob is not what its digest says."""


class ReleaseFailed(TargetError):
    """A release did not become ready.

    Attributes:
        log: its last lines.
    """

    def __init__(self, message: str, *, log: str = "", fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.log = log


class HostKeyUnknown(TargetError):
    """The host showed a key that nobody has accepted yet.

    Attributes:
        host: address and port as typed in known_hosts.
        key_type: ssh-ed25519, …
        fingerprint: "SHA256:…" as ssh-keygen -l prints it; give it to `accept_host_key`.
    """

    def __init__(self, message: str, *, host: str, key_type: str, fingerprint: str, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.host = host
        self.key_type = key_type
        self.fingerprint = fingerprint


class HostKeyChanged(TargetError):
    """The host showed another key than the one accepted before: a new machine, or somebody in between."""


class LoginRefused(TargetError):
    """No key, agent or password was accepted."""


class NotTrustedThere(TargetError):
    """The machine trusts somebody's keys, and they did not release what was to be started."""
