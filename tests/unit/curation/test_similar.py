"""What looks alike, and the file that embeddings lie in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.curation.map2d import inside, principal
from engine.curation.similar import near_duplicates, outliers
from engine.curation.vectors import DIMENSIONS, VectorStore
from engine.curation.worklist import Target


def shape(number: int, x: float) -> Target:
    return Target(1, 1, "ab" * 32, 0, 90, 90, "a.png", "/a.png", number, x, 5.0, 20.0, 20.0)


def vector(seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=DIMENSIONS)
    return found / np.linalg.norm(found)


def test_two_shapes_with_one_box_share_an_embedding_and_no_other_is_lost_by_it(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.add([shape(1, 5), shape(3, 5), shape(2, 30)], np.stack([vector(0), vector(0), vector(1)]))
    store.add([shape(4, 60)], vector(2)[None])
    store.add([shape(5, 61)], vector(3)[None])
    places, found = store.find([shape(number, x) for number, x in ((1, 5), (2, 30), (3, 5), (4, 60), (5, 61))])
    assert places.tolist() == [0, 1, 2, 3, 4]
    for row, seed in enumerate((0, 1, 0, 2, 3)):
        assert found[row] @ vector(seed) > 0.999
    assert len(store.vectors()) == 4


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 7))
def test_near_duplicates_are_what_a_chain_of_likeness_connects(kinds, block) -> None:
    from engine.curation import similar

    angles = np.array(kinds, float) * 0.1
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32).reshape(-1, 2)
    kept, similar.BLOCK = similar.BLOCK, block
    try:
        found = near_duplicates(vectors, float(np.cos(0.15)))
    finally:
        similar.BLOCK = kept
    present, groups = sorted(set(kinds)), []
    for kind in present:
        rows = [row for row, one in enumerate(kinds) if one == kind]
        if kind - 1 in present:
            groups[-1] += rows
        else:
            groups.append(rows)
    assert sorted(map(sorted, found)) == sorted(sorted(rows) for rows in groups if len(rows) > 1)


def test_thousands_of_frames_that_are_all_alike_are_one_group() -> None:
    vectors = np.tile(vector(0).astype(np.float32), (3000, 1))
    vectors[1500] = vector(1)
    found = near_duplicates(vectors)
    assert [len(rows) for rows in found] == [2999]
    assert outliers(vectors)[1500] > 0.5


def test_the_map_of_few_or_equal_items_has_no_places_and_a_lasso_without_width_holds_nothing() -> None:
    places, explained = principal(np.zeros((2, DIMENSIONS), np.float32))
    assert (places.shape, explained) == ((2, 2), 0.0)
    places, explained = principal(np.tile(vector(0).astype(np.float32), (5, 1)))
    assert np.isfinite(places).all()
    assert explained <= 1
    assert not inside(places, np.array([[0.0, 0], [1, 1], [0, 0]])).any()
