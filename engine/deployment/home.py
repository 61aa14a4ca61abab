"""Where a target keeps its gateway: a folder, a supervised HAProxy in it, and the way to its sockets."""

from __future__ import annotations

import shlex
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from engine.agent.control import unix_stream
from engine.deployment.image import Image
from engine.workspace import write_atomically

ARGUMENTS = ("./haproxy", "-W", "-S", "unix@master.sock,mode,600,level,admin", "-f", "haproxy.cfg")


class Home(ABC):
    """A target's folder for its gateway. Names of files are those of `engine.agent.gateway`."""

    folder: ClassVar[str] = "gateway"
    by_itself: ClassVar[bool] = True  # set up wherever HAProxy is at hand, and not only where it is asked for
    place: str
    listen: str
    root: bool  # whether the gateway is started by root, and gives that up itself
    state: str  # the target's state folder

    @abstractmethod
    def installed(self) -> str:
        """The machine's own HAProxy; "" where it has none."""

    @abstractmethod
    def free_port(self) -> int:
        """The port for a new gateway."""

    @abstractmethod
    def read(self, name: str) -> str:
        """A file; "" where there is none."""

    @abstractmethod
    def write(self, files: Mapping[str, str]) -> None:
        """Write files one after another, each whole or not at all."""

    @abstractmethod
    def equip(self, image: Image | None) -> None:
        """Make `./haproxy` the machine's own, or with an image (pushed before) that image's."""

    @abstractmethod
    def announce(self, endpoint: str) -> None:
        """Note what clients ask."""

    @abstractmethod
    def start(self, endpoint: str) -> None:
        """Start `ARGUMENTS` in the folder under a supervisor that starts it again whenever it ends."""

    @abstractmethod
    def running(self) -> bool:
        """Whether it is supervised and runs."""

    @abstractmethod
    def connect(self, name: str, timeout: float) -> socket.socket:
        """A stream to one of its unix sockets; OSError where nobody listens."""

    @abstractmethod
    def log(self) -> str:
        """The last lines it wrote."""


class FolderHome(Home):
    """Files and unix sockets of this machine."""

    def __init__(self, path: Path, place: str, listen: str) -> None:
        self.path, self.place, self.listen = path, place, listen

    def read(self, name: str) -> str:
        """A file of the folder."""
        try:
            return (self.path / name).read_text("utf-8")
        except OSError:
            return ""

    def write(self, files: Mapping[str, str]) -> None:
        """For this user only: the maps say who is who."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        for name, text in files.items():
            write_atomically(self.path / name, text.encode())

    def connect(self, name: str, timeout: float) -> socket.socket:
        """A stream to a socket of the folder."""
        return unix_stream(self.path, name, timeout)


def wrapper(rootfs: str, own: str) -> str:
    """The script `./haproxy`: becomes the machine's own HAProxy, or that of an unpacked image with its own libraries.

    HAProxy starts itself anew by the name that it was called, so that this script is asked again at a reload.
    """
    if own:
        return f'#!/bin/sh\nexec {shlex.quote(own)} "$@"\n'
    return f"""#!/bin/sh
root={shlex.quote(rootfs)}
loader=$(find "$root/lib/" "$root/usr/lib/" "$root/lib64/" -name 'ld-linux*.so.*' -type f 2>/dev/null | head -n 1)
libraries=$(find "$root/lib/" "$root/usr/lib/" -name '*.so*' -type f 2>/dev/null | sed 's:/[^/]*$::' | sort -u | tr '\\n' ':')
exec "$loader" --library-path "$libraries" --argv0 "$0" "$root/usr/sbin/haproxy" "$@"
"""
