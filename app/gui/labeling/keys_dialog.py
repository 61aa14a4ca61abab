"""All keys of the labelling page: searched, changed, with conflicts named, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from shiboken6 import isValid

from app.gui.labeling import shortcuts
from app.gui.operations import labeling as operations
from app.gui.widgets.controls import button, label, row
from app.gui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage

NAME = Qt.ItemDataRole.UserRole


class KeysDialog(Dialog):
    """Every action with its keys; a change counts at once."""

    def __init__(self, page: LabelingPage, parent: QWidget) -> None:
        super().__init__(parent, "", width=640)
        self.page = page
        title = self.tr("Keys of the labelling page")
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(self.tr("Choose an action, then press the keys it shall have. Labels have keys too."))
        self.text.show()
        self.cancel_button.setText(self.tr("Close"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search actions or keys"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHeaderLabels([self.tr("Action"), self.tr("Keys"), self.tr("Also has this key")])
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.setMinimumHeight(320)
        self.list.currentItemChanged.connect(lambda item, _old: self._show(item))
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(2)
        self.edit.setClearButtonEnabled(True)
        self.edit.setAccessibleName(self.tr("Keys"))
        inner = self.edit.findChild(QLineEdit)
        if inner is not None:
            inner.setPlaceholderText(self.tr("Press the keys"))
        self.edit.editingFinished.connect(self._take)
        self.reset = button(self.tr("As it was"), self._reset)
        self.none = button(self.tr("No key"), lambda: self._set(()))
        self.all = button(self.tr("Reset all"), self._reset_all)
        self.problem = label("", "warning", wrap=True)
        self.body.addWidget(self.search)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(row(self.edit, self.none, self.reset, 1, self.all))
        self.body.addWidget(self.problem)
        self.resize(680, 620)
        self._fill()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down from the search field goes into the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down:
            self.list.setFocus()
            return True
        return super().eventFilter(watched, event)

    def _fill(self, current: str = "") -> None:
        entries, labels = self.page.entries(), self.page.labels
        clashes = shortcuts.conflicts(entries, labels, self.page._keys)
        texts = (
            {entry.name: entry.text for entry in entries}
            | {f"label:{one.id}": self.tr("Label “{0}”").format(one.name) for one in labels}
            | {shortcuts.WINDOW: self.tr("the window")}
        )
        own = shortcuts.own_keys(self.page.shell.settings)
        warning = QColor(self.page.shell.theme.color("warning"))
        self.list.blockSignals(True)
        self.list.clear()
        rows = [(entry.name, entry.text, entry.keys) for entry in entries]
        rows += [(f"label:{one.id}", self.tr("Label “{0}”").format(one.name), tuple(filter(None, [self.page._keys.get(one.id, "")]))) for one in labels]  # fmt: skip
        for name, text, keys in rows:
            others = ", ".join(dict.fromkeys(texts.get(other, other) for other in clashes.get(name, ())))
            item = QTreeWidgetItem([text, "   ".join(map(shortcuts.shown, keys)), others])
            item.setData(0, NAME, name)
            item.setToolTip(2, others)
            if others:
                item.setForeground(2, warning)
            if name in own:
                font = item.font(1)
                font.setBold(True)
                item.setFont(1, font)
            self.list.addTopLevelItem(item)
            if name == current:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self._filter()
        self._show(self.list.currentItem())
        count = len([name for name in clashes if not name.startswith("label:")])
        self.problem.setText(
            self.tr("{0} actions share a key; a label answers before an action, two actions do not answer.").format(
                count
            )
        )
        self.problem.setVisible(count > 0)

    def _filter(self) -> None:
        words = self.search.text().lower().split()
        for at in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(at)
            text = f"{item.text(0)} {item.text(1)}".lower()
            item.setHidden(not all(word in text for word in words))

    def _show(self, item: QTreeWidgetItem | None) -> None:
        name = item.data(0, NAME) if item is not None else ""
        for widget in (self.edit, self.none, self.reset):
            widget.setEnabled(bool(name))
        keys = self._keys(name)
        self.edit.blockSignals(True)
        self.edit.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self.edit.blockSignals(False)
        self.reset.setEnabled(name in shortcuts.own_keys(self.page.shell.settings) or name.startswith("label:"))

    def _keys(self, name: str) -> tuple[str, ...]:
        if name.startswith("label:"):
            return tuple(filter(None, [self.page._keys.get(int(name[6:]), "")]))
        return next((entry.keys for entry in self.page.entries() if entry.name == name), ())

    def _take(self) -> None:
        text = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        keys = self._keys(self._current())
        if text and text != (shortcuts.normal(keys[0]) if keys else ""):
            self._set((text,))

    def _current(self) -> str:
        item = self.list.currentItem()
        return str(item.data(0, NAME)) if item is not None else ""

    def _set(self, keys: tuple[str, ...] | None) -> None:
        """Give the chosen action these keys; None: the built-in ones."""
        name = self._current()
        if not name:
            return
        if name.startswith("label:"):
            self._set_label_key(int(name[6:]), keys[0] if keys else "")
            return
        own = shortcuts.own_keys(self.page.shell.settings)
        own.pop(name, None)
        if keys is not None:
            own[name] = keys
        self._keep(own, name)

    def _set_label_key(self, label_id: int, key: str) -> None:
        self.page.writer.write(
            operations.set_shortcut(label_id, key), self.tr("Change key"), lambda _changes: self.page._ask(labels_now, self._took_labels)
        )  # fmt: skip

    def _took_labels(self, labels: object) -> None:
        self.page._take_labels(labels)
        if isValid(self):  # it may be closed meanwhile
            self._fill(self._current())

    def _reset(self) -> None:
        self._set(None if not self._current().startswith("label:") else ())

    def _reset_all(self) -> None:
        self._keep({}, self._current())

    def _keep(self, own: dict[str, tuple[str, ...]], current: str) -> None:
        shortcuts.keep(self.page.shell.settings, own)
        self.page.take_keys()
        self._fill(current)


def labels_now(ws: object) -> object:
    """The label schema as it is."""
    from app.gui.labeling.reading import labels

    return labels(ws)  # type: ignore[arg-type]
