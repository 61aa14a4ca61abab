"""What a release executes, and how its image tells it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MACHINES = {
    "x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "armv7l": "arm", "riscv64": "riscv64",
    "ppc64le": "ppc64le", "s390x": "s390x", "i686": "386",
}  # fmt: skip
STATE = "/var/lib/lineside"
"""Where a program finds the machine's state folder, which outlives releases: keys, usage, audit log, certificate."""
FOLDERS = "LINESIDE_FOLDERS"
"""Variable of an image's environment with the folders and devices of the machine that its program finds at the same paths,
parted by colons; `enter.sh` knows it, too."""
OUTSIDE = ("/tmp", "/proc", "/sys", "/dev")  # noqa: S108  the host's own, in every way of running


@dataclass(frozen=True)
class Program:
    """What to execute, with paths as they are inside the image."""

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"


def program_of(
    settings: Mapping[str, Any], host: str, port: int, environment: Mapping[str, str], *, digest: str = "",
    gateway: bool = False,
) -> Program:  # fmt: skip
    """The program of an image's `config` (Entrypoint, Cmd, Env, WorkingDir), told where to listen.

    Args:
        digest: of the image, for what it keeps as feedback.
        gateway: whether one of the same machine stands before it, which says who asks.
    """
    pairs = (entry.partition("=") for entry in settings.get("Env") or [])
    told = {"LINESIDE_HOST": host, "LINESIDE_PORT": str(port), "LINESIDE_STATE": STATE, "LINESIDE_RELEASE": digest}
    if gateway:
        told["LINESIDE_TRUSTED_PROXIES"] = "127.0.0.1"
    return Program(
        [*(settings.get("Entrypoint") or []), *(settings.get("Cmd") or [])],
        {**{name: value for name, _, value in pairs}, **environment, **told},
        settings.get("WorkingDir") or "/",
    )


def folders_of(environment: Mapping[str, str]) -> list[str]:
    """Whole paths of the machine that a program is to find."""
    found = [path for path in environment.get(FOLDERS, "").split(":") if path]
    return [path for path in found if path.startswith("/") and ".." not in path.split("/") and path.isprintable()]


def oci_platform(machine: str = "") -> str:
    """The OCI platform of a machine as uname names it; images are always Linux's."""
    machine = machine or platform.machine()
    return f"linux/{MACHINES.get(machine.lower(), machine.lower())}"
