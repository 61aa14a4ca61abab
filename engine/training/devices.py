"""Which device a training runs on, and why."""

from __future__ import annotations

import os
import platform
from contextlib import AbstractContextManager
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

    def autocast(self) -> AbstractContextManager[None]:
        """Operations within it compute in this precision."""
        import torch

        kind = torch.float16 if self.precision == "16-mixed" else torch.bfloat16
        return torch.autocast(self.accelerator, kind, enabled=self.precision != "32-true")

    def to_json(self) -> dict[str, Any]:
        """As in run.json."""
        return asdict(self)


def choose_device(wish: str = "auto", precision: str = "auto") -> Device:
    """CUDA where there is one, else the CPU; LINESIDE_DEVICE=cpu|cuda overrides.

    Args:
        wish: auto, cpu or cuda.
        precision: auto, 32, bf16 or 16; where the device has it not, the nearest one that it has, which `why` says.

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
        chosen, how, how_zh = _on_cuda(precision, torch.cuda.is_bf16_supported())
        text = f"{name} with {memory:.0f} GB, in {how}: the fastest device of this machine."
        return Device("cuda", chosen, name, threads, text, f"{name}（{memory:.0f} GB），{how_zh}：本机最快的设备。")
    if wish == "cuda":
        raise UsageError("This machine has no CUDA device that PyTorch can use; choose the device auto or cpu.")
    name = cpu_name()
    asked, asked_zh = ("as wished", "按要求") if wish == "cpu" else ("no CUDA device found", "未找到 CUDA 设备")
    chosen, how, how_zh = _on_cpu(precision, cpu_has_bf16())
    text = f"The CPU ({name}, {threads} threads), {asked}; in {how}."
    return Device("cpu", chosen, name, threads, text, f"CPU（{name}，{threads} 线程），{asked_zh}；{how_zh}。")


def _on_cuda(precision: str, has_bf16: bool) -> tuple[str, str, str]:
    """Lightning's precision, and how a person reads it in English and Chinese."""
    if precision == "32":
        return "32-true", "fp32, as set", "按设置使用 fp32"
    if precision == "16" or not has_bf16:
        note, note_zh = (" (it has no bf16)", "（不支持 bf16）") if precision == "bf16" else ("", "")
        return "16-mixed", f"fp16{note}", f"fp16{note_zh}"
    return "bf16-mixed", "bf16", "bf16"


def _on_cpu(precision: str, has_bf16: bool) -> tuple[str, str, str]:
    note, note_zh = (
        (" instead of fp16, which CPUs do not train in", "（CPU 不能以 fp16 训练）") if precision == "16" else ("", "")
    )
    if precision == "32":
        return "32-true", "fp32, as set", "按设置使用 fp32"
    if has_bf16:
        return "bf16-mixed", f"bf16{note}, which it computes in hardware", f"使用硬件支持的 bf16{note_zh}"
    if precision == "bf16":
        slow = "bf16 as set, which this CPU only imitates: fp32 is as good and quicker"
        return "bf16-mixed", slow, "按设置使用 bf16，但本机 CPU 只能模拟：fp32 效果相同且更快"
    return "32-true", f"fp32{note}, because it has no bf16", f"不支持 bf16，使用 fp32{note_zh}"


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
