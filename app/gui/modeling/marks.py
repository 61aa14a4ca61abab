"""The items of comments and groups: notes that are typed in place, frames around nodes, and folded boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsObject,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QGraphicsTextItem,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.gui.modeling.items import RADIUS, TEXT_FROM_SCALE, CardItem, canvas_font
from app.gui.modeling.views import NodeView, on_grid
from engine.modeling.notes import COLORS, Comment

if TYPE_CHECKING:
    from app.gui.modeling.items import Colors
    from app.gui.modeling.scene import GraphScene

NOTE_COLORS = dict(zip(COLORS, ("#E0A800", "#2E9E5B", "#2F7FD1", "#8A63D2", "#D64545", "#8590A2"), strict=True))
CORNER = 16.0  # px in the lower right corner that change the size
INSIDE = 10.0
FRAME, TITLE = 20.0, 32.0  # px around the cards of a group, and above them


class InPlace(QGraphicsTextItem):
    """Text that is being typed on the canvas: Escape leaves it as it was; a click elsewhere or Ctrl+Enter takes it."""

    taken = Signal(str)

    def __init__(self, owner: QGraphicsItem, text: str, place: QRectF, color: QColor, *, one_line: bool) -> None:
        super().__init__(owner)
        self._before, self._one_line, self._over = text, one_line, False
        self.setFont(canvas_font(bold=one_line))
        self.setDefaultTextColor(color)
        self.document().setDocumentMargin(0)
        if one_line:
            option = QTextOption()
            option.setWrapMode(QTextOption.WrapMode.NoWrap)
            self.document().setDefaultTextOption(option)
        self.setPlainText(text)
        self.setTextWidth(place.width())
        self.setPos(place.topLeft())
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextEditorInteraction)
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self.end(self._before)
        elif enter and (self._one_line or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            self.end(self.toPlainText())
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.end(self.toPlainText())

    def end(self, text: str) -> None:
        """Stop typing, with this text."""
        if not self._over:
            self._over = True
            self.hide()
            self.taken.emit(text.replace("\u2029", "\n"))
            self.deleteLater()


class CommentItem(QGraphicsObject):
    """A coloured note; its lower right corner changes the size."""

    def __init__(self, comment: Comment, colors: Colors) -> None:
        super().__init__()
        self.comment = comment
        self._colors = colors
        self._size = QSizeF()
        self._from: QPointF | None = None
        self.editor: InPlace | None = None
        self.setFlags(QGraphicsItem.GraphicsItemFlag.ItemIsMovable | QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setAcceptHoverEvents(True)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setZValue(-1)
        self.show_comment(comment)

    def show_comment(self, comment: Comment) -> None:
        """Draw other values."""
        self.prepareGeometryChange()
        self.comment = comment
        self._size = QSizeF(comment.width, comment.height)
        self.setPos(comment.x, comment.y)
        self.setToolTip(
            QCoreApplication.translate("Marks", "Double click or F2 to write; drag the corner to change the size")
        )
        self.update()

    @property
    def rect(self) -> QRectF:
        """The note, in its own coordinates."""
        return QRectF(QPointF(), self._size)

    def edit(self, take: Callable[[str], object]) -> None:
        """Type its text in place; `take` gets what was typed."""
        place = QRectF(QPointF(), self._size).adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
        self.editor = InPlace(self, self.comment.text, place, self._colors("text"), one_line=False)
        self.editor.taken.connect(self._typed)
        self.editor.taken.connect(take)
        self.update()

    def _typed(self) -> None:
        self.editor = None
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(QPointF(), self._size).adjusted(-2, -2, 2, 2)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(QPointF(), self._size))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        rect = QRectF(QPointF(), self._size)
        color = QColor(NOTE_COLORS.get(self.comment.color, NOTE_COLORS[COLORS[0]]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors("panel"))
        painter.drawRoundedRect(rect, 6, 6)
        ground = QColor(color)
        ground.setAlpha(44)
        painter.setBrush(ground)
        chosen = self.isSelected()
        painter.setPen(QPen(self._colors("accent") if chosen else color, 2 if chosen else 1))
        painter.drawRoundedRect(rect, 6, 6)
        if option.levelOfDetailFromTransform(painter.worldTransform()) < TEXT_FROM_SCALE:
            return
        painter.setPen(QPen(color, 1.2))
        for step in (5, 9):
            painter.drawLine(
                QPointF(rect.right() - step, rect.bottom() - 3), QPointF(rect.right() - 3, rect.bottom() - step)
            )
        if self.editor is None:
            painter.setFont(canvas_font())
            empty = QCoreApplication.translate("Marks", "Comment")
            painter.setPen(self._colors("text" if self.comment.text else "quiet"))
            inner = rect.adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
            painter.drawText(inner, Qt.TextFlag.TextWordWrap, self.comment.text or empty)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        at_corner = self._corner().contains(event.pos())
        self.setCursor(Qt.CursorShape.SizeFDiagCursor if at_corner else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self._corner().contains(event.pos()):
            self._from = event.pos()

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._from is None:
            super().mouseMoveEvent(event)
            return
        by = event.pos() - self._from
        new = self.comment.sized(on_grid(self.comment.width + by.x()), on_grid(self.comment.height + by.y()))
        self.prepareGeometryChange()
        self._size = QSizeF(new.width, new.height)
        self.update()

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        scene: GraphScene = self.scene()  # type: ignore[assignment]
        if self._from is not None:
            self._from = None
            scene.marks.resize_comment(self.comment.id, self._size.width(), self._size.height())

    def _corner(self) -> QRectF:
        return QRectF(self._size.width() - CORNER, self._size.height() - CORNER, CORNER, CORNER)


class FrameItem(QGraphicsObject):
    """The frame of an unfolded group: its title and its border can be taken hold of, what is inside is left alone."""

    def __init__(self, group_id: str, colors: Colors) -> None:
        super().__init__()
        self.group_id, self.title = group_id, ""
        self._colors = colors
        self._size = QSizeF()
        self.editor: InPlace | None = None
        self.setFlags(QGraphicsItem.GraphicsItemFlag.ItemIsMovable | QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setZValue(-2)

    def show_frame(self, title: str, around: QRectF) -> None:
        """Draw it around the cards."""
        rect = around.adjusted(-FRAME, -FRAME - TITLE, FRAME, FRAME)
        self.prepareGeometryChange()
        self.title, self._size = title, rect.size()
        self.setPos(rect.topLeft())
        self.setToolTip(
            QCoreApplication.translate("Marks", "Drag the title to move the group; double click or F2 to rename")
        )
        self.update()

    def edit(self, take: Callable[[str], object]) -> None:
        """Type its title in place."""
        place = QRectF(14, 9, max(80.0, self._size.width() - 28), TITLE - 10)
        self.editor = InPlace(self, self.title, place, self._colors("text"), one_line=True)
        self.editor.taken.connect(self._typed)
        self.editor.taken.connect(take)
        self.update()

    def _typed(self) -> None:
        self.editor = None
        self.update()

    @property
    def rect(self) -> QRectF:
        """The frame, in its own coordinates."""
        return QRectF(QPointF(), self._size)

    def boundingRect(self) -> QRectF:
        return self.rect.adjusted(-3, -3, 3, 3)

    def shape(self) -> QPainterPath:
        border = QPainterPath()
        border.addRect(self.rect)
        stroker = QPainterPathStroker()
        stroker.setWidth(8)
        path = stroker.createStroke(border)
        path.addRect(QRectF(0, 0, self._size.width(), TITLE))
        path.setFillRule(Qt.FillRule.WindingFill)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self._colors("quiet"))
        ground.setAlpha(20)
        chosen = self.isSelected()
        painter.setPen(QPen(self._colors("accent" if chosen else "quiet"), 2 if chosen else 1, Qt.PenStyle.DashLine))
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect, RADIUS + 2, RADIUS + 2)
        if self.editor is not None or option.levelOfDetailFromTransform(painter.worldTransform()) < TEXT_FROM_SCALE:
            return
        painter.setFont(canvas_font(bold=True))
        painter.setPen(self._colors("text"))
        room = self._size.width() - 28
        title = QFontMetricsF(canvas_font(bold=True)).elidedText(self.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(14, 4, room, TITLE - 4), Qt.AlignmentFlag.AlignVCenter, title)


class FoldedItem(CardItem):
    """A folded group: one box with the ports that cross its border, and how many errors are hidden in it."""

    def __init__(self, view: NodeView, colors: Colors) -> None:
        super().__init__(view, colors)
        self.editor: InPlace | None = None

    @property
    def group_id(self) -> str:
        """The group that it stands for."""
        return self.view.id

    def edit(self, take: Callable[[str], object]) -> None:
        """Type its title in place."""
        place = QRectF(14, 9, self.rect.width() - 28, 20)
        self.editor = InPlace(self, self.view.title, place, self._colors("text"), one_line=True)
        self.editor.taken.connect(self._typed)
        self.editor.taken.connect(take)
        self.update()

    def _typed(self) -> None:
        self.editor = None
        self.update()

    @property
    def errors(self) -> int:
        """How many errors are hidden in it."""
        return sum(problem.severity == "error" for problem in self.problems)

    def boundingRect(self) -> QRectF:
        return super().boundingRect().adjusted(0, -4, 8, 6)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colors("line"), 1))
        painter.setBrush(self._colors("panel"))
        for by in (8, 4):  # the edges of cards that lie below it
            painter.drawRoundedRect(self.rect.translated(by * 0.8, by), RADIUS, RADIUS)
        super().paint(painter, option, widget)
        if self.errors:
            badge = QRectF(self.rect.width() - 14, -8, 22, 20)
            painter.setPen(QPen(self._colors("panel"), 1.5))
            painter.setBrush(self._colors("bad"))
            painter.drawRoundedRect(badge, 10, 10)
            painter.setFont(canvas_font(bold=True, small=True))
            painter.setPen(self._colors("panel"))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(self.errors))

    def _paint_header(self, painter: QPainter) -> None:
        if self.editor is None:
            super()._paint_header(painter)
