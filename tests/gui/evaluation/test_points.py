"""A model of keypoints on the evaluation page: figures by point, the images behind each, skeletons on the pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform

from app.gui.deployment.try_card import TryCard
from app.gui.evaluation.page import EvaluationPage
from app.gui.evaluation.points_tab import PointsTab
from app.gui.widgets.objects import carried, draw_object
from engine.workspace import Workspace
from tests.evaluated import make_pointed


@pytest.fixture(scope="session")
def pointed(tmp_path_factory) -> Path:
    """A closed workspace with an evaluated model of keypoints, made once."""
    return make_pointed(tmp_path_factory.mktemp("pointed"))


@pytest.fixture
def page(window, pointed, tmp_path, qtbot) -> EvaluationPage:
    shutil.copytree(pointed, tmp_path / "copy")
    window.shell.use(Workspace.open(tmp_path / "copy"))
    window.show_page("evaluation")
    made = window.page("evaluation")
    qtbot.waitUntil(lambda: made.results.isVisible(), timeout=8000)
    qtbot.waitUntil(lambda: made.tiles.count() > 0, timeout=8000)
    return made


def test_each_point_has_a_row_that_opens_the_images_in_which_it_is_wrong(page, qtbot) -> None:
    assert page.figures.main.name.text() == "OKS mAP@.5"
    tab = next(part for part in page.insights.parts if isinstance(part, PointsTab))
    page.insights.bar.setCurrentIndex(page.insights.parts.index(tab))
    qtbot.waitUntil(lambda: tab.table.rowCount() == 6, timeout=5000)
    names = [tab.table.item(row, 0).text() for row in range(6)]
    assert names == [
        "clip · tail", "clip · neck", "clip · left tab", "clip · right tab", "cable · plug", "cable · tip",
    ]  # fmt: skip
    assert tab.table.item(1, 3).text() == "1.00"
    assert tab.table.item(1, 4).text() == "100.0 %"
    figures = tab._figures[0]
    assert figures.error > 1 and figures.items
    tab.table.itemClicked.emit(tab.table.item(0, 0))
    assert page.items_card.heading.text().startswith("clip · tail · ")
    qtbot.waitUntil(lambda: page.tiles.count() == len(figures.items), timeout=8000)


def drawn(row: dict, prefix: str = "") -> QImage:
    image = QImage(QSize(100, 100), QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    painter.setPen(QPen(QColor("white"), 2))
    draw_object(painter, (0, 0, 90, 90), carried(row, prefix), QTransform())
    painter.end()
    return image


def lit(image: QImage, x: int, y: int) -> bool:
    return image.pixelColor(QPoint(x, y)).lightness() > 100


def test_skeletons_are_drawn_with_their_lines_and_what_is_not_seen_is_hollow() -> None:
    edges = [[0, 1], [1, 2]]
    truth = drawn({"true_points": [20, 20, 2, 70, 20, 1, 70, 70, 0], "true_edges": edges}, "true_")
    assert lit(truth, 20, 20) and lit(truth, 45, 20)
    assert not lit(truth, 70, 45)  # a line to a point that is not labelled
    assert lit(truth, 73, 20) and not lit(truth, 70, 22)
    said = drawn({"points": [20, 20, 0.9, 70, 20, 0.2, 70, 70, 0.0], "edges": edges})
    assert lit(said, 70, 45) and lit(said, 20, 20)
    assert lit(drawn({}), 45, 0) and not lit(drawn({}), 45, 45)  # a box where nothing more is known


def test_an_answer_with_points_is_drawn_where_an_image_is_tried(qtbot) -> None:
    card = TryCard(lambda _name: QColor("#202020"))
    qtbot.addWidget(card)
    card.resize(700, 420)
    card.begin("local")
    picture = QImage(QSize(100, 100), QImage.Format.Format_RGB32)
    picture.fill(QColor("black"))
    card.waiting(picture, QSize(100, 100), "part.png")
    one = {"label": "clip", "score": 0.9, "box": [5, 5, 95, 95], "points": [[10, 50, 0.9], [90, 50, 0.9]]}
    skeletons = {"clip": {"points": ["tail", "neck"], "edges": [[0, 1]]}}
    card.show_answer({"image": {"width": 100, "height": 100}, "detections": [one], "skeletons": skeletons})
    area = card.view._area()
    shown = card.view.grab(QRect(0, 0, card.view.width(), card.view.height())).toImage()
    middle = area.center().toPoint()
    assert max(shown.pixelColor(middle + QPoint(0, dy)).saturation() for dy in (-1, 0, 1)) > 60
