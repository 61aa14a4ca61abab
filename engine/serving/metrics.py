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
HELP = {
    "lineside_start_time_seconds": "When the server was started, in seconds since 1970.",
    "lineside_ready": "1 once requests are answered.",
    "lineside_requests_in_flight": "Requests that are being worked on or wait for it.",
    "lineside_requests_total": "Answered requests by what was asked for and status.",
    "lineside_request_seconds": "From the headers of a request to its answer.",
    "lineside_rejected_total": "Requests that were turned away because too many waited.",
    "lineside_late_total": "Requests whose deadline passed before their work was begun.",
    "lineside_step_seconds": "Steps of one answer: decode, prepare, infer, finish.",
    "lineside_model_ready": "1 for each model and version that is loaded.",
    "lineside_model_requests_total": "Answered requests by model, version and status.",
    "lineside_model_request_seconds": "From the headers of a request to its answer, by model and version.",
    "lineside_inferences_total": "Images or rows that were answered, by model and version.",
    "lineside_executions_total": "Runs of the network, by model and version; fewer than inferences where they are batched.",
    "lineside_open_to_network": "1 where every machine that reaches the server may ask.",
    "lineside_connections_ended_total": "Connections that were ended, by reason.",
    "lineside_mirrored_total": "Copies of requests for another release, by what became of them.",
    "lineside_compared_images_total": "Answers that were compared with those of another release.",
    "lineside_disagreement_total": "The sum of how far they disagreed, each from 0 to 1.",
    "lineside_feedback_total": "Images that were to be kept as feedback, by reason and what became of them.",
    "lineside_feedback_bytes": "What is kept as feedback.",
    "lineside_pipeline_running": "1 while the pipeline takes pictures: in the live release, with a source that answers.",
    "lineside_pipeline_pictures_total": "Pictures that the pipeline took, by verdict.",
    "lineside_pipeline_left_out_total": "Pictures that came faster than they could be looked at.",
    "lineside_pipeline_sent_total": "Records that a sink of the pipeline took.",
    "lineside_pipeline_dropped_total": "Records that a sink did not take before more waited than may.",
    "lineside_pipeline_refused_total": "Records that a sink's receiver will never take.",
    "lineside_pipeline_waiting": "Records that wait for a sink.",
    "lineside_images_total": "Images that were answered.",
    "lineside_images_with_label_total": "Images of whose answers a label was one.",
    "lineside_images_rejected_total": "Images that were called bad.",
    "lineside_top_score": "Highest score of each answer; of anomaly models, how unusual the image is.",
    "lineside_objects": "Objects found on each image.",
}


class Metrics:
    """Everything that `/metrics` shows. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[tuple[str, Labels], float] = {}
        self._histograms: dict[tuple[str, Labels], list[float]] = {}  # per bucket, then +Inf, then the sum
        self._gauges: dict[tuple[str, Labels], float] = {("lineside_start_time_seconds", ()): time.time()}

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

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a value that goes up and down."""
        with self._lock:
            self._gauges[name, tuple(sorted(labels.items()))] = value

    def total(self, name: str, value: float, **labels: str) -> None:
        """Set a counter that something else counts."""
        with self._lock:
            self._counters[name, tuple(sorted(labels.items()))] = value

    def forget(self, *names: str) -> None:
        """Leave out gauges and counters until they are set again."""
        with self._lock:
            for values in (self._gauges, self._counters):
                for key in [key for key in values if key[0] in names]:
                    del values[key]

    def text(self) -> str:
        """The whole as Prometheus reads it."""
        with self._lock:
            lines: list[str] = []
            for kind, values in (
                ("counter", self._counters), ("histogram", self._histograms), ("gauge", self._gauges),
            ):  # fmt: skip
                written = ""
                for (name, labels), value in sorted(values.items()):
                    if name != written:
                        lines += [f"# HELP {name} {HELP[name]}"] if name in HELP else []
                        lines.append(f"# TYPE {name} {kind}")
                        written = name
                    lines += _histogram(name, labels, value) if kind == "histogram" else _single(name, labels, value)
        return "\n".join(lines) + "\n"


def _edges(name: str) -> tuple[float, ...]:
    return _FINER.get(name, _BUCKETS)


def _single(name: str, labels: Labels, value: object) -> list[str]:
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
