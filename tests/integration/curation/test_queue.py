"""The queue and what looks alike, on a workspace with really trained models and the real backbone."""

from __future__ import annotations

import numpy as np
import pytest

from engine.curation import embedder, queue, reasons, similar, worklist
from engine.curation.vectors import DIMENSIONS, VectorStore
from engine.errors import BadInput, UsageError
from engine.jobs import wait
from engine.labeling import edits, states
from engine.labeling.edits import Remove
from engine.workspace import Workspace

pytestmark = pytest.mark.slow


def built(ws: Workspace, *arguments, **more) -> list[queue.Entry]:
    status = wait(ws, queue.build(ws, *arguments, **more))
    assert status.state == "done", status.details
    return queue.entries(ws)


def embedded(ws: Workspace, **more) -> None:
    job = embedder.embed(ws, **more)
    if job is not None:
        assert wait(ws, job).state == "done"


@pytest.mark.parametrize("strategy", ["uncertainty", "diversity", "disagreement", "mix", "random"])
def test_a_queue_is_built_of_unlabelled_items_with_a_reason_for_each(
    ws: Workspace, at_once: None, strategy: str
) -> None:
    found = built(ws, strategy, count=3)
    assert [entry.place for entry in found] == [0, 1, 2]
    labelled = {row[0] for row in ws.query("SELECT DISTINCT item_id FROM annotation")}
    assert not labelled & {entry.item_id for entry in found}
    assert all(reasons.sentence(entry.why) for entry in found)
    if strategy == "disagreement":
        assert {found[0].why["model"], found[0].why["second"]} == {"parts v1", "parts v2"}
    assert queue.progress(ws).waiting == 3


def test_next_goes_on_behind_the_item_that_is_open_and_passes_what_is_done_or_skipped(
    ws: Workspace, at_once: None
) -> None:
    first, second, third = (entry.item_id for entry in built(ws, "random", count=3))
    assert queue.next_entry(ws).item_id == first
    assert queue.mark(ws, first, "done").queue == {first}
    assert not queue.mark(ws, first, "done")
    queue.mark(ws, second, "skipped")
    assert queue.next_entry(ws, first).item_id == third
    queue.mark(ws, third, "done")
    assert queue.next_entry(ws) is None
    assert queue.progress(ws).counts == {"done": 2, "skipped": 1}
    assert queue.mark(ws, 10**9, "done") == queue.Changes()
    assert queue.clear(ws).queue
    assert not queue.entries(ws)


@pytest.mark.parametrize("strategy", ["diversity", "uncertainty", "random"])
def test_an_image_that_cannot_be_read_is_named_and_not_queued(ws: Workspace, at_once: None, strategy: str) -> None:
    broken, *_ = states.unlabelled(ws)
    ((digest,),) = ws.query("SELECT digest FROM item WHERE id = ?", [broken])
    ws.media.path(digest).chmod(0o644)
    ws.media.path(digest).write_bytes(b"no image any more")
    found = built(ws, strategy, count=10)
    assert strategy == "random" or broken not in {entry.item_id for entry in found}
    there = len(states.unlabelled(ws))
    assert len(found) == (there if strategy == "random" else there - 1)  # by chance nothing is looked at


def test_what_is_done_with_is_not_queued_again_also_with_nothing_on_it(ws: Workspace, at_once: None) -> None:
    from engine.data.imports import remove_items

    first, second, *_ = built(ws, "random", count=4)
    queue.mark(ws, first.item_id, "done")
    remove_items(ws, [second.item_id])
    assert queue.progress(ws).counts == {"done": 1, "waiting": 2}
    left = set(states.unlabelled(ws)) - {first.item_id}
    again = {entry.item_id for entry in built(ws, "random", count=9)}
    assert again == left
    with pytest.raises(BadInput, match="no such items"):
        queue.build(ws, "random", item_ids=[])


def test_a_new_queue_takes_the_place_of_the_old_one(ws: Workspace, at_once: None) -> None:
    built(ws, "random", count=4)
    assert len(built(ws, "random", count=2)) == 2


def test_a_swapped_label_is_among_the_likely_errors_of_items_the_model_has_not_learned_from(
    ws: Workspace, at_once: None
) -> None:
    learned = queue._learned(ws, queue._models(ws, "errors", "parts", None)[0])
    found = built(ws, "errors", "parts", count=20)
    assert not learned & {entry.item_id for entry in found}
    assert all(entry.why["kind"] == "label error" for entry in found)


def test_what_cannot_be_queued_is_refused_in_words(ws: Workspace, tmp_path) -> None:
    with pytest.raises(UsageError, match="choose one of"):
        queue.build(ws, "guess")
    with Workspace.create(tmp_path / "empty") as empty:
        with pytest.raises(BadInput, match="needs a trained model"):
            queue.build(empty, "uncertainty")
        with pytest.raises(BadInput, match="labelled already"):
            queue.build(empty, "diversity")
        with pytest.raises(BadInput, match="no items"):
            embedder.embed(empty)


def test_an_item_is_most_like_its_copy_and_a_shape_like_its_own_kind(ws: Workspace, at_once: None, tmp_path) -> None:
    from PIL import Image

    from engine.data.imports import import_data

    with Image.open(ws.media.path(ws.query("SELECT digest FROM item WHERE id = 1")[0][0])) as picture:
        (tmp_path / "copy").mkdir()
        picture.save(tmp_path / "copy" / "copy.png")
    import_data(ws, tmp_path / "copy")
    with pytest.raises(similar.NotCompared):
        similar.like_item(ws, 1)
    with pytest.raises(UsageError, match="no item 9999"):
        similar.like_item(ws, 9999)
    embedded(ws, shapes=True)
    copy = ws.query("SELECT max(id) FROM item")[0][0]
    best = similar.like_item(ws, 1, 3)
    assert (best[0].item_id, len(best)) == (copy, 3)
    assert best[0].likeness > similar.DUPLICATE
    gallery = similar.gallery(ws)
    groups = [{gallery.item_ids[row] for row in rows} for rows in similar.near_duplicates(gallery.vectors)]
    assert {1, copy} <= next(group for group in groups if 1 in group)
    assert similar.outliers(gallery.vectors).shape == (21,)
    shape = next(one for one in edits.annotations_of(ws, 1) if one.x is not None)
    assert all(other.annotation_id != shape.id for other in similar.like_shape(ws, shape.id, 5))
    edits.apply(ws, 1, [Remove(shape.id)])
    with pytest.raises(UsageError):
        similar.like_shape(ws, shape.id)


def test_embeddings_are_kept_once_and_a_broken_end_is_made_again(ws: Workspace, at_once: None) -> None:
    embedded(ws)
    assert embedder.embed(ws) is None
    store = VectorStore(ws.path)
    listed = worklist.targets(ws, [1, 2, 3])
    _, before = store.find(listed)
    assert np.allclose(np.linalg.norm(before, axis=1), 1, atol=1e-3)
    assert store.vectors().dtype == np.float16
    with store.vectors_path.open("ab") as file:
        file.write(b"\0" * DIMENSIONS)  # as a killed job leaves it
    store.keys_path.write_bytes(store.keys_path.read_bytes()[:-5])
    assert len(embedder.missing(ws, [row[0] for row in ws.query("SELECT id FROM item")])) == 1
    embedded(ws)
    _, after = store.find(listed)
    assert np.array_equal(before, after)
    assert embedder.embed(ws) is None
