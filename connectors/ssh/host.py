"""Jobs on a machine over SSH: a Python there answers, below a folder of its own beside the releases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.ssh.link import command_line
from engine.deployment.host import Host
from engine.deployment.image import Blob
from engine.deployment.target import Progress
from engine.errors import TargetError

if TYPE_CHECKING:
    from connectors.ssh.target import SshTarget

NOT_FOUND = (126, 127)


class SshHost(Host):
    """The option `python` of the target names the interpreter; without it, it is python3."""

    def __init__(self, target: SshTarget) -> None:
        root = f"{target.where().root}/work"
        self.box = type(target)(replace(target.context, options={**target.context.options, "root": root}))
        self.box.link = target.link
        self.place, self.root = target.place, root
        self.python = str(target.context.options.get("python", "python3"))
        self._text = files("engine.jobs").joinpath("guest.py").read_text("utf-8")
        self._script = f"bin/{hashlib.sha256(self._text.encode()).hexdigest()[:12]}/guest.py"
        self._installed = False

    def look(self) -> str:
        """The guest's script is piped into the interpreter."""
        code, output, errors = self.box.link.run(
            command_line(self.python, "-I", "-", self.root, "look"), self._text.encode(), timeout=300
        )
        if code in NOT_FOUND:
            raise TargetError(
                f"{self.place} has no “{self.python}”; install Python 3.11 or later there, or name one with the target's"
                " option python=/path/to/python."
            )
        if code != 0:
            raise self.box.failure(f"“{self.python}” cannot look at the machine", errors)
        return output

    def ask(self, command: str, *arguments: str, content: bytes = b"", timeout: float = 120.0) -> Any:
        """One exchange with the guest."""
        code, output, errors = self.box.link.run(self._command(command, *arguments), content, timeout)
        if code != 0:
            raise self.box.failure(f"“{command}” failed", errors)
        return json.loads(output) if output.strip() else None

    def stream(self, command: str, *arguments: str) -> Generator[bytes, None, None]:
        """Through a channel of its own."""
        return self.box.link.stream(self._command(command, *arguments), self.box.stall_s)

    def push(self, path: Path, digest: str, progress: Progress) -> None:
        """As a layer of an artifact."""
        self.box.push_file(path, Blob(f"sha256:{digest}", path.stat().st_size), progress)

    def _command(self, command: str, *arguments: str) -> str:
        if not self._installed:
            self.box.write(self._script, self._text)
            self._installed = True
        return command_line(self.python, "-I", f"{self.root}/{self._script}", self.root, command, *arguments)
