"""Keypoints from annotations to the canvas, through every step of augmentation, and into the loss."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.imports import import_data
from engine.data.sample_keypoints import make_keypoint_sample
from engine.data.versions import create_version, read_version
from engine.modeling.nets.detection import Positions
from engine.modeling.nets.keypoints import KeypointHead, KeypointLoss, OksLoss
from engine.serving.alike import overlaps
from engine.serving.skeleton import Skeleton
from engine.training.augment import AugmentBoxes, flipped, mirrored, transposed
from engine.training.augmentations.cover import Erase
from engine.training.augmentations.step import PixelStep
from engine.training.batches import collate
from engine.training.keypoints import HIDDEN, VISIBLE, box_of, posed, with_sigmas
from engine.training.oks import alike
from engine.training.samples import Images, View
from engine.training.similarity import Objects
from engine.workspace import Workspace
from tests.unit.training.test_augmentations import STEPS, step

SIDE = 128
CLIP = Skeleton.of({"keypoints": ["tail", "neck", "left", "right"]})
INKS = (80, 130, 180, 230)  # of the dots at the points


def clip(turn: float = 0.4) -> View:
    """Four dots of their own grey on black: a tail, a neck, and a left and a right end as seen along the way."""
    along = np.array([math.cos(turn), math.sin(turn)])
    across = np.array([-along[1], along[0]])
    places = np.array([[-0.5, 0], [0.1, 0], [0.45, -0.4], [0.45, 0.4]]) * 44
    points = SIDE / 2 + places[:, :1] * along + places[:, 1:] * across
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    for (x, y), ink in zip(points, INKS, strict=True):
        cv2.circle(pixels, (round(x * 16 - 8), round(y * 16 - 8)), 5 * 16, ink, -1, cv2.LINE_8, 4)
    flat = [value for x, y in points.tolist() for value in (x, y, 2.0)]
    box = np.concatenate([points.min(0) - 6, points.max(0) + 6]).astype(np.float32)
    return View(pixels[..., None], box[None], np.zeros(1, np.int64), points=posed([0], [flat], [CLIP]))


def handed(points: np.ndarray) -> float:
    """Above 0 where left is left of the way from tail to neck (y goes down)."""
    tail, neck, left, right = points[:, :2]
    along, across = neck - tail, right - left
    return float(along[0] * across[1] - along[1] * across[0])


def holds(seen: View, exact: bool) -> int:
    """Check that each point that is told lies on its dot, and left is left; how many were looked at."""
    assert seen.points is not None
    assert len(seen.points) == len(seen.boxes) == len(seen.labels)
    rows, columns = seen.pixels.shape[:2]
    count = 0
    for points in seen.points:
        assert handed(points) > 0
        inks = []
        for x, y, v in points[:, :3]:
            inside = 0 <= x <= columns and 0 <= y <= rows
            assert v in (0, HIDDEN, VISIBLE) and (inside or v == 0)
            if v == VISIBLE and exact and 2 <= x <= columns - 3 and 2 <= y <= rows - 3:
                inks.append(int(seen.pixels[int(y), int(x), 0]))
        near = [min(range(4), key=lambda number, ink=ink: abs(INKS[number] - ink)) for ink in inks]
        assert all(abs(INKS[number] - ink) < 20 for number, ink in zip(near, inks, strict=True))
        assert len(set(near)) == len(near)
        count += len(inks)
    return count


@pytest.mark.parametrize("type_", [*STEPS, "augment.boxes"])
@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), turn=st.floats(0, 2 * math.pi))
def test_points_follow_every_step_and_left_stays_left(type_: str, seed: int, turn: float) -> None:
    change = step(type_, clip(1.0)) if type_ in STEPS else AugmentBoxes(crop=96, brightness=0, contrast=0)
    seen = change(clip(turn), np.random.default_rng(seed))
    mixed = isinstance(change, PixelStep) or type_ == "augment.mixup"
    if type_ == "augment.negative":
        seen = replace(seen, pixels=255 - seen.pixels)  # the dots are known by their grey
    holds(seen, exact=not mixed)
    collated = collate_points(seen)
    assert collated.shape == (1, max(1, len(seen.labels)), 4, 3)


def collate_points(view: View) -> torch.Tensor:
    from engine.serving.manifest import InputSpec, ModelManifest

    manifest = ModelManifest("m", "keypoints", ("clip",), input=InputSpec(channels=1), skeletons=(CLIP,))
    return collate([view], manifest).targets[2]


@pytest.mark.parametrize("turned", [mirrored, flipped, transposed])
def test_a_mirror_makes_the_left_end_the_right_one(turned) -> None:
    view = clip()
    seen = turned(view)
    assert holds(seen, exact=True) == 4
    assert seen.pixels[int(seen.points[0, 2, 1]), int(seen.points[0, 2, 0]), 0] == INKS[3]
    back = turned(seen)
    assert np.allclose(back.points, view.points, atol=1e-3)


def test_points_that_a_patch_covers_are_hidden_and_not_gone() -> None:
    seen = [Erase(probability=1, count=2, size=0.3)(clip(), np.random.default_rng(seed)) for seed in range(40)]
    told = [int(v) for one in seen if len(one.boxes) for v in one.points[0, :, 2]]
    assert {HIDDEN, VISIBLE} == set(told)


def test_a_version_gives_skeletons_and_points_on_the_canvas(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_keypoint_sample(tmp_path / "sample", count=8))
    version = create_version(workspace, "v1", split="100/0/0")
    images = Images(str(workspace.path / "versions" / str(version.id)), "keypoints", width=160, height=160)
    manifest = images.manifest()
    assert [one.points for one in manifest.skeletons] == [("tail", "neck", "left tab", "right tab"), ("plug", "tip")]
    assert manifest.answers == (4, 2)
    rows = read_version(workspace.path, version.id).annotations.to_pylist()
    for index, sample in enumerate(images.train.items):
        mine = [row["points"][0] for row in rows if row["item_key"] == sample.key]
        told = images.train.view(index).points
        assert told.shape == (len(sample.labels), 4, 4)
        for points, label, flat in zip(told, sample.labels, mine, strict=True):
            given = np.reshape(flat, (-1, 3))
            assert np.allclose(points[: len(given), :2], given[:, :2] / 2, atol=1e-3)
            assert (points[: len(given), 2] == given[:, 2]).all()
            assert (points[len(given) :, 2] == 0).all() and len(given) == manifest.answers[label]


def test_a_box_around_points_in_a_row_has_room_on_both_sides() -> None:
    assert box_of({"x": 10, "y": 50, "w": 80, "h": 0}) == (10, 40, 90, 60)
    assert box_of({"x": 10, "y": 50, "w": 80, "h": 40}) == (10, 50, 90, 90)
    assert box_of({"x": 10, "y": 50, "w": 0, "h": 0}) == (8, 48, 12, 52)


@pytest.mark.parametrize("loss", [KeypointLoss(), OksLoss()])
def test_the_head_learns_where_points_are_and_whether_they_are_seen(loss: torch.nn.Module) -> None:
    torch.manual_seed(0)
    head = KeypointHead(8, (8, 16), (3, 2))
    features = [torch.randn(1, 8, 8, 8), torch.randn(1, 8, 4, 4)]
    boxes, labels = torch.tensor([[[8.0, 8, 56, 56]]]), torch.tensor([[1]])
    points = torch.tensor([[[[12.0, 12, 2], [50, 40, 1], [0, 0, 0]]]])
    optimiser = torch.optim.Adam(head.parameters(), 0.03)
    for _ in range(120):
        optimiser.zero_grad()
        losses = loss(head(features), boxes, labels, points)
        losses["loss"].backward()
        optimiser.step()
    found: Positions = head(features)
    best = found.more[0, int(found.logits[0, :, 1].argmax())].detach()
    assert (best[:2, :2] - points[0, 0, :2, :2]).norm(dim=-1).max() < 3
    assert best[0, 2] > 0 > best[1, 2]


def test_a_batch_without_objects_and_one_without_labelled_points_have_a_finite_loss() -> None:
    head = KeypointHead(8, (8,), (2,))
    found = head([torch.randn(2, 8, 8, 8)])
    boxes, labels = torch.zeros(2, 1, 4), torch.full((2, 1), -1)
    assert torch.isfinite(KeypointLoss()(found, boxes, labels, torch.zeros(2, 1, 2, 3))["loss"])
    boxes[0, 0], labels[0, 0] = torch.tensor([8.0, 8, 40, 40]), 0
    losses = KeypointLoss()(found, boxes, labels, torch.zeros(2, 1, 2, 3))
    losses["loss"].backward()
    assert losses["point_loss"] == 0 and torch.isfinite(losses["loss"])


def test_skeletons_with_other_numbers_of_points_are_held_against_each_other_by_their_boxes() -> None:
    true = Objects(np.array([[0.0, 0, 10, 10]]), [with_sigmas([1.0, 1, 2, 9, 9, 2], Skeleton(("a", "b")))])
    box = np.array([[0.0, 0, 10, 5], [0, 0, 10, 10]])
    found = Objects(box, [[1.0, 1, 1], [1.0, 1, 1, 9, 9, 1]])
    assert alike(found, true, overlaps(box, true.box))[:, 0].tolist() == [0.5, 1.0]
