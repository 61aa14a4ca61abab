"""Kinds of mistake, sizes, certainty and slices, against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.query import BadQuery
from engine.errors import BadInput
from engine.evaluation.certainty import calibration, roc
from engine.evaluation.errors import KINDS, error_types
from engine.evaluation.slices import by_expression, by_size
from engine.workspace import Workspace

from .conftest import make_version

A, B = (10.0, 10.0, 30.0, 30.0), (50.0, 50.0, 70.0, 70.0)
OFF = (10.0, 10.0, 30.0, 17.0)  # IoU 0.35 with A
FAR = (0.0, 80.0, 15.0, 95.0)


def kinds_of(evaluation) -> dict[str, tuple[int, list[int]]]:
    return {kind.name: (kind.count, kind.items) for kind in error_types(evaluation)}


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ([("scratch", 0.9, OFF)], "localisation"),
        ([("dent", 0.9, A)], "classification"),
        ([("dent", 0.9, OFF)], "both"),
        ([("scratch", 0.9, A), ("scratch", 0.8, A)], "duplicate"),
        ([("scratch", 0.9, A), ("scratch", 0.8, FAR)], "background"),
        ([], "missed"),
    ],
)
def test_each_kind_of_mistake_is_told_apart_and_leads_to_its_item(detector, written, found, kind) -> None:
    version = make_version({"a.png": [("scratch", A)], "b.png": []})
    told = kinds_of(written(detector({"a.png": found}), version))
    wrong = {kind: (1, [1])} | ({"missed": (1, [1])} if kind == "both" else {})  # which stands for nothing
    assert told == dict.fromkeys(KINDS, (0, [])) | wrong


def test_the_gain_is_what_mending_one_kind_brings(detector, written) -> None:
    # 2 true scratches, 1 true dent. Scratch: right (0.9), off (0.8): AP 0.505 (recall up to 1/2); dent: taken for a scratch.
    version = make_version({"a.png": [("scratch", A)], "b.png": [("scratch", A)], "c.png": [("dent", B)]})
    said = {"a.png": [("scratch", 0.9, A)], "b.png": [("scratch", 0.8, OFF)], "c.png": [("scratch", 0.85, B)]}
    evaluation = written(detector(said), version)
    half = 51 / 101
    assert evaluation.summary["metrics"]["map50"] == pytest.approx(half / 2, abs=1e-5)
    gains = {kind.name: kind.gain for kind in error_types(evaluation)}
    # Localisation: the second scratch comes third, behind the mislabelled one: precision 2/3 above recall 1/2.
    assert gains["localisation"] == pytest.approx((half + (50 / 101) * 2 / 3 - half) / 2, abs=1e-5)
    # Classification: the dent is found, and no longer stands between the scratches.
    assert gains["classification"] == pytest.approx(1 / 2, abs=1e-5)
    assert gains["missed"] == gains["background"] == gains["duplicate"] == 0


def test_a_missed_object_mended_leaves_what_was_found(detector, written) -> None:
    version = make_version({"a.png": [("scratch", A)], "b.png": [("scratch", A)]})
    evaluation = written(detector({"a.png": [("scratch", 0.9, A)]}, ("scratch",)), version)
    gains = {kind.name: kind.gain for kind in error_types(evaluation)}
    assert gains["missed"] == pytest.approx(50 / 101, abs=1e-5)


def test_counts_are_those_at_the_threshold_and_gains_those_of_all_scores(detector, written) -> None:
    version = make_version({"a.png": [("scratch", A)]})
    evaluation = written(detector({"a.png": [("scratch", 0.1, A), ("scratch", 0.2, FAR)]}), version, threshold=0.5)
    told = {kind.name: kind for kind in error_types(evaluation)}
    assert (told["background"].count, told["missed"].count) == (0, 1)
    assert told["background"].gain == pytest.approx(0.5, abs=1e-5)
    assert told["missed"].gain == 0


def test_mending_everything_in_turn_never_loses(detector, written) -> None:
    random = np.random.default_rng(5)
    truth, said = {}, {}
    for n in range(20):
        boxes = [tuple(np.round([x, y, x + 14, y + 14], 1)) for x, y in random.uniform(0, 80, (4, 2))]
        truth[f"{n}.png"] = [(str(random.choice(["scratch", "dent"])), box) for box in boxes]
        near = [(label, tuple(np.add(box, random.normal(0, 2.5, 4)))) for label, box in truth[f"{n}.png"]]
        said[f"{n}.png"] = [
            (
                str(random.choice(["scratch", "dent"])) if random.random() < 0.3 else label,
                float(random.uniform(0.2, 1)),
                box,
            )
            for label, box in near * 2
        ]
    found = error_types(written(detector(said), make_version(truth)))
    assert [kind.name for kind in found] == list(KINDS)
    assert all(0 <= kind.gain < 1 for kind in found)
    assert sum(kind.count for kind in found) > 20


def test_kinds_are_not_told_of_a_classifier(classifier, written) -> None:
    version = make_version({"a.png": [("x", None)]})
    with pytest.raises(BadInput, match="classification model"):
        error_types(written(classifier({"a.png": [0.9, 0.1]}, ("x", "y")), version))


def test_objects_are_divided_by_their_area(detector, written) -> None:
    small, large = (0.0, 0.0, 10.0, 10.0), (0.0, 0.0, 98.0, 98.0)
    version = make_version({"a.png": [("x", small)], "b.png": [("x", A), ("x", B)], "c.png": [("x", large)]})
    model = detector({"a.png": [("x", 0.9, small)], "b.png": [("x", 0.8, FAR)], "c.png": [("x", 0.9, large)]}, ("x",))
    groups = {group.name: group for group in by_size(written(model, version))}
    assert {name: group.count for name, group in groups.items()} == {"small": 3, "medium": 0, "large": 1}
    assert groups["small"].figures["missed"]["value"] == pytest.approx(2 / 3, abs=1e-5)
    assert groups["small"].items == [2]
    assert groups["medium"].figures["map50"]["value"] is None
    # The large one is not spoilt by the small false box.
    assert groups["large"].figures["map50"]["value"] == 1
    thirds = by_size(written(model, version), "thirds")
    assert [group.count for group in thirds] == [1, 0, 3]  # two are of one size
    with pytest.raises(BadInput, match="coco, thirds"):
        by_size(written(model, version), "inches")


def test_a_model_that_is_as_sure_as_it_is_right_has_no_calibration_error(classifier, written) -> None:
    version = make_version({f"{n}.png": [("x" if n < 8 else "y", None)] for n in range(10)})
    model = classifier({f"{n}.png": [0.8, 0.2] for n in range(10)}, ("x", "y"))
    found = calibration(written(model, version))
    assert found.error == pytest.approx(0)
    filled = next(one for one in found.bins if one.count)
    assert (filled.low, filled.count, filled.said, filled.right) == (0.8, 10, pytest.approx(0.8), 0.8)
    assert filled.wrong_items == [9, 10]
    sure = calibration(written(classifier({f"{n}.png": [1.0, 0.0] for n in range(10)}, ("x", "y")), version))
    assert sure.error == pytest.approx(0.2)


def test_the_area_below_the_roc_curve_is_that_of_scikit_learn(classifier, written) -> None:
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(2)
    bad = random.random(80) < 0.4
    score = np.clip(random.normal(0.35 + 0.2 * bad, 0.2), 0, 1).round(1)  # with ties
    version = make_version({f"{n}.png": [("crack" if one else "ok", None)] for n, one in enumerate(bad)})
    model = classifier({f"{n}.png": [1 - one, one] for n, one in enumerate(score)}, ("ok", "crack"))
    found = roc(written(model, version))
    assert found is not None
    assert found.auc["value"] == pytest.approx(roc_auc_score(bad, score), abs=1e-5)
    assert found.auc["low"] < found.auc["value"] < found.auc["high"]
    assert found.points[0][:2] == (0, 0)
    assert found.points[-1][:2] == (1, 1)


def test_a_detector_is_judged_by_the_highest_score_of_each_image(detector, written) -> None:
    version = make_version({"a.png": [("scratch", A)], "b.png": [], "c.png": []})
    found = roc(written(detector({"a.png": [("scratch", 0.5, A)], "b.png": [("dent", 0.7, B)]}), version))
    assert found is not None
    assert found.auc["value"] == 0.5
    assert roc(written(detector({}), make_version({"a.png": [("scratch", A)]}))) is None


@pytest.fixture
def sliced(workspace: Workspace, detector, written):
    """Four items of two lots, of which the model finds those of lot A."""
    names = ["a.png", "b.png", "c.png", "d.png"]
    with workspace.transaction("Test") as tx:
        for at, name in enumerate(names):
            tx.execute(
                "INSERT INTO item (id, key, name, width, height, metadata) VALUES (?, ?, ?, ?, 100, ?)",
                [at + 10, at + 1, name, 100 * (at + 1), f'{{"lot": "{"AABB"[at]}"}}'],
            )
    version = make_version({name: [("scratch", A)] for name in names})
    return workspace, written(detector({name: [("scratch", 0.9, A)] for name in names[:2]}), version)


def test_items_are_grouped_by_any_expression(sliced) -> None:
    workspace, evaluation = sliced
    lots = by_expression(workspace, evaluation, "metadata->>'lot'")
    assert [(group.name, group.count, group.items) for group in lots] == [("A", 2, [1, 2]), ("B", 2, [3, 4])]
    assert [group.figures["missed"]["value"] for group in lots] == [0, 1]
    assert [group.figures["map50"]["value"] for group in lots] == [1, 0]
    wide = by_expression(workspace, evaluation, "width > 100")
    assert [(group.name, group.count) for group in wide] == [("true", 3), ("false", 1)]
    low, high = (wide[0].figures["missed"][end] for end in ("low", "high"))
    assert low <= 2 / 3 <= high


def test_items_that_are_gone_are_a_group_of_their_own(sliced) -> None:
    workspace, evaluation = sliced
    with workspace.transaction("Test") as tx:
        tx.execute("DELETE FROM item WHERE id = 10")
    assert {group.name: group.count for group in by_expression(workspace, evaluation, "'all'")} == {
        "all": 3,
        "(none)": 1,
    }


@pytest.mark.parametrize(
    "hostile",
    [
        "1) FROM items; DROP TABLE item; SELECT (1",
        "(SELECT content FROM read_text('/etc/passwd'))",
        "(SELECT count(*) FROM '/etc/passwd')",
        "getenv('HOME')",
        "(SELECT max(id) FROM tx)",
        "1), (2",
        "width >",
        "no_such_column",
        "width) FROM items UNION ALL SELECT 1, (SELECT content FROM read_blob('/etc/passwd')",
    ],
)
def test_hostile_and_wrong_expressions_are_refused(sliced, hostile) -> None:
    workspace, evaluation = sliced
    with pytest.raises((BadQuery, BadInput)):
        by_expression(workspace, evaluation, hostile)
    assert workspace.query("SELECT count(*) FROM item") == [(4,)]


def test_too_many_groups_are_refused_with_advice(sliced, monkeypatch) -> None:
    monkeypatch.setattr("engine.evaluation.slices.MOST_GROUPS", 3)
    with pytest.raises(BadInput, match="makes 4 groups"):
        by_expression(*sliced, "name")
    with pytest.raises(BadInput, match="Write by what"):
        by_expression(*sliced, "  ")
