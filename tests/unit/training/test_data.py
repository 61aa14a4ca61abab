"""What the network sees is what serving would show it, and boxes follow their pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.errors import BadInput
from engine.serving.images import Pixels, decode
from engine.serving.manifest import ModelManifest
from engine.serving.preprocess import prepare
from engine.training.augment import AsTheyAre, AugmentBoxes, AugmentImages
from engine.training.batches import Batches, collate
from engine.training.samples import Images, Sample, Samples
from engine.training.settings import Training
from engine.workspace import Workspace


class OneSample(Samples):
    """A white box on black, 96 × 96."""

    def __init__(self, boxes: list[list[float]]) -> None:
        array = np.array(boxes, np.float32).reshape(-1, 4)
        self.picture: Pixels = np.zeros((96, 96, 1), np.uint8)
        for left, top, right, bottom in array.astype(int):
            self.picture[top:bottom, left:right] = 255
        manifest = ModelManifest("m", "detection", ("a",))
        super().__init__([Sample(1, "a", "", 0, array, np.zeros(len(array), np.int64))], lambda: manifest, {})

    def canvas(self, index: int) -> Pixels:
        return self.picture


@pytest.mark.parametrize("crop", [0, 64])
@pytest.mark.parametrize("scale", [0.0, 0.4])
def test_a_box_stays_around_its_pixels_through_crops_turns_and_scales(crop: int, scale: float) -> None:
    samples = OneSample([[30, 40, 50, 52]])
    augment = AugmentBoxes(crop=crop, scale=scale, brightness=0, contrast=0, on_objects=1.0)
    seen = 0
    for seed in range(60):
        view = augment(samples.view(0), np.random.default_rng(seed))
        pixels, boxes, labels = view.pixels, view.boxes, view.labels
        assert pixels.shape == ((crop or 96), (crop or 96), 1)
        rows, columns = np.nonzero(np.asarray(pixels)[..., 0] > 127)
        if len(boxes) == 0:
            continue
        seen += 1
        tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        if boxes.min() > 0 and boxes.max() < pixels.shape[0] and pixels[rows, columns].min() > 114:
            assert np.abs(boxes[0] - tight).max() <= 1.0
        assert len(labels) == len(boxes)
    assert seen > 50


@pytest.mark.parametrize("crop", [0, 64])
def test_what_each_pixel_is_follows_the_pixels(crop: int) -> None:
    samples = OneSample([[30, 40, 50, 52]])
    view = replace(samples.view(0), classes=(samples.picture[..., 0] > 127).astype(np.uint8))
    augment = AugmentBoxes(crop=crop, scale=0.3, brightness=0, contrast=0, on_objects=1.0)
    for seed in range(30):
        seen = augment(view, np.random.default_rng(seed))
        assert seen.classes is not None
        bright, marked = seen.pixels[..., 0] > 127, seen.classes == 1
        assert (bright ^ marked).mean() < 0.01  # the edge alone: one is interpolated, the other the nearest
        assert marked.any()


def test_whole_images_are_moved_without_losing_their_size_or_label() -> None:
    samples = OneSample([[30, 40, 50, 52]])
    view = AugmentImages(erase=1.0)(samples.view(0), np.random.default_rng(3))
    assert view.pixels.shape == (96, 96, 1)
    assert view.labels.tolist() == [0]


def test_training_sees_the_same_tensor_as_serving(version_folder: Path) -> None:
    images = Images(str(version_folder), "detection", width=192, height=160, mean=0.4, std=0.2)
    images.load(lambda *_: None)
    manifest = images.manifest()
    assert manifest.input.channels == 3
    ours = collate([AsTheyAre()(images.train.view(0), np.random.default_rng(0))], manifest).images
    theirs, _ = prepare(decode(Path(images.train.items[0].path)), manifest)
    np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-5)


def test_boxes_lie_on_the_canvas_where_serving_would_map_them_back_from(version_folder: Path) -> None:
    images = Images(str(version_folder), "detection", width=192, height=160)
    large = Images(str(version_folder), "detection", width=320, height=320)
    one, other = images.train.items[0], large.train.items[0]
    assert one.key == other.key
    np.testing.assert_allclose(one.boxes, other.boxes * 0.5 + np.array([16, 0, 16, 0]), atol=0.51)


def test_batch_number_n_is_the_same_whoever_asks_for_it(version_folder: Path) -> None:
    def make(seed: int, start: int) -> Batches:
        images = Images(str(version_folder), "detection", width=96, height=96)
        images.load(lambda *_: None)
        return Batches(images.train, AugmentBoxes(crop=64), Training(steps=9, batch=4), seed, start)

    whole, rest = list(make(5, 0)), list(make(5, 6))
    assert len(rest) == 3
    assert all(
        (a.images == b.images).all() and (a.targets[0] == b.targets[0]).all()
        for a, b in zip(whole[6:], rest, strict=True)
    )
    assert not (next(iter(make(6, 0))).images == whole[0].images).all()


def test_each_image_is_seen_once_in_an_epoch(version_folder: Path) -> None:
    images = Images(str(version_folder), "detection", width=32, height=32)
    batches = Batches(images.train, AsTheyAre(), Training(steps=2, batch=len(images.train)), 0)
    for number in (0, 1):
        order = batches._order if number else None
        batches.batch(number)
        assert sorted(batches._order[1]) == list(range(len(images.train)))
        assert order != batches._order


def test_an_image_that_cannot_be_read_is_named_and_left_out(version_folder: Path, workspace_media: list[Path]) -> None:
    images = Images(str(version_folder), "detection", width=96, height=96)
    broken = Path(images.train.items[0].path)
    broken.chmod(0o600)
    broken.write_bytes(broken.read_bytes()[:200])
    count = len(images.train)
    images.load(lambda *_: None)
    assert len(images.train) == count - 1
    ((name, reason),) = images.skipped.items()
    assert name.startswith("images/part-")
    assert reason


@pytest.fixture
def workspace_media(version_folder: Path) -> list[Path]:
    return list((version_folder.parent.parent / "media").rglob("*"))


def test_of_tiles_each_box_is_whole_in_one_and_pixels_follow(workspace: Workspace, tmp_path: Path) -> None:
    import_data(workspace, make_sample(tmp_path / "outlined", count=6, outlines=True, good_every=7))
    version = create_version(workspace, "tiled", split="100/0/0")
    folder = str(workspace.path / "versions" / str(version.id))
    whole = Images(folder, "segmentation", width=320, height=320, resize="none")
    tiled = Images(folder, "segmentation", width=160, height=160, resize="tiles", overlap=64)
    whole.look(), tiled.look()
    assert len(tiled.train) == len(whole.train) * 9
    for index, sample in enumerate(whole.train.items):
        view = whole.train.view(index)
        seen, boxes = np.zeros_like(view.classes), []
        for at, tile in enumerate(tiled.train.items):
            if tile.key != sample.key:
                continue
            part, left, top = tiled.train.view(at), int(-tile.place.pad_x), int(-tile.place.pad_y)
            assert (part.pixels == view.pixels[top : top + 160, left : left + 160]).all()
            place = seen[top : top + 160, left : left + 160]
            np.maximum(place, part.classes, out=place)
            boxes += [tuple(box) for box in (part.boxes + np.array([left, top, left, top])).round(1).tolist()]
        assert (seen == view.classes).mean() > 0.999
        small = [tuple(box) for box in sample.boxes.round(1).tolist() if max(box[2] - box[0], box[3] - box[1]) < 64]
        assert set(small) <= set(boxes)
    with pytest.raises(BadInput, match="tiles are for detection and segmentation"):
        Images(folder, "anomaly", resize="tiles")
