"""Rotated boxes of annotations, their angle through augmentation, and a loss that has no border between angles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import raster, rle
from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.evaluation.disturbances import turned_back
from engine.modeling.nets.detection import Positions
from engine.modeling.nets.rotated import FITS, RotatedHead, RotatedLoss, probabilistic_iou
from engine.serving import rotated
from engine.serving.answers import Detection
from engine.serving.manifest import InputSpec, ModelManifest
from engine.serving.predictor import Prediction
from engine.training.augment import AugmentBoxes, flipped, mirrored, transposed
from engine.training.describing import Labels, Said, describe, seen
from engine.training.rotated import rotated_of, targets
from engine.training.samples import View
from engine.workspace import Workspace

from .test_augmentations import STEPS, step

SIDE = 160
MOVE = [name for name, found in STEPS.items() if found.call.startswith("engine.training.augmentations.geometry")]
GENTLE = {"augment.elastic": {"strength": 2.0}}  # a bar that is bent has no one angle
WHOLE = {"mirrored": mirrored, "flipped": flipped, "transposed": transposed}


def row(kind: str, points: Any = None, mask: Any = None, box: Any = (10, 20, 40, 30)) -> dict[str, Any]:
    x, y, w, h = box
    return {
        "kind": kind, "x": x, "y": y, "w": w, "h": h, "points": points, "rle": None if mask is None else rle.encode(mask),
        "width": 120, "height": 100,
    }  # fmt: skip


def test_every_shape_with_an_area_tells_a_rotated_box() -> None:
    corners = rotated.corners([60, 50, 40, 10, 30]).ravel().tolist()
    wanted = pytest.approx([60, 50, 40, 10, 30], abs=0.01)  # shapes are kept to a thousandth
    assert rotated_of(row("rotated_box", [corners])) == wanted
    assert rotated_of(row("rotated_box", [corners[2:] + corners[:2]])) == wanted  # from another corner
    assert rotated_of(row("polygon", [corners])) == wanted
    assert rotated_of(row("ellipse", [[60, 50, 20, 5, 30]])) == wanted
    assert rotated_of(row("box")) == [30, 35, 40, 30, 0]
    assert rotated_of(row("box", box=(10, 20, 30, 40))) == [25, 40, 40, 30, -90]
    mask = raster.fill([corners], 120, 100)
    assert rotated.overlaps([rotated_of(row("mask", mask=mask))], [[60, 50, 40, 10, 30]])[0, 0] > 0.8
    assert rotated_of(row("mask", mask=np.zeros((100, 120), bool))) == [30, 35, 40, 30, 0]  # no pixels: its box


def bar(x: float, y: float, length: float, width: float, degrees: float) -> View:
    """A white bar with the corners of its rotated box."""
    corners = rotated.corners([x, y, length, width, degrees]).astype(np.float32)
    mask = raster.fill([corners.ravel().tolist()], SIDE, SIDE).astype(np.uint8)
    box = np.concatenate([corners.min(0), corners.max(0)])
    return View(mask[..., None] * 255, box[None], np.zeros(1, np.int64), mask, corners[None])


def angle_of(mask: Any) -> float:
    """Degrees of the long axis of some pixels, by their moments."""
    rows, columns = np.nonzero(mask)
    _, axes = np.linalg.eigh(np.cov(np.stack([columns, rows]).astype(float)))
    return float(np.rad2deg(np.arctan2(axes[1, 1], axes[0, 1])))


def told(view: View) -> Any:
    assert view.corners is not None
    return rotated.decoded(targets(view.corners))


@pytest.mark.parametrize("type_", [*MOVE, "augment.boxes", *WHOLE])
@given(
    x=st.floats(70, 90), y=st.floats(70, 90), length=st.floats(40, 60), width=st.floats(8, 16), degrees=st.floats(-90, 90),
    seed=st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=12, deadline=None)
def test_the_angle_follows_everything_that_moves_the_pixels(
    type_: str, x: float, y: float, length: float, width: float, degrees: float, seed: int
) -> None:
    view = bar(x, y, length, width, degrees)
    random = np.random.default_rng(seed)
    if type_ in WHOLE:
        seen = WHOLE[type_](view)
    else:
        seen = (
            AugmentBoxes(crop=128, scale=0.3) if type_ == "augment.boxes" else step(type_, **GENTLE.get(type_, {}))
        )(view, random)
    assert seen.corners is not None and seen.classes is not None
    if not len(seen.labels) or (seen.boxes[0, :2] <= 0).any() or (seen.boxes[0, 2:] >= seen.pixels.shape[1]).any():
        return  # a part of it was cut off: its pixels no longer tell where it lies
    ((middle_x, middle_y, long, short, turned),) = told(seen)
    rows, columns = np.nonzero(seen.classes)
    assert abs((turned - angle_of(seen.classes) + 90) % 180 - 90) < 5
    assert np.hypot(middle_x - columns.mean() - 0.5, middle_y - rows.mean() - 0.5) < 1.5
    assert abs(len(rows) - long * short) < 1.5 * (long + short)  # a pixel of its border, more or less


def answer(boxes: torch.Tensor) -> Positions:
    return Positions(
        torch.zeros(1, len(boxes), 1), torch.zeros(1, len(boxes), 4), boxes[:, :2], torch.ones(len(boxes)), boxes[None]
    )


def told_of(boxes: Any) -> torch.Tensor:
    values = torch.as_tensor(boxes, dtype=torch.float32)
    double = torch.deg2rad(2 * values[:, 4:])
    return torch.cat([values[:, :4], double.cos(), double.sin()], 1)


@pytest.mark.parametrize("fit", FITS)
def test_a_box_fits_itself_however_it_is_written_and_less_the_more_it_is_turned(fit: str) -> None:
    box = [50.0, 40.0, 30.0, 8.0, 89.0]
    same = told_of([box, [50, 40, 30, 8, -91], [50, 40, 8, 30, -1], [50, 40, 8, 30, 179]])
    values = FITS[fit](told_of([box] * 4), same)
    assert values.tolist() == pytest.approx([1.0] * 4, abs=0.002)
    away = FITS[fit](told_of([box] * 4), told_of([[50, 40, 30, 8, 89 + turn] for turn in (1, 5, 20, 90)])).tolist()
    assert away == sorted(away, reverse=True) and away[0] > 0.9 and away[3] < 0.8
    over, under = FITS[fit](
        told_of([[50, 40, 30, 8, 90.0]] * 2), told_of([[50, 40, 30, 8, 87], [50, 40, 30, 8, -87]])
    ).tolist()
    assert over == pytest.approx(under, abs=1e-5)  # the same on both sides of the border


@pytest.mark.parametrize("degrees", [-89.0, -45.0, 0.0, 30.0, 45.0, 89.9])
@pytest.mark.parametrize("fit", FITS)
def test_a_box_is_learnt_at_any_angle_from_the_box_that_a_head_begins_with(degrees: float, fit: str) -> None:
    head, loss = RotatedHead(8, (8,), 1), RotatedLoss(fit=fit)
    told = torch.tensor([RotatedHead.START]).requires_grad_()
    wanted = told_of([[66.0, 58.0, 60.0, 10.0, degrees]])
    optimiser = torch.optim.Adam([told], 0.05)
    for _ in range(300):
        optimiser.zero_grad()
        _, boxes = head.placed(told, torch.tensor([[60.0, 60.0]]), 8)
        loss.misfit(boxes, wanted).sum().backward()
        assert told.grad is not None and torch.isfinite(told.grad).all()
        optimiser.step()
    found = rotated.decoded(boxes.detach().numpy())
    assert rotated.overlaps(found, [[66, 58, 60, 10, degrees]])[0, 0] > 0.9


def test_positions_in_the_rotated_box_learn_it_and_those_in_its_upright_box_alone_do_not() -> None:
    loss, box = RotatedLoss(), told_of([[50, 50, 60, 10, 45]])
    places = answer(told_of([[70, 70, 9, 9, 0], [70, 30, 9, 9, 0], [50, 50, 9, 9, 0], [50.5, 57, 9, 9, 0]]))
    assert loss.candidates(box[None], places)[0, 0].tolist() == [True, False, True, True]
    everything = loss(places, box[None], torch.tensor([[0]]))
    assert torch.isfinite(everything["loss"]) and float(everything["box_loss"]) > 0
    nothing = loss(places, torch.zeros(1, 1, 6), torch.tensor([[-1]]))
    assert torch.isfinite(nothing["loss"]) and float(nothing["box_loss"]) == 0


def test_the_upright_boxes_of_a_head_lie_around_its_rotated_ones() -> None:
    torch.manual_seed(0)
    raw = torch.randn(1, 50, 6)
    hulls, boxes = RotatedHead(8, (8,), 1).placed(raw, torch.rand(50, 2) * 64, 8)
    assert hulls.numpy() == pytest.approx(rotated.hulls(rotated.decoded(boxes.numpy())), abs=0.05)
    assert probabilistic_iou(boxes, boxes).numpy() == pytest.approx(np.ones((1, 50)), abs=0.01)


def test_a_drawing_shows_rotated_boxes_as_they_lie() -> None:
    """“Run to here”: what is to be learnt, and what a network says."""
    view, labels = bar(80, 80, 100, 16, 45), Labels(("bar",), ((0, 255, 0),))
    manifest = ModelManifest("bars", "rotated", ("bar",), input=InputSpec(width=SIDE, height=SIDE))
    said = answer(told_of([[80, 80, 100, 16, 45]]))._replace(
        logits=torch.full((1, 1, 1), 4.0), strides=torch.full((1,), 8.0)
    )
    found = {shown.what: shown for shown in describe(said, "positions", Said(view, labels, manifest))}["found"]
    for picture in (seen("targets", view, labels).picture, found.picture):
        assert picture is not None
        green = (picture[..., 1].astype(int) - picture[..., 0] > 100).nonzero()
        away = np.abs(green[0] - green[1]) / np.sqrt(2)  # from the diagonal that the bar lies along
        assert len(away) > 100 and np.quantile(away, 0.9) < 20
    assert found.figures["text"].startswith("1 ")


def test_the_sample_tells_rotated_boxes_that_hold_the_pixels_of_its_defects(
    workspace: Workspace, tmp_path: Path
) -> None:
    import_data(workspace, make_sample(tmp_path / "sample", count=6, rotated=True))
    rows = workspace.query("SELECT kind, points FROM annotation")
    assert rows and {kind for kind, _ in rows} == {"rotated_box"}
    boxes = np.array([rotated.enclosing([np.reshape(points[0], (4, 2))])[0] for _, points in rows])
    assert (boxes[:, 2] >= boxes[:, 3]).all() and (boxes[:, 3] > 2).all() and len(np.unique(boxes[:, 4].round())) > 3


def test_a_model_turned_with_its_picture_answers_the_same_box() -> None:
    box = (40.0, 30.0, 30.0, 8.0, 20.0)
    hull = tuple(rotated.hulls(box).tolist())
    found = Prediction("bars", 1, "rotated", 101, 81, (Detection("bar", 0.9, hull, rotated=box),))
    (back,) = turned_back(found, 15).detections
    assert back.rotated[2:] == (30, 8, 35)
    turn = np.deg2rad(15)
    away = np.array([40 - 50, 30 - 40]) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    assert back.rotated[:2] == pytest.approx((50 + away[0], 40 + away[1]))
