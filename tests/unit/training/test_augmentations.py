"""Each step of augmentation: a pure function of its generator, after which boxes and classes lie on their pixels."""

from __future__ import annotations

import importlib
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from engine.data import raster
from engine.errors import BadInput
from engine.modeling.catalogue import catalogue
from engine.modeling.nets import IGNORED
from engine.serving.errors import BadImage
from engine.training.augment import PAD, AugmentBoxes, AugmentImages
from engine.training.augmentations.cover import Erase, GridMask
from engine.training.augmentations.geometry import Elastic, LensDistortion, Rotation
from engine.training.augmentations.light import Brightness, Gamma
from engine.training.augmentations.mix import CopyObject, CopyPaste, CutPaste, MixUp, Mosaic, pasted
from engine.training.augmentations.noise import GaussianNoise, SensorNoise
from engine.training.augmentations.step import Chain, PixelStep, Step
from engine.training.samples import View

STEPS = {
    name: found for name, found in catalogue().items() if found.section == "augment" and found.outputs == found.inputs
}
SIDE = 128
BOX = (40, 44, 80, 72)


def picture(*boxes: tuple[int, int, int, int], channels: int = 1, background: int = 0) -> View:
    """White boxes on black."""
    pixels = np.full((SIDE, SIDE, channels), background, np.uint8)
    classes = np.zeros((SIDE, SIDE), np.uint8)
    for left, top, right, bottom in boxes:
        pixels[top:bottom, left:right] = 255
        classes[top:bottom, left:right] = 1
    return View(pixels, np.array(boxes, np.float32).reshape(-1, 4), np.zeros(len(boxes), np.int64), classes)


class Others:
    """A training with one other image."""

    labels = ("hole", "burr", "stain")

    def __init__(self, view: View | None) -> None:
        self.train = self
        self.other = view

    def __len__(self) -> int:
        return 1

    def view(self, index: int) -> View:
        if self.other is None:
            raise BadImage("cannot be read")
        return self.other


def step(type_: str, others: View | None = None, **parameters: Any) -> Step:
    """The step of a component with its defaults, always done."""
    found = catalogue()[type_]
    module, _, name = found.call.partition(":")
    made = getattr(importlib.import_module(module), name)
    values = {**found.defaults(), "probability": 1.0, **parameters}
    return made(Others(others), **values) if found.context else made(**values)


def bright(view: View) -> np.ndarray:
    return np.asarray(view.pixels)[..., 0] > 184


@pytest.mark.parametrize("type_", STEPS)
def test_a_step_has_the_parameters_and_defaults_that_its_form_shows(type_: str) -> None:
    found = STEPS[type_]
    module, _, name = found.call.partition(":")
    own = {
        field.name: field.default
        for field in fields(getattr(importlib.import_module(module), name))
        if field.init and field.name != "images"
    }
    assert own == found.defaults()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("type_", STEPS)
