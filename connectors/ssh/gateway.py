"""The gateway of a box over SSH: HAProxy under the box's supervisor, its sockets through the connection."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from engine.deployment.home import ARGUMENTS, Home, wrapper
from engine.deployment.image import Image
from engine.deployment.launch import Program

if TYPE_CHECKING:
    from connectors.ssh.target import SshTarget

FOLDER = f"releases/{Home.folder}"
PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


class SshHome(Home):
    """Files of the box; sockets that only its user can open."""

    def __init__(self, target: SshTarget) -> None:
        self.target = target
        self.place = target.place
        self.listen = target.listen

    @property
    def root(self) -> bool:  # type: ignore[override]
        """Whether the box is entered as root."""
        return self.target.where().uid == 0

    @property
    def state(self) -> str:  # type: ignore[override]  # asked of the box when it is needed
        """Beside the releases."""
        return f"{self.target.where().root}/state"

    def installed(self) -> str:
        """On the path, or where Debian puts it."""
        return self.target.link.run(f"PATH=$PATH:{PATH} command -v haproxy")[1].strip()

    def free_port(self) -> int:
        """From the target's port_base on."""
        return self.target.free_port()

    def read(self, name: str) -> str:
        """A file of the folder."""
        return self.target.box("read", f"{FOLDER}/{name}")[1]

    def write(self, files: Mapping[str, str]) -> None:
        """Through the box's script."""
        for name, text in files.items():
            self.target.write(f"{FOLDER}/{name}", text)

    def equip(self, image: Image | None) -> None:
        """A script of the folder, which from now on is the user's alone."""
        where, name = self.target.where().root, image.digest.removeprefix("sha256:") if image else ""
        self.write({
            "haproxy": wrapper(f"{where}/rootfs/{name}" if image else "", "" if image else self.installed()),
            "needs": " ".join([name, *(blob.hex for blob in image.blobs)]) if image else "",
            "mode": "plain\n",
        })  # fmt: skip
        self.target.must("equip")

    def announce(self, endpoint: str) -> None:
        """In what the box tells of its releases."""
        self.write({"about": f"digest=\nname=gateway\nendpoint={endpoint}\nneeds={self.read('needs').strip()}\n"})

    def start(self, endpoint: str) -> None:
        """As a release of its own kind."""
        program = Program(list(ARGUMENTS), {"PATH": PATH}, f"{self.target.where().root}/{FOLDER}")
        self.announce(endpoint)
        self.write({"spec": self.target.spec(program)})
        self.target.must("start", Home.folder, timeout=60)

    def endpoint(self) -> str:
        """The stable endpoint; "" without a gateway."""
        lines = self.read("about").splitlines()
        return next((line.partition("=")[2] for line in lines if line.startswith("endpoint=")), "")

    def running(self) -> bool:
        """Whether its supervisor lives; a program that ended is started again by that."""
        return self.target.box("alive", Home.folder)[0] == 0

    def connect(self, name: str, timeout: float) -> socket.socket:
        """A channel to the socket."""
        path = f"{self.target.where().root}/{FOLDER}/{name}"
        return cast("socket.socket", self.target.link.unix(path, timeout))

    def log(self) -> str:
        """The end of its log."""
        return self.target.logs(Home.folder, 20)
