"""Learning curves and labelling speed: what is told comes with how sure it is, and nothing is told from too little."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.curation import curve, minute, speed
from engine.workspace import Workspace


def test_a_power_law_is_found_again_and_the_interval_holds_what_comes() -> None:
    sizes = [25, 50, 100, 200]
    truth = lambda n: 1.6 * n**-0.4 + 0.05  # noqa: E731
    found = curve.fit(sizes, [truth(n) for n in sizes])
    gain = found.gain(200, 200)
    assert gain.low <= truth(200) - truth(400) <= gain.high
    assert gain.low < gain.value < gain.high
    assert found.gain(200, 50).value < gain.value


def test_noisy_points_make_a_wide_interval() -> None:
    sizes = [25, 50, 100, 200]
    clean = curve.fit(sizes, [0.5, 0.4, 0.32, 0.256]).gain(200, 200)
    noisy = curve.fit(sizes, [0.45, 0.48, 0.30, 0.33]).gain(200, 200)
    assert noisy.high - noisy.low > clean.high - clean.low


def test_two_sizes_are_no_curve() -> None:
    assert curve.fit([50, 100, 100], [0.4, 0.3, 0.31]) is None
    assert curve.fit([], []) is None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # other work on the machine
@given(st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 1)), min_size=3, max_size=8), st.integers(1, 1000))
def test_more_images_never_make_an_expected_model_worse(points, more) -> None:
    found = curve.fit([size for size, _ in points], [error for _, error in points])
    if found is not None:
        gain = found.gain(max(size for size, _ in points), more)
        assert np.isfinite([gain.value, gain.low, gain.high]).all()
        assert gain.low >= -1e-9


def test_pauses_do_not_count_as_work() -> None:
    start = datetime(2026, 1, 1)
    at = [start + timedelta(seconds=seconds) for seconds in (0, 10, 20, 3620, 3630)]
    assert speed.active_seconds(at) == pytest.approx(10 + 10 + speed.PAUSE_S + 10 + 10)
    assert speed.active_seconds([]) == 0


def test_without_models_and_work_it_says_what_is_missing(workspace: Workspace) -> None:
    found = minute.next_best(workspace)
    assert [option.gain for option in found.options] == [None, None]
    words = " ".join(note.text() for option in found.options for note in option.missing)
    assert "at least 3 versions" in words
    assert "Label at least 10 images" in words
    minute.keep(workspace, found)
    assert minute.outcomes(workspace) == []


def measured(ws: Workspace, number: int, images: int, figure: float) -> None:
    """A model that was trained on a version with so many images, and what it reached on the first version's test images."""
    import json

    with ws.transaction("Test") as tx:
        tx.execute(
            "INSERT INTO dataset_version VALUES (?, ?, ?, ?, 'tester', 1, ?, 0, ?, '{}')",
            [number, f"v{number}", f"digest{number}", tx.at, images, json.dumps({"train": images, "test": 40})],
        )
        tx.execute(
            "INSERT INTO model VALUES (?, 'pcb', ?, ?, 'detection', ?, ?, '{}', '{}')",
            [number, number, f"run{number}", number, tx.at],
        )
        tx.execute(
            "INSERT INTO evaluation VALUES (?, ?, 1, 'test', 'torch', ?, ?, ?)",
            [number, number, tx.at, json.dumps({"map50": figure}), f"runs/run{number}/evaluations/1"],
        )


def labelled(ws: Workspace, count: int, first: int, each: float = 30) -> None:
    """So many images labelled, one shape each, at a steady pace."""
    start = datetime(2026, 1, 1, 8, first % 60)
    for number in range(count):
        with ws.transaction("Draw box") as tx:
            tx.at = start + timedelta(seconds=each * number)
            edit = ws.new_ids("edit", 1)
            tx.execute(
                "INSERT INTO edit (id, tx, item_id, annotation_id, op, after) VALUES (?, ?, ?, ?, 'add', '{}')",
                [edit, tx.id, first + number, edit],
            )


def test_the_pace_of_work_and_the_curve_give_the_gain_of_an_hour_and_later_what_it_brought(
    workspace: Workspace,
) -> None:
    for number, (images, figure) in enumerate([(25, 0.5), (50, 0.6), (100, 0.68)], 1):
        measured(workspace, number, images, figure)
    labelled(workspace, 20, 1)
    found = minute.next_best(workspace)
    label = next(option for option in found.options if option.kind == "label")
    assert label.per_hour == pytest.approx(120, rel=0.01)
    assert 0.01 < label.gain.value < 0.15
    assert (found.now.model, found.metric, found.on) == ("pcb:3", "map50", "v1 (test)")
    assert next(option for option in found.options if option.kind == "review").missing
    minute.keep(workspace, found)
    assert minute.outcomes(workspace)[0].brought is None
    measured(workspace, 4, 200, 0.74)
    outcome = minute.outcomes(workspace)[0]
    assert outcome.brought == pytest.approx(0.06)
    assert outcome.images == 100
    assert outcome.expected.low < 0.06 < outcome.expected.high


