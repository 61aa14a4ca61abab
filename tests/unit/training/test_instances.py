"""Masks of objects: from people's shapes, on the canvas, through augmentation, to what a network learns by."""

from __future__ import annotations

import json
from dataclasses import replace
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
from engine.data.versions import create_version
from engine.modeling.nets.instances import InstanceHead, InstanceLoss, Instances
from engine.serving.alike import ious
from engine.serving.preprocess import Geometry
from engine.training.answers import FILE
from engine.training.answers import _rows as rows_of_answer
from engine.training.augment import AugmentBoxes
from engine.training.augmentations.geometry import Elastic, Rotation
from engine.training.augmentations.mix import Mosaic
from engine.training.batches import collate
from engine.training.describing import Labels, Said, describe, seen
from engine.training.health import keep_answers
from engine.training.marks import MORE, Area, painted, shape_of
from engine.training.masks import cut_of, hulls, planes_of
from engine.training.samples import Images
from engine.training.validate import validate
from engine.workspace import Workspace

HEIGHT, WIDTH = 40, 60
SHAPES: dict[str, Any] = {
    "box": {"x": 5.4, "y": 3.0, "w": 20.3, "h": 9.9},
    "rotated_box": {"points": [[10.0, 5, 30, 12, 26, 22, 6, 15]]},
    "polygon": {"points": [[4.0, 4, 40, 6, 30, 35], [15.0, 8, 25, 9, 20, 20]]},  # with a hole
    "ellipse": {"points": [[50.0, 30, 18, 9, 30]]},  # reaches beyond the item
}


def row(kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "rle": None,
        "width": WIDTH,
        "height": HEIGHT,
        **dict.fromkeys(("x", "y", "w", "h", "points")),
    } | SHAPES[kind]


@pytest.mark.parametrize("kind", SHAPES)
def test_the_pixels_of_a_shape_are_those_that_it_covers(kind: str) -> None:
    true = raster.pixels(shape_of(row(kind)), WIDTH, HEIGHT)
    assert true.any()
    assert MORE["instances"](row(kind)) == rle.encode(true)


