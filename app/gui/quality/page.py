"""The quality page: how far the work has come, suspicious labels, agreement of people, gauge study, dataset report."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QTabWidget, QVBoxLayout, QWidget

from app.gui.operations import quality as operations
from app.gui.quality import reading
from app.gui.quality.agreement_tab import AgreementTab
from app.gui.quality.dialogs import AssignDialog, ConsensusDialog, RoundDialog
from app.gui.quality.findings_tab import FindingsTab
from app.gui.quality.progress_tab import ProgressTab
from app.gui.shell.page import Page
from app.gui.widgets.controls import PageHead, button
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.labeling.findings import Finding
    from engine.workspace import Workspace

TABS = ("progress", "findings", "agreement")


class QualityPage(Page):
    """Reads when it is seen; what it changes goes through operations."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setObjectName("quality_page")
        self._stale = True
        self._chosen: list[int] = []  # items that another page gave for a round
        self.head = PageHead()
        self.report_button = button("", self.make_report)
        self.report_button.setObjectName("data_report")
        self.head.buttons.addWidget(self.report_button)
        self.strip = JobStrip(shell)
        self.strip.ended.connect(self._report_made)
        self._made: dict[str, QWidget] = {}  # tabs are made when first looked at
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setObjectName("quality_tabs")
        for _ in TABS:
            holder = QWidget()
            QVBoxLayout(holder).setContentsMargins(0, 0, 0, 0)
            self.tabs.addTab(holder, "")
        self.tabs.currentChanged.connect(lambda at: self._look(TABS[at]) if self.isVisible() else None)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 12)
        layout.setSpacing(12)
        layout.addWidget(self.head)
        layout.addWidget(self.strip)
        layout.addWidget(self.tabs, 1)
        self._again = QTimer(self, singleShot=True, interval=300)
        self._again.timeout.connect(self._read)
        shell.theme.theme_changed.connect(self.retranslate)

    def make(self) -> Iterator[None]:
        """The first tab, which is seen when the page comes up; the others when they are first looked at."""
        yield
        self._tab("progress")

    @property
    def progress(self) -> ProgressTab:
        """The first tab."""
        made = self._tab("progress")
        assert isinstance(made, ProgressTab)
        return made

    @property
    def findings(self) -> FindingsTab:
        """The second tab."""
        made = self._tab("findings")
        assert isinstance(made, FindingsTab)
        return made

    @property
    def agreement(self) -> AgreementTab:
        """The third tab."""
        made = self._tab("agreement")
        assert isinstance(made, AgreementTab)
        return made

    # the page

    def opened(self, workspace: Workspace) -> None:
        """Another workspace: read when seen."""
        self._stale = True
        if self.isVisible():
            self._read()

    def closed(self) -> None:
        """Keep nothing of it."""
        self._again.stop()
        self.strip.clear()
        if "findings" in self._made:
            self.findings.show_findings([])
        if "agreement" in self._made:
            self.agreement.seen = None
            self.agreement.show_rounds([])

    def shown(
        self, tab: str = "", items: Sequence[int] = (), ask: bool = False, assign: Sequence[int] = (), **_: Any
    ) -> None:
        """Come to the front, with a tab, or asking for a round, perhaps with items for it."""
        if items:
            self._chosen = list(items)
            tab = "agreement"
        if tab in TABS:
            self.tabs.setCurrentIndex(TABS.index(tab))
        if self._stale:
            self._read()
        if assign:
            self.ask_assign(list(assign))
        if items or ask:
            self.ask_round()

    def refresh(self, changes: Changes) -> None:
        """Something changed: read again, now or when seen."""
        if changes.touches("annotations", "items", "labels", "reviews", "runs"):
            self._stale = True
            if self.isVisible():
                self._again.start()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.head.title.setText(self.tr("Quality"))
        self.report_button.setText(self.tr("Dataset report"))
        self.report_button.setToolTip(
            self.tr("Counts, sizes, places, picture quality and drift as one page to read and print")
        )
        words = (self.tr("Progress"), self.tr("Suspicious labels"), self.tr("Agreement"))
        for place, text in enumerate(words):
            self.tabs.setTabText(place, text)
        self.strip.retranslate()
        for part in self._made.values():
            part.retranslate()  # type: ignore[attr-defined]  # all tabs have it

    def commands(self) -> list[tuple[str, Any]]:
        """What the palette offers here."""
        return [
            (self.tr("Dataset report"), self.make_report),
            (self.tr("Begin a blind round"), self.ask_round),
            (self.tr("Look for suspicious labels"), lambda: self.shown("findings")),
        ]

    def ask_assign(self, items: list[int]) -> None:
        """Ask who shall have these items."""

        def assign(people: list[str]) -> None:
            self._run(operations.assign(items, people or ""), self.tr("Assign items"))

        self._ask(
            lambda ws: reading.progress(ws).names, lambda names: AssignDialog(self, len(items), names, assign).open()
        )

    # rounds

    def ask_round(self) -> None:
        """Ask for a new round."""
        chosen = self._chosen

        def ask(found: tuple[int, list[str]]) -> None:
            count, people = found
            RoundDialog(self, count, len(chosen), people[:4], self._begin_round).open()

        self._ask(lambda ws: (ws.query("SELECT count(*) FROM item")[0][0], reading.progress(ws).names), ask)

    def _begin_round(self, name: str, people: list[str], count: int, trials: int, which: str) -> None:
        chosen = list(self._chosen)

        def operation(ws: Workspace) -> Any:
            from engine.data.browse import ItemFilter, item_ids

            items = (
                chosen
                if which == "chosen"
                else item_ids(ws, ItemFilter(labelled=True if which == "labelled" else None))
            )
            if which != "chosen":
                items = sorted(random.sample(items, min(count, len(items))))
            return operations.create_round(name, items, people, trials)(ws)

        self._chosen = []
        self._run(operation, self.tr("Begin a round"))

    def label_as(self, round_id: int, person: str) -> None:
        """Go to the labelling page with a person's sheet of a round."""
        from app.gui.labeling.parts.blind import read_sheet

        def go(store: Any) -> None:
            order = [
                *(i for i in store.sheet.items if i not in store.done),
                *(i for i in store.sheet.items if i in store.done),
            ]
            self.shell.go("labeling", items=order, item=order[0], blind=store)

        self._ask(lambda ws: read_sheet(ws, round_id, person), go)

    def ask_consensus(self, round_id: int) -> None:
        """Ask by which rule people's shapes become annotations."""

        def make(name: str, votes: int, iou: float, keep: bool) -> None:
            from engine.labeling.consensus import Rule

            title = self.tr("Consensus")
            self.shell.run(
                operations.consensus(round_id, Rule(name, votes, iou), keep), title, on_done=self._tell_consensus
            )

        ConsensusDialog(self, make).open()

    def _tell_consensus(self, numbers: dict[str, int]) -> None:
        self.shell.notice(
            self.tr("{0} annotations agreed on, {1} replaced; {2} drawn shapes had too few votes.").format(
                numbers["added"], numbers["removed"], numbers["refused"]
            ),
            self.tr("Label"), lambda: self.shell.go("labeling"), "good",
        )  # fmt: skip

    def _remove_round(self, round_id: int) -> None:
        question = QMessageBox(self)
        question.setWindowTitle(self.tr("Remove the round"))
        question.setText(self.tr("Remove this round with all its answers? They cannot be brought back."))
        yes = question.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        question.addButton(QMessageBox.StandardButton.Cancel)
        question.buttonClicked.connect(
            lambda pressed: (
                self._run(operations.remove_round(round_id), self.tr("Remove the round")) if pressed is yes else None
            )
        )
        question.open()

    def _write_report(self, round_id: int, kind: str) -> None:
        """Write a round's page below the workspace and open it in the browser."""
        language = QLocale().name()

        def write(ws: Workspace) -> Path:
            from engine.labeling.gauge_report import agreement_page, gauge_page
            from engine.workspace import write_atomically

            seen = reading.look(ws, round_id)
            assert seen.agreement is not None
            if kind == "gauge" and seen.gauge is not None:
                text = gauge_page(seen.gauge, seen.round.name, language)
            else:
                text = agreement_page(seen.agreement, seen.round.name, seen.names, seen.items, language)
            path = ws.path / "cache" / "reports" / f"round-{round_id}-{kind}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text.encode())
            return path

        self._ask(write, self.open_file)

    # the report of the data

    def make_report(self) -> None:
        """Make the dataset report as a job."""
        title = self.tr("Dataset report")
        self.shell.run(operations.report(QLocale().name()), title, on_done=lambda job: self.strip.follow(job, title))

    def _report_made(self, job_id: str, state: str) -> None:
        if state != "done" or self.shell.workspace is None:
            return

        def where(ws: Workspace) -> Path:
            from engine.jobs import get_job

            return Path(str((get_job(ws, job_id).result() or {})["report"]))

        self._ask(where, lambda path: self.shell.notice(self.tr("The dataset report is ready."), self.tr("Open"), lambda: self.open_file(path), "good"))  # fmt: skip

    def open_file(self, path: Path) -> None:
        """Show a page in the browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    # plumbing

    def _tab(self, name: str) -> QWidget:
        """A tab, made when first asked for."""
        if name not in self._made:
            make = {"progress": self._make_progress, "findings": self._make_findings, "agreement": self._make_agreement}
            made = self._made[name] = make[name]()
            holder = self.tabs.widget(TABS.index(name)).layout()
            assert holder is not None
            holder.addWidget(made)
            made.retranslate()  # type: ignore[attr-defined]  # all tabs have it
        return self._made[name]

    def _make_progress(self) -> ProgressTab:
        made = ProgressTab(self.shell)
        made.state_chosen.connect(lambda state: self.shell.go("data", state=f"review:{state}"))
        made.rule_chosen.connect(lambda rule: self._run(operations.set_own_work_rule(rule), self.tr("Review rule")))
        return made

    def _make_findings(self) -> FindingsTab:
        made = FindingsTab()
        made.opened.connect(self._open_findings)
        made.fix.connect(self._fix)
        made.ignore.connect(lambda found: self._run(operations.ignore(found), self.tr("Ignore findings")))
        made.crops_wanted.connect(
            lambda found: self.shell.read(lambda ws: reading.crops(ws, found), made.show_crops, "finding crops")
        )
        made.asked.connect(self._read)
        return made

    def _make_agreement(self) -> AgreementTab:
        made = AgreementTab(self.shell)
        made.new.connect(self.ask_round)
        made.asked.connect(lambda i: self.shell.read(lambda ws: reading.look(ws, i), made.show_round, "round"))
        made.label_as.connect(self.label_as)
        made.consensus_wanted.connect(self.ask_consensus)
        made.close_wanted.connect(
            lambda i, closed: self._run(operations.close_round(i, closed), self.tr("Blind round"))
        )
        made.remove_wanted.connect(self._remove_round)
        made.report.connect(self._write_report)
        made.item_opened.connect(lambda item: self.shell.go("labeling", item=item))
        return made

    def _fix(self, found: list[Finding], how: str) -> None:
        self.shell.run(operations.fix(found, how), self.tr("Mend labels"), on_done=self._tell_left)

    def _open_findings(self, found: list[Finding], at: int) -> None:
        finding = found[at]
        select = [finding.annotation_id] if finding.annotation_id else []
        self.shell.go("labeling", item=finding.item_id, findings=found, finding=at, select=select)

    def _tell_left(self, left: list[Finding]) -> None:
        if left:
            text = self.tr("{0} labels could not be mended so; open them and change them by hand.").format(len(left))
            self.shell.notice(text, kind="warning")

    def _run(self, operation: Any, title: str) -> None:
        self.shell.run(operation, title)

    def _ask(self, question: Any, answer: Any) -> None:
        if self.shell.workspace is not None:
            self.shell.read(question, answer)

    def _look(self, name: str) -> None:
        """Make a tab that is looked at for the first time, and read what it shows."""
        if name not in self._made and self.shell.workspace is not None:
            self._tab(name)
            self._read_tab(name)

    def _read(self) -> None:
        """Read for the tab in sight and for those that were seen before."""
        if self.shell.workspace is None:
            return
        self._stale = False
        self._tab(TABS[self.tabs.currentIndex()])
        for name in list(self._made):
            self._read_tab(name)

    def _read_tab(self, name: str) -> None:
        if name == "progress":
            self.shell.read(reading.progress, self.progress.show_progress, "quality progress")
        elif name == "findings":
            self.shell.read(reading.findings, self.findings.show_findings, "quality findings")
        else:
            self.shell.read(reading.rounds, self.agreement.show_rounds, "quality rounds")
