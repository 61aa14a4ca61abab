"""The job "train": the worker's side (DESIGN.md §5)."""

from __future__ import annotations

import json
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput
from engine.jobs.context import Cancelled, JobFailure
from engine.serving.errors import BadImage
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from engine.jobs import JobContext

PACKAGES = ("torch", "pytorch-lightning", "numpy", "opencv-python-headless", "pillow")


def run(context: JobContext) -> dict[str, Any]:
    """Train the run that the arguments name: {"run", "version", "seed"}.

    Raises:
        JobFailure: see `engine.training.fit.fit`.
    """
    context.progress(0.0, "Starting PyTorch")
    share_cores()
    from engine.training.fit import fit

    arguments = context.arguments
    folder = context.workspace / "runs" / arguments["run"]
    code = folder / "model.py"
    record(folder, state="running", environment=environment(), started=time.time(), job=context.folder.name)
    try:
        version = context.workspace / "versions" / str(arguments["version"])
        result = fit(folder, version, arguments["seed"], context, dynamics=arguments.get("dynamics"))
    except Cancelled:
        record(folder, state="cancelled", ended=time.time())
        raise
    except (BadInput, BadImage) as error:
        text = str(error).replace(str(code), _file(folder))
        record(folder, state="failed", ended=time.time(), error=text)
        raise JobFailure(text, kind="bad_data") from error
    except JobFailure as error:
        record(folder, state="failed", ended=time.time(), error=str(error))
        raise
    except Exception as error:
        from engine.training.load import line_of

        line = line_of(error, code)
        text = f"{_file(folder)}, line {line}: {type(error).__name__}: {error}" if line else str(error)
        record(folder, state="failed", ended=time.time(), error=text)
        if line:  # a person's own code
            raise JobFailure(text, kind="code") from error
        raise
    except BaseException as error:
        record(folder, state="failed", ended=time.time(), error=str(error))
        raise
    record(folder, state="done", ended=time.time(), **result)
    return {"run": arguments["run"], "graph": arguments["graph"], "version": arguments["version"], **result}


def _file(folder: Path) -> str:
    """Where the code of a run comes from: the person's own file, or the run's."""
    return str(json.loads((folder / "run.json").read_text("utf-8")).get("file") or folder / "model.py")


def share_cores() -> None:
    """Let PyTorch's threads sleep while they wait; must come before PyTorch is loaded.

    By default they spin, which is a hundred times slower as soon as another program wants the same cores.
    """
    import os

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def record(folder: Path, **values: Any) -> None:
    """Add to the run's run.json."""
    path = folder / "run.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    write_atomically(path, (json.dumps({**known, **values}, ensure_ascii=False, indent=2) + "\n").encode())


def environment() -> dict[str, Any]:
    """What the run was made with."""
    import os
    from importlib.metadata import PackageNotFoundError, version

    import psutil

    from engine.training.devices import cpu_name

    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "packages": packages,
    }
