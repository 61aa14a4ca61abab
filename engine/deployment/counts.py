"""What a release's `/metrics` says, as numbers that two releases can be held against each other by."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ANSWERED = ("predict", "infer")  # paths on which a model answers
_LINE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+([^ \t]+)(?:[ \t]+-?\d+)?[ \t]*')
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPE = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
Histogram = Mapping[float, float]  # upper limit → how many were at most that; the last limit is infinite


@dataclass(frozen=True)
class Counts:
    """Everything counted since a release started, and what a failed scrape leaves at zero.

    Attributes:
        started: epoch seconds.
        requests, failed: those that a model should answer; answered with a status from 400 on.
        seconds, scores, objects: of requests; the surest of each image; how many objects on each.
        images, rejected: answers, and those that call the part bad; `rejected` is None where the task knows no such thing.
        labels: images by label.
        compared, disagreement: images that both releases answered, and the sum of 1 − agreement over them.
    """

    started: float = 0.0
    requests: float = 0.0
    failed: float = 0.0
    seconds: Histogram = field(default_factory=dict)
    scores: Histogram = field(default_factory=dict)
    objects: Histogram = field(default_factory=dict)
    images: float = 0.0
    rejected: float | None = None
    labels: Mapping[str, float] = field(default_factory=dict)
    compared: float = 0.0
    disagreement: float = 0.0

    def since(self, before: Counts) -> Counts:
        """What came after an earlier look at the same release."""
        return Counts(
            self.started,
            self.requests - before.requests,
            self.failed - before.failed,
            _less(self.seconds, before.seconds),
            _less(self.scores, before.scores),
            _less(self.objects, before.objects),
            self.images - before.images,
            None if self.rejected is None else self.rejected - (before.rejected or 0.0),
            {label: count - before.labels.get(label, 0.0) for label, count in self.labels.items()},
            self.compared - before.compared,
            self.disagreement - before.disagreement,
        )

    def follows(self, before: Counts) -> bool:
        """Whether the release ran on since an earlier look: its counters never go down while it does."""
        return self.started == before.started and self.requests >= before.requests and self.images >= before.images


def read(text: str) -> Counts | None:
    """The counts of an answer of `/metrics` in Prometheus' text format; None where the release did not answer."""
    values: dict[str, Any] = {}
    labels: dict[str, float] = {}
    histograms: dict[str, Any] = {"seconds": {}, "scores": {}, "objects": {}}
    for name, of, value in samples(text):
        if name in _SUMMED and ("path" not in of or of["path"] in ANSWERED):
            key = _SUMMED[name]
            values[key] = values.get(key, 0.0) + value
            if name == "lineside_requests_total" and of.get("status", "")[:1] in ("4", "5"):
                values["failed"] = values.get("failed", 0.0) + value
        elif name == "lineside_images_with_label_total":
            labels[of.get("label", "")] = labels.get(of.get("label", ""), 0.0) + value
        elif name in _HISTOGRAMS and "le" in of and of.get("path", ANSWERED[0]) in ANSWERED:
            found, edge = histograms[_HISTOGRAMS[name]], number(of["le"])
            found[edge] = found.get(edge, 0.0) + value
    return Counts(**values, **histograms, labels=labels) if "started" in values else None


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Name, labels and value of each line; lines that are none are left out."""
    for line in text.split("\n"):
        found = _LINE.fullmatch(line)
        value = number(found[3]) if found else math.nan
        if found and not math.isnan(value):
            yield found[1], {name: _plain(told) for name, told in _LABEL.findall(found[2] or "")}, value


def above(histogram: Histogram, edge: float) -> float:
    """How many values were above a limit of the histogram; not a number where it has no such limit."""
    return histogram.get(math.inf, 0.0) - histogram.get(edge, math.nan)


def quantile(histogram: Histogram, share: float) -> float:
    """The lowest limit that at least this share of the values does not exceed; infinite where there are no values."""
    total = histogram.get(math.inf, 0.0)
    return next((edge for edge in sorted(histogram) if total and histogram[edge] >= share * total), math.inf)


def number(text: str) -> float:
    """A value of a line; not a number where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


_SUMMED = {
    "lineside_start_time_seconds": "started",
    "lineside_requests_total": "requests",
    "lineside_images_total": "images",
    "lineside_images_rejected_total": "rejected",
    "lineside_compared_images_total": "compared",
    "lineside_disagreement_total": "disagreement",
}
_HISTOGRAMS = {
    "lineside_request_seconds_bucket": "seconds",
    "lineside_top_score_bucket": "scores",
    "lineside_objects_bucket": "objects",
}


def _less(now: Histogram, before: Histogram) -> Histogram:
    return {edge: count - before.get(edge, 0.0) for edge, count in now.items()}


def _plain(text: str) -> str:
    return re.sub(r"\\.", lambda found: _ESCAPE.get(found[0], found[0][1:]), text)
