"""Jobs in processes forked from one that has loaded PyTorch: they run as ever, but nobody waits for its imports again.

What starts is the product's own supervisor in a session of its own, with its worker, which a test may kill at any moment.
That a job starts as a program by itself is tested without this, in tests/unit/jobs and by one training of each kind.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

LARGEST = 1 << 17


class WarmStarter:
    """The process to fork from. It loads PyTorch for one thread, as tests are not alone on their machine."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno())], pass_fds=(theirs.fileno(),),
                env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
            )  # fmt: skip

    def start(self, folder: Path) -> None:
        """Stands in for `engine.jobs.job._start`: the held lock and the log go over as they do there."""
        handle = os.open(folder / "alive.lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            request = {"folder": str(folder), "environment": dict(os.environ)}
            with (folder / "output.log").open("ab") as output:
                socket.send_fds(self._ours, [json.dumps(request).encode()], [handle, output.fileno()])
        finally:
            os.close(handle)

    def stop(self) -> None:
        """End it; jobs that run go on."""
        self._ours.close()
        self._process.wait(60)


def _serve(requests: socket.socket) -> None:
    import pytorch_lightning  # noqa: F401  # what the forked workers will ask for
    import torch
    import torchmetrics  # noqa: F401

    torch.set_num_threads(1)
    gc.freeze()
    while True:
        data, handles, *_ = socket.recv_fds(requests, LARGEST, 2)
        if not data:
            return
        if os.fork() == 0:
            requests.close()
            _become(json.loads(data), *handles)
        for handle in handles:
            os.close(handle)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _start_from_here(folder: Path) -> None:
    """Stands in for `engine.jobs.job._start` in a job that starts others: they are forked from it in turn."""
    handle = os.open(folder / "alive.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    output = os.open(folder / "output.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    if os.fork() == 0:
        _become({"folder": str(folder), "environment": dict(os.environ)}, handle, output)
    for each in (handle, output):
        os.close(each)


def _become(request: dict[str, Any], lock: int, output: int) -> None:
    from engine.jobs import job, worker

    for handle in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:  # a program that starts anew has none
        if handle > 2 and handle not in (lock, output):
            with contextlib.suppress(OSError):
                os.close(handle)
    job._start = _start_from_here
    code = 1
    try:
        os.setsid()
        os.set_inheritable(lock, True)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        with open(os.devnull) as nothing:  # noqa: PTH123
            os.dup2(nothing.fileno(), 0)
        for standard in (1, 2):
            os.dup2(output, standard)
        code = worker.main(Path(request["folder"]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
