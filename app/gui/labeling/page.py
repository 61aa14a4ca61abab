"""The labelling page: the canvas in the middle, tools on its left, labels and shapes on its right, items below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup, QColor, QFont, QKeySequence, QShortcut

from app.gui.labeling import actions, reading, removal, shortcuts, wiring
from app.gui.labeling.document import Document
from app.gui.labeling.editing import Editing
from app.gui.labeling.painting import Style
from app.gui.labeling.parts.making import made_parts
from app.gui.labeling.picture import Picture
from app.gui.labeling.tool_strip import ToolStrip
from app.gui.labeling.walk import Walk
from app.gui.operations import labeling as operations
from engine.changes import Changes
from engine.labeling import schema
from engine.labeling.states import ItemState

if TYPE_CHECKING:
    from app.gui.labeling.parts.part import Part
    from app.gui.shell.shell import Shell
    from engine.data.records import Label
    from engine.workspace import Workspace

FOLLOW_MS = 16  # by which lists and panels are behind the canvas: a frame


class LabelingPage(Walk):
    """Label images: see `engine.labeling` for what its actions do."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setObjectName("labeling_page")
        self.labels: list[Label] = []
        self._keys: dict[int, str] = {}
        self._label_shortcuts: dict[str, QShortcut] = {}
        wiring.build(self)
        self.editing = Editing(self)
        self._follow = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._follow.timeout.connect(self.catch_up)
        self._edited = False  # the lists are behind the document, too
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
        wiring.connect(self)
        yield
        for entry in self._entries:
            if entry.icon:
                self.acts[entry.name].setIcon(self.shell.icon(entry.icon))
                yield
        self._whole = True
        wiring.colour(self)

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
        for timer in (self._again, self._count, self._late, self._follow, self._neighbours):
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
        if changes.everything or changes.touches("labels") or not changes.items:
            self._ahead.clear()
        self._ahead = {item: found for item, found in self._ahead.items() if item not in changes.items}
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

    @property
    def blind(self) -> bool:
        """Whether a blind round is done: nothing that models or others say may be seen, nor asked for."""
        return self.strip.own is not None

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

    def follow_document(self) -> None:
        """Lists, counts and numbers follow an edit in a moment: the hand waits for the canvas alone."""
        self._edited = True
        self._follow.start()

    def follow_selection(self) -> None:
        """What depends on the selection follows: at once what the person's next move needs, panels in a moment."""
        for part in self.parts:
            part.selection_changed()
        self._follow.start()

    def catch_up(self) -> None:
        """Lists and panels follow now, when they are behind."""
        if self._edited:
            self._show_document()
        else:
            self._show_selection()

    def _show_document(self) -> None:
        """Lists, counts and numbers are those of the document."""
        self._edited = False
        document = self.canvas.document
        suggested = int(document.suggested.sum())
        self.side.shapes.show_document(document, self.canvas.look, self.canvas.selection)
        self.side.show_counts(len(document), suggested)
        if document.item_id:
            self.strip.set_state(document.item_id, ItemState(len(document) - suggested, suggested))
        for part in self.parts:
            part.document_changed()
            part.selection_changed()
        self._show_selection()

    def _take_count(self, labelled: int) -> None:
        self._labelled = labelled
        self._say_state()

    def _show_selection(self) -> None:
        self._follow.stop()
        count = len(self.canvas.selection)
        shape = self.canvas.one_selected()
        name = self.canvas.look.names.get(shape.label_id, "?") if shape is not None else ""
        title = self.tr("Selected: {0}").format(name) if shape else self.tr("{0} shapes selected").format(count)
        self.side.numbers.show_shape(shape, title if count else "")
        self.side.numbers.setVisible(count > 0)
        self.side.shapes.select_shapes(self.canvas.selection)
        for part in self.parts:
            part.selection_shown()

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

    # plumbing

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
        wiring.colour(self)
