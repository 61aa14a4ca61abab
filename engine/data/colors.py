"""Colours for labels."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")


def next_color(used: Iterable[str]) -> str:
    """The next colour that is told apart from the used ones: Okabe–Ito first, then hues at equal lightness.

    The hues follow the golden angle, which keeps them evenly spread however many there are.
    """
    taken = {color.upper() for color in used}
    for color in OKABE_ITO:
        if color not in taken:
            return color
    for turn in range(len(taken) + 1):
        red, green, blue = colorsys.hls_to_rgb((0.09 + turn * 0.61803398875) % 1.0, 0.52, 0.62)
        color = f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"
        if color not in taken:
            return color
    raise AssertionError("one more colour than used ones was tried")
