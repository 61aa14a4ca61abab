"""The settings page: language, theme, author, where things are, keys."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QGridLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.gui.shell.frame import centred
from app.gui.shell.languages import LANGUAGES, use_language
from app.gui.shell.page import Page
from app.gui.shell.queue_card import QueueCard
from app.gui.shell.shell import Shell
from app.gui.widgets.controls import Card, button, label, row
from engine.workspace import Workspace


class SettingsPage(Page):
    """Every choice takes effect at once."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.title = label("", "title")
        self.look, self.person, self.data, self.keys = Card(), Card(), Card(), Card()
        self.queue = QueueCard()
        self.language, self.theme = QComboBox(), QComboBox()
        for box in (self.language, self.theme):
            box.setFixedWidth(240)
        self.author = QLineEdit(shell.settings.author)
        self.author.setFixedWidth(240)
        self.names = {name: label("", "quiet") for name in ("language", "theme", "author", "folder", "config")}
        self.author_text = label("", "small", wrap=True)
        self.folder, self.config = label(), label()
        for path in (self.folder, self.config):
            path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        look, person, data = _form(self.look), _form(self.person), _form(self.data)
        look.addRow(self.names["language"], self.language)
        look.addRow(self.names["theme"], self.theme)
        person.addRow(self.names["author"], self.author)
        self.person.body.addWidget(self.author_text)
        data.addRow(self.names["folder"], self.folder)
        data.addRow(self.names["config"], self.config)
        self.key_rows = QGridLayout()
        self.key_rows.setHorizontalSpacing(24)
        self.key_rows.setVerticalSpacing(6)
        self.key_rows.setColumnStretch(1, 1)
        self.key_rows.setColumnStretch(3, 1)
        self.keys.body.addLayout(self.key_rows)
        self.change_keys = button("", self._change_keys)
        self.keys.body.addWidget(row(self.change_keys, 1))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for part in (self.title, self.look, self.person, self.queue, self.data, self.keys):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(centred(body, 760))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        self.retranslate()
        self.language.currentIndexChanged.connect(self._choose_language)
        self.theme.currentIndexChanged.connect(self._choose_theme)
        self.author.editingFinished.connect(self._choose_author)

    def shown(self, **arguments: Any) -> None:
        """Put the keys to the asked setting."""
        wanted = {"language": self.language, "theme": self.theme, "author": self.author}.get(
            arguments.get("setting", "")
        )
        (wanted or self.language).setFocus()

    def opened(self, workspace: Workspace) -> None:
        """Show where it is."""
        self.folder.setText(str(workspace.path))
        self.queue.show_jobs(workspace.path / "jobs")

    def closed(self) -> None:
        """None is open."""
        self.folder.setText("—")
        self.queue.show_jobs(None)

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.title.setText(self.tr("Settings"))
        self.look.set_heading(self.tr("Appearance"))
        self.person.set_heading(self.tr("Author"))
        self.queue.retranslate()
        self.data.set_heading(self.tr("Where things are"))
        self.keys.set_heading(self.tr("Keys"))
        self.names["language"].setText(self.tr("Language"))
        self.names["theme"].setText(self.tr("Theme"))
        self.names["author"].setText(self.tr("Your name"))
        self.names["folder"].setText(self.tr("Workspace"))
        self.names["config"].setText(self.tr("These settings"))
        self.author_text.setText(
            self.tr("Stands in the history of every annotation you make. Empty: the account's name.")
        )
        self.folder.setText(str(self.shell.workspace.path) if self.shell.workspace else "—")
        self.config.setText(self.shell.settings.file())
        settings = self.shell.settings
        system = self.tr("As the system")
        _fill(self.language, [("system", system), *LANGUAGES.items()], settings.language)
        themes = [("system", system), ("light", self.tr("Light")), ("dark", self.tr("Dark"))]
        _fill(self.theme, themes, settings.theme)
        self.language.setAccessibleName(self.tr("Language"))
        self.theme.setAccessibleName(self.tr("Theme"))
        self.author.setAccessibleName(self.tr("Your name"))
        self.change_keys.setText(self.tr("Change the keys of the labelling page…"))
        self._show_keys()

    def _change_keys(self) -> None:
        """The labelling page's keys can be changed, with or without a workspace."""
        from app.gui.labeling.keys_dialog import KeysDialog
        from app.gui.labeling.page import LabelingPage

        page = self.window().page("labeling")  # type: ignore[attr-defined]
        if isinstance(page, LabelingPage):
            KeysDialog(page, self).open()

    def _show_keys(self) -> None:
        while self.key_rows.count():
            taken = self.key_rows.takeAt(0).widget()
            if taken is not None:
                taken.hide()
                taken.deleteLater()
        keys = [
            ("Ctrl 1 – 7", self.tr("the steps of the job")),
            ("Ctrl K", self.tr("search commands, items, models")),
            ("Ctrl J", self.tr("jobs")),
            ("Ctrl ,", self.tr("settings")),
            ("Ctrl O", self.tr("workspaces")),
            ("Ctrl B", self.tr("fold the navigation")),
            ("Ctrl `", self.tr("Python console")),
            ("Ctrl Z", self.tr("undo")),
            ("Ctrl Shift Z", self.tr("redo")),
            ("Ctrl F", self.tr("search in the page")),
            ("Esc", self.tr("step back")),
        ]
        half = (len(keys) + 1) // 2
        for at, (key, text) in enumerate(keys):
            column = 0 if at < half else 2
            self.key_rows.addWidget(label(key, "key"), at % half, column)
            self.key_rows.addWidget(label(text), at % half, column + 1)

    def _choose_language(self, at: int) -> None:
        self.shell.settings.language = self.language.itemData(at)
        use_language(self.shell.settings.effective_language)

    def _choose_theme(self, at: int) -> None:
        self.shell.settings.theme = self.theme.itemData(at)
        self.shell.theme.use(self.shell.settings.theme)

    def _choose_author(self) -> None:
        self.shell.settings.author = self.author.text().strip()
        if self.shell.workspace is not None and self.author.text().strip():
            self.shell.workspace.author = self.author.text().strip()


def _form(card: Card) -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(24)
    form.setVerticalSpacing(10)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    card.body.addLayout(form)
    return form


def _fill(box: QComboBox, options: list[tuple[str, str]], chosen: str) -> None:
    box.blockSignals(True)
    box.clear()
    for value, text in options:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)
