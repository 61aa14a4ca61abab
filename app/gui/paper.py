"""Paints a document onto A4 as PDF: `python -m app.gui.paper OUT` reads its JSON from stdin. Opens no window."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QPageSize, QPainter, QPdfWriter, QPen
from PySide6.QtSvg import QSvgRenderer

WIDTH, HEIGHT = 794.0, 1123.0  # A4 at 96 px an inch
LEFT, TOP, FOOT = 68.0, 66.0, 74.0
ROOM = WIDTH - 2 * LEFT
RESOLUTION = 576
FAMILIES = ["Noto Sans", "Segoe UI", "DejaVu Sans", "Noto Sans CJK SC", "Microsoft YaHei", "WenQuanYi Micro Hei"]
INK, QUIET, LINE, PANEL = "#1d2129", "#5b6472", "#d5dae0", "#f6f7f9"
KINDS = {"good": "#15803d", "warning": "#b45309", "bad": "#b91c1c"}
GAP = 12.0  # between columns, px


def font(size: float, bold: bool = False) -> QFont:
    """The font of the paper; size in px."""
    made = QFont()
    made.setFamilies(FAMILIES)
    made.setPixelSize(round(size))
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


class Paper:
    """Flows blocks down the pages; what does not fit begins on the next one."""

    def __init__(self, path: str, title: str) -> None:
        self.writer = QPdfWriter(path)
        self.writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self.writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        self.writer.setResolution(RESOLUTION)
        self.writer.setTitle(title)
        self.writer.setCreator("Lineside")
        self.painter = QPainter(self.writer)
        self.painter.scale(RESOLUTION / 96, RESOLUTION / 96)
        self.title, self.number, self.y = title, 1, TOP
        self._foot()

    def end(self) -> bool:
        """Finish the file."""
        return self.painter.end()

    def need(self, height: float) -> None:
        """Begin another page where so much does not fit any more."""
        if self.y + height > HEIGHT - FOOT and self.y > TOP:
            self.writer.newPage()
            self.number, self.y = self.number + 1, TOP
            self._foot()

    def text(self, text: str, size: float, ink: str = INK, bold: bool = False, keep: float = 0.0) -> None:
        """A paragraph; `keep` is the height that must fit below it on the same page."""
        face = font(size, bold)
        height = _height(text, face, ROOM)
        self.need(height + keep)
        self._write(text, QRectF(LEFT, self.y, ROOM, height), face, ink)
        self.y += height

    def cards(self, cards: Sequence[Sequence[str]]) -> None:
        """Big figures side by side."""
        if not cards:
            return
        wide = (ROOM - GAP * (len(cards) - 1)) / len(cards)
        name, value = font(9.5), font(17, bold=True)
        inner = wide - 18
        high = max(_height(one[0], name, inner) for one in cards)
        tall = high + max(_height(one[1], value, inner) for one in cards) + 20
        self.need(tall)
        for at, (head, figure) in enumerate(cards):
            box = QRectF(LEFT + at * (wide + GAP), self.y, wide, tall)
            self.painter.setPen(QPen(QColor(LINE), 0.8))
            self.painter.setBrush(QColor(PANEL))
            self.painter.drawRoundedRect(box, 5, 5)
            self._write(head, QRectF(box.left() + 9, box.top() + 8, inner, high), name, QUIET)
            self._write(figure, QRectF(box.left() + 9, box.top() + high + 11, inner, tall), value, INK)
        self.y += tall + 8

    def figure(self, figure: Mapping[str, Any], title: str) -> None:
        """A drawing as lines, not dots, with its title where it is not that of its section."""
        name, head, wide, tall = measured(figure, title)
        self.need(head + tall + GAP)
        self._write(name, QRectF(LEFT, self.y, ROOM, head), font(11, bold=True), INK)
        self.painter.save()
        self.painter.setFont(font(12))
        QSvgRenderer(plain(figure["svg"]).encode()).render(self.painter, QRectF(LEFT, self.y + head, wide, tall))
        self.painter.restore()
        self.y += head + tall + GAP

    def table(self, table: Mapping[str, Any]) -> None:
        """Rows between thin lines; the head comes again on each page."""
        heads, rows = table["columns"], table["rows"]
        cells = [[shown(value) for value in row] for row in rows]
        right = [bool(rows) and all(number(row[at][0]) for row in cells) for at in range(len(heads))]
        face, bold = font(10.5), font(10, bold=True)
        widths = columns([[QFontMetricsF(bold).horizontalAdvance(name) for name in heads],
                          *([QFontMetricsF(face).horizontalAdvance(text) for text, _ in row] for row in cells)])  # fmt: skip
        first = [(name, QUIET) for name in heads] if any(heads) else None
        head = self._row_height(list(heads), widths, bold) if first else 0.0
        self.need(head + 44)
        if first:
            self._row(first, widths, right, bold)
        for row in cells:
            page = self.number
            self.need(self._row_height([text for text, _ in row], widths, face))
            if self.number != page and first:
                self._row(first, widths, right, bold)
            self._row(row, widths, right, face)
        self.y += 10

    def _row_height(self, texts: Sequence[str], widths: Sequence[float], face: QFont) -> float:
        return max((_height(text, face, wide) for text, wide in zip(texts, widths, strict=True)), default=0.0) + 7

    def _row(
        self, cells: Sequence[tuple[str, str]], widths: Sequence[float], right: Sequence[bool], face: QFont
    ) -> None:
        height, x = self._row_height([text for text, _ in cells], widths, face), LEFT
        for (text, ink), wide, to_right in zip(cells, widths, right, strict=True):
            side = Qt.AlignmentFlag.AlignRight if to_right else Qt.AlignmentFlag.AlignLeft
            self._write(text, QRectF(x, self.y + 3.5, wide, height - 7), face, ink, side)
            x += wide + GAP
        self.y += height
        self.painter.setPen(QPen(QColor(LINE), 0.6))
        self.painter.drawLine(QRectF(LEFT, self.y, x - GAP - LEFT, 0).topLeft(), QRectF(LEFT, self.y, x - GAP - LEFT, 0).topRight())  # fmt: skip

    def _write(self, text: str, box: QRectF, face: QFont, ink: str, side: Any = Qt.AlignmentFlag.AlignLeft) -> None:
        self.painter.setFont(face)
        self.painter.setPen(QColor(ink))
        self.painter.drawText(box, int(_wrap(text, face, box.width()) | side | Qt.AlignmentFlag.AlignTop), text)

    def _foot(self) -> None:
        y = HEIGHT - FOOT + 26
        self.painter.setPen(QPen(QColor(LINE), 0.6))
        self.painter.drawLine(QRectF(LEFT, y, ROOM, 0).topLeft(), QRectF(LEFT, y, ROOM, 0).topRight())
        box = QRectF(LEFT, y + 6, ROOM, 16)
        self._write(self.title, box, font(9), QUIET)
        self._write(str(self.number), box, font(9), QUIET, Qt.AlignmentFlag.AlignRight)


def paint(document: Mapping[str, Any], path: str) -> bool:
    """The whole document."""
    paper = Paper(path, document["title"])
    paper.text(document["title"], 24, bold=True)
    paper.y += 4
    paper.text(document["subtitle"], 10.5, QUIET)
    paper.y += 12
    paper.cards(document["cards"])
    for section in document["sections"]:
        paper.y += 14
        first = measured(section["figures"][0], section["title"]) if section["figures"] else ("", 0.0, 0.0, 60.0)
        keep = first[1] + first[3] + 60  # a heading alone at the foot of a page helps nobody
        paper.text(section["title"], 15, bold=True, keep=keep)
        paper.y += 5
        if section["text"]:
            paper.text(section["text"], 10.5, QUIET)
            paper.y += 6
        for figure in section["figures"]:
            paper.figure(figure, section["title"])
        for table in section["tables"]:
            paper.table(table)
    return paper.end()


def measured(figure: Mapping[str, Any], title: str) -> tuple[str, float, float, float]:
    """Title of a figure, its height, and width and height of the drawing, px."""
    size = QSvgRenderer(plain(figure["svg"]).encode()).viewBoxF().size()
    scale = min(1.0, ROOM / max(1.0, size.width()), 560 / max(1.0, size.height())) * (
        0.84 if size.width() == 640 else 1.0
    )
    name = "" if figure["title"] == title else figure["title"]
    head = _height(name, font(11, bold=True), ROOM) + 6 if name else 0.0
    return name, head, size.width() * scale, size.height() * scale


def plain(svg: str) -> str:
    """A drawing in the part of SVG that Qt knows: no variables, no short form of fonts."""
    families = ",".join(f"'{name}'" for name in FAMILIES)
    fixed = re.sub(r"var\(--[a-z]+,(#[0-9a-fA-F]{3,6})\)", r"\1", svg)
    return re.sub(r"font:12px [^;}]*", f"font-size:12px;font-weight:400;font-family:{families}", fixed)


def columns(wanted: Sequence[Sequence[float]]) -> list[float]:
    """Widths of columns, px: what they want, or where that is too much the wide ones less."""
    widths = [max(column) + 2 for column in zip(*wanted, strict=True)]
    room = ROOM - GAP * (len(widths) - 1)
    fair = room / max(1, len(widths))
    narrow = sum(one for one in widths if one <= fair)
    wide = sum(one for one in widths if one > fair)
    return widths if sum(widths) <= room else [one if one <= fair else (room - narrow) * one / wide for one in widths]


def shown(value: Any) -> tuple[str, str]:
    """Text and colour of a cell."""
    text, kind = (value[0], value[1]) if isinstance(value, list | tuple) else (value, "")
    return f"{text:,}" if isinstance(text, int) else str(text), KINDS.get(kind, INK)


def number(text: str) -> bool:
    """Whether a cell stands to the right."""
    return not text.strip("%–-+ ").replace(",", "").replace(".", "", 1).strip("0123456789")


def _height(text: str, face: QFont, width: float) -> float:
    flags = int(_wrap(text, face, width) | Qt.AlignmentFlag.AlignLeft)
    found = QFontMetricsF(face).boundingRect(QRectF(0, 0, width, 1e6), flags, text or " ")
    return float(found.height())


def _wrap(text: str, face: QFont, width: float) -> Any:
    """Between words; within one only where it is wider than the line, as digests are."""
    metrics = QFontMetricsF(face)
    long = any(metrics.horizontalAdvance(word) > width for word in text.split() if word.isascii())
    return Qt.TextFlag.TextWrapAnywhere if long else Qt.TextFlag.TextWordWrap


def main() -> int:
    """Read the document from stdin and write the file."""
    application = QGuiApplication(sys.argv[:1])
    done = paint(json.loads(sys.stdin.buffer.read()), sys.argv[1])
    del application
    return 0 if done else 1


if __name__ == "__main__":
    raise SystemExit(main())
