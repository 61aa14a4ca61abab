"""The gateway of an engine on this machine: HAProxy in a container of its own, with its folder of this machine as its own."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import docker.errors  # noqa: TID253  imported with the target

from connectors.docker.archives import reference
from engine.deployment.home import ARGUMENTS, FolderHome
from engine.deployment.image import Image
from engine.errors import UsageError

if TYPE_CHECKING:
    from connectors.docker.target import DockerTarget

FOLDER = "/gateway"


class DockerHome(FolderHome):
    """Files and unix sockets of this machine; the container shares its network, and so do the releases behind it."""

    by_itself = False
    root = False  # the container is started as this user
    state = FOLDER

    def __init__(self, target: DockerTarget) -> None:
        super().__init__(target.context.home / self.folder, target.place, target.listen)
        self.target = target

    def installed(self) -> str:
        """None: the engine runs images."""
        return ""

    def free_port(self) -> int:
        """From the target's port_base on."""
        return self.target.free_port(self.listen)

    def equip(self, image: Image | None) -> None:
        """Note which image it is.

        Raises:
            UsageError: the engine does not run on this machine, or as another user.
        """
        assert image is not None
        with self.target.errors("asked"):
            near = self.target.is_near()
        if not near:
            raise UsageError(
                f"{self.place} can have no gateway: its engine runs in a machine of its own, or without root. Give the releases"
                " an engine of this machine, or deploy there without a rollout."
            )
        self.write({"image": reference(image)})

    def announce(self, endpoint: str) -> None:
        """In a file."""
        self.write({"endpoint": endpoint})

    def start(self, endpoint: str) -> None:
        """As a container that the engine starts again whenever it ends."""
        self.announce(endpoint)
        user = f"{os.getuid()}:{os.getgid()}"
        with self.target.errors("told to start the gateway"):
            self.remove()
            self.target.client.containers.create(
                self.read("image"), list(ARGUMENTS[1:]), name=self._name,
                entrypoint=["/usr/sbin/haproxy"], user=user, working_dir=FOLDER, network_mode="host", read_only=True, detach=True,
                cap_drop=["ALL"], security_opt=["no-new-privileges"], restart_policy={"Name": "unless-stopped"},
                volumes={str(self.path): {"bind": FOLDER, "mode": "rw"}},
            ).start()  # fmt: skip

    def endpoint(self) -> str:
        """The stable endpoint; "" without a gateway."""
        return self.read("endpoint")

    def running(self) -> bool:
        """Whether the engine keeps it up."""
        with self.target.errors("asked"):
            container = self._container()
            return container is not None and container.status == "running"

    def log(self) -> str:
        """The last lines it wrote."""
        with self.target.errors("asked for a log"):
            container = self._container()
            return container.logs(tail=20).decode("utf-8", "replace") if container is not None else ""

    def remove(self) -> None:
        """End it."""
        if (container := self._container()) is not None:
            container.remove(force=True)

    @property
    def _name(self) -> str:
        return f"{self.target.volume}-gateway"

    def _container(self) -> Any:
        with contextlib.suppress(docker.errors.NotFound):
            return self.target.client.containers.get(self._name)
        return None
