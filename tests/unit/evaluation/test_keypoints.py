"""The figures of a model of keypoints, worked out by hand, and the items behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from engine.data.versions import VersionData
from engine.errors import BadInput
from engine.evaluation.compare import compare
from engine.evaluation.disturbances import turned_back
from engine.evaluation.errors import error_types
from engine.evaluation.keypoints import point_figures
from engine.evaluation.outcomes import read_outcomes
from engine.evaluation.predictor import evaluate_predictor
from engine.serving.answers import Detection
from engine.serving.manifest import ModelManifest
from engine.serving.predictor import Prediction
from engine.serving.skeleton import Skeleton

from .conftest import Says, make_version

CLIP = Skeleton.of({"keypoints": ["tail", "left", "right"], "skeleton": [[0, 1], [0, 2]]})
CABLE = Skeleton.of({"keypoints": ["plug", "tip"]})
SHAPES = {
    "a.png": [("clip", (0, 0, 40, 40), [5, 5, 2, 35, 5, 2, 35, 35, 1])],
    "b.png": [("clip", (50, 50, 90, 90), [55, 55, 2, 85, 55, 2, 0, 0, 0]), ("cable", (0, 0, 40, 20), [1, 1, 2, 39, 19, 2])],
    "c.png": [("cable", (10, 10, 50, 30), [0, 0, 0, 0, 0, 0])],
}  # fmt: skip


def version() -> VersionData:
    """Three items with skeletons; the one of c.png has no labelled point."""
    made = make_version({name: [(label, box) for label, box, _ in rows] for name, rows in SHAPES.items()})
    points = pa.array([[list(map(float, flat))] for rows in SHAPES.values() for _, _, flat in rows])
    table = made.annotations.set_column(made.annotations.column_names.index("points"), "points", points)
    table = table.set_column(
        table.column_names.index("kind"), "kind", pa.array(["keypoints"] * len(table), pa.string())
    )
    labels = [
        {"name": "clip", "id": 1, "details": {"keypoints": list(CLIP.points), "skeleton": [[0, 1], [0, 2]]}},
        {"name": "cable", "id": 2, "details": {"keypoints": list(CABLE.points)}},
    ]
    return replace(made, manifest={**made.manifest, "labels": labels}, annotations=table)


class Poses(Says):
    """A model of keypoints that says what it is told to."""

    def predict(self, image, *, page=0, score_threshold=None) -> Prediction:
        found = [Detection(*one[:3], points=one[3]) for one in self.answers.get(image.name, ())]
        return Prediction("fake", 1, "keypoints", 100, 100, tuple(found))


def model(**answers: Sequence[tuple[str, float, tuple[float, ...], tuple[tuple[float, float, float], ...]]]) -> Poses:
    manifest = ModelManifest("fake", "keypoints", ("clip", "cable"), skeletons=(CLIP, CABLE))
    return Poses(manifest, {f"{name}.png": found for name, found in answers.items()})


RIGHT = {
    "a": [("clip", 0.9, (0, 0, 40, 40), ((5, 6, 0.9), (35, 5, 0.8), (35, 35, 0.2)))],
    "b": [
        ("clip", 0.8, (50, 50, 90, 90), ((55, 55, 0.9), (75, 55, 0.1), (1, 1, 0.5))),
        ("cable", 0.7, (0, 0, 40, 20), ((1, 1, 1.0), (39, 19, 1.0))),
    ],
}


def test_points_have_their_error_their_pck_and_the_items_in_which_they_are_wrong(written) -> None:
    evaluation = written(model(**RIGHT), version())
    told = {(one.label, one.point): one for one in point_figures(evaluation)}
    tail, left, right = (told["clip", name] for name in CLIP.points)
    assert (tail.count, tail.error, tail.pck, tail.seen, tail.items) == (2, 0.5, 1.0, 1.0, [])
    assert (left.count, left.error, left.pck, left.seen, left.items) == (2, 5.0, 0.5, 0.5, [2])
    assert (right.count, right.pck, right.seen) == (1, 1.0, 1.0)  # of b.png it is not labelled
    assert told["cable", "tip"].count == 1  # that of c.png has no labelled point
    assert evaluation.summary["metrics"]["pck"] == pytest.approx(6 / 7, abs=1e-5)
    assert evaluation.summary["metrics"]["point_error"] == pytest.approx(11 / 7, abs=1e-5)
    assert evaluation.summary["per_class"]["cable"]["point_error"] == 0


def test_a_skeleton_is_right_by_its_points_and_not_by_its_box(written) -> None:
    evaluation = written(model(**RIGHT), version())
    # σ is 0.025 and the side 40 px: a left end that is 10 px off leaves half of the two labelled points
    assert evaluation.summary["metrics"]["map50"] == pytest.approx(1.0)
    off = {**RIGHT, "a": [("clip", 0.9, (0, 0, 40, 40), ((15, 5, 1), (25, 5, 1), (35, 35, 1)))]}
    worse = written(model(**off), version(), "m:2")
    assert worse.summary["metrics"]["map50"] < 1
    assert worse.summary["metrics"]["missed"] == pytest.approx(1 / 3, abs=1e-5)
    kinds = {kind.name: kind.count for kind in error_types(worse)}
    assert kinds["localisation"] == 1 and kinds["missed"] == 0
    tail = point_figures(worse)[0]
    assert tail.error == 5.0 and tail.missed == 0 and tail.items == [1]  # paired by its box all the same


def test_missed_objects_count_against_pck_and_not_against_the_error(written) -> None:
    evaluation = written(model(a=RIGHT["a"]), version())
    tail = point_figures(evaluation)[0]
    assert (tail.count, tail.missed, tail.error, tail.pck, tail.items) == (2, 1, 1.0, 0.5, [2])


def test_rows_keep_points_and_say_how_they_are_joined(written) -> None:
    evaluation = written(model(**RIGHT), version())
    row = next(row for row in evaluation.matches if row["item_key"] == 1)
    assert row["true_points"] == SHAPES["a.png"][0][2]
    assert np.allclose(row["points"], [5, 6, 0.9, 35, 5, 0.8, 35, 35, 0.2])
    assert row["edges"] == row["true_edges"] == [[0, 1], [0, 2]]


def test_evaluations_are_taken_apart_and_compared_by_their_points(written) -> None:
    one = written(model(**RIGHT), version())
    other = written(model(a=RIGHT["a"]), version(), "m:2")
    figures = read_outcomes(one).figures_of(np.arange(3))
    assert figures["pck"]["value"] == pytest.approx(6 / 7, abs=1e-5)
    assert figures["map50"]["value"] == pytest.approx(1.0)
    assert figures["pck"]["low"] <= figures["pck"]["value"] <= figures["pck"]["high"]
    told = {figure.name: figure.change for figure in compare(other, one).figures}
    assert told["pck"] > 0


def test_points_of_a_turned_picture_are_turned_back() -> None:
    found = Prediction("m", 1, "keypoints", 101, 101, (Detection("a", 1, (40, 0, 60, 20), points=((50, 10, 0.5),)),))
    (one,) = turned_back(found, 90).detections
    (x0, y0, x1, y1), ((x, y, seen),) = one.box, one.points
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((x, y)) and seen == 0.5


def test_points_of_another_model_and_a_split_without_skeletons_are_refused_in_words(detector, written) -> None:
    boxes = make_version({"a.png": [("scratch", (0, 0, 10, 10))]})
    with pytest.raises(BadInput, match="models of keypoints"):
        point_figures(written(detector({}), boxes))
    labels = [{"name": "clip", "id": 1}]
    with pytest.raises(BadInput, match="no skeleton"):
        evaluate_predictor(model(), replace(boxes, manifest={**boxes.manifest, "labels": labels}))
