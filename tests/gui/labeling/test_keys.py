"""The keys of the labelling page."""

from __future__ import annotations

from collections import defaultdict

from PySide6.QtGui import QKeySequence

from app.gui.labeling.page import LabelingPage


def test_no_two_actions_have_the_same_key(make_page) -> None:
    page: LabelingPage = make_page()
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in page.entries():
        for key in entry.keys:
            owners[QKeySequence(key).toString()].add(entry.name)
    assert {key: names for key, names in owners.items() if len(names) > 1} == {}


def test_every_action_of_the_strip_and_every_key_is_named_in_words(make_page) -> None:
    page: LabelingPage = make_page()
    assert all(entry.text.strip() for entry in page.entries())
    assert len({entry.name for entry in page.entries()}) == len(page.entries())
