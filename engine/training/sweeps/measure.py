"""The job "measure": how long a step, a check and the start of some graphs take on this machine."""

from __future__ import annotations

import json
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

from engine.changes import Changes
from engine.errors import LinesideError
from engine.jobs.context import Cancelled, JobContext
from engine.training.runner import share_cores

STEPS = 8  # the first is not counted: memory is fetched and kernels are chosen there
ENOUGH = 3


def run(context: JobContext) -> dict[str, Any]:
    """Make some steps of each model.py in the folders of the arguments: {"folders", "version", "limit_s"}.

    Returns:
        {"speeds": {folder's name: {"step_s", "check_s", "start_s"}}, "failed": {folder's name: reason}}; what there was
        no time for is in neither.
    """
    began = time.monotonic()
    context.progress(0.0, "Starting PyTorch")
    share_cores()
    from engine.training.fit import fit

    import_s, speeds, failed = time.monotonic() - began, {}, {}
    began = time.monotonic()  # a slow start is no reason to measure fewer: the limit is of the steps
    version = context.workspace / "versions" / str(context.arguments["version"])
    folders = [context.workspace / folder for folder in context.arguments["folders"]]
    for number, folder in enumerate(folders):
        left = context.arguments["limit_s"] - (time.monotonic() - began)
        if number and left < 0:
            break
        context.progress(number / len(folders), f"Measuring {number + 1} of {len(folders)}")
        watch = _Stopwatch(context, left / (len(folders) - number))
        try:
            fit(folder, version, 0, watch, dynamics=False)
        except Cancelled:
            context.should_stop()
        except (LinesideError, MemoryError, RuntimeError) as error:
            failed[folder.name] = str(error).splitlines()[0]
            continue
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        speeds[folder.name] = watch.speed(import_s)
    return {"speeds": speeds, "failed": failed}


def ingest(_ws: Any, _tx: Any, _spec: dict[str, Any], _result: dict[str, Any]) -> Changes:
    """Nothing of it goes into the store."""
    return Changes()


def write_probe(folder: Path, code: str) -> None:
    """Lay out a folder that the job can measure."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.py").write_text(code, "utf-8")
    (folder / "run.json").write_text(json.dumps({}), "utf-8")


class _Stopwatch:
    """A reporter that notes when steps end, and ends a training that takes too long."""

    def __init__(self, context: JobContext, limit_s: float) -> None:
        self._context, self._limit_s = context, limit_s
        self._began = time.monotonic()
        self._ends: list[float] = []
        self._checks: list[float] = []

    def should_stop(self) -> None:
        """A step has ended."""
        self._context.should_stop()
        self._ends.append(time.monotonic())
        if len(self._ends) > ENOUGH and self._ends[-1] - self._began > self._limit_s:
            raise Cancelled

    def metric(self, step: int, **values: float) -> None:  # noqa: ARG002
        """A check has ended; it belongs to the step after which it was made."""
        if any(name.startswith("val_") for name in values):
            self._checks.append(time.monotonic())

    def speed(self, import_s: float) -> dict[str, float]:
        """What was found, seconds."""
        taken = [later - earlier for earlier, later in zip(self._ends, self._ends[1:], strict=False)]
        steps = taken[1:-1] if self._checks else taken[1:]
        step = statistics.fmean(steps or taken)
        check = max(0.0, taken[-1] - step) if self._checks else 2 * step
        return {"step_s": step, "check_s": check, "start_s": import_s + self._ends[0] - self._began}

    def wait_if_paused(self) -> float:
        """The job that asked waits itself."""
        return self._context.wait_if_paused()

    def give_way(self, worked_s: float) -> float:
        """Not while it is measured."""
        del worked_s
        return 0.0

    def progress(self, fraction: float, message: str = "", eta_s: float | None = None) -> None:
        """Not told."""

    def log(self, text: str) -> None:
        """Not told."""

    def emit(self, event: str, **fields: Any) -> None:
        """Not told."""

    def artifact(self, path: Path, kind: str) -> None:
        """Not told."""
