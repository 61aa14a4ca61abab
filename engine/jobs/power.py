"""Whether the machine runs on its battery."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path

SUPPLIES = "/sys/class/power_supply"  # LINESIDE_POWER_SUPPLY names another folder of the same form


def on_battery() -> bool:
    """Whether it runs on a battery that is its own: that of a mouse says nothing."""
    if platform.system() == "Linux":
        return _discharges(Path(os.environ.get("LINESIDE_POWER_SUPPLY", SUPPLIES)))
    import psutil

    found = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return found is not None and found.power_plugged is False


def _discharges(supplies: Path) -> bool:
    """Read the kernel's power supplies (Documentation/ABI/testing/sysfs-class-power)."""
    found = [(_word(supply, "type"), supply) for supply in supplies.glob("*")]
    if any(kind in ("Mains", "USB", "Wireless") and _word(supply, "online") == "1" for kind, supply in found):
        return False
    own = [supply for kind, supply in found if kind == "Battery" and _word(supply, "scope") != "Device"]
    return any(_word(supply, "status") == "Discharging" for supply in own)


def _word(supply: Path, name: str) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (supply / name).read_text("ascii").strip()
    return ""
