"""What hangs together in a mask is one region; maps come to lie on the image's own pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as coco

from engine.serving.postprocess import finish
from engine.serving.preprocess import fit
from engine.serving.regions import on_image, regions


@settings(max_examples=150, deadline=None)
@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14))))
def test_regions_are_those_that_opencv_finds_and_hold_each_pixel_once(mask) -> None:
    scores = np.arange(mask.size, dtype=np.float32).reshape(mask.shape) / mask.size
    found = regions(mask, scores, "dent")
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    ours = sorted(region.mask().tobytes() for region in found)
    assert ours == sorted((labels == number).tobytes() for number in range(1, count))
    for region in found:
        pixels = region.mask()
        rows, columns = np.nonzero(pixels)
        assert region.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert region.area == pixels.sum()
        assert region.score == pytest.approx(scores[pixels].mean(), abs=1e-5)


def test_counts_are_coco_run_lengths() -> None:
    mask = np.zeros((20, 30), bool)
    mask[3:9, 0:7] = True
    (region,) = regions(mask, mask.astype(np.float32), "dent")
    theirs = coco.frPyObjects({"size": [20, 30], "counts": list(region.counts)}, 20, 30)
    assert (coco.decode(theirs).astype(bool) == mask).all()


def test_a_coarse_map_of_a_letterboxed_image_lies_on_the_image(manifest) -> None:
    model = manifest()  # 64 × 48 px
    geometry = fit(200, 100, model)  # 64 × 32 px in the middle
    coarse = np.zeros((12, 16), np.float32)
    coarse[6:, 8:] = 1  # a quarter of the image, and of the padding below it
    whole = on_image(coarse, geometry, (64, 48))
    assert whole.shape == (100, 200)
    assert whole[:, :90].max() < 0.1
    assert whole[:40].max() < 0.1
    assert whole[60:, 110:].min() > 0.9


def test_a_segmentation_names_the_likeliest_label_of_each_pixel(manifest) -> None:
    model = manifest(task="segmentation")
    scores = np.zeros((1, 3, 48, 64), np.float32)
    scores[0, 0] = 0.5
    scores[0, 2, 10:20, 10:30] = 0.9
    scores[0, 1, 30:40, 40:44] = 0.7
    answer = finish({"probabilities": scores}, model, fit(64, 48, model))
    assert [(one.label, one.box, one.area) for one in answer.detections] == [
        ("dent", (10, 10, 30, 20), 200),
        ("scratch", (40, 30, 44, 40), 40),
    ]
    assert answer.detections[0].score == pytest.approx(0.9)


def test_an_anomaly_model_gives_a_verdict_and_where(manifest) -> None:
    model = manifest(task="anomaly", labels=["normal", "anomaly"], postprocess={"score_threshold": 0.5})
    maps = np.full((2, 12, 16), 0.2, np.float32)
    maps[1, 3:6, 4:8] = 0.9
    outputs = {"scores": maps.max((1, 2)), "maps": maps}
    good, bad = (finish(outputs, model, fit(64, 48, model), index=index) for index in (0, 1))
    assert good.classification.label == "normal"
    assert not good.detections
    assert bad.classification.label == "anomaly"
    (region,) = bad.detections
    assert (region.label, bad.heat.shape) == ("anomaly", (12, 16))
    assert np.abs(np.array(region.box) - (16, 12, 32, 24)).max() <= 3