def test_a_step_changes_the_image_repeatably_and_leaves_what_came(type_: str, channels: int) -> None:
    random = np.random.default_rng(7)
    view = picture(BOX, channels=channels)
    view = replace(view, pixels=(view.pixels // 2 + random.integers(0, 100, view.pixels.shape)).astype(np.uint8))
    other = picture((4, 4, 20, 24), channels=channels)
    before = view.pixels.copy()
    view.pixels.setflags(write=False)
    change = step(type_, other)
    seen = [change(view, np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4)]
    assert all(one.pixels.shape == view.pixels.shape and one.pixels.dtype == np.uint8 for one in seen)
    assert (seen[0].pixels == seen[1].pixels).all() and (seen[0].boxes == seen[1].boxes).all()
    assert (view.pixels == before).all()
    grey_stays = channels == 1 and STEPS[type_].call.startswith("engine.training.augmentations.colour")
    assert any((one.pixels != before).any() for one in seen) != grey_stays
    assert step(type_, other, probability=0.0)(view, np.random.default_rng(1)) is view


@pytest.mark.parametrize("type_", STEPS)
def test_boxes_and_classes_stay_on_their_pixels(type_: str) -> None:
    view = picture(BOX)
    change = step(type_, picture((8, 90, 30, 110)))
    pixel_step = isinstance(change, PixelStep)
    for seed in range(8):
        seen = change(view, np.random.default_rng(seed))
        assert len(seen.boxes) == len(seen.labels)
        assert seen.classes is not None
        marked = seen.classes == 1
        if pixel_step:
            assert seen.boxes is view.boxes and seen.classes is view.classes
            continue
        if type_ == "augment.mixup":
            assert seen.boxes.tolist() == [[*BOX], [8, 90, 30, 110]]
            continue
        shown = bright(seen) ^ (type_ == "augment.negative")
        assert ((shown != marked) & (seen.classes != IGNORED)).mean() < 0.015  # the edge alone
        allowed = np.zeros_like(shown)
        for box in seen.boxes:
            left, top, right, bottom = np.array([*np.floor(box[:2]), *np.ceil(box[2:])], int) + np.array([-1, -1, 1, 1])
            allowed[max(0, top) : bottom, max(0, left) : right] = True
        if type_ != "augment.mosaic":  # it cuts objects, and less than a half of one is no object
            assert not (shown & ~allowed).any()


def turned_part(side: int = SIDE) -> View:
    """One white part that lies askew, with its corners, the corners as keypoints, and its pixels."""
    import cv2

    corners = cv2.boxPoints(((side * 0.5, side * 0.47), (52.0, 22.0), 25.0)).astype(np.float32)
    mask = raster.fill([corners.ravel().tolist()], side, side).astype(np.uint8)
    points = np.column_stack([corners, np.full(4, 2), np.arange(4)]).astype(np.float32)  # each its own twin
    box = np.concatenate([corners.min(0), corners.max(0)])
    return View(
        mask[..., None] * 255, box[None], np.zeros(1, np.int64), None, corners[None], points[None], mask[None].copy()
    )


@pytest.mark.parametrize("type_", [*STEPS, "augment.boxes", "augment.images"])
def test_what_objects_carry_stays_on_their_pixels(type_: str) -> None:
    view, seen_some = turned_part(), 0
    for seed in range(8):
        if type_ in STEPS:
            seen = step(type_, turned_part())(view, np.random.default_rng(seed))
        else:
            seen = (AugmentBoxes(crop=96) if type_ == "augment.boxes" else AugmentImages())(
                view, np.random.default_rng(seed)
            )
        carried = (seen.corners, seen.points, seen.masks)
        assert all(one is not None and len(one) == len(seen.labels) == len(seen.boxes) for one in carried)
        if not len(seen.labels) or type_ in ("augment.mixup", "augment.grid_mask", "augment.erase"):
            continue
        assert seen.corners is not None and seen.points is not None and seen.masks is not None
        rows, columns = seen.pixels.shape[:2]
        inside = ((seen.corners >= 0) & (seen.corners <= (columns, rows))).all(-1)
        told = seen.points[..., 2]
        assert (seen.points[..., :2] == seen.corners).all()
        if type_ == "augment.mosaic":  # points in the window of another image are gone
            assert np.isin(told, (0, 2)).all() and inside[told == 2].all() and (told == 2).any()
        else:
            assert (told == np.where(inside, 2, 0)).all()
        drawn = np.zeros((rows, columns), bool)
        for ring in seen.corners:
            drawn |= raster.fill([ring.ravel().tolist()], columns, rows)
        shown, marked = bright(seen) ^ (type_ == "augment.negative"), seen.masks.any(0)
        if type_ == "augment.mosaic":  # what is left of objects that it cuts is no object
            assert (marked <= shown).mean() > 0.98
            continue
        if not isinstance(STEPS.get(type_) and step(type_, view), PixelStep):
            assert (shown != marked).mean() < 0.015  # the edge alone
        assert (drawn != marked).mean() < 0.015
        seen_some += 1
    assert seen_some or type_ in ("augment.mixup", "augment.grid_mask", "augment.erase", "augment.mosaic")


def test_a_negative_exchanges_labels_that_are_opposites_and_leaves_the_others() -> None:
    view = replace(picture(BOX, (90, 90, 100, 100), (4, 4, 20, 20)), labels=np.array([0, 1, 2]))
    view = replace(view, classes=np.where(view.classes == 1, 2, IGNORED).astype(np.uint8))
    change = step("augment.negative", opposites="hole = burr,")
    seen = change(view, np.random.default_rng(0))
    assert seen.labels.tolist() == [1, 0, 2]
    assert seen.classes is not None and view.classes is not None
    assert (seen.classes == np.where(view.classes == 2, 1, IGNORED)).all()
    assert (seen.pixels == 255 - view.pixels).all()
    twice = change(seen, np.random.default_rng(0))
    assert twice.labels.tolist() == [0, 1, 2] and (twice.pixels == view.pixels).all()


@pytest.mark.parametrize(
    "opposites", ["hole", "hole = dent", "hole = burr = stain", "hole = burr, burr = stain", "hole=hole, hole=burr"]
)
def test_what_is_no_pair_of_labels_is_named(opposites: str) -> None:
    with pytest.raises(BadInput, match="Negative: “hole|Negative: “burr"):
        step("augment.negative", opposites=opposites)


@pytest.mark.parametrize("change", [Rotation(probability=1), Elastic(probability=1), LensDistortion(probability=1)])
def test_a_box_is_no_larger_than_its_moved_edges_need(change: Step) -> None:
    view = picture(BOX)
    for seed in range(20):
        seen = change(view, np.random.default_rng(seed))
        rows, columns = np.nonzero(bright(seen))
        tight = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        assert np.abs(seen.boxes[0] - tight).max() < 2.0


def limits(type_: str) -> list[dict[str, Any]]:
    """All parameters at their lowest, and at their highest."""
    found: list[dict[str, Any]] = [{}, {}]
    for name, field in STEPS[type_].Parameters.model_fields.items():
        bounds = {type(one).__name__: one for one in field.metadata}
        if field.annotation is str:
            continue
        found[0][name], found[1][name] = bounds["Ge"].ge, bounds["Le"].le
    return [{**values, "probability": 1.0} for values in found]


@pytest.mark.parametrize("type_", STEPS)
def test_at_the_ends_of_its_form_a_step_still_gives_an_image_with_its_boxes_in_it(type_: str) -> None:
    for parameters in limits(type_):
        change = step(type_, picture((8, 90, 30, 110)), **parameters)
        for seed in range(6):
            view = picture(BOX, (0, 0, 6, 6), (100, 120, SIDE, SIDE))
            if seed % 2:  # a small one that is wider than high
                view = View(view.pixels[:40, :64].copy(), view.boxes[1:2], view.labels[:1], None)
            seen = change(view, np.random.default_rng(seed))
            assert seen.pixels.shape == view.pixels.shape
            assert seen.boxes.shape == (len(seen.labels), 4)
            height, width = view.pixels.shape[:2]
            assert (seen.boxes[:, :2] >= 0).all() and (seen.boxes[:, 2:] <= (width, height)).all()
            assert (seen.boxes[:, 2:] > seen.boxes[:, :2]).all()


@pytest.mark.parametrize("change", [Rotation, Elastic, LensDistortion])
def test_strong_changes_too_keep_boxes_on_their_pixels(change: type[Step]) -> None:
    most = limits(next(name for name in STEPS if STEPS[name].call.endswith(f":{change.__name__}")))[1]
    if change is Elastic:
        most["size"] = 40
    for seed in range(20):
        seen = change(**most)(picture(BOX), np.random.default_rng(seed))
        rows, columns = np.nonzero(bright(seen))
        tight = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        assert np.abs(seen.boxes[0] - tight).max() < 2.0


@pytest.mark.parametrize("type_", [name for name in STEPS if "classification" in STEPS[name].tasks])
def test_the_label_of_a_whole_image_stays(type_: str) -> None:
    view = View(picture(BOX).pixels, np.empty((0, 4), np.float32), np.array([1]))
    seen = step(type_)(view, np.random.default_rng(0))
    assert seen.labels.tolist() == [1] and seen.boxes.shape == (0, 4) and seen.classes is None


def test_what_leaves_the_image_or_is_hidden_is_not_asked_for() -> None:
    view = picture((0, 0, 10, 10), BOX)
    gone = step("augment.shift", amount=0.5)
    kept = [len(gone(view, np.random.default_rng(seed)).boxes) for seed in range(30)]
    assert {0, 1, 2} >= set(kept) and min(kept) < 2
    hidden = Erase(probability=1, count=1, size=1.0)
    for seed in range(30):
        seen = hidden(view, np.random.default_rng(seed))
        assert seen.classes is not None
        covered = [(seen.pixels[y : y + 10, x : x + 10] == PAD).all() for x, y in ((0, 0), (40, 44))]
        assert not (covered[0] and [0, 0, 10, 10] in seen.boxes.tolist())
        assert ((seen.classes == IGNORED) == (seen.pixels[..., 0] == PAD)).all()
    share = (GridMask(probability=1, share=0.5, cells=4)(view, np.random.default_rng(0)).pixels == PAD).mean()
    assert 0.15 < share < 0.4


def test_copies_of_objects_lie_in_free_places_with_a_box_each() -> None:
    view = picture(BOX, (2, 2, 20, 20))
    seen = [CopyObject(probability=1, count=3)(view, np.random.default_rng(seed)) for seed in range(20)]
    assert max(len(one.boxes) for one in seen) > 2
    for one in seen:
        area = sum(float((box[2:] - box[:2]).prod()) for box in one.boxes)
        assert area == bright(one).sum() == (one.classes == 1).sum()  # none lies over another
    full = picture((0, 0, SIDE, SIDE))
    assert pasted(full, full, np.random.default_rng(0)) is full


def test_pieces_are_moved_where_no_object_is_and_become_none() -> None:
    view = picture(BOX, (2, 2, 20, 20))
    noise = np.random.default_rng(3).integers(0, 100, view.pixels.shape, np.uint8)
    view = replace(view, pixels=np.where(view.classes[..., None] > 0, view.pixels, noise))
    for seed in range(10):
        seen = CutPaste(probability=1, count=3, size=0.3)(view, np.random.default_rng(seed))
        assert (seen.boxes is view.boxes) and (seen.classes is view.classes)
        changed = (seen.pixels != view.pixels).any(-1)
        assert not changed[view.classes > 0].any()
    assert changed.any()


def test_another_image_that_cannot_be_read_or_has_another_size_changes_nothing() -> None:
    view = picture(BOX)
    small = View(np.zeros((32, 32, 1), np.uint8), np.empty((0, 4), np.float32), np.empty(0, np.int64))
    for others in (Others(None), Others(small)):
        for change in (MixUp(others, probability=1), CopyPaste(others, probability=1)):
            assert change(view, np.random.default_rng(0)) is view
        assert Mosaic(others, probability=1)(view, np.random.default_rng(0)).pixels.shape == view.pixels.shape


def test_a_strength_is_what_is_measured() -> None:
    grey = View(np.full((256, 256, 1), 128, np.uint8), np.empty((0, 4), np.float32), np.array([0]))

    def deviations(change: Step, view: View) -> list[float]:
        return [float(change(view, np.random.default_rng(seed)).pixels.std()) for seed in range(20)]

    assert 8 < max(deviations(GaussianNoise(probability=1, strength=10), grey)) <= 10.2
    photons, dark = SensorNoise(probability=1, strength=20), replace(grey, pixels=grey.pixels // 4)
    ratios = np.array(deviations(photons, grey)) / np.array(deviations(photons, dark))
    assert np.median(ratios) == pytest.approx(2.0, rel=0.05)  # the root of four times the light
    for change, low, high in (
        (Brightness(probability=1, brightness=0.2, contrast=0), 128 - 52, 128 + 52),
        (Gamma(probability=1, strength=1.0), 255 * (128 / 255) ** 2 - 1, 255 * (128 / 255) ** 0.5 + 1),
    ):
        means = [float(change(grey, np.random.default_rng(seed)).pixels.mean()) for seed in range(40)]
        assert low <= min(means) < low + 15 and high - 15 < max(means) <= high


def test_what_one_step_draws_moves_no_other() -> None:
    view = picture(BOX)
    noise = GaussianNoise(probability=1)
    one = Chain(Gamma(probability=0.0), noise)(view, np.random.default_rng(3))
    other = Chain(step("augment.dust", strength=0.0), noise)(view, np.random.default_rng(3))
    assert (one.pixels == other.pixels).all()
