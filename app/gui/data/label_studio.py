"""The dialog for projects of Label Studio: connect one, see what differs, pull, push or sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QProgressBar, QSpinBox, QVBoxLayout, QWidget

from app.gui.operations import exchange as operations
from app.gui.operations.data import Progress
from app.gui.widgets.controls import FieldRow, button, danger_button, label, link_button, roomy, row
from app.gui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.data.exchange import Exchanged, Link

PROGRESS_MS = 100
NEW = ""


class LabelStudioDialog(Dialog):
    """One project at a time; the work goes on in the background and can be stopped between two batches."""

    def __init__(self, parent: QWidget, shell: Shell) -> None:
        super().__init__(parent, "", width=560)
        self.shell = shell
        self._links: dict[str, Link] = {}
        self._progress: Progress | None = None
        self._found: Exchanged | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PROGRESS_MS)
        self._timer.timeout.connect(self._show_progress)
        self.setWindowTitle(self.tr("Label Studio"))
        self.title.setText(self.windowTitle())
        self.text.setText(
            self.tr("Exchange pictures and annotations with a project of a Label Studio server. Nothing is overwritten"
                    " where both sides changed a picture: it is listed, and you decide.")
        )  # fmt: skip
        self.text.show()
        self.project = QComboBox()
        self.project.currentIndexChanged.connect(self._chosen)
        self.body.addWidget(FieldRow(self.tr("Project"), self.project))
        self.body.addWidget(self._make_new())
        self.body.addWidget(self._make_exchange())
        self.busy_text, self.stop = label("", "quiet"), button(self.tr("Stop"), self._stop)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.busy = QWidget()
        column = QVBoxLayout(self.busy)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(row(self.busy_text, 1, self.stop))
        column.addWidget(self.bar)
        self.body.addWidget(self.busy)
        self.busy.hide()
        self.cancel_button.setText(self.tr("Close"))
        self.accept_button.show()
        self.on_accept = self._go
        self.finished.connect(lambda _: self._stop())
        self.name.textEdited.connect(lambda _: self.name_row.set_problem(""))
        self.url.textEdited.connect(lambda _: self.url_row.set_problem(""))
        self._read_links()

    def _make_new(self) -> QWidget:
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("as it shall be called here"))
        self.url = QLineEdit("http://")
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setToolTip(
            self.tr("In Label Studio: Account & Settings → Access token. It is kept in the system's keyring only.")
        )
        self.kind = QComboBox()
        self.kind.addItem(self.tr("Make a new project from the labels of this workspace"), "new")
        self.kind.addItem(self.tr("A project that is there, by its number"), "there")
        self.number = QSpinBox()
        roomy(self.number)
        self.number.setRange(1, 2**31 - 1)
        self.kind.currentIndexChanged.connect(lambda _: self.number.setVisible(self.kind.currentData() == "there"))
        self.number.hide()
        self.images = QComboBox()
        self.images.addItem(self.tr("Send the pictures to the server"), "upload")
        self.images.addItem(self.tr("Put them into a folder that the server shows as local files"), "folder")
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("/srv/pictures")
        self.images.currentIndexChanged.connect(lambda _: self.folder.setVisible(self.images.currentData() == "folder"))
        self.folder.hide()
        self.name_row = FieldRow(self.tr("Name"), self.name)
        self.url_row = FieldRow(self.tr("Server"), self.url)
        self.token_row = FieldRow(self.tr("Token"), self.token)
        self.new = QWidget()
        column = QVBoxLayout(self.new)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for part in (self.name_row, self.url_row, self.token_row, FieldRow(self.tr("Which"), self.kind), self.number,
                     FieldRow(self.tr("Pictures"), self.images), self.folder):  # fmt: skip
            column.addWidget(part)
        return self.new

    def _make_exchange(self) -> QWidget:
        self.differences = label("", "quiet", wrap=True)
        self.differences.hide()
        self.choice = QComboBox()
        for value, text in (
            ("", self.tr("List it and leave both as they are")),
            ("ours", self.tr("Mine counts")),
            ("theirs", self.tr("Theirs counts")),
            ("both", self.tr("Keep the shapes of both")),
        ):
            self.choice.addItem(text, value)
        self.asked = QLineEdit()
        self.asked.setEchoMode(QLineEdit.EchoMode.Password)
        self.asked_row = FieldRow(self.tr("Token"), self.asked)
        self.details = link_button(self.tr("Show them"), self._show_details)
        self.details.hide()
        self.check, self.pull, self.push = (
            button(self.tr("See what differs"), self.check_differences),
            button(self.tr("Only bring"), lambda: self.start("pull")),
            button(self.tr("Only send"), lambda: self.start("push")),
        )
        self.remove = danger_button(self.tr("Forget"), self._forget)
        self.remove.setToolTip(self.tr("Forgets the connection; what is on the server stays there."))
        self.known = QWidget()
        column = QVBoxLayout(self.known)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(FieldRow(self.tr("Where both sides changed a picture"), self.choice))
        column.addWidget(self.asked_row)
        column.addWidget(self.differences)
        column.addWidget(row(self.details, 1))
        column.addWidget(row(self.check, self.pull, self.push, 1, self.remove))
        return self.known

    def _fit(self) -> None:
        """Grow and shrink with what there is to say; `adjustSize` would stop at two thirds of the screen."""
        QTimer.singleShot(0, self, self._resize)

    def _resize(self) -> None:
        self.layout().activate()
        self.resize(self.width(), self.layout().totalHeightForWidth(self.width()))

    # -- projects

    def _read_links(self, chosen: str = "") -> None:
        self.shell.read(operations.links, lambda found: self._show_links(found, chosen), on_error=self.error.show_error)

    def _show_links(self, found: list[Link], chosen: str) -> None:
        self._links = {link.name: link for link in found}
        self.project.blockSignals(True)
        self.project.clear()
        for link in found:
            self.project.addItem(f"{link.name} — {link.title} ({link.url})", link.name)
        self.project.addItem(self.tr("Connect another project…"), NEW)
        self.project.setCurrentIndex(max(self.project.findData(chosen), 0) if chosen else 0)
        self.project.blockSignals(False)
        self._chosen()

    def _chosen(self) -> None:
        name = self.project.currentData()
        self.new.setVisible(not name)
        self.known.setVisible(bool(name))
        self.accept_button.setText(self.tr("Sync both ways") if name else self.tr("Connect"))
        self.differences.hide()
        self.details.hide()
        self.error.clear()
        self.asked_row.setVisible(bool(name) and not self._has_token(self._links[name].url))
        self._fit()

    @staticmethod
    def _has_token(url: str) -> bool:
        from engine.deployment.credentials import recall

        return bool(recall(url, "LINESIDE_LABEL_STUDIO_TOKEN"))

    def _go(self) -> bool:
        if self.project.currentData():
            self.start("sync")
        else:
            self._connect()
        return False

    def _connect(self) -> None:
        name, url, token = self.name.text().strip(), self.url.text().strip(), self.token.text().strip()
        self.name_row.set_problem("" if name else self.tr("Give it a name."))
        good = url.startswith(("http://", "https://")) and len(url) > len("https://")
        self.url_row.set_problem("" if good else self.tr("Write the address as http://host:8080."))
        self._fit()
        if not name or not good:
            return
        project = self.number.value() if self.kind.currentData() == "there" else None
        images = self.folder.text().strip() if self.images.currentData() == "folder" else "upload"
        self._begin(self.tr("Connecting to {url}").format(url=url))
        self.asked.setText(token)
        self.shell.run(
            operations.add(name, url, token, project, images or "upload"), self.tr("Connect"),
            on_done=self._connected, on_error=self._failed, initiator=self,
        )  # fmt: skip

    def _connected(self, link: Link) -> None:
        self._end()
        self.token.clear()
        self._read_links(link.name)

    def _forget(self) -> None:
        self.shell.run(
            operations.forget(self.project.currentData()), self.tr("Forget"),
            on_done=lambda _: self._read_links(), on_error=self._failed, initiator=self,
        )  # fmt: skip

    # -- exchange

    def check_differences(self) -> None:
        """Ask the server what a sync would do."""
        self._begin(self.tr("Comparing both sides"))
        ask = operations.status(self.project.currentData(), self.asked.text().strip())
        self.shell.read(ask, self._show_differences, key="label_studio.status", on_error=self._failed)

    def _show_differences(self, found: Exchanged) -> None:
        self._end()
        self._tell(
            found,
            self.tr(
                "To send: {added} new and {pushed} changed. To bring: {imported} new and {pulled} changed. The same: {same}."
            ),
        )

    def start(self, verb: str) -> None:
        """Pull, push or sync in the background."""
        self._begin(self.tr("Exchanging with {name}").format(name=self.project.currentData()))
        assert self._progress is not None
        operation = operations.run(
            verb, self.project.currentData(), self.asked.text().strip(), self.choice.currentData(), self._progress
        )
        self.shell.run(operation, self.tr("Label Studio"), on_done=self._done, on_error=self._failed, initiator=self)

    def _done(self, found: Exchanged) -> None:
        self._end()
        self._tell(
            found,
            self.tr(
                "Sent {added} new and {pushed} changed, brought {imported} new and {pulled} changed; {same} the same."
            ),
        )

    def _tell(self, found: Exchanged, words: str) -> None:
        self._found = found
        told = words.format(
            added=f"{found.added:,}", pushed=f"{found.pushed:,}", imported=f"{found.imported:,}",
            pulled=f"{found.pulled:,}", same=f"{found.unchanged:,}",
        )  # fmt: skip
        if found.conflicts:
            told += " " + self.tr("Both sides changed {count} pictures.").format(count=f"{len(found.conflicts):,}")
        if found.problems:
            told += " " + self.tr("{count} things could not be exchanged.").format(count=f"{len(found.problems):,}")
        self.differences.setText(told)
        self.differences.show()
        self._fit()
        self.details.setVisible(bool(found.conflicts or found.problems or found.not_expressible))

    def _show_details(self) -> None:
        from app.gui.data.dialogs import ReportDialog

        if self._found is None:
            return
        both = self.tr("Both sides changed it; here: {ours}, there: {theirs}")
        lines = [(each.name, both.format(ours=each.ours, theirs=each.theirs)) for each in self._found.conflicts]
        lines += [(problem.path, problem.reason) for problem in self._found.problems]
        lines += [("", text) for text in self._found.not_expressible]
        text = self.tr("Everything else was exchanged.")
        ReportDialog(self, self.tr("What the exchange found"), text, lines).open()

    def _begin(self, text: str) -> None:
        self.error.clear()
        self._progress = Progress()
        self._progress.text = text
        self.busy.show()
        self.stop.setEnabled(True)
        for part in (self.accept_button, self.known, self.new, self.project):
            part.setEnabled(False)
        self._timer.start()
        self._show_progress()
        self._fit()

    def _show_progress(self) -> None:
        if self._progress is not None:
            self.busy_text.setText(self._progress.text)
            self.bar.setValue(int(1000 * self._progress.fraction))

    def _end(self) -> None:
        self._timer.stop()
        self._progress = None
        self.busy.hide()
        for part in (self.accept_button, self.known, self.new, self.project):
            part.setEnabled(True)
        self._fit()

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.cancel()
            self.stop.setEnabled(False)

    def _failed(self, error: Exception) -> None:
        self._end()
        self.error.show_error(error)
        self._fit()
