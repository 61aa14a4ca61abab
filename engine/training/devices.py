"""Which device a training runs on, and why."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import UsageError


@dataclass(frozen=True)
class Device:
    """The choice.

    Attributes:
        accelerator: "cuda" or "cpu".
        precision: of Lightning's Trainer: "bf16-mixed", "16-mixed" or "32-true".
        name: what the maker calls it.
        why: a sentence for a person; `why_zh` in Chinese.
    """

    accelerator: str
    precision: str
    name: str
    threads: int
    why: str
    why_zh: str

    def to_json(self) -> dict[str, Any]:
        """As in run.json."""
        return asdict(self)


def choose_device(wish: str = "auto") -> Device:
    """CUDA where there is one, else the CPU; LINESIDE_DEVICE=cpu|cuda overrides.

    Raises:
        UsageError: the wished device is not there.
    """
    import torch

    wish = os.environ.get("LINESIDE_DEVICE", "") or wish
    if wish not in ("auto", "cpu", "cuda"):
        raise UsageError(f"There is no device “{wish}”; choose auto, cpu or cuda.")
    threads = torch.get_num_threads()
    if wish != "cpu" and torch.cuda.is_available():
        name = torch.cuda.get_device_name(0)
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        half = torch.cuda.is_bf16_supported()
        text = f"{name} with {memory:.0f} GB, in {'bf16' if half else 'fp16'}: the fastest device of this machine."
        zh = f"{name}（{memory:.0f} GB），{'bf16' if half else 'fp16'}：本机最快的设备。"
        return Device("cuda", "bf16-mixed" if half else "16-mixed", name, threads, text, zh)
    if wish == "cuda":
        raise UsageError("This machine has no CUDA device that PyTorch can use; choose the device auto or cpu.")
    name = cpu_name()
    asked, asked_zh = ("as wished", "按要求") if wish == "cpu" else ("no CUDA device found", "未找到 CUDA 设备")
    if cpu_has_bf16():
        text = f"The CPU ({name}, {threads} threads), {asked}; in bf16, which it computes in hardware."
        return Device(
            "cpu",
            "bf16-mixed",
            name,
            threads,
            text,
            f"CPU（{name}，{threads} 线程），{asked_zh}；使用硬件支持的 bf16。",
        )
    text = f"The CPU ({name}, {threads} threads), {asked}; in fp32, because it has no bf16."
    return Device(
        "cpu", "32-true", name, threads, text, f"CPU（{name}，{threads} 线程），{asked_zh}；不支持 bf16，使用 fp32。"
    )


def cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bf16 in hardware (AVX512-BF16, AMX or Arm's)."""
    flags = _cpu_info()
    return any(flag in flags for flag in ("avx512_bf16", "amx_bf16", " bf16"))


def cpu_name() -> str:
    """What the maker calls the CPU."""
    for line in _cpu_info().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cpu_info() -> str:
    try:
        return Path("/proc/cpuinfo").read_text("ascii", errors="replace")
    except OSError:
        return ""
