"""Going through the items: which one is open, reading it, showing it, and its neighbours before they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QTimer

from app.gui.labeling import reading
from app.gui.labeling.document import Document
from app.gui.labeling.picture import Picture, PictureLoader
from app.gui.labeling.writer import Writer
from app.gui.shell.page import Page

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.editing import Editing
    from app.gui.labeling.filmstrip import FilmStrip
    from app.gui.labeling.parts.part import Part
    from app.gui.labeling.side import SidePanel
    from app.gui.shell.shell import Shell
    from engine.data.items import ItemImage
    from engine.data.records import Label

translate = QCoreApplication.translate
AHEAD = (1, 2, -1, 3)  # neighbours that are decoded before they are asked for


class Walk(Page):
    """The open item among those to go through; `LabelingPage` adds what is done with it.

    Attributes:
        ids, index: the items to go through, and the place of the open one.
    """

    canvas: Canvas
    strip: FilmStrip
    side: SidePanel
    editing: Editing
    parts: list[Part]

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.ids: list[int] = []
        self.index = -1
        self._open: reading.OpenItem | None = None
        self._images: dict[int, ItemImage] = {}
        self._ahead: dict[int, reading.OpenItem] = {}  # neighbours, read before they are asked for
        self._only: list[int] | None = None  # the items to go through, when not all
        self._goal: int | None = None  # the item to open once the list is there
        self._select_next: frozenset[Any] = frozenset()
        self._labelled = 0
        self._depth = (0, 0)
        self._generation = 0
        self._started = False
        self.writer = Writer(shell, self)
        self.loader = PictureLoader(self)
        self._late = QTimer(self, singleShot=True, interval=200)
        self._late.timeout.connect(self._say_loading)
        self._again = QTimer(self, singleShot=True, interval=15)
        self._again.timeout.connect(self._reread)
        self._neighbours = QTimer(self, singleShot=True, interval=30)  # first the open one is painted
        self._neighbours.timeout.connect(self._prefetch)

    @property
    def item_id(self) -> int:
        """The open item; 0 without one."""
        return self.ids[self.index] if 0 <= self.index < len(self.ids) else 0

    def go_to(self, index: int) -> None:
        """Open the item at a place of the list."""
        if not self.ids:
            return
        index = min(max(index, 0), len(self.ids) - 1)
        if index == self.index and self._open is not None and self._open.id == self.item_id:
            return
        self.canvas.tool.let_go()
        self.index, self._open = index, None
        self.strip.set_current(index)
        self._late.start()
        known = self._images.get(self.item_id)
        if known is not None:
            self.loader.forget_failed((str(known.path), known.page))
            self.loader.ask((str(known.path), known.page), urgent=True)
        ahead = self._ahead.pop(self.item_id, None)
        if ahead is not None and ahead.image is not None and not self.writer.pending:
            undo, redo = self._depth  # of all items together: what was read with the neighbour may be older
            self._take_item(replace(ahead, undo=undo, redo=redo))  # at once; what is read in a moment only confirms it
            self._again.start()
        else:
            self._read_item()
        self._say_state()

    def go_to_item(self, item: int) -> None:
        """Open an item by its id, when it is in the list."""
        if item in self.ids:
            self.go_to(self.ids.index(item))

    def step(self, by: int) -> None:
        """Go on or back."""
        for part in self.parts:
            part.going(self.item_id, by)
        if self.ids and 0 <= self.index + by < len(self.ids):
            self.go_to(self.index + by)
        elif self.ids:
            last = translate("LabelingPage", "This is the last image.")
            self.shell.set_status(last if by > 0 else translate("LabelingPage", "This is the first image."))

    def _start(self, *, keep: bool = False) -> None:
        """Ask for the items to go through; `keep`: what is open stays as it is in the hand, if it is still among them."""
        if self.shell.workspace is None:
            return
        self._started = True
        only = self._only
        self._ask(lambda ws: reading.start(ws, only), lambda start: self._take_start(start, keep=keep))

    def _take_start(self, start: reading.Start, *, keep: bool) -> None:
        goal = self._goal or self.item_id or self._remembered()
        self.ids, self._labelled = start.ids, start.labelled
        self.editing.take_ids(start.first_id)
        self._take_labels(start.labels)
        self.strip.set_items(start.ids, start.cache)
        self.loader.tiles = start.cache.with_name("tiles")
        self._pages.setCurrentIndex(1 if start.ids else 0)
        kept, self.index, self._open = self._open, -1, None
        self._goal = None
        if keep and kept is not None and kept.id == goal == self.canvas.document.item_id and goal in start.ids:
            self.index, self._open = start.ids.index(goal), kept
            self.strip.set_current(self.index)
            self._again.start()
            self._say_state()
        elif start.ids:
            self.go_to(start.ids.index(goal) if goal in start.ids else 0)
        else:
            self.canvas.show_item(Document(), Picture())
            self._say_state()

    def _read_item(self) -> None:
        item, begun = self.item_id, self.writer.begun
        if item:
            self._ask(lambda ws: reading.open_item(ws, item), lambda found: self._take_item(found, begun))

    def _reread(self) -> None:
        """What is in the store is what is shown, once nothing is on its way there."""
        if not self.writer.pending:
            self._read_item()

    def _take_item(self, found: reading.OpenItem, begun: int | None = None) -> None:
        """Show what was read; `begun` are the writes that there had been when it was asked for."""
        if found.id != self.item_id:
            return
        if found.image is None:  # removed meanwhile
            self._start()
            return
        for part in self.parts:
            found = part.arrange(found)
        again = self._open is not None and self._open.id == found.id
        stale = begun is not None and begun != self.writer.begun
        if again and (stale or self.writer.pending or self.canvas.tool.busy):
            self._again.start(150 if self.canvas.tool.busy else 15)
            return
        if not again or self._open is None or found.history != self._open.history:
            self.side.show_history(found.history)
        self._open = found
        self._depth = (found.undo, found.redo)
        self._images[found.id] = found.image
        if again and self.canvas.document.item_id == found.id:
            self._take_annotations(found)
        else:
            self._show_item()
        self._say_state()

    def _take_annotations(self, found: reading.OpenItem) -> None:
        changed = found.annotations != self.canvas.document.shapes
        if changed:
            self.canvas.document.replace_all(found.annotations)
            self.canvas.refresh()
        if self._select_next:
            self.canvas.select([a.id for a in found.annotations if a.id in self._select_next])
            self._select_next = frozenset()
        if changed:  # else lists and panels show it already, or are about to
            self._show_document()
        self._tell_parts()

    def _tell_parts(self) -> None:
        if self._open is not None and self.canvas.document.item_id == self._open.id:
            for part in self.parts:
                part.item_shown(self._open)

    def _show_item(self) -> None:
        found = self._open
        if found is None or found.image is None:
            return
        key = (str(found.image.path), found.image.page)
        picture = self.loader.get(key)
        if picture is None:
            self.loader.ask(key, urgent=True)
            return
        self._late.stop()
        width, height = picture.width or found.image.width, picture.height or found.image.height
        document = Document(found.id, width, height, found.annotations)
        self.canvas.title = f"{found.image.name.rpartition('/')[2]}   {width} × {height}"
        self.canvas.show_item(document, picture)
        if picture.problem:
            self.canvas.message = translate("LabelingPage", "This image cannot be shown: {0}").format(picture.problem)
        if self._select_next:
            self.canvas.select(self._select_next)
            self._select_next = frozenset()
        self._show_document()
        self._tell_parts()
        self._remember(found.id)
        self._neighbours.start()

    def _loaded(self, key: object, picture: Picture) -> None:
        found = self._open
        if found is None or found.image is None or self.canvas.document.item_id == found.id:
            return
        if key == (str(found.image.path), found.image.page):
            self._show_item()

    def _prefetch(self) -> None:
        near = [self.ids[self.index + by] for by in (0, *AHEAD) if 0 <= self.index + by < len(self.ids)]
        images = [self._images[item] for item in near if item in self._images]
        self.loader.only([(str(image.path), image.page) for image in images])
        wanted = [item for item in near[1:] if item not in self._ahead]
        if wanted and not self.writer.pending:
            self._ask(lambda ws: [reading.open_item(ws, item) for item in wanted], self._take_ahead)

    def _take_ahead(self, found: list[reading.OpenItem]) -> None:
        if not self.writer.pending:
            self._ahead = {item.id: item for item in [*self._ahead.values(), *found][-2 * len(AHEAD) :]}

    def _say_loading(self) -> None:
        if self._open is None or self.canvas.document.item_id != self.item_id:
            self.canvas.show_item(Document(), Picture())
            self.canvas.message = translate("LabelingPage", "Loading…")
            self.canvas.update()

    def _strip_wants(self, items: list[int]) -> None:
        self._ask(lambda ws: reading.strip_part(ws, items), self._take_part)

    def _take_part(self, part: reading.StripPart) -> None:
        self._images |= part.images
        self.strip.take_part(part.images, part.states)
        if self._open is not None:
            self._neighbours.start()

    def _settings_key(self) -> str:
        return f"labeling/{self.shell.workspace.id}/item"

    def _remember(self, item: int) -> None:
        if self.shell.workspace is not None:
            self.shell.settings.set_value(self._settings_key(), item)

    def _remembered(self) -> int | None:
        value = self.shell.settings.value(self._settings_key())
        return int(value) if isinstance(value, int | str) and str(value).isdigit() else None

    def _ask(self, question: Callable[[Any], Any], answer: Callable[[Any], None]) -> None:
        """Read in the background; an answer for a workspace that was closed meanwhile is dropped."""
        if self.shell.workspace is None:
            return
        generation = self._generation
        self.shell.read(question, lambda found: answer(found) if generation == self._generation else None)

    # what the page does with it

    def _take_labels(self, labels: list[Label]) -> None:
        raise NotImplementedError

    def _show_document(self) -> None:
        raise NotImplementedError

    def _say_state(self) -> None:
        raise NotImplementedError
