"""A form made from the JSON schema of a parameter model: one field per parameter, help, limits, what is wrong.

The schema is a plain dict (`Model.model_json_schema()`), so the window needs no pydantic to show it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QSpinBox, QVBoxLayout, QWidget

from app.gui.shell.theme import mono_font
from app.gui.widgets.controls import FieldRow, link_button, roomy

Schema = Mapping[str, Any]
BIG = 2**31 - 1
LINES_HEIGHT = 180  # of a field for code, px


class ParameterForm(QWidget):
    """Fields for the properties of a JSON schema.

    Signals:
        changed(name, value): a field has a new, valid value.
    """

    changed = Signal(str, object)

    def __init__(self, schema: Schema | Any, values: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        if not isinstance(schema, Mapping):
            schema = schema.model_json_schema()
        self._schema = schema
        self._rows: dict[str, FieldRow] = {}
        self._fields: dict[str, Field] = {}
        self._advanced: list[FieldRow] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for name, raw in schema.get("properties", {}).items():
            prop = resolved(raw, schema)
            value = (values or {}).get(name, prop.get("default"))
            made = make_field(prop, value)
            row = FieldRow(title_of(name, prop), made.widget, help_of(prop))
            made.told = lambda value, problem, name=name: self._told(name, value, problem)
            self._rows[name], self._fields[name] = row, made
            if prop.get("advanced"):
                self._advanced.append(row)
            layout.addWidget(row)
        self.more = link_button("", self._unfold)
        self.more.setVisible(bool(self._advanced))
        for row in self._advanced:
            row.hide()
            layout.removeWidget(row)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        for row in self._advanced:
            layout.addWidget(row)
        layout.addStretch(1)
        self._name_more()

    def values(self) -> dict[str, Any]:
        """All values as they stand; a field with a problem gives its last valid value."""
        return {name: field.value for name, field in self._fields.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show other values, without telling of a change."""
        for name, value in values.items():
            if name in self._fields:
                self._fields[name].show(value)
                self._rows[name].set_problem("")

    def set_problem(self, name: str, text: str) -> None:
        """Say at a field what the model finds wrong; empty: nothing."""
        if name in self._rows:
            if text and self._rows[name] in self._advanced:
                self._unfold(True)
            self._rows[name].set_problem(text)

    def is_valid(self) -> bool:
        """Whether no field has a problem of its own."""
        return not any(field.problem for field in self._fields.values())

    def field(self, name: str) -> QWidget:
        """The editor of one parameter."""
        return self._fields[name].widget

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            for name, row in self._rows.items():
                prop = resolved(self._schema["properties"][name], self._schema)
                row.name.setText(title_of(name, prop))
                for part in (row.name, row.field):
                    part.setToolTip(help_of(prop))
            self._name_more()
        super().changeEvent(event)

    def _told(self, name: str, value: Any, problem: str) -> None:
        self._rows[name].set_problem(problem)
        if not problem:
            self.changed.emit(name, value)

    def _unfold(self, show: bool | None = None) -> None:
        shown = self._advanced[0].isHidden() if show is None else show
        for row in self._advanced:
            row.setVisible(shown)
        self._name_more()

    def _name_more(self) -> None:
        hidden = bool(self._advanced) and self._advanced[0].isHidden()
        self.more.setText(self.tr("More settings") if hidden else self.tr("Fewer settings"))


class Field:
    """An editor of one value with its checks; `told(value, problem)` is called at every change by the person."""

    def __init__(self, widget: QWidget, value: Any, show: Callable[[Any], None]) -> None:
        self.widget = widget
        self.value = value
        self.problem = ""
        self.told: Callable[[Any, str], object] = lambda *_: None
        self._show = show

    def show(self, value: Any) -> None:
        """Show a value, silently."""
        blocker = QSignalBlocker(self.widget)
        self.value, self.problem = value, ""
        self._show(value)
        del blocker

    def take(self, value: Any, problem: str = "") -> None:
        """The person entered something."""
        self.problem = problem
        if not problem:
            self.value = value
        self.told(value, problem)


def make_field(prop: Schema, value: Any) -> Field:
    """The editor that fits a property."""
    kind = prop.get("type")
    if "enum" in prop or "const" in prop:
        return _choice(prop, value)
    if kind == "boolean":
        return _switch(value)
    if kind == "integer" and not prop.get("nullable"):
        return _whole_number(prop, value)
    return _lines(value) if prop.get("lines") else _text(prop, value)


def _choice(prop: Schema, value: Any) -> Field:
    options = list(prop.get("enum", [prop.get("const")]))
    names = prop.get("names_zh" if _chinese() else "names", {}) or {}
    box = QComboBox()
    for option in options:
        box.addItem(str(names.get(option, option)), option)
    field = Field(
        box, value, lambda shown: box.setCurrentIndex(max(0, options.index(shown) if shown in options else 0))
    )
    field.show(value)
    box.currentIndexChanged.connect(lambda at: field.take(options[at]))
    _ignore_wheel(box)
    return field


def _switch(value: Any) -> Field:
    box = QCheckBox()
    field = Field(box, bool(value), lambda shown: box.setChecked(bool(shown)))
    field.show(bool(value))
    box.toggled.connect(lambda on: field.take(bool(on)))
    return field


