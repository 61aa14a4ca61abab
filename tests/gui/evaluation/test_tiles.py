"""What is drawn on the tiles of an evaluation."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage

from app.gui.evaluation.tiles import SIDE, _draw

INKS = {"image": "#000000", "good": "#00ff00", "accent": "#0000ff", "bad": "#ff0000"}


def shown(rows: list[dict]) -> QImage:
    source = QImage(100, 100, QImage.Format.Format_RGB32)
    source.fill(QColor("#000000"))
    return _draw(source, QRectF(0, 0, 100, 100), 1.0, rows, INKS, SIDE)


def test_rotated_boxes_are_drawn_as_they_lie_and_others_upright(qapp) -> None:
    """An answer turned by 45°: its middle left corner is where the upright box has none, and the other way round."""
    box = {"true_box": None, "box": [22.0, 22.0, 78.0, 78.0], "truth": "bar", "predicted": "bar"}
    factor = 2 * SIDE / 100

    def lit(picture: QImage, x: float, y: float) -> bool:
        return picture.pixelColor(round(x * factor), round(y * factor)).blue() > 100

    upright, turned = shown([box]), shown([{**box, "rotated": [50.0, 50.0, 40.0, 40.0, 45.0]}])
    places = {"side of the upright box": (30, 22), "side of the turned one": (36, 36)}
    assert [lit(upright, *place) for place in places.values()] == [True, False]
    assert [lit(turned, *place) for place in places.values()] == [False, True]


def test_a_true_rotated_box_has_the_colour_of_what_is_right(qapp) -> None:
    row = {"true_box": [22.0, 22.0, 78.0, 78.0], "box": None, "truth": "bar", "predicted": "(none)"}
    picture = shown([{**row, "true_rotated": [50.0, 50.0, 40.0, 40.0, 45.0]}])
    factor = 2 * SIDE / 100
    lit = [
        picture.pixelColor(round((50 - 28.28 + step) * factor), round((50 - step) * factor)).green() > 100
        for step in range(3, 25)
    ]
    assert any(lit) and not all(lit)  # dashed, along the edge of the turned box
