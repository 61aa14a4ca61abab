"""How the program of an unpacked image is started: inside namespaces, or outside with its paths translated."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from engine.deployment.image import Image

MACHINES = {
    "x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "armv7l": "arm", "riscv64": "riscv64",
    "ppc64le": "ppc64le", "s390x": "s390x", "i686": "386",
}  # fmt: skip
STATE = "/var/lib/lineside"
"""Where a program finds the target's state folder, which outlives releases: keys, usage, audit log, certificate."""
OUTSIDE = ("/tmp", "/proc", "/sys", "/dev")  # noqa: S108  the host's own, in every way of running


@dataclass(frozen=True)
class Program:
    """What to execute, with paths as they are inside the image."""

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"


def oci_platform(machine: str = "") -> str:
    """The OCI platform of a machine as uname names it; images are always Linux's."""
    machine = machine or platform.machine()
    return f"linux/{MACHINES.get(machine.lower(), machine.lower())}"


def program_of(
    image: Image, host: str, port: int, environment: Mapping[str, str], *, gateway: bool = False
) -> Program:
    """The image's program, told where to listen, and whether a gateway of the same machine tells it who asks."""
    told = {"LINESIDE_HOST": host, "LINESIDE_PORT": str(port), "LINESIDE_STATE": STATE}
    if gateway:
        told["LINESIDE_TRUSTED_PROXIES"] = "127.0.0.1"
    return Program(image.arguments, {**image.environment, **environment, **told}, image.folder)


def translated(program: Program, rootfs: str, exists: Callable[[str], bool]) -> Program:
    """The same program for running outside the image: absolute paths that exist in it get its root before them."""

    def here(path: str) -> str:
        inside = path.startswith("/") and not path.startswith(OUTSIDE) and exists(path)
        return f"{rootfs}{path}" if inside else path

    environment = {name: ":".join(map(here, value.split(":"))) for name, value in program.environment.items()}
    return Program([here(one) for one in program.arguments], environment, f"{rootfs}{program.folder.rstrip('/')}")


def shell(name: str) -> str:
    """A shell script that lies beside this module."""
    return files("engine.deployment").joinpath(name).read_text("utf-8")


def namespace_arguments(root: bool) -> list[str]:
    """`unshare` for a mount, process and host-name space of its own; with a user namespace for an ordinary user."""
    user = [] if root else ["--user", "--map-root-user"]
    return ["unshare", *user, "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]


def enter_arguments(rootfs: str, program: Program, user: str = "") -> list[str]:
    """A shell that mounts what the program expects below `rootfs` and becomes the program, as `user` ("65532:65532")."""
    return ["/bin/sh", "-c", shell("enter.sh"), "enter", rootfs, program.folder, user or "-", *program.arguments]
