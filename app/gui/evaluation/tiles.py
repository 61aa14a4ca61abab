"""Tiles of items with what was found and missed drawn on them: crops of a cell's boxes, or whole worst items."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from app.gui.evaluation.abouts import NONE, SUREST, About, about_of
from app.gui.evaluation.answer_layer import answer_layer
from app.gui.widgets.objects import carried, draw_object
from engine.serving.manifest import OBJECTS

if TYPE_CHECKING:
    from app.gui.evaluation.reading import Seen
    from engine.workspace import Workspace

SIDE = 128
MOST = 48
SOURCE_SIDE = 640
TEXT = 22  # px of the names on a tile, which is painted at twice its size


@dataclass(frozen=True)
class Tile:
    """One picture with a line below it; `about`: what it is a picture of."""

    item: int
    image: QImage
    caption: str
    tip: str = ""
    about: About = SUREST


class TileList(QListWidget):
    """Tiles side by side.

    Signals:
        opened: by double click or Enter, the item.
        looked_at: by click or arrow keys, the item and what the tile is about.
    """

    opened = Signal(int)
    looked_at = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(QSize(SIDE + 14, SIDE + 30))
        self.setUniformItemSizes(True)
        self.setWordWrap(False)
        self.setMinimumHeight(SIDE + 44)
        self.itemActivated.connect(lambda item: self.opened.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.currentRowChanged.connect(self._look_at)
        self._tiles: Sequence[Tile] = ()

    def _look_at(self, at: int) -> None:
        if 0 <= at < len(self._tiles):
            self.looked_at.emit(self._tiles[at].item, self._tiles[at].about)

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these."""
        self._tiles = ()
        self.clear()
        for tile in tiles:
            item = QListWidgetItem(QIcon(QPixmap.fromImage(tile.image)), tile.caption)
            item.setData(Qt.ItemDataRole.UserRole, tile.item)
            item.setToolTip(tile.tip)
            self.addItem(item)
        self._tiles = tiles


def cell_tiles(workspace: Workspace, seen: Seen, true: str, predicted: str, inks: Mapping[str, str]) -> list[Tile]:
    """A tile for each thing behind a cell of the confusion matrix, the surest first; may run in any thread."""
    rows = [row for row in seen.evaluation.matches if row["truth"] == true and row["predicted"] == predicted]
    rows.sort(key=lambda row: -(row["score"] or 0))
    ids = seen.evaluation.ids
    tiles = []
    for row in rows[:MOST]:
        item = ids.get(row["item_key"])
        if item is None:
            continue
        name = true if true != NONE else predicted
        caption = name if row["score"] is None else f"{name} · {row['score']:.2f}"
        layer = _layer(seen, row["item_key"], inks)
        if image := _picture(workspace, item, [row], inks, layer, crop=True):
            tiles.append(Tile(item, image, caption, _tip(row), about_of(row)))
    return tiles


