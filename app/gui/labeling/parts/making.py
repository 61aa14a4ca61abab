"""Makes the parts of the labelling page."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.gui.labeling.parts import PARTS
from app.gui.labeling.parts.part import Part

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage


def made_parts(page: LabelingPage) -> Iterator[Part]:
    """All parts, one after the other; one that fails is told and left out, so that the rest can be worked with."""
    for place in PARTS:
        module, _, name = place.partition(":")
        try:
            part: Part = getattr(import_module(module), name)(page)
        except Exception as error:
            text = QCoreApplication.translate("LabelingPage", "A part of this page could not be made ({0}): {1}")
            page.shell.notice(text.format(name, error), kind="error")
        else:
            yield part
