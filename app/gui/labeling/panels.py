"""The numbers of the selected shape in the right panel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QWidget

from app.gui.labeling.shape_list import ShapeDelegate, ShapeList, ShapeModel
from app.gui.widgets.controls import roomy
from engine.data.records import Annotation

__all__ = ["Numbers", "ShapeDelegate", "ShapeList", "ShapeModel"]


class Numbers(QWidget):
    """The selected shape's place and size in px, to read and to type.

    Signals:
        changed: x, y, w, h that a person typed.
    """

    changed = Signal(float, float, float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setObjectName("selected_title")
        self.fields = {name: self._field(name) for name in "xywh"}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(8)
        layout.addWidget(self.title, 0, 0, 1, 4)
        for place, (name, field) in enumerate(self.fields.items()):
            letter = QLabel(name)
            letter.setBuddy(field)
            letter.setProperty("kind", "quiet")
            layout.addWidget(letter, 1 + place // 2, place % 2 * 2)
            layout.addWidget(field, 1 + place // 2, place % 2 * 2 + 1)
        layout.setColumnStretch(1, 1)
        layout.setColumnStretch(3, 1)

    def show_shape(self, shape: Annotation | None, title: str) -> None:
        """Show a shape's numbers; None empties and disables the fields."""
        self.title.setText(title)
        placed = shape is not None and shape.x is not None
        for name, field in self.fields.items():
            field.setVisible(placed and (name in "xy" or (shape is not None and shape.kind != "point")))
            if placed and not (field.hasFocus() and field.lineEdit().isModified()):
                value = float(getattr(shape, name) or 0.0)
                field.blockSignals(True)
                field.setDecimals(0 if value == int(value) else 1)
                field.setValue(value)
                field.blockSignals(False)
            field.setEnabled(placed and shape is not None and "locked" not in shape.flags)
        for child in self.findChildren(QLabel):
            if child is not self.title:
                child.setVisible(placed)

    def _field(self, name: str) -> QDoubleSpinBox:
        field = QDoubleSpinBox()
        roomy(field)
        field.setObjectName(f"number_{name}")
        field.setAccessibleName(name)
        field.setRange(-100_000 if name in "xy" else 1, 100_000)
        field.setDecimals(0)
        field.setSuffix(" px")
        field.setKeyboardTracking(False)
        field.setMinimumWidth(80)
        field.valueChanged.connect(lambda _: self.changed.emit(*(f.value() for f in self.fields.values())))
        return field
