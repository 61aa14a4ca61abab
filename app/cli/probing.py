"""The command that looks at a target's machine."""

from __future__ import annotations

from typing import Any

from app.cli.command import Answer, Call, command
from app.cli.targets import TARGET
from app.cli.text import facts, size


@command("target probe", TARGET)
def probe(call: Call) -> Answer:
    """Look at a target: processor, memory, disk, graphics, ways of running, clock, ports, and which precisions it computes."""
    from engine.deployment.advice import advise, thread_counts
    from engine.deployment.targets import probe_target

    found = probe_target(call.workspace(), call.options.target, call.ask)
    advice = advise(found)
    more = {
        "precisions": [vars(one) for one in advice],
        "threads": list(thread_counts(found)) if found.cores else [],
    }
    document = found.to_json() | more
    return Answer(document, facts(_rows(document)))


def _rows(seen: dict[str, Any]) -> list[tuple[str, Any]]:
    """What is known, and nothing that is not."""
    rows = [
        ("platform", seen["platform"]),
        ("processor", seen["cpu"]),
        ("cores", _cores(seen)),
        ("instructions", " ".join(seen["flags"])),
        *((one["precision"].upper(), ("" if one["fits"] else "no: ") + one["why"]) for one in seen["precisions"]),
        ("memory", _of(seen["memory_free"], seen["memory"])),
        ("disk", size(seen["disk_free"]) + " free" if seen["disk_free"] else ""),
        *(("graphics", name) for name in seen["gpus"]),
        ("system", seen["system"]),
        ("kernel", seen["kernel"]),
        ("runtimes", ", ".join(seen["runtimes"])),
        ("runs releases by", ", ".join(seen["isolation"])),
        ("user", f"{seen['user']} (root)" if seen["root"] and seen["user"] != "root" else seen["user"]),
        ("clock", _clock(seen)),
        ("ports in use", ", ".join(map(str, seen["ports"]))),
        ("reached from here", ", ".join(map(str, seen["reachable"]))),
        ("next free port", seen["free_port"] or ""),
        *(("note", note) for note in seen["notes"]),
    ]
    return [(name, value) for name, value in rows if value]


def _cores(seen: dict[str, Any]) -> str:
    physical = seen["physical_cores"]
    return f"{seen['cores']} ({physical} physical)" if 0 < physical < seen["cores"] else str(seen["cores"] or "")


def _of(free: int, whole: int) -> str:
    if not whole:
        return ""
    return f"{size(free)} of {size(whole)} free" if free else size(whole)


def _clock(seen: dict[str, Any]) -> str:
    within = seen["clock_within_s"]
    return f"{seen['clock_skew_s']:+.3f} s, ± {within:.3f} s" if within else ""
