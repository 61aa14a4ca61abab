"""The figures of a model that answers masks: an object is found where its mask is, whatever its box says."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from pycocotools import mask as coco
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from engine.data import rle
from engine.evaluation.errors import error_types
from engine.evaluation.outcomes import boxes_of
from engine.evaluation.predictor import evaluate_predictor
from engine.evaluation.scores import NONE
from engine.evaluation.slices import by_size
from engine.serving.answers import Region
from engine.serving.manifest import ModelManifest

from .conftest import Says, make_version

A, B = (10.0, 10.0, 30.0, 30.0), (50.0, 50.0, 70.0, 70.0)


def region(label: str, score: float, mask: np.ndarray, box: tuple[float, float, float, float]) -> Region:
    counts = tuple(rle.runs(rle.encode(mask)).tolist())
    return Region(label, score, box, int(mask.sum()), mask.shape, counts)


def filled(label: str, score: float, box: tuple[float, float, float, float], share: float = 1.0) -> Region:
    """An answer with that box, of which the upper share alone is its mask."""
    left, top, right, bottom = (int(edge) for edge in box)
    mask = np.zeros((100, 100), bool)
    mask[top : top + round(share * (bottom - top)), left:right] = True
    return region(label, score, mask, box)


def model(answers: dict[str, list[Region]]) -> Says:
    return Says(ModelManifest("fake", "instances", ("scratch", "dent")), answers)


@pytest.fixture
def version():
    return make_version({"a.png": [("scratch", A), ("dent", B)], "b.png": [("dent", B)], "good.png": []})


def test_an_object_is_found_where_its_mask_fits(version) -> None:
    right = {"a.png": [filled("scratch", 0.9, A), filled("dent", 0.8, B)], "b.png": [filled("dent", 0.9, B)]}
    scores = evaluate_predictor(model(right), version)
    assert scores.main == "map50"
    assert scores.accuracy == scores.metrics["map"] == 1
    thin = right | {"b.png": [filled("dent", 0.9, B, 0.4)]}  # its box fits, its mask does not
    scores = evaluate_predictor(model(thin), version)
    assert scores.per_class["dent"]["ap50"] < 1
    assert scores.confusion["matrix"] == [[1, 0, 0], [0, 1, 1], [0, 1, 0]]
    assert scores.metrics["missed"] == pytest.approx(1 / 3, abs=1e-6)


def test_a_mask_that_is_off_is_a_mistake_of_place_and_leads_to_its_item(version, written) -> None:
    said = {"a.png": [filled("scratch", 0.9, A), filled("dent", 0.8, B)], "b.png": [filled("dent", 0.9, B, 0.4)]}
    evaluation = written(model(said), version)
    told = {kind.name: (kind.count, kind.items) for kind in error_types(evaluation) if kind.count}
    assert told == {"localisation": (1, [2])}
    assert next(kind.gain for kind in error_types(evaluation) if kind.name == "localisation") > 0
    (missed,) = (row for row in evaluation.matches if row["truth"] == "dent" and row["predicted"] == NONE)
    assert missed["mask"] is None
    assert rle.decode(missed["true_mask"], 100, 100)[50:70, 50:70].all()
    assert {row["mask"] for row in evaluation.predictions} == {
        rle.compress(one.counts) for found in said.values() for one in found
    }
    assert [group.figures["map50"]["value"] is None for group in by_size(evaluation)] == [False, True, True]
    truth, found = boxes_of(evaluation)
    assert (len(truth), len(found)) == (3, 3)


def test_average_precision_is_that_of_coco_for_masks() -> None:
    random, names = np.random.default_rng(4), [f"{number}.png" for number in range(12)]
    true: dict[str, list] = {}
    said: dict[str, list[Region]] = {}
    annotations, results = [], []
    for image, name in enumerate(names, 1):
        boxes = random.integers(0, 70, (3, 2))
        true[name] = [("dent", (float(x), float(y), float(x + 20), float(y + 14))) for x, y in boxes]
        said[name] = []
        for _, box in true[name]:
            mask = np.zeros((100, 100), np.uint8)
            mask[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])] = 1
            annotations.append(
                {"id": len(annotations) + 1, "image_id": image, "category_id": 1, "iscrowd": 0, "area": 280,
                 "bbox": [box[0], box[1], 20, 14], "segmentation": coco.encode(np.asfortranarray(mask))}
            )  # fmt: skip
            shifted = np.roll(mask, random.integers(-4, 5, 2), (0, 1)).astype(bool)
            score = float(np.round(random.random(), 6))
            said[name].append(region("dent", score, shifted, box))
            results.append(
                {"image_id": image, "category_id": 1, "score": score,
                 "segmentation": coco.encode(np.asfortranarray(shifted, np.uint8))}
            )  # fmt: skip
    reference = COCO()
    reference.dataset = {
        "images": [{"id": number + 1, "width": 100, "height": 100} for number in range(12)],
        "annotations": annotations, "categories": [{"id": 1, "name": "dent"}], "info": {},
    }  # fmt: skip
    reference.createIndex()
    theirs = COCOeval(reference, reference.loadRes(results), "segm")
    theirs.evaluate()
    theirs.accumulate()
    theirs.summarize()
    ours = evaluate_predictor(model(said), make_version(true)).metrics
    assert 0.1 < ours["map"] < ours["map50"] < 0.95
    assert ours["map"] == pytest.approx(theirs.stats[0], abs=1e-5)
    assert ours["map50"] == pytest.approx(theirs.stats[1], abs=1e-5)


def test_shapes_without_an_area_are_not_asked_for() -> None:
    version = make_version({"a.png": [("dent", A)]})
    lines = version.annotations.set_column(2, "kind", [["polyline"]])
    empty = SimpleNamespace(manifest=version.manifest, items=version.items, annotations=lines)
    assert evaluate_predictor(model({}), empty).metrics["objects"] == 0
