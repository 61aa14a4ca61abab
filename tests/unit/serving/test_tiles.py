"""Large images in tiles: each place is looked at, each object is answered once, and small defects are not lost."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.serving.answers import Detection
from engine.serving.errors import BadManifest
from engine.serving.manifest import ModelManifest
from engine.serving.predictor import Predictor
from engine.serving.tiles import Cut, corners, merged

SIDE, DEFECT = 640, 10


def model(task: str, resize: str = "tiles", **changes: Any) -> ModelManifest:
    document = {
        "name": "m", "task": task, "labels": ["spot"], "input": {"width": SIDE, "height": SIDE, "channels": 1},
        "preprocess": {"resize": resize, "mean": [0.0], "std": [1.0], "pad_value": 0} | ({"overlap": 64} if resize == "tiles" else {}),
    }  # fmt: skip
    return ModelManifest.from_json(document | changes)


def spots(tensor: np.ndarray) -> dict[str, np.ndarray]:
    """A network that sees bright spots of 4 px or more, with their boxes."""
    from scipy import ndimage

    groups, _ = ndimage.label(tensor[0, 0] > 0.5)
    found = [(x.start, y.start, x.stop, y.stop) for y, x in ndimage.find_objects(groups)]
    kept = [box for box in found if min(box[2] - box[0], box[3] - box[1]) >= 4]
    boxes = np.array(kept or [(0, 0, 1, 1)], np.float32)[None]
    return {"boxes": boxes, "scores": np.full((1, boxes.shape[1], 1), 0.9 if kept else 0.0, np.float32)}


def pixelwise(tensor: np.ndarray) -> dict[str, np.ndarray]:
    """A network that calls bright pixels a spot."""
    bright = np.clip(tensor[:, :1], 0.05, 0.95)
    return {"probabilities": np.concatenate([1 - bright, bright], 1)}


def picture(width: int, height: int, boxes: list[tuple[int, int, int, int]]) -> np.ndarray:
    pixels = np.zeros((height, width, 1), np.uint8)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = 255
    return pixels


@given(st.integers(1, 5000), st.integers(32, 700), st.integers(0, 31))
def test_tiles_cover_all_overlap_enough_and_stay_inside(length: int, side: int, overlap: int) -> None:
    found = corners(length, side, overlap)
    assert found[0] == 0
    assert found[-1] == max(0, length - side)
    assert all(side - (after - before) >= overlap for before, after in itertools.pairwise(found))
    assert (len(found) - 2) * (side - overlap) + side < length or len(found) == 1  # one fewer would not reach


def test_defects_of_ten_px_are_found_in_a_large_image_in_tiles_and_not_in_the_shrunken_one() -> None:
    random = np.random.default_rng(0)
    seams = [(at, 40 * number + 20) for number, at in enumerate([*corners(4000, SIDE, 64)[1:], 571, 635])]
    places = [*seams, *((int(x), int(y)) for x, y in random.integers((0, 400), (3990, 2990), (40, 2)))]
    boxes = [(x, y, x + DEFECT, y + DEFECT) for x, y in places]
    pixels = picture(4000, 3000, boxes)
    from scipy import ndimage

    there = ndimage.find_objects(ndimage.label(pixels[..., 0])[0])
    found = Predictor(model("detection"), spots).predict(pixels)
    assert (found.width, found.height) == (4000, 3000)
    assert sorted(one.box for one in found.detections) == sorted(
        (float(x.start), float(y.start), float(x.stop), float(y.stop)) for y, x in there
    )
    assert Predictor(model("detection", "letterbox"), spots).predict(pixels).detections == ()


def test_an_object_over_several_seams_is_one_and_neighbours_stay_apart() -> None:
    long = (100, 300, 1900, 340)  # over three tiles
    pixels = picture(2000, 700, [long, (100, 400, 140, 440), (150, 400, 190, 440)])
    found = Predictor(model("detection"), spots).predict(pixels)
    assert sorted(one.box for one in found.detections) == [
        tuple(map(float, box)) for box in sorted([long, (100, 400, 140, 440), (150, 400, 190, 440)])
    ]


def test_a_whole_box_is_kept_beside_what_another_tile_saw_of_it() -> None:
    whole, part = Detection("spot", 0.6, (600, 10, 660, 40)), Detection("spot", 0.9, (600, 10, 640, 40))
    other = Detection("dent", 0.5, (600, 10, 660, 40))
    cuts = [Cut(part, (0, 0), True), Cut(whole, (576, 0), False), Cut(other, (576, 0), False)]
    assert merged(cuts) == [whole, other]


def test_regions_go_on_across_seams_as_if_the_image_were_seen_whole() -> None:
    boxes = [(500, 100, 1400, 160), (30, 500, 60, 1200), (1000, 600, 1010, 610)]
    pixels = picture(1500, 1300, boxes)
    found = Predictor(model("segmentation"), pixelwise).predict(pixels)
    assert sorted(one.box for one in found.detections) == [tuple(map(float, box)) for box in sorted(boxes)]
    together = np.zeros((1300, 1500), bool)
    for one in found.detections:
        together |= one.mask()  # type: ignore[attr-defined]  # regions have one
    assert (together == (pixels[..., 0] > 0)).all()


def test_an_image_smaller_than_a_tile_is_seen_as_it_is() -> None:
    found = Predictor(model("detection"), spots).predict(picture(200, 100, [(10, 10, 30, 40)]))
    assert [one.box for one in found.detections] == [(10.0, 10.0, 30.0, 40.0)]
    (again,) = Predictor(model("detection"), spots).predict_batch([picture(200, 100, [(10, 10, 30, 40)])])
    assert again.detections == found.detections


def test_tiles_are_refused_where_an_answer_is_of_the_whole_image() -> None:
    with pytest.raises(BadManifest, match="tiles are for detection and segmentation"):
        model("classification")
    wide = {"resize": "tiles", "mean": [0.0], "std": [1.0], "overlap": 700}
    with pytest.raises(BadManifest, match="less than the input"):
        model("detection", preprocess=wide)
    assert ModelManifest.from_json(model("detection").to_json()) == model("detection")
    assert "overlap" not in model("detection", "letterbox").to_json()["preprocess"]
