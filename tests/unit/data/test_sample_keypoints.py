"""The drawn clips and cables lie where their points say, and come in as annotations of kind keypoints."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.imports import import_data
from engine.data.records import read_labels
from engine.data.sample_keypoints import CLIP, HIDDEN, draw_parts, make_keypoint_sample
from engine.serving.skeleton import Skeleton
from engine.workspace import Workspace


def test_points_lie_on_what_is_drawn_and_tape_hides_some() -> None:
    seen = {1: 0, 2: 0}
    for number in range(12):
        picture, parts = draw_parts(np.random.default_rng(number))
        for part in parts:
            left, top, width, height = part.box
            assert min(left, top) >= 0 and max(left + width, top + height) <= 320
            for x, y, v in part.points:
                seen[int(v)] += 1
                assert left <= x <= left + width and top <= y <= top + height
                if v == HIDDEN:  # tape is light
                    assert picture[int(y), int(x)].min() > 90
    assert min(seen.values()) > 0


def test_left_is_left_of_the_way_from_tail_to_neck() -> None:
    clips = [p for n in range(12) for p in draw_parts(np.random.default_rng(n))[1] if p.category == 0]
    for clip in clips:
        tail, neck, left, right = clip.points[:, :2]
        along, across = neck - tail, right - left
        assert along[0] * across[1] - along[1] * across[0] > 0  # y goes down


def test_the_sample_comes_in_as_keypoints_with_their_skeleton(workspace: Workspace, tmp_path: Path) -> None:
    report = import_data(workspace, make_keypoint_sample(tmp_path / "sample", count=4))
    assert report.problems == []
    kinds = workspace.query("SELECT DISTINCT kind FROM annotation")
    assert kinds == [("keypoints",)]
    clip = next(label for label in read_labels(workspace) if label.name == "clip")
    assert Skeleton.of(clip.details).points == tuple(CLIP)
    assert Skeleton.of(clip.details).twins == (0, 1, 3, 2)
