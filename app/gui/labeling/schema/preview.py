"""What a change of the schema does with the annotations: said with counts, chosen, then done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QScrollArea, QWidget

from app.gui.labeling.schema.attributes import type_words
from app.gui.labeling.tools.kit import kind_names
from app.gui.widgets.controls import label
from app.gui.widgets.dialog import Dialog
from engine.labeling.migration import CLEAR, CLIP, FILL, LEAVE, REMOVE, TO_KIND, TO_LABEL, TO_VALUE, Effect, Plan


class PreviewDialog(Dialog):
    """One line for each effect; where there is a choice it is made here."""

    def __init__(
        self, parent: QWidget, plan: Plan, names: Mapping[int, str], apply: Callable[[dict[str, str]], object]
    ) -> None:
        super().__init__(parent, "", width=720)
        title = self.tr("What the new schema does")
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(self._summary(plan))
        self.text.show()
        self.accept_button.setText(self.tr("Apply"))
        self.accept_button.show()
        self.boxes: dict[str, QComboBox] = {}
        self._names, self._kinds = names, kind_names()
        rows = QWidget()
        grid = QGridLayout(rows)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, effect in enumerate(plan.effects):
            count = label(QLocale().toString(effect.count), "heading")
            count.setToolTip(self.tr("annotations"))
            grid.addWidget(count, row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(label(effect_text(effect), wrap=True), row, 1)
            if effect.choices:
                grid.addWidget(self._box(effect), row, 2)
        grid.setRowStretch(len(plan.effects), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(rows)
        scroll.setMinimumHeight(min(60 + 42 * len(plan.effects), 380))
        scroll.setVisible(bool(plan.effects))
        self.body.addWidget(scroll)
        self.on_accept = lambda: apply(self.choices()) and None
        self._check()

    def choices(self) -> dict[str, str]:
        """What was chosen, by the effect's key."""
        return {key: str(box.currentData()) for key, box in self.boxes.items() if box.currentData()}

    def _box(self, effect: Effect) -> QComboBox:
        box = QComboBox()
        box.setObjectName(effect.key)
        box.setAccessibleName(effect_text(effect))
        box.setMinimumWidth(200)
        if effect.undecided:
            box.addItem(self.tr("choose…"), "")
        for choice in effect.choices:
            box.addItem(self._choice_text(choice), choice)
        box.setCurrentIndex(max(box.findData(effect.choice), 0))
        box.currentIndexChanged.connect(lambda _at: self._check())
        self.boxes[effect.key] = box
        return box

    def _check(self) -> None:
        self.accept_button.setEnabled(all(box.currentData() for box in self.boxes.values()))

    def _choice_text(self, choice: str) -> str:
        words = {
            LEAVE: self.tr("leave as it is"),
            CLEAR: self.tr("take the value away"),
            REMOVE: self.tr("remove the shapes"),
            CLIP: self.tr("move to the nearest limit"),
            FILL: self.tr("fill in the default"),
        }
        if choice.startswith(TO_KIND):
            kind = choice.removeprefix(TO_KIND)
            return self.tr("convert to: {0}").format(self._kinds.get(kind, kind))
        if choice.startswith(TO_VALUE):
            return self.tr("make it {0}").format(choice.removeprefix(TO_VALUE))
        if choice.startswith(TO_LABEL):
            return self.tr("make them “{0}”").format(self._names.get(int(choice.removeprefix(TO_LABEL)), "?"))
        return words.get(choice, choice)

    def _summary(self, plan: Plan) -> str:
        added, changed, removed = (QLocale().toString(count) for count in plan.labels)
        text = self.tr("{0} labels added, {1} changed, {2} removed.").format(added, changed, removed)
        if not plan.effects:
            return f"{text} " + self.tr("No annotation is affected.")
        return f"{text} " + self.tr(
            "This is what happens to annotations; Ctrl+Z on the labelling page takes all of it back."
        )


def effect_text(effect: Effect) -> str:
    """An effect in the language of the window."""
    names = kind_names()
    values = list(effect.values)
    if effect.key.startswith("kind:"):
        values[0] = names.get(values[0], values[0])
    elif effect.key.startswith(("type:", "typed:")):
        values[2] = type_words().get(values[2], values[2])
    return QCoreApplication.translate("Migration", effect.text).format(*values)


def _effect_words() -> None:
    """The engine's sentences, for the translators; never called."""
    for word in (
        QCoreApplication.translate("Migration", "“{0}” with {1} = {2} becomes “{3}”."),
        QCoreApplication.translate("Migration", "“{0}” becomes “{1}”."),
        QCoreApplication.translate("Migration", "The label “{0}” is removed."),
        QCoreApplication.translate("Migration", "Shapes of kind {0} are no longer allowed for “{1}”."),
        QCoreApplication.translate("Migration", "The attribute “{0}” of “{1}” is removed."),
        QCoreApplication.translate("Migration", "The attribute “{0}” of “{1}” is now called “{2}”."),
        QCoreApplication.translate("Migration", "“{0}” of “{1}” is required now; {2} is its default."),
        QCoreApplication.translate("Migration", "The value {0} of “{1}” is now {2}."),
        QCoreApplication.translate("Migration", "“{0}” of “{1}” is a {2} now; the value {3} is none."),
        QCoreApplication.translate("Migration", "“{0}” of “{1}” is a {2} now; values are converted."),
        QCoreApplication.translate("Migration", "The value {0} of “{1}” is no longer offered for “{2}”."),
        QCoreApplication.translate("Migration", "Values of “{0}” of “{1}” are outside {2} – {3}."),
        QCoreApplication.translate("Migration", "Skeletons of “{0}” get points without a place: {1}."),
        QCoreApplication.translate("Migration", "Skeletons of “{0}” lose points: {1}."),
        QCoreApplication.translate("Migration", "The points of the skeletons of “{0}” get another order."),
    ):
        assert word
