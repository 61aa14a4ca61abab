"""The worker entry: `python -P -m engine.jobs.worker FOLDER`, a supervisor and the process that does the work.

The supervisor imports nothing heavy. It outlives the window, ends a worker that does not heed a cancel, and leaves
`exit.json` behind, so that a killed worker is known as killed, with its signal, whoever is there to see it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from engine.errors import LinesideError
from engine.jobs.context import Cancelled, JobContext, JobFailure
from engine.jobs.kinds import ELSEWHERE, kind_of, load
from engine.jobs.power import on_battery
from engine.jobs.slots import POWER_EVERY_S, heed_power, is_part, read_settings, slot, stand_back, weigh_session
from engine.jobs.working import Others, heed_work, works
from engine.workspace import write_atomically

CANCEL_GRACE_S = 20.0
CANCELLED_CODE = 75


def main(folder: Path) -> int:
    """Run the job in `folder` under supervision, when its turn has come; returns the exit code."""
    spec = json.loads((folder / "spec.json").read_text("utf-8"))
    if not kind_of(spec["kind"]).queued or "elsewhere" in spec or is_part(spec, folder.parent):
        return _supervise(folder)
    with slot(folder) as name:
        if name is None:
            _leave_exit(folder, {"code": CANCELLED_CODE, "signal": None, "out_of_memory": False})
            return CANCELLED_CODE
        if name.startswith("gpu-"):
            os.environ.setdefault("CUDA_VISIBLE_DEVICES", name.removeprefix("gpu-"))
        stand_back(read_settings(folder.parent))
        return _supervise(folder, heeds=True)


def _supervise(folder: Path, heeds: bool = False) -> int:
    weigh_session()
    if not hasattr(os, "fork"):
        code = work(folder)
        _leave_exit(folder, {"code": code, "signal": None, "out_of_memory": False})
        return code
    ooms = _oom_kills()
    child = os.fork()
    if child == 0:
        end_with_parent()
        os._exit(work(folder))
    _write(folder / "worker.json", {"supervisor": os.getpid(), "worker": child, "started": time.time()})
    _, status = _wait(folder, child, heeds)
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1
    _leave_exit(
        folder, {"code": code, "signal": ended_by, "out_of_memory": ended_by == signal.SIGKILL and _oom_kills() > ooms}
    )
    return code


def work(folder: Path) -> int:
    """Do the job's work in this process; everything that can go wrong becomes an event."""
    context = JobContext(folder)
    try:
        context.emit("started", attempt=context.attempt, pid=os.getpid())
        result = load(ELSEWHERE if "elsewhere" in context.spec else kind_of(context.spec["kind"]).run)(context)
        write_atomically(folder / "result.json", json.dumps(result, ensure_ascii=False).encode())
        context.emit("done")
    except (Cancelled, KeyboardInterrupt):
        context.emit("cancelled")
        return CANCELLED_CODE
    except BaseException as error:
        context.emit("failed", **_describe(error))
        traceback.print_exc()
        return 1
    finally:
        context.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _describe(error: BaseException) -> dict[str, Any]:
    details = "".join(traceback.format_exception(error))
    if isinstance(error, JobFailure):
        return {"kind": error.kind, "message": str(error), "fix": error.fix, "details": details}
    if isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__ or "alloc_cpu" in str(error):
        message = "The memory of this machine (or its GPU) is full; make the batch or the image size smaller, or close other programs."
        return {"kind": "out_of_memory", "message": message, "fix": "", "details": details}
    if isinstance(error, LinesideError):
        return {"kind": "error", "message": str(error), "fix": error.fix, "details": details}
    reason = str(error).splitlines()[0] if str(error) else ""
    message = f"The job stopped on an unexpected error: {type(error).__name__}{': ' + reason if reason else ''}."
    return {"kind": "error", "message": message, "fix": "", "details": details}


def _wait(folder: Path, child: int, heeds: bool) -> tuple[int, int]:
    """Wait for the worker; end it when it ignores a cancel for too long; let it wait on battery, and give way."""
    asked: float | None = None
    looked, others = -POWER_EVERY_S, Others()
    while True:
        if heeds and time.monotonic() - looked > POWER_EVERY_S:
            looked = time.monotonic()
            settings = read_settings(folder.parent)
            heed_power(folder, settings, on_battery())
            busy = settings.give_way == "load" and others.look()
            heed_work(folder, settings.give_way != "no" and (busy or works(folder.parent)))
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return pid, status
        if asked is None and (folder / "cancel").exists():
            asked = time.monotonic()
        if asked is not None and time.monotonic() - asked > CANCEL_GRACE_S:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.1)


def end_with_parent() -> None:
    """Ask the kernel to end this process when the one that started it is gone, so that none runs on unseen (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _oom_kills() -> int:
    """How many processes the kernel has ended for want of memory since the machine started."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/vmstat").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return 0


def _leave_exit(folder: Path, content: dict[str, Any]) -> None:
    _write(folder / "exit.json", content | {"at": time.time()})


def _write(path: Path, content: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(content).encode())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
