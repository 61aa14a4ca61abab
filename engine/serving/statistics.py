"""How often and how long one version of a model worked, as the statistics extension of the protocol tells it.

https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from engine.serving.predictor import Infer, Outputs
from engine.serving.preprocess import Floats

_STEPS = {"decode": "compute_input", "prepare": "compute_input", "infer": "compute_infer", "finish": "compute_output"}


class _Span:
    """A number of times, and their sum."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.seconds += seconds

    def to_json(self) -> dict[str, int]:
        return {"count": self.count, "ns": round(self.seconds * 1e9)}


class Statistics:
    """Since the version was loaded. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self.inferences = 0
        self._spans = {
            name: _Span()
            for name in ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit")
        }
        self._batches: dict[int, _Span] = {}

    @property
    def executions(self) -> int:
        """How often the network ran."""
        with self._lock:
            return sum(span.count for span in self._batches.values())

    def succeeded(self, images: int, queued: float, seconds: float, laps: Mapping[str, float]) -> None:
        """One request was answered.

        Args:
            images: or rows that it held.
            queued: seconds before its work was begun.
            seconds: from its arrival to its answer.
            laps: milliseconds of decode, prepare, infer, finish; of the network alone where nothing else was done.
        """
        steps = dict.fromkeys(("compute_input", "compute_infer", "compute_output"), 0.0)
        for name, milliseconds in laps.items():
            steps[_STEPS[name]] += milliseconds / 1e3
        with self._lock:
            self._last = time.time_ns() // 1_000_000
            self.inferences += images
            for name, value in (("success", seconds), ("queue", queued), *steps.items()):
                self._spans[name].add(value)

    def failed(self, seconds: float) -> None:
        """One request was refused or went wrong."""
        with self._lock:
            self._spans["fail"].add(seconds)

    def counting(self, infer: Infer, largest: int) -> Infer:
        """The network with its runs counted; `largest`: images that go through it at once, more go one such after another."""

        def run(tensor: Floats) -> Outputs:
            began = time.perf_counter()
            outputs = infer(tensor)
            spent = time.perf_counter() - began
            sizes = [min(largest, len(tensor) - done) for done in range(0, len(tensor), largest)]
            with self._lock:
                for size in sizes:
                    self._batches.setdefault(size, _Span()).add(spent / len(sizes))
            return outputs

        return run

    def to_json(self) -> dict[str, Any]:
        """Without the name and the version."""
        with self._lock:
            batches = [
                {
                    "batch_size": size,
                    "compute_input": {"count": span.count, "ns": 0},
                    "compute_infer": span.to_json(),
                    "compute_output": {"count": span.count, "ns": 0},
                }
                for size, span in sorted(self._batches.items())
            ]
            return {
                "last_inference": self._last,
                "inference_count": self.inferences,
                "execution_count": sum(span.count for span in self._batches.values()),
                "inference_stats": {name: span.to_json() for name, span in self._spans.items()},
                "batch_stats": batches,
            }
