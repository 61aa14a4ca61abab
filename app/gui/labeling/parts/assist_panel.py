"""The section of the side panel for help that needs no trained model: clicks, scissors, scribbles."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.gui.widgets.controls import button, label, line, link_button, roomy

OUTPUTS = ("mask", "polygon")


class AssistPanel(QWidget):
    """Shows and asks; the part decides.

    Signals:
        output_changed, method_changed: "mask" or "polygon"; the name of a pair, "" for the built-in method.
        smoothing_changed, width_changed, least_changed, hover_changed, background_changed: what their fields say.
        click_wanted, scissors_wanted, scribble_wanted: the buttons that take the tools.
        accept, clear_here, clear_all, apply_all: what was pressed.
    """

    output_changed = Signal(str)
    method_changed = Signal(str)
    smoothing_changed = Signal(float)
    width_changed = Signal(float)
    least_changed = Signal(int)
    hover_changed = Signal(bool)
    background_changed = Signal(bool)
    tool_wanted = Signal(str)
    accept = Signal()
    clear_here = Signal()
    clear_all = Signal()
    apply_all = Signal()

    def __init__(self, job: QWidget) -> None:
        super().__init__()
        self.setObjectName("assist")
        self.job = job  # how far the job is that applies the scribbles
        self.title = label("", "heading")
        self.tools = {name: button("") for name in ("click_segment", "scissors", "scribble")}
        for name, taken in self.tools.items():
            taken.setObjectName(f"assist_{name}")
            taken.setCheckable(True)
            taken.clicked.connect(lambda _=False, name=name: self.tool_wanted.emit(name))
        self.output, self.method = QComboBox(), QComboBox()
        self.output.setObjectName("assist_output")
        self.method.setObjectName("assist_method")
        for name in OUTPUTS:
            self.output.addItem("", name)
        self.method.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.output.activated.connect(lambda _: self.output_changed.emit(self.output.currentData()))
        self.method.activated.connect(lambda _: self.method_changed.emit(self.method.currentData()))
        self.smoothing = QDoubleSpinBox()
        self.smoothing.setObjectName("assist_smoothing")
        self.smoothing.setRange(0, 20)
        self.smoothing.setSingleStep(0.5)
        self.smoothing.setDecimals(1)
        self.smoothing.valueChanged.connect(self.smoothing_changed)
        self.hover = QCheckBox()
        self.hover.setObjectName("assist_hover")
        self.hover.toggled.connect(self.hover_changed)
        self.scribbles_title = label("", "heading")
        self.state = label("", "quiet", wrap=True)
        self.background = QCheckBox()
        self.background.setObjectName("assist_background")
        self.background.toggled.connect(self.background_changed)
        self.width_box, self.least = QDoubleSpinBox(), QSpinBox()
        roomy(self.smoothing, self.width_box, self.least)
        self.width_box.setRange(1, 200)
        self.width_box.setDecimals(0)
        self.width_box.valueChanged.connect(self.width_changed)
        self.least.setRange(1, 1_000_000)
        self.least.valueChanged.connect(self.least_changed)
        self.take = button("", self.accept.emit)
        self.take.setObjectName("assist_accept")
        self.all = button("", self.apply_all.emit)
        self.all.setObjectName("assist_apply")
        self.drop, self.drop_all = link_button("", self.clear_here.emit), link_button("", self.clear_all.emit)
        self._names = {field: label("", "quiet") for field in ("output", "method", "smoothing", "width", "least")}
        self._pairs: Sequence[str] = ()
        self._build()
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.title.setText(self.tr("Smart tools"))
        words = {
            "click_segment": (self.tr("Click"), self.tr("Outline what is clicked (S)")),
            "scissors": (self.tr("Scissors"), self.tr("A line that follows edges (G)")),
            "scribble": (self.tr("Scribble"), self.tr("Scribble on a few pixels, find the rest (U)")),
        }
        for name, (text, tip) in words.items():
            self.tools[name].setText(text)
            self.tools[name].setToolTip(tip)
        for place, text in enumerate((self.tr("Mask"), self.tr("Polygon"))):
            self.output.setItemText(place, text)
        self._names["output"].setText(self.tr("Result"))
        self._names["method"].setText(self.tr("Method"))
        self._names["smoothing"].setText(self.tr("Smoothing"))
        self._names["width"].setText(self.tr("Brush"))
        self._names["least"].setText(self.tr("Smallest region"))
        for field, name in ((self.smoothing, "smoothing"), (self.width_box, "width"), (self.least, "least"),
                            (self.output, "output"), (self.method, "method")):  # fmt: skip
            field.setAccessibleName(self._names[name].text())
        self.smoothing.setSuffix(" px")
        self.width_box.setSuffix(" px")
        self.least.setSuffix(self.tr(" px²"))
        self.smoothing.setToolTip(self.tr("Takes corners and specks away that are finer than this"))
        self.width_box.setToolTip(self.tr("How wide a scribble is (Ctrl and the wheel)"))
        self.least.setToolTip(self.tr("Smaller regions are left out"))
        self.method.setToolTip(
            self.tr(
                "Networks of your own are added with: lineside label assist add NAME --encoder E.onnx --decoder D.onnx"
            )
        )
        self.hover.setText(self.tr("Preview where the mouse rests"))
        self.scribbles_title.setText(self.tr("Scribbles"))
        self.background.setText(self.tr("Scribble background (Alt)"))
        self.all.setText(self.tr("Apply to all unlabelled…"))
        self.all.setToolTip(self.tr("Suggest regions on every image that nobody has labelled, in the background"))
        self.drop.setText(self.tr("Clear this image"))
        self.drop_all.setText(self.tr("Forget all"))
        self.drop_all.setToolTip(self.tr("Remove the scribbles of all images; what was accepted stays"))
        self.show_pairs(self._pairs, self.method.currentData() or "")

    def show_pairs(self, names: Sequence[str], chosen: str) -> None:
        """Offer the built-in method and these pairs of networks."""
        self._pairs = names
        self.method.clear()
        self.method.addItem(self.tr("Built in"), "")
        for name in names:
            self.method.addItem(name, name)
        self.method.setCurrentIndex(max(self.method.findData(chosen), 0))

    def show_tool(self, name: str) -> None:
        """Which tool is in use."""
        for other, taken in self.tools.items():
            taken.setChecked(other == name)
        for part in self._scribbling:
            part.setVisible(name == "scribble")

    def show_scribbles(self, text: str, count: int, *, here: bool, ready: bool, any_there: bool) -> None:
        """What was scribbled and found."""
        self.state.setText(text)
        number = QLocale().toString(count)
        self.take.setText(self.tr("Accept regions: {0} (Enter)").format(number) if count else self.tr("Accept regions"))
        self.take.setEnabled(count > 0)
        self.all.setEnabled(ready)
        self.drop.setEnabled(here)
        self.drop_all.setEnabled(any_there)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.title)
        tools = QHBoxLayout()
        tools.setSpacing(4)
        for taken in self.tools.values():
            tools.addWidget(taken, 1)
        column.addLayout(tools)
        column.addLayout(self._form(("method", self.method), ("output", self.output), ("smoothing", self.smoothing)))
        column.addWidget(self.hover)
        below = QWidget()
        scribbling = QVBoxLayout(below)
        scribbling.setContentsMargins(0, 0, 0, 0)
        scribbling.setSpacing(8)
        scribbling.addWidget(line())
        scribbling.addWidget(self.scribbles_title)
        scribbling.addWidget(self.state)
        scribbling.addWidget(self.background)
        scribbling.addLayout(self._form(("width", self.width_box), ("least", self.least)))
        scribbling.addWidget(self.take)
        scribbling.addWidget(self.all)
        links = QHBoxLayout()
        links.setSpacing(8)
        links.addWidget(self.drop)
        links.addWidget(self.drop_all)
        links.addStretch(1)
        scribbling.addLayout(links)
        column.addWidget(below)
        column.addWidget(self.job)
        self._scribbling = (below,)
        below.hide()

    def _form(self, *rows: tuple[str, QWidget]) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in rows:
            self._names[name].setBuddy(field)
            form.addRow(self._names[name], field)
        return form
