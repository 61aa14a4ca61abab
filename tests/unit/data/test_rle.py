"""How much masks have in common is told from their run lengths."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as coco

from engine.data import rle
from engine.serving import alike

SIZE = (7, 9)
masks = st.lists(arrays.arrays(np.bool_, SIZE), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(masks, masks)
def test_masks_overlap_as_coco_has_it(one, other) -> None:
    ours = alike.ious([rle.runs(rle.encode(mask)) for mask in one], [rle.runs(rle.encode(mask)) for mask in other])
    theirs = coco.iou(
        *([coco.encode(np.asfortranarray(mask, np.uint8)) for mask in side] for side in (one, other)), [0] * len(other)
    )
    assert np.allclose(ours, theirs)


def test_without_masks_on_one_side_nothing_overlaps() -> None:
    some = [rle.runs(rle.encode(np.ones(SIZE, bool)))]
    assert alike.ious(some, []).shape == (1, 0)
    assert alike.ious([], some).shape == (0, 1)
    assert alike.shared(some, some)[0].tolist() == [[63]]
