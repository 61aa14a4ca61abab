"""The queue of long jobs: so many run at once, the others wait in the order in which they were given.

A job waits in its own supervisor, which holds no memory to speak of; it goes on waiting when the window closes. Where a
waiting supervisor was ended (a power cut, a restart of the machine), the next program that opens the workspace starts it
again. Slots are locks on files, so that whatever ends a job frees its slot. A sweep has one slot for all its trials.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.workspace import write_atomically

WAITING, PAUSE, CANCEL = "waiting", "pause", "cancel"
SETTINGS = "settings.json"
BATTERY = "battery"  # what a pause says that no person asked for
LOOK_EVERY_S = 0.3
POWER_EVERY_S = 2.0
MOST_SLOTS, NICEST = 64, 19
BEHIND = 10  # nice: the window and other programs come first
GIVE_WAY = ("no", "window", "load")
AUTOGROUP = Path("/proc/self/autogroup")


@dataclass(frozen=True)
class QueueSettings:
    """How trainings share this machine.

    Attributes:
        cpu_slots: trainings at once where they run on the CPU; each GPU has a slot of its own.
        pause_on_battery: wait while the machine runs on its battery.
        nice: by how much they stand back behind other programs, 0 (not at all) to 19 (when nobody else computes).
        give_way: rest between steps "no": never; "window": while a person uses the window; "load": also while other
            programs want the cores.
        resume_lost: the window, when it starts, goes on with what a restart of the machine or a kill broke off.
    """

    cpu_slots: int = 1
    pause_on_battery: bool = True
    nice: int = 0
    give_way: str = "window"
    resume_lost: bool = True


def read_settings(jobs: Path) -> QueueSettings:
    """The settings of a workspace's jobs folder; those that cannot be read are the usual ones."""
    try:
        found = json.loads((jobs / SETTINGS).read_text("utf-8"))
        usual = QueueSettings()
        return QueueSettings(
            int(found["cpu_slots"]), bool(found["pause_on_battery"]), int(found["nice"]),
            str(found.get("give_way", usual.give_way)), bool(found.get("resume_lost", usual.resume_lost)),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return QueueSettings()


def save_settings(jobs: Path, **changes: Any) -> QueueSettings:
    """Change some of the settings; jobs that wait or run heed them within seconds, `nice` when they start.

    Raises:
        UsageError: a value is out of range.
    """
    found = QueueSettings(**asdict(read_settings(jobs)) | changes)
    if not 1 <= found.cpu_slots <= MOST_SLOTS:
        raise UsageError(f"{found.cpu_slots} trainings at once cannot be; choose 1 to {MOST_SLOTS}.")
    if not 0 <= found.nice <= NICEST:
        raise UsageError(f"The priority {found.nice} is none; choose 0 (as other programs) to {NICEST} (behind all).")
    if found.give_way not in GIVE_WAY:
        raise UsageError(f"Trainings cannot give way to “{found.give_way}”; choose one of {', '.join(GIVE_WAY)}.")
    write_atomically(jobs / SETTINGS, json.dumps(asdict(found)).encode())
    return found


@contextlib.contextmanager
def slot(folder: Path) -> Iterator[str | None]:
    """Wait for a free slot for the job of a folder and hold it; gives its name, None when the job was cancelled."""
    (folder / WAITING).touch()
    name, handle = None, None
    while not (folder / CANCEL).exists():
        if not (folder / PAUSE).exists() and _is_first(folder):
            name, handle = _take(folder.parent)
            if handle is not None:
                break
        time.sleep(LOOK_EVERY_S)
    (folder / WAITING).unlink(missing_ok=True)
    try:
        yield name
    finally:
        if handle is not None:
            os.close(handle)


def is_part(spec: Mapping[str, Any], jobs: Path) -> bool:
    """Whether a job belongs to one that has a slot, which is then its own too: waiting for another would be for ever."""
    whole = jobs / spec["within"] if spec.get("within") else None
    return whole is not None and is_alive(whole) and not (whole / WAITING).exists()


def waits_for(folder: Path) -> int:
    """How many jobs stand before this one in the queue."""
    others = (other.parent for other in folder.parent.glob(f"*/{WAITING}"))
    return sum(other.name < folder.name and is_alive(other) and not (other / PAUSE).exists() for other in others)


def is_alive(folder: Path) -> bool:
    """Whether a job's supervisor or worker still holds the folder's lock."""
    try:
        handle = os.open(folder / "alive.lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(handle)
    finally:
        os.close(handle)


def try_lock(handle: int) -> bool:
    """Lock an open file for this process and those it starts, unless another one has it."""
    if os.name != "posix":
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def heed_power(folder: Path, settings: QueueSettings, on_battery: bool) -> None:
    """Pause a job on battery, and lift that pause, and no other one, when there is power again."""
    pause = folder / PAUSE
    mine = pause.exists() and pause.read_text("utf-8") == BATTERY
    if on_battery and settings.pause_on_battery:
        if not pause.exists():
            pause.write_text(BATTERY, "utf-8")
    elif mine:
        pause.unlink(missing_ok=True)


def stand_back(settings: QueueSettings) -> None:
    """Put this process, and what it starts, behind others; at the end of the scale it runs when nobody else does."""
    import sys

    wanted = max(settings.nice, BEHIND if settings.give_way == "load" else 0)
    if sys.platform == "win32":
        import psutil

        classes = psutil.IDLE_PRIORITY_CLASS if wanted == NICEST else psutil.BELOW_NORMAL_PRIORITY_CLASS
        if wanted:
            psutil.Process().nice(classes)
        return
    os.nice(wanted)
    if wanted == NICEST and hasattr(os, "SCHED_IDLE"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def weigh_session(file: Path = AUTOGROUP) -> None:
    """Give this process' session the weight of its nice value, which counts only within the session where Linux groups so.

    See sched(7), “The autogroup feature”; another system has no such file, and a refusal leaves things as they were.
    """
    if file.exists() and (level := os.nice(0)) > 0:
        with contextlib.suppress(OSError):
            file.write_text(str(level), "ascii")


def slot_names(settings: QueueSettings) -> list[str]:
    """Names of the slots of this machine, “gpu-0” and so on, or without a GPU “cpu-0” and so on."""
    gpus = sorted(Path("/dev").glob("nvidia[0-9]*")) if os.environ.get("LINESIDE_DEVICE") != "cpu" else []
    return [f"gpu-{number}" for number in range(len(gpus))] or [f"cpu-{number}" for number in range(settings.cpu_slots)]


def _is_first(folder: Path) -> bool:
    return waits_for(folder) == 0


def _take(jobs: Path) -> tuple[str | None, int | None]:
    for name in slot_names(read_settings(jobs)):
        handle = os.open(jobs / f"{name}.lock", os.O_RDWR | os.O_CREAT)
        if try_lock(handle):
            return name, handle
        os.close(handle)
    return None, None
