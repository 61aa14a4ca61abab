"""What a training takes: time that is left, memory, energy."""

from __future__ import annotations

import ctypes
import math
import os
from collections import deque
from pathlib import Path
from typing import Any

RAPL = Path("/sys/class/powercap")
WATTS_PER_CORE = 10.0  # of a busy core of a desktop or server CPU; an estimate, and said to be one
RECENT = 200  # steps
SURE = 1.96  # standard deviations: 95 %


class Pace:
    """Seconds of the last steps and checks; how long the rest will take."""

    def __init__(self) -> None:
        self.steps: deque[float] = deque(maxlen=RECENT)
        self.checks: deque[float] = deque(maxlen=8)

    def left(self, steps: int, checks: int) -> tuple[float, float, float]:
        """Seconds for so many more steps and checks: least, expected, most; 95 % by the spread of the recent ones.

        Both the spread of single steps and the doubt about their mean count: n s² + n² s² / k.
        """
        count = len(self.steps)
        if not count:
            return 0.0, 0.0, 0.0
        mean = sum(self.steps) / count
        spread = sum((value - mean) ** 2 for value in self.steps) / max(1, count - 1)
        expected = steps * mean + checks * (sum(self.checks) / len(self.checks) if self.checks else 0.0)
        doubt = SURE * math.sqrt(spread * (steps + steps**2 / count))
        return max(0.0, expected - doubt), expected, expected + doubt


class Energy:
    """Energy since it was made, in Wh: the counters of CPU (RAPL) and GPU (NVML) where they can be read, else CPU time."""

    def __init__(self, cuda: bool = False) -> None:
        self._rapl = _rapl_files()
        self._last = [_read(path) for path in self._rapl]
        self._cpu_time = _cpu_seconds()
        self._nvml = _Nvml() if cuda else None
        self._gpu = self._nvml.joules() if self._nvml is not None else None
        self._joules = 0.0

    def read(self) -> tuple[float, str]:
        """Wh until now, and the source of the figure: "rapl" or "cpu_time", "+nvml" or "+no_gpu" behind it."""
        for place, path in enumerate(self._rapl):
            now = _read(path)
            moved = now - self._last[place]
            self._joules += (moved if moved >= 0 else moved + _read(path.with_name("max_energy_range_uj"))) / 1e6
            self._last[place] = now
        joules = self._joules if self._rapl else (_cpu_seconds() - self._cpu_time) * WATTS_PER_CORE
        source = "rapl" if self._rapl else "cpu_time"
        if self._nvml is not None:
            now_gpu = self._nvml.joules()
            known = now_gpu is not None and self._gpu is not None
            joules += now_gpu - self._gpu if now_gpu is not None and self._gpu is not None else 0.0
            source += "+nvml" if known else "+no_gpu"
        return joules / 3600, source


def memory_mb() -> float:
    """What this process holds, MB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def _rapl_files() -> list[Path]:
    """Counters of whole packages that may be read; most systems let only root do so."""
    found = sorted(RAPL.glob("intel-rapl:[0-9]*/energy_uj"))
    return [path for path in found if path.parent.name.count(":") == 1 and os.access(path, os.R_OK)]


def _read(path: Path) -> int:
    return int(path.read_text("ascii"))


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system


class _Nvml:
    """The energy counter of the first GPU, through the driver's own library."""

    def __init__(self) -> None:
        self._library: Any = None
        self._device = ctypes.c_void_p()
        try:
            library = ctypes.CDLL("libnvidia-ml.so.1")
        except OSError:
            return
        if library.nvmlInit_v2() == 0 and library.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(self._device)) == 0:
            self._library = library

    def joules(self) -> float | None:
        """Since the driver was loaded; None where it is not counted."""
        found = ctypes.c_ulonglong()
        if self._library is None:
            return None
        if self._library.nvmlDeviceGetTotalEnergyConsumption(self._device, ctypes.byref(found)) != 0:
            return None
        return found.value / 1000
