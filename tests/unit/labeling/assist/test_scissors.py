"""Intelligent scissors follow edges."""

from __future__ import annotations

import cv2
import numpy as np

from engine.labeling.assist.scissors import REACH, LiveWire
from tests.unit.labeling.assist.parts import defects


def test_the_line_follows_the_rim_of_a_disc():
    image = np.zeros((200, 200, 3), np.uint8)
    cv2.circle(image, (100, 100), 60, (255, 255, 255), -1)
    wire = LiveWire(image)
    wire.anchor(160.5, 100.5)
    line = wire.path(100.5, 160.5)
    assert np.abs(np.hypot(*(line - 100.5).T) - 60).max() < 2
    assert len(line) > 4
    assert line[0].tolist() == [160.5, 100.5]
    assert line[-1].tolist() == [100.5, 160.5]


def test_out_of_reach_and_without_an_anchor_it_is_straight():
    image = np.zeros((50, 4 * REACH, 1), np.uint8)
    wire = LiveWire(image)
    assert len(wire.path(30, 20)) == 2
    wire.anchor(5, 5)
    assert wire.path(3 * REACH, 20).tolist() == [[5, 5], [3 * REACH, 20]]


def test_a_click_beside_an_edge_is_put_on_it():
    image = np.zeros((60, 60, 3), np.uint8)
    image[:, 30:] = 220
    x, y = LiveWire(image).nearest_edge(27.5, 30.5)
    assert abs(x - 30) <= 1
    assert abs(y - 30.5) <= 1
    assert LiveWire(image).nearest_edge(10.5, 30.5) == (10.5, 30.5)


def test_around_a_stain_with_four_clicks_the_outline_is_that_of_the_stain():
    picture, mask = defects("stain", 1)[0]
    outline = max(cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)[:, 0]
    stops = [outline[len(outline) * part // 6] + 0.5 for part in range(6)]
    wire, ring = LiveWire(picture), []
    for start, end in zip(stops, [*stops[1:], stops[0]], strict=True):
        wire.anchor(*start)
        ring.append(wire.path(*end)[:-1])
    drawn = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(drawn, [np.round(np.concatenate(ring) - 0.5).astype(np.int32)], 1)
    assert (drawn.astype(bool) & mask).sum() / (drawn.astype(bool) | mask).sum() > 0.8
