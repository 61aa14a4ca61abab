"""Names of figures as people read them."""

from __future__ import annotations

import pytest

from app.gui.training.words import metric_text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("val_recall_at_0.02", "Found at 2 % false rejects"),
        ("val_recall_at_1e-05", "Found at 0.001 % false rejects"),
        ("val_recall_at_top", "recall_at_top"),  # of a person's own module
        ("val_map50", "mAP@.5"),
    ],
)
def test_a_figure_has_its_name_and_an_own_one_stays_as_it_is(qapp, name: str, text: str) -> None:
    assert metric_text(name) == text
