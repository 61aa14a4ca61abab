"""What a training tells of its labels: margins, forgetting, and which annotations look wrong by it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.training import dynamics
from engine.training.dynamics import Learnt, of_boxes, of_class, read_dynamics, suspicious
from engine.training.settings import Training


def test_confidence_and_lead_of_a_class():
    assert of_class(np.array([0.2, 0.7, 0.1]), 1) == pytest.approx((0.7, 0.5))
    assert of_class(np.array([0.2, 0.7, 0.1]), 0) == pytest.approx((0.2, -0.5))


def test_a_box_is_judged_by_the_answers_that_lie_on_it():
    truth = np.array([[0, 0, 10, 10], [50, 50, 60, 60]], np.float32)
    boxes = np.array([[0, 0, 10, 9], [0, 1, 10, 10], [80, 80, 90, 90]], np.float32)
    scores = np.array([[0.9, 0.1], [0.2, 0.6], [0.9, 0.9]], np.float32)
    first, second = of_boxes(boxes, scores, truth, np.array([0, 1]))
    assert first == pytest.approx((0.9, 0.3)) and second == (0.0, 0.0)


def record(folder, rows):
    columns = dict(zip(dynamics.COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), folder / dynamics.FILE)


def test_means_and_forgetting_are_counted_over_the_checks(tmp_path):
    margins = [-0.5, 0.2, -0.1, 0.4]
    record(tmp_path, [(step, 7, 0, 1, 0.5 + margin / 2, margin) for step, margin in enumerate(margins)])
    (found,) = read_dynamics(tmp_path)
    assert (found.item_key, found.margin, found.forgotten) == (7, pytest.approx(0.0), 1)
    assert found.confidence == pytest.approx((0.45 + 0.7) / 2)


def test_too_few_checks_say_nothing_and_a_run_without_a_record_neither(tmp_path):
    assert read_dynamics(tmp_path) == []
    record(tmp_path, [(1, 7, 0, 1, 0.5, 0.1), (2, 7, 0, 1, 0.5, 0.1)])
    assert read_dynamics(tmp_path) == []
    (tmp_path / dynamics.FILE).write_bytes(b"no parquet")
    assert read_dynamics(tmp_path) == []


def test_labels_that_the_model_contradicts_are_suspicious_unless_it_learnt_nothing():
    good = [Learnt(key, 0, 0, 0.8, 0.9, 0) for key in range(9)]
    wrong, never = Learnt(10, 0, 0, -0.6, 0.1, 0), Learnt(11, 0, 0, 0.1, 0.05, 2)
    unlearnt = [Learnt(key, 0, 1, -0.2, 0.1, 0) for key in range(20, 25)]
    assert [entry.item_key for entry, _ in suspicious([*good, wrong, never, *unlearnt])] == [10, 11]


def test_recording_unasked_is_for_trainings_in_which_it_costs_little():
    assert dynamics.is_cheap(300, Training(steps=3000, batch=16, checks=8))
    assert not dynamics.is_cheap(20_000, Training(steps=3000, batch=16, checks=8))
