"""A grid (or strip) of thumbnails that stays fast with 100,000 items: rows and pictures are read when they are seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QPainter, QPainterPath, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.gui.shell.theme import ui_font

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.data.browse import ItemRow
    from engine.workspace import Workspace

Index = QModelIndex | QPersistentModelIndex
KEPT_PICTURES = 600
BATCH = 12
LAID_OUT_AT_ONCE = 5000
THUMBNAIL = 192
ID_ROLE = Qt.ItemDataRole.UserRole
ROW_ROLE = ID_ROLE + 1
PICTURE_ROLE = ID_ROLE + 2
HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform


class ItemModel(QAbstractListModel):
    """Item ids; what is to be shown of them comes from the workspace in the background, in small batches."""

    loaded = Signal()

    def __init__(self, shell: Shell, name: str) -> None:
        super().__init__()
        self._shell = shell
        self._key = f"grid.{name}.{id(self)}"
        self.ids: Sequence[int] = []
        self._row_of: dict[int, int] | None = None
        self._rows: OrderedDict[int, ItemRow] = OrderedDict()
        self._pictures: OrderedDict[int, QImage | None] = OrderedDict()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._reading = 0
        self.captions: Callable[[int], str] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(10)
        self._timer.timeout.connect(self._read_wanted)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.ids[index.row()]
        if role == ID_ROLE:
            return item
        if role == PICTURE_ROLE:
            return self.picture(item)
        row = self._rows.get(item)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            if self.captions is not None:
                return self.captions(item)
            return row.name.rsplit("/", 1)[-1] if row else ""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}, {', '.join(row.labels)}" if row else str(item)
        if role == Qt.ItemDataRole.ToolTipRole and row is not None:
            return "\n".join(
                filter(None, [row.name, f"{row.width} × {row.height}", ", ".join(row.labels), row.problem])
            )
        return None

    def show_ids(self, ids: Iterable[int]) -> None:
        """Show these items."""
        self.beginResetModel()
        self.ids = list(ids)
        self._row_of = None
        self._wanted.clear()
        self.endResetModel()

    def row_of(self, item: int) -> int:
        """The row of an item; -1: not shown."""
        if self._row_of is None:
            self._row_of = {shown: row for row, shown in enumerate(self.ids)}
        return self._row_of.get(item, -1)

    def picture(self, item: int) -> QImage | None:
        """A thumbnail if it is here; asks for it if not."""
        if item in self._pictures and item in self._rows:
            self._pictures.move_to_end(item)
            return self._pictures[item]
        self._wanted[item] = None
        self._wanted.move_to_end(item)
        if not self._timer.isActive():
            self._timer.start()
        return self._pictures.get(item)

    def forget(self, items: Iterable[int] | None = None, pictures: bool = False) -> None:
        """Read these items again when they are seen; None: all."""
        chosen = list(self._rows) if items is None else list(items)
        for item in chosen:
            self._rows.pop(item, None)
            if pictures:
                self._pictures.pop(item, None)
        if self.ids:
            self.dataChanged.emit(self.index(0), self.index(len(self.ids) - 1))

    def clear(self) -> None:
        """Show nothing and keep nothing, as when the workspace closes."""
        self._rows.clear()
        self._pictures.clear()
        self.show_ids([])

    def _read_wanted(self) -> None:
        """Ask for the newest wishes first: they are what is on the screen now."""
        if self._shell.workspace is None or self._reading >= 2:
            return
        batch = [self._wanted.popitem()[0] for _ in range(min(BATCH, len(self._wanted)))]
        if len(self._wanted) > 400:
            self._wanted.clear()
        if not batch:
            return
        known = {item for item in batch if item in self._pictures}
        self._reading += 1
        self._shell.read(lambda ws: read_pictures(ws, batch, known), self._take, on_error=self._failed)
        if self._wanted:
            self._timer.start()

    def _failed(self, _error: Exception) -> None:
        self._reading -= 1

    def _take(self, found: list[tuple[ItemRow, QImage | None, bool]]) -> None:
        self._reading -= 1
        for row, picture, fresh in found:
            self._rows[row.id] = row
            if fresh:
                self._pictures[row.id] = picture
            at = self.row_of(row.id)
            if at >= 0:
                self.dataChanged.emit(self.index(at), self.index(at))
        while len(self._pictures) > KEPT_PICTURES:
            gone, _ = self._pictures.popitem(last=False)
            self._rows.pop(gone, None)
        self.loaded.emit()
        if self._wanted:
            self._timer.start()


def read_pictures(ws: Workspace, items: list[int], known: set[int]) -> list[tuple[ItemRow, QImage | None, bool]]:
    """Rows and thumbnails of items, read in a background thread; None for one that cannot be shown."""
    from engine.data.browse import item_rows
    from engine.data.items import thumbnail

    found: list[tuple[ItemRow, QImage | None, bool]] = []
    for row in item_rows(ws, items):
        if row.id in known:
            found.append((row, None, False))
            continue
        picture = None
        try:
            picture = QImage.fromData(thumbnail(ws, row.id, THUMBNAIL))
        except Exception:
            picture = None  # the file is gone or broken: the cell says so
        found.append((row, picture if picture is not None and not picture.isNull() else None, True))
    return found


class ItemDelegate(QStyledItemDelegate):
    """Draws a thumbnail with its name, a dot for its state, and a frame when chosen."""

    def __init__(self, shell: Shell, side: int, caption: bool) -> None:
        super().__init__()
        self._theme = shell.theme
        self.side = side
        self.caption = caption
        self._font = ui_font(12)
        self._metrics = QFontMetrics(self._font)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self.cell()

    def cell(self) -> QSize:
        """Size of a cell, with the gap to the next."""
        return QSize(self.side + 12, self.side * 3 // 4 + (36 if self.caption else 12))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        theme = self._theme
        painter.save()
        painter.setRenderHints(HINTS)
        frame = QRect(option.rect.x() + 6, option.rect.y() + 6, self.side, self.side * 3 // 4)
        path = QPainterPath()
        path.addRoundedRect(QRectF(frame), 6, 6)
        painter.fillPath(path, theme.color("image"))
        picture: QImage | None = index.data(PICTURE_ROLE)
        row: ItemRow | None = index.data(ROW_ROLE)
        if picture is not None:
            painter.setClipPath(path)
            size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(0, 0, size.width(), size.height())
            place.moveCenter(frame.center())
            painter.drawImage(place, picture)
            painter.setClipping(False)
        elif row is not None:
            theme.icon("warning", "warning").paint(painter, frame.adjusted(20, 20, -20, -20))
        self._draw_frame(painter, path, option)
        if row is not None:
            self._draw_state(painter, frame, row)
        if self.caption:
            painter.setFont(self._font)
            painter.setPen(theme.color("quiet"))
            line = QRect(frame.x(), frame.bottom() + 4, frame.width(), 18)
            text = str(index.data() or "")
            shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()

    def _draw_frame(self, painter: QPainter, path: QPainterPath, option: QStyleOptionViewItem) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        pen = painter.pen()
        pen.setColor(self._theme.color("accent" if chosen or focused else "line"))
        pen.setWidthF(2.0 if chosen else 1.0)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _draw_state(self, painter: QPainter, frame: QRect, row: ItemRow) -> None:
        """A dot: amber for a problem, green for labelled, grey for not yet."""
        name = "warning" if row.problem else "good" if row.annotations else "quiet"
        painter.setPen(self._theme.color("panel"))
        painter.setBrush(self._theme.color(name))
        painter.drawEllipse(frame.right() - 13, frame.bottom() - 13, 9, 9)


class ImageGrid(QListView):
    """Thumbnails of items; Enter or a double click opens one.

    Args:
        shell: where the workspace and the theme are.
        side: width of a thumbnail in px.
        strip: one row that scrolls sideways, instead of a grid.
        caption: whether the name stands below.
    """

    opened = Signal(int)
    current_changed = Signal(int)
    selection_changed = Signal(list)

    def __init__(self, shell: Shell, side: int = 148, strip: bool = False, caption: bool = True) -> None:
        super().__init__()
        self._shell = shell
        self._base, self._strip = side, strip
        self.items = ItemModel(shell, "strip" if strip else "grid")
        self.items.setParent(self)
        self.delegate = ItemDelegate(shell, side, caption)
        self.setModel(self.items)
        self.setItemDelegate(self.delegate)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(LAID_OUT_AT_ONCE)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(not strip)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(False)
        if strip:
            self.setFixedHeight(self.delegate.cell().height() + 12)
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.activated.connect(lambda index: self.opened.emit(index.data(ID_ROLE)))
        self.selectionModel().selectionChanged.connect(self._tell_selection)
        self.selectionModel().currentChanged.connect(self._tell_current)
        shell.theme.theme_changed.connect(self.viewport().update)
        self.verticalScrollBar().setSingleStep(24)

    def show_ids(self, ids: Iterable[int], captions: Callable[[int], str] | None = None) -> None:
        """Show these items, with other captions than their names if given; the chosen ones stay chosen."""
        before, current = self.selected_ids(), self.current_id()
        self.items.captions = captions
        self.items.show_ids(ids)
        if before and len(before) <= 2000:
            selection = QItemSelection()
            for item in before:
                at = self.items.row_of(item)
                if at >= 0:
                    selection.select(self.items.index(at), self.items.index(at))
            self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)
        if current is not None and (at := self.items.row_of(current)) >= 0:
            self.selectionModel().setCurrentIndex(self.items.index(at), QItemSelectionModel.SelectionFlag.NoUpdate)

    def ids(self) -> list[int]:
        """All items shown, in order."""
        return list(self.items.ids)

    def selected_ids(self) -> list[int]:
        """The chosen items, in order."""
        return sorted(index.data(ID_ROLE) for index in self.selectionModel().selectedIndexes())

    def current_id(self) -> int | None:
        """The item with the focus."""
        index = self.currentIndex()
        return index.data(ID_ROLE) if index.isValid() else None

    def select_id(self, item: int) -> None:
        """Choose an item and bring it into view."""
        at = self.items.row_of(item)
        if at >= 0:
            index = self.items.index(at)
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def reread(self, items: Iterable[int] | None = None, pictures: bool = False) -> None:
        """Something changed about these items; None: about all."""
        self.items.forget(items, pictures)

    def set_side(self, side: int) -> None:
        """Change the size of the thumbnails; in a grid they grow a little so that the rows fill the width."""
        self._base = side
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the width."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        side = self._base
        if not self._strip:
            width = self.viewport().width() - 1
            side = width // max(1, width // (self._base + 12)) - 12
        if side != self.delegate.side:
            self.delegate.side = side
            self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; Home, End, arrows and letters as in every list."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (item := self.current_id()) is not None:
            self.opened.emit(item)
            return
        super().keyPressEvent(event)

    def _tell_selection(self, *_: object) -> None:
        self.selection_changed.emit(self.selected_ids())

    def _tell_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.current_changed.emit(index.data(ID_ROLE))
