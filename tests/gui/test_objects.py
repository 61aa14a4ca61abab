"""Masks of objects are drawn where their pixels are, in the colour of the pen."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform

from app.gui.widgets.objects import carried, draw_object
from engine.data import rle
from engine.workspace import Workspace
from tests.evaluated import evaluate_instances, make_evaluated

BOX = (20, 10, 60, 50)


def drawn(style: Qt.PenStyle, scale: float = 1.0) -> QImage:
    mask = np.zeros((80, 100), bool)
    mask[10:30, 20:60] = True
    picture = QImage(100, 80, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    painter.setPen(QPen(QColor("#ff0000"), 2, style))
    more = carried({"mask": rle.encode(mask)}, size=(100, 80))
    draw_object(painter, BOX, more, QTransform.fromScale(scale, scale))
    painter.end()
    return picture


def changed(picture: QImage, x: int, y: int) -> bool:
    return picture.pixelColor(x, y) != QColor("white")


def test_a_mask_is_filled_in_the_colour_of_the_pen(qapp) -> None:
    picture = drawn(Qt.PenStyle.SolidLine)
    color = picture.pixelColor(40, 20)
    assert color.red() == 255
    assert 0 < color.green() < 255
    assert picture.pixelColor(20, 20) == QColor("#ff0000")  # its rim
    assert not changed(picture, 40, 40)  # in the box, not in the mask
    assert not changed(picture, 18, 20)


def test_with_a_broken_line_its_rim_alone_is_drawn(qapp) -> None:
    picture = drawn(Qt.PenStyle.DashLine)
    assert changed(picture, 20, 20)
    assert not changed(picture, 40, 20)


def test_a_mask_follows_the_picture(qapp) -> None:
    picture = drawn(Qt.PenStyle.SolidLine, 0.5)
    assert changed(picture, 20, 10)
    assert not changed(picture, 40, 20)


def test_what_is_sent_over_the_wire_is_drawn_too(qapp) -> None:
    sent = carried({"mask": {"size": [80, 100], "counts": [1610, 20, 6370]}})
    picture = QImage(100, 80, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    painter.setPen(QPen(QColor("#0000ff"), 2))
    draw_object(painter, BOX, sent, QTransform())
    painter.end()
    assert changed(picture, 20, 12)
    assert not changed(picture, 22, 12)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = make_evaluated(tmp_path_factory.mktemp("masks"))
    with Workspace.open(folder) as workspace:
        evaluate_instances(workspace, 3)
    return folder


def test_the_evaluation_page_shows_masks_and_what_kinds_of_mistake_they_are(prepared, window, tmp_path, qtbot) -> None:
    shutil.copytree(prepared, tmp_path / "copy")
    window.shell.use(Workspace.open(tmp_path / "copy"))
    window.show_page("evaluation")
    page = window.page("evaluation")
    qtbot.waitUntil(lambda: page.tiles.count() > 0, timeout=8000)
    assert page.title.text() == "masks:1"
    assert page.figures.main.value.text() == f"{page._seen.evaluation.summary['metrics']['map50']:.3f}"
    picture = page.tiles._tiles[0].image
    colors = {picture.pixel(x, y) for x in range(0, picture.width(), 2) for y in range(0, picture.height(), 2)}
    assert any(QColor(color).saturation() > 120 for color in colors)  # the part itself is grey
    errors = next(part for part in page.insights.parts if type(part).__name__ == "ErrorsTab")
    page.insights.bar.setCurrentIndex(page.insights.parts.index(errors))
    qtbot.waitUntil(lambda: errors.isVisible(), timeout=8000)
    assert page.insights.bar.isTabVisible(page.insights.parts.index(errors))
