"""Shapes, weights, work, memory and sight of each part of a network, by PyTorch's meta device."""

from __future__ import annotations

import pytest

from engine.errors import LinesideError
from engine.modeling.figures import Figures, figures
from engine.modeling.recipes import RECIPES

DETECTION = RECIPES["detection"]


@pytest.fixture(scope="module")
def detection() -> Figures:
    return figures(DETECTION.graph("pcb"), classes=6)


def test_shapes_are_those_of_the_crops_that_training_sees_and_weights_are_counted(detection: Figures) -> None:
    crop = 320
    assert detection.shapes["backbone"][0] == [1, 32, crop // 4, crop // 4]
    assert detection.shapes["head"][0] == [1, sum((crop // stride) ** 2 for stride in (8, 16, 32)), 6]
    assert detection.parameters == sum(node.parameters for node in detection.nodes.values())


def test_work_is_that_of_the_convolutions_of_a_whole_image_by_hand(detection: Figures) -> None:
    # the neck: 1 × 1 to 64 channels and 3 × 3 on 64, at strides 8, 16 and 32
    places = {stride: (640 // stride) ** 2 for stride in (8, 16, 32)}
    lateral = sum(places[stride] * 64 * channels for stride, channels in ((8, 64), (16, 128), (32, 192)))
    smooth = sum(count * 64 * 64 * 9 for count in places.values())
    assert detection.nodes["neck"].multiplications == lateral + smooth
    assert detection.multiplications == sum(node.multiplications for node in detection.nodes.values())


def test_memory_is_that_of_what_a_part_gives_on(detection: Figures) -> None:
    assert detection.nodes["neck"].memory == sum(64 * (640 // stride) ** 2 * 4 for stride in (8, 16, 32))
    assert detection.memory > sum(node.memory for node in detection.nodes.values())


def test_a_part_sees_as_far_as_its_kernels_and_strides_reach(detection: Figures) -> None:
    # two strided 3 × 3, then per stage two 3 × 3 of which the first one halves: by eq. 2 of Araujo et al.
    side, step = 1, 1
    for stride in (2, 2, 1, 1, 2, 1, 2, 1, 2, 1):
        side, step = side + 2 * step, step * stride
    assert detection.nodes["backbone"].sight == side == 191
    assert detection.nodes["head"].sight == side + 2 * 2 * 32


def test_an_average_sees_the_whole_image() -> None:
    assert figures(RECIPES["classification-small"].graph("sort")).nodes["head"].sight is None


def test_an_unsound_graph_fails_in_words() -> None:
    with pytest.raises(LinesideError, match=r"neck\.width"):
        figures(DETECTION.graph("pcb").with_parameters({"neck.width": 3}))
