"""Asks how a new release comes to its requests, and says in words what that means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from app.gui.deployment.release_words import plan_text
from app.gui.operations.releases import RolloutOrder
from app.gui.widgets.controls import FieldRow, label, roomy, row
from app.gui.widgets.dialog import Dialog
from engine.errors import LinesideError

if TYPE_CHECKING:
    from engine.workspace import Workspace

Artifacts = Sequence[tuple[str, str]]
"""Digest and name of each."""


def read_artifacts(workspace: Workspace) -> Artifacts:
    """Digest and name of each artifact, the newest first."""
    from engine.packaging.artifacts import list_artifacts

    return [(one.digest, one.name) for one in list_artifacts(workspace)]


def artifact_box(artifacts: Artifacts) -> QComboBox:
    """A choice of artifacts."""
    made = QComboBox()
    for digest, name in artifacts:
        made.addItem(f"{name} · {digest.removeprefix('sha256:')[:8]}", digest)
    return made


class RolloutDialog(Dialog):
    """Steps, pace, header, key, and the limits of the judge."""

    def __init__(self, parent: QWidget, target: str, running: str, artifacts: Artifacts) -> None:
        super().__init__(parent, "", accept=" ", width=620)
        title = self.tr("Roll out on {}").format(target)
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(
            self.tr("The new model runs beside {} and is judged; a worse one is taken back by itself.").format(running)
        )
        self.text.show()
        self.accept_button.setText(self.tr("Roll out"))
        self._target, self._artifacts = target, dict(artifacts)
        self.artifact, self.kind = artifact_box(artifacts), QComboBox()
        for kind, text in (
            ("canary", self.tr("A rising share of the requests")), ("mirror", self.tr("Copies; nobody gets its answers")),
            ("header", self.tr("The requests with a header")), ("key", self.tr("The requests with an API key")),
        ):  # fmt: skip
            self.kind.addItem(text, kind)
        self.steps, self.header, self.key = QLineEdit("5,25,50,100"), QLineEdit(), QLineEdit()
        self.header.setPlaceholderText("X-Line=3")
        self.requests, self.minutes = QSpinBox(), QSpinBox()
        self.requests.setRange(1, 999_999)
        self.requests.setValue(50)
        self.minutes.setRange(0, 10_000)
        self.errors, self.slower, self.rejects, self.mistakes = (QDoubleSpinBox() for _ in range(4))
        for box, low, high, value in (
            (self.errors, 0, 99, 1), (self.slower, 1, 100, 1.5), (self.rejects, 0, 99, 5), (self.mistakes, 0.01, 50, 1),
        ):  # fmt: skip
            box.setDecimals(2 if box is self.mistakes else 1)
            box.setRange(low, high)
            box.setValue(value)
        roomy(self.requests, self.minutes, self.errors, self.slower, self.rejects, self.mistakes)
        self.means, self.command = label("", wrap=True), label("", "small", wrap=True)
        self._build()
        self._follow()
        self.on_accept = self._usable

    def order(self) -> RolloutOrder:
        """What was chosen.

        Raises:
            UsageError: it names the word that cannot be used.
        """
        from engine.deployment.plan import plan_of

        kind, words = self.kind.currentData(), self._words()
        plan = plan_of(mirror=kind == "mirror", pace=self._pace(), **words) if all(words.values()) else None
        if plan is None:
            raise LinesideError(self.tr("Say which requests first."))
        digest = str(self.artifact.currentData())
        return RolloutOrder(digest, self._artifacts[digest], plan, self._limits())

    def _words(self) -> dict[str, str]:
        fields = {"canary": self.steps, "header": self.header, "key": self.key}
        return {name: box.text().strip() for name, box in fields.items() if name == self.kind.currentData()}

    def _pace(self) -> str:
        minutes = self.minutes.value()
        return f"{self.requests.value()},{minutes}min" if minutes else str(self.requests.value())

    def _limits(self) -> dict[str, Any]:
        """Those that were changed."""
        shares = {"errors": self.errors, "rejects": self.rejects, "alpha": self.mistakes}
        usual = {"errors": 1, "rejects": 5, "alpha": 1}
        found = {name: box.value() / 100 for name, box in shares.items() if box.value() != usual[name]}
        return found | ({"slower": self.slower.value()} if self.slower.value() != 1.5 else {})

    def _build(self) -> None:
        self.body.addWidget(
            row(FieldRow(self.tr("Artifact"), self.artifact), FieldRow(self.tr("Who gets it"), self.kind), spacing=12)
        )
        self._rows = {
            "canary": FieldRow(self.tr("Shares in percent"), self.steps, self.tr("Rising, one after another")),
            "header": FieldRow(self.tr("Header"), self.header, self.tr("NAME=VALUE, as the line sends it")),
            "key": FieldRow(self.tr("API key or its id"), self.key, self.tr("Only its id, or its hash, is kept")),
        }
        for part in self._rows.values():
            self.body.addWidget(part)
        self.body.addWidget(
            row(
                FieldRow(self.tr("Requests of each step"), self.requests, self.tr("At least so many are judged")),
                FieldRow(self.tr("Minutes of each step"), self.minutes, self.tr("At least so long")), spacing=12,
            )
        )  # fmt: skip
        points = self.tr("points; beyond that it is worse")
        self.body.addWidget(
            row(
                FieldRow(self.tr("More errors"), self.errors, points),
                FieldRow(self.tr("Times as slow"), self.slower, self.tr("Longer answers are worse")),
                FieldRow(self.tr("More or fewer rejects"), self.rejects, points),
                FieldRow(self.tr("Mistakes, %"), self.mistakes, self.tr("So often a good model may be taken back")), spacing=12,
            )
        )  # fmt: skip
        self.body.addWidget(self.means)
        self.body.addWidget(self.command)

    def _follow(self) -> None:
        for box in (self.kind, self.artifact):
            box.currentIndexChanged.connect(self._explain)
        for field in (self.steps, self.header, self.key):
            field.textChanged.connect(self._explain)
        for number in (self.requests, self.minutes, self.errors, self.slower, self.rejects, self.mistakes):
            number.valueChanged.connect(self._explain)
        self._explain()

    def _explain(self) -> None:
        kind = str(self.kind.currentData())
        for name, part in self._rows.items():
            part.setVisible(name == kind)
        try:
            order = self.order()
        except LinesideError as error:
            self.means.setText(str(error))
            self.command.setText("")
            return
        judged = self.tr(
            "It is taken back when {0} points more of its requests fail, they take {1} times as long, or {2} points more or "
            "fewer parts are called bad; a good one by mistake in at most {3} % of the rollouts."
        ).format(*(f"{box.value():g}" for box in (self.errors, self.slower, self.rejects, self.mistakes)))
        self.means.setText("\n".join([*plan_text(order.plan), judged]))
        limits = "\n".join(f"{name} = {value:g}" for name, value in order.limits.items())
        command = f"lineside deploy {order.name} {self._target} {self._options()} --pace {self._pace()}"
        self.command.setText(f"{command} --policy limits.toml\n{limits}" if limits else command)

    def _options(self) -> str:
        ((name, value),) = self._words().items() or [("mirror", "")]
        return f"--{name} {'ID' if name == 'key' else value}".strip()

    def _usable(self) -> bool:
        try:
            self.order()
        except LinesideError as error:
            self.error.show_error(error)
            return False
        return True
