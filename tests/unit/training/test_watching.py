"""What stands out is told with its evidence, once; a training that goes well is not disturbed."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.training.health import dead_shares, norms_of, note_alive
from engine.training.resources import Energy, Pace
from engine.training.settings import Training
from engine.training.watching import Watcher, read_warnings
from tests.unit.training.tiny import Told, Train

STEPS = 1000


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    return Watcher(tmp_path, Training(steps=STEPS), "val_map50", Told())


def told(watcher: Watcher) -> list[str]:
    reporter = watcher.reporter
    assert isinstance(reporter, Told)
    assert [event["kind"] for event in reporter.events] == [
        found["kind"] for found in read_warnings(watcher.path.parent)
    ]
    return [event["kind"] for event in reporter.events]


def learn(watcher: Watcher, loss_of: Any, check_of: Any, every: int = 100, steps: int = STEPS) -> None:
    for step in range(1, steps + 1):
        watcher.loss(step, loss_of(step), 0.01)
        if step % 10 == 0:
            watcher.look(step)
        if step % every == 0:
            watcher.checked(step, {"val_map50": check_of(step)}, [])


def noisy(step: int) -> float:
    """A falling loss of detection with the noise of small batches."""
    return (0.5 + 4 * math.exp(-step / 200)) * math.exp(random.Random(step).gauss(0, 0.25))


def test_a_training_that_goes_well_is_left_alone(watcher: Watcher) -> None:
    learn(watcher, noisy, lambda step: 1 - math.exp(-step / 300))
    for step in range(10, STEPS, 10):
        watcher.gradients(step, {"backbone": (0.8, 30.0), "head": (3.0 if step % 70 else 40.0, 8.0)})
        watcher.loading(step, 0.2)
        watcher.dead(step, {"backbone": 0.05})
    assert told(watcher) == []


def test_learning_by_heart_is_told_with_both_curves_and_the_step_of_the_best_weights(watcher: Watcher) -> None:
    learn(watcher, lambda step: 4 * math.exp(-step / 200), lambda step: 0.8 - abs(step - 400) / 2000)
    assert told(watcher) == ["overfits"]
    (warning,) = watcher.warnings
    assert (warning["step"], warning["curve"]) == (600, "val_map50")
    assert warning["evidence"]["best_step"] == 400
    assert "0.800" in warning["text"]
    assert "0.800" in warning["text_zh"]
    assert warning["evidence"]["loss_now"] < warning["evidence"]["loss_then"]


def test_jumps_and_a_rise_of_the_loss_say_that_the_rate_is_too_high(tmp_path: Path) -> None:
    for name, loss_of in {
        "jumps": lambda step: 30.0 if step > 300 and step % 10 == 0 else noisy(step),
        "rises": lambda step: noisy(step) if step < 300 else 6.0,
    }.items():
        (tmp_path / name).mkdir()
        watcher = Watcher(tmp_path / name, Training(steps=STEPS), "val_map50", Told())
        learn(watcher, loss_of, lambda step: step / STEPS)
        assert told(watcher) == ["rate_too_high"], name
        assert "try 0.003" in watcher.warnings[0]["text"]


def test_a_curve_without_progress_is_told_but_not_at_the_end_of_the_course(watcher: Watcher) -> None:
    learn(watcher, lambda _step: 1.0, lambda _step: 0.5)
    assert told(watcher) == ["plateau"]
    assert watcher.warnings[0]["evidence"]["since"] == 200


def test_labels_never_answered_are_named_in_the_second_half_only(watcher: Watcher) -> None:
    watcher.checked(STEPS // 4, {"val_map50": 0.1}, ["scratch"])
    assert told(watcher) == []
    watcher.checked(STEPS // 2, {"val_map50": 0.1}, ["scratch"])
    watcher.checked(STEPS, {"val_map50": 0.1}, ["scratch"])
    assert told(watcher) == ["never_predicted"]
    assert "“scratch”" in watcher.warnings[0]["text_zh"]


def test_gradients_that_vanish_or_explode_and_slow_images_are_told(watcher: Watcher) -> None:
    for step in range(10, 100, 10):
        watcher.gradients(step, {"backbone": (1e-9, 30.0), "head": (2000.0, 8.0)})
    watcher.loading(100, 0.7)
    assert told(watcher) == ["gradient_vanishes", "gradient_explodes", "slow_data"]
    assert watcher.warnings[0]["evidence"]["part"] == "backbone"


def test_a_resumed_run_forgets_what_was_told_behind_its_checkpoint(watcher: Watcher) -> None:
    watcher.loading(50, 0.7)
    watcher.dead(150, {"neck": 0.9})
    again = Watcher(watcher.path.parent, watcher.training, "val_map50", Told())
    again.resume(100, [(100, {"val_map50": 0.4})])
    assert [warning["kind"] for warning in read_warnings(watcher.path.parent)] == ["slow_data"]
    assert again.checks == [(100, 0.4)]
    again.dead(150, {"neck": 0.9})
    again.loading(160, 0.9)
    assert [warning["kind"] for warning in again.warnings] == ["slow_data", "dead"]


def test_filters_that_no_image_moves_are_counted_as_dead() -> None:
    network = nn.ModuleDict({"backbone": nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))})
    convolution = network["backbone"][0]
    with torch.no_grad():
        convolution.bias[:3] = -1e6
    alive: dict[str, Any] = {}
    for _ in range(2):
        network["backbone"](torch.randn(2, 1, 8, 8)).square().sum().backward()
        note_alive(network, alive)
    assert dead_shares(alive)["backbone"] == pytest.approx(0.5)
    gradient, weights = norms_of(network)["backbone"]
    expected = math.sqrt(sum(float(weight.grad.square().sum()) for weight in network.parameters()))
    assert gradient == pytest.approx(expected, rel=1e-4)
    assert weights > 1e5


def test_the_time_left_has_an_interval_that_narrows_with_steady_steps() -> None:
    steady, restless = Pace(), Pace()
    for number in range(100):
        steady.steps.append(0.1)
        restless.steps.append(0.05 if number % 2 else 0.15)
    steady.checks.append(5.0)
    assert steady.left(100, 2) == pytest.approx((20.0, 20.0, 20.0))
    low, expected, high = restless.left(100, 0)
    assert expected == pytest.approx(10.0)
    assert 7 < low < 9
    assert high - expected == pytest.approx(expected - low)
    assert Pace().left(10, 1) == (0.0, 0.0, 0.0)


def test_energy_is_read_from_the_counters_or_estimated_and_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.resources.RAPL", tmp_path)
    estimate = Energy()
    sum(range(3_000_000))
    wh, source = estimate.read()
    assert source == "cpu_time"
    assert wh > 0
    package = tmp_path / "intel-rapl:0"
    package.mkdir()
    (package / "max_energy_range_uj").write_text("10000000000")
    (package / "energy_uj").write_text("9000000000")
    counted = Energy()
    (package / "energy_uj").write_text("2600000000")  # it has begun anew
    assert counted.read() == (pytest.approx(1.0), "rapl")
    assert Energy(cuda=True).read()[1] in ("rapl+nvml", "rapl+no_gpu")


def test_a_real_training_tells_how_it_is_and_keeps_answers_to_val_images(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.health.TELL_EVERY_S", 0.0)
    folder, result, heard = train(checks=2, steps=8)
    live = [event for event in heard.events if event["event"] == "live"]
    assert [event["step"] for event in live] == list(range(1, 9))
    assert all(event["images_s"] > 0 and 0 <= event["waiting"] <= 1 and event["memory_mb"] > 50 for event in live)
    assert set(live[-1]["gradient"]) == {"backbone", "neck", "head"}
    low, expected, high = live[0]["left_s"]
    assert low <= expected <= high
    assert result["energy"]["wh"] > 0
    kept = json.loads((folder / "answers.json").read_text())
    assert kept["step"] == 8
    assert kept["images"]
    assert all({"key", "name", "boxes", "truth"} <= set(image) for image in kept["images"])
    (warning,) = result["warnings"]
    assert warning["kind"] == "never_predicted", "after eight steps nothing is found yet"
    assert {"event": "warning", **warning} in heard.events


def test_of_a_table_it_speaks_of_rows(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path, Training(steps=STEPS), "val_map50", Told(), rows=True)
    learn(watcher, lambda step: 5 / step, lambda step: 0.8 - abs(step - 400) / 1000)
    watcher.loading(900, 0.9)
    texts = [warning[name] for warning in read_warnings(tmp_path) for name in ("text", "text_zh")]
    assert len(texts) == 4
    assert "training rows by heart" in texts[0]
    assert not [text for text in texts if "image" in text or "图像" in text]
