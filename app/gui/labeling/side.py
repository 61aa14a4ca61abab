"""The right panel of the labelling page: labels, shapes, numbers, history, previous and next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.labeling.label_list import LabelList
from app.gui.labeling.panels import Numbers, ShapeList
from app.gui.widgets.controls import label, line
from engine.labeling.history import ItemEntry

TABS = ("shapes", "history", "assist", "review")


class SidePanel(QFrame):
    """Everything beside the canvas; it shows and asks, the page decides.

    Signals:
        previous, next, accept_all: what was pressed.
    """

    previous = Signal()
    next = Signal()
    accept_all = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side_panel")
        self.setProperty("kind", "side")
        self.setMinimumWidth(286)
        self.labels_title, self.shapes_title, self.history_title = (label("", "heading") for _ in range(3))
        self.edit_label = QToolButton()
        self.edit_label.setProperty("kind", "button")
        self.edit_label.setObjectName("edit_label")
        self.edit_label.clicked.connect(self._label_menu)
        self.labels = LabelList()
        self.no_labels = _quiet()
        self.suggestions = QPushButton()
        self.suggestions.setObjectName("accept_all")
        self.suggestions.setProperty("kind", "link")
        self.suggestions.clicked.connect(self.accept_all)
        self.shapes = ShapeList()
        self.shapes.setMinimumHeight(60)
        self.no_shapes = _quiet()
        self.numbers = Numbers()
        self.history = QListWidget()
        self.history.setObjectName("history")
        self.history.setFrameShape(QFrame.Shape.NoFrame)
        self.history.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.history.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.history.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.history.setSpacing(2)
        self.history.setMinimumHeight(48)
        self.back, self.forward = QPushButton(), QPushButton()
        self.back.setObjectName("previous_item")
        self.forward.setObjectName("next_item")
        self.forward.setProperty("kind", "primary")
        self.back.clicked.connect(self.previous)
        self.forward.clicked.connect(self.next)
        self.tabs = QTabBar()
        self.tabs.setObjectName("side_tabs")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.stack = QStackedWidget(self)
        self._entries: list[ItemEntry] = []  # of the history, as they are listed
        self._columns: dict[str, QVBoxLayout] = {}
        self._foot = QVBoxLayout()
        self._build()
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language; the history is listed anew by whoever has it."""
        self._entries = []
        self.labels_title.setText(self.tr("Labels"))
        self.edit_label.setText(self.tr("Edit"))
        self.edit_label.setToolTip(self.tr("Rename, recolour, move or remove the chosen label"))
        self.no_labels.setText(
            self.tr("No labels yet. What should be found in the images: scratch, dent, missing hole? Name it here.")
        )
        self.no_shapes.setText(self.tr("Nothing on this image yet. Press B and drag a box around a defect."))
        self.history_title.setText(self.tr("History"))
        words = {
            "shapes": self.tr("Shapes"),
            "history": self.tr("History"),
            "assist": self.tr("Assist"),
            "review": self.tr("Review"),
        }
        for place, name in enumerate(TABS):
            self.tabs.setTabText(place, words[name])
            self._show_tab(name)
        self.suggestions.setToolTip(self.tr("Make all suggestions of the model on this image your own (Shift+Enter)"))
        self.back.setText(self.tr("Previous"))
        self.back.setToolTip(self.tr("Previous image (A, Left)"))
        self.forward.setText(self.tr("Next image"))
        self.forward.setToolTip(self.tr("Next image (D, Right, Enter)"))
        self.labels.retranslate()

    def show_counts(self, shapes: int, suggested: int) -> None:
        """Say how many shapes there are."""
        self.shapes_title.setText(self.tr("Shapes {0}").format(QLocale().toString(shapes - suggested)))
        self.suggestions.setText(self.tr("Accept {0} suggested").format(suggested))
        self.suggestions.setVisible(suggested > 0)
        self.shapes.setVisible(shapes > 0)
        self.no_shapes.setVisible(shapes == 0)

    def show_labels_empty(self, empty: bool) -> None:
        """Whether there are no labels yet."""
        self.no_labels.setVisible(empty)
        self.edit_label.setVisible(not empty)

    def show_history(self, entries: Sequence[ItemEntry]) -> None:
        """List who did what, newest first; lines that are there already stay."""
        new = next(n for n in range(len(entries) + 1) if [*entries[n:]] == self._entries[: len(entries) - n])
        if new == len(entries):
            self.history.clear()
        self._entries = [*entries]
        locale = QLocale()
        for place, entry in enumerate(entries[:new]):
            today = entry.at.date() == datetime.now().date()
            time = locale.toString(entry.at.time(), "HH:mm")
            time = time if today else f"{locale.toString(entry.at.date(), QLocale.FormatType.ShortFormat)} {time}"
            self.history.insertItem(place, f"{time}  {entry.author} · {action_text(entry.action)}")
            self.history.item(place).setToolTip(
                f"{locale.toString(entry.at.replace(tzinfo=None), QLocale.FormatType.ShortFormat)}  {entry.author}"
            )
        while self.history.count() > len(entries):
            self.history.takeItem(self.history.count() - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.labels.set_rows(6 if event.size().height() < 760 else 9)
        super().resizeEvent(event)

    def _label_menu(self) -> None:
        item = self.labels.list.currentItem()
        if item is not None:
            self.labels.menu_for(item).popup(self.edit_label.mapToGlobal(self.edit_label.rect().bottomLeft()))

    def add_section(self, tab: str, section: QWidget) -> None:
        """Put a part's widget below what a tab has already; "foot" is above the buttons, in sight on every tab."""
        if tab == "foot":
            self._foot.addWidget(section)
            return
        column = self._columns[tab]
        if column.count():
            column.addWidget(line())
        column.addWidget(section)
        self._show_tab(tab)

    def _show_tab(self, tab: str) -> None:
        """A tab is there once it has something. Setting what is so already would make Qt forget that texts have changed
        while nobody saw the tabs, and they would keep the width of the other language."""
        place, wanted = TABS.index(tab), self._columns[tab].count() > 0
        if self.tabs.isTabVisible(place) != wanted:
            self.tabs.setTabVisible(place, wanted)

    def show_tab(self, tab: str) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentIndex(TABS.index(tab))

    def _build(self) -> None:
        labels = QVBoxLayout()
        labels.setContentsMargins(14, 12, 14, 8)
        labels.setSpacing(8)
        labels.addLayout(_row(self.labels_title, self.edit_label))
        labels.addWidget(self.no_labels)
        labels.addWidget(self.labels)
        for name in TABS:
            self.tabs.addTab("")
            self.stack.addWidget(self._tab(name))
        self.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        shapes = self._columns["shapes"]
        shapes.addLayout(_row(self.shapes_title, self.suggestions))
        shapes.addWidget(self.no_shapes)
        shapes.addWidget(self.shapes, 1)
        shapes.addWidget(self.numbers)
        shapes.addStretch(0)  # takes the room while the list is away
        history = self._columns["history"]
        history.addWidget(self.history_title)
        history.addWidget(self.history, 1)
        self._foot.setContentsMargins(14, 0, 14, 0)
        buttons = _row(self.back, self.forward)
        buttons.setContentsMargins(14, 8, 14, 12)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(labels)
        whole.addWidget(line())
        whole.addWidget(self.tabs)
        whole.addWidget(self.stack, 1)
        whole.addLayout(self._foot)
        whole.addLayout(buttons)

    def _tab(self, name: str) -> QScrollArea:
        scroll = QScrollArea(self.stack)
        inside = QWidget(scroll)
        inside.setProperty("kind", "page")
        column = self._columns[name] = QVBoxLayout(inside)
        column.setContentsMargins(14, 8, 14, 12)
        column.setSpacing(8)
        if name in ("assist", "review"):  # no list there that takes the room
            column.setAlignment(Qt.AlignmentFlag.AlignTop)
        scroll.setObjectName(f"side_{name}")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        return scroll


def action_text(action: str) -> str:
    """An action of the history in the language of the window ("Undo: Move" by its two parts)."""
    parts = action.split(": ")
    if parts[-1].startswith("Import ") and parts[-1] != "Import images":
        parts[-1] = QCoreApplication.translate("history", "Import {0}").format(parts[-1].removeprefix("Import "))
    if parts[-1].startswith("Pre-label "):
        parts[-1] = "Predict"
    return ": ".join(QCoreApplication.translate("history", part) for part in parts)


def _quiet() -> QLabel:
    made = label("", "quiet", wrap=True)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return made


def _row(left: QWidget, right: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(left)
    row.addStretch(1)
    row.addWidget(right)
    return row


def _history_words() -> None:
    """The actions of the log, for the translators; never called."""
    for word in (
        QCoreApplication.translate("history", "Undo"),
        QCoreApplication.translate("history", "Begin track"),
        QCoreApplication.translate("history", "End track"),
        QCoreApplication.translate("history", "Go on with track"),
        QCoreApplication.translate("history", "Add key frame"),
        QCoreApplication.translate("history", "Remove track"),
        QCoreApplication.translate("history", "Carry shape forward"),
        QCoreApplication.translate("history", "Calibrate"),
        QCoreApplication.translate("history", "Import blind round"),
        QCoreApplication.translate("history", "Redo"),
        QCoreApplication.translate("history", "Draw box"),
        QCoreApplication.translate("history", "Draw polygon"),
        QCoreApplication.translate("history", "Move"),
        QCoreApplication.translate("history", "Resize"),
        QCoreApplication.translate("history", "Move vertex"),
        QCoreApplication.translate("history", "Add vertex"),
        QCoreApplication.translate("history", "Delete vertex"),
        QCoreApplication.translate("history", "Change shape"),
        QCoreApplication.translate("history", "Change label"),
        QCoreApplication.translate("history", "Label image"),
        QCoreApplication.translate("history", "Delete"),
        QCoreApplication.translate("history", "Duplicate"),
        QCoreApplication.translate("history", "Paste"),
        QCoreApplication.translate("history", "Accept prediction"),
        QCoreApplication.translate("history", "Refuse prediction"),
        QCoreApplication.translate("history", "Edit annotations"),
        QCoreApplication.translate("history", "Remove label"),
        QCoreApplication.translate("history", "Merge labels"),
        QCoreApplication.translate("history", "Import images"),
        QCoreApplication.translate("history", "Predict"),
        QCoreApplication.translate("history", "Add label"),
        QCoreApplication.translate("history", "Rename label"),
        QCoreApplication.translate("history", "Change colour"),
        QCoreApplication.translate("history", "Change key"),
        QCoreApplication.translate("history", "Reorder labels"),
    ):
        assert word