def at_once(ws: Workspace, items: range, action: str = "Accept prediction", op: str = "add") -> None:
    """One transaction over several images."""
    with ws.transaction(action) as tx:
        for item in items:
            edit = ws.new_ids("edit", 1)
            tx.execute(
                "INSERT INTO edit (id, tx, item_id, annotation_id, op, after) VALUES (?, ?, ?, ?, ?, '{}')",
                [edit, tx.id, item, edit, op],
            )


def test_what_was_done_to_many_images_at_once_tells_nothing_of_how_fast_people_label(workspace: Workspace) -> None:
    labelled(workspace, 20, 1)
    before = speed.labelling_speed(workspace)
    at_once(workspace, range(100, 600))
    assert speed.labelling_speed(workspace) == before
    assert (before.items, before.shapes) == (20, 20)


def test_passing_a_label_error_with_a_review_state_or_a_models_answer_mends_nothing(workspace: Workspace) -> None:
    for item in (1, 2, 3):
        with workspace.transaction("Test") as tx:
            tx.at = datetime(2026, 1, 1)
            tx.execute("INSERT INTO queue VALUES (?, ?, 1, 'errors', '{}', ?, 'done')", [item, item, tx.at])
    at_once(workspace, range(1, 2), "Set state", "review")
    at_once(workspace, range(2, 3), "Predict")
    assert (speed.review_speed(workspace).items, speed.review_speed(workspace).mended) == (3, 0)
    at_once(workspace, range(3, 4), "Change label", "change")
    assert speed.review_speed(workspace).mended == 1


def test_an_hour_of_labelling_teaches_only_what_goes_into_training(workspace: Workspace) -> None:
    for number, (images, figure) in enumerate([(25, 0.5), (50, 0.6), (100, 0.68)], 1):
        measured(workspace, number, images, figure)
    labelled(workspace, 20, 1)
    found = minute.next_best(workspace)
    option = next(option for option in found.options if option.kind == "label")
    fitted = curve.fit([25, 50, 100], [0.5, 0.4, 0.32])
    assert option.gain == fitted.gain(100, option.per_hour * 100 / 140)


def test_what_an_hour_brought_is_told_on_the_same_images_also_when_others_were_measured_more_often(
    workspace: Workspace,
) -> None:
    for number, (images, figure) in enumerate([(25, 0.5), (50, 0.6), (100, 0.68)], 1):
        measured(workspace, number, images, figure)
    labelled(workspace, 20, 1)
    minute.keep(workspace, minute.next_best(workspace))
    measured(workspace, 4, 200, 0.74)
    made = workspace.query("SELECT created FROM dataset_version WHERE id = 4")[0][0]
    with workspace.transaction("Test") as tx:
        for number in range(1, 5):
            tx.execute(
                "INSERT INTO evaluation VALUES (?, ?, 2, 'val', 'torch', ?, '{\"map50\": 0.5}', '')",
                [10 + number, number, tx.at],
            )
        tx.execute("INSERT INTO model VALUES (5, 'pcb', 5, 'run5', 'detection', 4, ?, '{}', '{}')", [tx.at])
        tx.execute("INSERT INTO evaluation VALUES (20, 5, 2, 'val', 'torch', ?, '{\"map50\": NaN}', '')", [tx.at])
    for later in range(3):  # in no version yet
        with workspace.transaction("Draw box") as tx:
            tx.at = made + timedelta(seconds=30 * (later + 1))
            tx.execute(
                "INSERT INTO edit (id, tx, item_id, annotation_id, op, after) VALUES (?, ?, 1, 1, 'add', '{}')",
                [workspace.new_ids("edit", 1), tx.id],
            )
    assert minute.next_best(workspace).on == "v2 (val)"
    outcome = minute.outcomes(workspace)[0]
    assert outcome.brought == pytest.approx(0.06)
    assert outcome.hours == 0


def test_collecting_a_label_takes_away_only_what_more_images_can(workspace: Workspace, monkeypatch) -> None:
    """The curve goes to a floor that no image removes; a label's error has its share of that."""
    for number, (images, figure) in enumerate([(25, 0.49), (50, 0.495), (100, 0.4975), (200, 0.49875)], 1):
        measured(workspace, number, images, figure)
    labelled(workspace, 20, 1)
    monkeypatch.setattr(minute, "_labels", lambda *_: ({"scratch": 0.5}, {"scratch": 120}))
    options = {option.kind: option for option in minute.next_best(workspace).options}
    assert options["collect"].gain.value < 0.05
