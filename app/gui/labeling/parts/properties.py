"""The part below the shape list: attributes, marks and relations of the selected shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.attribute_form import AttributeForm, common_attributes
from app.gui.labeling.parts.part import Part
from app.gui.widgets.controls import button, label, link_button
from engine.data.records import Annotation
from engine.labeling import groups

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage

MARKS = ("occluded", "truncated", "ignore", "locked", "hidden")
MOST_RELATIONS = 6


class Properties(Part):
    """What the selected shapes are, to read and to change; it is away while nothing is selected."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.widget = QWidget()
        self.widget.setObjectName("shape_properties")
        self.form = AttributeForm()
        self.form.changed.connect(self._set_attribute)
        self.no_attributes = label("", "small", wrap=True)
        self.marks = {name: QPushButton() for name in MARKS}
        marks = QGridLayout()
        marks.setSpacing(4)
        for place, (name, box) in enumerate(self.marks.items()):
            box.setObjectName(f"mark_{name}")
            box.setProperty("kind", "mark")
            box.setCheckable(True)
            box.setAutoDefault(False)
            box.clicked.connect(lambda _=False, name=name: self._set_mark(name))
            marks.addWidget(box, place // 3, place % 3)
        self.more = button("", self._open_menu, "mark")
        self.more.setObjectName("more_operations")
        marks.addWidget(self.more, len(MARKS) // 3, len(MARKS) % 3)
        self.relations_title = label("", "quiet")
        self.relate = link_button("", lambda: page.acts["relate"].trigger())
        self.relation = QComboBox()
        self.relation.setEditable(True)
        self.relation.setObjectName("relation_name")
        self.relation.lineEdit().textEdited.connect(self._type_relation)
        self.relation.textActivated.connect(self._type_relation)
        self._typed = ""  # the name of relations that a person typed or chose
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.relations_title)
        head.addWidget(self.relation, 1)
        head.addWidget(self.relate)
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.form)
        column.addWidget(self.no_attributes)
        column.addLayout(marks)
        column.addLayout(head)
        column.addLayout(self._rows)
        self._shown: tuple[object, ...] = ()
        self.widget.hide()
        page.side.shapes.toggled.connect(self._toggle)

    def entries(self) -> Sequence[Entry]:
        translate = QCoreApplication.translate
        return [
            Entry("properties", translate("LabelingOperations", "Attributes of the selected shapes"), ("F4",)),
            Entry("filter_shapes", translate("LabelingOperations", "Search in the list of shapes"), ("Ctrl+F",)),
        ]

    def do(self, name: str) -> None:
        self.page.side.show_tab("shapes")
        self.page.catch_up()
        if name == "filter_shapes":
            self.page.side.shapes.search()
        elif not self.form.focus_first():
            self.marks["occluded"].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("shapes", self.widget)]

    def retranslate(self) -> None:
        words = {
            "occluded": (self.tr("Occluded"), self.tr("Something lies in front of it")),
            "truncated": (self.tr("Truncated"), self.tr("The edge of the image cuts it off")),
            "ignore": (self.tr("Ignore"), self.tr("This region is neither trained on nor evaluated")),
            "locked": (self.tr("Locked"), self.tr("It cannot be moved or changed by the mouse")),
            "hidden": (self.tr("Hidden"), self.tr("It is not drawn")),
        }
        for name, (text, tip) in words.items():
            self.marks[name].setText(text)
            self.marks[name].setToolTip(f"{text}: {tip}{self._key(f'flag_{name}')}")
        self.more.setText(self.tr("More…"))
        self.more.setToolTip(self.tr("Combine, convert, align, order, group, copy: all that can be done with them"))
        self.relations_title.setText(self.tr("Relations"))
        self.relate.setText(self.tr("Add…"))
        self.relate.setToolTip(self.tr("Pick the shape that it points to") + self._key("relate"))
        self.relation.setAccessibleName(self.tr("Name of the relation"))
        self.relation.lineEdit().setPlaceholderText(self.tr("name, such as: causes"))
        self.no_attributes.setText(self.tr("The labels of these shapes have no attributes in common."))
        self.form.retranslate()
        self.page.side.shapes.retranslate()
        self._shown = ()
        self._show()

    def selection_shown(self) -> None:
        self._show()

    def going(self, item_id: int, by: int) -> None:
        self.form.commit()

    def _key(self, name: str) -> str:
        """The key of an action, as it stands in tooltips."""
        action = self.page.acts.get(name)
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) if action is not None else ""
        return f" ({key})" if key else ""

    def closed(self) -> None:
        self._shown = ()
        self.widget.hide()

    def _open_menu(self) -> None:
        """The menu that a right click on the canvas opens."""
        menu = QMenu(self.widget)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for part in self.page.parts:
            part.menu(menu, self.page.editing.selected())
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _toggle(self, shape_id: int, flag: str) -> None:
        """An eye or a lock of the list was pressed."""
        shape = self.page.canvas.document.get(shape_id)
        if shape is not None:
            self.page.editing.edit(groups.set_flag([shape], flag, flag not in shape.flags), "Change mark")

    def _show(self) -> None:
        shapes = self.page.editing.selected()
        self.widget.setVisible(bool(shapes))
        state = (tuple(shapes), tuple(self.page.labels), self._relations_of(shapes))
        if not shapes or state == self._shown:
            return
        self._shown = state
        labels = {one.id: one for one in self.page.labels}
        mine = [labels[number] for number in dict.fromkeys(shape.label_id for shape in shapes) if number in labels]
        entries = common_attributes([{"attributes": one.attributes} for one in mine])
        self.form.show_shapes(entries, shapes)
        self.no_attributes.setVisible(not entries and len(mine) > 1 and any(one.attributes for one in mine))
        placed = [shape for shape in shapes if shape.x is not None]
        for name, box in self.marks.items():
            count = sum(name in shape.flags for shape in placed)
            box.setChecked(0 < count == len(placed))
            font = box.font()
            font.setItalic(0 < count < len(placed))  # some have it
            font.setUnderline(font.italic())
            box.setFont(font)
            box.setEnabled(bool(placed))
        self._show_relations(shapes, mine[0].details.get("relations", ()) if mine else ())

    def _relations_of(self, shapes: Sequence[Annotation]) -> tuple[groups.Relation, ...]:
        document = self.page.canvas.document
        if len(shapes) != 1 or not document.related:
            return ()
        related = [document.get(one) for one in {*document.related, shapes[0].id}]
        ends = {end for shape in related if shape is not None for end, _ in shape.relations}
        there = {shape.id: shape for shape in (*related, *(document.get(end) for end in ends)) if shape is not None}
        return tuple(groups.relations(list(there.values()), shapes[0].id))

    def _show_relations(self, shapes: Sequence[Annotation], names: Sequence[str]) -> None:
        one = len(shapes) == 1 and shapes[0].x is not None
        for widget in (self.relations_title, self.relation, self.relate):
            widget.setVisible(one)
        while self._rows.count():
            gone = self._rows.takeAt(0).widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        if not one:
            return
        if not self.relation.lineEdit().hasFocus():
            self.relation.clear()
            self.relation.addItems([*names])
            self.relation.setEditText(self._typed or (names[0] if names else ""))
            self._name_relation(self.relation.currentText())
        for tie in self._relations_of(shapes)[:MOST_RELATIONS]:
            self._rows.addWidget(self._row(tie, shapes[0].id))

    def _row(self, tie: groups.Relation, mine: int) -> QWidget:
        other = tie.end if tie.start == mine else tie.start
        shape = self.page.canvas.document.get(other)
        name = self.page.canvas.look.names.get(shape.label_id, "?") if shape is not None else "?"
        arrow = "→" if tie.start == mine else "←"
        held = QWidget()
        line = QHBoxLayout(held)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        show = button(f"{arrow}  {tie.name}  {name}", lambda: self._show_other(other), "flat")
        show.setToolTip(self.tr("Show this shape"))
        remove = button("", lambda: self._remove(tie), "flat", self.page.shell.icon("close"))
        remove.setFixedWidth(28)
        remove.setToolTip(self.tr("Remove this relation"))
        remove.setAccessibleName(self.tr("Remove this relation"))
        line.addWidget(show, 1)
        line.addWidget(remove)
        return held

    def _show_other(self, shape_id: int) -> None:
        self.page.canvas.select([shape_id])
        self.page.canvas.reveal(shape_id)

    def _remove(self, tie: groups.Relation) -> None:
        start = self.page.canvas.document.get(tie.start)
        if start is not None:
            self.page.editing.edit(groups.unrelate(start, tie), "Remove relation")

    def _type_relation(self, name: str) -> None:
        self._typed = name.strip()
        self._name_relation(name)

    def _name_relation(self, name: str) -> None:
        from app.gui.labeling.parts.operations import Operations

        for part in self.page.parts:
            if isinstance(part, Operations):
                part.relation = name.strip()

    def _set_attribute(self, name: str, value: object) -> None:
        self.page.editing.edit(groups.set_attribute(self.page.editing.selected(), name, value), "Change attribute")

    def _set_mark(self, name: str) -> None:
        placed = [shape for shape in self.page.editing.selected() if shape.x is not None]
        on = not all(name in shape.flags for shape in placed)
        self._shown = ()
        self.page.editing.edit(groups.set_flag(placed, name, on), "Change mark")
