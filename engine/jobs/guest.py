"""The far side of a job that runs on another machine: keeps what is sent, starts the ordinary worker, tells how it goes.

    python -I guest.py ROOT COMMAND [ARGUMENT…]

This file is sent alone and first, so its top needs the standard library only; the engine follows, as one more thing that is
sent. ROOT is laid out as a workspace without a store: media, versions, runs, jobs. Answers are JSON, one document a line.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

PACKAGES = (
    "torch", "pytorch-lightning", "torchmetrics", "numpy", "opencv-python-headless", "pillow", "pluggy", "psutil", "pyarrow",
    "pydantic", "safetensors",
)  # fmt: skip
TELL_EVERY_S = 1.0
LOOK_EVERY_S = 0.1
MOST_BYTES = 1 << 20


def look(root: Path) -> dict[str, Any]:
    """What this machine has for a training; nothing needs to be there, and nothing is written."""
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, Any] = {"python": sys.version.split()[0], "executable": sys.executable, "packages": {}, "gpus": []}
    for name in PACKAGES:
        try:
            found["packages"][name] = version(name)
        except PackageNotFoundError:
            continue
    try:
        import torch

        for number in range(torch.cuda.device_count()):
            free, whole = torch.cuda.mem_get_info(number)
            found["gpus"].append({"name": torch.cuda.get_device_name(number), "free": free, "memory": whole})
    except (ImportError, OSError, RuntimeError) as error:
        found["broken"] = str(error).splitlines()[0]
    there = next(folder for folder in (root, *root.parents) if folder.is_dir())
    memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text("ascii").splitlines())
    found["memory_free"] = int(memory["MemAvailable"].split()[0]) * 1024
    return found | {"disk_free": shutil.disk_usage(there).free, "cores": os.cpu_count() or 1}


def lacking(root: Path) -> list[str]:
    """Of the files named on stdin, [[path, sha256, size], …], those that are not here whole."""
    return [path for path, digest, size in json.load(sys.stdin) if not _is_whole(root / path, digest, size)]


def take(root: Path, digest: str) -> None:
    """Unpack what was sent; each file appears whole or not at all, and what is there already stays."""
    pack = root / "blobs" / "sha256" / digest
    with tarfile.open(pack) as members:
        for member in members:
            place, source = root / member.name, members.extractfile(member)
            assert source is not None
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_name(f".{place.name}.{os.getpid()}.part")
            with part.open("wb") as file:
                shutil.copyfileobj(source, file)
            part.replace(place)
    pack.unlink()


def state(root: Path, job: str) -> dict[str, Any] | None:
    """Whether the job was started here, and how it is."""
    if not (root / "jobs" / job / "output.log").exists():
        return None
    return {"active": _job(root, job).status().active, "ended_well": (root / "jobs" / job / "result.json").exists()}


def start(root: Path, job: str) -> None:
    """Start the job, or go on with one that was ended; its supervisor outlives the connection."""
    _job(root, job).resume()


def mark(root: Path, job: str, name: str, wanted: str) -> None:
    """Put a mark that workers heed into the job's folder ("cancel", "pause", "gently"), or take it away."""
    place = root / "jobs" / job / name
    if wanted == "yes":
        place.touch()
    else:
        place.unlink(missing_ok=True)


def follow(root: Path, job: str, offset: str) -> None:
    """Tell events from a byte offset on, each second how the job is, and when it has ended, how."""
    from dataclasses import asdict

    at, told, found = int(offset), 0.0, _job(root, job)
    run = root / "runs" / found.arguments["run"]
    while True:
        status = found.status()  # before the events: once it has ended, no more will come
        lines, at = _lines(found.folder / "events.jsonl", at)
        if lines:
            _tell({"events": lines, "offset": at})
        elif not status.active:
            break
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            _tell({"status": asdict(status), "clock": time.time(), "files": _files(run)})
        time.sleep(LOOK_EVERY_S)
    about = json.loads((run / "run.json").read_text("utf-8"))
    _tell({"ended": asdict(status), "result": found.result(), "run": about, "files": _files(run)})


def digests(root: Path, run: str) -> dict[str, list[Any]]:
    """Each file of a run: sha256 and bytes."""
    folder = root / "runs" / run
    return {name: [digest_of(folder / name), size] for name, (size, _) in _files(folder).items()}


def read(root: Path, run: str, name: str, offset: str) -> None:
    """A file of a run, from a byte on."""
    with (root / "runs" / run / name).open("rb") as file:
        file.seek(int(offset))
        shutil.copyfileobj(file, sys.stdout.buffer)


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_whole(place: Path, digest: str, size: int) -> bool:
    if not place.is_file() or place.stat().st_size != size:
        return False
    return place.name == digest or digest_of(place) == digest


def _job(root: Path, name: str) -> Any:
    folder = root / "jobs" / name
    program = root / "program" / json.loads((folder / "spec.json").read_text("utf-8"))["program"]
    os.environ["PYTHONPATH"] = str(program)  # for the worker
    sys.path.insert(0, str(program))
    from engine.jobs.job import Job

    return Job(folder)


def _lines(path: Path, offset: int) -> tuple[list[str], int]:
    """Whole lines from a byte on, and where the next begins."""
    if not path.exists():
        return [], offset
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(MOST_BYTES)
    end = data.rfind(b"\n") + 1
    return data[:end].decode("utf-8", "replace").splitlines(), offset + end


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Bytes and time of change of each file; what is being written is left out."""
    found = {}
    for path in folder.rglob("[!.]*"):
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = (path.stat().st_size, path.stat().st_mtime_ns)
    return found


def _tell(document: Any) -> None:
    print(json.dumps(document), flush=True)


COMMANDS = {one.__name__: one for one in (look, lacking, take, state, start, mark, follow, digests, read)}

if __name__ == "__main__":
    answer = COMMANDS[sys.argv[2]](Path(sys.argv[1]), *sys.argv[3:])
    if answer is not None or sys.argv[2] == "state":
        _tell(answer)
