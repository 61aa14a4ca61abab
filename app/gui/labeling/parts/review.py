"""Review on the labelling page: the item's state and person, and comments pinned on the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QFont, QKeySequence, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QMenu, QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.labeling.parts.review_panel import CommentPanel, StatePanel
from app.gui.operations import quality as operations

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from engine.changes import Changes
    from engine.data.records import Annotation, Review
    from engine.labeling.comments import Thread
    from engine.workspace import Workspace

PIN = 11.0  # px: radius of a pin


@dataclass(frozen=True)
class Known:
    """What the panel shows of an item."""

    item: int
    review: Review | None = None
    threads: Sequence[Thread] = ()
    people: Sequence[str] = ()
    allowed: Sequence[str] = field(default_factory=tuple)


def read(ws: Workspace, item: int) -> Known:
    """State, comments and people of an item."""
    from engine.labeling import review
    from engine.labeling.comments import threads

    found = review.reviews(ws, [item]).get(item)
    allowed = review.NEXT[found.state] if found else ()
    return Known(item, found, threads(ws, item), review.people(ws), allowed)


class ReviewPart(Part):
    """Shows and sets the state, and puts comments on the image."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.state, self.comments = StatePanel(), CommentPanel()
        self.known = Known(0)
        self.at: QPointF | None = None  # where the comment that is being written belongs, px of the item
        self.pins: list[tuple[QPointF, Thread]] = []
        self.state.chosen.connect(self.set_state)
        self.state.assigned.connect(self._assign)
        self.comments.written.connect(self._write)
        self.comments.answered.connect(lambda i, text: self._do(operations.comment(self.page.item_id, text, answers=i)))
        self.comments.resolved.connect(lambda i, done: self._do(operations.resolve(i, done)))
        self.comments.removed.connect(lambda i: self._do(operations.remove_comment(i)))
        self.comments.picked.connect(self._show_place)
        self.comments.given_up.connect(self._give_up)
        page.canvas.installEventFilter(self)

    def entries(self) -> Sequence[Entry]:
        translate = QCoreApplication.translate
        return [
            Entry("comment", translate("LabelingReview", "Comment at the pointer"), ("T",), "comment", group="review"),
            Entry("review_labelled", translate("LabelingReview", "Labelled; next image to label"), ("Ctrl+Return",)),
            Entry("review_accept", translate("LabelingReview", "Accept the image; next to review"), ("Alt+A",)),
            Entry("review_reject", translate("LabelingReview", "Reject the image, with a reason"), ("Alt+R",)),
            Entry("review_next", translate("LabelingReview", "Next image to review"), ("Alt+N",)),
            Entry("quality_page", translate("LabelingReview", "Quality: progress, suspicious labels, agreement")),
        ]

    def do(self, name: str) -> None:
        if name == "comment":
            self._begin_comment()
        elif name == "review_labelled":
            self.set_state("labelled", go_on=("to label", "rejected"))
        elif name == "review_accept":
            self.set_state("accepted", go_on=("labelled", "in review"))
        elif name == "review_reject":
            self.set_state("rejected")
        elif name == "quality_page":
            self.page.shell.go("quality")
        else:
            self._go_on(("labelled", "in review"))

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("review", self.state), ("review", self.comments)]

    def closed(self) -> None:
        self.known, self.at, self.pins = Known(0), None, []

    def shown(self, item: int | None, select: Sequence[int] = (), tab: str = "", **_: Any) -> None:
        if select:
            self.page._select_next = frozenset(select)
            self.page._again.start()
        if tab:
            self.page.side.show_tab(tab)

    def item_shown(self, found: OpenItem) -> None:
        if found.id != self.known.item:
            self.at = None
            self.comments.clear()
        self._read()

    def refresh(self, changes: Changes) -> None:
        if changes.reviews:
            self.page.strip.forget([item for item in changes.reviews if isinstance(item, int)])
        if self.page.item_id in changes.reviews or changes.everything:
            self._read()

    def retranslate(self) -> None:
        self.comments.key = self.page.acts["comment"].shortcut().toString(QKeySequence.SequenceFormat.NativeText) or "T"
        self.state.retranslate()
        self.comments.retranslate()
        self._show()

    def take_theme(self) -> None:
        self._show()

    def menu(self, menu: QMenu, shapes: Sequence[Annotation]) -> None:
        menu.addAction(self.page.acts["comment"])

    # states

    def set_state(self, state: str, go_on: Sequence[str] = ()) -> None:
        """Put the open item into a state; rejecting asks for the reason first."""
        item = self.page.item_id
        if not item:
            return
        reason = self.comments.text() if state == "rejected" else ""
        if state == "rejected" and not reason:
            self.page.side.show_tab("review")
            self.comments.ask_reason()
            return
        place = self._place() if reason else {}
        self._do(operations.set_state([item], state, reason, **place), (lambda: self._go_on(go_on)) if go_on else None)
        if reason:
            self._give_up()

    def _go_on(self, states: Sequence[str]) -> None:
        item, page = self.page.item_id, self.page
        person = page.shell.workspace.author if page.shell.workspace else ""

        def following(ws: Workspace) -> int | None:
            from engine.labeling.review import next_item

            return next_item(ws, item, states, person)

        def there(found: int | None) -> None:
            if found is None:
                page.shell.set_status(self.tr("There is nothing left for you to do here."))
            else:
                page.go_to_item(found)

        page._ask(following, there)

    def _assign(self, person: str) -> None:
        self._do(operations.assign([self.page.item_id], person))

    # comments

    def _begin_comment(self) -> None:
        """Pin where the pointer is, when it is on the image; else of the whole item."""
        canvas = self.page.canvas
        place = canvas.mapFromGlobal(QCursor.pos())
        self.at = self._on_image(QPointF(place)) if canvas.rect().contains(place) else None
        self.page.side.show_tab("review")
        self.comments.begin(self.at is not None)
        canvas.update()

    def _write(self, text: str) -> None:
        place = self._place()
        if self.comments.for_reason:
            item = self.page.item_id
            self._do(operations.set_state([item], "rejected", text, **place))
        else:
            self._do(operations.comment(self.page.item_id, text, **place))
        self._give_up()

    def _place(self) -> dict[str, Any]:
        shape = self.page.canvas.one_selected()
        found: dict[str, Any] = {"annotation_id": shape.id} if shape is not None else {}
        if self.at is not None:
            return found | {"x": round(self.at.x(), 1), "y": round(self.at.y(), 1)}
        if shape is not None and shape.x is not None and shape.y is not None:
            return found | {"x": shape.x + (shape.w or 0) / 2, "y": shape.y + (shape.h or 0) / 2}
        return found

    def _give_up(self) -> None:
        self.at = None
        self.comments.clear()
        self.page.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self.page.canvas.update()

    def _show_place(self, comment_id: int) -> None:
        thread = next((t for t in self.known.threads if t.first.id == comment_id), None)
        if thread is not None and thread.first.annotation_id in self.page.canvas.document:
            self.page.canvas.select([thread.first.annotation_id])
        self.page.canvas.update()

    # the image

    def paint(self, painter: QPainter) -> None:
        """Numbered pins at the threads, and an empty one where a comment is being written."""
        self.pins = []
        color = self.page.shell.theme.color
        view = self.page.canvas.view
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        font = QFont(painter.font())
        font.setPixelSize(12)
        font.setBold(True)
        painter.setFont(font)
        for thread in self.known.threads if self.known.item == self.page.canvas.document.item_id else ():
            if thread.first.x is None or thread.first.y is None:
                continue
            place = view.point(thread.first.x, thread.first.y)
            self.pins.append((place, thread))
            kind = "warning" if thread.open else "quiet"
            _pin(painter, place, str(thread.number), color(kind), self.comments.current() == thread.first.id)
        if self.at is not None:
            _pin(painter, view.point(self.at.x(), self.at.y()), "+", color("accent"), True)
        painter.restore()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click on a pin opens its thread."""
        if (
            watched is self.page.canvas
            and event.type() == QEvent.Type.MouseButtonPress
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.LeftButton
        ):
            for place, thread in reversed(self.pins):
                if (place - event.position()).manhattanLength() <= PIN * 1.4:
                    self.page.side.show_tab("review")
                    self.comments.choose(thread.first.id)
                    self.page.canvas.update()
                    return True
        return False

    # plumbing

    def _on_image(self, place: QPointF) -> QPointF | None:
        document = self.page.canvas.document
        x, y = self.page.canvas.view.to_image(place)
        inside = 0 <= x <= document.width and 0 <= y <= document.height
        return QPointF(x, y) if inside and document.item_id else None

    def _do(self, operation: Any, done: Any = None) -> None:
        if self.page.item_id:
            self.page.writer.write(
                operation,
                self.tr("Review"),
                (lambda _: (self._read(), done and done())) if done else lambda _: self._read(),
            )

    def _read(self) -> None:
        item = self.page.item_id
        if item:
            self.page._ask(lambda ws: read(ws, item), self._take)

    def _take(self, known: Known) -> None:
        if known.item == self.page.item_id:
            blind = self.page.strip.own is not None  # then what others say of the image stays unseen
            self.known = replace(known, threads=()) if blind else known
            self._show()

    def _show(self) -> None:
        me = self.page.shell.workspace.author if self.page.shell.workspace else ""
        self.state.show_review(self.known.review, self.known.allowed, self.known.people, me)
        self.comments.show_threads(self.known.threads)
        self.page.canvas.update()


def _pin(painter: QPainter, place: QPointF, text: str, color: QColor, chosen: bool) -> None:
    around = QRectF(place.x() - PIN, place.y() - PIN, 2 * PIN, 2 * PIN)
    painter.setPen(QPen(QColor("white"), 3 if chosen else 1.5))
    painter.setBrush(color)
    painter.drawEllipse(around)
    painter.setPen(QColor("white"))
    painter.drawText(around, Qt.AlignmentFlag.AlignCenter, text)
