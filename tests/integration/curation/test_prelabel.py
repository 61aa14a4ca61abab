"""Pre-labelling with a really trained model: suggestions appear, are decided on, and never become truth by themselves."""

from __future__ import annotations

import pytest

from engine.curation import prelabel, suggestions
from engine.curation.looking import loaded, look_at
from engine.data import browse
from engine.data.versions import create_version, read_version
from engine.errors import BadInput, UsageError
from engine.jobs import list_jobs, wait
from engine.labeling import edits, history, states
from engine.labeling.edits import Change, Remove
from engine.training.models import get_model
from engine.workspace import Workspace

pytestmark = pytest.mark.slow
LOW = 0.06  # the model of the tests has learnt little: its scores are low


def suggest_all(ws: Workspace, model: str = "parts:1", items=None, threshold: float = LOW):
    job = prelabel.prelabel(ws, model, items, threshold)
    status = wait(ws, job)
    assert status.state == "done", status.details
    return job


def of_model(ws: Workspace, item: int | None = None):
    items = [item] if item else [row[0] for row in ws.query("SELECT id FROM item")]
    return [one for item in items for one in edits.annotations_of(ws, item) if one.origin == "model"]


def test_a_model_suggests_on_what_nobody_has_labelled_and_replaces_what_it_said_before(
    ws: Workspace, at_once: None
) -> None:
    unlabelled = states.unlabelled(ws)
    job = suggest_all(ws)
    made = of_model(ws)
    assert made
    assert job.result()["suggested"] == len(made)
    assert {one.item_id for one in made} <= set(unlabelled)
    assert {one.author for one in made} == {"parts v1"}
    assert all(one.score >= LOW for one in made)
    assert all(one.x >= 0 and one.y >= 0 and one.x + one.w <= 320 for one in made)
    assert history.item_history(ws, made[0].item_id)[0].author == "parts v1"
    suggest_all(ws, "parts:2")
    assert {one.author for one in of_model(ws)} == {"parts v2"}, (
        "a newer version of the model takes the place of the older"
    )
    suggest_all(ws, "parts:1", threshold=1.0)
    assert not of_model(ws)


def test_a_suggestion_never_becomes_training_data_unseen(ws: Workspace, at_once: None) -> None:
    before = create_version(ws, "before")
    figures = browse.stats(ws)
    suggest_all(ws, items=[row[0] for row in ws.query("SELECT id FROM item")])
    made = of_model(ws)
    assert made
    assert browse.stats(ws) == figures
    assert browse.item_ids(ws, browse.ItemFilter(labelled=False)) == states.unlabelled(ws)
    after = create_version(ws, "after")
    assert (after.digest, after.annotations) == (before.digest, before.annotations)
    assert "model" not in read_version(ws.path, after.id).annotations["origin"].to_pylist()
    edits.accept(ws, made[0].item_id, [made[0].id])
    seen = create_version(ws, "seen")
    assert seen.annotations == before.annotations + 1


def test_what_was_refused_or_is_labelled_already_is_not_suggested_again(ws: Workspace, at_once: None) -> None:
    suggest_all(ws)
    first, second, *_ = of_model(ws)
    edits.apply(ws, first.item_id, [Remove(first.id)], "Refuse prediction")
    edits.accept(ws, second.item_id, [second.id])
    items = [first.item_id, second.item_id]
    suggest_all(ws, items=items)
    again = [(one.item_id, one.label_id, round(one.x, 3), round(one.y, 3)) for one in of_model(ws)]
    for one in (first, second):
        assert (one.item_id, one.label_id, round(one.x, 3), round(one.y, 3)) not in again


def test_a_corrected_or_redone_decision_counts_and_one_taken_back_does_not(ws: Workspace, at_once: None) -> None:
    suggest_all(ws)
    was = of_model(ws)[0]
    item = was.item_id
    (label,) = ws.query("SELECT id FROM label WHERE id <> ? LIMIT 1", [was.label_id])[0]

    def suggested() -> edits.Annotation | None:
        suggest_all(ws, items=[item])
        return next(
            (one for one in of_model(ws, item) if (one.label_id, one.x, one.y) == (was.label_id, was.x, was.y)), None
        )

    edits.apply(ws, item, [Change(was.id, {"label_id": label})], "Change label")
    assert suggested() is None, "it was corrected"
    edits.undo(ws)
    again = suggested()
    assert again is not None
    edits.apply(ws, item, [Remove(again.id)], "Refuse prediction")
    edits.undo(ws)
    again = suggested()
    assert again is not None
    fate = suggestions.fates(ws)["parts v1"]
    assert fate["refused"] == fate["corrected"] == 0
    edits.apply(ws, item, [Remove(again.id)], "Refuse prediction")
    edits.undo(ws)
    edits.redo(ws)
    assert suggestions.fates(ws)["parts v1"]["refused"] == 1
    assert suggested() is None, "it was refused, whatever was undone and redone"


def test_an_item_removed_while_a_model_looks_at_it_gets_no_suggestions(ws: Workspace) -> None:
    from engine.data.imports import remove_items

    item = states.unlabelled(ws)[0]
    remove_items(ws, [item])
    assert not prelabel.suggest(ws, get_model(ws, "parts"), item, [("scratch", 0.9, [1.0, 1.0, 9.0, 9.0], {})])
    assert not ws.query("SELECT 1 FROM annotation WHERE item_id = ?", [item])


