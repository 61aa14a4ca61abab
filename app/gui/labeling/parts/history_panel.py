"""What stands below the list of the history: the slider over time, what it shows, and who made the selected shape so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from app.gui.labeling.side import action_text
from app.gui.widgets.controls import button, label, row
from engine.labeling.blame import Blame
from engine.labeling.history import ItemEntry


class HistoryPanel(QWidget):
    """A slider from the import to now.

    Signals:
        moved: to a place of the history, 0 is the oldest.
        restore, restore_shape, now: what was pressed.
    """

    moved = Signal(int)
    restore = Signal()
    restore_shape = Signal()
    now = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("history_panel")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("history_slider")
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self.moved)
        self.state = label("", "quiet", wrap=True)
        self.state.setObjectName("history_state")
        self.now_button = button("", self.now.emit)
        self.now_button.setObjectName("history_now_button")
        self.restore_button = button("", self.restore.emit, "primary")
        self.restore_button.setObjectName("history_restore_button")
        self.shape_button = button("", self.restore_shape.emit, "link")
        self.shape_button.setObjectName("history_restore_shape_button")
        self.blame_title, self.blame = label("", "heading"), label("", "quiet", wrap=True)
        self.blame.setObjectName("blame")
        self.buttons = row(self.restore_button, self.now_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.slider, self.state, self.buttons, self.shape_button, self.blame_title, self.blame):
            layout.addWidget(widget)
        layout.addStretch(1)

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.slider.setAccessibleName(self.tr("State of the image over time"))
        self.slider.setToolTip(self.tr("Show the image as it was (Alt+Z earlier, Alt+Shift+Z later)"))
        self.now_button.setText(self.tr("Back to now"))
        self.now_button.setToolTip(self.tr("Show the present again; nothing was changed (Esc)"))
        self.restore_button.setText(self.tr("Restore this state"))
        self.restore_button.setToolTip(self.tr("Make the image as it was then; one step to undo (Alt+Return)"))
        self.shape_button.setText(self.tr("Restore only the selected shape"))
        self.blame_title.setText(self.tr("Who made it so"))

    def show_place(self, place: int, entries: Sequence[ItemEntry], shapes: int) -> None:
        """Say which state is shown; the last place is the present."""
        last = max(len(entries) - 1, 0)
        past = place < last
        self.slider.blockSignals(True)
        self.slider.setRange(0, last)
        self.slider.setValue(place)
        self.slider.setEnabled(last > 0)
        self.slider.blockSignals(False)
        self.buttons.setVisible(past)
        if not entries:
            self.state.setText("")
        elif past:
            entry = entries[place]
            self.state.setText(
                self.tr("As it was at {0}, after “{1}” by {2}. Shapes: {3}. Only to look at.").format(
                    moment(entry.at), action_text(entry.action), entry.author, QLocale().toString(shapes)
                )
            )
        else:
            self.state.setText(self.tr("Now. Move the slider to see earlier states."))

    def show_shape(self, parts: Sequence[Blame], *, past: bool) -> None:
        """Say who gave the selected shape what it has; without one nothing is said."""
        self.shape_button.setVisible(past and bool(parts))
        self.blame_title.setVisible(bool(parts))
        self.blame.setVisible(bool(parts))
        self.blame.setText("\n".join(f"{field_text(p.field)}: {p.author} · {moment(p.at)}" for p in parts))


def moment(at: datetime) -> str:
    """A time of day, with the date when it was not today."""
    time = QLocale().toString(at.time(), "HH:mm:ss")
    if at.date() == datetime.now().date():
        return time
    return f"{QLocale().toString(at.date(), QLocale.FormatType.ShortFormat)} {time}"


def field_text(field: str) -> str:
    """A part of a shape in the language of the window."""
    translate = QCoreApplication.translate
    plain = {
        "made": translate("HistoryPanel", "Made"),
        "label": translate("HistoryPanel", "Label"),
        "place": translate("HistoryPanel", "Place and form"),
        "order": translate("HistoryPanel", "Drawing order"),
        "group": translate("HistoryPanel", "Group"),
        "track": translate("HistoryPanel", "Track"),
    }
    if field in plain:
        return plain[field]
    kind, _, name = field.partition(" ")
    words = {
        "attribute": translate("HistoryPanel", "Attribute {0}"),
        "flag": translate("HistoryPanel", "Flag {0}"),
        "relation": translate("HistoryPanel", "Relation {0}"),
    }
    return words.get(kind, "{0}").format(name)


def _history_words() -> None:
    """The actions of the log that are made here, for the translators; never called."""
    for word in (
        QCoreApplication.translate("history", "Restore earlier state"),
        QCoreApplication.translate("history", "Settle conflict"),
    ):
        assert word
