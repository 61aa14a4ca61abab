"""What a release tells of itself, read back."""

from __future__ import annotations

import math

from engine.deployment import counts
from engine.serving.metrics import Metrics

HOSTILE = 'a"} 9\nlineside_requests_total{path="predict",status="500"} 999\r\u2028\\'


def test_what_the_runtime_tells_is_read_back():
    metrics = Metrics()
    for status, seconds in (("200", 0.012), ("200", 0.03), ("500", 0.0004)):
        metrics.count("lineside_requests_total", path="predict", status=status)
        metrics.observe("lineside_request_seconds", seconds, path="predict")
    metrics.count("lineside_requests_total", path="metrics", status="404")
    metrics.observe("lineside_request_seconds", 9, path="metrics")
    for score in (0.0, 0.42, 0.97):
        metrics.observe("lineside_top_score", score)
    metrics.count("lineside_images_with_label_total", 2, label=HOSTILE)
    metrics.count("lineside_images_total", 3)
    found = counts.read(metrics.text())
    assert (found.requests, found.failed, found.images, found.rejected) == (3, 1, 3, None)
    assert found.seconds[math.inf] == 3
    assert counts.above(found.seconds, 0.001) == 2
    assert found.scores[0.45] == 2
    assert found.labels == {HOSTILE: 2}


def test_lines_that_are_none_are_left_out_and_an_empty_answer_is_no_counts():
    assert counts.read("") is None
    assert counts.read("<html>502 Bad Gateway</html>") is None
    text = 'lineside_start_time_seconds 5\nlineside_requests_total{path="predict",status="200" 7\nx{ 1\nlineside_images_total NaN\n'
    assert counts.read(text) == counts.Counts(started=5.0)


def test_what_came_between_two_looks():
    before = counts.Counts(1.0, 10, 1, {1.0: 4, math.inf: 10}, labels={"dent": 3})
    now = counts.Counts(1.0, 14, 1, {1.0: 7, math.inf: 14}, labels={"dent": 4, "crack": 1})
    fresh = now.since(before)
    assert (fresh.requests, fresh.failed) == (4, 0)
    assert fresh.seconds == {1.0: 3, math.inf: 4}
    assert fresh.labels == {"dent": 1, "crack": 1}
    assert now.follows(before)
    assert not before.follows(now)


def test_a_quantile_is_a_limit_of_the_histogram():
    histogram = {0.1: 50, 0.2: 98, 0.4: 100, math.inf: 100}
    assert [counts.quantile(histogram, share) for share in (0.5, 0.9, 0.99)] == [0.1, 0.2, 0.4]
    assert counts.quantile({}, 0.5) == math.inf
