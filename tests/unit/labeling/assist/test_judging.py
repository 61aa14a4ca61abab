"""What candidates are judged by, against the plain way to work it out."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.sample import draw_part
from engine.labeling.assist import judging, outlines
from engine.labeling.assist.window import SIDE, Window, around


@pytest.fixture
def window() -> Window:
    return around(draw_part(np.random.default_rng(4))[0], 20, 150, 2.5)  # a part of it lies outside the picture


@pytest.mark.parametrize("count", [1, 8, 19])
def test_the_sums_of_a_zone_are_those_of_its_pixels(window: Window, count: int):
    masks = (np.random.default_rng(count).random((count, SIDE, SIDE)) > 0.7).astype(np.uint8)
    masks[0] = 1
    sums = judging._sums(judging._packed(masks)[None], window)[0, :count]
    plain = masks.reshape(count, -1) @ window.figures.reshape(9, -1).T.astype(np.float64)
    assert np.allclose(sums, plain)


def test_a_candidate_is_judged_alike_among_others_and_alone(window: Window):
    masks = (np.random.default_rng(0).random((13, SIDE, SIDE)) > 0.7).astype(np.uint8)
    alone = np.concatenate([judging.scores(masks[n : n + 1], window) for n in range(len(masks))])
    assert np.allclose(judging.scores(masks, window), alone, atol=1e-4)


def test_an_outline_is_the_same_whatever_was_asked_before(window: Window):
    asked = outlines.Outlines(window.oddness, (2.0, 3.0, 4.5), (0, 1, 2))
    places = [(float(x), float(y)) for x in range(40, 90, 7) for y in range(5, 90, 7)]
    for place in places:
        anew = outlines.Outlines(window.oddness, (2.0, 3.0, 4.5), (0, 1, 2))
        found, expected = list(asked.at(*place)), list(anew.at(*place))
        assert len(found) == len(expected)
        assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))
    assert any(len(list(asked.at(*place))) > 2 for place in places)


def test_closing_a_map_of_levels_closes_each_level(window: Window):
    levels = (2.0, 3.0, 4.5)
    steps = np.sum([window.oddness > level for level in levels], 0, np.uint8)
    for number, level in enumerate(levels, 1):
        alone = outlines._closed((window.oddness > level).astype(np.uint8), 2)
        assert np.array_equal(outlines._closed(steps, 2) >= number, alone > 0)
