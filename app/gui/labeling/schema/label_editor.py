"""Everything of one label: name, colour, key, shapes, attributes, skeleton, relations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QColorDialog,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.gui.labeling.schema.attributes import AttributeTable
from app.gui.labeling.schema.skeleton import SkeletonCanvas
from app.gui.labeling.schema.tree import swatch
from app.gui.labeling.tools.kit import kind_names
from app.gui.widgets.controls import Card, button, label, roomy, row
from engine.data.records import KINDS, Label


class LabelEditor(QWidget):
    """Fields for a label; what a person changes is told, whoever listens keeps it.

    Signals:
        changed: fields of the label with their new values.
        detail_changed: name and value of a detail.
        split_wanted: the attribute whose values shall become labels.
        skeleton_changed: points, lines or their order are others now.
    """

    changed = Signal(dict)
    detail_changed = Signal(str, object)
    skeleton_changed = Signal()
    split_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.label = Label(0, "", "#888888")
        self.name, self.key, self.relations = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setObjectName("label_name")
        self.key.setFixedWidth(96)
        self.color = button("", self._pick_color)
        self.color.setIconSize(QSize(14, 14))
        self.kinds = {kind: QCheckBox() for kind in KINDS}
        self.attributes = AttributeTable()
        self.skeleton = SkeletonCanvas()
        self.points = QListWidget()
        self.points.setObjectName("points")
        self.points.setSpacing(3)
        self.points.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.points.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.twin, self.sigma = QComboBox(), QDoubleSpinBox()
        self.twin.setObjectName("twin")
        self.sigma.setRange(0.0, 1.0)
        self.sigma.setDecimals(3)
        self.sigma.setSingleStep(0.005)
        self.sigma.setKeyboardTracking(False)
        roomy(self.sigma)
        self.texts = {name: label("", "quiet") for name in ("name", "key", "color", "relations", "twin", "sigma")}
        self.general, self.shapes, self.values, self.skeletons = Card(), Card(), Card(), Card()
        self.add_attribute = button("", lambda: self.attributes.add(self.tr("attribute")))
        self.remove_attribute = button("", self.attributes.remove_current)
        self.split = button("", self._split)
        self.all_kinds = label("", "small", wrap=True)
        self.skeleton_help = label("", "small", wrap=True)
        self._build()
        self._connect()
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        words = {
            "name": self.tr("Name"), "key": self.tr("Key"), "color": self.tr("Colour"),
            "relations": self.tr("Relations"), "twin": self.tr("Mirrored with"), "sigma": self.tr("Tolerance σ"),
        }  # fmt: skip
        for name, text in words.items():
            self.texts[name].setText(text)
        self.general.set_heading(self.tr("General"))
        self.shapes.set_heading(self.tr("Allowed shapes"))
        self.values.set_heading(self.tr("Attributes"))
        self.skeletons.set_heading(self.tr("Skeleton"))
        self.key.setPlaceholderText(self.tr("auto"))
        self.key.setToolTip(self.tr("The key that chooses this label; empty: the first free digit"))
        self.relations.setPlaceholderText(self.tr("names with commas between them, such as: causes, belongs to"))
        self.all_kinds.setText(self.tr("None chosen: all are allowed."))
        self.add_attribute.setText(self.tr("Add attribute"))
        self.remove_attribute.setText(self.tr("Remove"))
        self.split.setText(self.tr("Make its values labels"))
        self.split.setToolTip(self.tr("A label below this one for each value of the chosen attribute; shapes follow"))
        self.skeleton_help.setText(
            self.tr("Click adds a point, drag moves it, Ctrl+click connects two. Keys: N, arrows, Space, 1–9, Delete.")
        )
        self.skeleton.setAccessibleName(self.tr("Skeleton"))
        self.points.setAccessibleName(self.tr("Names of the keypoints"))
        self.points.setToolTip(self.tr("F2 renames, drag changes the order"))
        self.twin.setToolTip(
            self.tr("The point that the chosen one changes places with when an image is mirrored, as left and right do")
        )
        self.sigma.setToolTip(
            self.tr(
                "How exactly people place the chosen point, as a share of the object's size; smaller: judged more strictly"
            )
        )
        self.sigma.setSpecialValueText(self.tr("as usual"))
        for kind, text in kind_names().items():
            if kind in self.kinds:
                self.kinds[kind].setText(text)
        self.attributes.retranslate()
        for field, name in (
            (self.name, "name"),
            (self.key, "key"),
            (self.color, "color"),
            (self.relations, "relations"),
            (self.twin, "twin"),
            (self.sigma, "sigma"),
        ):
            field.setAccessibleName(words[name])

    def show_label(self, shown: Label, key: str, sources: list[int | None]) -> None:
        """Show a label; a field that is being typed in stays."""
        self.label = shown
        for field, text in (
            (self.name, shown.name),
            (self.key, shown.shortcut),
            (self.relations, ", ".join(shown.details.get("relations", ()))),
        ):
            if not field.hasFocus() or field.text() != text:
                field.setText(text)
        self.key.setPlaceholderText(key or self.tr("auto"))
        self.color.setIcon(swatch(shown.color))
        self.color.setText(shown.color)
        for kind, box in self.kinds.items():
            box.blockSignals(True)
            box.setChecked(kind in shown.shapes)
            box.blockSignals(False)
        self.attributes.show_entries(shown.attributes)
        details: Mapping[str, Any] = shown.details
        self.skeleton.show_skeleton(
            details.get("keypoints", ()), details.get("skeleton", ()), details.get("places", ()), sources, QColor(shown.color),
            details.get("mirrored", ()), details.get("sigmas", {}),
        )  # fmt: skip
        self._show_points()
        self._show_skeleton_card()

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(self.texts["name"], self.name)
        form.addRow(self.texts["color"], row(self.color, self.texts["key"], self.key, 1, spacing=12))
        form.addRow(self.texts["relations"], self.relations)
        self.general.body.addLayout(form)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        for place, box in enumerate(self.kinds.values()):
            grid.addWidget(box, place // 5, place % 5)
        grid.setColumnStretch(5, 1)
        self.shapes.body.addLayout(grid)
        self.shapes.body.addWidget(self.all_kinds)
        self.values.body.addWidget(self.attributes)
        self.values.body.addWidget(row(self.add_attribute, self.remove_attribute, self.split, 1))
        drawn = QHBoxLayout()
        drawn.setSpacing(12)
        drawn.addWidget(self.skeleton, 2)
        side = QVBoxLayout()
        side.addWidget(self.points, 1)
        for name, field in (("twin", self.twin), ("sigma", self.sigma)):
            self.texts[name].setBuddy(field)
            side.addWidget(self.texts[name])
            side.addWidget(field)
        drawn.addLayout(side, 1)
        self.skeletons.body.addLayout(drawn)
        self.skeletons.body.addWidget(self.skeleton_help)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for card in (self.general, self.shapes, self.values, self.skeletons):
            column.addWidget(card)
        column.addStretch(1)

    def _connect(self) -> None:
        self.name.editingFinished.connect(lambda: self._tell(name=" ".join(self.name.text().split())))
        self.key.editingFinished.connect(self._tell_key)
        self.relations.editingFinished.connect(self._tell_relations)
        for box in self.kinds.values():
            box.toggled.connect(lambda _on: self._tell_kinds())
        self.attributes.changed.connect(lambda: self.changed.emit({"attributes": self.attributes.entries()}))
        self.skeleton.changed.connect(self._skeleton_changed)
        self.skeleton.chosen.connect(lambda at: at < self.points.count() and self.points.setCurrentRow(at))
        self.skeleton.chosen.connect(lambda _at: self._show_point())
        self.points.currentRowChanged.connect(self.skeleton.choose)
        self.twin.activated.connect(lambda _at: self.skeleton.pair(self.skeleton.current, self.twin.currentData()))
        self.sigma.valueChanged.connect(lambda value: self.skeleton.set_sigma(self.skeleton.current, round(value, 3)))
        self.points.itemChanged.connect(self._point_renamed)
        self.points.model().rowsMoved.connect(
            lambda _a, start, _end, _b, to: self.skeleton.move_point(start, to - (to > start))
        )

    def _tell(self, **values: Any) -> None:
        if any(getattr(self.label, name) != value for name, value in values.items()):
            self.changed.emit(values)

    def _tell_key(self) -> None:
        """A letter or a chord such as Ctrl+Q, as Qt writes it; what is no key is taken back."""
        typed = self.key.text().strip()
        key = QKeySequence(typed).toString(QKeySequence.SequenceFormat.PortableText)
        if typed and not key:
            self.key.setText(self.label.shortcut)
        else:
            self._tell(shortcut=key)

    def _tell_kinds(self) -> None:
        self._tell(shapes=tuple(kind for kind, box in self.kinds.items() if box.isChecked()))
        self._show_skeleton_card()

    def _tell_relations(self) -> None:
        names = [name for part in self.relations.text().replace("，", ",").split(",") if (name := part.strip())]
        if names != list(self.label.details.get("relations", ())):
            self.detail_changed.emit("relations", names)

    def _split(self) -> None:
        at = self.attributes.currentRow()
        entries = self.attributes.entries()
        self.split_wanted.emit(entries[at]["name"] if 0 <= at < len(entries) else "")

    def _pick_color(self) -> None:
        color = QColorDialog.getColor(QColor(self.label.color), self, self.tr("Colour of {0}").format(self.label.name))
        if color.isValid():
            self._tell(color=color.name().upper())

    def _show_skeleton_card(self) -> None:
        """The skeleton is of use only where skeletons are allowed."""
        allowed = not self.label.shapes or "keypoints" in self.label.shapes or bool(self.skeleton.names)
        self.skeletons.setVisible(allowed or self.kinds["keypoints"].isChecked())

    def _skeleton_changed(self) -> None:
        self._show_points()
        self.skeleton_changed.emit()

    def _show_points(self) -> None:
        self.points.blockSignals(True)
        self.points.clear()
        for name in self.skeleton.names:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.points.addItem(item)
        self.points.setCurrentRow(self.skeleton.current)
        self.points.blockSignals(False)
        self._show_point()

    def _show_point(self) -> None:
        """What is said of the chosen point."""
        drawn, at = self.skeleton, self.skeleton.current
        self.twin.clear()
        by_name = all(twin < 0 for twin in drawn.twins)  # one pair that is named, and names count no more
        self.twin.addItem(self.tr("as its name says") if by_name else self.tr("none"), -1)
        for place, name in enumerate(drawn.names):
            if place != at:
                self.twin.addItem(name, place)
        chosen = 0 <= at < len(drawn.names)
        self.twin.setCurrentIndex(self.twin.findData(drawn.twins[at]) if chosen else 0)
        self.sigma.blockSignals(True)
        self.sigma.setValue(drawn.sigmas[at] if chosen else 0.0)
        self.sigma.blockSignals(False)
        for field in (self.twin, self.sigma):
            field.setEnabled(chosen)

    def _point_renamed(self, item: QListWidgetItem) -> None:
        at, name = self.points.row(item), item.text().strip()
        if name and name not in self.skeleton.names:
            self.skeleton.names[at] = name
            self.skeleton.update()
            self.skeleton_changed.emit()
        else:
            self._show_points()
