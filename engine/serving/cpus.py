"""On which CPUs the server runs: named ones, or those of a NUMA node (whose memory its pages then come from, too)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from engine.serving.errors import ServingError

NODES = Path("/sys/devices/system/node")


def parse(text: str) -> set[int]:
    """“0-3,8” as numbers.

    Raises:
        ServingError: it is no such list.
    """
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise ServingError(f"CPUs are given as “0-3,8”; “{text}” is no such list.")
        found |= set(range(first, last + 1))
    return found


def chosen(cpus: str, numa: str, allowed: set[int], nodes: Path = NODES) -> set[int]:
    """The CPUs to run on: those that are named, of the node that is named, out of those that are allowed.

    Raises:
        ServingError: there is no such CPU or node, or none of them may be used here.
    """
    wanted = parse(cpus) if cpus else allowed
    if cpus and not wanted <= allowed:
        missing = ", ".join(map(str, sorted(wanted - allowed)))
        raise ServingError(f"There is no CPU {missing} here, or it may not be used; there are {ranges(allowed)}.")
    if not numa:
        return wanted
    try:
        node = parse((nodes / f"node{int(numa)}" / "cpulist").read_text().strip())
    except (OSError, ValueError) as error:
        there = ", ".join(sorted(path.name[4:] for path in nodes.glob("node[0-9]*"))) or "none"
        raise ServingError(f"There is no NUMA node “{numa}” here; there are: {there}.") from error
    if not wanted & node:
        raise ServingError(f"NUMA node {numa} has the CPUs {ranges(node)}; none of them may be used here.")
    return wanted & node


def ranges(cpus: set[int]) -> str:
    """As `parse` reads it."""
    parts: list[list[int]] = []
    for cpu in sorted(cpus):
        if parts and parts[-1][1] == cpu - 1:
            parts[-1][1] = cpu
        else:
            parts.append([cpu, cpu])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def pin(cpus: str, numa: str) -> int:
    """Keep this process and the threads that it starts from now on to them; how many there are.

    Memory comes from the node of the CPU that first touches it, which is Linux's own way.

    Raises:
        ServingError: see `chosen`; or this system cannot do it.
    """
    if not cpus and not numa:
        return 0
    if not hasattr(os, "sched_setaffinity"):
        raise ServingError("Threads cannot be kept to CPUs on this system.")
    found = chosen(cpus, numa, os.sched_getaffinity(0))
    os.sched_setaffinity(0, found)
    return len(found)
