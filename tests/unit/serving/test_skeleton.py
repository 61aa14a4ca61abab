"""What a skeleton says: which points change places in a mirror, how exactly they are placed, and what is refused."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from engine.serving.skeleton import SIGMA, Skeleton, mirrors


@pytest.mark.parametrize(
    ("names", "twins"),
    [
        (["tail", "left tab", "right tab"], [0, 2, 1]),
        (["Left_Eye", "Right_Eye", "nose"], [1, 0, 2]),
        (["pin L", "pin R"], [1, 0]),
        (["左端", "右端", "中心"], [1, 0, 2]),
        (["leftmost", "right"], [0, 1]),  # no word of its own
        (["left", "middle"], [0, 1]),  # without a twin
    ],
)
def test_names_say_which_points_change_places_in_a_mirror(names: list[str], twins: list[int]) -> None:
    assert list(Skeleton.of({"keypoints": names}).twins) == twins


def test_a_schema_says_itself_what_is_mirrored_and_how_exact_a_point_is() -> None:
    details = {"keypoints": ["a", "b", "left", "right"], "mirrored": [["a", "b"]], "sigmas": {"b": 0.1}}
    skeleton = Skeleton.of(details)
    assert skeleton.twins == (1, 0, 2, 3)
    assert skeleton.sigmas == (SIGMA, 0.1, SIGMA, SIGMA)
    assert Skeleton.from_json(asdict(skeleton)) == skeleton


def test_points_without_names_are_numbered_and_lines_to_points_that_are_gone_are_left_out() -> None:
    skeleton = Skeleton.of({"keypoints": ["a"], "skeleton": [[0, 1], [1, 5]]}, count=3)
    assert skeleton.points == ("a", "2", "3")
    assert skeleton.edges == ((0, 1),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": ["a", "b"], "twins": [0, 0]},
        {"points": ["a"], "edges": [[0, 1]]},
        {"points": ["a"], "sigmas": [0.0]},
        {"points": ["a", "b"], "sigmas": [0.1]},
    ],
)
def test_a_skeleton_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="points"):
        Skeleton.from_json(wrong)


def test_twins_of_several_labels_are_of_one_length() -> None:
    two = [Skeleton.of({"keypoints": ["left", "right"]}), Skeleton.of({"keypoints": ["a", "b", "c"]})]
    assert mirrors(two) == [[1, 0, 2], [0, 1, 2]]