def _whole_number(prop: Schema, value: Any) -> Field:
    box = QSpinBox()
    roomy(box)
    low = prop.get("minimum", prop["exclusiveMinimum"] + 1 if "exclusiveMinimum" in prop else -BIG)
    high = prop.get("maximum", prop["exclusiveMaximum"] - 1 if "exclusiveMaximum" in prop else BIG)
    box.setRange(max(-BIG, int(low)), min(BIG, int(high)))
    box.setKeyboardTracking(False)
    step = int(prop.get("multipleOf", 1))
    box.setSingleStep(step)
    if unit := prop.get("unit"):
        box.setSuffix(f" {unit}")
    field = Field(box, value, lambda shown: box.setValue(int(shown or 0)))
    field.show(value if value is not None else box.minimum() if box.minimum() > 0 else 0)

    def taken(number: int) -> None:
        nearest = round(number / step) * step
        if nearest != number and box.minimum() <= nearest <= box.maximum():
            box.setValue(nearest)  # comes back here
        else:
            field.take(number)

    box.valueChanged.connect(taken)
    _ignore_wheel(box)
    return field


def _text(prop: Schema, value: Any) -> Field:
    """Real numbers, text, lists: a line that is read when it is left."""
    line = QLineEdit()
    if unit := prop.get("unit"):
        line.setPlaceholderText(str(unit))
    field = Field(line, value, lambda shown: line.setText(written(shown)))
    field.show(value)

    def read() -> None:
        entered, problem = read_text(prop, line.text())
        if problem or entered != field.value or field.problem:
            field.take(entered, problem)

    line.editingFinished.connect(read)
    return field


def _lines(value: Any) -> Field:
    """Code: several lines, taken when they are left."""
    box = _Lines()
    field = Field(box, value, lambda shown: box.setPlainText(str(shown or "")))
    field.show(value)
    box.left.connect(lambda: field.take(box.toPlainText()) if box.toPlainText() != field.value else None)
    return field


class _Lines(QPlainTextEdit):
    """A small editor of code."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(mono_font())
        self.setMinimumHeight(LINES_HEIGHT)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


def written(value: Any) -> str:
    """A value as a person writes it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and not any(isinstance(part, list | tuple | dict | str) for part in value):
        return ", ".join(written(part) for part in value)
    return json.dumps(value, ensure_ascii=False)


def read_text(prop: Schema, text: str) -> tuple[Any, str]:
    """The value that a text stands for, and what is wrong with it."""
    from PySide6.QtCore import QCoreApplication

    text, kind = text.strip(), prop.get("type")
    if not text and prop.get("nullable"):
        return None, ""
    if kind in ("number", "integer"):
        try:
            number = float(text.replace(",", ".")) if kind == "number" else int(text)
        except ValueError:
            return None, QCoreApplication.translate("ParameterForm", "Write a number, for example {example}.").format(
                example=written(prop.get("default") or 1)
            )
        return number, _limits(prop, number)
    if kind == "array":
        source = text if text.startswith("[") else f"[{text}]"
        try:
            return json.loads(source), ""
        except ValueError:
            return None, QCoreApplication.translate("ParameterForm", "Write values with commas between, as in 1, 2, 3.")
    if kind == "object":
        try:
            return json.loads(text or "{}"), ""
        except ValueError as error:
            return None, QCoreApplication.translate("ParameterForm", "This is not JSON: {error}").format(error=error)
    return text, ""


def _limits(prop: Schema, number: float) -> str:
    from PySide6.QtCore import QCoreApplication

    rules = (
        ("minimum", lambda limit: number < limit, QCoreApplication.translate("ParameterForm", "At least {limit}.")),
        ("maximum", lambda limit: number > limit, QCoreApplication.translate("ParameterForm", "At most {limit}.")),
        (
            "exclusiveMinimum",
            lambda limit: number <= limit,
            QCoreApplication.translate("ParameterForm", "More than {limit}."),
        ),
        (
            "exclusiveMaximum",
            lambda limit: number >= limit,
            QCoreApplication.translate("ParameterForm", "Less than {limit}."),
        ),
    )
    return next(
        (text.format(limit=written(prop[key])) for key, broken, text in rules if key in prop and broken(prop[key])), ""
    )


def resolved(prop: Schema, schema: Schema) -> dict[str, Any]:
    """A property with its references and its "or null" put in place."""
    found = dict(prop)
    if "$ref" in found:
        name = found.pop("$ref").rsplit("/", 1)[-1]
        found = {**schema.get("$defs", {}).get(name, {}), **found}
    if "allOf" in found and len(found["allOf"]) == 1:
        found = {**resolved(found.pop("allOf")[0], schema), **found}
    if "anyOf" in found:
        kinds = [resolved(part, schema) for part in found.pop("anyOf")]
        real = [part for part in kinds if part.get("type") != "null"]
        merged = real[0] if len(real) == 1 else {"type": "string"}
        found = {**merged, **found, "nullable": len(real) < len(kinds)}
    return found


def title_of(name: str, prop: Schema) -> str:
    """The name of a parameter in the language now chosen, with its unit."""
    title = str(
        (prop.get("title_zh") if _chinese() else "") or prop.get("title") or name.replace("_", " ").capitalize()
    )
    return f"{title} ({prop['unit']})" if prop.get("unit") and prop.get("type") != "integer" else title


def help_of(prop: Schema) -> str:
    """The help of a parameter in the language now chosen."""
    return str((prop.get("help_zh") if _chinese() else "") or prop.get("help_en") or prop.get("description") or "")


def _chinese() -> bool:
    return QLocale().language() == QLocale.Language.Chinese


def _ignore_wheel(widget: QWidget) -> None:
    """Scrolling over a form must not change what it passes."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.wheelEvent = lambda event: event.ignore()  # type: ignore[method-assign]
