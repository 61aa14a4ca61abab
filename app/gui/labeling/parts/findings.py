"""Going through suspicious labels on the labelling page: what is wrong, mended by one key, and on to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.operations import quality as operations
from app.gui.quality.words import finding_text, fix_text, rule_text
from app.gui.widgets.controls import button, label, link_button, row

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from engine.labeling.findings import Finding


class FindingPanel(QWidget):
    """The finding that is looked at, with a button for each thing that can be done."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("finding_panel")
        self.title, self.text = label("", "heading"), label("", "warning", wrap=True)
        self.close_button = link_button("")
        self.buttons, self.ways = QHBoxLayout(), QHBoxLayout()
        self.be, self.following = button(""), button("")
        self.be.setObjectName("finding_be")
        for place in (self.buttons, self.ways):
            place.setSpacing(6)
        for one in (self.be, self.following):
            self.ways.addWidget(one)
        self.ways.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(row(self.title, 1, self.close_button))
        layout.addWidget(self.text)
        layout.addLayout(self.buttons)
        layout.addLayout(self.ways)
        self.hide()

    def show_buttons(self, made: Sequence[QWidget]) -> None:
        """Put these in place of the ones before."""
        while self.buttons.count():
            old = self.buttons.takeAt(0).widget()
            if old is not None:
                old.deleteLater()
        for one in made:
            self.buttons.addWidget(one)
        self.buttons.addStretch(1)


class FindingsPart(Part):
    """Holds the list that the quality page gave, and where one is in it."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.panel = FindingPanel()
        self.panel.close_button.clicked.connect(self.leave)
        self.panel.be.clicked.connect(self.ignore)
        self.panel.following.clicked.connect(lambda: self.go(self.at + 1))
        self.findings: list[Finding] = []
        self.at = 0

    def entries(self) -> Sequence[Entry]:
        translate = QCoreApplication.translate
        return [
            Entry("finding_fix", translate("LabelingFindings", "Mend the suspicious label as proposed"), ("F8",)),
            Entry("finding_ignore", translate("LabelingFindings", "Let the suspicious label be"), ("Shift+F8",)),
            Entry("finding_next", translate("LabelingFindings", "Next suspicious label"), ("F7",)),
            Entry("finding_previous", translate("LabelingFindings", "Previous suspicious label"), ("Shift+F7",)),
        ]

    def do(self, name: str) -> None:
        if not self.findings:
            self.page.shell.set_status(self.tr("Open suspicious labels from the page Quality first."))
        elif name == "finding_fix":
            self.fix("")
        elif name == "finding_ignore":
            self.ignore()
        else:
            self.go(self.at + (1 if name == "finding_next" else -1))

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("foot", self.panel)]

    def closed(self) -> None:
        self.leave()

    def shown(
        self, item: int | None, findings: Sequence[Finding] = (), finding: int = 0, blind: object = None, **_: Any
    ) -> None:
        if blind is not None:
            self.leave()  # in a round one's own answer is shown, not the labels that look suspicious
        if findings:
            self.findings, self.at = list(findings), finding
            self._show()

    def retranslate(self) -> None:
        self.panel.close_button.setText(self.tr("Close"))
        self.panel.be.setText(self.tr("Let be"))
        self.panel.be.setToolTip(self.tr("Shift+F8: not listed again"))
        self.panel.following.setText(self.tr("Next"))
        self.panel.following.setToolTip(self.tr("F7"))
        self._show()

    @property
    def current(self) -> Finding | None:
        """The finding that is looked at."""
        return self.findings[self.at] if 0 <= self.at < len(self.findings) else None

    def go(self, at: int) -> None:
        """Look at another one; its item is opened and its shape selected."""
        if not self.findings:
            return
        self.at = at % len(self.findings)
        finding = self.findings[self.at]
        self.page.shown(finding.item_id, select=[finding.annotation_id] if finding.annotation_id else [])
        self._show()

    def fix(self, how: str) -> None:
        """Mend it ("": as proposed) and go on."""
        finding = self.current
        if finding is not None:
            title = self.tr("Mend label")
            self.page.shell.run(operations.fix([finding], how), title, on_done=self._tell_left)
            self._drop()

    def ignore(self) -> None:
        """Let it be for good and go on."""
        finding = self.current
        if finding is not None:
            self.page.writer.write(operations.ignore([finding]), self.tr("Ignore finding"))
            self._drop()

    def leave(self) -> None:
        """Show no findings any more."""
        self.findings, self.at = [], 0
        self.panel.hide()

    def _tell_left(self, left: Sequence[Finding]) -> None:
        if left:
            self.page.shell.notice(self.tr("This label cannot be mended so; change it by hand."), kind="warning")
        self.page._again.start()

    def _drop(self) -> None:
        self.findings.pop(self.at)
        if self.findings:
            self.go(min(self.at, len(self.findings) - 1))
        else:
            self.leave()
            self.page.shell.notice(self.tr("All suspicious labels of the list are looked at."), kind="good")

    def _show(self) -> None:
        finding = self.current
        self.panel.setVisible(finding is not None)
        if finding is None:
            return
        from engine.labeling.findings import RULES

        self.panel.title.setText(
            self.tr("{0} · {1} of {2}").format(rule_text(finding.rule), self.at + 1, len(self.findings))
        )
        self.panel.text.setText(finding_text(finding))
        made: list[QWidget] = []
        for place, how in enumerate(RULES[finding.rule]):
            one = button(fix_text(how), lambda how=how: self.fix(how), "primary" if place == 0 else "")
            one.setObjectName(f"finding_{how}")
            one.setToolTip(self.tr("F8") if place == 0 else "")
            made.append(one)
        self.panel.show_buttons(made)
