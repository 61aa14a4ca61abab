"""What all tools of the canvas share: they get its events and answer with edits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QRegion

from engine.data.records import Annotation
from engine.labeling import geometry
from engine.labeling.edits import Change

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.tools.kit import Kit
    from app.gui.labeling.tools.select import SelectTool

GRAB = 7.0  # px of the widget within which a handle, vertex or edge is taken
THRESHOLD = 3.0  # px of the widget before a press becomes a drag
SMALLEST = 1.0  # px of the image: the smallest side of a drawn shape

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@dataclass(frozen=True)
class Pointer:
    """One mouse event: where on the widget, where on the image, with which keys."""

    view: QPointF
    x: float
    y: float
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    def has(self, *keys: Qt.KeyboardModifier) -> bool:
        """Whether one of these keys is held."""
        return any(bool(self.modifiers & key) for key in keys)

    def far_from(self, other: Pointer) -> float:
        """The way between two events, in px of the widget."""
        return (self.view - other.view).manhattanLength()


class Tool:
    """A tool gets the events of the canvas and answers with edits of it.

    Attributes:
        name: of the tool and of the action that chooses it.
        kind: what it draws, of `records.KINDS`; "" when it draws nothing.
        option: the size or tolerance that it has, of `Kit.options`; "" for none.
        grabs: whether handles of the selected shape can be taken meanwhile.
        frugal: whether it asks the canvas itself to paint what it changes, and only that.
        drags: whether something is drawn by dragging; drawing by keys then holds the button down.
    """

    name = ""
    kind = ""
    drags = False
    option = ""
    grabs = True
    frugal = False
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    @property
    def busy(self) -> bool:
        """Whether something is half done."""
        return False

    def hint(self) -> str:
        """How it is used, in a line over the picture; "" where that is plain."""
        return ""

    def taken(self) -> None:
        """It is the canvas's tool from now on."""

    def left(self) -> None:
        """Another tool was chosen."""

    def press(self, pointer: Pointer) -> None: ...

    def move(self, pointer: Pointer, down: bool) -> None: ...

    def release(self, pointer: Pointer) -> None: ...

    def double_click(self, pointer: Pointer) -> None: ...

    def wheel(self, turns: float, pointer: Pointer) -> bool:
        """The wheel with Ctrl. Whether the tool has a use for it."""
        return False

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is the tool's while it is chosen, whatever it means elsewhere."""
        return False

    def key(self, event: QKeyEvent) -> None:
        """A key that it wants."""

    def finish(self) -> bool:
        """Enter: end what is half done. Whether there was something."""
        return False

    def back(self) -> bool:
        """Backspace or Delete: take the last step back. Whether there was one."""
        return False

    def cancel(self) -> bool:
        """Escape. Whether there was something to leave."""
        return False

    def undo(self) -> bool:
        """Undo while something is half done concerns that alone. Whether there was something."""
        return self.busy and self.cancel()

    def let_go(self) -> None:
        """Another tool or another item comes: what is half done is kept as far as it is a shape, else left."""
        self.cancel()

    def paint(self, painter: QPainter) -> None: ...

    # what tools need

    @property
    def kit(self) -> Kit:
        """The tools of the canvas and what they share."""
        return self.canvas.kit

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the item."""
        return self.canvas.document.width, self.canvas.document.height

    def say(self) -> None:
        """Show the hint that fits now."""
        self.kit.say()

    def placed(
        self, pointer: Pointer, anchor: tuple[float, float] | None = None, leave: Collection[int] = ()
    ) -> tuple[float, float]:
        """Where a point is put: at 15° steps from `anchor` with Shift or Ctrl, else snapped; always on the image."""
        x, y = pointer.x, pointer.y
        if anchor is not None and pointer.has(SHIFT, CTRL):
            self.kit.snapper.found = None
            x, y = geometry.constrained(x, y, *anchor)
        else:
            x, y = self.kit.snapper.at(x, y, leave)
        width, height = self.size
        return round(min(max(x, 0.0), width), 1), round(min(max(y, 0.0), height), 1)

    def new_shape(self, kind: str = "") -> Annotation:
        """An annotation of the chosen label that is not in the document yet."""
        return Annotation(0, self.canvas.document.item_id, self.canvas.label_id, kind or self.kind)


class DrawTool(Tool):
    """Draws; but what is selected stays in reach: Ctrl or Shift select, and handles can be taken."""

    cursor = Qt.CursorShape.CrossCursor
    frugal = True
    selecting = (CTRL, SHIFT)

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._other: SelectTool | None = None

    @property
    def busy(self) -> bool:
        return self.drawing or self._other is not None

    @property
    def drawing(self) -> bool:
        """Whether a shape is half drawn."""
        return False

    def hint(self) -> str:
        return self.kit.unfit(self.kind) or self.usage()

    def usage(self) -> str:
        """How it is used."""
        return ""

    def begin(self, pointer: Pointer) -> None:
        """The first press of a new shape."""

    def step(self, pointer: Pointer) -> None:
        """A further press while a shape is half drawn."""

    def drag(self, pointer: Pointer, down: bool) -> None:
        """The mouse moves while a shape is half drawn."""

    def end(self, pointer: Pointer) -> None:
        """The button is let go while a shape is half drawn."""

    def leave(self) -> None:
        """Forget what is half drawn."""

    def seen(self) -> QRect | None:
        """Where on the widget the half-drawn shape is seen; None: anywhere."""
        return None

    def press(self, pointer: Pointer) -> None:
        if self.drawing:
            self.step(pointer)
        elif pointer.has(*self.selecting):
            self._other = self.canvas.select_tool
            self._other.press(pointer)
        elif self.grabs and self.canvas.select_tool.grab(pointer):
            self._other = self.canvas.select_tool
        elif self.kit.may_draw(self.kind):
            self.begin(pointer)
        self.say()
        self.canvas.update()

    def move(self, pointer: Pointer, down: bool) -> None:
        if self._other is not None:
            self._other.move(pointer, down)
        elif self.drawing:
            before = self.seen()
            self.drag(pointer, down)
            self._update(before)
        else:
            if self.grabs:
                self.canvas.select_tool.move(pointer, False)
            self.hover(pointer)

    def hover(self, pointer: Pointer) -> None:
        """The mouse moves and nothing is half drawn: show what the next point would snap to."""
        if self.kit.snapper.on:
            self.kit.snapper.at(pointer.x, pointer.y)
            self.canvas.update()

    def release(self, pointer: Pointer) -> None:
        if self._other is not None:
            self._other.release(pointer)
            self._other = None
            self.canvas.update()
        elif self.drawing:
            before = self.seen()
            self.end(pointer)
            self._update(before)
        self.say()

    def double_click(self, pointer: Pointer) -> None:
        if not self.drawing:
            self.canvas.select_tool.double_click(pointer)

    def back(self) -> bool:
        return self.canvas.select_tool.back()

    def cancel(self) -> bool:
        if self._other is not None:
            return self._other.cancel()
        if self.drawing:
            self.leave()
            self.kit.snapper.found = None
            self.say()
            self.canvas.update()
            return True
        return self.canvas.select_tool.cancel()

    def left(self) -> None:
        self.kit.snapper.found = None

    def _update(self, before: QRect | None) -> None:
        """Paint anew where the half-drawn shape was seen and is seen now."""
        now = self.seen()
        if before is None or now is None or self.kit.snapper.on:
            self.canvas.update()
        else:
            self.canvas.update(QRegion(before).united(now))

    def select_under(self, pointer: Pointer) -> None:
        """A plain click selects, whatever the tool."""
        hits = self.canvas.document.at(pointer.x, pointer.y, GRAB / 2 / self.canvas.view.scale)
        self.canvas.select(hits[:1])


def reshaped(shape: Annotation) -> Change:
    """The edit that gives a shape the place and form that it has here."""
    return Change(shape.id, {name: getattr(shape, name) for name in ("kind", "x", "y", "w", "h", "points", "rle")})


def movable(shape: Annotation) -> bool:
    """Whether it may be moved: it has a place and is not locked."""
    return shape.x is not None and "locked" not in shape.flags
