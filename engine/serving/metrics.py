"""Counts and times of the server in Prometheus' text format."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Of what releases are judged by: each limit of the time of a request is a quarter above the one before
_FINER = {
    "lineside_request_seconds": tuple(round(0.001 * 1.25**step, 6) for step in range(44)),
    "lineside_top_score": tuple(round(0.05 * step, 2) for step in range(1, 21)),
    "lineside_objects": (0, 1, 2, 4, 8, 16, 32, 64, 128),
}
Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Everything that `/metrics` shows. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[tuple[str, Labels], float] = {}
        self._histograms: dict[tuple[str, Labels], list[float]] = {}  # per bucket, then +Inf, then the sum
        self._gauges: dict[str, float] = {"lineside_start_time_seconds": time.time()}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        key = (name, tuple(sorted(labels.items())))
        with self._lock:
            self._counters[key] = self._counters.get(key, 0) + amount

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add one duration in seconds, or another value, to a histogram."""
        key = (name, tuple(sorted(labels.items())))
        edges = _edges(name)
        with self._lock:
            values = self._histograms.setdefault(key, [0.0] * (len(edges) + 2))
            values[bisect_left(edges, value)] += 1
            values[-1] += value

    def gauge(self, name: str, value: float) -> None:
        """Set a value that goes up and down."""
        with self._lock:
            self._gauges[name] = value

    def text(self) -> str:
        """The whole as Prometheus reads it."""
        with self._lock:
            lines: list[str] = []
            for kind, names in (("counter", self._counters), ("histogram", self._histograms)):
                for name in sorted({name for name, _ in names}):
                    lines.append(f"# TYPE {name} {kind}")
                    for (found, labels), value in sorted(names.items()):
                        if found == name:
                            lines += (
                                _counter(name, labels, value) if kind == "counter" else _histogram(name, labels, value)
                            )
            for name, value in sorted(self._gauges.items()):
                lines += [f"# TYPE {name} gauge", f"{name} {value:.10g}"]
        return "\n".join(lines) + "\n"


def _edges(name: str) -> tuple[float, ...]:
    return _FINER.get(name, _BUCKETS)


def _counter(name: str, labels: Labels, value: object) -> list[str]:
    assert isinstance(value, float | int)
    return [f"{name}{_text(labels)} {value:.10g}"]


def _histogram(name: str, labels: Labels, values: object) -> list[str]:
    assert isinstance(values, list)
    lines, total = [], 0.0
    for edge, count in zip((*_edges(name), "+Inf"), values, strict=False):
        total += count
        lines.append(f"{name}_bucket{_text((*labels, ('le', str(edge))))} {total:.10g}")
    return [*lines, f"{name}_sum{_text(labels)} {values[-1]:.10g}", f"{name}_count{_text(labels)} {total:.10g}"]


def _text(labels: Labels) -> str:
    if not labels:
        return ""
    escaped = (f'{key}="{_escape(value)}"' for key, value in labels)
    return "{" + ",".join(escaped) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
