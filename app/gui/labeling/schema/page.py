"""The page of the label schema: edited as a whole, applied after a look at what it does to the annotations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.gui.labeling.schema.editing import SchemaEditing
from app.gui.labeling.schema.label_editor import LabelEditor
from app.gui.labeling.schema.preview import PreviewDialog
from app.gui.labeling.schema.tree import LabelTree
from app.gui.operations.schema import change_schema
from app.gui.shell.page import Page
from app.gui.widgets.controls import Card, PageHead, button, label, primary_button, row
from app.gui.widgets.errors import ErrorLine
from engine.errors import LinesideError
from engine.labeling import schema, schema_file

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.data.records import Label
    from engine.labeling.migration import Draft, Plan
    from engine.workspace import Workspace


UNDO = 200  # so many changes of the draft can be taken back


class SchemaPage(Page):
    """Labels on the left, the chosen one on the right; nothing is changed before “Apply”."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setObjectName("schema_page")
        self.editing = SchemaEditing()
        self.counts: dict[int, int] = {}
        self.current = 0
        self._there: dict[int, Label] = {}  # the labels of the store, as they were read last
        self._stale = self._applying = False
        self._past: list[SchemaEditing] = []  # states of the draft that Ctrl+Z comes back to
        self._future: list[SchemaEditing] = []
        self._kept: list[SchemaEditing] = []  # what was discarded, until the schema is read anew
        self.head = PageHead()
        self.back = button("", lambda: shell.go("labeling"))
        self.import_ = button("", self._import)
        self.export = button("", self._export)
        self.discard = button("", self._discard)
        self.apply = primary_button("", self._preview)
        for made in (self.back, self.import_, self.export, self.discard, self.apply):
            self.head.buttons.addWidget(made)
        self.error = ErrorLine()
        self.tree = LabelTree()
        self.new_name = QLineEdit()
        self.new_name.setObjectName("new_label_name")
        self.add = button("", self._add)
        self.remove = button("", self._remove)
        self.help = label("", "small", wrap=True)
        self.editor = LabelEditor()
        self.nothing = label("", "quiet", wrap=True)
        self._build()
        self._connect()
        self.retranslate()

    # the contract with the shell

    def opened(self, workspace: Workspace) -> None:
        self.editing = SchemaEditing()
        if self.isVisible():
            self._read()

    def closed(self) -> None:
        self.editing, self.current = SchemaEditing(), 0
        self._past, self._future, self._kept = [], [], []
        self._show()

    def shown(self, **arguments: Any) -> None:
        if not self.editing.changed:
            self._read()
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, changes: Changes) -> None:
        if not changes.touches("labels"):
            return
        if not self.editing.changed:
            if self.isVisible():
                self._read()
        elif not self._applying:
            self._stale = True
            self._show_state()

    def retranslate(self) -> None:
        self.back.setText(self.tr("Back to labelling"))
        self.import_.setText(self.tr("Import…"))
        self.import_.setToolTip(self.tr("Add the labels of a schema file, or the categories of a COCO file"))
        self.export.setText(self.tr("Export…"))
        self.discard.setText(self.tr("Discard"))
        self.apply.setText(self.tr("Apply…"))
        self.apply.setToolTip(self.tr("Show what the changes do to the annotations, then make them (Ctrl+Return)"))
        self.new_name.setPlaceholderText(self.tr("New label"))
        self.add.setText(self.tr("Add"))
        self.remove.setText(self.tr("Remove"))
        self.help.setText(self.tr("Drag a label onto another one to put it below. Keys: F2, Alt with arrows, Delete."))
        self.nothing.setText(self.tr("Choose a label, or add one. What should be found in the images?"))
        self.tree.setHeaderLabels([self.tr("Name"), self.tr("Key"), self.tr("Shapes")])
        self.tree.setAccessibleName(self.tr("Labels"))
        self.editor.retranslate()
        self._show()

    def commands(self) -> list[tuple[str, Any]]:
        return [
            (self.tr("Apply the new label schema"), self._preview),
            (self.tr("Import a label schema"), self._import),
            (self.tr("Export the label schema"), self._export),
            (self.tr("Discard the changes of the schema"), self._discard),
            (self.tr("Back to labelling"), lambda: self.shell.go("labeling")),
        ]

    # reading and showing

    def _read(self) -> None:
        if self.shell.workspace is not None:
            self.shell.read(_stored, self._take, key="schema")

    def _discard(self) -> None:
        """Show the schema of the store again; Ctrl+Z brings the draft back."""
        self._kept = [*self._past, self.editing.copy()] if self.editing.changed else []
        self._read()

    def _take(self, found: tuple[list[Label], dict[int, int]]) -> None:
        labels, self.counts = found
        self._there = {label.id: label for label in labels}
        self._stale = self._applying = False
        self._past, self._future = self._kept, []
        self._kept = []
        self.editing = SchemaEditing(labels)
        self._show()

    def _show(self) -> None:
        labels = self.editing.ordered()
        known = {one.id: one for one in labels}
        if self.current not in known:
            self.current = labels[0].id if labels else 0
        keys = schema.keys(labels)
        self.tree.show_labels(labels, keys, self.counts, self.current)
        chosen = known.get(self.current)
        self.editor.setVisible(chosen is not None)
        self.nothing.setVisible(chosen is None)
        if chosen is not None:
            self.editor.show_label(chosen, keys.get(chosen.id, ""), self.editing.points.get(chosen.id, []))
        self._show_state()

    def _show_state(self) -> None:
        changed = self.editing.changed
        number = QLocale().toString(len(self.editing.labels))
        self.head.title.setText(self.tr("Label schema"))
        state = self.tr("changed, not applied yet") if changed else ""
        if changed and self._stale:
            state = self.tr("changed elsewhere meanwhile; Discard reads the schema anew")
        self.head.text.setText("  ·  ".join(filter(None, [self.tr("{0} labels").format(number), state])))
        self.apply.setEnabled(changed and not self._stale)
        self.discard.setEnabled(changed)
        self.export.setEnabled(bool(self.editing.stored))
        self.remove.setEnabled(self.current in self.editing.labels)

    # what a person changes

    def undo(self) -> None:
        """Take the last change of the draft back."""
        if self._past:
            self._future.append(self.editing)
            self._come_to(self._past.pop())

    def redo(self) -> None:
        """Make the change of the draft again that was taken back."""
        if self._future:
            self._past.append(self.editing)
            self._come_to(self._future.pop())

    def _come_to(self, editing: SchemaEditing) -> None:
        """Go on from another state of the draft; one of an older schema would take away what came since."""
        self._stale = self._stale or editing.stored != self._there
        self.editing = editing
        if self._stale and not editing.changed:
            self._read()
        self._show()

    def _keep(self) -> None:
        """What is there now can be come back to."""
        self._past = [*self._past[-UNDO:], self.editing.copy()]
        self._future = []

    def _tried(self, change: Any) -> bool:
        """Make a change of the draft; what is wrong with it is said above."""
        self._keep()
        try:
            change()
        except LinesideError as error:
            self.editing = self._past.pop()
            self.error.show_error(error)
            self._show()
            return False
        self.error.hide()
        return True

    def _add(self) -> None:
        name = self.new_name.text()
        parent = self.editing.labels[self.current].parent if self.current in self.editing.labels else None
        if name.strip() and self._tried(lambda: setattr(self, "current", self.editing.add(name, parent).id)):
            self.new_name.clear()
            self._show()

    def _remove(self) -> None:
        if self.current in self.editing.labels:
            self._keep()
            self.editing.remove(self.current)
            self._show()

    def _picked(self, label_id: int) -> None:
        self.current = label_id
        chosen = self.editing.labels.get(label_id)
        if chosen is not None:
            self.editor.setVisible(True)
            self.nothing.hide()
            keys = schema.keys(self.editing.ordered())
            self.editor.show_label(chosen, keys.get(label_id, ""), self.editing.points.get(label_id, []))
        self._show_state()

    def _changed(self, values: dict[str, Any]) -> None:
        if self.current not in self.editing.labels:  # a field is left because its label has gone
            return
        self._tried(lambda: self.editing.set(self.current, **values))
        if set(values) == {"attributes"}:
            self._show_state()  # the table keeps its cursor
        else:
            self._show()

    def _detail(self, name: str, value: object) -> None:
        if self.current in self.editing.labels:
            self._keep()
            self.editing.set_detail(self.current, name, value)
            self._show_state()

    def _skeleton(self) -> None:
        self._keep()
        drawn = self.editor.skeleton
        self.editing.set_skeleton(
            self.current, drawn.names, drawn.edges, drawn.places, drawn.sources, drawn.twins, drawn.sigmas
        )
        self._show_state()

    def _split(self, attribute: str) -> None:
        if self._tried(lambda: self.editing.split(self.current, attribute)):
            self._show()

    def _arranged(self, order: list[tuple[int, int | None]]) -> None:
        self._keep()
        self.editing.arrange(order)
        self._show()

    def _renamed(self, label_id: int, name: str) -> None:
        self._keep()
        self.editing.set(label_id, name=" ".join(name.split()) or self.editing.labels[label_id].name)
        self._show()

    # applying

    def _preview(self) -> None:
        if not self.apply.isEnabled():
            return
        draft = self.editing.draft()
        self.shell.read(lambda ws: _plan(ws, draft), lambda plan: self._decide(draft, plan), on_error=self._refused)

    def _refused(self, error: Exception) -> None:
        self._applying = False
        self.error.show_error(error)

    def _decide(self, draft: Draft, plan: Plan) -> None:
        self.error.hide()
        names = {one.id: one.name for one in draft.labels}
        PreviewDialog(self, plan, names, lambda choices: self._apply(draft, choices)).open()

    def _apply(self, draft: Draft, choices: dict[str, str]) -> None:
        self._applying = True
        self.shell.run(
            change_schema(draft, choices), self.tr("Change schema"), on_done=self._applied, on_error=self._refused
        )

    def _applied(self, _changes: object) -> None:
        self._read()
        self.shell.notice(
            self.tr("The schema is changed; Ctrl+Z on the labelling page takes it back."),
            self.tr("Back to labelling"),
            lambda: self.shell.go("labeling"),
            kind="good",
        )

    # files

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Import a label schema"), "", "JSON (*.json)")
        if path:
            self.take_file(Path(path))

    def take_file(self, path: Path) -> None:
        """Add the labels of a file to what is edited; nothing is changed before it is applied."""
        stored = sorted(self.editing.stored.values(), key=lambda one: one.position)

        def read() -> None:
            draft = schema_file.draft(schema_file.read(path), stored, whole=False)
            schema.check(draft.labels)
            self.editing = SchemaEditing.from_draft(stored, draft)

        if self._tried(read):
            self._show()

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Export the label schema"), "labels.json", "JSON (*.json)")
        if path:
            self.write_file(Path(path))

    def write_file(self, path: Path) -> None:
        """Write the schema as it is in the store."""
        stored = sorted(self.editing.stored.values(), key=lambda one: one.position)
        try:
            schema_file.write(stored, path)
        except OSError as error:
            self.shell.notice(self.tr("{0} could not be written: {1}").format(path.name, error.strerror), kind="error")

    # plumbing

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        whole.addWidget(self.head)
        whole.addWidget(self.error)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        whole.addLayout(middle, 1)
        left = Card()
        middle.addWidget(left)
        scroll = QScrollArea(self)
        middle.addWidget(scroll, 1)
        left.setFixedWidth(340)
        left.body.addWidget(self.tree, 1)
        left.body.addWidget(row(self.new_name, self.add))
        left.body.addWidget(self.help)
        left.body.addWidget(row(1, self.remove))
        right = QWidget(scroll)
        scroll.setWidget(right)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.nothing)
        column.addWidget(self.editor)
        column.addStretch(1)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _connect(self) -> None:
        self.new_name.returnPressed.connect(self._add)
        self.tree.picked.connect(self._picked)
        self.tree.arranged.connect(self._arranged)
        self.tree.renamed.connect(self._renamed)
        self.tree.remove_wanted.connect(self._remove)
        self.editor.changed.connect(self._changed)
        self.editor.detail_changed.connect(self._detail)
        self.editor.skeleton_changed.connect(self._skeleton)
        self.editor.split_wanted.connect(self._split)
        keys = QShortcut(QKeySequence("Ctrl+Return"), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._preview)
        for sequence, action in (("Ctrl+Z", self.undo), ("Ctrl+Shift+Z", self.redo), ("Ctrl+Y", self.redo)):
            keys = QShortcut(QKeySequence(sequence), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(action)


def _stored(ws: Workspace) -> tuple[list[Label], dict[int, int]]:
    return schema.labels(ws), schema.label_usage(ws)


def _plan(ws: Workspace, draft: Draft) -> Plan:
    from engine.labeling import migration

    return migration.plan(ws, draft)
