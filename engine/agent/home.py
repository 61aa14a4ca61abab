"""The gateway of this box, as the agent steers it: the same folder and sockets as over SSH."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from engine.agent.box import Box
from engine.agent.control import Control, unix_stream
from engine.agent.errors import Refused

NAME = "gateway"


class BoxHome:
    """Files of this box; see `engine.agent.control.Home`."""

    place = "this box"

    def __init__(self, box: Box) -> None:
        self.box = box
        self.path = box.root / "releases" / NAME
        self.root = os.geteuid() == 0
        self.state = str(box.root / "state")

    def read(self, name: str) -> str:
        """A file of the folder."""
        try:
            return (self.path / name).read_text("utf-8")
        except OSError:
            return ""

    def write(self, files: Mapping[str, str]) -> None:
        """Each whole or not at all."""
        for name, text in files.items():
            self.box.write(f"releases/{NAME}/{name}", text)

    def announce(self, endpoint: str) -> None:
        """In what box.sh tells of its releases."""
        self.write({"about": f"digest=\nname=gateway\nendpoint={endpoint}\nneeds={self.read('needs').strip()}\n"})

    def start(self, endpoint: str) -> None:
        """As box.sh starts releases."""
        self.announce(endpoint)
        self.box.run("start", NAME, timeout=60)

    def running(self) -> bool:
        """Whether its supervisor lives."""
        try:
            self.box.run("alive", NAME)
        except Refused:
            return False
        return True

    def connect(self, name: str, timeout: float) -> socket.socket:
        """A stream to a socket of the folder."""
        return unix_stream(self.path, name, timeout)

    def log(self) -> str:
        """The end of its log."""
        return self.box.run("logs", NAME, "20")


def gateway_of(box: Box) -> Control | None:
    """The gateway that stands before the releases of this box."""
    control = Control(BoxHome(box))
    return control if control.read() is not None else None
