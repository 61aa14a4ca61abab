"""What the judge thinks of a new release, in plain words, with its evidence and what comes next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QProgressBar

from app.gui.deployment.release_words import next_text, reason_text, sure_text, test_text
from app.gui.widgets.controls import Card, label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel

    from engine.deployment.live import Going, Look

STEPS = 1000


class JudgeCard(Card):
    """Sentence, requests seen of those needed, next step, and how much speaks against the release by each test."""

    def __init__(self) -> None:
        super().__init__()
        self.says, self.next = label("", wrap=True), label("", "quiet", wrap=True)
        self.seen = QProgressBar()
        self.seen.setTextVisible(False)
        self.seen.setFixedHeight(6)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(12)
        self.grid.setVerticalSpacing(4)
        self.grid.setColumnStretch(1, 1)
        self._rows: dict[str, tuple[QLabel, QProgressBar, QLabel]] = {}
        for part in (self.says, self.seen, self.next):
            self.body.addWidget(part)
        self.body.addLayout(self.grid)

    def retranslate(self) -> None:
        """Show the texts of the chosen language; the figures follow with the next look."""
        self.set_heading(self.tr("Judgement"), self.tr("what speaks against the new release"))

    def show_look(self, look: Look) -> None:
        """Show how far the rollout is; hidden without one."""
        going = look.going
        self.setVisible(going is not None)
        if going is None:
            return
        self.says.setText(" ".join(reason_text(one) for one in going.verdict.why) if going.verdict else "—")
        self.next.setText(next_text(look))
        self.seen.setRange(0, max(1, going.needed))
        self.seen.setValue(min(going.asked, going.needed))
        text = self.tr("{0} of {1} requests seen").format(going.asked, going.needed)
        self.seen.setAccessibleName(text)
        self.seen.setToolTip(text)
        self._show_evidence(going)

    def _show_evidence(self, going: Going) -> None:
        found = {**going.evidence, "": going.whole}
        for name in [name for name in self._rows if name not in found]:
            for part in self._rows.pop(name):
                part.deleteLater()
        for at, (name, evidence) in enumerate(found.items()):
            title, bar, words = self._rows.get(name) or self._add_row(name, at)
            title.setText(test_text(name) if name else self.tr("All together"))
            bar.setValue(
                round(STEPS * min(1.0, max(0.0, math.log(evidence) / math.log(going.limit)))) if evidence > 0 else 0
            )
            words.setText(sure_text(evidence))
            bar.setToolTip(
                self.tr("e-value {0}; all together, the release is taken back from {1} on").format(
                    f"{evidence:.3g}", f"{going.limit:.3g}"
                )
            )

    def _add_row(self, name: str, at: int) -> tuple[QLabel, QProgressBar, QLabel]:
        made = label("", "small"), QProgressBar(), label("", "small")
        made[1].setRange(0, STEPS)
        made[1].setTextVisible(False)
        made[1].setFixedHeight(4)
        for column, part in enumerate(made):
            self.grid.addWidget(part, at, column)
        self._rows[name] = made
        return made
