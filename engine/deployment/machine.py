"""What a Linux machine tells of itself in /proc, read the same way here and over a link."""

from __future__ import annotations

import re

FLAGS = (
    "avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16",
    "asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve",
)  # fmt: skip
PARTS = {  # ARM's CPU part numbers (implementer 0x41) of boards that stand beside lines
    "0xd03": "Cortex-A53", "0xd04": "Cortex-A35", "0xd05": "Cortex-A55", "0xd07": "Cortex-A57", "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76", "0xd0c": "Neoverse-N1", "0xd41": "Cortex-A78", "0xd42": "Cortex-A78AE",
}  # fmt: skip


def parse_cpu(cpuinfo: str) -> tuple[str, tuple[str, ...]]:
    """CPU model and the flags that matter for inference, from /proc/cpuinfo of x86 or ARM."""
    values: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            values.setdefault(name.strip().lower(), value.strip())
    part = PARTS.get(values.get("cpu part", ""), values.get("cpu part", ""))
    model = values.get("model name") or values.get("model") or part
    present = set((values.get("flags") or values.get("features") or "").split())
    return " ".join(model.split()), tuple(flag for flag in FLAGS if flag in present)


def parse_memory(meminfo: str, name: str = "MemTotal") -> int:
    """A line of /proc/meminfo in bytes; 0 where it is not there."""
    found = re.search(rf"^{name}:\s*(\d{{1,18}}) kB", meminfo, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def parse_system(os_release: str) -> str:
    """PRETTY_NAME of /etc/os-release."""
    line = next((line for line in os_release.splitlines() if line.startswith("PRETTY_NAME=")), "")
    return line.partition("=")[2].strip().strip('"')


def exit_reason(code: int) -> str:
    """How a program ended, from its exit code (negative or above 128: a signal)."""
    number = -code if code < 0 else code - 128 if code > 128 else 0
    if number:
        return f"killed by signal {number}" + (" (the machine may have run out of memory)" if number == 9 else "")
    return f"ended with code {code}"
