"""The window's end of the console's process: start it, interrupt it, tell how it ended, end it with all that it left.

Its sockets are files in a private folder, or on Windows ports of this machine alone; each message is signed with a key
that only the connection file in that folder has, and the folder goes with the process.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from engine.errors import LinesideError

ROOT = Path(__file__).resolve().parents[2]
TAIL_CHARACTERS = 2000
MOST_PATH = 90  # of a socket; the kernel takes 107 characters


class Kernel:
    """A kernel of IPython on a workspace.

    Attributes:
        connection: the file by which a client finds it; there while it runs.
    """

    def __init__(self, workspace: Path, plots: Mapping[str, str]) -> None:
        self.workspace, self.plots = workspace, dict(plots)
        self.folder = Path()
        self.connection = Path()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start it; a client can connect at once, and is answered when it is up.

        Raises:
            LinesideError: a library of the console is missing.
        """
        self.stop()
        try:
            from jupyter_client.connect import write_connection_file
        except ModuleNotFoundError as error:
            raise LinesideError(
                f"The console needs “{error.name}”, which is not installed.", fix="pip install lineside[console]"
            ) from error
        self.folder = _private_folder()
        self.connection = self.folder / "connection.json"
        where = {"transport": "ipc", "ip": str(self.folder / "socket")} if os.name == "posix" else {"ip": "127.0.0.1"}
        write_connection_file(str(self.connection), key=secrets.token_hex(32).encode(), **where)
        self.connection.chmod(0o600)
        self.write_plots(self.plots)
        command = [sys.executable, "-P", "-m", "engine.console.kernel", str(self.connection), str(self.workspace)]
        with (self.folder / "output.log").open("wb") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=self._environment(),
                start_new_session=os.name == "posix",
            )  # fmt: skip

    def write_plots(self, plots: Mapping[str, str]) -> None:
        """How matplotlib draws from the next figure of a new process on: the settings of its matplotlibrc."""
        self.plots = dict(plots)
        (self.folder / "matplotlibrc").write_text("".join(f"{key}: {value}\n" for key, value in plots.items()), "utf-8")

    def interrupt(self) -> None:
        """What Ctrl-C does in a terminal."""
        if self.pid is not None and os.name == "posix":
            os.kill(self.pid, signal.SIGINT)

    def ended(self) -> str | None:
        """How it ended, in a few words for a person who knows processes; None while it runs or was never started."""
        code = self._process.poll() if self._process is not None else None
        if code is None:
            return None
        if code < 0:
            return signal.Signals(-code).name
        return self.output().strip().rpartition("\n")[2][-200:] or f"code {code}"

    def output(self) -> str:
        """What it printed beside the console, such as why it did not start."""
        with contextlib.suppress(OSError):
            return (self.folder / "output.log").read_text("utf-8", errors="replace")[-TAIL_CHARACTERS:]
        return ""

    def stop(self) -> None:
        """End it, whatever it does, with all that it has started, and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            if os.name == "posix":
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = self.connection = Path()

    def _environment(self) -> dict[str, str]:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])]
        return {
            **os.environ, "PYTHONPATH": os.pathsep.join(paths),
            "JUPYTER_RUNTIME_DIR": str(self.folder), "MATPLOTLIBRC": str(self.folder / "matplotlibrc"),
            "OMP_WAIT_POLICY": "PASSIVE",
        }  # fmt: skip


def _private_folder() -> Path:
    """A new folder that only this person can look into, with a path short enough for a socket."""
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108  # mkdtemp is private
        if base and len(base) < MOST_PATH - 30 and os.access(base, os.W_OK):
            return Path(tempfile.mkdtemp(prefix="lineside-console-", dir=base))
    return Path(tempfile.mkdtemp(prefix="lineside-console-"))
