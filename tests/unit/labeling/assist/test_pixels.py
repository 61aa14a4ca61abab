"""A classifier of pixels from scribbles, and what is kept of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput, UsageError
from engine.labeling.assist import filters, scribbles
from engine.labeling.assist.pixels import REGIONS, Looked, PixelClassifier, regions
from engine.labeling.assist.protocol import iou
from engine.labeling.assist.scribbles import Scribbles, Stroke, painted
from tests.unit.labeling.assist.parts import defects


def scribbled(mask: np.ndarray) -> list[Stroke]:
    """A short stroke in the middle of a defect, four around it, one across the part."""
    rows, columns = np.nonzero(mask)
    x, y = float(np.median(columns)), float(np.median(rows))
    left, right, top, bottom = columns.min() - 8, columns.max() + 9, rows.min() - 8, rows.max() + 9
    frame = (left, top, right, top, right, bottom, left, bottom, left, top)
    return [
        Stroke(5, 4, (x - 3, y, x + 3, y + 2)),
        Stroke(0, 3, tuple(float(v) for v in frame)),
        Stroke(0, 3, (40.0, 40.0, 280.0, 60.0)),
    ]


def test_a_few_scribbles_find_the_stain_on_this_picture():
    picture, mask = defects("stain", 1)[0]
    looked = Looked(picture)
    classifier = PixelClassifier.learn([looked.samples(scribbled(mask))])
    masks, sure = classifier.masks(looked)
    assert list(masks) == [5]
    around = np.zeros_like(mask)
    rows, columns = np.nonzero(mask)
    around[rows.min() - 6 : rows.max() + 6, columns.min() - 6 : columns.max() + 6] = True
    assert iou(mask, masks[5] & around) > 0.7
    assert sure.shape == mask.shape


def test_a_large_picture_is_looked_at_more_coarsely_and_answered_in_full():
    picture, mask = defects("stain", 1)[0]
    looked = Looked(picture, most=30_000)
    assert looked.features.shape[0] * looked.features.shape[1] <= 31_000
    masks, _ = PixelClassifier.learn([looked.samples(scribbled(mask))]).masks(looked)
    assert masks[5].shape == mask.shape


def test_the_same_scribbles_give_the_same_answer():
    picture, mask = defects("stain", 1)[0]
    answers = []
    for _ in range(2):
        looked = Looked(picture)
        answers.append(PixelClassifier.learn([looked.samples(scribbled(mask))]).masks(looked)[0][5])
    assert np.array_equal(*answers)


def test_work_that_nobody_wants_stops_between_two_filters():
    picture, _ = defects("stain", 1)[0]
    with pytest.raises(filters.Stopped):
        Looked(picture, stopped=lambda: True)


def test_grey_and_colour_have_the_figures_that_are_announced():
    picture, _ = defects("stain", 1)[0]
    assert filters.features(picture).shape[2] == filters.count(3)
    assert filters.features(picture[:, :, :1]).shape[2] == filters.count(1)
    assert np.isfinite(filters.features(np.zeros((5, 7, 3), np.uint8))).all()


def test_regions_are_the_parts_of_a_mask_largest_first():
    mask = np.zeros((40, 40), bool)
    mask[2:6, 2:6], mask[20:30, 20:30], mask[35, 35] = True, True, True
    found = regions(mask, least=4)
    assert [(part.shape, int(part.sum()), x, y) for part, x, y in found] == [
        ((10, 10), 100, 20, 20),
        ((4, 4), 16, 2, 2),
    ]


def test_thousands_of_specks_are_cut_small_and_only_the_largest_are_kept():
    mask = np.zeros((2000, 2000), bool)
    mask[::20, ::20] = mask[1::20, ::20] = True  # 10,000 specks
    mask[500:520, 500:520] = True
    found = regions(mask, least=1)
    assert len(found) == REGIONS
    assert found[0][0].sum() > 400
    assert sum(part.nbytes for part, _, _ in found) < 20_000


places = st.lists(st.tuples(st.floats(-50, 200), st.floats(-50, 200)), min_size=1, max_size=6)


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.integers(1, 9),
        st.lists(
            st.builds(
                lambda label, width, points: Stroke(label, width, tuple(v for place in points for v in place)),
                st.integers(0, 4),
                st.floats(0.5, 60),
                places,
            ),
            min_size=1,
            max_size=3,
        ),
    )
)
def test_scribbles_read_are_the_scribbles_kept(tmp_path_factory: pytest.TempPathFactory, strokes: dict):
    folder = tmp_path_factory.mktemp("ws")
    Scribbles("scratches", strokes).save(folder)
    again = scribbles.load(folder, "scratches")
    assert again.strokes == strokes
    assert scribbles.names(folder) == ["scratches"]
    for found in strokes.values():
        assert painted(found, 60, 80).shape == (60, 80)


@pytest.mark.parametrize(
    "content",
    [
        "not json", "[]", '{"strokes": {"x": []}}', '{"strokes": {"1": [{"label": 1, "width": 3, "points": [1]}]}}',
        '{"strokes": {"1": [{"label": 1, "width": NaN, "points": [1, 2]}]}}',
        '{"strokes": {"1": [{"label": 1, "width": 3, "points": [1, Infinity]}]}}', '{"strokes": 3}',
    ],
)  # fmt: skip
def test_a_damaged_file_of_scribbles_is_said_in_words(tmp_path: Path, content: str):
    (tmp_path / "assist" / "scribbles").mkdir(parents=True)
    (tmp_path / "assist" / "scribbles" / "a.json").write_text(content)
    with pytest.raises(BadInput, match="holds no scribbles"):
        scribbles.load(tmp_path, "a")


@pytest.mark.parametrize("name", ["../up", "", "a/b", ".hidden", "x" * 80])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str):
    with pytest.raises(UsageError):
        scribbles.load(tmp_path, name)
