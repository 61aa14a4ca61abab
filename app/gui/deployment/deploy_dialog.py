"""Asks which artifact goes to which target, and says at once whether it fits there: the keyboard's way of dragging."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFileDialog, QLineEdit, QWidget

from app.gui.deployment.fit import reason_against, remark_on
from app.gui.deployment.reading import ArtifactLine, Place
from app.gui.widgets.controls import FieldRow, button, label, link_button, roomy, row, set_kind
from app.gui.widgets.dialog import Dialog
from engine.errors import LinesideError


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
        self.takt, self.images = QDoubleSpinBox(), QLineEdit()
        self.takt.setRange(0, 600_000)
        self.takt.setDecimals(1)
        self.takt.setSuffix(" ms")
        self.takt.setSpecialValueText(self.tr("any time"))
        roomy(self.takt)
        self.images.setPlaceholderText(self.tr("those of the model's version"))
        self.verdict, self.command = label("", "", wrap=True), label("", "small")
        self.body.addWidget(FieldRow(self.tr("Artifact"), self.artifact))
        self.body.addWidget(FieldRow(self.tr("Target"), self.target))
        takt_help = self.tr(
            "99 of 100 images: precisions and threads are measured on the target first, and the most accurate that is in time is deployed"
        )
        self.body.addWidget(FieldRow(self.tr("Must answer within (p99)"), self.takt, takt_help))
        self._images = FieldRow(
            self.tr("Images to measure with"),
            self.images,
            self.tr("A folder, a version, or “recorded”: what releases there kept"),
        )
        self.body.addWidget(self._images)
        self.pipeline: Path | None = None
        self.choose, self.leave = (
            button(self.tr("Choose a file…"), self._choose),
            link_button(self.tr("None"), self._leave),
        )
        self.about = label("", "quiet", wrap=True)
        help = self.tr(
            "The release takes pictures itself, judges them, and tells the line’s machines; see docs/pipelines.md"
        )
        self.pipeline_row = FieldRow(self.tr("Pipeline"), row(self.choose, self.about, 1, self.leave), help)
        self.body.addWidget(self.pipeline_row)
        for part in (self.verdict, self.command):
            self.body.addWidget(part)
        for box in (self.artifact, self.target):
            box.currentIndexChanged.connect(self._judge)
        self.takt.valueChanged.connect(self._judge)
        self.images.textChanged.connect(self._judge)
        self._judge()

    @property
    def chosen(self) -> tuple[str, str]:
        """Digest and target."""
        return str(self.artifact.currentData()), str(self.target.currentData())

    @property
    def in_time(self) -> tuple[str, float, str] | None:
        """The model whose precisions are measured, milliseconds, and images; None: no takt is asked for."""
        artifact = self._artifacts[self.chosen[0]]
        return (
            (artifact.name or artifact.digest, self.takt.value(), self.images.text().strip())
            if self.takt.value()
            else None
        )

    def take(self, path: Path) -> None:
        """Let the release carry the pipeline of a file."""
        from engine.deployment.pipelines import load

        try:
            told = load(path).summary()
        except LinesideError as error:
            self.pipeline, text = None, ""
            self.pipeline_row.set_problem(str(error))
        else:
            self.pipeline, text = path, f"{told['name']}: {told['source']} → {', '.join(told['sinks'])}"
            self.pipeline_row.set_problem("")
        self.about.setText(text)
        self._judge()

    def _choose(self) -> None:
        kinds = self.tr("Pipelines") + " (*.toml *.json)"
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a pipeline"), str(Path.home()), kinds)
        if path:
            self.take(Path(path))

    def _leave(self) -> None:
        self.pipeline = None
        self.about.setText("")
        self.pipeline_row.set_problem("")
        self._judge()

    def _judge(self) -> None:
        digest, target = self.chosen
        artifact, place = self._artifacts[digest], self._places[target]
        self._images.setVisible(bool(self.takt.value()))
        against = reason_against(artifact, place)
        remark = against or remark_on(artifact, place)
        set_kind(self.verdict, "bad" if against else "warning" if remark else "good")
        self.verdict.setText(remark or self.tr("It fits."))
        self.accept_button.setEnabled(not against and self.pipeline_row.problem.isHidden())
        self.leave.setVisible(self.pipeline is not None or not self.pipeline_row.problem.isHidden())
        command = f"lineside deploy {digest[7:19]} {target}"
        if (wanted := self.in_time) is not None:
            model, takt, images = wanted
            command = f"lineside deploy {model} {target} --takt {takt:g}ms"
            command += f" --from {shlex.quote(images)}" if images else ""
        self.command.setText(command + (f" --pipeline {shlex.quote(str(self.pipeline))}" if self.pipeline else ""))
        if self.isVisible():
            self.adjustSize()
