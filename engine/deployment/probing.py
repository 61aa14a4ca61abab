"""From what a machine prints of itself to a `Probe`; none of it is taken on trust."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from engine.agent.program import oci_platform
from engine.deployment.machine import parse_cpu, parse_memory, parse_system
from engine.deployment.target import Probe

LONGEST = 120  # letters of one value
MOST = 64  # values of one name
MOST_NUMBER = 1 << 53  # what is more is no number of cores, bytes or seconds
MOST_PORTS = 1024
NEEDED = ("tar", "gzip", "sha256sum")
WRONG_CLOCK_S = 60.0
LONG_S = 30 * 86400.0  # shorter than certificates and signatures last

Reading = tuple[float, str, float]
"""Seconds here when a machine was asked for its time, what it said (`date +%s.%N`), seconds here when that arrived."""


def read_probe(text: str, readings: Sequence[Reading] = (), port_base: int = 0) -> Probe:
    """What `box.sh probe` printed.

    Args:
        text: of a machine that may print anything.
        readings: of its clock; none: it is this machine's.
        port_base: from which port on releases look for a free one.
    """
    text = text[: 1 << 20]
    values = _values(text)

    def one(name: str) -> str:
        return values.get(name, [""])[0]

    model, flags = parse_cpu(text)
    runtimes, root = tuple(values.get("runtime", ())), one("uid") == "0"
    cores = _number(one("cores"))
    skew, within = clock_of(readings)
    ports = _ports(values.get("listens", ()))
    notes = [f"“{tool}” is not there" for tool in values.get("missing", ()) if tool in NEEDED]
    return Probe(
        platform=oci_platform(one("machine") or "unknown"), cpu=", ".join(filter(None, [one("board"), clean(model)])), flags=flags, cores=cores,
        physical_cores=min(_physical(text), cores), memory=_kilobytes(text, "MemTotal"),
        memory_free=_kilobytes(text, "MemAvailable"), disk_free=_number(one("disk")) * 1024,
        gpus=tuple(dict.fromkeys(values.get("gpu", ()))), system=clean(parse_system(text)), kernel=one("kernel"),
        runtimes=runtimes, isolation=_isolation(runtimes, root, bool(one("namespaces"))), user=one("user"), root=root,
        clock_skew_s=skew, clock_within_s=within, ports=ports, free_port=free_port(ports, port_base),
        notes=(*notes, *filter(None, [clock_told(skew)])),
    )  # fmt: skip


def clock_of(readings: Sequence[Reading]) -> tuple[float, float]:
    """How far a clock is ahead in seconds, and how exactly that is known, from the reading that took the shortest time.

    The machine looked at its clock at some moment between question and answer, so half of that time is the error.
    """
    found = [
        ((answered - asked) / 2 + coarse, float(parts[0]) + coarse - (asked + answered) / 2)
        for asked, said, answered in readings
        if (parts := re.match(r"(\d{1,11})(\.\d{1,9})?", said.strip()))
        for coarse in [0.0 if parts[2] else 0.5]  # busybox tells whole seconds only
    ]
    if not found:
        return 0.0, 0.0
    within, skew = min(found)
    return round(skew, 3), round(within, 3)


def clock_told(skew_s: float) -> str:
    """What follows from a clock that is wrong, in a sentence; "" where nothing does."""
    if abs(skew_s) <= WRONG_CLOCK_S:
        return ""
    told = f"Its clock is {_duration(abs(skew_s))} {'ahead of' if skew_s > 0 else 'behind'} this machine's"
    if abs(skew_s) < LONG_S:
        return f"{told}: times in its logs and feedback are off by that much; set it, best by NTP."
    seen = "look expired" if skew_s > 0 else "look not yet valid"
    return (
        f"{told}: to it, signatures and certificates that are good {seen}, so that its agent refuses what is carried there"
        " and its programs refuse TLS; set the clock (date -s, or NTP) first."
    )


def free_port(ports: Iterable[int], base: int) -> int:
    """The first port from `base` on at which nothing listens; 0 without a base."""
    taken = set(ports)
    return next((port for port in range(base, min(base + 200, 65536)) if port not in taken), 0) if base else 0


def clean(text: str) -> str:
    """Text of a stranger as one line of visible letters, none of which steers a terminal or turns the line around."""
    visible = "".join(" " if letter.isspace() else letter for letter in text if _is_visible(letter))
    return " ".join(visible.split())[:LONGEST]


def _is_visible(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter)[0] != "C"


def _values(text: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and re.fullmatch(r"[a-z]{1,16}", name) and len(known := values.setdefault(name, [])) < MOST_PORTS:
            known.append(clean(value))
    return {name: known if name == "listens" else known[:MOST] for name, known in values.items()}


def _number(text: str) -> int:
    return min(int(text), MOST_NUMBER) if re.fullmatch(r"[0-9]{1,20}", text) else 0


def _kilobytes(text: str, name: str) -> int:
    return min(parse_memory(text, name), MOST_NUMBER)


def _ports(listens: Iterable[str]) -> tuple[int, ...]:
    found = {int(text, 16) for text in listens if re.fullmatch(r"[0-9A-F]{4}", text)}
    return tuple(sorted(found - {0}))


def _physical(text: str) -> int:
    """Different pairs of socket and core, which /proc/cpuinfo of x86 tells in this order; 0: not told."""
    ids = re.findall(r"^(physical|core) id\s*:\s*(\d{1,6})$", text, re.MULTILINE)
    return len({(first[1], then[1]) for first, then in pairwise(ids) if (first[0], then[0]) == ("physical", "core")})


def _isolation(runtimes: Iterable[str], root: bool, namespaces: bool) -> tuple[str, ...]:
    found = [name for name in (runtime.split(" ")[0] for runtime in runtimes) if name in ("runc", "crun")]
    spaces = ["namespaces" if root else "user-namespaces"] if namespaces else []
    return (*found, *spaces, "direct")


def _duration(seconds: float) -> str:
    for size, name in ((365.25 * 86400, "year"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}s"
    return f"{seconds:.0f} seconds"