def worst_tiles(workspace: Workspace, seen: Seen, inks: Mapping[str, str]) -> list[Tile]:
    """A tile for each item with the most mistakes; may run in any thread."""
    return item_tiles(workspace, seen, seen.evaluation.worst_items(MOST // 2), inks)


def item_tiles(workspace: Workspace, seen: Seen, items: Sequence[int], inks: Mapping[str, str]) -> list[Tile]:
    """A tile for each item, all boxes drawn; may run in any thread."""
    rows = {seen.evaluation.ids.get(row["item_key"]): row for row in seen.evaluation.items}
    tiles = []
    for item in items[: MOST // 2]:
        row = rows[item]
        layer = _layer(seen, row["item_key"], inks)
        said = seen.evaluation.matches_of(item)
        image = _picture(workspace, item, said, inks, layer, crop=False)
        if image is not None:
            if seen.evaluation.summary["task"] == "multilabel":
                _write_labels(image, said, inks)
            wrong = int(row["missed"] + row["mislabelled"] + row["false"])
            tiles.append(Tile(item, image, f"{wrong} · {row['name'].rsplit('/', 1)[-1]}", row["name"]))
    return tiles


def _layer(seen: Seen, key: int, inks: Mapping[str, str]) -> QImage | None:
    """What lies over the picture; objects are drawn one by one, with what they carry."""
    return None if seen.evaluation.summary["task"] in OBJECTS else answer_layer(seen, key, inks)


def _tip(row: Mapping[str, Any]) -> str:
    parts = [f"{row['truth']} → {row['predicted']}"]
    if row.get("score") is not None:
        parts.append(f"{row['score']:.2f}")
    if row.get("iou") is not None:
        parts.append(f"IoU {row['iou']:.2f}")
    return " · ".join(parts)


def _picture(
    workspace: Workspace,
    item: int,
    rows: Sequence[Mapping[str, Any]],
    inks: Mapping[str, str],
    layer: QImage | None,
    *,
    crop: bool,
) -> QImage | None:
    """A square picture of an item: cut around its box, or the whole; None when the file cannot be read."""
    from engine.data.items import item_image, thumbnail
    from engine.errors import LinesideError

    with contextlib.suppress(LinesideError, OSError):
        place = item_image(workspace, item)
        source = QImage.fromData(thumbnail(workspace, place, SOURCE_SIDE))
        if source.isNull():
            return None
        scale = source.width() / max(1, place.width)
        boxes = [box for row in rows for box in (row["true_box"], row["box"]) if box]
        area = _around(boxes, scale, source.size()) if crop and boxes else QRectF(source.rect())
        if layer is not None:
            source = _covered(source, layer)
        return _draw(source, area, scale, rows, inks, (place.width, place.height))
    return None


def _write_labels(picture: QImage, rows: Sequence[Mapping[str, Any]], inks: Mapping[str, str]) -> None:
    """All labels of an item, one below the other: found ones in the accent, missed ones in a dashed frame, false ones in red."""
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = painter.font()
    font.setPixelSize(TEXT)
    painter.setFont(font)
    top = 6.0
    for row in rows:
        missed, false = row["predicted"] == NONE, row["truth"] == NONE
        text = row["predicted"] if false else row["truth"]
        place = QRectF(6, top, painter.fontMetrics().horizontalAdvance(text) + 16, TEXT + 10)
        ink = QColor(inks["bad" if false else "good" if missed else "accent"])
        painter.setPen(QPen(ink, 3, Qt.PenStyle.DashLine if missed else Qt.PenStyle.SolidLine))
        painter.setBrush(QColor(0, 0, 0, 150) if missed else ink)
        painter.drawRoundedRect(place, 5, 5)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        top += place.height() + 5
    painter.end()


def _covered(source: QImage, layer: QImage) -> QImage:
    """A picture with what the model answered laid over it."""
    covered = source.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(covered)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(covered.rect(), layer)
    painter.end()
    return covered


def _around(boxes: Sequence[Sequence[float]], scale: float, size: QSize) -> QRectF:
    """A square around boxes with room, inside the picture."""
    left, top = min(box[0] for box in boxes) * scale, min(box[1] for box in boxes) * scale
    right, bottom = max(box[2] for box in boxes) * scale, max(box[3] for box in boxes) * scale
    side = min(max(right - left, bottom - top) * 2.2 + 24, size.width(), size.height())
    side = max(side, 8.0)
    x = min(max(0.0, (left + right - side) / 2), size.width() - side)
    y = min(max(0.0, (top + bottom - side) / 2), size.height() - side)
    return QRectF(x, y, side, side)


def _draw(
    source: QImage,
    area: QRectF,
    scale: float,
    rows: Sequence[Mapping[str, Any]],
    inks: Mapping[str, str],
    size: tuple[int, int],
) -> QImage:
    """The part of the source, twice as large as a tile; `size` is the item's."""
    picture = QImage(SIDE * 2, SIDE * 2, QImage.Format.Format_RGB32)
    picture.fill(QColor(inks["image"]))
    painter = QPainter(picture)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    factor = SIDE * 2 / max(area.width(), area.height())
    shown = QRectF(0, 0, area.width() * factor, area.height() * factor)
    shown.moveCenter(QRectF(picture.rect()).center())
    painter.drawImage(shown, source, area)
    to_picture = QTransform.fromTranslate(shown.left(), shown.top()).scale(factor, factor)
    to_picture.translate(-area.left(), -area.top()).scale(scale, scale)
    for row in rows:
        right = row["truth"] == row["predicted"]
        for box, ink, style in (
            (row["true_box"], "good", Qt.PenStyle.DashLine),
            (row["box"], "accent" if right else "bad", Qt.PenStyle.SolidLine),
        ):
            if box:
                painter.setPen(QPen(QColor(inks[ink]), 3, style))
                prefix = "true_" if box is row["true_box"] else ""
                draw_object(painter, box, carried(row, prefix, size), to_picture)
    painter.end()
    return picture


def whole_picture(
    workspace: Workspace, item: int, rows: Sequence[Mapping[str, Any]], inks: Mapping[str, str]
) -> QImage | None:
    """A square picture of an item with its rows drawn on it; None when the file cannot be read."""
    return _picture(workspace, item, rows, inks, None, crop=False)
