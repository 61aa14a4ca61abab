"""The gateway of a process target: a supervised HAProxy in the target's folder."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.deployment.home import ARGUMENTS, FolderHome, Home, wrapper
from engine.deployment.image import Image
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from connectors.process.target import ProcessTarget


class ProcessHome(FolderHome):
    """Beside the releases."""

    def __init__(self, target: ProcessTarget) -> None:
        super().__init__(target.context.home / self.folder, target.place, target.listen)
        self.target = target
        self.state = str(target.state)
        self.root = getattr(os, "geteuid", lambda: 1)() == 0

    def installed(self) -> str:
        """On the path, or where Debian puts it."""
        return shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin") or ""

    def free_port(self) -> int:
        """From the target's port_base on."""
        return self.target.free_port(self.listen)

    def equip(self, image: Image | None) -> None:
        """A script of the folder."""
        rootfs = str(self.target.root_of(image.digest)) if image else ""
        self.write({"haproxy": wrapper(rootfs, "" if image else self.installed())})
        (self.path / "haproxy").chmod(0o755)
        self.write({"image": image.digest if image else ""})

    def announce(self, endpoint: str) -> None:
        """In what the supervisor starts."""
        release = {
            "arguments": list(ARGUMENTS), "environment": {"PATH": os.environ.get("PATH", os.defpath)},
            "folder": str(self.path), "digest": self.read("image"), "endpoint": endpoint, "created": time.time(),
        }  # fmt: skip
        write_atomically(self.path / "release.json", json.dumps(release).encode())

    def start(self, endpoint: str) -> None:
        """By the supervisor of releases."""
        self.target.end(self.path)
        for name in ("stop", "state.json"):
            (self.path / name).unlink(missing_ok=True)
        self.announce(endpoint)
        self.target.supervise(self.path)

    def running(self) -> bool:
        """Whether its supervisor lives; a program that ended is started again by that."""
        return self.target.is_supervised(self.path)

    def log(self) -> str:
        """The end of its log."""
        return self.read("log")[-4000:]


def endpoint_of(home: Path) -> str:
    """The stable endpoint of a process target; "" without a gateway."""
    try:
        return str(json.loads((home / Home.folder / "release.json").read_text("utf-8"))["endpoint"])
    except (OSError, ValueError, KeyError):
        return ""
