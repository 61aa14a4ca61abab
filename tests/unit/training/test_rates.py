"""The learning-rate finder suggests where the loss falls fastest, on a made curve and in a real training."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from engine.data.versions import DatasetVersion
from engine.errors import UsageError
from engine.modeling.recipes import RECIPES
from engine.training.rates import find, smoothed, suggest
from engine.training.runs import find_rate
from engine.workspace import Workspace
from tests.unit.training.tiny import Told, Train


def curve(loss_of: list[float]) -> list[tuple[float, float, float]]:
    rates = [1e-6 * 10 ** (6 * number / (len(loss_of) - 1)) for number in range(len(loss_of))]
    return [(rate, loss, loss) for rate, loss in zip(rates, loss_of, strict=True)]


def test_the_suggestion_lies_where_a_falling_loss_is_steepest() -> None:
    fall = [2 - 1 / (1 + math.exp(-(number - 60) / 4)) + (0.1 * (number - 80) ** 2 if number > 80 else 0) for number in range(100)]  # fmt: skip
    assert suggest(curve(fall)) == 5e-3  # the middle of the fall is at 10^(−6 + 6 × 60/99) = 0.0043


def test_a_loss_that_never_falls_suggests_nothing() -> None:
    assert suggest(curve([1.0 + number / 100 for number in range(100)])) is None
    assert suggest(curve([1.0, 0.5, 0.2])) is None


def test_hard_and_easy_batches_do_not_hide_the_course_of_the_loss() -> None:
    hard = [1 + (number * 7 % 5) for number in range(40)]
    fall = [0.02 * max(0, number - 20) for number in range(40)]
    points = [
        (10 ** (number / 10 - 6), now - less, now) for number, (now, less) in enumerate(zip(hard, fall, strict=True))
    ]
    means = [mean for _, _, mean in smoothed(points)]
    assert means[0] == pytest.approx(3.0)
    assert means[-10:] == sorted(means[-10:], reverse=True)


def test_a_model_that_only_looks_has_no_rate(workspace: Workspace, version: DatasetVersion) -> None:
    with pytest.raises(UsageError, match="learns nothing by gradients"):
        find_rate(workspace, RECIPES["anomaly"].graph("m"), version.id)


def test_a_real_model_is_tried_at_rising_rates_and_the_curve_is_kept(
    train: Train, version_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.rates.STEPS", 40)
    folder, _, _ = train(steps=1)
    told = Told()
    result = find(folder, version_folder, 0, told)
    rates = [point[0] for point in result["curve"]]
    assert rates == sorted(rates)
    assert 12 <= len(rates) <= 40
    assert result["node"] == "optimiser"
    assert result["set"] == 0.003
    assert 1e-6 < result["suggested"] < 1
    assert 1e-4 < result["suggested"] < result["lowest"] < 0.1  # as batches of two images alone would never show
    assert json.loads((folder / "rates.json").read_text())["suggested"] == result["suggested"]
