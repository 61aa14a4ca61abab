"""box.sh as the agent calls it: the one way in which releases run on a box, over SSH or from a stick."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

from engine.agent.errors import Refused
from engine.agent.files import write_whole
from engine.agent.release import Place, parse_status

SCRIPTS = ("box.sh", "enter.sh")
NO_SPACE = "No space left on device"


def script_version() -> str:
    """Names the scripts by what is in them; each version has a folder of its own below ROOT/bin."""
    texts = [(Path(__file__).parent / name).read_text("utf-8") for name in SCRIPTS]
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:12]


class Box:
    """The machine that this runs on, with a root folder for what is Lineside's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = root / "blobs" / "sha256"
        self.own = root / "agent"
        self.place = Place(str(root), os.getuid(), os.getgid())
        self._bin = root / "bin" / script_version()

    def make(self) -> None:
        """Create the folders, and put the scripts where box.sh expects them."""
        for folder in (self.blobs, self.own, self._bin):
            folder.mkdir(parents=True, exist_ok=True)
        for name in reversed(SCRIPTS):  # box.sh last: where it is, the other is
            if not (self._bin / name).is_file():
                write_whole(self._bin / name, (Path(__file__).parent / name).read_bytes())

    def run(self, command: str, *arguments: str, content: bytes = b"", timeout: float = 900.0) -> str:
        """What a command of box.sh prints.

        Raises:
            Refused: it failed; the last thing it said.
        """
        line = ["sh", str(self._bin / "box.sh"), str(self.root), command, *arguments]
        try:
            done = subprocess.run(line, input=content, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as error:
            raise Refused(f"“{command}” did not end within {timeout:.0f} s on this box.") from error
        errors = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode and NO_SPACE in errors:
            raise OSError(28, NO_SPACE)
        if done.returncode:
            raise Refused(
                f"“{command}” failed on this box: {errors.splitlines()[-1][:300] if errors else 'no reason was given'}"
            )
        return done.stdout.decode("utf-8", "replace")

    def write(self, path: str, text: str) -> None:
        """A file below the root, old or new at any moment."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, text.encode())

    def releases(self) -> list[dict[str, str]]:
        """All releases of the box, as box.sh tells of them."""
        return parse_status(self.run("status"))

    def current(self) -> dict[str, str] | None:
        """The release that requests go to."""
        return next((one for one in self.releases() if "current" in one), None)

    def free(self) -> int:
        """Bytes that are free for what is Lineside's."""
        return int(self.run("space").strip() or 0) * 1024

    def port(self, base: int, listen: str) -> int:
        """A port from `base` on that no release has and nobody listens on."""
        taken = {one.get("port") for one in self.releases() if "supervised" in one}
        for port in range(base, min(base + 200, 65536)):
            with socket.socket() as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    trial.bind((listen, port))
                except OSError:
                    continue
            if str(port) not in taken:
                return port
        raise Refused(f"All ports from {base} are taken on this box; choose others with --port-base.")

    def images(self) -> list[str]:
        """Digests of the images of which the box keeps every blob: what a change may start from."""
        kept = []
        for one in self.releases():
            needs = _about(self.root / "releases" / one["release"] / "about").get("needs", "").split()
            if needs and all((self.blobs / name).is_file() for name in needs):
                kept.append(one.get("digest", ""))
        return list(dict.fromkeys(filter(None, kept)))


def _about(path: Path) -> dict[str, str]:
    try:
        lines: Iterable[str] = path.read_text("utf-8").splitlines()
    except OSError:
        lines = ()
    return dict(line.partition("=")[::2] for line in lines)
