"""The labelling page: the canvas in the middle, tools on its left, labels and shapes on its right, items below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup, QColor, QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.labeling import actions, reading, removal, shortcuts
from app.gui.labeling.canvas import Canvas
from app.gui.labeling.document import Document
from app.gui.labeling.editing import Editing
from app.gui.labeling.filmstrip import FilmStrip
from app.gui.labeling.painting import Style
from app.gui.labeling.parts.making import made_parts
from app.gui.labeling.picture import Picture, PictureLoader
from app.gui.labeling.side import SidePanel
from app.gui.labeling.tool_strip import ToolStrip
from app.gui.labeling.writer import Writer
from app.gui.operations import labeling as operations
from app.gui.shell.page import Page
from app.gui.widgets.controls import line
from app.gui.widgets.empty import EmptyState
from engine.changes import Changes
from engine.labeling import schema
from engine.labeling.states import ItemState

if TYPE_CHECKING:
    from app.gui.labeling.parts.part import Part
    from app.gui.shell.shell import Shell
    from engine.data.items import ItemImage
    from engine.data.records import Label
    from engine.workspace import Workspace

MENU_REACH = 4.0  # px of the widget around a right click
AHEAD = (1, 2, -1, 3)  # neighbours that are decoded before they are asked for


class LabelingPage(Page):
    """Label images: see `engine.labeling` for what its actions do."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setObjectName("labeling_page")
        self.ids: list[int] = []
        self.index = -1
        self.labels: list[Label] = []
        self._keys: dict[int, str] = {}
        self._label_shortcuts: dict[str, QShortcut] = {}
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
        self._build()
        self.writer = Writer(shell, self)
        self.loader = PictureLoader(self)
        self.editing = Editing(self)
        self._late = QTimer(self, singleShot=True, interval=200)
        self._late.timeout.connect(self._say_loading)
        self._again = QTimer(self, singleShot=True, interval=15)
        self._again.timeout.connect(self._reread)
        self._count = QTimer(self, singleShot=True, interval=400)  # counts all annotations: not at each edit
        self._count.timeout.connect(lambda: self._ask(reading.labelled, self._take_count))
        self.acts: dict[str, QAction] = {}
        self.parts: list[Part] = []
        self._owners: dict[str, Part] = {}
        self._entries: list[actions.Entry] = []
        self._whole = False  # parts, actions and buttons come with `make`
        self._tool_group = QActionGroup(self)

    # the contract with the shell

    def make(self) -> Iterator[None]:
        """Parts, actions, buttons, pictures: what the constructor leaves out."""
        for part in made_parts(self):
            self._add_part(part)
            yield
        self._take_entries()
        yield
        for place, entry in enumerate(self.entries()):
            self._add_action(entry)
            if place % 16 == 0:
                yield
        self.acts["select"].setChecked(True)
        self.tool_strip = ToolStrip(self._entries, self.acts, self)
        self._strip_room.addWidget(self.tool_strip)
        self._connect()
        yield
        for entry in self._entries:
            if entry.icon:
                self.acts[entry.name].setIcon(self.shell.icon(entry.icon))
                yield
        self._whole = True
        self._take_colors()

    def opened(self, workspace: Workspace) -> None:
        """A workspace was opened: look what there is."""
        self.closed()
        self._started = False
        for part in self.parts:
            part.opened(workspace)
        if self.isVisible():
            self._start()

    def closed(self) -> None:
        """The workspace is closed: forget everything of it."""
        self._generation += 1
        for timer in (self._again, self._count, self._late):
            timer.stop()
        self.ids, self.index, self._open, self._goal, self._only = [], -1, None, None, None
        self._images.clear()
        self._ahead.clear()
        self.labels = []
        self.editing.forget()
        self.loader.clear()
        self.strip.set_items([], Path())
        self.canvas.show_item(Document(), Picture())
        self._started = False
        for part in self.parts:
            part.closed()

    def shown(self, item: int | None = None, items: Sequence[int] | None = None, **wishes: Any) -> None:
        """The page comes into sight; `item` is to be opened, `items` are the ones to go through; parts take the rest."""
        for part in self.parts:
            part.shown(item, **wishes)
        if items is not None:
            self._only, self._started = list(items), False
        if item is not None:
            self._goal = item
        if not self._started:
            self._start()
        elif item is not None and item not in self.ids:  # not among those to go through: go through all
            self._only = None
            self._start()
        elif item is not None:
            self._goal = None
            self.go_to_item(item)
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say_state()

    def refresh(self, changes: Changes) -> None:
        """Something in the workspace has changed, here or elsewhere."""
        self._ahead.clear()
        if not self._started:
            return
        for part in self.parts:
            part.refresh(changes)
        if changes.touches("labels"):
            self._ask(reading.labels, self._take_labels)
        if changes.everything or (changes.items and not changes.annotations):
            self._start(keep=not changes.everything)
            return
        if changes.annotations:
            self._count.start()
            self.strip.forget([item for item in changes.items if isinstance(item, int)])
        if self.item_id in changes.items or changes.touches("labels"):
            self._again.start()

    def retranslate(self) -> None:
        """Take the words of the language."""
        if not self._whole:
            return
        self._take_entries()
        for entry in self.entries():
            action = self.acts[entry.name]
            action.setText(entry.text)
            keys = ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in entry.keys)
            action.setToolTip(f"{entry.text} ({keys})" if keys else entry.text)
        self.strip.setAccessibleName(self.tr("Images"))
        self.canvas.setAccessibleName(self.tr("Image with its shapes"))
        self._empty.show_text(
            self.tr("No images to label yet"),
            self.tr("Import a folder of images; labels they already have come along."),
            self.tr("Import images"),
            "lineside data import FOLDER",
        )
        self.side.retranslate()
        for part in self.parts:
            part.retranslate()
        self.editing.say_hint()
        if self._open is not None:
            self.side.show_history(self._open.history)
        self._take_look()
        self._say_state()

    def commands(self) -> list[tuple[str, Any]]:
        """All actions, for the command palette."""
        return [(action.toolTip(), action.trigger) for action in self.acts.values()]

    def entries(self) -> list[actions.Entry]:
        """All actions, the parts' own included, with the person's keys and in the language of the window."""
        return shortcuts.customised(self.shell.settings, self._entries)

    def take_keys(self) -> None:
        """Other keys were chosen: they count from now on."""
        self._take_label_keys()
        self.retranslate()

    def do(self, name: str) -> None:
        """Carry out an action by its name."""
        owner = self._owners.get(name)
        if owner is not None and name not in self.canvas.tools:
            owner.do(name)
        else:
            self.editing.do(name)

    # which item

    @property
    def item_id(self) -> int:
        """The open item; 0 without one."""
        return self.ids[self.index] if 0 <= self.index < len(self.ids) else 0

    @property
    def blind(self) -> bool:
        """Whether a blind round is done: nothing that models or others say may be seen, nor asked for."""
        return self.strip.own is not None

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
            self._take_item(ahead)  # at once; what is read now only confirms it
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
            self.shell.set_status(self.tr("This is the last image.") if by > 0 else self.tr("This is the first image."))

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
        self._open = found
        self._depth = (found.undo, found.redo)
        self._images[found.id] = found.image
        self.side.show_history(found.history)
        if again and self.canvas.document.item_id == found.id:
            self._take_annotations(found)
        else:
            self._show_item()
        self._say_state()

    def _take_annotations(self, found: reading.OpenItem) -> None:
        if found.annotations != self.canvas.document.shapes:
            self.canvas.document.replace_all(found.annotations)
            self.canvas.refresh()
        if self._select_next:
            self.canvas.select([a.id for a in found.annotations if a.id in self._select_next])
            self._select_next = frozenset()
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
            self.canvas.message = self.tr("This image cannot be shown: {0}").format(picture.problem)
        if self._select_next:
            self.canvas.select(self._select_next)
            self._select_next = frozenset()
        self._show_document()
        self._tell_parts()
        self._remember(found.id)
        self._prefetch()

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
            self.canvas.message = self.tr("Loading…")
            self.canvas.update()

    # the film strip

    def _strip_wants(self, items: list[int]) -> None:
        self._ask(lambda ws: reading.strip_part(ws, items), self._take_part)

    def _take_part(self, part: reading.StripPart) -> None:
        self._images |= part.images
        self.strip.take_part(part.images, part.states)
        if self._open is not None:
            self._prefetch()

    # what is shown of the document

    def _take_labels(self, labels: list[Label]) -> None:
        self.labels = labels
        self._keys = schema.keys(labels)
        known = {label.id for label in labels}
        if self.canvas.label_id not in known:
            self.canvas.label_id = labels[0].id if labels else 0
        wanted = self.editing.label_to_choose
        if wanted:
            self.canvas.label_id = next((label.id for label in labels if label.name == wanted), self.canvas.label_id)
            self.editing.label_to_choose = ""
        self.side.labels.set_labels(labels, self.canvas.label_id)
        self.side.show_labels_empty(not labels)
        self._take_label_keys()
        self._take_look()

    def _take_label_keys(self) -> None:
        """One shortcut for each key that a label has; an action that has the same one does without it."""
        wanted = set(self._keys.values())
        taken = {shortcuts.normal(key) for key in wanted}
        for entry in self.entries():
            free = [QKeySequence(key) for key in entry.keys if shortcuts.normal(key) not in taken]
            if self.acts[entry.name].shortcuts() != free:
                self.acts[entry.name].setShortcuts(free)
        for key in set(self._label_shortcuts) - wanted:
            gone = self._label_shortcuts.pop(key)
            gone.setEnabled(False)
            gone.deleteLater()
        for key in wanted - set(self._label_shortcuts):
            shortcut = QShortcut(QKeySequence(key), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda key=key: self._label_key(key))
            self._label_shortcuts[key] = shortcut

    def _take_look(self) -> None:
        font = QFont(self.font())
        font.setPixelSize(12)
        look = Style(
            names={label.id: label.name for label in self.labels},
            colors={label.id: QColor(label.color) for label in self.labels},
            accent=self.shell.theme.color("accent"),
            font=font,
            suggestion=self._suggestion_text,
            tags=not self.acts["hide_names"].isChecked(),
            shapes=not self.acts["hide_shapes"].isChecked(),
            details={label.id: label.details for label in self.labels},
        )
        self.canvas.set_look(look)
        self._show_document()

    def _suggestion_text(self, name: str, score: float | None) -> str:
        return self.tr("Model: {0} {1} ↵ accept").format(name, "" if score is None else f"{score:.2f}")

    def _show_document(self) -> None:
        """Lists, counts and numbers follow the document."""
        document = self.canvas.document
        suggested = int(document.suggested.sum())
        self.side.shapes.show_document(document, self.canvas.look, self.canvas.selection)
        self.side.show_counts(len(document), suggested)
        if document.item_id:
            self.strip.set_state(document.item_id, ItemState(len(document) - suggested, suggested))
        for part in self.parts:
            part.document_changed()
        self._show_selection()

    def _take_count(self, labelled: int) -> None:
        self._labelled = labelled
        self._say_state()

    def _show_selection(self) -> None:
        count = len(self.canvas.selection)
        shape = self.canvas.one_selected()
        name = self.canvas.look.names.get(shape.label_id, "?") if shape is not None else ""
        title = self.tr("Selected: {0}").format(name) if shape else self.tr("{0} shapes selected").format(count)
        self.side.numbers.show_shape(shape, title if count else "")
        self.side.numbers.setVisible(count > 0)
        self.side.shapes.select_shapes(self.canvas.selection)
        for part in self.parts:
            part.selection_changed()

    def _say_state(self) -> None:
        """Saved or not, which item, how many are done, how far back one can go: the truth, in the status bar."""
        if not self.isVisible() or self.shell.workspace is None:
            return
        parts = []
        if self.ids:
            number = QLocale().toString
            parts.append(self.tr("Image {0} / {1}").format(number(self.index + 1), number(len(self.ids))))
            parts.append(self.tr("labelled {0}").format(number(self._labelled)))
        self.shell.set_status("    ".join(parts))
        self.acts["undo"].setEnabled(self._depth[0] > 0 or self.writer.pending > 0)
        self.acts["redo"].setEnabled(self._depth[1] > 0)

    def _not_saved(self, reason: str) -> None:
        """Say it, and show what holds."""
        self.shell.notice(reason, kind="error")
        self.side.labels.set_labels(self.labels, self.canvas.label_id)

    def _idle(self) -> None:
        self._again.start()

    # remembering

    def _settings_key(self) -> str:
        return f"labeling/{self.shell.workspace.id}/item"

    def _remember(self, item: int) -> None:
        if self.shell.workspace is not None:
            self.shell.settings.set_value(self._settings_key(), item)

    def _remembered(self) -> int | None:
        value = self.shell.settings.value(self._settings_key())
        return int(value) if isinstance(value, int | str) and str(value).isdigit() else None

    # plumbing

    def _ask(self, question: Callable[[Any], Any], answer: Callable[[Any], None]) -> None:
        """Read in the background; an answer for a workspace that was closed meanwhile is dropped."""
        if self.shell.workspace is None:
            return
        generation = self._generation
        self.shell.read(question, lambda found: answer(found) if generation == self._generation else None)

    def _build(self) -> None:
        """The skeleton, from the outside in: a widget that is put elsewhere is styled anew with all that is in it."""
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._pages = QStackedWidget(self)
        whole.addWidget(self._pages)
        self._empty = EmptyState("labeling", action=lambda: self.shell.go("data"))
        self._pages.addWidget(self._empty)
        work = QWidget(self._pages)
        self._pages.addWidget(work)
        row = QHBoxLayout(work)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._strip_room = QHBoxLayout()
        row.addLayout(self._strip_room)
        self._splitter = QSplitter(work)
        row.addWidget(self._splitter, 1)
        middle = QWidget(self._splitter)
        self.canvas, self.strip, self.side = Canvas(middle), FilmStrip(middle), SidePanel(self._splitter)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        self._bars = QVBoxLayout()
        column.addLayout(self._bars)
        column.addWidget(line())
        column.addWidget(self.strip)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(3)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setSizes([900, self._panel_width()])
        self._splitter.splitterMoved.connect(self._keep_panel_width)
        self.side.setMaximumWidth(480)

    def _add_part(self, part: Part) -> None:
        self.parts.append(part)
        self.canvas.tools |= {tool.name: tool for tool in part.tools()}
        self.canvas.overlays.append(part.paint)
        for tab, section in part.sections():
            self.side.add_section(tab, section)
        for bar in part.bars():
            self._bars.addWidget(bar)

    def _take_entries(self) -> None:
        own = {part: part.entries() for part in self.parts}
        self._owners = {entry.name: part for part, entries in own.items() for entry in entries}
        self._entries = [*actions.entries(), *(entry for entries in own.values() for entry in entries)]

    def _add_action(self, entry: actions.Entry) -> None:
        action = QAction(self)
        action.setObjectName(entry.name)
        action.setShortcuts([QKeySequence(key) for key in entry.keys])
        action.setCheckable(entry.checkable)
        scope = Qt.ShortcutContext.WidgetShortcut if entry.canvas else Qt.ShortcutContext.WidgetWithChildrenShortcut
        action.setShortcutContext(scope)
        action.triggered.connect(lambda _=False, name=entry.name: self.do(name))
        (self.canvas if entry.canvas else self).addAction(action)
        self.acts[entry.name] = action
        if entry.checkable and entry.group == "tool":
            self._tool_group.addAction(action)

    def _connect(self) -> None:
        self.canvas.edited.connect(self.editing.edit)
        self.canvas.selection_changed.connect(self._show_selection)
        self.canvas.live_changed.connect(
            lambda: self.side.numbers.show_shape(self.canvas.one_selected(), self.side.numbers.title.text())
        )
        self.canvas.label_needed.connect(self.editing.need_label)
        self.canvas.next_id = self.editing.next_id
        self.strip.chosen.connect(self.go_to)
        self.strip.wanted.connect(self._strip_wants)
        self.loader.loaded.connect(self._loaded)
        self.writer.state_changed.connect(self._say_state)
        self.writer.idle.connect(self._idle)
        self.writer.failed.connect(self._not_saved)
        self.side.previous.connect(lambda: self.step(-1))
        self.side.next.connect(lambda: self.step(1))
        self.side.accept_all.connect(self.editing.accept_all)
        self.side.shapes.picked.connect(self._picked)
        self.side.numbers.changed.connect(self.editing.set_numbers)
        labels = self.side.labels
        labels.chosen.connect(self.editing.choose_label)
        labels.added.connect(self.editing.add_label)
        labels.renamed.connect(
            lambda i, name: self.writer.write(operations.rename_label(i, name), self.tr("Rename label"))
        )
        labels.recolored.connect(
            lambda i, color: self.writer.write(operations.recolor_label(i, color), self.tr("Change colour"))
        )
        labels.key_wanted.connect(
            lambda i, key: self.writer.write(operations.set_shortcut(i, key), self.tr("Change key"))
        )
        labels.reordered.connect(
            lambda order: self.writer.write(operations.reorder_labels(order), self.tr("Reorder labels"))
        )
        labels.remove_wanted.connect(self._remove_label)
        self.canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.canvas.customContextMenuRequested.connect(self._menu)
        self.shell.theme.theme_changed.connect(self._take_theme)
        app = QApplication.instance()
        if app is not None:
            for holder in (self.loader, self.strip, *self.parts, self.canvas):
                app.aboutToQuit.connect(holder.finish)

    def _menu(self, at: QPoint) -> None:
        if self.canvas.tool.busy:  # something is half drawn: not now
            return
        self._select_under(at)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for part in self.parts:
            part.menu(menu, self.editing.selected())
        if menu.actions():
            menu.popup(self.canvas.mapToGlobal(at))
        else:
            menu.deleteLater()

    def _select_under(self, at: QPoint) -> None:
        """A right click means the shape below it, unless that is selected already."""
        x, y = self.canvas.view.to_image(QPointF(at))
        hits = self.canvas.document.at(x, y, MENU_REACH / self.canvas.view.scale)
        by_keys = at == self.canvas.rect().center()
        if hits and not by_keys and not set(hits) & set(self.canvas.selection):
            self.canvas.select(hits[:1])

    def _label_key(self, key: str) -> None:
        label_id = next((label_id for label_id, own in self._keys.items() if own == key), None)
        if label_id is not None:
            self.side.labels.set_current(label_id)
            self.editing.choose_label(label_id)

    def _picked(self, shapes: list[int]) -> None:
        self.canvas.select(shapes)
        if len(shapes) == 1:
            self.canvas.reveal(shapes[0])

    def _remove_label(self, label_id: int) -> None:
        self._ask(lambda ws: reading.label_usage(ws, label_id), lambda count: self._confirm_remove(label_id, count))

    def _confirm_remove(self, label_id: int, count: int) -> None:
        """Unused labels go at once (undo brings them back); for used ones the person says what becomes of the shapes."""
        title = self.tr("Remove label")
        if count:
            removal.ask(
                self,
                self.labels,
                label_id,
                count,
                lambda to: self.writer.write(operations.remove_label(label_id, to), title),
            )
        else:
            self.writer.write(operations.remove_label(label_id, None), title)

    def _take_theme(self) -> None:
        for entry in self._entries:
            if entry.icon:
                self.acts[entry.name].setIcon(self.shell.icon(entry.icon))
        self._take_colors()

    def _take_colors(self) -> None:
        color = self.shell.theme.color
        self.canvas.ground = color("image")
        self.canvas.chip_ground, self.canvas.chip_text = color("panel"), color("text")
        self.strip.colors = {
            "ground": color("panel"),
            "line": color("line"),
            "accent": color("accent"),
            "good": color("good"),
            "warning": color("warning"),
            "bad": color("bad"),
            "quiet": color("quiet"),
            "image": color("image"),
        }
        self._take_look()
        for part in self.parts:
            part.take_theme()
        self.strip.viewport().update()

    def _panel_width(self) -> int:
        value = self.shell.settings.value("labeling/panel")
        return min(max(int(value), 266), 480) if isinstance(value, int | str) and str(value).isdigit() else 302

    def _keep_panel_width(self) -> None:
        self.shell.settings.set_value("labeling/panel", self.side.width())
