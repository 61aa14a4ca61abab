"""Asks which artifact goes to which target, and says at once whether it fits there: the keyboard's way of dragging."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from app.gui.deployment.fit import reason_against, remark_on
from app.gui.deployment.reading import ArtifactLine, Place
from app.gui.widgets.controls import FieldRow, label, set_kind
from app.gui.widgets.dialog import Dialog


class DeployDialog(Dialog):
    """An artifact and a target; what does not fit cannot be chosen."""

    def __init__(
        self, parent: QWidget, artifacts: Sequence[ArtifactLine], places: Sequence[Place], digest: str, target: str
    ) -> None:
        super().__init__(parent, "", "", "-")
        self.setWindowTitle(self.tr("Deploy"))
        self.title.setText(self.tr("Deploy"))
        self.text.setText(self.tr("It starts beside what runs there, and takes over once it is ready."))
        self.text.show()
        self.accept_button.setText(self.tr("Deploy"))
        self._artifacts = {one.digest: one for one in artifacts}
        self._places = {one.name: one for one in places}
        self.artifact, self.target = QComboBox(), QComboBox()
        for one in artifacts:
            self.artifact.addItem(
                " · ".join(filter(None, (one.name, one.platform, one.precision.upper(), one.short))), one.digest
            )
        for place in places:
            self.target.addItem(f"{place.name} · {place.kind}", place.name)
        self.artifact.setCurrentIndex(max(0, self.artifact.findData(digest)))
        self.target.setCurrentIndex(max(0, self.target.findData(target)))
        self.verdict, self.command = label("", "", wrap=True), label("", "small")
        self.body.addWidget(FieldRow(self.tr("Artifact"), self.artifact))
        self.body.addWidget(FieldRow(self.tr("Target"), self.target))
        for part in (self.verdict, self.command):
            self.body.addWidget(part)
        for box in (self.artifact, self.target):
            box.currentIndexChanged.connect(self._judge)
        self._judge()

    @property
    def chosen(self) -> tuple[str, str]:
        """Digest and target."""
        return str(self.artifact.currentData()), str(self.target.currentData())

    def _judge(self) -> None:
        digest, target = self.chosen
        artifact, place = self._artifacts[digest], self._places[target]
        against = reason_against(artifact, place)
        remark = against or remark_on(artifact, place)
        set_kind(self.verdict, "bad" if against else "warning" if remark else "good")
        self.verdict.setText(remark or self.tr("It fits."))
        self.accept_button.setEnabled(not against)
        self.command.setText(f"lineside deploy {digest[7:19]} {target}")
