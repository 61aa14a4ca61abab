"""What all steps of augmentation have in the catalogue: samples in, samples out, and how often."""

from __future__ import annotations

from typing import Any

from engine.modeling.catalogue.base import Component, Form, parameter
from engine.modeling.catalogue.data import SAMPLES


class Chance(Form):
    """How often a step changes an image; each step adds how much."""

    probability: float = parameter(
        0.5, ("Share of images", "应用比例"), ("how many of the images it changes", "被改变的图像比例"), ge=0, le=1
    )


class Step(Component):
    """One step in a chain; the last of the chain gives images and targets."""

    section = "augment"
    inputs = (SAMPLES,)
    outputs = (SAMPLES,)

    class Parameters(Chance):
        """How often."""


def share(default: float, title: tuple[str, str], help: tuple[str, str] = ("", ""), le: float = 1.0) -> Any:
    """A strength from 0 to `le`."""
    return parameter(default, title, help, ge=0, le=le)


def degrees(default: float, most: float = 45.0) -> Any:
    """An angle, either way."""
    return parameter(default, ("Angle ±", "角度 ±"), unit="°", ge=0, le=most)


def count(default: int, title: tuple[str, str], most: int = 50) -> Any:
    """A number of things, at most."""
    return parameter(default, title, ge=1, le=most)


STRENGTH = ("Strength at most", "最大强度")
EITHER_WAY = ("Strength ±", "强度 ±")
GREY_LEVELS = ("grey levels of 255", "以 255 为满量程的灰度级")
"""Titles and helps that several have."""