def test_a_shape_outside_of_its_item_has_no_pixels_and_a_mask_is_kept_as_it_is() -> None:
    outside = row("box") | {"x": 70.0}
    assert not rle.decode(MORE["instances"](outside), HEIGHT, WIDTH).any()
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[3:9, 4:50:3] = True
    assert MORE["instances"](row("box") | {"kind": "mask", "rle": rle.encode(mask)}) == rle.encode(mask)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_cut_mask_is_the_painted_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    mask = random.random((HEIGHT, WIDTH)) < random.choice([0, 0.02, 0.5])
    place = Geometry(WIDTH, HEIGHT, 0.8, 0.8, 8, 0)
    whole = painted([Area(1, (), rle.encode(mask))], place, 64, 32)
    (found,) = planes_of([cut_of(rle.encode(mask), place, 64, 32)], 64, 32)
    assert (found == whole).all()
    (box,) = hulls(whole[None])
    rows, columns = np.nonzero(whole)
    assert box.tolist() == (
        [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if len(rows) else [0, 0, 0, 0]
    )


def drawn(*boxes: tuple[int, int, int, int]) -> torch.Tensor:
    """Masks (1, G, 64, 64) that fill boxes."""
    masks = torch.zeros(1, len(boxes), 64, 64, dtype=torch.uint8)
    for number, (left, top, right, bottom) in enumerate(boxes):
        masks[0, number, top:bottom, left:right] = 1
    return masks


def knowing(masks: torch.Tensor, boxes: torch.Tensor) -> Instances:
    """What a network says that knows masks: a prototype for each, and a position in the middle of each box."""
    count = boxes.shape[1]
    middles = (boxes[0, :, :2] + boxes[0, :, 2:]) / 2
    prototypes = masks.float() * 40 - 20
    return Instances(
        torch.full((1, count, 1), 8.0),
        boxes.clone(),
        middles,
        torch.full((count,), 8.0),
        torch.eye(count)[None],
        prototypes,
    )


def mask_loss(said: Instances, boxes: torch.Tensor, masks: torch.Tensor) -> float:
    labels = torch.zeros(1, boxes.shape[1], dtype=torch.int64)
    return float(InstanceLoss()(said, boxes, labels, masks)["mask_loss"])


def test_a_network_that_knows_the_masks_has_nothing_to_learn() -> None:
    places = ((4, 4, 28, 20), (40, 30, 60, 58))
    masks, boxes = drawn(*places), torch.tensor([places]).float()
    assert mask_loss(knowing(masks, boxes), boxes, masks) < 0.05
    assert mask_loss(knowing(masks.flip(1), boxes), boxes, masks) > 2


def test_a_small_object_counts_as_much_as_a_large_one() -> None:
    places = ((2, 2, 42, 42), (50, 50, 58, 58))
    masks, boxes = drawn(*places), torch.tensor([places]).float()
    lost = []
    for forgotten in (0, 1):
        known = masks.clone()
        known[:, forgotten] = 0
        lost.append(mask_loss(knowing(known, boxes), boxes, masks))
    assert lost[0] == pytest.approx(lost[1], rel=0.1)


def test_objects_that_lie_on_each_other_keep_their_own_pixels() -> None:
    places = ((4, 4, 44, 44), (14, 14, 30, 30))
    masks, boxes = drawn(*places), torch.tensor([places]).float()
    assert mask_loss(knowing(masks, boxes), boxes, masks) < 0.05


def test_without_objects_there_is_a_loss_that_can_be_learnt_from() -> None:
    head = InstanceHead(8, (8, 16), 1, 2, prototypes=4)
    said = head([torch.randn(1, 8, 8, 8), torch.randn(1, 8, 4, 4)], torch.randn(1, 1, 64, 64))
    parts = InstanceLoss()(
        said, torch.zeros(1, 1, 4), torch.full((1, 1), -1), torch.zeros(1, 1, 64, 64, dtype=torch.uint8)
    )
    parts["loss"].backward()
    assert torch.isfinite(parts["loss"])
    assert parts["mask_loss"] == 0


@pytest.mark.parametrize(("finest", "side"), [(2, 32), (4, 16), (8, 8)])
def test_prototypes_lie_at_the_stride_that_is_asked_for(finest: int, side: int) -> None:
    head = InstanceHead(8, (8, 16), 3, 2, prototypes=5, finest=finest)
    said = head([torch.randn(2, 8, 8, 8), torch.randn(2, 8, 4, 4)], torch.randn(2, 3, 64, 64))
    assert said.prototypes.shape == (2, 5, side, side)
    assert said.coefficients.shape == (2, 80, 5)
    assert said.coefficients.abs().max() <= 1


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """Six parts with outlines on a canvas of their own size."""
    folder = tmp_path_factory.mktemp("instances")
    with Workspace.create(folder / "w") as workspace:
        import_data(workspace, make_sample(folder / "sample", count=6, outlines=True, good_every=6))
        version = create_version(workspace, "v1", split="100/0/0")
        found = Images(str(workspace.path / "versions" / str(version.id)), "instances", width=320, height=320)
    found.load(lambda *_: None)
    return found


def test_a_version_gives_each_object_its_own_pixels(images: Images) -> None:
    assert sum(len(sample.labels) for sample in images.train.items) > 6
    for index, sample in enumerate(images.train.items):
        view = images.train.view(index)
        assert view.masks is not None
        assert [rle.encode(mask) for mask in view.masks] == list(sample.more)


@pytest.mark.parametrize("step", [AugmentBoxes(crop=160, on_objects=1.0), Rotation(30), Elastic(), Mosaic])
def test_masks_follow_the_image_through_augmentation(images: Images, step: Any) -> None:
    changed = step(images) if step is Mosaic else step
    for seed in range(6):
        view = changed(images.train.view(seed % len(images.train)), np.random.default_rng(seed))
        assert view.masks.shape == (len(view.labels), *view.pixels.shape[:2])
        inside = hulls(view.masks)
        seen = view.masks.any((1, 2))
        assert (inside[seen, :2] >= np.floor(view.boxes[seen, :2]) - 1).all()
        assert (inside[seen, 2:] <= np.ceil(view.boxes[seen, 2:]) + 1).all()


def test_a_batch_holds_boxes_that_lie_closely_around_what_is_seen(images: Images) -> None:
    views = [images.train.view(index) for index in range(3)]
    hidden = views[0].masks.copy()
    hidden[0] = 0  # nothing of it is seen any more
    counts = [len(view.labels) for view in views]
    batch = collate([replace(views[0], masks=hidden), *views[1:]], images.manifest())
    boxes, labels, masks = batch.targets
    assert (labels >= 0).sum(1).tolist() == [counts[0] - 1, *counts[1:]]
    assert masks.shape == (*labels.shape, 320, 320)
    for row, column in (labels >= 0).nonzero().tolist():
        left, top, right, bottom = boxes[row, column].long().tolist()
        mask = masks[row, column]
        assert mask[top:bottom, left:right].sum() == mask.sum() > 0
        assert all(edge.any() for edge in (mask[top], mask[bottom - 1], mask[:, left], mask[:, right - 1]))


def knowing_all(images: Images, indices: list[int]) -> Instances:
    """What a network says that knows all objects of some images."""
    views = [images.train.view(index) for index in indices]
    most = max(len(view.labels) for view in views)
    prototypes = torch.full((len(views), most, 320, 320), -20.0)
    logits = torch.full((len(views), most, len(images.labels)), -20.0)
    boxes = torch.zeros(len(views), most, 4)
    for row, view in enumerate(views):
        prototypes[row, : len(view.labels)] = torch.from_numpy(view.masks).float() * 40 - 20
        boxes[row, : len(view.labels)] = torch.from_numpy(hulls(view.masks))
        for column, label in enumerate(view.labels):
            logits[row, column, label] = 8.0
    mixed = torch.eye(most).repeat(len(views), 1, 1)
    corner = torch.full((most, 2), 316.0)  # the last position of stride 8 on a canvas of 320 px
    return Instances(logits, boxes, corner, torch.full((most,), 8.0), mixed, prototypes)


def test_val_figures_are_one_for_a_network_that_knows(images: Images) -> None:
    said = knowing_all(images, list(range(len(images.train))))
    knows = validate(torch.nn.Identity(), images.train, images.manifest(), lambda *_: said)
    assert knows["val_map50"] == pytest.approx(1)
    assert knows["val_map"] > 0.9  # the rim of a mask is rounded
    blind = said._replace(prototypes=said.prototypes * 0 - 20)
    assert validate(torch.nn.Identity(), images.train, images.manifest(), lambda *_: blind)["val_map50"] == 0


def test_answers_of_a_check_are_kept_with_their_masks(images: Images, tmp_path: Path) -> None:
    said = knowing_all(images, list(range(len(images.train))))
    keep_answers(tmp_path, 7, torch.nn.Identity(), images.train, images.manifest(), lambda *_: said)
    images.manifest().save(tmp_path)
    kept = json.loads((tmp_path / FILE).read_text())["images"]
    assert len(kept) == len(images.train)
    for entry, sample in zip(kept, images.train.items, strict=True):
        rows = rows_of_answer(entry, 320, 320, images.manifest())
        assert [row["true_mask"] for row in rows if row["true_box"]] == list(sample.more)  # as large as its canvas
        answers = [row for row in rows if row["box"]]
        assert len(answers) == len(sample.labels)
        assert all(row["truth"] == row["predicted"] for row in answers)
        pairs = [ious([rle.runs(row["mask"])], [rle.runs(text) for text in sample.more]).max() for row in answers]
        assert min(pairs, default=1) > 0.8


def test_what_flows_out_of_the_head_is_shown_with_its_masks(images: Images) -> None:
    view = images.train.view(0)
    said = Said(view, Labels.of(dict.fromkeys(images.labels, "#ff0000")), images.manifest())
    shown = {one.what: one for one in describe(knowing_all(images, [0]), "instances", said)}
    assert {"scores", "found", "regions"} <= set(shown)
    assert {name for name, *_ in shown["regions"].bars} == {images.labels[label] for label in view.labels}
    assert shown["regions"].picture is not None
    assert (shown["regions"].picture != seen("pixels", view, said.labels).picture).any()
