"""The program's own line icons: SVG of 24 px, tinted when asked for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap

import assets

FOLDER = Path(assets.__file__).parent / "icons"
SIZES = (16, 20, 24)


def svg(name: str, color: str) -> bytes:
    """The text of an icon drawn in a colour; an unknown name gives a plain box, so that a slip is visible."""
    path = FOLDER / f"{name}.svg"
    if not path.is_file():
        path = FOLDER / "box.svg"
    return path.read_bytes().replace(b"#000", color.encode())


def tinted(name: str, color: str) -> QIcon:
    """An icon in one colour, sharp at 100, 200 and 300 %."""
    icon = QIcon()
    content = svg(name, color)
    for size in SIZES:
        for ratio in (1, 2):
            icon.addPixmap(pixmap(content, size, ratio))
    return icon


def pixmap(content: bytes, size: int, ratio: float = 1) -> QPixmap:
    """An SVG drawn into a square of `size` px."""
    from PySide6.QtSvg import QSvgRenderer

    side = round(size * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(content)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return QPixmap.fromImage(image)
