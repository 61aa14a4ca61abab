"""Asks what the releases of a target may keep of the images that they are asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QSpinBox, QWidget

from app.gui.widgets.controls import FieldRow, label, roomy, row
from app.gui.widgets.dialog import Dialog


class KeepDialog(Dialog):
    """The rules of `lineside feedback keep`; parts that are painted over stay as they were set there."""

    def __init__(self, parent: QWidget, target: str, rules: Mapping[str, Any] | None) -> None:
        super().__init__(parent, "", "", "-", width=520)
        from engine.serving.rules import IMAGES, Rules

        self._target, self._given = target, dict(rules or {})
        usual = Rules.of(self._given)
        self.setWindowTitle(self.tr("What it keeps"))
        self.title.setText(self.tr("What {} keeps").format(target))
        self.text.setText(
            self.tr(
                "Images that are worth a look lie on the target until they are collected. It holds at once, and for later releases."
            )
        )
        self.text.show()
        self.accept_button.setText(self.tr("Use these rules"))
        self.keeps = QCheckBox(self.tr("Keep images that are worth a look"))
        self.keeps.setChecked(rules is not None)
        self.low, self.high, self.disagreement = (_share(value) for value in (*usual.unsure, usual.disagreement))
        self.share = _share(100 * usual.share, 100, " %")
        self.days, self.megabytes = QSpinBox(), QSpinBox()
        for box, most, value, unit in (
            (self.days, 3650, usual.days, self.tr(" days")),
            (self.megabytes, 1_000_000, usual.megabytes, " MB"),
        ):
            box.setRange(1, most)
            box.setValue(round(value))
            box.setSuffix(unit)
        roomy(self.days, self.megabytes)
        self.image = QComboBox()
        words = {
            "whole": self.tr("The whole file"),
            "stripped": self.tr("The image without its EXIF, GPS and comments"),
            "crops": self.tr("Only the part with what was found"),
            "none": self.tr("No image, only the answer"),
        }
        for name in IMAGES:
            self.image.addItem(words[name], name)
        self.image.setCurrentIndex(self.image.findData(usual.image))
        self.command = label("", "small", wrap=True)
        self._build(len(usual.hide))
        self._show()

    def rules(self) -> dict[str, Any] | None:
        """What was chosen; None: nothing is kept."""
        if not self.keeps.isChecked():
            return None
        return {
            **self._given, "unsure": (self.low.value(), self.high.value()), "share": self.share.value() / 100,
            "disagreement": self.disagreement.value(), "days": self.days.value(), "megabytes": self.megabytes.value(),
            "image": self.image.currentData(),
        }  # fmt: skip

    def _build(self, hidden: int) -> None:
        self.fields = QWidget()
        unsure = row(self.low, label("–"), self.high, 1)
        self.low.setAccessibleName(self.tr("From this score"))
        self.high.setAccessibleName(self.tr("Below this score"))
        rows = (
            FieldRow(self.tr("Scores of doubt"), unsure, self.tr("An object between these, or the label of a whole image below the second")),
            FieldRow(self.tr("Share of all other images"), self.share, self.tr("As a sample; the same image is always drawn or never")),
            FieldRow(self.tr("Agreement with a mirrored release below"), self.disagreement),
            FieldRow(self.tr("What of an image"), self.image),
            FieldRow(self.tr("At most"), row(self.megabytes, self.days, 1), self.tr("What is worth least goes first; what is older is removed, collected or not")),
        )  # fmt: skip
        self.body.addWidget(self.keeps)
        for part in rows:
            self.body.addWidget(part)
        if hidden:
            self.body.addWidget(label(self.tr("Parts of each image that are painted over: {}").format(hidden), "quiet"))
        self.body.addWidget(self.command)
        self._rows = rows
        self.keeps.toggled.connect(self._show)
        for box in (self.low, self.high, self.share, self.disagreement, self.days, self.megabytes):
            box.valueChanged.connect(self._show)
        self.image.currentIndexChanged.connect(self._show)

    def _show(self) -> None:
        rules = self.rules()
        for part in self._rows:
            part.setEnabled(rules is not None)
        text = f"lineside feedback off {self._target}"
        if rules is not None:
            low, high = rules.pop("unsure")
            rules.pop("hide", None)
            said = " ".join(
                f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in rules.items()
            )
            text = f"lineside feedback keep {self._target} unsure={low:g},{high:g} {said}"
        self.command.setText(text)
        self.accept_button.setEnabled(rules is None or self.low.value() <= self.high.value())


def _share(value: float, most: float = 1, unit: str = "") -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(0, most)
    made.setSingleStep(most / 20)
    made.setDecimals(2)
    made.setSuffix(unit)
    made.setValue(value)
    roomy(made)
    return made
