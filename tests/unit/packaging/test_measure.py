"""Which precision a model is served in."""

from __future__ import annotations

from engine.packaging.measure import Figures, choose


def measured(**found: tuple[float, float | None]) -> dict[str, Figures]:
    """By precision: milliseconds, and accuracy in points."""
    return {name: Figures(name, ms, 1000 / ms, accuracy, 1) for name, (ms, accuracy) in found.items()}


def test_the_fastest_that_loses_little_is_served() -> None:
    assert choose(measured(fp32=(10, 90.0), bf16=(6, 89.8), int8=(4, 88.0)), 0.5)[0] == "bf16"
    assert choose(measured(fp32=(10, 90.0), bf16=(6, 80.0), int8=(4, 70.0)), 0.5)[0] == "fp32"


def test_where_nothing_tells_what_is_lost_the_full_network_is_served() -> None:
    name, why = choose(measured(fp32=(10, None), bf16=(6, None)), 0.5)
    assert name == "fp32"
    assert "no labelled items" in why
