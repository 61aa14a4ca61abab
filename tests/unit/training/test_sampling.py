"""Which images an epoch holds: by the seed and the epoch alone, rare labels more often when that is wanted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.errors import BadInput
from engine.training.augment import AsTheyAre
from engine.training.batches import Batches
from engine.training.callbacks import falls
from engine.training.lent import lent_by, put_lent
from engine.training.mistakes import connect_mistakes
from engine.training.samples import Images, Sample
from engine.training.sampling import AsTheyCome, Balanced, FewImages, Hard, SmallObjects
from engine.training.settings import Training
from engine.workspace import Workspace


def items(*labels: list[int]) -> list[Sample]:
    return [
        Sample(key, str(key), "", 0, np.zeros((len(found), 4), np.float32), np.array(found, np.int64))
        for key, found in enumerate(labels)
    ]


SKEWED = items(*[[0]] * 18, *[[1]] * 6)


def seen(sampler: Balanced, of: list[Sample], epochs: int = 40) -> Counter[int]:
    """Images of each label over some epochs; −1: without objects."""
    order = [index for epoch in range(epochs) for index in sampler.order(of, np.random.default_rng([5, epoch]))]
    assert len(order) == epochs * len(of)
    return Counter(int(of[index].labels[0]) if len(of[index].labels) else -1 for index in order)


def test_without_balance_each_image_is_seen_once() -> None:
    assert sorted(Balanced(0.0).order(SKEWED, np.random.default_rng(1))) == list(range(24))
    assert sorted(AsTheyCome().order(SKEWED, np.random.default_rng(1))) == list(range(24))


def test_full_balance_shows_all_labels_alike_and_half_of_it_lies_between() -> None:
    full = seen(Balanced(1.0), SKEWED)
    assert full[0] == full[1]
    half = seen(Balanced(0.5), SKEWED)
    assert half[0] / half[1] == pytest.approx(3**0.5, rel=0.05)


def test_an_image_with_several_labels_counts_by_its_rarest() -> None:
    weights = Balanced(1.0).weights(items([0, 1], [0], [0], [0]))
    assert weights[0] / weights[1] == pytest.approx(4.0)


def test_the_share_of_images_with_objects_is_the_wanted_one() -> None:
    few = items([0], [1], *[[]] * 18)
    found = seen(Balanced(0.0, with_objects=0.5), few)
    assert found[-1] == found[0] + found[1] == 400
    assert seen(Balanced(0.0, with_objects=0.5), SKEWED)[0] == 18 * 40  # all have objects


def test_an_epoch_is_the_same_whoever_asks_and_its_images_are_spread() -> None:
    one, other = (Balanced(0.7).order(SKEWED, np.random.default_rng([3, 1])) for _ in "ab")
    assert one == other != Balanced(0.7).order(SKEWED, np.random.default_rng([3, 2]))
    counts = Counter(one)
    weights = Balanced(0.7).weights(SKEWED)
    assert all(abs(counts[index] - weights[index]) < 1 for index in range(24))


def test_batches_of_a_sampler_go_on_where_they_stopped(version_folder: Path) -> None:
    def make(start: int) -> Batches:
        images = Images(str(version_folder), "detection", width=32, height=32)
        return Batches(images.train, AsTheyAre(), Training(steps=6, batch=4), 2, start, sampler=Balanced(1.0))

    whole, rest = list(make(0)), list(make(4))
    assert len(rest) == 2
    assert all((a.images == b.images).all() for a, b in zip(whole[4:], rest, strict=True))


@pytest.mark.parametrize(
    ("figures", "count"),
    [([], 0), ([0.5, 0.6, 0.7], 0), ([0.5, 0.5, 0.5], 1), ([0.5, 0.501, 0.49, 0.6, 0.6, 0.6], 2), ([0.5] * 5, 2)],
)
def test_the_rate_falls_whenever_two_checks_bring_nothing_better(figures: list[float], count: int) -> None:
    assert falls(figures) == count


def test_small_objects_are_seen_more_often_by_how_much_smaller_they_are() -> None:
    sided = items([0], [0], [0], [0], [])
    for item, side in zip(sided, (10, 20, 20, 40), strict=False):
        item.boxes[:] = [0, 0, side, side]
    order = [at for epoch in range(200) for at in SmallObjects(1.0).order(sided, np.random.default_rng([1, epoch]))]
    count = Counter(order)
    assert count[0] / count[1] == pytest.approx(2, rel=0.1)
    assert count[3] / count[1] == pytest.approx(0.5, rel=0.1)
    assert count[4] / count[1] == pytest.approx(1, rel=0.1)  # without any object: as the usual ones
    assert sorted(SmallObjects().order(items([], []), np.random.default_rng(0))) == [0, 1]


def test_few_images_are_the_same_ones_in_every_epoch() -> None:
    chosen = {frozenset(FewImages(2).order(SKEWED, np.random.default_rng([epoch]))) for epoch in range(5)}
    assert chosen == {frozenset({0, 1, 18, 19})}
    assert len(FewImages(2).order(SKEWED, np.random.default_rng(0))) == 24


def test_what_an_earlier_model_got_wrong_is_seen_more_often() -> None:
    sampler, of = Hard("m:1", 3.0), items([0], [0], [0], [0])
    assert sorted(sampler.order(of, np.random.default_rng(0))) == [0, 1, 2, 3]  # as long as nothing is told
    sampler.told({2: 1.7, 3: 0.5})
    count = Counter(at for epoch in range(200) for at in sampler.order(of, np.random.default_rng([2, epoch])))
    assert count[2] / count[0] == pytest.approx(3, rel=0.1)
    assert count[3] / count[0] == pytest.approx(2, rel=0.1)


def test_mistakes_come_from_an_evaluation_of_the_train_images(workspace: Workspace, tmp_path: Path) -> None:
    code = "self.hard = Hard(model='parts', times=3.0)"
    with workspace.transaction("Test") as tx:
        tx.execute("INSERT INTO model VALUES (1, 'parts', 1, 'r', 'detection', 1, ?, '{}', '{}')", [tx.at])
    with pytest.raises(BadInput, match="was not evaluated on train images"):
        lent_by(workspace, [code])
    with pytest.raises(BadInput, match="names no model"):
        lent_by(workspace, ["Hard(model='')"])
    data = SimpleNamespace(hard=Hard("parts", 3.0))
    with pytest.raises(BadInput, match="are not with this run"):
        connect_mistakes(data, tmp_path / "run")
    (workspace.path / "e").mkdir()
    pq.write_table(pa.table({"item_key": [7, 9], "error": [0.0, 1.5]}), workspace.path / "e" / "items.parquet")
    with workspace.transaction("Test") as tx:
        tx.execute("INSERT INTO evaluation VALUES (1, 1, 1, 'train', 'torch', ?, '{}', 'e')", [tx.at])
    put_lent(workspace.path, lent_by(workspace, [code]), code, tmp_path)
    connect_mistakes(data, tmp_path)
    assert data.hard.errors == {7: 0.0, 9: 1.5}
