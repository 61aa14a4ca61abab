"""The section of the side panel for a model's suggestions: ask for them, hide by score, take over, refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from app.gui.widgets.controls import button, label, link_button

STEPS = 100


class SuggestionPanel(QWidget):
    """Shows and asks; the part decides.

    Signals:
        predict, prelabel, accept, refuse, following: what was pressed.
        least_changed: suggestions below this score are not to be shown.
        model_changed: the title of the chosen model.
        live_changed: whether each image that is opened is to be looked at.
    """

    predict = Signal()
    prelabel = Signal()
    accept = Signal()
    refuse = Signal()
    following = Signal()
    least_changed = Signal(float)
    model_changed = Signal(str)
    live_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("suggestions")
        self.title = label("", "heading")
        self.none = label("", "quiet", wrap=True)
        self.model = QComboBox()
        self.model.setObjectName("suggesting_model")
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.model.currentTextChanged.connect(self.model_changed)
        self.here, self.all = button("", self.predict.emit), button("", self.prelabel.emit)
        self.live = QCheckBox()
        self.live.setObjectName("predict_live")
        self.live.toggled.connect(self.live_changed)
        self.least_name, self.least_value = label("", "quiet"), label("", "quiet")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("least_score")
        self.slider.setRange(0, STEPS)
        self.slider.setSingleStep(5)
        self.slider.valueChanged.connect(self._slid)
        self.take, self.drop, self.next = (
            link_button("", signal.emit) for signal in (self.accept, self.refuse, self.following)
        )
        self.state, self.fates = label("", "quiet", wrap=True), label("", "small", wrap=True)
        self._build()
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.title.setText(self.tr("Suggestions of a model"))
        self.none.setText(
            self.tr("There is no trained model yet. Label some images, train one, and it labels the rest ahead of you.")
        )
        self.here.setText(self.tr("On this image"))
        self.here.setToolTip(self.tr("Have the model suggest shapes on the open image (I)"))
        self.all.setText(self.tr("On all unlabelled"))
        self.all.setToolTip(self.tr("Pre-label in the background every image that nobody has labelled"))
        self.live.setText(self.tr("On each image that I open"))
        self.least_name.setText(self.tr("Show from score"))
        self.slider.setAccessibleName(self.least_name.text())
        self.slider.setToolTip(self.tr("Suggestions below this score are hidden"))
        self.next.setText(self.tr("Next suggestion"))
        self.next.setToolTip(self.tr("Next suggestion (J); Enter accepts it, Del refuses it"))
        self.take.setToolTip(self.tr("Make all suggestions that are shown your own (Shift+Enter)"))
        self.drop.setToolTip(self.tr("Remove all suggestions that the score hides (Shift+Del)"))

    def show_models(self, titles: Sequence[str], chosen: str) -> None:
        """Offer these models, the newest first."""
        self.model.blockSignals(True)
        self.model.clear()
        self.model.addItems(list(titles))
        if chosen in titles:
            self.model.setCurrentText(chosen)
        self.model.blockSignals(False)
        for part in (self.model, self.here, self.all, self.live):
            part.setVisible(bool(titles))
        self.none.setVisible(not titles)

    def show_least(self, least: float) -> None:
        """Set the slider without telling."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(least * STEPS))
        self.slider.blockSignals(False)
        self._say_least()

    def show_counts(self, above: int, below: int) -> None:
        """How many suggestions of the open image are shown, and how many the score hides."""
        number = QLocale().toString
        self.take.setText(self.tr("Accept {0}").format(number(above)))
        self.drop.setText(self.tr("Refuse {0} hidden").format(number(below)))
        for part, there in ((self.take, above), (self.next, above), (self.drop, below)):
            part.setVisible(there > 0)
        for part in (self.least_name, self.least_value, self.slider):
            part.setVisible(above + below > 0)

    def show_state(self, text: str) -> None:
        """What goes on, or went wrong; empty: nothing."""
        self.state.setText(text)
        self.state.setVisible(bool(text))

    def show_fates(self, author: str, counts: Mapping[str, int] | None) -> None:
        """What became of a model's suggestions so far."""
        decided = sum(counts.get(name, 0) for name in ("accepted", "corrected", "refused")) if counts else 0
        self.fates.setVisible(decided > 0)
        if counts and decided:
            number = QLocale().toString
            self.fates.setText(
                self.tr("{0} so far: {1} accepted, {2} corrected, {3} refused, {4} waiting").format(
                    author, *(number(counts.get(name, 0)) for name in ("accepted", "corrected", "refused", "waiting"))
                )
            )

    def _slid(self, value: int) -> None:
        self._say_least()
        self.least_changed.emit(value / STEPS)

    def _say_least(self) -> None:
        self.least_value.setText(f"{self.slider.value() / STEPS:.2f}")

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        ask, score, decide, more = (QHBoxLayout() for _ in range(4))
        for row, parts in ((ask, (self.here, self.all)), (decide, (self.take, self.drop)), (more, (self.next,))):
            row.setSpacing(8)
            for part in parts:
                row.addWidget(part)
            row.addStretch(1)
        score.addWidget(self.least_name)
        score.addStretch(1)
        score.addWidget(self.least_value)
        self.column = column
        order = (
            self.title,
            self.none,
            self.model,
            ask,
            self.live,
            self.state,
            score,
            self.slider,
            decide,
            more,
            self.fates,
        )
        for part in order:
            column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
        self.show_state("")
        self.show_counts(0, 0)
        self.fates.hide()
