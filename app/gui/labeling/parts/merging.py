"""Merging, bundles and branches, from the labelling page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.branches_dialog import BranchesDialog, MergeDialog
from app.gui.labeling.parts.part import Part
from app.gui.operations import history as operations
from app.gui.widgets.controls import button, row
from app.gui.widgets.errors import sentence

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from engine.labeling.branches import Branch, Comparison
    from engine.labeling.merging.merge import MergeReport
    from engine.workspace import Workspace


class MergingPart(Part):
    """Three links below the history."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.dialog: BranchesDialog | None = None
        self.links = {
            name: button("", lambda name=name: self.do(name), "link") for name in ("merge", "bundle", "branches")
        }
        for name, made in self.links.items():
            made.setObjectName(f"{name}_link")
        self.panel = row(*self.links.values(), 1)

    def entries(self) -> Sequence[Entry]:
        return [
            Entry("merge", self.tr("Merge what was labelled elsewhere…")),
            Entry("bundle", self.tr("Write a bundle for another laptop…")),
            Entry("branches", self.tr("Branches of labels…")),
        ]

    def do(self, name: str) -> None:
        {"merge": self._ask_merge, "bundle": self._ask_bundle, "branches": self._show_branches}[name]()

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("history", self.panel)]

    def closed(self) -> None:
        if self.dialog is not None:
            self.dialog.reject()

    def retranslate(self) -> None:
        for name, text in (
            ("merge", self.tr("Merge…")),
            ("bundle", self.tr("Bundle…")),
            ("branches", self.tr("Branches…")),
        ):
            self.links[name].setText(text)
            self.links[name].setToolTip(next(entry.text for entry in self.entries() if entry.name == name))

    # merging

    def _ask_merge(self) -> None:
        MergeDialog(self.page, self.merge).open()

    def merge(self, path: Path) -> None:
        """Merge a folder or a bundle, and tell what came."""
        self.page.canvas.tool.cancel()
        self.page.shell.set_status(self.tr("Merging {0} …").format(path.name))
        self.page.writer.write(operations.merge(path), self.tr("Merge"), self._merged)  # type: ignore[arg-type]

    def _merged(self, report: Any) -> None:
        found: MergeReport = report
        text = self.tr(
            "Merged “{0}”: {1} edits, {2} images, {3} imported shapes; {4} went together, {5} conflicts."
        ).format(found.name, found.edits, found.items, found.annotations, found.together, found.conflicts)
        notes = list(found.notes)
        if found.backup is not None:
            notes.append(self.tr("The store as it was before: {0}").format(found.backup))
        if found.conflicts:
            self.page.shell.notice(
                text, self.tr("Show"), lambda: self.page.do("conflict_next"), "warning", "\n".join(notes)
            )
        else:
            self.page.shell.notice(text, kind="good", details="\n".join(notes))
        self._say_branches()

    def _ask_bundle(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self.page, self.tr("Write a bundle for another laptop…"), "labels.zip", self.tr("Bundles (*.zip)")
        )
        if path:
            self.write_bundle(Path(path))

    def write_bundle(self, path: Path) -> None:
        """Write all that was labelled here, with the image files."""

        def question(ws: Workspace) -> dict[str, Any]:
            from engine.labeling.merging.bundle import write

            return write(ws, path, with_media=True)

        def answer(told: dict[str, Any]) -> None:
            text = self.tr("Wrote {0}: {1} edits of {2} images, {3} image files.")
            self.page.shell.notice(text.format(path.name, told["edits"], told["items"], told["media"]), kind="good")

        self.page._ask(question, answer)

    # branches

    def _show_branches(self) -> None:
        from engine.labeling.branches import trunk

        ws = self.page.shell.workspace
        if ws is None:
            return
        dialog = self.dialog = BranchesDialog(self.page, trunk(ws.path))
        dialog.finished.connect(self._forget_dialog)
        dialog.create.connect(self._create)
        dialog.open.connect(self._open)
        dialog.compare.connect(self._compare)
        dialog.merge.connect(self._merge_branch)
        dialog.remove.connect(lambda name: self._remove(name, unmerged=False))
        dialog.go.connect(self.page.go_to_item)
        self._say_branches()
        dialog.show()

    def _forget_dialog(self, _: int) -> None:
        self.dialog = None

    def _say_branches(self) -> None:
        if self.dialog is None:
            return

        def question(ws: Workspace) -> list[Branch]:
            from engine.labeling.branches import branches

            return branches(ws)

        self.page._ask(question, lambda found: self.dialog.show_branches(found) if self.dialog else None)

    def _create(self, name: str) -> None:
        self._run(operations.create_branch(name), self.tr("Create branch"))

    def _remove(self, name: str, *, unmerged: bool) -> None:
        def refused(error: Exception) -> None:
            if "not merged" in str(error) and not unmerged:
                title, text = (
                    self.tr("Remove branch"),
                    self.tr("“{0}” has edits that were never merged. Remove it with them?"),
                )
                if QMessageBox.question(self.page, title, text.format(name)) == QMessageBox.StandardButton.Yes:
                    self._remove(name, unmerged=True)
            else:
                self._tell(error)

        self._run(operations.remove_branch(name, unmerged=unmerged), self.tr("Remove branch"), refused)

    def _run(self, operation: Any, title: str, on_error: Any = None) -> None:
        self.page.shell.run(operation, title, on_done=lambda _: self._say_branches(), on_error=on_error or self._tell)

    def _tell(self, error: Exception) -> None:
        if self.dialog is not None:
            self.dialog.error.show_error(error)
        else:
            self.page.shell.notice(sentence(error), kind="error")

    def _path(self, name: str) -> Path:
        from engine.labeling.branches import FOLDER

        return Path(name) if Path(name).is_absolute() else self.page.shell.workspace.path / FOLDER / name

    def _open(self, name: str) -> None:
        path = self._path(name)
        if self.dialog is not None:
            self.dialog.accept()
        self.page.shell.open_workspace(path)

    def _compare(self, name: str) -> None:
        path = self._path(name)

        def question(ws: Workspace) -> Comparison:
            from engine.labeling.branches import compare

            return compare(ws, path)

        self.page.shell.read(
            question, lambda found: self.dialog.show_comparison(name, found) if self.dialog else None, None, self._tell
        )

    def _merge_branch(self, name: str) -> None:
        self.merge(self._path(name))
