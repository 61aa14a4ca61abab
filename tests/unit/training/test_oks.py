"""OKS is what COCO's reference counts."""

from __future__ import annotations

import numpy as np
import pytest

from engine.serving.alike import oks


def test_similarities_are_those_of_the_reference_implementation() -> None:
    from faster_coco_eval import COCO
    from faster_coco_eval.core.cocoeval import COCOeval

    random = np.random.default_rng(3)
    sigmas = random.uniform(0.02, 0.1, 5)
    truth = np.concatenate([random.uniform(0, 90, (4, 5, 2)), random.integers(0, 3, (4, 5, 1))], 2)
    truth[:, 0, 2] = 2
    found = np.concatenate([truth[:, :, :2] + random.normal(0, 4, (4, 5, 2)), np.ones((4, 5, 1))], 2)
    areas = random.uniform(2000, 8000, 4)
    shapes = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 90, 90], "iscrowd": 0} for _ in range(4)]
    true = [
        {**s, "id": n + 1, "area": float(areas[n]), "keypoints": truth[n].ravel().tolist(), "num_keypoints": 5}
        for n, s in enumerate(shapes)
    ]
    said = [{**s, "keypoints": found[n].ravel().tolist(), "score": 1 - n / 10} for n, s in enumerate(shapes)]
    document = {
        "images": [{"id": 1, "width": 90, "height": 90}],
        "annotations": true,
        "categories": [{"id": 1, "name": "a", "keypoints": list("abcde"), "skeleton": []}],
    }
    reference = COCO(document)
    judge = COCOeval(reference, reference.loadRes(said), "keypoints", print_function=lambda *_: None)
    judge.params.kpt_oks_sigmas = sigmas
    judge._prepare()
    expected = np.array(judge.computeOks(1, 1))
    assert oks(found, truth, areas, sigmas) == pytest.approx(expected, abs=1e-9)


def test_exact_points_are_1_and_a_skeleton_without_labelled_points_is_like_none() -> None:
    truth = np.array([[[10, 10, 2], [40, 40, 1]], [[0, 0, 0], [0, 0, 0]]], float)
    found = np.array([[[10, 10, 1], [40, 40, 0.2]]], float)
    assert oks(found, truth, np.array([900.0, 900.0]), np.array([0.05, 0.05])).tolist() == [[1.0, 0.0]]