def test_points_become_a_skeleton_that_says_what_is_hidden(ws: Workspace) -> None:
    item = states.unlabelled(ws)[0]
    said = {"points": [10.0, 12.0, 0.9, 30.0, 32.0, 0.2]}
    assert prelabel.suggest(ws, get_model(ws, "parts"), item, [("scratch", 0.9, [8.0, 8.0, 40.0, 40.0], said)])
    (one,) = of_model(ws, item)
    assert one.kind == "keypoints"
    assert one.points == ((10, 12, 2, 30, 32, 1),)
    assert (one.x, one.y, one.w, one.h) == (8, 8, 32, 32)


def test_an_item_that_was_handed_in_with_nothing_on_it_is_labelled(ws: Workspace) -> None:
    from engine.labeling import review

    empty, *others = states.unlabelled(ws)
    review.set_state(ws, [empty], "labelled")
    assert states.unlabelled(ws) == others


def test_a_corrected_suggestion_is_the_persons_own_and_knows_what_it_was(ws: Workspace, at_once: None) -> None:
    suggest_all(ws)
    one = of_model(ws)[0]
    edits.apply(ws, one.item_id, [Change(one.id, {"x": one.x + 1})], "Move")
    now = next(a for a in edits.annotations_of(ws, one.item_id) if a.id == one.id)
    assert (now.origin, now.author) == ("person", "tester")
    was = suggestions.predicted_as(ws, one.id)
    assert (was.x, was.author, was.score) == (one.x, "parts v1", one.score)
    other = of_model(ws)[0]
    edits.accept(ws, other.item_id, [other.id])
    fate = suggestions.fates(ws)["parts v1"]
    assert (fate["corrected"], fate["accepted"], fate["refused"]) == (1, 1, 0)
    assert fate["waiting"] == len(of_model(ws))


def test_a_threshold_accepts_all_above_and_refuses_all_below_and_both_can_be_undone(
    ws: Workspace, at_once: None
) -> None:
    suggest_all(ws)
    made = of_model(ws)
    middle = sorted(one.score for one in made)[len(made) // 2]
    suggestions.accept_above(ws, middle)
    assert all(one.score < middle for one in of_model(ws))
    suggestions.refuse_below(ws, middle)
    assert not of_model(ws)
    edits.undo(ws)
    edits.undo(ws)
    assert {one.id for one in of_model(ws)} == {one.id for one in made}
    with pytest.raises(UsageError):
        suggestions.accept_above(ws, 2)


def test_a_live_answer_takes_the_place_of_the_one_before_and_can_be_undone(ws: Workspace) -> None:
    from engine.curation.live import predict_item

    item = states.unlabelled(ws)[0]
    model = get_model(ws, "parts")
    predict_item(ws, model, item, LOW)
    first = of_model(ws, item)
    middle = sorted(one.score for one in first)[len(first) // 2]
    changes = predict_item(ws, model, item, middle)
    assert 0 < len(of_model(ws, item)) < len(first)
    assert item in changes.items
    assert history.item_history(ws, item)[0].author == "parts v2"
    edits.undo(ws)
    assert {one.id for one in of_model(ws, item)} == {one.id for one in first}
    edits.undo(ws)
    assert not of_model(ws, item)


def test_a_live_answer_that_says_the_same_again_is_no_step_of_undo(ws: Workspace) -> None:
    from engine.curation.live import predict_item

    item = states.unlabelled(ws)[0]
    model = get_model(ws, "parts")
    predict_item(ws, model, item, LOW)
    before = of_model(ws, item)
    assert before
    assert not predict_item(ws, model, item, LOW).items
    assert of_model(ws, item) == before
    edits.undo(ws)
    assert not of_model(ws, item)


def test_a_job_that_is_stopped_keeps_what_it_has_seen_and_changes_nothing(ws: Workspace) -> None:
    job = prelabel.prelabel(ws, "parts", states.unlabelled(ws), LOW)
    job.cancel()
    assert wait(ws, job).state in ("cancelled", "done")
    if job.result() is None:
        assert not of_model(ws)
        job.resume()
        assert wait(ws, job).state == "done"
    assert of_model(ws)


def test_an_item_that_cannot_be_read_is_named_and_the_others_are_looked_at(ws: Workspace, at_once: None) -> None:
    broken, *_ = states.unlabelled(ws)
    ((digest,),) = ws.query("SELECT digest FROM item WHERE id = ?", [broken])
    path = ws.media.path(digest)
    path.chmod(0o644)
    path.write_bytes(b"no image any more")
    job = suggest_all(ws)
    assert list(job.result()["unreadable"]) == [str(broken)]
    assert of_model(ws)
    model = get_model(ws, "parts:1")
    predictor = loaded(model.folder)
    assert isinstance(look_at(predictor, path, 0, predictor.manifest), str)


def test_wrong_calls_are_refused_in_words(ws: Workspace, at_once: None) -> None:
    with pytest.raises(UsageError, match="no model"):
        prelabel.prelabel(ws, "nobody")
    with pytest.raises(UsageError, match="between 0 and 1"):
        prelabel.prelabel(ws, "parts", threshold=3)
    suggest_all(ws)
    suggestions.accept_above(ws, 0.0)
    for item in states.unlabelled(ws):
        edits.apply(ws, item, [edits.Add(edits.annotations_of(ws, 1)[0].with_(id=0, item_id=item))])
    with pytest.raises(BadInput, match="labelled already"):
        prelabel.prelabel(ws, "parts")
    with pytest.raises(BadInput, match="no such items"):
        prelabel.prelabel(ws, "parts", [])
    assert all(job.kind != "prelabel" or job.result() for job in list_jobs(ws))
