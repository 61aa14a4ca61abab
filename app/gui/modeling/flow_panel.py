"""The panel of what really flows: which item, which roll of the dice, which weights; and large what a port gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.modeling.flow_cards import ItemPicker, ShownCard
from app.gui.modeling.flow_words import sums_of
from app.gui.widgets.controls import button, label, link_button, set_kind

if TYPE_CHECKING:
    from engine.training.flow import Flow

SIDE_WIDTH = 216


class FlowPanel(QFrame):
    """Shows flows; knows neither workspace nor engine."""

    stepped = Signal(int, int)  # which item (0, or 1 for the one to compare with), and by how many
    wanted = Signal(int, str)
    typed = Signal(int, str)
    rolled = Signal()
    changed = Signal()  # augmentation, weights or comparison
    data_wanted = Signal()
    closed = Signal()

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "panel")
        self._colors = colors
        self._flows: list[Flow] = []
        self._port: tuple[str, str, str] | None = None  # node, port and what they are called
        self.title, self.state = label("", "heading"), label("", "small", wrap=True)
        self.pickers = (ItemPicker(), ItemPicker())
        self.compare, self.augment = QCheckBox(), QCheckBox()
        self.augment.setChecked(True)
        self.roll, self.weights = button("", self.rolled.emit), QComboBox()
        self.weights.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.port_title, self.port_figures = label("", "heading"), label("", "small")
        self.close_ = QToolButton()
        self.close_.clicked.connect(self.closed)
        self.stack, self.cards = QStackedWidget(), QHBoxLayout()
        self.empty_text, self.empty_link = label("", "quiet", wrap=True), link_button("", self.data_wanted.emit)
        self._build()
        self._connect()
        self.retranslate()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.title.setText(self.tr("Run to here"))
        self.compare.setText(self.tr("Compare with"))
        self.augment.setText(self.tr("Augment"))
        self.augment.setToolTip(self.tr("Off: the image as the served model sees it"))
        self.roll.setText(self.tr("Roll again"))
        self.roll.setToolTip(self.tr("Another roll of the dice for the augmentation (F6)"))
        self.weights.setToolTip(self.tr("Whose weights the network has; fresh ones are always the same"))
        self.close_.setToolTip(self.tr("Back to the code"))
        for picker in self.pickers:
            picker.back.setToolTip(self.tr("Item before"))
            picker.on.setToolTip(self.tr("Next item"))
            picker.field.setPlaceholderText(self.tr("part of a name"))
            picker.field.setAccessibleName(self.tr("Item"))
        self.empty_link.setText(self.tr("Bring in images"))
        if self.weights.count():
            self.weights.setItemText(0, self.tr("Fresh weights"))
        self._show()

    def set_icons(self, icon: Callable[[str], QIcon]) -> None:
        """Take the icons of the theme."""
        for picker in self.pickers:
            picker.set_icons(icon)
        self.roll.setIcon(icon("refresh"))
        self.close_.setIcon(icon("close"))

    def recolor(self) -> None:
        """Draw in the colours of another theme."""
        self._show()

    @property
    def run(self) -> str:
        """The run whose weights are wanted; empty for fresh ones."""
        return str(self.weights.currentData() or "")

    def offer_weights(self, models: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """Offer trained models (title, run); what was chosen stays where it can."""
        kept = chosen or self.run
        self.weights.blockSignals(True)
        self.weights.clear()
        self.weights.addItem(self.tr("Fresh weights"), "")
        for title, run in models:
            self.weights.addItem(title, run)
        self.weights.setCurrentIndex(max(0, self.weights.findData(kept)))
        self.weights.blockSignals(False)

    def show_port(self, node: str, port: str, title: str) -> None:
        """Show large what a port gives."""
        if self._port != (node, port, title):
            self._port = (node, port, title)
            self._show()

    def show_flows(self, flows: Sequence[Flow]) -> None:
        """Take the place of what was shown."""
        self._flows = list(flows)
        for picker, flow in zip(self.pickers, flows, strict=False):
            picker.show_name(flow.name)
        self._show()

    def say(self, text: str, kind: str = "small") -> None:
        """What is going on, or what went wrong."""
        set_kind(self.state, kind)
        self.state.setText(text)

    def show_empty(self, text: str, is_link: bool = False) -> None:
        """Say why there is nothing; perhaps with the way to the data page."""
        self._flows = []
        self.empty_text.setText(text)
        self.empty_link.setVisible(is_link)
        self.stack.setCurrentIndex(1)

    def _build(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(6)
        for part in (self.title, self.pickers[0], self.compare, self.pickers[1]):
            side.addWidget(part)
        dice = QHBoxLayout()
        dice.addWidget(self.augment, 1)
        dice.addWidget(self.roll)
        side.addLayout(dice)
        side.addWidget(self.weights)
        side.addWidget(self.state)
        side.addStretch(1)
        left = QWidget()
        left.setLayout(side)
        left.setFixedWidth(SIDE_WIDTH)
        side.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.port_title)
        head.addWidget(self.port_figures)
        head.addStretch(1)
        head.addWidget(self.close_)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addLayout(head)
        right.addWidget(self.stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 10, 10)
        row.setSpacing(16)
        row.addWidget(left)
        row.addLayout(right, 1)
        self._fill_stack()
        self.pickers[1].hide()

    def _fill_stack(self) -> None:
        holder = QWidget()
        self.cards = QHBoxLayout(holder)
        self.cards.setContentsMargins(0, 0, 0, 0)
        self.cards.setSpacing(16)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(holder)
        scroll.viewport().setAutoFillBackground(False)
        holder.setAutoFillBackground(False)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.addStretch(1)
        column.addWidget(self.empty_text)
        column.addWidget(self.empty_link, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.stack.addWidget(scroll)
        self.stack.addWidget(empty)

    def _connect(self) -> None:
        for number, picker in enumerate(self.pickers):
            picker.stepped.connect(lambda step, number=number: self.stepped.emit(number, step))
            picker.wanted.connect(lambda text, number=number: self.wanted.emit(number, text))
            picker.typed.connect(lambda text, number=number: self.typed.emit(number, text))
        self.compare.toggled.connect(self.pickers[1].setVisible)
        for signal in (self.compare.toggled, self.augment.toggled, self.weights.activated):
            signal.connect(lambda _: self.changed.emit())
        self.augment.toggled.connect(self.roll.setEnabled)

    def _show(self) -> None:
        """Lay out the cards of the chosen port: of one item, or each beside that of the other."""
        while (item := self.cards.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        if not self._flows:
            return
        self.stack.setCurrentIndex(0)
        node, port, title = self._port or ("", "", "")
        self.port_title.setText(title)
        self.port_figures.setText(sums_of(self._flows[0], node))
        shown = [flow.ports.get((node, port), ()) for flow in self._flows]
        count = max(map(len, shown))
        for place in range(count):
            for flow, found in zip(self._flows, shown, strict=True):
                if place < len(found):
                    whose = flow.name.rpartition("/")[2] if len(self._flows) > 1 else ""
                    self.cards.addWidget(ShownCard(found[place], place, count, flow.labels, self._colors, whose))
        if not count:
            self.cards.addWidget(label(self._why_nothing(node), "quiet", wrap=True), 1)
        else:
            self.cards.addStretch(1)

    def _why_nothing(self, node: str) -> str:
        flow = self._flows[0]
        if flow.failure is not None:
            if flow.failure.node == node:
                return flow.failure.message
            return self.tr("It went no further than “{0}”: {1}").format(flow.failure.node, flow.failure.message)
        if flow.waiting == node:
            return self.tr(
                "This part judges by the good images that it remembers, and has seen none yet: train the model, then choose"
                " its weights here. Until then the image, its augmentation and the feature maps are shown."
            )
        if not flow.is_known:
            return self.tr("This image has no label yet, so there is nothing to learn from it, and no loss.")
        return self.tr("Nothing flows here for one image. Point at a picture below a component, or select one.")
