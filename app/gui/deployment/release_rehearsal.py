"""A rehearsal: the running release and a new one answer the same images before anyone gets the new one's answers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QUrl
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.gui.deployment.reading import read_image
from app.gui.deployment.release_dialog import Artifacts, artifact_box, read_artifacts
from app.gui.deployment.release_words import reason_text
from app.gui.deployment.try_card import ResultView
from app.gui.operations import releases as operations
from app.gui.widgets.controls import Card, FieldRow, button, label, row, set_kind
from app.gui.widgets.dialog import Dialog
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.deployment.release_page import Start
    from app.gui.deployment.work import TargetWork
    from app.gui.shell.shell import Shell
    from engine.deployment.rehearsal import Compared, Rehearsal

RECORDED = "recorded"


class RehearseDialog(Dialog):
    """Which artifact, and which images."""

    def __init__(self, parent: QWidget, target: str, artifacts: Artifacts) -> None:
        super().__init__(parent, "", accept=" ")
        title = self.tr("Rehearse on {}").format(target)
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(
            self.tr(
                "The artifact is started beside the running release, both answer the same images, and it is ended again. Nobody else gets its answers."
            )
        )
        self.text.show()
        self.accept_button.setText(self.tr("Rehearse"))
        self.artifact, self.source = artifact_box(artifacts), QComboBox()
        self.source.setEditable(True)
        self.source.addItem(self.tr("what releases recorded there"), RECORDED)
        self.folder = button(self.tr("Folder…"), self._choose)
        self.body.addWidget(FieldRow(self.tr("Artifact"), self.artifact))
        help_text = self.tr("Recorded images, a folder, or a data version")
        self.body.addWidget(row(FieldRow(self.tr("Images"), self.source, help_text), self.folder))

    def order(self) -> tuple[str, str]:
        """Digest of the artifact, and where the images come from."""
        typed = self.source.currentText().strip()
        recorded = not typed or typed == self.source.itemText(0)
        return str(self.artifact.currentData()), RECORDED if recorded else typed

    def _choose(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, self.tr("Folder of images"), str(Path.home())):
            self.source.setEditText(path)


class RehearsalCard(Card):
    """Hidden until something is rehearsed; then its result, with the images that are answered otherwise side by side."""

    def __init__(self, shell: Shell, start: Start) -> None:
        super().__init__()
        self._shell, self._start = shell, start
        self._target, self._at = "", 0
        self._page: Path | None = None
        self._found: Rehearsal | None = None
        self._work: TargetWork | None = None
        self.ask = button("", self._ask)
        self.cancel, self.open = button("", self._cancel), button("", self._open)
        self.before, self.after = button("", partial(self._turn, -1)), button("", partial(self._turn, 1))
        for part in (self.before, self.after, self.open, self.cancel):
            self.head.addWidget(part)
        self.error, self.progress = ErrorLine(), QProgressBar()
        self.verdict, self.figures, self.which = label("", wrap=True), label("", "quiet", wrap=True), label("", "small")
        self.views = [ResultView(shell.theme.color) for _ in range(2)]
        self.captions = [label("", "small") for _ in self.views]
        for part in (self.error, self.progress, self.verdict, self.figures, self.which):
            self.body.addWidget(part)
        self.pair = QWidget()
        sides = QHBoxLayout(self.pair)
        sides.setContentsMargins(0, 0, 0, 0)
        for view, caption in zip(self.views, self.captions, strict=True):
            view.setAcceptDrops(False)
            side = QVBoxLayout()
            side.addWidget(caption)
            side.addWidget(view, 1)
            sides.addLayout(side, 1)
        self.body.addWidget(self.pair)
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.ask.setText(self.tr("Rehearse…"))
        self.cancel.setText(self.tr("Cancel"))
        self.open.setText(self.tr("Open the page"))
        self.before.setText(self.tr("Image before"))
        self.after.setText(self.tr("Next image"))
        self.set_heading(self.tr("Rehearsal"), self.tr("the same images to both releases"))
        self._show()

    def begin(self, target: str) -> None:
        """Another target is shown."""
        self._cancel()
        self._target, self._found, self._page = target, None, None
        self.hide()

    def rehearse(self, artifact: str, source: str) -> None:
        """Rehearse an artifact on the target."""
        language = "zh" if QLocale().name().startswith("zh") else "en"
        self._found = None
        self.error.clear()
        self._work = self._start(
            operations.rehearse(artifact, self._target, source, language), self._done, self._failed
        )
        if self._work is not None:
            self._work.progressed.connect(self._progressed)
            self._work.stopped.connect(self._stopped)
        self.progress.setRange(0, 0)
        self._show()
        self.show()

    def _ask(self) -> None:
        def ask(found: Artifacts) -> None:
            dialog = RehearseDialog(self, self._target, found)
            dialog.accepted.connect(lambda: self.rehearse(*dialog.order()))
            dialog.open()

        self._shell.read(read_artifacts, ask, "deployment.artifacts", self._failed)

    def _progressed(self, stage: str, done: int, total: int, _digest: str) -> None:
        if stage == "ask":
            self.progress.setRange(0, total)
            self.progress.setValue(done)

    def _done(self, result: tuple[Rehearsal, Path]) -> None:
        self._work, (self._found, self._page), self._at = None, result, 0
        self._show()

    def _failed(self, error: Exception) -> None:
        self._work = None
        self.show()
        self.error.show_error(error)
        self._show()

    def _stopped(self) -> None:
        self._work = None
        self.hide()

    def _cancel(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._page)))

    def _turn(self, by: int) -> None:
        self._at += by
        self._show()

    def _show(self) -> None:
        found, busy = self._found, self._work is not None
        for part in (self.progress, self.cancel):
            part.setVisible(busy)
        for part in (self.open, self.verdict, self.figures):
            part.setVisible(found is not None)
        several = found.differing if found else []
        for part in (self.before, self.after, self.which, self.pair):
            part.setVisible(bool(several))
        if found is None:
            return
        good = self.tr("Within the limits: it may be released.")
        self.verdict.setText(" ".join(reason_text(one) for one in found.broken) or good)
        set_kind(self.verdict, "bad" if found.broken else "good")
        self.figures.setText(self._figures(found))
        if several:
            self._show_image(several)

    def _figures(self, found: Rehearsal) -> str:
        locale, told = QLocale(), found.figures
        parts = [
            self.tr("{0} images, {1} answered otherwise, {2} % agreement").format(
                told["images"], told["differing"], locale.toString(100 * told["agreement"], "f", 1)
            )
        ]
        for name, key in (("p50", "p50_ms"), ("p99", "p99_ms")):
            if len(told[key]) == 2:
                old, new = (locale.toString(told[key][side], "f", 1) for side in ("old", "new"))
                parts.append(f"{name} {old} → {new} ms")
        return " · ".join(parts)

    def _show_image(self, several: list[Compared]) -> None:
        self._at %= len(several)
        one = several[self._at]
        agreement = QLocale().toString(100 * one.agreement, "f", 0)
        self.which.setText(
            self.tr("{0} of {1}: {2}, {3} % agreement").format(self._at + 1, len(several), one.name, agreement)
        )
        self._shell.read(lambda _: read_image(one.path), partial(self._show_pair, one), "deployment.rehearsed")

    def _show_pair(self, one: Compared, read: tuple[QImage, Any]) -> None:
        from engine.deployment.rehearsal_page import summary

        labels = sorted(
            {found["label"] for reply in (one.old, one.new) for found in (reply.answer or {}).get("detections", ())}
        )
        for view, caption, reply, side in zip(
            self.views, self.captions, (one.old, one.new), (self.tr("Old"), self.tr("New")), strict=True
        ):
            view.show_image(*read)
            view.show_found(list((reply.answer or {}).get("detections", ())), labels, read[1])
            view.hint = self.tr("The recorded image is on the page")
            caption.setText(f"{side}: {summary(reply)}")
