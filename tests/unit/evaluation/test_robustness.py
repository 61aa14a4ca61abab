"""Disturbed pictures, and where a model that looks at them breaks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import UsageError
from engine.evaluation.disturbances import DISTURBANCES, Disturbed, light, named, rotation, turned_back
from engine.evaluation.robustness import FILE, Robustness, judged, read_robustness, strain
from engine.serving.answers import Detection
from engine.serving.images import decode
from engine.serving.manifest import InputSpec, ModelManifest
from engine.serving.predictor import Prediction

from .conftest import make_version

PLACES = {"a.png": (20, 30, 60, 60), "b.png": (70, 70, 100, 110), "c.png": (10, 80, 40, 110)}
ABOUT = {"model": "m:1", "model_id": 1, "version": "v", "version_id": 1, "split": "test", "precision": "torch"}


class Bright:
    """Finds the one thing that is brighter than half."""

    manifest = ModelManifest("bright", "detection", ("thing",), input=InputSpec(channels=1))

    def predict(self, image, *, page: int = 0, score_threshold: float | None = None) -> Prediction:
        pixels = decode(image, page, "gray") if isinstance(image, Path) else image
        rows, columns = np.nonzero(pixels[..., 0] > 127)
        box = (float(columns.min()), float(rows.min()), columns.max() + 1.0, rows.max() + 1.0) if len(rows) else None
        found = (Detection("thing", 0.9, box),) if box else ()
        return Prediction("bright", 1, "detection", pixels.shape[1], pixels.shape[0], found)


@pytest.fixture
def version(tmp_path: Path):
    for name, (x0, y0, x1, y1) in PLACES.items():
        pixels = np.full((120, 140), 20, np.uint8)
        pixels[y0:y1, x0:x1] = 200
        cv2.imwrite(str(tmp_path / name), pixels)
    made = make_version({name: [("thing", box)] for name, box in PLACES.items()})
    paths = [str(tmp_path / name) for name in PLACES]
    items = made.items.set_column(made.items.column_names.index("path"), "path", [paths])
    return type(made)(made.manifest, items, made.annotations)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("one", DISTURBANCES, ids=lambda one: one.name)
def test_each_disturbance_grows_with_its_levels_and_is_the_same_each_time(one, channels) -> None:
    random = np.random.default_rng(0)
    coarse = cv2.resize(random.uniform(40, 200, (9, 12, channels)), (480, 360), interpolation=cv2.INTER_CUBIC)
    pixels = np.clip(coarse.reshape(360, 480, channels) + random.normal(0, 4, (360, 480, channels)), 0, 255).astype(
        np.uint8
    )
    before = pixels.copy()
    shown = [one.apply(pixels, level) for level in one.levels]
    assert all(picture.shape == pixels.shape and picture.dtype == np.uint8 for picture in shown)
    change = [float(np.abs(picture.astype(float) - pixels).mean()) for picture in shown]
    assert change == sorted(change)
    assert change[-1] > change[0] > 0
    np.testing.assert_array_equal(one.apply(pixels, one.levels[2]), shown[2])
    np.testing.assert_array_equal(pixels, before)


def test_a_color_keeps_its_channel_through_jpeg() -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 220
    assert named(["jpeg"])[0].apply(red, 50)[..., 0].mean() > 200


@pytest.mark.parametrize("degrees", [3.0, 8.0])
def test_boxes_on_a_turned_picture_are_turned_back(degrees: float, version) -> None:
    for row in version.items.to_pylist():
        shown = rotation(decode(Path(row["path"]), 0, "gray"), degrees)
        turned = Bright().predict(shown)
        back = turned_back(turned, degrees).detections[0].box
        true = PLACES[row["name"]]
        assert np.allclose([back[0] + back[2], back[1] + back[3]], [true[0] + true[2], true[1] + true[3]], atol=3)
        assert back[2] - back[0] == pytest.approx(turned.detections[0].box[2] - turned.detections[0].box[0])


def test_a_model_breaks_where_it_first_loses_more_than_five_points(version) -> None:
    told: list[float] = []
    found = strain(Bright(), version, named(["darker", "rotation"]), ABOUT, 10, lambda part, _: told.append(part))
    assert (found.base, found.items, found.main) == (1, 3, "map50")
    darker, turned = found.strains
    # 200 × 0.55 is below the 127 that the model needs.
    assert [level.value for level in darker.levels] == [1, 1, 0, 0, 0]
    assert (darker.holds_to, darker.breaks_at) == (0.7, 0.55)
    assert sorted(darker.levels[2].worse) == [1, 2, 3]
    assert darker.levels[1].worse == []
    assert (turned.breaks_at, turned.holds_to) == (None, 8.0)
    assert told == sorted(told)
    assert Robustness.from_json(found.to_json()) == found


def test_a_model_that_breaks_at_once_holds_to_nothing() -> None:
    assert judged("blur", "px", [], 0.9).breaks_at is None
    found = strain_of([0.84, 0.9])
    assert (found.breaks_at, found.holds_to) == (1.0, None)
    assert strain_of([0.85, 0.86]).breaks_at is None  # five points are not more than five


def strain_of(values: list[float]):
    from engine.evaluation.robustness import Level

    return judged("blur", "px", [Level(float(at + 1), value, []) for at, value in enumerate(values)], 0.9)


def test_only_so_many_items_are_looked_at(version) -> None:
    assert strain(Bright(), version, named(["contrast"]), ABOUT, 2, lambda *_: None).items == 2


def test_an_unknown_disturbance_is_named() -> None:
    with pytest.raises(UsageError, match="no disturbance “rain”; there are: darker"):
        named(["blur", "rain"])


def test_what_is_disturbed_is_still_the_same_model(version) -> None:
    shown = Disturbed(Bright(), named(["darker"])[0], 0.9)
    assert shown.manifest is Bright.manifest
    assert light(np.full((2, 2, 1), 100, np.uint8), 0.5).max() == 50


def test_the_newest_result_that_fits_is_read_and_a_damaged_one_passed_over(version, tmp_path: Path) -> None:
    import json

    found = strain(Bright(), version, named(["contrast"]), ABOUT, 2, lambda *_: None)
    for name, text in {
        "1": json.dumps(found.to_json()),
        "2": "{",
        "3": json.dumps(found.to_json() | {"split": "val"}),
    }.items():
        path = tmp_path / "run" / "robustness" / name / FILE
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert read_robustness(tmp_path / "run", 1, "test", "torch") == found
    assert read_robustness(tmp_path / "run", 1, "test", "torch", ["contrast"]) == found
    assert read_robustness(tmp_path / "run", 1, "test", "torch", ["blur"]) is None
    assert read_robustness(tmp_path / "run", 1, "train", "torch") is None
    assert read_robustness(tmp_path / "nowhere", 1, "test", "torch") is None
