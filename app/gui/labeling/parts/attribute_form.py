"""The attributes of the selected shapes as a compact form; several shapes with different values say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QWidget

from app.gui.widgets.controls import label
from engine.data.records import Annotation
from engine.labeling.values import in_range, problem

MIXED = object()


def common_attributes(labels: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The attributes that all labels have, with the same type; each label is given by its attributes' list."""
    if not labels:
        return []
    first, *others = labels
    return [
        entry
        for entry in first["attributes"]
        if all(
            any((e["name"], e.get("type")) == (entry["name"], entry.get("type")) for e in o["attributes"])
            for o in others
        )
    ]


def shared_value(shapes: Sequence[Annotation], name: str) -> Any:
    """The value that all shapes have; None: none has one; MIXED: they differ."""
    values = [shape.attributes.get(name) for shape in shapes]
    return values[0] if all(value == values[0] for value in values) else MIXED


class AttributeForm(QWidget):
    """One row for each attribute; the fields are made anew when other attributes are shown.

    Signals:
        changed: name and value; None takes the value away.
    """

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, QWidget] = {}
        self._entries: list[Mapping[str, Any]] = []
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(10)
        self._form.setVerticalSpacing(6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    def show_shapes(self, entries: Sequence[Mapping[str, Any]], shapes: Sequence[Annotation]) -> None:
        """Show these attributes with the shapes' values."""
        if list(entries) != self._entries:
            self._entries = list(entries)
            self._rebuild()
        for entry in self._entries:
            field, value = self.fields[entry["name"]], shared_value(shapes, entry["name"])
            field.blockSignals(True)
            _set(field, value, self.tr("several values"), self.tr("required") if entry.get("required") else "")
            field.blockSignals(False)
            wrong = value is not MIXED and bool(problem(entry, value))
            if field.property("wrong") != ("true" if wrong else "false"):
                field.setProperty("wrong", "true" if wrong else "false")
                field.style().polish(field)
        self.setVisible(bool(self._entries))

    def focus_first(self) -> bool:
        """Put the keys into the first field; whether there is one."""
        first = next(iter(self.fields.values()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return first is not None

    def commit(self) -> None:
        """Tell what is typed and not told yet: the shapes are left."""
        for field in self.fields.values():
            if isinstance(field, QLineEdit):
                field.editingFinished.emit()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self._rebuild()

    def _rebuild(self) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self.fields = {}
        for entry in self._entries:
            name = entry["name"]
            field = self._field(entry, lambda value, name=name: self.changed.emit(name, value))
            field.setObjectName(f"attribute_{name}")
            field.setAccessibleName(name)
            self.fields[name] = field
            shown = label(name, "quiet")
            shown.setBuddy(field)
            self._form.addRow(shown, field)

    def _field(self, entry: Mapping[str, Any], tell: Callable[[Any], None]) -> QWidget:
        kind = entry.get("type", "text")
        if kind == "choice":
            box = QComboBox()
            box.addItem("—", None)
            for value in entry.get("values", ()):
                box.addItem(str(value), value)
            box.activated.connect(lambda at: tell(box.itemData(at)))
            return box
        if kind == "flag":
            tick = QCheckBox()
            tick.clicked.connect(lambda on: (tick.setTristate(False), tell(bool(on))))
            return tick
        line = QLineEdit()
        if kind == "number":
            low, high = entry.get("range") or (None, None)
            line.setValidator(QDoubleValidator(line))
            if low is not None or high is not None:
                line.setToolTip(f"{'…' if low is None else low} – {'…' if high is None else high}")
        line.editingFinished.connect(lambda: self._typed(line, entry, tell))
        return line

    def _typed(self, line: QLineEdit, entry: Mapping[str, Any], tell: Callable[[Any], None]) -> None:
        if line.isModified():
            line.setModified(False)
            tell(self._number(line, entry) if entry.get("type") == "number" else line.text().strip() or None)

    @staticmethod
    def _number(line: QLineEdit, entry: Mapping[str, Any]) -> float | int | None:
        value, good = QLocale().toDouble(line.text().strip())
        if not good:
            return None
        found = in_range(value, entry.get("range"))
        return int(found) if found == int(found) else float(found)


def _set(field: QWidget, value: Any, several: str, required: str) -> None:
    if isinstance(field, QComboBox):
        field.setPlaceholderText(several)
        at = -1 if value is MIXED else max(field.findData(value), 0)
        if value is not MIXED and value is not None and field.findData(value) < 0:
            field.addItem(f"{value} ?", value)  # a value that the schema does not know is shown as it is
            at = field.count() - 1
        field.setCurrentIndex(at)
    elif isinstance(field, QCheckBox):
        field.setTristate(value is MIXED)
        field.setCheckState(Qt.CheckState.PartiallyChecked if value is MIXED else Qt.CheckState.Checked if value is True else Qt.CheckState.Unchecked)  # fmt: skip
    elif isinstance(field, QLineEdit) and not (field.hasFocus() and field.isModified()):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        text = "" if value in (None, MIXED) else QLocale().toString(value) if number else str(value)
        field.setText(text.replace(QLocale().groupSeparator(), "") if number else text)
        field.setPlaceholderText(several if value is MIXED else required)
