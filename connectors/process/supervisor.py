"""Keeps one release running on this machine after the window closed: `python -P -m connectors.process.supervisor FOLDER`.

FOLDER holds `release.json` (arguments, environment, folder); this writes `state.json` and the program's `log`. A file
`stop` in it, with the seconds to drain, ends both.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import psutil

from engine.workspace import write_atomically

POLL_S = 0.1
LONGEST_PAUSE_S = 30.0
MOST_LOG_BYTES = 10 << 20


class Supervisor:
    """Starts the program, and again whenever it ends, until it is told to stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.release: dict[str, Any] = json.loads((folder / "release.json").read_text("utf-8"))
        me = psutil.Process()
        self.state: dict[str, Any] = {
            "supervisor": me.pid, "supervisor_started": me.create_time(), "pid": 0, "pid_started": 0.0, "restarts": 0,
            "last_exit": None, "since": 0.0, "state": "starting",
        }  # fmt: skip

    def run(self) -> None:
        """Until told to stop."""
        pause = 0.2
        while not self._told_to_stop():
            began = time.monotonic()
            with self._open_log() as log:
                code = self._run_once(log)
            if code == 1 and self._unshare_lost_the_signal():
                code = -signal.SIGKILL
            if self._told_to_stop() or (self.release.get("trial") and code == 0):
                break
            if time.monotonic() - began > 60:
                pause = 0.2
            self._save(state="restarting", pid=0, last_exit=code, restarts=self.state["restarts"] + 1)
            self._wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
        with contextlib.suppress(OSError):
            self._save(state="stopped", pid=0)
        if self.release.get("trial") and not self._told_to_stop():
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run_once(self, log: IO[bytes]) -> int:
        try:
            child = subprocess.Popen(
                self.release["arguments"], env=self.release["environment"], cwd=self.release["folder"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            log.write(f"{self.release['arguments'][0]}: {error}\n".encode())
            return 127
        self._save(state="running", pid=child.pid, pid_started=_started(child.pid), since=time.time())
        while child.poll() is None:
            if self._told_to_stop():
                self._end(child)
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(POLL_S)
        return child.wait()

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            drain = float((self.folder / "stop").read_text() or 0)
            if drain > 0:
                for process in served(child.pid):
                    process.terminate()
                child.wait(drain)
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0)
        family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
        for process in reversed(family):
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _unshare_lost_the_signal(self) -> bool:
        """Whether `unshare` failed at ending itself as its child was: it cannot reset SIGKILL (util-linux to 2.39)."""
        with (self.folder / "log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 200))
            end = log.read()
        return b"unshare: child kill failed" in end or b"unshare: sigprocmask unblock failed" in end

    def _told_to_stop(self) -> bool:
        """By the file, or because the workspace was deleted."""
        return (self.folder / "stop").exists() or not (self.folder / "release.json").exists()

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._told_to_stop():
            time.sleep(POLL_S)

    def _open_log(self) -> IO[bytes]:
        path = self.folder / "log"
        if path.exists() and path.stat().st_size > MOST_LOG_BYTES:
            path.replace(self.folder / "log.1")
        return path.open("ab")

    def _save(self, **values: Any) -> None:
        self.state.update(values)
        write_atomically(self.folder / "state.json", json.dumps(self.state).encode())


def served(pid: int) -> list[psutil.Process]:
    """The program itself: in namespaces, `unshare` waits before it and takes no SIGTERM."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        children: list[psutil.Process] = process.children()
        return children if children and process.name() == "unshare" else [process]
    return []


def _started(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def main() -> None:
    """Entry of the supervisor process."""
    if os.name == "posix":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    Supervisor(Path(sys.argv[1])).run()


if __name__ == "__main__":
    main()
