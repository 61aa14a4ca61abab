"""What this machine is: on Linux by the script for boxes, elsewhere as far as Python tells."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil

from engine.deployment.launch import oci_platform, shell
from engine.deployment.probing import read_probe
from engine.deployment.target import Probe


def look(folder: Path, port_base: int, isolation: tuple[str, ...]) -> Probe:
    """What a target here is that keeps its artifacts in a folder."""
    seen = read_probe(_told(folder), port_base=port_base) if sys.platform == "linux" else _elsewhere(folder)
    return replace(
        seen,
        runtimes=(*seen.runtimes, f"python {platform.python_version()}"),
        isolation=isolation,
        user=psutil.Process().username(),
        root=getattr(os, "geteuid", lambda: 1)() == 0,
    )


def _told(folder: Path) -> str:
    line = ["sh", "-s", "--", str(folder), "probe"]
    return subprocess.run(
        line, input=shell("box.sh"), capture_output=True, text=True, errors="replace", check=True
    ).stdout


def _elsewhere(folder: Path) -> Probe:
    memory = psutil.virtual_memory()
    return Probe(
        platform=oci_platform(),
        cpu=platform.processor(),
        cores=os.cpu_count() or 1,
        physical_cores=psutil.cpu_count(logical=False) or 0,
        memory=memory.total,
        memory_free=memory.available,
        disk_free=shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free,
        system=platform.platform(),
        kernel=platform.release(),
    )
