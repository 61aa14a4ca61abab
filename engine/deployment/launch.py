"""How the program of an unpacked image is started: inside namespaces, or outside with its paths translated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files

from engine.agent import program
from engine.agent.program import OUTSIDE, STATE, Program, oci_platform
from engine.deployment.image import Image

__all__ = [
    "STATE", "Program", "enter_arguments", "namespace_arguments", "oci_platform", "program_of", "shell", "translated",
]  # fmt: skip


def program_of(image: Image, host: str, port: int, environment: Mapping[str, str], *, gateway: bool = False) -> Program:
    """The image's program, told where to listen, and whether a gateway of the same machine tells it who asks."""
    settings = image.config.get("config", {})
    return program.program_of(settings, host, port, environment, digest=image.digest, gateway=gateway)


def translated(program: Program, rootfs: str, exists: Callable[[str], bool]) -> Program:
    """The same program for running outside the image: absolute paths that exist in it get its root before them."""

    def here(path: str) -> str:
        inside = path.startswith("/") and not path.startswith(OUTSIDE) and exists(path)
        return f"{rootfs}{path}" if inside else path

    environment = {name: ":".join(map(here, value.split(":"))) for name, value in program.environment.items()}
    return Program([here(one) for one in program.arguments], environment, f"{rootfs}{program.folder.rstrip('/')}")


def shell(name: str) -> str:
    """A shell script of the part that lies on a box."""
    return files("engine.agent").joinpath(name).read_text("utf-8")


def namespace_arguments(root: bool) -> list[str]:
    """`unshare` for a mount, process and host-name space of its own; with a user namespace for an ordinary user."""
    user = [] if root else ["--user", "--map-root-user"]
    return ["unshare", *user, "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]


def enter_arguments(rootfs: str, program: Program, user: str = "") -> list[str]:
    """A shell that mounts what the program expects below `rootfs` and becomes the program, as `user` ("65532:65532")."""
    return ["/bin/sh", "-c", shell("enter.sh"), "enter", rootfs, program.folder, user or "-", *program.arguments]
